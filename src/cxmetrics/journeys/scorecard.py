"""Scorecard: the score of every touchpoint of a journey, its gaps, and where it hurts."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

from cxmetrics._checks import fail, near
from cxmetrics._frozen import SHARED, Frozen
from cxmetrics._table import Table, Tabular
from cxmetrics._typing import FloatArray, Floats, IndexArray, Ints
from cxmetrics.comparisons.multiplicity import adjust_pvalues
from cxmetrics.errors import MismatchError, UnknownKeyError
from cxmetrics.estimate import Estimate, Test, in_unit, level_text, p_cells, p_text, with_unit
from cxmetrics.intervals.method import Interval
from cxmetrics.journeys.friction import Friction, Versus
from cxmetrics.journeys.joint import JointScores, Links
from cxmetrics.journeys.journey import Journey
from cxmetrics.metrics.linear import top_box
from cxmetrics.summaries.counts import Counts
from cxmetrics.summaries.grouped import Grouped

NO_RATINGS = (
    "A mean of the journey needs the ratings of each customer: summaries do not keep how alike "
    "the same customers rate several touchpoints."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scorecard(Tabular, Frozen):
    """The scores of the touchpoints of a journey, and what follows from them.

    The mean of the journey is the mean of the scores of its touchpoints, in which each
    counts alike, however many customers rated it; so are those of a stage and of a channel.
    In a batch all numbers are arrays, with one entry per group of customers.

    Args:
        journey: The journey, with only those touchpoints that were measured.
        scores: The estimate of each touchpoint, in their order.
        met: Whom each touchpoint reached, as counts of no and yes; None where that is not
            known.
        links: How the scores hang together; None if they were made from summaries.
        n: Number of customers.
        share: Their share of all customers, in percent.
        values: What a point more at each touchpoint is worth with one customer; None if
            that was not said.
        confidence_level: Confidence level of the intervals, as a proportion.
    """

    journey: Journey = field(metadata=SHARED)
    scores: tuple[Estimate, ...]
    met: tuple[Counts | None, ...] = field(repr=False)
    links: Links | None = field(repr=False)
    n: Ints
    share: Floats
    values: tuple[float, ...] | None = field(metadata=SHARED)
    confidence_level: float = field(metadata=SHARED)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch; () for a single scorecard."""
        return np.shape(self.n)

    @property
    def touchpoints(self) -> tuple[str, ...]:
        """Names of the touchpoints that were measured, in order."""
        return self.journey.names

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics of the touchpoints, each once."""
        return tuple(dict.fromkeys(score.metric for score in self.scores))

    def score(self, touchpoint: str) -> Estimate:
        """The estimate of one touchpoint: what its metric makes of the answers alone.

        Raises:
            UnknownKeyError: If there is no such touchpoint, or it was not measured.
        """
        return self.scores[self._position(touchpoint)]

    def reach(self, touchpoint: str) -> Estimate | None:
        """The percentage of customers who met a touchpoint, of those who told.

        None if that is not known, for which the touchpoint needs codes that mean "not used".

        Raises:
            UnknownKeyError: If there is no such touchpoint, or it was not measured.
        """
        met = self.met[self._position(touchpoint)]
        return None if met is None else self._reach(met)

    @property
    def why_no_mean(self) -> str:
        """Why touchpoints have no mean, in a sentence; "" if they have one."""
        first = self.scores[0]
        for other in self.scores[1:]:
            same = (other.metric, other.unit) == (first.metric, first.unit)
            if not same or not np.array_equal(other.score.points, first.score.points):
                names = " and ".join(self.metrics) if len(self.metrics) > 1 else first.metric
                on = "" if len(self.metrics) > 1 else " on different scales"
                return f"Touchpoints that are measured by {names}{on} have no mean."
        return NO_RATINGS if self.links is None else ""

    @property
    def whole(self) -> Estimate:
        """The mean of all touchpoints.

        Its interval knows that the same customers rated several of them.

        Raises:
            MismatchError: If touchpoints have no mean; `why_no_mean` says why.
        """
        return self._means([self.touchpoints])[..., 0]

    @property
    def stages(self) -> Grouped[Estimate]:
        """The mean of the touchpoints of each stage.

        Raises:
            MismatchError: If touchpoints have no mean, or there are several scorecards.
        """
        return self._rolled_up("stage", self.journey.stages)

    @property
    def channels(self) -> Grouped[Estimate]:
        """The mean of the touchpoints of each channel.

        Raises:
            MismatchError: If touchpoints have no mean or none has a channel, or there are
                several scorecards.
        """
        if not self.journey.channels:
            fail(MismatchError, "At least one touchpoint must have a channel, not none.")
        return self._rolled_up("channel", self.journey.channels)

    @property
    def channel_consistency(self) -> Test:
        """The test that the mean is the same in all channels.

        It is Wald's, referred to the distribution of Hotelling's T² (1931), The generalization
        of Student's ratio, Annals of Mathematical Statistics 2, 360-378; it knows that the
        same customers rated touchpoints of several channels.

        Raises:
            MismatchError: If touchpoints have no mean, or there are not two channels.
        """
        names = self.journey.channels
        if len(names) < 2:  # noqa: PLR2004
            fail(MismatchError, f"There must be at least two channels, not {len(names)}.")
        parts = [self.journey.select(channel=name).names for name in names]
        statistic, pvalue = self._joint().equal_means(self._weights(parts))
        return Test(
            statistic=statistic,
            pvalue=pvalue,
            null=0.0,
            alternative="two-sided",
            method="Wald",
            null_hypothesis=f"{self.scores[0].metric} is the same in {len(names)} channels",
        )

    @property
    def gaps(self) -> Estimate:
        """How far each touchpoint is from the mean of all, along the last axis of a batch.

        Intervals are Bonferroni's: all of them hold at once, at the level of the scorecard.

        Raises:
            MismatchError: If touchpoints have no mean, or there is only one.
        """
        if len(self.scores) < 2:  # noqa: PLR2004
            fail(MismatchError, "A gap to the mean needs at least two touchpoints, not 1.")
        first = self.scores[0]
        return Estimate.of(
            self._joint().gaps(),
            metric=f"{first.metric} beyond the mean",
            unit="percentage points" if first.unit == "%" else first.unit,
            confidence_level=1 - (1 - self.confidence_level) / len(self.scores),
            method="mover",
        )

    @property
    def emotion_curve(self) -> Grouped[Estimate]:
        """How far each touchpoint is from the mean of all, by its name.

        Raises:
            MismatchError: If touchpoints have no mean, there is only one, or there are
                several scorecards.
        """
        self._check_single("emotion curve")
        return Grouped({"touchpoint": self.touchpoints}, self.gaps)

    @property
    def friction(self) -> Friction:
        """What is lost at each touchpoint: customers by shortfall by value.

        A touchpoint falls short of what customers expect of it, if the journey says that,
        else of the mean of all touchpoints.

        Raises:
            MismatchError: If neither is known of any touchpoint, or metrics differ and no
                values were given.
        """
        why = self.why_no_mean
        if self.values is None and why not in {"", NO_RATINGS}:
            message = f"Losses in {' and '.join(self.metrics)} can't be ranked."
            fail(MismatchError, message, "did you mean value={...}, what a point is worth at each?")
        versus = self._versus()
        size = len(versus) - versus.count(None)
        if not size:
            message = "A loss needs an expectation, or the ratings of each customer."
            fail(MismatchError, message, "did you mean Touchpoint(..., expectation=80)?")
        level = 1 - (1 - self.confidence_level) / size
        value, low, high, pvalue = self._shortfalls(versus, level)
        return Friction(
            touchpoints=self.touchpoints,
            versus=versus,
            volume=np.stack([score.n for score in self.scores], axis=-1),
            shortfall=value,
            interval=Interval(low, high),
            pvalue=_holm(pvalue),
            value=np.array(self.values or [1.0] * len(self.scores)),
            confidence_level=self.confidence_level,
            spec=self.scores[0].basis.spec,
        )

    def summary(self) -> str:
        """Where it hurts most, in a sentence; of a batch, a sentence per line."""
        if self.shape:
            return "\n".join(row.summary() for row in self)
        if not self._hurts:
            return self._extremes()
        friction = self.friction
        k = int(friction.worst)
        if k < 0:
            return "It hurts nowhere: no touchpoint falls short of what customers expect."
        score, name = self.scores[k], self.touchpoints[k]
        against = "what they expect" if friction.versus[k] == "expectation" else "the mean"
        spec, unit = score.basis.spec, _unit_of_gaps(score)
        low, high = (format(np.ravel(limit)[k], spec) for limit in friction.interval)
        value = with_unit(format(score.value, spec), score.unit)
        below = with_unit(format(friction.shortfall[k], spec), unit)
        level = level_text(self.confidence_level)
        return (
            f"It hurts most at {name}: {score.n:,} of {self.n:,} customers rated it, and its "
            f"{score.metric} of {value} is {below} below {against} "
            f"({level} CI: {low} to {high}; {p_text(friction.pvalue[k])})."
        )

    def take(self, rows: IndexArray) -> Self:
        """The rows of a batch at these positions; at -1, a row without customers."""
        return replace(
            self,
            scores=tuple(score.take(rows) for score in self.scores),
            met=tuple(None if met is None else met.take(rows) for met in self.met),
            links=None if self.links is None else self.links.take(rows),
            n=np.append(self.n, 0)[rows],
            share=np.append(self.share, 0.0)[rows],
        )

    def to_dict(self) -> dict[str, Any]:
        """Lists by column, one entry per touchpoint, in their order.

        Raises:
            MismatchError: If there are several scorecards.
        """
        self._check_single("list of touchpoints")
        numbers = {name: column.tolist() for name, column in self._numbers().items()}
        return {
            "touchpoint": list(self.touchpoints),
            "stage": [each.stage for each in self.journey],
            "channel": [each.channel for each in self.journey],
            "metric": [score.metric for score in self.scores],
            "unit": [score.unit for score in self.scores],
            **numbers,
        }

    @property
    def _hurts(self) -> bool:
        """Whether there are losses that can be ranked."""
        alike = self.values is not None or self.why_no_mean in {"", NO_RATINGS}
        return alike and any(against is not None for against in self._versus())

    @property
    def _has_gaps(self) -> bool:
        return not self.why_no_mean and len(self.scores) > 1

    def _check_single(self, what: str) -> None:
        if self.shape:
            fail(MismatchError, f"A batch of scorecards has no single {what}.")

    def _position(self, touchpoint: str) -> int:
        names = self.touchpoints
        if touchpoint not in names:
            message = f"There is no measured touchpoint {touchpoint!r:.60}."
            fail(UnknownKeyError, message, near(touchpoint, names))
        return names.index(touchpoint)

    def _joint(self) -> JointScores:
        if self.links is None or self.why_no_mean:
            fail(MismatchError, self.why_no_mean)
        return JointScores.of(self.scores, self.links)

    def _reach(self, met: Counts) -> Estimate:
        return top_box(met, top=1, label="Reach", confidence_level=self.confidence_level)

    def _weights(self, parts: Iterable[tuple[str, ...]]) -> FloatArray:
        """Weights of the touchpoints in the mean of each part, each of which counts alike."""
        names = self.touchpoints
        return np.array([[(name in part) / len(part) for name in names] for part in parts])

    def _means(self, parts: Iterable[tuple[str, ...]]) -> Estimate:
        return Estimate.of(
            self._joint().means(self._weights(parts)),
            metric=self.scores[0].metric,
            unit=self.scores[0].unit,
            confidence_level=self.confidence_level,
        )

    def _rolled_up(self, field_name: str, values: tuple[str, ...]) -> Grouped[Estimate]:
        self._check_single(f"mean by {field_name}")
        parts = [
            tuple(each.name for each in self.journey if getattr(each, field_name) == value)
            for value in values
        ]
        return Grouped({field_name: values}, self._means(parts))

    @property
    def _expected(self) -> FloatArray:
        """What customers expect of each touchpoint; NaN where that is not said."""
        given = [each.expectation for each in self.journey]
        return np.array([np.nan if score is None else score for score in given])

    def _versus(self) -> tuple[Versus | None, ...]:
        """What each touchpoint is held against."""
        mean: Versus | None = "mean" if self._has_gaps else None
        return tuple(mean if each.expectation is None else "expectation" for each in self.journey)

    def _shortfalls(
        self, versus: tuple[Versus | None, ...], level: float
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Shortfalls of all touchpoints, their limits at a level, and their p-values."""
        sides = np.full((4, *self.shape, len(versus)), np.nan)
        if "mean" in versus:
            gaps = self.gaps
            low, high = gaps.confidence_interval(level)
            found = np.stack([-gaps.value, -high, -low, gaps.test(0).pvalue])
            sides = np.where([against == "mean" for against in versus], found, sides)
        for j, (score, expected) in enumerate(zip(self.scores, self._expected, strict=True)):
            if versus[j] == "expectation":
                low, high = score.confidence_interval(level)
                pvalue = score.test(expected).pvalue
                sides[..., j] = [expected - score.value, expected - high, expected - low, pvalue]
        value, low, high, pvalue = sides
        return value, low, high, pvalue

    def _extremes(self) -> str:
        """Where scores are lowest and highest, if nothing tells where they should be."""
        if len(self.metrics) > 1:
            return self.why_no_mean
        values = np.array([score.value for score in self.scores])
        ends = []
        for k in (np.nanargmin(values), np.nanargmax(values)):
            score, name = self.scores[k], self.touchpoints[k]
            ends.append(f"{name} ({with_unit(format(score.value, score.basis.spec), score.unit)})")
        return f"{self.metrics[0]} is lowest at {ends[0]}, and highest at {ends[1]}."

    def _numbers(self) -> dict[str, FloatArray]:
        """All numbers by column, with the touchpoints along the last axis."""
        nothing = np.full((*self.shape, len(self.scores)), np.nan)
        reach = [None if met is None else self._reach(met) for met in self.met]
        reached = [nothing[..., 0] if each is None else np.asarray(each.value) for each in reach]
        gap, low, high, pvalue = [nothing] * 4
        if self._has_gaps:
            gaps = self.gaps
            gap, low, high = (np.asarray(part) for part in (gaps.value, *gaps.interval))
            pvalue = _holm(np.asarray(gaps.test(0).pvalue))
        expected = self._expected
        tests = [
            nothing[..., 0] if np.isnan(null) else np.asarray(score.test(null).pvalue)
            for score, null in zip(self.scores, expected.tolist(), strict=True)
        ]
        value = np.stack([score.value for score in self.scores], axis=-1)
        return {
            "n": np.stack([score.n for score in self.scores], axis=-1),
            "n_missing": np.stack([score.n_missing for score in self.scores], axis=-1),
            "reach": np.stack(reached, axis=-1),
            "value": value,
            "low": np.stack([score.interval.low for score in self.scores], axis=-1),
            "high": np.stack([score.interval.high for score in self.scores], axis=-1),
            "gap": gap,
            "gap_low": low,
            "gap_high": high,
            "gap_pvalue": pvalue,
            "expectation": np.broadcast_to(expected, value.shape),
            "beyond": value - expected,
            "beyond_pvalue": _holm(np.stack(tests, axis=-1)),
            "loss": self.friction.loss if self._hurts else nothing,
        }

    def _table(self) -> Table:
        """A row per touchpoint; of a batch a row per group, with columns per touchpoint."""
        if not self.shape:
            return Table.of(self.to_dict(), len(self.scores))
        groups = {"n": np.ravel(self.n).tolist(), "share": np.ravel(self.share).tolist()}
        return Table.wide(self._numbers(), self.touchpoints).beside(groups)

    def _display(self, *, detailed: bool) -> Table:
        return self._display_of_batch() if self.shape else self._display_of_one(detailed=detailed)

    def _display_of_one(self, *, detailed: bool) -> Table:
        columns, spec = self.to_dict(), self.scores[0].basis.spec
        places = ["touchpoint", "stage"] + ["channel"] * detailed
        places += ["metric"] * (len(self.metrics) > 1)
        names = {"n": "n", "reach": "reach", "value": "score", "low": "low", "high": "high"}
        names |= {"gap": "gap", "gap_pvalue": "p", "expectation": "expected"}
        names |= {"beyond": "beyond", "beyond_pvalue": "p beyond", "loss": "loss"}
        shown = {name: columns[name] for name in places}
        formats: dict[str, str] = {}
        for column, name in names.items():
            if np.isnan(columns[column]).all() and column not in {"value", "low", "high"}:
                continue
            is_p = column.endswith("pvalue")
            shown[name] = p_cells(np.array(columns[column])) if is_p else columns[column]
            formats[name] = {"n": ",", "reach": ".1f", "loss": ",.0f"}.get(
                name, "" if is_p else spec
            )
        return Table(shown, self._caption, formats)

    def _display_of_batch(self) -> Table:
        columns: dict[str, Any] = {"n": self.n, "share": self.share}
        formats = {"n": ",", "share": ".1f"}
        if not self.why_no_mean:
            whole = self.whole
            columns |= {"mean": whole.value, "low": whole.interval.low, "high": whole.interval.high}
            formats |= dict.fromkeys(["mean", "low", "high"], whole.basis.spec)
        if self._hurts:
            friction = self.friction
            names, worst = np.array([*self.touchpoints, None], object), friction.worst
            columns |= {"hurts most at": names[worst]}
            columns["loss"] = np.nan_to_num(friction.loss).max(axis=-1)
            formats["loss"] = ",.0f"
        flat = {name: np.ravel(column) for name, column in columns.items()}
        return Table.of(flat, np.size(self.n), caption=self._caption, formats=formats)

    @property
    def _caption(self) -> str:
        """What the table is about; and the mean, or why there is none."""
        first, level = self.scores[0], level_text(self.confidence_level)
        customers = "" if self.shape else f", {self.n:,} customers"
        what = f"{first.metric}{in_unit(first.unit)}, " if len(self.metrics) == 1 else ""
        top = f"{self.journey.name}{customers}: {what}{level} score interval"
        if self.why_no_mean:
            return f"{top}\n{self.why_no_mean}"
        if self.shape or not self._has_gaps:
            return top
        whole = self.whole
        mean = with_unit(format(whole.value, whole.basis.spec), whole.unit)
        return f"{top}\nGap to their mean of {mean}, p-values by Holm"


def _unit_of_gaps(score: Estimate) -> str:
    return "percentage points" if score.unit == "%" else score.unit


def _holm(pvalues: FloatArray) -> FloatArray:
    """Holm's p-values, of each row by itself."""
    rows = pvalues.reshape(-1, pvalues.shape[-1])
    adjusted = [adjust_pvalues(row, "holm") for row in rows]
    return np.reshape(adjusted, pvalues.shape)
