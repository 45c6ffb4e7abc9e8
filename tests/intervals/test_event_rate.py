import numpy as np
import pytest
from scipy import stats

from cxmetrics.intervals.event_rate import EventRate


def test_published_limits() -> None:
    """Garwood (1936), table of 95% limits of a Poisson mean: 0, 1, 10 and 100 events."""
    rate = EventRate(events=np.array([0, 1, 10, 100]), time=np.ones(4))

    low, high = rate.method("garwood").interval(0.95, "two-sided")

    assert low == pytest.approx([0, 0.02532, 4.7954, 81.3640], abs=5e-5)
    assert high == pytest.approx([3.6889, 5.5716, 18.3904, 121.6268], abs=5e-5)


def test_limits_are_quantiles_of_chi_squared() -> None:
    events, time = np.array([1, 3, 17, 250, 10**6]), np.array([0.1, 1, 20, 7.5, 1e9])
    rate = EventRate(events=events, time=time)

    low, high = rate.method("garwood").interval(0.99, "two-sided")

    assert low == pytest.approx(stats.chi2.ppf(0.005, 2 * events) / 2 / time, rel=1e-10)
    assert high == pytest.approx(stats.chi2.isf(0.005, 2 * events + 2) / 2 / time, rel=1e-10)


def test_at_mid_p_limits_half_of_what_was_seen_counts_as_rarer() -> None:
    x = np.array([1, 4, 60])
    low, high = EventRate(events=x, time=np.ones(3)).method("mid-p").interval(0.9, "two-sided")

    above = stats.poisson.sf(x, low) + stats.poisson.pmf(x, low) / 2
    below = stats.poisson.cdf(x, high) - stats.poisson.pmf(x, high) / 2
    assert above == pytest.approx([0.05] * 3, rel=1e-10)
    assert below == pytest.approx([0.05] * 3, rel=1e-10)


def test_p_values_are_sums_of_the_poisson_law() -> None:
    rate = EventRate(events=np.array([3]), time=np.array([2.0]))

    _, less = rate.method("garwood").test(4, "less")
    _, greater = rate.method("garwood").test(4, "greater")
    _, both = rate.method("garwood").test(4, "two-sided")

    assert less == pytest.approx(stats.poisson.cdf(3, 8))
    assert greater == pytest.approx(stats.poisson.sf(2, 8))
    assert both == pytest.approx(2 * stats.poisson.cdf(3, 8))


def test_rest_is_all_others() -> None:
    rest = EventRate(events=np.array([1, 2, 4]), time=np.array([10.0, 20, 40])).others()

    assert np.array_equal(rest.events, [6, 5, 3])
    assert np.array_equal(rest.time, [60, 50, 30])


def test_a_total_is_the_mean_of_its_parts_weighted_by_their_time() -> None:
    parts = EventRate(events=np.array([1, 2, 4]), time=np.array([10.0, 20, 50]))

    assert np.average(parts.value, weights=parts.share) == pytest.approx(7 / 80)


def test_without_time_anything_is_possible() -> None:
    rate = EventRate(events=np.array([3, 0, 2]), time=np.array([0.0, 0, 4]))

    low, high = rate.method("garwood").interval(0.95, "two-sided")

    assert np.isnan(rate.value[:2]).all()
    assert np.isnan(rate.std_error[:2]).all()
    assert np.array_equal(np.isinf([low, high]), [[False] * 3, [True, True, False]])


def test_a_rate_beyond_all_numbers_is_infinite() -> None:
    assert EventRate(events=np.array([3]), time=np.array([1e-320])).value.tolist() == [np.inf]
