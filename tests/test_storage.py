"""The store: rows leave and come in one commit, and several tables change as one or not at all."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest

from segment_lib.engine import open_connection
from segment_lib.errors import InvalidOption
from segment_lib.storage import Store
from segment_lib.vocabulary import CONTACTS, MEMBERSHIPS, Column, arrow_schema

KILLED = """
import os, signal, sys
from pathlib import Path
import pyarrow as pa
from segment_lib.storage import Store
store = Store(Path(sys.argv[1]))
with store.transaction():
    store.append("contacts", pa.table({"contact_id": ["b"]}))
    store.append("memberships", pa.table({"contact_id": ["b"]}))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def people(*ids: str) -> pa.Table:
    return pa.Table.from_pylist([{"contact_id": one} for one in ids], schema=arrow_schema(CONTACTS))


def ids(store: Store, name: str = "contacts") -> list[str]:
    return sorted(store.table(name).to_arrow()["contact_id"].to_pylist())


def test_rows_leave_and_come_in_one_commit(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with open_connection() as connection:
        store.rewrite(connection, "contacts", CONTACTS, fresh="select 'a' as contact_id union all select 'b'")
        store.rewrite(connection, "contacts", CONTACTS, fresh="select 'c' as contact_id", gone="contact_id = 'a'")
    assert ids(store) == ["b", "c"]
    assert store.table("contacts").version == 1
    assert store.table("contacts").schema == arrow_schema(CONTACTS)


def test_condition_on_a_column_that_older_rows_lack_is_unknown_and_keeps_them(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append("contacts", pa.table({"contact_id": ["a"]}))
    with open_connection() as connection:
        store.rewrite(connection, "contacts", CONTACTS, gone="city <> 'Faro'", fresh="select 'b' as contact_id")
    assert ids(store) == ["a", "b"]


def test_all_rows_may_leave(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append("contacts", people("a"))
    with open_connection() as connection:
        store.rewrite(connection, "contacts", CONTACTS, gone="true")
    assert ids(store) == []


def test_column_that_is_added_and_one_of_another_type_hold_for_older_rows(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append("contacts", pa.table({"contact_id": ["a"], "size": ["41"]}))
    wider = (*CONTACTS, Column("size", "number", "demographic", "Shoe size"))
    with open_connection() as connection:
        store.rewrite(connection, "contacts", wider, fresh="select 'b' as contact_id, 42.5 as size")
    found = {row["contact_id"]: row["size"] for row in store.table("contacts").to_arrow().to_pylist()}
    assert found == {"a": 41.0, "b": 42.5}
    assert store.table("contacts").schema.field("size").type == pa.float64()


def test_many_small_files_become_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segment_lib.storage.MOST_FILES", 3)
    store = Store(tmp_path)
    with open_connection() as connection:
        for number in range(6):
            store.rewrite(connection, "contacts", CONTACTS, fresh=f"select '{number}' as contact_id")
    assert ids(store) == list("012345")
    assert len(store.table("contacts").files) <= 4


def test_transaction_that_fails_leaves_every_table_as_it_was(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append("contacts", people("a"))
    with pytest.raises(RuntimeError, match="half-way"):
        write_half_way(store)
    assert ids(store) == ["a"]
    assert not store.exists("memberships")


def write_half_way(store: Store) -> None:
    with store.transaction():
        store.append("contacts", people("b"))
        store.append("memberships", pa.table({"contact_id": ["b"]}))
        raise RuntimeError("half-way")


def test_transaction_that_is_taken_back_leaves_a_long_log_whole(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for number in range(99):
        store.append("contacts", people(str(number)))
    month_ago = time.time() - 60 * 86400
    for path in (tmp_path / "contacts" / "_delta_log").iterdir():
        os.utime(path, (month_ago, month_ago))
    with pytest.raises(RuntimeError, match="half-way"):
        write_half_way(store)
    with pytest.raises(RuntimeError, match="half-way"):
        write_half_way(store)
    assert store.table("contacts").num_rows == 99
    for number in range(99, 103):
        store.append("contacts", people(str(number)))
    assert store.table("contacts").num_rows == 103
    assert list((tmp_path / "contacts" / "_delta_log").glob("*.checkpoint.parquet"))


def test_reader_sees_nothing_of_a_transaction_before_its_end(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append("contacts", people("a"))
    look = (
        "import sys; from pathlib import Path; from segment_lib.storage import Store\n"
        "store = Store(Path(sys.argv[1]))\n"
        "print(store.table('contacts').num_rows, store.table('memberships').num_rows)"
    )
    command = [sys.executable, "-c", look, str(tmp_path)]
    with store.transaction():
        store.append("contacts", people("b"))
        store.append("memberships", arrow_members("b"))
        during = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    after = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert (during, after) == ("1 0\n", "2 1\n")


def test_transaction_that_was_killed_is_taken_back(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append("contacts", people("a"))
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (ids(store), store.table("memberships").num_rows) == (["a"], 0)
    store.append("contacts", people("c"))
    assert ids(store) == ["a", "c"]
    assert not store.exists("memberships")
    assert not any(path.name.startswith(".transaction") for path in tmp_path.iterdir())


def arrow_members(*ids: str) -> pa.Table:
    return pa.Table.from_pylist([{"contact_id": one} for one in ids], schema=arrow_schema(MEMBERSHIPS))


def test_field_that_leaves_the_definitions_keeps_its_values(tmp_path: Path) -> None:
    store, size = Store(tmp_path), Column("size", "text", "demographic", "Shoe size")
    with open_connection() as connection:
        store.rewrite(connection, "contacts", (*CONTACTS, size), fresh="select 'a' as contact_id, 'n1' as size")
        store.rewrite(connection, "contacts", CONTACTS, gone="contact_id = 'b'", fresh="select 'b' as contact_id")
        store.rewrite(connection, "contacts", CONTACTS, gone="contact_id = 'b'")
    assert store.table("contacts").to_arrow().select(["contact_id", "size"]).to_pylist() == [
        {"contact_id": "a", "size": "n1"}
    ]


def test_other_type_that_would_lose_values_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append("contacts", pa.table({"contact_id": ["a", "b"], "size": ["41", "n1"]}))
    number = Column("size", "number", "demographic", "Shoe size")
    with (
        open_connection() as connection,
        pytest.raises(InvalidOption, match="1 stored values such as 'n1' would be lost"),
    ):
        store.rewrite(connection, "contacts", (*CONTACTS, number), fresh="select 'c' as contact_id")
    assert store.table("contacts").num_rows == 2


def test_column_that_was_added_without_a_row_is_there_and_empty(tmp_path: Path) -> None:
    store, size = Store(tmp_path), Column("size", "text list", "demographic", "Shoe sizes")
    store.append("contacts", pa.table({"contact_id": ["a"]}))
    with open_connection() as connection:
        store.rewrite(connection, "contacts", (*CONTACTS, size), gone="contact_id = 'b'")
        store.rewrite(connection, "contacts", (*CONTACTS, size), fresh="select 'c' as contact_id where false")
    assert store.table("contacts").to_arrow().select(["contact_id", "size"]).to_pylist() == [
        {"contact_id": "a", "size": None}
    ]
