"""Spark: our SQL in its dialect, and any table as one of its frames."""

from segment_lib.spark.dialect import to_spark
from segment_lib.spark.frames import check_session, local_instant, query_spark, spark_frame

__all__ = ["check_session", "local_instant", "query_spark", "spark_frame", "to_spark"]
