"""Several groups seen together: what is checked, and how uncertain the score of each is."""

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np

from cxmetrics._checks import fail
from cxmetrics._typing import BoolArray, FloatArray
from cxmetrics.errors import ArgumentError, MismatchError, OverlappingClustersError
from cxmetrics.estimate import Estimate
from cxmetrics.intervals.linear_score import LinearScore
from cxmetrics.summaries.design import Clustered

Z_95 = 1.959963984540054
"""Half the width of a 95% interval in standard errors."""


def check_grouped(estimates: Any, function: str) -> None:
    """Only grouped estimates have several groups."""
    if not isinstance(getattr(estimates, "batch", None), Estimate):
        kind = type(estimates).__name__
        hint = f"did you mean {function}(nps(grouped_counts))?"
        fail(MismatchError, f"`estimates` must be grouped estimates, not {kind}.", hint)


def check_all_apart(batch: Estimate) -> None:
    """No two groups may have answers of the same clusters, or of the same customers."""
    if batch.basis.same_customers:
        message = f"Can't compare {batch.metric} of the same customers as if they were others."
        hint = "did you mean channel_consistency, or the gaps, of the scorecard?"
        fail(OverlappingClustersError, message, hint)
    design = batch.basis.design
    if isinstance(design, Clustered):
        overlap = np.ravel(design.overlap)
        crossing = overlap[overlap > 0]
        if len(np.unique(crossing)) < len(crossing):
            message = f"Can't compare {batch.metric} of groups that share clusters."
            hint = "did you mean to keep one answer per cluster, such as the latest?"
            fail(OverlappingClustersError, message, hint)


def check_in_order(keys: Iterable[Any]) -> None:
    """Days and numbers tell when they are not in order; of names, the order is the table's."""
    for earlier, later in pairwise(keys):
        if not all(isinstance(key, date | int | float) for key in (earlier, later)):
            continue
        try:
            is_later = earlier < later
        except TypeError:  # a day and a time, or times with and without a zone
            fail(ArgumentError, f"Periods must be of one kind, not {earlier!r} and {later!r}.")
        if not is_later:
            fail(ArgumentError, f"Periods must be in order, but {later} comes after {earlier}.")


def group_variances(batch: Estimate, keep: BoolArray, *, borrowed: float) -> FloatArray:
    """Squared standard errors of the groups that are kept, none of them 0.

    Args:
        batch: The estimates.
        keep: The groups.
        borrowed: Number of answers that the score of a group borrows, from 1.
    """
    basis = batch.basis
    if isinstance(basis, LinearScore):
        return sampling_variances(basis.rows[keep], basis.points, borrowed=borrowed)
    # Where everybody stayed, say, the standard error is 0, but the interval has width.
    limits = basis.method(basis.methods[0]).interval(0.95, "two-sided")
    low, high = (np.ravel(limit)[keep] for limit in limits)
    std_error = np.ravel(batch.std_error)[keep]
    return np.asarray(np.where(std_error > 0, std_error, (high - low) / (2 * Z_95)) ** 2)


def sampling_variances(rows: FloatArray, points: FloatArray, *, borrowed: float) -> FloatArray:
    """Squared standard errors of the scores of groups, none of them 0.

    The variance of a few answers says little about itself, and that of answers which are
    all alike is 0. So each group borrows: its variance is the mean of its own and of the
    one within all groups, as if it had so many answers more.

    Args:
        rows: Effective counts, groups × points.
        points: Scores of the points, ascending.
        borrowed: Number of answers that are borrowed, from 1.
    """
    n = rows.sum(axis=-1)
    squares = np.einsum("gk,gk->g", rows, (points - (rows @ points / n)[:, None]) ** 2)
    pool = rows.sum(axis=0)
    # Half an answer at each end of the scale: nowhere is everybody of one mind for sure.
    pool[[0, -1]] += 0.5
    pool /= pool.sum()
    spread = pool @ (points - pool @ points) ** 2
    within = (squares.sum() + spread) / (np.maximum(n - 1, 0).sum() + 1)
    return np.asarray((squares + borrowed * within) / (n + borrowed - 1) / n)
