"""What the methods promise, each with the number that shows it."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import _design_coverage as designs
import _difference_coverage as two_groups
import _family_coverage as families
import _mean_coverage as means
import _nps_coverage as one_group
from _nps_coverage import AT_EXTREME, ON_GRID
from _tables import Coverage

LOWEST_OF_ONE = {5: 0.9220, 10: 0.9385, 20: 0.9463, 50: 0.9403, 100: 0.9453}
"""Lowest coverage of `score` by number of answers, from another program than the library."""

LOWEST_OF_TWO = dict(zip(two_groups.SIZES, (0.948, 0.948, 0.950, 0.953, 0.952, 0.944), strict=True))
"""Lowest coverage of the difference by sizes of the groups, from that program too."""

SMALL = 20
"""Answers up to which a survey is called small."""


class Results(NamedTuple):
    """All that was computed."""

    one: dict[int, dict[str, Coverage]]
    two: dict[tuple[int, int], two_groups.Comparison]
    means: dict[means.Cell, dict[str, Coverage]]
    weights: dict[tuple[str, int], designs.By]
    clusters: dict[tuple[str, int], designs.By]
    families: dict[str, families.Rates]
    conflicts_with_tango: int
    conflicts_with_pvalue: int
    conflicts_of_permutation: int

    @classmethod
    def computed(cls, step: Callable[[str], None]) -> "Results":
        """Compute everything, and say what is being done."""
        step("one group")
        one, tango = one_group.coverages(), one_group.conflicts_with_tango()
        step("means")
        of_means = means.coverages()
        step("weights and clusters")
        weights, clusters = designs.of_weights(), designs.of_clusters()
        step("many groups")
        alarms = families.false_alarms()
        step("intervals and p-values")
        conflicts, permuted = two_groups.conflicts(), two_groups.permutation_conflicts()
        step("two groups")
        return cls(
            one=one,
            two=two_groups.comparisons(),
            means=of_means,
            weights=weights,
            clusters=clusters,
            families=alarms,
            conflicts_with_tango=tango,
            conflicts_with_pvalue=conflicts,
            conflicts_of_permutation=permuted,
        )


class Promise(NamedTuple):
    """A promise, how it was measured, the bound, what was found, and whether it is kept."""

    text: str
    measured: str
    bound: str
    found: str
    kept: bool


def promises(results: Results) -> list[Promise]:
    """One row per promise."""
    return [
        *_of_one_group(results),
        *_of_two_groups(results),
        *_of_means(results),
        *_of_designs(results),
        *_of_families(results),
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
        _at_least("`score` holds with 5 answers", "lowest on the grid", lowest("score", [5]), 0.92),
        _at_least(
            "`score` holds from 10 answers on",
            "lowest on the grid, n = 10 to 100",
            lowest("score", sizes[1:]),
            0.935,
        ),
        _at_least(
            "`score` holds 95% on average",
            "lowest mean over the grid, n = 5 to 100",
            averages["score"],
            0.949,
        ),
        _at_least(
            "`score` holds where customers are happy",
            "lowest for +88 and +96, n = 5 to 100",
            lowest("score", sizes, AT_EXTREME),
            0.92,
        ),
        _at_most(
            "An interval by `score` is not wider than one by `t`",
            "largest ratio of mean widths, n = 5 to 100",
            max(widths),
            1.0,
        ),
        _none(
            "`score` is Tango's method",
            "tables with limits that his formula denies",
            results.conflicts_with_tango,
        ),
        _none(
            "`score` holds as often as another program found",
            "lowest coverages that differ in four decimals, five sizes",
            off,
        ),
        _at_least(
            "`adjusted-wald` is a formula that holds",
            "lowest on the grid, n = 5 to 100",
            lowest("adjusted-wald", sizes),
            0.93,
        ),
        _at_least(
            "`conservative` never falls below 95%",
            "lowest of all distributions, n = 5 to 100",
            lowest("conservative", sizes, slice(None)),
            0.95,
        ),
        _at_least(
            "`bayes` holds 95% on average",
            "lowest mean over the grid, n = 5 to 100",
            averages["bayes"],
            0.945,
        ),
        _at_least(
            "`rocks` holds from 20 answers on",
            "lowest on the grid, n = 20 to 100",
            lowest("rocks", sizes[2:]),
            0.93,
        ),
    ]


def _of_two_groups(results: Results) -> list[Promise]:
    coverage = [comparison.coverage for comparison in results.two.values()]
    size = [comparison.size for comparison in results.two.values()]
    off = sum(
        round(results.two[sizes].coverage["score"].min(), 3) != known
        for sizes, known in LOWEST_OF_TWO.items()
    )
    return [
        _at_least(
            "A difference by `score` holds",
            "lowest of eleven pairs, six sizes",
            min(by["score"].min() for by in coverage),
            0.94,
        ),
        _at_least(
            "A difference by `score` holds 95% on average",
            "lowest mean of eleven pairs, six sizes",
            min(by["score"].mean() for by in coverage),
            0.95,
        ),
        _none(
            "A difference by `score` holds as often as that program found",
            "lowest coverages that differ in three decimals, six sizes",
            off,
        ),
        _at_least(
            "A difference by `mover` holds",
            "lowest of eleven pairs, six sizes",
            min(by["mover"].min() for by in coverage),
            0.949,
        ),
        _none(
            "The interval leaves out 0 exactly when p < 0.05",
            "pairs of tables where it does not, three methods",
            results.conflicts_with_pvalue,
        ),
        _at_most(
            "The test by `score` keeps its 5% where scores are equal and distributions are not",
            "most rejections, six pairs, six sizes",
            max(by["score"].max() for by in size),
            0.06,
        ),
        _at_most(
            "`permutation` keeps its 5% exactly where distributions are equal",
            "most rejections, three pairs, six sizes",
            max(by["permutation"][two_groups.SAME_DISTRIBUTION].max() for by in size),
            0.05,
        ),
        _none(
            "`permutation` is exact",
            "p-values that a second enumeration denies, 10 and 10",
            results.conflicts_of_permutation,
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
        _at_least("A mean by `score` holds", where, lowest("score"), 0.935),
        _at_least("A mean by `likelihood` holds", where, lowest("likelihood"), 0.93),
        _at_most(
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
        _at_least(
            "`score` holds with weights",
            "lowest for +30 and +88, n = 30 to 300",
            min(by["score"].rate.min() for by in weights),
            0.93,
        ),
        _at_least(
            "`score` holds with clusters",
            f"lowest for +30 and +88, {customers}",
            min(by["score"].rate.min() for by in clusters),
            0.93,
        ),
        _at_most(
            "Without the clusters the same answers mislead",
            f"highest coverage for +30, {customers}",
            max(by[designs.IGNORED].rate.max() for by in typical),
            0.85,
        ),
    ]


def _of_families(results: Results) -> list[Promise]:
    alarms = results.families.values()
    where = "most false alarms, four groups, five settings"
    return [
        _at_most(
            "The test of all groups by `score` keeps its 5%",
            where,
            max(rates["score"] for rates in alarms),
            0.08,
        ),
        _at_most(
            "Families keep 5% together, in pairs, versus the rest and versus a control",
            where,
            max(rates[name] for rates in alarms for name in ("pairs", "rest", "control")),
            0.055,
        ),
    ]


def _at_least(text: str, measured: str, found: float, bound: float) -> Promise:
    return Promise(text, measured, f"≥ {bound:.1%}", f"{found:.1%}", bool(found >= bound))


def _at_most(text: str, measured: str, found: float, bound: float) -> Promise:
    return Promise(text, measured, f"≤ {bound:.1%}", f"{found:.1%}", bool(found <= bound))


def _none(text: str, measured: str, found: int) -> Promise:
    return Promise(text, measured, "0", f"{found}", found == 0)
