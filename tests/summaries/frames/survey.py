"""A small survey with all that columns can hold, and what it must count to."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from cxmetrics import Counts, Grouped, Scale
from tests.summaries.frames.engines import ZONE

ROWS = 90
rng = np.random.default_rng(1)


def any_of(values: Iterable[Any]) -> list[Any]:
    choice = list(values)
    return [choice[i] for i in rng.integers(len(choice), size=ROWS)]


STARS = any_of([1, 3, 4, 5, None])
COLUMNS: dict[str, list[Any]] = {
    "recommend": any_of([*range(11), None, 99]),
    "stars": STARS,
    "patchy": any_of([1.0, 3.0, 4.0, 5.0, None, float("nan")]),
    "wifi": any_of(["1", "3", "4", "5", " 5.0", "not used", None]),
    "weight": any_of([0.5, 1.0, 2.5, 0.0, 1 / 3]),
    "gappy": [
        given if star else other
        for star, given, other in zip(
            STARS, any_of([0.5, 2.0]), any_of([None, float("nan"), -1.0]), strict=True
        )
    ],
    "times": any_of([0, 1, 2, 5]),
    "customer": any_of([*range(40), None]),
    "flight": any_of(["AF 1", "AF 2", "BA 1", "", None]),
    "half": any_of([0.5, 1.5, -0.0, 0.0, float("nan"), None]),
    "shop": any_of(["N", "S", "ä", "", None]),
    "floor": any_of([-1, 0, 1, 10]),
    "room": any_of([1, 2, None]),
    "open": any_of([True, False]),
    "ajar": any_of([True, False, None]),
    "day": any_of(
        [date(2023, 12, 31), date(2024, 1, 1), date(2024, 2, 29), date(1999, 12, 31), None]
    ),
    "when": any_of(
        [
            datetime.fromisoformat("2023-12-31 23:59:59.999999"),
            datetime.fromisoformat("2024-01-01 00:00:00"),
            datetime.fromisoformat("2024-02-29 12:00:00"),
            datetime.fromisoformat("2024-03-31 23:30:00"),
            datetime.fromisoformat("2024-12-30 00:00:01"),
            datetime.fromisoformat("1969-12-31 23:00:00"),
            None,
        ]
    ),
}
BERLIN = ZoneInfo(ZONE)
COLUMNS["zoned"] = [None if t is None else t.replace(tzinfo=BERLIN) for t in COLUMNS["when"]]
COLUMNS["row"] = list(range(ROWS))
COLUMNS["half of the rows"] = [row // 45 for row in range(ROWS)]
COLUMNS["equal"] = [2.5] * ROWS
COLUMNS["eightfold"] = [8 * weight for weight in COLUMNS["weight"]]
TABLE = pa.table(
    {name: pa.array(values, from_pandas=False) for name, values in COLUMNS.items()}
).set_column(
    list(COLUMNS).index("zoned"), "zoned", pa.array(COLUMNS["zoned"], pa.timestamp("us", ZONE))
)


def first_day(when: date | None, unit: str) -> date | None:
    """The first day of the period of a day or time."""
    if when is None:
        return None
    match unit:
        case "day":
            return date(when.year, when.month, when.day)
        case "week":
            return date(when.year, when.month, when.day) - timedelta(days=when.weekday())
        case "month":
            return date(when.year, when.month, 1)
        case "quarter":
            return date(when.year, 3 * ((when.month - 1) // 3) + 1, 1)
        case _:
            return date(when.year, 1, 1)


def names(columns: Any) -> list[str]:
    return [] if columns is None else [columns] if isinstance(columns, str) else list(columns)


def counted(
    columns: Mapping[str, list[Any]],
    column: str,
    scale: Scale,
    *,
    by: Any = None,
    weights: str | None = None,
    clusters: Any = None,
    count: str | None = None,
    period: tuple[str, str] | None = None,
    **options: Any,
) -> Counts | Grouped[Counts]:
    """What `tabulate` must find, from plain lists with an entry per respondent."""
    times = columns[count] if count else [1] * len(columns[column])
    everyone = {
        name: list(chain.from_iterable([value] * n for value, n in zip(values, times, strict=True)))
        for name, values in columns.items()
    }
    labels = {name: everyone[name] for name in names(by)}
    if period is not None:
        when, unit = period
        labels[unit] = [first_day(value, unit) for value in everyone[when]]
    return Counts.of(
        everyone[column],
        scale,
        by=labels or None,
        weights=None if weights is None else everyone[weights],
        clusters={name: everyone[name] for name in names(clusters)} or None,
        **options,
    )


def assert_same(found: Any, expected: Any) -> None:
    """The same keys in the same order, the same counts, and sums to rounding."""
    assert type(found) is type(expected)
    if isinstance(found, Grouped):
        assert found.columns == expected.columns
        if expected._whole is None:
            assert found._whole is None
        else:
            assert_same(found.total(), expected.total())
        found, expected = found.batch, expected.batch
    assert found.scale == expected.scale
    assert found.counts.tolist() == expected.counts.tolist()
    assert np.array_equal(found.n_missing, expected.n_missing)
    assert found.design_name == expected.design_name
    if expected.design is not None:
        for name, sums in expected.design._sums():
            np.testing.assert_allclose(
                getattr(found.design, name), sums, rtol=1e-12, atol=1e-12, err_msg=name
            )
