"""What customers bring against what it cost to win them: payback, and value per cost."""

from typing import Any, overload

from cxmetrics._checks import check_number, fail
from cxmetrics.errors import ArgumentError, MismatchError
from cxmetrics.estimate import Estimate, in_unit
from cxmetrics.intervals.basis import Basis
from cxmetrics.intervals.constant_retention import ConstantPayback
from cxmetrics.intervals.discounted import TablePayback
from cxmetrics.intervals.fitted_payback import FittedPayback
from cxmetrics.intervals.mapped import Affine
from cxmetrics.intervals.payments import Payments
from cxmetrics.intervals.quotient import Quotient
from cxmetrics.metrics.lifetime_value import (
    ValueMethod,
    check_retention,
    fail_at,
    seen_periods,
)
from cxmetrics.metrics.projection import Projection
from cxmetrics.metrics.retention_model import RetentionModel
from cxmetrics.metrics.terms import (
    FirstPayment,
    checked_discount,
    checked_first,
    checked_margin,
)
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.life_table import LifeTable

NO_AMOUNTS = {"%", "points", "scale points"}
"""Units of what is no amount of money."""

ROUNDING = 1e-9
"""Part of a cost that may be missing when it is covered, for the sake of rounding."""


@overload
def payback_period(
    retention: RetentionModel,
    *,
    margin: float,
    cost: float,
    discount: float = 0.0,
    first_payment: FirstPayment = "start",
    label: str = "Payback",
    confidence_level: float = 0.95,
    method: ValueMethod | None = None,
) -> Projection: ...
@overload
def payback_period(
    retention: Estimate | LifeTable,
    *,
    margin: float,
    cost: float,
    discount: float = 0.0,
    first_payment: FirstPayment = "start",
    label: str = "Payback",
    confidence_level: float = 0.95,
    method: ValueMethod | None = None,
) -> Estimate: ...
@overload
def payback_period(
    retention: Grouped[Estimate] | Grouped[LifeTable] | Grouped[RetentionModel],
    *,
    margin: float,
    cost: float,
    discount: float = 0.0,
    first_payment: FirstPayment = "start",
    label: str = "Payback",
    confidence_level: float = 0.95,
    method: ValueMethod | None = None,
) -> Grouped[Estimate]: ...
def payback_period(
    retention: Any,
    *,
    margin: float,
    cost: float,
    discount: float = 0.0,
    first_payment: FirstPayment = "start",
    label: str = "Payback",
    confidence_level: float = 0.95,
    method: ValueMethod | None = None,
) -> Any:
    """The first period in which what a new customer has paid covers the cost of winning one.

    Args:
        retention: How customers stay, alone or grouped: a retention rate, the same in every
            period; a LifeTable, as they were seen to stay; or a fitted RetentionModel.
        margin: What a customer brings per period.
        cost: What it costs to win a customer.
        discount: Discount per period, above -1; for a model not below 0.
        first_payment: `"start"`: each period is paid when it begins; `"end"`: when it ends,
            by those who have stayed.
        label: Name of the metric.
        confidence_level: Confidence level of the interval.
        method: Interval method, as for `lifetime_value`.

    Returns:
        The number of the period. It is infinite if customers leave too soon to ever cover
        the cost; of a life table, if those who were seen have not. The interval tells
        whether they may. There is no standard error. Of a model it is a `Projection`.

    Raises:
        ArgumentError: If the margin or the cost is not above 0, or the discount not above -1.
        MismatchError: If `retention` is no retention.
        TooFewResponsesError: If there is no customer.

    Examples:
        >>> from cxmetrics import retention_rate
        >>> print(payback_period(retention_rate(900, 1000), margin=10, cost=45))
        Payback 6 periods [6, 7] (95% score, n=1,000)
        >>> cohort = LifeTable.from_survivors([1000, 869, 743, 653, 593, 551, 517, 491])
        >>> print(payback_period(cohort, margin=10, cost=45, discount=0.1))
        Payback inf periods [9, inf] (95% log-log, n=1,000)
        >>> from cxmetrics import fit_retention
        >>> print(payback_period(fit_retention(cohort), margin=10, cost=45, discount=0.1))
        Payback 10 periods [9, 11] (95% profile, n=1,000, beyond the data)
    """
    payments = Payments(
        checked_margin(margin),
        checked_discount(discount, is_endless=False),
        checked_first(first_payment),
    )
    covered = _checked_cost(cost) * (1 - ROUNDING)

    def payback(one: Any) -> Estimate:
        basis, own = _payback_basis(one, payments, covered)
        kind = Projection if isinstance(one, RetentionModel) else Estimate
        return kind.of(
            basis,
            metric=label,
            unit="periods",
            confidence_level=confidence_level,
            method=method or own,
        )

    return retention.map(payback) if isinstance(retention, Grouped) else payback(retention)


def _payback_basis(retention: Any, payments: Payments, cost: float) -> tuple[Basis, str]:
    """What the payback is made from, and the default method."""
    match retention:
        case Estimate():
            check_retention(retention)
            basis = ConstantPayback(basis=retention.basis, payments=payments, cost=cost)
            return basis, retention.method
        case LifeTable():
            first = payments.first
            amounts = payments.amounts(seen_periods(retention, max) + 1 - first)
            at_once, later = amounts[: 1 - first], amounts[1 - first :]
            rest = cost - float(at_once.sum())
            seen = TablePayback(table=retention, amounts=later, first=first, cost=rest)
            return seen, "log-log"
        case RetentionModel():
            checked_discount(payments.discount, is_endless=True)
            table, law = retention.table, retention.law
            return FittedPayback(table=table, law=law, payments=payments, cost=cost), "profile"
        case _:
            fail_at(retention)


@overload
def ltv_to_cac(
    value: Projection,
    cost: float | Estimate,
    *,
    label: str = "LTV:CAC",
    confidence_level: float = 0.95,
) -> Projection: ...
@overload
def ltv_to_cac(
    value: Estimate,
    cost: float | Estimate,
    *,
    label: str = "LTV:CAC",
    confidence_level: float = 0.95,
) -> Estimate: ...
@overload
def ltv_to_cac(
    value: Grouped[Estimate],
    cost: float | Grouped[Estimate],
    *,
    label: str = "LTV:CAC",
    confidence_level: float = 0.95,
) -> Grouped[Estimate]: ...
def ltv_to_cac(
    value: Any, cost: Any, *, label: str = "LTV:CAC", confidence_level: float = 0.95
) -> Any:
    """Lifetime value of a customer per cost of winning one.

    Args:
        value: The lifetime value, alone or grouped.
        cost: The cost of winning a customer: a number; or an Estimate of it that is
            independent of the value, grouped as the value is.
        label: Name of the metric.
        confidence_level: Confidence level of the interval.

    Returns:
        The ratio. Its interval is that of the value, divided by the cost; with an estimated
        cost it comes from the limits of both.

    Raises:
        ArgumentError: If the cost is not above 0.
        MismatchError: If `value` is no value, value and cost have different units, or one of
            them is grouped and the other one otherwise.

    References:
        Zou, G. Y. and Donner, A. (2008). Construction of confidence limits about effect
        measures. Statistics in Medicine 27, 1693-1702; here for the difference of two
        logarithms.

    Examples:
        >>> from cxmetrics import lifetime_value, retention_rate
        >>> value = lifetime_value(retention_rate(900, 1000), margin=10, discount=0.01)
        >>> print(ltv_to_cac(value, 30))
        LTV:CAC 3.061 [2.587, 3.624] (95% score, n=1,000)
    """
    match value, cost:
        case Grouped(), Grouped():
            keys, values, costs = value.aligned(cost)
            return Grouped(keys, _per_cost(values, costs, label, confidence_level))
        case (Grouped(), Estimate()) | (_, Grouped()):
            message = "`cost` must be a number, or be grouped as `value` is"
            fail(MismatchError, f"{message}, not {type(cost).__name__}.")
        case Grouped(), _:
            return value.map(lambda batch: _per_cost(batch, cost, label, confidence_level))
        case _:
            return _per_cost(value, cost, label, confidence_level)


def _per_cost(value: Any, cost: Any, label: str, confidence_level: float) -> Estimate:
    """The ratio of an estimate, or of a batch."""
    how: dict[str, Any] = {"metric": label, "unit": "", "confidence_level": confidence_level}
    if not isinstance(value, Estimate):
        hint = "did you mean lifetime_value(retention, margin=..., discount=...)?"
        fail(MismatchError, f"`value` must be an estimate of a value, not {value!r:.40}.", hint)
    for name, one in {"value": value, "cost": cost}.items():
        if isinstance(one, Estimate) and one.unit in NO_AMOUNTS:
            what = f"{one.metric}{in_unit(one.unit)}"
            fail(MismatchError, f"`{name}` must be an estimate of an amount, not {what}.")
    if isinstance(cost, Estimate):
        _check_units(value, cost)
        quotient = Quotient(over=value.basis, under=cost.basis, by=(value.method, cost.method))
        return type(value).of(quotient, method="mover", **how)
    scaled = Affine(basis=value.basis, scale=1 / _checked_cost(cost))
    return type(value).of(scaled, method=value.method, **how)


def _check_units(value: Estimate, cost: Estimate) -> None:
    """A value in one currency is not divided by a cost in another one, nor by nothing."""
    if value.unit and cost.unit and value.unit != cost.unit:
        message = f"`cost` must be in {value.unit} as `value` is, not in {cost.unit}."
        fail(MismatchError, message)
    if not cost.shape and not cost.value > 0:
        fail(ArgumentError, f"`cost` must be above 0, not {cost.value:g}.")


def _checked_cost(cost: Any) -> float:
    """A cost is above 0."""
    number = check_number(cost, "cost")
    if number <= 0:
        fail(ArgumentError, f"`cost` must be above 0, not {number:g}.")
    return number
