import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cxmetrics.comparisons import families
from cxmetrics.comparisons.letters import compact_letters

FAMILIES = {
    "separate": families.separate(),
    "screening": families.screening(),
    "holm": families.holm(6),
    "sidak": families.sidak(6),
    "tukey": families.tukey(4),
    "dunnett": families.dunnett(np.array([1.0, 2.0, 0.1, 0.0, 5.0, 1.0]), 1.0),
}


def critical(family: families.Family, confidence_level: float = 0.95) -> float:
    return float(-stats.norm.ppf((1 - family.level(confidence_level)) / 2))


@pytest.mark.parametrize(
    ("others", "expected"),
    [(1, 1.960), (2, 2.212), (3, 2.349), (4, 2.442), (5, 2.511), (9, 2.686)],
)
def test_dunnetts_table(others: int, expected: float) -> None:
    """Dunnett (1955), two-sided, 5 %, infinite degrees of freedom: 1.96 2.21 2.35 2.44 2.51."""
    assert critical(families.dunnett(np.ones(others), 1.0)) == pytest.approx(expected, abs=5e-4)


def test_dunnett_with_unequal_variances_agrees_with_an_integral_of_the_normal() -> None:
    """scipy's multivariate normal, correlation λ_i λ_j; its error is about 1e-5."""
    variances, control, z = np.array([0.5, 2.0, 1.0]), 1.5, 2.3
    loading = np.sqrt(control / (control + variances))
    covariance = np.outer(loading, loading)
    np.fill_diagonal(covariance, 1)
    normal = stats.multivariate_normal(np.zeros(3), covariance, seed=1)
    expected = 1 - normal.cdf(np.full(3, z), lower_limit=np.full(3, -z))

    p = np.array([2 * stats.norm.sf(z)])
    adjusted = families.dunnett(variances, control).adjusted(p)

    assert adjusted[0] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("groups", [2, 3, 5, 20])
def test_tukey_is_the_studentized_range(groups: int) -> None:
    family = families.tukey(groups)

    q = critical(family) * np.sqrt(2)
    assert stats.studentized_range.sf(q, groups, np.inf) == pytest.approx(0.05, abs=1e-10)
    p = np.array([0.5, 0.05, 1e-4])
    expected = stats.studentized_range.sf(-stats.norm.ppf(p / 2) * np.sqrt(2), groups, np.inf)
    assert family.adjusted(p) == pytest.approx(expected, abs=1e-10)


def test_tukey_of_two_groups_is_one_comparison() -> None:
    assert families.tukey(2).adjusted(np.array([0.3])) == pytest.approx(0.3)
    assert families.tukey(2).level(0.9) == pytest.approx(0.9)


@pytest.mark.parametrize("name", ["separate", "sidak", "tukey", "dunnett"])
@given(p=st.floats(0, 1), level=st.floats(0.5, 0.999))
def test_interval_and_p_value_come_from_one_critical_value(
    name: str, p: float, level: float
) -> None:
    family = FAMILIES[name]
    alone, together = 1 - family.level(level), 1 - level

    if abs(p - alone) > 1e-9:
        assert (p < alone) == (family.adjusted(np.array([p]))[0] < together)


@pytest.mark.parametrize("name", FAMILIES)
@given(p=st.lists(st.floats(0, 1), max_size=6))
def test_a_family_is_never_surer_than_its_members(name: str, p: list[float]) -> None:
    adjusted = FAMILIES[name].adjusted(np.array(p))

    assert (adjusted >= np.array(p) * (1 - 1e-12)).all()
    assert (adjusted <= 1).all()
    assert FAMILIES[name].level(0.95) >= 0.95 - 1e-12


def test_letters_of_a_worked_example() -> None:
    """By hand: a differs from c and d, b from d."""
    different = [("a", "c"), ("a", "d"), ("b", "d")]

    assert compact_letters("abcd", different) == {"a": "a", "b": "ab", "c": "bc", "d": "c"}
    assert compact_letters("ab", []) == {"a": "a", "b": "a"}


@given(data=st.data(), size=st.integers(2, 7))
def test_groups_share_a_letter_unless_they_differ(data: st.DataObject, size: int) -> None:
    pairs = [(i, j) for i in range(size) for j in range(i)]
    different = data.draw(st.lists(st.sampled_from(pairs), unique=True))

    letters = compact_letters(range(size), different)

    for i, j in pairs:
        assert bool(set(letters[i]) & set(letters[j])) == ((i, j) not in different)


def test_after_z_letters_are_numbered() -> None:
    groups = range(30)
    every = [(i, j) for i in groups for j in range(i)]

    letters = compact_letters(groups, every)

    assert list(letters.values()) == [*"abcdefghijklmnopqrstuvwxyz", "a2", "b2", "c2", "d2"]
