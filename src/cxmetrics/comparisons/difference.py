"""The difference between two independent groups or periods."""

from dataclasses import dataclass, field
from typing import Any, Self, get_args, overload

import numpy as np

from cxmetrics._checks import (
    check_alternative,
    check_between,
    check_confidence_level,
    check_number,
    check_option,
    check_rng,
    fail,
)
from cxmetrics._frozen import SHARED, settled
from cxmetrics._table import Table, Tabular
from cxmetrics._typing import Alternative, DifferenceMethod, Floats
from cxmetrics.comparisons.contrast import Contrast
from cxmetrics.errors import ArgumentError, MismatchError, TooFewResponsesError
from cxmetrics.estimate import (
    RELATION,
    Estimate,
    in_unit,
    level_text,
    p_cells,
    p_text,
    plain,
    with_unit,
)
from cxmetrics.intervals.basis import Basis
from cxmetrics.intervals.difference_methods import (
    mover,
    permutation_difference,
    score_difference,
    welch,
)
from cxmetrics.intervals.linear_score import LinearScore
from cxmetrics.intervals.method import Interval, Method
from cxmetrics.summaries.design import check_apart
from cxmetrics.summaries.grouped import Grouped


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Difference(Contrast):
    """The difference `after` - `before`, with its interval and its test.

    Every field is a number, or an array with one entry per row of a batch.

    Args:
        value: The difference, in `unit`.
        std_error: Linearised standard error.
        interval: Confidence interval, `interval.low` to `interval.high`.
        confidence_level: Confidence level of the interval, as a proportion.
        statistic: Signed statistic of the test of `null`.
        pvalue: p-value of that test.
        null: The difference that was tested.
        alternative: "two-sided", "less" or "greater".
        method: Method of the interval and the test.
        metric: Name of the metric.
        unit: "points", "percentage points" or "scale points".
        after: The estimate that is compared.
        before: The estimate it is compared with.
    """

    value: Floats
    std_error: Floats
    interval: Interval
    confidence_level: float = field(metadata=SHARED)
    statistic: Floats
    pvalue: Floats
    null: float = field(metadata=SHARED)
    alternative: Alternative = field(metadata=SHARED)
    method: str = field(metadata=SHARED)
    metric: str = field(metadata=SHARED)
    unit: str = field(metadata=SHARED)
    after: Estimate = field(repr=False)
    before: Estimate = field(repr=False)

    @property
    def bounds(self) -> tuple[float, float]:
        """The largest fall and the largest rise that are possible."""
        return difference_bounds(self.after, self.before)

    @property
    def n(self) -> Any:
        """Number of answers in the smaller of the two groups."""
        return settled(np.minimum(self.after.n, self.before.n))

    @property
    def null_hypothesis(self) -> str:
        """The hypothesis in words."""
        if self.method in {"permutation", "sign-flip"}:
            return f"answers to {self.metric} are distributed alike after and before"
        null = with_unit(format(self.null, self._spec), self.unit)
        return f"{self.metric} after - before {RELATION[self.alternative]} {null}"

    @classmethod
    def of(
        cls,
        after: Estimate,
        before: Estimate,
        comparison: Method,
        *,
        std_error: Floats,
        method: str,
        null: float,
        alternative: Alternative,
        confidence_level: float,
    ) -> Self:
        """Two estimates, or two batches row by row, by a method of their difference."""
        null = check_between(null, "null", *comparison.rows.bounds)
        interval = comparison.interval(confidence_level, alternative)
        statistic, pvalue = comparison.test(null, alternative)
        with np.errstate(invalid="ignore"):  # of medians that no group has reached
            value = np.subtract(after.value, before.value)
        return cls(
            value=value,
            std_error=std_error,
            interval=interval,
            confidence_level=confidence_level,
            statistic=statistic,
            pvalue=pvalue,
            null=null,
            alternative=alternative,
            method=method,
            metric=after.metric,
            unit="percentage points" if after.unit == "%" else after.unit,
            after=after,
            before=before,
        )

    def summary(self) -> str:
        """The difference in one sentence; of a batch, a sentence per line.

        Examples:
            >>> from cxmetrics import ZERO_TO_TEN, Counts, nps
            >>> may = nps(Counts.from_mapping(ZERO_TO_TEN, {10: 900, 8: 800, 3: 500}))
            >>> june = nps(Counts.from_mapping(ZERO_TO_TEN, {10: 950, 8: 800, 3: 350}))
            >>> print(difference(june, may).summary())
            NPS rose by 10.4 points, from 18.2 to 28.6 (95% CI of the rise: 5.9 to 14.9; p < 0.001).
        """
        if self.shape:
            return "\n".join(row.summary() for row in self)
        if np.isnan(self.value):
            things = self.after.basis.things
            numbers = f"{self.after.n:,} {things} after and {self.before.n:,} before"
            return f"{self.metric} can't be compared, with {numbers}."
        by = with_unit(self._size(self.value), self.unit)
        percent = "%" if self.after.unit == "%" else ""
        after, before = (
            f"{side.value:{self._spec}}{percent}" for side in (self.after, self.before)
        )
        level = f"{level_text(self.confidence_level)} CI"
        null = f" for a change of {self.null:+g}" if self.null else ""
        probability = f"{p_text(self.pvalue)}{null}"
        low, high = map(float, self.interval)
        if low <= 0 <= high:
            is_ = f"{by} {'higher' if self.value > 0 else 'lower'}" if self.value else "unchanged"
            return (
                f"{self.metric} is {is_}, {after} after {before}; "
                f"the data fit anything {self._reach()} ({level}; {probability})."
            )
        verb, noun = ("rose", "rise") if self.value > 0 else ("fell", "fall")
        least, most = min(abs(low), abs(high)), max(abs(low), abs(high))
        reach = f"{self._size(least)} to {self._size(most)}"
        if self.alternative != "two-sided":
            reach = f"{self._size(least)} or more"
        return (
            f"{self.metric} {verb} by {by}, from {before} to {after} "
            f"({level} of the {noun}: {reach}; {probability})."
        )

    def to_dict(self) -> dict[str, Any]:
        """One flat row with stable keys; of a batch, a list per column."""
        return {
            "metric": self.metric,
            "unit": self.unit,
            "value": plain(self.value),
            "std_error": plain(self.std_error),
            "low": plain(self.interval.low),
            "high": plain(self.interval.high),
            "confidence_level": self.confidence_level,
            "statistic": plain(self.statistic),
            "pvalue": plain(self.pvalue),
            "null": self.null,
            "alternative": self.alternative,
            "method": self.method,
            "after": plain(self.after.value),
            "before": plain(self.before.value),
            "n_after": plain(self.after.n),
            "n_before": plain(self.before.n),
        }

    def __str__(self) -> str:
        if self.shape:
            return Tabular.__str__(self)
        low, high = (format(limit, self._spec) for limit in self.interval)
        value = with_unit(format(self.value, f"+{self._spec}"), self.unit)
        level = level_text(self.confidence_level)
        return (
            f"{self.metric} {value} [{low}, {high}] ({level} {self.method}, {p_text(self.pvalue)}, "
            f"n={self.after.n:,} and {self.before.n:,})"
        )

    @property
    def _spec(self) -> str:
        return self.after.basis.spec

    def _size(self, value: Any) -> str:
        return format(abs(value), self._spec)

    def _reach(self) -> str:
        """What an interval that holds 0 leaves open, in words."""
        low, high = self.interval
        reaches = {
            "two-sided": f"from a fall of {self._size(low)} to a rise of {self._size(high)}",
            "less": f"up to a rise of {self._size(high)}",
            "greater": f"down to a fall of {self._size(low)}",
        }
        return reaches[self.alternative]

    def _display(self, *, detailed: bool) -> Table:
        numbers = {
            "change": self.value,
            "low": np.where(np.isnan(self.value), np.nan, self.interval.low),
            "high": np.where(np.isnan(self.value), np.nan, self.interval.high),
            "after": self.after.value,
            "before": self.before.value,
        }
        sizes = {"n after": self.after.n, "n before": self.before.n}
        p = {"p": p_cells(self.pvalue)}
        if detailed:
            numbers["std. error"] = self.std_error
        columns = {name: np.ravel(number) for name, number in (numbers | sizes).items()} | p
        formats = dict.fromkeys(numbers, self._spec) | dict.fromkeys(sizes, ",") | {"p": ""}
        how = f"{level_text(self.confidence_level)} {self.method} interval"
        caption = f"Change of {self.metric}{in_unit(self.unit)}, {how}"
        return Table.of(columns, np.size(self.value), caption=caption, formats=formats)


@overload
def difference(
    after: Estimate,
    before: Estimate,
    *,
    method: DifferenceMethod | None = None,
    null: float = 0.0,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
    rng: "np.random.Generator | int | None" = None,
) -> Difference: ...
@overload
def difference(
    after: Grouped[Estimate],
    before: Grouped[Estimate],
    *,
    method: DifferenceMethod | None = None,
    null: float = 0.0,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
    rng: "np.random.Generator | int | None" = None,
) -> Grouped[Difference]: ...
def difference(
    after: Any,
    before: Any,
    *,
    method: DifferenceMethod | None = None,
    null: float = 0.0,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
    rng: "np.random.Generator | int | None" = None,
) -> Any:
    """Difference `after` - `before` of a metric between two independent groups or periods.

    Interval and p-value come from one statistic. The null hypothesis is that the
    *scores* differ by `null`, whatever the distributions of the answers.

    Args:
        after: Estimate, or grouped Estimates, of the later or treated group.
        before: The same metric of the group that it is compared with.
        method: `"score"`, the default for answers on a scale: both groups at their joint
            constrained maximum likelihood, which keeps its error rate in small and
            unequal groups; `"mover"`, the default for all others, from the limits of
            each group (of answers on a scale, their score limits); `"welch"`, Welch's t;
            or `"permutation"`, of the studentised difference, whose null hypothesis is
            the *same distribution* in both groups.
        null: The difference to test, in the unit of the result.
        alternative: What holds if the null hypothesis does not: the difference is
            another one, is "less" or is "greater".
        confidence_level: Confidence level of the interval.
        rng: Generator, or a seed for one, of the draws of `"permutation"`; it must be
            given for more than three distinct scores, or for very large groups.

    Returns:
        The difference, of percentages in percentage points, else in the unit of the
        estimates. Of grouped estimates, one for each group that either has; where
        one side has no such group, NaN with the full range as its interval.

    Raises:
        MismatchError: If the estimates are of different metrics, scales or
            cut-points, or are grouped differently.
        OverlappingClustersError: If both groups have answers of the same clusters, so
            that they are not independent.
        TooFewResponsesError: If an estimate has no response, outside of a batch.
        ArgumentError: If an option is not one there is, or the null is out of range.

    References:
        Miettinen, O. and Nurminen, M. (1985). Comparative analysis of two rates.
        Statistics in Medicine 4, 213-226; here for any linear score.

        Zou, G. Y. and Donner, A. (2008). Construction of confidence limits about effect
        measures. Statistics in Medicine 27, 1693-1702.

        Welch, B. L. (1947). The generalization of "Student's" problem when several
        different population variances are involved. Biometrika 34, 28-35.

        Janssen, A. (1997). Studentized permutation tests for non-i.i.d. hypotheses and
        the generalized Behrens-Fisher problem. Statistics & Probability Letters 36,
        9-21.

    Examples:
        >>> from cxmetrics import nps
        >>> print(difference(nps([10, 9, 9, 8, 10, 9]), nps([10, 6, 7, 8, 9, 3])))
        NPS +83.3 points [-9.6, 146.4] (95% score, p = 0.071, n=6 and 6)
    """
    if method is not None:
        check_option(method, "method", get_args(DifferenceMethod))
    check_alternative(alternative)
    confidence_level = check_confidence_level(confidence_level)
    if method == "permutation" and check_number(null, "null") != 0:
        fail(ArgumentError, f"`null` must be 0 for method='permutation', not {null!r}.")
    keys, one, two = paired_up(after, before)
    check_alike(one, two)
    message = f"Can't compare {one.metric} of groups that share clusters."
    check_apart(one.basis.design, two.basis.design, message)
    method = method or default_method(one)
    result = Difference.of(
        one,
        two,
        comparison_of(one, two, method, alternative, rng if rng is None else check_rng(rng)),
        std_error=np.hypot(one.std_error, two.std_error),
        method=method,
        null=null,
        alternative=alternative,
        confidence_level=confidence_level,
    )
    return result if keys is None else Grouped(keys, result)


def default_method(estimate: Estimate) -> DifferenceMethod:
    """The best method there is for differences of a metric."""
    return "score" if isinstance(estimate.basis, LinearScore) else "mover"


def comparison_of(
    after: Estimate,
    before: Estimate,
    method: str,
    alternative: Alternative = "two-sided",
    rng: "np.random.Generator | None" = None,
) -> Method:
    """The interval and the test of a difference by one method."""
    methods = after.method, before.method
    match method:
        case "mover":
            return mover(after.basis, before.basis, methods)
        case "welch":
            return welch(after.basis, before.basis, methods)
        case "score":
            return score_difference(after.score, before.score)
        case _:
            return permutation_difference(after.score, before.score, alternative, rng)


def difference_bounds(after: Estimate, before: Estimate) -> tuple[float, float]:
    """The largest fall and the largest rise that are possible."""
    (low_after, high_after), (low_before, high_before) = after.basis.bounds, before.basis.bounds
    return low_after - high_before, high_after - low_before


def paired_up(after: Any, before: Any) -> tuple[dict[str, list[Any]] | None, Estimate, Estimate]:
    """Two estimates, or the keys and the aligned batches of two grouped ones."""
    match after, before:
        case Estimate(), Estimate():
            for name, estimate in (("after", after), ("before", before)):
                if not estimate.shape and not estimate.n and np.isnan(estimate.value):
                    noun = estimate.basis.noun
                    fail(TooFewResponsesError, f"`{name}` must have at least one {noun}, not 0.")
            return None, after, before
        case Grouped(batch=Estimate()), Grouped(batch=Estimate()):
            return after.aligned(before)
        case _:
            kinds = f"{type(after).__name__} and {type(before).__name__}"
            hint = "did you mean difference(nps(after), nps(before))?"
            message = f"Both must be estimates, or both grouped estimates, not {kinds}."
            fail(MismatchError, message, hint)


def check_alike(after: Estimate, before: Estimate) -> None:
    """Only estimates of one metric on one scale with the same scores subtract."""
    one, two = after.basis, before.basis
    if (after.metric, after.unit, type(one)) != (before.metric, before.unit, type(two)):
        hint = "if both are the same metric, did you mean one label for both?"
        names = [side.metric for side in (before, after)]
        if names[0] == names[1]:
            names = [f"{side.metric}{in_unit(side.unit)}" for side in (before, after)]
        message = f"Can't subtract {names[0]} from {names[1]}."
        fail(MismatchError, message, hint if _same_scores(one, two) else "")
    if isinstance(one, LinearScore) and isinstance(two, LinearScore):
        if one.counts.scale != two.counts.scale:
            scales = f"on scale {two.counts.scale} from {after.metric} on scale {one.counts.scale}"
            fail(MismatchError, f"Can't subtract {before.metric} {scales}.")
        if not _same_scores(one, two):
            message = f"Can't subtract {before.metric} from {after.metric} with other cut-points."
            fail(MismatchError, message)
    if after.shape != before.shape:
        shapes = f"a batch of shape {before.shape} from one of shape {after.shape}"
        fail(MismatchError, f"Can't subtract {shapes}.")


def _same_scores(one: Basis, two: Basis) -> bool:
    if not isinstance(one, LinearScore) or not isinstance(two, LinearScore):
        return False
    return one.counts.scale == two.counts.scale and np.array_equal(one.scores, two.scores)
