"""Tables and numbers of comparisons, for the page on calibration."""

from collections.abc import Callable, Mapping, Sequence
from math import comb
from typing import Any, get_args

import _calibration_markdown as markdown
import _difference_coverage as two_groups
import _equivalence_coverage as equivalent
import _family_coverage as families
import _ordinal_coverage as ordinal
import _paired_coverage as paired
import _scatter_coverage as scatter
import numpy as np
from _calibration_promises import SMALL
from _calibration_results import Results
from _tables import Floats

from cxmetrics._typing import DifferenceMethod


def comparisons(results: Results) -> dict[str, str]:
    """All of them by name, no two of one name."""
    return dict(
        **_two_groups(results),
        **_same_customers(results),
        **_equivalence(results),
        **_order(results),
        **_families(results),
        **_consistency(results),
        **_trends(results),
    )


def _two_groups(results: Results) -> dict[str, str]:
    """Tables and numbers of two groups."""
    two = results.two
    coverage = {sizes: comparison.coverage for sizes, comparison in two.items()}
    size = {sizes: comparison.size for sizes, comparison in two.items()}
    same = two_groups.SAME_DISTRIBUTION
    most = {name: max(by[name].max() for by in size.values()) for name in size[10, 10]}
    return {
        "two_coverage": _by_sizes(coverage, lambda rates: markdown.pair(rates.mean(), rates.min())),
        "two_size": _by_sizes(size, lambda rates: markdown.pair(rates.mean(), rates.max())),
        "rocks_lowest": f"{coverage[10, 10]['Rocks per group'].min():.1%}",
        "pooled_most": f"{most['pooled z']:.1%}",
        "plain_most": f"{most['plain permutation']:.1%}",
        "permutation_most": f"{most['permutation']:.1%}",
        "permutation_same": f"{max(by['permutation'][same].max() for by in size.values()):.1%}",
        "pairs_of_tables": f"{comb(52, 2) ** 2:,}",
        "tested": str(two_groups.MOST_TESTED),
    }


def _by_sizes(
    two: Mapping[tuple[int, int], Mapping[str, Floats]], text: Callable[[Floats], str]
) -> str:
    """A row per method, a column per pair of sizes; the library's methods as code."""
    ours = {*get_args(DifferenceMethod), *ordinal.METHODS}
    methods = list(next(iter(two.values())))
    rows = [
        [f"`{method}`" if method in ours else method, *(text(by[method]) for by in two.values())]
        for method in methods
    ]
    return markdown.table(["method", *(f"{one} and {other}" for one, other in two)], rows)


def _same_customers(results: Results) -> dict[str, str]:
    """Of all customers, or some of them, in both periods."""
    few, *_ = results.pairs.values()
    score = [by["score"].rate for n, by in results.pairs.items() if n <= SMALL]
    shorter = 1 - few["adjusted"].width / few["score"].width
    (all_both, _), alike = next(iter(results.overlaps.items()))
    longer = alike[paired.IGNORED].width / alike[paired.REGARDED].width
    *moves, last = _moves()
    overlaps = {f"{n}, {both} in both": by for (n, both), by in results.overlaps.items()}
    return {
        "pair_correlation": f"{paired.CORRELATION}",
        "moves": f"{', '.join(moves)} and {last}",
        "pairs": _of_moves("customers", results.pairs),
        "overlaps": _of_moves("answers each", overlaps),
        "adjusted_shorter": f"{shorter.max():.0%}",
        "t_pairs_lowest": f"{few['t'].rate.min():.1%}",
        "pairs_small": f"{np.min(score):.1%} to {np.max(score):.1%}",
        "all_both": f"{all_both}",
        "strangers_longer": f"{longer.max():.1f}",
    }


def _moves() -> list[str]:
    return [f"{move.before} to {move.after}" for move in paired.MOVES]


def _of_moves(setting: str, results: Mapping[Any, paired.By]) -> str:
    """A row per setting and method, a column per change of the NPS."""
    moves = _moves()
    rows = [
        [
            f"{name}",
            f"`{method}`",
            *(markdown.cell(by[method], k, decimals=1) for k in range(len(moves))),
        ]
        for name, by in results.items()
        for method in by
    ]
    return markdown.table([setting, "method", *moves], rows)


def _equivalence(results: Results) -> dict[str, str]:
    """Of groups that differ by just the margin."""
    rates, unlike = results.equivalent, equivalent.SCENARIOS[equivalent.UNLIKE]
    not_found = [by[equivalent.NOT_FOUND] for by in rates.values()]
    names = [f"`{method}`" for method in equivalent.METHODS]
    return {
        "equivalent": _by_setting(
            ["NPS, answers", *names, equivalent.NOT_INFERIOR, equivalent.NOT_FOUND], rates
        ),
        "not_found": f"{max(not_found):.0%}",
        "polarised": markdown.shares(unlike.after),
        "indifferent": markdown.shares(unlike.before),
    }


def _order(results: Results) -> dict[str, str]:
    """Of the probability of superiority."""
    default, rank_sum = ordinal.METHODS
    coverage = {sizes: found.coverage for sizes, found in results.ordinal.items()}
    size = {sizes: found.size for sizes, found in results.ordinal.items()}
    return {
        "order_coverage": _by_sizes(
            coverage, lambda rates: markdown.pair(rates.mean(), rates.min())
        ),
        "order_size": _by_sizes(size, lambda rates: markdown.pair(rates.mean(), rates.max())),
        "order_lowest": f"{min(by[default].min() for by in coverage.values()):.1%}",
        "order_most": f"{max(by[default].max() for by in size.values()):.1%}",
        "rank_sum_most": f"{max(by[rank_sum].max() for by in size.values()):.0%}",
    }


def _families(results: Results) -> dict[str, str]:
    """Of many groups."""
    alarms = results.families
    pooled = [rates[name] for rates in alarms.values() for name in families.OF_ALL[1:]]

    def table(names: Sequence[str]) -> str:
        chosen = {
            setting: {name: rates[name] for name in names} for setting, rates in alarms.items()
        }
        return _by_setting(["NPS, answers", *names], chosen)

    return {
        "of_all": table(families.OF_ALL),
        "of_families": table(families.OF_FAMILIES),
        "pooled_of_all": f"{max(pooled):.0%}",
    }


def _by_setting(header: Sequence[str], rates: Mapping[str, Mapping[str, float]]) -> str:
    """A row per setting, a column per test."""
    rows = [
        [setting, *(f"{100 * rate:.1f}" for rate in by.values())] for setting, by in rates.items()
    ]
    return markdown.table(header, rows)


def _consistency(results: Results) -> dict[str, str]:
    """Of the standard deviation between groups."""
    rows = [
        [
            setting,
            f"{100 * found.false_alarms:.1f}",
            *(f"{100 * rate:.1f} ({deviation:g})" for deviation, rate in found.coverage.items()),
        ]
        for setting, found in results.consistent.items()
    ]
    happy = [found for setting, found in results.consistent.items() if "+88" in setting]
    lowest = min(min(found.coverage.values()) for found in happy)
    header = ["NPS, groups", "false alarms", "no deviation", "some", "more"]
    return {"consistent": markdown.table(header, rows), "consistent_happy": f"{lowest:.1%}"}


def _trends(results: Results) -> dict[str, str]:
    """Of slopes."""
    trends, factors = results.trends, scatter.FACTORS
    default, plain = scatter.TREND_METHODS
    first, *others = ("by chance", "twice", "four times")
    header = [f"`{default}`, {first}", *others, f"`{plain}`, {first}", *others]
    rows = [
        [setting, *(f"{100 * by[m][factor].rate[0]:.1f}" for m in by for factor in factors)]
        for setting, by in trends.items()
    ]
    most = factors[-1]
    flat = [trends[name][plain][most] for name, each in scatter.PERIODS.items() if not each.slope]
    return {
        "trends": markdown.table(["NPS, periods", *header], rows),
        "trend_alarms": f"{1 - min(coverage.rate[0] for coverage in flat):.0%}",
        "trend_three": f"{trends[scatter.THREE][default][most].rate[0]:.1%}",
        "trend_unequal": f"{trends[scatter.UNEQUAL][default][most].rate[0]:.1%}",
    }
