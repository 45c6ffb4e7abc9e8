"""CardScores: the scores of the touchpoints of a journey, their means, gaps and losses."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from cxmetrics._checks import fail, near
from cxmetrics._frozen import SHARED, Frozen
from cxmetrics._typing import FloatArray, Floats, IndexArray, Ints
from cxmetrics.comparisons.multiplicity import adjust_pvalues
from cxmetrics.errors import MismatchError, UnknownKeyError
from cxmetrics.estimate import Estimate, Test
from cxmetrics.intervals.method import Interval
from cxmetrics.intervals.score_mean import ScoreGap, ScoreMean
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
class CardScores(Frozen):
    """The scores of a Scorecard, which has them in words and tables, and says what they are."""

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

        They are of the same customers, and so not independent of each other.

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
        Gaps are of the same customers, and so not independent of each other.

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
        return Grouped({"touchpoint": self.touchpoints}, _of_same_customers(self.gaps))

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
            pvalue=holm_by_row(pvalue),
            value=np.array(self.values or [1.0] * len(self.scores)),
            confidence_level=self.confidence_level,
            spec=self.scores[0].basis.spec,
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
        return Grouped({field_name: values}, _of_same_customers(self._means(parts)))

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
        value, low, high, pvalue = sides + 0.0  # never -0.0
        return value, low, high, pvalue


def _of_same_customers(estimates: Estimate) -> Estimate:
    """The estimates of a batch, which nobody may take for independent."""
    assert isinstance(estimates.basis, ScoreMean | ScoreGap)  # noqa: S101 (what joint scores make)
    return replace(estimates, basis=replace(estimates.basis, same_customers=True))


def holm_by_row(pvalues: FloatArray) -> FloatArray:
    """Holm's p-values, of each row by itself."""
    rows = pvalues.reshape(-1, pvalues.shape[-1])
    adjusted = [adjust_pvalues(row, "holm") for row in rows]
    return np.reshape(adjusted, pvalues.shape)
