"""Retention curves and log-rank tests of many customers, beside lifelines and statsmodels."""

import logging
from collections.abc import Iterator
from itertools import chain
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl
from _frames import WITHIN
from _timing import Peer, Row, race, time_row
from lifelines import KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test
from statsmodels.duration.survfunc import survdiff

import cxmetrics as cx

MILLION = 1_000_000
MONTHS = 60
COHORTS = 10_000

Whole = npt.NDArray[Any]


def of_customers(n: int, must: float) -> Iterator[Row]:
    """The curve of all, and the tests whether groups of them differ."""
    # Whoever has pandas convert nothing is told so on every run.
    logging.getLogger("lifelines").setLevel(logging.ERROR)
    tenure, churned = _customers(n)
    repeats = 5 if n <= MILLION else 3
    yield from race(
        f"retention curve with interval, {_size(n)} customers",
        lambda: cx.retention_curve(cx.LifeTable.of(tenure, churned)),
        [
            Peer(
                "lifelines",
                lambda: KaplanMeierFitter().fit(tenure, churned),
                must,
                lambda fit: fit.confidence_interval_.to_numpy()[1:].T,
                repeats=repeats,
            )
        ],
        read=lambda curve: np.stack(curve.interval),
    )
    yield from chain.from_iterable(_log_rank(n, k, must, repeats) for k in (2, 4))


def _log_rank(n: int, groups: int, must: float, repeats: int) -> Iterator[Row]:
    tenure, churned = _customers(n)
    plan = np.random.default_rng(12).integers(0, groups, n, np.int8)
    yield from race(
        f"log-rank test of {groups} groups, {_size(n)} customers",
        lambda: cx.compare_retention(cx.LifeTable.of(tenure, churned, by=plan)),
        [
            Peer(
                "lifelines",
                lambda: multivariate_logrank_test(tenure, plan, churned),
                must,
                lambda test: test.test_statistic,
                repeats=repeats,
            ),
            Peer(
                "statsmodels",
                lambda: survdiff(tenure, churned, plan),
                6,
                lambda test: test[0],
                repeats=repeats,
            ),
        ],
        read=lambda compared: compared.statistic,
    )


def in_frames(n: int) -> Iterator[Row]:
    """Life tables of the customers in a frame."""
    tenure, churned = _customers(n)
    frame = pl.DataFrame({"tenure": tenure, "churned": churned})
    database = duckdb.connect()
    database.register("arrow", frame.to_arrow())
    database.execute("CREATE TABLE customers AS SELECT * FROM arrow")
    query = "SELECT tenure, churned, count(*) AS n FROM customers GROUP BY ALL ORDER BY ALL"
    counted = frame.lazy().group_by("tenure", "churned").agg(pl.len())
    works: list[tuple[str, Any, Peer]] = [
        (
            "a Polars LazyFrame",
            frame.lazy(),
            Peer("Polars", counted.collect, WITHIN, lambda t: t.sort(pl.all())["len"]),
        ),
        (
            "a DuckDB table",
            database.table("customers"),
            Peer("DuckDB", lambda: database.execute(query).fetchnumpy()["n"], WITHIN),
        ),
    ]
    for name, source, peer in works:
        yield from race(
            f"life table of {_size(n)} customers in {name}",
            lambda source=source: cx.tabulate_tenure(source, "tenure", "churned"),
            [peer],
            read=lambda table: np.stack([table.censored, table.churned]).T.ravel(),
        )


def cohorts() -> Iterator[Row]:
    """The curves of many cohorts at once."""
    rng = np.random.default_rng(13)
    churned, censored = rng.integers(0, 20, (2, COHORTS, MONTHS))
    tables = cx.LifeTable(np.arange(1, MONTHS + 1), churned, censored)
    yield time_row(
        "retention curves of 10,000 cohorts over 60 months",
        lambda: cx.retention_curve(tables),
        must=1.0,
        hope=0.2,
    )


def _customers(n: int) -> tuple[Whole, Whole]:
    """Months until customers left, or were last seen."""
    rng = np.random.default_rng(11)
    left = rng.geometric(0.03, n)
    seen = rng.integers(1, MONTHS + 1, n)
    return np.minimum(left, seen).astype(np.int16), left <= seen


def _size(n: int) -> str:
    return f"{n // MILLION} M" if n >= MILLION else f"{n:,}"
