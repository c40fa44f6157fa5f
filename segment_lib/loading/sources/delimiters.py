"""Which delimiter a text is written with, by how well its lines agree."""

import io
import re
from collections.abc import Sequence
from itertools import islice

from segment_lib.errors import InvalidOption
from segment_lib.loading.sources.names import find_header
from segment_lib.loading.sources.records import Record, read_records
from segment_lib.loading.sources.source import WHITESPACE

# Where two fit alike, the comma comes last: prose and decimals are full of it.
DELIMITERS = ("\t", "|", ";", ",")
WORDS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "whitespace": WHITESPACE}
LOOKED_AT = 200
DECLARED = re.compile(r'^\ufeff?"?sep=(.)"?$', re.IGNORECASE)
ALIGNED = re.compile(r"^[ \t]+\S|\S(?: {2,}| \t|\t )[ \t]*\S")


def check_delimiter(declared: str) -> str:
    """Return a declared delimiter as it stands in the file.

    Parameters
    ----------
    declared : a character or a few, or one of the words `tab`, `comma`, `semicolon`, `pipe`, `whitespace`.

    Returns
    -------
    str

    Raises
    ------
    InvalidOption
        It is empty, or holds a quote or a line end.

    Examples
    --------
    >>> check_delimiter("tab")
    '\\t'
    """
    delimiter = WORDS.get(declared.lower(), declared)
    if not delimiter or set(delimiter) & set('"\r\n\0') or (len(delimiter.encode()) > 4 and delimiter != WHITESPACE):
        raise InvalidOption(
            f"`delimiter` must be up to 4 characters other than quotes and line ends, got {declared!r}."
        )
    return delimiter


def sample_records(head: str, delimiter: str, *, most: int = LOOKED_AT) -> list[Record]:
    """Return the first records of a text, those that are blank or none among them.

    Parameters
    ----------
    head : the text that a file begins with; its last line may be cut.
    delimiter : what stands between cells.
    most : how many records are wanted.

    Returns
    -------
    list of Record
    """
    return list(islice(read_records(io.StringIO(head, newline=""), delimiter), most))


def find_delimiter(head: str, needed: Sequence[str]) -> str:
    """Return the delimiter of a text; a comma where it has one column.

    Parameters
    ----------
    head : the text that a file begins with, whole lines of it.
    needed : columns that are known to be there; the delimiter that makes them is the right one.

    Returns
    -------
    str

    Notes
    -----
    A delimiter must stand in the header and in at least half of the rows as often: one column of e-mails is one column.
    The one that explains most cells wins. Blanks are a delimiter only where lines are aligned by more than one of them.

    Examples
    --------
    >>> find_delimiter("email\\nann@example.org\\n", [])
    ','
    >>> find_delimiter("a;b\\n1,5;2\\n", [])
    ';'
    """
    best, most = ",", 0.0
    for delimiter in DELIMITERS:
        rows = [record.cells for record in sample_records(head, delimiter) if record.cells]
        if not rows:
            continue
        header = rows[find_header(rows)]
        if needed and len(header) > 1 and set(needed) <= {cell.strip().strip("\ufeff") for cell in header}:
            return delimiter
        below = rows[find_header(rows) + 1 :]
        fitting = [
            row for row in below if len(row) == len(header) or (len(row) > len(header) and not any(row[len(header) :]))
        ]
        share = len(fitting) / len(below) if below else 1.0
        if len(header) > 1 and share >= 0.5 and share * (len(header) - 1) > most:
            best, most = delimiter, share * (len(header) - 1)
    return best if most or not _is_aligned(head) else WHITESPACE


def declared_in_file(first_line: str) -> str | None:
    """Return the delimiter that Excel's line `sep=;` names, None where a line is no such one.

    Examples
    --------
    >>> declared_in_file("sep=;")
    ';'
    """
    match = DECLARED.match(first_line.strip("\r\n "))
    return match.group(1) if match else ("\t" if first_line.strip("\r\n \ufeff").lower() == "sep=" else None)


def _is_aligned(head: str) -> bool:
    lines = [line for line in head.splitlines()[: LOOKED_AT + 1] if line.strip()]
    widths = {len(line.split()) for line in lines}
    return len(lines) > 1 and len(widths) == 1 and min(widths) > 1 and all(ALIGNED.search(line) for line in lines)
