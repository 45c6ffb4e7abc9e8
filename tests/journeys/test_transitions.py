"""Transition probabilities with intervals, and whether two groups move alike."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from scipy.stats import chi2_contingency
from statsmodels.stats.proportion import multinomial_proportions_confint, proportion_confint

from cxmetrics import Moves, compare_transitions, transitions
from cxmetrics.errors import ArgumentError, UnknownKeyError
from tests.strategies import all_moves, way_counts

MOVES = Moves.from_paths(
    {("web", "shop"): 24, ("web",): 15, ("phone", "shop"): 9, ("web", "phone", "web"): 6}
)


def test_intervals_are_those_of_statsmodels() -> None:
    """Wilson's and Goodman's, of each row with moves."""
    for method in ("wilson", "goodman"):
        found = transitions(MOVES, method=method)
        low, high = map(np.asarray, found.estimate.interval)
        for i, row in enumerate(found.moves):
            theirs = (
                np.array(proportion_confint(row, row.sum(), method="wilson")).T
                if method == "wilson"
                else multinomial_proportions_confint(row, method="goodman")
            )
            assert low[i] == pytest.approx(theirs[:, 0], abs=1e-12)
            assert high[i] == pytest.approx(theirs[:, 1], abs=1e-12)


def test_faces() -> None:
    found = transitions(MOVES)

    assert found.sources == ("start", "phone", "shop", "web")
    assert found.targets == ("phone", "shop", "web", "end")
    assert found.shape == ()
    assert found.between("web", "shop").value == pytest.approx(24 / 51)
    assert found.to_dicts()[1] == {
        "from": "start",
        "to": "shop",
        "n": 54,
        "moves": 0,
        "probability": 0,
        "low": 0,
        "high": pytest.approx(0.0664, abs=1e-4),
    }
    assert len(found.to_dict()["from"]) == 16
    assert "0.471 [0.341, 0.605]" in found.to_html()
    assert "95% Wilson intervals" in found.to_html()
    with pytest.raises(UnknownKeyError) as raised:
        found.between("webb", "shop")
    assert str(raised.value) == "There are no moves from 'webb'.\nHint: did you mean 'web'?"


def test_touchpoints_may_be_called_as_the_ends_are() -> None:
    moves = Moves.from_paths({("start", "end"): 3, ("n", "from"): 2, ("end",): 4})
    found = transitions(moves)

    assert found.sources == ("(start)", "end", "from", "n", "start")
    assert found.targets == ("end", "from", "n", "start", "(end)")
    assert found.between("start", "end").value == 1
    assert found.between("end", "(end)").n == 7
    assert str(found).splitlines()[1:4] == [
        "(from)   (n)    end   from      n  start  (end)",
        "(start)    9  0.444  0.000  0.222  0.333  0.000",
        "end        7  0.000  0.000  0.000  0.000  1.000",
    ]
    assert str(moves).splitlines()[1:3] == [
        "(from)   end  from  n  start  (end)",
        "(start)    4     0  2      3      –",  # noqa: RUF001 (an en dash stands for "nothing")
    ]


@given(all_moves())
def test_rows_add_up_to_one(moves: Moves) -> None:
    found = transitions(moves)

    assert found.probabilities.sum(axis=1) == pytest.approx(1)


def test_rows_without_moves_are_nan() -> None:
    moves = Moves(("a", "b"), [0, 1], [1, 1], [3, 0])
    found = transitions(moves)

    assert np.isnan(found.probabilities[2]).all()
    assert "–" in found.to_html()  # noqa: RUF001 (an en dash stands for "nothing")


def test_equality_is_that_of_scipy_row_by_row() -> None:
    other = Moves.from_paths({("web", "shop"): 30, ("web",): 9, ("phone", "shop"): 9, ("tv",): 2})
    test = compare_transitions(MOVES, other)
    rows = {"start": [[9, 45, 0], [9, 39, 2]], "web": [[6, 24, 21], [0, 30, 9]]}
    rows |= {"phone": [[9, 6], [9, 0]]}
    theirs = [chi2_contingency(row, correction=False) for row in rows.values()]

    assert test.statistic == pytest.approx(sum(each.statistic for each in theirs))
    assert compare_transitions(other, MOVES).statistic == pytest.approx(test.statistic)
    assert test.pvalue < 0.01
    assert str(test).startswith("Moves have the same probabilities: p ")


def test_permutations_agree_where_moves_are_independent() -> None:
    """Of paths with one choice, both tests are of the same table."""
    one = Moves.from_paths({("web", "shop"): 60, ("web",): 40})
    two = Moves.from_paths({("web", "shop"): 49, ("web",): 51})
    by_law = compare_transitions(one, two)
    by_chance = compare_transitions(one, two, method="permutation", draws=2_000, rng=1)

    assert by_chance.statistic == by_law.statistic
    assert by_chance.pvalue == pytest.approx(0.155, abs=0.03)  # Fisher's exact test
    assert by_chance.method == "permutation"


@given(way_counts())
def test_the_same_moves_do_not_differ(ways: Any) -> None:
    moves = Moves.from_paths(ways)

    assert compare_transitions(moves, moves).statistic == pytest.approx(0)
    assert compare_transitions(moves, moves).pvalue == pytest.approx(1)
    by_chance = compare_transitions(moves, moves, method="permutation", draws=3, rng=1)
    assert by_chance.pvalue == 1


def test_errors() -> None:
    with pytest.raises(ArgumentError, match="`method` must be 'wilson' or 'goodman', not 'wald'"):
        transitions(MOVES, method="wald")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="`rng` must be a numpy Generator or a whole number"):
        compare_transitions(MOVES, MOVES, method="permutation")
    with pytest.raises(ArgumentError, match="`draws` must be at least 1, not 0"):
        compare_transitions(MOVES, MOVES, method="permutation", draws=0, rng=1)
