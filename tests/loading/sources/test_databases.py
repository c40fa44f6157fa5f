"""Databases: tables and queries as rows of text, read only, and no password in any message."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from segment_lib.engine import open_connection
from segment_lib.errors import InvalidFile, InvalidOption, MissingColumns, SegmentLibError
from segment_lib.loading.sources import inspect_query, preview_source, read_source

Rows = list[tuple[str | None, ...]]


def rows_of(query: str, folder: Path) -> tuple[tuple[str, ...], Rows]:
    file = inspect_query("orders", query, "SHOP_DATABASE")
    with open_connection() as connection:
        rows = read_source(connection, file, name="orders", folder=folder)
        assert (rows.numbered, rows.ragged) == (True, 0)
        found = connection.sql(f"select * exclude row_number from {rows.scan} order by row_number").fetchall()
    assert preview_source(file, rows=1).num_rows == min(1, len(found))
    return file.columns, found


@pytest.fixture
def sqlite_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "the shop.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            """create table orders (id integer, amount real, raw blob, "it's" text);
            insert into orders values (1, 2.5, x'ff00', 'Köln'), (2, 17850.0, x'41', ''), (null, 1e300, null, 'x');
            create table "order lines" (a); insert into "order lines" values (cast(x'fc' as text));"""
        )
    connection.close()
    monkeypatch.setenv("SHOP_DATABASE", f"sqlite:///{path}")
    return path


@pytest.fixture
def duckdb_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            """create table orders as select 1 as id, timestamptz '2026-10-31 12:30:00+02' as at, [1, 2] as list,
            2.50::decimal(9, 2) as money, date '2026-10-31' as day, null as nothing, {'city': 'Rome'} as place"""
        )
    monkeypatch.setenv("SHOP_DATABASE", f"duckdb:///{path}")
    return path


def test_sqlite_table_becomes_text(sqlite_file: Path, tmp_path: Path) -> None:
    columns, rows = rows_of("orders", tmp_path)
    assert columns == ("id", "amount", "raw", "it's")
    assert rows == [("1", "2.5", "ff00", "Köln"), ("2", "17850.0", "A", None), (None, "1e+300", None, "x")]
    assert rows_of("order lines", tmp_path) == (("a",), [("ü",)])
    assert rows_of("main.orders", tmp_path) == (columns, rows)


@pytest.mark.parametrize(
    "query", ["select id from orders where id > 1;", "-- those\nwith x as (select 2 as id) select id from x"]
)
def test_query_is_run_as_it_is(sqlite_file: Path, tmp_path: Path, query: str) -> None:
    assert rows_of(query, tmp_path) == (("id",), [("2",)])


def test_duckdb_table_becomes_text(duckdb_file: Path, tmp_path: Path) -> None:
    columns, rows = rows_of("orders", tmp_path)
    assert columns == ("id", "at", "list", "money", "day", "nothing", "place")
    assert rows == [("1", "2026-10-31 10:30:00Z", "1;2", "2.50", "2026-10-31", None, '{"city":"Rome"}')]


@pytest.mark.parametrize("database", ["sqlite_file", "duckdb_file"])
@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("nope", "orders can't be read: .*nope"),
        ("select nope from orders", "orders can't be read: .*nope"),
        (
            "select id, 2 as ID from orders",
            "orders must have columns of different names, got names id, ID more than once",
        ),
        ("delete from orders", "orders can't be read: "),
        ("select 1; delete from orders", "one statement"),
        ("with x as (select 1) delete from orders", "orders can't be read: "),
        ("", "orders must read a table or a select statement, got ''"),
    ],
)
def test_query_that_cannot_be_is_refused(
    database: str, query: str, message: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(database)
    with pytest.raises(InvalidFile, match=message):
        inspect_query("orders", query, "SHOP_DATABASE")


def test_database_cannot_read_files_beside_it(duckdb_file: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with pytest.raises(InvalidFile, match="file system operations are disabled"):
        inspect_query("orders", f"select * from read_csv('{tmp_path}/secret.csv')", "SHOP_DATABASE")


def test_missing_column_of_a_query_is_named(sqlite_file: Path) -> None:
    with pytest.raises(MissingColumns, match=r"can't find column `amont` in orders\..* Did you mean `amount`"):
        inspect_query("orders", "orders", "SHOP_DATABASE", needed=("amont",))


def test_hash_is_of_the_rows_in_any_order(sqlite_file: Path) -> None:
    hashes = [
        inspect_query("orders", f"select id, amount from orders {rest}", "SHOP_DATABASE").content_hash()
        for rest in ("order by id", "order by id desc", "where id > 1")
    ]
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize(
    ("address", "error", "message"),
    [
        ("", InvalidOption, "the environment variable SHOP_DATABASE must hold the address of a database"),
        ("mysql://ann:secret@host/shop", InvalidOption, "SHOP_DATABASE must begin as in sqlite:///file.db"),
        ("ann:secret@host", InvalidOption, "SHOP_DATABASE must begin as in sqlite:///file.db"),
        ("sqlite:///nowhere/secret.db", InvalidFile, "can't find the database file that SHOP_DATABASE names"),
        ("postgresql://ann:secret@127.0.0.1:1/shop", InvalidFile, "can't reach the database that SHOP_DATABASE names"),
        ("postgresql://ann:secret@[::1/shop", InvalidFile, "can't reach the database that SHOP_DATABASE names"),
    ],
)
def test_address_is_never_told(
    monkeypatch: pytest.MonkeyPatch, address: str, error: type[SegmentLibError], message: str
) -> None:
    monkeypatch.setenv("SHOP_DATABASE", address)
    with pytest.raises(error, match=message) as caught:
        inspect_query("orders", "orders", "SHOP_DATABASE")
    assert "secret" not in str(caught.value)


def test_file_that_is_no_database_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.db").write_bytes(b"a,b\n" * 999)
    for scheme in ("sqlite", "duckdb"):
        monkeypatch.setenv("SHOP_DATABASE", f"{scheme}:///{tmp_path}/a.db")
        with pytest.raises(InvalidFile, match="orders can't be read: "):
            inspect_query("orders", "orders", "SHOP_DATABASE")


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of our own."""
    pytest.importorskip("psycopg", reason="psycopg, extra `postgres`, is not installed")
    server = pytest.importorskip("pgserver", reason="pgserver, a PostgreSQL server for tests, is not installed")
    try:
        running = server.get_server(str(tmp_path_factory.mktemp("postgres")), cleanup_mode="delete")
    except (OSError, RuntimeError) as error:
        pytest.skip(f"PostgreSQL does not start here: {error}")
    yield running.get_uri()
    running.cleanup()


def test_postgres_table_becomes_text(postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import psycopg

    monkeypatch.setenv("SHOP_DATABASE", postgres)
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(
            """create table orders as select 1 as id, timestamptz '2026-10-31 12:30:00+02' as at,
            timestamp '2026-10-31 08:00' as local, 2.50::numeric as money, true as ok, array['a', 'b'] as tags,
            null::text as nothing, '{"a": 1}'::jsonb as extra, 'Köln' as city, 1.5::float8 as rate"""
        )
        connection.execute("create table many as select i as id from generate_series(1, 25000) as t(i)")
    columns, rows = rows_of("public.orders", tmp_path)
    assert columns == ("id", "at", "local", "money", "ok", "tags", "nothing", "extra", "city", "rate")
    assert rows == [
        ("1", "2026-10-31 10:30:00Z", "2026-10-31 08:00:00", "2.50", "true", "a;b", None, '{"a": 1}', "Köln", "1.5")
    ]
    assert len(rows_of("select id from many order by id", tmp_path)[1]) == 25000
    for query in ("nope", "with x as (delete from orders returning *) select * from x", "select 1/0 as a"):
        with pytest.raises(InvalidFile, match="orders can't be read: "):
            rows_of(query, tmp_path)
