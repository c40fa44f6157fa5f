"""A suggested mapping, changed by a person: another field for a column, a field of one's own, or none."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from segment_lib.checks import check_option
from segment_lib.errors import InvalidOption
from segment_lib.loading.cleaning import missing_markers
from segment_lib.loading.fields import CustomField
from segment_lib.loading.recipe import fillable
from segment_lib.loading.sources import ReadOptions, SourceFile, inspect_source, preview_source
from segment_lib.loading.suggesting import (
    Candidate,
    ColumnSuggestion,
    CustomProposal,
    MappingSuggestion,
    TableSuggestion,
)
from segment_lib.loading.suggesting.building import CUSTOM_SCORE, LISTED
from segment_lib.loading.suggesting.custom_field import may_be_date, propose_field
from segment_lib.loading.suggesting.evidence import ColumnEvidence, Evidence, Tabular, load_evidence
from segment_lib.loading.suggesting.examples import show_examples
from segment_lib.loading.suggesting.options import instant_type, read_options
from segment_lib.loading.suggesting.wording import field_name

# Enough to decide how a column is written; the whole file is read when rows are counted.
LOOKED_AT = 20_000
CHOSEN = "chosen by hand"
# By these, in this order, a row finds its contact.
KEYS = ("contact_id", "email", "phone")


def read_cells(source: Tabular, options: ReadOptions = ReadOptions(), *, rows: int = LOOKED_AT) -> pa.Table:  # noqa: B008
    """Return the first rows of a source, under the names of its columns.

    Parameters
    ----------
    source : a file, an inspected file, a DataFrame or an Arrow table.
    options : how a file is written, where that is not to be found by evidence.
    rows : how many at most.

    Returns
    -------
    pyarrow.Table
    """
    if isinstance(source, pd.DataFrame):
        return pa.Table.from_pandas(source.head(rows), preserve_index=False)
    if isinstance(source, pa.Table):
        return source.slice(0, rows)
    file = source if isinstance(source, SourceFile) else inspect_source(Path(source), options)
    return preview_source(file, rows=rows)


def choose_field(
    suggestion: MappingSuggestion,
    column: str,
    field: str | None,
    *,
    table: str,
    cells: pa.Table,
    fields: Sequence[CustomField] = (),
    region: str | None = None,
) -> MappingSuggestion:
    """Give a column another field, and find out anew how its cells are read.

    Parameters
    ----------
    suggestion : as it stands; not changed.
    column : header of the column.
    field : a field of the table; any other name makes a field of the workspace's own; None leaves the column out.
    table : contacts, interactions or campaign_assignments.
    cells : rows of the source, of `read_cells`.
    fields : the workspace's custom fields.
    region : country of telephone numbers that name none.

    Returns
    -------
    MappingSuggestion
        A column that had the field before is left out, and says to whom it went.

    Raises
    ------
    InvalidOption
        There is no such table or column, or the name cannot be a field's.

    Examples
    --------
    >>> from segment_lib.loading import suggest_mapping
    >>> people = pa.table({"No": ["7", "8"], "Mail": ["a@b.de", "c@d.de"], "Shop": ["1", "2"]})
    >>> changed = choose_field(suggest_mapping(people), "Shop", "city", table="contacts", cells=people)
    >>> [(one.column, one.field) for one in changed.table("contacts").columns if one.column == "Shop"]
    [('Shop', 'city')]
    """
    check_option(table, [one.table for one in suggestion.tables], name="table")
    chosen = suggestion.table(table)
    check_option(column, [one.column for one in chosen.columns], name="column")
    if field is not None and field_name(field) != field:
        raise InvalidOption(
            f"`field` must be a name such as shoe_size, got {field!r}. Did you mean `{field_name(field)}`?"
        )
    new = [
        _changed(one, chosen, field, cells, fields, region) if one.column == column else _given_up(one, field, column)
        for one in chosen.columns
    ]
    settled = _with_keys(replace(chosen, columns=tuple(new)), chosen)
    return replace(suggestion, tables=tuple(settled if one.table == table else one for one in suggestion.tables))


def propose_custom(column: str, *, table: str, cells: pa.Table, taken: Sequence[str] = ()) -> CustomProposal:
    """Propose a field of the workspace's own for a column.

    Parameters
    ----------
    column : its header.
    table : contacts or interactions.
    cells : rows of the source.
    taken : names of fields that are in use.

    Returns
    -------
    CustomProposal
    """
    with load_evidence(cells.select([column]), ReadOptions()) as evidence:
        return _propose(evidence, evidence.columns[0], table, frozenset(taken))


def _changed(
    one: ColumnSuggestion,
    table: TableSuggestion,
    field: str | None,
    cells: pa.Table,
    fields: Sequence[CustomField],
    region: str | None,
) -> ColumnSuggestion:
    others = _alternatives(one, field)
    if field is None:
        return ColumnSuggestion(one.column, None, 1.0, (CHOSEN,), alternatives=others)
    kinds = {known.name: known.type for known in fillable(table.table, tuple(fields))}
    with load_evidence(cells.select([one.column]), ReadOptions()) as evidence:
        looked = evidence.columns[0]
        custom = None
        kind: str
        if field in kinds:
            kind = next((own.type for own in fields if own.name == field), kinds[field])
        else:
            custom = replace(_propose(evidence, looked, table.table, frozenset()), name=field)
            kind = custom.type
        reading = read_options(evidence, looked, field, kind, region=region)
        options = dict(reading.options) | _markers(looked, field, kind)
        examples = show_examples(evidence, looked, field, kind, options, region=region)
    known = next((other for other in one.alternatives if other.field == field), None)
    reasons = (CHOSEN, *(known.reasons if known else ()), *reading.reasons, *reading.questions)
    score = known.score if known else CUSTOM_SCORE if custom else 0.0
    return ColumnSuggestion(one.column, field, score, reasons, options, others, custom, examples)


def _propose(evidence: Evidence, column: ColumnEvidence, table: str, taken: frozenset[str]) -> CustomProposal:
    instant = instant_type(evidence, column) if may_be_date(column) else None
    standard = frozenset(known.name for known in fillable(table, ()))
    return propose_field(column, table, instant=instant, taken=taken | standard)


def _markers(column: ColumnEvidence, field: str, kind: str) -> dict[str, Any]:
    found = [mark for mark in column.markers if mark in missing_markers(field)]
    return {"missing": found} if found and (kind != "text" or field in LISTED) else {}


def _alternatives(one: ColumnSuggestion, field: str | None) -> tuple[Candidate, ...]:
    """Return what the column may be besides, what it was a moment ago among it, so that one can go back."""
    was = (Candidate(one.field, one.score, one.reasons),) if one.field is not None else ()
    found = {other.field: other for other in (*one.alternatives, *was) if other.field != field}
    return tuple(sorted(found.values(), key=lambda other: (-other.score, other.field)))


def _given_up(one: ColumnSuggestion, field: str | None, winner: str) -> ColumnSuggestion:
    if field is None or one.field != field:
        return one
    return ColumnSuggestion(
        one.column, None, 1.0, (CHOSEN,), alternatives=_alternatives(one, None), conflict=f"{field} goes to `{winner}`"
    )


def _with_keys(table: TableSuggestion, before: TableSuggestion) -> TableSuggestion:
    """Return a table of contacts with the key that they are found by, where a key came or went."""
    old, new = _keys_of(before), _keys_of(table)
    if table.table != "contacts" or old == new:
        return table
    settings: Mapping[str, Any] = {name: value for name, value in table.settings.items() if name != "keys"}
    keys = new[:1]
    return replace(table, settings={**settings, "keys": keys} if keys not in ([], ["contact_id"]) else settings)


def _keys_of(table: TableSuggestion) -> list[str]:
    filled = {one.field for one in table.columns} | set(table.fixed)
    return [key for key in KEYS if key in filled]
