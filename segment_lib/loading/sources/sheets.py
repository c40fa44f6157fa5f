"""Workbooks: one sheet as rows of text, written as a text export would write them."""

import html
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import python_calamine

from segment_lib.checks import check_columns
from segment_lib.errors import InvalidFile, list_names, suggest
from segment_lib.loading.sources.cells import sheet_text
from segment_lib.loading.sources.kinds import OLE
from segment_lib.loading.sources.names import column_names, find_header
from segment_lib.loading.sources.payload import check_archive, payload_chunks
from segment_lib.loading.sources.source import Parsed, SourceFile

LOOKED_AT = 200
# Of the stream that holds a workbook under a password.
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
SHEET = re.compile(rb"<(?:\w+:)?sheet\s([^>]*)>")
RELATION = re.compile(rb"<(?:\w+:)?Relationship\s([^>]*)>")
ERROR_CELL = re.compile(rb'<(?:\w+:)?c\s([^>]*\bt="e"[^>]*)>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)<', re.DOTALL)
PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d+)"')
ATTRIBUTE = re.compile(r'([\w:]+)\s*=\s*"([^"]*)"')


@dataclass(frozen=True)
class _Book:
    workbook: python_calamine.CalamineWorkbook
    data: bytes


def inspect_sheet(file: SourceFile, needed: Sequence[str]) -> SourceFile:
    """Choose the sheet of a workbook and read its header.

    Parameters
    ----------
    file : a source whose kind is known.
    needed : the columns that must be there.

    Returns
    -------
    SourceFile

    Raises
    ------
    InvalidFile
        The workbook is broken, asks for a password, or does not tell which sheet is meant.
    MissingColumns
        A needed column is absent.
    """
    book = _open(file)
    name, said = _choose_sheet(file, book)
    rows = _rows(file, book, name)
    wanted = file.options.header_row
    head = list(islice(rows, max(LOOKED_AT, wanted or 0)))
    filled = [place for place, row in enumerate(head) if any(cell and cell.strip() for cell in row)]
    if not filled:
        raise InvalidFile(f"{file.path.name} must begin with a header, got the empty sheet {name}.")
    first, skipped = filled[0], ""
    if wanted is not None:
        first = wanted - 1
    else:
        first = filled[find_header([[cell or "" for cell in _trimmed(head[place])] for place in filled])]
        titles = ["; ".join(cell for cell in head[place] if cell)[:60] for place in filled if place < first]
        skipped = f"the rows above the header are no rows: {'; '.join(titles)}" if titles else ""
    if first >= len(head):
        raise InvalidFile(f"{file.path.name} must have its header in row {wanted}, got {len(head)} rows.")
    below = head[first + 1 :]
    width = max(map(len, head))
    header = [*(head[first] if first >= 0 else []), *[None] * width][:width]
    used = [bool(cell and cell.strip()) for cell in header]
    for row in (*below, *rows):
        for place, cell in enumerate(row):
            if cell is not None:
                used[place] = True
    places = tuple(place for place, is_used in enumerate(used) if is_used)
    every = [(cell or "").strip() or f"column {place}" for place, cell in enumerate(header, start=1)]
    columns, fault = column_names([every[place] for place in places])
    if fault or (first >= 0 and not any((cell or "").strip() for cell in header)):
        raise InvalidFile(f"{file.path.name} must begin with a header, got {fault or 'an empty row'}.")
    check_columns(columns, needed, table=file.path.name)
    found = tuple(filter(None, (*file.statements, said, skipped)))
    return replace(file, columns=columns, places=places, sheet=name, header_lines=first + 1, statements=found)


def parse_sheet(file: SourceFile) -> Iterator[Parsed]:
    """Yield the rows of a sheet that are not blank.

    Parameters
    ----------
    file : an inspected workbook.

    Yields
    ------
    Parsed
    """
    for row in islice(_rows(file, _open(file), file.sheet), file.header_lines, None):
        cells = [row[place] if place < len(row) else None for place in file.places]
        if any(cell is not None for cell in cells):
            yield cells, "", ""


def _open(file: SourceFile) -> _Book:
    """Return a workbook with its bytes, which are bounded before anything unpacks them."""
    data = b"".join(payload_chunks(file.path, container=file.container, member=file.member))
    if data.startswith(OLE) and ENCRYPTED in data:
        raise _locked(file)
    if file.kind != "xls":
        check_archive(file.path, io.BytesIO(data))
    try:
        return _Book(python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)), data)
    except python_calamine.PasswordError:
        raise _locked(file) from None
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise _unreadable(file, error) from None


def _choose_sheet(file: SourceFile, book: _Book) -> tuple[str, str]:
    """Return the name of the sheet that is meant, and what there is to say about the choice."""
    named, wanted, name = list(book.workbook.sheet_names), file.options.sheet, file.path.name
    if wanted is not None:
        if wanted in named:
            return wanted, ""
        hint = suggest(wanted, named)
        raise InvalidFile(f"can't find the sheet {wanted} in {name}. Sheets: {list_names(named)}.{hint}")
    kinds = {one.name: one for one in book.workbook.sheets_metadata}
    filled = [
        one
        for one in named
        if kinds[one].typ == python_calamine.SheetTypeEnum.WorkSheet
        and any(cell and cell.strip() for row in _rows(file, book, one) for cell in row)
    ]
    seen = [one for one in filled if kinds[one].visible == python_calamine.SheetVisibleEnum.Visible]
    if len(filled) == 1:
        return filled[0], f"reads the sheet {filled[0]}, the only one that is not empty" if len(named) > 1 else ""
    if len(seen) == 1:
        return seen[0], f"reads the sheet {seen[0]}, the only one that is not hidden"
    if not filled:
        raise InvalidFile(f"{name} must hold a table, got a workbook whose sheets are all empty.")
    raise InvalidFile(f"{name} must have one sheet that is not empty, got {list_names(filled)}. Name one as `sheet`.")


def _rows(file: SourceFile, book: _Book, name: str) -> Iterator[list[str | None]]:
    """Yield all rows of a sheet as text, from the first row and column on."""
    try:
        sheet = book.workbook.get_sheet_by_name(name)
        left = sheet.start[1] if sheet.start else 0
        faults = _error_cells(file, book.data, name)
        for number, row in enumerate(sheet.iter_rows()):
            cells = [*[None] * left, *map(sheet_text, row)]
            for place, text in faults.get(number, ()):
                if place < len(cells):
                    cells[place] = text
            yield cells
    except python_calamine.PasswordError:
        raise _locked(file) from None
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise _unreadable(file, error) from None


def _error_cells(file: SourceFile, data: bytes, name: str) -> dict[int, list[tuple[int, str]]]:
    """Return the cells of an XLSX sheet that show an error such as #N/A, by row: calamine takes them for empty."""
    found: dict[int, list[tuple[int, str]]] = {}
    if file.kind != "xlsx":
        return found
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        part = _sheet_part(archive, name)
        if part is None:
            return found
        content = archive.read(part)
    if b't="e"' not in content:
        return found
    for attributes, text in ERROR_CELL.findall(content):
        match = PLACE.search(attributes)
        if match:
            column = 0
            for letter in match.group(1):
                column = column * 26 + letter - 64
            found.setdefault(int(match.group(2)) - 1, []).append((column - 1, html.unescape(text.decode())))
    return found


def _sheet_part(archive: zipfile.ZipFile, name: str) -> str | None:
    """Return the part of an XLSX archive that holds a sheet, None where the workbook is written in another form."""
    parts = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= parts:
        return None
    ids = [_attributes(found) for found in SHEET.findall(archive.read("xl/workbook.xml"))]
    targets = [_attributes(found) for found in RELATION.findall(archive.read("xl/_rels/workbook.xml.rels"))]
    wanted = next((sheet.get("id") for sheet in ids if sheet.get("name") == name), None)
    target = next((one.get("Target", "") for one in targets if one.get("Id") == wanted), "")
    part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return part if part in parts else None


def _attributes(text: bytes) -> dict[str, str]:
    """Return the attributes of a tag, without their namespaces."""
    found = ATTRIBUTE.findall(text.decode(errors="replace"))
    return {key.rpartition(":")[2]: html.unescape(value) for key, value in found}


def _trimmed(row: Sequence[str | None]) -> list[str | None]:
    """Return a row without the empty cells at its ends."""
    filled = [place for place, cell in enumerate(row) if cell and cell.strip()]
    return list(row[filled[0] : filled[-1] + 1]) if filled else []


def _locked(file: SourceFile) -> InvalidFile:
    return InvalidFile(f"{file.path.name} must not ask for a password, got a protected workbook. Save it without one.")


def _unreadable(file: SourceFile, error: Exception) -> InvalidFile:
    reason = str(error).strip().split("\n", 1)[0][:200] or type(error).__name__
    return InvalidFile(f"{file.path.name} can't be read: {reason}.")
