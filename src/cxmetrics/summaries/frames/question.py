"""What an engine is asked: to group and to add, in words that every engine knows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Any

import numpy as np

from cxmetrics._checks import check_option, check_type, fail, near
from cxmetrics._typing import Period
from cxmetrics.errors import ArgumentError, UnknownKeyError
from cxmetrics.summaries.counts import MOST

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

ANSWER, WEIGHT, COUNT, ALONE = "answer", "weight", "count", "alone"
"""Columns under plain names; keys and clusters have numbers."""

PERIODS = ("day", "week", "month", "quarter", "year")
MONTHS: Mapping[str, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Question:
    """A table of the columns that matter, and what is asked of it.

    Args:
        table: What is counted, with keys, clusters, weights and frequencies.
        names: What the user calls the keys.
        orders: Order of the labels of a key, where its type has one.
        period: Period of the last key, if it is one.
        n_clusters: Number of columns that name the clusters.
        weighted: Whether there are weights.
        counted: Whether there are frequencies.
        asked: The columns that are counted, value by value.
    """

    table: "nw.LazyFrame[Any]"
    names: tuple[str, ...]
    orders: Mapping[str, list[Any] | None]
    period: Period | None
    n_clusters: int
    weighted: bool
    counted: bool
    asked: tuple[str, ...] = (ANSWER,)

    @classmethod
    def of(
        cls,
        frame: Any,
        asked: Mapping[str, str],
        names: tuple[str, ...],
        weights: str | None,
        parts: tuple[str, ...],
        count: str | None,
        period: tuple[str, Period] | None,
    ) -> "Question":
        """Select the columns; whatever an engine calls "no label" becomes null.

        Args:
            frame: The frame of the user.
            asked: The columns that are counted, by the plain names they get.
            names: The columns of the keys.
            weights: The column of weights, if there is one.
            parts: The columns that name the clusters.
            count: The column of frequencies, if there is one.
            period: A column of days or times, and what period of them is a key.
        """
        import narwhals.stable.v2 as nw

        source = _Source.of(frame)
        columns = {f"key{i}": source.label(name) for i, name in enumerate(names)}
        orders = {f"key{i}": source.order(name) for i, name in enumerate(names)}
        unit: Period | None = None
        if period is not None:
            when, unit = _checked_period(period, names)
            columns[f"key{len(names)}"] = source.number_of_period(when, unit)
            names = (*names, unit)
        columns |= {f"cluster{i}": source.label(name) for i, name in enumerate(parts)}
        columns |= {plain: source.column(name) for plain, name in asked.items()}
        for plain, name, argument in ((WEIGHT, weights, "weights"), (COUNT, count, "count")):
            columns |= {} if name is None else {plain: source.number(name, argument)}
        table = source.table.select(**columns)
        if count is not None:
            times = nw.col(COUNT)
            table = table.filter(times.is_null() | (times != 0))
        if not names:
            table = table.with_columns(key0=nw.lit(0))
        if parts:
            nameless = [nw.col(f"cluster{i}").is_null() for i in range(len(parts))]
            alone = nw.any_horizontal(*nameless, ignore_nulls=False)
            table = table.with_columns(alone.alias(ALONE))
        known = weights is not None, count is not None
        return cls(table, names, orders, unit, len(parts), *known, tuple(asked))

    @property
    def keys(self) -> list[str]:
        """The columns of the keys; without keys, one that never changes."""
        return [f"key{i}" for i in range(max(1, len(self.names)))]

    def order(self, table: "nw.DataFrame[Any]", key: str) -> list[Any] | None:
        """The labels of a key in the order of its type, if that has one."""
        import narwhals.stable.v2 as nw

        order = self.orders.get(key)
        if (
            order is None
            and table.implementation.is_pandas_like()
            and table.schema[key] == nw.Categorical
        ):
            return table[key].cat.get_categories().to_list()
        return order

    def cells(self) -> "nw.DataFrame[Any]":
        """One row per group and value, and what to know of their rows to add them up."""
        import narwhals.stable.v2 as nw

        table, sums = self.table, [nw.len().alias("rows")]
        each, times = nw.col(WEIGHT), nw.col(COUNT)
        if self.counted:
            some = times.clip(0, MOST)  # Ibis rounds to integers, which have an end
            table = table.with_columns((some - some.round()).abs().alias("fraction"))
            sums += [
                times.sum().alias("n"),
                times.count().alias("counts"),
                times.min().alias("least_count"),
                nw.col("fraction").max(),
            ]
        if self.weighted:
            once = each * times if self.counted else each
            table = table.with_columns(once.alias("total"), (once * each).alias("square"))
            sums += [
                nw.col("total").sum(),
                nw.col("square").sum(),
                each.count().alias("weights"),
                each.min().alias("least_weight"),
            ]
        alone = [ALONE] * bool(self.n_clusters)
        return table.group_by(*self.keys, *self.asked, *alone).agg(*sums).collect()

    def nests(self, answers: Mapping[int, list[Any]], *, apart: bool) -> "Nests":
        """The weight of every cluster on every point, in each group or in all together."""
        import narwhals.stable.v2 as nw

        each = nw.lit(1.0)
        for name, present in ((WEIGHT, self.weighted), (COUNT, self.counted)):
            each = each * nw.col(name) if present else each
        every = [answer for at in answers.values() for answer in at]
        points = {f"t{k}": nw.col(ANSWER).is_in(at) for k, at in answers.items()}
        table = self.table if apart else self.table.with_columns(key0=nw.lit(0))
        keys = self.keys if apart else self.keys[:1]
        clusters = [f"cluster{i}" for i in range(self.n_clusters)]
        totals = (
            table.filter(~nw.col(ALONE) & nw.col(ANSWER).is_in(every))
            .with_columns(
                **{t: nw.when(here).then(each).otherwise(nw.lit(0.0)) for t, here in points.items()}
            )
            .group_by(*keys, *clusters)
            .agg(*(nw.col(t).sum() for t in points))
        )
        return Nests(totals, keys, clusters, list(answers))


@dataclass(frozen=True, slots=True)
class Nests:
    """The weights t_c of the clusters by point, still in the engine.

    Args:
        totals: One row per group and cluster, with columns t0, t1, ... of those points
            that have answers.
        keys: The columns of the keys.
        clusters: The columns that name the clusters.
        points: Positions of the points.
    """

    totals: "nw.LazyFrame[Any]"
    keys: list[str]
    clusters: list[str]
    points: list[int]

    def products(self) -> "nw.DataFrame[Any]":
        """Σ t t' over the clusters of each group, and their number."""
        import narwhals.stable.v2 as nw

        pairs = combinations_with_replacement(self.points, 2)
        products = {product_name(j, k): nw.col(f"t{j}") * nw.col(f"t{k}") for j, k in pairs}
        sums = [nw.col(product).sum() for product in products]
        return (
            self.totals.with_columns(**products)
            .group_by(*self.keys)
            .agg(nw.len().alias("clusters"), *sums)
            .collect()
        )

    def links(self) -> "nw.DataFrame[Any]":
        """Pairs of groups that a cluster connects; enough of them to tell what hangs together."""
        import narwhals.stable.v2 as nw

        texts = [nw.col(key).cast(nw.String).fill_null("") for key in self.keys]
        gaps = [nw.col(key).is_null().cast(nw.Int64).cast(nw.String) for key in self.keys]
        group = nw.concat_str(*gaps, *texts, separator="\x1f").alias("group")
        named = self.totals.select(*self.keys, *self.clusters)
        if named.implementation.is_dask():  # it fails to look around in what it has grouped
            named = named.collect().lazy()
        return (
            named.with_columns(group)
            .with_columns(first=nw.col("group").min().over(*self.clusters))
            .group_by(*self.keys, "group", "first")
            .agg(nw.len().alias("rows"))
            .collect()
        )


@dataclass(frozen=True, slots=True)
class _Source:
    """The frame of the user, not in memory, and the types of its columns."""

    table: "nw.LazyFrame[Any]"
    schema: "Mapping[str, nw.dtypes.DType]"

    @classmethod
    def of(cls, frame: Any) -> "_Source":
        table = lazy(frame)
        return cls(table, table.collect_schema())

    def column(self, name: str) -> "nw.Expr":
        """A column as it is."""
        import narwhals.stable.v2 as nw

        check_type(name, "column", str)
        if name not in self.schema:
            fail(UnknownKeyError, f"There is no column {name!r}.", near(name, self.schema))
        return nw.col(name)

    def label(self, name: str) -> "nw.Expr":
        """A column of labels: NaN is no label, and -0.0 is 0.0."""
        import narwhals.stable.v2 as nw

        column = self.column(name)
        if not self.schema[name].is_float():
            return column
        return nw.when(~column.is_nan()).then(column + 0.0)

    def order(self, name: str) -> list[Any] | None:
        """The labels of a column in the order of its type, if that has one."""
        import narwhals.stable.v2 as nw

        dtype = self.schema[name]
        return list(dtype.categories) if isinstance(dtype, nw.Enum) else None

    def number(self, name: str, argument: str) -> "nw.Expr":
        """A column of numbers, as floats."""
        import narwhals.stable.v2 as nw

        column = self.column(name)
        if not self.schema[name].is_numeric():
            came = f"{name!r} of type {self.schema[name]}"
            fail(ArgumentError, f"`{argument}` must be a column of numbers, not {came}.")
        return column.cast(nw.Float64)

    def number_of_period(self, name: str, unit: Period) -> "nw.Expr":
        """Which period since year 0 each date or time is in."""
        column = self.column(name)
        check_dates(self.schema[name], "period", name)
        return number_of_period(column.dt, unit)


def check_dates(dtype: "nw.dtypes.DType", argument: str, name: str) -> None:
    """A column must be of dates or times."""
    import narwhals.stable.v2 as nw

    if not isinstance(dtype, nw.Date | nw.Datetime):
        came = f"{name!r} of type {dtype}"
        hint = "did you mean to make dates of it first?"
        fail(ArgumentError, f"`{argument}` must be a column of dates or times, not {came}.", hint)


def product_name(j: int, k: int) -> str:
    """The column with the products of two points."""
    return f"p{j}_{k}"


def lazy(frame: Any) -> "nw.LazyFrame[Any]":
    """A frame of any library, not in memory."""
    import narwhals.stable.v2 as nw

    if not isinstance(frame, Mapping):
        table = nw.from_native(frame, pass_through=True)
        if isinstance(table, nw.DataFrame | nw.LazyFrame):
            return table.lazy()
    msg = f"`frame` must be a data frame, not {type(frame).__name__}."
    raise TypeError(msg)


def arrays_of(
    frame: Any, numbers: Iterable[str], labels: Iterable[str], flags: Iterable[str] = ()
) -> dict[str, Any] | None:
    """Columns in memory that numpy counts faster than their frame; None if any is not so."""
    import narwhals.stable.v2 as nw

    table = nw.from_native(frame, eager_only=True, pass_through=True)
    if not isinstance(table, nw.DataFrame):
        return None
    columns = {}
    for kinds, names in (("iuf", numbers), ("iu", labels), ("biuf", flags)):
        for name in names:
            array = _array(table[name], kinds) if name in table.columns else None
            if array is None:
                return None
            columns[name] = array
    return columns


def _array(column: "nw.Series[Any]", kinds: str) -> Any:
    """A column as numpy sees it, if that takes next to no time and it is of these kinds."""
    import narwhals.stable.v2 as nw

    native = column.to_native()
    if column.implementation.is_pandas():
        dtype = native.dtype
        coded = kinds == "iu" and hasattr(native, "cat")
        return native if coded or (isinstance(dtype, np.dtype) and dtype.kind in kinds) else None
    is_flag = column.dtype == nw.Boolean and "b" in kinds
    known = is_flag or column.dtype.is_integer() or (column.dtype.is_float() and "f" in kinds)
    return column.to_numpy() if known and not column.null_count() else None


def as_names(names: str | Iterable[str] | None, argument: str) -> tuple[str, ...]:
    """No, one or several names of columns."""
    if names is None or isinstance(names, str):
        return () if names is None else (names,)
    several = tuple(names)
    if not several:
        fail(ArgumentError, f"`{argument}` must have at least one column, not none.")
    return several


def _checked_period(period: Any, names: tuple[str, ...]) -> tuple[str, Period]:
    if not isinstance(period, tuple | list) or len(period) != 2:  # noqa: PLR2004
        message = f"`period` must be a column and a period, not {period!r:.60}."
        fail(ArgumentError, message, "did you mean period=('when', 'month')?")
    when, unit = period
    check_option(unit, "period", PERIODS)
    if unit in names:
        fail(ArgumentError, f"`by` must not have a column {unit!r} beside a period of that name.")
    return when, unit


def number_of_period(when: Any, unit: Period) -> "nw.Expr":
    """Which period since year 0, in arithmetic that every engine knows."""
    year, month = when.year(), when.month()
    # Counted from March, a leap day is the last one of its year, and months follow a line.
    # Quotients are rounded down, as DuckDB writes the operands of // several times over.
    begun = ((month + 9) / 12).floor()
    march_year, march_month = year - 1 + begun, month + 9 - 12 * begun
    by_4, by_100, by_400 = ((march_year / years).floor() for years in (4, 100, 400))
    leap_days = by_4 - by_100 + by_400
    day = 365 * march_year + leap_days + (30.6 * march_month + 0.5).floor() + when.day() - 306
    numbers: dict[Period, nw.Expr] = {
        "day": day,
        "week": ((day - 1) / 7).floor(),
        "month": 12 * year + (month - 1),
        "quarter": 4 * year + (month - 1) // 3,
        "year": year,
    }
    return numbers[unit]


def first_day(number: int, unit: Period) -> date:
    """The day on which a period begins, from its number."""
    if unit in MONTHS:
        months = MONTHS[unit] * number
        return date(months // 12, months % 12 + 1, 1)
    return date.fromordinal(number if unit == "day" else 7 * number + 1)
