"""What became of the files of an import: rows by outcome, reasons, and what was said of each file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class ImportResult:
    """What became of one file.

    `status` is `new`, `known` (imported before, unchanged) or `undone` (taken back, and not imported again by itself).
    """

    import_id: str
    source: str
    file: str
    target: str
    recipe_hash: str
    content_hash: str
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    rows_skipped: int
    rows_updated: int
    skip_reasons: dict[str, int]
    policies: dict[str, int]
    refusals: dict[str, int]
    notes: dict[str, int]
    amounts: dict[str, dict[str, str]]
    statements: tuple[str, ...]
    header: tuple[str, ...]
    replaces: tuple[str, ...] = ()
    status: str = "new"

    @property
    def known(self) -> bool:
        """Tell whether the file brought nothing, since it was imported before."""
        return self.status != "new"

    @property
    def balances(self) -> bool:
        """Tell whether every row is accounted for."""
        return self.rows_read == self.rows_accounted

    @property
    def rows_accounted(self) -> int:
        """How many rows were accepted, quarantined or skipped."""
        return self.rows_accepted + self.rows_quarantined + self.rows_skipped


@dataclass(frozen=True)
class ImportReport:
    """What became of all files of a workspace; after a dry run, what would become of them."""

    results: tuple[ImportResult, ...]
    dry_run: bool = False

    def __repr__(self) -> str:
        """Return one line a file."""
        lines = [f"{'file':<28}{'table':<22}{'read':>10}{'accepted':>10}{'refused':>9}{'skipped':>9}"]
        words = {"new": "", "known": "  known, unchanged", "undone": "  undone, not imported again"}
        for result in self.results:
            lines.append(
                f"{result.file[:27]:<27} {result.target:<22}{result.rows_read:>10,}{result.rows_accepted:>10,}"
                f"{result.rows_quarantined:>9,}{result.rows_skipped:>9,}{words[result.status]}"
            )
            lines += [f"    {statement}" for statement in result.statements if not result.known]
            lines += [f"    {say_rows(count)} refused: {reason}" for reason, count in result.refusals.items()]
            lines += [f"    {say_rows(count)} kept without a cell: {note}" for note, count in result.notes.items()]
        return "\n".join([*lines, *(["Nothing was written: this was a dry run."] if self.dry_run else [])])

    def to_pandas(self) -> pd.DataFrame:
        """Return one row a file."""
        return pd.DataFrame([vars(result) for result in self.results])


def known_result(row: Mapping[str, Any]) -> ImportResult:
    """Return what the ledger knows of an import."""
    counts = ("skip_reasons", "policies", "refusals", "notes", "amounts")
    values: dict[str, Any] = {
        field.name: row.get(field.name) for field in fields(ImportResult) if field.name != "status"
    }
    values |= {name: json.loads(row[name] or "{}") for name in counts}
    values |= {name: tuple(row[name] or ()) for name in ("statements", "header", "replaces")}
    return ImportResult(**values, status="known" if row["undone_at"] is None else "undone")


def say_rows(count: int) -> str:
    """Return a number of rows in words.

    Examples
    --------
    >>> say_rows(1), say_rows(1200)
    ('1 row', '1,200 rows')
    """
    return f"{count:,} row{'' if count == 1 else 's'}"
