"""Customers by tenure: who left, who was still there, and who was at risk."""

import copy
import json
import pickle
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from cxmetrics import ONE_TO_FIVE, Counts, Grouped
from cxmetrics.errors import ArgumentError, CxMetricsError, FormatError, MismatchError, ScaleError
from cxmetrics.summaries.life_table import LifeTable
from cxmetrics.summaries.tenure_sums import WeightedTenures
from tests.strategies import customers, junk

RELAPSES = [6, 6, 6, 7, 10, 13, 16, 22, 23]
STILL_WELL = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
"""Weeks in remission under 6-mercaptopurine, of Freireich et al. (1963), Blood 21, 699-716."""
WEEKS = RELAPSES + STILL_WELL
RELAPSED = [True] * len(RELAPSES) + [False] * len(STILL_WELL)
TABLE = LifeTable.of(WEEKS, RELAPSED)

TENURE, CHURNED, ENTRY = (
    [5, 2, 5, 8, 3, 9, 5, 8],
    [1, 1, 0, 1, 0, 0, 1, 1],
    [0, 0, 3, 5, 1, 2, 2, 0],
)


def test_worked_example() -> None:
    """At risk and relapsed as in Kleinbaum and Klein, Survival Analysis, 3rd ed., table 1.1."""
    relapses = TABLE.churned > 0

    assert TABLE.tenures[relapses].tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert TABLE.at_risk[relapses].tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert TABLE.churned[relapses].tolist() == [3, 1, 1, 1, 1, 1, 1]
    assert TABLE.censored.sum() == 12
    assert (TABLE.n, TABLE.shape, TABLE.design_name) == (21, (), "unweighted")


@pytest.mark.parametrize("entry", [None, ENTRY])
def test_those_at_risk_are_those_of_statsmodels(entry: Any) -> None:
    """Who enters at a tenure is at risk only after it; who is censored at it still is.

    The first does not hold in lifelines 0.30.3, which has [8, 8, 7, 6, 3, 1] at risk here
    without entries, and [3, 4, 6, 6, 6, 3, 1] at 0, 1, 2, 3, 5, 8, 9 with them.
    """
    theirs = SurvfuncRight(TENURE, CHURNED, entry=entry)
    table = LifeTable.of(TENURE, CHURNED, entry=entry)
    left = table.churned > 0

    assert table.tenures[left].tolist() == theirs.surv_times.tolist()
    assert table.at_risk[left].tolist() == theirs.n_risk.tolist()
    assert table.churned[left].tolist() == theirs.n_events.tolist()


COLUMNS: dict[str, Any] = {
    "list": list,
    "tuple": tuple,
    **{f"numpy {kind}": partial(np.array, dtype=kind) for kind in "bBhHiIqQefd"},
    "numpy objects": partial(np.array, dtype=object),
    "list of numpy": lambda values: [np.int64(value) for value in values],
    "masked": lambda values: np.ma.masked_array(values, mask=False),
    "pandas": pd.Series,
    "pandas nullable": partial(pd.Series, dtype="Int64"),
    "pandas Arrow": partial(pd.Series, dtype="int32[pyarrow]"),
    "Polars": pl.Series,
    "Arrow": pa.array,
    "Arrow chunks": lambda values: pa.chunked_array([values[:3], values[3:]]),
}
FLAGS: dict[str, Any] = {
    "list": list,
    "numpy": np.array,
    "numpy objects": partial(np.array, dtype=object),
    "list of numpy": lambda flags: [np.bool_(flag) for flag in flags],
    "mixed": lambda flags: [1.0 if flag else False for flag in flags],
    "masked": lambda flags: np.ma.masked_array(flags, mask=False),
    "pandas": pd.Series,
    "pandas nullable": partial(pd.Series, dtype="boolean"),
    "Polars": pl.Series,
    "Arrow": pa.array,
    "Arrow chunks": lambda flags: pa.chunked_array([flags]),
}


@pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS)
def test_any_array_is_read(column: Any) -> None:
    entry = [0, 0, 3, 5, 1, 2, 2, 0]

    assert LifeTable.of(column(TENURE), column(CHURNED)) == LifeTable.of(TENURE, CHURNED)
    assert LifeTable.of(column(TENURE), CHURNED, entry=column(entry)) == LifeTable.of(
        TENURE, CHURNED, entry=entry
    )


@pytest.mark.parametrize("column", FLAGS.values(), ids=FLAGS)
def test_who_left_may_be_told_in_any_way(column: Any) -> None:
    assert LifeTable.of(WEEKS, column(RELAPSED)) == TABLE


def test_whole_tenures_stay_whole_and_others_are_real() -> None:
    def kind(*tenures: Any) -> str:
        return str(LifeTable.of(list(tenures), [True] * len(tenures)).tenures.dtype.kind)

    assert [kind(1, 2), kind(1, np.int8(2)), kind()] == ["i", "i", "i"]
    assert [kind(1, 2.5), kind(1.0), kind(np.float32(1), 2)] == ["f", "f", "f"]
    assert LifeTable.of([2], [1], entry=[0.5]).tenures.tolist() == [0.5, 2.0]
    unsigned = LifeTable.of(np.array([9], "Q"), [1], entry=np.array([2], "i8"))
    assert unsigned.tenures.tolist() == [2, 9]
    assert LifeTable.of([-0.0, 0.0], [1, 1]) == LifeTable.of([0], [1]) + LifeTable.of([0], [1])


def test_tenures_far_apart_take_no_room() -> None:
    table = LifeTable.of([2**53, 3, 2**40, 3], [True, True, False, False])

    assert table.tenures.tolist() == [3, 2**40, 2**53]
    assert table.churned.tolist() == [1, 0, 1]


def test_more_rows_than_are_read_at_a_time() -> None:
    n = 40_000
    tenure = np.arange(n, dtype=np.int32) % 50
    table = LifeTable.of(tenure, tenure % 2 == 0, by={"third": np.arange(n) % 3})

    assert table.total() == LifeTable.of(tenure, tenure % 2 == 0)
    assert table.total().churned.tolist() == [800, 0] * 25
    assert [table[i].n for i in range(3)] == [13_334, 13_333, 13_333]


def test_tables_by_group_are_on_the_same_tenures() -> None:
    tables = LifeTable.of([1, 4, 2, 4], [1, 0, 1, 1], by={"plan": ["a", "b", "a", None]})

    assert list(tables) == ["a", "b", None]
    assert tables.batch.tenures.tolist() == [1, 2, 4]
    assert tables["a"].churned.tolist() == [1, 1, 0]
    assert tables["a"] == LifeTable.of([1, 2], [1, 1])
    assert tables["a"] + tables["b"] == LifeTable.of([1, 4, 2], [1, 0, 1])
    assert tables.total() == LifeTable.of([1, 4, 2, 4], [1, 0, 1, 1])
    assert tables.suppress(min_n=2)["b"].n == 0


# ------------------------------------------------------------- from aggregates


def test_survivors_are_a_table() -> None:
    """A cohort of the "High End" segment of Fader and Hardie (2007), per mille."""
    cohort = LifeTable.from_survivors([1000, 869, 743, 653])

    assert cohort.tenures.tolist() == [1, 2, 3]
    assert cohort.at_risk.tolist() == [1000, 869, 743]
    assert cohort.churned.tolist() == [131, 126, 90]
    assert cohort.censored.tolist() == [0, 0, 653]
    assert LifeTable.from_survivors([[9, 4], [7, 7]])[1] == LifeTable([1], [0], [7])


def test_reported_numbers_are_a_table() -> None:
    table = LifeTable.from_counts(at_risk=[9, 10, 4], churned=[1, 2, 4], tenures=[0, 0.5, 1])

    assert table.at_risk.tolist() == [9, 10, 4]
    assert table.censored.tolist() == [0, 4, 0]
    assert table.entered.tolist() == [2, 0, 0]
    report = LifeTable.from_counts(at_risk=TABLE.at_risk, churned=TABLE.churned)
    assert report.censored.tolist() == TABLE.censored.tolist()


def test_no_customers_are_the_zero() -> None:
    zero = LifeTable.empty()

    assert (zero.n, zero.tenures.tolist(), zero.at_risk.tolist()) == (0, [], [])
    assert zero == LifeTable.of([], [])
    assert LifeTable.of([], [], weights=[], entry=[]) + TABLE == TABLE
    assert zero + TABLE == TABLE == TABLE + zero
    assert (zero + TABLE).tenures.dtype.kind == "i"
    assert len(LifeTable.of([], [], by=[])) == 0


# ------------------------------------------------------------------ weights


def test_weights_by_hand() -> None:
    table = LifeTable.of(
        [1, 2, 2, 3], [1, 1, 0, 0], weights=[2.0, 0.5, 1.0, 3.0], entry=[0, 0, 1, 2]
    )

    assert table.at_risk.tolist() == [2, 2, 1]
    assert table.at_risk_weight.tolist() == [2.5, 1.5, 3.0]
    assert table.churned_weight.tolist() == [2, 0.5, 0]
    assert table.at_risk_effective.tolist() == [2.5**2 / 4.25, 1.5**2 / 1.25, 1]


def test_where_all_leave_their_weights_are_those_at_risk() -> None:
    """To the last digit, though 0.1 + 0.2 - 0.3 is not 0 in floats: then nobody is left."""
    table = LifeTable.of(
        [2, 2, 9, 9, 9], [1, 1, 1, 1, 1], entry=[0, 0, 5, 5, 5], weights=[0.7, 0.1, 0.3, 0.1, 0.2]
    ) + LifeTable([3], [0], [0])

    assert table.tenures.tolist() == [2, 3, 5, 9]
    assert table.at_risk.tolist() == [2, 0, 0, 3]
    assert table.at_risk_weight.tolist() == table.churned_weight.tolist()
    assert table.at_risk_effective[1:3].tolist() == [0, 0]


@given(customers())
def test_whoever_leaves_was_at_risk(rows: Any) -> None:
    table = LifeTable.of(**rows | {"by": None})
    gone = table.churned == table.at_risk

    assert np.all(table.churned_weight <= table.at_risk_weight)
    assert np.array_equal(table.churned_weight[gone], table.at_risk_weight[gone])


@given(customers())
def test_equal_weights_are_no_weights_and_their_unit_does_not_matter(rows: Any) -> None:
    rows |= {"by": None}
    plain, equal = (
        LifeTable.of(**rows | {"weights": w}) for w in (None, [2.5] * len(rows["tenure"]))
    )
    small, large = (
        LifeTable.of(**rows | {"weights": [unit * w for w in rows["weights"]]}) for unit in (1, 8)
    )

    assert np.allclose(equal.at_risk_effective, plain.at_risk)
    assert np.allclose(equal.at_risk_weight, 2.5 * plain.at_risk_weight)
    assert np.allclose(equal.churned_weight, 2.5 * plain.churned_weight)
    assert (
        plain.at_risk_effective.tolist() == plain.at_risk_weight.tolist() == plain.at_risk.tolist()
    )
    assert np.allclose(large.at_risk_effective, small.at_risk_effective)
    assert np.allclose(large.at_risk_weight, 8 * small.at_risk_weight)


@given(customers())
def test_effective_numbers_are_at_most_the_numbers(rows: Any) -> None:
    table = LifeTable.of(**rows | {"by": None})

    assert np.all(table.at_risk_effective <= table.at_risk * (1 + 1e-12))
    assert np.all((table.at_risk_effective > 0) == (table.at_risk > 0))


# --------------------------------------------------------------------- laws


def assert_like(found: LifeTable, expected: LifeTable) -> None:
    """The same numbers, and the same weights to rounding."""
    assert found.design_name == expected.design_name
    found, expected = found._aligned(expected)
    assert found.tenures.dtype == expected.tenures.dtype
    for name in ("churned", "censored", "entered"):
        assert getattr(found, name).tolist() == getattr(expected, name).tolist()
    if found.design is not None and expected.design is not None:
        for name in ("weights", "squares"):
            one, two = (getattr(table.design, name) for table in (found, expected))
            np.testing.assert_allclose(one, two, rtol=1e-12, atol=1e-12)


def parts(rows: dict[str, list[Any]], *, weighted: bool) -> dict[str, Any]:
    return {name: column for name, column in rows.items() if weighted or name != "weights"}


def some(rows: dict[str, list[Any]], chosen: Any) -> dict[str, Any]:
    return {name: [column[i] for i in chosen] for name, column in rows.items()}


@given(customers(), st.booleans())
def test_those_at_risk_are_all_who_are_there(rows: Any, weighted: bool) -> None:  # noqa: FBT001
    table = LifeTable.of(**parts(rows, weighted=weighted) | {"by": None})
    everyone = list(zip(*rows.values(), strict=True))

    assert table.n == len(everyone)
    assert sorted(set(rows["tenure"] + [e for e in rows["entry"] if e])) == table.tenures.tolist()
    for tenure, at_risk, weight, churned in zip(
        table.tenures, table.at_risk, table.at_risk_weight, table.churned, strict=True
    ):
        there = [
            w
            for till, _, since, w, _ in everyone
            if till >= tenure and (since < tenure or not since)
        ]
        left = [e for e in everyone if e[0] == tenure and e[1]]
        assert (at_risk, churned) == (len(there), len(left))
        assert weight == pytest.approx(sum(there) if weighted else len(there))


@given(customers(), st.booleans(), st.data())
def test_counting_then_adding_is_adding_then_counting(
    rows: Any,
    weighted: bool,  # noqa: FBT001
    data: st.DataObject,
) -> None:
    rows = parts(rows, weighted=weighted)
    n = len(rows["tenure"])
    order = data.draw(st.permutations(range(n)))
    cut = data.draw(st.integers(0, n))

    whole, one, two = (
        LifeTable.of(**some(rows, at)) for at in (range(n), order[:cut], order[cut:])
    )

    assert (one + two).columns["segment"] == whole.columns["segment"]
    assert_like((one + two).batch, whole.batch)
    assert_like(one.total() + two.total(), whole.total())
    assert_like(LifeTable.of(**rows | {"by": None}), whole.total())
    for key in whole:
        own = some(rows, [i for i, segment in enumerate(rows["by"]) if segment == key])
        assert_like(LifeTable.of(**own | {"by": None}), whole[key])


def tables(*, weighted: bool = False) -> st.SearchStrategy[LifeTable]:
    return customers().map(
        lambda rows: LifeTable.of(**parts(rows, weighted=weighted) | {"by": None})
    )


@given(tables(), tables(), tables())
def test_tables_form_a_commutative_monoid(a: LifeTable, b: LifeTable, c: LifeTable) -> None:
    before = copy.deepcopy(a)

    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a + LifeTable.empty() == a == LifeTable.empty() + a
    assert sum([a, b, c]) == a + b + c
    assert a + b + a.zeros(()) == a + b
    assert a == before
    assert (a == b) == (a.to_dicts() == b.to_dicts())


@given(tables(weighted=True), tables(weighted=True), tables(weighted=True))
def test_weighted_tables_do_so_to_rounding(a: LifeTable, b: LifeTable, c: LifeTable) -> None:
    assert_like(a + b, b + a)
    assert_like((a + b) + c, a + (b + c))
    assert a + a.zeros(()) == a


@given(customers(), st.booleans())
def test_a_batch_is_its_rows(rows: Any, weighted: bool) -> None:  # noqa: FBT001
    batch = LifeTable.of(**parts(rows, weighted=weighted)).batch
    names = ("at_risk", "at_risk_weight", "at_risk_effective", "churned_weight", "n")

    for i, row in enumerate(batch):
        for name in names:
            assert np.array_equal(getattr(row, name), getattr(batch, name)[i])
    codes = np.zeros(batch.shape, np.intp)
    total = batch.regrouped(codes, 1)[0]
    for row, rest in zip(batch, batch.others(), strict=True):
        assert_like(row + rest, total)
    nobody = batch.take(np.array([-1, *range(len(codes)), -1]))
    assert nobody[0] == nobody[-1] == total.zeros(())
    assert nobody[0].n == 0


@given(customers(), st.booleans())
def test_tables_survive_storing_and_copying(rows: Any, weighted: bool) -> None:  # noqa: FBT001
    grouped = LifeTable.of(**parts(rows, weighted=weighted))

    for value in (grouped.batch, grouped.total()):
        assert pickle.loads(pickle.dumps(value)) == value
        assert copy.deepcopy(value) == value
    single = grouped.total()
    again = LifeTable.from_dict(json.loads(json.dumps(single.to_dict())))
    assert again == single
    assert again.tenures.dtype == single.tenures.dtype
    if len(grouped):
        assert Grouped.from_dict(json.loads(json.dumps(grouped.to_dict()))) == grouped


def test_tables_are_equal_where_the_same_happens() -> None:
    table = LifeTable.of([1, 3], [1, 0])

    assert table == LifeTable([1, 2, 3], [1, 0, 0], [0, 0, 1])
    assert table == LifeTable.of([1.0, 3.0], [1, 0])
    assert table != LifeTable.of([1, 3], [1, 1])
    assert table != LifeTable.of([1, 3], [1, 0], weights=[1, 1])
    assert table != 3
    assert not table.tenures.flags.writeable


# --------------------------------------------------------------------- faces


def test_a_table_has_text_html_and_frame() -> None:
    table = LifeTable.of([1, 12, 2, 2], [1, 0, 1, 0])

    assert str(table).splitlines() == [
        "Life table of 4 customers, 2 churned",
        "tenure  at risk  churned  censored",
        "     1        4        1         0",
        "     2        3        1         1",
        "    12        1        0         1",
    ]
    assert "<caption>Life table of 4 customers, 2 churned</caption>" in table._repr_html_()
    assert table.to_dicts()[1] == {"tenure": 2, "at_risk": 3, "churned": 1, "censored": 1}
    assert table.to_pandas()["at_risk"].tolist() == [4, 3, 1]


def test_entries_and_weights_are_further_columns() -> None:
    table = LifeTable.of([1.5, 3, 3], [1, 0, 1], entry=[0, 0, 1 / 3], weights=[1, 2, 1])

    names, _, *rows = table.to_markdown().splitlines()
    assert names.endswith("| entered | at risk weight | churned weight | at risk effective |")
    assert rows == [
        "| 0.333333 | 2 | 0 | 0 | 1 | 3 | 0 | 1.8 |",
        "| 1.5 | 3 | 1 | 0 | 0 | 4 | 1 | 2.66667 |",
        "| 3 | 2 | 1 | 1 | 0 | 3 | 1 | 1.8 |",
    ]
    assert list(table.to_dicts()[0]) == [
        "tenure",
        "at_risk",
        "churned",
        "censored",
        "entered",
        "at_risk_weight",
        "churned_weight",
        "at_risk_effective",
    ]


def test_tables_by_group_are_rows() -> None:
    grouped = LifeTable.of([1, 2, 2], [1, 1, 0], by={"plan": ["a", "b", "b"]})

    assert str(grouped).splitlines() == [
        "Life tables",
        "plan  n  churned  censored",
        "a     1        1         0",
        "b     2        1         1",
    ]
    assert grouped.to_dicts()[1] == {
        "plan": "b",
        "at_risk_1": 2,
        "churned_1": 0,
        "censored_1": 0,
        "at_risk_2": 2,
        "churned_2": 1,
        "censored_2": 1,
    }


# -------------------------------------------------------------------- errors

NUMBER = "must be a number from 0 to 2**53, not"
FLAG = "Each value of `churned` must be True or False, not"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"tenure": [1, -2, -3]},
            ArgumentError,
            f"Each tenure {NUMBER} -2 (2 of 3, first at position 1).",
        ),
        (
            {"tenure": np.array([1, 2, -3], "i1")},
            ArgumentError,
            f"Each tenure {NUMBER} -3 (1 of 3, first at position 2).",
        ),
        (
            {"tenure": [1, None, 2]},
            ArgumentError,
            f"Each tenure {NUMBER} nan (1 of 3, first at position 1).",
        ),
        (
            {"tenure": [np.nan, 1, 2]},
            ArgumentError,
            f"Each tenure {NUMBER} nan (1 of 3, first at position 0).",
        ),
        (
            {"tenure": pl.Series([1, 2, None])},
            ArgumentError,
            f"Each tenure {NUMBER} nan (1 of 3, first at position 2).",
        ),
        (
            {"tenure": [1.0, np.inf, 2]},
            ArgumentError,
            f"Each tenure {NUMBER} inf (1 of 3, first at position 1).",
        ),
        (
            {"tenure": [1, 10**16, 2]},
            ArgumentError,
            f"Each tenure {NUMBER} 10000000000000000 (1 of 3, first at position 1).",
        ),
        (
            {"tenure": ["1", 2, 3]},
            ArgumentError,
            f"Each tenure {NUMBER} '1' (1 of 3, first at position 0).",
        ),
        (
            {"tenure": [True, 2, 3]},
            ArgumentError,
            f"Each tenure {NUMBER} True (1 of 3, first at position 0).",
        ),
        (
            {"tenure": np.array([True] * 3)},
            ArgumentError,
            f"Each tenure {NUMBER} True (3 of 3, first at position 0).",
        ),
        (
            {"tenure": np.ma.masked_array([1, 2, 3], [False, True, False])},
            ArgumentError,
            f"Each tenure {NUMBER} nan (1 of 3, first at position 1).",
        ),
        (
            {"tenure": pd.to_timedelta([1, 2, 3], unit="D")},
            ArgumentError,
            "`tenure` must be numbers, not durations.\nHint: did you mean to count them in days?",
        ),
        (
            {"tenure": np.array([1, 2, 3], "timedelta64[ns]")},
            ArgumentError,
            "`tenure` must be numbers, not durations.\nHint: did you mean to count them in days?",
        ),
        (
            {"entry": [timedelta(0), None, timedelta(1)]},
            ArgumentError,
            "`entry` must be numbers, not durations.\nHint: did you mean to count them in days?",
        ),
        ({"tenure": [[1, 2, 3]]}, ArgumentError, "`tenure` must be a 1-D array or list, not 2-D."),
        ({"tenure": 3}, ArgumentError, "`tenure` must be a 1-D array or list, not ndarray."),
        ({"churned": [1, 2, 0]}, ArgumentError, f"{FLAG} 2 (1 of 3, first at position 1)."),
        (
            {"churned": [1, None, np.nan]},
            ArgumentError,
            f"{FLAG} nan (2 of 3, first at position 1).",
        ),
        (
            {"churned": np.array([0.0, 0.5, 1.0])},
            ArgumentError,
            f"{FLAG} 0.5 (1 of 3, first at position 1).",
        ),
        (
            {"churned": ["yes", "no", "yes"]},
            ArgumentError,
            f"{FLAG} 'yes' (3 of 3, first at position 0).",
        ),
        (
            {"churned": np.array([[True] * 3])},
            ArgumentError,
            "`churned` must be a 1-D array or list, not 2-D.",
        ),
        (
            {"churned": [1, 0]},
            MismatchError,
            "`churned` must have one value per tenure, not 2 for 3.",
        ),
        ({"entry": [0, 0]}, MismatchError, "`entry` must have one value per tenure, not 2 for 3."),
        (
            {"entry": [0, -1, 0]},
            ArgumentError,
            f"Each entry {NUMBER} -1 (1 of 3, first at position 1).",
        ),
        (
            {"entry": [0, 0, None]},
            ArgumentError,
            f"Each entry {NUMBER} nan (1 of 3, first at position 2).",
        ),
        (
            {"entry": [0, 2, 3]},
            ArgumentError,
            (
                "Each entry must be before the tenure of the customer, not 2 "
                "(2 of 3, first at position 1)."
            ),
        ),
        (
            {"weights": [1, 2]},
            MismatchError,
            "`weights` must have one weight per respondent, not 2 for 3.",
        ),
        (
            {"weights": [1, -1, np.nan]},
            ArgumentError,
            "Each weight must be a finite number from 0, not -1.0 (2 of 3, first at position 1).",
        ),
        (
            {"weights": [0, 0, 0]},
            ArgumentError,
            "One weight must be above 0, but all 3 of them are 0.",
        ),
        ({"by": ["a"]}, MismatchError, "`by` must have one label per response, not 1 for 3."),
    ],
)
def test_customers_that_cannot_be_are_explained(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as raised:
        LifeTable.of(**{"tenure": [1, 2, 3], "churned": [1, 0, 1]} | options)

    assert type(raised.value) is error
    assert str(raised.value) == message


def test_too_many_groups_and_tenures_are_no_table() -> None:
    """A cell for each would take 800 MB, of which nearly all are empty."""
    each = np.arange(10_001)

    with pytest.raises(ArgumentError) as error:
        LifeTable.of(each / 2, each < 0, by=each)

    assert str(error.value) == (
        "A table of tenures must have at most 100,000,000 cells, not 10,001 groups by 10,001 "
        "tenures.\nHint: did you mean tenure in whole months?"
    )
    assert LifeTable.of(each * 10**9, each < 0).n == 10_001


WHOLE = "must be whole numbers from 0 to 2**53, not"
ASCENDING = "`tenures` must ascend, each a number from 0 to 2**53, not"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([2, 1], [1, 1], [0, 0]), f"{ASCENDING} 1."),
        (([1, 1], [1, 1], [0, 0]), f"{ASCENDING} 1."),
        (([-1, 1], [1, 1], [0, 0]), f"{ASCENDING} -1."),
        (([0.5, np.nan], [1, 1], [0, 0]), f"{ASCENDING} nan."),
        (([0.5, np.inf], [1, 1], [0, 0]), f"{ASCENDING} inf."),
        ((["a"], [1], [0]), "`tenures` must be one row of numbers."),
        (([[1]], [1], [0]), "`tenures` must be one row of numbers."),
        (([[1], [1, 2]], [1], [0]), "`tenures` must be one row of numbers."),
        (([1, 2], [1], [0]), "`churned` must be 2 numbers, one per tenure, not of shape (1,)."),
        (([1], [1], [0, 1]), "`censored` must be 1 numbers, one per tenure, not of shape (2,)."),
        (([1], [[1]], [0]), "`censored` must be 1 numbers, one per tenure, not of shape (1,)."),
        (([1], [-1], [0]), f"`churned` {WHOLE} -1."),
        (([1], [86.9], [0]), f"`churned` {WHOLE} 86.9."),
        (([1], [1], [None]), f"`censored` {WHOLE} [None]."),
        (([1], [2**53], [2**53]), "A summary must have at most 2**53 customers."),
        (
            ([1, 2], [[0, 2], [1, 3]], [[0, 0], [0, 0]], [[0, 0], [4, 0]]),
            (
                "`entered` must be customers who leave later, but more leave than are there at "
                "tenure 1."
            ),
        ),
        (
            ([1], [1], [0], [0], WeightedTenures(weights=np.ones((3, 2)), squares=np.ones((3, 2)))),
            "`design` must have the shape of `churned`, not shape (2,) for (1,).",
        ),
    ],
)
def test_tables_that_cannot_be_are_explained(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ScaleError) as error:
        LifeTable(*arguments)

    assert str(error.value) == message


@pytest.mark.parametrize(
    ("weights", "squares", "message"),
    [
        (
            np.ones((3, 2)),
            np.ones((3, 1)),
            (
                "`weights` and `squares` must have three rows, one sum per tenure, not shapes "
                "(3, 2) and (3, 1)."
            ),
        ),
        (
            np.ones(3),
            np.ones(3),
            (
                "`weights` and `squares` must have three rows, one sum per tenure, not shapes "
                "(3,) and (3,)."
            ),
        ),
        (
            np.ones((3, 1)),
            -np.ones((3, 1)),
            "`squares` must be finite and not negative, not -1.0.",
        ),
    ],
)
def test_sums_that_cannot_be_are_explained(weights: Any, squares: Any, message: str) -> None:
    with pytest.raises(MismatchError) as error:
        WeightedTenures(weights=weights, squares=squares)

    assert str(error.value) == message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"at_risk": [5, 3], "churned": [1, 4]},
            "`churned` must be at most those at risk, not 4 of 3.",
        ),
        (
            {"at_risk": [5, 3], "churned": [1]},
            "`churned` must be one number for each in `at_risk`, not shapes (1,) and (2,).",
        ),
        (
            {"at_risk": 5, "churned": 1},
            "`churned` must be one number for each in `at_risk`, not shapes () and ().",
        ),
        (
            {"at_risk": [5, 3], "churned": [1, 1], "tenures": [1]},
            "`churned` must be 1 numbers, one per tenure, not of shape (2,).",
        ),
    ],
)
def test_reports_that_cannot_be_are_explained(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ScaleError) as error:
        LifeTable.from_counts(**arguments)

    assert str(error.value) == message


@pytest.mark.parametrize(
    ("survivors", "message"),
    [
        ([[9, 8], [1743, 1800]], "`survivors` must never rise, not from 1,743 to 1,800."),
        ([5], "`survivors` must be numbers of two times or more, not of shape (1,)."),
        (5, "`survivors` must be numbers of two times or more, not of shape ()."),
        ([100, 86.9], f"`survivors` {WHOLE} 86.9."),
    ],
)
def test_survivors_that_cannot_be_are_explained(survivors: Any, message: str) -> None:
    with pytest.raises(ScaleError) as error:
        LifeTable.from_survivors(survivors)

    assert str(error.value) == message


def test_tables_that_do_not_add() -> None:
    weighted = LifeTable.of([1], [1], weights=[2])

    with pytest.raises(MismatchError, match="Can't add weighted customers to unw"):
        TABLE + weighted
    with pytest.raises(MismatchError, match="Can't add unweighted customers to w"):
        weighted + TABLE
    with pytest.raises(MismatchError, match=r"Can't add a batch of shape \(1,\) to one of shape"):
        TABLE + TABLE.zeros((1,))
    with pytest.raises(TypeError):
        TABLE + Counts.empty(ONE_TO_FIVE)
    with pytest.raises(FormatError):
        LifeTable.from_dict(Counts.empty(ONE_TO_FIVE).to_dict())


CALLS: dict[str, Any] = {
    "of": LifeTable.of,
    "of entries": lambda x, y: LifeTable.of([1, 2], [1, 0], entry=x, weights=y),
    "table": lambda x, y: LifeTable(x, y, y),
    "from_counts": lambda x, y: LifeTable.from_counts(at_risk=x, churned=y),
    "from_survivors": lambda x, _: LifeTable.from_survivors(x),
    "from_dict": lambda x, y: LifeTable.from_dict(TABLE.to_dict() | {"tenures": x, "design": y}),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@given(x=junk(), y=junk())
def test_mistakes_are_explained(call: Any, x: Any, y: Any) -> None:
    with suppress(CxMetricsError, TypeError):
        call(x, y)
