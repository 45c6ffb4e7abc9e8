"""How long customers stay and wait, in every engine, beside pandas."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cxmetrics import funnel, tabulate_dwell, tabulate_moves, tabulate_time_to
from cxmetrics.errors import ArgumentError, UnknownKeyError
from tests.summaries.frames.engines import IN_MEMORY, ZONE, every_engine, frame_in
from tests.summaries.frames.test_moves import EVENTS, LOG, columns

ASKED: dict[str, Any] = {"customer": "customer", "touchpoint": "touchpoint", "time": "time"}


def log_of_40() -> pd.DataFrame:
    log = pd.DataFrame(LOG["rows"], columns=LOG["columns"])
    return log.assign(time=pd.to_datetime(log["time"]))


@every_engine
def test_every_engine_tells_how_long_customers_stay(engine: str) -> None:
    """By hand: Ann web 4, phone 0; Cem web 5; Dee web 1, phone 1."""
    dwell = tabulate_dwell(frame_in(engine, pa.table(columns(EVENTS))), **ASKED, unit="hour")

    assert list(dwell) == ["phone", "web"]
    assert dwell.batch.tenures.tolist() == [0, 1, 4, 5]
    assert dwell["phone"].churned.tolist() == [1, 1, 0, 0]
    assert dwell["web"].churned.tolist() == [0, 1, 1, 1]
    assert not dwell.batch.censored.any()


@every_engine
def test_every_engine_tells_how_long_it_takes(engine: str) -> None:
    """By hand: Ann 4 hours, Dee 2; at 9 o'clock Bob has waited for 7, Cem for 5."""
    frame = frame_in(engine, pa.table(columns(EVENTS)))
    table = tabulate_time_to(frame, "shop", **ASKED, unit="hour")

    assert table.tenures.tolist() == [2, 4, 5, 7]
    assert table.churned.tolist() == [1, 1, 0, 0]
    assert table.censored.tolist() == [0, 0, 1, 1]
    by_shop = tabulate_time_to(frame, "shop", **ASKED, unit="hour", by="shop")
    assert list(by_shop) == ["N", "S", None]
    assert np.asarray(by_shop.batch.n).tolist() == [2, 2, 1]


def test_a_log_as_pandas_reckons_it() -> None:
    log = log_of_40()
    ordered = log.sort_values(["customer", "time", "touchpoint"])
    ordered["next"] = ordered.groupby("customer")["time"].shift(-1)
    hours = (ordered["next"] - ordered["time"]).dt.total_seconds() // 3_600
    dwell = tabulate_dwell(log, **ASKED, unit="hour")
    for name, each in hours.dropna().groupby(ordered["touchpoint"]):
        table = dwell[name]
        assert np.repeat(table.tenures, table.churned).tolist() == sorted(each)

    first = log.groupby("customer")["time"].min()
    came = log[log["touchpoint"] == "resolved"].groupby("customer")["time"].min()
    took = ((came - first).dropna().dt.total_seconds() // 60).tolist()
    still = first.drop(came.index)
    waited = ((log["time"].max() - still).dt.total_seconds() // 60).tolist()
    waits = tabulate_time_to(log, "resolved", **ASKED, unit="minute")
    assert np.repeat(waits.tenures, waits.churned).tolist() == sorted(took)
    assert np.repeat(waits.tenures, waits.censored).tolist() == sorted(waited)


def test_times_that_are_numbers_and_parts_that_merge() -> None:
    frame = pl.DataFrame(columns(EVENTS))
    numbers = ASKED | {"time": "hour"}
    whole = tabulate_dwell(frame, **numbers)
    parts = [frame.filter(pl.col("customer").is_in(names)) for names in (["Ann"], ["Cem", "Dee"])]

    assert whole == tabulate_dwell(frame, **ASKED, unit="hour")
    assert sum(tabulate_dwell(part, **numbers) for part in parts) == whole


def test_errors() -> None:
    frame = pl.DataFrame(columns(EVENTS))
    with pytest.raises(UnknownKeyError) as raised:
        tabulate_time_to(frame, "shp", **ASKED)
    assert str(raised.value) == (
        "`target` must be a touchpoint, not 'shp'.\nHint: did you mean 'shop'?"
    )
    message = "`unit` must be 'second', 'minute', 'hour' or 'day', not 'hours'"
    asked = ASKED | {"unit": "hours"}
    with pytest.raises(ArgumentError, match=message):
        tabulate_dwell(frame, **asked)
    with pytest.raises(ArgumentError, match=message):
        tabulate_time_to(frame, "shop", **asked)


@pytest.mark.parametrize("engine", [*IN_MEMORY, "Polars lazy", "Dask"])
def test_clocks_that_are_put_back_do_not_matter(engine: str) -> None:
    """At 1 o'clock UTC of that day it is 2 o'clock in Berlin, for the second time."""
    times = pd.to_datetime(["2024-10-27T00:30Z", "2024-10-27T01:15Z", "2024-10-27T02:30Z"])
    log = pd.DataFrame({"customer": "Ann", "touchpoint": ["web", "chat", "shop"]})
    log = log.assign(time=times.tz_convert(ZONE))
    frame = frame_in(engine, pa.Table.from_pandas(log))

    dwell = tabulate_dwell(frame, **ASKED, unit="minute")
    assert dwell.batch.tenures.tolist() == [45, 75]
    assert dwell["web"].churned.tolist() == [1, 0]
    steps: Any = {"customer": "customer", "stage": "touchpoint", "time": "time"}
    assert funnel(frame, ["web", "chat", "shop"], **steps).conversion.value.tolist() == [100, 100]


@pytest.mark.parametrize("hour", [np.nan, np.inf])
@pytest.mark.parametrize("tabulate", [tabulate_dwell, tabulate_moves])
@every_engine
def test_what_has_no_end_is_no_time(engine: str, tabulate: Any, hour: float) -> None:
    log = columns(EVENTS)
    log["hour"] = [hour, *(float(number) for number in log["hour"][1:])]

    with pytest.raises(ArgumentError, match=r"Each event must have a time \(1 of 9 lack it\)"):
        tabulate(frame_in(engine, pa.table(log)), **ASKED | {"time": "hour"})
