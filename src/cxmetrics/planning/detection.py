"""What surveys of a given size can find: their power, the smallest change, the margin of error."""

from math import inf
from typing import Any, Literal, NamedTuple

import numpy as np

from cxmetrics._checks import check_option, fail
from cxmetrics._typing import Alternative, FloatArray
from cxmetrics.errors import ArgumentError
from cxmetrics.estimate import Estimate
from cxmetrics.likelihood import score_limits
from cxmetrics.planning.curves import Curves
from cxmetrics.planning.distributions import (
    changed,
    check_baseline,
    check_correlation,
    moved,
    shares_of,
    targeted,
)
from cxmetrics.planning.setting import Comparison, Setting, check_power

HALVINGS = 40
"""Halvings that find a change to 12 digits."""


class Margin(NamedTuple):
    """How far a confidence interval reaches below and above the value, in its unit."""

    below: float
    above: float


def aimed(baseline: Estimate, curves: Curves, change: Any, target: Any) -> tuple[float, FloatArray]:
    """The change and the distribution that is aimed at, from exactly one of both arguments.

    Raises:
        ArgumentError: If there is none or both, or the change is impossible.
        MismatchError: If the target is of another metric, scale or cut-points.
    """
    if (change is None) == (target is None):
        came = "neither" if change is None else "both"
        fail(ArgumentError, f"Exactly one of `change` and `target` must be given, not {came}.")
    aim = targeted(baseline, target) if change is None else changed(baseline, change)
    if curves.setting.correlation is not None:
        check_correlation(aim[1], curves.before, curves.points, curves.setting.correlation)
    return aim


def power(
    baseline: Estimate,
    *,
    n: int,
    change: float | None = None,
    target: Any = None,
    comparison: Comparison = "independent",
    ratio: float = 1.0,
    correlation: float | None = None,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
    population: int | None = None,
    design_effect: float = 1.0,
) -> float:
    """Probability that the score test of two surveys finds a change that is there.

    Samples of up to 50 answers each are enumerated, if their outcomes are few enough:
    then this is the exact power of the test that `difference` or `Estimate.test` makes.
    Larger ones take the score to be normal.

    Args:
        baseline: Estimate whose answers say how customers answered before.
        n: Answers in the survey after the change; the one before has `ratio` times as many.
        change: Change of the metric, in its unit. Who moves is not known then: the most
            likely distribution with that score is taken.
        target: Instead of the change, the answers that are expected, as an Estimate of
            the same metric or Counts on its scale.
        comparison: `"independent"` samples before and after; `"paired"`, the same
            customers twice; or `"benchmark"`, one survey against the score of the
            baseline, which is taken to be known.
        ratio: Answers before for each answer after.
        correlation: Correlation of the two scores of one customer, for `"paired"`.
        alternative: What the test holds against no change: a change, or only
            "greater" or "less".
        confidence_level: 1 less the level of the test.
        population: Number of customers among whom each sample is drawn, if they are few.
        design_effect: Answers per effective answer, of weights or clusters.

    Returns:
        The power, 0...1.

    Raises:
        ArgumentError: If exactly one of change and target is not given, the change
            leads off the scale, or an option is out of range.
        MismatchError: If the target is of another metric, scale or cut-points.

    References:
        Farrington, C. P. and Manning, G. (1990). Test statistics and sample size formulae
        for comparative binomial trials. Statistics in Medicine 9, 1447-1454.

    Examples:
        >>> from cxmetrics import ZERO_TO_TEN, Counts, nps
        >>> usual = nps(Counts.from_mapping(ZERO_TO_TEN, {3: 20, 8: 30, 10: 50}))
        >>> round(power(usual, n=400, change=10), 3)
        0.456
        >>> round(power(usual, n=50, change=30), 3)
        0.535
    """
    curves = curves_of(
        baseline,
        comparison=comparison,
        ratio=ratio,
        correlation=correlation,
        alternative=alternative,
        confidence_level=confidence_level,
        population=population,
        design_effect=design_effect,
    )
    _, after = aimed(baseline, curves, change, target)
    return curves.power_of(curves.setting.check_n(n))(after)


def detectable_difference(
    baseline: Estimate,
    *,
    n: int,
    direction: Literal["up", "down"] = "up",
    power: float = 0.8,
    comparison: Comparison = "independent",
    ratio: float = 1.0,
    correlation: float | None = None,
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
    population: int | None = None,
    design_effect: float = 1.0,
) -> float:
    """Smallest change that surveys of this size find with the given power.

    Args:
        baseline: Estimate whose answers say how customers answered before.
        n: Answers in the survey after the change; the one before has `ratio` times as many.
        direction: "up" or "down": a high score has less room, and less variance, above.
        power: Probability to find the change, if it is there.
        comparison: As for `power`, and so are the following.
        ratio: Answers before for each answer after.
        correlation: Correlation of the two scores of one customer, for `"paired"`.
        alternative: "two-sided", or the one that fits the direction.
        confidence_level: 1 less the level of the test.
        population: Number of customers among whom each sample is drawn, if they are few.
        design_effect: Answers per effective answer, of weights or clusters.

    Returns:
        The change after - before, in the unit of the metric: below 0 for "down". NaN if
        even a change to the end of the scale would be found less often.

    Raises:
        ArgumentError: If an option is out of range.

    Examples:
        >>> from cxmetrics import ZERO_TO_TEN, Counts, nps
        >>> usual = nps(Counts.from_mapping(ZERO_TO_TEN, {3: 20, 8: 30, 10: 50}))
        >>> round(detectable_difference(usual, n=400), 2)
        14.97
        >>> round(detectable_difference(usual, n=400, direction="down"), 2)
        -15.85
    """
    curves = curves_of(
        baseline,
        comparison=comparison,
        ratio=ratio,
        correlation=correlation,
        alternative=alternative,
        confidence_level=confidence_level,
        population=population,
        design_effect=design_effect,
    )
    check_option(direction, "direction", ("up", "down"))
    goal = check_power(power, curves.setting)
    check_direction(1 if direction == "up" else -1, curves.setting)
    power_of = curves.power_of(curves.setting.check_n(n))
    points, value = curves.points, baseline.value
    end = float(points[-1 if direction == "up" else 0])
    if end == value or power_of(moved(curves.before, points, end)) < goal:
        return float("nan")
    least, most = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (least + most) / 2
        found = power_of(moved(curves.before, points, value + middle * (end - value))) >= goal
        least, most = (least, middle) if found else (middle, most)
    if correlation is not None:
        after = moved(curves.before, points, value + most * (end - value))
        check_correlation(after, curves.before, points, correlation)
    return most * (end - value)


def margin_of_error(
    baseline: Estimate,
    *,
    n: int,
    confidence_level: float = 0.95,
    population: int | None = None,
    design_effect: float = 1.0,
) -> Margin:
    """How far the score interval reaches, of n answers that fall as those of the baseline.

    Args:
        baseline: Estimate whose answers say how customers answer.
        n: Number of answers.
        confidence_level: Confidence level of the interval.
        population: Number of customers among whom the sample is drawn, if they are few.
        design_effect: Answers per effective answer, of weights or clusters.

    Returns:
        The margins `below` and `above` the value, in the unit of the metric. They differ,
        as the interval of a high score reaches farther down than up.

    Raises:
        ArgumentError: If an option is out of range, or n more than the population.

    References:
        Wilson, E. B. (1927). Probable inference, the law of succession, and
        statistical inference. Journal of the American Statistical Association 22,
        209-212; here for any linear score.

    Examples:
        >>> from cxmetrics import ZERO_TO_TEN, Counts, nps
        >>> usual = nps(Counts.from_mapping(ZERO_TO_TEN, {3: 20, 8: 30, 10: 50}))
        >>> below, above = margin_of_error(usual, n=235)
        >>> round(below, 1), round(above, 1)
        (10.3, 9.6)
    """
    curves = curves_of(
        baseline,
        comparison="benchmark",
        confidence_level=confidence_level,
        population=population,
        design_effect=design_effect,
    )
    setting = curves.setting
    effective = setting.effective(setting.check_n(n))
    if effective == inf:
        return Margin(0.0, 0.0)
    counts = effective * curves.before[None]
    low, high = score_limits(counts, curves.points, np.array([setting.z]))
    return Margin(baseline.value - float(low[0]), float(high[0]) - baseline.value)


def curves_of(baseline: Estimate, **options: Any) -> Curves:
    """The power of comparisons with a baseline, by the options of a setting."""
    setting, basis = Setting.of(**options), check_baseline(baseline)
    return Curves(basis.points, shares_of(basis), setting)


def check_direction(sign: int, setting: Setting) -> None:
    """A test must look in the direction of the change that is to be found."""
    if sign not in setting.signs:
        which, fits = ("rise", "greater") if sign > 0 else ("fall", "less")
        must = f"'two-sided' or {fits!r} to find a {which}"
        fail(ArgumentError, f"`alternative` must be {must}, not {setting.alternative!r}.")
