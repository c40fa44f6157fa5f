"""The quality of what was imported: totals that balance, policies that were applied, changes since the last time."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from segment_lib.checks import check_columns
from segment_lib.engine import Table, query_frame
from segment_lib.loading.importing import read_ledger
from segment_lib.loading.plan import MENDED
from segment_lib.loading.suggesting.headers import compare_headers
from segment_lib.vocabulary import IMPORTS
from segment_lib.workspace import Workspace

OUTCOMES = ("accepted", "quarantined", "skipped")
ROWS = tuple(f"rows_{outcome}" for outcome in ("read", *OUTCOMES))
KEY = ("import_id", "source", "file", "target")


def load_standing(workspace: Workspace) -> pd.DataFrame:
    """Return every import that stands, the oldest first.

    Parameters
    ----------
    workspace : whose.

    Returns
    -------
    pandas.DataFrame
        The table `imports`, those that were taken back left out.
    """
    rows = [row for row in read_ledger(workspace) if row["undone_at"] is None]
    return pd.DataFrame(rows, columns=[column.name for column in IMPORTS])


def check_totals(imports: pd.DataFrame, quarantine: Table) -> pd.DataFrame:
    """Check that what was read is what was accepted, quarantined and skipped, in rows and in every currency.

    Parameters
    ----------
    imports : rows of the table `imports`.
    quarantine : the table `quarantine`; it must hold as many refused rows as the import counted.

    Returns
    -------
    pandas.DataFrame
        `source`, `file`, `target`, `unit` (`rows` or a currency), `read`, `accepted`, `quarantined`, `skipped`,
        `in_quarantine` (rows that are there; missing for amounts) and `balances`, whether everything agrees.
    """
    check_columns(list(map(str, imports.columns)), [*KEY, *ROWS, "amounts"], table="imports")
    counted = query_frame(
        "select import_id, count(*) as n from quarantine where coalesce(outcome, 'refused') = 'refused' group by all",
        {"quarantine": quarantine},
    )
    held = dict(zip(counted["import_id"], counted["n"], strict=True))
    rows = []
    for one in imports.to_dict("records"):
        place = {name: one[name] for name in KEY[1:]}
        there = int(held.get(one["import_id"], 0))
        numbers = {name.removeprefix("rows_"): int(one[name]) for name in ROWS}
        fits = _adds_up(numbers) and there == numbers["quarantined"]
        rows.append({**place, "unit": "rows", **numbers, "in_quarantine": there, "balances": fits})
        for currency, parts in _mapping(one["amounts"]).items():
            amounts = {name: Decimal(parts.get(name, "0")) for name in ("read", *OUTCOMES)}
            rows.append({**place, "unit": currency, **amounts, "in_quarantine": None, "balances": _adds_up(amounts)})
    return pd.DataFrame(rows, columns=[*KEY[1:], "unit", "read", *OUTCOMES, "in_quarantine", "balances"])


def list_policies(imports: pd.DataFrame) -> pd.DataFrame:
    """List the declared policies that changed rows, and those by which rows were left out.

    Parameters
    ----------
    imports : rows of the table `imports`.

    Returns
    -------
    pandas.DataFrame
        `source`, `file`, `target`, `policy`, `effect` (`changed` or `skipped`), `rows`, the widest first.
    """
    changed = _tallies(imports, "policies", "policy").assign(effect="changed")
    skipped = _tallies(imports, "skip_reasons", "policy").assign(effect="skipped")
    names = [*KEY[1:], "policy", "effect", "rows"]
    return _widest(pd.concat([changed, skipped], ignore_index=True)[names])


def list_notes(imports: pd.DataFrame) -> pd.DataFrame:
    """List why rows were kept without a cell, or with one that is out of range.

    Parameters
    ----------
    imports : rows of the table `imports`.

    Returns
    -------
    pandas.DataFrame
        `source`, `file`, `target`, `note`, `rows`, the most frequent first.
    """
    return _widest(_tallies(imports, "notes", "note"))


def count_open(quarantine: Table, imports: pd.DataFrame) -> pd.DataFrame:
    """Count the refused rows that are still waiting, and those that came in after all.

    Parameters
    ----------
    quarantine : the table `quarantine`.
    imports : rows of the table `imports`; rows of other imports were replaced or taken back.

    Returns
    -------
    pandas.DataFrame
        `source`, `file`, `target`, `waiting`, `resolved`, the most waiting first; files of which no row was refused
        are left out.
    """
    return query_frame(
        """select source, file, target, count(*) filter (where resolved_by is null) as waiting,
            count(*) filter (where resolved_by is not null) as resolved
        from quarantine where outcome = 'refused' and import_id in (select import_id from imports)
        group by all order by waiting desc, source, file, target""",
        {"quarantine": quarantine, "imports": imports[["import_id"]].astype("str")},
    )


def compare_imports(history: pd.DataFrame) -> pd.DataFrame:
    """Compare the last import of every source with the one before it.

    Parameters
    ----------
    history : every import that stands, from `load_standing`.

    Returns
    -------
    pandas.DataFrame
        One row a source: `source`, `file`, `imported_at`; `rows_read`, `rows_accepted`, `rows_quarantined`,
        `rows_skipped` and `amounts` (currency to amount read) now; the same with `earlier_` before the name, missing
        where the source was imported once; `columns_added`, `columns_missing` (tuples) and `header` (a sentence);
        `same_file`, whether both read the same bytes, by another recipe.

    Notes
    -----
    The import before is that of the file of the same name, where there is one, otherwise that of the file before.
    """
    check_columns(list(map(str, history.columns)), [*KEY, *ROWS, "imported_at", "amounts", "header"], table="history")
    rows = []
    # A mended file holds a few rows of another one: it is no export to compare with.
    whole = history[~history["import_id"].astype("str").str.startswith(MENDED)]
    for source, group in whole.sort_values("imported_at", kind="stable").groupby("source", sort=False):
        imports = group.to_dict("records")
        now = imports.pop()
        before = next((one for one in reversed(imports) if one["file"] == now["file"]), imports[-1] if imports else {})
        names = ("file", "imported_at", *ROWS)
        row = {"source": source} | {name: now[name] for name in names}
        row |= {f"earlier_{name}": before.get(name) for name in names}
        row |= {"amounts": _amounts_read(now), "earlier_amounts": _amounts_read(before)}
        rows.append(row | _header_change(before, now) | {"same_file": _same_bytes(before, now)})
    return pd.DataFrame(rows, columns=_COMPARED)


_COMPARED = [
    *("source", "file", "imported_at", *ROWS, "earlier_file", "earlier_imported_at"),
    *(f"earlier_{name}" for name in ROWS),
    *("amounts", "earlier_amounts", "columns_added", "columns_missing", "header", "same_file"),
]


def _adds_up(parts: Mapping[str, int] | Mapping[str, Decimal]) -> bool:
    return parts["read"] == sum(parts[outcome] for outcome in OUTCOMES)


def _tallies(imports: pd.DataFrame, column: str, what: str) -> pd.DataFrame:
    """Return the counts that a column holds as JSON, one row each."""
    check_columns(list(map(str, imports.columns)), [*KEY, column], table="imports")
    rows = [
        (*(one[name] for name in KEY[1:]), text, int(count))
        for one in imports.to_dict("records")
        for text, count in _mapping(one[column]).items()
    ]
    return pd.DataFrame(rows, columns=[*KEY[1:], what, "rows"])


def _mapping(text: object) -> dict[str, Any]:
    """Return what a column holds as JSON; rows of older versions of the table hold nothing."""
    return dict(json.loads(text)) if isinstance(text, str) and text else {}


def _widest(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values("rows", ascending=False, kind="stable", ignore_index=True)


def _amounts_read(row: Mapping[Any, Any]) -> dict[str, Decimal]:
    return {currency: Decimal(parts["read"]) for currency, parts in _mapping(row.get("amounts")).items()}


def _header_change(before: Mapping[Any, Any], now: Mapping[Any, Any]) -> dict[str, Any]:
    old, new = _header(before), _header(now)
    # An import of an older version of this package did not keep the header.
    if not old or not new:
        return {"columns_added": (), "columns_missing": (), "header": ""}
    change = compare_headers(old, new)
    return {
        "columns_added": tuple(name for name in new if name not in old),
        "columns_missing": tuple(name for name in old if name not in new),
        "header": "" if change.is_same and not change.added and not change.moved else str(change),
    }


def _same_bytes(before: Mapping[Any, Any], now: Mapping[Any, Any]) -> bool:
    return bool(before) and before.get("content_hash") == now.get("content_hash")


def _header(row: Mapping[Any, Any]) -> list[str]:
    names = row.get("header")
    return [str(name) for name in names] if isinstance(names, Sequence | np.ndarray) else []
