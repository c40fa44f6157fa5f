"""Labels that imports bring: what a person took off stays off, with who and why; the rest is the file's word."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from label_words import MakeWorkspace, Rules, carried, counts

from segment_lib import Workspace, import_files
from segment_lib.loading import undo_import
from segment_lib.segments.labels import label_history, remove_label

Bring = Callable[[str], str]
SOURCE = {
    "name": "crm",
    "file": "raw/contacts.csv",
    "table": "contacts",
    "columns": {"contact_id": "ID", "labels": "Tags"},
}
# Imports are of now; seen from tomorrow, all of it is known.
TODAY = str((datetime.now(UTC) + timedelta(days=1)).date())


@pytest.fixture
def shop(tiny_workspace: MakeWorkspace) -> Workspace:
    return tiny_workspace(
        labels={"labels": [{"name": "VIP", "rule": "purchases >= 1"}]}, **{"import": {"sources": [SOURCE]}}
    )


@pytest.fixture
def bring(shop: Workspace) -> Bring:
    """A function that imports the file with these rows and returns the import's id."""

    def bring(rows: str) -> str:
        (shop.folder / "raw").mkdir(exist_ok=True)
        (shop.folder / "raw" / "contacts.csv").write_text(f"ID,Tags\n{rows}", encoding="utf-8")
        return import_files(shop).results[0].import_id

    return bring


def row(shop: Workspace, contact: str) -> dict[str, object]:
    found = [one for one in shop.table("labels").to_arrow().to_pylist() if one["source"] == "import"]
    [mine] = [one for one in found if one["contact_id"] == contact]
    return mine


def test_file_that_no_longer_names_a_label_takes_it_off(shop: Workspace, bring: Bring) -> None:
    bring("a,VIP\nb,VIP\n")
    assert carried(shop, TODAY) == {"a VIP": "import", "b VIP": "import"}
    bring("a,VIP\nb,\nc,\n")
    bring("a,VIP\nb,Other\nc,\n")
    rows = shop.table("labels").to_arrow().to_pylist()
    ended = [(one["contact_id"], one["removal_source"], one["removed_by"]) for one in rows if one["removed_at"]]
    assert ended == [("b", "import", "crm")]
    assert carried(shop, TODAY) == {"a VIP": "import", "b Other": "import"}


def test_what_a_person_took_off_stays_off_with_who_and_why(
    shop: Workspace, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = bring("a,VIP\n")
    remove_label(shop, "a", "VIP", now=datetime.now(UTC), by="Eva", reason="moved away")
    before = row(shop, "a")
    # The file is imported again with a row more, then without the label: the person was first.
    bring("a,VIP\nb,\n")
    assert row(shop, "a") == before
    later = bring("a,Other\nb,VIP\n")
    vip = [one for one in shop.table("labels").to_arrow().to_pylist() if one["label"] == "VIP" and one["by"] == "crm"]
    assert before in vip
    assert carried(shop, TODAY) == {"a Other": "import", "b VIP": "import"}
    assert (label_history(shop, contact="a", label="VIP")["event"] == ["put on", "taken off"]).all()
    # A rule does not put it on either, and not when all that imports said is taken back.
    assert counts(Rules(shop, monkeypatch).apply(TODAY, {"a": True}), "VIP")["off_by_hand"] == 1
    undo_import(shop, later)
    undo_import(shop, first)
    assert counts(Rules(shop, monkeypatch).apply(TODAY, {"a": True}), "VIP")["off_by_hand"] == 1
