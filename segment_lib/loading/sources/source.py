"""What a source is: how it is declared to be written, what was found in it, and its rows as SQL sees them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

# The cells of a row; or none, the line as it stands, and why it is no row.
Parsed: TypeAlias = tuple[list[str | None] | None, str, str]
# A delimiter of any number of blanks and tabs.
WHITESPACE = "whitespace"


@dataclass(frozen=True)
class ReadOptions:
    """How a file is declared to be written; what is None is found by evidence.

    Attributes
    ----------
    delimiter : what stands between cells; `tab` and `whitespace` (any run of blanks) may be written as words.
    encoding : any codec that Python knows.
    sheet : the name of the sheet of a workbook.
    member : the name of the file inside a .zip.
    header_row : the line or row of the header, the first is 1; 0 where there is no header.
    """

    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    member: str | None = None
    header_row: int | None = None


@dataclass(frozen=True)
class SourceFile:
    """A source whose header has been read and whose kind is known.

    Attributes
    ----------
    path : the file; for a query, its name.
    kind : `csv`, `xlsx`, `xls`, `ods`, `parquet`, `json lines`, `json` or `sql`.
    columns : names without blanks around them; a column without a name is called `column 3` by its place.
    statements : what was found by evidence, a sentence each.
    options : what was declared.
    delimiter, encoding, header_lines : of a text, with the number of lines that stand above its first row.
    container, member : `gzip` or `zip` where the file is packed, and which of the packed files it is.
    sheet, places : of a workbook, with the columns of the sheet that are read, the first is 0.
    keys : of JSON, the name of each column as the objects have it.
    query, variable : of a database, and the environment variable that tells where it is.
    """

    path: Path
    kind: str
    columns: tuple[str, ...]
    statements: tuple[str, ...] = ()
    options: ReadOptions = field(default_factory=ReadOptions)
    delimiter: str = ","
    encoding: str = "utf-8"
    header_lines: int = 1
    container: str = ""
    member: str = ""
    sheet: str = ""
    places: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()
    query: str = ""
    variable: str = ""

    def content_hash(self) -> str:
        """Return the SHA-256 of the file's bytes, or of a query's rows in whatever order they come."""
        if self.kind != "sql":
            with self.path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        from segment_lib.loading.sources.databases import query_rows

        return _hash_rows(self.columns, query_rows(self))


@dataclass(frozen=True)
class Rows:
    """The rows of a source as an SQL table expression.

    Attributes
    ----------
    scan : yields the text columns c0, c1 ... in the order of the source's columns, and its rows in their order.
    numbered : whether it yields `row_number` too; the first row below the header is 1, blank lines have none.
    ragged : how many lines are no rows; they are in the temporary table `{name}_ragged`.
    """

    scan: str
    numbered: bool
    ragged: int


def _hash_rows(columns: tuple[str, ...], rows: Iterator[Parsed]) -> str:
    # A sum, since a database promises no order.
    total, count = 0, 0
    for cells, _, _ in rows:
        total += int.from_bytes(hashlib.sha256(repr(cells).encode()).digest(), "big")
        count += 1
    return hashlib.sha256(repr((columns, count, total)).encode()).hexdigest()
