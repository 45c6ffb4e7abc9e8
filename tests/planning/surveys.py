"""Surveys to plan from, and ways to compare them."""

from typing import Any

import pytest

import cxmetrics as cx
from cxmetrics import ONE_TO_FIVE, ZERO_TO_TEN, Counts, Estimate


def nps_of(detractors: int, passives: int, promoters: int) -> Estimate:
    return cx.nps(Counts.from_mapping(ZERO_TO_TEN, {3: detractors, 8: passives, 10: promoters}))


def csat_of(satisfied: int) -> Estimate:
    """Top two boxes of 1,000 answers."""
    counts = {2: 1_000 - satisfied, 4: satisfied // 2, 5: satisfied - satisfied // 2}
    return cx.csat(Counts.from_mapping(ONE_TO_FIVE, counts))


TYPICAL = nps_of(200, 300, 500)
EXCELLENT = nps_of(2, 8, 90)
MEAN = cx.mean_score(Counts(ONE_TO_FIVE, [1, 2, 4, 10, 8]))

SETTINGS: dict[str, dict[str, Any]] = {
    "two": {},
    "one-sided": {"alternative": "greater"},
    "unequal": {"ratio": 2.5},
    "paired": {"comparison": "paired", "correlation": 0.4},
    "benchmark": {"comparison": "benchmark"},
    "design": {"design_effect": 1.7, "population": 50_000},
}
every_setting = pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
