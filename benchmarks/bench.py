"""Measure the library beside its peers, and write the page about it.

python benchmarks/bench.py                  all; writes docs/explanation/performance.md
python benchmarks/bench.py counts imports   some; writes nothing
"""

import sys
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path
from typing import Any, Literal, TypeAlias

import _paths as paths
import _retention as retention
import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
from _frames import by_engine, memory_by_size
from _page import line, page, verdict
from _peers import (
    Array,
    bootstrapped,
    differences_one_by_one,
    likelihood_excess,
    limits_elementwise,
    limits_one_by_one,
    permuted,
    score_excess,
)
from _timing import MIB, Peer, Row, growth_row, import_row, memory_row, race, time_row

import cxmetrics as cx

TARGET = Path(__file__).parents[1] / "docs/explanation/performance.md"

MILLION = 1_000_000
SEGMENTS = 100_000

Answers: TypeAlias = npt.NDArray[np.int8]
Rows: TypeAlias = Iterable[Row]


def counts(n: int) -> Rows:
    """Whole answers, a byte each."""
    answers = _answers(n)
    series, column = pd.Series(answers), pl.Series("answer", answers)
    database = duckdb.connect()
    database.register("survey", series.to_frame("answer"))
    query = "SELECT answer, count(*) AS n FROM survey GROUP BY answer ORDER BY answer"

    def ours() -> cx.Counts:
        return cx.Counts.of(answers, cx.ZERO_TO_TEN)

    work = f"count {n // MILLION} M int8 answers"
    peers = [
        Peer("np.bincount", lambda: np.bincount(answers, minlength=11), 2.5),
        Peer("pandas value_counts", series.value_counts, 2.5, _by_index),
        Peer("Polars value_counts", column.value_counts, 2.5, lambda x: x.sort("answer")["count"]),
        Peer("DuckDB GROUP BY", lambda: database.execute(query).fetchnumpy()["n"], 2.5),
    ]
    yield from race(work, ours, peers, read=lambda counts: counts.counts)
    yield memory_row(f"{work}: extra memory", ours, must=8 * MIB)


def floats(dtype: type[np.floating[Any]]) -> Rows:
    """Answers of which 5 % are NaN."""
    answers = _answers(10 * MILLION).astype(dtype)
    answers[::20] = np.nan
    series = pd.Series(answers)
    peer = Peer("pandas value_counts", lambda: series.value_counts(dropna=False), 2, _by_index)
    return race(
        f"count 10 M {dtype.__name__} answers, 5 % NaN",
        lambda: cx.Counts.of(answers, cx.ZERO_TO_TEN),
        [peer],
        read=lambda counts: [*counts.counts, counts.n_missing],
    )


def segments(size: int) -> Rows:
    """Answers by integer codes."""
    answers = _answers(10 * MILLION)
    segment = np.random.default_rng(2).integers(0, size, len(answers), np.int32)
    frame = pd.DataFrame({"segment": segment, "answer": answers})
    peer = Peer(
        "pandas groupby size",
        lambda: frame.groupby(["segment", "answer"], sort=False).size(),
        4,
        lambda sizes: sizes.sort_index().unstack(fill_value=0),  # noqa: PD010 (a row per segment)
        repeats=3,
    )
    return race(
        f"count 10 M int8 answers by {size:,} integer codes",
        lambda: cx.Counts.of(answers, cx.ZERO_TO_TEN, by=segment),
        [peer],
        read=lambda grouped: grouped.batch.counts,
    )


def survey() -> Rows:
    """The usual call."""
    answers = _answers(1_000)
    work = "`nps()` with its interval, 1,000 int8 answers"
    yield time_row(work, lambda: cx.nps(answers), must=300e-6, hope=80e-6)


def intervals(method: Literal["score", "likelihood"], must: float) -> Rows:
    """NPS of many segments."""
    excess = {"score": score_excess, "likelihood": likelihood_excess}[method]
    batch = _batch(cx.ZERO_TO_TEN, seed=3)
    groups = _groups(batch)
    first = groups[:200]
    peers = [
        _scaled("brentq", lambda: limits_one_by_one(excess, first), len(first)),
        Peer("find_root", lambda: limits_elementwise(excess, groups), must),
    ]
    return race(
        f"NPS and {method} interval of 100,000 segments",
        lambda: cx.nps(batch, method=method),
        peers,
        read=lambda estimate: np.divide(estimate.interval, 100),
    )


def differences(name: str, metric: Callable[[cx.Counts], cx.Estimate], scale: cx.Scale) -> Rows:
    """Intervals and p-values of many differences."""
    sides = [metric(_batch(scale, seed)) for seed in (4, 5)]
    after, before = (side.score.rows[:100] for side in sides)
    span = np.ptp(sides[0].basis.bounds)
    peer = _scaled("brentq", lambda: differences_one_by_one(after, before), len(after))
    return race(
        f"100,000 differences of {name}, interval and p-value",
        lambda: cx.difference(*sides),
        [peer._replace(hope="500 ms")],
        read=lambda result: [*np.divide(result.interval, span), result.pvalue],
    )


def families() -> Rows:
    """Many groups, and the power of small ones."""
    batch = _batch(cx.ZERO_TO_TEN, seed=9)
    many = cx.nps(cx.Grouped({"segment": range(SEGMENTS)}, batch))
    some = cx.nps(cx.Grouped({"segment": range(200)}, batch[:200]))
    one, two = (some.batch[rows] for rows in np.triu_indices(200, 1))
    welch = Peer(
        "vectorised Welch",
        lambda: cx.difference(one, two, method="welch"),
        1 / 20,
        lambda result: result.value,
    )
    yield from race(
        "all 19,900 pairs of 200 segments, score intervals and Tukey's p-values",
        lambda: cx.compare_segments(some, versus="pairs"),
        [welch],
        read=lambda compared: compared.batch.value,
    )
    yield time_row(
        "100,000 segments, each against the rest",
        lambda: cx.compare_segments(many),
        must=1.0,
        hope=0.5,
    )
    baseline = cx.nps(_answers(500))
    yield time_row(
        "power of a change by 20 points, 50 per group, by enumeration",
        lambda: cx.power(baseline, n=50, change=20),
        must=1.0,
        hope=0.3,
    )


def permutation() -> Rows:
    """Whether two surveys differ."""
    sides = [cx.nps(_answers(1_000, seed)) for seed in (6, 7)]
    scores = [_scores(_answers(1_000, seed)) for seed in (6, 7)]
    peer = Peer("permutation_test", lambda: permuted(*scores), 100, close=0.03, repeats=3)
    return race(
        "exact permutation test of an NPS, 1,000 + 1,000 answers",
        lambda: cx.difference(*sides, method="permutation"),
        [peer],
        read=lambda result: result.pvalue,
    )


def bootstrap() -> Rows:
    """The bootstrap of a survey, and of a large one."""
    answers = _answers(10_000)
    scores = _scores(answers)
    peer = Peer("bootstrap", lambda: bootstrapped(scores), 200, close=0.15, repeats=3)
    yield from race(
        "NPS and bootstrap interval, 10,000 int8 answers",
        lambda: cx.nps(answers, method="bootstrap"),
        [peer],
        read=lambda estimate: estimate.interval,
    )
    small, large = (cx.Counts.of(_answers(n), cx.ZERO_TO_TEN) for n in (10_000, MILLION))
    yield growth_row(
        "the same from the Counts of 1 M answers",
        lambda: cx.nps(small, method="bootstrap"),
        lambda: cx.nps(large, method="bootstrap"),
        must=10,
    )


def scorecards(touchpoints: int, segments: int) -> Rows:
    """Ratings of a million customers, each of whom rated every touchpoint."""
    rng = np.random.default_rng(10)
    liking = rng.normal(size=MILLION)
    ratings = {
        f"q{j}": np.clip(np.rint(3.6 + liking + rng.normal(size=MILLION)), 1, 5).astype(np.int8)
        for j in range(touchpoints)
    }
    segment = rng.integers(0, segments, MILLION, np.int32)
    frame = pl.DataFrame({"segment": segment, **ratings})
    journey = cx.Journey("Bench", [cx.Touchpoint(q, "All", column=q) for q in ratings])
    counts = {q: cx.tabulate(frame, q, cx.ONE_TO_FIVE, by="segment") for q in ratings}
    work = f"scorecard of {touchpoints} touchpoints × {segments:,} segments"  # noqa: RUF001
    yield time_row(
        f"{work}, from 1 M rows in Polars",
        lambda: cx.scorecard(journey, frame, by="segment"),
        must=2.0,
        hope=1.0,
    )
    yield time_row(
        f"{work}, from counts", lambda: cx.scorecard(journey, counts), must=2.0, hope=0.1
    )
    cards = cx.scorecard(journey, frame, by="segment").batch
    yield time_row(
        f"means, gaps with p-values and friction of {segments:,} such scorecards",
        lambda: (cards.whole, cards.friction),
        must=2.0,
        hope=0.5,
    )


def imports() -> Rows:
    """The library in a fresh process."""
    yield import_row("import in a fresh process", "cxmetrics", "numpy", must=60e-3, hope=30e-3)


WORKS: dict[str, Callable[[], Rows]] = {
    "counts": lambda: chain(counts(10 * MILLION), counts(100 * MILLION)),
    "floats": lambda: chain(floats(np.float64), floats(np.float32)),
    "segments": lambda: chain.from_iterable(map(segments, (10, 1_000, 100_000))),
    "survey": survey,
    "intervals": lambda: chain(intervals("score", 3), intervals("likelihood", 2)),
    "differences": lambda: chain(
        differences("NPS", cx.nps, cx.ZERO_TO_TEN),
        differences("means on 1-5", cx.mean_score, cx.ONE_TO_FIVE),
        differences("means on 0-10", cx.mean_score, cx.ZERO_TO_TEN),
    ),
    "families": families,
    "permutation": permutation,
    "bootstrap": bootstrap,
    "retention": lambda: chain(
        retention.of_customers(100_000, 20),
        retention.of_customers(MILLION, 12),
        retention.of_customers(10 * MILLION, 8),
        retention.in_frames(10 * MILLION),
        retention.cohorts(),
    ),
    "paths": lambda: chain(paths.in_frames(MILLION), paths.bootstrap(100_000)),
    "frames": lambda: chain(by_engine(10 * MILLION), memory_by_size(10 * MILLION, 50 * MILLION)),
    "scorecards": lambda: scorecards(20, 1_000),
    "imports": imports,
}


def main(names: list[str]) -> None:
    """Do the works of these names, or all and write the page."""
    if strange := set(names) - WORKS.keys():
        sys.exit(f"There is no work {', '.join(strange)}; there are {', '.join(WORKS)}.")
    rows = []
    for name in names or WORKS:
        for row in WORKS[name]():
            print(line(row), flush=True)
            rows.append(row)
    print(verdict(rows))
    if not names:
        TARGET.write_text(page(rows), encoding="utf-8")


def _answers(n: int, seed: int = 1) -> Answers:
    return np.random.default_rng(seed).integers(0, 11, n, np.int8)


def _batch(scale: cx.Scale, seed: int) -> cx.Counts:
    """Counts of 20 to 200 answers in each segment and more, at least one on each point."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(20, 201, SEGMENTS)
    shares = rng.dirichlet(np.arange(1, scale.size + 1), SEGMENTS)
    return cx.Counts(scale, 1 + rng.multinomial(sizes, shares))


def _groups(batch: cx.Counts) -> Array:
    """Promoters, passives and detractors."""
    bad, middle, good = np.split(batch.counts, [7, 9], axis=1)
    groups = [part.sum(axis=1) for part in (good, middle, bad)]
    return np.stack(groups, axis=1).astype(np.float64)


def _scores(answers: Answers) -> Array:
    """−100, 0 or 100 for each answer."""
    scores = np.where(answers >= 9, 100, np.where(answers <= 6, -100, 0))  # noqa: PLR2004
    return scores.astype(np.float64)


def _by_index(series: "pd.Series[int]") -> "pd.Series[int]":
    return series.sort_index()


def _scaled(name: str, run: Callable[[], Array], rows: int) -> Peer:
    """A loop over rows, a hundredth as fast as ours may be, of which only some are done."""
    return Peer(f"{name} one by one", run, 100, part=rows / SEGMENTS)


if __name__ == "__main__":
    main(sys.argv[1:])
