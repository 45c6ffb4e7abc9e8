"""Whether answers moved up or down, when only their order counts."""

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args, overload

import numpy as np

from cxmetrics._checks import (
    check_alternative,
    check_between,
    check_confidence_level,
    check_option,
    fail,
)
from cxmetrics._frozen import SHARED, settled
from cxmetrics._table import Table, Tabular
from cxmetrics._typing import Alternative, Floats
from cxmetrics.comparisons.contrast import Contrast
from cxmetrics.errors import ArgumentError, MismatchError, TooFewResponsesError
from cxmetrics.estimate import RELATION, Estimate, level_text, p_cells, p_text, plain
from cxmetrics.intervals.method import Interval
from cxmetrics.intervals.ordinal_methods import brunner_munzel, mann_whitney
from cxmetrics.summaries.counts import Counts
from cxmetrics.summaries.design import check_apart
from cxmetrics.summaries.grouped import Grouped

OrdinalMethod: TypeAlias = Literal["brunner-munzel", "logit", "mann-whitney"]

EVEN = 0.5
"""The probability of superiority of answers that are neither higher nor lower."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OrdinalDifference(Contrast):
    """How often an answer after is higher than one before, with its interval and test.

    Every field is a number, or an array with one entry per row of a batch.

    Args:
        value: Probability of superiority, 0...1: that an answer after is higher than one
            before, plus half the probability that they are equal.
        std_error: Its standard error.
        interval: Confidence interval, `interval.low` to `interval.high`.
        confidence_level: Confidence level of the interval, as a proportion.
        statistic: Signed statistic of the test of `null`; positive above the null.
        pvalue: p-value of that test.
        null: The probability of superiority that was tested.
        alternative: "two-sided", "less" or "greater".
        method: "brunner-munzel", "logit" or "mann-whitney".
        null_hypothesis: The hypothesis in words.
        after: The answers that are compared.
        before: The answers they are compared with.
    """

    value: Floats
    std_error: Floats
    interval: Interval
    confidence_level: float = field(metadata=SHARED)
    statistic: Floats
    pvalue: Floats
    null: float = field(metadata=SHARED)
    alternative: Alternative = field(metadata=SHARED)
    method: OrdinalMethod = field(metadata=SHARED)
    null_hypothesis: str = field(metadata=SHARED)
    after: Counts = field(repr=False)
    before: Counts = field(repr=False)

    @property
    def bounds(self) -> tuple[float, float]:
        """A probability."""
        return 0.0, 1.0

    @property
    def n(self) -> Any:
        """Number of answers in the smaller of the two groups."""
        return settled(np.minimum(self.after.n, self.before.n))

    @property
    def cliffs_delta(self) -> Floats:
        """Cliff's delta, -1...1: how much more often answers after are higher than lower."""
        return settled(np.subtract(np.multiply(2, self.value), 1))

    @property
    def cliffs_interval(self) -> Interval:
        """Confidence interval of Cliff's delta."""
        low, high = (np.subtract(np.multiply(2, limit), 1) for limit in self.interval)
        interval: Interval = settled(Interval(low, high))
        return interval

    def summary(self) -> str:
        """The comparison in one sentence; of a batch, a sentence per line.

        A pair is one answer after and one before; pairs of equal answers count half.

        Examples:
            >>> from cxmetrics import ONE_TO_FIVE
            >>> march = Counts(ONE_TO_FIVE, [20, 25, 30, 15, 10])
            >>> april = Counts(ONE_TO_FIVE, [10, 15, 30, 25, 20])
            >>> print(ordinal_difference(april, march).summary())
            Answers moved up: higher after in 63.5% of pairs (95% CI: 56.0% to 71.0%; p < 0.001).
        """
        if self.shape:
            return "\n".join(row.summary() for row in self)
        if np.isnan(self.value):
            numbers = f"{self.after.n:,} answers after and {self.before.n:,} before"
            return f"Answers can't be compared, with {numbers}."
        low, high = self.interval
        moved = "up" if low > EVEN else "down" if high < EVEN else "neither clearly up nor down"
        null = f" for {_percent(self.null)}" if self.null != EVEN else ""
        return (
            f"Answers moved {moved}: higher after in {_percent(self.value)} of pairs "
            f"({level_text(self.confidence_level)} CI: {_percent(low)} to {_percent(high)}; "
            f"{p_text(self.pvalue)}{null})."
        )

    def to_dict(self) -> dict[str, Any]:
        """One flat row with stable keys; of a batch, a list per column."""
        return {
            "null_hypothesis": self.null_hypothesis,
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
            "cliffs_delta": plain(self.cliffs_delta),
            "n_after": plain(self.after.n),
            "n_before": plain(self.before.n),
        }

    def __str__(self) -> str:
        if self.shape:
            return Tabular.__str__(self)
        low, high = self.interval
        level = level_text(self.confidence_level)
        return (
            f"P(after > before) {self.value:.3f} [{low:.3f}, {high:.3f}] ({level} {self.method}, "
            f"{p_text(self.pvalue)}, n={self.after.n:,} and {self.before.n:,})"
        )

    def _display(self, *, detailed: bool) -> Table:
        unknown = np.isnan(self.value)
        numbers = {
            "P(after > before)": self.value,
            "low": np.where(unknown, np.nan, self.interval.low),
            "high": np.where(unknown, np.nan, self.interval.high),
        }
        if detailed:
            numbers |= {"std. error": self.std_error, "Cliff's delta": self.cliffs_delta}
        sizes = {"n after": self.after.n, "n before": self.before.n}
        columns = {name: np.ravel(number) for name, number in (numbers | sizes).items()}
        formats = dict.fromkeys(numbers, ".3f") | dict.fromkeys(sizes, ",") | {"p": ""}
        how = f"{level_text(self.confidence_level)} {self.method} interval"
        return Table.of(
            columns | {"p": p_cells(self.pvalue)},
            np.size(self.value),
            caption=f"Probability that an answer after is higher, ties shared, {how}",
            formats=formats,
        )


@overload
def ordinal_difference(
    after: Counts | Estimate,
    before: Counts | Estimate,
    *,
    method: OrdinalMethod = "brunner-munzel",
    null: float = EVEN,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> OrdinalDifference: ...
@overload
def ordinal_difference(
    after: Grouped[Counts] | Grouped[Estimate],
    before: Grouped[Counts] | Grouped[Estimate],
    *,
    method: OrdinalMethod = "brunner-munzel",
    null: float = EVEN,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> Grouped[OrdinalDifference]: ...
def ordinal_difference(
    after: Any,
    before: Any,
    *,
    method: OrdinalMethod = "brunner-munzel",
    null: float = EVEN,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> Any:
    """Probability that an answer after is higher than one before, ties counted half.

    It uses the order of the points of the scale alone, all of them: not the scores or the
    cut-points of a metric. At 0.5 answers are neither higher nor lower.

    Args:
        after: Counts of the later or treated group, or an Estimate made from them; or
            grouped ones.
        before: Answers on the same scale of the group that it is compared with.
        method: `"brunner-munzel"`, the default: interval and test of the probability
            itself, whatever the distributions, with weights and clusters. Where the
            answers of a group are all alike, or all beyond those of the other group, with
            the variance of Newcombe's method 5. `"logit"`: the same on the scale of
            logits, which holds better in small groups that are far apart.
            `"mann-whitney"`: the rank-sum test with
            corrected ties, whose null hypothesis is the *same distribution* in both
            groups; its interval is that test turned round, and only holds as far as they
            are alike.
        null: The probability of superiority to test.
        alternative: What holds if the null hypothesis does not: the probability is
            another one, is "less" or is "greater".
        confidence_level: Confidence level of the interval.

    Returns:
        The comparison, as a probability 0...1; of grouped answers, one for each group
        that either has. With one cluster on a side the interval is everything and the
        p-value 1.

    Raises:
        MismatchError: If answers are on different scales or grouped differently.
        OverlappingClustersError: If both groups have answers of the same clusters.
        TooFewResponsesError: If there is no response on a side, outside of a batch.
        ArgumentError: If an option is not one there is, the null is out of range, or
            Mann and Whitney's test is asked of weighted or clustered answers.

    References:
        Brunner, E. and Munzel, U. (2000). The nonparametric Behrens-Fisher problem:
        asymptotic theory and a small-sample approximation. Biometrical Journal 42, 17-25.

        Cliff, N. (1993). Dominance statistics: ordinal analyses to answer ordinal
        questions. Psychological Bulletin 114, 494-509.

        Lumley, T. and Scott, A. J. (2013). Two-sample rank tests under complex sampling.
        Biometrika 100, 831-842.

        Mann, H. B. and Whitney, D. R. (1947). On a test of whether one of two random
        variables is stochastically larger than the other. Annals of Mathematical
        Statistics 18, 50-60.

        Newcombe, R. G. (2006). Confidence intervals for an effect size measure based on
        the Mann-Whitney statistic. Part 2. Statistics in Medicine 25, 559-573.

    Examples:
        Pain of two groups of patients, as in Brunner and Munzel's paper:

        >>> from cxmetrics import ONE_TO_FIVE
        >>> one = Counts.of([1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 1, 1], ONE_TO_FIVE)
        >>> two = Counts.of([3, 3, 4, 3, 1, 2, 3, 1, 1, 5, 4], ONE_TO_FIVE)
        >>> print(ordinal_difference(two, one))
        P(after > before) 0.789 [0.595, 0.983] (95% brunner-munzel, p = 0.006, n=11 and 14)
    """
    check_option(method, "method", get_args(OrdinalMethod))
    check_alternative(alternative)
    confidence_level = check_confidence_level(confidence_level)
    null = check_between(null, "null", 0, 1)
    keys, one, two = _pair(after, before)
    _check_alike(one, two)
    if method == "mann-whitney":
        _check_rank_sum(one, two, null)
        found, hypothesis = mann_whitney(one, two), "answers after and before are distributed alike"
    else:
        relation = f"{RELATION[alternative]} {null:g}"
        found = brunner_munzel(one, two, on_logits=method == "logit")
        hypothesis = f"P(after > before), ties shared, {relation}"
    statistic, pvalue = found.comparison.test(null, alternative)
    result = OrdinalDifference(
        value=found.value,
        std_error=found.std_error,
        interval=found.comparison.interval(confidence_level, alternative),
        confidence_level=confidence_level,
        statistic=statistic,
        pvalue=pvalue,
        null=null,
        alternative=alternative,
        method=method,
        null_hypothesis=hypothesis,
        after=one,
        before=two,
    )
    return result if keys is None else Grouped(keys, result)


def _pair(after: Any, before: Any) -> tuple[dict[str, list[Any]] | None, Counts, Counts]:
    """Two summaries, or the keys and the aligned batches of two grouped ones."""
    match _answers(after), _answers(before):
        case Counts() as one, Counts() as two:
            for name, counts in (("after", one), ("before", two)):
                if not counts.shape and counts.n == 0:
                    fail(TooFewResponsesError, f"`{name}` must have at least one response, not 0.")
            return None, one, two
        case Grouped(batch=Counts()) as one, Grouped(batch=Counts()) as two:
            return one.aligned(two)
        case _:
            kinds = f"{type(after).__name__} and {type(before).__name__}"
            hint = "did you mean ordinal_difference(Counts.of(after, scale), ...)?"
            fail(MismatchError, f"Both must be counts, or both grouped counts, not {kinds}.", hint)


def _answers(x: Any) -> Any:
    """The counts behind estimates; anything else as it is."""
    if isinstance(x, Grouped):
        return x.map(_answers)
    return x.score.counts if isinstance(x, Estimate) else x


def _check_alike(after: Counts, before: Counts) -> None:
    """Only answers on one scale, of groups without common clusters, are compared."""
    if after.scale != before.scale:
        scales = f"on scale {after.scale} with answers on scale {before.scale}"
        fail(MismatchError, f"Can't compare answers {scales}.")
    if after.shape != before.shape:
        shapes = f"of shape {after.shape} with one of shape {before.shape}"
        fail(MismatchError, f"Can't compare a batch {shapes}.")
    message = "Can't compare answers of groups that share clusters."
    check_apart(after.design, before.design, message)


def _check_rank_sum(after: Counts, before: Counts, null: float) -> None:
    """The rank-sum test is of equal distributions of answers that are drawn one by one."""
    if null != EVEN:
        fail(ArgumentError, f"`null` must be 0.5 for method='mann-whitney', not {null:g}.")
    for side in (after, before):
        if not side.is_simple:
            message = f"`method` must not be 'mann-whitney' for {side.sample} answers."
            fail(ArgumentError, message, "did you mean method='brunner-munzel'?")


def _percent(probability: Any) -> str:
    return f"{100 * probability:.1f}%"
