"""One file, read and judged into a temporary Parquet file: nothing of the workspace is changed, little is in memory."""

import errno
import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

from segment_lib.engine import file_literal
from segment_lib.errors import InvalidDefinition, InvalidFile, SegmentLibError
from segment_lib.loading.cleaning import Decision, decide_date_format, decide_decimal, normalised_sql
from segment_lib.loading.mapping import WHERE_FROM, Mapping, cell
from segment_lib.loading.plan import Job
from segment_lib.loading.sources import Rows, read_source
from segment_lib.sql import identifier, literal

# How a column that is declared without a format may be read after all.
DECIDED = {
    "date": decide_date_format,
    "timestamp": decide_date_format,
    "number": decide_decimal,
    "integer": decide_decimal,
}

# A full disk or a folder that may not be written to is no fault of the recipe.
OF_THE_SYSTEM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EIO)
# As small a share of unreadable cells is refused one by one; more of them are a question about the column.
FEW = 0.01
# Faults of a column that somebody has to answer; what is no date or number at all is refused row by row.
QUESTIONS = ("mixed", "undecidable")


@dataclass(frozen=True)
class Staged:
    """A file's judged rows: the view `{name}_staged` numbers them, `{name}_verdicts` knows what is found out later.

    `mapping` is the one that was used, with the formats that were decided by evidence; `statements` say so.
    """

    job: Job
    mapping: Mapping
    rows: Rows
    statements: tuple[str, ...]

    @property
    def name(self) -> str:
        """The prefix of its tables and views."""
        return self.job.name

    @property
    def ragged(self) -> int:
        """How many lines are no rows."""
        return self.rows.ragged

    def raw_rows(self, *, among: str = "") -> str:
        """Return the query of rows as they stand in the file: `row_number` and `raw_row`, as JSON.

        Parameters
        ----------
        among : query of the numbers of the rows that are wanted; all of them where not given.
        """
        number = "" if self.rows.numbered else "row_number() over () as row_number, "
        # Numbered and chosen first: to write a row down as JSON costs more than to read it.
        chosen = f" where row_number in ({among})" if among else ""
        named = [(name, place) for place, name in enumerate(self.job.file.columns) if name not in WHERE_FROM]
        cells = ", ".join(f"{literal(name)}: c{place}" for name, place in named)
        rows = f"(select {number}* from {self.rows.scan})"
        return f"select row_number, to_json({{{cells}}})::varchar as raw_row from {rows}{chosen}"


def stage_file(connection: duckdb.DuckDBPyConnection, job: Job, *, folder: Path) -> Staged:
    """Read and judge one file.

    Parameters
    ----------
    connection : where the views are made; it knows the cleaners.
    job : the file and its recipe.
    folder : an existing temporary folder, which has to live as long as the views.

    Returns
    -------
    Staged
        Beside the views there is the temporary table `{name}_verdicts` (`row_number`, `skip`, `reason`), empty, for
        what is found out about a row later.

    Raises
    ------
    InvalidFile
        The file is not what it was found or declared to be, or a column's days or decimals are written in a way that
        nobody can decide.
    InvalidDefinition
        The recipe can't be computed.
    """
    name, mapping = job.name, job.mapping
    for column in job.lookups.keys() - {"rates"}:
        _stage_lookup(connection, job, column, folder, lookup_name=f"{name}_lookup_{column}")
    if mapping.source.currencies == "convert":
        _stage_rates(connection, job, folder)
    _try(connection, job)
    rows = read_source(connection, job.file, name=name, folder=folder)
    target = folder / f"{name}_staged.parquet"
    try:
        _stage(connection, rows, job, mapping, target)
    except duckdb.Error as error:
        if rows.numbered:
            raise _not_computed(job, error) from None
        # A line that is no row, mixed line ends: read line by line what the engine cannot, or find out that nobody can.
        rows = read_source(connection, job.file, name=name, folder=folder, exact=True)
        try:
            _stage(connection, rows, job, mapping, target)
        except duckdb.Error as fault:
            raise _not_computed(job, fault) from None
    decided, statements = _decide(connection, rows, job)
    if decided is not mapping:
        _stage(connection, rows, job, decided, target)
    return Staged(job, decided, rows, (*job.file.statements, *statements))


def _try(connection: duckdb.DuckDBPyConnection, job: Job) -> None:
    """Compute the recipe over no rows: what is wrong with it is told before a large file is read."""
    cells = ", ".join(f"''::varchar as c{place}" for place in range(len(job.file.columns)))
    scan = f"(select 1::bigint as row_number, {cells})"
    try:
        sql = job.mapping.staging_sql(job.name, scan, job.file.columns, numbered=True)
        connection.execute(f"create or replace temp table tried as {sql} limit 0")
    except duckdb.Error as error:
        raise _not_computed(job, error) from None


def _not_computed(job: Job, error: duckdb.Error) -> SegmentLibError | duckdb.Error:
    if isinstance(error, duckdb.IOException) and any(os.strerror(code) in str(error) for code in OF_THE_SYSTEM):
        return error
    if isinstance(error, duckdb.OutOfMemoryException):
        return InvalidFile(
            f"{job.file.path.name} needs more memory than an import may use. Raise `memory_limit` in workspace.yml."
        )
    fault = str(error).strip().split("\n", 1)[0]
    return InvalidDefinition([f"import.yml: the source `{job.source.name}` can't be computed: {fault}"])


def _stage(connection: duckdb.DuckDBPyConnection, rows: Rows, job: Job, mapping: Mapping, target: Path) -> None:
    name, scan, numbered = job.name, rows.scan, rows.numbered
    if mapping.joins and not numbered:
        # A join promises no order; without one the rows come as they stand in the file.
        scan, numbered = f"(select row_number() over () as row_number, * from {scan})", True
    sql = mapping.staging_sql(name, scan, job.file.columns, numbered=numbered)
    # It is read twice and thrown away: looking for values that repeat would cost more than it saves.
    connection.execute(f"copy ({sql}) to {file_literal(target)} (format parquet, dictionary_size_limit 1)")
    number = "" if numbered else "file_row_number + 1 as _row_number, "
    option = "" if numbered else ", file_row_number=true"
    hidden = "" if numbered else " exclude (file_row_number)"
    connection.execute(
        f"create or replace temp view {name}_staged as "
        f"select {number}*{hidden} from read_parquet({file_literal(target)}{option})"
    )
    connection.execute(
        f"create or replace temp table {name}_verdicts (row_number bigint, skip varchar, reason varchar)"
    )


def _decide(connection: duckdb.DuckDBPyConnection, rows: Rows, job: Job) -> tuple[Mapping, tuple[str, ...]]:
    """Look again at columns without a declared format that have unreadable cells: how are all its values written?"""
    rules = dict(job.source.columns)
    connection.execute(
        f"""create or replace temp table faulty_rows as
        select coalesce(_reasons, []) || coalesce(_notes, []) as said from {job.name}_staged
        where _reasons is not null or _notes is not null"""
    )
    [(rows_read,)] = connection.sql(f"select count(*) from {job.name}_staged").fetchall()
    statements, faults = [], []
    for column in job.mapping.mapped:
        rule = rules[column.name]
        option = "decimal" if column.type in ("number", "integer") else "format"
        if column.type not in DECIDED or rule.source is None or rule.lookup or getattr(rule, option) is not None:
            continue
        told = literal(f"`{rule.source}` is no readable {column.type}: ")
        told_so = f"len(list_filter(said, lambda r: starts_with(r, {told}))) > 0"
        [(unreadable,)] = connection.sql(f"select count(*) from faulty_rows where {told_so}").fetchall()
        if unreadable <= FEW * rows_read:
            continue
        place = job.file.columns.index(rule.source)
        decision: Decision = DECIDED[column.type](
            connection, f"select {normalised_sql(f'c{place}')} as value from {rows.scan}"
        )
        if decision.fault is not None and decision.fault.startswith(QUESTIONS):
            faults.append(f"the column `{rule.source}` of {job.file.path.name} can't be decided: {decision.fault}")
        elif decision.format is not None and decision.format not in ("iso", "."):
            rules[column.name] = rule.model_copy(update={option: decision.format})
            statements.append(f"`{rule.source}`: {decision.evidence}")
    if faults:
        raise InvalidFile("\n".join(faults))
    if not statements:
        return job.mapping, ()
    source = job.source.model_copy(update={"columns": rules})
    return job.mapping.with_source(source), tuple(statements)


def _stage_lookup(
    connection: duckdb.DuckDBPyConnection, job: Job, column: str, folder: Path, *, lookup_name: str
) -> None:
    rule = job.source.columns[column].lookup
    assert rule is not None
    _stage_texts(connection, job, column, folder, name=lookup_name)
    connection.execute(
        f"""create or replace temp table {lookup_name} as
        select {cell(rule.key)} as key, first({cell(rule.value)} order by row_number) as value
        from {lookup_name}_rows where {cell(rule.key)} is not null group by 1"""
    )


def _stage_rates(connection: duckdb.DuckDBPyConnection, job: Job, folder: Path) -> None:
    """Read the rates: what one unit of a currency is worth from a day on."""
    name = f"{job.name}_rates"
    _stage_texts(connection, job, "rates", folder, name=name)
    bad = connection.sql(
        f"""select row_number from {name}_rows where try_cast(day as date) is null
        or not coalesce(isfinite(try_cast(rate as double)) and try_cast(rate as double) > 0, false)
        or coalesce(trim(currency), '') = '' limit 1"""
    ).fetchall()
    if bad:
        raise InvalidFile(
            f"row {bad[0][0]} of the rates must have a day such as 2026-10-31, a currency and a rate above zero."
        )
    zone = literal(job.mapping.zone)
    connection.execute(
        f"""create or replace temp table {name} as select cast(day as date)::timestamp at time zone {zone} as _day,
            upper(trim(currency)) as _code, cast(rate as double) as _rate from {name}_rows"""
    )


def _stage_texts(connection: duckdb.DuckDBPyConnection, job: Job, part: str, folder: Path, *, name: str) -> None:
    """Make a table `{name}_rows` of a small file's texts under the file's own names."""
    file = job.lookups[part]
    rows = read_source(connection, file, name=name, folder=folder, exact=True)
    columns = ", ".join(f"c{i} as {identifier(column)}" for i, column in enumerate(file.columns))
    connection.execute(f"create or replace temp table {name}_rows as select row_number, {columns} from {rows.scan}")
