"""Four groups with one score: how often something is found, by tests of all and of families."""

from typing import NamedTuple, TypeAlias

import numpy as np
from _tables import Floats, Ints
from scipy import stats

import cxmetrics as cx
from cxmetrics.comparisons import families
from cxmetrics.comparisons.equality import equality_test

DRAWS = 4_000
SEED = 2028
LEVEL = 0.95

TYPICAL, HAPPY = (0.2, 0.3, 0.5), (0.02, 0.08, 0.90)
SHAPES = ((0.5, 0.0, 0.5), (0.4, 0.2, 0.4), (0.3, 0.4, 0.3), (0.1, 0.8, 0.1))
"""Polarised to indifferent customers, all with an NPS of 0."""

Rates: TypeAlias = dict[str, float]
"""Share of false alarms by test."""


class Scenario(NamedTuple):
    """Groups that have one score.

    Args:
        shares: Detractors, passives and promoters of each group.
        sizes: Answers of each group.
    """

    shares: tuple[tuple[float, float, float], ...]
    sizes: tuple[int, ...]


SCENARIOS = {
    "+30, 15 each": Scenario((TYPICAL,) * 4, (15,) * 4),
    "+30, 20 each": Scenario((TYPICAL,) * 4, (20,) * 4),
    "+88, 40 each": Scenario((HAPPY,) * 4, (40,) * 4),
    "0, polarised to indifferent, 10 to 80": Scenario(SHAPES, (10, 20, 40, 80)),
    "0, indifferent to polarised, 10 to 80": Scenario(SHAPES[::-1], (10, 20, 40, 80)),
}

OF_ALL = ("score", "pooled chi-squared", "Kruskal-Wallis")
OF_FAMILIES = ("pairs", "rest", "control", "pairs, not adjusted")


def false_alarms() -> dict[str, Rates]:
    """How often each test finds a difference where there is none."""
    rng = np.random.default_rng(SEED)
    return {name: _of(scenario, rng) for name, scenario in SCENARIOS.items()}


def _of(scenario: Scenario, rng: np.random.Generator) -> Rates:
    groups = zip(scenario.shares, scenario.sizes, strict=True)
    tables = np.stack([rng.multinomial(n, p, DRAWS) for p, n in groups], axis=1)
    return _of_all(tables) | _of_families(tables)


def _of_all(tables: Ints) -> Rates:
    """Tests that all groups are alike."""
    batch = cx.nps(cx.Counts(cx.NPS_GROUPS, tables))
    overall = [equality_test(batch[draw]).pvalue for draw in range(len(tables))]
    tests = {
        "score": np.array(overall),
        "pooled chi-squared": _pooled(tables, np.array([-1.0, 0, 1])),
        "Kruskal-Wallis": _pooled(tables, None),
    }
    return {name: float((p < 1 - LEVEL).mean()) for name, p in tests.items()}


def _pooled(tables: Ints, scores: Floats | None) -> Floats:
    """p-values of (N - 1) Σ n_g (θ_g - θ)² / (N V), of scores or midranks: same distribution."""
    n, everyone = tables.sum(axis=2), tables.sum(axis=1)
    total = everyone.sum(axis=1)
    each = np.cumsum(everyone, axis=1) - everyone / 2 if scores is None else scores
    each = np.broadcast_to(each, everyone.shape)
    means = np.einsum("dgk,dk->dg", tables, each) / n
    center = (everyone * each).sum(axis=1) / total
    variance = (everyone * each**2).sum(axis=1) / total - center**2
    between = (n * (means - center[:, None]) ** 2).sum(axis=1)
    squares = (total - 1) * between / (total * np.where(variance > 0, variance, np.inf))
    return np.asarray(stats.chi2.sf(squares, tables.shape[1] - 1))


def _of_families(tables: Ints) -> Rates:
    """Any false alarm among the comparisons of a family."""
    k = tables.shape[1]
    one, two = np.triu_indices(k, 1)
    pairs = _pvalues(tables[:, one], tables[:, two])
    rest = _pvalues(tables, tables.sum(axis=1, keepdims=True) - tables)
    control = _pvalues(tables[:, 1:], np.repeat(tables[:, :1], k - 1, axis=1))
    tukey, sidak = families.tukey(k), families.sidak(k)
    variances = cx.nps(cx.Counts(cx.NPS_GROUPS, tables)).std_error ** 2
    dunnett = [
        families.dunnett(v[1:], v[0]).adjusted(p).min()
        for v, p in zip(variances, control, strict=True)
    ]
    alarms = {
        "pairs": tukey.adjusted(pairs.min(axis=1)),
        "rest": sidak.adjusted(rest.min(axis=1)),
        "control": np.array(dunnett),
        "pairs, not adjusted": pairs.min(axis=1),
    }
    return {name: float((p < 1 - LEVEL).mean()) for name, p in alarms.items()}


def _pvalues(after: Ints, before: Ints) -> Floats:
    """p-values of the differences, draws × comparisons."""
    sides = [cx.nps(cx.Counts(cx.NPS_GROUPS, side)) for side in (after, before)]
    return np.asarray(cx.difference(*sides).pvalue)
