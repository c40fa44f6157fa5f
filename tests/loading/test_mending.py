"""Refused rows come out, are mended, and come in again: they alone, once."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from segment_lib.errors import InvalidFile, InvalidOption, NotFound
from segment_lib.loading import export_quarantine, import_files, import_mended, summarise_quarantine
from segment_lib.workspace import Workspace

Ask = Callable[[Workspace, str], list[tuple[Any, ...]]]
CONTACTS = "ID,Email,City\n1,ana@a.es,Faro\n2,bo@b.es,Porto\n"
ORDERS = 'Line,Customer,Date,Amount\nA,1,2026-01-01,10\nB,2,soon,"=2+2"\nbroken\n'
OPEN = "select row_number, raw_row from quarantine where resolved_by is null order by 1"
LINES = "select interaction_id, amount from interactions order by 1"


def mend(path: Path, change: Callable[[dict[str, str]], None]) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        change(row)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def fill(row: dict[str, str]) -> None:
    line = "B" if row["Line"] == "B" else "C"
    row.update({"Line": line, "Customer": "2", "Date": "2026-01-02", "Amount": "20"})


def test_mended_rows_come_in_and_are_no_longer_open(make_shop: Any, query: Ask, tmp_path: Path) -> None:
    shop = make_shop({"crm.csv": CONTACTS, "orders.csv": ORDERS})
    import_files(shop)
    file = tmp_path / "mend.csv"
    assert export_quarantine(shop, file) == 2
    assert "'=2+2" in file.read_text(encoding="utf-8-sig")
    mend(file, fill)
    [tried] = import_mended(shop, file, dry_run=True).results
    assert (tried.rows_read, tried.rows_accepted) == (2, 2)
    [done] = import_mended(shop, file).results
    assert done.import_id.startswith("mended_")
    assert query(shop, LINES) == [("shop:A", 10), ("shop:B", 20), ("shop:C", 20)]
    assert summarise_quarantine(shop).empty
    # The file with the bad row comes again, grown: the mended row is there already.
    grown = import_files(make_shop({"orders.csv": ORDERS + "D,1,2026-01-04,40\n"}))
    assert grown.results[1].rows_accepted == 1
    assert query(shop, LINES)[-1] == ("shop:D", 40)
    assert len(query(shop, LINES)) == 4


def test_cells_that_look_like_formulas_come_back_as_they_were(make_shop: Any, query: Ask, tmp_path: Path) -> None:
    source = {
        "name": "shop", "file": "raw/orders.csv", "table": "interactions",
        "columns": {"interaction_id": "Line", "contact_id": "Customer", "occurred_at": "Date",
                    "kind": {"value": "call"}, "subject": "Note"},
    }  # fmt: skip
    crm = {"name": "crm", "file": "raw/crm.csv", "table": "contacts", "columns": {"contact_id": "ID"}}
    notes = ["=1+1", "-5", "+34 600", "@home", "'quoted", "''=two"]
    lines = "".join(f'{place},1,soon,"{note}"\n' for place, note in enumerate(notes))
    shop = make_shop({"crm.csv": "ID\n1\n", "orders.csv": "Line,Customer,Date,Note\n" + lines}, sources=[crm, source])
    import_files(shop)
    file = tmp_path / "mend.csv"
    export_quarantine(shop, file)
    mend(file, lambda row: row.update({"Date": "2026-01-01"}))
    import_mended(shop, file)
    assert [row[0] for row in query(shop, "select subject from interactions order by interaction_id")] == notes


def test_row_that_is_refused_again_is_open_once_with_its_new_cells(make_shop: Any, query: Ask, tmp_path: Path) -> None:
    shop = make_shop({"crm.csv": CONTACTS, "orders.csv": ORDERS})
    import_files(shop)
    file = tmp_path / "mend.csv"
    export_quarantine(shop, file)
    mend(file, lambda row: row.update({"Line": row["Line"] or "C", "Customer": "2", "Date": "later", "Amount": "1"}))
    import_mended(shop, file)
    assert summarise_quarantine(shop)["rows"].sum() == 2
    assert query(shop, "select count(*) from quarantine where resolved_by is null") == [(2,)]
    again = tmp_path / "again.csv"
    assert export_quarantine(shop, again) == 2
    mend(again, fill)
    import_mended(shop, again)
    assert [row[0] for row in query(shop, LINES)] == ["shop:A", "shop:B", "shop:C"]
    assert summarise_quarantine(shop).empty


def test_contact_that_was_kept_without_a_cell_is_completed(make_shop: Any, query: Ask, tmp_path: Path) -> None:
    shop = make_shop({"crm.csv": "ID,Email,City\n1,ana at a.es,Faro\n", "orders.csv": ORDERS[:26] + "\n"})
    import_files(shop)
    assert query(shop, "select contact_id, email, city from contacts") == [("1", None, "Faro")]
    file = tmp_path / "mend.csv"
    assert export_quarantine(shop, file, outcome="kept") == 1
    mend(file, lambda row: row.update({"Email": "ana@a.es"}))
    import_mended(shop, file)
    assert query(shop, "select contact_id, email, city from contacts") == [("1", "ana@a.es", "Faro")]


def save_as_semicolons(path: Path) -> Path:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    saved = path.with_name("saved.csv")
    with saved.open("w", encoding="cp1252", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    return saved


def save_as_workbook(path: Path) -> Path:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    book = openpyxl.Workbook()
    for row in rows:
        # A spreadsheet makes numbers of what looks like one.
        book.active.append([int(cell) if cell.isdecimal() else cell or None for cell in row])
    saved = path.with_name("saved.xlsx")
    book.save(saved)
    return saved


@pytest.mark.parametrize("save", [save_as_semicolons, save_as_workbook], ids=["semicolons, cp1252", "XLSX"])
def test_mended_file_is_read_however_a_spreadsheet_saved_it(
    make_shop: Any, query: Ask, tmp_path: Path, save: Callable[[Path], Path]
) -> None:
    contacts = "ID,Email,City\n1,ana at a.es,Logroño\n2,bo@b.es,=Porto\n3,cy at c.es,'Ávila\n"
    shop = make_shop({"crm.csv": contacts, "orders.csv": ORDERS[:26] + "\n"})
    import_files(shop)
    file = tmp_path / "mend.csv"
    assert export_quarantine(shop, file, outcome="kept") == 2
    mend(file, lambda row: row.update({"Email": row["Email"].replace(" at ", "@")}))
    saved = save(file)
    [done] = import_mended(shop, saved).results
    assert (done.file, done.rows_read, done.rows_accepted) == (saved.name, 2, 2)
    assert query(shop, "select contact_id, email, city from contacts order by 1") == [
        ("1", "ana@a.es", "Logroño"),
        ("2", "bo@b.es", "=Porto"),
        ("3", "cy@c.es", "'Ávila"),
    ]
    assert query(shop, OPEN) == []
    assert import_mended(shop, saved).results[0].known


def test_row_that_still_has_its_fault_stays_open(make_shop: Any, query: Ask, tmp_path: Path) -> None:
    contacts = "ID,Email,City\n1,ana at a.es,Faro\n2,bo at b.es,Porto\n"
    shop = make_shop({"crm.csv": contacts, "orders.csv": ORDERS[:26] + "\n"})
    import_files(shop)
    file = tmp_path / "mend.csv"
    export_quarantine(shop, file, outcome="kept")
    mend(file, lambda row: row.update({"Email": "bo@b.es" if row["ID"] == "2" else "ana in a.es"}))
    [done] = import_mended(shop, file).results
    assert (done.rows_accepted, done.rows_skipped) == (1, 1)
    assert query(shop, OPEN) == [(1, '{"ID":"1","Email":"ana at a.es","City":"Faro"}')]
    again = tmp_path / "again.csv"
    assert export_quarantine(shop, again, outcome="kept") == 1
    mend(again, lambda row: row.update({"Email": "ana@a.es"}))
    import_mended(shop, again)
    assert query(shop, OPEN) == []
    assert query(shop, "select email from contacts order by 1") == [("ana@a.es",), ("bo@b.es",)]


def test_fault_of_a_known_row_stays_open_when_its_file_comes_again(make_shop: Any, query: Ask, tmp_path: Path) -> None:
    contacts = "ID,Email,City\n1,ana at a.es,Faro\n"
    shop = make_shop({"crm.csv": contacts, "orders.csv": ORDERS[:26] + "\n"})
    import_files(shop)
    for more in ("2,bo@b.es,Porto\n", "3,cy@c.es,Lugo\n"):
        contacts += more
        import_files(make_shop({"crm.csv": contacts}))
        assert query(shop, OPEN) == [(1, '{"ID":"1","Email":"ana at a.es","City":"Faro"}')]
    file = tmp_path / "mend.csv"
    export_quarantine(shop, file, outcome="kept")
    mend(file, lambda row: row.update({"Email": "ana@a.es"}))
    import_mended(shop, file)
    assert query(shop, OPEN) == []


def test_row_that_is_new_in_another_cell_is_open_once_with_its_fault(
    make_shop: Any, query: Ask, tmp_path: Path
) -> None:
    shop = make_shop({"crm.csv": "ID,Email,City\n1,ana at a.es,Faro\n", "orders.csv": ORDERS[:26] + "\n"})
    import_files(shop)
    file = tmp_path / "mend.csv"
    export_quarantine(shop, file, outcome="kept")
    mend(file, lambda row: row.update({"City": "Lugo"}))
    import_mended(shop, file)
    assert query(shop, OPEN) == [(1, '{"ID":"1","Email":"ana at a.es","City":"Lugo"}')]
    assert query(shop, "select email, city from contacts") == [(None, "Lugo")]


def test_mended_file_that_lost_cells_or_its_origin_is_told(make_shop: Any, tmp_path: Path) -> None:
    shop = make_shop({"crm.csv": CONTACTS, "orders.csv": ORDERS})
    import_files(shop)
    file = tmp_path / "mend.csv"
    export_quarantine(shop, file)
    whole = file.read_text(encoding="utf-8-sig")
    file.write_text(whole + "a,2\n", encoding="utf-8")
    with pytest.raises(InvalidFile, match=r"row 3 of mend\.csv must have all cells of its row: .* got 2"):
        import_mended(shop, file)
    mend_text = whole.replace(",2,", ",second,", 1)
    file.write_text(mend_text, encoding="utf-8")
    with pytest.raises(InvalidFile, match=r"mend\.csv must keep `quarantine import_id` .* and 'second'"):
        import_mended(shop, file)
    file.write_text(whole + ",,,,,,,\n", encoding="utf-8")
    assert import_mended(shop, file).results[0].rows_read == 2


def test_nothing_open_several_sources_and_other_files_are_told(make_shop: Any, query: Ask, tmp_path: Path) -> None:
    shop = make_shop({"crm.csv": CONTACTS + ",x@x.es,Lugo\n", "orders.csv": ORDERS})
    with pytest.raises(NotFound, match="can't find open rows in the quarantine of shop"):
        export_quarantine(shop, tmp_path / "none.csv")
    import_files(shop)
    with pytest.raises(InvalidOption, match="`source` must be given, since rows of crm, shop are open"):
        export_quarantine(shop, tmp_path / "both.csv")
    (tmp_path / "there.csv").write_text("x", encoding="utf-8")
    with pytest.raises(InvalidOption, match="is there already"):
        export_quarantine(shop, tmp_path / "there.csv", source="shop")
    with pytest.raises(InvalidFile, match=r"there\.csv must begin with the columns"):
        import_mended(shop, tmp_path / "there.csv")
    with pytest.raises(NotFound, match="can't find the file"):
        import_mended(shop, tmp_path / "missing.csv")
