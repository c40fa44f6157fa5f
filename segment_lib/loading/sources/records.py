"""The lines of a CSV text as records, exactly: every line belongs to one record or is kept as it stands."""

import re
from collections.abc import Iterator
from typing import NamedTuple, TextIO

from segment_lib.errors import InvalidFile
from segment_lib.loading.sources.source import WHITESPACE

LONGEST_RECORD = 100_000_000
UNCLOSED = "a quote is not closed, or text stands behind it"
QUOTED = re.compile(r'[^"]*+(?:""[^"]*+)*+')


class Record(NamedTuple):
    """Cells, or None where the line is no record, with the lines that they were made of."""

    cells: list[str] | None
    line: str
    line_count: int


def read_records(text: TextIO, delimiter: str) -> Iterator[Record]:
    """Yield the records of a CSV text; a blank line is a record of no cells.

    Parameters
    ----------
    text : opened with `newline=""`: line ends of all kinds may be mixed.
    delimiter : what stands between cells; `whitespace` for any run of blanks.

    Yields
    ------
    Record

    Raises
    ------
    InvalidFile
        A line is too long to be held in memory.

    Notes
    -----
    One blank before an opening quote, and all behind a closing one, are dropped; all other blanks are kept. A quote
    inside a cell that does not begin with one is a character like others. A quote that is never closed costs its own
    line, not those behind it.

    Examples
    --------
    >>> import io
    >>> [record.cells for record in read_records(io.StringIO('a, "b"\\n\\n1,"x\\ny"\\n2,"z\\n3'), ",")]
    [['a', 'b'], [], ['1', 'x\\ny'], None, ['3']]
    """
    waiting: list[str] = []
    while line := waiting.pop() if waiting else _next_line(text):
        body = _without_end(line)
        if not body:
            yield Record([], "", 1)
        elif delimiter == WHITESPACE:
            yield Record(body.split(), body, 1)
        elif '"' not in body:
            yield Record(body.split(delimiter), body, 1)
        else:
            taken = [line]
            cells = _quoted_cells(taken, delimiter, text, waiting)
            if cells is None:
                waiting += reversed(taken[1:])
                yield Record(None, body, 1)
            else:
                yield Record(cells, _without_end("".join(taken)), len(taken))


def _quoted_cells(taken: list[str], delimiter: str, text: TextIO, waiting: list[str]) -> list[str] | None:
    """Return the cells of a record that holds quotes, taking further lines where a quoted cell goes over them."""
    line = taken[0]
    body, place, size, cells = _without_end(line), 0, len(line), list[str]()
    while True:
        # As DuckDB has it: one blank before a quote is none of the cell, two are.
        start = place + (body.startswith(' "', place) and delimiter != " ")
        if not body.startswith('"', start):
            end = body.find(delimiter, place)
            if end < 0:
                return [*cells, body[place:]]
            cells.append(body[place:end])
            place = end + len(delimiter)
            continue
        place, parts = start + 1, list[str]()
        while True:
            while (end := _end_of_quoted(line, place)) == len(line):
                parts.append(line[place:])
                line = waiting.pop() if waiting else _next_line(text)
                if not line:
                    return None
                taken.append(line)
                size += len(line)
                if size > LONGEST_RECORD:
                    return None
                body, place = _without_end(line), 0
            parts.append(line[place:end])
            place = end + 1
            while body.startswith(" ", place) and not body.startswith(delimiter, place):
                place += 1
            if place == end + 1 or not body.startswith('"', place):
                break
            # As DuckDB has it: `"Ann" "Bob"` is one cell, Ann Bob.
            parts.append(body[end + 1 : place])
            place += 1
        cells.append("".join(parts).replace('""', '"'))
        if place >= len(body):
            return cells
        if not body.startswith(delimiter, place):
            return None
        place += len(delimiter)


def _end_of_quoted(line: str, place: int) -> int:
    """Return where the closing quote stands, or the length of the line."""
    match = QUOTED.match(line, place)
    return match.end() if match else len(line)


def _next_line(text: TextIO) -> str:
    line = text.readline(LONGEST_RECORD)
    if len(line) == LONGEST_RECORD and not line.endswith(("\n", "\r")):
        raise InvalidFile(f"a line must have at most {LONGEST_RECORD:,} characters.")
    return line


def _without_end(line: str) -> str:
    if line[-1:] == "\n":
        return line[:-2] if line[-2:] == "\r\n" else line[:-1]
    return line[:-1] if line[-1:] == "\r" else line
