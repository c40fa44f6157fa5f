"""The same features on DuckDB and on Spark: every value of the whole catalogue, on ugly tables and on real ones."""

import math
import os
import random
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segment_lib import AsOf, Workspace, import_files, open_workspace
from segment_lib.engine import run_sql
from segment_lib.errors import InvalidOption, MissingColumns, NotFound
from segment_lib.features import CATALOGUE, Feature, build_features, features_at
from segment_lib.features.on_spark import build_features_on_spark, features_at_on_spark, features_spark_sql
from segment_lib.loading.fields import columns_of, load_fields
from segment_lib.segments.views import compile_views, evaluate_views, needed_features
from segment_lib.spark import check_session, query_spark, spark_frame, to_spark
from segment_lib.vocabulary import CONTACTS, INTERACTIONS, arrow_schema

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("SEGMENT_LIB_DATA", ROOT.parent / "shared" / "data"))
AS_OF = AsOf.of("2026-10-31", zone="Europe/Madrid")
NAMES = {feature.name: feature for feature in CATALOGUE}
SOME = [
    NAMES[n] for n in ("purchases", "total_spend", "last_purchase_at", "recency_days", "visits", "favourite_product")
]

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

    builder = SparkSession.builder.master("local[2]").appName("segment_lib tests")
    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.log.level": "OFF",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("warehouse")),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


def rows_of(schema: Sequence[Any], rows: Sequence[Mapping[str, object]]) -> pa.Table:
    return pa.Table.from_pylist([dict(row) for row in rows], schema=arrow_schema(tuple(schema)))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def differences(expected: pa.Table, found: pa.Table, key: Sequence[str] = ("contact_id",)) -> dict[str, object]:
    """Columns whose types or values differ, with the first three values that do; floating point to nine digits."""
    order = [(name, "ascending") for name in key]
    expected, found = expected.sort_by(order), found.sort_by(order)
    if expected.schema.names != found.schema.names or expected.num_rows != found.num_rows:
        return {"rows": (expected.num_rows, found.num_rows), "names": (expected.schema.names, found.schema.names)}
    differing: dict[str, object] = {}
    for name in expected.column_names:
        pairs = list(zip(expected[name].to_pylist(), found[name].to_pylist(), strict=True))
        wrong = [pair for pair in pairs if not same(*pair)]
        if wrong or expected[name].type != found[name].type:
            differing[name] = (str(expected[name].type), str(found[name].type), wrong[:3])
    return differing


def same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12) or (math.isnan(one) and math.isnan(other))
    return one == other


# Tables full of edges.


def purchase(contact: str | None, when: str, order: str | None = None, **more: object) -> dict[str, object]:
    return {"contact_id": contact, "occurred_at": at(when), "kind": "purchase", "order_id": order, **more}


EDGES: list[dict[str, object]] = [
    # Two lines of one order, an order of no amount, one without an id, amounts that lie between two decimals.
    purchase("ana", "2026-10-01T10:00", "1", amount=1.00005, quantity=1.0, product="ü", category="k1", channel="web"),
    purchase("ana", "2026-10-01T10:00", "1", amount=0.00015, quantity=3.0, product="z", category="k2", channel="shop"),
    purchase("ana", "2026-10-05T10:00", "2", amount=0.0, quantity=0.0, product="z", category="k2"),
    purchase("ana", "2026-10-05T10:00", None, amount=None, quantity=None, campaign="autumn"),
    # The night in which the clock goes back: both half past two; the day after by UTC, the same by the wall.
    purchase("ben", "2026-10-25T00:30", "3", amount=10.0, quantity=2.0, product="z", category="k1"),
    purchase("ben", "2026-10-25T01:30", "4", amount=10.0, quantity=2.0, product="a", category="k3"),
    purchase("ben", "2026-10-24T22:30", "5", amount=-5.0, quantity=-1.0, product="a", category="k3"),
    purchase("ben", "2026-03-29T01:30", "6", amount=9.5, quantity=1.0, product="a"),
    # The last second of the day, the first of the next, a year's first; a time with millionths.
    purchase("eva", "2026-10-31T22:59:59.999999", "7", amount=5.0, quantity=1.0, product="a"),
    purchase("eva", "2026-10-31T23:00:00", "8", amount=500.0, quantity=1.0, product="a"),
    purchase("eva", "2025-12-31T23:00:00", "9", amount=4.75, quantity=1.0, product="a"),
    # Of nobody, and of somebody who is no contact.
    purchase(None, "2026-10-01T10:00", "10", amount=99.0, quantity=1.0, product="a", category="k1"),
    purchase("stranger", "2026-10-01T10:00", "11", amount=99.0, quantity=1.0, product="a", category="k9"),
    {"contact_id": "ana", "occurred_at": at("2026-10-06T10:00"), "kind": "refund", "order_id": "1", "amount": 0.5},
    {"contact_id": "eva", "occurred_at": at("2026-10-06T10:00"), "kind": "refund", "amount": 2.0},
    # Two surveys at one instant, one without an answer after them.
    {"contact_id": "ana", "occurred_at": at("2026-10-07T10:00"), "kind": "survey", "score": 3.0},
    {"contact_id": "ana", "occurred_at": at("2026-10-07T10:00"), "kind": "survey", "score": 9.0},
    {"contact_id": "ana", "occurred_at": at("2026-10-08T10:00"), "kind": "survey", "score": None},
    {"contact_id": "ana", "occurred_at": at("2026-10-08T10:00"), "kind": None},
    {"contact_id": "kim", "occurred_at": at("1899-06-01T12:00"), "kind": "visit"},
]
PEOPLE: list[dict[str, object]] = [
    {"contact_id": "ana", "relationships": ["client", None], "birth_date": date(1990, 10, 31), "household_size": 3},
    {"contact_id": "ben", "relationships": [], "birth_date": date(1990, 11, 1), "acquired_at": at("2026-11-05T00:00")},
    {"contact_id": "eva", "relationships": None, "birth_date": date(2027, 1, 1), "acquired_at": at("2020-02-29T00:00")},
    {"contact_id": "kim", "birth_date": date(1900, 2, 28), "first_name": "Kim ${env:HOME} {kim} \\ 'k'"},
    {"contact_id": "no news", "acquired_at": None},
    {"contact_id": "not yet", "acquired_at": at("2026-11-01T00:00")},
]


def many_rows() -> list[dict[str, object]]:
    """Rows by chance: many ties, more categories than there are bits, prices that do not come out even."""
    chance = random.Random(4)
    kinds = ["purchase"] * 8 + ["refund", "visit", "survey", "email_sent", "email_open", "email_click", "call", None]
    return [
        {
            "contact_id": f"c{chance.randrange(40)}",
            "occurred_at": at("2024-01-01T00:00") + timedelta(minutes=30 * chance.randrange(52_000)),
            "kind": chance.choice(kinds),
            "order_id": chance.choice([None, *map(str, range(500))]),
            "category": chance.choice([None, *(f"k{k}" for k in range(70))]),
            "product": chance.choice(["x", "y", "Z", "ü", "z", None]),
            "channel": chance.choice(["web", "shop", None]),
            "quantity": chance.choice([None, 0.0, 1.0, 2.0, 3.0, 0.3, -1.0]),
            "amount": chance.choice([None, 0.0, -3.5, 10.0, 1.2905, 9.99, 0.12365, 33.33335]),
            "score": chance.choice([None, 1.0, 6.0, 9.0, 10.0]),
            "campaign": chance.choice([None, None, "autumn"]),
        }
        for _ in range(2_000)
    ]


@pytest.fixture(scope="module")
def interactions() -> pa.Table:
    return rows_of(INTERACTIONS, [*EDGES, *many_rows()])


@pytest.fixture(scope="module")
def contacts() -> pa.Table:
    return rows_of(CONTACTS, [*PEOPLE, *({"contact_id": f"c{i}"} for i in range(40))])


def test_whole_catalogue_is_the_same_on_tables_full_of_edges(
    spark: "SparkSession", interactions: pa.Table, contacts: pa.Table
) -> None:
    expected = build_features(interactions, as_of=AS_OF, contacts=contacts)
    found = build_features_on_spark(spark, interactions, as_of=AS_OF, contacts=contacts).toArrow()
    assert differences(expected, found) == {}
    values = {row["contact_id"]: row for row in found.to_pylist()}
    assert set(values) == {"ana", "ben", "eva", "kim", "no news", *(f"c{i}" for i in range(40))}
    # By hand: 1.00005 is 1.0001 and 0.00015, a little less in binary, is 0.0001.
    assert values["ana"]["total_spend"] == 1.0002
    assert (values["ana"]["purchases"], values["ana"]["zero_orders"], values["ana"]["campaign_orders"]) == (3, 1, 1)
    assert (values["ana"]["satisfaction"], values["ana"]["last_satisfaction"]) == (6.0, 9.0)
    assert (values["ana"]["age_years"], values["ben"]["age_years"], values["eva"]["age_years"]) == (36, 35, None)
    assert [values[c]["relationship_count"] for c in ("ana", "ben", "eva")] == [2, 0, 0]
    # Half past two twice and half past midnight are one day on the wall, a Sunday; 29 March is a Sunday too.
    assert (values["ben"]["purchase_days"], values["ben"]["favourite_weekday"]) == (2, 7)
    assert (values["ben"]["median_gap_days"], values["ben"]["favourite_hour"]) == (210.0, 2)
    assert (values["eva"]["recency_days"], values["eva"]["active_months_365d"]) == (0, 2)


def test_several_days_are_the_same(spark: "SparkSession", interactions: pa.Table, contacts: pa.Table) -> None:
    days = [AsOf.of(day, zone="Europe/Madrid") for day in ("2026-10-31", "2026-03-29", "2025-01-01")]
    names = ("favourite_category", "next_category", "median_gap_days", "price_index", "nps", "largest_order")
    wanted = [*SOME, *(f for f in CATALOGUE if f.name in names or f.level != "contact")]
    features = list(dict.fromkeys(wanted))
    features = [f for f in features if f.name not in ("price_index", "nps")]
    expected = features_at(interactions, days=days, contacts=contacts, features=features)
    found = features_at_on_spark(spark, interactions, days=days, contacts=contacts, features=features).toArrow()
    assert differences(expected, found, ("as_of", "contact_id")) == {}
    with pytest.raises(InvalidOption, match="at least one day"):
        features_at_on_spark(spark, interactions, days=[])


@pytest.fixture(scope="module")
def real_workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("real") / "completejourney"
    shutil.copytree(ROOT / "tests" / "workspaces" / "completejourney" / "definitions", folder / "definitions")
    (folder / "raw").symlink_to(DATA / "completejourney", target_is_directory=True)
    workspace = open_workspace(folder)
    import_files(workspace)
    return workspace


def check_workspace(spark: "SparkSession", workspace: Workspace, day: str) -> None:
    fields = load_fields(workspace)
    columns = {name: columns_of(name, fields) for name in ("contacts", "interactions")}
    contacts, rows, as_of = workspace.table("contacts"), workspace.table("interactions"), workspace.as_of(day)
    own = {column.name for column in columns["contacts"]}
    features = [f for f in CATALOGUE if f.name not in own]
    expected = build_features(rows, as_of=as_of, contacts=contacts, features=features, columns=columns)
    frame = build_features_on_spark(spark, rows, as_of=as_of, contacts=contacts, features=features, columns=columns)
    found = frame.toArrow()
    assert differences(expected, found) == {}
    assert expected.num_rows > 500


def test_whole_catalogue_is_the_same_on_the_sample_shop(spark: "SparkSession", sample_shop: Workspace) -> None:
    check_workspace(spark, sample_shop, "2026-10-31")


@pytest.mark.skipif(
    not (DATA / "completejourney").is_dir(),
    reason="the real data set is not here: SEGMENT_LIB_DATA names the folder that holds completejourney",
)
def test_whole_catalogue_is_the_same_on_the_complete_journey(spark: "SparkSession", real_workspace: Workspace) -> None:
    check_workspace(spark, real_workspace, "2017-12-31")


# Rules.

RULES = {
    "count": "count('purchase', within => '90 days') >= 3 and count('any') > 4",
    "where": "count('purchase', within => '24 months', where => category = 'k1' or amount / quantity > 3) >= 1",
    "where day": "ever('purchase', where => occurred_at >= '2026-10-25' and occurred_at < '2026-10-26')",
    "total": "total('purchase', where => product in ('z', 'ü')) > 0.3 * total_spend",
    "since": "days_since('purchase') > 180 or not ever('survey', within => '12 months')",
    "days": "birth_date between '1990-11-01' and '1990-12-31' or birth_date in ('1900-02-28')"
    " or birth_date > '2020-01-01'",
    "instants": "last_purchase_at = '2026-10-25' or acquired_at < birth_date",
    "division": "purchases / visits > 1 or total_spend / (purchases - 3) < 2.5",
    "whole": "purchases / 2 = 1.5 or 7 / 2 > 3.4",
    "relationship": "has_relationship('client') or not has_relationship('debtor')",
    "like": "first_name like 'Kim ${env:HOME} {kim} \\%' or first_name ilike 'KIM_%'",
    "backslash": "first_name like '%\\ ''k''' or not favourite_product ilike 'Ü'",
    "texts": "favourite_product > 'Z' and favourite_product < 'ü'",
    "unknown": "favourite_channel = 'web' and nps > -50 or satisfaction is null",
    "nothing": "total_spend > 5 and null",
    "distance": "distance_km(latitude, longitude, 41.39, 2.17) < 10 or latitude is null",
    "quoted": "count('o''hara {x} ${env:HOME} \\ \"q\"') = 0",
}


def test_rules_have_the_same_members_and_unknowns(
    spark: "SparkSession", interactions: pa.Table, contacts: pa.Table
) -> None:
    rules = compile_views(RULES)
    wanted = {name for rule in rules.values() for name in rule.columns} | {"purchases", "visits"}
    features = [f for f in CATALOGUE if f.name in wanted | {"promoter_scores", "detractor_scores", "survey_scores"}]
    features += needed_features(rules)
    expected = evaluate_views(build_features(interactions, as_of=AS_OF, contacts=contacts, features=features), rules)
    table = build_features_on_spark(spark, interactions, as_of=AS_OF, contacts=contacts, features=features)
    answers = ", ".join(f"cast({rule.condition} as boolean) as rule_{i}" for i, rule in enumerate(rules.values()))
    found = query_spark(spark, f"select contact_id, {answers} from features", {"features": table}).toArrow()
    found = found.rename_columns(["contact_id", *rules])
    assert differences(expected.cast(found.schema), found) == {}
    for name in ("count", "where day", "like", "backslash", "days", "whole", "relationship"):
        assert expected[name].to_pylist().count(True) > 0, name


# Kinds of tables.


def test_frames_arrow_pandas_and_files_give_the_same(
    spark: "SparkSession", interactions: pa.Table, contacts: pa.Table, tmp_path: Path
) -> None:
    odd = tmp_path / "a [1] {x} *.parquet"
    pq.write_table(interactions, odd)
    pq.write_table(contacts, tmp_path / "contacts.parquet")
    expected = build_features(interactions, as_of=AS_OF, contacts=contacts, features=SOME)
    frame = interactions.to_pandas().astype({"kind": "category"})
    for rows, people in (
        (odd, str(tmp_path / "contacts.parquet")),
        (frame, contacts),
        (spark_frame(spark, interactions), spark_frame(spark, contacts)),
    ):
        found = build_features_on_spark(spark, rows, as_of=AS_OF, contacts=people, features=SOME).toArrow()
        assert differences(expected, found) == {}
    with pytest.raises(NotFound, match="can't find the file"):
        spark_frame(spark, tmp_path / "nowhere.parquet")
    (tmp_path / "a.csv").touch()
    with pytest.raises(InvalidOption, match=r"must be of a \.parquet file, got a\.csv"):
        spark_frame(spark, tmp_path / "a.csv")
    with pytest.raises(InvalidOption, match="must be a Spark or pandas DataFrame, an Arrow table or a path, got list"):
        spark_frame(spark, [])


def test_without_contacts_everybody_who_did_something_is_there(spark: "SparkSession", interactions: pa.Table) -> None:
    expected = build_features(interactions, as_of=AS_OF, features=SOME)
    assert (
        differences(expected, build_features_on_spark(spark, interactions, as_of=AS_OF, features=SOME).toArrow()) == {}
    )


@pytest.mark.parametrize("zone", ["Europe/Madrid", "Australia/Lord_Howe", "Pacific/Apia"])
def test_times_without_a_zone_are_those_of_the_clock_on_the_wall(spark: "SparkSession", zone: str) -> None:
    # An hour that the wall shows twice, one that it leaps over, a day that never was; each zone has its own.
    times = ["2026-10-25 02:30", "2026-03-29 02:30", "2026-04-05 01:45", "2026-10-04 02:15", "2011-12-30 12:00"]
    frame = pd.DataFrame({"contact_id": list("abcde"), "kind": "purchase", "occurred_at": pd.to_datetime(times)})
    as_of = AsOf.of("2026-10-31", zone=zone)
    expected = build_features(frame, as_of=as_of, features=SOME)
    assert differences(expected, build_features_on_spark(spark, frame, as_of=as_of, features=SOME).toArrow()) == {}


def test_days_without_a_time_are_local_days(spark: "SparkSession") -> None:
    frame = pd.DataFrame({"contact_id": ["a"], "kind": "purchase", "occurred_at": [date(2026, 10, 31)]})
    for zone in ("America/New_York", "Asia/Tokyo"):
        as_of = AsOf.of("2026-10-31", zone=zone)
        [row] = build_features_on_spark(spark, frame, as_of=as_of, features=SOME).collect()
        assert row["recency_days"] == 0


# What is refused.


def test_faults_of_tables_are_told_as_by_duckdb(spark: "SparkSession") -> None:
    rows = rows_of(INTERACTIONS, EDGES)
    with pytest.raises(MissingColumns, match=r"can't find column `contact_id` in interactions.*mean `contact`"):
        build_features_on_spark(spark, rows.rename_columns({"contact_id": "contact"}), as_of=AS_OF)
    people = pa.table({"contact_id": ["a"], "birth_date": ["1990-01-01"]})
    with pytest.raises(InvalidOption, match="`birth_date` of contacts must be a date, got text"):
        build_features_on_spark(spark, rows, as_of=AS_OF, contacts=people)
    with pytest.raises(InvalidOption, match="must not be called like a feature, got `Purchases`"):
        build_features_on_spark(spark, rows, as_of=AS_OF, contacts=pa.table({"contact_id": ["a"], "Purchases": [1]}))
    with pytest.raises(InvalidOption, match="name must be its own, got `a` for two"):
        build_features_on_spark(spark, rows, as_of=AS_OF, features=[Feature("a", "count(*)"), Feature("a", "sum(1)")])


@pytest.mark.parametrize(("ids", "message"), [(["a", "b", "b"], "got 2 for b"), (["a", None], "got one without")])
def test_contact_with_several_rows_is_found_when_it_is_computed(
    spark: "SparkSession", ids: list[str | None], message: str
) -> None:
    people = pa.table({"contact_id": pa.array(ids, pa.string())})
    frame = build_features_on_spark(spark, rows_of(INTERACTIONS, EDGES), as_of=AS_OF, contacts=people, features=SOME)
    with pytest.raises(Exception, match=f"contacts must have one row for each contact_id, {message}"):
        frame.collect()


def test_session_that_thinks_in_another_zone_is_refused(spark: "SparkSession") -> None:
    other = spark.newSession()
    other.conf.set("spark.sql.session.timeZone", "Europe/Madrid")
    other.conf.set("spark.sql.ansi.enabled", "false")
    with pytest.raises(InvalidOption, match=r"timeZone must be UTC, got Europe/Madrid; .*ansi.enabled must be true"):
        check_session(other)
    check_session(spark)


def test_views_of_the_session_are_left_alone(spark: "SparkSession") -> None:
    mine = spark.createDataFrame([("mine",)], "contact_id string")
    mine.createOrReplaceTempView("contacts")
    before = {table.name for table in spark.catalog.listTables()}
    build_features_on_spark(spark, rows_of(INTERACTIONS, EDGES), as_of=AS_OF, features=SOME).collect()
    assert {table.name for table in spark.catalog.listTables()} == before
    assert [row[0] for row in spark.table("contacts").collect()] == ["mine"]
    spark.catalog.dropTempView("contacts")


# Expressions, one by one.

EXPRESSIONS = [
    "7 / 2", "1 / 0", "-1 / 0", "0 / 0", "cast(7 as decimal(9, 4)) / 3", "1 / nullif(0, 0)",
    "cast(2.5::double as bigint)", "cast(3.5::double as bigint)", "cast(-2.5::double as bigint)",
    "cast(2.5 as bigint)", "cast(-2.5 as bigint)", "cast(3 * 1.5 as bigint)", "cast(true as integer)",
    "cast(9007199254740993 as bigint)", "cast(0.00015::double as decimal(18, 4))",
    "cast(1.00005::double as decimal(18, 4))", "cast(-0.12365::double as decimal(18, 4))",
    "cast(0.00025::double as decimal(38, 4))", "cast(0.00015 as decimal(18, 4))", "round(2.00015::double, 4)",
    "round(-0.12345::double, 4)", "cast(log2(2147483648.0::double) as integer)", "7 - 3 / 2",
    "date_diff('day', timestamptz '2026-10-24 23:59:00+00', timestamptz '2026-10-25 00:01:00+00')",
    "date_diff('day', date '2026-10-25', date '2026-03-29')", "date '2026-10-31' - 365",
    "extract(isodow from timestamptz '2026-11-22 12:00:00+00')", "least(null, 2)", "greatest(1, null)",
    "list_contains(['a', null], 'b')", "list_contains(['a', null], 'a')", "length('äé')",
    "'a\\b' like 'a\\b'", "'a%b' like 'a\\%b'", "'it''s ${env:HOME} {x}'", "'a' || '\n\t\x01'",
    "(cast(1 as bigint) << cast(61 as integer))", "~5 & 12", "100.0 * (3 - 1) / 7", "'b' between 'B' and 'ü'",
]  # fmt: skip


def test_expressions_have_the_same_values(spark: "SparkSession") -> None:
    [expected] = run_sql(f"select {', '.join(f'{e} as e{i}' for i, e in enumerate(EXPRESSIONS))}", {}).to_pylist()
    [found] = spark.sql(f"select {', '.join(f'{to_spark(e)} as e{i}' for i, e in enumerate(EXPRESSIONS))}").collect()
    wrong = {
        expression: (one, other)
        for expression, one, other in zip(EXPRESSIONS, expected.values(), found, strict=True)
        if not same(one, other)
    }
    assert wrong == {}


AGGREGATES = [
    "avg(cast(x as decimal(18, 4)))", "avg(x) filter (where x > 100)", "avg(x) filter (where x > 1)", "avg(n)",
    "arg_max(t, n)", "arg_min(t, struct_pack(a := x, b := t))", "arg_max(t, n) filter (where n < 5)",
    "quantile_cont(x, 0.5)", "quantile_cont(n, 0.25)", "quantile_cont(n, 0.9) filter (where n < 5)",
    "count(*) filter (where null)", "bool_or(x > 2)", "bit_or(n)", "max(n) / sum(n)", "count(distinct t)",
]  # fmt: skip


def test_aggregates_have_the_same_values(spark: "SparkSession") -> None:
    table = pa.table({"x": [1.00005, 0.1, 2.5, None], "n": [1, 2, 9, 4], "t": ["b", "a", None, "ü"]})
    query = f"select {', '.join(f'{e} as e{i}' for i, e in enumerate(AGGREGATES))} from t"
    [expected] = run_sql(query, {"t": table}).to_pylist()
    [found] = query_spark(spark, query, {"t": spark_frame(spark, table)}).collect()
    wrong = {
        aggregate: (one, other)
        for aggregate, one, other in zip(AGGREGATES, expected.values(), found, strict=True)
        if not same(one, other)
    }
    assert wrong == {}


def test_people_are_not_numbered_and_rows_not_sorted() -> None:
    text = features_spark_sql(CATALOGUE, AS_OF)
    people = text[: text.index("purchases AS")]
    assert "ROW_NUMBER" not in people
    assert not text.endswith("contact_id")
    assert "`purchases`" in text
