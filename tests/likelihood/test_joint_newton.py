"""The fast routine for two samples and the one that cannot fail agree."""

from typing import Any

import numpy as np
import pytest

from cxmetrics.likelihood import difference_limits, difference_statistic, two_samples


@pytest.fixture
def only_safe(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A switch that leaves all rows to the safe routine."""

    def switch() -> None:
        monkeypatch.setattr(two_samples, "joint_newton", lambda *a: np.full_like(a[6], np.nan))

    return switch


def hostile(rows: int, points: int, seed: int) -> np.ndarray:
    """Single answers, empty middles, fractional counts from .05, shares down to 1e-13."""
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.full(points, 0.4), rows)
    shares[rng.random(shares.shape) < 0.3] = 0
    shares[np.arange(rows), rng.integers(points, size=rows)] += 0.1
    shares *= np.where(rng.random(shares.shape) < 0.1, 1e-13, 1)
    shares[shares.sum(axis=1) == 0, 0] = 1
    sizes = np.where(rng.random(rows) < 0.2, 1, 10 ** rng.uniform(-1.3, 6, rows))
    counts = shares / shares.sum(axis=1, keepdims=True) * sizes[:, None]
    whole = rng.random(rows) < 0.5
    counts[whole] = np.ceil(counts[whole])
    return np.asarray(counts)


def check_fast_against_safe(rows: int, points: int, seed: int, only_safe: Any) -> None:
    after, before = hostile(rows, points, seed), hostile(rows, points, seed + 1)
    scores, z = np.linspace(0, 1, points), np.full(rows, 1.96)
    n = np.ceil(after.sum(axis=1) + before.sum(axis=1)) + 2
    null = np.random.default_rng(seed).uniform(-0.9, 0.9, rows)

    fast = np.array(difference_limits(after, before, scores, z, n))
    fast_statistic = difference_statistic(after, before, scores, null, n)
    only_safe()
    safe = np.array(difference_limits(after, before, scores, z, n))
    safe_statistic = difference_statistic(after, before, scores, null, n)

    assert not np.isnan(fast).any()
    assert np.abs(fast - safe).max() <= 3e-13
    assert (np.abs(fast) <= 1).all()
    assert (fast[0] < fast[1]).all()
    assert fast_statistic == pytest.approx(safe_statistic, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("points", [2, 3, 5, 11])
def test_fast_is_safe(points: int, only_safe: Any) -> None:
    check_fast_against_safe(3_000, points, points, only_safe)


@pytest.mark.slow
@pytest.mark.parametrize("points", [3, 5, 11])
def test_fast_is_safe_on_hundreds_of_thousands_of_rows(points: int, only_safe: Any) -> None:
    check_fast_against_safe(330_000, points, 100 + points, only_safe)


def test_the_safe_routine_does_not_stop_beside_a_kink(only_safe: Any) -> None:
    """All answers on one point: the slope jumps, and the step there is short by chance.

    The null is the limit at z = 1.96, found with 50 digits from the definition.
    """
    after = np.array([[0, 143711285.1568575]])
    before = np.array([[0.037608052023042536, 1380052.4214613475]])
    scores, null = np.array([0.0, 1]), np.array([2.6168145280188347e-10])
    n = after.sum(axis=1) + before.sum(axis=1)

    fast = difference_statistic(after, before, scores, null, n)
    only_safe()
    safe = difference_statistic(after, before, scores, null, n)

    assert fast[0] == pytest.approx(1.96, rel=1e-6)
    assert safe[0] == pytest.approx(1.96, rel=1e-6)
