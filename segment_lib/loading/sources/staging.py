"""Parsed rows written down, batch by batch, where SQL can read them."""

from collections.abc import Iterable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from segment_lib.engine import file_literal
from segment_lib.loading.sources.source import Parsed, Rows
from segment_lib.sql import literal

# Cells and characters that are held in memory at a time.
BATCH_CELLS = 400_000
BATCH_CHARACTERS = 32_000_000


def create_ragged(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Create the empty temporary table of the lines that are no rows."""
    connection.execute(f"create or replace temp table {name}_ragged (row_number bigint, line varchar, reason varchar)")


def stage_rows(
    connection: duckdb.DuckDBPyConnection, rows: Iterable[Parsed], *, width: int, name: str, folder: Path
) -> Rows:
    """Write rows to a Parquet file of texts, and the lines that are none to the table `{name}_ragged`.

    Parameters
    ----------
    connection : where the table of ragged lines is made.
    rows : parsed, in their order.
    width : how many cells a row has.
    name : of the source.
    folder : where the file is written.

    Returns
    -------
    Rows
    """
    path, number, ragged = folder / f"{name}.parquet", 0, 0
    schema = pa.schema([("row_number", pa.int64()), *((f"c{i}", pa.string()) for i in range(width))])
    numbers: list[int] = []
    batch: list[list[str | None]] = []
    broken: list[tuple[int, str, str]] = []
    characters = 0
    # No dictionaries: a column of long texts would be kept twice.
    with pq.ParquetWriter(path, schema, use_dictionary=False, write_statistics=False) as writer:
        for number, (cells, line, reason) in enumerate(rows, start=1):
            if cells is None:
                broken.append((number, line, reason))
                ragged += 1
                characters += len(line)
            else:
                numbers.append(number)
                batch.append(cells)
                characters += len(line) or sum(len(cell) for cell in cells if cell)
            if (len(batch) + len(broken)) * (width + 1) >= BATCH_CELLS or characters >= BATCH_CHARACTERS:
                _write(writer, schema, numbers, batch)
                _keep_ragged(connection, name, broken)
                numbers, batch, broken, characters = [], [], [], 0
        _write(writer, schema, numbers, batch)
        _keep_ragged(connection, name, broken)
    return Rows(f"read_parquet({file_literal(path)})", numbered=True, ragged=ragged)


def stage_scan(connection: duckdb.DuckDBPyConnection, scan: str, *, name: str, folder: Path) -> Rows:
    """Write the rows of an SQL table expression to a Parquet file, with their numbers.

    Parameters
    ----------
    connection : where the expression runs.
    scan : all of whose rows are rows.
    name : of the source.
    folder : where the file is written.

    Returns
    -------
    Rows
    """
    path = folder / f"{name}.parquet"
    numbered = f"select row_number() over () as row_number, * from {scan}"
    connection.execute(f"copy ({numbered}) to {literal(str(path))} (format parquet)")
    return Rows(f"read_parquet({file_literal(path)})", numbered=True, ragged=0)


def _write(writer: pq.ParquetWriter, schema: pa.Schema, numbers: list[int], batch: list[list[str | None]]) -> None:
    if batch:
        columns = [pa.array(column, pa.string()) for column in zip(*batch, strict=True)]
        writer.write_table(pa.table([pa.array(numbers, pa.int64()), *columns], schema=schema))


def _keep_ragged(connection: duckdb.DuckDBPyConnection, name: str, broken: list[tuple[int, str, str]]) -> None:
    if broken:
        columns = [pa.array(column) for column in zip(*broken, strict=True)]
        connection.register("ragged_batch", pa.table(columns, ["row_number", "line", "reason"]))
        connection.execute(f"insert into {name}_ragged from ragged_batch")
        connection.unregister("ragged_batch")
