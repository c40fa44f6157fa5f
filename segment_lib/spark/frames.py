"""Any table as a Spark frame, and our SQL run on frames: lazily, nothing is collected."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd
import pyarrow as pa

from segment_lib.engine import StoredTable, Table
from segment_lib.errors import InvalidOption, NotFound
from segment_lib.spark.dialect import LISTS, to_spark
from segment_lib.sql import literal

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SparkTable: TypeAlias = "Table | DataFrame"

# With other settings the same SQL has other answers: other days, nothing where there is an error, other texts.
SETTINGS = {
    "spark.sql.session.timeZone": ("UTC", "Etc/UTC", "GMT", "Z", "+00:00"),
    "spark.sql.ansi.enabled": ("true",),
    "spark.sql.caseSensitive": ("false",),
    "spark.sql.parser.escapedStringLiterals": ("false",),
}


def check_session(spark: "SparkSession") -> None:
    """Check that a session's settings are those that our SQL is written for.

    Parameters
    ----------
    spark : the session; nothing of it is changed.

    Raises
    ------
    InvalidOption
        Its time zone is not UTC, or it does not keep to the SQL standard; all such settings are named.
    """
    faults = [
        f"{name} must be {allowed[0]}, got {value}"
        for name, allowed in SETTINGS.items()
        if str(value := spark.conf.get(name)) not in allowed
    ]
    if faults:
        raise InvalidOption("; ".join(faults) + ". Set them with spark.conf.set(name, value).")


def spark_frame(spark: "SparkSession", table: SparkTable) -> "DataFrame":
    """Return a table as a Spark frame.

    Parameters
    ----------
    spark : the session.
    table : Spark or pandas DataFrame, Arrow table, stored table, or path of a Parquet file or of a folder of them.

    Returns
    -------
    pyspark.sql.DataFrame
        Of a file or a stored table nothing is read yet.

    Raises
    ------
    NotFound
        The path does not exist.
    InvalidOption
        The table is of none of these kinds, or has a column that Spark has no type for.
    """
    from pyspark.sql import DataFrame
    from pyspark.sql.pandas.types import from_arrow_schema

    if isinstance(table, DataFrame):
        return table
    if isinstance(table, pd.DataFrame):
        return _from_arrow(spark, pa.Table.from_pandas(table, preserve_index=False))
    if isinstance(table, pa.Table):
        return _from_arrow(spark, table)
    if isinstance(table, StoredTable):
        if not table.files:
            return _from_arrow(spark, table.schema.empty_table())
        # By the table's own columns: one that was added after a file was written is empty there.
        reader = spark.read.schema(from_arrow_schema(table.schema))
        return reader.parquet(*(_file(file) for file in table.files))
    if isinstance(table, str | Path):
        path = Path(table)
        if not path.exists():
            raise NotFound(f"can't find the file {path}.")
        if path.is_file() and path.suffix != ".parquet":
            raise InvalidOption(f"a path must be of a .parquet file, got {path.name}; read others with pandas first.")
        return spark.read.parquet(_file(path))
    raise InvalidOption(
        f"a table must be a Spark or pandas DataFrame, an Arrow table or a path, got {type(table).__name__}."
    )


def query_spark(
    spark: "SparkSession", query: str, frames: Mapping[str, "DataFrame"], *, lists: Collection[str] = LISTS
) -> "DataFrame":
    """Return the frame of a query of ours over named frames; views of the session are neither read nor changed.

    Parameters
    ----------
    spark : the session, with the settings that `check_session` asks for.
    query : in DuckDB's dialect.
    frames : name in the query to frame; a table expression of the query by that name is left out.
    lists : as for `to_spark`.

    Returns
    -------
    pyspark.sql.DataFrame
        Nothing is computed yet.
    """
    translated = to_spark(query, lists=lists, given=frames).replace("{", "{{").replace("}", "}}")
    named = ", ".join(f"{name} AS (SELECT * FROM {{{name}}})" for name in frames)
    rest = ", " + translated.removeprefix("WITH ") if translated.startswith("WITH ") else " " + translated
    by_name: dict[str, Any] = dict(frames)
    return spark.sql(f"WITH {named}{rest}", **by_name)


def local_instant(value: str, zone: str) -> str:
    """Return Spark SQL for the instant at which the clock on the wall shows a time without a zone.

    Parameters
    ----------
    value : Spark SQL of a day or a time without a zone.
    zone : where the wall is.

    Returns
    -------
    str
        As in DuckDB, an hour that the clock shows twice is the second one, and one that it leaps over is the hour
        before the leap, carried on.
    """
    written = f"cast({value} as timestamp)"
    first = f"to_utc_timestamp({written}, {literal(zone)})"
    # By the offset that holds three hours on.
    second = f"(to_utc_timestamp({written} + interval 3 hours, {literal(zone)}) - interval 3 hours)"
    return f"case when from_utc_timestamp({second}, {literal(zone)}) = {written} then {second} else {first} end"


def _from_arrow(spark: "SparkSession", table: pa.Table) -> "DataFrame":
    from pyspark.errors import PySparkException
    from pyspark.sql.pandas.types import from_arrow_schema

    known = table.cast(pa.schema([pa.field(field.name, _known(field.type)) for field in table.schema]))
    try:
        # A time without a zone stays one, whatever the session takes such times for.
        return spark.createDataFrame(known, schema=from_arrow_schema(known.schema, prefer_timestamp_ntz=True))
    except PySparkException as fault:
        raise InvalidOption(f"a table's columns must have types that Spark knows: {fault.getMessage()}") from None


def _known(kind: pa.DataType) -> pa.DataType:
    """Return the type that Spark knows for one that holds the same values."""
    if pa.types.is_dictionary(kind):
        return _known(kind.value_type)
    if pa.types.is_null(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", tz=kind.tz)
    if pa.types.is_unsigned_integer(kind):
        return pa.int64()
    return kind


def _file(path: str | Path) -> str:
    """Return a path that means this one file: Spark takes `*`, `?`, `[` and `{` for a pattern."""
    absolute = str(Path(path).absolute())
    return "file:" + re.sub(r"[*?\[\]{}\\]", r"\\\g<0>", absolute)
