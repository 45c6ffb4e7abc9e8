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


def test_importing_loads_no_more_of_numpy_than_numpy_does() -> None:
    """An annotation such as np.random.Generator, unless it is quoted, loads all of numpy.random."""
    code = """
import sys, numpy
before = "numpy.random" in sys.modules
import cxmetrics
print(before == ("numpy.random" in sys.modules))
"""
    same = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)  # noqa: S603

    assert same.stdout.strip() == "True"


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
