"""tabulate: a column of any data frame → counts, by the rules of raw answers."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, overload

import numpy as np

from cxmetrics._checks import fail
from cxmetrics._typing import AnyArray, FloatArray, IndexArray, IntArray, Period
from cxmetrics.errors import ScaleError
from cxmetrics.scale import Scale
from cxmetrics.summaries.answers import MANY, Reading, hint_off_scale
from cxmetrics.summaries.counts import Counts
from cxmetrics.summaries.design import Clustered, Weighted
from cxmetrics.summaries.frames.cells import checked_counts, checked_weights, groups_of, keys_of
from cxmetrics.summaries.frames.question import (
    ALONE,
    ANSWER,
    Question,
    arrays_of,
    as_names,
    product_name,
)
from cxmetrics.summaries.frames.values import floats, python_values
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.labels import Groups, ordered
from cxmetrics.summaries.sampling import check_few_points, overlap_of

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw


@overload
def tabulate(
    frame: Any,
    column: str,
    scale: Scale,
    *,
    by: None = None,
    missing: Any = (),
    weights: str | None = None,
    clusters: str | Iterable[str] | None = None,
    count: str | None = None,
    period: None = None,
    reverse: bool = False,
) -> Counts: ...
@overload
def tabulate(
    frame: Any,
    column: str,
    scale: Scale,
    *,
    by: str | Iterable[str],
    missing: Any = (),
    weights: str | None = None,
    clusters: str | Iterable[str] | None = None,
    count: str | None = None,
    period: tuple[str, Period] | None = None,
    reverse: bool = False,
) -> Grouped[Counts]: ...
@overload
def tabulate(
    frame: Any,
    column: str,
    scale: Scale,
    *,
    by: str | Iterable[str] | None = None,
    missing: Any = (),
    weights: str | None = None,
    clusters: str | Iterable[str] | None = None,
    count: str | None = None,
    period: tuple[str, Period],
    reverse: bool = False,
) -> Grouped[Counts]: ...
def tabulate(
    frame: Any,
    column: str,
    scale: Scale,
    *,
    by: str | Iterable[str] | None = None,
    missing: Any = (),
    weights: str | None = None,
    clusters: str | Iterable[str] | None = None,
    count: str | None = None,
    period: tuple[str, Period] | None = None,
    reverse: bool = False,
) -> Counts | Grouped[Counts]:
    """Count the answers in a column of a data frame, inside the engine that holds it.

    Args:
        frame: A data frame of any library that Narwhals knows, in memory or not:
            pandas, Polars, PyArrow, a DuckDB relation, Dask, PySpark, Ibis. Of one that
            is not in memory, only groups and their sums are ever collected.
        column: The column of the answers.
        scale: The scale of the question.
        by: The column, or columns, that name the groups.
        missing: Values that mean "no answer", such as 99 or "not used".
        weights: The column of sampling weights: how many customers an answer stands for.
        clusters: The column, or columns read as one label, that tell who answered: all
            answers of one customer, account or flight. A row in which one of them is
            missing is a cluster of its own.
        count: A column of frequencies: how many respondents a row stands for, where the
            frame is a table of counts itself.
        period: A column of dates or times and "day", "week", "month", "quarter" or
            "year": a further key of that name, with the first day of the period; weeks
            begin on Monday. Times are read as they are written, in their own time zone.
        reverse: Whether low answers are the good ones.

    Returns:
        The counts; with `by` or `period`, a Grouped of them: in the order of the keys,
        or of their categories, with a missing key, None, last.

    Raises:
        UnknownKeyError: If there is no such column.
        ScaleError: If an answer is neither on the scale nor missing, or a scale has too
            many points for clusters.
        ArgumentError: If a weight or a frequency is not a number from 0.

    Examples:
        >>> import polars as pl
        >>> from cxmetrics import ZERO_TO_TEN, nps
        >>> answers = pl.DataFrame(
        ...     {"shop": ["N", "N", "S", "S", "S"], "recommend": [10, 9, 8, None, 3]}
        ... )
        >>> print(nps(tabulate(answers, "recommend", ZERO_TO_TEN, by="shop")))
        NPS in points, 95% score interval
        shop  value    low   high  n  missing
        N     100.0  -31.5  100.0  2        0
        S     -50.0  -90.5   48.6  2        1
    """
    names, parts = as_names(by, "by"), as_names(clusters, "clusters")
    if count is None and period is None:
        numbers = [column] if weights is None else [column, weights]
        arrays = arrays_of(frame, numbers, (*names, *parts))
        if arrays is not None:
            return Counts.of(
                arrays[column],
                scale,
                by={name: arrays[name] for name in names} or None,
                missing=missing,
                weights=None if weights is None else arrays[weights],
                clusters={name: arrays[name] for name in parts} or None,
                reverse=reverse,
            )
    question = Question.of(frame, {ANSWER: column}, names, weights, parts, count, period)
    if question.n_clusters:
        check_few_points(scale)
    cells = _Cells.of(question, Reading(scale, missing, reverse))
    if not question.n_clusters:
        batch, whole = cells.counts(cells.groups, cells.weighted(cells.groups)), None
    else:
        batch, whole = cells.clustered()
    return Grouped(cells.groups.keys, batch, whole=whole) if question.names else batch[0]


class _Products(NamedTuple):
    """Sums over clusters, one row per group that has clusters."""

    codes: IndexArray
    n_clusters: IntArray
    products: dict[tuple[int, int], FloatArray]  # Σ t t' of two points


Links: TypeAlias = tuple[IndexArray, IndexArray]
"""Pairs of groups, by their codes."""

NO_LINKS: Links = (np.zeros(0, np.intp), np.zeros(0, np.intp))


@dataclass(frozen=True, slots=True)
class _Cells:
    """What came out of an engine, read: one row per group and answer.

    Args:
        question: What the engine was asked.
        scale: The scale of the question.
        groups: The groups that occur, and which of them each cell is in.
        position: Position of the answer of each cell.
        answers: The raw answers at each position that has some.
        n: Number of answers of each cell.
        weights: Sum of their weights, if there are any.
        squares: Sum of their squares.
        alone: Whether each of these answers is a cluster of its own.
    """

    question: Question
    scale: Scale
    groups: Groups
    position: IndexArray
    answers: dict[int, list[Any]]
    n: IntArray
    weights: FloatArray
    squares: FloatArray
    alone: AnyArray

    @classmethod
    def of(cls, question: Question, reading: Reading) -> "_Cells":
        """Read the cells, and refuse what is no answer, no weight or no frequency."""
        table, size = question.cells(), reading.scale.size
        groups = groups_of(question, table)
        rows = floats(table["rows"])
        n = checked_counts(table, rows) if question.counted else rows
        raw = python_values(table[ANSWER])
        position = positions_of(raw, n, reading)
        answered = position < size
        weights, squares = n, n
        if question.weighted:
            weights, squares = checked_weights(table, answered, n, rows)
        answers: dict[int, set[Any]] = {}
        for at, answer in zip(position[answered].tolist(), _only(raw, answered), strict=True):
            answers.setdefault(at, set()).add(answer)
        alone = np.array(python_values(table[ALONE]), np.bool_) if question.n_clusters else answered
        return cls(
            question,
            reading.scale,
            groups,
            position,
            {at: list(answers[at]) for at in sorted(answers)},
            n.astype(np.int64),
            weights,
            squares,
            alone,
        )

    def counts(self, groups: Groups, design: Weighted | None) -> Counts:
        """The counts of each group, as a batch."""
        every = np.zeros((groups.size, self.scale.size + 1), np.int64)
        np.add.at(every, (groups.codes, self.position), self.n)
        return Counts(self.scale, every[:, :-1], n_missing=every[:, -1], design=design)

    def weighted(self, groups: Groups) -> Weighted | None:
        """The sums of the weights of each group, if there are weights."""
        if not self.question.weighted:
            return None
        return Weighted(
            weights=self._sums(groups, self.weights), squares=self._sums(groups, self.squares)
        )

    def clustered(self) -> tuple[Counts, Counts | None]:
        """The counts of each group; and of all together, if clusters cross groups."""
        groups, apart = self.groups, self._products(apart=True)
        if groups.size > 1:
            together = self._products(apart=False)
            if together.n_clusters.sum() < apart.n_clusters.sum():
                everyone = Groups.one(len(self.n))
                whole = self._clustered(everyone, together, NO_LINKS)
                return self._clustered(groups, apart, self._links()), whole[0]
        return self._clustered(groups, apart, NO_LINKS), None

    def _clustered(self, groups: Groups, found: "_Products", links: Links) -> Counts:
        size = self.scale.size
        # Each answer without a label is a cluster of its own, on the diagonal.
        products = np.zeros((groups.size, size, size))
        each = np.arange(size)
        products[:, each, each] = self._sums(groups, self.squares * self.alone)
        alone = self._sums(groups, self.n * self.alone)
        n_clusters = alone.sum(axis=1).astype(np.int64)
        np.add.at(n_clusters, found.codes, found.n_clusters)
        for (j, k), sums in found.products.items():
            np.add.at(products[:, j, k], found.codes, sums)
            products[:, k, j] = products[:, j, k]
        counts = self.counts(groups, None)
        design = Clustered(
            weights=self._sums(groups, self.weights),
            squares=self._sums(groups, self.squares),
            products=products,
            n_clusters=n_clusters,
            overlap=overlap_of(links, counts.counts, n_clusters),
            with_weights=self.question.weighted,
        )
        return replace(counts, design=design)

    def _products(self, *, apart: bool) -> "_Products":
        """The products of the clusters that have a label, by group or of all together."""
        if not self.answers:
            return _Products(np.zeros(0, np.intp), np.zeros(0, np.int64), {})
        table = self.question.nests(self.answers, apart=apart).products()
        pairs = combinations_with_replacement(self.answers, 2)
        return _Products(
            self._codes(table) if apart else np.zeros(len(table), np.intp),
            floats(table["clusters"]).astype(np.int64),
            {pair: floats(table[product_name(*pair)]) for pair in pairs},
        )

    def _links(self) -> Links:
        """Pairs of groups that share a cluster."""
        table = self.question.nests(self.answers, apart=True).links()
        names, firsts = table["group"].to_list(), table["first"].to_list()
        codes = self._codes(table)
        code_of = dict(zip(names, codes.tolist(), strict=True))
        return codes, np.array([code_of[first] for first in firsts], np.intp)

    def _codes(self, table: "nw.DataFrame[Any]") -> IndexArray:
        """Which group each row of another answer of the engine is about."""
        if not self.question.names:
            return np.zeros(len(table), np.intp)
        index = {key: i for i, key in enumerate(zip(*self.groups.keys.values(), strict=True))}
        rows = zip(*keys_of(self.question, table).values(), strict=True)
        return np.array([index[row] for row in rows], np.intp)

    def _sums(self, groups: Groups, parts: AnyArray) -> FloatArray:
        """Sums over the answers of each group and point."""
        sums = np.zeros((groups.size, self.scale.size + 1))
        np.add.at(sums, (groups.codes, self.position), parts)
        return sums[:, :-1]


def positions_of(raw: list[Any], n: FloatArray, reading: Reading) -> IndexArray:
    """Position of every answer; each distinct one is read once."""
    known = {answer: reading.position(answer) for answer in set(raw)}
    strange = ordered([answer for answer, position in known.items() if position is None])
    if strange:
        culprit = strange[0]
        count = sum(int(times) for answer, times in zip(raw, n, strict=True) if answer == culprit)
        where = f"{count:,} of {int(n.sum()):,}"
        message = f"Each response must be on scale {reading.scale}, not {culprit!r:.60} ({where})."
        others = [answer for answer in strange[1:] if isinstance(answer, int | float)]
        fail(ScaleError, message, hint_off_scale(culprit, reading, many=len(others) >= MANY))
    return np.array([known[answer] for answer in raw], np.intp)


def _only(values: list[Any], keep: AnyArray) -> list[Any]:
    return [value for value, kept in zip(values, keep.tolist(), strict=True) if kept]
