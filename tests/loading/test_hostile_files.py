"""Files as nobody should send them: each is read to the last row, or refused with nothing changed."""

import csv
import gzip
import io
import json
import os
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from _pytest.mark import ParameterSet

from segment_lib.engine import run_sql
from segment_lib.errors import InvalidFile, MissingColumns, SegmentLibError
from segment_lib.loading import ImportResult, import_files
from segment_lib.workspace import Workspace, open_workspace

Data = bytes | Callable[[], bytes]
Changes = Mapping[str, Any]

CRM: dict[str, Any] = {
    "name": "crm",
    "file": "raw/contacts.csv",
    "table": "contacts",
    "columns": {"contact_id": "ID", "city": "City"},
}
COLUMNS: dict[str, Any] = {
    "interaction_id": "Line",
    "contact_id": "Customer",
    "occurred_at": "Date",
    "kind": {"value": "purchase"},
    "amount": "Amount",
}
SHOP: dict[str, Any] = {"name": "shop", "file": "raw/orders.csv", "table": "interactions", "columns": COLUMNS}
CONTACTS = "ID,City\n01,Faro\n02,Porto\n"
HEADER = "Line,Customer,Date,Amount\n"
ONE, TWO, THREE = "1,01,2026-02-01,10\n", "2,02,2026-02-02,20\n", "3,01,2026-02-03,30\n"
ORDERS = HEADER + ONE + TWO + THREE
GOOD = ORDERS.encode()


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that has imported good files: what a hostile one must not harm."""
    folder = tmp_path_factory.mktemp("imported") / "shop"
    for part in ("definitions", "raw"):
        (folder / part).mkdir(parents=True)
    (folder / "definitions" / "workspace.yml").write_text("name: Shop\n", encoding="utf-8")
    (folder / "raw" / "contacts.csv").write_text(CONTACTS, encoding="utf-8")
    (folder / "raw" / "orders.csv").write_text(ORDERS, encoding="utf-8")
    write_recipe(folder)
    assert [result.rows_accepted for result in import_files(open_workspace(folder)).results] == [2, 3]
    return folder


def write_recipe(folder: Path, *sources: Changes) -> None:
    recipe = {"sources": [CRM, SHOP, *sources]}
    (folder / "definitions" / "import.yml").write_text(yaml.safe_dump(recipe), encoding="utf-8")


@dataclass(frozen=True)
class Case:
    """A file, how its source differs from the orders', and what is expected of it."""

    data: Data
    outcome: tuple[int, int, int] = (0, 0, 0)
    error: type[SegmentLibError] = InvalidFile
    message: str = ""
    file: str = "a.csv"
    changes: Changes = field(default_factory=dict)


def read(name: str, data: Data, outcome: tuple[int, int, int], *, file: str = "a.csv", **changes: Any) -> ParameterSet:
    """A file that is read: how many of its rows are accepted, refused and skipped."""
    marks = [pytest.mark.slow] if name in HEAVY else []
    return pytest.param(Case(data, outcome, file=file, changes=changes), id=name, marks=marks)


def refuse(
    name: str,
    data: Data,
    message: str,
    *,
    error: type[SegmentLibError] = InvalidFile,
    file: str = "a.csv",
    **changes: Any,
) -> ParameterSet:
    """A file that is refused, and what is said of it."""
    marks = [pytest.mark.slow] if name in HEAVY else []
    return pytest.param(Case(data, error=error, message=message, file=file, changes=changes), id=name, marks=marks)


def arrive(imported: Path, folder: Path, name: str, data: Data, changes: Changes) -> Workspace:
    """The workspace, once a further file has arrived that is read like the orders but for some changes."""
    shutil.copytree(imported, folder)
    (folder / "raw" / name).write_bytes(data if isinstance(data, bytes) else data())
    columns = {**COLUMNS, **changes.get("columns", {})}
    odd = {**SHOP, **changes, "name": "odd", "file": f"raw/{name}"}
    odd["columns"] = {column: rule for column, rule in columns.items() if rule is not None}
    write_recipe(folder, odd)
    return open_workspace(folder)


def stored(workspace: Workspace) -> dict[str, int]:
    """Every file of every table with its size; locks are none of them."""
    files = (path for path in workspace.tables.folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {str(path.relative_to(workspace.tables.folder)): path.stat().st_size for path in files}


def check_result(workspace: Workspace, result: ImportResult) -> None:
    """Every row and every amount is accounted for, and what was refused is found again."""
    assert result.balances
    assert sum(result.skip_reasons.values()) == result.rows_skipped
    for parts in result.amounts.values():
        assert Decimal(parts["read"]) == sum(Decimal(part) for outcome, part in parts.items() if outcome != "read")
    tables = {name: workspace.table(name) for name in ("quarantine", "interactions")}
    mine = f"where import_id = '{result.import_id}'"
    refused = run_sql(f"select row_number, raw_row, reasons from quarantine {mine} and outcome = 'refused'", tables)
    rows = refused.to_pylist()
    assert len(rows) == len({row["row_number"] for row in rows}) == result.rows_quarantined
    assert all(0 < row["row_number"] <= result.rows_read and row["raw_row"] is not None for row in rows)
    assert all(row["reasons"] and all(row["reasons"]) for row in rows)
    [held] = run_sql(
        f"""select count(*) as rows, count(distinct interaction_id) as ids,
            coalesce(sum(cast(amount as decimal(38, 4))), 0) as amount from interactions {mine}""",
        tables,
    ).to_pylist()
    assert held["rows"] == held["ids"] == result.rows_accepted
    assert held["amount"] == sum(Decimal(parts.get("accepted", "0")) for parts in result.amounts.values())


# Makers of files


def lines(*rows: str) -> bytes:
    return (HEADER + "".join(f"{row}\n" for row in rows)).encode()


def written(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows below the header of orders, with whatever quotes they need."""
    target = io.StringIO(newline="")
    csv.writer(target, lineterminator="\n").writerows([HEADER.strip().split(","), *rows])
    return target.getvalue().encode()


def zipped(files: Mapping[str, bytes], *, claimed: int | None = None) -> bytes:
    """A zip; `claimed` is the size that it says the first file has."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    packed = bytearray(target.getvalue())
    if claimed is not None:
        for magic, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
            place = packed.index(magic) + offset
            packed[place : place + 4] = claimed.to_bytes(4, "little")
    return bytes(packed)


SHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook {SHEET} xmlns:r="{RELATIONS}"><sheets>'
    '<sheet name="Orders" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def workbook(*rows: Sequence[str], merged: str = "") -> bytes:
    """An XLSX of texts; a cell that begins with `<c` is written as it stands."""
    body = "".join(
        f'<row r="{number}">{"".join(sheet_cell(cell, number, place) for place, cell in enumerate(row))}</row>'
        for number, row in enumerate(rows, start=1)
    )
    merge = f'<mergeCells count="1"><mergeCell ref="{merged}"/></mergeCells>' if merged else ""
    sheet = f"<worksheet {SHEET}><sheetData>{body}</sheetData>{merge}</worksheet>"
    return zipped({name: part.encode() for name, part in {**PARTS, "xl/worksheets/sheet1.xml": sheet}.items()})


def sheet_cell(cell: str, number: int, place: int) -> str:
    at = f"{chr(65 + place)}{number}"
    if cell.startswith("<c"):
        return cell.replace("<c", f'<c r="{at}"', 1)
    return f'<c r="{at}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>' if cell else ""


HEAD = ("Line", "Customer", "Date", "Amount")
BOOK = workbook(HEAD, ("1", "01", "2026-02-01", "10"), ("2", "02", "2026-02-02", "20"))


def parquet() -> bytes:
    target = io.BytesIO()
    names, rows = HEADER.strip().split(","), [row.split(",") for row in ORDERS.splitlines()[1:]]
    pq.write_table(pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))), target)
    return target.getvalue()


def database() -> bytes:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("create table orders (line text)")
        data = connection.serialize()
    connection.close()
    return data


def gzip_bomb() -> bytes:
    """Over a gigabyte of rows in some hundred kilobytes."""
    member = gzip.compress(b"9,01,2026-02-01,10,,,,,,,,,,,,\n" * 600_000, compresslevel=9)
    return gzip.compress(b"Line,Customer,Date,Amount,a,b,c,d,e,f,g,h,i,j,k,l\n") + member * 60


def wide(number: int) -> bytes:
    names = ",".join(f"x{place}" for place in range(number - 4))
    cells = "," * (number - 5)
    return f"{HEADER.strip()},{names}\n1,01,2026-02-01,10,{cells}\n2,02,soon,20,{cells}\n".encode()


def huge_cell() -> bytes:
    """One cell of 50 MB, in a row that is kept and in one that is refused a small one."""
    note = b"long " * 10_000_000
    return (
        b"Line,Customer,Date,Amount,Note\n1,01,2026-02-01,10,"
        + note
        + b"\n2,02,soon,20,short\n3,01,2026-02-03,30,"
        + b"x" * 9_000_000
        + b"\n"
    )


LONG = "9" * 1_000_000
EVIL = "'); drop table interactions; --"
ODD_DAYS = ("0000-01-01", "99999-01-01", "2026-02-30", "2026-13-01", "-0044-03-15", "infinity")
AMOUNTS = ("1e400", "-1e400", "inf", "9999999999999999", "nan", "1e-400", "-0", "0.00005")
ISO = {"from": "Date", "format": "iso"}
HEAVY = ("5,000 columns", "a cell of 50 MB", "100,000 equal rows", "100,000 rows of one id", "gzip bomb")

# What is read: accepted, refused and skipped rows of the file.
READ = [
    # Quotes and line ends
    read("quote never closed", lines('1,01,2026-02-01,"10', "2,02,2026-02-02,20"), (1, 1, 0)),
    read("quote closed too early", lines('1,01,2026-02-01,"1"0"', "2,02,2026-02-02,20"), (1, 1, 0)),
    read("quote inside a cell", lines('1,01,2026-02-01,1"0', "2,02,2026-02-02,20"), (1, 1, 0)),
    read("last quote is open at the end", lines("1,01,2026-02-01,10", '2,02,2026-02-02,"20'), (1, 1, 0)),
    read("line break in a cell", lines('1,"0\n1",2026-02-01,10', "2,02,2026-02-02,20"), (1, 1, 0)),
    read("mixed line ends", (HEADER + "1,01,2026-02-01,10\r\n2,02,2026-02-02,20\r" + THREE).encode(), (3, 0, 0)),
    read("CR only", ORDERS.replace("\n", "\r").encode(), (3, 0, 0)),
    read("CR CR LF", ORDERS.replace("\n", "\r\r\n").encode(), (3, 0, 0)),
    read("no end of the last line", GOOD.rstrip(), (3, 0, 0)),
    read(
        "header with line breaks",
        GOOD.replace(b"Amount", b'"Amount\nin EUR"', 1),
        (3, 0, 0),
        columns={"amount": "Amount\nin EUR"},
    ),
    read("blank lines everywhere", GOOD.replace(b"\n", b"\n\n\n"), (3, 0, 0)),
    # Bytes
    read(
        "NUL bytes in cells",
        lines("1,01,2026-02-01,1\x000", "2,0\x002,2026-02-02,20", "3,01,2026-02-03,30\x00"),
        (1, 2, 0),
    ),
    read("control characters", lines("\x01\x02,01,2026-02-01,10", "2,01,2026-02-01\x7f,10\x1a"), (1, 1, 0)),
    read("BOM", b"\xef\xbb\xbf" + GOOD, (3, 0, 0)),
    read("BOM twice", b"\xef\xbb\xbf" * 2 + GOOD, (3, 0, 0)),
    read("BOM in the middle, as of joined files", GOOD + b"\xef\xbb\xbf" + lines("9,01,2026-02-09,90"), (4, 1, 0)),
    read("UTF-16 with BOM", ORDERS.encode("utf-16"), (3, 0, 0)),
    read("UTF-16 without BOM", ORDERS.encode("utf-16-le"), (3, 0, 0)),
    read("UTF-16, big end first", ORDERS.encode("utf-16-be"), (3, 0, 0)),
    read("UTF-16 with half a character", ORDERS.encode("utf-16") + "4,01,2026-02-04,4".encode("utf-16-le"), (4, 0, 0)),
    read("UTF-32", ORDERS.encode("utf-32"), (3, 0, 0)),
    read("cp1252", lines("1,01,2026-02-01,10", "2,Zoë,2026-02-02,20 €").decode().encode("cp1252"), (1, 1, 0)),
    read("Latin-1 declared", lines("é,01,2026-02-01,10").decode().encode("latin-1"), (1, 0, 0), encoding="latin-1"),
    # Shape
    read("header only", HEADER.encode(), (0, 0, 0)),
    read("rows too short and too long", lines("1,01", "2", "3,01,2026-02-03,30,x", "4,01,2026-02-04,40"), (1, 3, 0)),
    read("trailing delimiters", GOOD.replace(b"\n", b",,\n"), (3, 0, 0)),
    read("trailing delimiters below the header", lines("1,01,2026-02-01,10,,", "2,02,2026-02-02,20"), (2, 0, 0)),
    read("sep=;", b"sep=;\n" + GOOD.replace(b",", b";"), (3, 0, 0)),
    read("tabs called csv", GOOD.replace(b",", b"\t"), (3, 0, 0)),
    read("pipes", GOOD.replace(b",", b"|"), (3, 0, 0)),
    read(
        "semicolons and decimal commas",
        b"Line;Customer;Date;Amount\n1;01;2026-02-01;1.234,50\n2;01;2026-02-01;7,5\n",
        (2, 0, 0),
    ),
    read("titles above the header", b"Orders of May\nMade by Ana\n" + GOOD, (3, 0, 0)),
    read("rows of delimiters, as spreadsheets leave them", GOOD + b",,,\n,,,\n", (3, 2, 0)),
    read("the header again in the middle", GOOD + GOOD, (3, 1, 3)),
    read("5,000 columns", lambda: wide(5000), (1, 1, 0)),
    read(
        "columns called like ours",
        b"_row_number,row_number,_skip,c0,cells,_reasons,_hash\n1,01,2026-02-01,10,x,y,z\n2,01,soon,20,x,y,z\n",
        (1, 1, 0),
        columns={
            "interaction_id": "_row_number",
            "contact_id": "row_number",
            "occurred_at": "_skip",
            "amount": "c0",
            "subject": "cells",
            "channel": "_reasons",
            "product": "_hash",
        },
    ),
    read(
        "columns called like the target's",
        b"contact_id,interaction_id,amount,occurred_at\n1,01,2026-02-01,10\n",
        (1, 0, 0),
        columns={
            "interaction_id": "contact_id",
            "contact_id": "interaction_id",
            "occurred_at": "amount",
            "amount": "occurred_at",
        },
    ),
    read(
        "quotes and brackets in the header",
        b'"Li""ne","[Customer]","Da\'te;","A{0}%s\\"\n1,01,2026-02-01,10\n',
        (1, 0, 0),
        columns={"interaction_id": 'Li"ne', "contact_id": "[Customer]", "occurred_at": "Da'te;", "amount": "A{0}%s\\"},
    ),
    read(
        "SQL in the header",
        f'"Line{EVIL}",Customer,Date,Amount\n1,01,2026-02-01,10\n2,01,soon,10\n'.encode(),
        (1, 1, 0),
        columns={"interaction_id": f"Line{EVIL}"},
    ),
    read(
        "emoji and marks without width in the header",
        "🧾,\u200fCustomer\u200f,Date,Amount\n1,01,2026-02-01,10\n".encode(),
        (1, 0, 0),
        columns={"interaction_id": "🧾", "contact_id": "\u200fCustomer\u200f"},
    ),
    # Cells
    read(
        "SQL in the cells",
        lines(f"1{EVIL},01,2026-02-01,10", f"2,01{EVIL},2026-02-01,10", f"3,01,{EVIL},10"),
        (1, 2, 0),
    ),
    read(
        "formulas in the cells",
        written([["=1+1", "01", "2026-02-01", "10"], ["2", '=HYPERLINK("x")', "2026-02-01", "=10"]]),
        (1, 1, 0),
    ),
    read(
        "ids of a million characters",
        lambda: lines(f"{LONG}1,01,2026-02-01,10", f"{LONG}2,01,2026-02-01,10", f"3,{LONG},2026-02-01,10"),
        (2, 1, 0),
    ),
    read(
        "dates nobody lived in",
        lines(*(f"{n},01,{day},10" for n, day in enumerate(ODD_DAYS)), "9,01,2026-02-01,10"),
        (1, 6, 0),
        columns={"occurred_at": ISO},
    ),
    read("amounts beyond measure", lines(*(f"{n},01,2026-02-01,{text}" for n, text in enumerate(AMOUNTS))), (4, 4, 0)),
    read(
        "digits that are not ours",
        lines("1,01,2026-02-01,١٢٣", "2,01,٢٠٢٦-٠٢-٠١,10", "3,01,2026-02-01,１２"),
        (0, 3, 0),
    ),
    read(
        "marks of direction",
        lines("1,\u200f01\u200f,2026-02-01,10", "\u202e2,01,\u200e2026-02-01,\u2066-10\u2069"),
        (2, 0, 0),
    ),
    read("emoji", lines("👩‍👩‍👧‍👦,01,2026-02-01,10", "🙂,02,2026-02-01,10", "3,🙂,2026-02-01,10"), (2, 1, 0)),
    read(
        "ids that differ by blanks",
        lines("1,01,2026-02-01,10", " 1 ,01,2026-02-01,10", "1\u00a0, 01\t,2026-02-01,10", "2,  ,2026-02-01,10"),
        (1, 1, 2),
    ),
    read("ids that differ by case", lines("a,01,2026-02-01,10", "A,01,2026-02-01,20"), (2, 0, 0)),
    read("ids that differ by composition", lines("é,01,2026-02-01,10", "e\u0301,01,2026-02-01,10"), (1, 0, 1)),
    read(
        "ids with our separators",
        lines("odd:1,01,2026-02-01,10", "1\x1f01,01,2026-02-01,10", "1:1,01,2026-02-01,10"),
        (3, 0, 0),
    ),
    read("all rows refused", lines(*(f"{n},77,soon,much" for n in range(50))), (0, 50, 0)),
    read(
        "100,000 equal rows",
        lambda: HEADER.encode() + ONE.encode() * 100_000,
        (100_000, 0, 0),
        columns={"interaction_id": None},
    ),
    read("100,000 rows of one id", lambda: HEADER.encode() + ONE.encode() * 100_000, (1, 0, 99_999)),
    read("a cell of 50 MB", huge_cell, (2, 1, 0), columns={"subject": "Note"}),
    # Names that lie
    read("XLSX called csv", BOOK, (2, 0, 0)),
    read("CSV called xlsx", GOOD, (3, 0, 0), file="a.xlsx"),
    read("CSV called parquet", GOOD, (3, 0, 0), file="a.parquet"),
    read("Parquet called csv", parquet, (3, 0, 0)),
    read("gzip called csv", gzip.compress(GOOD), (3, 0, 0)),
    read("zip called gz", zipped({"a.csv": GOOD}), (3, 0, 0), file="a.csv.gz"),
    read(
        "JSON called csv",
        json.dumps([dict(zip(HEAD, row.split(","), strict=True)) for row in ORDERS.splitlines()[1:]]).encode(),
        (3, 0, 0),
    ),
    read(
        "JSON lines with a broken one",
        b'{"Line": 1, "Customer": "01", "Date": "2026-02-01", "Amount": 10}\n{"Line": 2, "Cust\n'
        b'{"Line": 3, "Customer": "01", "Date": "2026-02-01", "Amount": 10, "More": {"deep": [1, 2]}}\n',
        (2, 1, 0),
        file="a.jsonl",
    ),
    # Workbooks
    read(
        "formula cells",
        workbook(
            HEAD,
            ("1", "01", "2026-02-01", "<c><f>5+5</f><v>10</v></c>"),
            ("2", "01", "2026-02-01", "<c><f>1/0</f></c>"),
        ),
        (2, 0, 0),
        file="a.xlsx",
    ),
    read(
        "error cells",
        workbook(
            HEAD,
            ("1", "01", "2026-02-01", '<c t="e"><v>#N/A</v></c>'),
            ("2", "01", '<c t="e"><v>#VALUE!</v></c>', "10"),
        ),
        (1, 1, 0),
        file="a.xlsx",
    ),
    read(
        "merged cells",
        workbook(HEAD, ("1", "01", "2026-02-01", "10"), ("2", "", "2026-02-02", "20"), merged="B2:B3"),
        (1, 1, 0),
        file="a.xlsx",
    ),
    read(
        "rich texts, truths and days as numbers",
        workbook(
            HEAD,
            (
                '<c t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c>',
                "01",
                "2026-02-01",
                '<c t="b"><v>1</v></c>',
            ),
            ("2", "01", "2026-02-01", "<c><v>1E+1</v></c>"),
        ),
        (1, 1, 0),
        file="a.xlsx",
    ),
    # Packed
    read(
        "two members of a gzip", gzip.compress(GOOD) + gzip.compress(b"4,01,2026-02-04,4\n"), (4, 0, 0), file="a.csv.gz"
    ),
    read(
        "litter in a zip", zipped({"a.csv": GOOD, "__MACOSX/._a.csv": b"x", ".DS_Store": b"x"}), (3, 0, 0), file="a.zip"
    ),
]

# What is not: the error and a piece of its message.
REFUSED = [
    refuse("empty file", b"", r"a\.csv must have a header and rows, got an empty file"),
    refuse("empty gzip", gzip.compress(b""), "got an empty file inside", file="a.csv.gz"),
    refuse("blanks alone", b" \n\t\r\n", "must begin with a header"),
    refuse("NUL bytes alone", b"\0" * 5000, "must be a text file, got bytes of another kind"),
    refuse("noise", bytes(range(256)) * 50, "must be a text file, got bytes of another kind"),
    refuse("duplicate headers", GOOD.replace(b"Amount", b"line", 1), "names Line, line more than once"),
    refuse("no header", GOOD.split(b"\n", 1)[1], "can't find columns", error=MissingColumns),
    refuse(
        "another header",
        GOOD.replace(b"Customer", b"Custumer", 1),
        "can't find column `Customer`.*Did you mean `Custumer`",
        error=MissingColumns,
    ),
    refuse("open quote in the header", b'"' + GOOD, "must begin with a header"),
    refuse("wrong delimiter declared", GOOD.replace(b",", b";"), "Is the delimiter ';'", delimiter=","),
    refuse("mixed encodings", ("é" * 40 + "\n").encode().join([GOOD, b"\xe9"]), "must be text in one encoding"),
    refuse(
        "wrong encoding declared",
        GOOD + b"4,\xe9,2026-02-04,4\n",
        "must be text in utf-8 as declared, got the byte 0xe9 in line 5",
        encoding="utf-8",
    ),
    refuse("half a byte pair", ORDERS.encode("utf-16")[:-1], "must be text in utf-16"),
    refuse(
        "days in either order",
        lines("1,01,03/04/2026,10", "2,01,05/06/2026,10"),
        "the column `Date` of a.csv can't be decided: undecidable",
    ),
    refuse(
        "days in both orders",
        lines("1,01,13/04/2026,10", "2,01,04/13/2026,10"),
        "the column `Date` of a.csv can't be decided: mixed",
    ),
    refuse("PDF called csv", b"%PDF-1.7\n%\xe2\xe3\n", "must hold a table, got a PDF"),
    refuse(
        "HTML called xls",
        b"<html><table><tr><td>Line</td></tr></table></html>",
        "must hold a table, got HTML or XML",
        file="a.xls",
    ),
    refuse(
        "picture called xlsx", b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "must hold a table, got a picture", file="a.xlsx"
    ),
    refuse("SQLite", database, "must hold a table, got an SQLite database"),
    refuse(
        "truncated gzip",
        gzip.compress(GOOD * 100)[:-20],
        r"a\.csv\.gz can't be read: Compressed file ended",
        file="a.csv.gz",
    ),
    refuse(
        "gzip with a wrong checksum",
        gzip.compress(GOOD)[:-8] + b"\0\0\0\0" + gzip.compress(GOOD)[-4:],
        "can't be read: CRC check failed",
        file="a.csv.gz",
    ),
    refuse("gzip in a gzip", gzip.compress(gzip.compress(GOOD)), "got an archive inside the archive", file="a.csv.gz"),
    refuse("gzip bomb", gzip_bomb, "must unpack to at most 20 GB and 200 times its size", file="a.csv.gz"),
    refuse(
        "zip bomb", zipped({"a.csv": GOOD * 9}, claimed=4_000_000_000), "must unpack to at most 20 GB", file="a.zip"
    ),
    refuse(
        "zip that holds more than it says", zipped({"a.csv": GOOD * 9}, claimed=40), "can't be read: ", file="a.zip"
    ),
    refuse(
        "XLSX bomb",
        zipped(
            {"xl/workbook.xml": b" " * 9999, **{k: v.encode() for k, v in PARTS.items() if k != "xl/workbook.xml"}},
            claimed=4_000_000_000,
        ),
        "must unpack to at most 20 GB",
        file="a.xlsx",
    ),
    refuse("truncated zip", zipped({"a.csv": GOOD * 9})[:-40], "can't be read: File is not a zip file", file="a.zip"),
    refuse(
        "two files in a zip",
        zipped({"a.csv": GOOD, "b.csv": GOOD}),
        r"must hold one file, got 2: a\.csv, b\.csv",
        file="a.zip",
    ),
    refuse("truncated XLSX", BOOK[: len(BOOK) // 2], "can't be read", file="a.xlsx"),
    refuse(
        "XLSX without a cell", workbook(), "must hold a table, got a workbook whose sheets are all empty", file="a.xlsx"
    ),
    refuse("truncated Parquet", lambda: parquet()[:-20], r"a\.parquet can't be read", file="a.parquet"),
    refuse(
        "JSON array that breaks off",
        b'[{"Line": 1, "Customer": "01", "Date": "2026-02-01", "Amount": 1}, {"Li',
        "breaks off or is broken in element 2",
        file="a.json",
    ),
    refuse(
        "JSON nested without end", b'[{"Line": ' + b"[" * 100_000, "nested too deep|broken in element 1", file="a.json"
    ),
]


@pytest.mark.parametrize("case", READ)
def test_hostile_file_is_read_and_every_row_accounted_for(tmp_path: Path, imported: Path, case: Case) -> None:
    shop = arrive(imported, tmp_path / "shop", case.file, case.data, case.changes)
    *known, result = import_files(shop).results
    assert all(one.known for one in known)
    assert (result.rows_accepted, result.rows_quarantined, result.rows_skipped) == case.outcome
    check_result(shop, result)
    assert shop.table("contacts").num_rows == 2
    assert shop.table("interactions").num_rows == 3 + result.rows_accepted


@pytest.mark.parametrize("case", REFUSED)
def test_hostile_file_is_refused_and_nothing_changed(tmp_path: Path, imported: Path, case: Case) -> None:
    shop = arrive(imported, tmp_path / "shop", case.file, case.data, case.changes)
    before = stored(shop)
    with pytest.raises(case.error, match=case.message):
        import_files(shop)
    assert stored(shop) == before


@pytest.mark.parametrize("name", ["o'r\"d; [x] %41é.csv", "*.csv", "-- x.csv", " .csv", "orders?.csv", "a\nb.csv"])
def test_name_of_a_file_is_a_name_and_nothing_else(tmp_path: Path, imported: Path, name: str) -> None:
    shop = arrive(imported, tmp_path / "shop", name, HEADER.encode() + ONE.encode() + b"2,01,soon,1\n", {})
    result = import_files(shop).results[-1]
    assert (result.file, result.rows_accepted, result.rows_quarantined) == (name, 1, 1)
    check_result(shop, result)


def test_folder_is_read_file_by_file(tmp_path: Path, imported: Path) -> None:
    shop = arrive(imported, tmp_path / "shop", "x.csv", GOOD, {})
    (shop.folder / "raw" / "odd").mkdir()
    shutil.move(shop.folder / "raw" / "x.csv", shop.folder / "raw" / "odd" / "b.csv")
    (shop.folder / "raw" / "odd" / "a.csv").write_bytes(lines("1,01,2026-02-01,10", "4,01,2026-02-04,40"))
    (shop.folder / "raw" / "odd" / ".hidden").write_bytes(b"\0\1\2")
    write_recipe(shop.folder, {**SHOP, "name": "odd", "file": "raw/odd"})
    *_, first, second = import_files(shop).results
    assert [(one.file, one.rows_accepted, one.rows_skipped) for one in (first, second)] == [
        ("a.csv", 2, 0),
        ("b.csv", 2, 1),
    ]


def test_folder_without_files_and_folder_named_like_a_file_are_refused(tmp_path: Path, imported: Path) -> None:
    shop = arrive(imported, tmp_path / "shop", "x.csv", GOOD, {})
    (shop.folder / "raw" / "empty.csv").mkdir()
    before = stored(shop)
    write_recipe(shop.folder, {**SHOP, "name": "odd", "file": "raw/empty.csv"})
    with pytest.raises(InvalidFile, match=r"the folder raw/empty\.csv of the source `odd` must hold files, got none"):
        import_files(shop)
    assert stored(shop) == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="who is root may read everything")
def test_file_that_may_not_be_read_is_told(tmp_path: Path, imported: Path) -> None:
    shop = arrive(imported, tmp_path / "shop", "x.csv", GOOD, {})
    (shop.folder / "raw" / "x.csv").chmod(0)
    before = stored(shop)
    with pytest.raises(InvalidFile, match=r"x\.csv can't be read: .*Permission denied"):
        import_files(shop)
    assert stored(shop) == before


@pytest.mark.parametrize(
    ("data", "outcome", "ids"),
    [
        pytest.param(" 03,a\n03 ,b\n\u00a003,c\n", (1, 0, 2), ["03"], id="blanks"),
        pytest.param("ab,a\nAB,b\n", (2, 0, 0), ["AB", "ab"], id="case"),
        pytest.param("é,a\ne\u0301,b\n", (1, 0, 1), ["é"], id="composition"),
        pytest.param("\u200f03\u200f,a\n03,b\n", (1, 0, 1), ["03"], id="marks of direction"),
        pytest.param(",a\n \u00a0 ,b\n\x00,c\n", (0, 3, 0), [], id="nothing"),
        pytest.param("n/a,a\n-,b\nNULL,c\n", (0, 3, 0), [], id="markers of nothing"),
        pytest.param("crm:03,a\n3.0,b\n+3,c\n", (3, 0, 0), ["+3", "3.0", "crm:03"], id="ids like numbers"),
        pytest.param(f"{LONG}1,a\n{LONG}2,b\n", (2, 0, 0), [f"{LONG}1", f"{LONG}2"], id="a million characters"),
        pytest.param(f'"{EVIL}",a\n', (1, 0, 0), [EVIL], id="SQL"),
        pytest.param("👩\u200d👧,a\n👩👧,b\n", (2, 0, 0), ["👩\u200d👧", "👩👧"], id="emoji"),
    ],
)
def test_hostile_ids_of_contacts(
    tmp_path: Path, imported: Path, data: str, outcome: tuple[int, int, int], ids: list[str]
) -> None:
    shop = arrive(imported, tmp_path / "shop", "x.csv", GOOD, {})
    (shop.folder / "raw" / "people.csv").write_text("ID,City\n" + data, encoding="utf-8")
    write_recipe(shop.folder, {**CRM, "name": "people", "file": "raw/people.csv"})
    result = import_files(shop).results[-1]
    assert result.balances
    assert (result.rows_accepted, result.rows_quarantined, result.rows_skipped) == outcome
    found = run_sql("select contact_id from contacts order by 1", {"contacts": shop.table("contacts")})
    assert sorted(set(found["contact_id"].to_pylist()) - {"01", "02"}) == sorted(ids)


def test_as_many_kinds_of_files_as_were_promised() -> None:
    assert len({param.id for param in (*READ, *REFUSED)}) == len(READ) + len(REFUSED) >= 60
