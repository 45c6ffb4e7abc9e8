"""Weighted answers in data frames, and the group-by that one would write by hand."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
from _peers import Array
from _timing import MIB, Peer, Row, race

import cxmetrics as cx

SEGMENTS = 1_000
PART = 1_000_000
"""Rows that are made at a time."""

WITHIN = 1 / 1.5
"""Ours may take one and a half times as long as a group-by that checks nothing."""


def by_engine(n: int) -> Iterator[Row]:
    """Weighted counts by 1,000 segments, in three engines."""
    rows = _rows(n)
    lazy = pl.DataFrame(rows).lazy()
    pandas = pd.DataFrame(rows).astype({"segment": "category"})
    database = duckdb.connect()
    database.register("arrow", pl.DataFrame(rows).to_arrow())
    database.execute("CREATE TABLE survey AS SELECT * FROM arrow")
    query = (
        "SELECT segment, answer, count(*) AS n, sum(weight) AS w, sum(weight * weight) AS w2 "
        "FROM survey GROUP BY segment, answer ORDER BY segment, answer"
    )
    weight = pl.col("weight")
    sums = lazy.group_by("segment", "answer").agg(
        pl.len(), weight.sum(), (weight**2).sum().alias("2")
    )
    squared = pandas.assign(square=pandas["weight"] ** 2)
    works: list[tuple[str, Any, Peer]] = [
        (
            "a Polars LazyFrame",
            lazy,
            Peer(
                "Polars",
                sums.collect,
                WITHIN,
                lambda t: _square(t.sort("segment", "answer")["weight"]),
            ),
        ),
        (
            "a DuckDB table",
            database.table("survey"),
            Peer(
                "DuckDB",
                lambda: database.execute(query).fetchnumpy(),
                WITHIN,
                lambda t: _square(t["w"]),
            ),
        ),
        (
            "pandas, categorical",
            pandas,
            Peer(
                "pandas",
                lambda: squared.groupby(["segment", "answer"], observed=True, sort=False).agg(
                    n=("weight", "size"), weight=("weight", "sum"), square=("square", "sum")
                ),
                WITHIN,
                lambda t: _square(t.sort_index()["weight"]),
            ),
        ),
    ]
    for name, frame, peer in works:
        yield from race(
            f"weighted `tabulate` of {n // PART} M rows by 1,000 segments: {name}",
            lambda frame=frame: _tabulated(frame),  # type: ignore[misc]
            [peer._replace(repeats=3)],
            read=lambda grouped: grouped.batch.design.weights,
        )


def memory_by_size(small: int, large: int) -> Iterator[Row]:
    """Peak memory of whole processes that read Parquet files."""
    with _files(small) as few, _files(large) as many:
        for engine in ("Polars", "DuckDB"):
            peaks = [_peak(engine, file) for file in (few, many)]
            yield Row(
                f"the same from a Parquet file of {large // PART} M rows, {engine}: peak memory",
                f"{peaks[1] / MIB:,.0f} MiB",
                f"{small // PART} M rows: {peaks[0] / MIB:,.0f} MiB",
                f"{peaks[1] / peaks[0]:.1f} x as much",
                f"≤ {LITTLE:g} x",
                peaks[1] <= LITTLE * peaks[0],
            )


LITTLE = 1.5
"""Five times the rows may take so many times the memory: buffers of the reader vary."""

PROCESS = """
import sys
import cxmetrics as cx
import {module}
frame = {module}.{read}(sys.argv[1])
cx.tabulate(frame, "answer", cx.ZERO_TO_TEN, by="segment", weights="weight")
[peak] = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
print()
print(peak.split()[1])
"""


def _peak(engine: str, file: Path) -> int:
    read = {"Polars": "scan_parquet", "DuckDB": "read_parquet"}[engine]
    code = PROCESS.format(module=engine.lower(), read=read)
    command = [sys.executable, "-c", code, str(file)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return 1024 * int(printed.stdout.split()[-1])


@contextmanager
def _files(n: int) -> Iterator[Path]:
    """A Parquet file of so many rows, written part by part."""
    import pyarrow.parquet as pq  # noqa: PLC0415 (a writer that appends)

    with TemporaryDirectory() as folder:
        file = Path(folder) / "survey.parquet"
        part = pl.DataFrame(_rows(PART)).to_arrow()
        with pq.ParquetWriter(file, part.schema) as writer:
            for _ in range(n // PART):
                writer.write_table(part)
        yield file


def _tabulated(frame: Any) -> cx.Grouped[cx.Counts]:
    return cx.tabulate(frame, "answer", cx.ZERO_TO_TEN, by="segment", weights="weight")


def _rows(n: int) -> dict[str, Any]:
    rng = np.random.default_rng(8)
    return {
        "answer": rng.integers(0, 11, n, np.int8),
        "segment": rng.integers(0, SEGMENTS, n, np.int32),
        "weight": rng.gamma(2, 0.5, n),
    }


def _square(weights: Any) -> Array:
    """Sums of weights, segments × points."""
    return np.asarray(weights, np.float64).reshape(SEGMENTS, -1)
