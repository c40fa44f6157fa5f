"""What a file is, by its first bytes and never by its name alone."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from segment_lib.errors import InvalidFile
from segment_lib.loading.sources.payload import choose_member, open_payload, reading

HEAD = 1 << 20
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
NAMED = {
    "csv": "a text file", "xlsx": "an XLSX workbook", "xls": "an XLS workbook", "ods": "an ODS workbook",
    "parquet": "a Parquet file", "json lines": "a file of JSON objects", "json": "a JSON array",
    "gzip": "a gzip", "zip": "a zip",
}  # fmt: skip
SUFFIXES = {
    "xlsx": (".xlsx", ".xlsm", ".xltx"), "xls": (".xls", ".xlt"), "ods": (".ods",),
    "parquet": (".parquet", ".pq"),
    "json lines": (".jsonl", ".ndjson", ".json"), "json": (".json", ".jsonl", ".ndjson"),
    "gzip": (".gz", ".gzip"), "zip": (".zip",),
}  # fmt: skip
OTHERS = {suffix for suffixes in SUFFIXES.values() for suffix in suffixes}
# What analysts are sent by mistake, and what to do about it.
REFUSED = (
    (b"%PDF", "a PDF", "Ask for the table as CSV or XLSX."),
    (b"\x89PNG", "a picture", "Ask for the table as CSV or XLSX."),
    (b"\xff\xd8\xff", "a picture", "Ask for the table as CSV or XLSX."),
    (b"GIF8", "a picture", "Ask for the table as CSV or XLSX."),
    (b"BM\x00", "a picture", "Ask for the table as CSV or XLSX."),
    (b"II*\x00", "a picture", "Ask for the table as CSV or XLSX."),
    (b"MM\x00*", "a picture", "Ask for the table as CSV or XLSX."),
    (b"SQLite format 3\0", "an SQLite database", "Name it in an environment variable and read it by a query."),
    (b"{\\rtf", "an RTF document", "Save the table as CSV or XLSX."),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "Unpack it, or pack it as .zip."),
    (b"Rar!", "a RAR archive", "Unpack it, or pack it as .zip."),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", "Unpack it, or pack it as .gz."),
    (b"BZh", "a bzip2 archive", "Unpack it, or pack it as .gz."),
    (b"\xfd7zXZ\0", "an XZ archive", "Unpack it, or pack it as .gz."),
    (b"ORC", "an ORC file", "Convert it to Parquet."),
    (b"Obj\x01", "an Avro file", "Convert it to Parquet."),
    (b"ARROW1", "an Arrow file", "Convert it to Parquet."),
)


@dataclass(frozen=True)
class Wrapping:
    """How a file is packed: nothing, `gzip` or `zip`, and which member is meant."""

    container: str = ""
    member: str = ""

    def statements(self) -> tuple[str, ...]:
        """Tell which file of an archive is read."""
        return (f"reads {self.member} of the archive",) if self.member else ()


def find_wrapping(path: Path, member: str | None) -> tuple[Wrapping, bytes]:
    """Return how a file is packed and the first bytes of what is inside.

    Parameters
    ----------
    path : the file.
    member : the declared file of a zip.

    Returns
    -------
    tuple of Wrapping and bytes

    Raises
    ------
    InvalidFile
        The archive is broken or holds another archive.
    """
    wrapping = Wrapping()
    head = _head(path, wrapping)
    if head.startswith(b"\x1f\x8b"):
        wrapping = Wrapping("gzip")
    elif head.startswith(b"PK") and not _workbook_kind(path):
        wrapping = Wrapping("zip", choose_member(path, member))
    elif path.suffix.lower() in SUFFIXES["gzip"]:
        raise InvalidFile(f"{path.name} can't be read: Not a gzipped file ({head[:2]!r}).")
    if wrapping.container:
        head = _head(path, wrapping)
        inner_zip = head.startswith(b"PK\x03\x04") and b"[Content_Types].xml" not in head and b"mimetype" not in head
        if head.startswith(b"\x1f\x8b") or inner_zip:
            raise InvalidFile(f"{path.name} must hold a table, got an archive inside the archive. Unpack it once.")
    return wrapping, head


def find_kind(path: Path, head: bytes, wrapping: Wrapping) -> str:
    """Return the kind of a file, `csv` for any text that is no JSON.

    Parameters
    ----------
    path : the file.
    head : the first bytes of what is inside.
    wrapping : how it is packed.

    Returns
    -------
    str

    Raises
    ------
    InvalidFile
        It is known not to be a table.
    """
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK"):
        with open_payload(path, container=wrapping.container, member=wrapping.member) as file:
            if kind := workbook_kind(file):
                return kind
        raise InvalidFile(f"{path.name} must hold a table, got a zip of another kind.")
    if head.startswith(OLE):
        return "xls"
    if head[:2] in (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00") and head[2:4] in (
        b"\x10\0",
        b"\x08\0",
        b"\6\0",
    ):
        return "xls"
    for magic, what, hint in REFUSED:
        if head.startswith(magic):
            raise InvalidFile(f"{path.name} must hold a table, got {what}. {hint}")
    lowered = head[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if lowered.startswith((b"<!doctype html", b"<html", b"<?xml")) or b"<table" in lowered[:2000]:
        raise InvalidFile(f"{path.name} must hold a table, got HTML or XML. Open it in a spreadsheet, save it as XLSX.")
    return "csv"


def kind_statement(path: Path, kind: str, wrapping: Wrapping) -> tuple[str, ...]:
    """Say that a file is not what its name says, where it is not."""
    shown = wrapping.container or kind
    inner = Path(wrapping.member) if wrapping.member else path
    suffix = path.suffix.lower()
    found = []
    if suffix in OTHERS and suffix not in SUFFIXES.get(shown, ()):
        found.append(f"is {NAMED[shown]} although its name ends in {suffix}")
    elif shown in SUFFIXES and suffix not in SUFFIXES[shown]:
        found.append(f"is {NAMED[shown]} although its name ends in {suffix or 'nothing'}")
    if wrapping.member and inner.suffix.lower() in OTHERS and inner.suffix.lower() not in SUFFIXES.get(kind, ()):
        found.append(f"{wrapping.member} is {NAMED[kind]} although its name ends in {inner.suffix}")
    return tuple(found)


def workbook_kind(file: BinaryIO) -> str:
    """Return `xlsx` or `ods` for a zip that is a workbook, an empty text for every other."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
            if names & {"xl/workbook.xml", "xl/workbook.bin"}:
                return "xlsx"
            if "mimetype" in names and b"opendocument.spreadsheet" in archive.read("mimetype")[:200]:
                return "ods"
            if "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names):
                return "xlsx"
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError):
        # Not implemented is a compression that `zipfile` does not know; the file is told of when it is unpacked.
        return ""
    return ""


def _workbook_kind(path: Path) -> str:
    with reading(path), path.open("rb") as file:
        return workbook_kind(file)


def _head(path: Path, wrapping: Wrapping) -> bytes:
    with open_payload(path, container=wrapping.container, member=wrapping.member) as file:
        return file.read(HEAD)
