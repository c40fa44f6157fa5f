"""Examples of cells without the people in them: what many share is shown, of all else only its shape."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from segment_lib.show.words import is_missing

# They name one person or their words, in whatever family they are.
PRIVATE = ("order_id", "subject", "postal_code", "birth_date")
NOTHING = "nothing"
_RUN = re.compile(r"x{4,}|X{4,}")


def mask_text(text: str, *, longest: int = 28) -> str:
    """Return the shape of a text: letters become x, three at most in a row, digits 9, everything else stays.

    Parameters
    ----------
    text : of a cell.
    longest : characters that are shown.

    Returns
    -------
    str

    Examples
    --------
    >>> mask_text("Ana.Soto@Mail.example"), mask_text("03/04/1985")
    ('Xxx.Xxxx@Xxxx.xxx', '99/99/9999')
    """
    zone = next((zone for zone in (" UTC", ":00+00") if text.endswith(zone)), "")
    shape = "".join(_mask(sign) for sign in text.removesuffix(zone)) + zone
    shape = _RUN.sub(lambda run: run[0][:3], shape)
    return shape if len(shape) <= longest else f"{shape[:longest]}…"


def is_shared(pair: Mapping[str, Any], *, cells: int, distinct: int, smallest: int) -> bool:
    """Tell whether a value may be shown: so many rows have it, and its column repeats so often, that it is nobody's.

    Parameters
    ----------
    pair : `field`, `family` and `rows` of a value.
    cells, distinct : how many values its column has, and how many different ones.
    smallest : the workspace's smallest group.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_shared({"field": "country", "family": "geographic", "rows": 9}, cells=90, distinct=6, smallest=5)
    True
    >>> is_shared({"field": "last_name", "family": "identity", "rows": 9}, cells=90, distinct=6, smallest=5)
    False
    """
    private = pair["family"] == "identity" or pair["field"] in PRIVATE
    return not private and pair["rows"] >= smallest and cells >= smallest * distinct


def show_pair(before: object, after: object, *, masked: bool) -> str:
    """Write what a cell was and what it became; only once where it stayed as it was.

    Parameters
    ----------
    before, after : texts, the second missing where nothing is left.
    masked : whether only their shapes are shown.

    Returns
    -------
    str

    Examples
    --------
    >>> show_pair("Spain", "ES", masked=False), show_pair("n/a", None, masked=True)
    ('Spain → ES', 'x/x → nothing')
    """
    old, new = str(before), None if is_missing(after) else str(after)
    same = old == new
    if masked:
        old, new = mask_text(old), None if new is None else mask_text(new)
    return _visible(old) if same else f"{_visible(old)} → {NOTHING if new is None else _visible(new)}"


def pick_examples(pairs: pd.DataFrame, *, smallest: int, most: int = 3) -> pd.DataFrame:
    """Pick for each column a few cells that cleaning changed, the most frequent first.

    Parameters
    ----------
    pairs : of `segment_lib.loading.before_after.preview_cleaning`.
    smallest : the workspace's smallest group.
    most : examples of a column.

    Returns
    -------
    pandas.DataFrame
        `source`, `column`, `field`, `examples`, masked where a value may be a person's.
    """
    rows = []
    for (source, column, field), group in pairs.groupby(["source", "column", "field"], sort=False):
        cells, distinct = int(group["rows"].sum()), int(group["before"].nunique())
        changed = group[group["changed"].astype(bool)].sort_values("rows", ascending=False, kind="stable")
        texts = [
            show_pair(
                pair["before"],
                pair["after"],
                masked=not is_shared(
                    {str(key): value for key, value in pair.items()}, cells=cells, distinct=distinct, smallest=smallest
                ),
            )
            for pair in changed.head(20 * most).to_dict("records")
        ]
        rows.append((source, column, field, "; ".join(list(dict.fromkeys(texts))[:most])))
    return pd.DataFrame(rows, columns=["source", "column", "field", "examples"])


def _mask(sign: str) -> str:
    if sign.isdigit():
        return "9"
    if sign.isalpha():
        return "X" if sign.isupper() else "x"
    return sign


def _visible(text: str) -> str:
    """Return a text whose blanks at the ends can be seen."""
    inner = text.strip()
    lead = len(text) - len(text.lstrip())
    return "␣" * lead + inner + "␣" * (len(text) - lead - len(inner))
