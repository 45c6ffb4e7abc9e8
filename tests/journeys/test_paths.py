"""Most frequent paths, returns, and resolution by the first contact."""

from typing import Any

import pytest
from hypothesis import given
from statsmodels.stats.proportion import proportion_confint

from cxmetrics import Grouped, Moves, first_contact_resolution, frequent_paths, return_rate
from cxmetrics.errors import ArgumentError, MismatchError, TooFewResponsesError, UnknownKeyError
from tests.strategies import all_moves, way_counts
from tests.summaries.test_moves import batched

WAYS = {
    ("call", "done"): 30,
    ("call", "call", "done"): 12,
    ("mail", "call", "done", "mail"): 5,
    ("mail",): 8,
    ("done",): 2,
    ("call", "done", "done"): 3,
}
MOVES = Moves.from_paths(WAYS)


def test_frequent_paths() -> None:
    """Wilson's intervals are those of statsmodels."""
    found = frequent_paths(MOVES, 3)
    low, high = proportion_confint(30, 60, method="wilson")

    assert found.paths == (("call", "done"), ("call", "call", "done"), ("mail",))
    assert found.customers.tolist() == [30, 12, 8]
    assert (found.different, found.shape) == (6, ())
    row = found.to_dicts()[0]
    assert row == {
        "path": "call > done",
        "events": 2,
        "customers": 30,
        "share": pytest.approx(50),
        "low": pytest.approx(100 * low),
        "high": pytest.approx(100 * high),
    }
    assert found.to_dict()["customers"] == [30, 12, 8]
    assert len(frequent_paths(MOVES, 99).paths) == 6


def test_return_rates_by_hand() -> None:
    rates = return_rate(MOVES)

    assert list(rates) == ["call", "done", "mail"]
    assert rates["call"].value == pytest.approx(100 * 12 / 50)
    assert rates["done"].value == pytest.approx(100 * 3 / 52)
    assert rates["mail"].value == pytest.approx(100 * 5 / 13)
    assert rates["mail"].n == 13


def test_first_contact_resolution_by_hand() -> None:
    """Who began with the resolution had no contact; who wrote after it had two."""
    rate = first_contact_resolution(MOVES, "done")

    assert rate.value == pytest.approx(100 * 33 / 58)
    assert (rate.n, rate.unit) == (58, "%")


@given(way_counts())
def test_rates_are_those_of_a_walk(ways: Any) -> None:
    moves = Moves.from_paths(ways)
    rates = return_rate(moves)
    for name in moves.touchpoints:
        came = sum(n for way, n in ways.items() if name in way)
        back = sum(n for way, n in ways.items() if way.count(name) > 1)
        assert rates[name].value == pytest.approx(100 * back / came)

    for name in moves.touchpoints:
        contacts = {way: [t for t in way if t != name] for way in ways}
        any_contact = sum(n for way, n in ways.items() if contacts[way])
        once = sum(
            n
            for way, n in ways.items()
            if len(contacts[way]) == 1 and way[0] != name and name in way
        )
        if any_contact:
            rate = first_contact_resolution(moves, name)
            assert rate.value == pytest.approx(100 * once / any_contact)


@given(all_moves())
def test_paths_that_nobody_took_are_not_shown(moves: Moves) -> None:
    second = batched(moves + Moves.from_paths({("x", "y"): 1}))[1]

    assert frequent_paths(second).different == 1
    assert len(return_rate(second)) == len(set(frequent_paths(second).paths[0]))


def test_errors() -> None:
    with pytest.raises(MismatchError) as raised:
        frequent_paths(batched(MOVES))
    assert str(raised.value) == (
        "`moves` must be of one group, not a batch.\nHint: did you mean grouped[key]?"
    )
    with pytest.raises(MismatchError) as several:
        return_rate(Grouped({"shop": ["N", "S"]}, batched(MOVES)))  # type: ignore[arg-type]
    assert str(several.value) == (
        "`moves` must be of one group, not of 2.\nHint: did you mean moves['N']?"
    )
    with pytest.raises(TooFewResponsesError) as nobody:
        return_rate(Moves.empty())
    assert str(nobody.value) == "`moves` must have at least one customer, not 0."
    with pytest.raises(ArgumentError, match="`most` must be at least 1, not 0"):
        frequent_paths(MOVES, 0)
    with pytest.raises(UnknownKeyError, match="`resolved` must be a touchpoint, not 'don'"):
        first_contact_resolution(MOVES, "don")
    with pytest.raises(TooFewResponsesError, match="have an event other than 'done', not 0"):
        first_contact_resolution(Moves.from_paths({("done",): 3}), "done")
