"""What an engine is asked about amounts: sums of their deviations, so that nothing cancels.

The mean of its group is taken off each amount before an engine multiplies and adds. What
it returns, about those centres, numpy moves to the means themselves.
"""

from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Any

import numpy as np

from cxmetrics._checks import fail
from cxmetrics._typing import IndexArray, Period
from cxmetrics.errors import ArgumentError
from cxmetrics.summaries.frames.cells import checked_weights, groups_of, keys_of
from cxmetrics.summaries.frames.question import WEIGHT, Question, product_name
from cxmetrics.summaries.frames.values import floats
from cxmetrics.summaries.labels import Groups
from cxmetrics.summaries.moments import MOST, Moments, fail_amount
from cxmetrics.summaries.scatter import Scatter

if TYPE_CHECKING:
    from collections.abc import Mapping

    import narwhals.stable.v2 as nw

ONE, EACH, SQUARE = "one", "each", "square"
"""Columns under plain names: 1 for a row that counts, what it weighs, and the square of that."""


@dataclass(frozen=True, slots=True)
class Deviations:
    """Amounts in the engine that holds them, and what is asked of them.

    Args:
        question: The table and its keys.
        given: The columns of the user, raw0, raw1, ..., as a message calls them.
        lowest: The smallest number that may be in them.
        amounts: The columns that are multiplied and added.
        others: Further columns that are added.
    """

    question: Question
    given: tuple[str, ...]
    lowest: float
    amounts: tuple[str, ...]
    others: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        frame: Any,
        columns: list[tuple[str, str]],
        names: tuple[str, ...],
        weights: str | None,
        period: tuple[str, Period] | None = None,
    ) -> "Deviations":
        """Select the columns, each beside the argument that named it; NaN becomes null."""
        import narwhals.stable.v2 as nw

        given = {f"raw{i}": name for i, (name, _) in enumerate(columns)}
        question = Question.of(frame, given, names, weights, (), None, period)
        types = question.table.collect_schema()
        for raw, (name, argument) in zip(given, columns, strict=True):
            if not types[raw].is_numeric():
                came = f"{name!r} of type {types[raw]}"
                fail(ArgumentError, f"`{argument}` must be a column of numbers, not {came}.")
        numbers = {raw: nw.col(raw).cast(nw.Float64) for raw in given}
        known = {raw: nw.when(~nw.col(raw).is_nan()).then(nw.col(raw)) for raw in given}
        amounts = cls(question, tuple(given.values()), -MOST, tuple(given))
        return amounts._with(numbers)._with(known)._weighing(nw.lit(1.0))

    @classmethod
    def of_flows(
        cls, frame: Any, start: str, end: str, names: tuple[str, ...], weights: str | None
    ) -> "Deviations":
        """The amounts of revenue, as `flows` makes them; new accounts count apart."""
        import narwhals.stable.v2 as nw

        asked = cls.of(frame, [(start, "start"), (end, "end")], names, weights)
        before, after = nw.col("raw0"), nw.col("raw1")
        more, less = after - before, before - after
        amounts = {
            "start": before,
            "expansion": nw.when((before > 0) & (more > 0)).then(more).otherwise(0.0),
            "contraction": nw.when((after > 0) & (less > 0)).then(less).otherwise(0.0),
            "lost": nw.when(after == 0).then(before).otherwise(0.0),
        }
        is_new = (before == 0) & (after > 0)
        others = {
            "n_new": nw.when(is_new).then(1.0).otherwise(0.0),
            "new": nw.when(is_new).then(nw.col(EACH) * after).otherwise(0.0),
        }
        flows = asked._with(amounts | others)
        return replace(
            flows._weighing(nw.when(before > 0).then(1.0).otherwise(0.0)),
            given=("start", "end"),
            lowest=0,
            amounts=tuple(amounts),
            others=tuple(others),
        )

    @property
    def powers(self) -> tuple[str, ...]:
        """The columns of weights."""
        return (EACH, SQUARE) if self.question.weighted else (EACH,)

    def sums(self) -> "nw.DataFrame[Any]":
        """All sums that make the moments, one row per group; refuses what is no number."""
        import narwhals.stable.v2 as nw

        raw = [nw.col(f"raw{i}") for i in range(len(self.given))]
        parts = self._parts()
        for i, column in enumerate(raw):
            strange = (column < self.lowest) | (column > MOST)
            parts[f"strange{i}"] = nw.when(strange).then(1.0).otherwise(0.0)
        added = [nw.col(name).sum() for name in (*parts, *self.powers, *self.others, ONE)]
        checks = [nw.len().alias("rows")]
        for i, column in enumerate(raw):
            checks += [column.count().alias(f"known{i}")]
            checks += [column.min().alias(f"least{i}"), column.max().alias(f"most{i}")]
        if self.question.weighted:
            each = nw.col(WEIGHT)
            checks += [each.sum().alias("total"), each.count().alias("weights")]
            checks += [each.min().alias("least_weight")]
        table = self._centred().with_columns(**parts)
        found = table.group_by(*self.question.keys).agg(*added, *checks).collect()
        self._check(found)
        return found

    def moments(self, names: tuple[str, ...], table: "nw.DataFrame[Any]") -> Moments:
        """The moments of each row of such sums."""
        each, *square = (self._scatter(table, power) for power in self.powers)
        n = floats(table[ONE])
        return Moments(names=names, n=n, scatter=each, squared=square[0] if square else None)

    def groups(self, table: "nw.DataFrame[Any]") -> Groups:
        """The groups in their order, and which of them each row is about."""
        return groups_of(self.question, table)

    def codes(self, groups: Groups, table: "nw.DataFrame[Any]") -> IndexArray:
        """Which group each row of another answer of the engine is about."""
        if not self.question.names:
            return np.zeros(len(table), np.intp)
        index = {key: i for i, key in enumerate(zip(*groups.keys.values(), strict=True))}
        rows = zip(*keys_of(self.question, table).values(), strict=True)
        return np.array([index[row] for row in rows], np.intp)

    def largest(self, most: int) -> "nw.DataFrame[Any]":
        """The keys and the largest of the first amount, times its weight, of each group."""
        import narwhals.stable.v2 as nw

        keys, amount = self.question.keys, nw.col("amount")
        table = self.question.table.filter(nw.col(ONE) > 0)
        table = table.select(*keys, amount=nw.col(EACH) * nw.col(self.amounts[0]))
        if not self.question.names:
            return table.sort("amount", descending=True).head(most).collect()
        kind = table.implementation
        if not (kind.is_pandas_like() or kind.is_pyarrow() or kind.is_dask()):
            rank = amount.rank("ordinal", descending=True).over(*keys)
            table = table.with_columns(rank=rank).filter(nw.col("rank") <= most)
        return table.collect()

    def _with(self, columns: "Mapping[str, nw.Expr]") -> "Deviations":
        table = self.question.table.with_columns(**columns)
        return replace(self, question=replace(self.question, table=table))

    def _weighing(self, one: "nw.Expr") -> "Deviations":
        """The same with what rows weigh, of which some do not count."""
        import narwhals.stable.v2 as nw

        weight = nw.col(WEIGHT) if self.question.weighted else nw.lit(1.0)
        return self._with({ONE: one, EACH: one * weight, SQUARE: one * weight * weight})

    def _parts(self) -> "dict[str, nw.Expr]":
        """Amounts, deviations and their products, times the weights."""
        import narwhals.stable.v2 as nw

        parts, d = {}, [nw.col(f"d{j}") for j in range(len(self.amounts))]
        for power in self.powers:
            each = nw.col(power)
            for j, amount in enumerate(self.amounts):
                parts[f"{power}_t{j}"] = each * nw.col(amount)
                parts[f"{power}_d{j}"] = each * d[j]
            for j, k in combinations_with_replacement(range(len(d)), 2):
                parts[power + product_name(j, k)] = each * d[j] * d[k]
        return parts

    def _centred(self) -> "nw.LazyFrame[Any]":
        """The table with the deviations from the means of the groups, d0, d1, ..."""
        import narwhals.stable.v2 as nw

        table, keys = self.question.table, self.question.keys
        totals = {f"t{j}": nw.col(EACH) * nw.col(x) for j, x in enumerate(self.amounts)}
        table = table.with_columns(**totals)
        if self.question.names:
            # Engines look around in one column, not in what is made of several.
            sums = {f"sum_{name}": nw.col(name).sum().over(*keys) for name in (*totals, EACH)}
            table, each = table.with_columns(**sums), nw.col(f"sum_{EACH}")
            inside = [nw.col(f"sum_{name}") / each for name in totals]
            centres = [nw.when(each > 0).then(mean).otherwise(0.0) for mean in inside]
        else:  # all in one group would be one partition of Spark
            found = table.group_by(*keys).agg(nw.col(*totals, EACH).sum()).collect()
            *whole, weight = (floats(found[name]).sum() for name in (*totals, EACH))
            means = np.nan_to_num(np.array(whole) / (weight or 1), posinf=0, neginf=0)
            centres = [nw.lit(mean) for mean in means.tolist()]
        pairs = enumerate(zip(self.amounts, centres, strict=True))
        return table.with_columns(**{f"d{j}": nw.col(x) - centre for j, (x, centre) in pairs})

    def _scatter(self, table: "nw.DataFrame[Any]", power: str) -> Scatter:
        """Sums about centres, moved to the means."""
        size = len(self.amounts)
        products = np.zeros((len(table), size, size))
        for j, k in combinations_with_replacement(range(size), 2):
            products[:, j, k] = products[:, k, j] = floats(table[power + product_name(j, k)])
        totals, sums = (
            np.column_stack([floats(table[f"{power}_{name}{j}"]) for j in range(size)])
            for name in "td"
        )
        return Scatter.of_deviations(floats(table[power]), totals, sums, products)

    def _check(self, table: "nw.DataFrame[Any]") -> None:
        """Amounts must be known numbers, and weights finite ones from 0."""
        rows = floats(table["rows"])
        for i, name in enumerate(self.given):
            n_missing = int((rows - floats(table[f"known{i}"])).sum())
            n_strange = int(floats(table[f"strange{i}"]).sum())
            if n_missing or n_strange:
                ends = floats(table[f"least{i}"]).min(), floats(table[f"most{i}"]).max()
                least, most = map(float, ends)
                culprit = None if n_missing else least if least < self.lowest else most
                n = int(rows.sum())
                fail_amount(culprit, n_missing or n_strange, n, name=name, lowest=self.lowest)
        if self.question.weighted:
            checked_weights(table, np.ones(len(table), np.bool_), rows, rows)
