"""Scores that differ by just the margin: how often they are taken for equivalent."""

from typing import Any, NamedTuple, TypeAlias, get_args

import numpy as np

import cxmetrics as cx
from cxmetrics.comparisons.equivalence import EquivalenceMethod

DRAWS = 20_000
SEED = 2030
LEVEL = 0.05

METHODS: tuple[EquivalenceMethod, ...] = get_args(EquivalenceMethod)
NOT_INFERIOR, NOT_FOUND = "not inferior, `score`", "no difference found"

Shares: TypeAlias = tuple[float, float, float]
"""Detractors, passives and promoters."""

Rates: TypeAlias = dict[str, float]
"""Share of wrong verdicts, by method."""


class Scenario(NamedTuple):
    """Two groups, the score of the first of which is lower by the margin.

    Args:
        after: Shares of the first group.
        before: Shares of the second.
        sizes: Answers of both.
    """

    after: Shares
    before: Shares
    sizes: tuple[int, int]

    @property
    def margin(self) -> float:
        """By how much the first score is lower."""
        (bad, _, good), (other_bad, _, other_good) = self.after, self.before
        return round(100 * (other_good - other_bad - good + bad), 9)


UNLIKE = "-20 polarised and 0 indifferent, 100 and 400"

SCENARIOS = {
    "+30 and +40, 500 and 500": Scenario((0.20, 0.30, 0.50), (0.15, 0.30, 0.55), (500, 500)),
    "+30 and +40, 2,000 and 2,000": Scenario((0.20, 0.30, 0.50), (0.15, 0.30, 0.55), (2000, 2000)),
    "+30 and +40, 300 and 1,500": Scenario((0.20, 0.30, 0.50), (0.15, 0.30, 0.55), (300, 1500)),
    "+78 and +88, 200 and 200": Scenario((0.04, 0.14, 0.82), (0.02, 0.08, 0.90), (200, 200)),
    "+78 and +88, 100 and 400": Scenario((0.04, 0.14, 0.82), (0.02, 0.08, 0.90), (100, 400)),
    "+78 and +88, 400 and 100": Scenario((0.04, 0.14, 0.82), (0.02, 0.08, 0.90), (400, 100)),
    UNLIKE: Scenario((0.60, 0.00, 0.40), (0.10, 0.80, 0.10), (100, 400)),
}


def wrong_verdicts() -> dict[str, Rates]:
    """How often scores that differ by the margin are said to differ by less."""
    rng = np.random.default_rng(SEED)
    return {name: _of(scenario, rng) for name, scenario in SCENARIOS.items()}


def _of(scenario: Scenario, rng: np.random.Generator) -> Rates:
    groups = zip((scenario.after, scenario.before), scenario.sizes, strict=True)
    after, before = (
        cx.nps(cx.Counts(cx.NPS_GROUPS, rng.multinomial(n, shares, DRAWS))) for shares, n in groups
    )
    margin = scenario.margin
    same = {m: cx.equivalence(after, before, margin=margin, method=m) for m in METHODS}
    not_lower = cx.equivalence(after, before, margin=margin, kind="non-inferiority")
    wrong: dict[str, Any] = {
        method: found.verdict == "equivalent" for method, found in same.items()
    }
    wrong[NOT_INFERIOR] = not_lower.verdict == "not inferior"
    wrong[NOT_FOUND] = np.asarray(cx.difference(after, before).pvalue) >= LEVEL
    return {name: float(np.mean(each)) for name, each in wrong.items()}
