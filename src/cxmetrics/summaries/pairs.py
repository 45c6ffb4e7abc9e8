"""PairCounts: two answers of each customer, and Migration: who moved between groups of answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self, overload

import numpy as np
import numpy.typing as npt

from cxmetrics._checks import check_type, check_whole, fail
from cxmetrics._frozen import SHARED, Frozen, settled
from cxmetrics._table import Table, Tabular
from cxmetrics._typing import FloatArray, IndexArray, IntArray, Ints, Labels, Responses
from cxmetrics.errors import MismatchError, ScaleError
from cxmetrics.scale import NPS_GROUPS, ZERO_TO_TEN, Scale
from cxmetrics.summaries.answers import Reading, one_dimensional, positions
from cxmetrics.summaries.counts import MOST, Counts, _whole
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.labels import Groups
from cxmetrics.summaries.summary import Summary

MOST_POINTS = 101
"""Pairs are a square table: on longer scales it would be larger than what it sums up."""

NPS_ENDS = dict(zip(NPS_GROUPS.groups, ((0, 6), (7, 8), (9, 10)), strict=True))
"""First and last answer of the three groups of scale 0-10."""


@dataclass(frozen=True, slots=True, eq=False, init=False)
class PairCounts(Summary):
    """Number of customers per pair of answers, before and after, mergeable by `+`.

    Args:
        scale: The scale of the question, the same before and after.
        table: Whole numbers, points × points: in each row the customers who gave this
            answer before, by what they answered after, lowest point first; leading
            axes are a batch.
        n_missing: Number of customers of whom an answer is missing, or both; one per
            row of a batch.

    Raises:
        ScaleError: If there is not one whole number per pair of points, there are more
            than 2**53 pairs, or the scale has more than 101 points.

    Examples:
        >>> from cxmetrics import YES_NO
        >>> web = PairCounts(scale=YES_NO, table=[[10, 5], [2, 20]])
        >>> app = PairCounts.of(after=[1, 1, None], before=[0, 1, 1], scale=YES_NO)
        >>> print(web + app)
        39 pairs of answers on scale 0-1, 1 incomplete: 6 rose, 2 fell
    """

    scale: Scale = field(metadata=SHARED | {"parse": Scale.from_dict})
    table: IntArray
    n_missing: Ints

    def __init__(self, *, scale: Scale, table: npt.ArrayLike, n_missing: npt.ArrayLike = 0) -> None:
        check_type(scale, "scale", Scale)
        check_pairable(scale)
        table = _whole(table, "table")
        if table.shape[-2:] != (scale.size, scale.size):
            rows = f"{scale.size} rows of {scale.size} numbers, one per point of scale {scale}"
            fail(ScaleError, f"`table` must be {rows}, not of shape {table.shape}.")
        missing = _whole(n_missing, "n_missing")
        if missing.shape not in {(), table.shape[:-2]}:
            message = "`n_missing` must be one number per row of a batch"
            fail(ScaleError, f"{message}, not of shape {missing.shape}.")
        if np.any(table.sum(axis=(-2, -1), dtype=np.float64) + missing > MOST):
            fail(ScaleError, "A summary must have at most 2**53 pairs.")
        object.__setattr__(self, "scale", scale)
        object.__setattr__(self, "table", table)
        object.__setattr__(self, "n_missing", np.broadcast_to(missing, table.shape[:-2]).copy())
        self.__post_init__()

    @overload
    @classmethod
    def of(
        cls,
        *,
        after: Responses,
        before: Responses,
        scale: Scale,
        by: None = None,
        missing: Any = (),
        reverse: bool = False,
    ) -> Self: ...
    @overload
    @classmethod
    def of(
        cls,
        *,
        after: Responses,
        before: Responses,
        scale: Scale,
        by: Labels,
        missing: Any = (),
        reverse: bool = False,
    ) -> Grouped[Self]: ...
    @classmethod
    def of(
        cls,
        *,
        after: Responses,
        before: Responses,
        scale: Scale,
        by: Labels | None = None,
        missing: Any = (),
        reverse: bool = False,
    ) -> Self | Grouped[Self]:
        """Count raw answers of the same customers, in the same order.

        Args:
            after: The later answer of each customer, in any 1-D array-like, read as by
                `Counts.of`.
            before: The earlier answer of each.
            scale: The scale of the question.
            by: One label per customer, or a mapping of column names to labels; the
                pairs of each group that occurs are then returned.
            missing: Further values that mean "no answer".
            reverse: Whether low answers are the good ones; they are then counted
                from the other end of the scale.

        Returns:
            The pairs, or with `by` a Grouped of them. A customer of whom one answer is
            missing counts in `n_missing` only.

        Raises:
            ScaleError: If an answer is neither on the scale nor missing.
            MismatchError: If there are not as many answers before as after, or not one
                label per customer.

        Examples:
            >>> from cxmetrics import ONE_TO_FIVE
            >>> pairs = PairCounts.of(after=[5, 4, 5], before=[3, 4, None], scale=ONE_TO_FIVE)
            >>> pairs.n, pairs.n_missing
            (2, 1)
        """
        reading = Reading(scale, missing, reverse)
        check_pairable(scale)
        to, come = _read(after, "after", reading), _read(before, "before", reading)
        if len(to) != len(come):
            came = f"{len(come):,} for {len(to):,}"
            fail(MismatchError, f"`before` must have one answer for each in `after`, not {came}.")
        groups = Groups.one(len(to)) if by is None else Groups.of(by, len(to))
        size = scale.size + 1
        cells = (groups.codes.astype(np.intp) * size + come) * size + to
        counted = np.bincount(cells, minlength=groups.size * size**2).reshape(-1, size, size)
        table = counted[:, :-1, :-1]
        n_missing = counted.sum(axis=(1, 2)) - table.sum(axis=(1, 2))
        batch = cls(scale=scale, table=table, n_missing=n_missing)
        return batch[0] if by is None else Grouped(groups.keys, batch)

    @classmethod
    def empty(cls, scale: Scale) -> Self:
        """No answers: the zero of `+`."""
        return cls(scale=scale, table=np.zeros((scale.size, scale.size), np.int64))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch; () for the pairs of one group."""
        return self.table.shape[:-2]

    @property
    def n(self) -> Ints:
        """Number of customers with both answers."""
        return settled(self.table.sum(axis=(-2, -1)))

    @property
    def after(self) -> Counts:
        """The later answers of the customers with both."""
        return Counts(self.scale, self.table.sum(axis=-2), n_missing=self.n_missing)

    @property
    def before(self) -> Counts:
        """The earlier answers of the customers with both."""
        return Counts(self.scale, self.table.sum(axis=-1), n_missing=self.n_missing)

    def mirrored(self) -> Self:
        """The pairs with the scale turned round, as of a question asked the other way."""
        return self._with({"table": self.table[..., ::-1, ::-1], "n_missing": self.n_missing})

    def migration(self, groups: Mapping[str, tuple[int, int]] | None = None) -> "Migration":
        """Who moved from which group of answers to which.

        Args:
            groups: First and last answer of each group by name; together they are the
                whole scale, lowest first. Unless given, detractors, passives and
                promoters on scale 0-10, and each point of any other scale.

        Returns:
            Numbers of customers, and their shares in percent of those who were in a
            group before.

        Raises:
            ScaleError: If the groups leave an answer out, or overlap.

        Examples:
            >>> pairs = PairCounts.of(
            ...     after=[9, 10, 8, 6, 9, 2], before=[6, 9, 9, 5, 8, 3], scale=ZERO_TO_TEN
            ... )
            >>> print(pairs.migration())
            Moves of 6 customers, from rows to columns
            before     n  detractor    passive    promoter
            detractor  3  2 (66.7%)   0 (0.0%)   1 (33.3%)
            passive    1   0 (0.0%)   0 (0.0%)  1 (100.0%)
            promoter   2   0 (0.0%)  1 (50.0%)   1 (50.0%)
        """
        if groups is None:
            points = self.scale.points.tolist()
            names = self.scale.groups or map(str, points)
            each = dict(zip(names, zip(points, points, strict=True), strict=True))
            groups = NPS_ENDS if self.scale == ZERO_TO_TEN else each
        starts = [first - self.scale.low for first, _ in _checked_ends(groups, self.scale)]
        table = np.add.reduceat(np.add.reduceat(self.table, starts, axis=-2), starts, axis=-1)
        return Migration(groups=tuple(map(str, groups)), table=table)

    def __str__(self) -> str:
        if self.shape:
            return Summary.__str__(self)
        missing = f", {self.n_missing:,} incomplete" if self.n_missing else ""
        rose, fell = np.triu(self.table, 1).sum(), np.tril(self.table, -1).sum()
        pairs = f"{self.n:,} pairs of answers on scale {self.scale}{missing}"
        return f"{pairs}: {rose:,} rose, {fell:,} fell"

    def _table(self) -> Table:
        rows = self.table.reshape(-1, self.scale.size**2)
        names = _moves([str(point) for point in self.scale.points.tolist()])
        columns: dict[str, Any] = {name: rows[:, k] for k, name in enumerate(names)}
        return Table.of(columns | {"n_missing": np.ravel(self.n_missing)}, len(rows))

    def _display(self, *, detailed: bool) -> Table:
        del detailed
        columns = {
            "n": np.ravel(self.n),
            "rose": np.ravel(np.triu(self.table, 1).sum(axis=(-2, -1))),
            "fell": np.ravel(np.tril(self.table, -1).sum(axis=(-2, -1))),
            "incomplete": np.ravel(self.n_missing),
        }
        caption = f"Pairs of answers on scale {self.scale}"
        formats = dict.fromkeys(columns, ",")
        return Table.of(columns, np.size(self.n), caption=caption, formats=formats)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Migration(Tabular, Frozen):
    """Who moved from which group of answers to which.

    Args:
        groups: Names of the groups, lowest first.
        table: Number of customers, groups × groups: from the group of a row before to
            the group of a column after; leading axes are a batch.
    """

    groups: tuple[str, ...] = field(metadata=SHARED)
    table: IntArray

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch; () for a single table."""
        return self.table.shape[:-2]

    @property
    def n(self) -> Ints:
        """Number of customers with both answers."""
        return settled(self.table.sum(axis=(-2, -1)))

    @property
    def shares(self) -> FloatArray:
        """Percent of those in a group before; NaN where there were none."""
        with np.errstate(invalid="ignore"):
            shares: FloatArray = 100 * self.table / self.table.sum(axis=-1, keepdims=True)
        return shares

    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row without customers."""
        nobody = np.zeros((1, *self.table.shape[1:]), np.int64)
        return type(self)(groups=self.groups, table=np.concatenate([self.table, nobody])[rows])

    def to_dict(self) -> dict[str, Any]:
        """Groups, numbers and shares, as lists."""
        return {
            "groups": list(self.groups),
            "table": self.table.tolist(),
            "shares": self.shares.tolist(),
        }

    def _table(self) -> Table:
        """A row per move; of a batch, a row per row, with columns per move."""
        size = len(self.groups)
        if not self.shape:
            columns = {
                "before": [name for name in self.groups for _ in range(size)],
                "after": list(self.groups) * size,
                "n": self.table.ravel(),
                "share": self.shares.ravel(),
            }
            return Table.of(columns, size**2)
        rows, shares = self.table.reshape(-1, size**2), self.shares.reshape(-1, size**2)
        names = _moves(self.groups)
        numbers = {name: rows[:, k] for k, name in enumerate(names)}
        percent = {f"share_{name}": shares[:, k] for k, name in enumerate(names)}
        return Table.of(numbers | percent, len(rows))

    def _display(self, *, detailed: bool) -> Table:
        del detailed
        if not self.shape:
            cells = zip(self.table.T.tolist(), self.shares.T.tolist(), strict=True)
            texts = [[_share_text(*cell) for cell in zip(*c, strict=True)] for c in cells]
            after = dict(zip(self.groups, texts, strict=True))
            formats = {"n": ",", **dict.fromkeys(after, "")}
            columns = {"before": list(self.groups), "n": self.table.sum(axis=-1), **after}
            caption = f"Moves of {self.n:,} customers, from rows to columns"
            return Table.of(columns, len(self.groups), caption=caption, formats=formats)
        moves = self._table().columns
        numbers = {name: moves[name] for name in _moves(self.groups)}
        formats = dict.fromkeys(["n", *numbers], ",")
        return Table({"n": np.ravel(self.n).tolist(), **numbers}, "Moves of customers", formats)


def check_pairable(scale: Scale) -> None:
    """The table of pairs must not be too large."""
    if scale.size > MOST_POINTS:
        message = f"Pairs must be on a scale of at most {MOST_POINTS} points, not {scale.size:,}."
        width = -(-scale.size // MOST_POINTS)
        fail(ScaleError, message, f"did you mean to group the answers first, as answer // {width}?")


def _read(answers: Responses, name: str, reading: Reading) -> IndexArray:
    """Positions of the answers of one side, which an error names."""
    values = one_dimensional(answers, name)
    try:
        return positions(values, reading)
    except ScaleError as error:
        fail(ScaleError, f"In `{name}`: {error}")


def _checked_ends(groups: Mapping[str, Any], scale: Scale) -> list[tuple[int, int]]:
    """First and last answers of groups that are the whole scale, one after the other."""
    ends = []
    for name, pair in groups.items():
        if not isinstance(pair, tuple | list) or len(pair) != 2:  # noqa: PLR2004
            message = f"Each group must be its first and last answer, not {pair!r:.40} for {name!r}"
            fail(ScaleError, f"{message}.")
        first, last = (check_whole(end, "groups", ScaleError) for end in pair)
        ends.append((first, last))
    starts, stops = [first for first, _ in ends], [last + 1 for _, last in ends]
    is_empty = any(first > last for first, last in ends)
    if [*starts, scale.high + 1] != [scale.low, *stops] or is_empty:
        came = ", ".join(f"{first}-{last}" for first, last in ends)
        message = f"`groups` must be the whole of scale {scale}, from the lowest up"
        fail(ScaleError, f"{message}, not {came:.60}.")
    return ends


def _moves(names: Any) -> list[str]:
    """All moves between groups in words, row by row."""
    return [f"{before} to {after}" for before in names for after in names]


def _share_text(number: int, share: float) -> str:
    return f"{number:,} ({share:.1f}%)" if share == share else "–"  # noqa: PLR0124, RUF001
