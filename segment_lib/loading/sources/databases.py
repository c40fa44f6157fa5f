"""Tables and queries of a database: found by an environment variable, read only, row by row."""

import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import duckdb

from segment_lib.checks import check_columns
from segment_lib.errors import InvalidFile, InvalidOption
from segment_lib.loading.sources.cells import cell_text
from segment_lib.loading.sources.names import column_names
from segment_lib.loading.sources.parquet import text_expression
from segment_lib.loading.sources.source import Parsed, SourceFile
from segment_lib.sql import identifier

FETCHED = 10_000
SCHEMES = "sqlite:///file.db, duckdb:///file.duckdb or postgresql://user:password@host/database"
STATEMENT = re.compile(r"\s*(?:--[^\n]*\n\s*)*(?:select|with)\b", re.IGNORECASE)


def inspect_query(name: str, query: str, connection: str, *, needed: Sequence[str] = ()) -> SourceFile:
    """Ask a database for the columns of a table or query.

    Parameters
    ----------
    name : what the source is called in messages.
    query : the name of a table, or a `select` statement.
    connection : the name of the environment variable that holds the address of the database.
    needed : the columns that must be there.

    Returns
    -------
    SourceFile

    Raises
    ------
    InvalidOption
        The variable is not set, or holds no address that is understood.
    InvalidFile
        The database cannot be reached, or refuses the query.
    MissingColumns
        A needed column is absent.
    """
    file = SourceFile(Path(name), "sql", (), query=query, variable=connection)
    with _answers(file, limit=0) as (given, _):
        columns, fault = column_names(given)
    if fault:
        raise InvalidFile(f"{name} must have columns of different names, got {fault.removeprefix('one that ')}.")
    check_columns(columns, needed, table=name)
    return SourceFile(Path(name), "sql", columns, query=query, variable=connection)


def query_rows(file: SourceFile) -> Iterator[Parsed]:
    """Yield the rows of a query as text, in the order in which the database gives them.

    Parameters
    ----------
    file : an inspected query.

    Yields
    ------
    Parsed
    """
    with _answers(file) as (_, rows):
        for row in rows:
            yield [cell_text(cell) for cell in row], "", ""


@contextmanager
def _answers(file: SourceFile, limit: int | None = None) -> Iterator[tuple[list[str], Iterator[Sequence[Any]]]]:
    """Run a query on a connection that cannot write; its columns, and its rows as they are fetched."""
    address = os.environ.get(file.variable, "")
    scheme, _, rest = address.partition("://")
    scheme = scheme.partition("+")[0].lower()
    if not address:
        raise InvalidOption(f"the environment variable {file.variable} must hold the address of a database: {SCHEMES}.")
    if scheme == "sqlite":
        opened = _sqlite(file, rest.removeprefix("/"))
    elif scheme == "duckdb":
        opened = _duckdb(file, rest.removeprefix("/"))
    elif scheme in ("postgresql", "postgres"):
        opened = _postgres(file, f"postgresql://{rest}")
    else:
        # The address itself may hold a password.
        raise InvalidOption(f"the environment variable {file.variable} must begin as in {SCHEMES}.")
    with opened as (columns, rows):
        yield columns, rows


@contextmanager
def _sqlite(file: SourceFile, path: str) -> Iterator[tuple[list[str], Iterator[Sequence[Any]]]]:
    _check_database(file, path)
    try:
        with closing(sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.text_factory = _sound_text
            connection.execute("pragma query_only = true")
            cursor = connection.execute(_statement(file))
            yield [column[0] for column in cursor.description], _fetched(cursor)
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise _refused(file, error) from None


@contextmanager
def _duckdb(file: SourceFile, path: str) -> Iterator[tuple[list[str], Iterator[Sequence[Any]]]]:
    _check_database(file, path)
    statement = _statement(file)
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "enable_external_access": "false",
    }
    try:
        with closing(duckdb.connect(path, read_only=True, config=settings)) as connection:
            if len(connection.extract_statements(statement)) != 1:
                raise InvalidFile(f"{file.path} must be one statement, got several.")
            described = connection.execute(f"describe {statement}").fetchall()
            names = ", ".join(f"c{i}" for i in range(len(described)))
            texts = ", ".join(text_expression(f"c{i}", str(kind)) for i, (_, kind, *_) in enumerate(described))
            cursor = connection.execute(f"select {texts} from ({statement}) as answer({names})")
            yield [str(column) for column, *_ in described], _fetched(cursor)
    except duckdb.Error as error:
        raise _refused(file, error) from None


@contextmanager
def _postgres(file: SourceFile, address: str) -> Iterator[tuple[list[str], Iterator[Sequence[Any]]]]:
    try:
        import psycopg
    except ImportError:
        raise InvalidFile(
            f"{file.path} must be read by psycopg: install segment_lib with its extra `postgres`."
        ) from None
    try:
        connection = psycopg.connect(address, connect_timeout=30, autocommit=False)
    except (psycopg.Error, UnicodeError) as error:
        raise InvalidFile(
            f"can't reach the database that {file.variable} names ({type(error).__name__}). "
            "Check its address and password."
        ) from None
    try:
        with closing(connection):
            connection.read_only = True
            # On the server: rows are sent as they are asked for.
            with connection.cursor(name="segment_lib_rows") as cursor:
                cursor.itersize = FETCHED
                cursor.execute(_statement(file))
                yield [column.name for column in cursor.description or ()], iter(cursor)
    except psycopg.Error as error:
        raise _refused(file, error) from None


def _fetched(cursor: Any) -> Iterator[Sequence[Any]]:
    while rows := cursor.fetchmany(FETCHED):
        yield from rows


def _statement(file: SourceFile) -> str:
    """Return a query as it is, anything else as the name of a table."""
    query = file.query.strip().rstrip(";").strip()
    if STATEMENT.match(query):
        return query
    parts = [part.strip().strip('"') for part in query.split(".")]
    if not all(parts):
        raise InvalidFile(f"{file.path} must read a table or a select statement, got {file.query!r}.")
    return f"select * from {'.'.join(map(identifier, parts))}"


def _check_database(file: SourceFile, path: str) -> None:
    if not Path(path).is_file():
        raise InvalidFile(f"can't find the database file that {file.variable} names.")


def _sound_text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _refused(file: SourceFile, error: Exception) -> InvalidFile:
    reason = str(error).strip().split("\n", 1)[0][:200]
    address = os.environ.get(file.variable, "")
    for secret in (address, *re.findall(r"://[^@/]*:([^@/]+)@", address)):
        reason = reason.replace(secret, "...")
    return InvalidFile(f"{file.path} can't be read: {reason.rstrip('.')}.")
