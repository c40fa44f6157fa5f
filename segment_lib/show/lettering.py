"""Texts of charts: how wide they are, and where they break."""

import textwrap
from collections.abc import Sequence

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

LABEL_SIZE = 10.0
LABEL_CHARACTERS = 24
LABEL_LINES = 3


def text_width(text: str, *, size: float, bold: bool = False) -> float:
    """Measure the longest line of a text.

    Parameters
    ----------
    text : one or more lines.
    size : points.
    bold : whether the type is bold.

    Returns
    -------
    float
        Inches.
    """
    font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
    widths = [text_to_path.get_text_width_height_descent(line, font, False)[0] for line in text.split("\n") if line]
    return float(max(widths, default=0.0)) / 72


def wrap_name(name: str, *, characters: int = LABEL_CHARACTERS, lines: int = LABEL_LINES) -> str:
    """Break a long name into lines.

    Parameters
    ----------
    name : what to break.
    characters : of a line.
    lines : at most; what is beyond ends in an ellipsis.

    Returns
    -------
    str

    Examples
    --------
    >>> print(wrap_name("Came for the summer sale and never again"))
    Came for the summer sale
    and never again
    """
    return "\n".join(textwrap.wrap(str(name), characters, max_lines=lines, placeholder=" …")) or " "


def wrap_sentence(text: str, *, inches: float, size: float, bold: bool = False) -> str:
    """Break a sentence so that no line is wider than the room there is.

    Parameters
    ----------
    text : the sentence.
    inches : the room.
    size : points.
    bold : whether the type is bold.

    Returns
    -------
    str
    """
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, size=size, bold=bold) > inches:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def label_room(labels: Sequence[str], *, size: float = LABEL_SIZE, gap: float = 0.16) -> float:
    """Measure the column that labels need, in inches.

    Parameters
    ----------
    labels : names, broken into lines already.
    size : points.
    gap : inches between the column and what follows.

    Returns
    -------
    float
    """
    return max((text_width(label, size=size) for label in labels), default=0.0) + gap
