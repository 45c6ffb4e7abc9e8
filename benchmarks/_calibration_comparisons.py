"""What comparisons promise, each with the number that shows it."""

import _difference_coverage as two_groups
import _equivalence_coverage as equivalent
import _ordinal_coverage as ordinal
import _paired_coverage as paired
import _scatter_coverage as scatter
from _calibration_promise import Promise, at_least, at_most, none
from _calibration_results import Results

LOWEST_OF_TWO = dict(zip(two_groups.SIZES, (0.948, 0.948, 0.950, 0.953, 0.952, 0.944), strict=True))
"""Lowest coverage of the difference by sizes of the groups, from another program."""


def of_comparisons(results: Results) -> list[Promise]:
    """One row per promise."""
    return [
        *_of_two_groups(results),
        *_of_same_customers(results),
        *_of_order(results),
        *_of_equivalence(results),
        *_of_families(results),
        *_of_consistency(results),
        *_of_trends(results),
    ]


def _of_two_groups(results: Results) -> list[Promise]:
    coverage = [comparison.coverage for comparison in results.two.values()]
    size = [comparison.size for comparison in results.two.values()]
    off = sum(
        round(results.two[sizes].coverage["score"].min(), 3) != known
        for sizes, known in LOWEST_OF_TWO.items()
    )
    return [
        at_least(
            "A difference by `score` holds",
            "lowest of eleven pairs, six sizes",
            min(by["score"].min() for by in coverage),
            0.94,
        ),
        at_least(
            "A difference by `score` holds 95% on average",
            "lowest mean of eleven pairs, six sizes",
            min(by["score"].mean() for by in coverage),
            0.95,
        ),
        none(
            "A difference by `score` holds as often as that program found",
            "lowest coverages that differ in three decimals, six sizes",
            off,
        ),
        at_least(
            "A difference by `mover` holds",
            "lowest of eleven pairs, six sizes",
            min(by["mover"].min() for by in coverage),
            0.949,
        ),
        none(
            "The interval leaves out 0 exactly when p < 0.05",
            "pairs of tables where it does not, three methods",
            results.conflicts_with_pvalue,
        ),
        at_most(
            "The test by `score` keeps its 5% where scores are equal and distributions are not",
            "most rejections, six pairs, six sizes",
            max(by["score"].max() for by in size),
            0.06,
        ),
        at_most(
            "`permutation` keeps its 5% exactly where distributions are equal",
            "most rejections, three pairs, six sizes",
            max(by["permutation"][two_groups.SAME_DISTRIBUTION].max() for by in size),
            0.05,
        ),
        none(
            "`permutation` is exact",
            "p-values that a second enumeration denies, 10 and 10",
            results.conflicts_of_permutation,
        ),
    ]


def _of_same_customers(results: Results) -> list[Promise]:
    pairs, overlaps = results.pairs.values(), results.overlaps.values()
    where = f"{paired.SIZES[0]} to {paired.SIZES[-1]} customers"
    few = results.pairs[paired.SIZES[0]]

    return [
        *(
            at_least(
                f"`paired_difference` by `{method}` holds",
                f"lowest of four changes, {where}",
                min(by[method].rate.min() for by in pairs),
                0.94,
            )
            for method in ("score", "adjusted")
        ),
        at_most(
            "`adjusted` is shorter where few customers answer twice",
            f"largest ratio of its width to that of `score`, {paired.SIZES[0]} customers",
            (few["adjusted"].width / few["score"].width).max(),
            0.8,
        ),
        at_least(
            "`overlapping_difference` holds",
            "lowest of four changes, five overlaps",
            min(by[paired.REGARDED].rate.min() for by in overlaps),
            0.94,
        ),
        at_least(
            "`difference` of periods that share customers is too long, not wrong",
            "lowest of four changes, five overlaps",
            min(by[paired.IGNORED].rate.min() for by in overlaps),
            0.95,
        ),
    ]


def _of_order(results: Results) -> list[Promise]:
    default, *_ = ordinal.METHODS
    coverage = {sizes: found.coverage[default] for sizes, found in results.ordinal.items()}
    return [
        at_most(
            "`ordinal_difference` stays close to 5% where answers are neither higher nor lower",
            "most rejections, five pairs, six sizes",
            max(found.size[default].max() for found in results.ordinal.values()),
            0.065,
        ),
        at_least(
            "The interval of `ordinal_difference` holds 95% on average",
            "lowest mean of eleven pairs, six sizes",
            min(rates.mean() for rates in coverage.values()),
            0.945,
        ),
        at_least(
            "The interval of `ordinal_difference` holds where both groups are of one size",
            "lowest of eleven pairs, three sizes",
            min(coverage[sizes].min() for sizes in ordinal.EQUAL),
            0.92,
        ),
        none(
            "The interval of `ordinal_difference` leaves out ½ exactly when p < 0.05",
            "pairs of tables where it does not, two methods",
            sum(found.conflicts for found in results.ordinal.values()),
        ),
    ]


def _of_equivalence(results: Results) -> list[Promise]:
    rates = results.equivalent.values()
    where = "most wrong verdicts at the margin, seven settings"
    return [
        at_most(
            '`equivalence` says "equivalent" wrongly in 5%, by `score` and `mover`',
            where,
            max(by[method] for by in rates for method in ("score", "mover")),
            0.055,
        ),
        at_most(
            '`equivalence` says "not inferior" wrongly in 5%, by `score`',
            where,
            max(by[equivalent.NOT_INFERIOR] for by in rates),
            0.06,
        ),
    ]


def _of_families(results: Results) -> list[Promise]:
    alarms = results.families.values()
    where = "most false alarms, four groups, five settings"
    return [
        at_most(
            "The test of all groups by `score` keeps its 5%",
            where,
            max(rates["score"] for rates in alarms),
            0.06,
        ),
        at_most(
            "Families keep 5% together, in pairs, versus the rest and versus a control",
            where,
            max(rates[name] for rates in alarms for name in ("pairs", "rest", "control")),
            0.055,
        ),
    ]


def _of_consistency(results: Results) -> list[Promise]:
    found = results.consistent.values()
    return [
        at_most(
            "The test of `consistency` keeps its 5%",
            "most false alarms, 6 to 20 groups, four settings",
            max(each.false_alarms for each in found),
            0.07,
        ),
        at_least(
            "The interval of `consistency` holds",
            "lowest of three standard deviations, four settings",
            min(min(each.coverage.values()) for each in found),
            0.91,
        ),
    ]


def _of_trends(results: Results) -> list[Promise]:
    weighted, plain = (
        [by[method] for by in results.trends.values()] for method in scatter.TREND_METHODS
    )
    *_, most = scatter.FACTORS
    return [
        at_least(
            "`trend` holds where scores scatter by chance",
            "lowest of five settings",
            min(by[1].rate.min() for by in weighted),
            0.95,
        ),
        at_least(
            "`trend` holds where scores scatter more than that",
            "lowest with two and four times the variance, 6 or 12 periods of one size",
            min(by[factor].rate.min() for by in weighted[scatter.STEADY] for factor in (2, 4)),
            0.935,
        ),
        at_most(
            "Without regard to the scatter the same scores mislead",
            "highest coverage by `linear-by-linear`, four times the variance",
            max(by[most].rate.max() for by in plain),
            0.72,
        ),
    ]
