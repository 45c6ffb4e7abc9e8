"""Few customers on a known chain: how often intervals of its moves and removal effects hold."""

from collections import Counter
from typing import NamedTuple

import numpy as np

import cxmetrics as cx

SAMPLES = 1_000
BOOTSTRAPS = 400
SEED = 2036

SIZES = (100, 300)
"""Customers."""

FIRST = {"A": 0.5, "B": 0.3, "C": 0.2}
MOVES = {"A": {"B": 0.3, "buy": 0.2}, "B": {"C": 0.25, "buy": 0.25}, "C": {"A": 0.2, "buy": 0.3}}
NAMES = ("A", "B", "C", "buy", "end")


class Held(NamedTuple):
    """Shares of samples in which intervals held: the lowest of the removal effects, and rows."""

    effects: float
    rows: float


def coverages() -> dict[int, Held]:
    """How often intervals held, by number of customers."""
    rng = np.random.default_rng(SEED)
    return {n: _of(n, rng) for n in SIZES}


def _of(n: int, rng: np.random.Generator) -> Held:
    truth = cx.AbsorbingChain.of(FIRST, MOVES, to="buy").effects
    effects, rows = dict.fromkeys(truth, 0), 0
    for _ in range(SAMPLES):
        moves = cx.Moves.from_paths(Counter(_path(rng) for _ in range(n)))
        found = cx.removal_effects(moves, "buy", rng=rng, draws=BOOTSTRAPS)
        for name, value in truth.items():
            low, high = found[name].interval
            effects[name] += low <= 100 * value <= high
        rows += _row_holds(cx.transitions(moves, method="goodman"), "A")
    return Held(min(effects.values()) / SAMPLES, rows / SAMPLES)


def _row_holds(found: cx.Transitions, source: str) -> bool:
    """Whether all intervals of a row hold."""
    row = found.sources.index(source)
    truth = [_chances(source)[NAMES.index(name)] for name in found.targets]
    low, high = (np.asarray(limit)[row] for limit in found.estimate.interval)
    return bool(((low <= truth) & (truth <= high)).all())


def _chances(source: str) -> list[float]:
    """Where customers go from a touchpoint; whoever does not move on is lost."""
    if source == "buy":
        return [0, 0, 0, 0, 1]
    row = FIRST if source == "" else MOVES[source]
    shares = [row.get(name, 0.0) for name in NAMES[:-1]]
    return [*shares, 1 - sum(shares)]


def _path(rng: np.random.Generator) -> tuple[str, ...]:
    """The touchpoints of one customer."""
    path: list[str] = []
    at = ""
    while at != "end":
        at = NAMES[int(np.searchsorted(np.cumsum(_chances(at)), rng.random(), side="right"))]
        path.append(at)
    return tuple(path[:-1])
