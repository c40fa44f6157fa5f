"""What is known of a source's columns before anything is suggested: counts, a sample, what the values look like."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from segment_lib.engine import open_connection
from segment_lib.errors import InvalidFile
from segment_lib.loading.cleaning import looks_like, missing_markers
from segment_lib.loading.sources import ReadOptions, SourceFile, inspect_source, read_source
from segment_lib.sql import literal

MOST_ROWS = 200_000
MOST_CELLS = 10_000_000
SAMPLE = 1_000
COMMON = 40
_MARKERS = frozenset(missing_markers(""))
_LONGEST_MARKER = max(map(len, _MARKERS))
Tabular: TypeAlias = Path | str | SourceFile | pd.DataFrame | pa.Table


@dataclass(frozen=True)
class ColumnEvidence:
    """What one column's values say; missing markers such as `n/a` count as empty.

    `sample` holds up to 1,000 values as they come, spread over the rows; `common` the most frequent values with their
    counts; `looks` the share of the sample that reads as an e-mail address, a date ...; `code` is the column in the
    table `evidence`.
    """

    column: str
    code: str
    rows: int
    filled: int
    distinct: int
    sample: tuple[str, ...]
    common: tuple[tuple[str, int], ...]
    looks: dict[str, float]
    markers: tuple[str, ...] = ()

    @property
    def is_unique(self) -> bool:
        """Tell whether every row has a value and no two have the same."""
        return self.rows > 1 and self.distinct == self.filled == self.rows

    def share(self, look: str) -> float:
        """Return the share of the sample that reads as something; 0 where nothing is known of it."""
        return self.looks.get(look, 0.0)


@dataclass(frozen=True)
class Evidence:
    """A source's columns, in the table `evidence` of a connection: one row a row, every cell trimmed text."""

    connection: duckdb.DuckDBPyConnection
    file: str
    columns: tuple[ColumnEvidence, ...]
    rows: int
    complete: bool
    statements: tuple[str, ...] = ()
    options: ReadOptions = dataclasses.field(default_factory=ReadOptions)

    def column(self, name: str) -> ColumnEvidence:
        """Return a column by its name."""
        return next(column for column in self.columns if column.column == name)

    def values(self, column: ColumnEvidence) -> str:
        """Return the query for a column's values, for those who decide from all of them."""
        return f"select {column.code} as value from evidence where {column.code} is not null"


@contextmanager
def load_evidence(source: Tabular, options: ReadOptions) -> Iterator[Evidence]:
    """Load up to 200,000 rows of a source, and look at every column.

    Parameters
    ----------
    source : a file, an inspected file, a DataFrame or an Arrow table.
    options : how a file is read, where that is not found by evidence.

    Yields
    ------
    Evidence
        Fewer rows are looked at where there are more than fifty columns.

    Raises
    ------
    InvalidFile
        The source cannot be read.
    """
    with TemporaryDirectory() as folder, open_connection() as connection:
        file, statements = "", tuple[str, ...]()
        if isinstance(source, Path | str | SourceFile):
            inspected = source if isinstance(source, SourceFile) else inspect_source(Path(source), options)
            file, names, statements = str(inspected.path), list(inspected.columns), inspected.statements
            limit = _limit(len(names))
            cells = _read(connection, inspected, Path(folder), limit)
        else:
            names = _register(connection, source)
            limit = _limit(len(names))
            cells = _take(connection, "given", len(names), limit)
        complete = cells.num_rows <= limit
        cells = cells.slice(0, limit)
        looked = [_look(name, f"c{place}", cells.column(place)) for place, name in enumerate(names)]
        columns = tuple(column for column, _ in looked)
        # Registered under a name, it is what the decisions about all values read.
        connection.register("evidence", pa.table([values for _, values in looked], [one.code for one in columns]))
        yield Evidence(connection, file, columns, cells.num_rows, complete, tuple(statements), options)


def _limit(width: int) -> int:
    return max(SAMPLE, min(MOST_ROWS, MOST_CELLS // max(1, width)))


def _register(connection: duckdb.DuckDBPyConnection, table: pd.DataFrame | pa.Table) -> list[str]:
    names = [str(name).strip() or f"column {place}" for place, name in enumerate(_names(table), start=1)]
    if not names:
        raise InvalidFile("the table must have columns, got none.")
    lowered = [name.lower() for name in names]
    doubled = [name for name in names if lowered.count(name.lower()) > 1]
    if doubled:
        raise InvalidFile(f"the table must name every column once, got `{doubled[0]}` more than once.")
    try:
        if isinstance(table, pd.DataFrame):
            table = pa.table([_arrow(table.iloc[:, place]) for place in range(len(names))], names=list(map(str, names)))
        arrow = table.rename_columns([f"g{place}" for place in range(len(names))])
        connection.register("given_cells", arrow)
        cells = ", ".join(
            f"array_to_string(g{place}, ';') as c{place}" if pa.types.is_list(field.type) else f"g{place} as c{place}"
            for place, field in enumerate(arrow.schema)
        )
        connection.execute(f"create temp view given as select {cells or 'null as nothing'} from given_cells")
    except (pa.ArrowException, duckdb.Error) as error:
        raise InvalidFile(f"the table can't be read: {str(error).splitlines()[0]}") from None
    return names


def _arrow(cells: "pd.Series[Any]") -> pa.Array:
    try:
        found = pa.Array.from_pandas(cells)
    except pa.ArrowException:
        # A column of several types, as spreadsheets have them.
        found = pa.array([None if pd.api.types.is_scalar(c) and pd.isna(c) else str(c) for c in cells], pa.string())
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def _names(table: pd.DataFrame | pa.Table) -> list[object]:
    return list(table.columns) if isinstance(table, pd.DataFrame) else list(table.column_names)


def _read(connection: duckdb.DuckDBPyConnection, file: SourceFile, folder: Path, limit: int) -> pa.Table:
    rows = read_source(connection, file, name="wizard", folder=folder)
    try:
        return _take(connection, rows.scan, len(file.columns), limit)
    except duckdb.Error:
        # The fast scan stumbled over a line that is no row; the exact one keeps such lines apart.
        rows = read_source(connection, file, name="wizard", folder=folder, exact=True)
        return _take(connection, rows.scan, len(file.columns), limit)


def _take(connection: duckdb.DuckDBPyConnection, scan: str, width: int, limit: int) -> pa.Table:
    """Return the first rows as trimmed text, one more than the limit where there are more."""
    blanks = literal(" \t\r\n\N{NO-BREAK SPACE}")
    texts = (f"nullif(trim(cast(c{place} as varchar), {blanks}), '') as c{place}" for place in range(width))
    query = f"select {', '.join(texts) or 'null as nothing'} from (from {scan} limit {limit + 1})"
    return connection.sql(query).to_arrow_table()


def _look(name: str, code: str, cells: pa.ChunkedArray) -> tuple[ColumnEvidence, pa.Array]:
    """Return a column's evidence, and its cells without those that stand for nothing."""
    values = cells.combine_chunks()
    counts = pc.value_counts(values)
    markers = _MARKERS.intersection(_lowered(counts.field("values")))
    if markers:
        values = pc.if_else(pc.is_in(pc.utf8_lower(values), pa.array(sorted(markers))), None, values)
        counts = pc.value_counts(values)
    counted = pa.table({"value": counts.field("values"), "n": counts.field("counts")}).filter(
        pc.field("value").is_valid()
    )
    order = [("n", "descending"), ("value", "ascending")]
    common = pc.select_k_unstable(counted, k=min(COMMON, counted.num_rows), sort_keys=order) if counted.num_rows else []
    top = counted.take(common).to_pylist() if counted.num_rows else []
    step = max(1, len(values) // SAMPLE)
    sample = values.take(pa.array(range(0, len(values), step))).drop_null().to_pylist()
    if len(sample) < SAMPLE // 10:
        sample = values.drop_null().slice(0, SAMPLE).to_pylist()
    return ColumnEvidence(
        column=name,
        code=code,
        rows=len(values),
        filled=len(values) - values.null_count,
        distinct=counted.num_rows,
        sample=tuple(sample[:SAMPLE]),
        common=tuple((one["value"], one["n"]) for one in top),
        looks=looks_like(sample[:SAMPLE]) if sample else {},
        markers=tuple(sorted(markers)),
    ), values


def _lowered(values: pa.Array) -> set[str]:
    short = values.filter(pc.less_equal(pc.utf8_length(values), _LONGEST_MARKER))
    return set(pc.utf8_lower(short).to_pylist()) - {None}


def is_per_contact(evidence: Evidence, contact: ColumnEvidence, column: ColumnEvidence, *, least: int = 0) -> float:
    """Return the share of contacts for whom a column never changes.

    Parameters
    ----------
    evidence : the source.
    contact : the column that names the contact.
    column : the column in question.
    least : how many contacts must have a value in more than one row; with fewer the answer is 0.

    Returns
    -------
    float
        From 0 to 1; of the contacts that have a value in more than one row, and 1 where there are none.
    """
    [(several, share)] = evidence.connection.execute(
        f"""select count(*), avg(cast(kinds = 1 as double)) from (
            select count(distinct {column.code}) as kinds, count({column.code}) as n from evidence
            where {contact.code} is not null group by {contact.code}) where n > 1"""
    ).fetchall()
    if several < least:
        return 0.0
    return 1.0 if share is None else float(share)
