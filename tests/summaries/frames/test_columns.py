"""columns_of: columns of a frame, or of a mapping, as lists."""

from collections import UserDict
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from cxmetrics.errors import ArgumentError, UnknownKeyError
from cxmetrics.summaries.frames import columns_of
from tests.summaries.frames.engines import frame_in, in_memory

TABLE = pa.table({"shop": ["N", "S"], "n": [1, 2]})


@in_memory
def test_columns_of_a_frame_are_lists(engine: str) -> None:
    frame = frame_in(engine, TABLE)

    assert columns_of(frame, ["n", "shop"]) == {"n": [1, 2], "shop": ["N", "S"]}
    assert columns_of(frame, []) == {}


@pytest.mark.parametrize("mapping", [dict, UserDict])
def test_columns_of_a_mapping_are_lists(mapping: Any) -> None:
    arrays = mapping({"shop": ("N", None), "n": np.array([1, 2])})

    assert columns_of(arrays, ["n", "shop"]) == {"n": [1, 2], "shop": ["N", None]}


@pytest.mark.parametrize("frame", [TABLE, TABLE.to_pydict()])
def test_a_column_must_be_there(frame: Any) -> None:
    with pytest.raises(UnknownKeyError) as raised:
        columns_of(frame, ["shpo"])

    assert str(raised.value) == "There is no column 'shpo'.\nHint: did you mean 'shop'?"


def test_a_frame_must_be_in_memory() -> None:
    with pytest.raises(ArgumentError, match="`frame` must be in memory, not lazy"):
        columns_of(pl.LazyFrame(TABLE), ["n"])


def test_anything_else_is_no_frame() -> None:
    with pytest.raises(TypeError, match="must be a data frame or a mapping of columns, not list"):
        columns_of([1, 2], ["n"])
