"""A workspace: found from anywhere, its tables written in one piece, its settings checked."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake.exceptions import CommitFailedError

from segment_lib.engine import query_frame
from segment_lib.errors import InvalidDefinition, NotFound
from segment_lib.scaffold import TEMPLATES
from segment_lib.storage import Busy
from segment_lib.vocabulary import LABELS, MEMBERSHIPS, TABLES, arrow_schema
from segment_lib.workspace import Workspace, new_workspace, open_workspace


def make(folder: Path, settings: str = "name: Shop\ntime_zone: Europe/Madrid\n") -> Workspace:
    (folder / "definitions").mkdir(parents=True)
    (folder / "definitions" / "workspace.yml").write_text(settings, encoding="utf-8")
    return open_workspace(folder)


def members(segment: str, *contacts: str) -> pa.Table:
    rows = [
        {"as_of": datetime(2026, 10, 31, tzinfo=UTC).date(), "segment": segment, "contact_id": one} for one in contacts
    ]
    return pa.Table.from_pylist(rows, schema=arrow_schema(MEMBERSHIPS))


def pairs(workspace: Workspace, *, version: int | None = None) -> list[tuple[str, str]]:
    table = workspace.table("memberships", version=version).to_arrow()
    return sorted(zip(table["segment"].to_pylist(), table["contact_id"].to_pylist(), strict=True))


# Finding


def test_workspace_is_found_from_a_folder_inside_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / "data" / "shop")
    (tmp_path / "notebooks" / "workshop").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "notebooks" / "workshop")
    assert open_workspace("data/shop").folder == tmp_path / "data" / "shop"


def test_workspace_that_is_not_there_is_told_with_the_way_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"can't find the workspace '.*shop': .*`segment-lib new .*shop` makes"):
        open_workspace(tmp_path / "shop")


def test_fault_in_the_settings_is_told_when_the_workspace_is_opened(tmp_path: Path) -> None:
    text = "name: ''\ntime_zone: Madrid\ncurrency: euro\nsmallest_group: 0\nmemory_limit: much\n"
    with pytest.raises(InvalidDefinition, match=r"workspace\.yml:1: `name`") as caught:
        make(tmp_path / "shop", text)
    assert [fault.split("`")[1] for fault in caught.value.faults] == [
        "name", "time_zone", "currency", "smallest_group", "memory_limit",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["mi tienda", "peña", "店"])
def test_tables_are_replaced_and_remembered_whatever_the_folder_is_called(tmp_path: Path, name: str) -> None:
    shop = make(tmp_path / name / "shop")
    shop.append("memberships", members("A", "1", "2"))
    shop.replace("memberships", members("A", "3"), where="segment = 'A'")
    assert pairs(shop) == [("A", "3")]
    assert pairs(shop, version=0) == [("A", "1"), ("A", "2")]


# Making


def test_new_workspace_has_every_template_and_opens(tmp_path: Path) -> None:
    shop = new_workspace(tmp_path / "my_shop")
    assert shop.settings.name == "My shop"
    assert sorted(TEMPLATES) == sorted(
        path.relative_to(shop.folder).as_posix() for path in shop.folder.rglob("*") if path.is_file()
    )
    assert (shop.folder / "raw").is_dir()


def test_new_workspace_by_a_bare_name_goes_into_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert new_workspace("shop").folder == tmp_path / "data" / "shop"


def test_new_workspace_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(NotFound, match="is already there; choose another name or remove it"):
        new_workspace(tmp_path / "shop")
    assert [path.name for path in (tmp_path / "shop").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("name", ["my shop", "-shop", "shop!"])
def test_new_workspace_is_named_plainly(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound, match="a workspace's name must be made of letters, digits"):
        new_workspace(tmp_path / name)


# Tables


@pytest.mark.parametrize("name", TABLES)
def test_table_that_was_never_written_is_empty_and_has_its_columns(tmp_path: Path, name: str) -> None:
    table = make(tmp_path / "shop").table(name)
    assert table.num_rows == 0
    assert table.version == -1
    assert table.to_arrow().schema == arrow_schema(TABLES[name])


def test_unknown_table_and_version_are_not_found(tmp_path: Path) -> None:
    shop = make(tmp_path / "shop")
    with pytest.raises(NotFound, match=r"can't find a table called 'sales'\. Tables: contacts, interactions"):
        shop.table("sales")
    with pytest.raises(NotFound, match="can't find version 3 of the table contacts"):
        shop.table("contacts", version=3)
    shop.append("memberships", members("A", "1"))
    with pytest.raises(NotFound, match="can't find version 3 of the table memberships"):
        shop.table("memberships", version=3)


def test_replace_touches_only_the_rows_that_meet_the_condition(tmp_path: Path) -> None:
    shop = make(tmp_path / "shop")
    shop.replace("memberships", members("A", "1"), where="segment = 'A'")
    shop.append("memberships", members("B", "1", "2"))
    shop.replace("memberships", members("A", "2", "3"), where="segment = 'A'")
    assert pairs(shop) == [("A", "2"), ("A", "3"), ("B", "1"), ("B", "2")]
    shop.replace("memberships", members("A"), where="segment = 'A'")
    assert pairs(shop) == [("B", "1"), ("B", "2")]


def test_replace_keeps_rows_for_which_the_condition_is_unknown(tmp_path: Path) -> None:
    shop = make(tmp_path / "shop")
    rows = [{"contact_id": "1", "label": "VIP", "by": None}, {"contact_id": "2", "label": "VIP", "by": "a workflow"}]
    shop.append("labels", pa.Table.from_pylist(rows, schema=arrow_schema(LABELS)))
    shop.replace("labels", arrow_schema(LABELS).empty_table(), where="by = 'a workflow'")
    assert shop.table("labels").to_arrow()["contact_id"].to_pylist() == ["1"]


def test_nothing_to_append_is_no_new_version(tmp_path: Path) -> None:
    shop = make(tmp_path / "shop")
    shop.append("memberships", members("A"))
    assert shop.table("memberships").version == -1


def test_column_that_was_added_later_is_empty_in_older_rows(tmp_path: Path) -> None:
    shop = make(tmp_path / "shop")
    shop.append("contacts", pa.table({"contact_id": ["1"]}))
    shop.append("contacts", pa.table({"contact_id": ["2"], "shoe_size": [41.0]}))
    table = query_frame("select shoe_size from t order by contact_id", {"t": shop.table("contacts")})
    assert table["shoe_size"].isna().tolist() == [True, False]


def test_table_that_is_replaced_as_a_whole_takes_the_new_types(tmp_path: Path) -> None:
    shop = make(tmp_path / "shop")
    shop.append("contacts", pa.table({"contact_id": ["1"], "shoe_size": ["41"]}))
    shop.replace("contacts", pa.table({"contact_id": ["1"], "shoe_size": [41.0]}))
    assert shop.table("contacts").to_arrow().to_pylist() == [{"contact_id": "1", "shoe_size": 41.0}]


def test_rows_of_many_writers_at_once_are_all_there(tmp_path: Path) -> None:
    shop = make(tmp_path / "shop")
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(shop.append, "memberships", members("A", str(number))) for number in range(16)]:
            done.result()
    assert len(pairs(shop)) == 16


def test_parts_that_are_replaced_at_once_are_all_there(tmp_path: Path) -> None:
    shop = make(tmp_path / "shop")
    shop.append("memberships", members("old", "1"))
    with ThreadPoolExecutor(4) as pool:
        for done in [
            pool.submit(shop.replace, "memberships", members(name, "1"), where=f"segment = '{name}'") for name in "ABCD"
        ]:
            done.result()
    assert [segment for segment, _ in pairs(shop)] == ["A", "B", "C", "D", "old"]


def test_commit_that_never_succeeds_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = make(tmp_path / "shop")
    tried: list[object] = []

    def fails(*arguments: object, **options: object) -> None:
        tried.append(arguments)
        raise CommitFailedError("somebody else was faster")

    monkeypatch.setattr("segment_lib.storage.write_deltalake", fails)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with pytest.raises(CommitFailedError, match="somebody else was faster"):
        shop.append("memberships", members("A", "1"))
    assert len(tried) > 3


# Locks and words


def test_lock_is_waited_for_and_then_told(tmp_path: Path) -> None:
    shop = make(tmp_path / "shop")
    second = open_workspace(shop.folder).locked("import", seconds=0.1)
    with shop.locked("import"), pytest.raises(Busy, match=r"another import of shop has been running for over 0\.1 sec"):
        second.__enter__()


def test_other_purpose_does_not_wait(tmp_path: Path) -> None:
    shop = make(tmp_path / "shop")
    with shop.locked("import"), shop.locked("workflows", seconds=0):
        pass


def test_lock_of_a_process_that_was_killed_is_free(tmp_path: Path) -> None:
    shop = make(tmp_path / "shop")
    code = (
        "import os, signal, sys\nfrom segment_lib.workspace import open_workspace\n"
        "with open_workspace(sys.argv[1]).locked('import'):\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(shop.folder)], check=False)
    assert done.returncode == -9
    with shop.locked("import", seconds=1):
        pass


def test_workspace_says_what_it_holds(tmp_path: Path) -> None:
    shop = make(tmp_path / "shop")
    assert repr(shop) == "Workspace 'Shop' in shop/, Europe/Madrid\n  nothing imported yet"
    shop.append("memberships", members("A", "1", "2"))
    assert repr(shop).splitlines()[1].split() == ["memberships", "2", "rows,", "version", "0"]


def test_provenance_names_versions_and_definitions(tmp_path: Path) -> None:
    shop = make(tmp_path / "shop")
    shop.append("memberships", members("A", "1"))
    before = shop.provenance()
    assert before["tables"] == {"memberships": {"version": 0, "rows": 1}}
    (shop.folder / "definitions" / "goals.yml").write_text("goals: []\n", encoding="utf-8")
    assert shop.provenance()["definitions"].keys() == {"goals.yml", "workspace.yml"}  # type: ignore[attr-defined]


def test_day_is_a_day_of_the_workspace(tmp_path: Path) -> None:
    assert make(tmp_path / "shop").as_of("2026-10-31").end == datetime(2026, 10, 31, 23, tzinfo=UTC)
