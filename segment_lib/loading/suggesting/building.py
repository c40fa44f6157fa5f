"""From fields and evidence to what is suggested for a table: every column with its rule, and the rules of no column."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from segment_lib.loading.cleaning import missing_markers
from segment_lib.loading.suggesting.custom_field import may_be_date, propose_field
from segment_lib.loading.suggesting.evidence import ColumnEvidence, Evidence
from segment_lib.loading.suggesting.examples import show_examples
from segment_lib.loading.suggesting.fixed_rules import (
    amount_question,
    amount_rule,
    kind_rule,
    negative,
    preset_settings,
)
from segment_lib.loading.suggesting.layout import Layout
from segment_lib.loading.suggesting.options import TYPES, Reading, instant_type, read_options
from segment_lib.loading.suggesting.preset import Preset
from segment_lib.loading.suggesting.scoring import Assignment
from segment_lib.loading.suggesting.settling import home_of
from segment_lib.loading.suggesting.suggestion import ColumnSuggestion, TableSuggestion
from segment_lib.loading.suggesting.word_values import kind_of
from segment_lib.loading.suggesting.wording import plain_words, word_set

# Words of the tables themselves, which a field of the workspace's own must not take.
RESERVED = word_set(
    "labels origin brought_at given_id superseded_by import_id merged_from original_amount original_currency "
    "email phone"
)
CONSTANT_ROWS = 5
CUSTOM_SCORE = 0.5
# From this share of rows without a contact on, that is how the business works and no mistake.
NAMELESS = 0.01
# Texts in which a word such as `unknown` says nothing; in a name or a description it may be meant.
LISTED = (
    "email",
    "phone",
    "country",
    "region",
    "city",
    "postal_code",
    "language",
    "gender",
    "source",
    "channel",
    "currency",
)


@dataclass
class Draft:
    """What is being put together for one source: names in use, what has to be asked."""

    evidence: Evidence
    layout: Layout
    preset: Preset | None
    region: str | None
    taken: set[str] = field(default_factory=set)
    questions: list[str] = field(default_factory=list)


def build_table(draft: Draft, table: str, source: str) -> TableSuggestion:
    """Put together what a source brings to one table.

    Parameters
    ----------
    draft : the source's; names and questions are added to it.
    table : one of the layout's tables.
    source : name of the source in import.yml.

    Returns
    -------
    TableSuggestion
    """
    columns = tuple(_column(draft, table, one) for one in draft.layout.tables[table].values())
    filled = {one.field: one.column for one in columns if one.field is not None}
    fixed: dict[str, Mapping[str, Any]] = {}
    settings: dict[str, Any] = {}
    if draft.preset is not None:
        there = {column.column for column in draft.evidence.columns}
        rules = draft.preset.fixed.get(table, {})
        fixed |= {
            name: rule for name, rule in rules.items() if name not in filled and rule.get("from", "") in {"", *there}
        }
    if table == "interactions":
        _add_event_rules(draft, filled, fixed, settings)
    elif table == "contacts":
        _add_contact_rules(draft, filled, fixed, settings)
    if draft.preset is not None:
        named = {plain_words(column): name for name, column in filled.items()}
        settings |= preset_settings(draft.preset, table, {**filled, **dict.fromkeys(fixed, "")}, named)
    return TableSuggestion(source, table, columns, fixed, settings)


def _column(draft: Draft, table: str, assignment: Assignment) -> ColumnSuggestion:
    column, header = assignment.column, assignment.column.column
    others = tuple(c for c in assignment.candidates if c is not assignment.chosen)
    if draft.preset is not None:
        for name, reason in draft.preset.left_out.items():
            if plain_words(name) == plain_words(header):
                return ColumnSuggestion(header, None, 1.0, (reason,), alternatives=others)
    if assignment.chosen is not None:
        chosen = assignment.chosen
        kind = TYPES[table][chosen.field]
        reading = _read(draft, column, chosen.field, kind)
        examples = show_examples(draft.evidence, column, chosen.field, kind, reading.options, region=draft.region)
        reasons = (*chosen.reasons, *reading.reasons)
        return ColumnSuggestion(
            header, chosen.field, chosen.score, reasons, reading.options, others, None, examples, assignment.conflict
        )
    elsewhere = [name for name, every in draft.layout.tables.items() if name != table and every[header].chosen]
    if elsewhere:
        return ColumnSuggestion(header, None, 1.0, (f"it belongs to {elsewhere[0]}",), alternatives=others)
    if reason := _empty_reason(column):
        return ColumnSuggestion(header, None, 1.0, (reason, *assignment.vetoes), alternatives=others)
    home = home_of(column, draft.layout, draft.evidence)
    if table == "campaign_assignments":
        return ColumnSuggestion(
            header, None, 1.0, ("campaign assignments have no fields of one's own",), alternatives=others
        )
    if home != table:
        return ColumnSuggestion(header, None, 1.0, (f"it belongs to {home}",), alternatives=others)
    return _custom(draft, table, assignment, others)


def _custom(draft: Draft, table: str, assignment: Assignment, others: tuple[Any, ...]) -> ColumnSuggestion:
    column = assignment.column
    instant = instant_type(draft.evidence, column) if may_be_date(column) else None
    taken = frozenset(draft.taken | RESERVED | set(TYPES[table]))
    proposal = propose_field(column, table, instant=instant, taken=taken)
    draft.taken.add(proposal.name)
    reading = _read(draft, column, proposal.name, proposal.type)
    examples = show_examples(draft.evidence, column, proposal.name, proposal.type, reading.options)
    looks = f"its values read as {proposal.type}"
    if proposal.choices:
        looks = f"its {column.filled:,} values are {len(proposal.choices)} different words"
    reasons = ("no standard field fits", looks, *assignment.vetoes, *reading.reasons)
    return ColumnSuggestion(
        column.column,
        proposal.name,
        CUSTOM_SCORE,
        reasons,
        reading.options,
        others,
        proposal,
        examples,
        assignment.conflict,
    )


def _read(draft: Draft, column: ColumnEvidence, name: str, kind: str) -> Reading:
    reading = read_options(draft.evidence, column, name, kind, region=draft.region)
    options = dict(reading.options)
    if draft.preset is not None:
        for header, given in draft.preset.options.items():
            if plain_words(header) == plain_words(column.column):
                options |= given
        if name == "kind" and plain_words(draft.preset.stage) == plain_words(column.column):
            words = [word for word, _ in column.common]
            options["values"] = {word.lower(): _deal_kind(word) for word in words}
    markers = [mark for mark in column.markers if mark in missing_markers(name)]
    if markers and (kind != "text" or name in LISTED):
        options["missing"] = markers
    for question in reading.questions:
        if question not in draft.questions:
            draft.questions.append(question)
    return Reading(options, reading.reasons)


def _deal_kind(stage: str) -> str:
    kind = kind_of(stage)
    return kind if kind in ("purchase", "deal_lost") else "deal_open"


def _empty_reason(column: ColumnEvidence) -> str:
    if not column.filled:
        return "the column has no values"
    if column.distinct == 1 and column.filled == column.rows >= CONSTANT_ROWS:
        return f"every row holds the same: `{column.common[0][0][:40]}`"
    return ""


def _add_event_rules(
    draft: Draft, filled: Mapping[str, str], fixed: dict[str, Mapping[str, Any]], settings: dict[str, Any]
) -> None:
    asked: list[str] = []
    if "kind" not in filled and "kind" not in fixed:
        fixed["kind"], question = kind_rule(filled, draft.evidence)
        asked.append(question)
    amount, _ = amount_rule(filled, draft.evidence)
    if amount:
        fixed["amount"] = amount
    asked.append(amount_question(filled, draft.evidence))
    if fixed.get("kind", {}).get("value") == "purchase":
        for name in ("amount", "quantity"):
            below = negative(draft.evidence, draft.evidence.column(filled[name])) if name in filled else 0
            if below:
                reason = f"the {name} is below zero"
                settings["rename"] = [{"reason": reason, "where": f"{name} < 0", "kind": "refund"}]
                asked.append(f"{below:,} values of `{filled[name]}` are below zero: they are taken for refunds")
                break
    contact = draft.layout.contact
    both = "contacts" in draft.layout.tables
    empty = contact.rows - contact.filled if contact is not None else 0
    if contact is not None and empty >= NAMELESS * contact.rows:
        asked.append(
            f"{empty:,} of {contact.rows:,} rows have no `{contact.column}`: they are kept without a contact "
            "and counted (`unknown_contacts: anonymous`)"
        )
        settings["unknown_contacts"] = "anonymous"
    else:
        if contact is not None and empty:
            asked.append(f"{empty:,} of {contact.rows:,} rows have no `{contact.column}`: they are quarantined")
        if contact is not None and not both:
            settings["unknown_contacts"] = "create"
    draft.questions += [question for question in asked if question and question not in draft.questions]


def _add_contact_rules(
    draft: Draft, filled: Mapping[str, str], fixed: dict[str, Mapping[str, Any]], settings: dict[str, Any]
) -> None:
    if "interactions" in draft.layout.tables and "relationships" not in {*filled, *fixed}:
        events = {a.chosen.field for a in draft.layout.tables["interactions"].values() if a.chosen}
        if events & {"amount", "order_id"}:
            fixed["relationships"] = {"value": "client"}
    key = next((name for name in ("contact_id", "email", "phone") if name in filled), None)
    if key is None:
        return
    if key != "contact_id":
        settings["keys"] = [key]
    named = draft.evidence.column(filled[key])
    if named.filled < named.rows and "interactions" in draft.layout.tables:
        settings["skip"] = [{"reason": f"no {named.column}", "where": f"{key} is null"}]
