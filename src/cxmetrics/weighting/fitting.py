"""Iterative proportional fitting, of many tables at once.

The weights of a margin's levels are multiplied so that they meet their targets, margin
by margin, and again until all margins are met together. A fitted weight is its base
weight times one factor per margin; of all weights that meet the margins it is the one
with the least relative entropy Σ w log(w / base). So a fit may start from any weights
that differ from the base weights by such factors.

References:
    Csiszár, I. (1975). I-divergence geometry of probability distributions and
    minimization problems. Annals of Probability 3, 146-158.
    Deming, W. E. and Stephan, F. F. (1940). On a least squares adjustment of a sampled
    frequency table when the expected marginal totals are known. Annals of
    Mathematical Statistics 11, 427-444.
"""

from typing import NamedTuple

import numpy as np
import scipy

from cxmetrics._typing import BoolArray, FloatArray
from cxmetrics.weighting.cells import Margin


class Fit(NamedTuple):
    """Weights of the cells (cells × tables), and how well they meet the margins.

    Args:
        weights: Weight of each cell, in each table.
        iterations: Rounds through all margins.
        error: Largest relative deviation of a level from its target, in each table.
        lost: Whether a table has nobody at a level with a target. What is left of the
            margin is then fitted to the shares of the other levels.
    """

    weights: FloatArray
    iterations: int
    error: FloatArray
    lost: BoolArray


def fit(
    weights: FloatArray, margins: tuple[Margin, ...], *, tolerance: float, max_iterations: int
) -> Fit:
    """Fit tables of cells (cells × tables) to margins."""
    sides = [_Side(margin, weights) for margin in margins]
    error = np.full(weights.shape[1], np.inf)
    iterations = 0
    while iterations < max_iterations and not (error <= tolerance).all():
        for side in sides:
            weights = side.met(weights)
        error = np.max([side.error(weights) for side in sides], axis=0)
        iterations += 1
    lost = np.any([side.lost for side in sides], axis=0)
    return Fit(weights, iterations, error, np.asarray(lost))


def deviations(weights: FloatArray, margin: Margin) -> FloatArray:
    """Relative deviation of each level from its target, of one table."""
    return np.abs(_ratio(margin.sums(weights), margin.target, empty=1) - 1)


class _Side:
    """A margin, with targets for each table."""

    def __init__(self, margin: Margin, weights: FloatArray) -> None:
        cells = np.arange(len(margin.level))
        members = (np.ones(len(cells)), (margin.level, cells))
        self.level = margin.level
        self.summing = scipy.sparse.csr_array(members, (margin.size, len(cells)))
        present = self.sums(weights) > 0
        target = margin.target[:, None]
        self.lost = np.asarray(((target > 0) & ~present).any(axis=0))
        kept = np.where(present, target, 0)
        self.target = kept * _ratio(target.sum(axis=0), kept.sum(axis=0), empty=0)

    def sums(self, weights: FloatArray) -> FloatArray:
        """Levels × tables."""
        return np.asarray(self.summing @ weights)

    def met(self, weights: FloatArray) -> FloatArray:
        """Weights that meet this margin."""
        factors = _ratio(self.target, self.sums(weights), empty=0)
        return np.asarray(weights * factors[self.level])

    def error(self, weights: FloatArray) -> FloatArray:
        """Largest relative deviation from a target, by table."""
        off = np.abs(_ratio(self.sums(weights), self.target, empty=1) - 1)
        return np.asarray(off.max(axis=0))


def _ratio(above: FloatArray, below: FloatArray, *, empty: float) -> FloatArray:
    """Ratios, with a value for those over 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, empty)
