"""The pictures of the page on calibration: small, and the same in every run."""

import io
from collections.abc import Mapping
from typing import TypeAlias

import _mean_coverage as means
import _nps_coverage as one_group
import matplotlib as mpl
import numpy as np
from _calibration_results import Results
from _difference_coverage import SIZES as GROUP_SIZES
from _nps_coverage import ON_GRID, SCORES, TRUTHS
from _tables import Floats
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Panels: TypeAlias = Mapping[str, Mapping[str, Floats]]
"""Coverages by method, by panel."""

NOMINAL = 95
OURS, OTHERS, LINE = "#0072B2", "#8C8C8C", "#D55E00"
STYLE = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.dpi": 100,
    "font.size": 9,
    "svg.fonttype": "none",
    "svg.hashsalt": "cxmetrics",
}


def pictures(results: Results) -> dict[str, str]:
    """SVG by file name."""
    with mpl.rc_context(STYLE):
        return {
            "calibration-by-nps.svg": _by_nps(results),
            "calibration-one-group.svg": _ranges(_of_one_group(results), lowest=55),
            "calibration-two-groups.svg": _ranges(_of_two_groups(results), lowest=70),
            "calibration-means.svg": _ranges(_of_means(results), lowest=55),
        }


def _by_nps(results: Results, n: int = 10) -> str:
    """Coverage at each true distribution of the grid, by its NPS."""
    figure = Figure(figsize=(7, 3), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for panel, method, color in zip(panels, ("score", "t"), (OURS, OTHERS), strict=True):
        rates = 100 * results.one[n][method][ON_GRID].rate
        panel.axhline(NOMINAL, color=LINE, linewidth=1)
        panel.plot(TRUTHS[ON_GRID] @ SCORES, rates, ".", color=color, markersize=4)
        panel.set(title=method, xlabel="true NPS", xticks=np.arange(-100, 101, 50))
    panels[0].set(ylabel=f"coverage in %, n = {n}", ylim=(50, 101))
    return _svg(figure)


def _of_one_group(results: Results) -> Panels:
    return {
        f"n = {n}": {method: results.one[n][method][ON_GRID].rate for method in one_group.METHODS}
        for n in (10, 20, 50)
    }


def _of_two_groups(results: Results) -> Panels:
    return {
        f"{one} and {two}": results.two[one, two].coverage
        for one, two in (GROUP_SIZES[0], GROUP_SIZES[4], GROUP_SIZES[5])
    }


def _of_means(results: Results) -> Panels:
    return {
        f"n = {n}": {
            method: np.concatenate(
                [by[method].rate for cell, by in results.means.items() if cell.n == n]
            )
            for method in means.METHODS
        }
        for n in means.SIZES[:3]
    }


def _ranges(panels: Panels, *, lowest: float) -> str:
    """A line from the lowest to the highest coverage, with a dot at the mean."""
    methods = list(next(iter(panels.values())))
    figure = Figure(figsize=(7, 0.9 + 0.2 * len(methods)), layout="constrained")
    axes = figure.subplots(1, len(panels), sharex=True, sharey=True)
    for panel, (title, rates) in zip(axes, panels.items(), strict=True):
        _draw_ranges(panel, rates)
        panel.set(title=title, xlim=(lowest, 101))
    axes[0].set_yticks(range(len(methods)), methods)
    axes[0].set_ylim(len(methods) - 0.4, -0.6)
    axes[len(panels) // 2].set_xlabel("coverage in %: lowest, mean and highest")
    return _svg(figure)


def _draw_ranges(panel: Axes, rates: Mapping[str, Floats]) -> None:
    panel.axvline(NOMINAL, color=LINE, linewidth=1)
    panel.tick_params(left=False)
    panel.spines["left"].set_visible(False)
    for row, (method, rate) in enumerate(rates.items()):
        color = OURS if method == "score" else OTHERS
        panel.hlines(row, 100 * rate.min(), 100 * rate.max(), color=color, linewidth=2)
        panel.plot(100 * rate.mean(), row, "o", color=color, markersize=5)


def _svg(figure: Figure) -> str:
    """The figure as SVG, without the date and the program that made it."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"
