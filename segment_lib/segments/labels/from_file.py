"""Labels by hand for all contacts of a file: every row is done, passed over because it is empty, or refused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from segment_lib.checks import check_columns, check_option
from segment_lib.engine import open_connection
from segment_lib.errors import InvalidFile, InvalidOption, list_names, suggest
from segment_lib.loading.sources import SourceFile, inspect_source, read_source
from segment_lib.segments.labels.changing import LabelEdit, Wish, check_instant, put_on, take_off
from segment_lib.segments.labels.editing import check_labels, known_labels
from segment_lib.segments.labels.people import Person, find_people
from segment_lib.workspace import Workspace

FIELDS = ("contact_id", "email", "label")
SEPARATOR = ";"
_FORMULA = ("=", "+", "-", "@")
Cells = list[str | None]


@dataclass(frozen=True)
class LabelFileReport:
    """What became of the rows of a file.

    `rows_read` is `rows_accepted`, `rows_refused` and `rows_skipped` (without a single cell) together. `edit` says for
    whom something changed. `refused` has `row` (the first below the header is 1), `reason`, and the cells as read.
    `statements` say what the columns were taken for.
    """

    file: str
    rows_read: int
    rows_accepted: int
    rows_skipped: int
    edit: LabelEdit
    refused: pd.DataFrame
    statements: tuple[str, ...] = ()

    @property
    def rows_refused(self) -> int:
        """How many rows were refused."""
        return len(self.refused)

    def write_refused(self, path: Path | str) -> None:
        """Write the refused rows to a CSV file, to be mended; cells like formulas get an apostrophe.

        Parameters
        ----------
        path : the file to write; it must not be there. When it is read again, the apostrophes are left out.
        """
        self.refused.map(_guarded).to_csv(path, index=False, mode="x", encoding="utf-8-sig")

    def __repr__(self) -> str:
        """Return the balance of rows in a line, then every reason with its rows."""
        skipped = f", {self.rows_skipped:,} empty" if self.rows_skipped else ""
        lines = [
            f"{self.file}: {self.rows_read:,} rows read, {self.rows_accepted:,} accepted, "
            f"{self.rows_refused:,} refused{skipped}; {len(self.edit.changed):,} labels changed, "
            f"{len(self.edit.unchanged):,} were so before",
            *(f"  {statement}" for statement in self.statements),
        ]
        lines += [f"  row {row.row}: {row.reason}" for row in self.refused.head(5).itertuples()]
        if len(self.refused) > 5:
            lines.append(f"  ... and {len(self.refused) - 5:,} more")
        return "\n".join(lines)


def add_labels_from_file(
    workspace: Workspace,
    path: Path | str,
    *,
    now: datetime,
    label: str = "",
    by: str = "",
    reason: str = "",
    columns: Mapping[str, str] | None = None,
) -> LabelFileReport:
    """Put labels on the contacts of a file by hand.

    Parameters
    ----------
    workspace : whose.
    path : any file that an import can read: CSV, XLSX, ODS, JSON, Parquet, packed or not.
    now, by, reason : as for `add_label`; the name of the file stands before the reason.
    label : of rows that name none.
    columns : `contact_id`, `email` and `label` to the file's columns that hold them, where they are not to be found by
        their names. A cell may name several labels, with `;` between them.

    Returns
    -------
    LabelFileReport

    Raises
    ------
    InvalidFile
        It cannot be read, or has neither a column of ids nor one of addresses.
    MissingColumns
        It has not the columns that are named.
    InvalidOption
        No label is given and the file names none, or `now` has no time zone.
    NotFound
        There is no such label.
    """
    edit = partial(put_on, workspace, now=now, by=by, window=None)
    return _go_through(workspace, Path(path), edit, now=now, label=label, reason=reason, columns=columns)


def remove_labels_from_file(
    workspace: Workspace,
    path: Path | str,
    *,
    now: datetime,
    label: str = "",
    by: str = "",
    reason: str = "",
    columns: Mapping[str, str] | None = None,
) -> LabelFileReport:
    """Take labels off the contacts of a file by hand.

    Parameters
    ----------
    workspace, path, now, label, by, reason, columns : as for `add_labels_from_file`.

    Returns
    -------
    LabelFileReport

    Raises
    ------
    InvalidFile
        It cannot be read, or has neither a column of ids nor one of addresses.
    MissingColumns
        It has not the columns that are named.
    InvalidOption
        No label is given and the file names none, or `now` has no time zone.
    NotFound
        There is no such label.
    """
    edit = partial(take_off, workspace, now=now, by=by)
    return _go_through(workspace, Path(path), edit, now=now, label=label, reason=reason, columns=columns)


def _go_through(
    workspace: Workspace,
    path: Path,
    edit: Callable[..., LabelEdit],
    *,
    now: datetime,
    label: str,
    reason: str,
    columns: Mapping[str, str] | None,
) -> LabelFileReport:
    check_instant(now)
    check_labels(workspace, [label] if label else [])
    file = inspect_source(path)
    used = _columns(file, columns or {})
    if "label" not in used and not label:
        raise InvalidOption(f"`label` must be given, since {path.name} has no column of labels.")
    rows, broken = _read(file)
    filled = {number: cells for number, cells in rows.items() if any(cells)}
    named = {number: _named(cells, file, used) for number, cells in filled.items()}
    people = find_people(
        workspace, {text for row in named.values() for text in (row["contact_id"], row["email"]) if text}
    )
    known = set(known_labels(workspace))
    wishes: list[Wish] = []
    faults = dict(broken)
    for number, row in named.items():
        mine, fault = _wishes(row, label, people, known)
        wishes += mine
        if fault:
            faults[number] = fault
    done = edit(wishes, reason=f"{path.name}: {reason}" if reason else path.name)
    refused = pd.DataFrame(
        [(number, faults[number], *(rows.get(number) or [None] * len(file.columns))) for number in sorted(faults)],
        columns=["row", "reason", *file.columns],
    )
    return LabelFileReport(
        file=path.name,
        rows_read=len(rows) + len(broken),
        rows_accepted=len(filled) + len(broken) - len(faults),
        rows_skipped=len(rows) - len(filled),
        edit=done,
        refused=refused,
        statements=(*file.statements, "; ".join(f"`{column}` is taken for {field}" for field, column in used.items())),
    )


def _columns(file: SourceFile, given: Mapping[str, str]) -> dict[str, str]:
    """Return which column of the file holds what: as it is given, else as its name tells."""
    for field in given:
        check_option(field, FIELDS, name="columns")
    check_columns(file.columns, list(given.values()), table=file.path.name)
    found = dict(given) or _recognised(file)
    if not {"contact_id", "email"} & found.keys():
        raise InvalidFile(
            f"{file.path.name} must have a column of contacts' ids or of addresses, got {list_names(file.columns)}. "
            "`columns` says which it is, such as {'contact_id': 'Customer'}."
        )
    return {field: found[field] for field in FIELDS if field in found}


def _recognised(file: SourceFile) -> dict[str, str]:
    """Return the columns that are called as ids, addresses and labels are called in exports."""
    plain = {column.strip().lower(): column for column in file.columns}
    exact = {field: plain[field] for field in FIELDS if field in plain}
    # Slow to import, and most who label contacts read no file.
    from segment_lib.loading.suggesting import suggest_mapping

    fields = {"contact_id": "contact_id", "email": "email", "labels": "label"}
    tables = suggest_mapping(file, table="contacts").tables
    suggested = {
        fields[column.field]: column.column for table in tables for column in table.columns if column.field in fields
    }
    return {**suggested, **exact}


def _read(file: SourceFile) -> tuple[dict[int, Cells], dict[int, str]]:
    """Return the rows by their numbers, and the faults of lines that are no rows."""
    with TemporaryDirectory() as folder, open_connection() as connection:
        read = read_source(connection, file, name="labels", folder=Path(folder), exact=True)
        broken = connection.sql("select row_number, reason from labels_ragged").fetchall() if read.ragged else []
        cells = ", ".join(f"c{place}" for place in range(len(file.columns)))
        rows = connection.sql(f"select row_number, {cells} from {read.scan} order by row_number").fetchall()
    return {number: [_text(cell) for cell in found] for number, *found in rows}, dict(broken)


def _guarded(cell: object) -> object:
    """Return a cell so that no spreadsheet takes it for a formula; `_text` reads it back."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _text(cell: str | None) -> str | None:
    text = (cell or "").strip()
    guarded = text.startswith("'") and text[1:].startswith(_FORMULA)
    return (text[1:] if guarded else text) or None


def _named(cells: Cells, file: SourceFile, used: Mapping[str, str]) -> dict[str, str | None]:
    return {field: cells[file.columns.index(used[field])] if field in used else None for field in FIELDS}


def _wishes(
    row: Mapping[str, str | None], label: str, people: Mapping[str, Person], known: set[str]
) -> tuple[list[Wish], str]:
    """Return what a row asks for, or why it is refused: a row is done wholly or not at all."""
    found = [people[text] for text in (row["contact_id"], row["email"]) if text]
    labels = [one.strip() for one in (row["label"] or label).split(SEPARATOR) if one.strip()]
    faults = [person.fault for person in found if person.fault]
    if not found:
        faults.append("names no contact")
    elif not faults and len({person.contact_id for person in found}) > 1:
        faults.append(f"{row['contact_id']} and {row['email']} are two contacts")
    if not labels:
        faults.append("names no label")
    faults += [f"can't find the label {one!r}.{suggest(one, known)}" for one in labels if one not in known]
    if faults:
        return [], "; ".join(faults)
    return [Wish(found[0].contact_id, one, found[0].merged_from) for one in labels], ""
