"""Removal effects of observed paths, and their bootstrap."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given

from cxmetrics import AbsorbingChain, Moves, removal_effects
from cxmetrics.errors import ArgumentError, MismatchError, TooFewResponsesError, UnknownKeyError
from cxmetrics.journeys import removal
from cxmetrics.journeys.removal import _Cut, _drawn, _effects
from tests.strategies import way_counts
from tests.summaries.test_moves import batched

WAYS = {
    ("ad", "web", "buy"): 40,
    ("web", "buy", "web", "help"): 60,
    ("mail", "buy"): 10,
    ("buy",): 5,
    ("ad", "mail"): 50,
    ("web",): 140,
}
MOVES = Moves.from_paths(WAYS)


def chain_of(ways: dict[tuple[str, ...], Any], to: str) -> tuple[AbsorbingChain, float]:
    """The chain of a walk along each path until the conversion, and the share who convert."""
    names = sorted({name for way in ways for name in way} - {to})
    states = [*names, "begin"]
    rows = {name: dict.fromkeys([*states, to, "lost"], 0.0) for name in states}
    for way, n in ways.items():
        short = way[: way.index(to) + 1] if to in way else (*way, "lost")
        for source, target in zip(("begin", *short), short, strict=False):
            rows[source][target] += n
    shares = {
        name: {target: n / max(1, sum(row.values())) for target, n in row.items()}
        for name, row in rows.items()
    }
    for row in shares.values():
        del row["lost"]
    everybody = sum(ways.values())
    converted = sum(n for way, n in ways.items() if to in way)
    return AbsorbingChain.of({"begin": 1}, shares, to=to), converted / everybody


@given(way_counts())
def test_effects_are_those_of_the_chain_of_a_walk(ways: Any) -> None:
    """And the chain converts as many as really converted: what goes in comes out."""
    moves = Moves.from_paths(ways)
    for to in moves.touchpoints:
        chain, share = chain_of(ways, to)
        found = _effects(_Cut.of(moves, moves.touchpoints.index(to)).table(moves.customers))
        names = [name for name in moves.touchpoints if name != to]

        assert chain.conversion == pytest.approx(share)
        assert found == pytest.approx([chain.effects[name] for name in names], abs=1e-9)


def test_what_comes_after_the_conversion_does_not_matter() -> None:
    effects = removal_effects(MOVES, "buy", rng=1)
    cut = {way[: way.index("buy") + 1] if "buy" in way else way: n for way, n in WAYS.items()}
    same = removal_effects(Moves.from_paths(cut), "buy", rng=1)

    assert list(effects) == list(same) == ["ad", "mail", "web"]
    assert effects.batch.value == pytest.approx(same.batch.value)
    assert effects["web"].unit == "%"
    assert effects["web"].n == 305
    low, high = effects["web"].interval
    assert 0 < low < effects["web"].value < high < 100


def test_the_bootstrap_is_that_of_customers_one_by_one() -> None:
    """Drawn by hand from a list of customers, the effects have the same law."""
    everybody = [way for way, n in WAYS.items() for _ in range(n)]
    rng = np.random.default_rng(5)
    drawn = []
    for _ in range(400):
        ways: dict[Any, int] = {}
        for k in rng.integers(len(everybody), size=len(everybody)):
            ways[everybody[k]] = ways.get(everybody[k], 0) + 1
        drawn.append(chain_of(ways, "buy")[0].effects["web"])
    ours = removal_effects(MOVES, "buy", rng=6, draws=4_000)["web"]

    assert ours.std_error == pytest.approx(100 * np.std(drawn, ddof=1), rel=0.12)
    assert ours.interval.low == pytest.approx(100 * np.quantile(drawn, 0.025), abs=1.5)
    assert ours.interval.high == pytest.approx(100 * np.quantile(drawn, 0.975), abs=1.5)


def test_groups_of_customers_vary_as_customers_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard errors of 400 random groups are known to 1/sqrt(800), 3.5 %, of their size."""
    rng = np.random.default_rng(9)
    ways: dict[tuple[str, ...], int] = {}
    for _ in range(3_000):
        way = tuple(rng.choice(["ad", "mail", "web"], rng.integers(1, 9)).tolist())
        ways[way + ("buy",) * bool(rng.integers(2))] = int(rng.integers(1, 4))
    moves = Moves.from_paths(ways)
    assert len(moves.lengths) > 400
    cut = _Cut.of(moves, moves.touchpoints.index("buy"))
    by_customer = _drawn(cut, moves, 1_000, rng)
    monkeypatch.setattr(removal, "MOST_DRAWN", 400)
    by_group = _drawn(cut, moves, 1_000, rng)

    assert by_group.mean(axis=0) == pytest.approx(by_customer.mean(axis=0), abs=0.005)
    assert by_group.std(axis=0) == pytest.approx(by_customer.std(axis=0), rel=0.15)


def test_one_seed_one_result() -> None:
    seeded = [removal_effects(MOVES, "buy", rng=rng) for rng in (3, np.random.default_rng(3))]

    assert seeded[0] == seeded[1]
    test = seeded[0]["web"].test(50, alternative="greater")
    assert test.pvalue < 0.01


def test_errors() -> None:
    with pytest.raises(UnknownKeyError) as raised:
        removal_effects(MOVES, "by", rng=1)
    assert str(raised.value) == "`to` must be a touchpoint, not 'by'.\nHint: did you mean 'buy'?"
    with pytest.raises(MismatchError, match="`moves` must be of one group, not a batch"):
        removal_effects(batched(MOVES), "buy", rng=1)
    with pytest.raises(ArgumentError, match="`rng` must be"):
        removal_effects(MOVES, "buy", rng=None)  # type: ignore[arg-type]
    nobody = Moves(("buy", "web"), [0, 1], [1, 1], [0, 3])
    with pytest.raises(TooFewResponsesError) as unconverted:
        removal_effects(nobody, "buy", rng=1)
    assert str(unconverted.value) == "At least one customer must come to 'buy', not 0."
    with pytest.raises(TooFewResponsesError) as at_once:
        removal_effects(Moves.from_paths({("buy", "web"): 3}), "buy", rng=1)
    assert str(at_once.value) == "At least one touchpoint must come before 'buy', not 0."
