"""What follows from another basis has its limits and its p-values."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxmetrics as cx
from cxmetrics._typing import FloatArray
from cxmetrics.intervals.mapped import Affine, Mapped
from tests.strategies import LEVELS

KEPT = cx.retention_rate({"a": 90, "b": 7, "c": 10}, {"a": 100, "b": 10, "c": 10}).batch.basis
METHODS = ("score", "likelihood", "conservative", "bayes", "adjusted-wald")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Square(Mapped):
    """The square: curved, and easy to undo."""

    def at(self, x: FloatArray) -> FloatArray:
        return x**2

    def back(self, y: float) -> float:
        return float(np.sqrt(y))

    def slope(self, x: FloatArray) -> FloatArray:
        return 2 * x


def test_value_and_std_error() -> None:
    """The delta method by hand: 2 · 90 · standard error."""
    square: Any = Square(basis=KEPT)

    assert square.value.tolist() == [8100, 4900, 10_000]
    assert square.bounds == (0, 10_000)
    assert square.std_error == pytest.approx(2 * np.asarray(KEPT.value) * KEPT.std_error)


def test_what_is_known_of_the_other_basis() -> None:
    square: Any = Square(basis=KEPT)

    assert square.methods == KEPT.methods
    assert square.noun == KEPT.noun
    assert square.things == KEPT.things
    assert square.design is None
    assert np.array_equal(square.n, KEPT.n)
    assert np.array_equal(square.n_missing, KEPT.n_missing)
    assert np.array_equal(square.n_effective, KEPT.n_effective)
    assert np.array_equal(square.df, KEPT.df)
    assert square.shares.keys() == {"kept", "lost"}
    assert square.spec == "z,.1f"
    assert square[0].value == 8100


def test_rows_are_taken_and_left_out() -> None:
    square: Any = Square(basis=KEPT)

    assert square.take(np.array([1, -1])).value == pytest.approx([4900, np.nan], nan_ok=True)
    assert square.others().value[0] == pytest.approx(85**2)


@pytest.mark.parametrize("method", METHODS)
@given(level=st.sampled_from(LEVELS))
def test_limits_are_the_limits_mapped(method: str, level: float) -> None:
    low, high = KEPT.method(method).interval(level, "two-sided")

    mapped = Square(basis=KEPT).method(method).interval(level, "two-sided")
    assert mapped.low == pytest.approx(low**2)
    assert mapped.high == pytest.approx(high**2)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])
def test_tests_are_those_of_the_null_it_comes_from(method: str, alternative: str) -> None:
    theirs = KEPT.method(method).test(81, alternative)  # type: ignore[arg-type]
    ours = Square(basis=KEPT).method(method).test(81**2, alternative)  # type: ignore[arg-type]

    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.filterwarnings("ignore::cxmetrics.errors.ZeroWidthWarning")
def test_limits_beyond_the_range_are_cut_before_they_are_mapped() -> None:
    """70 ± 3.29 · 14.5 of ten customers would be 118, and 100 ± 0 is 100."""
    line: Any = Affine(basis=KEPT, shift=5, scale=2)
    low, high = line.method("wald").interval(0.999, "two-sided")
    reach = line.reach("score").limit(np.full(3, 40.0))

    assert high[1] == 205
    assert low[2] == 205
    assert reach[0][2] >= 5
    assert line.value.tolist() == [185, 145, 205]
    assert line.std_error == pytest.approx(2 * KEPT.std_error)


def test_a_line_and_the_way_back() -> None:
    """5 + 2 · 81 = 167."""
    line: Any = Affine(basis=KEPT, shift=5, scale=2)

    theirs, ours = (
        basis.method("score").test(null, "two-sided") for basis, null in ((KEPT, 81), (line, 167))
    )
    np.testing.assert_array_equal(ours, theirs)


def test_the_statistic_of_what_a_difference_is_made_of() -> None:
    line: Any = Affine(basis=KEPT, shift=5, scale=2)
    pivot, null = line.reach("score"), np.array([165.0, 105.0, 195.0])

    theirs = KEPT.reach("score").statistic((null - 5) / 2)
    assert pivot.statistic(null) == pytest.approx(theirs)


def test_a_value_that_is_certain_stays_so() -> None:
    """Of a census of 10 customers."""
    census = cx.Counts.of([1] * 3 + [0] * 7, cx.YES_NO, population=10)
    rate = cx.retention_rate(census)

    assert Square(basis=rate.basis).method("score").interval(0.95, "two-sided") == (4900, 4900)
