"""Files as they are: a CSV or Parquet file becomes a table of text, a row number beside every row."""

import codecs
import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa

from segment_lib.checks import check_columns
from segment_lib.engine import file_literal
from segment_lib.errors import InvalidFile, list_names
from segment_lib.sql import identifier, literal

OTHER_DELIMITERS = (",", ";", "\t", "|")
LONGEST_HEADER = 1 << 20
BATCH = 50_000
UNCLOSED = "a quote is not closed, or text stands behind it"
Parsed = tuple[list[str] | None, str, str]


@dataclass(frozen=True)
class InputFile:
    """A file whose header has been read and found to hold the columns that are needed."""

    path: Path
    columns: tuple[str, ...]
    delimiter: str = ","
    encoding: str = "utf-8"
    header_lines: int = 1

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
        Blanks around the names of its columns are removed; a column without a name is called `column 3` by its place.

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
    if path.suffix == ".parquet":
        columns = _parquet_columns(path)
        check_columns(columns, needed, table=path.name)
        return InputFile(path, columns)
    head = _head(path, encoding)
    columns, lines, fault = _header(head, delimiter)
    if fault or not set(needed) <= set(columns):
        for mark in OTHER_DELIMITERS:
            if needed and mark != delimiter and set(needed) <= set(_header(head, mark)[0]):
                raise InvalidFile(
                    f"{path.name} must be separated by {delimiter!r} as declared, got the header "
                    f"{head.splitlines()[0][:60]!r}. Is the delimiter {mark!r}?"
                )
    if fault:
        raise InvalidFile(f"{path.name} must begin with a header, got {fault}.")
    check_columns(columns, needed, table=path.name)
    return InputFile(path, columns, delimiter, encoding, lines)


def read_rows(connection: duckdb.DuckDBPyConnection, file: InputFile, *, name: str) -> None:
    """Load a file into two temporary tables: its rows as text, and the lines that are no rows.

    Parameters
    ----------
    connection : where the tables are made.
    file : an inspected file.
    name : `{name}_raw` gets `row_number` and `cells`, a struct with one text for each of the file's columns;
        `{name}_ragged` gets `row_number`, `line` and `reason`.

    Raises
    ------
    InvalidFile
        The bytes are not what the file is declared to be, for example a truncated gzip or another encoding.

    Notes
    -----
    The first row below the header is 1; blank lines are no rows and have no number.
    """
    connection.execute(f"create or replace temp table {name}_ragged (row_number bigint, line varchar, reason varchar)")
    try:
        if file.is_parquet:
            cells = ", ".join(f"{literal(c)}: cast({identifier(c)} as varchar)" for c in file.columns)
            _create(connection, name, f"{{{cells}}}", f"read_parquet({file_literal(file.path)})")
            return
        # DuckDB takes the first line break for all others: one inside the header can make it see no rows at all.
        if file.header_lines == 1:
            with suppress(duckdb.Error):
                _create(connection, name, _cells(file), _fast_scan(file))
                return
        # Nor can it number the rows around a line that is none, or read mixed line ends.
        _read_one_by_one(connection, file, name)
    except duckdb.Error as error:
        raise InvalidFile(f"{file.path.name} can't be read: {_first_line(error)}") from None


def _create(connection: duckdb.DuckDBPyConnection, name: str, cells: str, rows: str) -> None:
    connection.execute(
        f"create or replace temp table {name}_raw as "
        f"select row_number() over () as row_number, {cells} as cells from {rows}"
    )


def _cells(file: InputFile) -> str:
    """Return the SQL that packs the columns c0, c1 ... under the file's own names, whatever these are."""
    return "{" + ", ".join(f"{literal(column)}: c{i}" for i, column in enumerate(file.columns)) + "}"


def _fast_scan(file: InputFile) -> str:
    # Nothing is left to detection: a ragged line would change what DuckDB takes for header and types.
    types = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(file.columns)))
    scan = (
        f"read_csv({file_literal(file.path)}, auto_detect=false, header=true, columns={{{types}}}, "
        f"delim={literal(file.delimiter)}, quote='\"', escape='\"', encoding={literal(file.encoding)}, "
        "max_line_size=8000000)"
    )
    # Where there is one column, DuckDB takes a blank line for a row.
    return scan if len(file.columns) > 1 else f"(from {scan} where c0 is not null)"


def _read_one_by_one(connection: duckdb.DuckDBPyConnection, file: InputFile, name: str) -> None:
    """Read a CSV file whose lines are not all rows; those that are none are kept as they stand."""
    texts = ", ".join(f"c{i} varchar" for i in range(len(file.columns)))
    connection.execute(f"create or replace temp table {name}_rows (row_number bigint, {texts})")
    numbered = enumerate(_parse(file), start=1)
    while batch := list(islice(numbered, BATCH)):
        rows = [(number, *cells) for number, (cells, _, _) in batch if cells is not None]
        ragged = [(number, line, reason) for number, (cells, line, reason) in batch if cells is None]
        for table, values in ((f"{name}_rows", rows), (f"{name}_ragged", ragged)):
            if values:
                columns = [pa.array(column) for column in zip(*values, strict=True)]
                connection.register("batch", pa.table(columns, [f"c{i}" for i in range(len(columns))]))
                connection.execute(f"insert into {table} from batch")
                connection.unregister("batch")
    connection.execute(
        f"create or replace temp table {name}_raw as select row_number, {_cells(file)} as cells from {name}_rows"
    )
    connection.execute(f"drop table {name}_rows")


def _parse(file: InputFile) -> Iterator[Parsed]:
    """Yield for every row its cells, or else its line and why it is no row."""
    width, row = len(file.columns), 0
    try:
        with _open_bytes(file.path) as raw, io.TextIOWrapper(raw, _codec(file.encoding), newline="") as text:
            records = _records(text, file.delimiter)
            next(records, None)  # the header
            for cells, line, reason in records:
                row += 1
                if cells is None:
                    yield None, line, f"the line is no row: {reason}"
                elif len(cells) < width or any(cells[width:]):
                    yield None, line, f"the line is no row: expected {width} cells, got {len(cells)}"
                elif width > 1 or cells[0]:
                    yield cells[:width], line, ""
    except UnicodeDecodeError as error:
        raise _wrong_encoding(file.path, file.encoding, error, f"after row {row}") from None
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidFile(f"{file.path.name} can't be read: {error}.") from None


def _records(text: io.TextIOWrapper, delimiter: str) -> Iterator[Parsed]:
    """Yield the records of a CSV text that are not blank, with the lines that they were made of."""
    waiting: list[str] = []
    taken: list[str] = []

    def lines() -> Iterator[str]:
        while line := waiting.pop() if waiting else text.readline():
            taken.append(line)
            yield line

    # A reader ends with its lines, so that a line which is put back needs a new one.
    reader = csv.reader(lines(), delimiter=delimiter, skipinitialspace=True, strict=True)
    while True:
        taken.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # A quote that is never closed costs its own line, not those behind it.
            waiting += reversed(taken[1:])
            reader = csv.reader(lines(), delimiter=delimiter, skipinitialspace=True, strict=True)
            too_long = str(error).startswith("field larger")
            yield None, taken[0].rstrip("\r\n"), "a cell is too long" if too_long else UNCLOSED
            continue
        if cells:
            yield cells, "".join(taken).rstrip("\r\n"), ""


def _head(path: Path, encoding: str) -> str:
    """Return the text that a file begins with, its header and more."""
    try:
        with _open_bytes(path) as raw:
            head = raw.read(LONGEST_HEADER)
        if b"\0" in head and encoding != "utf-16":
            raise InvalidFile(f"{path.name} must be a text file, got bytes of another kind. Is it a spreadsheet?")
        # A decoder that waits for more: the end of the head may cut a character in two.
        return codecs.getincrementaldecoder(_codec(encoding))("strict").decode(head)
    except UnicodeDecodeError as error:
        raise _wrong_encoding(path, encoding, error, f"in line {head[: error.start].count(10) + 1}") from None
    except UnicodeError as error:
        raise InvalidFile(f"{path.name} must be text in {encoding} as declared: {error}.") from None
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidFile(f"{path.name} can't be read: {error}.") from None


def _header(head: str, delimiter: str) -> tuple[tuple[str, ...], int, str]:
    """Return the names of the columns, over how many lines they go, and what is wrong with them."""
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        given = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        return (), 0, f"one that can't be read ({error})"
    names = tuple(name or f"column {place}" for place, name in enumerate(given, start=1))
    lowered = [name.lower() for name in names]
    doubled = dict.fromkeys(name for name in names if lowered.count(name.lower()) > 1)
    fault = f"one that names {list_names(doubled)} more than once" if doubled else ""
    return names, reader.line_num, fault if any(given) else "an empty first line"


def _open_bytes(path: Path) -> io.BufferedReader | gzip.GzipFile:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def _codec(encoding: str) -> str:
    return "utf-8-sig" if encoding == "utf-8" else encoding


def _wrong_encoding(path: Path, encoding: str, error: UnicodeDecodeError, place: str) -> InvalidFile:
    hint = " `encoding: latin-1` is the usual other one." if encoding == "utf-8" else ""
    byte = error.object[error.start]
    return InvalidFile(f"{path.name} must be text in {encoding} as declared, got the byte 0x{byte:02x} {place}.{hint}")


def _parquet_columns(path: Path) -> tuple[str, ...]:
    try:
        with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
            return tuple(connection.sql(f"from read_parquet({file_literal(path)}) limit 0").columns)
    except duckdb.Error as error:
        raise InvalidFile(f"{path.name} can't be read: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0][:200]
