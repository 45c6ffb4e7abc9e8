"""One sample: how often the interval of the NPS holds, by enumeration of all tables.

References:
    Tango, T. (1998). Equivalence test and confidence interval for the difference in
    proportions for the paired-sample design. Statistics in Medicine 17, 891-908.
"""

from typing import get_args

import numpy as np
from _tables import Coverage, Floats, Ints, chances, every_table, holds

import cxmetrics as cx
from cxmetrics._typing import IntervalMethod

METHODS: tuple[IntervalMethod, ...] = get_args(IntervalMethod)
SIZES = (5, 10, 20, 50, 100)
SCORES = np.array([-100.0, 0.0, 100.0])
Z_SQUARED = 1.959963984540054**2

GRID = every_table(22, 3) + 1
"""Detractors, passives and promoters of the 276 distributions in steps of 1/25, none of them 0."""

EXTREME = {"+88": (0.02, 0.08, 0.90), "+96": (0.01, 0.02, 0.97)}
"""The distributions that happy customers have, by their NPS."""

TRUTHS = np.concatenate([GRID / 25, list(EXTREME.values())])
ON_GRID, AT_EXTREME = slice(len(GRID)), slice(len(GRID), None)


def coverages() -> dict[int, dict[str, Coverage]]:
    """Coverage at all true distributions, by number of answers and method."""
    return {n: _coverages(n) for n in SIZES}


def _coverages(n: int) -> dict[str, Coverage]:
    tables = every_table(n, 3)
    probable = chances(tables, TRUTHS)
    counts = cx.Counts(cx.NPS_GROUPS, tables)
    return {
        method: Coverage.of(cx.nps(counts, method=method).interval, probable, TRUTHS @ SCORES)
        for method in METHODS
    }


def conflicts_with_tango() -> int:
    """Number of pairs of a table and a truth on which `score` and Tango's closed form disagree."""
    return sum(_conflicts_with_tango(every_table(n, 3)) for n in SIZES)


def _conflicts_with_tango(tables: Ints) -> int:
    interval = cx.nps(cx.Counts(cx.NPS_GROUPS, tables)).interval
    ours = [holds(interval, value) for value in TRUTHS @ SCORES]
    theirs = [_tango(tables, value / 100) <= Z_SQUARED for value in TRUTHS @ SCORES]
    return int(np.sum(np.not_equal(ours, theirs)))


def _tango(tables: Ints, null: float) -> Floats:
    """The square of the statistic of Tango (1998), with the constrained share by its formula."""
    bad, good, n = tables[:, 0], tables[:, 2], tables.sum(axis=1)
    b = -good - bad + (2 * n - good + bad) * null
    c = -bad * null * (1 - null)
    share = (np.sqrt(b**2 - 8 * n * c) - b) / (4 * n)
    return np.asarray((good - bad - n * null) ** 2 / (n * (2 * share + null * (1 - null))))
