"""The SQL of a segment: run as it is, it gives the members."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from segment_lib import Segmentation, Workspace
from segment_lib.engine import add_table, open_connection
from segment_lib.errors import InvalidDefinition, InvalidOption
from segment_lib.segments.preview import preview
from segment_lib.segments.sql_of import show_sql
from segment_lib.spark import spark_frame

TABLES = ("contacts", "interactions", "labels")
RULES = [
    "in_segment('Active buyers') and not in_segment('Champions') or in_segment('Never bought')",
    "top_percent(total('purchase', where => category = 'Pineapple'), 10) and has_label('x') is false",
    "regularly('purchase', 3) or followed_by('quote_request', 'purchase', within => '30 days')",
    "resumed('purchase', '180 days') and favourite('purchase', category) <> 'Pineapple'",
    "anniversary(birth_date, within => '30 days') and age_years between 20 and 60",
    "next_category is not null and average_order > 40 and largest('purchase') < 200",
    "random_percent(25) and country like 'E%' and has_relationship('client') is not true",
]


def members(shop: Workspace, text: str) -> list[str]:
    with open_connection() as connection:
        for name in TABLES:
            add_table(connection, name, shop.table(name))
        return [row[0] for row in connection.sql(text).fetchall()]


def test_the_text_gives_the_members_of_every_segment(sample_shop: Workspace, sample_segmentation: Segmentation) -> None:
    as_of = sample_segmentation.as_of
    for segment in sample_segmentation.segments:
        if segment.kind != "cluster":
            text = show_sql(sample_shop, segment.name, as_of=as_of)
            assert members(sample_shop, text) == sorted(sample_segmentation.members_of(segment.name)), segment.name
            assert text.startswith(f"-- {segment.name} as of 2026-10-31 (Europe/Madrid): the ids of its members\nwith ")


@pytest.mark.parametrize("rule", RULES)
def test_the_text_of_a_rule_gives_its_members(sample_shop: Workspace, rule: str) -> None:
    as_of = sample_shop.as_of("2026-10-31")
    assert (
        members(sample_shop, show_sql(sample_shop, rule, as_of=as_of))
        == preview(sample_shop, rule, as_of=as_of).members
    )


def test_only_what_the_segment_needs_is_in_the_text(sample_shop: Workspace) -> None:
    text = show_sql(sample_shop, "country = 'ES'", as_of=sample_shop.as_of("2026-10-31"))
    assert "purchase" not in text
    assert "birth_date" not in text


def test_predictions_are_said_to_come_from_elsewhere(sample_shop: Workspace) -> None:
    text = show_sql(sample_shop, "probably(p_alive < 0.4, 0.9)", as_of=sample_shop.as_of("2026-10-31"))
    assert "\n-- contacts must hold p_alive_q900 too: predict_for computes them by contact_id\n" in text


def test_what_has_no_sql_is_refused(sample_shop: Workspace, sample_segmentation: Segmentation) -> None:
    as_of = sample_shop.as_of("2026-10-31")
    cluster = next(segment.name for segment in sample_segmentation.segments if segment.kind == "cluster")
    with pytest.raises(InvalidOption, match="must be a smart view, an RFM group or a rule, got the cluster"):
        show_sql(sample_shop, cluster, as_of=as_of)
    with pytest.raises(InvalidOption, match="`engine` must be one of duckdb, spark, got 'hive'"):
        show_sql(sample_shop, "Champions", as_of=as_of, engine="hive")  # type: ignore[arg-type]
    with pytest.raises(InvalidDefinition, match="can't find a column `contry`"):
        show_sql(sample_shop, "contry = 'ES'", as_of=as_of)


@pytest.mark.slow
@pytest.mark.skipif(find_spec("pyspark") is None, reason="pyspark is not here: it is the package's extra `spark`")
@pytest.mark.skipif(not (shutil.which("java") or os.environ.get("JAVA_HOME")), reason="Spark needs Java 17")
@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_text_for_spark_gives_the_members_there(sample_shop: Workspace, tmp_path: Path) -> None:
    from pyspark.sql import SparkSession

    settings = {
        "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1", "spark.log.level": "OFF",
        "spark.sql.session.timeZone": "UTC", "spark.sql.shuffle.partitions": "2", "spark.ui.enabled": "false",
        "spark.sql.warehouse.dir": str(tmp_path),
    }  # fmt: skip
    builder = SparkSession.builder.master("local[1]").appName("segment_lib tests")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    as_of = sample_shop.as_of("2026-10-31")
    try:
        for name in TABLES:
            spark_frame(spark, sample_shop.table(name)).createOrReplaceTempView(name)
        for rule in (*RULES[:3], RULES[5], "Going quiet"):
            text = show_sql(sample_shop, rule, as_of=as_of, engine="spark")
            found = sorted(row[0] for row in spark.sql(text).collect())
            assert found == members(sample_shop, show_sql(sample_shop, rule, as_of=as_of)), text
    finally:
        spark.stop()
