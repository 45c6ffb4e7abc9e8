"""The law of a linear score of Dirichlet shares."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from cxmetrics.likelihood import dirichlet_cdf, dirichlet_quantile

THIRDS = np.array([0, 0.5, 1])


def row(*numbers: float) -> np.ndarray:
    return np.array([numbers])


@pytest.mark.parametrize(("a", "b"), [(0.5, 0.5), (3, 7), (1, 30), (1000.5, 3), (0.5, 10_000)])
def test_two_points_are_a_beta_law(a: float, b: float) -> None:
    t = np.array([1e-6, 0.1, 0.5, 0.9, 0.999])
    alpha = np.repeat(row(b, 0, a), len(t), axis=0)

    lower, upper = dirichlet_cdf(alpha, THIRDS, t)

    assert lower == pytest.approx(stats.beta(a, b).cdf(t), rel=1e-12, abs=1e-300)
    assert upper == pytest.approx(stats.beta(a, b).sf(t), rel=1e-12, abs=1e-300)
    for probability in (0.025, 0.6, 0.975):
        quantile = dirichlet_quantile(row(b, 0, a), THIRDS, probability)
        assert quantile == pytest.approx(stats.beta(a, b).ppf(probability), rel=1e-9)


@pytest.mark.parametrize("alpha", [(21, 30, 50), (1, 1, 8), (0.5, 3, 0.5), (4, 200, 2)])
def test_three_points_by_integrating_over_the_middle_share(alpha: tuple[float, ...]) -> None:
    """P(½M + T ≤ t): given the middle share M, the top share T is (1 - M) times a Beta."""
    bottom, middle, top = alpha
    marginal, rest = stats.beta(middle, bottom + top), stats.beta(top, bottom)
    for t in (0.3, 0.5, 0.62):

        def density(share: float, t: float = t) -> float:
            top_share = np.clip((t - share / 2) / (1 - share), 0, 1)
            return float(marginal.pdf(share) * rest.cdf(top_share))

        kinks = sorted(x for x in (2 * t, 2 * t - 1, 2 - 2 * t) if 0 < x < 1)
        expected, _ = integrate.quad(density, 0, 1, points=kinks, limit=500, epsabs=1e-12)

        lower, upper = dirichlet_cdf(row(*alpha), THIRDS, np.array([t]))

        assert lower[0] == pytest.approx(expected, abs=1e-8)
        assert lower[0] + upper[0] == pytest.approx(1)


def test_gaffke_limits_by_beta_quadrature() -> None:
    """20/30/50 with one more answer at either end: F = .025 to 1e-11 by quadrature."""
    low = 2 * dirichlet_quantile(row(21, 30, 50), THIRDS, 0.025) - 1
    high = 2 * dirichlet_quantile(row(20, 30, 51), THIRDS, 0.975) - 1

    assert low[0] == pytest.approx(0.1303916706365, abs=1e-12)
    assert high[0] == pytest.approx(0.4538488762927, abs=1e-12)


@given(
    st.lists(st.floats(0.5, 50), min_size=4, max_size=4),
    st.floats(0.01, 0.99),
)
def test_quantiles_invert_the_distribution(alpha: list[float], probability: float) -> None:
    u = np.array([0, 0.2, 0.7, 1])

    t = dirichlet_quantile(row(*alpha), u, probability)
    lower, upper = dirichlet_cdf(row(*alpha), u, t)

    assert lower[0] == pytest.approx(probability, rel=1e-10)
    assert upper[0] == pytest.approx(1 - probability, rel=1e-10)


def test_random_draws_agree() -> None:
    """Two million draws; the error of a share near ½ is .00035."""
    alpha, u = np.array([0.5, 2, 0, 7, 1.5]), np.linspace(0, 1, 5)
    draws = np.random.default_rng(1).dirichlet(alpha[alpha > 0], 2_000_000) @ u[alpha > 0]

    for t in (0.3, 0.6, 0.8):
        lower, _ = dirichlet_cdf(alpha[None], u, np.array([t]))
        assert lower[0] == pytest.approx(np.mean(draws <= t), abs=0.0015)


def test_mass_at_one_point_is_there() -> None:
    assert dirichlet_quantile(row(0, 9, 0), THIRDS, 0.3)[0] == 0.5
    t = np.array([0.4, 0.5, 0.6])
    lower, upper = dirichlet_cdf(np.repeat(row(0, 9, 0), 3, axis=0), THIRDS, t)
    assert lower.tolist() == [0, 1, 1]
    assert upper.tolist() == [1, 1, 0]


def test_values_beyond_the_mass_are_certain() -> None:
    lower, upper = dirichlet_cdf(row(0, 2, 3), THIRDS, np.array([0.3]))

    assert (lower[0], upper[0]) == (0, 1)
