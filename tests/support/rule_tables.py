"""Small tables for rules, and what the library and the reference say of the contacts in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pyarrow as pa
from rule_reference import evaluate_everybody

from segment_lib import AsOf
from segment_lib.features import CATALOGUE, Feature, build_features
from segment_lib.features.query import with_needed
from segment_lib.segments import CompiledRule, answer_views, compile_views, evaluate_views, needed_features
from segment_lib.vocabulary import CONTACTS, INTERACTIONS, LABELS, Column, ColumnType, arrow_schema

Row = dict[str, Any]
Answers = dict[str, dict[str, bool | None]]
# Catalogue features that the reference knows, beside the columns of contacts.
FEATURES = (
    "average_order", "customer_days", "first_purchase_at", "interactions", "last_interaction_at", "last_purchase_at",
    "net_spend", "purchases", "purchases_90d", "quiet_days", "recency_days", "refunded", "total_spend",
)  # fmt: skip


def _own(names: Mapping[str, ColumnType]) -> tuple[Column, ...]:
    return tuple(Column(name, type_, "behavioural", "") for name, type_ in names.items())


CONTACT_COLUMNS = CONTACTS + _own(
    {"kids": "integer", "seen": "timestamp", "interests": "text list", "agreed": "boolean", 'odd "name"': "number"}
)
INTERACTION_COLUMNS = INTERACTIONS + _own(
    {"weight": "integer", "due": "date", "planned_at": "timestamp", "gift": "boolean"}
)


@dataclass(frozen=True)
class Tables:
    """Rows of contacts, interactions and labels, and the day they are seen from."""

    as_of: AsOf
    contacts: Sequence[Row]
    interactions: Sequence[Row] = ()
    labels: Sequence[Row] = field(default=())

    @property
    def arrow(self) -> dict[str, pa.Table]:
        """The tables, typed."""
        parts = {
            "contacts": (self.contacts, CONTACT_COLUMNS),
            "interactions": (self.interactions, INTERACTION_COLUMNS),
            "labels": (self.labels, LABELS),
        }
        return {
            name: pa.Table.from_pylist(list(rows), schema=arrow_schema(columns))
            for name, (rows, columns) in parts.items()
        }


@cache
def named_features() -> tuple[Feature, ...]:
    """The catalogue's features that rules may name, with what they are made of."""
    return tuple(with_needed(list(FEATURES), CATALOGUE))


def compiled(rules: Mapping[str, str]) -> dict[str, CompiledRule]:
    """Compile rules over the columns of these tables."""
    return compile_views(
        rules,
        contact_columns=CONTACT_COLUMNS,
        interaction_columns=INTERACTION_COLUMNS,
        features=named_features(),
    )


def library_answers(tables: Tables, rules: Mapping[str, CompiledRule]) -> Answers:
    """Return what the library says: for each rule the answers by `contact_id`."""
    given = tables.arrow
    features = build_features(
        given["interactions"],
        as_of=tables.as_of,
        contacts=given["contacts"],
        labels=given["labels"],
        features=[*named_features(), *needed_features(rules)],
        columns={"contacts": CONTACT_COLUMNS, "interactions": INTERACTION_COLUMNS},
    )
    return by_contact(evaluate_views(features, rules), rules)


def answers_in_one_query(tables: Tables, rules: Mapping[str, CompiledRule]) -> Answers:
    """Return what the library says without bringing features into memory."""
    given = tables.arrow
    answers = answer_views(
        given["interactions"],
        rules=rules,
        as_of=tables.as_of,
        contacts=given["contacts"],
        labels=given["labels"],
        features=named_features(),
        columns={"contacts": CONTACT_COLUMNS, "interactions": INTERACTION_COLUMNS},
    )
    return by_contact(answers, rules)


def by_contact(answers: pa.Table, rules: Mapping[str, object]) -> Answers:
    """Return a table of answers as dictionaries."""
    rows = answers.to_pylist()
    return {name: {row["contact_id"]: row[name] for row in rows} for name in rules}


def reference_answers(tables: Tables, rules: Mapping[str, str]) -> Answers:
    """Return what the row-by-row reference says."""
    return evaluate_everybody(rules, tables.contacts, tables.interactions, as_of=tables.as_of, labels=tables.labels)


def differences(tables: Tables, rules: Mapping[str, str], found: Answers, expected: Answers) -> str:
    """Return which rules differ, with the contacts and the rows that show it; empty where none does."""
    told = []
    for name, text in rules.items():
        for contact in sorted(expected[name].keys() | found[name].keys()):
            answers = [side[name].get(contact, "not there") for side in (found, expected)]
            if answers[0] is not answers[1] and answers[0] != answers[1]:
                rows = [row for row in tables.interactions if row["contact_id"] == contact]
                rows = [{k: str(v) for k, v in row.items() if v is not None} for row in rows]
                told.append(f"{text}\n  {contact}: library {answers[0]}, reference {answers[1]} as of {tables.as_of}")
                told += [f"    {row}" for row in rows[:12]]
                break
    return "\n".join(told)
