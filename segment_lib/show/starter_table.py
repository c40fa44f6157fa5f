"""Starter segments as a table to choose from."""

import pandas as pd

from segment_lib.segments.starters import Suggestion, Suggestions
from segment_lib.show.style import ACCENT
from segment_lib.show.tables import ReportTable, table_html
from segment_lib.show.words import as_float, format_count, format_share

_TONES = {"ready": "ok", "nobody": "soft", "there": "soft", "unsupported": "miss"}


def table_starters(suggestions: Suggestions, *, most: int = 100) -> ReportTable:
    """Write which starter segments the data can support, whom they hold, and what one does with them.

    Parameters
    ----------
    suggestions : of `suggest_segments`.
    most : rows; how many are left out is said above.

    Returns
    -------
    ReportTable
        Those that serve the objective, or all where none was asked for. Groups that are too small to be shown have
        no numbers.
    """
    rows = [_row(one, suggestions.smallest_group) for one in suggestions if one.serves]
    aim = suggestions.goal or suggestions.objective
    supported = sum(one.supported for one in suggestions if one.serves)
    serving = f" that serve {aim}" if aim else ""
    caption = f"Starter segments{serving}: the data as of {suggestions.as_of.day} support {supported} of {len(rows)}."
    caption += f" The first {most} are shown." if len(rows) > most else ""
    tones = {one.name: _TONES[one.state] for one in suggestions}
    return table_html(
        pd.DataFrame(rows[:most], columns=["segment", "for", "why", "members", "unknown", "share_365d", "verdict"]),
        caption=caption,
        heads={"share_365d": "Revenue, 12 months"},
        formats={"members": format_count, "unknown": format_count, "share_365d": format_share},
        bars={"members": ACCENT},
        tones={
            "for": lambda row: "soft",
            "unknown": lambda row: "soft" if not as_float(row["unknown"]) > 0 else "",
            "verdict": lambda row: tones[row["segment"]],
        },
    )


def _row(one: Suggestion, smallest_group: int) -> dict[str, object]:
    counted = one.state != "unsupported" and (not one.inside or one.inside >= smallest_group)
    few = "" if counted or one.state == "unsupported" else f"; fewer than {smallest_group} members"
    return {
        "segment": one.name,
        "for": ", ".join(one.starter.objectives),
        "why": one.starter.why,
        "members": one.inside if counted else None,
        "unknown": one.unknown if counted else None,
        "share_365d": one.share_365d if counted else None,
        "verdict": one.verdict + few,
    }
