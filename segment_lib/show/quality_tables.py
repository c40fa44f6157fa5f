"""Tables about the data: how well fields are filled, what became of rows, and why some were refused."""

import pandas as pd

from segment_lib.checks import check_columns
from segment_lib.show.quality_bars import COVERAGE, IMPORTS, WELL_FILLED
from segment_lib.show.style import ACCENT, GREY
from segment_lib.show.tables import ReportTable, table_html
from segment_lib.show.words import as_float, format_count, format_field, format_share

QUARANTINE = ("file", "target", "reason", "rows")


def table_coverage(coverage: pd.DataFrame) -> ReportTable:
    """Write for how many contacts each field is filled, by family of fields.

    Parameters
    ----------
    coverage : one row per field: field, family, filled_share (0 to 1), used_by_goal (true or false).

    Returns
    -------
    ReportTable

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    check_columns([str(name) for name in coverage.columns], COVERAGE, table="coverage")
    shown = coverage[list(COVERAGE)].sort_values(["family", "filled_share"], ascending=[True, False], kind="stable")
    needed = [bool(value) for value in shown["used_by_goal"]]
    return table_html(
        shown.assign(used_by_goal=["yes" if value else "" for value in needed]),
        caption="Share of contacts with the field filled, by family of fields.",
        heads={"filled_share": "Filled", "used_by_goal": "Needed by a goal"},
        formats={"field": format_field, "filled_share": format_share},
        bars={"filled_share": [ACCENT if value else GREY for value in needed]},
        tones={"filled_share": lambda row: "miss" if row["used_by_goal"] and _is_low(row["filled_share"]) else ""},
    )


def _is_low(share: object) -> bool:
    return not as_float(share) >= WELL_FILLED


def table_imports(imports: pd.DataFrame) -> ReportTable:
    """Write what became of the rows of each file; accepted, quarantined and skipped add up to those read.

    Parameters
    ----------
    imports : one row per file: file, target, rows_read, rows_accepted, rows_quarantined, rows_skipped.

    Returns
    -------
    ReportTable

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    check_columns([str(name) for name in imports.columns], IMPORTS, table="imports")
    shown = imports[list(IMPORTS)].sort_values("rows_read", ascending=False, kind="stable")
    return table_html(
        shown,
        caption="Rows of each file: accepted, quarantined and skipped add up to those read.",
        heads={name: name.removeprefix("rows_").capitalize() for name in IMPORTS[2:]} | {"target": "Table"},
        formats=dict.fromkeys(IMPORTS[2:], format_count),
        tones={"rows_quarantined": lambda row: "miss" if as_float(row["rows_quarantined"]) > 0 else ""},
    )


def table_quarantine(reasons: pd.DataFrame) -> ReportTable:
    """Write why rows were refused, the most frequent reason first.

    Parameters
    ----------
    reasons : one row per file and reason: file, target, reason, rows. A row with two reasons counts for both.

    Returns
    -------
    ReportTable

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    check_columns([str(name) for name in reasons.columns], QUARANTINE, table="reasons")
    shown = reasons[list(QUARANTINE)].sort_values("rows", ascending=False, kind="stable")
    return table_html(
        shown[["reason", "file", "target", "rows"]],
        caption="Why rows wait in quarantine. A row with several reasons counts for each.",
        heads={"target": "Table"},
        formats={"rows": format_count},
        bars={"rows": GREY},
    )
