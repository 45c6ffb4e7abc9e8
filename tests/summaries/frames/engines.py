"""The engines: one table of Arrow, in the frame of every library."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

import dask.dataframe as dd
import duckdb
import ibis
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

Engine: TypeAlias = Callable[[pa.Table], Any]

ZONE = "Europe/Berlin"
"""Time zone of the engines whose columns of times have none of their own."""

DATES = {pa.date32(): pd.ArrowDtype(pa.date32())}
"""pandas has no type of its own for days."""

BOOLEANS = {pa.bool_(): pd.BooleanDtype()}
"""Of objects that are booleans and None, Dask makes text."""

NULLABLE = (
    DATES
    | BOOLEANS
    | {
        pa.int64(): pd.Int64Dtype(),
        pa.float64(): pd.Float64Dtype(),
        pa.string(): pd.StringDtype(),
    }
)


@cache
def database() -> duckdb.DuckDBPyConnection:
    """A database in memory, open as long as the tests run."""
    connection = duckdb.connect()
    connection.execute(f"SET TimeZone = '{ZONE}'")
    return connection


def in_ibis(table: pa.Table) -> ibis.Table:
    ibis.get_backend().raw_sql(f"SET TimeZone = '{ZONE}'")
    return ibis.memtable(table)


def in_dask(table: pa.Table) -> Any:
    return dd.from_pandas(table.to_pandas(types_mapper=(DATES | BOOLEANS).get), npartitions=3)


@cache
def spark() -> Any:
    """A session of Spark on this machine, which writes nothing here."""
    if not (shutil.which("java") or "JAVA_HOME" in os.environ):
        pytest.skip("Spark needs Java 17 or newer, and there is none here.")
    scratch = tempfile.mkdtemp(prefix="spark-")
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    settings: dict[str, str | int | float | bool | None] = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": ZONE,
        "spark.sql.timestampType": "TIMESTAMP_NTZ",  # else times without a zone get one
        "spark.sql.warehouse.dir": scratch,
        "spark.local.dir": scratch,
    }
    session = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session


def in_spark(table: pa.Table) -> Any:
    return spark().createDataFrame(table)


ENGINES: dict[str, Engine] = {
    "pandas": lambda table: table.to_pandas(types_mapper=DATES.get),
    "pandas nullable": lambda table: table.to_pandas(types_mapper=NULLABLE.get),
    "pandas Arrow": lambda table: table.to_pandas(types_mapper=pd.ArrowDtype),
    "Polars": pl.from_arrow,
    "Polars lazy": pl.LazyFrame,
    "PyArrow": lambda table: table,
    "DuckDB": lambda table: database().from_arrow(table),
    "Ibis": in_ibis,
    "Dask": in_dask,
    "Spark": in_spark,
}
SLOW = {"Ibis", "Dask", "Spark"}
IN_MEMORY = ["pandas", "pandas nullable", "pandas Arrow", "Polars", "PyArrow"]

in_memory = pytest.mark.parametrize("engine", IN_MEMORY)
every_engine = pytest.mark.parametrize(
    "engine",
    [pytest.param(name, marks=[pytest.mark.engines] * (name in SLOW)) for name in ENGINES],
)


def frame_in(engine: str, table: pa.Table) -> Any:
    """The table in the frame of an engine."""
    return ENGINES[engine](table)
