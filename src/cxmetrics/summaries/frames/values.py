"""Columns of a small collected table as Python values and numpy arrays."""

from typing import TYPE_CHECKING, Any

import numpy as np

from cxmetrics._typing import FloatArray
from cxmetrics.summaries.answers import is_missing

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw


def python_values(column: "nw.Series[Any]") -> list[Any]:
    """Values of a column; what an engine calls null, NaN or NaT is None."""
    if column.dtype.is_integer() and not column.null_count():
        return column.to_list()
    return [None if is_missing(value) else _plain(value) for value in column.to_list()]


def floats(column: "nw.Series[Any]") -> FloatArray:
    """Numbers of a column; NaN where an engine found nothing to add."""
    is_number = column.dtype.is_integer() or column.dtype.is_float()
    if is_number and not column.null_count():
        return np.asarray(column.to_numpy(), np.float64)
    return np.array([np.nan if v is None else v for v in python_values(column)], np.float64)


def _plain(value: Any) -> Any:
    return value.to_pydatetime() if hasattr(value, "to_pydatetime") else value
