"""Reading raw answers: every kind of array, every code, every mistake."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics import ONE_TO_FIVE, YES_NO, ZERO_TO_TEN, Counts, Scale
from cxmetrics.errors import ArgumentError, ScaleError
from cxmetrics.summaries.answers import ROWS, Reading, positions
from tests.strategies import responses_on

WHOLE = [1, 5, 5]
HOLEY = [1, None, 5, 5]

WITHOUT_MISSING: list[Any] = [
    WHOLE,
    tuple(WHOLE),
    range(1, 2),
    *(np.array(WHOLE, dtype) for dtype in np.typecodes["AllInteger"] + np.typecodes["Float"]),
    np.array(WHOLE)[::-1],
    np.array(["1", "5.0", " +5 "]),
    np.array(WHOLE, object),
    [np.int8(1), np.float32(5), np.uint64(5)],
    [Decimal(1), Decimal("5.0"), Fraction(5)],
    pd.Series(WHOLE),
    pd.Series(WHOLE, index=["a", "b", "c"]),
    pd.Series(WHOLE, dtype="Int8"),
    pd.Series(["1", "5", "5"], dtype="category"),
    pd.Index(WHOLE),
    pl.Series(WHOLE),
    pl.Series(WHOLE, dtype=pl.UInt8),
    pa.array(WHOLE),
    pa.chunked_array([[1, 5], [5]]),
]
WITH_MISSING: list[Any] = [
    HOLEY,
    [1, float("nan"), 5, 5],
    ["1", None, 5, 5.0],
    [1, pd.NA, 5, 5],
    [1, pd.NaT, 5, 5],
    [1, Decimal("NaN"), 5, 5],
    *(np.array([1, np.nan, 5, 5], dtype) for dtype in np.typecodes["Float"]),
    np.array(HOLEY, object),
    np.ma.masked_array([1, 3, 5, 5], [False, True, False, False]),
    np.ma.masked_array(["1", "x", "5", "5"], [False, True, False, False]),
    pd.Series(HOLEY),
    pd.Series(HOLEY, dtype="Int64"),
    pd.Series(HOLEY, dtype="Float32"),
    pd.Series(HOLEY, dtype="int64[pyarrow]"),
    pd.Series(["1", None, "5", "5"], dtype="string"),
    pd.Categorical(HOLEY),
    pl.Series(HOLEY),
    pl.Series([1.0, float("nan"), 5.0, 5.0]),
    pl.Series(["1", None, "5", "5"]),
    pl.Series(["1", None, "5", "5"], dtype=pl.Categorical),
    pa.array(HOLEY),
    pa.array(["1", None, "5", "5"]),
]


@pytest.mark.parametrize("responses", WITHOUT_MISSING)
def test_every_kind_of_array_is_read_alike(responses: Any) -> None:
    expected = [1, 0, 0, 0, 0] if isinstance(responses, range) else [1, 0, 0, 0, 2]

    assert Counts.of(responses, ONE_TO_FIVE) == Counts(ONE_TO_FIVE, expected)


@pytest.mark.parametrize("responses", WITH_MISSING)
def test_every_kind_of_missing_answer_is_counted_as_missing(responses: Any) -> None:
    assert Counts.of(responses, ONE_TO_FIVE) == Counts(ONE_TO_FIVE, [1, 0, 0, 0, 2], n_missing=1)


@given(st.data())
def test_answers_are_counted_one_by_one(data: st.DataObject) -> None:
    scale = data.draw(st.sampled_from([ONE_TO_FIVE, Scale(-1, 1), Scale(0, 100)]))
    responses = data.draw(responses_on(scale))

    counts = Counts.of(responses, scale)

    assert counts.counts.tolist() == [responses.count(point) for point in scale.points.tolist()]
    assert counts.n_missing == responses.count(None)


@given(st.data())
def test_a_dtype_does_not_change_the_counts(data: st.DataObject) -> None:
    scale = data.draw(st.sampled_from([ONE_TO_FIVE, Scale(0, 60)]))
    responses = data.draw(responses_on(scale))
    of_floats = np.array([np.nan if r is None else r for r in responses])

    assert Counts.of(of_floats, scale) == Counts.of(responses, scale)
    assert Counts.of(of_floats.astype(np.float32), scale) == Counts.of(responses, scale)
    assert Counts.of([r if r is None else str(r) for r in responses], scale) == Counts.of(
        responses, scale
    )


@given(st.data())
def test_counting_is_a_homomorphism(data: st.DataObject) -> None:
    a, b = (data.draw(responses_on(ZERO_TO_TEN)) for _ in range(2))

    both = Counts.of(a + b, ZERO_TO_TEN)

    assert both == Counts.of(a, ZERO_TO_TEN) + Counts.of(b, ZERO_TO_TEN)


def test_chunks_larger_than_the_cache_are_counted_whole() -> None:
    responses = np.tile(np.arange(11, dtype=np.int8), 60_000)

    assert Counts.of(responses, ZERO_TO_TEN).counts.tolist() == [60_000] * 11


@given(st.data())
def test_every_answer_has_its_position(data: st.DataObject) -> None:
    scale = data.draw(st.sampled_from([ONE_TO_FIVE, Scale(-1, 1), Scale(0, 100)]))
    responses = data.draw(responses_on(scale))
    reading = Reading(scale, data.draw(st.sampled_from([[], [1], [99]])), data.draw(st.booleans()))
    expected = [reading.position(answer) for answer in responses]
    answered = [answer for answer in responses if answer is not None]

    assert positions(np.array(responses, object), reading).tolist() == expected
    assert positions(np.array(responses, np.float32), reading).tolist() == expected
    assert positions(np.array(answered, np.int8), reading).tolist() == [
        place for answer, place in zip(responses, expected, strict=True) if answer is not None
    ]


@pytest.mark.parametrize("dtype", [np.int8, np.uint64, np.float64, object])
def test_positions_of_many_answers_are_found_in_turn(dtype: type) -> None:
    answers = np.resize(np.arange(11), 3 * ROWS + 5)
    coded: npt.NDArray[Any] = answers.astype(dtype)
    coded[[0, ROWS, -1]] = 99
    answers[[0, ROWS, -1]] = 11

    assert positions(coded, Reading(ZERO_TO_TEN, [99])).tolist() == answers.tolist()
    with pytest.raises(ScaleError, match=r"not 99(\.0)? \(3 of 49,157, first at position 0\)"):
        positions(coded, Reading(ZERO_TO_TEN))


def test_segments_are_counted_across_chunks() -> None:
    rng = np.random.default_rng(3)
    answers = rng.integers(0, 11, 3 * ROWS + 5, np.int8)
    segments = rng.integers(0, 120, len(answers), np.int8)

    grouped = Counts.of(answers, ZERO_TO_TEN, by=segments)

    expected = np.zeros((120, 11), np.int64)
    np.add.at(expected, (segments, answers), 1)
    assert np.array_equal(grouped.batch.counts, expected)


def test_missing_values_are_taken_out_first() -> None:
    """The raw files of the airport code a blank as 11."""
    counts = Counts.of([10, 11, 9, "not used", 5, "11"], ZERO_TO_TEN, missing=[11, "not used", 5])

    assert counts == Counts.from_mapping(ZERO_TO_TEN, {10: 1, 9: 1}, n_missing=4)
    assert Counts.of(np.array([10, 11, 5]), ZERO_TO_TEN, missing=["11", 5]).n == 1


def test_reversed_answers_are_counted_from_the_other_end() -> None:
    responses = [1, 1, 2, None]

    assert Counts.of(responses, ONE_TO_FIVE, reverse=True).counts.tolist() == [0, 0, 0, 1, 2]
    assert Counts.of(np.array([1, 1, 2]), ONE_TO_FIVE, reverse=True).counts.tolist() == [
        *[0, 0, 0, 1, 2]
    ]


def test_booleans_are_answers_on_yes_no_only() -> None:
    assert Counts.of([True, False, True], YES_NO) == Counts(YES_NO, [1, 2])
    assert Counts.of(np.array([True, False]), YES_NO) == Counts(YES_NO, [1, 1])
    assert Counts.of(pd.Series([True, None]), YES_NO) == Counts(YES_NO, [0, 1], n_missing=1)


MESSAGES = [
    (
        [3, 6, 6],
        (
            "Each response must be on scale 1-5, not 6 (2 of 3, first at position 1).\n"
            "Hint: if 6 means no answer, did you mean missing=[6]?"
        ),
    ),
    (
        np.array([5, 3, 11, 11, 12], np.int8),
        (
            "Each response must be on scale 1-5, not 11 (2 of 5, first at position 2).\n"
            "Hint: if 11 means no answer, did you mean missing=[11]?"
        ),
    ),
    (
        np.array([2**64 - 1], np.uint64),
        (
            "Each response must be on scale 1-5, not 18446744073709551615 "
            "(1 of 1, first at position 0).\n"
            "Hint: if 18446744073709551615 means no answer, did you mean "
            "missing=[18446744073709551615]?"
        ),
    ),
    ([9.5], "Each response must be on scale 1-5, not 9.5 (1 of 1, first at position 0)."),
    (
        np.array([np.nan, 4.5]),
        "Each response must be on scale 1-5, not 4.5 (1 of 2, first at position 1).",
    ),
    (["3", "4.5"], "Each response must be on scale 1-5, not '4.5' (1 of 2, first at position 1)."),
    (
        [float("inf")],
        "Each response must be on scale 1-5, not inf (1 of 1, first at position 0).",
    ),
    (
        ["not used"],
        (
            "Each response must be on scale 1-5, not 'not used' (1 of 1, first at position 0).\n"
            "Hint: if 'not used' means no answer, did you mean missing=['not used']?"
        ),
    ),
    (
        ["5 - Extremely likely"],
        (
            "Each response must be on scale 1-5, not '5 - Extremely likely' "
            "(1 of 1, first at position 0).\n"
            "Hint: did you mean [int(answer.split()[0]) for answer in responses]?"
        ),
    ),
    (
        [1, True],
        (
            "Each response must be on scale 1-5, not True (1 of 2, first at position 1).\n"
            "Hint: did you mean scale=YES_NO?"
        ),
    ),
    (
        np.array([True]),
        (
            "Each response must be on scale 1-5, not True (1 of 1, first at position 0).\n"
            "Hint: did you mean scale=YES_NO?"
        ),
    ),
    ([1, [2]], "Each response must be on scale 1-5, not [2] (1 of 2, first at position 1)."),
    ([1j], "Each response must be on scale 1-5, not 1j (1 of 1, first at position 0)."),
    ([b"3"], "Each response must be on scale 1-5, not b'3' (1 of 1, first at position 0)."),
    (
        np.array(["2020-01-01"], "M8[D]"),
        (
            "Each response must be on scale 1-5, not datetime.date(2020, 1, 1) "
            "(1 of 1, first at position 0)."
        ),
    ),
    (
        [[1, 2], [3, 4]],
        (
            "`responses` must be a 1-D array or list, not 2-D.\n"
            "Hint: if these are counts per point, did you mean Counts(scale, counts)?"
        ),
    ),
    (
        pd.DataFrame({"answer": [1]}),
        (
            "`responses` must be a 1-D array or list, not 2-D.\n"
            "Hint: did you mean one column of the frame?"
        ),
    ),
    (
        [8, 9, 10, 3],
        (
            "Each response must be on scale 1-5, not 8 (1 of 4, first at position 0).\n"
            "Hint: are the answers on another scale than 1-5?"
        ),
    ),
    ("12345", "`responses` must be a 1-D array or list, not str."),
    ({1, 2}, "`responses` must be a 1-D array or list, not set."),
    (None, "`responses` must be a 1-D array or list, not NoneType."),
    (4, "`responses` must be a 1-D array or list, not int."),
]


@pytest.mark.parametrize(("responses", "message"), MESSAGES)
def test_what_is_no_answer_is_refused(responses: Any, message: str) -> None:
    with pytest.raises(ScaleError) as error:
        Counts.of(responses, ONE_TO_FIVE)

    assert str(error.value) == message


def test_on_a_wide_scale_too_the_culprit_is_named() -> None:
    with pytest.raises(ScaleError) as error:
        Counts.of(np.array([5.0, 99.0, 120.0]), Scale(0, 100))

    assert str(error.value) == (
        "Each response must be on scale 0-100, not 120.0 (1 of 3, first at position 2).\n"
        "Hint: if 120.0 means no answer, did you mean missing=[120.0]?"
    )


@pytest.mark.parametrize("missing", ["not used", 99, None, b"x"])
def test_missing_values_must_come_in_a_list(missing: Any) -> None:
    with pytest.raises(ArgumentError) as error:
        Counts.of([1], ONE_TO_FIVE, missing=missing)

    assert str(error.value) == (
        f"`missing` must be a list of values, not {missing!r}.\n"
        f"Hint: did you mean missing=[{missing!r}]?"
    )


def test_a_scale_must_be_a_scale() -> None:
    with pytest.raises(TypeError, match=r"`scale` must be a Scale, not tuple\."):
        Counts.of([1], (1, 5))  # type: ignore[call-overload]
