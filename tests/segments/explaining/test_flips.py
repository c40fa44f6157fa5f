"""When answers change by time alone, held against the reference evaluator asked again on every day."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pyarrow.compute as pc
from hypothesis import given, settings
from rule_reference import evaluate
from rule_strategies import cases
from rule_tables import CONTACT_COLUMNS, INTERACTION_COLUMNS, Row, Tables, compiled, named_features

from segment_lib import AsOf
from segment_lib.segments.explaining.flips import Standing, find_flips
from segment_lib.segments.explaining.language import Language
from segment_lib.segments.explaining.parts import FALSE, TRUE, UNKNOWN, Part, split_rule
from segment_lib.segments.explaining.person import Person
from segment_lib.segments.explaining.timeline import Timeline
from segment_lib.vocabulary import LABELS

LANGUAGE = Language(CONTACT_COLUMNS, INTERACTION_COLUMNS, named_features())
COLUMNS = {"contacts": CONTACT_COLUMNS, "interactions": INTERACTION_COLUMNS, "labels": LABELS}


def known(tables: Tables) -> Tables:
    """The tables as they are known on their day."""
    end = tables.as_of.end
    labels = [
        row | {"removed_at": None if row["removed_at"] is None or row["removed_at"] >= end else row["removed_at"]}
        for row in tables.labels
        if row["assigned_at"] < end
    ]
    return replace(tables, interactions=[r for r in tables.interactions if r["occurred_at"] < end], labels=labels)


def timeline_of(tables: Tables, tree: Part, segments: Mapping[str, str], contact: str) -> Timeline:
    found = compiled({**segments, **{f"condition {text}": rule for text, rule in tree.conditions.items()}})
    rules = {text: found[f"condition {text}"] for text in tree.conditions}
    arrow = tables.arrow
    own = {name: table.filter(pc.equal(table["contact_id"], contact)) for name, table in arrow.items()}
    person = Person(contact, tables.as_of, own["contacts"], own["interactions"], own["labels"], COLUMNS)
    return Timeline(person, rules, LANGUAGE.records(rules.values()), [c for r in rules.values() for c in r.columns])


def flips(tables: Tables, text: str, contact: str, last: date, segments: Mapping[str, str]) -> list[Standing]:
    tree = split_rule(text, segments)
    return find_flips(timeline_of(known(tables), tree, segments, contact), tree, last=last)


def flips_by_asking_every_day(
    tables: Tables, text: str, contact: Row, days: Sequence[date], segments: Mapping[str, str]
) -> list[Standing]:
    tables = known(tables)
    rows = [row for row in tables.interactions if row["contact_id"] == contact["contact_id"]]

    def asked(part: str, day: date) -> int:
        answer = evaluate(
            part, contact, rows, as_of=AsOf(day, tables.as_of.zone), labels=tables.labels, segments=segments
        )
        return UNKNOWN if answer is None else TRUE if answer else FALSE

    found = []
    for part in split_rule(text, segments).walk():
        now = asked(part.text, tables.as_of.day)
        later = ((day, then) for day in days if (then := asked(part.text, day)) != now)
        found.append(Standing(now, *next(later, (None, None))))
    return found


def compare(case: tuple[Tables, dict[str, str]], n_days: int) -> None:
    tables, rules = case
    contact = tables.contacts[0]
    person = timeline_of(known(tables), split_rule("true", {}), {}, contact["contact_id"]).person
    if not person.is_known:
        return
    days = [tables.as_of.day + timedelta(days=n) for n in range(1, n_days + 1)]
    for text in list(rules.values())[-2:]:
        # What depends on others is taken as lasting, and is tested elsewhere.
        if "_percent(" in "".join(rules.values()).replace("random_percent(", ""):
            continue
        expected = flips_by_asking_every_day(tables, text, contact, days, rules)
        assert flips(tables, text, contact["contact_id"], days[-1], rules) == expected, text


@settings(max_examples=20)
@given(cases(most=2))
def test_answers_change_on_the_day_on_which_asking_every_day_for_months_finds_them_changed(
    case: tuple[Tables, dict[str, str]],
) -> None:
    compare(case, 130)


@settings(max_examples=2)
@given(cases(most=1))
def test_answers_change_on_the_day_on_which_asking_every_day_for_years_finds_them_changed(
    case: tuple[Tables, dict[str, str]],
) -> None:
    compare(case, 1095)
