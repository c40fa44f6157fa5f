"""Findings: sentences computed from the data, shown as a list."""

import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

_MARKS = re.compile(r"([\\`*_<>\[\]#|])")


@dataclass(frozen=True)
class Findings:
    """Sentences in Markdown, of which only **bold** and *italic* are used; names in them are `plain`.

    Examples
    --------
    >>> Findings(("**At risk** grew by 41.",))
    - At risk grew by 41.
    """

    sentences: tuple[str, ...]

    def __repr__(self) -> str:
        """Return the sentences without their marks."""
        return "\n".join("- " + re.sub(r"\*\*(.+?)\*\*", r"\1", line) for line in self.sentences)

    def _repr_markdown_(self) -> str:
        return "\n".join(f"- {sentence}" for sentence in self.sentences)


def plain(text: object) -> str:
    """Return a name so that Markdown shows it as it is.

    Parameters
    ----------
    text : a name out of the data or a definition.

    Returns
    -------
    str

    Examples
    --------
    >>> plain("A*B <script>")
    'A\\\\*B \\\\<script\\\\>'
    """
    return _MARKS.sub(r"\\\1", str(text))


def bold(name: object) -> str:
    """Return a name in bold.

    Examples
    --------
    >>> bold("At risk")
    '**At risk**'
    """
    return f"**{plain(name)}**"


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table, each as a mapping of column to value."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]
