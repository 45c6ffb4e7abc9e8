"""tabulate_ratings: several questions to the same customers → their counts, and what links them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cxmetrics._checks import fail, near
from cxmetrics._typing import AnyArray, FloatArray
from cxmetrics.errors import CxMetricsError, UnknownKeyError
from cxmetrics.scale import YES_NO, Scale
from cxmetrics.summaries.answers import Reading, is_one_of
from cxmetrics.summaries.counts import Counts
from cxmetrics.summaries.frames.amounts import tabulate_amounts
from cxmetrics.summaries.frames.question import ALONE, WEIGHT, Question, as_names, lazy
from cxmetrics.summaries.frames.tabulate import tabulate
from cxmetrics.summaries.frames.values import floats, python_values
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.labels import Groups
from cxmetrics.summaries.moments import Moments
from cxmetrics.summaries.summary import as_batch, one_after_another

if TYPE_CHECKING:
    from collections.abc import Mapping

    import narwhals.stable.v2 as nw

EACH = "each"
"""The column of what a row weighs."""


class Rated(NamedTuple):
    """A question that customers may have answered.

    Args:
        name: What it is called in messages.
        column: The column of its answers.
        scale: Its scale.
        missing: Codes that mean "no answer".
        not_used: Codes of those whom it did not concern.
        scores: A score per point, lowest point first.
    """

    name: str
    column: str
    scale: Scale
    missing: tuple[Any, ...]
    not_used: tuple[Any, ...]
    scores: FloatArray


class Ratings(NamedTuple):
    """The answers of groups of customers to several questions; all have a row per group.

    Args:
        keys: Columns of the keys of the groups; none if there is one group of all.
        counts: The answers to each question; those whom it did not concern are not in them.
        met: Whom it concerned, where that is known: 0 for no, 1 for those who rated.
        moments: For each question score times rated, then rated, then the weight itself,
            with weights, added up over clusters.
    """

    keys: dict[str, list[Any]]
    counts: tuple[Counts, ...]
    met: tuple[Counts | None, ...]
    moments: Moments

    @property
    def n(self) -> AnyArray:
        """Number of customers of each group."""
        rated, met = self.counts[0], self.met[0]
        elsewhere = 0 if met is None else met.counts[..., 0]
        return np.asarray(rated.n + rated.n_missing + elsewhere)

    @property
    def weight(self) -> FloatArray:
        """What the customers of each group weigh."""
        return self.moments.totals[..., -1]


def tabulate_ratings(
    frame: Any,
    asked: Sequence[Rated],
    *,
    by: str | Iterable[str] | None,
    weights: str | None,
    clusters: str | Iterable[str] | None,
) -> Ratings:
    """Reduce the answers to several questions, inside the engine that holds them.

    Args:
        frame: A data frame of any library that Narwhals knows, with a row per customer.
            Of one that is not in memory, only groups and their sums are ever collected.
        asked: The questions.
        by: The column, or columns, that name the groups.
        weights: The column of sampling weights.
        clusters: The column, or columns read as one label, that tell which rows belong
            together.

    Raises:
        UnknownKeyError: If there is no such column.
        ScaleError: If an answer is neither on the scale of its question nor one of its codes.
        ArgumentError: If a weight is not a number from 0.
    """
    names, parts = as_names(by, "by"), as_names(clusters, "clusters")
    columns = {_raw(j): each.column for j, each in enumerate(asked)}
    question = Question.of(frame, columns, names, weights, parts, None, None)
    design = {"by": names or None, "weights": weights, "clusters": parts or None}
    counts = [_counted(frame, each, design) for each in asked]
    first = counts[0]
    keys, order = (first.columns, list(first)) if isinstance(first, Grouped) else ({}, [0])
    table, in_memory = _prepared(question, asked), _in_memory(frame)
    if in_memory:
        table = table.collect().lazy()
    met = [
        _counts_of_met(table, j, question).in_order(order) if each.not_used else None
        for j, each in enumerate(asked)
    ]
    batches = [each.batch if isinstance(each, Grouped) else as_batch(each) for each in counts]
    return Ratings(
        keys,
        tuple(map(_without, batches, met)),
        tuple(met),
        _moments(table, question, len(asked), in_memory=in_memory).in_order(order),
    )


def joined(parts: Sequence[Ratings], keys: dict[str, list[Any]]) -> Ratings:
    """Answers of several groups that were read one after the other."""
    counts = zip(*(part.counts for part in parts), strict=True)
    met = zip(*(part.met for part in parts), strict=True)
    return Ratings(
        keys,
        tuple(map(one_after_another, counts)),
        tuple(None if each[0] is None else one_after_another(each) for each in met),
        one_after_another([part.moments for part in parts]),
    )


def of_kind(frame: Any, where: "Mapping[str, Sequence[Any]]") -> Any:
    """The rows of a frame that have one of these values in each of these columns.

    Raises:
        UnknownKeyError: If there is no such column, or none of the values is in it.
    """
    import narwhals.stable.v2 as nw

    every = table = lazy(frame)
    known = every.collect_schema()
    for name, values in where.items():
        if name not in known:
            fail(UnknownKeyError, f"There is no column {name!r}.", near(name, known))
        present = _distinct(every, name)
        wanted = [value for value in present if is_one_of(value, values)]
        if not wanted:
            message = f"There is no {values[0]!r:.60} in column {name!r}."
            fail(UnknownKeyError, message, near(values[0], present))
        table = table.filter(nw.col(name).is_in(wanted))
    return (table.collect() if _in_memory(frame) else table).to_native()


def total_weight(frame: Any, weights: str | None) -> float:
    """What all rows of a frame weigh together."""
    import narwhals.stable.v2 as nw

    if weights is None:
        total = lazy(frame).select(nw.len().alias(EACH))
    else:
        question = Question.of(frame, {}, (), weights, (), None, None)
        total = question.table.select(_weight(question).sum().alias(EACH))
    return float(floats(total.collect()[EACH])[0])


def _counted(frame: Any, asked: Rated, design: "Mapping[str, Any]") -> Counts | Grouped[Counts]:
    """The counts of one question; an error says which one it is."""
    missing = [*asked.missing, *asked.not_used]
    try:
        found: Counts | Grouped[Counts] = tabulate(
            frame, asked.column, asked.scale, missing=missing, **design
        )
    except CxMetricsError as error:
        fail(type(error), f"Can't read {asked.name!r}: {error}")
    return found


def _prepared(question: Question, asked: Sequence[Rated]) -> "nw.LazyFrame[Any]":
    """The table, with columns for each question: score times rated, rated, and whom it met."""
    columns: dict[str, Any] = {}
    for j, one in enumerate(asked):
        present = _distinct(question.table, _raw(j))
        codes = one.missing, one.not_used
        answers = [value for value in present if not any(is_one_of(value, c) for c in codes)]
        elsewhere = [value for value in present if is_one_of(value, one.not_used)]
        columns |= _columns(j, one, answers, elsewhere)
    return question.table.with_columns(_weight(question).alias(EACH)).with_columns(**columns)


def _columns(
    j: int, asked: Rated, answers: list[Any], elsewhere: list[Any]
) -> "dict[str, nw.Expr]":
    """The columns of one question, of which these are the answers that occur."""
    import narwhals.stable.v2 as nw

    each, nothing, reading = nw.col(EACH), nw.lit(0.0), Reading(asked.scale)
    rises = (asked.scores - asked.scores.min()) / np.ptp(asked.scores)
    rise = {answer: float(rises[reading.position(answer)]) for answer in answers}
    above = nothing
    for level in sorted(set(rise.values()) - {0.0}):
        here = _is_in(j, [answer for answer in answers if rise[answer] == level])
        above = nw.when(here).then(each * level).otherwise(above)
    rated = _is_in(j, answers)
    columns = {_above(j): above, _below(j): nw.when(rated).then(each).otherwise(nothing)}
    if asked.not_used:
        outside = nw.when(_is_in(j, elsewhere)).then(nothing)
        columns[_met(j)] = nw.when(rated).then(nw.lit(1.0)).otherwise(outside)
    return columns


def _counts_of_met(table: "nw.LazyFrame[Any]", j: int, question: Question) -> Grouped[Counts]:
    """Whom one question concerned."""
    clusters = [f"cluster{i}" for i in range(question.n_clusters)]
    return tabulate(
        table.to_native(),
        _met(j),
        YES_NO,
        by=question.keys,
        weights=WEIGHT if question.weighted else None,
        clusters=clusters or None,
    )


def _moments(
    table: "nw.LazyFrame[Any]", question: Question, size: int, *, in_memory: bool
) -> Grouped[Moments]:
    """The moments of the columns of all questions, added up over clusters, by group."""
    import narwhals.stable.v2 as nw

    names = [*map(_above, range(size)), *map(_below, range(size)), EACH]
    parts = [table]
    if question.n_clusters:
        clusters = [f"cluster{i}" for i in range(question.n_clusters)]
        named = table.filter(~nw.col(ALONE)).group_by(*question.keys, *clusters)
        parts = [named.agg(nw.col(*names).sum()), table.filter(nw.col(ALONE))]
    parts = [part.select(*question.keys, *names) for part in parts]
    if in_memory:
        return _added(nw.concat([part.collect() for part in parts]), question.keys, names)
    summed = [tabulate_amounts(part.to_native(), names, by=question.keys) for part in parts]
    return sum(summed[1:], summed[0])


def _added(table: "nw.DataFrame[Any]", keys: list[str], names: list[str]) -> Grouped[Moments]:
    """The moments of a table in memory."""
    groups = Groups.of({key: _labels(table[key]) for key in keys}, len(table))
    columns = [floats(table[name]) for name in names]
    return Grouped(groups.keys, Moments.of_columns(tuple(names), columns, groups, None))


def _labels(column: "nw.Series[Any]") -> Any:
    """Labels of rows; whole numbers as an array, for they are many."""
    whole = column.dtype.is_integer() and not column.null_count()
    return column.to_numpy() if whole else python_values(column)


def _without(counts: Counts, met: Counts | None) -> Counts:
    """The counts without those whom the question did not concern: they are not missing."""
    return counts if met is None else replace(counts, n_missing=met.n_missing)


def _weight(question: Question) -> "nw.Expr":
    """What each row weighs; of a row without a weight, which has no answers, nothing."""
    import narwhals.stable.v2 as nw

    if not question.weighted:
        return nw.lit(1.0)
    weight = nw.col(WEIGHT)
    return nw.when(weight > 0).then(weight).otherwise(nw.lit(0.0))


def _distinct(table: "nw.LazyFrame[Any]", name: str) -> list[Any]:
    """The values of a column, each once, without missing ones."""
    values = python_values(table.select(name).unique().collect()[name])
    return [value for value in values if value is not None]


def _is_in(j: int, answers: list[Any]) -> "nw.Expr":
    """Whether a row has one of these answers."""
    import narwhals.stable.v2 as nw

    return nw.col(_raw(j)).is_in(answers) if answers else nw.lit(value=False)


def _in_memory(frame: Any) -> bool:
    import narwhals.stable.v2 as nw

    return isinstance(nw.from_native(frame, pass_through=True), nw.DataFrame)


def _raw(j: int) -> str:
    return f"raw{j}"


def _above(j: int) -> str:
    return f"above{j}"


def _below(j: int) -> str:
    return f"below{j}"


def _met(j: int) -> str:
    return f"met{j}"
