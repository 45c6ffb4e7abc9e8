"""Every table of counts that a survey can give, how probable it is, and what its interval holds."""

from dataclasses import dataclass
from itertools import chain, combinations
from math import comb
from typing import Any, NamedTuple, Self, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, xlogy

import cxmetrics as cx

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]

TIE = 1e-9
"""A limit this close to the truth holds it: both are rounded."""

MOST_TABLES = 400_000
"""Tables up to which all are made; where there are more, some are drawn."""


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


class Tables(NamedTuple):
    """The tables of one size, and how probable each of them is.

    Args:
        rows: The tables.
        chances: Probability of each, truths × tables; where they were drawn, its share.
        draws: Number of draws per truth; None where all tables were made.
    """

    rows: Ints
    chances: Floats
    draws: int | None

    @classmethod
    def of(cls, n: int, truths: Floats, draws: int, rng: np.random.Generator) -> Self:
        """All tables of n answers where there are not too many, else those that were drawn."""
        points = truths.shape[1]
        if comb(n + points - 1, n) <= MOST_TABLES:
            tables = every_table(n, points)
            return cls(tables, chances(tables, truths), None)
        drawn = np.concatenate([rng.multinomial(n, truth, draws) for truth in truths])
        tables, which = np.unique(drawn, axis=0, return_inverse=True)
        often = [np.bincount(part, minlength=len(tables)) for part in which.reshape(-1, draws)]
        return cls(tables, np.array(often) / draws, draws)


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
