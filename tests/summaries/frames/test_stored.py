"""counts_from_frame: what counts write to a frame is read back without loss."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cxmetrics import ONE_TO_FIVE, YES_NO, Counts, Grouped, Scale
from cxmetrics.errors import FormatError, ScaleError
from cxmetrics.summaries.frames import counts_from_frame, tabulate
from tests.summaries.frames.engines import every_engine, frame_in
from tests.summaries.frames.survey import TABLE, assert_same

FRAMES: dict[str, Callable[[Any], Any]] = {
    "pandas": lambda counts: counts.to_pandas(),
    "Polars": lambda counts: counts.to_polars(),
    "PyArrow": lambda counts: counts.to_arrow(),
    "dicts": lambda counts: pl.DataFrame(counts.to_dicts(), infer_schema_length=None),
    "lazy": lambda counts: counts.to_polars().lazy(),
}
ASKED: dict[str, dict[str, Any]] = {
    "plain": {},
    "by shop": {"by": "shop"},
    "by several": {"by": ["shop", "half", "day"]},
    "weighted": {"weights": "weight", "by": "shop"},
    "clustered": {"clusters": "customer"},
    "weighted and clustered": {"clusters": "customer", "weights": "weight", "by": "shop"},
    "periods": {"period": ("when", "month"), "by": "open"},
}
SUMMARIES: dict[str, Any] = {
    name: tabulate(TABLE, "stars", ONE_TO_FIVE, **asked) for name, asked in ASKED.items()
} | {
    "population": Counts.of([1, 0, 1, None], YES_NO, population=10),
    "population and weights": Counts.of([1, 0], YES_NO, weights=[0.1, 0.3], population=7),
    "points below 0": Counts.of([-1, 0, 1], Scale(-1, 1)),
    "batch": Counts(YES_NO, [[1, 2], [3, 4]], n_missing=[0, 2]),
}


@pytest.mark.parametrize("form", FRAMES)
@pytest.mark.parametrize("name", SUMMARIES)
def test_what_was_written_is_read_back(name: str, form: str) -> None:
    counts = SUMMARIES[name]
    scale = counts.batch.scale if isinstance(counts, Grouped) else counts.scale

    read: Any = counts_from_frame(FRAMES[form](counts), scale)

    assert type(read) is type(counts)
    assert read == counts
    if isinstance(read, Grouped):
        assert read.columns == counts.columns


@pytest.mark.parametrize("name", SUMMARIES)
def test_a_file_of_parquet_keeps_them(name: str, tmp_path: Path) -> None:
    counts = SUMMARIES[name]
    scale = counts.batch.scale if isinstance(counts, Grouped) else counts.scale

    pq.write_table(counts.to_arrow(), tmp_path / "counts.parquet")

    assert counts_from_frame(pq.read_table(tmp_path / "counts.parquet"), scale) == counts
    assert counts_from_frame(pl.scan_parquet(tmp_path / "counts.parquet"), scale) == counts


@every_engine
def test_every_engine_can_keep_them(engine: str) -> None:
    counts = SUMMARIES["weighted and clustered"]

    read = counts_from_frame(frame_in(engine, counts.to_arrow()), ONE_TO_FIVE)

    assert isinstance(read, Grouped)
    assert read == counts


def test_nights_are_added_up(tmp_path: Path) -> None:
    for night in range(3):
        counts = tabulate(TABLE[30 * night : 30 * (night + 1)], "stars", ONE_TO_FIVE, by="shop")
        pq.write_table(counts.to_arrow(), tmp_path / f"{night}.parquet")

    nights = [counts_from_frame(pq.read_table(file), ONE_TO_FIVE) for file in tmp_path.iterdir()]

    assert_same(sum(nights[1:], nights[0]), SUMMARIES["by shop"])


def test_missing_answers_may_be_unknown() -> None:
    read = counts_from_frame(pd.DataFrame({"0": [3], "1": [4]}), YES_NO)

    assert read == Counts(YES_NO, [3, 4])


@pytest.mark.parametrize(
    ("columns", "error", "message"),
    [
        (
            {"shop": ["N"], "1": [3]},
            FormatError,
            "A table of counts must have a column for every point, but has no 0.",
        ),
        (
            {"0": [], "1": []},
            FormatError,
            "A table of counts must have a row, but has none.",
        ),
        (
            {"0": [3], "1": [4], "population": [None]},
            FormatError,
            "A table of counts must have one population, not None.",
        ),
        (
            {"0": [3, 4], "1": [4, 4], "population": [50, 60]},
            FormatError,
            "A table of counts must have one population, not 50 and 60.",
        ),
        (
            {"0": [3, None], "1": [4, 4]},
            ScaleError,
            "`counts` must be whole numbers from 0 to 2**53, not nan.",
        ),
        (
            {"0": [1], "1": [2], "weight_0": [1.0], "weight_1": [2.0]},
            FormatError,
            "A table of such counts must have a column 'square_0'.",
        ),
    ],
)
def test_tables_of_something_else(
    columns: dict[str, list[Any]], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as raised:
        counts_from_frame(pa.table(columns), YES_NO)

    assert str(raised.value) == message
