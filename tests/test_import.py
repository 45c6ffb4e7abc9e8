"""Importing the library is cheap."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import cxmetrics as cx

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


def test_names_that_load_later_are_those_that_type_checkers_see() -> None:
    tree = ast.parse(Path(cx.__file__).read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.name: (node.module or "").removeprefix("cxmetrics").removeprefix(".") or alias.name
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    assert seen == cx._LATER
    assert seen.keys() < set(cx.__all__)


def test_every_public_name_is_there() -> None:
    assert dir(cx) == sorted(cx.__all__)
    for name in cx.__all__:
        assert getattr(cx, name) is getattr(cx, name)
    with pytest.raises(AttributeError, match="module 'cxmetrics' has no attribute 'npss'"):
        cx.npss  # type: ignore[attr-defined]  # noqa: B018
