"""The laws of tabulate_tenure, in every engine: it counts what `LifeTable.of` counts of lists."""

import re
from datetime import timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given

from cxmetrics import Grouped
from cxmetrics.errors import ArgumentError, UnknownKeyError
from cxmetrics.summaries.frames import tabulate_tenure
from cxmetrics.summaries.life_table import LifeTable
from tests.strategies import customers
from tests.summaries.frames.engines import IN_MEMORY, every_engine, frame_in
from tests.summaries.frames.survey import COLUMNS as SURVEY
from tests.summaries.frames.survey import any_of, first_day, names

MONTHS = any_of([1, 2, 3, 5, 8, 40])
COLUMNS: dict[str, list[Any]] = {
    "months": MONTHS,
    "years": any_of([0.0, 0.1, 0.25, 1.0, 1.5, 1 / 3]),
    "before": [
        min(before, months - 1) for before, months in zip(any_of([0, 0, 1, 4]), MONTHS, strict=True)
    ],
    "half before": [months * part for months, part in zip(MONTHS, any_of([0.0, 0.5]), strict=True)],
    "left": any_of([True, False]),
    "gone": any_of([1, 0]),
    "lost": any_of([1.0, 0.0]),
    **{name: SURVEY[name] for name in ("weight", "times", "shop", "floor", "half", "day", "when")},
}
TABLE = pa.table({name: pa.array(values, from_pandas=False) for name, values in COLUMNS.items()})
ROWS = len(MONTHS)

CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "of real times": {"tenure": "years"},
    "left as 1 and 0": {"churned": "gone"},
    "left as 1.0 and 0.0": {"churned": "lost", "by": "shop"},
    "by text": {"by": "shop"},
    "by whole numbers": {"by": "floor"},
    "by several": {"by": ["floor", "shop", "half"]},
    "of real times by text": {"tenure": "years", "by": "shop", "weights": "weight"},
    "weighted": {"weights": "weight"},
    "weighted by shop": {"weights": "weight", "by": "shop"},
    "entered late": {"entry": "before"},
    "entered late by shop": {"entry": "before", "by": "shop", "weights": "weight"},
    "entered at real times": {"entry": "half before", "by": "floor"},
    "frequencies": {"count": "times", "by": "shop"},
    "weighted frequencies": {"count": "times", "weights": "weight", "entry": "before"},
    "by months": {"period": ("day", "month")},
    "by quarters and shops": {"period": ("when", "quarter"), "by": "shop", "entry": "before"},
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def counted(
    columns: dict[str, list[Any]],
    *,
    tenure: str = "months",
    churned: str = "left",
    entry: str | None = None,
    by: Any = None,
    weights: str | None = None,
    count: str | None = None,
    period: tuple[str, str] | None = None,
) -> Any:
    """What must be found, from plain lists with an entry per customer."""
    times = columns[count] if count else [1] * len(columns[tenure])
    everyone = {
        name: list(chain.from_iterable([value] * n for value, n in zip(values, times, strict=True)))
        for name, values in columns.items()
    }
    labels = {name: everyone[name] for name in names(by)}
    if period is not None:
        labels[period[1]] = [first_day(value, period[1]) for value in everyone[period[0]]]
    return LifeTable.of(
        everyone[tenure],
        everyone[churned],
        entry=None if entry is None else everyone[entry],
        weights=None if weights is None else everyone[weights],
        by=labels or None,
    )


def assert_same(found: Any, expected: Any) -> None:
    """The same keys in the same order, the same numbers, and sums of weights to rounding."""
    assert type(found) is type(expected)
    if isinstance(found, Grouped):
        assert found.columns == expected.columns
        found, expected = found.batch, expected.batch
    assert found.tenures.tolist() == expected.tenures.tolist()
    assert found.tenures.dtype == expected.tenures.dtype
    for name in ("churned", "censored", "entered"):
        assert getattr(found, name).tolist() == getattr(expected, name).tolist()
    assert found.design_name == expected.design_name
    if expected.design is not None:
        for name, sums in expected.design._sums():
            np.testing.assert_allclose(
                getattr(found.design, name), sums, rtol=1e-12, atol=1e-12, err_msg=name
            )


@every_engine
@every_case
def test_every_engine_counts_what_lists_would_say(engine: str, case: dict[str, Any]) -> None:
    asked: dict[str, Any] = {"tenure": "months", "churned": "left"} | case

    assert_same(tabulate_tenure(frame_in(engine, TABLE), **asked), counted(COLUMNS, **asked))


@every_engine
@pytest.mark.parametrize("case", ["of real times by text", "entered late by shop"])
def test_counting_apart_and_adding_is_counting_together(engine: str, case: str) -> None:
    asked: dict[str, Any] = {"tenure": "months", "churned": "left"} | CASES[case]
    parts = (slice(30), slice(30, ROWS), slice(ROWS))
    one, two, both = (tabulate_tenure(frame_in(engine, TABLE[rows]), **asked) for rows in parts)

    assert_same(one + two, both)
    assert_same(two + one, both)


@every_engine
@pytest.mark.parametrize("case", [{}, {"weights": "weight"}, {"entry": "before"}], ids=str)
def test_an_empty_frame_has_no_customers(engine: str, case: dict[str, Any]) -> None:
    frame = frame_in(engine, TABLE[:0])

    alone = tabulate_tenure(frame, "months", "left", **case)
    by_shop = tabulate_tenure(frame, "months", "left", by="shop", **case)

    assert (alone.n, alone.shape, alone.tenures.tolist()) == (0, (), [])
    assert by_shop.columns == {"shop": []}
    assert by_shop.total().n == 0


@given(customers())
def test_any_customers_in_any_order_are_counted_alike_in_memory(rows: dict[str, list[Any]]) -> None:
    columns = {"by": pa.string(), "churned": pa.bool_()}
    table = pa.table(
        {name: pa.array(values[::-1], columns.get(name)) for name, values in rows.items()}
    )
    if not len(table):
        table = table.cast(pa.schema({name: pa.int64() for name in rows} | columns))
    named: dict[str, Any] = {**rows, "by": {"by": rows["by"]}}
    expected = LifeTable.of(**named)

    for engine in IN_MEMORY:
        frame = frame_in(engine, table)
        found = tabulate_tenure(
            frame, "tenure", "churned", entry="entry", weights="weights", by="by"
        )
        assert_same(found, expected)


def test_decimals_are_real_times() -> None:
    decimals = pa.array([Decimal("0.5"), Decimal("1.25")], pa.decimal128(5, 2))

    found = tabulate_tenure(pa.table({"years": decimals, "left": [True, False]}), "years", "left")

    assert found == LifeTable.of([0.5, 1.25], [True, False])


def test_whole_numbers_of_a_nullable_type_and_categories_are_read_as_they_are() -> None:
    frame = pl.DataFrame(
        {"months": [3, 1], "left": [True, False], "plan": ["b", "a"]},
        schema={"months": pl.UInt8, "left": pl.Boolean, "plan": pl.Enum(["b", "a"])},
    )

    found = tabulate_tenure(frame, "months", "left", by="plan")

    assert list(found) == ["b", "a"]
    assert found.total() == LifeTable.of([3, 1], [True, False])
    pandas = frame.to_pandas().astype({"plan": "category", "months": "UInt8"})
    assert tabulate_tenure(pandas, "months", "left", by="plan") == found


NUMBER = "must be a number from 0 to 2**53, not"
FEW = pa.table(
    {
        "months": [5, 5, 6, 7],
        "left": [True, False, True, True],
        "negative": [1, -2, -3, 4],
        "gap": [1, None, 2, 3],
        "nan": [1.0, float("nan"), float("nan"), 2.0],
        "infinite": [1.0, 2.0, float("inf"), 3.0],
        "text": ["a", "b", "c", "d"],
        "unsure": [True, None, False, True],
        "code": [0, 1, 2, 2],
        "times": [1, 2, 3, 1],
        "late": [0, 5, 0, 7],
        "nothing": [0.0] * 4,
    }
)
MISTAKES: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"tenure": "negative"}, ArgumentError, f"Each tenure {NUMBER} -3 (2 of 4)."),
    ({"tenure": "negative", "count": "times"}, ArgumentError, f"Each tenure {NUMBER} -3 (5 of 7)."),
    ({"tenure": "gap"}, ArgumentError, f"Each tenure {NUMBER} nan (1 of 4)."),
    ({"tenure": "nan"}, ArgumentError, f"Each tenure {NUMBER} nan (2 of 4)."),
    ({"tenure": "infinite", "by": "text"}, ArgumentError, f"Each tenure {NUMBER} inf (1 of 4)."),
    ({"tenure": "text"}, ArgumentError, f"Each tenure {NUMBER} 'a' (4 of 4)."),
    (
        {"churned": "unsure"},
        ArgumentError,
        "Each value of `churned` must be True or False, not nan (1 of 4).",
    ),
    (
        {"churned": "code", "by": "text"},
        ArgumentError,
        "Each value of `churned` must be True or False, not 2 (2 of 4).",
    ),
    (
        {"entry": "late"},
        ArgumentError,
        "Each entry must be before the tenure of the customer, not 5 (2 of 4).",
    ),
    ({"entry": "gap"}, ArgumentError, f"Each entry {NUMBER} nan (1 of 4)."),
    (
        {"weights": "negative", "by": "text"},
        ArgumentError,
        "Each weight must be a finite number from 0, not -3.0.",
    ),
    (
        {"weights": "nothing"},
        ArgumentError,
        "One weight must be above 0, but all 4 of them are 0.",
    ),
    (
        {"count": "negative"},
        ArgumentError,
        "`count` must be whole numbers from 0 to 2**53, not -3.",
    ),
    *(
        (
            {argument: "texd"},
            UnknownKeyError,
            "There is no column 'texd'.\nHint: did you mean 'text'?",
        )
        for argument in ("tenure", "churned", "entry", "weights", "by", "count")
    ),
]


@every_engine
@pytest.mark.parametrize(
    ("asked", "error", "message"), MISTAKES, ids=[str(asked) for asked, _, _ in MISTAKES]
)
def test_every_engine_has_the_same_words_for_a_mistake(
    engine: str, asked: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as raised:
        tabulate_tenure(frame_in(engine, FEW), **{"tenure": "months", "churned": "left"} | asked)

    assert type(raised.value) is error
    # Arrays have a first culprit and tell where it is, while engines have no order.
    assert without_places(str(raised.value)) == without_places(message)


@pytest.mark.parametrize("engine", ["pandas", "Polars", "Polars lazy", "DuckDB"])
def test_durations_are_called_by_their_name(engine: str) -> None:
    """What is left of two columns of times is no number; one of them is missing here."""
    stays = pa.array([timedelta(days=3), None], pa.duration("us"))
    frame = frame_in(engine, pa.table({"stay": stays, "left": [True, False]}))

    with pytest.raises(ArgumentError, match="`tenure` must be numbers, not durations") as raised:
        tabulate_tenure(frame, "stay", "left")

    assert str(raised.value).endswith("Hint: did you mean to count them in days?")


def without_places(message: str) -> str:
    """A message without the row, which arrays have and engines have not."""
    message = re.sub(r", first at position \d+", "", message)
    message = re.sub(r"(each weight.*) \(.*\)", r"\1", message, flags=re.IGNORECASE)
    return re.sub(r"-[23](\.0)?\b", "-", message)
