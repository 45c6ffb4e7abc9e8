"""Bridges: summaries as the columns that other packages take, none of which is imported."""

from typing import Any

import numpy as np

from cxmetrics._checks import check_type, fail
from cxmetrics._typing import IndexArray, IntArray
from cxmetrics.errors import MismatchError
from cxmetrics.summaries.life_table import LifeTable


def to_lifelines(table: LifeTable) -> dict[str, Any]:
    """A life table as the arguments of lifelines, a row for customers with the same history.

    Args:
        table: The customers, of one group and without sampling weights.

    Returns:
        Columns by the names that the `fit` of lifelines' univariate models has for them:
        `durations`, `event_observed`, `weights`, the number of customers, and `entry`, the
        tenure from which on they were seen, 0 for most. Which late entries leave when is not
        kept in a table; they are paired so that all were at risk when they were. As lifelines
        takes who enters at a tenure for at risk at it, entries are the next larger number.

    Raises:
        MismatchError: If the table is a batch, or has weights.

    Examples:
        >>> columns = to_lifelines(LifeTable([1, 3], churned=[20, 5], censored=[0, 75]))
        >>> {name: column.tolist() for name, column in columns.items()}
        {'durations': [1, 3, 3], 'event_observed': [1, 1, 0], 'weights': [20, 5, 75], \
'entry': [0.0, 0.0, 0.0]}

        With lifelines installed: `KaplanMeierFitter().fit(**to_lifelines(table))`.
    """
    check_type(table, "table", LifeTable)
    if table.shape:
        message = "`table` must be of one group, not a batch."
        fail(MismatchError, message, "did you mean grouped.total(), or grouped[key]?")
    if table.design is not None:
        fail(MismatchError, "`table` must be a life table without weights.")
    left = np.stack([table.churned, table.censored], axis=1).ravel()
    entered = np.append(table.n - table.entered.sum(), table.entered)
    exits, entries, weights = paired(left, entered)
    since = np.append(0.0, np.nextafter(table.tenures.astype(np.float64), np.inf))
    return {
        "durations": table.tenures[exits // 2],
        "event_observed": 1 - exits % 2,
        "weights": weights,
        "entry": since[entries],
    }


def paired(one: IntArray, two: IntArray) -> tuple[IndexArray, IndexArray, IntArray]:
    """Items of two rows of numbers with equal sums, in order, and how often each two meet."""
    ends = np.unique(np.concatenate([[0], np.cumsum(one), np.cumsum(two)]))
    starts = ends[:-1]
    first, second = (np.searchsorted(np.cumsum(row), starts, side="right") for row in (one, two))
    return first, second, np.diff(ends)
