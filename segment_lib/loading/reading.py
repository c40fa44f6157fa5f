"""Files as they are: a CSV or Parquet file becomes a table of text, a row number beside every row."""

import csv
import gzip
import hashlib
import io
import zlib
from dataclasses import dataclass
from pathlib import Path

import duckdb

from segment_lib.checks import check_columns
from segment_lib.errors import InvalidFile, list_names
from segment_lib.sql import identifier, literal

OTHER_DELIMITERS = (",", ";", "\t", "|")
LONGEST_HEADER = 1 << 20


@dataclass(frozen=True)
class InputFile:
    """A file whose header has been read and found to hold the columns that are needed."""

    path: Path
    columns: tuple[str, ...]
    delimiter: str = ","
    encoding: str = "utf-8"

    @property
    def is_parquet(self) -> bool:
        """Tell whether it is a Parquet file."""
        return self.path.suffix == ".parquet"

    def content_hash(self) -> str:
        """Return the SHA-256 of the file's bytes."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def inspect_file(path: Path, needed: list[str], *, delimiter: str = ",", encoding: str = "utf-8") -> InputFile:
    """Read a file's header and check that it holds the columns that a recipe needs.

    Parameters
    ----------
    path : a CSV file, plain or gzip, or a Parquet file.
    needed : names of the columns that must be there.
    delimiter, encoding : how the CSV file is declared to be written.

    Returns
    -------
    InputFile

    Raises
    ------
    InvalidFile
        The file is absent, empty, unreadable, or names a column twice.
    MissingColumns
        A needed column is absent; where another delimiter would explain it, that is said.
    """
    if not path.is_file():
        raise InvalidFile(f"can't find the file {path.name} in {path.parent.name}/.")
    if path.stat().st_size == 0:
        raise InvalidFile(f"{path.name} must have a header and rows, got an empty file.")
    columns = _parquet_columns(path) if path.suffix == ".parquet" else _csv_columns(path, delimiter, encoding)
    missing = [name for name in needed if name not in columns]
    if missing and len(columns) == 1:
        other = [mark for mark in OTHER_DELIMITERS if mark != delimiter and mark in columns[0]]
        if other:
            raise InvalidFile(
                f"{path.name} must be separated by {delimiter!r} as declared, got a header in one piece: "
                f"{columns[0][:60]!r}. Is the delimiter {other[0]!r}?"
            )
    check_columns(columns, needed, table=path.name)
    return InputFile(path, columns, delimiter, encoding)


def read_rows(connection: duckdb.DuckDBPyConnection, file: InputFile, *, name: str) -> None:
    """Load a file into two temporary tables: its rows as text, and the lines that are no rows.

    Parameters
    ----------
    connection : where the tables are made.
    file : an inspected file.
    name : `{name}_raw` gets `row_number` and one text column for each of the file's;
        `{name}_ragged` gets `row_number`, `line` and `reason`.

    Raises
    ------
    InvalidFile
        The bytes are not what the file is declared to be, for example a truncated gzip or another encoding.
    """
    try:
        if file.is_parquet:
            _read_parquet(connection, file, name)
        else:
            _read_csv(connection, file, name)
    except duckdb.Error as error:
        raise InvalidFile(f"{file.path.name} can't be read: {_first_line(error)}") from None


def _read_parquet(connection: duckdb.DuckDBPyConnection, file: InputFile, name: str) -> None:
    columns = ", ".join(f"cast({identifier(c)} as varchar) as {identifier(c)}" for c in file.columns)
    connection.execute(
        f"create or replace temp table {name}_raw as "
        f"select row_number() over () as row_number, {columns} from read_parquet({literal(str(file.path))})"
    )
    connection.execute(f"create or replace temp table {name}_ragged (row_number bigint, line varchar, reason varchar)")


def _read_csv(connection: duckdb.DuckDBPyConnection, file: InputFile, name: str) -> None:
    # Nothing is left to detection: a ragged line would change what DuckDB takes for header and types.
    types = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in file.columns)
    rejects = f"{name}_rejects"
    for table in (rejects, f"{name}_scans"):
        connection.execute(f"drop table if exists {table}")
    connection.execute(
        f"""create or replace temp table {name}_rows as
        select row_number() over () as position, * from read_csv(
            {literal(str(file.path))}, auto_detect=false, header=true, columns={{{types}}},
            delim={literal(file.delimiter)}, quote='"', escape='"', encoding={literal(file.encoding)},
            max_line_size=8000000, store_rejects=true, rejects_limit=0,
            rejects_table={literal(rejects)}, rejects_scan={literal(f"{name}_scans")})"""
    )
    connection.execute(
        # One reason a line: a line that is short in one place can be reported for several columns.
        f"""create or replace temp table {name}_ragged as
        select line - 1 as row_number, any_value(csv_line) as line,
            'the line is no row: ' || lower(min(error_message)) as reason
        from {rejects} group by line"""
    )
    # Rows are numbered as they stand in the file, so those behind a ragged line move on by one for each.
    connection.execute(
        f"""create or replace temp table {name}_raw as
        with gaps as (select row_number - row_number() over (order by row_number) as before,
                             row_number() over (order by row_number) as gap from {name}_ragged),
        steps as (select before, max(gap) as gap from gaps group by before)
        select position + coalesce(steps.gap, 0) as row_number, {name}_rows.* exclude (position)
        from {name}_rows asof left join steps on position > steps.before"""
        if connection.sql(f"select 1 from {name}_ragged limit 1").fetchall()
        else f"create or replace temp table {name}_raw as "
        f"select position as row_number, * exclude (position) from {name}_rows"
    )
    connection.execute(f"drop table {name}_rows")


def _csv_columns(path: Path, delimiter: str, encoding: str) -> tuple[str, ...]:
    try:
        with _open_bytes(path) as raw:
            head = raw.read(LONGEST_HEADER)
        if b"\0" in head and encoding != "utf-16":
            raise InvalidFile(f"{path.name} must be a text file, got bytes of another kind. Is it a spreadsheet?")
        text = head.decode("utf-8-sig" if encoding == "utf-8" else encoding, errors="strict")
    except UnicodeDecodeError as error:
        if error.end < len(error.object) - 4:
            raise InvalidFile(
                f"{path.name} must be text in {encoding} as declared, got a byte that is not "
                f"(0x{error.object[error.start]:02x} at {error.start}). `encoding: latin-1` is the usual other one."
            ) from None
        text = error.object[: error.start].decode("utf-8-sig")
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidFile(f"{path.name} can't be read: {error}.") from None
    try:
        header = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        raise InvalidFile(f"the header of {path.name} can't be read: {error}.") from None
    if not any(cell.strip() for cell in header):
        raise InvalidFile(f"{path.name} must begin with a header, got an empty first line.")
    lowered = [cell.lower() for cell in header]
    doubled = [cell for cell in header if lowered.count(cell.lower()) > 1]
    if doubled:
        raise InvalidFile(f"the header of {path.name} names {list_names(dict.fromkeys(doubled))} more than once.")
    return tuple(header)


def _open_bytes(path: Path) -> io.BufferedReader | gzip.GzipFile:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def _parquet_columns(path: Path) -> tuple[str, ...]:
    try:
        with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
            return tuple(connection.sql(f"from read_parquet({literal(str(path))}) limit 0").columns)
    except duckdb.Error as error:
        raise InvalidFile(f"{path.name} can't be read: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0][:200]
