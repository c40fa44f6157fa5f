"""JSON objects, one a line or in an array, as rows: nested names with dots, lists of texts joined."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from segment_lib.checks import check_columns
from segment_lib.errors import InvalidFile
from segment_lib.loading.sources.cells import cell_text
from segment_lib.loading.sources.decoding import open_text
from segment_lib.loading.sources.names import column_names
from segment_lib.loading.sources.records import LONGEST_RECORD
from segment_lib.loading.sources.source import Parsed, SourceFile

MOST_COLUMNS = 10_000
PIECE = 1 << 20
SUFFIXES = (".json", ".jsonl", ".ndjson")
SPACE = " \t\r\n"
# An object with its names flattened; or none, the text as it stands, and why it is no row.
Flat = tuple[dict[str, str | None] | None, str, str]


def json_kind(head: str, path: Path) -> str:
    """Return `json lines`, `json` for an array, or nothing for a text that is no JSON.

    Parameters
    ----------
    head : the text that a file begins with.
    path : its name decides where the first object is broken.

    Returns
    -------
    str

    Examples
    --------
    >>> json_kind('{"email": "ann@example.org"}', Path("a.txt")), json_kind("{},b", Path("a.csv"))
    ('json lines', '')
    """
    text = head.lstrip("\ufeff" + SPACE)
    named = any(suffix in SUFFIXES for suffix in path.suffixes)
    if text.startswith("{"):
        line = text.split("\n", 1)[0].strip()
        return "json lines" if named or isinstance(_value(line), dict) else ""
    if text.startswith("["):
        inner = text[1:].lstrip(SPACE)
        try:
            first, _ = DECODER.raw_decode(inner)
        except (ValueError, RecursionError):
            return "json" if named else ""
        return "json" if named or isinstance(first, dict) else ""
    return ""


def inspect_json(file: SourceFile, needed: Sequence[str]) -> SourceFile:
    """Read all names that the objects of a file have, in the order of their first appearance.

    Parameters
    ----------
    file : a source whose kind and encoding are known.
    needed : the columns that must be there.

    Returns
    -------
    SourceFile

    Raises
    ------
    InvalidFile
        There are no objects, or two names differ by case or blanks alone.
    MissingColumns
        A needed column is absent.
    """
    keys: dict[str, None] = {}
    for cells, _, _ in _objects(file):
        if cells is not None:
            keys.update(dict.fromkeys(cells))
            if len(keys) > MOST_COLUMNS:
                raise InvalidFile(
                    f"{file.path.name} must have at most {MOST_COLUMNS:,} columns, got more names of keys."
                )
    if not keys:
        raise InvalidFile(f"{file.path.name} must hold JSON objects, one a line or in one array, got none.")
    columns, fault = column_names(list(keys))
    if fault:
        raise InvalidFile(f"{file.path.name} must have names that differ, got {fault.removeprefix('one that ')}.")
    check_columns(columns, needed, table=file.path.name)
    return replace(file, columns=columns, keys=tuple(keys))


def parse_json(file: SourceFile) -> Iterator[Parsed]:
    """Yield the objects of a file as rows; what is no object is kept as it stands.

    Parameters
    ----------
    file : an inspected file.

    Yields
    ------
    Parsed
    """
    for cells, line, reason in _objects(file):
        if cells is None:
            yield None, line, f"the line is no row: {reason}"
        else:
            yield [cells.get(key) for key in file.keys], line, ""


def _objects(file: SourceFile) -> Iterator[Flat]:
    with open_text(file) as text:
        yield from _array(file, text) if file.kind == "json" else _lines(file, text)


def _lines(file: SourceFile, text: TextIO) -> Iterator[Flat]:
    while line := text.readline(LONGEST_RECORD):
        if len(line) >= LONGEST_RECORD:
            raise InvalidFile(f"{file.path.name} must have lines of at most {LONGEST_RECORD:,} characters.")
        if line.strip("\ufeff" + SPACE):
            yield _flat(_value(line.strip("\ufeff" + SPACE)), line.rstrip("\r\n"))


def _array(file: SourceFile, text: TextIO) -> Iterator[Flat]:
    """Yield the elements of one array, however long it is."""
    buffer = text.read(PIECE).lstrip("\ufeff" + SPACE)[1:]
    place, number, size = 0, 0, PIECE
    while True:
        while place < len(buffer) and buffer[place] in SPACE + ("," if number else ""):
            place += 1
        if buffer.startswith("]", place):
            if (buffer[place + 1 :] + text.read(PIECE)).strip(SPACE):
                raise InvalidFile(f"{file.path.name} must be one array of objects, got more behind its end.")
            return
        try:
            value, end = DECODER.raw_decode(buffer, place)
            # What ends with the buffer may go on behind it.
            whole = end < len(buffer)
        except RecursionError:
            raise InvalidFile(f"{file.path.name} can't be read: its element {number + 1} is nested too deep.") from None
        except ValueError:
            whole = False
        if whole:
            number, size = number + 1, PIECE
            yield _flat(value, buffer[place:end])
            place = end
            continue
        more = text.read(size)
        if not more or len(buffer) - place > LONGEST_RECORD:
            raise InvalidFile(
                f"{file.path.name} must be an array of objects, got one that breaks off or is broken in "
                f"element {number + 1}."
            )
        buffer, place, size = buffer[place:] + more, 0, 2 * size


def _flat(value: object, line: str) -> Flat:
    """Return the names and texts of an object, or why it is none."""
    if isinstance(value, _Fault):
        return None, line, value.reason
    if not isinstance(value, dict):
        return None, line, "it is no JSON object"
    cells: dict[str, str | None] = {}
    try:
        for name, inner in _leaves("", value):
            if name in cells:
                return None, line, f"it names {name} twice"
            cells[name] = _json_text(inner)
    except RecursionError:
        return None, line, "it is nested too deep"
    return cells, line, ""


def _leaves(prefix: str, value: dict[str, object]) -> Iterator[tuple[str, object]]:
    for key, inner in value.items():
        name = _sound(f"{prefix}{key}")
        if isinstance(inner, dict) and inner:
            yield from _leaves(f"{name}.", inner)
        else:
            yield name, inner
    if isinstance(value, _Doubled):
        yield from ((f"{prefix}{key}", None) for key in value.doubled)


def _json_text(value: object) -> str | None:
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        return _sound(json.dumps(value, ensure_ascii=False))
    text = None if value == {} else cell_text(value)
    return text if text is None else _sound(text)


def _sound(text: str) -> str:
    """Return a text without halves of characters, which JSON can name and no table can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


class _Doubled(dict[str, object]):
    """An object that names a key more than once."""

    doubled: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Fault:
    reason: str


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        found = _Doubled(found)
        found.doubled = tuple(name for name in found if names.count(name) > 1)
    return found


# Figures stay as they are written.
DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False, object_pairs_hook=_pairs)


def _value(text: str) -> object:
    try:
        return DECODER.decode(text)
    except ValueError:
        return _Fault("it can't be read as JSON")
    except RecursionError:
        return _Fault("it is nested too deep")
