"""The same rules on Spark: the query of `views_sql` in its dialect."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from segment_lib.features.rules import CompiledRule
from segment_lib.segments.views import views_sql
from segment_lib.spark import check_session, query_spark, spark_frame, to_spark
from segment_lib.spark.frames import SparkTable
from segment_lib.sql import identifier

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def evaluate_views_on_spark(
    spark: "SparkSession", features: SparkTable, rules: Mapping[str, CompiledRule]
) -> "DataFrame":
    """Evaluate rules over a features table on Spark.

    Parameters
    ----------
    spark : the session; its time zone must be UTC.
    features : one row a contact, such as `build_features_on_spark` returns.
    rules : from `compile_views`.

    Returns
    -------
    pyspark.sql.DataFrame
        The columns of `evaluate_views` with the same values, in no particular order of rows.

    Raises
    ------
    InvalidOption
        A setting of the session would change answers.
    """
    check_session(spark)
    frame = spark_frame(spark, features)
    query = views_sql(rules).rpartition("\norder by ")[0]
    answers = query_spark(spark, query, {"features": frame})
    named = (to_spark(f"rule_{place} as {identifier(name)}") for place, name in enumerate(rules))
    return answers.selectExpr("contact_id", *named)
