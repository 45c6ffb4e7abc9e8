"""Surveys that are raked to known totals: how often the interval of the NPS holds.

Young customers and those of the north are less happy, and answer less often. Their shares
of all customers are known.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
from _design_coverage import TRUTHS, sums
from _tables import Coverage, Ints

import cxmetrics as cx
from cxmetrics.summaries.design import Weighted

DRAWS = 3_000
SEED = 2032
SIZES = (100, 300)
"""Answers."""

REFITTED, GIVEN, UNWEIGHTED = "`Raking.counts`", "weights taken for given", "without weights"

By: TypeAlias = dict[str, Coverage]
"""Coverage by method."""


class Margin(NamedTuple):
    """Groups of customers.

    Args:
        customers: Their shares of all customers, which are known.
        answers: Their shares of the answers.
        unhappy: By how much fewer or more of them than of all are no promoters.
    """

    customers: tuple[float, ...]
    answers: tuple[float, ...]
    unhappy: tuple[float, ...]


MARGINS = {
    "age": Margin((0.3, 0.4, 0.3), (0.15, 0.30, 0.55), (0.4, 0.0, -0.4)),
    "region": Margin((0.5, 0.5), (0.35, 0.65), (0.2, -0.2)),
}
TARGETS = {name: dict(enumerate(margin.customers)) for name, margin in MARGINS.items()}


def coverages() -> dict[tuple[str, int], By]:
    """Coverage by the true NPS and the number of answers."""
    rng = np.random.default_rng(SEED)
    return {(name, n): _of(name, n, rng) for name in TRUTHS for n in SIZES}


def _of(name: str, n: int, rng: np.random.Generator) -> By:
    levels = {
        column: rng.choice(len(margin.answers), (DRAWS, n), p=margin.answers)
        for column, margin in MARGINS.items()
    }
    position = _answers(name, levels, rng)
    rakings = [
        cx.rake({column: level[i] for column, level in levels.items()}, TARGETS)
        for i in range(DRAWS)
    ]
    weights = np.array([raking.weights for raking in rakings])
    given = Weighted(weights=sums(position, weights), squares=sums(position, weights**2))
    table = sums(position)
    raked = [
        cx.nps(raking.counts(answers, cx.NPS_GROUPS)).interval
        for raking, answers in zip(rakings, position - 1, strict=True)
    ]
    intervals = {
        REFITTED: cx.Interval(*np.transpose(raked)),
        GIVEN: cx.nps(cx.Counts(cx.NPS_GROUPS, table, design=given)).interval,
        UNWEIGHTED: cx.nps(cx.Counts(cx.NPS_GROUPS, table)).interval,
    }
    bad, _, good = TRUTHS[name]
    each, truth = np.full((1, DRAWS), 1 / DRAWS), np.array([100 * (good - bad)])
    return {name: Coverage.of(interval, each, truth, DRAWS) for name, interval in intervals.items()}


def _answers(name: str, levels: dict[str, Ints], rng: np.random.Generator) -> Ints:
    """0 for a detractor to 2 for a promoter."""
    unhappy = 1 + np.sum([np.take(MARGINS[column].unhappy, at) for column, at in levels.items()], 0)
    below = np.cumsum(TRUTHS[name])[:-1] * unhappy[..., None]
    return np.asarray((rng.random((*unhappy.shape, 1)) >= below).sum(axis=-1))
