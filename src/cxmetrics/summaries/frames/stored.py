"""counts_from_frame: counts that were written to a frame, read back."""

from typing import Any

import numpy as np

from cxmetrics._checks import fail
from cxmetrics.errors import FormatError
from cxmetrics.scale import Scale
from cxmetrics.summaries.counts import Counts
from cxmetrics.summaries.design import design_from_columns
from cxmetrics.summaries.frames.question import lazy
from cxmetrics.summaries.frames.values import python_values
from cxmetrics.summaries.grouped import Grouped
from cxmetrics.summaries.labels import ordered


def counts_from_frame(frame: Any, scale: Scale) -> Counts | Grouped[Counts]:
    """Counts from a table with a column per point: the inverse of `to_pandas` and its like.

    Args:
        frame: A table with the columns that `to_pandas`, `to_polars`, `to_arrow` and
            `to_dicts` of counts write: one per point, named as the point is written, and
            `n_missing`; of weighted and clustered counts further ones. All others are
            keys. `n_missing` may be absent. A table that lives in a database is
            collected whole.
        scale: The scale of the question.

    Returns:
        Grouped counts, if there are keys; else the counts of the one row, or a batch.

    Raises:
        FormatError: If a point has no column, there are neither keys nor a row, or there
            are several populations.
        ScaleError: If the numbers are not counts.

    Examples:
        >>> from cxmetrics import YES_NO
        >>> solved = Counts.of([1, 1, 0], YES_NO, by=["web", "web", "app"])
        >>> stored = solved.to_polars()
        >>> stored.columns
        ['segment', '0', '1', 'n_missing']
        >>> counts_from_frame(stored, YES_NO) == solved
        True
    """
    table = lazy(frame).collect()
    columns = {name: python_values(table[name]) for name in table.columns}
    points = [str(point) for point in scale.points.tolist()]
    absent = [point for point in points if point not in columns]
    if absent:
        came = f"no {', '.join(absent):.60}"
        fail(FormatError, f"A table of counts must have a column for every point, but has {came}.")
    # Of a missing number NaN is told, which no count may be.
    every = [[np.nan if n is None else n for n in columns.pop(point)] for point in points]
    counts = np.column_stack(every)
    n_missing = columns.pop("n_missing", 0)
    design = design_from_columns(columns, points, counts)
    populations = ordered(list(set(columns.pop("population", ()))))
    if len(populations) > 1 or None in populations:
        came = " and ".join(str(population) for population in populations[:2])
        fail(FormatError, f"A table of counts must have one population, not {came}.")
    if not (columns or len(counts)):
        fail(FormatError, "A table of counts must have a row, but has none.")
    population = populations[0] if populations else None
    batch = Counts(scale, counts, n_missing=n_missing, design=design, population=population)
    if columns:
        return Grouped(columns, batch)
    return batch[0] if len(counts) == 1 else batch
