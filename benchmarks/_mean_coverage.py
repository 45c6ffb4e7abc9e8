"""Means on 5, 7 and 11 points: all tables where there are not too many, draws elsewhere."""

from typing import NamedTuple

import numpy as np
from _tables import Coverage, Floats, Tables

import cxmetrics as cx
from cxmetrics._typing import IntervalMethod

METHODS: tuple[IntervalMethod, ...] = ("score", "likelihood", "t")
SIZES = (5, 10, 20, 50)
DRAWS = 200_000
SEED = 2026

PROFILES = {
    cx.ONE_TO_FIVE: {
        "typical": (0.05, 0.10, 0.20, 0.40, 0.25),
        "top-heavy": (0.02, 0.01, 0.02, 0.10, 0.85),
        "narrow": (0.00, 0.00, 0.50, 0.50, 0.00),
    },
    cx.ONE_TO_SEVEN: {
        "typical": (0.04, 0.05, 0.08, 0.13, 0.25, 0.27, 0.18),
        "top-heavy": (0.02, 0.00, 0.01, 0.01, 0.03, 0.08, 0.85),
        "narrow": (0.00, 0.00, 0.00, 0.00, 0.50, 0.50, 0.00),
    },
    cx.ZERO_TO_TEN: {
        "typical": (0.03, 0.01, 0.02, 0.02, 0.03, 0.08, 0.08, 0.15, 0.22, 0.16, 0.20),
        "top-heavy": (0.02, 0.00, 0.00, 0.00, 0.00, 0.01, 0.01, 0.01, 0.03, 0.07, 0.85),
        "narrow": (0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.50, 0.50, 0.00, 0.00),
    },
}
"""Shares of the points, by scale."""


class Cell(NamedTuple):
    """One scale with one number of answers."""

    scale: cx.Scale
    n: int


def coverages() -> dict[Cell, dict[str, Coverage]]:
    """Coverage at the three distributions of each scale, by method."""
    rng = np.random.default_rng(SEED)
    return {
        Cell(scale, n): _coverages(scale, n, np.array(list(profiles.values())), rng)
        for scale, profiles in PROFILES.items()
        for n in SIZES
    }


def _coverages(
    scale: cx.Scale, n: int, truths: Floats, rng: np.random.Generator
) -> dict[str, Coverage]:
    tables = Tables.of(n, truths, DRAWS, rng)
    counts, values = cx.Counts(scale, tables.rows), truths @ scale.points
    return {
        method: Coverage.of(
            cx.mean_score(counts, method=method).interval, tables.chances, values, tables.draws
        )
        for method in METHODS
    }
