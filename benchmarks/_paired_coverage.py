"""Customers who answer twice: all of them, or some of both periods.

The later answer of a customer goes with the earlier one: both are cut from normal
variables that are correlated. Within customers only their changes count, so that all
tables of changes are summed where there are not too many.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
from _tables import Coverage, Floats, Ints, Tables
from scipy.special import ndtri
from scipy.stats import multivariate_normal

import cxmetrics as cx
from cxmetrics._typing import PairedMethod

DRAWS = 20_000
SEED = 2029
CORRELATION = 0.6
"""Of both answers of a customer, before they are cut into three groups."""

PROFILES = {
    "+30": (0.20, 0.30, 0.50),
    "+60": (0.10, 0.20, 0.70),
    "+88": (0.02, 0.08, 0.90),
    "+96": (0.01, 0.02, 0.97),
}
"""Shares of detractors, passives and promoters, by their NPS."""


class Move(NamedTuple):
    """The NPS before and after."""

    before: str
    after: str

    @property
    def rise(self) -> float:
        """True difference."""
        (bad, _, good), (bad_before, _, good_before) = (PROFILES[name] for name in self[::-1])
        return 100 * (good - bad - good_before + bad_before)

    @property
    def shares(self) -> Floats:
        """Probability of each pair of answers: before × after."""
        both = multivariate_normal([0, 0], [[1, CORRELATION], [CORRELATION, 1]])
        one, two = (_cuts(PROFILES[name]) for name in self)
        below = both.cdf(np.stack(np.meshgrid(one, two, indexing="ij"), axis=-1))
        shares = np.diff(np.diff(below, axis=0), axis=1)
        return np.asarray(shares / shares.sum())


MOVES = (Move("+30", "+30"), Move("+30", "+60"), Move("+88", "+88"), Move("+88", "+96"))

SIZES = (10, 20, 50, 200)
"""Customers who all answer twice."""

METHODS: tuple[PairedMethod, ...] = ("score", "adjusted", "t")

CHANGES = ((2, 0), (1, 0), (0, 0), (0, 1), (0, 2))
"""A cell of the table, before by after, for each change of the group from -2 to 2."""

OVERLAPS = ((200, 200), (200, 100), (200, 50), (20, 18), (20, 10))
"""Answers of either period, and how many of these are of customers in both."""

REGARDED, IGNORED = "overlapping_difference", "difference"

By: TypeAlias = dict[str, Coverage]
"""Coverage at the moves, by method."""


def of_pairs() -> dict[int, By]:
    """Coverage of `paired_difference`, by number of customers."""
    rng = np.random.default_rng(SEED)
    truths = np.array([[np.trace(move.shares, k) for k in range(-2, 3)] for move in MOVES])
    return {n: _of_pairs(Tables.of(n, truths, DRAWS, rng)) for n in SIZES}


def _of_pairs(tables: Tables) -> By:
    pairs = np.zeros((len(tables.rows), 3, 3), np.int64)
    pairs[:, *np.transpose(CHANGES)] = tables.rows
    counts = cx.PairCounts(scale=cx.NPS_GROUPS, table=pairs)
    rises = np.array([move.rise for move in MOVES])
    return {
        method: Coverage.of(
            cx.paired_difference(counts, method=method).interval,
            tables.chances,
            rises,
            tables.draws,
        )
        for method in METHODS
    }


def of_overlaps() -> dict[tuple[int, int], By]:
    """Coverage where some customers are in both periods, with and without regard to that."""
    rng = np.random.default_rng(SEED)
    return {(n, both): _of_overlap(n, both, rng) for n, both in OVERLAPS}


def _of_overlap(n: int, both: int, rng: np.random.Generator) -> By:
    each = [_of_move(move, n, both, rng) for move in MOVES]
    return {name: _joined([by[name] for by in each]) for name in (REGARDED, IGNORED)}


def _of_move(move: Move, n: int, both: int, rng: np.random.Generator) -> By:
    shared = rng.multinomial(both, move.shares.ravel(), DRAWS).reshape(DRAWS, 3, 3)
    pairs = cx.PairCounts(scale=cx.NPS_GROUPS, table=shared)
    after, before = (
        cx.nps(side + cx.Counts(cx.NPS_GROUPS, _strangers(name, n - both, rng)))
        for side, name in ((pairs.after, move.after), (pairs.before, move.before))
    )
    found = {
        REGARDED: cx.overlapping_difference(after, before, pairs),
        IGNORED: cx.difference(after, before),
    }
    each, rise = np.full((1, DRAWS), 1 / DRAWS), np.array([move.rise])
    return {name: Coverage.of(two.interval, each, rise, DRAWS) for name, two in found.items()}


def _strangers(name: str, n: int, rng: np.random.Generator) -> Ints:
    """Answers of customers who are in one period only."""
    return rng.multinomial(n, PROFILES[name], DRAWS)


def _joined(parts: list[Coverage]) -> Coverage:
    rates, widths = ([getattr(part, name)[0] for part in parts] for name in ("rate", "width"))
    return Coverage(np.array(rates), np.array(widths), DRAWS)


def _cuts(shares: tuple[float, ...]) -> Floats:
    """Where a normal variable is cut into three; its ends are far enough for all."""
    return np.concatenate([[-10], ndtri(np.cumsum(shares)[:-1]), [10]])
