"""How often an answer is above another: `ordinal_difference`, by enumeration of all pairs."""

from dataclasses import dataclass

import numpy as np
from _difference_coverage import (
    ONE,
    SIZES,
    TWO,
    all_pairs,
    blocks,
    contradictions,
    expected,
    held,
)
from _tables import Floats, Ints, chances, every_table

import cxmetrics as cx
from cxmetrics.comparisons.ordinal import OrdinalMethod

METHODS: tuple[OrdinalMethod, ...] = ("brunner-munzel", "mann-whitney")

EVEN = 0.5

VALUES = np.einsum("pk,pk->p", ONE, np.cumsum(TWO, axis=1) - TWO / 2)
"""Probability that an answer after is higher, ties counted half, per pair of distributions."""

AT_EVEN = np.isclose(VALUES, EVEN)
"""The pairs in which answers are neither higher nor lower."""

EQUAL = tuple(sizes for sizes in SIZES if sizes[0] == sizes[1])
"""The sizes that are the same in both groups."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two groups of one pair of sizes give.

    Args:
        coverage: By method, probability that the interval holds the truth, per pair of
            distributions.
        conflicts: Number of intervals that contradict their p-values.
    """

    coverage: dict[str, Floats]
    conflicts: int

    @property
    def size(self) -> dict[str, Floats]:
        """Probability that the test rejects where it should not, by method."""
        return {method: 1 - rates[AT_EVEN] for method, rates in self.coverage.items()}


def comparisons() -> dict[tuple[int, int], Comparison]:
    """All pairs of tables, by the sizes of the two groups."""
    return {sizes: _comparison(*(every_table(n, 3) for n in sizes)) for sizes in SIZES}


def _comparison(one: Ints, two: Ints) -> Comparison:
    probable_one, probable_two = chances(one, ONE), chances(two, TWO)
    coverage = {method: np.zeros(len(VALUES)) for method in METHODS}
    conflicts = 0
    for rows in blocks(len(one), len(two)):
        after, before = all_pairs(one[rows], two)
        for method in METHODS:
            found = cx.ordinal_difference(after, before, method=method)
            matrices = held(found.interval, VALUES, len(two))
            coverage[method] += expected(matrices, probable_one[:, rows], probable_two)
            conflicts += contradictions(found.interval, np.asarray(found.pvalue), EVEN)
    return Comparison(coverage, conflicts)
