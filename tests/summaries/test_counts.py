import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics import NPS_GROUPS, ONE_TO_FIVE, YES_NO, ZERO_TO_TEN, Counts, Scale
from cxmetrics.errors import CxMetricsError, FormatError, MismatchError, ScaleError
from tests.strategies import batches_on, counts_on, scales

MONDAY = Counts(ONE_TO_FIVE, [1, 2, 4, 10, 8], n_missing=2)


def test_worked_example() -> None:
    """By hand: 25 answers, 40 % of them 4."""
    assert MONDAY.n == 25
    assert MONDAY.proportions.tolist() == [0.04, 0.08, 0.16, 0.4, 0.32]
    assert MONDAY.mirrored().counts.tolist() == [8, 10, 4, 2, 1]
    assert str(MONDAY) == "25 answers on scale 1-5, 2 missing: 1, 2, 4, 10, 8"
    assert str(Counts.empty(YES_NO)) == "0 answers on scale 0-1: 0, 0"


@given(st.data())
def test_adding_is_a_commutative_monoid(data: st.DataObject) -> None:
    scale = data.draw(scales())
    a, b, c = (data.draw(counts_on(scale)) for _ in range(3))

    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a + Counts.empty(scale) == a
    assert sum([a, b, c]) == a + b + c


def test_adding_does_not_mutate() -> None:
    counts, before = Counts(YES_NO, [1, 2]), Counts(YES_NO, [1, 2])
    total = counts
    total += counts

    assert counts == before
    assert total == Counts(YES_NO, [2, 4])


@given(st.data())
def test_a_batch_adds_row_by_row(data: st.DataObject) -> None:
    scale = data.draw(scales())
    a, b = (data.draw(batches_on(scale)) for _ in range(2))

    assert list(a + b) == [x + y for x, y in zip(a, b, strict=True)]
    assert list(a.mirrored()) == [row.mirrored() for row in a]


@given(st.data())
def test_stored_counts_survive_json(data: st.DataObject) -> None:
    scale = data.draw(st.one_of(scales(), st.just(NPS_GROUPS)))
    for counts in (data.draw(counts_on(scale)), data.draw(batches_on(scale))):
        assert Counts.from_dict(json.loads(json.dumps(counts.to_dict()))) == counts


def test_counts_are_read_only_and_do_not_watch_their_source() -> None:
    source = np.array([1, 2])
    counts = Counts(YES_NO, source)
    source[0] = 99

    assert counts.counts.tolist() == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        counts.counts[0] = 5


def test_a_mapping_names_the_points_that_have_answers() -> None:
    counts = Counts.from_mapping(ZERO_TO_TEN, {10: 870, 0: 3}, n_missing=4)

    assert counts == Counts(ZERO_TO_TEN, [3, *[0] * 9, 870], n_missing=4)
    with pytest.raises(ScaleError) as error:
        Counts.from_mapping(ZERO_TO_TEN, {11: 1})
    assert str(error.value) == "Each point must be on scale 0-10, not 11."


def test_counts_of_no_answers_have_no_proportions() -> None:
    assert np.isnan(Counts.empty(YES_NO).proportions).all()


def test_unweighted_counts_are_their_own_effective_counts() -> None:
    effective, df = MONDAY.effective(np.arange(5.0))

    assert effective.tolist() == [1, 2, 4, 10, 8]
    assert df == 24


def test_a_batch_is_a_table_of_its_rows() -> None:
    batch = Counts(YES_NO, [[1, 2], [3, 1000]], n_missing=[0, 1])

    assert np.array_equal(batch.n, [3, 1003])
    assert str(batch).splitlines() == [
        "Answers on scale 0-1",
        "    n  0      1  missing",
        "    3  1      2        0",
        "1,003  3  1,000        1",
    ]
    expected = pd.DataFrame({"0": [1, 3], "1": [2, 1000], "n_missing": [0, 1]})
    pd.testing.assert_frame_equal(batch.to_pandas(), expected)


def test_counts_of_other_scales_or_shapes_do_not_add() -> None:
    with pytest.raises(MismatchError) as error:
        MONDAY + Counts.empty(ZERO_TO_TEN)
    assert str(error.value) == "Can't add counts on scale 0-10 to counts on scale 1-5."
    with pytest.raises(MismatchError) as error:
        Counts(YES_NO, [[1, 2]]) + Counts(YES_NO, [[1, 2], [3, 4]])
    assert str(error.value) == "Can't add a batch of shape (2,) to one of shape (1,)."
    with pytest.raises(TypeError):
        MONDAY + 1
    with pytest.raises(TypeError):
        1 + MONDAY


def test_only_a_batch_has_rows() -> None:
    with pytest.raises(TypeError, match=r"A single Counts has no rows\."):
        MONDAY[0]
    assert Counts(YES_NO, [[1, 2], [3, 4]])[-1] == Counts(YES_NO, [3, 4])


def test_counts_equal_only_counts() -> None:
    assert MONDAY != "monday"
    assert Counts(ONE_TO_FIVE, [1, 2, 4, 10, 8], n_missing=3) != MONDAY


@pytest.mark.parametrize(
    ("counts", "n_missing", "message"),
    [
        ([1, 2], 0, "`counts` must be 5 numbers, one per point of scale 1-5, not 2."),
        ([[1, 2]], 0, "`counts` must be 5 numbers, one per point of scale 1-5, not shape (1, 2)."),
        (3, 0, "`counts` must be 5 numbers, one per point of scale 1-5, not shape ()."),
        ([1, 2, 3, 4, -1], 0, "`counts` must be whole numbers from 0 to 2**53, not -1."),
        ([1, 2, 3, 4, 0.5], 0, "`counts` must be whole numbers from 0 to 2**53, not 0.5."),
        ([1, 2, 3, 4, np.nan], 0, "`counts` must be whole numbers from 0 to 2**53, not nan."),
        ([1, 2, 3, 4, 1e300], 0, "`counts` must be whole numbers from 0 to 2**53, not 1e+300."),
        (
            [1, 2, 3, 4, 10**30],
            0,
            "`counts` must be whole numbers from 0 to 2**53, not [1].",
        ),
        (["1"] * 5, 0, "`counts` must be whole numbers from 0 to 2**53, not ['1']."),
        ([True] * 5, 0, "`counts` must be whole numbers from 0 to 2**53, not booleans."),
        ([[1], [1, 2]], 0, "`counts` must be numbers in rows of equal length."),
        ([2**53, 2, 0, 0, 0], 0, "A summary must have at most 2**53 answers."),
        ([1] * 5, 0.5, "`n_missing` must be whole numbers from 0 to 2**53, not 0.5."),
        ([1] * 5, [1, 2], "`n_missing` must be one number per row of `counts`, not shape (2,)."),
    ],
)
def test_what_is_no_count_is_refused(counts: Any, n_missing: Any, message: str) -> None:
    with pytest.raises(ScaleError) as error:
        Counts(ONE_TO_FIVE, counts, n_missing=n_missing)

    assert str(error.value) == message


STORED = {
    "version": 1,
    "kind": "Counts",
    "scale": {"low": 0, "high": 1},
    "counts": [1, 2],
    "n_missing": 0,
}


def test_stored_counts_are_plain_data() -> None:
    assert Counts(YES_NO, [1, 2]).to_dict() == STORED


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "Stored data must be a dict, not NoneType."),
        ({}, "Stored data must be of version 1, not None."),
        (STORED | {"version": 2}, "Stored data must be of version 1, not 2."),
        (STORED | {"kind": "LifeTable"}, "Stored data must be of kind 'Counts', not 'LifeTable'."),
        (
            STORED | {"weights": [1, 2]},
            (
                "A stored Counts must have counts, n_missing, scale, "
                "not counts, n_missing, scale, weights."
            ),
        ),
        (
            {name: value for name, value in STORED.items() if name != "n_missing"},
            "A stored Counts must have counts, n_missing, scale, not counts, scale.",
        ),
    ],
)
def test_data_that_is_no_stored_summary_is_refused(data: Any, message: str) -> None:
    with pytest.raises(FormatError) as error:
        Counts.from_dict(data)

    assert str(error.value) == message


@pytest.mark.parametrize(
    "change",
    [
        {"counts": [1, -2]},
        {"counts": [1, 2.5]},
        {"counts": [1, 1e300]},
        {"counts": [1, 10**40]},
        {"counts": [1]},
        {"counts": "12"},
        {"counts": None},
        {"counts": [[1], [2, 3]]},
        {"counts": {"0": 1}},
        {"n_missing": -1},
        {"n_missing": [1, 2]},
        {"scale": {"low": 0, "high": 10**9}},
        {"scale": {"low": "a", "high": 1}},
        {"scale": None},
    ],
)
def test_stored_nonsense_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(CxMetricsError):
        Counts.from_dict(STORED | change)


def test_a_scale_of_another_type_is_a_type_error() -> None:
    with pytest.raises(TypeError, match=r"`scale` must be a Scale, not tuple\."):
        Counts((1, 5), [1] * 5)  # type: ignore[arg-type]
    assert Counts(Scale(1, 5), [1] * 5).n == 5
