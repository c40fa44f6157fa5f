"""The history of segments in words and tables: run by run, contact by contact, and why they changed."""

import pandas as pd

from segment_lib.segments.changes import Changes
from segment_lib.show.folding import hide_small_groups
from segment_lib.show.tables import ReportTable, table_html
from segment_lib.show.words import format_count, format_day, is_missing


def table_segment_history(history: pd.DataFrame, *, segment: str) -> ReportTable:
    """Write who was in a segment at each run, the latest first.

    Parameters
    ----------
    history : from `segment_history`.
    segment : its name.

    Returns
    -------
    ReportTable
    """
    shown = history.iloc[::-1].assign(
        definition=["changed" if changed else "as before" for changed in history["definition_changed"].iloc[::-1]]
    )
    return table_html(
        shown[["as_of", "members", "entered", "left", "stayed", "definition"]],
        caption=f"Members of {segment} at each run, and how they moved since the run before.",
        heads={"as_of": "Run as of"},
        formats={"as_of": format_day},
        tones={"definition": lambda row: "miss" if row["definition"] == "changed" else "soft"},
    )


def table_spells(spells: pd.DataFrame) -> ReportTable:
    """Write in which segments a contact has been, and since when.

    Parameters
    ----------
    spells : from `membership_of`.

    Returns
    -------
    ReportTable
    """
    words = spells.assign(
        entered=[format_day(day) for day in spells["entered"]],
        left=["still in" if is_missing(day) else format_day(day) for day in spells["left"]],
    )
    return table_html(
        words,
        caption="Segments that the contact has been in: seen in first, and seen out again.",
        heads={"runs": "Runs that saw the contact in"},
    )


def table_changes_explained(changes: Changes, *, smallest_group: int = 1) -> ReportTable:
    """Write how many entered and left each segment by themselves, and how many by an edit of its definition.

    Parameters
    ----------
    changes : from `explain_changes`.
    smallest_group : segments of fewer contacts, but at least one, are left out, as in a report.

    Returns
    -------
    ReportTable
    """
    sizes = pd.DataFrame(
        {"segment": changes.table["segment"], "contacts": changes.table[["before", "now"]].max(axis=1)}
    )
    shown = hide_small_groups(changes.table, sizes, smallest_group=smallest_group)
    ways = [f"{way}_by_{cause}" for way in ("entered", "left") for cause in ("people", "definition")]
    columns = ["segment", "before", *ways, "cancelled", "now", "definition"]
    return table_html(
        shown[columns],
        caption=f"Why segments changed from {format_day(changes.before.day)} to {format_day(changes.now.day)}.",
        heads={"cancelled": "Moved both ways, so not"},
        formats=dict.fromkeys(columns[1:-1], format_count),
        tones={"definition": lambda row: "soft" if row["definition"] == "same" else "miss"},
    )
