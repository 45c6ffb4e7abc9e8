"""Average revenue: revenue per account."""

from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from cxmetrics._checks import fail
from cxmetrics._typing import Responses
from cxmetrics.errors import MismatchError, TooFewResponsesError
from cxmetrics.estimate import Estimate
from cxmetrics.intervals.ratio import Ratio
from cxmetrics.metrics.accounts import RESAMPLES, Draws
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.moments import Moments, read_columns

if TYPE_CHECKING:
    import numpy as np

AverageMethod: TypeAlias = Literal["t", "bootstrap", "bca"]


@overload
def average_revenue(
    amounts: Responses | Moments,
    *,
    unit: str = "",
    label: str = "Average revenue",
    confidence_level: float = 0.95,
    method: AverageMethod = "t",
    rng: "np.random.Generator | int | None" = None,
    resamples: int = RESAMPLES,
) -> Estimate: ...
@overload
def average_revenue(
    amounts: Grouped[Moments],
    *,
    unit: str = "",
    label: str = "Average revenue",
    confidence_level: float = 0.95,
    method: AverageMethod = "t",
    rng: "np.random.Generator | int | None" = None,
    resamples: int = RESAMPLES,
) -> Grouped[Estimate]: ...
def average_revenue(
    amounts: Any,
    *,
    unit: str = "",
    label: str = "Average revenue",
    confidence_level: float = 0.95,
    method: AverageMethod = "t",
    rng: "np.random.Generator | int | None" = None,
    resamples: int = RESAMPLES,
) -> Any:
    """Average revenue: revenue per account.

    Args:
        amounts: Revenue of each account, in any 1-D array-like; or Moments of one amount,
            alone or grouped.
        unit: Unit of the amounts, such as "EUR".
        label: Name of the metric.
        confidence_level: Confidence level of the interval.
        method: Interval method: `"t"`, the default, Student's; `"bootstrap"` or `"bca"`. All
            of them are too short where few accounts are much larger than the others.
        rng: Generator, or a seed for one, of the draws; it must be given for `"bootstrap"`
            and `"bca"`, which also need the amounts of every account.
        resamples: How often accounts are drawn.

    Returns:
        The average in the unit of the amounts; with weights, the weighted one.

    Raises:
        ArgumentError: If an amount is missing or no number, `rng` is not given where it must
            be, or an option is not one there is.
        MismatchError: If the moments are of several amounts.
        TooFewResponsesError: If there is no account.

    Examples:
        >>> print(average_revenue([100, 200, 150, 80, 120, 300, 90, 60], unit="EUR"))
        Average revenue 137.5 EUR [71.4, 203.6] (95% t, n=8)
    """
    options: dict[str, Any] = {
        "metric": label,
        "unit": unit,
        "confidence_level": confidence_level,
        "method": method,
    }
    if isinstance(amounts, Grouped):
        return amounts.map(lambda moments: Estimate.of(_mean(moments), **options))
    if isinstance(amounts, Moments):
        return Estimate.of(_mean(amounts), **options)
    [each] = read_columns({"amounts": amounts})
    if not len(each):
        fail(TooFewResponsesError, "`amounts` must have at least one account, not 0.")
    basis = _mean(Moments.of({"amounts": each}))
    return Estimate.of(Draws(rng, resamples).of(basis, each[:, None], method), **options)


def _mean(moments: Moments) -> Ratio:
    """The only amount per account."""
    if len(moments.names) > 1:
        came = ", ".join(moments.names)
        fail(MismatchError, f"`amounts` must be moments of one amount, not of {came}.")
    return Ratio(moments=moments, numerator=(0, 1), denominator=(1, 0))
