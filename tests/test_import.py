"""Importing the library is cheap."""

import subprocess
import sys

HEAVY = ("scipy.special", "scipy.optimize", "scipy.stats", "narwhals", "pandas", "polars")


def test_importing_loads_no_heavy_module() -> None:
    code = f"import sys, cxmetrics; print([name for name in {HEAVY} if name in sys.modules])"

    loaded = subprocess.run(  # noqa: S603 (our own code, in a fresh process)
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )

    assert loaded.stdout.strip() == "[]"


def test_reading_answers_loads_no_frame_package() -> None:
    code = f"""
import sys, cxmetrics as cx
grouped = cx.nps(cx.Counts.of([9, 3], cx.ZERO_TO_TEN, by=["a", "b"]))
cx.difference(grouped["a"], grouped["b"]).summary()
print([name for name in {HEAVY[2:]} if name in sys.modules])
"""
    loaded = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )

    assert loaded.stdout.strip() == "[]"
