"""The paths of customers: what they say of moves, and how they merge."""

import copy
import json
import pickle
from collections import Counter
from contextlib import suppress
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmetrics import Grouped, Moves
from cxmetrics.errors import (
    ArgumentError,
    CxMetricsError,
    FormatError,
    MismatchError,
    ScaleError,
    UnknownKeyError,
)
from tests.strategies import all_moves, junk, way_counts

WAYS = {("web", "shop"): 20, ("web", "phone", "web", "shop"): 5, ("phone",): 10}
MOVES = Moves.from_paths(WAYS)
TOUCHPOINTS = ("phone", "shop", "web")


def test_worked_example() -> None:
    """By hand."""
    assert MOVES.touchpoints == TOUCHPOINTS
    assert MOVES.paths == sorted(WAYS)
    assert MOVES.customers.tolist() == [10, 5, 20]
    assert MOVES.transitions.tolist() == [
        [0, 0, 5, 10],
        [0, 0, 0, 25],
        [5, 25, 0, 0],
        [10, 0, 25, 0],
    ]
    assert (MOVES.n, MOVES.shape) == (35, ())
    assert Moves.empty().transitions.tolist() == [[0]]


def test_faces() -> None:
    assert str(MOVES).splitlines() == [
        "Moves of 35 customers on 3 different paths",
        "from   phone  shop  web  end",
        "start     10     0   25    –",  # noqa: RUF001 (an en dash stands for "nothing")
        "phone      0     0    5   10",
        "shop       0     0    0   25",
        "web        5    25    0    0",
    ]
    assert MOVES.to_dicts()[1] == {
        "path": "web > phone > web > shop",
        "events": 4,
        "customers": 5,
    }
    batch = Grouped({"shop": ["N", "S"]}, batched(MOVES))
    assert str(batch).splitlines() == [
        "Moves",
        "shop   n  paths",
        "N     35      3",
        "S      5      1",
    ]
    assert batch.to_dicts()[1] == {
        "shop": "S",
        "customers_phone": 0,
        "customers_web > phone > web > shop": 5,
        "customers_web > shop": 0,
    }


def batched(moves: Moves) -> Moves:
    """The moves, and those of the second path alone."""
    second = np.arange(len(moves.lengths)) == 1
    return Moves(
        moves.touchpoints,
        moves.steps,
        moves.lengths,
        np.stack([moves.customers, np.where(second, moves.customers, 0)]),
    )


def test_the_same_path_twice_is_one() -> None:
    moves = Moves(("a", "b"), [1, 0, 0, 1, 0], [2, 1, 2], [[1, 2, 3], [0, 1, 4]])

    assert moves.paths == [("a",), ("b", "a")]
    assert moves.customers.tolist() == [[2, 4], [1, 4]]


@given(way_counts(), way_counts())
def test_moves_are_those_of_a_walk_along_each_path(one: Any, two: Any) -> None:
    moves = Moves.from_paths(one) + Moves.from_paths(two)
    walked: Counter[Any] = Counter()
    for ways in (one, two):
        for path, n in ways.items():
            for move in pairwise(("", *path, "end")):
                walked[move] += n
    names = [*moves.touchpoints, "end"]
    table = moves.transitions

    assert moves.n == sum(one.values()) + sum(two.values())
    for i, start in enumerate([*moves.touchpoints, ""]):
        for j, end in enumerate(names):
            assert table[i, j] == walked[start, end]


@given(way_counts(), way_counts(), way_counts())
def test_merging_is_a_commutative_monoid(one: Any, two: Any, three: Any) -> None:
    a, b, c = map(Moves.from_paths, (one, two, three))
    together = Moves.from_paths({w: one.get(w, 0) + two.get(w, 0) for w in {**one, **two}})

    assert a + b == together
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a + Moves.empty() == a == Moves.empty() + a
    assert sum([a, b]) == a + b


@given(way_counts(), st.permutations("ABCDE"))
def test_names_change_nothing_else(ways: Any, names: list[str]) -> None:
    new = dict(zip("abcde", names, strict=True))
    moves = Moves.from_paths(ways)
    renamed = Moves.from_paths({tuple(new[t] for t in way): n for way, n in ways.items()})
    at = [*(renamed.touchpoints.index(new[t]) for t in moves.touchpoints), -1]

    assert np.array_equal(renamed.transitions[np.ix_(at, at)], moves.transitions)


@given(way_counts(longest=60, touchpoints="abcdefghijklmnopqrstuvwxyz"))
def test_long_paths_keep_their_order(ways: Any) -> None:
    moves = Moves.from_paths(ways)

    assert moves.paths == sorted(ways)
    assert dict(zip(moves.paths, moves.customers.tolist(), strict=True)) == ways


@given(all_moves())
def test_moves_survive_being_stored_pickled_and_copied(moves: Moves) -> None:
    assert Moves.from_dict(json.loads(json.dumps(moves.to_dict()))) == moves
    assert pickle.loads(pickle.dumps(moves)) == moves
    assert copy.deepcopy(moves) == moves


def test_a_batch_is_its_rows() -> None:
    batch = batched(MOVES)
    rows = list(batch)

    assert rows[0] == MOVES
    assert rows[1] == Moves.from_paths({("web", "phone", "web", "shop"): 5})
    assert np.array_equal(batch.transitions, [row.transitions for row in rows])
    assert np.asarray(batch.take(np.array([1, -1])).n).tolist() == [5, 0]
    assert batch.regrouped(np.array([0, 0]), 1)[0] == rows[0] + rows[1]
    assert (batch + batch)[1] == rows[1] + rows[1]
    assert Grouped({"shop": ["N", "S"]}, batch).total() == rows[0] + rows[1]


def test_others_have_their_own_equality() -> None:
    assert MOVES != WAYS
    assert Moves.from_paths({("web",): 35}) != MOVES
    with pytest.raises(TypeError, match="unsupported operand"):
        MOVES + WAYS
    with pytest.raises(TypeError, match="A single Moves has no rows"):
        MOVES[0]


def test_a_touchpoint_has_a_position() -> None:
    assert MOVES.position("shop", "resolved") == 1
    with pytest.raises(UnknownKeyError) as raised:
        MOVES.position("shops", "resolved")

    assert str(raised.value) == (
        "`resolved` must be a touchpoint, not 'shops'.\nHint: did you mean 'shop'?"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((("b", "a"), [0], [1], [1]), "`touchpoints` must be sorted, and each of them occur once."),
        ((("a",), [1], [1], [1]), "Each of `steps` must be 0 to 0, not 1."),
        (
            (("a",), [0, 0], [1], [1]),
            (
                "`lengths` must be numbers from 1 that add up to the steps, not 1 in 1 paths for 2 "
                "steps."
            ),
        ),
        (
            (("a",), [0, 0], [2, 0], [1, 1]),
            (
                "`lengths` must be numbers from 1 that add up to the steps, not 2 in 2 paths for 2 "
                "steps."
            ),
        ),
        ((("a",), [[0]], [1], [1]), "`steps` must be numbers in one line, not of shape (1, 1)."),
        (
            (("a",), [0], [1], [1, 2]),
            "`customers` must be 1 numbers, one per path, not of shape (2,).",
        ),
        ((("a",), [0], [1], [-1]), "`customers` must be whole numbers from 0 to 2**53, not -1."),
        (
            (("a", "b"), [0, 1], [1, 1], [2**53, 2]),
            "A summary must have at most 2**53 customers.",
        ),
        (
            (tuple(f"{k:04}" for k in range(1001)), [0], [1], [1]),
            (
                "There must be at most 1,000 touchpoints, not 1,001.\n"
                "Hint: did you mean a column with fewer names?"
            ),
        ),
    ],
)
def test_what_is_no_summary_of_paths_is_refused(arguments: Any, message: str) -> None:
    with pytest.raises(ScaleError) as raised:
        Moves(*arguments)

    assert str(raised.value) == message


def test_paths_come_with_their_customers() -> None:
    with pytest.raises(TypeError, match="`paths` must be a Mapping, not list"):
        Moves.from_paths([("web", "shop")])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        ({"web": 1}, "Each path must be a tuple of names, not 'web'."),
        ({(): 1}, "Each path must be a tuple of names, not ()."),
        ({("web", 1): 1}, "Each touchpoint must be a name, not 1."),
        ({("web", ""): 1}, "Each touchpoint must be a name, not ''."),
    ],
)
def test_what_is_no_path_is_refused(paths: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as raised:
        Moves.from_paths(paths)

    assert str(raised.value) == message


def test_batches_of_other_shapes_do_not_add() -> None:
    with pytest.raises(MismatchError, match="Can't add a batch of shape"):
        batched(MOVES) + MOVES


@given(junk())
def test_stored_junk_is_refused(data: Any) -> None:
    with pytest.raises(FormatError):
        Moves.from_dict(data)
    good = MOVES.to_dict()
    for name in ("touchpoints", "steps", "lengths", "customers"):
        with suppress(CxMetricsError):
            assert Moves.from_dict(good | {name: data}) == MOVES


def test_groups_add_and_are_stored() -> None:
    other = Moves.from_paths({("shop", "tv"): 4, ("phone",): 1})
    one = Grouped({"shop": ["N", "S"]}, batched(MOVES))
    two = Grouped({"shop": ["S", "W"]}, batched(other))
    both = one + two

    assert both["N"] == one["N"]
    assert both["S"] == one["S"] + two["S"]
    assert both["W"] == two["W"]
    assert Grouped.from_dict(json.loads(json.dumps(both.to_dict()))) == both
    with pytest.raises(ScaleError, match="`touchpoints` must be a list of names, not str"):
        Moves("web", [0], [1], [1])
