"""Families of comparisons: p-values and levels that hold for all of them together.

Intervals and p-values of a family come from one critical value. In terms of a single
comparison that is a map: its p-value p becomes the chance that the family has one as
small, and its interval is taken at the level at which that chance is 1 - confidence.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import scipy

from cxmetrics._typing import FloatArray
from cxmetrics.comparisons.multiplicity import adjust_pvalues

Adjustment: TypeAlias = Literal["single-step", "holm", "bh", "none"]

StepAdjustment: TypeAlias = Literal["holm", "single-step", "bh", "none"]
"""The same where nothing ties comparisons together; Holm's method is the default there."""

NODES = np.linspace(-8.5, 8.5, 137)
"""Where integrals over a normal deviate are summed; equal steps are exact to rounding."""

HEIGHTS = np.exp(-(NODES**2) / 2) * (NODES[1] - NODES[0]) / np.sqrt(2 * np.pi)

MOST_SHARED = 0.98
"""Share of its variance that a comparison has in common with the others, at most: beyond
this integrands have steps, and to take less for common errs to the safe side."""

BLOCK = 1 << 16
"""Numbers that are worked on at a time."""


class Family(NamedTuple):
    """How the members of a family of comparisons are judged together.

    Args:
        adjusted: Adjusted p-values, from those of single comparisons.
        level: Confidence level of each interval, from that of the family.
        intervals: What kind of intervals these are.
    """

    adjusted: Callable[[FloatArray], FloatArray]
    level: Callable[[float], float]
    intervals: str


def separate() -> Family:
    """Every comparison by itself."""
    return Family(lambda p: p, lambda level: level, "separate")


def screening() -> Family:
    """Benjamini and Hochberg (1995): few of the findings are false; intervals stay separate."""
    return Family(lambda p: adjust_pvalues(p, "bh"), lambda level: level, "separate")


def holm(size: int) -> Family:
    """Holm (1979), with Bonferroni's intervals."""
    return Family(
        lambda p: adjust_pvalues(p, "holm"), lambda level: 1 - (1 - level) / size, "Bonferroni"
    )


def sidak(size: int) -> Family:
    """Šidák (1967), for any family of two-sided tests of normal deviates."""

    def adjusted(p: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            return np.asarray(-np.expm1(size * np.log1p(-p)))

    return Family(adjusted, lambda level: level ** (1 / size), "Šidák")


def family_of(adjust: StepAdjustment, size: int) -> Family:
    """How so many comparisons, which nothing ties together, are judged."""
    families = {"holm": lambda: holm(size), "single-step": lambda: sidak(size)}
    families |= {"bh": screening, "none": separate}
    return families[adjust]()


def tukey(groups: int) -> Family:
    """All pairs of groups: the range of so many normal deviates (Tukey 1953)."""

    def above(z: FloatArray) -> FloatArray:
        within = scipy.special.ndtr(NODES) - scipy.special.ndtr(NODES - np.sqrt(2) * z[:, None])
        return np.asarray(1 - groups * (within ** (groups - 1)) @ HEIGHTS)

    return _by_critical_value(above, "Tukey")


def dunnett(variances: FloatArray, control: float) -> Family:
    """All groups against one: Dunnett (1955), with a variance for every group.

    Args:
        variances: Squared standard errors of the groups.
        control: That of the control.
    """
    with np.errstate(invalid="ignore"):
        # Two groups of which nothing varies share as much as two that vary alike.
        share = np.nan_to_num(control / (control + variances), nan=0.5)
    share = np.minimum(share, MOST_SHARED)
    loading, own = np.sqrt(share), np.sqrt(1 - share)

    def above(z: FloatArray) -> FloatArray:
        both = np.ones((len(z), len(NODES)))
        for common, spread in zip(loading, own, strict=True):
            middle, reach = common * NODES / spread, z[:, None] / spread
            both *= scipy.special.ndtr(middle + reach) - scipy.special.ndtr(middle - reach)
        return np.asarray(1 - both @ HEIGHTS)

    return _by_critical_value(above, "Dunnett")


def _by_critical_value(above: Callable[[FloatArray], FloatArray], intervals: str) -> Family:
    """A family from the chance that one of its deviates is beyond z."""

    def adjusted(p: FloatArray) -> FloatArray:
        z = -scipy.special.ndtri(p / 2)
        step = max(1, BLOCK // len(NODES))
        blocks = [above(z[at : at + step]) for at in range(0, len(z), step)]
        # Integrals end at rounding; a family is never surer than one of its members.
        return np.asarray(np.clip(np.concatenate([np.zeros(0), *blocks]), p, 1))

    def level(confidence_level: float) -> float:
        def excess(z: float) -> float:
            return float(above(np.array([z]))[0]) - (1 - confidence_level)

        z = scipy.optimize.brentq(excess, 1e-9, 38.0, xtol=1e-13)
        return float(1 - 2 * scipy.special.ndtr(-z))

    return Family(adjusted, level, intervals)
