"""The page on calibration: what was computed, in words and tables."""

import platform
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

import _calibration_markdown as markdown
import _design_coverage as designs
import _joint_coverage as joint
import _mean_coverage as means
import _nps_coverage as one_group
import _raking_coverage as raked
import _retention_coverage as retention
import _revenue_coverage as revenue
import matplotlib as mpl
import numpy as np
import scipy
from _calibration_comparison_tables import comparisons
from _calibration_promise import Promise
from _calibration_promises import SMALL
from _calibration_results import Results
from _calibration_simulations import simulations
from _calibration_text import PAGE
from _nps_coverage import AT_EXTREME, EXTREME, GRID, ON_GRID
from _tables import Coverage

import cxmetrics as cx


def page(results: Results, kept: Iterable[Promise], *, minutes: float) -> str:
    """The page, with its numbers in it."""
    # `dict` refuses a name that two of these give.
    content = dict(
        promises=_promises(kept),
        extreme=" and ".join(f"{nps} ({markdown.shares(p)})" for nps, p in EXTREME.items()),
        grid=str(len(GRID)),
        **_one_group(results),
        **_of_means(results),
        **_of_designs(results),
        **_of_raking(results),
        **_of_retention(results),
        **_of_revenue(results),
        **_of_scorecards(results),
        **comparisons(results),
        simulated=simulations(results),
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        minutes=f"{minutes:.1f}",
        versions=_versions(),
    )
    return "\n\n".join(markdown.wrapped(block) for block in PAGE.format(**content).split("\n\n"))


def _promises(kept: Iterable[Promise]) -> str:
    rows = [(text, measured, bound, found) for text, measured, bound, found, _ in kept]
    return markdown.table(["promise", "measured as", "bound", "found"], rows)


def _one_group(results: Results) -> dict[str, str]:
    """Tables and numbers of one group."""
    one = results.one
    ten = {method: by[ON_GRID] for method, by in one[10].items()}
    bayes = cx.nps([10] * 10, method="bayes").interval
    return {
        "one_coverage": _by_method(
            one, lambda by: markdown.pair(by[ON_GRID].rate.mean(), by[ON_GRID].rate.min())
        ),
        "one_width": _by_method(one, lambda by: f"{by[ON_GRID].width.mean():.1f}"),
        "one_extreme": _by_method(one, lambda by: markdown.pair(*by[AT_EXTREME].rate)),
        **{f"{method}_mean": f"{ten[method].rate.mean():.1%}" for method in ("score", "wald")},
        **{
            f"{method}_lowest": f"{ten[method].rate.min():.1%}" for method in ("score", "wald", "t")
        },
        **{
            f"{method}_width".replace("-wald", ""): f"{by.width.mean():.0f}"
            for method, by in ten.items()
        },
        "likelihood_lowest": _lowest(one, "likelihood", 5, 10),
        "bootstrap_lowest": _lowest(one, "bootstrap", 10, 20),
        "score_lowest_5": f"{one[5]['score'][ON_GRID].rate.min():.1%}",
        "score_lowest_96": f"{one[20]['score'][AT_EXTREME].rate[-1]:.1%}",
        "bayes_lowest": f"{min(by['bayes'][ON_GRID].rate.min() for by in one.values()):.1%}",
        "bayes_limits": f"{bayes.low:.2f} to {bayes.high:.2f}",
    }


def _by_method(one: Mapping[int, Mapping[str, Coverage]], text: Callable[[Coverage], str]) -> str:
    """A row per method, a column per number of answers."""
    rows = [
        [f"`{method}`", *(text(by[method]) for by in one.values())] for method in one_group.METHODS
    ]
    return markdown.table(["method", *(f"n = {n}" for n in one)], rows)


def _lowest(one: Mapping[int, Mapping[str, Coverage]], method: str, *sizes: int) -> str:
    """The lowest coverage with so many answers, in words."""
    return (
        " and ".join(f"{one[n][method][ON_GRID].rate.min():.1%} with {n}" for n in sizes)
        + " answers"
    )


def _of_means(results: Results) -> dict[str, str]:
    """Tables and numbers of means."""
    narrow = [
        {method: (by[method].rate[-1], by[method].width[-1]) for method in means.METHODS}
        for cell, by in results.means.items()
        if cell.n <= SMALL
    ]
    covered = [by["score"][0] for by in narrow]
    shorter = [1 - by["likelihood"][1] / by["score"][1] for by in narrow]
    return {
        "means": "\n\n".join(_of_scale(results, scale) for scale in means.PROFILES),
        "t_mean_lowest": f"{min(by['t'].rate.min() for by in results.means.values()):.1%}",
        "narrow_covered": f"{min(covered):.1%} to {max(covered):.1%}",
        "narrow_longer": f"{max(by['score'][1] / by['t'][1] for by in narrow):.1f}",
        "narrow_shorter": f"{min(shorter):.0%} to {max(shorter):.0%}",
    }


def _of_scale(results: Results, scale: cx.Scale) -> str:
    """The distributions of a scale and the table of their means."""
    profiles = means.PROFILES[scale]
    shares = "; ".join(f"*{name}* {markdown.shares(truth)}" for name, truth in profiles.items())
    rows = [
        [
            name,
            f"{n}{'*' if by['score'].draws else ''}",
            *(markdown.cell(by[method], k, decimals=2) for method in means.METHODS),
        ]
        for k, name in enumerate(profiles)
        for (on, n), by in results.means.items()
        if on == scale
    ]
    heading = (
        f"On {scale.size} points, {scale.points[0]} to {scale.points[-1]}, in per cent: {shares}."
    )
    return f"{heading}\n\n{markdown.table(['distribution', 'n', *means.METHODS], rows)}"


def _of_designs(results: Results) -> dict[str, str]:
    """Tables and numbers of weights and clusters."""
    score = [by["score"].rate[0] for by in results.weights.values()]
    small = [by["score"].rate[0] for (_, n), by in results.weights.items() if n <= designs.SIZES[1]]
    shorter = [
        1 - by[designs.IGNORED].width[0] / by["score"].width[0] for by in results.clusters.values()
    ]
    return {
        "design_truths": " and ".join(
            f"{name} ({markdown.shares(truth)})" for name, truth in designs.TRUTHS.items()
        ),
        "design_effect": f"{designs.EFFECT}",
        "correlation": f"{designs.CORRELATION}",
        "weights": _by_design(results.weights, "n"),
        "clusters": _by_design(results.clusters, "customers"),
        "weights_below": f"{100 * (0.95 - min(score)):.1f}",
        "weights_small": f"{min(small):.1%} to {max(small):.1%}",
        "ignored_shorter": f"{min(shorter):.0%} to {max(shorter):.0%}",
    }


def _by_design(results: Mapping[tuple[str, int], designs.By], size: str) -> str:
    """A row per distribution and size, a column per method."""
    methods = list(next(iter(results.values())))
    rows = [
        [name, str(n), *(markdown.cell(coverage, 0, decimals=1) for coverage in by.values())]
        for (name, n), by in results.items()
    ]
    return markdown.table(["NPS", size, *methods], rows)


def _of_raking(results: Results) -> dict[str, str]:
    """Tables and numbers of fitted weights."""
    typical = [by for (name, _), by in results.raked.items() if name == "+30"]
    shorter = [1 - by[raked.REFITTED].width / by[raked.GIVEN].width for by in typical]
    return {
        "raked": _by_design(results.raked, "n"),
        "refitted_shorter": f"{np.max(shorter):.0%}",
    }


def _of_retention(results: Results) -> dict[str, str]:
    """Table and numbers of retention in small cohorts."""
    names = [f"{what} `{method}`" for what in ("after 12", "mean") for method in retention.METHODS]
    rows = [
        [
            f"{cell.churn:.0%}",
            "all" if cell.all_seen else "some",
            str(cell.n),
            *(markdown.cell(part[m], 0, decimals=1) for part in by for m in retention.METHODS),
        ]
        for cell, by in results.retention.items()
    ]
    normal = min(by.retention["normal"].rate.min() for by in results.retention.values())
    return {
        "cohorts": markdown.table(["churn", "seen to the end", "customers", *names], rows),
        "cohorts_normal_lowest": f"{normal:.0%}",
    }


def _of_revenue(results: Results) -> dict[str, str]:
    """Tables and numbers of retained revenue."""
    every = results.revenue.values()
    many = [by for cell, by in results.revenue.items() if cell.book == revenue.MANY_CHANGE]
    longer = [by.net["adjusted"].width / by.net["t"].width for by in many]
    methods = {
        **{f"NRR `{method}`": ("net", method) for method in revenue.NET},
        **{f"NRR `{method}`": ("drawn", method) for method in revenue.DRAWN},
        **{f"GRR `{method}`": ("gross", method) for method in revenue.GROSS},
    }
    rows = [
        [
            *map(str, cell),
            *(markdown.cell(getattr(by, k)[m], 0, decimals=0) for k, m in methods.values()),
        ]
        for cell, by in results.revenue.items()
    ]
    return {
        "retained": markdown.table(["book", "spread", "accounts", *methods], rows),
        "retained_t_lowest": f"{min(by.gross['t'].rate.min() for by in every):.0%}",
        "retained_bca_lowest": f"{min(by.drawn['bca'].rate.min() for by in many):.0%}",
        "retained_longer": f"{np.min(longer):.1f} to {np.max(longer):.1f}",
    }


def _of_scorecards(results: Results) -> dict[str, str]:
    """The table and the numbers of scorecards."""
    methods = {f"mean `{method}`": ("means", method) for method in joint.MEANS}
    methods |= {f"gap `{method}`": ("gaps", method) for method in joint.GAPS}
    rows = [
        [
            *map(str, cell),
            *(markdown.cell(getattr(by, k)[m], 0, decimals=0) for k, m in methods.values()),
        ]
        for cell, by in results.joint.items()
    ]
    lowest = {
        kind: min(getattr(by, kind)["t"].rate.min() for by in results.joint.values())
        for kind in ("means", "gaps")
    }
    return {
        "cards": markdown.table(["scores", "correlation", "customers", *methods], rows),
        "cards_mean_t_lowest": f"{lowest['means']:.0%}",
        "cards_gap_t_lowest": f"{lowest['gaps']:.0%}",
    }


def _versions() -> str:
    packages = (cx, np, scipy, mpl)
    versions = [f"{package.__name__} {package.__version__}" for package in packages]
    return ", ".join([*versions, f"Python {platform.python_version()}"])
