"""Tables of an import: what arrived, whether it adds up, by which policies, what cleaning did, what has changed."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from segment_lib.checks import check_columns
from segment_lib.show.findings import rows_of
from segment_lib.show.import_masking import pick_examples
from segment_lib.show.style import GREY
from segment_lib.show.tables import ReportTable, table_html
from segment_lib.show.words import (
    as_float,
    count_words,
    format_count,
    format_day,
    format_money,
    is_missing,
    join_words,
)

ARRIVALS = ("file", "target", "rows_read", "imported_at", "statements")
TOTALS = ("file", "target", "unit", "read", "accepted", "quarantined", "skipped", "balances")
POLICIES = ("policy", "effect", "file", "target", "rows")
NOTES = ("note", "file", "target", "rows")
OPEN = ("file", "target", "waiting", "resolved")
CHANGES = (
    *("source", "file", "earlier_file", "earlier_imported_at", "rows_read", "rows_accepted", "rows_quarantined"),
    *("rows_skipped", "earlier_rows_read", "earlier_rows_accepted", "earlier_rows_quarantined", "earlier_rows_skipped"),
    *("amounts", "earlier_amounts", "header", "same_file"),
)


def table_arrivals(imports: pd.DataFrame) -> ReportTable:
    """Write which files arrived and what was found out about them by evidence.

    Parameters
    ----------
    imports : file, target, rows_read, imported_at, statements.

    Returns
    -------
    ReportTable

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    check_columns(list(map(str, imports.columns)), ARRIVALS, table="imports")
    rows = [
        {
            "file": row["file"],
            "target": row["target"],
            "rows_read": row["rows_read"],
            "found": "; ".join(_listed(row["statements"])) or "as the recipe says",
            "imported_at": row["imported_at"],
        }
        for row in rows_of(imports)
    ]
    return table_html(
        pd.DataFrame(rows, columns=["file", "target", "rows_read", "found", "imported_at"]),
        caption="The files, the table that each fills, and what was found out about how it is written.",
        heads={"target": "Table", "rows_read": "Rows", "found": "Found to be", "imported_at": "Imported"},
        formats={"rows_read": format_count, "imported_at": format_day},
    )


def table_totals(totals: pd.DataFrame) -> ReportTable:
    """Write the control totals: what was read is what was accepted, refused and skipped, in rows and amounts.

    Parameters
    ----------
    totals : of `segment_lib.loading.quality.check_totals`.

    Returns
    -------
    ReportTable

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    check_columns(list(map(str, totals.columns)), TOTALS, table="totals")
    parts = TOTALS[3:7]
    rows = [
        {"file": row["file"], "target": row["target"], "of": "rows" if row["unit"] == "rows" else "amount"}
        | {part: _quantity(row[part], row["unit"]) for part in parts}
        | {"balances": "balances" if row["balances"] else "does not add up"}
        for row in rows_of(totals)
    ]
    return table_html(
        pd.DataFrame(rows, columns=["file", "target", "of", *parts, "balances"]),
        caption="Control totals: accepted, refused and skipped add up to what was read, and the quarantine holds what "
        "was refused. An amount is counted where it can be read.",
        heads={"target": "Table", "quarantined": "Refused", "balances": "Check"},
        tones={"balances": lambda row: "ok" if row["balances"] == "balances" else "miss"},
        right=parts,
    )


def table_policies(policies: pd.DataFrame) -> ReportTable:
    """Write which declared policies changed rows, and by which rows were left out.

    Parameters
    ----------
    policies : policy, effect, file, target, rows.

    Returns
    -------
    ReportTable

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    check_columns(list(map(str, policies.columns)), POLICIES, table="policies")
    return table_html(
        policies[list(POLICIES)],
        caption="Policies of the recipe, and rows that are known or repeated: how many rows each changed or left out.",
        heads={"target": "Table"},
        formats={"rows": format_count},
        bars={"rows": GREY},
    )


def table_notes(notes: pd.DataFrame) -> ReportTable:
    """Write why rows were kept without a cell, or with one that is out of range.

    Parameters
    ----------
    notes : note, file, target, rows.

    Returns
    -------
    ReportTable

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    check_columns(list(map(str, notes.columns)), NOTES, table="notes")
    return table_html(
        notes[list(NOTES)],
        caption="Rows that were accepted all the same: the cell was left empty, or is kept and flagged.",
        heads={"note": "What is wrong with a cell", "target": "Table"},
        formats={"rows": format_count},
        bars={"rows": GREY},
    )


def table_open(waiting: pd.DataFrame) -> ReportTable:
    """Write how many refused rows of each file wait in the quarantine, and how many came in after all.

    Parameters
    ----------
    waiting : file, target, waiting, resolved.

    Returns
    -------
    ReportTable

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    check_columns(list(map(str, waiting.columns)), OPEN, table="waiting")
    return table_html(
        waiting[list(OPEN)],
        caption="Refused rows that wait in the quarantine, and those that a later import brought after all.",
        heads={"target": "Table", "resolved": "Came in later"},
        formats={"waiting": format_count, "resolved": format_count},
        tones={"waiting": lambda row: "miss" if as_float(row["waiting"]) > 0 else ""},
    )


def table_changes(changes: pd.DataFrame, *, currency: str = "") -> ReportTable:
    """Write what differs between the last import of each source and the one before.

    Parameters
    ----------
    changes : of `segment_lib.loading.quality.compare_imports`.
    currency : the workspace's, which is written without its code.

    Returns
    -------
    ReportTable

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    check_columns(list(map(str, changes.columns)), CHANGES, table="changes")
    counts = {
        "read": "rows_read",
        "accepted": "rows_accepted",
        "refused": "rows_quarantined",
        "skipped": "rows_skipped",
    }
    rows = [
        {"source": row["source"], "compared_with": _compared_with(row)}
        | {name: _changed(row[column], row[f"earlier_{column}"]) for name, column in counts.items()}
        | {"amount": _amounts_changed(row["amounts"], row["earlier_amounts"], currency), "header": _header(row)}
        for row in rows_of(changes)
    ]
    return table_html(
        pd.DataFrame(rows, columns=["source", "compared_with", *counts, "amount", "header"]),
        caption="The last import of every source, and in brackets the difference to the one before.",
        heads={"read": "Rows read", "skipped": "Skipped or known", "amount": "Amount read"},
        tones={"header": lambda row: "miss" if "missing" in row["header"] else "soft"},
        right=[*counts, "amount"],
    )


def table_cleaning(summary: pd.DataFrame, pairs: pd.DataFrame, *, smallest: int) -> ReportTable:
    """Write what cleaning did to each column, with examples in which nobody can be recognised.

    Parameters
    ----------
    summary : of `segment_lib.loading.before_after.summarise_cleaning`.
    pairs : of `segment_lib.loading.before_after.preview_cleaning`.
    smallest : the workspace's smallest group: a value that fewer rows share is shown as its shape.

    Returns
    -------
    ReportTable
    """
    counts = ["cells", "cells_changed", "cells_emptied"]
    touched = summary[summary["cells_changed"] > 0]
    shown = touched.merge(pick_examples(pairs, smallest=smallest), on=["source", "column", "field"], how="left")
    different = [
        f"{format_count(before)} → {format_count(after)}"
        for before, after in zip(shown["distinct_before"], shown["distinct_after"], strict=True)
    ]
    rest = len(summary) - len(touched)
    untouched = f" {count_words(rest, 'other columns')} came through as they were." if rest else ""
    return table_html(
        shown.assign(different=different)[["column", "source", *counts, "different", "examples"]],
        caption="What cleaning made of the first rows of each source's newest file. Values that could be a person's "
        f"are shown by their shape: letters as x, digits as 9.{untouched}",
        heads={
            "cells": "Values",
            "cells_changed": "Changed",
            "cells_emptied": "Emptied",
            "different": "Different values",
            "examples": "Before → after",
        },
        formats=dict.fromkeys(counts, format_count),
        tones={"cells_emptied": lambda row: "miss" if row["cells_emptied"] else ""},
        right=["different"],
    )


def _listed(value: Any) -> Sequence[str]:
    return [] if value is None or isinstance(value, str | float) else [str(one) for one in value]


def _quantity(value: Any, unit: str) -> str:
    return format_count(value) if unit == "rows" else format_money(value, unit, digits=2)


def _changed(now: Any, before: Any) -> str:
    if is_missing(before):
        return format_count(now)
    difference = int(now) - int(before)
    return f"{format_count(now)} ({format_count(difference, signed=True) if difference else '='})"


def _amounts_changed(now: dict[str, Decimal], before: dict[str, Decimal], own: str) -> str:
    texts = []
    for code in dict.fromkeys([*now, *before]):
        amount = now.get(code, Decimal(0))
        text = format_money(amount, code or own, digits=0)
        if before:
            difference = amount - before.get(code, Decimal(0))
            sign = "+" if difference > 0 else ""
            text += f" ({sign}{format_money(difference, digits=0)})" if difference else " (=)"
        texts.append(text)
    return join_words(texts) or "–"


def _compared_with(row: dict[str, Any]) -> str:
    if is_missing(row["earlier_rows_read"]):
        return "nothing: its first import"
    what = "the same file by another recipe" if row["same_file"] else row["earlier_file"]
    return f"{what}, {format_day(row['earlier_imported_at'])}"


def _header(row: dict[str, Any]) -> str:
    if is_missing(row["earlier_rows_read"]):
        return "–"
    return row["header"] or "as before"
