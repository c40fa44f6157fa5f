"""Files as they should not be: each is read to the rows written here, or refused with the reason."""

import errno
import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from segment_lib.errors import InvalidFile
from segment_lib.loading.sources import inspect_source
from segment_lib.loading.sources.payload import reading

ReadFile = Callable[..., Any]
ROWS = [("1", "2")]


def zipped(files: dict[str, bytes], *, locked: bool = False) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    data = bytearray(target.getvalue())
    if locked:
        # The first bit of the flags, in the local header and in the directory.
        for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            data[data.index(magic) + offset] |= 1
    return bytes(data)


def flipped(data: bytes, place: int) -> bytes:
    changed = bytearray(data)
    changed[place] ^= 0xFF
    return bytes(changed)


PACKED = gzip.compress(b"a,b\n" + b"1,2\n" * 999)
LINES = gzip.compress(b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * 7919 % 104729) for n in range(20_000)))
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("name", "data", "columns", "rows"),
    [
        ("nul.csv", b"a,b\n1,x\0y\n", "a,b", [("1", "x\0y")]),
        ("mark inside.csv", "a,b\n1,2\n\ufeffa,b\n".encode(), "a,b", [("1", "2"), ("\ufeffa", "b")]),
        ("bell.csv", b"a\x07,b\n\x01,2\n", "a\x07,b", [("\x01", "2")]),
        ("end of file.csv", b"a,b\n1,2\x1a\n", "a,b", [("1", "2\x1a")]),
        ("separators.csv", "a,b\n1,\u2028\x0b\x0c\x1c\x85\n".encode(), "a,b", [("1", "\u2028\x0b\x0c\x1c\x85")]),
        ("cr only.csv", b"a,b\r1,2\r", "a,b", ROWS),
        ("mixed.csv", b"a,b\n1,2\r\n3,4\r5,6\n", "a,b", [("1", "2"), ("3", "4"), ("5", "6")]),
        ("quotes inside.csv", b'a,b\n5" pipe,x"y"z\n', "a,b", [('5" pipe', 'x"y"z')]),
        ("quoted pieces.csv", b'a,b\n"Ann" "Bob",1\n', "a,b", [("Ann Bob", "1")]),
        ("excel rows.csv", b"a,b\n1,2\n,\n,\n", "a,b", [("1", "2"), (None, None), (None, None)]),
        ("unnamed.csv", b"a,,b,\n1,2,3,4\n", "a,column 2,b,column 4", [("1", "2", "3", "4")]),
        ("tags.csv", b'a,TAGS\n1,"""VIP"",""Blog"""\n', "a,TAGS", [("1", '"VIP","Blog"')]),
        ("header in lines.csv", b'"a\nx",b\n1,2\n', "a\nx,b", ROWS),
        ("header with blanks.csv", b" a , b \n1,2\n", "a,b", ROWS),
        ("no header below.csv", b"a,b", "a,b", []),
        ("tab.csv", b"a\tb\n1\t2\n", "a,b", ROWS),
        ("wide mark.csv", "a,b\n1,2\n".encode("utf-16"), "a,b", ROWS),
        ("wide.csv", "a,b\n1,2\n".encode("utf-16-be"), "a,b", ROWS),
        ("dos.csv", "a,b\n1,\xfc\n".encode("cp1252"), "a,b", [("1", "\xfc")]),
        ("undefined byte.csv", b"a,b\n1,\x81\x80\n", "a,b", [("1", "\x81\x80")]),
        ("orders.csv", PACKED, "a,b", ROWS * 999),
        ("pieces.csv.gz", gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n"), "a,b", [("1", "2"), ("3", "4")]),
        ("padded.csv.gz", gzip.compress(b"a,b\n1,2\n") + b"\0" * 64, "a,b", ROWS),
        ("one.zip", zipped({"x/a.csv": b"a,b\n1,2\n", "__MACOSX/._a.csv": b"?", ".DS_Store": b"?"}), "a,b", ROWS),
        ("zip.csv", zipped({"a.csv": "a;b\n1;\xfc\n".encode("cp1252")}), "a,b", [("1", "\xfc")]),
        ("objects.csv", b'{"a": 1, "b": 2}\n', "a,b", ROWS),
        ("brace.csv", b"{},b\n1,2\n", "{},b", ROWS),
        ("text.xlsx", b"a,b\n1,2\n", "a,b", ROWS),
        ("text.parquet", b"a,b\n1,2\n", "a,b", ROWS),
        ("html in a cell.csv", b"a,b\n1,<b>2</b>\n", "a,b", [("1", "<b>2</b>")]),
        ("formula.csv", b"a,b\n=1+1,@x\n", "a,b", [("=1+1", "@x")]),
        ("no ending", b"a,b\n1,2\n", "a,b", ROWS),
    ],
)  # fmt: skip
def test_odd_file_is_read(read: ReadFile, name: str, data: bytes, columns: str, rows: list[tuple[str, ...]]) -> None:
    answer = read(data, name)
    assert ",".join(answer.file.columns) == columns
    assert (answer.rows, answer.ragged) == (rows, [])


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("empty.csv", b"", r"empty\.csv must have a header and rows, got an empty file"),
        ("empty.csv.gz", gzip.compress(b""), "must have a header and rows, got an empty file inside"),
        ("blank.csv", b"\n\r\n \n", "must begin with a header, got an empty first line"),
        ("mark.csv", b"\xef\xbb\xbf", "must begin with a header, got an empty first line"),
        ("commas.csv", b" , \n", "must begin with a header, got an empty"),
        ("open.csv", b'"a,b\n1,2\n', "must begin with a header, got one that can't be read"),
        ("twice.csv", b"a,A\n1,2\n", "got one that names a, A more than once"),
        ("cut.csv.gz", PACKED[:-6], r"cut\.csv\.gz can't be read: Compressed file ended"),
        ("cut in the middle.csv.gz", LINES[: len(LINES) // 2], "can't be read: Compressed file ended"),
        ("wrong sum.csv.gz", flipped(PACKED, -6), "can't be read: CRC check failed"),
        ("wrong inside.csv.gz", flipped(LINES, len(LINES) // 2), "can't be read: "),
        ("plain.csv.gz", b"a,b\n1,2\n", "can't be read: Not a gzipped file"),
        ("twice.csv.gz", gzip.compress(PACKED), "must hold a table, got an archive inside the archive"),
        ("zip.zip", zipped({"a.zip": zipped({"a.csv": b"a\n"})}), "must hold a table, got an archive inside"),
        ("two.zip", zipped({"a.csv": b"a\n", "b.csv": b"b\n"}), r"must hold one file, got 2: a\.csv, b\.csv\. Name"),
        ("none.zip", zipped({}), "must hold a file, got an empty archive"),
        ("locked.zip", zipped({"a.csv": b"a\n"}, locked=True), "must not be encrypted"),
        ("cut.zip", zipped({"a.csv": b"a,b\n" * 99})[:-30], "can't be read: File is not a zip file"),
        ("zip.zip", b"PK\x03\x04\x14\x00\x06\x00", "can't be read: File is not a zip file"),
        ("a.csv", b"%PDF-1.7\n", "must hold a table, got a PDF"),
        ("a.xlsx", b"\x89PNG\r\n\x1a\n", "must hold a table, got a picture"),
        ("a.csv", b"SQLite format 3\0", "must hold a table, got an SQLite database"),
        ("a.xls", b"<html><table><tr><td>a</td></tr></table></html>", "must hold a table, got HTML or XML"),
        ("a.csv", b"{\\rtf1 a,b}", "must hold a table, got an RTF document"),
        ("a.csv", b"7z\xbc\xaf\x27\x1c", "must hold a table, got a 7-Zip archive"),
        ("a.xls", OLE + b"\0" * 600, r"a\.xls can't be read: "),
        ("a.xlsx", OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "must not ask for a password"),
        ("a.xlsx", zipped({"xl/workbook.xml": b"<workbook/>"}), r"a\.xlsx can't be read: "),
        ("a.docx", zipped({"word/document.xml": b"<x/>", "[Content_Types].xml": b"<x/>"}), "must hold one file, got 2"),
        ("a.parquet", b"PAR1 not really", r"a\.parquet can't be read: "),
        ("junk.csv", bytes(range(256)) * 4, "must be a text file, got bytes of another kind"),
        ("zeros.csv", b"\0" * 4096, "must be a text file, got bytes of another kind"),
    ],
)  # fmt: skip
def test_file_that_is_no_table_is_refused(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InvalidFile, match=message):
        inspect_source(tmp_path / name)


def test_folder_or_nothing_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").mkdir()
    for name in ("orders.csv", "contacts.csv"):
        with pytest.raises(InvalidFile, match=rf"can't find the file {name}"):
            inspect_source(tmp_path / name)


@pytest.mark.parametrize("name", ["bomb.csv.gz", "bomb.zip", "bomb.xlsx"])
def test_archive_that_grows_beyond_measure_is_refused(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segment_lib.loading.sources.payload.LARGE_BYTES", 2_000_000)
    bomb = b"a,b\n" + b"0" * 4_000_000
    made = {"bomb.csv.gz": gzip.compress(bomb), "bomb.zip": zipped({"a.csv": bomb}),
            "bomb.xlsx": zipped({"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": bomb})}  # fmt: skip
    (tmp_path / name).write_bytes(made[name])
    with pytest.raises(InvalidFile, match="must unpack to at most 20 GB and 200 times its size, got more than"):
        inspect_source(tmp_path / name)


def test_file_of_a_zip_is_chosen_by_name(read: ReadFile) -> None:
    archive = zipped({"a.csv": b"a\n1\n", "b.csv": b"b\n2\n"})
    answer = read(archive, "two.zip", member="b.csv")
    assert (answer.file.columns, answer.rows) == (("b",), [("2",)])
    assert answer.file.statements == ("reads b.csv of the archive", "one column, by evidence")
    with pytest.raises(InvalidFile, match=r"can't find the file c\.csv in two\.zip\. Files: a\.csv, b\.csv"):
        read(archive, "two.zip", member="c.csv")


@pytest.mark.parametrize(
    ("name", "data", "statement"),
    [
        ("a.xlsx", b"a,b\n", "is a text file although its name ends in .xlsx"),
        ("a.csv", PACKED, "is a gzip although its name ends in .csv"),
        ("a.csv", zipped({"x.csv": b"a,b\n"}), "is a zip although its name ends in .csv"),
        ("a.csv", b'[{"a": 1}]', "is a JSON array although its name ends in .csv"),
        ("a.json", b"a,b\n1,2\n", "is a text file although its name ends in .json"),
    ],
)
def test_content_that_contradicts_the_name_is_said(read: ReadFile, name: str, data: bytes, statement: str) -> None:
    assert read(data, name).file.statements[0] == statement


def test_five_thousand_columns_are_read(read: ReadFile) -> None:
    header = ",".join(f"field {i}" for i in range(5000))
    answer = read(f"{header}\n" + (",".join(map(str, range(5000))) + "\n") * 2)
    assert len(answer.file.columns) == 5000
    assert answer.rows == [tuple(map(str, range(5000)))] * 2


def test_cell_of_fifty_million_characters_is_read(read: ReadFile) -> None:
    long = ("x" * 4_999_999 + "\n") * 10
    answer = read(f'a,b\n1,"{long}"\n3,4\n')
    assert answer.rows == [("1", long), ("3", "4")]


def test_line_beyond_all_measure_is_refused(read: ReadFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segment_lib.loading.sources.records.LONGEST_RECORD", 1000)
    with pytest.raises(InvalidFile, match="a line must have at most 1,000 characters"):
        read("a,b\n1," + "x" * 2000 + "\n")
    # A quote that is not closed is looked for that far, not farther.
    answer = read('a,b\n1,"x\n' + "3,4\n" * 400)
    assert (len(answer.rows), len(answer.ragged)) == (400, 1)


def test_what_the_system_refuses_is_told_without_the_whole_path(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    with pytest.raises(InvalidFile, match=r"^orders\.csv can't be read: Permission denied\.$"), reading(path):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))
