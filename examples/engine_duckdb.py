"""NPS of a survey in files of Parquet, counted inside DuckDB."""

import duckdb
from _survey import run

if __name__ == "__main__":
    with duckdb.connect() as database:
        run("DuckDB", lambda folder: database.read_parquet(f"{folder}/*.parquet"))
