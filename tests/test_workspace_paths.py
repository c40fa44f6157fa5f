"""Workspaces in folders with all that people put into names."""

from pathlib import Path

import pyarrow as pa
import pytest

from segment_lib import open_workspace
from segment_lib.errors import NotFound


def make(folder: Path) -> Path:
    (folder / "definitions").mkdir(parents=True)
    (folder / "definitions" / "workspace.yml").write_text("name: Shop\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", ["my shop", "tienda ñ", "100% fruit", "it's", "a#b?c", "n&o=1+2,;!$()"])
def test_tables_are_found_again_whatever_the_folder_is_called(name: str, tmp_path: Path) -> None:
    workspace = open_workspace(make(tmp_path / name))
    workspace.append("memberships", pa.table({"segment": ["Big"], "contact_id": ["a"]}))
    workspace.append("memberships", pa.table({"segment": ["Big"], "contact_id": ["b"]}))
    assert sorted(workspace.table("memberships").to_arrow()["contact_id"].to_pylist()) == ["a", "b"]


@pytest.mark.parametrize("name", ["[old]", "a|b", "a%20b"])
def test_folder_in_which_no_table_can_be_stored_is_refused(name: str, tmp_path: Path) -> None:
    folder = make(tmp_path / name)
    with pytest.raises(NotFound, match="must not hold"):
        open_workspace(folder)
