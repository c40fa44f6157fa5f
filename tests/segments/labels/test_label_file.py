"""Labels from a file: no row is lost, and what is refused says why."""

from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from label_words import MakeWorkspace, at, carried

from segment_lib import Workspace
from segment_lib.errors import InvalidFile, InvalidOption, MissingColumns, NotFound
from segment_lib.loading import merge_contacts
from segment_lib.segments.labels import add_labels_from_file, label_history, remove_labels_from_file

NOW = at("2026-01-05T12:00")


@pytest.fixture
def shop(tiny_workspace: MakeWorkspace) -> Workspace:
    people = [
        {"contact_id": "007", "email": "ana@a.es"},
        {"contact_id": "8", "email": "both@a.es"},
        {"contact_id": "9", "email": "both@a.es"},
        {"contact_id": "x@y.es", "email": "eva@a.es"},
    ]
    labels = [{"name": "Client"}, {"name": "Blogger", "expires_after": "1 year"}, {"name": "=1+1"}]
    return tiny_workspace(contacts=people, labels={"labels": labels}, **{"import": {"sources": []}})


def write(folder: Path, text: str, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_every_row_is_accepted_refused_or_empty(shop: Workspace, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "contact_id,label,note\n"
        "007,Client; Blogger,\n"
        ",,\n"
        "7,Client,no such id\n"
        "8,Cliet,typing error\n"
        "8,,no label\n"
        ",Client,no contact\n"
        "broken\n"
        "9,Client;Nothing,one of two\n"
        "x@y.es,Client,an id like an address\n"
        "007,Client,again\n",
    )
    report = add_labels_from_file(shop, path, now=NOW, by="Eva", reason="fair in Faro")
    assert (report.rows_read, report.rows_accepted, report.rows_refused, report.rows_skipped) == (10, 3, 6, 1)
    assert dict(zip(report.refused["row"], report.refused["reason"], strict=True)) == {
        3: "can't find the contact '7'",
        4: "can't find the label 'Cliet'. Did you mean `Client`?",
        5: "names no label",
        6: "names no contact",
        7: report.refused["reason"][4],
        8: "can't find the label 'Nothing'.",
    }
    assert report.refused.columns.tolist() == ["row", "reason", "contact_id", "label", "note"]
    assert carried(shop, "2026-01-05") == {
        "007 Client": "manual", "007 Blogger": "manual", "x@y.es Client": "manual"
    }  # fmt: skip
    assert set(label_history(shop, label="Client")["reason"]) == {"list.csv: fair in Faro"}
    assert "10 rows read, 3 accepted, 6 refused, 1 empty; 3 labels changed" in repr(report)


def test_addresses_lead_to_contacts_where_they_are_of_one(shop: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "E-Mail;Kundennummer\n ANA@a.es ;\nboth@a.es;\nboth@a.es;9\nana@a.es;8\nanna(at)a.es;\n")
    report = add_labels_from_file(shop, path, now=NOW, label="Client")
    assert carried(shop, "2026-01-05") == {"007 Client": "manual"}
    assert report.refused["reason"].tolist() == [
        "the address both@a.es is of 2 contacts; name one by its id",
        "the address both@a.es is of 2 contacts; name one by its id",
        "8 and ana@a.es are two contacts",
        "can't find the contact 'anna(at)a.es'",
    ]
    assert "`Kundennummer` is taken for contact_id; `E-Mail` is taken for email" in report.statements


def test_columns_may_be_named_and_workbooks_read(shop: Workspace, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Wer", "Was"])
    book.active.append(["007", "Blogger"])
    book.active.append([8, "Blogger"])
    book.save(tmp_path / "list.xlsx")
    columns = {"contact_id": "Wer", "label": "Was"}
    report = add_labels_from_file(shop, tmp_path / "list.xlsx", now=NOW, columns=columns)
    assert report.edit.changed == ("007", "8")
    again = add_labels_from_file(shop, tmp_path / "list.xlsx", now=NOW, columns=columns)
    assert (again.edit.changed, again.edit.unchanged) == ((), ("007", "8"))
    off = remove_labels_from_file(shop, tmp_path / "list.xlsx", now=at("2026-01-06"), columns=columns)
    assert off.edit.changed == ("007", "8")
    assert carried(shop, "2026-01-06") == {}


def test_merged_contacts_are_found_by_their_former_ids(shop: Workspace, tmp_path: Path) -> None:
    merge_contacts(shop, [("9", "8")])
    report = add_labels_from_file(shop, write(tmp_path, "contact_id\n9\n8\n"), now=NOW, label="Client")
    assert report.edit.changed == ("8",)
    assert carried(shop, "2026-01-05") == {"8 Client": "manual"}


def test_refused_rows_are_written_to_be_mended_and_hold_no_formula(shop: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "contact_id,label\n=HYPERLINK(1),Client\n8,=1+1\n")
    report = add_labels_from_file(shop, path, now=NOW)
    report.write_refused(tmp_path / "refused.csv")
    rows = pd.read_csv(tmp_path / "refused.csv", dtype=str)
    assert rows["contact_id"].tolist() == ["'=HYPERLINK(1)"]
    mended = (tmp_path / "refused.csv").read_text(encoding="utf-8-sig").replace("'=HYPERLINK(1)", "9")
    (tmp_path / "refused.csv").write_text(mended, encoding="utf-8")
    again = add_labels_from_file(shop, tmp_path / "refused.csv", now=NOW)
    assert (again.rows_accepted, again.rows_refused) == (1, 0)


def test_cells_like_formulas_are_read_back_without_their_apostrophe(shop: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "contact_id,label\n8,=1+1;Cliet\n+1,@x\n'8,Client\n")
    report = add_labels_from_file(shop, path, now=NOW)
    report.write_refused(tmp_path / "refused.csv")
    written = pd.read_csv(tmp_path / "refused.csv", dtype=str)
    assert written["label"].tolist() == ["'=1+1;Cliet", "'@x", "Client"]
    again = add_labels_from_file(shop, tmp_path / "refused.csv", now=NOW)
    cells = ["contact_id", "label"]
    assert again.refused[cells].to_dict("list") == report.refused[cells].to_dict("list")
    assert again.refused["contact_id"].tolist() == ["8", "+1", "'8"]
    mended = (tmp_path / "refused.csv").read_text(encoding="utf-8-sig").replace(";Cliet", ";Client")
    mended_path = write(tmp_path, mended, "mended.csv")
    add_labels_from_file(shop, mended_path, now=NOW)
    assert carried(shop, "2026-01-05") == {"8 =1+1": "manual", "8 Client": "manual"}


def test_files_that_cannot_be_meant_change_nothing(shop: Workspace, tmp_path: Path) -> None:
    ids = write(tmp_path, "contact_id\n8\n", "ids.csv")
    with pytest.raises(InvalidOption, match=r"`label` must be given, since ids.csv has no column of labels"):
        add_labels_from_file(shop, ids, now=NOW)
    with pytest.raises(NotFound, match=r"can't find the label 'Cliet'. .* Did you mean `Client`"):
        add_labels_from_file(shop, ids, now=NOW, label="Cliet")
    with pytest.raises(InvalidOption, match="`now` must have a time zone"):
        add_labels_from_file(shop, ids, now=NOW.replace(tzinfo=None), label="Client")
    with pytest.raises(MissingColumns, match=r"can't find column `Wer` in ids\.csv"):
        add_labels_from_file(shop, ids, now=NOW, label="Client", columns={"contact_id": "Wer"})
    with pytest.raises(InvalidOption, match="`columns` must be one of contact_id, email, label"):
        add_labels_from_file(shop, ids, now=NOW, label="Client", columns={"id": "contact_id"})
    with pytest.raises(InvalidFile, match="must have a column of contacts' ids or of addresses, got Colour"):
        add_labels_from_file(shop, write(tmp_path, "Colour\nred\n", "colours.csv"), now=NOW, label="Client")
    with pytest.raises(InvalidFile, match="can't find the file"):
        add_labels_from_file(shop, tmp_path / "none.csv", now=NOW, label="Client")
    assert carried(shop, "2026-01-05") == {}
