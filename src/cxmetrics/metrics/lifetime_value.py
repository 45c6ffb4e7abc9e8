"""Lifetime value of customers with a contract: what they pay until they leave."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, NoReturn, TypeAlias, overload

import numpy as np

from cxmetrics._checks import fail
from cxmetrics._typing import FloatArray, IntervalMethod
from cxmetrics.errors import ArgumentError, MismatchError, TooFewResponsesError
from cxmetrics.estimate import Estimate, in_unit
from cxmetrics.intervals.basis import Basis
from cxmetrics.intervals.constant_retention import ConstantValue
from cxmetrics.intervals.discounted import DiscountedValue
from cxmetrics.intervals.fitted import ModelledValue
from cxmetrics.intervals.linear_score import LinearScore
from cxmetrics.intervals.mapped import Affine
from cxmetrics.intervals.payments import Payments
from cxmetrics.intervals.retention import RetentionAt, product_limit
from cxmetrics.metrics.projection import Projection
from cxmetrics.metrics.retention import RetentionMethod
from cxmetrics.metrics.retention_model import RetentionModel, check_tenures
from cxmetrics.metrics.terms import (
    FirstPayment,
    checked_discount,
    checked_first,
    checked_horizon,
    checked_margin,
    checked_margins,
)
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.life_table import LifeTable

ValueMethod: TypeAlias = IntervalMethod | RetentionMethod | Literal["profile"]


@overload
def lifetime_value(
    retention: RetentionModel,
    *,
    margin: float,
    discount: float,
    horizon: int | None = None,
    first_payment: FirstPayment = "start",
    unit: str = "",
    label: str = "",
    confidence_level: float = 0.95,
    method: ValueMethod | None = None,
) -> Projection: ...
@overload
def lifetime_value(
    retention: Estimate | LifeTable,
    *,
    margin: float | Sequence[float] | FloatArray,
    discount: float,
    horizon: int | None = None,
    first_payment: FirstPayment = "start",
    unit: str = "",
    label: str = "",
    confidence_level: float = 0.95,
    method: ValueMethod | None = None,
) -> Estimate: ...
@overload
def lifetime_value(
    retention: Grouped[Estimate] | Grouped[LifeTable] | Grouped[RetentionModel],
    *,
    margin: float | Sequence[float] | FloatArray,
    discount: float,
    horizon: int | None = None,
    first_payment: FirstPayment = "start",
    unit: str = "",
    label: str = "",
    confidence_level: float = 0.95,
    method: ValueMethod | None = None,
) -> Grouped[Estimate]: ...
def lifetime_value(
    retention: Any,
    *,
    margin: Any,
    discount: float,
    horizon: int | None = None,
    first_payment: FirstPayment = "start",
    unit: str = "",
    label: str = "",
    confidence_level: float = 0.95,
    method: ValueMethod | None = None,
) -> Any:
    """Value of what a new customer pays until leaving, discounted to the start.

    Args:
        retention: How customers stay, alone or grouped. A retention rate: the same share
            stays in every period. A LifeTable: as customers were seen to stay, and no
            further. A fitted RetentionModel: as its law says, beyond the data too.
        margin: What a customer brings per period; of a life table also a sequence, one
            number per payment.
        discount: Discount per period, above -1: 0.01 for 1% per month, say.
        horizon: How many payments count. All to come, unless given; of a life table, all
            that were seen (of grouped ones, as many as were seen in every group).
        first_payment: `"start"`: each period is paid when it begins, the first one by all
            customers; `"end"`: when it ends, by those who have stayed.
        unit: Unit of the margin, such as "€".
        label: Name of the metric; by default "Lifetime value", with the number of payments
            if there is a horizon.
        confidence_level: Confidence level of the interval.
        method: Interval method: of a rate, those of its kind, by default its own; of a life
            table `"log-log"`, `"score"` or `"normal"`, as for `mean_tenure`; of a model
            `"profile"`.

    Returns:
        The value of a customer, in the unit of the margin. It is infinite where all stay,
        nothing is discounted and there is no horizon. Of a model it is a `Projection`, which
        tells how much of the value lies beyond the data. Of grouped tables it is NaN where
        nobody was seen for as long as the horizon.

    Raises:
        ArgumentError: If the margin is not above 0, the discount not above -1, the horizon
            not a whole number that leaves something uncertain, or the horizon is longer
            than anybody in a life table was seen.
        MismatchError: If `retention` is no retention.
        TooFewResponsesError: If there is no customer.

    References:
        Gupta, S. and Lehmann, D. R. (2003). Customers as assets. Journal of Interactive
        Marketing 17, 9-24.

        Fader, P. S. and Hardie, B. G. S. (2007). How to project customer retention. Journal
        of Interactive Marketing 21, 76-90.

    Examples:
        >>> from cxmetrics import fit_retention, retention_rate
        >>> print(lifetime_value(retention_rate(900, 1000), margin=10, discount=0.01, unit="€"))
        Lifetime value 91.82 € [77.60, 108.71] (95% score, n=1,000)

        Where retention is not constant, and without going beyond the data:

        >>> cohort = LifeTable.from_survivors([1000, 869, 743, 653, 593, 551, 517, 491])
        >>> print(lifetime_value(cohort, margin=10, discount=0.1, unit="€"))
        Lifetime value (8 payments) 41.86 € [40.64, 43.01] (95% log-log, n=1,000)

        With what a model expects after that:

        >>> model = fit_retention(cohort)
        >>> print(lifetime_value(model, margin=10, discount=0.1, unit="€"))
        Lifetime value 59.22 € [56.39, 62.11] (95% profile, n=1,000, 29.0% beyond the data)
    """
    first = checked_first(first_payment)

    def value(one: Any) -> Estimate:
        basis, number, own = _basis(one, margin, discount, first, horizon)
        kind = Projection if isinstance(one, RetentionModel) else Estimate
        payments = f" ({number} payments)" if number else ""
        return kind.of(
            basis,
            metric=label or f"Lifetime value{payments}",
            unit=unit,
            confidence_level=confidence_level,
            method=method or own,
        )

    return retention.map(value) if isinstance(retention, Grouped) else value(retention)


def _basis(
    retention: Any, margin: Any, discount: Any, first: int, horizon: Any
) -> tuple[Basis, int | None, str]:
    """What the value is made from, the number of payments, and the default method."""
    if isinstance(retention, LifeTable):
        return (*_seen_value(retention, margin, discount, first, horizon), "log-log")
    number = checked_horizon(horizon, first)
    discount = checked_discount(discount, is_endless=False)
    match retention:
        case Estimate():
            check_retention(retention)
            payments = Payments(checked_margin(margin), discount, first, number)
            constant = ConstantValue(basis=retention.basis, payments=payments)
            return constant, number, retention.method
        case RetentionModel():
            checked_discount(discount, is_endless=number is None)
            payments = Payments(checked_margin(margin), discount, first, number)
            table, law = retention.table, retention.law
            return ModelledValue(table=table, law=law, payments=payments), number, "profile"
        case _:
            fail_at(retention)


def _seen_value(
    table: LifeTable, margin: Any, discount: Any, first: int, horizon: Any
) -> tuple[Basis, int]:
    """The value of so many payments of the customers who were seen, and their number."""
    seen = seen_periods(table, min)
    default = len(margin) if np.ndim(margin) else seen + 1 - first
    number = checked_horizon(horizon, first) or default
    at_once, amounts = discounted(margin, discount, first, number)
    basis = DiscountedValue(table=table, amounts=amounts)
    if not table.shape and np.isnan(basis.value):
        most = f"`horizon` must be at most {seen + 1 - first} payments, not {number}"
        hint = "did you mean fit_retention(table), a model of what comes later?"
        fail(ArgumentError, f"{most}: nobody was seen for longer than {seen} periods.", hint)
    return (basis if first else Affine(basis=basis, shift=at_once)), number


def discounted(margin: Any, discount: Any, first: int, number: int) -> tuple[float, FloatArray]:
    """What is paid at the start, and after 1, 2, ... periods, each discounted."""
    growth = 1 + checked_discount(discount, is_endless=False)
    amounts = checked_margins(margin, number) / growth ** np.arange(first, first + number)
    later = amounts[1 - first :]
    if not later.any():
        fail(ArgumentError, "`margin` must not be 0 in all periods after the first payment.")
    return (0.0 if first else float(amounts[0])), later


def seen_periods(table: LifeTable, of: Callable[..., int]) -> int:
    """How many whole periods customers were seen for; the least, or the most, of a batch."""
    check_tenures(table)
    known = np.append(0, table.tenures) * product_limit(table).known
    longest = np.floor(known.max(axis=-1)).astype(np.int64)[np.asarray(table.n) > 0]
    periods = of(longest.tolist(), default=0)
    if table.shape:
        return max(1, periods)
    if not periods:
        message = "`table` must have customers who were seen for at least one period, not 0."
        fail(TooFewResponsesError, message)
    return periods


def check_retention(estimate: Estimate) -> None:
    """The estimate must be of the customers who stay; those who leave are in percent too."""
    basis = estimate.basis
    is_kept = isinstance(basis, RetentionAt)
    if isinstance(basis, LinearScore):
        counted = dict(zip(basis.groups, basis.scores.tolist(), strict=False))
        is_kept = counted.get(("kept", 1)) == 100.0  # noqa: PLR2004
    if not is_kept:
        message = "`retention` must be the share of customers who stay"
        hint = "did you mean retention_rate(kept, at_risk)?"
        fail(MismatchError, f"{message}, not {estimate.metric}{in_unit(estimate.unit)}.", hint)


def fail_at(retention: Any) -> NoReturn:
    """What is given must know how uncertain it is."""
    must = "`retention` must be an estimate, a life table or a fitted model"
    hint = "did you mean retention_rate(kept, at_risk)?"
    fail(MismatchError, f"{must}, not {retention!r:.40}.", hint)
