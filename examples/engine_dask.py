"""NPS of a survey in files of Parquet, counted inside Dask."""

import dask.dataframe as dd
from _survey import run

if __name__ == "__main__":
    # Where there is a cluster, connect to it here: dask.distributed.Client(address).
    run("Dask", dd.read_parquet)
