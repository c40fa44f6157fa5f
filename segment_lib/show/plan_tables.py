"""Tables about plans: which goals hold, and who will be contacted."""

import pandas as pd

from segment_lib.checks import check_columns
from segment_lib.show.style import ACCENT
from segment_lib.show.tables import ReportTable, Tone, table_html
from segment_lib.show.words import as_float, format_count, format_field

COUNTS = ("matched", "consenting", "not_suppressed", "eligible", "earlier", "holdout", "sent")
FUNNEL = ("play", "segment", "channel", *COUNTS, "note")
OPTIONAL = ("not_suppressed", "earlier", "note")
ASSESSMENT = ("goal", "objective", "criterion", "verdict", "reason")
GOOD_VERDICTS = ("supported", "passed", "reached")
BAD_VERDICTS = ("out of reach", "failed", "missed")


def table_audiences(funnel: pd.DataFrame) -> ReportTable:
    """Write for every play how many members remain after consent, suppression, caps and holdout.

    Parameters
    ----------
    funnel : one row per play: play, segment, channel, matched, consenting, not_suppressed, eligible, holdout, sent
        (contacts), note. `not_suppressed` and `note` may be absent.

    Returns
    -------
    ReportTable

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    present = [str(name) for name in funnel.columns]
    check_columns(present, [name for name in FUNNEL if name not in OPTIONAL], table="funnel")
    shown = [name for name in FUNNEL if name in present]
    quiet: dict[str, Tone] = {"note": lambda row: "soft"} if "note" in shown else {}
    return table_html(
        funnel[shown],
        caption="From the members of a segment to those who are contacted. Sent: the eligible who are not held out.",
        heads={"matched": "Members", "consenting": "Consenting", "holdout": "Held out", "earlier": "Sent earlier"},
        formats={name: format_count for name in COUNTS if name in shown} | {"channel": format_field},
        bars={"sent": ACCENT},
        tones=quiet | {"sent": lambda row: "" if as_float(row["sent"]) > 0 else "miss"},
    )


def table_goals(assessment: pd.DataFrame) -> ReportTable:
    """Write which criteria of every goal hold, and why.

    Parameters
    ----------
    assessment : one row per goal and criterion: goal, objective, criterion, verdict ('supported', 'partly', 'out of
        reach'), reason.

    Returns
    -------
    ReportTable

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    check_columns([str(name) for name in assessment.columns], ASSESSMENT, table="assessment")
    return table_html(
        assessment[list(ASSESSMENT)],
        caption="Goals and their criteria.",
        tones={"verdict": lambda row: _tone(str(row["verdict"])), "reason": lambda row: "soft"},
    )


def _tone(verdict: str) -> str:
    lower = verdict.lower()
    return "ok" if lower in GOOD_VERDICTS else "miss" if lower in BAD_VERDICTS else "soft"
