"""NPS of a survey in files of Parquet, counted inside Spark; here on this machine alone."""

import tempfile

from _survey import run
from pyspark.sql import SparkSession

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        builder = SparkSession.builder.master("local[*]").config("spark.ui.enabled", "false")
        builder = builder.config("spark.sql.shuffle.partitions", "8")
        session = builder.config("spark.sql.warehouse.dir", scratch).getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        run("Spark", lambda folder: session.read.parquet(str(folder)))
        session.stop()
