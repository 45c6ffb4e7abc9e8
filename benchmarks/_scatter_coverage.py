"""Groups and periods whose true scores scatter: `consistency` and `trend`.

The shares of each are drawn anew from a Dirichlet distribution around those that they
should have. The larger its concentration c, the less they scatter: where the answers of
all have the variance V, the true scores have the variance V / (c + 1).
"""

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias, get_args

import numpy as np
from _tables import Coverage, Floats, Ints

import cxmetrics as cx
from cxmetrics.comparisons.consistency import BORROWED, Scatter
from cxmetrics.comparisons.groups import sampling_variances
from cxmetrics.comparisons.trend import TrendMethod

SEED = 2031
LEVEL = 0.05
SCORES = np.array([-100.0, 0.0, 100.0])
TYPICAL, HAPPY = (0.20, 0.30, 0.50), (0.02, 0.08, 0.90)

Shares: TypeAlias = tuple[float, float, float]
"""Detractors, passives and promoters."""

# -- Groups --------------------------------------------------------------------------------------

GROUP_DRAWS, TEST_DRAWS = 5_000, 1_500


class Groups(NamedTuple):
    """Groups with one mean score.

    Args:
        shares: Mean shares.
        sizes: Answers of each group.
        deviations: Standard deviations of the true scores, in points; the first is 0.
    """

    shares: Shares
    sizes: tuple[int, ...]
    deviations: tuple[float, ...]


GROUPS = {
    "+30, 6 groups of 50": Groups(TYPICAL, (50,) * 6, (0, 5, 10)),
    "+30, 10 groups of 20 and 100": Groups(TYPICAL, (20, 100) * 5, (0, 5, 10)),
    "+88, 10 groups of 20 and 100": Groups(HAPPY, (20, 100) * 5, (0, 3, 6)),
    "+88, 20 groups of 100": Groups(HAPPY, (100,) * 20, (0, 3, 6)),
}


class Consistent(NamedTuple):
    """What `consistency` does in one setting.

    Args:
        false_alarms: How often its test finds a difference where there is none.
        coverage: How often its interval holds the standard deviation, one by one.
    """

    false_alarms: float
    coverage: dict[float, float]


def of_groups() -> dict[str, Consistent]:
    """False alarms and coverage of `consistency`."""
    rng = np.random.default_rng(SEED)
    return {name: _of_groups(groups, rng) for name, groups in GROUPS.items()}


def _of_groups(groups: Groups, rng: np.random.Generator) -> Consistent:
    rates = {deviation: _profile_rate(groups, deviation, rng) for deviation in groups.deviations}
    alike = _drawn(_repeated(groups), groups.sizes, np.inf, TEST_DRAWS, rng)
    pvalues = [cx.consistency(estimates).pvalue for estimates in _each(alike)]
    return Consistent(float(np.mean(np.less(pvalues, LEVEL))), rates)


def _profile_rate(groups: Groups, deviation: float, rng: np.random.Generator) -> float:
    """How often the Q-profile holds; made without the time that the test takes."""
    shares = np.array(groups.shares)
    variance = shares @ SCORES**2 - (shares @ SCORES) ** 2
    concentration = variance / deviation**2 - 1 if deviation else np.inf
    tables = _drawn(_repeated(groups), groups.sizes, concentration, GROUP_DRAWS, rng)
    held = 0
    for table in tables.astype(np.float64):
        variances = sampling_variances(table, SCORES, borrowed=BORROWED)
        values = table @ SCORES / table.sum(axis=1)
        low, high = Scatter(values, variances, float(np.ptp(SCORES)) / 2).profile(1 - LEVEL)
        held += low <= deviation <= high
    return held / GROUP_DRAWS


def _repeated(groups: Groups) -> Floats:
    return np.tile(groups.shares, (len(groups.sizes), 1))


# -- Periods -------------------------------------------------------------------------------------

TREND_DRAWS = 3_000

FACTORS = (1, 2, 4)
"""Variance of the scores of periods over the one that chance gives them."""

TREND_METHODS: tuple[TrendMethod, ...] = get_args(TrendMethod)


class Periods(NamedTuple):
    """Periods whose scores lie on a line, before they scatter.

    Args:
        shares: Shares in the middle of the line.
        slope: Rise of the score per period, in points.
        sizes: Answers of each period.
    """

    shares: Shares
    slope: float
    sizes: tuple[int, ...]

    @property
    def line(self) -> Floats:
        """Shares of each period; detractors become promoters, or the other way round."""
        rise = self.slope * (np.arange(len(self.sizes)) - (len(self.sizes) - 1) / 2)
        return self.shares + np.outer(rise, [-0.005, 0, 0.005])

    def concentration(self, factor: float) -> float:
        """Of a Dirichlet distribution that makes the variance of a mean period so large."""
        return (float(np.mean(self.sizes)) - factor) / (factor - 1) if factor > 1 else np.inf


THREE, UNEQUAL = "+30, 3 periods of 50", "+30, 6 periods of 20 and 200 in turn"

PERIODS = {
    "+30, 6 periods of 50": Periods(TYPICAL, 0, (50,) * 6),
    "+30, rising by 2 points, 12 periods of 100": Periods(TYPICAL, 2, (100,) * 12),
    "+88, 6 periods of 50": Periods(HAPPY, 0, (50,) * 6),
    THREE: Periods(TYPICAL, 0, (50,) * 3),
    UNEQUAL: Periods(TYPICAL, 0, (20, 200) * 3),
}
STEADY = slice(3)
"""Six periods or more, all of one size."""

By: TypeAlias = dict[str, dict[int, Coverage]]
"""Coverage by method, and by how much the scores scatter."""


def of_periods() -> dict[str, By]:
    """Coverage of `trend`."""
    rng = np.random.default_rng(SEED)
    return {name: _of_periods(periods, rng) for name, periods in PERIODS.items()}


def _of_periods(periods: Periods, rng: np.random.Generator) -> By:
    tables = {
        factor: _drawn(periods.line, periods.sizes, periods.concentration(factor), TREND_DRAWS, rng)
        for factor in FACTORS
    }
    return {
        method: {factor: _slopes(drawn, periods.slope, method) for factor, drawn in tables.items()}
        for method in TREND_METHODS
    }


def _slopes(tables: Ints, slope: float, method: TrendMethod) -> Coverage:
    limits = [cx.trend(estimates, method=method).interval for estimates in _each(tables)]
    low, high = np.transpose(limits)
    each = np.full((1, len(low)), 1 / len(low))
    return Coverage.of(cx.Interval(low, high), each, np.array([slope]), len(low))


# -- Both ----------------------------------------------------------------------------------------


def _drawn(
    shares: Floats,
    sizes: tuple[int, ...],
    concentration: float,
    draws: int,
    rng: np.random.Generator,
) -> Ints:
    """Tables of groups (draws × groups × points) whose shares scatter about these."""
    shape = (draws, *shares.shape)
    if np.isfinite(concentration):
        parts = rng.standard_gamma(concentration * np.broadcast_to(shares, shape))
        shares = parts / parts.sum(axis=-1, keepdims=True)
    return rng.multinomial(np.broadcast_to(sizes, shape[:2]), np.broadcast_to(shares, shape))


def _each(tables: Ints) -> Iterator[cx.Grouped[cx.Estimate]]:
    """The NPS of the groups of each draw."""
    batch = cx.nps(cx.Counts(cx.NPS_GROUPS, tables))
    keys = {"group": list(range(tables.shape[1]))}
    return (cx.Grouped(keys, batch[i]) for i in range(len(tables)))
