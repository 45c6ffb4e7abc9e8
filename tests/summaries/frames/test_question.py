"""Periods, as engines are asked for them."""

from typing import Any

import duckdb
import narwhals.stable.v2 as nw
import pytest

from cxmetrics.summaries.frames.question import number_of_period


@pytest.mark.parametrize("unit", ["day", "week", "month", "quarter", "year"])
def test_periods_are_short_queries(unit: Any) -> None:
    """Operands that are written several times over, in each other, make weeks of 90 kB."""
    days: Any = duckdb.sql("SELECT DATE '2024-02-29' AS day")
    table: Any = nw.from_native(days)

    query = table.select(period=number_of_period(nw.col("day").dt, unit)).to_native().sql_query()

    assert len(query) < 1_500
