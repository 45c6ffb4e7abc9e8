"""Every table of counts that a survey can give, how probable it is, and what its interval holds."""

from dataclasses import dataclass
from itertools import chain, combinations
from typing import Any, Self, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, xlogy

import cxmetrics as cx

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]

TIE = 1e-9
"""A limit this close to the truth holds it: both are rounded."""


def every_table(n: int, points: int) -> Ints:
    """All ways in which n answers can fall on the points of a scale, one per row.

    Answers are stars, with a bar between one point and the next.
    """
    places = n + points - 1
    bars = chain.from_iterable(combinations(range(places), points - 1))
    edges = np.fromiter(bars, np.int64).reshape(-1, points - 1)
    return np.diff(edges, axis=1, prepend=-1, append=places) - 1


def chances(tables: Ints, truths: Floats) -> Floats:
    """Probability of each table of one size, truths × tables."""
    ways = gammaln(tables[0].sum() + 1) - gammaln(tables + 1).sum(axis=1)
    return np.exp([ways + xlogy(tables, truth).sum(axis=1) for truth in truths])


def holds(interval: cx.Interval, truth: Any) -> npt.NDArray[np.bool_]:
    """Whether each interval holds the truth."""
    return np.asarray((interval.low < truth + TIE) & (truth - TIE < interval.high))


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often the intervals of one method hold the truth, and how wide they are.

    Args:
        rate: Probability that the interval holds the truth, one per truth.
        width: Expected width, one per truth.
        draws: Number of simulated surveys; None where every table was summed.
    """

    rate: Floats
    width: Floats
    draws: int | None = None

    @classmethod
    def of(
        cls, interval: cx.Interval, chances: Floats, values: Floats, draws: int | None = None
    ) -> Self:
        """Coverage by the intervals of all tables, for truths with these values."""
        held = (chances * holds(interval, values[:, None])).sum(axis=1)
        return cls(held, chances @ (interval.high - interval.low), draws)

    def __getitem__(self, truths: slice) -> Self:
        return type(self)(self.rate[truths], self.width[truths], self.draws)

    @property
    def std_error(self) -> Floats:
        """Standard error of the rates; 0 where nothing was simulated."""
        if self.draws is None:
            return np.zeros_like(self.rate)
        return np.sqrt(self.rate * (1 - self.rate) / self.draws)
