"""The examples run; those of the engines check their own numbers."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.mark.engines
@pytest.mark.parametrize("engine", ["duckdb", "dask", "spark"])
def test_an_engine_counts_what_memory_counts(engine: str) -> None:
    if engine == "spark" and not (shutil.which("java") or "JAVA_HOME" in os.environ):
        pytest.skip("Spark needs Java 17 or newer, and there is none here.")

    printed = run(f"engine_{engine}.py", "3000")

    assert printed.startswith("NPS in points, 95% score interval")
    assert printed.endswith("In memory the same numbers come out.\n")


def test_the_airport() -> None:
    assert "NPS fell by 8.9 points" in run("airport.py")


def run(name: str, *arguments: str) -> str:
    """What an example prints."""
    command = [sys.executable, str(EXAMPLES / name), *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 (ours)
    return str(done.stdout)
