"""Weighted answers, and customers who answer again: how often the interval of the NPS holds.

Simulated, with the sums that `Counts` keeps made at once for all surveys.
"""

from math import log, sqrt
from typing import TypeAlias

import numpy as np
from _tables import Coverage, Floats, Ints
from scipy.special import ndtri

import cxmetrics as cx
from cxmetrics._typing import IntervalMethod
from cxmetrics.summaries.design import Clustered, Weighted

DRAWS = 40_000
SEED = 2027

TRUTHS = {"+30": (0.2, 0.3, 0.5), "+88": (0.02, 0.08, 0.90)}
"""Shares of detractors, passives and promoters, by their NPS."""

SIZES = (30, 100, 300)
"""Weighted answers."""

EFFECT = 1.5
"""Design effect of the weights in large samples, by Kish: 1 + the square of their variation."""

CUSTOMERS = (6, 10, 20, 60)
"""Customers, each of whom answers once, and then about twice more."""

MORE_ANSWERS = 2
CORRELATION = 0.5
"""Of two answers of one customer, before they are cut into three."""

METHODS: tuple[IntervalMethod, ...] = ("score", "t")
IGNORED = "score, clusters ignored"

By: TypeAlias = dict[str, Coverage]
"""Coverage by method."""


def of_weights() -> dict[tuple[str, int], By]:
    """Coverage with weights that have nothing to do with the answers."""
    rng = np.random.default_rng(SEED)
    return {(name, n): _of_weights(name, n, rng) for name in TRUTHS for n in SIZES}


def _of_weights(name: str, n: int, rng: np.random.Generator) -> By:
    position = np.searchsorted(np.cumsum(TRUTHS[name])[:-1], rng.random((DRAWS, n)), side="right")
    weights = rng.lognormal(sigma=sqrt(log(EFFECT)), size=(DRAWS, n))
    design = Weighted(weights=sums(position, weights), squares=sums(position, weights**2))
    counts = cx.Counts(cx.NPS_GROUPS, sums(position), design=design)
    return {method: _coverage(counts, method, name) for method in METHODS}


def of_clusters() -> dict[tuple[str, int], By]:
    """Coverage with repeated answers, whose customers are the clusters, or are ignored."""
    rng = np.random.default_rng(SEED)
    return {(name, n): _of_clusters(name, n, rng) for name in TRUTHS for n in CUSTOMERS}


def _of_clusters(name: str, customers: int, rng: np.random.Generator) -> By:
    sizes = 1 + rng.poisson(MORE_ANSWERS, DRAWS * customers)
    own = np.repeat(rng.standard_normal(len(sizes)), sizes)
    noise = rng.standard_normal(len(own))
    latent = sqrt(CORRELATION) * own + sqrt(1 - CORRELATION) * noise
    position = np.searchsorted(ndtri(np.cumsum(TRUTHS[name])[:-1]), latent)
    cell = 3 * np.repeat(np.arange(len(sizes)), sizes) + position
    totals = np.bincount(cell, minlength=3 * len(sizes)).reshape(DRAWS, customers, 3)
    table = totals.sum(axis=1)
    design = Clustered(
        weights=table,
        squares=table,
        products=np.einsum("rcj,rck->rjk", totals, totals),
        n_clusters=np.full(DRAWS, customers),
        overlap=np.zeros(DRAWS, np.int64),
        with_weights=False,
    )
    clustered = cx.Counts(cx.NPS_GROUPS, table, design=design)
    coverage = {method: _coverage(clustered, method, name) for method in METHODS}
    return coverage | {IGNORED: _coverage(cx.Counts(cx.NPS_GROUPS, table), "score", name)}


def sums(position: Ints, amounts: Floats | None = None) -> Floats:
    """Sums by survey and point of answers (surveys × answers) at these positions."""
    surveys = len(position)
    cell = position + 3 * np.arange(surveys)[:, None]
    content = None if amounts is None else amounts.ravel()
    return np.bincount(cell.ravel(), content, minlength=3 * surveys).reshape(surveys, 3)


def _coverage(counts: cx.Counts, method: IntervalMethod, name: str) -> Coverage:
    bad, _, good = TRUTHS[name]
    each = np.full((1, DRAWS), 1 / DRAWS)
    interval = cx.nps(counts, method=method).interval
    return Coverage.of(interval, each, np.array([100 * (good - bad)]), DRAWS)
