"""Funnels: how many customers go on from each stage to the next, and where they leave."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self, get_args, overload

import numpy as np

from cxmetrics._checks import check_confidence_level, check_option, check_type, check_whole, fail
from cxmetrics._frozen import SHARED, Frozen
from cxmetrics._table import Table, Tabular
from cxmetrics._typing import FloatArray, IndexArray, IntArray, Ints
from cxmetrics.comparisons.difference import Difference, difference
from cxmetrics.comparisons.families import StepAdjustment, family_of
from cxmetrics.errors import ArgumentError, MismatchError, TooFewResponsesError
from cxmetrics.estimate import Estimate, level_text
from cxmetrics.metrics.linear import score_estimate
from cxmetrics.metrics.retention import median_tenure
from cxmetrics.scale import YES_NO, Scale
from cxmetrics.summaries.counts import Counts
from cxmetrics.summaries.frames.stages import tabulate_stages
from cxmetrics.summaries.frames.times import TimeUnit
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.life_table import LifeTable


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Funnel(Tabular, Frozen):
    """How many customers reached each stage of a journey, and how many went on.

    Arrays have one number per stage, or per step from a stage to the next; leading axes are
    a batch.

    Args:
        stages: Names of the stages, in order.
        counts: Customers by the last stage they reached.
        steps: How long each step took those who made it; none if times are not known.
        unit: Unit of that time.
        confidence_level: Confidence level of the intervals, as a proportion.
    """

    stages: tuple[str, ...] = field(metadata=SHARED)
    counts: Counts
    steps: LifeTable | None
    unit: str = field(metadata=SHARED)
    confidence_level: float = field(metadata=SHARED)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch; () for a single funnel."""
        return self.counts.shape

    @property
    def n(self) -> Ints:
        """Number of customers who entered the first stage."""
        return self.counts.n

    @property
    def entered(self) -> IntArray:
        """Number of customers who reached each stage."""
        return np.asarray(np.cumsum(self.counts.counts[..., ::-1], axis=-1)[..., ::-1])

    @property
    def completed(self) -> IntArray:
        """Number of customers who went on, for each step."""
        return self.entered[..., 1:]

    @property
    def dropped(self) -> IntArray:
        """Number of customers who did not go on, for each step."""
        return self.counts.counts[..., :-1]

    @property
    def conversion(self) -> Estimate:
        """Percentage of those who reached a stage who went on, for each step."""
        return self._share(self.dropped, self.completed, "Conversion")

    @property
    def cumulative(self) -> Estimate:
        """Percentage of all who entered who came further than each step."""
        first = self.entered[..., :1]
        return self._share(first - self.completed, self.completed, "Conversion from the start")

    @property
    def median_time(self) -> Estimate | None:
        """Median time of each step, of those who made it; None if times are not known."""
        if self.steps is None:
            return None
        return median_tenure(
            self.steps,
            unit=f"{self.unit}s",
            label="Median time",
            confidence_level=self.confidence_level,
        )

    @property
    def biggest_loss(self) -> Any:
        """The stage after which most customers were lost."""
        names = np.array(self.stages, object)[np.argmax(self.dropped, axis=-1)]
        return names if self.shape else str(names)

    def by_step(self) -> Grouped[Estimate]:
        """The conversion of each step, by the stage it starts from.

        Raises:
            MismatchError: If there are several funnels.
        """
        if self.shape:
            fail(MismatchError, "A batch of funnels has no single conversion by stage.")
        return Grouped({"stage": self.stages[:-1]}, self.conversion)

    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row without customers."""
        steps = None if self.steps is None else self.steps.take(rows)
        return replace(self, counts=self.counts.take(rows), steps=steps)

    def summary(self) -> str:
        """Where customers are lost, in one sentence; of a batch, a sentence per line.

        Examples:
            >>> print(funnel({"visit": 1000, "basket": 320, "paid": 210}).summary())
            Of 1,000 customers 210 came from visit to paid (21.0%, 95% CI: 18.6% to 23.6%); most \
were lost after visit: 680 did not go on (68.0%, 95% CI: 65.0% to 70.8%).
        """
        if self.shape:
            return "\n".join(row.summary() for row in self)
        at = int(np.argmax(self.dropped))
        whole, worst = self.cumulative[-1], self.conversion[at]
        level = level_text(self.confidence_level)
        return (
            f"Of {self._customers} {self.completed[-1]:,} came from {self.stages[0]} to "
            f"{self.stages[-1]} ({whole.value:.1f}%, {level} CI: {whole.interval.low:.1f}% to "
            f"{whole.interval.high:.1f}%); most were lost after {self.stages[at]}: "
            f"{self.dropped[at]:,} did not go on ({100 - worst.value:.1f}%, {level} CI: "
            f"{100 - worst.interval.high:.1f}% to {100 - worst.interval.low:.1f}%)."
        )

    def to_dict(self) -> dict[str, Any]:
        """Lists by column, one value per stage; of the last one there is no step."""
        return {name: np.asarray(column).tolist() for name, column in self._columns().items()}

    @property
    def _customers(self) -> str:
        return f"{self.n:,} customer{'s' * (self.n != 1)}"

    def _share(self, lost: IntArray, kept: IntArray, metric: str) -> Estimate:
        return score_estimate(
            Counts(YES_NO, np.stack([lost, kept], axis=-1)),
            np.array([0.0, 100.0]),
            groups=(("dropped", 1), ("completed", 1)),
            metric=metric,
            unit="%",
            confidence_level=self.confidence_level,
            method="score",
        )

    def _columns(self) -> dict[str, Any]:
        """All that is told of each stage."""
        conversion, cumulative, median = self.conversion, self.cumulative, self.median_time
        numbers: dict[str, Any] = {
            "completed": self.completed,
            "dropped": self.dropped,
            "conversion": conversion.value,
            "low": conversion.interval.low,
            "high": conversion.interval.high,
            "cumulative": cumulative.value,
            "cumulative_low": cumulative.interval.low,
            "cumulative_high": cumulative.interval.high,
        }
        if median is not None:
            low, high = median.interval
            numbers |= {"median_time": median.value, "time_low": low, "time_high": high}
        nothing = np.full((*self.shape, 1), np.nan)
        steps = {name: np.concatenate([number, nothing], -1) for name, number in numbers.items()}
        return {"stage": list(self.stages), "entered": self.entered, **steps}

    def _table(self) -> Table:
        """A row per stage; of a batch, a row per funnel, with columns per stage."""
        columns = self._columns()
        if not self.shape:
            return Table.of(columns, len(self.stages))
        del columns["stage"]
        return Table.wide(columns, self.stages)

    def _display(self, *, detailed: bool) -> Table:
        how = f"{level_text(self.confidence_level)} score interval"
        if self.shape:
            whole = self.cumulative[..., -1]
            columns = {
                "n": self.n,
                "completed": self.completed[..., -1],
                "conversion": whole.value,
                "low": whole.interval.low,
                "high": whole.interval.high,
                "most lost after": self.biggest_loss,
            }
            formats = dict.fromkeys(["n", "completed"], ",")
            formats |= dict.fromkeys(["conversion", "low", "high"], ".1f")
            caption = f"{self.stages[0]} to {self.stages[-1]}, conversion in %, {how}"
            flat = {name: np.ravel(column) for name, column in columns.items()}
            return Table.of(flat, np.size(self.n), caption=caption, formats=formats)
        columns = self._columns()
        hidden = (
            set() if detailed else {"cumulative_low", "cumulative_high", "time_low", "time_high"}
        )
        shown = {name: column for name, column in columns.items() if name not in hidden}
        formats = {name: ",.0f" if name in WHOLE else ".1f" for name in shown} | {"stage": ""}
        caption = f"Funnel of {self._customers}, conversion in %, {how}"
        return Table.of(
            {name.replace("_", " "): column for name, column in shown.items()},
            len(self.stages),
            caption=caption,
            formats={name.replace("_", " "): spec for name, spec in formats.items() if spec},
        )


WHOLE = {"entered", "completed", "dropped"}
"""Columns of whole numbers."""


@overload
def funnel(
    source: Mapping[str, int],
    stages: None = None,
    *,
    confidence_level: float = 0.95,
) -> Funnel: ...
@overload
def funnel(
    source: Any,
    stages: Iterable[str],
    *,
    customer: str = "customer",
    stage: str = "stage",
    time: str = "time",
    by: None = None,
    unit: TimeUnit = "day",
    confidence_level: float = 0.95,
) -> Funnel: ...
@overload
def funnel(
    source: Any,
    stages: Iterable[str],
    *,
    customer: str = "customer",
    stage: str = "stage",
    time: str = "time",
    by: str | Iterable[str],
    unit: TimeUnit = "day",
    confidence_level: float = 0.95,
) -> Grouped[Funnel]: ...
def funnel(
    source: Any,
    stages: Iterable[str] | None = None,
    *,
    customer: str = "customer",
    stage: str = "stage",
    time: str = "time",
    by: str | Iterable[str] | None = None,
    unit: TimeUnit = "day",
    confidence_level: float = 0.95,
) -> Any:
    """How many customers go on from each stage to the next, and how long it takes them.

    A stage is reached at its first event that is not before the stage before it was
    reached; events at the same time are in the order of the stages. So nobody reaches a
    stage who has skipped one, and numbers never rise.

    Args:
        source: An event log: a data frame of any library that Narwhals knows, with a row
            per event; or a mapping from stages, in order, to the number of customers who
            reached them.
        stages: Names of the stages, in order; not with a mapping.
        customer: The column that tells whose event it is.
        stage: The column with the name of the stage; other events do not matter.
        time: The column of the time: days, times or numbers.
        by: The column, or columns, that name the groups. A customer with events in
            several groups is one customer in each of them.
        unit: Unit of the time of steps, "second", "minute", "hour" or "day", of which only
            whole ones count; of times that are numbers, 1 is the unit.
        confidence_level: Confidence level of the intervals.

    Returns:
        The funnel; with `by`, a Grouped of them. Each step has Wilson's interval: of those
        who reached the stage, and of all who entered.

    Raises:
        ArgumentError: If there are not at least two stages, a name occurs twice, numbers
            rise from stage to stage, or events lack a customer or a time.
        UnknownKeyError: If there is no such column, or no event of a stage.
        TooFewResponsesError: If nobody reached the first stage.

    Examples:
        >>> print(funnel({"visit": 1000, "basket": 320, "paid": 210}))
        Funnel of 1,000 customers, conversion in %, 95% score interval
        stage   entered  completed  dropped  conversion   low  high  cumulative
        visit     1,000        320      680        32.0  29.2  35.0        32.0
        basket      320        210      110        65.6  60.3  70.6        21.0
        paid        210          –        –           –     –     –           –
    """
    level = check_confidence_level(confidence_level)
    if isinstance(source, Mapping) and stages is None:
        return _of_numbers(source, level)
    names = _checked_stages(() if stages is None else stages)
    check_option(unit, "unit", get_args(TimeUnit))
    reached = tabulate_stages(
        source, names, customer=customer, stage=stage, time=time, by=by, unit=unit
    )
    batch = Funnel(
        stages=names, counts=reached.counts, steps=reached.steps, unit=unit, confidence_level=level
    )
    return batch[0] if by is None else Grouped(reached.groups.keys, batch)


def _of_numbers(numbers: Mapping[Any, Any], level: float) -> Funnel:
    """The funnel of numbers that were counted elsewhere."""
    names = _checked_stages(numbers)
    reached = [check_whole(number, f"source[{name!r}]") for name, number in numbers.items()]
    for k, number in enumerate(reached):
        most = reached[k - 1] if k else number
        if not 0 <= number <= most:
            must = f"0 to {most:,}" if k else "at least 0"
            fail(ArgumentError, f"`source[{names[k]!r}]` must be {must}, not {number:,}.")
    if not reached[0]:
        fail(TooFewResponsesError, f"At least one customer must have reached {names[0]!r}, not 0.")
    last = -np.diff([*reached, 0])
    counts = Counts(Scale(0, len(names) - 1, names), last)
    return Funnel(stages=names, counts=counts, steps=None, unit="", confidence_level=level)


def _checked_stages(stages: Iterable[Any]) -> tuple[str, ...]:
    """At least two names, none of them twice."""
    names = tuple(stages)
    if len(names) < 2:  # noqa: PLR2004
        fail(ArgumentError, f"`stages` must be at least two names, not {len(names)}.")
    for k, name in enumerate(names):
        if not isinstance(name, str) or not name:
            fail(ArgumentError, f"Each stage must be a name, not {name!r:.40}.")
        if name in names[:k]:
            fail(ArgumentError, f"Each stage must occur once, but {name!r} occurs again.")
    return names


def compare_funnels(
    after: Funnel,
    before: Funnel,
    *,
    adjust: StepAdjustment = "holm",
    confidence_level: float = 0.95,
) -> Grouped[Difference]:
    """Differences of the conversion between two funnels, step by step.

    Args:
        after: The funnel of the later period, or of one segment.
        before: The funnel it is compared with, with the same stages.
        adjust: How p-values and intervals are kept honest over all steps: `"holm"`, with
            Bonferroni's intervals; `"single-step"`, Šidák's for both; `"bh"`, for
            screening, with separate intervals; or `"none"`.
        confidence_level: Confidence level of the family.

    Returns:
        The differences in percentage points, by the stage that each step starts from.

    Raises:
        MismatchError: If these are not two single funnels with the same stages.
        ArgumentError: If an option is not one there is.

    Examples:
        >>> may = funnel({"visit": 1000, "basket": 320, "paid": 210})
        >>> june = funnel({"visit": 1100, "basket": 420, "paid": 260})
        >>> print(compare_funnels(june, may))
        Change of Conversion in percentage points, 95% score interval
        stage   change    low  high  after  before  n after  n before      p
        visit      6.2    1.5  10.8   38.2    32.0    1,100     1,000  0.006
        basket    -3.7  -11.6   4.3   61.9    65.6      420       320   0.30
    """
    for name, one in (("after", after), ("before", before)):
        check_type(one, name, Funnel)
    check_option(adjust, "adjust", get_args(StepAdjustment))
    if after.stages != before.stages:
        came = f"{', '.join(before.stages)} and {', '.join(after.stages)}"
        fail(MismatchError, f"Both funnels must have the same stages, not {came}.")
    level = check_confidence_level(confidence_level)
    family = family_of(adjust, len(after.stages) - 1)
    single = difference(after.by_step(), before.by_step(), confidence_level=family.level(level))
    pvalues = np.ravel(single.batch.pvalue)
    known = ~np.isnan(pvalues)
    adjusted: FloatArray = pvalues.copy()
    adjusted[known] = family.adjusted(pvalues[known])
    return Grouped(single.columns, replace(single.batch, pvalue=adjusted, confidence_level=level))
