"""Moves of customers from logs of events, beside the bare window and group-by; and a bootstrap."""

from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl
from _timing import Peer, Row, race, time_row

import cxmetrics as cx

TOUCHPOINTS = 15
NAMES = np.array([f"touchpoint {k:02}" for k in range(TOUCHPOINTS)])
COLUMNS = {"customer": "customer", "touchpoint": "touchpoint", "time": "time"}

WITHIN = 1 / 2
"""Ours may take twice as long: it also finds the paths, checks them, and orders equal times."""


def in_frames(customers: int) -> Iterator[Row]:
    """Moves of customers with ten events on average, in two engines."""
    log = _log(customers)
    database = duckdb.connect()
    database.register("arrow", log.to_arrow())
    database.execute("CREATE TABLE log AS SELECT * FROM arrow")
    query = (
        "SELECT touchpoint, target, count(*) AS n FROM (SELECT touchpoint, lead(touchpoint) "
        "OVER (PARTITION BY customer ORDER BY time) AS target FROM log) GROUP BY ALL ORDER BY ALL"
    )
    target = pl.col("touchpoint").shift(-1).over("customer", order_by="time")
    bare = log.lazy().with_columns(target=target).group_by("touchpoint", "target").agg(pl.len())
    works: list[tuple[str, Any, Peer]] = [
        (
            "a Polars LazyFrame",
            log.lazy(),
            Peer("Polars", bare.collect, WITHIN, lambda t: np.sort(t["len"]), repeats=3),
        ),
        (
            "a DuckDB table",
            database.table("log"),
            Peer("DuckDB", lambda: np.sort(database.execute(query).fetchnumpy()["n"]), WITHIN),
        ),
    ]
    for name, frame, peer in works:
        yield from race(
            f"transitions of {len(log) / 1e6:.0f} M events of {customers:,} customers: {name}",
            lambda frame=frame: cx.tabulate_moves(frame, **COLUMNS).transitions,  # type: ignore[misc]
            [peer._replace(repeats=3)],
            read=lambda moves: np.sort(moves[:-1][moves[:-1] > 0]),
        )


def bootstrap(customers: int) -> Iterator[Row]:
    """Removal effects with a bootstrap of the customers."""
    moves = cx.tabulate_moves(_log(customers), **COLUMNS)
    yield time_row(
        f"1,000 bootstraps of removal effects, {TOUCHPOINTS} touchpoints, {customers:,} customers "
        f"on {len(moves.paths):,} paths",
        lambda: cx.removal_effects(moves, str(NAMES[-1]), rng=1),
        must=5,
        hope=2,
    )


def _log(customers: int) -> pl.DataFrame:
    """Events in no order, of a chain with few likely moves from each touchpoint."""
    rng = np.random.default_rng(13)
    chances = rng.dirichlet(np.full(TOUCHPOINTS, 0.15), TOUCHPOINTS).cumsum(axis=1)
    lengths = rng.poisson(9, customers) + 1
    starts = np.cumsum(lengths) - lengths
    codes: npt.NDArray[np.int64] = np.empty(lengths.sum(), np.int64)
    at = rng.integers(0, 3, customers)
    for k in range(lengths.max()):
        there = lengths > k
        codes[starts[there] + k] = at[there]
        beyond = chances[at] < rng.random(customers)[:, None]
        at = np.minimum(beyond.sum(axis=1), TOUCHPOINTS - 1)
    whose = np.repeat(np.arange(customers), lengths)
    hours = np.arange(len(codes)) - starts[whose] + rng.random(len(codes)) / 2
    begun = rng.integers(0, 200 * 24, customers)[whose]
    order = rng.permutation(len(codes))
    seconds = (3.6e9 * (begun + hours)).astype(np.int64)[order]
    times = pl.Series(seconds).cast(pl.Datetime("us"))
    return pl.DataFrame(
        {"customer": whose[order], "touchpoint": NAMES[codes[order]], "time": times}
    )
