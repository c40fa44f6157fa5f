"""Where SQL runs: DuckDB inside the process."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import duckdb
import pandas as pd
import pyarrow as pa

from segment_lib.errors import InvalidOption, NotFound
from segment_lib.sql import literal


@dataclass(frozen=True)
class StoredTable:
    """A table on disk, as the Parquet files of one version; nothing is read until it is asked for."""

    name: str
    files: tuple[str, ...]
    schema: pa.Schema
    version: int = -1

    @property
    def column_names(self) -> list[str]:
        """Names of the columns."""
        return list(self.schema.names)

    @property
    def num_rows(self) -> int:
        """Number of rows, counted from the files' footers."""
        return int(run_sql("select count(*) as n from stored", {"stored": self})["n"][0].as_py())

    def to_arrow(self) -> pa.Table:
        """Return the whole table."""
        return run_sql("select * from stored", {"stored": self})

    def to_pandas(self) -> pd.DataFrame:
        """Return the whole table as a pandas DataFrame."""
        return query_frame("select * from stored", {"stored": self})


Table: TypeAlias = pd.DataFrame | pa.Table | StoredTable | str | Path


@dataclass(frozen=True)
class EngineOptions:
    """How much of the machine a query may use."""

    memory_limit: str = ""
    threads: int = 0
    temp_directory: str = field(default="")


def open_connection(options: EngineOptions | None = None) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB connection in memory that never downloads anything and thinks in UTC.

    Parameters
    ----------
    options : memory limit, threads and folder to spill to; DuckDB's own choices where empty.

    Returns
    -------
    duckdb.DuckDBPyConnection
    """
    chosen = options or EngineOptions()
    settings: dict[str, str | bool | int | float | list[str]] = {"autoinstall_known_extensions": "false"}
    if chosen.memory_limit:
        settings["memory_limit"] = chosen.memory_limit
    if chosen.threads:
        settings["threads"] = str(chosen.threads)
    if chosen.temp_directory:
        settings["temp_directory"] = chosen.temp_directory
    connection = duckdb.connect(config=settings)
    # A bar drawn over the output of a scheduled run helps nobody.
    connection.execute("set enable_progress_bar = false")
    # Not among the settings: DuckDB 1.5 knows zones only once it is open.
    connection.execute("set TimeZone = 'UTC'")
    return connection


def file_literal(path: str | Path) -> str:
    """Return a path as an SQL literal that means this one file: DuckDB takes `*`, `?` and `[` for a pattern.

    Examples
    --------
    >>> file_literal("raw/orders[1].csv")
    "'raw/orders[[]1].csv'"
    """
    return literal(re.sub(r"[*?\[]", r"[\g<0>]", str(path)))


def add_table(connection: duckdb.DuckDBPyConnection, name: str, table: Table) -> None:
    """Make a table known to a connection under a name.

    Parameters
    ----------
    connection : where the SQL will run.
    name : how the SQL calls it.
    table : DataFrame, Arrow table, stored table, or path of a Parquet file.

    Raises
    ------
    NotFound
        The path does not exist.
    InvalidOption
        The table is of none of these kinds.
    """
    if isinstance(table, pd.DataFrame):
        connection.register(name, pa.Table.from_pandas(table, preserve_index=False))
    elif isinstance(table, pa.Table):
        connection.register(name, table)
    elif isinstance(table, StoredTable):
        if table.files:
            files = ", ".join(file_literal(file) for file in table.files)
            rows = f"from read_parquet([{files}], union_by_name=true)"
            written = {row[0] for row in connection.sql(f"describe {rows}").fetchall()}
            if not written >= set(table.column_names):
                # A column that was added to the table after the last of these files was written.
                connection.register(f"{name}_columns", table.schema.empty_table())
                rows += f" union all by name from {name}_columns"
            connection.execute(f"create temp view {name} as {rows}")
        else:
            connection.register(name, table.schema.empty_table())
    elif isinstance(table, str | Path):
        path = Path(table)
        if not path.is_file():
            raise NotFound(f"can't find the file {path}.")
        if path.suffix != ".parquet":
            # Types that are guessed from a text file turn 03/04/2026 into the wrong day without a word.
            raise InvalidOption(f"a path must be of a .parquet file, got {path.name}; read others with pandas first.")
        connection.execute(f"create temp view {name} as from read_parquet({file_literal(path)})")
    else:
        raise InvalidOption(f"a table must be a DataFrame, an Arrow table or a path, got {type(table).__name__}.")


def run_sql(query: str, tables: Mapping[str, Table], *, options: EngineOptions | None = None) -> pa.Table:
    """Run one query over named tables and return the result.

    Parameters
    ----------
    query : DuckDB SQL.
    tables : name in the query to table.
    options : how much of the machine it may use.

    Returns
    -------
    pyarrow.Table

    Examples
    --------
    >>> run_sql("select sum(a) as total from t", {"t": pd.DataFrame({"a": [1, 2]})}).to_pydict()
    {'total': [Decimal('3')]}
    """
    with open_connection(options) as connection:
        for name, table in tables.items():
            add_table(connection, name, table)
        return connection.sql(query).to_arrow_table()


def query_frame(query: str, tables: Mapping[str, Table], *, options: EngineOptions | None = None) -> pd.DataFrame:
    """Run one query over named tables and return the result as a pandas DataFrame: for small, final results.

    Parameters
    ----------
    query : DuckDB SQL.
    tables : name in the query to table.
    options : how much of the machine it may use.

    Returns
    -------
    pandas.DataFrame
    """
    frame: pd.DataFrame = run_sql(query, tables, options=options).to_pandas()
    return frame
