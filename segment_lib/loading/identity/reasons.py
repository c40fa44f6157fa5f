"""Why two contacts are proposed as one, in words."""

from collections.abc import Sequence

import numpy as np

from segment_lib.loading.identity.columns import Compared
from segment_lib.loading.identity.comparing import CLOSE, DIFFERENT, EQUAL, ONE_CHARACTER, SIMILAR, SWAPPED, Levels

ONE_UNIT = {"name": "letter", "text": "letter", "date": "digit", "phone": "digit"}


def give_reasons(levels: Levels, columns: Sequence[Compared]) -> list[str]:
    """Return one sentence per pair: what agrees, the rarest first, then what differs.

    Parameters
    ----------
    levels : how alike the values are, one row per pair, with what made them close.
    columns : what is compared.

    Examples
    --------
    >>> from segment_lib.loading.identity.columns import choose_columns
    >>> columns = choose_columns(["contact_id", "first_name", "last_name", "birth_date", "city"], None)
    >>> give_reasons(np.array([[EQUAL, ONE_CHARACTER, EQUAL, DIFFERENT]], dtype=np.int8), columns)
    ['same birth date, last name differs by one letter, same first name, but different city']
    """
    if not len(levels):
        return []
    order = sorted(range(len(columns)), key=lambda at: -columns[at].values)
    # Many pairs compare alike: each pattern is put into words once.
    patterns, which = np.unique(levels, axis=0, return_inverse=True)
    sentences = [_sentence([(columns[at], int(pattern[at])) for at in order]) for pattern in patterns]
    return [sentences[at] for at in which.ravel()]


def _sentence(compared: list[tuple[Compared, int]]) -> str:
    alike = [
        phrase
        for wanted in ((EQUAL, CLOSE, ONE_CHARACTER), (SIMILAR,))
        for column, level in compared
        if level in wanted
        for phrase in [_phrase(column, level)]
    ]
    swapped = [column.label for column, level in compared if level == SWAPPED]
    if swapped:
        alike.insert(0, f"{' and '.join(sorted(swapped))} exchanged")
    differs = [column.label for column, level in compared if level == DIFFERENT]
    if differs:
        alike.append(f"but different {', '.join(differs[:-1])}{' and ' if differs[:-1] else ''}{differs[-1]}")
    return ", ".join(alike)


def _phrase(column: Compared, level: int) -> str:
    if level == EQUAL:
        return f"same {column.label}"
    if level == ONE_CHARACTER:
        return f"{column.label} differs by one {ONE_UNIT.get(column.kind, 'character')}"
    return f"{column.label} nearly the same" if level == CLOSE else f"similar {column.label}"
