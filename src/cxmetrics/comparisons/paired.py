"""The difference between two answers of the same customers."""

from collections.abc import Callable
from typing import Any, get_args, overload

from cxmetrics._checks import (
    check_alternative,
    check_confidence_level,
    check_number,
    check_option,
    fail,
)
from cxmetrics._typing import Alternative, PairedMethod, Responses
from cxmetrics.comparisons.difference import Difference
from cxmetrics.errors import ArgumentError, MismatchError, TooFewResponsesError
from cxmetrics.estimate import Estimate
from cxmetrics.intervals.paired_methods import changes_of, paired_method
from cxmetrics.metrics.nps import nps
from cxmetrics.scale import Scale
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.pairs import PairCounts
from cxmetrics.summaries.summary import Summary


@overload
def paired_difference(
    after: Grouped[PairCounts],
    before: None = None,
    *,
    metric: Callable[..., Any] = nps,
    method: PairedMethod | None = None,
    null: float = 0.0,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> Grouped[Difference]: ...
@overload
def paired_difference(
    after: PairCounts | Responses,
    before: Responses | None = None,
    *,
    metric: Callable[..., Any] = nps,
    scale: Scale | None = None,
    missing: Any = (),
    method: PairedMethod | None = None,
    null: float = 0.0,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> Difference: ...
def paired_difference(
    after: Any,
    before: Any = None,
    *,
    metric: Callable[..., Any] = nps,
    scale: Scale | None = None,
    missing: Any = (),
    method: PairedMethod | None = None,
    null: float = 0.0,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> Any:
    """Difference `after` - `before` of a metric among the same customers.

    Interval and p-value come from one statistic of the changes within customers. What is
    alike in both answers of a customer drops out, so that the interval is shorter than
    that of `difference` wherever both answers tend to go together.

    Args:
        after: The later answer of each customer; or the PairCounts of both answers, or
            grouped PairCounts.
        before: The earlier answers of the same customers in the same order; not with
            PairCounts.
        metric: The metric, any function that makes an Estimate from Counts; its options
            come with `functools.partial`, as in `partial(top_box, top=1)`.
        scale: The scale of raw answers, unless the metric has one.
        missing: Values of raw answers that mean "no answer".
        method: `"score"`, the default: every change that is possible on the scale counts
            as possible, which keeps the error rate in small samples; `"adjusted"`, Wald's
            after one more change of the smallest step up and one down, which is shorter in
            small samples; `"t"`, the paired t; or `"sign-flip"`, the exact test of the
            hypothesis that *each change is as likely in either direction*.
        null: The difference to test, in the unit of the result; 0 for `"sign-flip"`.
        alternative: What holds if the null hypothesis does not: the difference is
            another one, is "less" or is "greater".
        confidence_level: Confidence level of the interval.

    Returns:
        The difference, of percentages in percentage points, else in the unit of the
        metric. A customer of whom one answer is missing is left out. The interval of
        `"sign-flip"` is the difference plus and minus the critical value of the test of 0,
        so it is too long for large differences, and the full range where the customers
        are too few to reject anything.

    Raises:
        ScaleError: If an answer is neither on the scale nor missing.
        MismatchError: If there are not as many answers before as after, or the pairs are
            on another scale than the metric.
        TooFewResponsesError: If no customer has both answers, outside of a batch.
        ArgumentError: If an option is not one there is, or the null is out of range.

    References:
        McNemar, Q. (1947). Note on the sampling error of the difference between
        correlated proportions or percentages. Psychometrika 12, 153-157.

        Tango, T. (1998). Equivalence test and confidence interval for the difference in
        proportions for the paired-sample design. Statistics in Medicine 17, 891-908;
        here for any linear score.

        Bonett, D. G. and Price, R. M. (2012). Adjusted Wald confidence interval for a
        difference of binomial proportions based on paired data. Journal of Educational
        and Behavioral Statistics 37, 479-488.

        Fisher, R. A. (1935). The Design of Experiments. Oliver & Boyd.

    Examples:
        >>> before = [6, 9, 8, 3, 10, 7, 5, 9, 8, 2, 7, 6]
        >>> after = [8, 9, 9, 6, 10, 9, 7, 10, 9, 2, 9, 7]
        >>> print(paired_difference(after, before))
        NPS +58.3 points [-4.3, 92.7] (95% score, p = 0.061, n=12 and 12)
        >>> print(paired_difference(after, before, method="adjusted"))
        NPS +58.3 points [17.2, 82.8] (95% adjusted, p = 0.003, n=12 and 12)

        The share of those who answered 9 or 10 alone:

        >>> from functools import partial
        >>> from cxmetrics import ZERO_TO_TEN, top_box
        >>> pairs = PairCounts.of(after=after, before=before, scale=ZERO_TO_TEN)
        >>> print(paired_difference(pairs, metric=partial(top_box, top=2)))
        Top-2 box +33.3 percentage points [1.0, 60.9] (95% score, p = 0.046, n=12 and 12)
    """
    method = method or "score"
    check_option(method, "method", get_args(PairedMethod))
    check_alternative(alternative)
    confidence_level = check_confidence_level(confidence_level)
    if method == "sign-flip" and check_number(null, "null") != 0:
        fail(ArgumentError, f"`null` must be 0 for method='sign-flip', not {null!r}.")

    def compare(pairs: PairCounts) -> Difference:
        one, two = _margins(pairs, metric)
        changes = changes_of(pairs, one.score.scores)
        return Difference.of(
            one,
            two,
            paired_method(changes, method),
            std_error=changes.std_error,
            method=method,
            null=null,
            alternative=alternative,
            confidence_level=confidence_level,
        )

    pairs = _pairs(after, before, metric, scale, missing)
    return pairs.map(compare) if isinstance(pairs, Grouped) else compare(pairs)


def _pairs(
    after: Any, before: Any, metric: Callable[..., Any], scale: Scale | None, missing: Any
) -> PairCounts | Grouped[PairCounts]:
    """Pairs as they are, raw answers counted on the scale of the metric."""
    options = {} if isinstance(missing, tuple) and not missing else {"missing": missing}
    match after:
        case PairCounts() | Grouped(batch=PairCounts()):
            if before is not None or scale is not None or options:
                message = "`before`, `scale` and `missing` must be given where pairs are counted"
                fail(ArgumentError, f"{message}, not with PairCounts.")
            pairs = after
        case Grouped() | Summary() | Estimate():
            came = f"{type(after).__name__}, which does not know who answered what"
            hint = "did you mean PairCounts.of(after=..., before=..., scale=...)?"
            fail(MismatchError, f"`after` must be answers or PairCounts, not {came}.", hint)
        case _:
            if before is None:
                hint = "did you mean paired_difference(after, before)?"
                fail(ArgumentError, "`before` must be given for raw answers.", hint)
            if scale is None:
                scale = metric(after, **options).score.counts.scale
            pairs = PairCounts.of(after=after, before=before, scale=scale, missing=missing)
    if isinstance(pairs, PairCounts) and not pairs.shape and pairs.n == 0:
        incomplete = f" ({pairs.n_missing:,} incomplete)" if pairs.n_missing else ""
        message = "There must be at least one customer with both answers, not 0"
        fail(TooFewResponsesError, f"{message}{incomplete}.")
    return pairs


def _margins(pairs: PairCounts, metric: Callable[..., Any]) -> tuple[Estimate, Estimate]:
    """The metric after and before."""
    after, before = metric(pairs.after), metric(pairs.before)
    if not isinstance(after, Estimate):
        came = type(after).__name__
        fail(ArgumentError, f"`metric` must make an Estimate from Counts, not {came}.")
    return after, before
