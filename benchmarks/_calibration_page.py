"""The page on calibration: what was computed, in words and tables."""

import platform
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from math import comb
from typing import get_args

import _design_coverage as designs
import _difference_coverage as two_groups
import _family_coverage as families
import _mean_coverage as means
import _nps_coverage as one_group
import matplotlib as mpl
import numpy as np
import scipy
from _calibration_promises import SMALL, Promise, Results
from _nps_coverage import AT_EXTREME, EXTREME, GRID, ON_GRID
from _tables import Coverage, Floats

import cxmetrics as cx
from cxmetrics._typing import DifferenceMethod

WIDTH = 120

PAGE = """\
# Calibration

A 95% interval should hold the true value in 95 of 100 surveys, and a test at 5% should find a
difference that is not there in 5 of 100. This page shows how far the methods of cxmetrics keep
that. `make calibrate` computes and writes it.

**Why `score` is the default.** Ten customers answer, and you report an NPS with a 95% interval. By
the textbook formula (`wald`) it holds the truth in {wald_mean} of the surveys on average, and in
{wald_lowest} where nearly all customers agree; Student's t, the usual repair, also falls to
{t_lowest}. With `score` it is {score_mean} on average and {score_lowest} at worst, and the
interval is about as long: {score_width} points on average, where `wald` has {wald_width} and `t`
{t_width}. Some methods are safer still, but you pay in length: `adjusted-wald` has
{adjusted_width} points, `conservative` {conservative_width}; and unlike these two, `score` also
compares two groups. So you get it unless you ask for another one. [The idea](idea.md) tells how it
works.

## Promises

Each row is one promise with the number that shows it. The script checks them all; if one did not
hold it would fail, and this page would not have been written.

{promises}

A *distribution* is the truth about all customers: their shares of detractors, passives and
promoters. The *grid* has {grid} of them, all shares in steps of 1/25 and none of them 0. The two
distributions of happy customers are {extreme}. The other program was written before the library,
with another algorithm.

## How to read the tables

- *Coverage* is the probability that the interval holds the truth. It should be 95% or a little
  more. Below, the survey misleads more often than it says; far above, the interval is wider than
  it has to be.
- Coverage depends on the truth, which nobody knows. So two numbers stand in each cell: the *mean*
  over many distributions, and the *lowest* of them. A method with a good mean and a bad lowest
  fails somebody: mostly those with few answers and happy customers.
- *Width* is the expected length of the interval, averaged over the grid. It only means something
  where coverage is right: an interval that is too short is no bargain.
- In the pictures a line goes from the lowest coverage to the highest, with a dot at the mean. It
  should be short, and close to the line at 95.

## One group

Coverage of the NPS on the grid, mean / lowest in %:

{one_coverage}

![Coverage of nine methods with 10, 20 and 50 answers. Score is close to 95%; wald, t and the
bootstrap reach far down.](img/calibration-one-group.svg)

The same by the true NPS, with ten answers; each dot is one distribution of the grid. Student's t
fails where few answers differ: at both ends of the scale, and at 0 when nearly all are passives.

![Coverage of score and of t at 276 distributions, by the true NPS. Score stays close to 95%; t
falls off towards both ends.](img/calibration-by-nps.svg)

Mean width in points:

{one_width}

Happy customers, coverage at +88 / +96 in %:

{one_extreme}

## Two groups

Eleven pairs of distributions, which [The idea](idea.md#two-groups) lists; in six of them both
scores are equal. Coverage of the difference, mean / lowest of the eleven in %:

{two_coverage}

Wald z is the difference ± 1.96 standard errors. Rocks per group adds the constants of `rocks` to
each group first. They serve one group well from 20 answers on, but here they pull large
differences together: with 10 and 10, bad against excellent, {rocks_lowest} is left. These two are
not in the library.

![Coverage of five methods for groups of 10 and 10, 40 and 10, 20 and 100. Score and mover stay
close to 95%; welch and Wald fall off in unequal groups.](img/calibration-two-groups.svg)

How often does a test at 5% find a difference where both scores are equal? Mean / most of the six
pairs in %:

{two_size}

The pooled z-test and the plain permutation test find a difference that is not there in up to
{pooled_most} and {plain_most} of the surveys. They do not test equal scores, but equal
*distributions*, and polarised and indifferent customers have different ones. Divided by its
standard error, the permuted difference is much closer (`permutation`; Janssen 1997), and exact
where distributions are equal: there it rejects in {permutation_same} at most.

## Means

Three distributions on each scale: *typical*, *top-heavy* (85% choose the highest point, 2% the
lowest) and *narrow* (half and half on two neighbouring points). Coverage in %, and in parentheses
the mean width in points of the scale:

{means}

![Coverage of score, likelihood and t for means of 5, 10 and 20 answers, on nine distributions. t
reaches far down.](img/calibration-means.svg)

Student's t needs answers that differ: where six of seven customers choose the highest point it
falls to {t_mean_lowest}. With narrow answers it is the other way round: t is right and short,
while `score` is safe and long.

## Weights and clusters

Weights and clusters enter as effective counts: with as many answers as would say the same if each
were drawn by itself. Two simulations, of surveys with a true NPS of {design_truths}. Coverage in
%, and in parentheses the mean width in points.

*Weights* that have nothing to do with the answers, and cost a third of them: lognormal, with a
design effect of {design_effect}. `t` is the linearised interval of survey packages.

{weights}

*Customers who answer again*: each once, and then about twice more, and the answers of one customer
are alike (correlation {correlation} before they are cut into three groups). The last column takes
the same answers for independent ones.

{clusters}

Whoever ignores the clusters has an interval that is {ignored_shorter} too short. `t` knows them,
but fails where customers are happy, and where they are few. With weights `score` lies
{weights_below} points below 95% at worst: an answer that weighs much moves the value far, and a
small sample shows too little of that.

## Many groups

Four groups that have one score, {family_draws} simulated surveys each (seed {family_seed}; standard
error at most {family_error} points). First the tests that all groups are alike: how often they find
a difference that is not there, which should be 5%.

{of_all}

The pooled chi-squared test and that of Kruskal and Wallis ask for the same *distribution*. Where
groups have the same NPS and are of unequal size, they find "differences" in up to {pooled_most}.

Then `compare_segments`, with `adjust="single-step"`: how often *any* of its comparisons is a false
alarm. The last column is what happens without an adjustment.

{of_families}

## Where they are weak

- **Narrow means are conservative.** With up to 20 answers that lie close together, `score` covers
  {narrow_covered} and is up to {narrow_longer} times as long as `t`: it allows for answers at the
  ends of the scale that nobody gave. `likelihood` allows for them too, and is {narrow_shorter}
  shorter there.
- **`likelihood` is not for the NPS of few customers.** Its lowest coverages on the grid are
  {likelihood_lowest}.
- **Counts are whole numbers.** So coverage jumps as the truth moves, and no method sits at 95%
  everywhere. `score` has its lowest value on the grid, {score_lowest_5}, with 5 answers, and
  {score_lowest_96} at +96 with 20; `conservative` alone never falls below 95% here, and nobody has
  proved that it cannot (Gaffke 2005; Learned-Miller and Thomas 2019).
- **Bayes when all answers are alike.** An equal-tail interval leaves out 2.5% on either side, the
  end of the scale with it. Ten promoters of ten give {bayes_limits}: if really all customers were
  promoters, `bayes` would never hold that. Its lowest coverage on the grid is {bayes_lowest}. What
  it promises is 95% on average over its prior.
- **`permutation` in unequal groups.** Where scores are equal but distributions differ, it rejects
  up to {permutation_most} instead of 5%.
- **The bootstrap is no small-sample method.** It draws from the answers it has seen, so up to 20
  answers it fails with `wald`: its lowest coverages are {bootstrap_lowest}.
- **Weights in small samples.** With up to 100 weighted answers `score` covers {weights_small}, and
  slowly gets better from there.
- **All else assumes independent answers.** Repeated answers of one customer are in none of the
  other numbers, and customers who do not answer are in none at all.

## What is exact, what is simulated

Exact means: every table that n answers can give was made, and the probabilities of those whose
interval holds the truth were added up. There is no error but rounding. Exact are all numbers for
one group and for two (in the largest, 50 and 50, {pairs} pairs of tables), and all means except
those with an asterisk. For these, {draws} surveys were simulated (seed {seed}); the standard error
of a coverage is at most {error} percentage points. With weights and clusters all is simulated:
{design_draws} surveys for each row (seed {design_seed}), and a standard error of at most
{design_error} points for `score`, {design_error_of_all} for the others.

The intervals are those of the library, of `nps`, `mean_score` and `difference`. They were compared
with their p-values for all pairs of tables in groups of up to {tested} answers together.

## References

- Efron, B. (1979). Bootstrap methods: another look at the jackknife. Annals of Statistics 7, 1–26.
- Gaffke, N. (2005). Three test statistics for a nonparametric one-sided hypothesis on the mean of
  a nonnegative variable. Mathematical Methods of Statistics 14, 451–467.
- Learned-Miller, E. and Thomas, P. S. (2019). A new confidence interval for the mean of a bounded
  random variable. arXiv:1905.06208.
- Welch, B. L. (1947). The generalization of "Student's" problem when several different population
  variances are involved. Biometrika 34, 28–35.
- Zou, G. Y. and Donner, A. (2008). Construction of confidence limits about effect measures.
  Statistics in Medicine 27, 1693–1702. (`mover`)

The other papers are on the page [The idea](idea.md#references).

---

*Computed on {date} in {minutes} minutes, with {versions}.*
"""  # noqa: RUF001 (pages have dashes)


def page(results: Results, kept: Iterable[Promise], *, minutes: float) -> str:
    """The page, with its numbers in it."""
    content = {
        "promises": _promises(kept),
        "extreme": " and ".join(f"{nps} ({_shares(truth)})" for nps, truth in EXTREME.items()),
        "grid": str(len(GRID)),
        **_one_group(results),
        **_two_groups(results),
        **_of_means(results),
        **_of_designs(results),
        **_of_families(results),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "minutes": f"{minutes:.1f}",
        "versions": _versions(),
    }
    return "\n\n".join(_wrapped(block) for block in PAGE.format(**content).split("\n\n"))


def _promises(kept: Iterable[Promise]) -> str:
    rows = [(text, measured, bound, found) for text, measured, bound, found, _ in kept]
    return _table(["promise", "measured as", "bound", "found"], rows)


def _one_group(results: Results) -> dict[str, str]:
    """Tables and numbers of one group."""
    one = results.one
    ten = {method: by[ON_GRID] for method, by in one[10].items()}
    bayes = cx.nps([10] * 10, method="bayes").interval
    return {
        "one_coverage": _by_method(
            one, lambda by: _pair(by[ON_GRID].rate.mean(), by[ON_GRID].rate.min())
        ),
        "one_width": _by_method(one, lambda by: f"{by[ON_GRID].width.mean():.1f}"),
        "one_extreme": _by_method(one, lambda by: _pair(*by[AT_EXTREME].rate)),
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
    return _table(["method", *(f"n = {n}" for n in one)], rows)


def _lowest(one: Mapping[int, Mapping[str, Coverage]], method: str, *sizes: int) -> str:
    """The lowest coverage with so many answers, in words."""
    return (
        " and ".join(f"{one[n][method][ON_GRID].rate.min():.1%} with {n}" for n in sizes)
        + " answers"
    )


def _two_groups(results: Results) -> dict[str, str]:
    """Tables and numbers of two groups."""
    two = results.two
    coverage = {sizes: comparison.coverage for sizes, comparison in two.items()}
    size = {sizes: comparison.size for sizes, comparison in two.items()}
    same = two_groups.SAME_DISTRIBUTION
    most = {name: max(by[name].max() for by in size.values()) for name in size[10, 10]}
    return {
        "two_coverage": _by_sizes(coverage, lambda rates: _pair(rates.mean(), rates.min())),
        "two_size": _by_sizes(size, lambda rates: _pair(rates.mean(), rates.max())),
        "rocks_lowest": f"{coverage[10, 10]['Rocks per group'].min():.1%}",
        "pooled_most": f"{most['pooled z']:.1%}",
        "plain_most": f"{most['plain permutation']:.1%}",
        "permutation_most": f"{most['permutation']:.1%}",
        "permutation_same": f"{max(by['permutation'][same].max() for by in size.values()):.1%}",
        "pairs": f"{comb(52, 2) ** 2:,}",
        "tested": str(two_groups.MOST_TESTED),
    }


def _by_sizes(
    two: Mapping[tuple[int, int], Mapping[str, Floats]], text: Callable[[Floats], str]
) -> str:
    """A row per method, a column per pair of sizes; the library's methods as code."""
    ours = get_args(DifferenceMethod)
    methods = list(next(iter(two.values())))
    rows = [
        [f"`{method}`" if method in ours else method, *(text(by[method]) for by in two.values())]
        for method in methods
    ]
    return _table(["method", *(f"{one} and {other}" for one, other in two)], rows)


def _of_means(results: Results) -> dict[str, str]:
    """Tables and numbers of means."""
    simulated = [by for by in results.means.values() if by["score"].draws]
    error = max(by[method].std_error.max() for by in simulated for method in means.METHODS)
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
        "draws": f"{means.DRAWS:,}",
        "seed": str(means.SEED),
        "error": f"{100 * error:.2f}",
    }


def _of_scale(results: Results, scale: cx.Scale) -> str:
    """The distributions of a scale and the table of their means."""
    profiles = means.PROFILES[scale]
    shares = "; ".join(f"*{name}* {_shares(truth)}" for name, truth in profiles.items())
    rows = [
        [
            name,
            f"{n}{'*' if by['score'].draws else ''}",
            *(_cell(by[method], k) for method in means.METHODS),
        ]
        for k, name in enumerate(profiles)
        for (on, n), by in results.means.items()
        if on == scale
    ]
    heading = (
        f"On {scale.size} points, {scale.points[0]} to {scale.points[-1]}, in per cent: {shares}."
    )
    return f"{heading}\n\n{_table(['distribution', 'n', *means.METHODS], rows)}"


def _of_designs(results: Results) -> dict[str, str]:
    """Tables and numbers of weights and clusters."""
    every = [*results.weights.values(), *results.clusters.values()]
    errors = [100 * coverage.std_error.max() for by in every for coverage in by.values()]
    score = [by["score"].rate[0] for by in results.weights.values()]
    small = [by["score"].rate[0] for (_, n), by in results.weights.items() if n <= designs.SIZES[1]]
    shorter = [
        1 - by[designs.IGNORED].width[0] / by["score"].width[0] for by in results.clusters.values()
    ]
    return {
        "design_truths": " and ".join(
            f"{name} ({_shares(truth)})" for name, truth in designs.TRUTHS.items()
        ),
        "design_effect": f"{designs.EFFECT}",
        "correlation": f"{designs.CORRELATION}",
        "weights": _by_design(results.weights, "n"),
        "clusters": _by_design(results.clusters, "customers"),
        "weights_below": f"{100 * (0.95 - min(score)):.1f}",
        "weights_small": f"{min(small):.1%} to {max(small):.1%}",
        "ignored_shorter": f"{min(shorter):.0%} to {max(shorter):.0%}",
        "design_draws": f"{designs.DRAWS:,}",
        "design_seed": str(designs.SEED),
        "design_error": f"{max(100 * by['score'].std_error.max() for by in every):.2f}",
        "design_error_of_all": f"{max(errors):.2f}",
    }


def _of_families(results: Results) -> dict[str, str]:
    """Tables and numbers of many groups."""
    alarms = results.families
    pooled = [rates[name] for rates in alarms.values() for name in families.OF_ALL[1:]]
    most = max(rate for rates in alarms.values() for rate in rates.values())

    def table(names: Sequence[str]) -> str:
        rows = [
            [setting, *(f"{100 * rates[name]:.1f}" for name in names)]
            for setting, rates in alarms.items()
        ]
        return _table(["NPS, answers", *names], rows)

    return {
        "family_draws": f"{families.DRAWS:,}",
        "family_seed": str(families.SEED),
        "family_error": f"{100 * (most * (1 - most) / families.DRAWS) ** 0.5:.1f}",
        "of_all": table(families.OF_ALL),
        "of_families": table(families.OF_FAMILIES),
        "pooled_most": f"{max(pooled):.0%}",
    }


def _by_design(results: Mapping[tuple[str, int], designs.By], size: str) -> str:
    """A row per distribution and size, a column per method."""
    methods = list(next(iter(results.values())))
    rows = [
        [name, str(n), *(f"{100 * c.rate[0]:.1f} ({c.width[0]:.1f})" for c in by.values())]
        for (name, n), by in results.items()
    ]
    return _table(["NPS", size, *methods], rows)


def _cell(coverage: Coverage, k: int) -> str:
    return f"{100 * coverage.rate[k]:.1f} ({coverage.width[k]:.2f})"


def _pair(one: float, two: float) -> str:
    return f"{100 * one:.1f} / {100 * two:.1f}"


def _shares(truth: Iterable[float]) -> str:
    return ", ".join(f"{100 * share:.0f}" for share in truth)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown; an asterisk in it is one, and no emphasis."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |".replace("*", "\\*") for line in lines)


def _wrapped(block: str) -> str:
    """A paragraph or a list in lines of even width; anything else as it is."""
    if block.startswith(("|", "#", "---")):
        return block
    if block.startswith("!"):
        return block.replace("\n", " ")
    items = [" ".join(item.split()) for item in re.split(r"\n(?=- )", block)]
    wrap = textwrap.TextWrapper(WIDTH, break_long_words=False, break_on_hyphens=False)
    wrap.subsequent_indent = "  " if block.startswith("- ") else ""
    return "\n".join(wrap.fill(item) for item in items) + "\n" * block.endswith("\n")


def _versions() -> str:
    packages = (cx, np, scipy, mpl)
    versions = [f"{package.__name__} {package.__version__}" for package in packages]
    return ", ".join([*versions, f"Python {platform.python_version()}"])
