"""The files of one Delta table: rows of them as SQL, new ones out of a query, commits again or taken back."""

import json
import random
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import duckdb
import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError
from deltalake.transaction import AddAction

from segment_lib.engine import StoredTable, file_literal
from segment_lib.errors import InvalidOption
from segment_lib.sql import identifier
from segment_lib.vocabulary import ARROW_TYPES, SQL_TYPES, Column, ColumnType

TRIES = 12
CHECKPOINT_EVERY = 100
Result = TypeVar("Result")


def forget_commits(table: Path, *, after: int) -> None:
    """Make a table what it was at a version: its later commits go, and the files that they added.

    Nobody has seen them: readers are shown the noted version while the note is there.
    """
    log = table / "_delta_log"
    (log / "_last_checkpoint").unlink(missing_ok=True)  # it may be one of them; the log is complete without it
    later = [path for path in log.iterdir() if path.name[:20].isdigit() and int(path.name[:20]) > after]
    # The last first: a log must have no gap, wherever this is interrupted.
    for path in sorted(later, reverse=True):
        if path.suffix == ".json":
            actions = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            for action in actions:
                if "add" in action:
                    (table / action["add"]["path"]).unlink(missing_ok=True)
        path.unlink()


def rows_sql(files: Sequence[str], stored: StoredTable, columns: Sequence[Column]) -> str:
    """Return the rows of some files as a table expression with all columns, and the file of each row as `_file`."""
    listed = ", ".join(file_literal(file) for file in files)
    scan = f"read_parquet([{listed}], union_by_name=true, filename='_file')"
    lacking = [column for column in columns if column.name not in stored.schema.names]
    # The files at hand may lack a column that the table has: the empty row makes it known.
    known = ", ".join(f"cast(null as {SQL_TYPES[c.type]}) as {identifier(c.name)}" for c in columns if c not in lacking)
    filled = f"select * from {scan} union all by name select {known} where false" if known else f"from {scan}"
    nulls = "".join(f", null as {identifier(c.name)}" for c in lacking)
    return f"(select {typed_sql(columns)}, _file from (select *{nulls} from ({filled})))"


def other_columns(schema: pa.Schema, columns: Sequence[Column]) -> list[Column]:
    """Return the columns of a stored table that are not among the given ones."""
    names = {column.name for column in columns}
    return [Column(f.name, _type_of(f.type), "identity", "") for f in schema if f.name not in names]


def _type_of(arrow: pa.DataType) -> ColumnType:
    """Return our word for a type; of what other programs have written, the nearest."""
    # Lists are equal whatever their elements are called, and their hashes are not.
    return next((name for name, one in ARROW_TYPES.items() if one == arrow), "text")


def check_cast(
    connection: duckdb.DuckDBPyConnection, stored: StoredTable, columns: Sequence[Column], gone: str
) -> None:
    """Refuse another type of a column that would lose values.

    Parameters
    ----------
    connection : where to look.
    stored : the table as it stands.
    columns : those that it shall have.
    gone : condition of rows that leave, whose values are not lost by it.

    Raises
    ------
    InvalidOption
        Some values cannot be of the new type; one of them is named.
    """
    if not stored.files:
        return
    known = set(stored.schema.names)
    before = [replace(c, type=_type_of(stored.schema.field(c.name).type)) if c.name in known else c for c in columns]
    for old, column in ((old, next(c for c in columns if c.name == old.name)) for old in before):
        if old.type == column.type:
            continue
        name = identifier(column.name)
        lost = f"{name} is not null and try_cast({name} as {SQL_TYPES[column.type]}) is null"
        kept = f"not coalesce(({gone}), false)" if gone else "true"
        query = f"select cast({name} as varchar), count(*) over () from {rows_sql(stored.files, stored, before)}"
        found = connection.sql(f"{query} where {kept} and {lost} limit 1").fetchall()
        if found:
            raise InvalidOption(
                f"the field `{column.name}` of {stored.name} can't become a {column.type}: {found[0][1]:,} stored "
                f"values such as {found[0][0]!r} would be lost. Add a field of another name."
            )


def typed_sql(columns: Sequence[Column]) -> str:
    """Return the columns, each in its type, as the list of a query."""
    return ", ".join(f"try_cast({identifier(c.name)} as {SQL_TYPES[c.type]}) as {identifier(c.name)}" for c in columns)


def names_sql(columns: Sequence[Column]) -> str:
    """Return the columns' names as the list of a query."""
    return ", ".join(identifier(column.name) for column in columns)


def or_nothing_sql(columns: Sequence[Column]) -> str:
    """Return what makes every column known to a query that has only some of them."""
    nulls = ", ".join(f"cast(null as {SQL_TYPES[c.type]}) as {identifier(c.name)}" for c in columns)
    return f"union all by name select {nulls} where false"


def write_file(connection: duckdb.DuckDBPyConnection, query: str, folder: Path) -> AddAction | None:
    """Write the rows of a query to a Parquet file; None where there are none."""
    file = folder / f"part-{uuid.uuid4()}.parquet"
    [(rows,)] = connection.execute(f"copy ({query}) to {file_literal(file)} (format parquet)").fetchall()
    if not rows:
        file.unlink()
        return None
    stats = json.dumps({"numRecords": rows})
    return AddAction(file.name, file.stat().st_size, {}, int(time.time() * 1000), True, stats)


def add_checkpoint(table: Path) -> None:
    """Spare readers a very long log; nothing of it is taken away."""
    log = table / "_delta_log"
    if log.is_dir() and sum(1 for path in log.iterdir() if path.suffix == ".json") >= CHECKPOINT_EVERY:
        delta = DeltaTable(table)
        last = max((int(path.name[:20]) for path in log.glob("*.checkpoint.parquet")), default=0)
        if delta.version() - last >= CHECKPOINT_EVERY:
            delta.create_checkpoint()


def retried(write: Callable[[], Result]) -> Result:
    """Commit, again where another engine committed at the same time."""
    for attempt in range(TRIES):
        try:
            return write()
        except CommitFailedError:
            if attempt == TRIES - 1:
                raise
            # Spread the retries of processes that collided, or they collide again.
            time.sleep(random.uniform(0.02, 0.1) * (attempt + 1))
    raise AssertionError("unreachable")
