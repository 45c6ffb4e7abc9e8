"""Touchpoints that the same customers rated: how often the intervals of a scorecard hold.

Each customer has one liking, which all of its ratings share, and is satisfied with a touchpoint
where that, mixed with noise, is high enough.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
import polars as pl
from _tables import Coverage, Floats
from scipy.special import ndtri

import cxmetrics as cx
from cxmetrics.estimate import Estimate

DRAWS = 4_000
SEED = 2034

SIZES = (8, 15, 30, 100)
"""Customers."""

CORRELATIONS = (0.0, 0.5, 0.8)
"""Share of a rating, before it is cut, that is the liking of the customer."""

ALIKE, HAPPY, APART = "70, 70, 70", "95, 95, 95", "98, 90, 60"
JOURNEYS = {ALIKE: (70, 70, 70), HAPPY: (95, 95, 95), APART: (98, 90, 60)}
"""True scores of the touchpoints, in percent."""

MEANS = ("score", "t")
GAPS = ("mover", "t")

By: TypeAlias = dict[str, Coverage]
"""Coverage by method."""


class Cell(NamedTuple):
    """A journey, how alike the ratings of a customer are, and the number of customers."""

    journey: str
    correlation: float
    n: int


class Joint(NamedTuple):
    """Coverage of the mean of the journey, and of the gaps to it: the lowest of the three."""

    means: By
    gaps: By


def coverages() -> dict[Cell, Joint]:
    """Coverage by method in every journey."""
    rng = np.random.default_rng(SEED)
    cells = [Cell(name, r, n) for name in JOURNEYS for r in CORRELATIONS for n in SIZES]
    return {cell: _of(cell, rng) for cell in cells}


def _of(cell: Cell, rng: np.random.Generator) -> Joint:
    scores = np.array(JOURNEYS[cell.journey], np.float64)
    cards = _cards(scores, cell, rng)
    mean, gap = scores.mean(), scores - scores.mean()
    return Joint(
        {method: _coverage(_by(cards.whole, method), mean) for method in MEANS},
        {method: _lowest(cards.gaps, method, gap) for method in GAPS},
    )


def _cards(scores: Floats, cell: Cell, rng: np.random.Generator) -> cx.Scorecard:
    """The scorecards of so many surveys, as a batch."""
    rows = DRAWS * cell.n
    liking = np.sqrt(cell.correlation) * rng.standard_normal(rows)
    ratings = {
        f"q{j}": 1 + 4 * (liking + np.sqrt(1 - cell.correlation) * rng.standard_normal(rows) < most)
        for j, most in enumerate(ndtri(scores / 100))
    }
    survey = np.repeat(np.arange(DRAWS), cell.n)
    journey = cx.Journey("Simulated", [cx.Touchpoint(q, "All", column=q) for q in ratings])
    return cx.scorecard(journey, pl.DataFrame({"survey": survey, **ratings}), by="survey").batch


def _by(estimates: Estimate, method: str) -> cx.Interval:
    return estimates.basis.method(method).interval(0.95, "two-sided")


def _lowest(gaps: Estimate, method: str, truths: Floats) -> Coverage:
    """Coverage of the gap that is held least often."""
    interval = _by(gaps, method)
    each = [
        _coverage(cx.Interval(interval.low[:, j], interval.high[:, j]), truth)
        for j, truth in enumerate(truths.tolist())
    ]
    return min(each, key=lambda coverage: float(coverage.rate[0]))


def _coverage(interval: cx.Interval, truth: float) -> Coverage:
    chances = np.full((1, DRAWS), 1 / DRAWS)
    return Coverage.of(interval, chances, np.array([truth]), DRAWS)
