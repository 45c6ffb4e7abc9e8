"""Counts of pairs, and the moves between groups of answers."""

import copy
import json
import pickle
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics import (
    NPS_GROUPS,
    ONE_TO_FIVE,
    YES_NO,
    ZERO_TO_TEN,
    Counts,
    Grouped,
    Scale,
)
from cxmetrics.errors import FormatError, MismatchError, ScaleError
from cxmetrics.summaries.pairs import PairCounts
from tests.strategies import pair_batches_on, pairs_on, scales

AFTER = [5, 4, 5, None, 1, 3]
BEFORE = [3, 4, None, None, 2, 5]
PAIRS = PairCounts.of(after=AFTER, before=BEFORE, scale=ONE_TO_FIVE)


def test_pairs_are_counted_before_by_after() -> None:
    expected = np.zeros((5, 5), int)
    expected[[2, 3, 1, 4], [4, 3, 0, 2]] = 1  # 3 to 5, 4 to 4, 2 to 1, 5 to 3

    assert np.array_equal(PAIRS.table, expected)
    assert (PAIRS.n, PAIRS.n_missing, PAIRS.shape) == (4, 2, ())
    assert PAIRS.after == Counts(ONE_TO_FIVE, [1, 0, 1, 1, 1], n_missing=2)
    assert PAIRS.before == Counts(ONE_TO_FIVE, [0, 1, 1, 1, 1], n_missing=2)
    assert str(PAIRS) == "4 pairs of answers on scale 1-5, 2 incomplete: 1 rose, 2 fell"


@pytest.mark.parametrize("kind", [list, np.array, pd.Series, pl.Series], ids=str)
def test_any_array_is_read(kind: Any) -> None:
    after, before = [5.0, 4, 5, np.nan, 1, 3], [3.0, 4, np.nan, np.nan, 2, 5]

    assert PairCounts.of(after=kind(after), before=kind(before), scale=ONE_TO_FIVE) == PAIRS


def test_missing_values_and_reversed_scales_are_read_on_both_sides() -> None:
    pairs = PairCounts.of(
        after=[1, 9, 2], before=[4, 3, "none"], scale=ONE_TO_FIVE, missing=[9, "none"], reverse=True
    )

    assert pairs == PairCounts.of(after=[5, None, 4], before=[2, 3, None], scale=ONE_TO_FIVE)


def test_pairs_by_group_are_a_grouped_batch() -> None:
    labels = ["web", "app", "app", "web", "web", "web"]
    grouped = PairCounts.of(after=AFTER, before=BEFORE, scale=ONE_TO_FIVE, by={"channel": labels})

    assert list(grouped) == ["app", "web"]
    assert grouped["app"] == PairCounts.of(after=[4, 5], before=[4, None], scale=ONE_TO_FIVE)
    assert grouped.total() == PAIRS
    assert grouped.map(lambda pairs: pairs.after)["web"] == grouped["web"].after
    assert Grouped.from_dict(json.loads(json.dumps(grouped.to_dict()))) == grouped
    assert str(grouped).splitlines() == [
        "Pairs of answers on scale 1-5",
        "channel  n  rose  fell  incomplete",
        "app      1     0     0           1",
        "web      3     1     2           1",
    ]
    assert str(grouped.batch).splitlines()[1] == "n  rose  fell  incomplete"
    frame = grouped.to_pandas()
    assert frame.columns.tolist()[:3] == ["channel", "1 to 1", "1 to 2"]
    assert frame["3 to 5"].tolist() == [0, 1]
    assert frame["n_missing"].tolist() == [1, 1]


def test_a_single_table_is_one_row() -> None:
    pairs = PairCounts(scale=YES_NO, table=[[1, 2], [3, 4]], n_missing=5)

    assert pairs.to_dicts() == [
        {"0 to 0": 1, "0 to 1": 2, "1 to 0": 3, "1 to 1": 4, "n_missing": 5}
    ]
    assert "incomplete" in pairs._repr_html_()


# ---------------------------------------------------------------------- laws


@given(st.data())
def test_counting_then_adding_is_adding_then_counting(data: st.DataObject) -> None:
    scale = data.draw(scales())
    answer = st.one_of(st.integers(scale.low, scale.high), st.none())
    pairs = data.draw(st.lists(st.tuples(answer, answer), max_size=30))
    cut = data.draw(st.integers(0, len(pairs)))

    def count(some: list[Any]) -> PairCounts:
        after, before = [a for a, _ in some], [b for _, b in some]
        return PairCounts.of(after=after, before=before, scale=scale)

    whole = count(pairs)
    assert count(pairs[:cut]) + count(pairs[cut:]) == whole
    assert whole.n + whole.n_missing == len(pairs)


@given(st.data())
def test_pairs_form_a_commutative_monoid(data: st.DataObject) -> None:
    scale = data.draw(scales())
    a, b, c = (data.draw(pairs_on(scale)) for _ in range(3))

    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a + PairCounts.empty(scale) == a
    assert sum([a, b, c]) == a + b + c


@given(st.data())
def test_margins_add_and_mirror_as_the_pairs_do(data: st.DataObject) -> None:
    scale = data.draw(scales())
    a, b = (data.draw(pair_batches_on(scale, rows=3)) for _ in range(2))

    assert (a + b).after == a.after + b.after
    assert (a + b).before == a.before + b.before
    assert a.mirrored().after == a.after.mirrored()
    assert a.mirrored().mirrored() == a
    assert np.array_equal(a.n, a.after.n)
    assert a[1] == next(row for i, row in enumerate(a) if i == 1)
    assert a.take(np.array([2, -1]))[1].n == 0


@given(st.data())
def test_pairs_and_moves_survive_storing_and_copying(data: st.DataObject) -> None:
    pairs = data.draw(pair_batches_on(data.draw(scales()), rows=2))

    assert PairCounts.from_dict(json.loads(json.dumps(pairs.to_dict()))) == pairs
    for value in (pairs, pairs[0], pairs.migration(), pairs[0].migration()):
        assert pickle.loads(pickle.dumps(value)) == value
        assert copy.deepcopy(value) == value


# ---------------------------------------------------------------------- moves

MOVES = PairCounts.of(
    after=[9, 10, 8, 6, 9, 2, 10], before=[6, 9, 9, 5, 6, 3, 0], scale=ZERO_TO_TEN
).migration()


def test_moves_are_counted_between_the_groups_of_nps() -> None:
    assert MOVES.groups == ("detractor", "passive", "promoter")
    assert MOVES.table.tolist() == [[2, 0, 3], [0, 0, 0], [0, 1, 1]]
    assert MOVES.n == 7
    assert MOVES.shares[[0, 2]].tolist() == [[40, 0, 60], [0, 50, 50]]
    assert np.isnan(MOVES.shares[1]).all()


def test_moves_have_text_html_dict_and_frame() -> None:
    assert str(MOVES).splitlines() == [
        "Moves of 7 customers, from rows to columns",
        "before     n  detractor    passive   promoter",
        "detractor  5  2 (40.0%)   0 (0.0%)  3 (60.0%)",
        "passive    0          –          –          –",  # noqa: RUF001
        "promoter   2   0 (0.0%)  1 (50.0%)  1 (50.0%)",
    ]
    assert '<td style="text-align:right">3 (60.0%)</td>' in MOVES._repr_html_()
    assert MOVES.to_dict()["groups"] == ["detractor", "passive", "promoter"]
    assert MOVES.to_dict()["table"] == MOVES.table.tolist()
    assert MOVES.to_dict()["shares"][0] == [40, 0, 60]
    assert MOVES.to_dicts()[2] == {
        "before": "detractor",
        "after": "promoter",
        "n": 3,
        "share": 60.0,
    }
    assert MOVES.to_polars()["n"].sum() == 7


def test_moves_of_a_batch_are_columns() -> None:
    grouped = PairCounts.of(
        after=[1, 0, 1], before=[0, 0, 1], scale=YES_NO, by={"shop": ["N", "N", "S"]}
    )
    moves = grouped.map(PairCounts.migration)

    assert str(moves).splitlines() == [
        "Moves of customers",
        "shop  n  0 to 0  0 to 1  1 to 0  1 to 1",
        "N     2       1       1       0       0",
        "S     1       0       0       0       1",
    ]
    assert moves["N"] == grouped["N"].migration()
    assert moves.to_dicts()[0]["share_0 to 1"] == 50
    assert moves.suppress(min_n=2)["S"].n == 0


def test_groups_of_moves_are_those_of_the_scale_or_any() -> None:
    grouped = PairCounts.of(after=[1, 0], before=[-1, -1], scale=NPS_GROUPS)
    happy = PAIRS.migration(groups={"unhappy": (1, 3), "happy": (4, 5)})

    assert grouped.migration().groups == ("detractor", "passive", "promoter")
    assert grouped.migration().table[0].tolist() == [0, 1, 1]
    assert PAIRS.migration().groups == ("1", "2", "3", "4", "5")
    assert np.array_equal(PAIRS.migration().table, PAIRS.table)
    assert happy.table.tolist() == [[1, 1], [1, 1]]


# ---------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"bad": (1, 2), "good": (4, 5)}, "not 1-2, 4-5."),
        ({"good": (4, 5), "bad": (1, 3)}, "not 4-5, 1-3."),
        ({"bad": (1, 4), "good": (4, 5)}, "not 1-4, 4-5."),
        ({"bad": (1, 3), "none": (4, 3), "good": (4, 5)}, "not 1-3, 4-3, 4-5."),
        ({"bad": (0, 3), "good": (4, 5)}, "not 0-3, 4-5."),
        ({"bad": (1, 3), "good": (4, 10**12)}, "not 1-3, 4-1000000000000."),
        ({"bad": (-(10**12), 3), "good": (4, 5)}, "not -1000000000000-3, 4-5."),
        ({"none": (9, 9), "all": (0, 5)}, "not 9-9, 0-5."),
        ({}, "not ."),
    ],
)
def test_groups_of_moves_must_be_the_whole_scale(groups: Any, message: str) -> None:
    with pytest.raises(ScaleError) as error:
        PAIRS.migration(groups)

    must = "`groups` must be the whole of scale 1-5, from the lowest up"
    assert str(error.value) == f"{must}, {message}"


def test_a_group_of_moves_must_have_two_ends() -> None:
    with pytest.raises(ScaleError) as error:
        PAIRS.migration({"bad": 3})  # type: ignore[dict-item]

    assert str(error.value) == "Each group must be its first and last answer, not 3 for 'bad'."


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"after": [1, 2, 3, 4], "before": [1, 2, 3]},
            MismatchError,
            "`before` must have one answer for each in `after`, not 3 for 4.",
        ),
        (
            {"after": [1, 2], "before": [1, 7]},
            ScaleError,
            (
                "In `before`: Each response must be on scale 1-5, not 7 "
                "(1 of 2, first at position 1).\n"
                "Hint: if 7 means no answer, did you mean missing=[7]?"
            ),
        ),
        (
            {"after": [[1, 2]], "before": [1, 2]},
            ScaleError,
            (
                "`after` must be a 1-D array or list, not 2-D.\n"
                "Hint: if these are counts per point, did you mean Counts(scale, counts)?"
            ),
        ),
        (
            {"after": [1], "before": [2], "by": ["a", "b"]},
            MismatchError,
            "`by` must have one label per response, not 2 for 1.",
        ),
    ],
)
def test_answers_that_are_no_pairs_are_explained(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as raised:
        PairCounts.of(scale=ONE_TO_FIVE, **options)

    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"scale": YES_NO, "table": [1, 2]},
            "`table` must be 2 rows of 2 numbers, one per point of scale 0-1, not of shape (2,).",
        ),
        (
            {"scale": YES_NO, "table": [[1, 2], [3, -1]]},
            "`table` must be whole numbers from 0 to 2**53, not -1.",
        ),
        (
            {"scale": YES_NO, "table": [[1, 2], [3, 4]], "n_missing": [1, 2]},
            "`n_missing` must be one number per row of a batch, not of shape (2,).",
        ),
        (
            {"scale": YES_NO, "table": [[2**53, 2], [3, 4]]},
            "A summary must have at most 2**53 pairs.",
        ),
        (
            {"scale": Scale(0, 999), "table": [[0]]},
            (
                "Pairs must be on a scale of at most 101 points, not 1,000.\n"
                "Hint: did you mean to group the answers first, as answer // 10?"
            ),
        ),
    ],
)
def test_tables_that_are_no_pairs_are_explained(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ScaleError) as error:
        PairCounts(**options)

    assert str(error.value) == message


def test_pairs_of_other_scales_do_not_add_and_other_data_is_not_read() -> None:
    with pytest.raises(MismatchError):
        PAIRS + PairCounts.empty(ZERO_TO_TEN)
    with pytest.raises(TypeError):
        PAIRS + PAIRS.after
    with pytest.raises(FormatError):
        PairCounts.from_dict(PAIRS.after.to_dict())
    with pytest.raises(TypeError, match="`scale` must be a Scale, not int"):
        PairCounts(scale=5, table=[[1]])  # type: ignore[arg-type]
