"""Any file or query as rows of text: what it is, what it holds, and how SQL reads it."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa

from segment_lib.errors import InvalidFile
from segment_lib.loading.sources.databases import query_rows
from segment_lib.loading.sources.decoding import read_head, with_encoding
from segment_lib.loading.sources.json_objects import inspect_json, json_kind, parse_json
from segment_lib.loading.sources.kinds import find_kind, find_wrapping, kind_statement
from segment_lib.loading.sources.parquet import inspect_parquet, preview_parquet, scan_parquet
from segment_lib.loading.sources.sheets import inspect_sheet, parse_sheet
from segment_lib.loading.sources.source import Parsed, ReadOptions, Rows, SourceFile
from segment_lib.loading.sources.staging import create_ragged, stage_rows, stage_scan
from segment_lib.loading.sources.text import inspect_text, parse_text, scan_text

BY_EVIDENCE = ReadOptions()
WORKBOOKS = ("xlsx", "xls", "ods")


def inspect_source(path: Path, options: ReadOptions = BY_EVIDENCE, *, needed: Sequence[str] = ()) -> SourceFile:
    """Find out what a file is and read its header.

    Parameters
    ----------
    path : the file.
    options : how it is declared to be written; the rest is found by evidence and said.
    needed : names of the columns that must be there.

    Returns
    -------
    SourceFile

    Raises
    ------
    InvalidFile
        The file is absent, empty, unreadable, no table, or names a column twice.
    MissingColumns
        A needed column is absent; where another delimiter would explain it, that is said.
    """
    if not path.is_file():
        raise InvalidFile(f"can't find the file {path.name} in {path.parent.name}/.")
    if path.stat().st_size == 0:
        raise InvalidFile(f"{path.name} must have a header and rows, got an empty file.")
    wrapping, head = find_wrapping(path, options.member)
    if not head:
        raise InvalidFile(f"{path.name} must have a header and rows, got an empty file inside.")
    file = SourceFile(
        path, find_kind(path, head, wrapping), (), options=options, container=wrapping.container, member=wrapping.member
    )
    how = sample = ""
    if file.kind == "csv":
        file, how = with_encoding(file, head)
        sample = read_head(file)
        if options.delimiter is None and (kind := json_kind(sample, Path(wrapping.member or path.name))):
            file = replace(file, kind=kind)
    file = replace(file, statements=(*kind_statement(path, file.kind, wrapping), *wrapping.statements()))
    if file.kind == "parquet":
        return inspect_parquet(file, needed)
    if file.kind in WORKBOOKS:
        return inspect_sheet(file, needed)
    return inspect_text(file, sample, how, needed) if file.kind == "csv" else inspect_json(file, needed)


def read_source(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, *, name: str, folder: Path, exact: bool = False
) -> Rows:
    """Return the rows of a source as an SQL table expression; lines that are no rows are kept apart.

    Parameters
    ----------
    connection : where the expression will run; gets the temporary table `{name}_ragged`.
    file : an inspected source.
    name : of the source, for the names of what is made here.
    folder : an existing temporary folder for what has to be converted; it must live as long as the expression.
    exact : whether a text is read line by line at once. Otherwise the expression may raise `duckdb.Error` where a line
        is no row, and the source is then to be read again exactly.

    Returns
    -------
    Rows

    Raises
    ------
    InvalidFile
        The file is not what it was found or declared to be.
    """
    create_ragged(connection, name)
    if file.kind == "parquet":
        return Rows(scan_parquet(connection, file, name=name, folder=folder), numbered=True, ragged=0)
    if file.kind == "csv" and not exact and (scan := scan_text(file, name=name, folder=folder)):
        return Rows(scan, numbered=False, ragged=0)
    if file.kind == "csv" and (scan := scan_text(file, name=name, folder=folder, whole=True)):
        with suppress(duckdb.Error):
            return stage_scan(connection, scan, name=name, folder=folder)
    return stage_rows(connection, _parse(file), width=len(file.columns), name=name, folder=folder)


def preview_source(file: SourceFile, *, rows: int = 1000) -> pa.Table:
    """Return the first rows of a source that parse, as text.

    Parameters
    ----------
    file : an inspected source.
    rows : how many at most.

    Returns
    -------
    pyarrow.Table
        Columns named as in the source.
    """
    if file.kind == "parquet":
        return preview_parquet(file, rows)
    parsed = list(islice((cells for cells, _, _ in _parse(file) if cells is not None), rows))
    columns = list(zip(*parsed, strict=True)) if parsed else [()] * len(file.columns)
    return pa.table([pa.array(column, pa.string()) for column in columns], names=list(file.columns))


def _parse(file: SourceFile) -> Iterator[Parsed]:
    if file.kind == "sql":
        return query_rows(file)
    if file.kind in WORKBOOKS:
        return parse_sheet(file)
    return parse_text(file) if file.kind == "csv" else parse_json(file)
