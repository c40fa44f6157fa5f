"""The corpus of rules on Spark: the members and the unknowns of DuckDB and of the reference."""

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from rule_corpus import CORPUS, CORPUS_TABLES
from rule_tables import (
    CONTACT_COLUMNS,
    INTERACTION_COLUMNS,
    Tables,
    by_contact,
    compiled,
    differences,
    library_answers,
    named_features,
    reference_answers,
)

from segment_lib.features.on_spark import build_features_on_spark
from segment_lib.segments import needed_features
from segment_lib.segments.views_on_spark import evaluate_views_on_spark

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Import warns of pandas 3, which pyspark has not been tried with; deprecated calls are its own.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("pyspark") is None, reason="pyspark is not here: it is the package's extra `spark`"),
    pytest.mark.skipif(not (shutil.which("java") or os.environ.get("JAVA_HOME")), reason="Spark needs Java 17"),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[SparkSession]":
    """A session of two threads without a page, a port to the outside or a warehouse in the folder."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").appName("segment_lib rules")
    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.log.level": "OFF",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("warehouse")),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.mark.parametrize("tables", CORPUS_TABLES, ids=lambda tables: f"{tables.as_of.day} {tables.as_of.zone}")
def test_corpus_has_the_same_members_and_unknowns(spark: "SparkSession", tables: Tables) -> None:
    rules, given = compiled(CORPUS), tables.arrow
    features = build_features_on_spark(
        spark,
        given["interactions"],
        as_of=tables.as_of,
        contacts=given["contacts"],
        labels=given["labels"],
        features=[*named_features(), *needed_features(rules)],
        columns={"contacts": CONTACT_COLUMNS, "interactions": INTERACTION_COLUMNS},
    )
    # Computed once: the plan of all features would stand in each of the queries that follow.
    on_spark = by_contact(evaluate_views_on_spark(spark, features.toArrow(), rules).toArrow(), rules)
    assert not differences(tables, CORPUS, on_spark, library_answers(tables, rules))
    assert not differences(tables, CORPUS, on_spark, reference_answers(tables, CORPUS))
