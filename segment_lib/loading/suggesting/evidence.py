"""What is known of a source's columns before anything is suggested: counts, a sample, what the values look like."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import duckdb
import pandas as pd
import pyarrow as pa

from segment_lib.engine import open_connection
from segment_lib.errors import InvalidFile
from segment_lib.loading.cleaning import looks_like
from segment_lib.loading.cleaning.missing import missing_markers, missing_sql
from segment_lib.loading.sources import ReadOptions, SourceFile, inspect_source, read_source
from segment_lib.sql import identifier, literal

MOST_ROWS = 200_000
MOST_CELLS = 10_000_000
SAMPLE = 1_000
COMMON = 40
WIDE = 100
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
            _read(connection, inspected, Path(folder), limit)
        else:
            names = _register(connection, source)
            limit = _limit(len(names))
            _take(connection, "given", len(names), limit)
        rows = _one(connection, "select count(*) from evidence")
        complete = rows <= limit
        if not complete:
            connection.execute(f"delete from evidence where place > {limit}")
        markers = _empty_markers(connection, len(names))
        columns = tuple(_columns(connection, names, min(rows, limit), markers))
        yield Evidence(connection, file, columns, min(rows, limit), complete, tuple(statements), options)


def _limit(width: int) -> int:
    return max(SAMPLE, min(MOST_ROWS, MOST_CELLS // max(1, width)))


def _register(connection: duckdb.DuckDBPyConnection, table: pd.DataFrame | pa.Table) -> list[str]:
    names = [str(name).strip() or f"column {place}" for place, name in enumerate(_names(table), start=1)]
    lowered = [name.lower() for name in names]
    doubled = [name for name in names if lowered.count(name.lower()) > 1]
    if doubled:
        raise InvalidFile(f"the table must name every column once, got `{doubled[0]}` more than once.")
    try:
        arrow = pa.Table.from_pandas(table, preserve_index=False) if isinstance(table, pd.DataFrame) else table
        arrow = arrow.rename_columns([f"g{place}" for place in range(len(names))])
        connection.register("given_cells", arrow)
        cells = ", ".join(
            f"array_to_string(g{place}, ';') as c{place}" if pa.types.is_list(field.type) else f"g{place} as c{place}"
            for place, field in enumerate(arrow.schema)
        )
        connection.execute(f"create temp view given as select {cells or 'null as nothing'} from given_cells")
    except (pa.ArrowException, duckdb.Error) as error:
        raise InvalidFile(f"the table can't be read: {str(error).splitlines()[0]}") from None
    return names


def _names(table: pd.DataFrame | pa.Table) -> list[object]:
    return list(table.columns) if isinstance(table, pd.DataFrame) else list(table.column_names)


def _read(connection: duckdb.DuckDBPyConnection, file: SourceFile, folder: Path, limit: int) -> None:
    rows = read_source(connection, file, name="wizard", folder=folder)
    try:
        _take(connection, rows.scan, len(file.columns), limit)
    except duckdb.Error:
        # The fast scan stumbled over a line that is no row; the exact one keeps such lines apart.
        rows = read_source(connection, file, name="wizard", folder=folder, exact=True)
        _take(connection, rows.scan, len(file.columns), limit)


def _take(connection: duckdb.DuckDBPyConnection, scan: str, width: int, limit: int) -> None:
    blanks = literal(" \t\r\n\N{NO-BREAK SPACE}")
    cells = "".join(f", nullif(trim(cast(c{place} as varchar), {blanks}), '') as c{place}" for place in range(width))
    connection.execute(
        f"create or replace temp table evidence as select row_number() over () as place{cells} "
        f"from (from {scan} limit {limit + 1})"
    )


def _empty_markers(connection: duckdb.DuckDBPyConnection, width: int) -> list[tuple[str, ...]]:
    """Empty the cells that hold a marker such as `n/a`, and return the markers of every column."""
    markers, found = missing_markers(""), []
    listed, longest = ", ".join(map(literal, markers)), max(map(len, markers))
    for start in range(0, width, WIDE):
        codes = [f"c{place}" for place in range(start, min(width, start + WIDE))]
        asked = ", ".join(
            f"list_sort(list(distinct lower({c})) filter (where length({c}) <= {longest} and lower({c}) in ({listed})))"
            for c in codes
        )
        [row] = connection.execute(f"select {asked} from evidence").fetchall()
        found += [tuple(one or ()) for one in row]
        marked = [c for c, one in zip(codes, row, strict=True) if one]
        if marked:
            sets = ", ".join(f"{c} = {missing_sql(c, markers)}" for c in marked)
            connection.execute(f"update evidence set {sets}")
    return found


def _columns(
    connection: duckdb.DuckDBPyConnection, names: list[str], rows: int, markers: list[tuple[str, ...]]
) -> Iterator[ColumnEvidence]:
    step = max(1, rows // SAMPLE)
    for start in range(0, len(names), WIDE):
        codes = [f"c{place}" for place in range(start, min(len(names), start + WIDE))]
        counts = ", ".join(f"count({c}), count(distinct {c})" for c in codes)
        [counted] = connection.execute(f"select {counts} from evidence").fetchall()
        picked = ", ".join(codes)
        sampled = connection.execute(
            f"select {picked} from evidence where place % {step} = 0 order by place"
        ).fetchall()
        samples = list(zip(*sampled, strict=True)) if sampled else [()] * len(codes)
        for offset, code in enumerate(codes):
            filled, distinct = counted[2 * offset], counted[2 * offset + 1]
            sample = [value for value in samples[offset] if value is not None]
            if len(sample) < SAMPLE // 10 and len(sample) < filled:
                found = connection.execute(
                    f"select {code} from evidence where {code} is not null order by place limit {SAMPLE}"
                ).fetchall()
                sample = [value for (value,) in found]
            sample = sample[:SAMPLE]
            common = connection.execute(
                f"select {code}, count(*) as n from evidence where {code} is not null group by 1 "
                f"order by n desc, 1 limit {COMMON}"
            ).fetchall()
            looks = looks_like(sample) if sample else {}
            place = start + offset
            yield ColumnEvidence(
                names[place], code, rows, filled, distinct, tuple(sample), tuple(common), looks, markers[place]
            )


def is_per_contact(evidence: Evidence, contact: ColumnEvidence, column: ColumnEvidence) -> float:
    """Return the share of contacts for whom a column never changes.

    Parameters
    ----------
    evidence : the source.
    contact : the column that names the contact.
    column : the column in question.

    Returns
    -------
    float
        From 0 to 1; of the contacts that have a value in more than one row, where there are any.
    """
    [(share,)] = evidence.connection.execute(
        f"""select avg(cast(kinds = 1 as double)) from (
            select count(distinct {column.code}) as kinds, count({column.code}) as n from evidence
            where {identifier(contact.code)} is not null group by {identifier(contact.code)}) where n > 1"""
    ).fetchall()
    return 1.0 if share is None else float(share)


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    [(found,)] = connection.execute(query).fetchall()
    return int(found)
