"""The terms of a contract, checked: what a customer brings in a period, and what is discounted."""

from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from cxmetrics._checks import check_number, check_option, check_positive, fail
from cxmetrics._typing import FloatArray
from cxmetrics.errors import ArgumentError

FirstPayment: TypeAlias = Literal["start", "end"]

LEAST_DISCOUNT = 1e-6
"""A discount below it makes the sums of a model too long."""


def checked_margins(margin: Any, number: int) -> FloatArray:
    """One margin per payment."""
    if np.ndim(margin) == 0:
        return np.full(number, checked_margin(margin))
    margins = np.array([check_number(each, "margin") for each in margin])
    if (margins < 0).any():
        fail(ArgumentError, f"Each `margin` must be at least 0, not {margins.min():g}.")
    if len(margins) != number:
        message = f"`margin` must have one number per payment, {number}, not {len(margins)}."
        fail(ArgumentError, message)
    return margins


def checked_margin(margin: Any) -> float:
    """A margin that is the same in all periods."""
    number = check_number(margin, "margin")
    if number <= 0:
        fail(ArgumentError, f"`margin` must be above 0, not {number:g}.")
    return number


def checked_first(first_payment: Any) -> int:
    """The tenure of the first payment."""
    check_option(first_payment, "first_payment", get_args(FirstPayment))
    return 0 if first_payment == "start" else 1


def checked_horizon(horizon: Any, first: int) -> int | None:
    """A number of payments of which at least one is uncertain."""
    if horizon is None:
        return None
    number = check_positive(horizon, "horizon")
    if number + first < 2:  # noqa: PLR2004
        message = "`horizon` must be at least 2, not 1, as the first payment is certain"
        fail(ArgumentError, f"{message} with first_payment='start'.")
    return number


def checked_discount(value: Any, *, is_endless: bool) -> float:
    """A discount is above -1; of a model without a horizon it is not negative."""
    discount = check_number(value, "discount")
    if discount <= -1:
        fail(ArgumentError, f"`discount` must be above -1, not {discount:g}.")
    if is_endless and discount and discount < LEAST_DISCOUNT:
        must = f"0, or at least {LEAST_DISCOUNT:g}, for a model without a horizon"
        fail(ArgumentError, f"`discount` must be {must}, not {discount:g}.")
    return discount
