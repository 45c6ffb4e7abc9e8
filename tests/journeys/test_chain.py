"""Absorbing chains: a published example, and the brute force of removing a touchpoint."""

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics import AbsorbingChain
from cxmetrics.errors import ArgumentError, CxMetricsError, ScaleError, UnknownKeyError

FIRST = {"A": 0.5, "B": 0.3, "C": 0.2}
MOVES = {"A": {"B": 0.3, "buy": 0.2}, "B": {"C": 0.25, "buy": 0.25}, "C": {"A": 0.2, "buy": 0.3}}
CHAIN = AbsorbingChain.of(FIRST, MOVES, to="buy")


def test_worked_example() -> None:
    """By hand: with a, b, c the chances from A, B, C,

    a = .2 + .3 b, b = .25 + .25 c, c = .3 + .2 a, and P = .5 a + .3 b + .2 c.
    """
    assert CHAIN.conversion == pytest.approx(0.325127, abs=5e-7)
    assert list(CHAIN.effects) == ["A", "B", "C"]
    assert list(CHAIN.effects.values()) == pytest.approx([0.515574, 0.483279, 0.346409], abs=5e-7)


@st.composite
def chains(draw: st.DrawFn) -> AbsorbingChain:
    """Chains of four touchpoints, each of which loses some customers."""
    shares = st.lists(st.integers(0, 9), min_size=6, max_size=6)
    rows = np.array([draw(shares) for _ in range(4)], float)
    rows[:, 5] += 1
    rows /= rows.sum(axis=1, keepdims=True)
    first = np.array(draw(st.lists(st.integers(1, 9), min_size=4, max_size=4)), float)
    return AbsorbingChain(
        touchpoints=("a", "b", "c", "d"),
        first=first / first.sum(),
        moves=rows[:, :4],
        converts=rows[:, 4],
    )


@given(chains())
def test_effects_are_those_of_chains_without_the_touchpoint(chain: AbsorbingChain) -> None:
    """The touchpoint is taken out, and whoever would come to it is lost."""
    for k, effect in enumerate(chain.removal_effects.tolist()):
        rest = [i for i in range(4) if i != k]
        without = AbsorbingChain(
            touchpoints=tuple(chain.touchpoints[i] for i in rest),
            first=chain.first[rest],
            moves=chain.moves[np.ix_(rest, rest)],
            converts=chain.converts[rest],
        )
        if chain.conversion == 0:
            assert np.isnan(effect)
        else:
            assert effect == pytest.approx(1 - without.conversion / chain.conversion, abs=1e-12)


@given(st.lists(chains(), min_size=1, max_size=4))
def test_a_batch_is_its_rows(rows: list[AbsorbingChain]) -> None:
    every = {name: np.stack([getattr(c, name) for c in rows]) for name in NAMES}
    batch = AbsorbingChain(touchpoints=rows[0].touchpoints, **every)

    assert batch.shape == (len(rows),)
    assert batch[0] == rows[0]
    for name in ("conversion", "removal_effects", "visits"):
        for row, value in zip(rows, getattr(batch, name), strict=True):
            assert value == pytest.approx(getattr(row, name), nan_ok=True)


NAMES = ("first", "moves", "converts")


def test_visits_are_those_of_a_simulation_without_end() -> None:
    """The sum of the chances to be at a touchpoint after 0, 1, 2, ... moves."""
    at, visits = CHAIN.first, np.zeros(3)
    for _ in range(200):
        visits, at = visits + at, at @ CHAIN.moves

    assert pytest.approx(visits) == CHAIN.visits
    assert pickle.loads(pickle.dumps(CHAIN)) == CHAIN


@pytest.mark.parametrize(
    ("first", "moves", "error", "message"),
    [
        (
            {"A": 1},
            {"A": {"B": 0.5}, "B": {"A": 0.5, "C": 0.1}, "C": {"C": 1}},
            ArgumentError,
            "From 'C' customers must convert or be lost some time, not go round for ever.",
        ),
        (
            {"A": 1},
            {"A": {"B": 1}, "B": {"A": 1}},
            ArgumentError,
            "From 'A' customers must convert or be lost some time, not go round for ever.",
        ),
        (
            {"A": 0.6, "B": 0.6},
            {"A": {}, "B": {}},
            ScaleError,
            "Shares of a row must add up to at most 1, not 1.2.",
        ),
        (
            {"A": 1},
            {"A": {"A": 0.8, "buy": 0.3}},
            ScaleError,
            "Shares of a row must add up to at most 1, not 1.1.",
        ),
        ({"A": 2}, {"A": {}}, ArgumentError, "`first` must be between 0 and 1, not 2."),
        ({"A": 1}, {"A": {"buy": -1}}, ArgumentError, "`moves` must be between 0 and 1, not -1."),
        (
            {"A": 1},
            {"A": {}, "buy": {}},
            ArgumentError,
            "`moves` must not have moves from 'buy', the conversion.",
        ),
        (
            {"A": 1},
            {"A": {"by": 0.1}},
            UnknownKeyError,
            (
                "Each touchpoint must have moves of its own, but 'by' has none.\n"
                "Hint: did you mean 'buy'?"
            ),
        ),
    ],
)
def test_what_is_no_chain_is_refused(
    first: Any, moves: Any, error: type[CxMetricsError], message: str
) -> None:
    with pytest.raises(error) as raised:
        AbsorbingChain.of(first, moves, to="buy")

    assert str(raised.value) == message


def test_arrays_must_be_shares_that_fit() -> None:
    with pytest.raises(ScaleError, match=r"`moves` must be of shape \(1, 1\), not \(1,\)"):
        AbsorbingChain(touchpoints=("a",), first=[1], moves=[0], converts=[1])  # type: ignore[arg-type]
    with pytest.raises(ScaleError, match=r"`first` must be proportions from 0 to 1, not nan"):
        AbsorbingChain(touchpoints=("a",), first=[np.nan], moves=[[0]], converts=[1])  # type: ignore[arg-type]
