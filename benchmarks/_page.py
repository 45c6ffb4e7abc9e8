"""The page with the table of the last run."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from _timing import Row

PACKAGES = ("numpy", "scipy", "pandas", "polars", "duckdb")
HEAD = ("work", "ours", "peer", "ratio", "must be", "")
WIDTHS = (62, 9, 46, 15, 24, 15)

PAGE = """\
# Performance

What the library's work takes, and what the same work takes elsewhere. `make bench` measures it
anew and writes this page.

{verdict}

{table}

Measured on {date}: {machine}; {versions}.

## How to read it

- A ratio tells how many times as long the peer takes. It is the median of repeats that run in turns
  in one process: ours, the peer, ours, the peer. Trust the ratios more than the times; on a shared
  machine, times of the same work differ by half between two runs.
- "must be" was set before the work began. A row that does not reach it says so.
- Each peer has to come to the same result, or the run stops: equal up to rounding, or for random
  resamples up to their noise.
- Each peer runs in the fastest of its usual ways, on a column of its own kind, and need not sort
  groups. Polars and DuckDB use all cores; the others use one, and so do we.
- *Scaled* times are of the first 100 or 200 rows: a loop takes as long for every row.
- `brentq` and `find_root` solve the closed form of Tango's score statistic, or of the profile
  likelihood, for the limits alone. Ours gives also the value, its standard error and the degrees of
  freedom.
- The `brentq` of a difference nests: the price that both groups pay for a distance, and within it
  how far each mean then goes.
- Ours is the exact law of permutations and of the bootstrap; the peer has 9,999 random resamples.
- A hand-written group-by of a frame only adds: counts, weights and their squares, by segment and
  answer. `tabulate` does this in the same engine and checks weights and answers; it may take one
  and a half times as long. Its peak memory is that of whole processes.
- Extra memory is the peak beside the answers themselves. Imports are whole processes, so the times
  include the start of Python.
"""


def page(rows: Sequence[Row]) -> str:
    """The page, in Markdown."""
    table = [HEAD, ("---",) * len(HEAD), *map(_cells, rows)]
    return PAGE.format(
        verdict=verdict(rows),
        table="\n".join(f"| {' | '.join(cells)} |" for cells in table),
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        machine=_machine(),
        versions=", ".join(f"{name} {version(name)}" for name in PACKAGES),
    )


def verdict(rows: Sequence[Row]) -> str:
    """How many rows are as they must be."""
    reached = sum(row.reached for row in rows)
    return f"{reached} of {len(rows)} rows are what they must be."


def line(row: Row) -> str:
    """A row in columns, for the terminal."""
    cells = zip(_cells(row), WIDTHS, strict=True)
    return "  ".join(cell.ljust(width) for cell, width in cells).rstrip()


def _cells(row: Row) -> tuple[str, ...]:
    return (*row[:-1], "reached" if row.reached else "**not reached**")


def _machine() -> str:
    interpreter = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{_processor()}, {os.cpu_count()} cores, {interpreter}"


def _processor() -> str:
    """The name of the processor, where the system tells it."""
    told = Path("/proc/cpuinfo")
    text = told.read_text(encoding="utf-8") if told.exists() else ""
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    return names[0] if names else platform.processor() or platform.machine()
