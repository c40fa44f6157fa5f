"""Features of more contacts than memory holds: batch by batch of contacts, into a folder of Parquet files."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from uuid import uuid4

import duckdb

from segment_lib.asof import AsOf
from segment_lib.engine import EngineOptions, Table, file_literal
from segment_lib.errors import InvalidOption, list_names
from segment_lib.features.assembly import prepared
from segment_lib.features.catalogue import CATALOGUE
from segment_lib.features.levels import VALUES
from segment_lib.features.pieces import names_in
from segment_lib.features.query import FeatureQuery
from segment_lib.features.record import Feature
from segment_lib.sql import identifier, literal
from segment_lib.vocabulary import Column

# What is known about all contacts together: it is computed once, and every batch reads it.
SHARED = (*VALUES.values(), "scores")


def write_features(
    folder: str | Path,
    interactions: Table,
    *,
    as_of: AsOf,
    contacts: Table | None = None,
    labels: Table | None = None,
    features: Sequence[Feature] = CATALOGUE,
    columns: Mapping[str, Sequence[Column]] | None = None,
    options: EngineOptions | None = None,
    contacts_a_batch: int = 1_000_000,
) -> list[Path]:
    """Compute features as of a day into a folder of Parquet files, for more contacts than memory holds.

    Parameters
    ----------
    folder : where to; files of an earlier call are replaced once all are written, and stay as they are until then.
    interactions : as for `build_features`.
    as_of : the day seen from.
    contacts, labels : as for `build_features`; without them, those of the interactions, and nobody carries any.
    features : records to compute.
    columns : which columns the tables have.
    options : how much of the machine a query may use, such as a limit of memory.
    contacts_a_batch : how many contacts are computed at a time.

    Returns
    -------
    list of pathlib.Path
        Files whose rows, one file after another, are those of `build_features`.

    Raises
    ------
    MissingColumns
        As for `build_features`.
    InvalidOption
        As for `build_features`; also where the folder holds anything but files of an earlier call.

    Notes
    -----
    The known interactions are first split into files by ranges of contacts beside the folder, which takes about as much
    room as their Parquet files; they are removed at the end.

    Examples
    --------
    >>> import tempfile, duckdb
    >>> import pandas as pd
    >>> orders = pd.DataFrame({"contact_id": ["a", "b"], "kind": "purchase", "amount": [10.0, 5.0],
    ...                        "occurred_at": pd.to_datetime(["2026-01-01", "2026-01-11"], utc=True)})
    >>> with tempfile.TemporaryDirectory() as place:
    ...     files = write_features(f"{place}/features", orders, as_of=AsOf.of("2026-01-31"), contacts_a_batch=1)
    ...     print([file.name for file in files])
    ['features-00000.parquet', 'features-00001.parquet']
    """
    if contacts_a_batch < 1:
        raise InvalidOption(f"`contacts_a_batch` must be 1 or more, got {contacts_a_batch}.")
    target = Path(folder)
    _check_replaceable(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    work = target.with_name(f".{target.name}.{uuid4().hex[:8]}")
    try:
        (work / "done").mkdir(parents=True)
        with prepared(interactions, contacts, as_of, features, columns, options, labels) as (connection, query):
            connection.execute("set preserve_insertion_order = false")
            for place, sql in enumerate(_batches(connection, query, as_of, work, contacts_a_batch)):
                part = work / "done" / f"features-{place:05}.parquet"
                connection.execute(f"copy ({sql}) to {literal(str(part))} (format parquet)")
        _put_in_place(work / "done", target, work / "replaced")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return sorted(target.glob("features-*.parquet"))


def _check_replaceable(target: Path) -> None:
    """Refuse to replace what is not ours: a wrong path must not cost a folder."""
    if target.exists() and not target.is_dir():
        raise InvalidOption(f"`folder` must be a folder, got the file {target.name}.")
    others = [path.name for path in target.glob("*") if not path.match("features-*.parquet")]
    if others:
        raise InvalidOption(
            f"`folder` must be new or hold nothing but files of an earlier call, got {target.name} with "
            f"{list_names(others)}; name another folder."
        )


def _put_in_place(done: Path, target: Path, replaced: Path) -> None:
    """Put a finished folder where it belongs; the earlier one is back where that fails."""
    if target.exists():
        target.rename(replaced)
    try:
        done.rename(target)
    except OSError:
        if replaced.exists():
            replaced.rename(target)
        raise


def _batches(
    connection: duckdb.DuckDBPyConnection, query: FeatureQuery, as_of: AsOf, work: Path, size: int
) -> Iterator[str]:
    """Yield the query of each batch, with the views `contacts` and `interactions` turned to it before."""
    starts = [
        row[0]
        for row in connection.execute(
            "select contact_id from (select contact_id, row_number() over (order by contact_id) - 1 as place "
            f"from contacts) where place % {size} = 0 order by contact_id"
        ).fetchall()
    ]
    if len(starts) < 2:
        yield query.sql
        return
    shared = [name for name in SHARED if name in query.tables]
    for name in shared:
        needed = FeatureQuery({table: query.tables[table] for table in _needed(name, query.tables)}, f"from {name}")
        connection.execute(f"create temp table all_{name} as {needed.sql}")
    for name in ("contacts", "interactions"):
        connection.execute(f"alter view {name} rename to all_{name}")
    rows = _split(connection, query, as_of, work / "rows", starts)
    batch = FeatureQuery(query.tables | {name: f"    from all_{name}" for name in shared}, query.selection)
    for place, (first, after) in enumerate(zip(starts, [*starts[1:], None], strict=True)):
        inside = f"contact_id >= {_value(first)}" + ("" if after is None else f" and contact_id < {_value(after)}")
        connection.execute(f"create or replace temp view contacts as from all_contacts where {inside}")
        files = work / "rows" / f"batch={place}"
        written = ", ".join(file_literal(file) for file in sorted(files.glob("*.parquet")))
        source = f"read_parquet([{written}], hive_partitioning = false)"
        connection.execute(
            f"create or replace temp view interactions as select {rows} "
            + (f"from {source}" if written else "from all_interactions where false")
        )
        yield batch.sql


def _split(
    connection: duckdb.DuckDBPyConnection, query: FeatureQuery, as_of: AsOf, folder: Path, starts: Sequence[object]
) -> str:
    """Write the known rows into a folder for each range of contacts; return the columns that were written."""
    asked = set().union(*(names_in(sql) for sql in query.tables.values())) | {"contact_id", "occurred_at", "kind"}
    present = [row[0] for row in connection.execute("describe all_interactions").fetchall()]
    rows = ", ".join(identifier(column) for column in present if column in asked or column.lower() in asked)
    ends = " ".join(f"when contact_id < {_value(start)} then {place}" for place, start in enumerate(starts[1:]))
    number = f"case {ends} else {len(starts) - 1} end"
    end = f"TIMESTAMPTZ '{as_of.end.isoformat()}'"
    connection.execute(
        f"copy (select {rows}, {number} as batch from all_interactions where occurred_at < {end} "
        f"and contact_id is not null) to {literal(str(folder))} (format parquet, partition_by (batch))"
    )
    return rows


def _needed(name: str, tables: Mapping[str, str]) -> list[str]:
    """Return the tables that one is made of, itself the last."""
    words = names_in(tables[name]) - {name}
    parts = [part for table in tables if table in words for part in _needed(table, tables)]
    return list(dict.fromkeys([*parts, name]))


def _value(value: object) -> str:
    return literal(value) if isinstance(value, str) else str(value)
