"""Exact resampling laws, by enumeration and by draws."""

from itertools import combinations, product
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cxmetrics.likelihood import Law, bootstrap_law, permutation_law, studentised

NET = np.array([-1.0, 0, 1])


def test_a_bootstrap_law_is_the_enumeration_of_all_resamples() -> None:
    """All 5^5 resamples of five answers."""
    scores, counts = np.array([1.0, 2, 4]), np.array([2, 1, 2])
    p = counts / 5
    found: dict[float, float] = {}
    for draw in product(range(3), repeat=5):
        mean = round(float(np.mean(scores[list(draw)])), 9)
        found[mean] = found.get(mean, 0) + prod(float(p[k]) for k in draw)

    law = bootstrap_law(counts.astype(float), scores)

    assert law.values == pytest.approx(sorted(found))
    assert law.probabilities == pytest.approx([found[mean] for mean in sorted(found)])


def test_a_bootstrap_law_of_many_answers_is_normal_in_the_middle() -> None:
    law = bootstrap_law(np.array([2e5, 3e5, 5e5]), NET)

    mean = law.values @ law.probabilities
    assert law.probabilities.sum() == pytest.approx(1, abs=1e-9)
    assert mean == pytest.approx(0.3)
    variance = (law.values - mean) ** 2 @ law.probabilities
    assert variance == pytest.approx((0.7 - 0.09) / 1e6, rel=1e-6)


def test_scores_without_a_common_divisor_lie_between_the_steps_of_a_grid() -> None:
    scores, counts = np.array([0, np.sqrt(2), np.pi]), np.array([5.0, 9, 7])
    draws = np.random.default_rng(5).multinomial(21, counts / 21, 400_000) @ scores / 21

    law = bootstrap_law(counts, scores)

    assert law.values @ law.probabilities == pytest.approx(counts @ scores / 21)
    for q in (0.025, 0.5, 0.975):
        assert law.lowest(q) == pytest.approx(np.quantile(draws, q), abs=0.01)


@given(st.lists(st.integers(0, 3), min_size=6, max_size=6))
def test_a_permutation_law_is_the_enumeration_of_all_splits(numbers: list[int]) -> None:
    after, before = np.array(numbers[:3]) + 1, np.array(numbers[3:]) + 1
    answers = np.repeat([0, 1, 2], after + before)
    size = int(after.sum())
    observed = abs(float(studentised(after, before, NET)))
    statistics = []
    for split in combinations(range(len(answers)), size) if len(answers) <= 11 else []:
        table = np.bincount(answers[list(split)], minlength=3)
        statistics.append(abs(float(studentised(table, after + before - table, NET))))

    law = permutation_law(after.astype(float), before.astype(float), NET, None)

    assert law is not None
    assert law.probabilities.sum() == pytest.approx(1)
    if statistics:
        expected = np.mean(np.array(statistics) >= observed * (1 - 1e-9))
        at_least = law.symmetric().at_least(observed * (1 - 1e-9))
        assert 2 * at_least == pytest.approx(expected if observed else 1 + _ties(law))


def _ties(law: Law) -> float:
    """Probability of 0, which a symmetric law holds on both sides."""
    return float(law.probabilities[law.values == 0].sum())


def test_two_scores_are_permuted_like_fishers_table() -> None:
    """7/9 v 2/8: in either order, 7 or more of the 9 are the same tables."""
    after, before = np.array([2.0, 7]), np.array([6.0, 2])
    law = permutation_law(after, before, np.array([0.0, 1]), None)
    statistic = float(studentised(after, before, np.array([0.0, 1])))

    assert law is not None
    expected = stats.hypergeom(17, 9, 9).sf(6)
    assert law.at_least(statistic * (1 - 1e-9)) == pytest.approx(expected)


def test_groups_too_large_to_enumerate_are_drawn() -> None:
    after, before = np.array([4e6, 1e6, 4e6]), np.array([4.1e6, 1e6, 4e6])

    assert permutation_law(after, before, NET, None) is None
    law = permutation_law(after, before, NET, np.random.default_rng(1))
    assert law is not None
    assert len(law.values) == 10_000


def test_a_law_is_read_from_either_end() -> None:
    law = Law(np.array([1.0, 2, 3]), np.array([0.2, 0.5, 0.3]))

    below, above = [law.at_most(x) for x in (0.5, 2, 9)], [law.at_least(x) for x in (3.5, 2, 0)]
    assert below == pytest.approx([0, 0.7, 1])
    assert above == pytest.approx([0, 0.8, 1])
    assert (law.lowest(0.1), law.lowest(0.3), law.lowest(1.5)) == (1, 2, np.inf)
    assert (law.highest(0.1), law.highest(0.31), law.highest(1.5)) == (3, 2, -np.inf)
