"""Linting of workspaces: what the contacts, interactions, labels, goals and plays say about rules."""

from collections.abc import Callable

import pytest

from segment_lib import Workspace
from segment_lib.errors import InvalidDefinition
from segment_lib.segments.linting import Lint, lint_rules, lint_segments

MakeWorkspace = Callable[..., Workspace]
PEOPLE = [
    {"contact_id": f"p{place:02}", "country": country, "city": "Porto" if place else None,
     "household_size": 2 if place == 3 else None}
    for place, country in enumerate(["ES"] * 12 + ["PT"] * 10 + [None] * 8)
]  # fmt: skip
BUYS = [
    {"interaction_id": f"i{place}", "contact_id": f"p{place % 30:02}", "occurred_at": "2026-01-10T12:00", "kind": kind,
     "category": category, "amount": 10.0, "order_id": f"o{place}"}
    for place, (kind, category) in enumerate([("purchase", "Pineapple")] * 35 + [("visit", "Fig")] * 5)
]  # fmt: skip
GOAL = {
    "name": "Sell", "objective": "sell more", "question": "Who?", "criteria": ["behavioural"],
    "kpis": [{"name": "K", "measure": "conversion", "horizon_days": 30}],
}  # fmt: skip


@pytest.fixture
def lint(tiny_workspace: MakeWorkspace) -> Callable[..., Lint]:
    def _lint(*views: dict[str, str], **files: object) -> Lint:
        files.setdefault("segments", {"rfm": None, "clusters": None, "smart_views": [dict(v) for v in views]})
        workspace = tiny_workspace(contacts=PEOPLE, interactions=BUYS, **files)
        return lint_segments(workspace, as_of=workspace.as_of("2026-01-31"))

    return _lint


def view(rule: str, name: str = "It", **more: str) -> dict[str, str]:
    return {"name": name, "rule": rule, "goal": "Sell", **more}


def said(found: Lint, kind: str) -> list[str]:
    return [finding.sentence for finding in found.findings if finding.kind == kind]


def test_a_value_that_never_occurs_is_told_with_the_nearest_one(lint: Callable[..., Lint]) -> None:
    found = lint(view("total('purchase', where => category = 'Pinapple') > 5 or country = 'es'"))
    assert said(found, "never occurs") == [
        "'Pinapple' never occurs in `category` of purchase. Did you mean 'Pineapple'?",
        "'es' never occurs in `country`. Did you mean 'ES'?",
    ]


def test_a_value_that_occurs_for_another_kind_alone_never_occurs_for_this_one(lint: Callable[..., Lint]) -> None:
    found = lint(view("ever('purchase', where => category = 'Fig')"))
    assert said(found, "never occurs") == ["'Fig' never occurs in `category` of purchase."]


def test_a_kind_that_never_occurs_is_told_once_for_each_segment(lint: Callable[..., Lint]) -> None:
    found = lint(view("count('purchace') > 1 or count('purchace', within => '90 days') > 0"), view("ever('call')", "B"))
    assert said(found, "never occurs") == [
        "there is no interaction of the kind 'purchace'. Did you mean 'purchase'?",
        "there is no interaction of the kind 'purchace'. Did you mean 'purchase'?",
        "there is no interaction of the kind 'call'.",
    ]


def test_one_value_of_several_that_never_occurs_is_a_note(lint: Callable[..., Lint]) -> None:
    [finding] = [f for f in lint(view("country in ('ES', 'AD')")).findings if f.kind == "never occurs"]
    assert (finding.severity, finding.sentence) == ("note", "'AD' never occurs in `country`.")


def test_values_of_other_days_are_not_known(lint: Callable[..., Lint], tiny_workspace: MakeWorkspace) -> None:
    later = [{**BUYS[0], "interaction_id": "x", "occurred_at": "2026-06-01T12:00", "category": "Kiwi"}]
    views = {"rfm": None, "clusters": None, "smart_views": [view("ever('purchase', where => category = 'Kiwi')")]}
    workspace = tiny_workspace(contacts=PEOPLE, interactions=[*BUYS, *later], segments=views)
    assert said(lint_segments(workspace, as_of=workspace.as_of("2026-01-31")), "never occurs")
    # Without a day, the last one is looked at.
    assert not said(lint_segments(workspace), "never occurs")


def test_a_pattern_and_a_favourite_are_held_against_values_too(lint: Callable[..., Lint]) -> None:
    found = lint(view("city like 'Mad%' or favourite('purchase', category) = 'pineapple'"))
    assert said(found, "never occurs") == [
        "'Mad%' matches nothing in `city`.",
        "'pineapple' never occurs in `favourite('purchase', category)`. Did you mean 'Pineapple'?",
    ]


def test_a_negation_tells_how_many_it_leaves_out(lint: Callable[..., Lint]) -> None:
    found = lint(view("not country = 'ES'"), view("country <> 'ES' and purchases > 1", "B"))
    assert said(found, "leaves out unknowns") == [
        "`not country = 'ES'` is unknown for 8 contacts, who are left out: `country` is empty."
    ]
    [finding] = [f for f in found.findings if f.kind == "leaves out unknowns"]
    assert finding.advice == "If they are meant too, write `(not country = 'ES' or country is null)`."
    assert finding.place == "  not country = 'ES'\n  ^^^^^^^^^^^^^^^^^^"


@pytest.mark.parametrize(
    "rule",
    [
        "not city = 'Lisboa' or city is null",
        "(country = 'ES') is not true",
        "not country is null",
        "not ever('call')",
        "not (country = 'ES' or country is null)",
        "country <> 'ES' and household_size > 5",
    ],
)
def test_negations_that_leave_nobody_out_are_left_alone(lint: Callable[..., Lint], rule: str) -> None:
    assert said(lint(view(rule)), "leaves out unknowns") == []


def test_a_negation_of_several_conditions_is_mended_by_its_opposite(lint: Callable[..., Lint]) -> None:
    [finding] = [
        f for f in lint(view("not (country = 'ES' and city = 'Porto')")).findings if f.kind == "leaves out unknowns"
    ]
    assert finding.sentence.startswith("`not (country = 'ES' and city = 'Porto')` is unknown for 9 contacts")
    assert "`(country = 'ES' and city = 'Porto') is not true`" in finding.advice


def test_fields_that_are_nearly_empty_are_told_unless_emptiness_is_asked_for(lint: Callable[..., Lint]) -> None:
    found = lint(
        view("household_size > 1 or country = 'ES'"),
        view("household_size is not null", "B"),
        view("ever('purchase', where => score > 3)", "C"),
        view("smallest('purchase', quantity) > 3", "D"),
    )
    assert said(found, "nearly empty field") == [
        "`household_size` is filled for 1 of 30 contacts.",
        "`score` is empty for all interactions of purchase.",
        "`quantity` is empty for all interactions of purchase.",
    ]


def test_labels_that_nobody_carries_or_nothing_defines_are_told(lint: Callable[..., Lint]) -> None:
    found = lint(view("has_label('Fan') or has_label('Foe')"), labels={"labels": [{"name": "Fan"}]})
    assert said(found, "undefined label") == ["labels.yml does not define the label `Foe`."]
    assert said(found, "never occurs") == ["nobody carries the label `Foe`.", "nobody carries the label `Fan`."]
    # A name that labels.yml defines is right: anybody may carry it tomorrow.
    assert [one.severity for one in found.findings if one.kind == "never occurs"] == ["warning", "note"]
    assert said(lint(view("has_label('Foe')")), "undefined label") == []


def test_ties_that_make_a_part_larger_are_told(lint: Callable[..., Lint]) -> None:
    # Five contacts have two orders, 25 have one.
    found = lint(view("bottom_percent(purchases, 10)"), view("top_percent(purchases, 10)", "B"))
    assert said(found, "ties") == [
        "`bottom_percent(purchases, 10)` holds 25 contacts (83% of those with a value): many are equal."
    ]


def test_segments_of_nobody_and_everybody_are_told(lint: Callable[..., Lint]) -> None:
    found = lint(
        view("purchases > 99", "None"),
        view("country = 'ES'", "Child", parent="None"),
        view("total_spend > -5", "All"),
        view("country = 'FR'", "French"),
    )
    assert said(found, "empty") == ["nobody is in it.", "nobody is in it; for 8 contacts it is unknown."]
    assert said(found, "empty parent") == ["nobody is in its parent, so nobody can be in it."]
    assert said(found, "everybody") == ["all 30 contacts are in it."]


def test_segments_with_the_same_members_are_told_unless_they_are_the_same_rule(lint: Callable[..., Lint]) -> None:
    found = lint(view("country = 'ES'", "A"), view("country < 'F'", "B"), view("country in ('ES')", "C"))
    assert said(found, "same members") == ["it has the same 12 members as `A` in these data."]
    assert [f.segment for f in found.findings if f.kind == "same rule"] == ["C"]


def test_conditions_that_change_nothing_in_the_data_are_notes(lint: Callable[..., Lint]) -> None:
    found = lint(view("purchases > 0 and country = 'ES'"))
    [finding] = [f for f in found.findings if f.kind == "changes nothing"]
    assert (finding.severity, finding.part) == ("note", "purchases > 0")
    assert finding.sentence == "without `purchases > 0` the same 12 contacts are in it in these data."


def test_segments_that_nothing_uses_are_notes(lint: Callable[..., Lint]) -> None:
    names = {
        name: view("purchases > 1", name, goal="")
        for name in ("Goal", "Play", "Flow", "Asked", "Group", "Idle", "Typo")
    }
    names["Goal"]["goal"], names["Typo"]["goal"] = "Sell", "Sel"
    names["Goal"]["rule"] = "in_segment('Asked')"
    segments = {
        "rfm": None, "clusters": None, "smart_views": list(names.values()),
        "groups": [{"name": "G", "segments": ["Group", "Goal"]}],
    }  # fmt: skip
    found = lint(
        segments=segments,
        goals={"goals": [GOAL]},
        playbook={"plays": [{"name": "P", "segment": "Play", "message": "m", "channel": "email"}]},
        workflows={"workflows": [{"name": "W", "trigger": {"entering": "Flow"}, "actions": [{"task": "t"}]}]},
    )
    assert [f.segment for f in found.findings if f.kind == "unused"] == ["Idle", "Typo"]
    assert said(found, "unknown goal") == ["its goal `Sel` is not in goals.yml."]


def test_without_data_the_rules_alone_are_read(tiny_workspace: MakeWorkspace) -> None:
    views = {"rfm": None, "clusters": None, "smart_views": [view("purchases < 0"), view("country = 'Spain'", "B")]}
    workspace = tiny_workspace(segments=views, goals={"goals": [GOAL]})
    found = lint_segments(workspace)
    assert [(f.segment, f.kind) for f in found.findings] == [("It", "never true")]
    assert repr(found).startswith("Lint of 2 smart views, without data: only the rules were read: 1 error, 0 warnings")
    assert lint_rules(workspace) == found.findings


def test_no_smart_views_are_nothing_to_find(lint: Callable[..., Lint]) -> None:
    assert lint().findings == ()
    assert lint(segments={"smart_views": []}).table.empty


def test_the_worst_comes_first_and_a_table_can_be_had(lint: Callable[..., Lint]) -> None:
    found = lint(view("purchases > 0 and country <> 'ES'", "B"), view("purchases < 0", "A"), goals={"goals": [GOAL]})
    assert [f.severity for f in found.findings] == ["error", "warning", "note"]
    assert list(found.table["segment"]) == ["A", "B", "B"]
    assert found.count("error") == 1
    assert [f.kind for f in found.of("A")] == ["never true"]


def test_rules_that_do_not_compile_are_told_as_ever(lint: Callable[..., Lint]) -> None:
    with pytest.raises(InvalidDefinition, match="can't find a column `contry`"):
        lint(view("contry = 'ES'"))


def test_names_and_texts_with_quotes_and_rules_with_comments_do_no_harm(lint: Callable[..., Lint]) -> None:
    rule = "not country = 'O''Hara' -- nobody's\nand purchases > 0 /* all */"
    found = lint(
        view(rule, 'It\'s "odd"'), view("in_segment('It''s \"odd\"') and purchases > 1", "B", parent='It\'s "odd"')
    )
    assert "'O'Hara' never occurs in `country`." in said(found, "never occurs")


def test_a_field_declared_after_the_import_is_linted_as_empty(tiny_workspace: MakeWorkspace) -> None:
    rule = "ever('purchase', where => shelf = 'top')"
    segments = {"rfm": None, "clusters": None, "smart_views": [view(rule)]}
    workspace = tiny_workspace(contacts=PEOPLE, interactions=BUYS, segments=segments)
    fields = "fields: [{name: shelf, table: interactions, type: text, family: behavioural}]"
    (workspace.folder / "definitions" / "fields.yml").write_text(fields, encoding="utf-8")
    found = lint_segments(workspace, as_of=workspace.as_of("2026-01-31"))
    told = [one.sentence for one in found.findings]
    assert "`shelf` is empty for all interactions of purchase." in told
