"""What the methods promise of one group, each with the number that shows it."""

from collections.abc import Iterable

import _design_coverage as designs
import _joint_coverage as joint
import _nps_coverage as one_group
import _paths_coverage as paths
import _raking_coverage as raked
import _retention_coverage as retention
import _revenue_coverage as revenue
from _calibration_comparisons import of_comparisons
from _calibration_promise import Promise, at_least, at_most, none
from _calibration_results import Results
from _nps_coverage import AT_EXTREME, ON_GRID

LOWEST_OF_ONE = {5: 0.9220, 10: 0.9385, 20: 0.9463, 50: 0.9403, 100: 0.9453}
"""Lowest coverage of `score` by number of answers, from another program than the library."""

SMALL = 20
"""Answers up to which a survey is called small."""


def promises(results: Results) -> list[Promise]:
    """One row per promise."""
    return [
        *_of_one_group(results),
        *_of_means(results),
        *_of_designs(results),
        *_of_raking(results),
        *_of_retention(results),
        *_of_revenue(results),
        *_of_scorecards(results.joint),
        *_of_paths(results),
        *of_comparisons(results),
    ]


def _of_one_group(results: Results) -> list[Promise]:
    one = results.one

    def lowest(method: str, sizes: Iterable[int], where: slice = ON_GRID) -> float:
        return min(one[n][method][where].rate.min() for n in sizes)

    sizes = one_group.SIZES
    off = sum(round(lowest("score", [n]), 4) != known for n, known in LOWEST_OF_ONE.items())
    widths = [
        one[n]["score"][ON_GRID].width.mean() / one[n]["t"][ON_GRID].width.mean() for n in sizes
    ]
    averages = {m: min(one[n][m][ON_GRID].rate.mean() for n in sizes) for m in ("score", "bayes")}
    return [
        at_least("`score` holds with 5 answers", "lowest on the grid", lowest("score", [5]), 0.92),
        at_least(
            "`score` holds from 10 answers on",
            "lowest on the grid, n = 10 to 100",
            lowest("score", sizes[1:]),
            0.935,
        ),
        at_least(
            "`score` holds 95% on average",
            "lowest mean over the grid, n = 5 to 100",
            averages["score"],
            0.949,
        ),
        at_least(
            "`score` holds where customers are happy",
            "lowest for +88 and +96, n = 5 to 100",
            lowest("score", sizes, AT_EXTREME),
            0.92,
        ),
        at_most(
            "An interval by `score` is not wider than one by `t`",
            "largest ratio of mean widths, n = 5 to 100",
            max(widths),
            1.0,
        ),
        none(
            "`score` is Tango's method",
            "tables with limits that his formula denies",
            results.conflicts_with_tango,
        ),
        none(
            "`score` holds as often as another program found",
            "lowest coverages that differ in four decimals, five sizes",
            off,
        ),
        at_least(
            "`adjusted-wald` is a formula that holds",
            "lowest on the grid, n = 5 to 100",
            lowest("adjusted-wald", sizes),
            0.93,
        ),
        at_least(
            "`conservative` never falls below 95%",
            "lowest of all distributions, n = 5 to 100",
            lowest("conservative", sizes, slice(None)),
            0.95,
        ),
        at_least(
            "`bayes` holds 95% on average",
            "lowest mean over the grid, n = 5 to 100",
            averages["bayes"],
            0.945,
        ),
        at_least(
            "`rocks` holds from 20 answers on",
            "lowest on the grid, n = 20 to 100",
            lowest("rocks", sizes[2:]),
            0.93,
        ),
    ]


def _of_means(results: Results) -> list[Promise]:
    def lowest(method: str) -> float:
        return min(by[method].rate.min() for by in results.means.values())

    narrow = -1
    ratios = [
        by["likelihood"].width[narrow] / by["score"].width[narrow]
        for cell, by in results.means.items()
        if cell.n <= SMALL
    ]
    where = "lowest of nine distributions, n = 5 to 50"
    return [
        at_least("A mean by `score` holds", where, lowest("score"), 0.935),
        at_least("A mean by `likelihood` holds", where, lowest("likelihood"), 0.93),
        at_most(
            "`likelihood` is shorter where few answers lie close together",
            "largest ratio of its mean width to that of `score`, n = 5 to 20",
            max(ratios),
            0.8,
        ),
    ]


def _of_designs(results: Results) -> list[Promise]:
    weights, clusters = results.weights.values(), results.clusters.values()
    customers = f"{designs.CUSTOMERS[0]} to {designs.CUSTOMERS[-1]} customers"
    typical = [by for (name, _), by in results.clusters.items() if name == "+30"]
    return [
        at_least(
            "`score` holds with weights",
            "lowest for +30 and +88, n = 30 to 300",
            min(by["score"].rate.min() for by in weights),
            0.93,
        ),
        at_least(
            "`score` holds with clusters",
            f"lowest for +30 and +88, {customers}",
            min(by["score"].rate.min() for by in clusters),
            0.93,
        ),
        at_most(
            "Without the clusters the same answers mislead",
            f"highest coverage for +30, {customers}",
            max(by[designs.IGNORED].rate.max() for by in typical),
            0.85,
        ),
    ]


def _of_raking(results: Results) -> list[Promise]:
    typical = [by for (name, _), by in results.raked.items() if name == "+30"]
    answers = f"{raked.SIZES[0]} and {raked.SIZES[-1]} answers"
    return [
        at_least(
            "`score` holds with fitted weights",
            f"lowest for +30 and +88, {answers}",
            min(by[raked.REFITTED].rate.min() for by in results.raked.values()),
            0.93,
        ),
        at_most(
            "Without weights the same answers mislead",
            f"highest coverage for +30, {answers}",
            max(by[raked.UNWEIGHTED].rate.max() for by in typical),
            0.56,
        ),
    ]


def _of_retention(results: Results) -> list[Promise]:
    cohorts = list(results.retention.values())
    sizes = f"lowest of eighteen cohorts, {retention.SIZES[0]} to {retention.SIZES[-1]} customers"
    larger = [by for cell, by in results.retention.items() if cell.n > retention.SIZES[0]]
    return [
        at_least(
            "`retention_at` holds in small cohorts",
            sizes,
            min(by.retention["log-log"].rate.min() for by in cohorts),
            0.94,
        ),
        at_least(
            "`mean_tenure` holds from 20 customers on",
            "lowest of twelve cohorts",
            min(by.mean["log-log"].rate.min() for by in larger),
            0.925,
        ),
        at_least(
            "`mean_tenure` holds with 10 customers",
            "lowest of six cohorts",
            min(by.mean["log-log"].rate.min() for by in cohorts),
            0.89,
        ),
        at_most(
            "Normal limits of the same retention mislead in small cohorts",
            "lowest coverage",
            min(by.retention["normal"].rate.min() for by in cohorts),
            0.4,
        ),
    ]


def _of_revenue(results: Results) -> list[Promise]:
    found = results.revenue.items()
    books = f"lowest of twelve books, {revenue.SIZES[0]} to {revenue.SIZES[-1]} accounts"
    return [
        *(
            at_least(
                f"`net_revenue_retention` holds with {n} accounts",
                "lowest of four books",
                min(by.net["adjusted"].rate.min() for cell, by in found if cell.n == n),
                0.925,
            )
            for n in revenue.SIZES
        ),
        at_least(
            "`gross_revenue_retention` holds",
            books,
            min(by.gross["score"].rate.min() for _, by in found),
            0.935,
        ),
        at_most(
            "Student's t of the same ratios misleads where few accounts leave",
            "highest coverage of six books",
            max(by.gross["t"].rate.max() for cell, by in found if cell.book == revenue.FEW_LEAVE),
            0.86,
        ),
    ]


def _of_scorecards(found: dict[joint.Cell, joint.Joint]) -> list[Promise]:
    """The promises of means of several touchpoints, and of gaps to them."""
    where = f"lowest of 36 journeys, {joint.SIZES[0]} to {joint.SIZES[-1]} customers"
    happy = [by for cell, by in found.items() if cell.journey == joint.HAPPY and cell.n <= SMALL]
    return [
        at_least(
            "A mean of touchpoints holds",
            where,
            min(by.means["score"].rate.min() for by in found.values()),
            0.935,
        ),
        at_least(
            "A gap to the mean holds",
            where,
            min(by.gaps["mover"].rate.min() for by in found.values()),
            0.935,
        ),
        at_most(
            "Student's t of the same mean misleads where few customers are happy",
            "highest coverage for 95% satisfied, 8 and 15 customers",
            max(by.means["t"].rate.max() for by in happy),
            0.91,
        ),
    ]


def _of_paths(results: Results) -> list[Promise]:
    found = results.paths.values()
    sizes = " and ".join(map(str, paths.SIZES))
    return [
        at_least(
            "The bootstrap of `removal_effects` holds",
            f"lowest of three touchpoints, {sizes} customers",
            min(held.effects for held in found),
            0.92,
        ),
        at_least(
            "Goodman's intervals of `transitions` hold together",
            f"lowest of a row of five moves, {sizes} customers",
            min(held.rows for held in found),
            0.95,
        ),
    ]
