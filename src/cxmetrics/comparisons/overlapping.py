"""The difference between two groups or periods that share some customers."""

from typing import Any, overload

import numpy as np

from cxmetrics._checks import check_alternative, check_confidence_level, fail
from cxmetrics._typing import Alternative, FloatArray
from cxmetrics.comparisons.difference import Difference, check_alike, paired_up
from cxmetrics.errors import MismatchError
from cxmetrics.estimate import Estimate
from cxmetrics.intervals.paired_methods import overlap_correlation, overlapping_method
from cxmetrics.summaries.counts import Counts
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.pairs import PairCounts


@overload
def overlapping_difference(
    after: Estimate,
    before: Estimate,
    both: PairCounts,
    *,
    null: float = 0.0,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> Difference: ...
@overload
def overlapping_difference(
    after: Grouped[Estimate],
    before: Grouped[Estimate],
    both: Grouped[PairCounts],
    *,
    null: float = 0.0,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> Grouped[Difference]: ...
def overlapping_difference(
    after: Any,
    before: Any,
    both: Any,
    *,
    null: float = 0.0,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> Any:
    """Difference `after` - `before` of a metric where some customers answered both times.

    The interval is that of `difference` by `"mover"`, shorter or longer by the factor of what
    the customers in both do to the standard error. The p-value is the level at which the
    interval meets the null.

    Args:
        after: Estimate, or grouped Estimates, from all answers of the later period.
        before: The same metric from all answers of the earlier one.
        both: The pairs of answers of the customers who are in both; they are among the
            answers of either period too. With no pair the periods are independent; of
            customers who are all in both, `paired_difference` knows more.
        null: The difference to test, in the unit of the result.
        alternative: What holds if the null hypothesis does not: the difference is
            another one, is "less" or is "greater".
        confidence_level: Confidence level of the interval.

    Returns:
        The difference, of percentages in percentage points, else in the unit of the
        estimates. Of grouped estimates, one for each group that either has; a group that
        `both` lacks has no customer in both.

    Raises:
        MismatchError: If the estimates are of different metrics, scales or cut-points, or
            the pairs on another scale or of other groups; if there are more pairs than
            answers at a point; or if the answers have weights, clusters or a population.
        TooFewResponsesError: If an estimate has no response, outside of a batch.
        ArgumentError: If an option is not one there is, or the null is out of range.

    References:
        Zou, G. Y. and Donner, A. (2008). Construction of confidence limits about effect
        measures. Statistics in Medicine 27, 1693-1702.

        Derrick, B., Toher, D. and White, P. (2017). How to compare the means of two
        samples that include paired observations and independent observations. The
        Quantitative Methods for Psychology 13, 120-126.

    Examples:
        >>> from cxmetrics import ZERO_TO_TEN, Counts, nps
        >>> may = Counts.from_mapping(ZERO_TO_TEN, {10: 90, 8: 80, 3: 50})
        >>> june = Counts.from_mapping(ZERO_TO_TEN, {10: 100, 8: 80, 3: 40})
        >>> both = PairCounts.of(
        ...     after=[10] * 60 + [8] * 40 + [3] * 20,
        ...     before=[10] * 50 + [8] * 40 + [3] * 30,
        ...     scale=ZERO_TO_TEN,
        ... )
        >>> print(overlapping_difference(nps(june), nps(may), both))
        NPS +9.1 points [-1.1, 19.2] (95% mover, p = 0.081, n=220 and 220)
    """
    check_alternative(alternative)
    confidence_level = check_confidence_level(confidence_level)
    keys, one, two = paired_up(after, before)
    check_alike(one, two)
    estimates = one if keys is None else Grouped(keys, one)
    pairs = _pairs_of(estimates, both)
    for name, side, counts in (("after", one, pairs.after), ("before", two, pairs.before)):
        _check_among(counts, side.score.counts, name, estimates)
    correlation = overlap_correlation(one.score, two.score, pairs)
    result = Difference.of(
        one,
        two,
        overlapping_method(one.score, two.score, correlation, pairs.n),
        std_error=_std_error(one, two, correlation),
        method="mover",
        null=null,
        alternative=alternative,
        confidence_level=confidence_level,
    )
    return result if keys is None else Grouped(keys, result)


def _std_error(after: Estimate, before: Estimate, correlation: FloatArray) -> FloatArray:
    """Standard error of a difference of two estimates with this correlation."""
    one, two = np.asarray(after.std_error), np.asarray(before.std_error)
    return np.asarray(np.sqrt((one - two) ** 2 + 2 * (1 - correlation) * one * two))


def _pairs_of(estimates: Estimate | Grouped[Estimate], both: Any) -> PairCounts:
    """The pairs, row by row those of the estimates."""
    match estimates, both:
        case Grouped(), Grouped(batch=PairCounts()):
            aligned: Any = estimates.aligned(both)
            strange = [key for key in both if key not in estimates]
            if strange:
                message = f"`both` must have groups of the estimates only, not {strange[0]!r}."
                fail(MismatchError, message)
            return aligned[2]  # type: ignore[no-any-return]
        case Estimate(), PairCounts():
            if both.shape != estimates.shape:
                came = f"{both.shape} for {estimates.shape}"
                fail(MismatchError, f"`both` must have the shape of the estimates, not {came}.")
            return both
        case _:
            kind = "grouped PairCounts" if isinstance(estimates, Grouped) else "PairCounts"
            fail(MismatchError, f"`both` must be {kind}, not {type(both).__name__}.")


def _check_among(
    shared: Counts, answers: Counts, name: str, estimates: Estimate | Grouped[Estimate]
) -> None:
    """The answers of those who are in both must be among the answers of either period."""
    if not answers.is_simple:
        message = f"`{name}` must have answers without a design, not {answers.sample} ones."
        fail(MismatchError, message)
    if shared.scale != answers.scale:
        fail(MismatchError, f"`both` must be on scale {answers.scale}, not {shared.scale}.")
    over = np.argwhere(shared.counts > answers.counts)
    if len(over):
        place = tuple(over[0].tolist())
        where = ""
        if shared.shape:
            keys = list(estimates) if isinstance(estimates, Grouped) else range(len(shared.counts))
            where = f" in {keys[place[0]]!r}"
        point = answers.scale.points[place[-1]]
        came = f"{shared.counts[place]:,} for {answers.counts[place]:,}{where}"
        fail(MismatchError, f"`both` must not have more answers {point} than `{name}`, not {came}.")
