"""What of the page on calibration was simulated, and what error that leaves."""

from collections.abc import Iterable, Mapping
from math import sqrt
from typing import Any, NamedTuple

import _calibration_markdown as markdown
import _design_coverage as designs
import _equivalence_coverage as equivalent
import _family_coverage as families
import _joint_coverage as joint
import _mean_coverage as means
import _paired_coverage as paired
import _raking_coverage as raking
import _retention_coverage as retention
import _revenue_coverage as revenue
import _scatter_coverage as scatter
from _calibration_results import Results
from _tables import Coverage


class Simulation(NamedTuple):
    """Surveys that were drawn.

    Args:
        what: What they are of.
        draws: Number of surveys behind each rate.
        seed: Seed of the random numbers.
        rates: Shares of the surveys that were found.
    """

    what: str
    draws: int
    seed: int
    rates: list[float]

    @property
    def std_error(self) -> float:
        """The largest standard error of a rate, in percentage points."""
        return max(100 * sqrt(rate * max(0, 1 - rate) / self.draws) for rate in self.rates)


def simulations(results: Results) -> str:
    """A row per simulation."""
    rows = [
        [each.what, f"{each.draws:,}", f"{each.seed}", f"{each.std_error:.2f}"]
        for each in _simulations(results)
    ]
    return markdown.table(["", "surveys", "seed", "standard error up to (points)"], rows)


def _simulations(results: Results) -> list[Simulation]:
    answers = [*_drawn(results.weights), *_drawn(results.clusters)]
    twice = [*_drawn(results.pairs), *_drawn(results.overlaps)]
    kept = [
        rate
        for k in range(2)
        for rate in _drawn({cell: by[k] for cell, by in results.retention.items()})
    ]
    net, drawn, gross = (
        _drawn({cell: by[k] for cell, by in results.revenue.items()}) for k in range(3)
    )
    cards = [
        rate
        for k in range(2)
        for rate in _drawn({cell: by[k] for cell, by in results.joint.items()})
    ]
    alarms = [found.false_alarms for found in results.consistent.values()]
    profiles = _all(found.coverage for found in results.consistent.values())
    slopes = [rate for by in results.trends.values() for rate in _drawn(by)]
    return [
        Simulation("means with an asterisk", means.DRAWS, means.SEED, _drawn(results.means)),
        Simulation("weights, clusters", designs.DRAWS, designs.SEED, answers),
        Simulation("fitted weights", raking.DRAWS, raking.SEED, _drawn(results.raked)),
        Simulation("retention", retention.DRAWS, retention.SEED, kept),
        Simulation("revenue", revenue.DRAWS, revenue.SEED, [*net, *gross]),
        Simulation("revenue, accounts drawn again", revenue.RESAMPLED_DRAWS, revenue.SEED, drawn),
        Simulation("scorecards", joint.DRAWS, joint.SEED, cards),
        Simulation("the same customers", paired.DRAWS, paired.SEED, twice),
        Simulation(
            "equivalence", equivalent.DRAWS, equivalent.SEED, _all(results.equivalent.values())
        ),
        Simulation("many groups", families.DRAWS, families.SEED, _all(results.families.values())),
        Simulation("`consistency`, its test", scatter.TEST_DRAWS, scatter.SEED, alarms),
        Simulation("`consistency`, its interval", scatter.GROUP_DRAWS, scatter.SEED, profiles),
        Simulation("trends", scatter.TREND_DRAWS, scatter.SEED, slopes),
    ]


def _drawn(results: Mapping[Any, Mapping[Any, Coverage]]) -> list[float]:
    """The simulated ones of these coverages."""
    every = (coverage for by in results.values() for coverage in by.values())
    return [rate for coverage in every if coverage.draws for rate in coverage.rate.tolist()]


def _all(results: Iterable[Mapping[Any, float]]) -> list[float]:
    return [rate for by in results for rate in by.values()]
