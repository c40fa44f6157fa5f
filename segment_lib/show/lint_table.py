"""What linting found, as a table."""

from collections.abc import Mapping
from typing import Any

from segment_lib.segments.linting import SEVERITIES, Lint
from segment_lib.show.findings import plain
from segment_lib.show.tables import ReportTable, table_html
from segment_lib.show.words import count_words, format_day, join_words


def table_lint(lint: Lint, *, most: int = 40) -> ReportTable:
    """Write what linting found, the worst first.

    Parameters
    ----------
    lint : from `lint_segments`.
    most : rows; how many are left out is said above.

    Returns
    -------
    ReportTable
    """
    frame = lint.table[["segment", "severity", "sentence", "part", "advice"]]
    return table_html(
        # A table has no other type for what is written in a rule.
        frame.head(most).fillna("").astype(str).apply(lambda texts: texts.str.replace("`", "")),
        caption=_caption(lint, most),
        heads={
            "segment": "Smart view", "severity": "Severity", "sentence": "What was found", "part": "Where",
            "advice": "What to do",
        },
        tones={"severity": _tone, "part": lambda row: "soft", "advice": lambda row: "soft"},
    )  # fmt: skip


def say_lint(lint: Lint) -> str:
    """Say in one sentence what linting found.

    Parameters
    ----------
    lint : from `lint_segments`.

    Returns
    -------
    str

    Examples
    --------
    >>> say_lint(Lint(3, ()))
    'Nothing was found in the rules of 3 smart views.'
    """
    counts = [count_words(lint.count(severity), f"{severity}s") for severity in SEVERITIES if lint.count(severity)]
    views = count_words(lint.segments, "smart views")
    if not counts:
        where = f" and their contacts of {format_day(lint.as_of)}" if lint.as_of else ""
        return f"Nothing was found in the rules of {views}{where}."
    worst = lint.findings[0]
    found = f"{plain(worst.segment)}: {plain(worst.sentence.replace('`', ''))}"
    return f"In the rules of {views} there are {join_words(counts)}; first of all {found}"


def _caption(lint: Lint, most: int) -> str:
    day = f", seen from {format_day(lint.as_of)}" if lint.as_of else ", without data"
    left = len(lint.findings) - most
    more = f" {count_words(left, 'more')} are not shown." if left > 0 else ""
    return f"What is probably not meant in the rules of smart views{day}.{more}"


def _tone(row: Mapping[str, Any]) -> str:
    return {"error": "miss", "warning": "miss", "note": "soft"}[str(row["severity"])]
