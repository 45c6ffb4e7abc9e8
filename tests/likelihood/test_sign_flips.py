"""The exact law of sign flips, against all of them one by one and against the binomial."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from cxmetrics.likelihood import sign_flips

CHANGES = np.array([-7, -2.5, -1, 0, 1, 2.5, 7])


def every_flip(values: list[float]) -> list[float]:
    """The mean of each way to set the signs."""
    return [
        float(np.dot(signs, values) / len(values)) for signs in product([-1, 1], repeat=len(values))
    ]


@given(st.lists(st.integers(0, 2), min_size=7, max_size=7).filter(any))
def test_the_law_is_that_of_all_flips(counts: list[int]) -> None:
    values = np.repeat(CHANGES, counts).tolist()
    means = np.array(every_flip(values))

    law, observed = sign_flips(np.array(counts, float), CHANGES)

    assert observed == pytest.approx(np.mean(values))
    assert law.probabilities.sum() == pytest.approx(1, rel=1e-13)
    for value, probability in zip(*law, strict=True):
        share = np.mean(np.isclose(means, value, rtol=0, atol=1e-9))
        assert probability == pytest.approx(share, rel=1e-13)
    assert law.at_least(observed) == pytest.approx(np.mean(means >= observed - 1e-9), rel=1e-12)


@given(st.integers(0, 300), st.integers(0, 300))
def test_of_changes_of_one_size_it_is_the_binomial(fell: int, rose: int) -> None:
    law, observed = sign_flips(np.array([fell, 5.0, rose]), np.array([-100.0, 0, 100]))

    theirs = 1.0
    if fell + rose:
        theirs = binomtest(rose, fell + rose, alternative="greater").pvalue
    assert law.at_least(observed) == pytest.approx(theirs, rel=1e-10, abs=1e-18)


def test_it_is_symmetric_to_the_last_digit() -> None:
    law, _ = sign_flips(np.array([9.0, 30, 50, 7, 21, 33, 5]), CHANGES)

    assert np.array_equal(law.values, -law.values[::-1])
    assert np.array_equal(law.probabilities, law.probabilities[::-1])


def test_unlikely_sums_are_left_out() -> None:
    """Of 40,000 flips about 20 standard deviations are left of 400."""
    law, _ = sign_flips(np.array([1e4, 0, 3e4]), np.array([-1.0, 0, 1]))

    assert len(law.values) < 4_000
    assert law.at_most(-0.01) == pytest.approx(binom.cdf(19_800, 40_000, 0.5), rel=1e-9)


def test_changes_without_a_common_divisor_lie_on_a_grid() -> None:
    """Between rounded values there is 1/1024 of the largest change."""
    sizes = np.array([0, 1, np.sqrt(2), np.pi])
    changes = np.concatenate([-sizes[:0:-1], sizes])
    counts = np.array([0.0, 1, 2, 1, 0, 3, 1])
    values = np.repeat(changes, counts.astype(int)).tolist()

    law, observed = sign_flips(counts, changes)

    theirs = np.mean(np.array(every_flip(values)) >= np.mean(values) - 1e-9)
    assert observed == pytest.approx(np.mean(values), abs=np.pi / 2048)
    assert law.at_least(observed) == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("counts", [[0, 0, 0], [0, 9, 0]])
def test_without_changes_there_is_one_sum(counts: Any) -> None:
    law, observed = sign_flips(np.array(counts, float), np.array([-1.0, 0, 1]))

    assert (law.values.tolist(), law.probabilities.tolist(), observed) == ([0], [1], 0)
