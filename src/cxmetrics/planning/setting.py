"""Setting: how two surveys are taken and compared, and what their answers are worth."""

from dataclasses import dataclass, replace
from math import ceil, inf, isclose
from typing import Any, Literal, Self, TypeAlias, get_args

import numpy as np
import scipy

from cxmetrics._checks import (
    check_alternative,
    check_confidence_level,
    check_number,
    check_option,
    check_positive,
    fail,
)
from cxmetrics._typing import Alternative
from cxmetrics.errors import ArgumentError
from cxmetrics.summaries.counts import MOST

Comparison: TypeAlias = Literal["independent", "paired", "benchmark"]

ROUNDING = 1e-14
"""Relative distance from a whole number that is the rounding of a quotient or a product."""

SIGNS = {"two-sided": (1, -1), "greater": (1,), "less": (-1,)}
"""Signs of the changes that a test can find, by alternative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How surveys are taken and compared, checked.

    Args:
        comparison: "independent" samples, the same customers "paired", or one sample
            against a "benchmark" that is known.
        ratio: Answers before for each answer after.
        correlation: Correlation of the two scores of a customer, of paired answers.
        alternative: Alternative of the test.
        confidence_level: 1 less the level of the test.
        population: Customers among whom each sample is drawn, if they are few.
        design_effect: Answers per effective answer.
    """

    comparison: Comparison = "independent"
    ratio: float = 1.0
    correlation: float | None = None
    alternative: Alternative = "two-sided"
    confidence_level: float = 0.95
    population: int | None = None
    design_effect: float = 1.0

    @classmethod
    def of(cls, **options: Any) -> Self:
        """The setting, checked.

        Raises:
            ArgumentError: If an option is not one there is, or does not fit the others.
        """
        setting = cls(**options)
        check_option(setting.comparison, "comparison", get_args(Comparison))
        check_alternative(setting.alternative)
        if setting.population is not None:
            setting = replace(setting, population=check_positive(setting.population, "population"))
        setting = replace(
            setting,
            confidence_level=check_confidence_level(setting.confidence_level),
            ratio=check_above_0(setting.ratio, "ratio"),
            design_effect=check_above_0(setting.design_effect, "design_effect"),
        )
        setting._check_fit()
        return setting

    def _check_fit(self) -> None:
        if self.comparison != "independent" and self.ratio != 1:
            which = f"comparison={self.comparison!r}"
            fail(ArgumentError, f"`ratio` must be 1 for {which}, not {self.ratio:g}.")
        if self.ratio > self.customers:
            most = f"{self.customers:,}: there are no more customers before"
            fail(ArgumentError, f"`ratio` must be at most {most}, not {self.ratio:g}.")
        if self.comparison == "paired":
            if self.correlation is None:
                message = "`correlation` must be given for comparison='paired'."
                fail(ArgumentError, message, "how alike are two answers of the same customer?")
            if not -1 < check_number(self.correlation, "correlation") < 1:
                message = f"strictly between -1 and 1, not {self.correlation!r}"
                fail(ArgumentError, f"`correlation` must be {message}.")
        elif self.correlation is not None:
            message = f"`correlation` must not be given for comparison={self.comparison!r}."
            fail(ArgumentError, message, "did you mean comparison='paired'?")

    @property
    def z(self) -> float:
        """Critical value of the test."""
        tails = 2 if self.alternative == "two-sided" else 1
        return float(-scipy.special.ndtri((1 - self.confidence_level) / tails))

    @property
    def signs(self) -> tuple[int, ...]:
        """Signs of the changes that the test can find."""
        return SIGNS[self.alternative]

    @property
    def customers(self) -> int:
        """Customers among whom a sample is drawn, or the most answers that are planned for."""
        return MOST if self.population is None else self.population

    @property
    def most(self) -> int:
        """Most answers that the sample after can have, so that there is one before."""
        return self.customers if self.ratio <= 1 else int(snapped(self.customers / self.ratio))

    def n_before(self, n_after: int) -> int:
        """Answers before that go with so many answers after."""
        return {
            "independent": ceil(snapped(n_after * self.ratio)),
            "paired": n_after,
            "benchmark": 0,
        }[self.comparison]

    def effective(self, n: int) -> float:
        """Number of simple random answers that say as much as n."""
        if n == self.population:
            return inf
        worth = n / self.design_effect
        if self.population is not None:
            worth *= (self.population - 1) / (self.population - n)
        return snapped(worth)

    def sizes(self, n_after: int) -> tuple[float, ...]:
        """Effective answers of each sample that is tested."""
        if self.comparison == "independent":
            return self.effective(n_after), self.effective(self.n_before(n_after))
        return (self.effective(n_after),)

    def check_n(self, n: Any) -> int:
        """A number of answers after must be one that the population has."""
        number = check_positive(n, "n")
        if number > self.most:
            among = "" if self.population is None else f", of a population of {self.population:,}"
            before = "" if self.ratio <= 1 else f" at ratio {self.ratio:g}"
            must = f"at most {self.most:,}{among}{before}"
            fail(ArgumentError, f"`n` must be {must}, not {number:,}.")
        return number


def snapped(number: float) -> float:
    """The number, or the whole one from which only rounding keeps it."""
    whole = round(number) if number < inf else number
    return whole if isclose(number, whole, rel_tol=ROUNDING) else number


def check_above_0(value: Any, name: str) -> float:
    """An argument must be a number above 0."""
    number = check_number(value, name)
    if number <= 0:
        fail(ArgumentError, f"`{name}` must be greater than 0, not {value!r}.")
    return number


def check_power(value: Any, setting: Setting) -> float:
    """A power to reach is a proportion, and more than the test has without any change."""
    number = check_number(value, "power")
    if not 0 < number < 1:
        hint = f"did you mean power={number / 100:g}?" if 1 < number < 100 else ""  # noqa: PLR2004
        fail(ArgumentError, f"`power` must be strictly between 0 and 1, not {value!r}.", hint)
    if number <= 1 - setting.confidence_level:
        chance = f"{1 - setting.confidence_level:g}, its chance where nothing changes"
        fail(ArgumentError, f"`power` must be more than {chance}, not {value!r}.")
    return number


def check_response_rate(value: Any) -> float:
    """A response rate is a proportion, above 0."""
    number = check_number(value, "response_rate")
    if not 0 < number <= 1:
        hint = f"did you mean response_rate={number / 100:g}?" if 1 < number <= 100 else ""  # noqa: PLR2004
        message = f"`response_rate` must be above 0 and at most 1, not {value!r}."
        fail(ArgumentError, message, hint)
    return number


def is_several(values: Any) -> bool:
    """Whether there may be more than one value."""
    return np.iterable(values) and not isinstance(values, str)


def several(values: Any, name: str) -> list[Any]:
    """One value, or a sequence of them, as a list."""
    if not is_several(values):
        return [values]
    each = list(values)
    if not each:
        fail(ArgumentError, f"`{name}` must have at least one value, not 0.")
    return each
