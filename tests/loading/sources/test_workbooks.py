"""Workbooks: cells as a text export would write them, and the sheet that is meant."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import openpyxl
import pytest
import xlwt

from segment_lib.errors import InvalidFile, MissingColumns

ReadFile = Callable[..., Any]


def xlsx(sheets: dict[str, list[list[object]]], *, hidden: str = "") -> bytes:
    book, target = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        if name == hidden:
            sheet.sheet_state = "hidden"
    book.save(target)
    return target.getvalue()


def ods(rows: list[list[str]]) -> bytes:
    """The smallest workbook of OpenDocument; the cells are given as XML."""
    table = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in rows)
    content = (
        '<?xml version="1.0"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="one">{table}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", '<?xml version="1.0"?><manifest:manifest xmlns:manifest="x"/>')
    return target.getvalue()


def test_cells_are_written_as_an_export_writes_them(read: ReadFile) -> None:
    rows = [
        ["id", "amount", "day", "at", "member", "note"],
        [17850, 19.99, date(2026, 10, 31), datetime(2026, 10, 31, 8, 30, tzinfo=UTC).replace(tzinfo=None), True, "007"],
        [17851.0, 0.1 + 0.2, None, time(8, 30), False, "  x "],
        [123456789012345, 1e20, None, timedelta(hours=30), None, "a\nb"],
    ]
    answer = read(xlsx({"orders": rows}), "orders.xlsx")
    assert answer.file.kind == "xlsx"
    assert answer.rows == [
        ("17850", "19.99", "2026-10-31", "2026-10-31 08:30:00", "true", "007"),
        ("17851", "0.3", None, "08:30:00", "false", "  x "),
        ("123456789012345", "100000000000000000000", None, "30:00:00", None, "a\nb"),
    ]


def test_errors_become_the_text_that_is_shown(read: ReadFile) -> None:
    answer = read(xlsx({"one": [["a", "b"], ["#N/A", 1], [2, "#REF!"]]}), "a.xlsx")
    assert answer.rows == [("#N/A", "1"), ("2", "#REF!")]


def test_formula_without_a_kept_value_is_empty(read: ReadFile) -> None:
    assert read(xlsx({"one": [["a", "b"], [1, "=A2*2"]]}), "a.xlsx").rows == [("1", None)]


def test_blank_rows_are_no_rows_and_columns_without_anything_are_none(read: ReadFile) -> None:
    rows = [[], [None, "a", None, "b", None], [None, 1, None, 2, None], [], [None, 3, None, 4, 5], [None, None]]
    answer = read(xlsx({"one": rows}), "a.xlsx")
    assert answer.file.columns == ("a", "b", "column 5")
    assert (answer.rows, answer.numbers) == ([("1", "2", None), ("3", "4", "5")], [1, 2])


def test_titles_above_the_table_are_skipped_and_said(read: ReadFile) -> None:
    table = [["name", "city"], ["Ann", "Rome"], ["Bo", "Oslo"]]
    answer = read(xlsx({"one": [["Customers"], ["as of May"], [], *table]}), "a.xlsx")
    assert answer.rows == [("Ann", "Rome"), ("Bo", "Oslo")]
    assert answer.file.statements == ("the rows above the header are no rows: Customers; as of May",)
    assert read(xlsx({"one": [["x", "y"], *table]}), "a.xlsx", header_row=2).rows == answer.rows


def test_only_sheet_that_is_not_empty_is_read(read: ReadFile) -> None:
    answer = read(xlsx({"cover": [], "data": [["a"], [1]]}), "a.xlsx")
    assert (answer.file.sheet, answer.rows) == ("data", [("1",)])
    assert answer.file.statements == ("reads the sheet data, the only one that is not empty",)


def test_sheet_has_to_be_named_where_several_have_rows(read: ReadFile) -> None:
    book = xlsx({"May": [["a"], [1]], "June": [["a"], [2]]})
    with pytest.raises(
        InvalidFile, match=r"must have one sheet that is not empty, got May, June\. Name one as `sheet`"
    ):
        read(book, "a.xlsx")
    with pytest.raises(
        InvalidFile, match=r"can't find the sheet Juni in a\.xlsx\. Sheets: May, June\. Did you mean `June`"
    ):
        read(book, "a.xlsx", sheet="Juni")
    assert read(book, "a.xlsx", sheet="June").rows == [("2",)]
    hidden = xlsx({"May": [["a"], [1]], "June": [["a"], [2]]}, hidden="June")
    assert read(hidden, "a.xlsx").file.statements == ("reads the sheet May, the only one that is not hidden",)


def test_workbook_is_read_whatever_its_name(read: ReadFile) -> None:
    answer = read(xlsx({"one": [["a", "b"], [1, 2]]}), "export.csv", delimiter=";")
    assert answer.rows == [("1", "2")]
    assert answer.file.statements == ("is an XLSX workbook although its name ends in .csv",)


def test_workbook_in_a_zip_is_read(read: ReadFile) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.xlsx", xlsx({"one": [["a"], [1]]}))
    answer = read(target.getvalue(), "a.zip")
    assert (answer.file.kind, answer.rows) == ("xlsx", [("1",)])


def test_old_workbook_is_read(read: ReadFile) -> None:
    book, target = xlwt.Workbook(), io.BytesIO()
    sheet = book.add_sheet("one")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD HH:MM")
    for place, cell in enumerate(["id", "at", "text"]):
        sheet.write(0, place, cell)
    sheet.write(1, 0, 17850)
    sheet.write(1, 1, datetime(2026, 1, 2, 3, 4, tzinfo=UTC).replace(tzinfo=None), day)
    sheet.write(1, 2, "Ünï")
    book.save(target)
    answer = read(target.getvalue(), "a.xls")
    assert (answer.file.kind, answer.rows) == ("xls", [("17850", "2026-01-02 03:04:00", "Ünï")])


def test_open_document_is_read(read: ReadFile) -> None:
    def text(cell: str) -> str:
        return f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'

    number = (
        '<table:table-cell office:value-type="float" office:value="17850"><text:p>17850</text:p></table:table-cell>'
    )
    day = '<table:table-cell office:value-type="date" office:date-value="2026-10-31"><text:p/></table:table-cell>'
    answer = read(ods([[text("id"), text("day"), text("name")], [number, day, text("Ann &amp; Bo")]]), "a.ods")
    assert (answer.file.kind, answer.rows) == ("ods", [("17850", "2026-10-31", "Ann & Bo")])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "must hold a table, got a workbook whose sheets are all empty"),
        ([["a", "A"], [1, 2]], "must begin with a header, got one that names a, A more than once"),
    ],
)
def test_sheet_without_a_sound_header_is_refused(read: ReadFile, rows: list[list[object]], message: str) -> None:
    with pytest.raises(InvalidFile, match=message):
        read(xlsx({"one": rows}), "a.xlsx")


def test_missing_column_of_a_sheet_is_named(read: ReadFile) -> None:
    with pytest.raises(MissingColumns, match=r"can't find column `amount` in a\.xlsx"):
        read(xlsx({"one": [["amont"], [1]]}), "a.xlsx", needed=("amount",))
