"""Parquet files: typed columns, read as text."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from segment_lib.checks import check_columns
from segment_lib.engine import file_literal, open_connection
from segment_lib.errors import InvalidFile
from segment_lib.loading.sources.names import column_names
from segment_lib.loading.sources.payload import extract_payload
from segment_lib.loading.sources.source import SourceFile
from segment_lib.sql import identifier


def inspect_parquet(file: SourceFile, needed: Sequence[str]) -> SourceFile:
    """Read the names of the columns of a Parquet file.

    Parameters
    ----------
    file : a source whose packing is known.
    needed : the columns that must be there.

    Returns
    -------
    SourceFile

    Raises
    ------
    InvalidFile
        It is broken, or names a column twice.
    MissingColumns
        A needed column is absent.
    """
    with _unpacked(file) as path, open_connection() as connection:
        given = [name for name, _ in _describe(connection, file, path)]
    columns, fault = column_names(given)
    if fault:
        raise InvalidFile(f"{file.path.name} must begin with a header, got {fault}.")
    check_columns(columns, needed, table=file.path.name)
    return replace(file, columns=columns)


def scan_parquet(connection: duckdb.DuckDBPyConnection, file: SourceFile, *, name: str, folder: Path) -> str:
    """Return the SQL by which a Parquet file is read as text, with its row numbers.

    Parameters
    ----------
    connection : where it will run.
    file : an inspected Parquet file.
    name : of the source.
    folder : where a packed file is unpacked.

    Returns
    -------
    str
    """
    path = file.path
    if file.container:
        path = extract_payload(
            path, folder / f"{name}_unpacked.parquet", container=file.container, member=file.member
        )  # fmt: skip
    return f"({_select_texts(_describe(connection, file, path), path)})"


def preview_parquet(file: SourceFile, rows: int) -> pa.Table:
    """Return the first rows of a Parquet file as text.

    Parameters
    ----------
    file : an inspected Parquet file.
    rows : how many at most.

    Returns
    -------
    pyarrow.Table
    """
    with _unpacked(file) as path, open_connection() as connection:
        described = _describe(connection, file, path)
        try:
            table = connection.sql(f"{_select_texts(described, path)} limit {int(rows)}").to_arrow_table()
        except duckdb.Error as error:
            raise unreadable(file, error) from None
    return table.drop_columns(["row_number"]).rename_columns(list(file.columns))


def text_expression(column: str, kind: str) -> str:
    """Return the SQL that writes a value of a DuckDB type as text.

    Parameters
    ----------
    column : the quoted column.
    kind : its type, as `describe` tells it.

    Returns
    -------
    str

    Examples
    --------
    >>> text_expression('"at"', "TIMESTAMP WITH TIME ZONE")
    'cast("at" at time zone \\'UTC\\' as varchar) || \\'Z\\''
    """
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"cast({column} at time zone 'UTC' as varchar) || 'Z'"
    if kind.endswith("[]"):
        inner = text_expression("x", kind[:-2]) if not kind[:-2].endswith("[]") else "cast(x as varchar)"
        return f"nullif(array_to_string(list_transform({column}, lambda x: {inner}), ';'), '')"
    if kind.startswith(("STRUCT", "MAP")):
        return f"cast(to_json({column}) as varchar)"
    if kind == "BLOB":
        return f"coalesce(try(decode({column})), lower(hex({column})))"
    return f"nullif(cast({column} as varchar), '')"


def unreadable(file: SourceFile, error: Exception) -> InvalidFile:
    """Return the error for a file that DuckDB refuses."""
    reason = str(error).strip().split("\n", 1)[0][:200]
    return InvalidFile(f"{file.path.name} can't be read: {reason}")


def _select_texts(described: list[tuple[str, str]], path: Path) -> str:
    texts = [f"{text_expression(identifier(column), kind)} as c{i}" for i, (column, kind) in enumerate(described)]
    # A table with a column of the name keeps it: the numbers are taken from the scan beside it.
    numbers = "file_row_number"
    while any(column.lower() == numbers for column, _ in described):
        return f"select row_number() over () as row_number, {', '.join(texts)} from read_parquet({file_literal(path)})"
    return (
        f"select {numbers} + 1 as row_number, {', '.join(texts)} "
        f"from read_parquet({file_literal(path)}, file_row_number=true)"
    )


def _describe(connection: duckdb.DuckDBPyConnection, file: SourceFile, path: Path) -> list[tuple[str, str]]:
    try:
        found = connection.execute(f"describe from read_parquet({file_literal(path)})").fetchall()
    except duckdb.Error as error:
        raise unreadable(file, error) from None
    return [(str(row[0]), str(row[1])) for row in found]


@contextmanager
def _unpacked(file: SourceFile) -> Iterator[Path]:
    if not file.container:
        yield file.path
        return
    with TemporaryDirectory() as folder:
        yield extract_payload(
            file.path, Path(folder) / "unpacked.parquet", container=file.container, member=file.member
        )  # fmt: skip
