"""The same features on Spark: the query of `features_sql` in its dialect, over frames that stay where they are."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from segment_lib.asof import AsOf
from segment_lib.checks import check_columns
from segment_lib.errors import InvalidOption
from segment_lib.features.assembly import STANDARD
from segment_lib.features.catalogue import CATALOGUE
from segment_lib.features.query import features_sql, unique
from segment_lib.features.record import Feature
from segment_lib.spark import check_session, local_instant, query_spark, spark_frame, to_spark
from segment_lib.spark.dialect import LISTS, ROW_KEY
from segment_lib.spark.frames import SparkTable
from segment_lib.sql import identifier
from segment_lib.vocabulary import SQL_TYPES, Column

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_SAME_CONTACT = "segment_lib_rows"


def build_features_on_spark(
    spark: "SparkSession",
    interactions: SparkTable,
    *,
    as_of: AsOf,
    contacts: "SparkTable | None" = None,
    labels: "SparkTable | None" = None,
    features: Sequence[Feature] = CATALOGUE,
    columns: Mapping[str, Sequence[Column]] | None = None,
) -> "DataFrame":
    """Compute features as of a day on Spark, one row for every contact that was known by then.

    Parameters
    ----------
    spark : the session; its time zone must be UTC.
    interactions, contacts, labels : as for `build_features`, or Spark DataFrames.
    as_of, features, columns : as for `build_features`.

    Returns
    -------
    pyspark.sql.DataFrame
        The columns of `build_features` with the same values, in no particular order of rows. Nothing is computed before
        it is asked for.

    Raises
    ------
    MissingColumns, InvalidOption
        As for `build_features`; also where a setting of the session would change answers. That a contact has several
        rows is found by whatever computes the frame.
    """
    return _computed(spark, interactions, contacts, labels, as_of, features, columns)


def features_at_on_spark(
    spark: "SparkSession",
    interactions: SparkTable,
    *,
    days: Sequence[AsOf],
    contacts: "SparkTable | None" = None,
    labels: "SparkTable | None" = None,
    features: Sequence[Feature] = CATALOGUE,
    columns: Mapping[str, Sequence[Column]] | None = None,
) -> "DataFrame":
    """Compute features as of several days on Spark, for back-tests and trends.

    Parameters
    ----------
    spark, interactions, contacts, labels, features, columns : as for `build_features_on_spark`.
    days : the days seen from, all in one time zone.

    Returns
    -------
    pyspark.sql.DataFrame
        `as_of` (date), then the columns of `build_features_on_spark`; one row for each day and contact known by then.

    Raises
    ------
    MissingColumns, InvalidOption
        As for `build_features_on_spark`; also where there is no day, or the days are of different zones.
    """
    return _computed(spark, interactions, contacts, labels, list(days), features, columns)


def features_spark_sql(
    features: Sequence[Feature],
    as_of: AsOf | Sequence[AsOf],
    *,
    columns: Sequence[str] | None = None,
    lists: Collection[str] = LISTS,
) -> str:
    """Return the one query that computes some features on Spark from `contacts` and `interactions`.

    Parameters
    ----------
    features, as_of, columns : as for `features_sql`.
    lists : names of columns that hold lists.

    Returns
    -------
    str
        Spark SQL; rows come in no particular order.

    Raises
    ------
    InvalidOption
        As for `features_sql`.

    Examples
    --------
    >>> visits = Feature("visits", "count(*)", kind="visit", type="integer", zero=True)
    >>> "CAST(COALESCE(rows_visit_1.`visits`, 0) AS BIGINT)" in features_spark_sql([visits], AsOf.of("2026-10-31"))
    True
    """
    return to_spark(_unordered(features, as_of, columns), lists=lists)


def _computed(
    spark: "SparkSession",
    interactions: SparkTable,
    contacts: "SparkTable | None",
    labels: "SparkTable | None",
    as_of: AsOf | list[AsOf],
    features: Sequence[Feature],
    columns: Mapping[str, Sequence[Column]] | None,
) -> "DataFrame":
    chosen, expected = unique(features), {**STANDARD, **(columns or {})}
    days = [as_of] if isinstance(as_of, AsOf) else as_of
    if not days:
        raise InvalidOption("there must be at least one day to compute features for, got none.")
    check_session(spark)
    needed = ["contact_id", "occurred_at", "kind"]
    rows = _complete(spark_frame(spark, interactions), "interactions", expected["interactions"], needed, days[0])
    if contacts is None:
        known = query_spark(
            spark,
            "select contact_id, min(occurred_at) as acquired_at from interactions "
            "where contact_id is not null group by contact_id",
            {"interactions": rows},
        )
    else:
        known = spark_frame(spark, contacts)
    people = _complete(known, "contacts", expected["contacts"], ["contact_id"], days[0])
    _check_names(people.columns, chosen)
    # A person is a contact here: numbering them would bring all to one place.
    frames = {"people": people.selectExpr("contact_id", f"contact_id as {ROW_KEY}"), "interactions": rows}
    frames["contacts"] = people if contacts is None else _each_once(spark, people)
    if any(feature.level == "labels" for feature in chosen):
        given = spark.createDataFrame([], "contact_id string") if labels is None else spark_frame(spark, labels)
        named = [] if labels is None else ["contact_id", "label", "assigned_at"]
        frames["labels"] = _complete(given, "labels", expected["labels"], named, days[0])
    lists = [column.name for columns in expected.values() for column in columns if column.type == "text list"]
    query = _unordered(chosen, as_of, people.columns)
    return query_spark(spark, query, frames, lists=lists)


def _unordered(features: Sequence[Feature], as_of: AsOf | Sequence[AsOf], columns: Sequence[str] | None) -> str:
    """Return the query without its order, which would sort the rows of all machines."""
    return features_sql(features, as_of, columns=columns).rpartition("\norder by ")[0]


def _complete(
    frame: "DataFrame", name: str, standard: Sequence[Column], needed: Sequence[str], as_of: AsOf
) -> "DataFrame":
    """Return a frame with every standard column, days and instants typed, empty where it lacks one."""
    types = {field.name: field.dataType.typeName() for field in frame.schema.fields}
    check_columns(types, needed, table=name)
    present = {column.lower(): (column, found) for column, found in types.items()}
    values = {column: to_spark(identifier(column)) for column in types}
    for column in standard:
        if column.name not in present:
            values[column.name] = to_spark(f"cast(null as {SQL_TYPES[column.type]})")
        elif column.type in ("date", "timestamp"):
            given, found = present[column.name]
            if found == "string":
                raise InvalidOption(f"`{given}` of {name} must be a {column.type}, got text; use to_timestamp.")
            if column.type == "date":
                values[given] = f"cast({values[given]} as date)"
            elif found != "timestamp":
                # A time without a zone is what the clock on the wall said.
                values[given] = local_instant(values[given], as_of.zone)
    return frame.selectExpr(*(f"{value} as {to_spark(identifier(column))}" for column, value in values.items()))


def _check_names(columns: Sequence[str], features: Sequence[Feature]) -> None:
    names = {feature.name.lower() for feature in features}
    for column in columns:
        if column.lower() in names:
            raise InvalidOption(f"a column of contacts must not be called like a feature, got `{column}`; rename it.")


def _each_once(spark: "SparkSession", contacts: "DataFrame") -> "DataFrame":
    """Return contacts that raise an error when they are read, should one have several rows or no key."""
    listed = ", ".join(identifier(column) for column in contacts.columns)
    # The joins need the rows beside those of the same key anyway.
    counted = query_spark(
        spark,
        f"select *, count(*) over (partition by contact_id) as {_SAME_CONTACT} from contacts",
        {"contacts": contacts},
    )
    message = (
        "concat('contacts must have one row for each contact_id, got ', "
        f"cast({_SAME_CONTACT} as varchar), ' for ', cast(contact_id as varchar), '.')"
    )
    return query_spark(
        spark,
        f"select {listed} from counted where case when {_SAME_CONTACT} > 1 then raise_error({message}) "
        # Beside the rows: those without a key match nothing, and Spark drops them before it looks at them.
        "when (select count(*) from contacts where contact_id is null) > 0 then "
        "raise_error('contacts must have one row for each contact_id, got one without.') else true end",
        {"counted": counted, "contacts": contacts},
    )
