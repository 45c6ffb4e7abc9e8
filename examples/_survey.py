"""A survey of any size in files of Parquet, and a report of it that any engine can make."""

import argparse
import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import cxmetrics as cx

ROWS_OF_A_FILE = 250_000
ANSWERS_OF_A_CUSTOMER = 4
QUARTERS = {"2025-01-01": 0.0, "2025-04-01": 0.1, "2025-07-01": -0.1, "2025-10-01": 0.2}
WEIGHTS = {"new": 2.0, "regular": 1.0, "loyal": 0.5}  # the loyal answer more often


def run(engine: str, open_files: Callable[[Path], Any]) -> None:
    """Write a survey, count it inside an engine, and print and check what comes out.

    Args:
        engine: Name of the engine.
        open_files: What gives a frame of that engine, from the folder of the files.
    """
    parser = argparse.ArgumentParser(description=f"NPS of a survey, counted inside {engine}")
    parser.add_argument("rows", nargs="?", type=int, default=1_000_000, help="number of answers")
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        survey = one_file(min(rows, ROWS_OF_A_FILE))
        files = math.ceil(rows / len(survey))
        for number in range(files):
            pq.write_table(another(survey, number), Path(folder) / f"{number:05}.parquet")
        frame = open_files(Path(folder))
        start = time.perf_counter()
        counts = count(frame)
        seconds = time.perf_counter() - start
        print(cx.nps(counts))
        print(f"\n{files * len(survey):,} answers in {files} files: {seconds:.1f} s in {engine}.")
        check(counts, count(survey), files)
        print("In memory the same numbers come out.")


def count(frame: Any) -> cx.Grouped[cx.Counts]:
    """The answers by segment and quarter, weighted; those of a customer hang together."""
    return cx.tabulate(
        frame,
        "recommend",
        cx.ZERO_TO_TEN,
        by="segment",
        period=("answered", "quarter"),
        weights="weight",
        clusters="customer",
    )


def one_file(rows: int) -> pa.Table:
    """Simulated answers; most customers have several."""
    rng = np.random.default_rng(2025)
    customers = math.ceil(rows / ANSWERS_OF_A_CUSTOMER)
    survey = cx.datasets.simulate_survey(rows, rng=rng, periods=QUARTERS, customers=customers)
    first = survey.columns["period"].astype("M8[D]")
    weights = np.array([WEIGHTS[segment] for segment in survey.columns["segment"]])
    return pa.table(
        {
            "customer": survey.columns["customer"],
            "segment": survey.columns["segment"],
            "answered": (first + rng.integers(90, size=rows)).astype("M8[ms]"),
            "weight": weights * rng.uniform(0.8, 1.25, size=rows),
            "recommend": survey.columns["recommend"],
        }
    )


def another(survey: pa.Table, number: int) -> pa.Table:
    """The same answers, of other customers."""
    customer = survey["customer"].to_numpy() + number * len(survey)
    return survey.set_column(0, "customer", pa.array(customer))


def check(counts: cx.Grouped[cx.Counts], one: cx.Grouped[cx.Counts], files: int) -> None:
    """Summaries add: those of so many equal files are so many times those of one."""
    for found, row in zip(counts.to_dicts(), one.to_dicts(), strict=True):
        for name, number in row.items():
            if name in {"segment", "quarter"}:
                same = found[name] == number
            else:  # which groups share customers is told by a number that does not add
                same = name == "overlap" or math.isclose(found[name], files * number, rel_tol=1e-9)
            if not same:
                message = f"{name} is {found[name]}, not {number} from each of {files} files"
                raise SystemExit(message)
