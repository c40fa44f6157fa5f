"""The names of a source's columns, and which row of a file holds them."""

import re
from collections.abc import Sequence

from segment_lib.errors import list_names

MOST_TITLES = 20
FIGURE = re.compile(r"[\d\s.,:/+%$€£-]+")


def column_names(given: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """Return the names of the columns of a header, and what is wrong with it.

    Parameters
    ----------
    given : the cells of the header.

    Returns
    -------
    tuple of the names and the fault
        The fault is empty where there is none.

    Examples
    --------
    >>> column_names([" a ", "", "b"])
    (('a', 'column 2', 'b'), '')
    >>> column_names(["Email", "EMAIL"])[1]
    'one that names Email, EMAIL more than once'
    """
    stripped = [name.strip().strip("\ufeff").strip() for name in given]
    names = tuple(name or f"column {place}" for place, name in enumerate(stripped, start=1))
    lowered: dict[str, int] = {}
    for name in names:
        lowered[name.lower()] = lowered.get(name.lower(), 0) + 1
    doubled = dict.fromkeys(name for name in names if lowered[name.lower()] > 1)
    if not any(stripped):
        return names, "an empty line"
    return names, f"one that names {list_names(doubled)} more than once" if doubled else ""


def find_header(rows: Sequence[Sequence[str]]) -> int:
    """Return which row is the header: the first, unless titles stand above a table.

    Parameters
    ----------
    rows : the first rows of a file that are not blank.

    Returns
    -------
    int
        A place in `rows`.

    Notes
    -----
    A title is a row of one cell. It is taken for one only where all rows behind it have the same two or more cells,
    and the first of these holds names alone: neither figures nor addresses, each of them once.

    Examples
    --------
    >>> find_header([["Customers in May"], ["name", "city"], ["Ann", "Rome"], ["Bo", "Oslo"]])
    1
    >>> find_header([["email"], ["a@b.example", "x"], ["c@d.example", "y"], ["e@f.example", "z"]])
    0
    """
    filled = [[cell.strip() for cell in row] for row in rows]
    titles = 0
    while titles < len(filled) and len([cell for cell in filled[titles] if cell]) == 1:
        titles += 1
    table = filled[titles:]
    if not 0 < titles <= MOST_TITLES or len(table) < 3 or len({len(row) for row in table}) != 1:
        return 0
    return titles if len(table[0]) > 1 and _are_names(table[0]) else 0


def _are_names(cells: Sequence[str]) -> bool:
    return (
        all(cell and "@" not in cell and not FIGURE.fullmatch(cell) for cell in cells)
        and len({cell.lower() for cell in cells}) == len(cells)
    )  # fmt: skip
