"""Small cohorts: how often the intervals of retention and of the mean tenure hold.

Customers leave with one chance every month. Half of the cohorts joined over the last two years,
so that many of their customers were seen for a part of the time only.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeAlias

import numpy as np
from _tables import Coverage

import cxmetrics as cx
from cxmetrics.metrics.retention import RetentionMethod

DRAWS = 10_000
SEED = 2034

MONTHS = 12
"""The tenure at which retention is read, and the horizon of the mean."""

CHURN = (0.01, 0.05, 0.2)
"""Chance of leaving in a month."""

SIZES = (10, 20, 50)
"""Customers."""

METHODS: tuple[RetentionMethod, ...] = ("log-log", "score", "normal")

By: TypeAlias = dict[str, Coverage]
"""Coverage by method."""


class Cell(NamedTuple):
    """How readily customers leave, whether all were seen to the end, and how many there are."""

    churn: float
    all_seen: bool
    n: int


class Kept(NamedTuple):
    """Coverage of the retention, and of the mean tenure."""

    retention: By
    mean: By


def coverages() -> dict[Cell, Kept]:
    """Coverage by method in every kind of cohort."""
    rng = np.random.default_rng(SEED)
    cells = [Cell(churn, seen, n) for churn in CHURN for seen in (True, False) for n in SIZES]
    return {cell: _of(cell, rng) for cell in cells}


def _of(cell: Cell, rng: np.random.Generator) -> Kept:
    shape = DRAWS, cell.n
    left = rng.geometric(cell.churn, shape)
    seen = np.full(shape, MONTHS) if cell.all_seen else rng.integers(1, 2 * MONTHS, shape)
    tenure = np.minimum(np.minimum(left, seen), MONTHS).ravel()
    churned = (left <= np.minimum(seen, MONTHS)).ravel()
    cohorts = cx.LifeTable.of(tenure, churned, by=np.repeat(np.arange(DRAWS), cell.n)).batch
    stay = (1 - cell.churn) ** np.arange(MONTHS + 1)
    return Kept(
        _by_method(partial(cx.retention_at, cohorts, MONTHS), 100 * stay[MONTHS]),
        _by_method(partial(cx.mean_tenure, cohorts, MONTHS), stay[:MONTHS].sum()),
    )


def _by_method(estimate: Callable[..., cx.Estimate], truth: float) -> By:
    """Coverage of the truth; a cohort of which nobody was seen to the end says nothing."""
    found: By = {}
    for method in METHODS:
        one = estimate(method=method)
        known = ~np.isnan(one.value)
        interval = cx.Interval(*(limit[known] for limit in one.interval))
        chances = np.full((1, known.sum()), 1 / known.sum())
        found[method] = Coverage.of(interval, chances, np.array([truth]), int(known.sum()))
    return found
