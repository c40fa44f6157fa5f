"""The segment builder without a browser: conditions, counts, reasons, saving, and what is shown where."""

from collections.abc import Callable, Iterator
from copy import copy
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from segment_lib import Workspace, show
from segment_lib.errors import InvalidDefinition, InvalidOption, InvalidRule, NoData
from segment_lib.features.rules.functions import FUNCTIONS
from segment_lib.features.rules.layout import format_rule
from segment_lib.segments.own import compile_own_rules, load_segments
from segment_lib.show.builder_choices import list_choices
from segment_lib.show.builder_condition import OPERATORS, write_condition
from segment_lib.show.builder_page import builder_page
from segment_lib.show.builder_rule import join_conditions, split_conditions
from segment_lib.show.builder_session import BuilderSession
from segment_lib.show.builder_view import explanation_state, funnel_state, rule_state
from segment_lib.show.segment_builder import segment_builder
from segment_lib.show.style import ACCENT, AMBER, INK, PAPER, SOFT, WARN, WASH, contrast

DAY = "2026-10-31"
EVIL = "<img src=x onerror=alert(1)>"
CONTACTS = [
    {"contact_id": "ana", "country": "ES", "city": EVIL, "email": "ana@x.example", "email_consent": True},
    {"contact_id": "ben", "country": "PT", "email": "ben@x.example"},
    {"contact_id": "cleo", "country": "ES", "city": "Soria"},
    {"contact_id": "dan"},
]
INTERACTIONS = [
    {"contact_id": "ana", "kind": "purchase", "order_id": "1", "amount": 60.0, "category": "Fig"},
    {"contact_id": "ana", "kind": "purchase", "order_id": "2", "amount": 20.0, "category": EVIL},
    {"contact_id": "ben", "kind": "purchase", "order_id": "3", "amount": 20.0, "category": "Fig"},
    {"contact_id": "dan", "kind": EVIL},
]
SEGMENTS = """# Ours.
smart_views:
  - name: Spanish  # the first
    description: In Spain
    rule: country = 'ES'
    owner: Eve
rfm: null
clusters: null
"""
GOALS = {
    "goals": [
        {
            "name": "Grow", "objective": "sell more", "question": "Who?", "criteria": ["financial"],
            "kpis": [{"name": "Bought", "measure": "conversion", "horizon_days": 60}],
        }
    ]
}  # fmt: skip


@pytest.fixture(scope="module")
def base(tiny_workspace: Callable[..., Workspace]) -> Iterator[BuilderSession]:
    """Four contacts, of whom two bought in October, and the builder on them with no rule yet."""
    rows = [{"interaction_id": f"i{n}", "occurred_at": "2026-10-01", **row} for n, row in enumerate(INTERACTIONS)]
    shop = tiny_workspace(contacts=CONTACTS, interactions=rows, goals=GOALS)
    (shop.folder / "definitions" / "segments.yml").write_text(SEGMENTS, encoding="utf-8")
    opened = BuilderSession(shop, as_of=shop.as_of(DAY))
    yield opened
    opened.close()


@pytest.fixture
def shop(base: BuilderSession) -> Iterator[Workspace]:
    """The workspace, whose segments.yml is put back afterwards."""
    yield base.workspace
    (base.workspace.folder / "definitions" / "segments.yml").write_text(SEGMENTS, encoding="utf-8")


@pytest.fixture
def session(base: BuilderSession, shop: Workspace) -> BuilderSession:
    """The builder, with no rule yet."""
    return copy(base)


# Rules in parts


@pytest.mark.parametrize(
    ("rule", "joint", "conditions"),
    [
        ("a = 1", None, ["a = 1"]),
        ("(a or b) and c between 1 and 2 and not (d or e)", "and", ["(a or b)", "c between 1 and 2", "not (d or e)"]),
        ("a and b or c", "or", ["a and b", "c"]),
        ("a = ' and ' or b", "or", ["a = ' and '", "b"]),
        ("-- top\na -- one\n-- two\nand b /* three */", "and", ["-- top\na -- one", "-- two\nb -- three"]),
        ("((a and (b and c)))", "and", ["a", "b", "c"]),
    ],
)
def test_a_rule_falls_into_the_conditions_that_are_joined_outside(
    rule: str, joint: str | None, conditions: list[str]
) -> None:
    assert split_conditions(rule) == (joint, conditions)
    assert join_conditions(conditions, joint or "and") == format_rule(rule)


PARTS = st.sampled_from(
    [
        *(
            "a = 1",
            "not b",
            "c between 1 and 2",
            "d in ('and', 'or')",
            "e is null -- e",
            "-- f\nf",
            "/* g\ng */ g",
        ),
        *("ever('h', where => i and j)", "(k or l)", "m and n", "not (o or p -- p\n)", "(q and (r or s))"),
    ]
)


@given(st.lists(st.tuples(PARTS, st.sampled_from(["and", "or"])), min_size=1, max_size=6))
def test_taken_apart_and_joined_again_a_rule_is_the_same(parts: list[tuple[str, str]]) -> None:
    rule = "true" + "".join(f"\n{joint} {text}" for text, joint in parts)
    joint, conditions = split_conditions(rule)
    assert join_conditions(conditions, joint or "and") == format_rule(rule)
    # What is left when one goes is the rest, each with its own comments.
    rest = join_conditions(conditions[1:], joint or "and")
    assert split_conditions(rest)[1] == conditions[1:] or len(conditions) == 2


def test_conditions_joined_otherwise_keep_their_brackets_and_comments() -> None:
    assert join_conditions(["a or b", "c -- why"], "and") == "(a or b)\nand c -- why"
    assert join_conditions(["a and b", "c"], "or") == "a and b or c"
    assert join_conditions([], "and") == ""


# Conditions


TYPES = {"country": "text", "spend": "number", "born": "date", "agreed": "boolean", "tags": "text list", "A b": "text"}


@pytest.mark.parametrize(
    ("what", "operator", "value", "more", "text"),
    [
        ("country", "=", "O'Hara", {}, "country = 'O''Hara'"),
        ("country", "not in", ["ES", "PT"], {}, "country not in ('ES', 'PT')"),
        ("country", "contains", "an", {}, "country ilike '%an%'"),
        ("country", "starts with", "a", {}, "country ilike 'a%'"),
        ("country", "is null", None, {}, "country is null"),
        ("A b", "=", "x", {}, "\"A b\" = 'x'"),
        ("spend", ">=", "12.50", {}, "spend >= 12.50"),
        ("spend", "<", 1e-7, {}, "spend < 0.0000001"),
        ("spend", "between", [-5, 10], {}, "spend between -5 and 10"),
        ("born", "<", "1990-01-31", {}, "born < '1990-01-31'"),
        ("agreed", "is true", None, {}, "agreed"),
        ("agreed", "is false", None, {}, "not agreed"),
        ("tags", "includes", "a", {}, "includes(tags, 'a')"),
        ("tags", "does not include", "a", {}, "not includes(tags, 'a')"),
        ("count", ">=", 3, {"arguments": ["purchase"], "options": {"until": "7 days", "within": "90 days"}},
         "count('purchase', within => '90 days', until => '7 days') >= 3"),
        ("ever", "is false", None, {"arguments": ["call"], "options": {"where": "score<3 or score>8"}},
         "not ever('call', where => score < 3 or score > 8)"),
        ("favourite", "in", ["Fig"], {"arguments": ["call", "category"]}, "favourite('call', category) in ('Fig')"),
        ("favourite", ">", 2, {"arguments": ["purchase", "score"]}, "favourite('purchase', score) > 2"),
        ("top_percent", "is true", None, {"arguments": ["spend / 2", "10"]}, "top_percent(spend / 2, 10)"),
        ("probably", "is true", None, {"arguments": ["spend < 1", 0.9]}, "probably(spend < 1, 0.9)"),
        ("stopped", "is true", None, {"arguments": ["purchase", "180 days"]}, "stopped('purchase', '180 days')"),
    ],
)  # fmt: skip
def test_what_was_chosen_becomes_a_condition(
    what: str, operator: str, value: Any, more: dict[str, Any], text: str
) -> None:
    rows = {"category": "text", "score": "number"}
    assert write_condition(what, operator, value, columns=TYPES, interaction_columns=rows, **more) == text


@pytest.mark.parametrize(
    ("what", "operator", "value", "more", "fault"),
    [
        ("contry", "=", "ES", {}, "can't find a column or function `contry`. Did you mean `country`"),
        ("country", ">", "ES", {}, "`operator` must be one of =, <>, in"),
        ("spend", "=", "much", {}, "a number must be given, got 'much'"),
        ("spend", "=", "nan", {}, "a number must be given"),
        ("spend", "=", True, {}, "a number must be given"),
        ("spend", "between", [1], {}, "two values for `between`, got 1"),
        ("country", "in", [], {}, "one or more values for `in`, got 0"),
        ("country", "=", None, {}, "one value for `=`, got 0"),
        ("agreed", "is true", 1, {}, "no values for `is true`, got 1"),
        ("count", ">", 1, {}, r"as in count\(kind \[, within\]"),
        ("count", ">", 1, {"arguments": ["a"], "options": {"whitin": "1 day"}}, "Did you mean `within`"),
        ("share_of", ">", 1, {"arguments": ["purchase"]}, "must be given where, as in share_of"),
    ],
)
def test_what_makes_no_condition_is_told(
    what: str, operator: str, value: Any, more: dict[str, Any], fault: str
) -> None:
    with pytest.raises(InvalidOption, match=fault):
        write_condition(what, operator, value, columns=TYPES, **more)


@pytest.mark.parametrize("where", ["score > 1) or (true", "score > 1, until => '3 days'", "select 1", "score -- )"])
def test_nothing_breaks_out_of_a_part_that_is_written_in_the_language(where: str) -> None:
    try:
        text = write_condition("ever", "is true", columns={}, arguments=["call"], options={"where": where})
    except InvalidRule:
        return
    assert text == "ever('call', where => score)"


# Working on a rule


def test_a_rule_grows_and_shrinks_by_conditions(session: BuilderSession) -> None:
    assert (session.add_condition("country", "=", "ES").inside, session.rule) == (2, "country = 'ES'")
    found = session.add_condition("count", ">=", 2, arguments=["purchase"], within="90 days")
    assert (found.inside, found.outside, found.unknown) == (1, 3, 0)
    assert session.conditions == ["country = 'ES'", "count('purchase', within => '90 days') >= 2"]
    assert session.joint == "and"
    assert session.join("or").inside == 2
    assert session.rule == "country = 'ES' or count('purchase', within => '90 days') >= 2"
    session.remove_condition(0)
    assert session.rule == "count('purchase', within => '90 days') >= 2"
    # What is added next is joined as before.
    session.add_condition("city", "=", "Soria")
    assert (session.joint, session.preview().inside) == ("or", 2)
    session.remove_condition(0)
    session.remove_condition(0)
    assert (session.rule, session.conditions, session.preview().fault) == ("", [], "a rule must not be empty.")
    with pytest.raises(InvalidOption, match="must be less than 0"):
        session.remove_condition(0)


def test_comments_of_a_rule_stay_when_others_come_and_go(session: BuilderSession) -> None:
    session.set_rule("country = 'ES' -- home\nand city is null")
    session.add_condition("purchases", ">", 0)
    session.remove_condition(1)
    assert session.rule == "country = 'ES' -- home\nand purchases > 0"


def test_a_condition_joins_the_outermost_conditions_and_not_inner_ones(session: BuilderSession) -> None:
    session.set_rule("country = 'ES' and city is null or purchases > 5")
    session.add_condition("email_consent")
    assert session.rule == "country = 'ES' and city is null or purchases > 5 or email_consent"


def test_a_fault_is_told_and_the_last_counts_stay(session: BuilderSession) -> None:
    session.set_rule("country = 'ES'")
    found = session.set_rule("contry = 'ES'")
    assert found.fault == "can't find a column `contry`. Did you mean `country`?\n  contry = 'ES'\n  ^^^^^^"
    assert session.counted is not None
    assert session.counted.inside == 2
    state = rule_state(session, found)
    assert state["counts"]["said"] == "2 in, 1 out, 1 unknown, of 4 contacts (50.0% in)."
    assert (state["stale"], state["sentences"]["en"]) == (True, "")


def test_a_condition_with_a_fault_leaves_the_rule_as_it_was(session: BuilderSession) -> None:
    session.set_rule("country = 'ES'")
    with pytest.raises(InvalidDefinition, match="condition: can't find an interaction's column `nothing`"):
        session.add_condition("count", ">", 1, arguments=["purchase"], where="nothing = 1")
    assert session.rule == "country = 'ES'"
    session.set_rule("country = ")
    with pytest.raises(InvalidRule, match="can't understand this rule"):
        session.add_condition("country", "=", "ES")
    assert (session.rule, session.conditions) == ("country = ", [])


def test_an_existing_view_is_opened_by_its_name(shop: Workspace) -> None:
    opened = BuilderSession(shop, as_of=shop.as_of(DAY), name="Spanish")
    assert (opened.rule, opened.sentence("es")) == ("country = 'ES'", "Contactos que están en España.")
    opened.close()


def test_samples_and_reasons_are_of_the_rule_as_it_stands(session: BuilderSession) -> None:
    assert session.sample_contact() is None
    session.set_rule("country = 'ES' and purchases >= 2")
    assert session.sample_contact(True) == "ana"
    assert session.sample_contact(None) is None
    assert session.sample_contact(False, random_state=3) in ("ben", "cleo", "dan")
    state = explanation_state(session.why("ben@x.example"))
    assert (state["contact"], state["status"]) == ("ben", "out")
    assert state["reason"] == "ben is not in the segment of this rule as of 2026-10-31."
    first, second = state["tree"]["parts"]
    assert (first["answer"], first["what"], first["why"]) == ("no", "country = 'ES'", "country is 'PT'")
    assert (second["answer"], second["why"]) == (
        "no", "purchases is 1, 1 below 2; 1 interaction, the last on 2026-10-01"
    )  # fmt: skip
    assert explanation_state(session.why("nobody"))["tree"] is None


def test_each_condition_tells_what_it_lets_through(session: BuilderSession) -> None:
    session.set_rule("country = 'ES' and (purchases >= 1 or city = 'Soria')")
    state = funnel_state(session.funnel())
    assert [one["said"] for one in state["conditions"]] == [
        "lets 2 through, unknown for 1; without it 1 more",
        "lets 3 through, unknown for 1; without it nothing changes",
    ]
    assert [one["what"] for one in state["conditions"][1]["parts"]] == ["purchases >= 1", "city = 'Soria'"]
    assert state["said"] == "Most hangs on country = 'ES': without it 1 more."


# Values and choices


def test_values_come_from_the_data_and_never_name_people(session: BuilderSession) -> None:
    assert session.values("country") == [("ES", 2), ("PT", 1)]
    assert session.values("category", kind="purchase") == [("Fig", 2), (EVIL, 1)]
    assert session.values("category", kind=EVIL) == []
    for column in ("email", "first_name", "contact_id", "purchases", "no such column"):
        assert session.values(column) == []
    assert session.values("order_id", kind="purchase") == []


def test_of_very_many_values_those_that_occur_once_are_not_offered(tiny_workspace: Callable[..., Workspace]) -> None:
    people = [
        {"contact_id": f"c{n:02}", "city": f"Town {n // 2 if n < 4 else n}", "region": str(n % 9)} for n in range(60)
    ]
    rows = [{"contact_id": "c00", "kind": "visit", "subject": f"s{n}", "occurred_at": "2026-10-01"} for n in range(60)]
    shop = tiny_workspace(contacts=people, interactions=rows)
    opened = BuilderSession(shop, as_of=shop.as_of(DAY))
    assert opened.values("city") == [("Town 0", 2), ("Town 1", 2)]
    assert opened.values("region")[0] == ("0", 7)
    assert opened.values("subject", kind="visit") == []
    opened.close()


def test_every_function_and_column_is_offered_with_operators_that_fit(shop: Workspace) -> None:
    choices = list_choices(shop, as_of=shop.as_of(DAY))
    entries = {one["key"]: one for group in choices["groups"] for one in group["entries"]}
    assert {f"function {f.name}" for f in FUNCTIONS} <= entries.keys()
    assert {"column country", "column total_spend", "column email_consent"} <= entries.keys()
    assert {one["type"] for one in entries.values()} <= choices["operators"].keys() == OPERATORS.keys()
    assert choices["lists"]["kinds"] == [("purchase", "purchase (3)"), (EVIL, f"{EVIL} (1)"), ("any", "any kind")]
    assert choices["lists"]["segments"] == [("Spanish", "Spanish")]
    assert choices["goals"] == ["Grow"]
    for entry in entries.values():
        for one in entry["inputs"]:
            assert one["input"] in ("choice", "number", "text", "window")
            assert one.get("list") is None or one["list"] in choices["lists"]


def test_every_function_makes_a_condition_from_what_is_offered(shop: Workspace, session: BuilderSession) -> None:
    choices = list_choices(shop, as_of=shop.as_of(DAY))
    examples = {"Label": "Client", "Value": "x", "To latitude": "41.4", "To longitude": "2.2", "Draw": ""}
    for group in choices["groups"][-2:]:
        for entry in group["entries"]:
            given = []
            for one in entry["inputs"]:
                listed = choices["lists"].get(one.get("list"), [])
                value = "180 days" if one["input"] == "window" else one.get("value") or examples.get(one["label"])
                given.append(value if value is not None else listed[0][0])
            if entry["name"] in ("random_percent", "total", "average", "largest", "smallest", "share_of"):
                given.pop()
            options = {"where": "amount > 1"} if entry["name"] == "share_of" else {}
            options |= {"within": "7 days"} if entry["name"] == "anniversary" else {}
            operator = choices["operators"][entry["type"]][0][0]
            value = {"number": 1, "integer": 1, "text": "Fig"}.get(entry["type"])
            found = session.add_condition(entry["name"], operator, value, arguments=given, **options)
            assert not found.fault or "unknown" in found.fault or entry["name"] == "probably", found.fault
            session.set_rule("")


# Saving


def text_of(shop: Workspace) -> str:
    return (shop.folder / "definitions" / "segments.yml").read_text(encoding="utf-8")


def test_a_rule_is_saved_in_its_canonical_layout(session: BuilderSession, shop: Workspace) -> None:
    session.set_rule("COUNT('purchase')>=1   -- any\nand country='ES'")
    session.save("Buyers", description="Have bought", goal="Grow", owner=" Ana ")
    assert text_of(shop) == SEGMENTS.replace(
        "rfm: null",
        "  - name: Buyers\n    rule: |-\n      count('purchase') >= 1 -- any\n      and country = 'ES'\n"
        "    description: Have bought\n    goal: Grow\n    owner: Ana\nrfm: null",
    )
    assert [view.name for view in load_segments(shop).smart_views] == ["Spanish", "Buyers"]
    assert compile_own_rules(shop, {"x": "in_segment('Buyers')"})


def test_a_name_that_is_taken_is_replaced_only_where_it_is_asked_for(session: BuilderSession, shop: Workspace) -> None:
    session.set_rule("country in ('ES', 'PT')")
    with pytest.raises(InvalidDefinition, match="a smart view `Spanish` is there"):
        session.save("Spanish")
    assert text_of(shop) == SEGMENTS
    session.save("Spanish", replace=True)
    assert text_of(shop) == SEGMENTS.replace("country = 'ES'", "country in ('ES', 'PT')")


@pytest.mark.parametrize(
    ("name", "more", "fault"),
    [
        ("", {}, "a smart view must have a name"),
        ("x" * 61, {}, "`name`: String should have at most 60"),
        ("Everybody assigned", {}, "how reports call all contacts"),
        ("New", {"goal": "Gorw"}, "Did you mean `Grow`"),
    ],
)
def test_what_can_not_be_saved_is_told(
    session: BuilderSession, shop: Workspace, name: str, more: dict[str, str], fault: str
) -> None:
    session.set_rule("true")
    with pytest.raises((InvalidOption, InvalidDefinition), match=fault):
        session.save(name, **more)
    session.set_rule("contry = 'ES'")
    with pytest.raises(InvalidDefinition, match="can't find a column `contry`"):
        session.save("New")
    assert text_of(shop) == SEGMENTS


def in_parent(shop: Workspace, rule: str) -> BuilderSession:
    text = SEGMENTS.replace("rfm: null", f"  - name: Fig\n    parent: Spanish\n    rule: {rule}\nrfm: null")
    (shop.folder / "definitions" / "segments.yml").write_text(text, encoding="utf-8")
    return BuilderSession(shop, as_of=shop.as_of(DAY), name="Fig")


def test_a_view_with_a_parent_is_counted_explained_and_told_within_it(shop: Workspace) -> None:
    # Ana and Ben bought figs, of whom Ana alone is in Spain; of Dan no country is known.
    session = in_parent(shop, "ever('purchase')")
    found = session.preview()
    assert (found.rule, found.members, found.outside, found.unknown) == ("ever('purchase')", ["ana"], 3, 0)
    assert session.funnel().tree.inside == 1
    assert [session.sample_contact(), session.why("ben").status, session.why("ana").status] == ["ana", "out", "in"]
    assert session.sentence().startswith("Within Spanish: Contacts who")
    assert session.sentence("es").startswith("Dentro de Spanish: ")
    assert "Within Spanish: Contacts who" in builder_page(session).text
    # What would be whole with the parent alone is a fault.
    assert session.set_rule("ever('purchase')) or (true").fault
    assert "^" in session.set_rule("ever('purchase') and contry = 'ES'").fault
    session.close()


@pytest.mark.parametrize(
    ("rule", "let_through"),
    [("ever('purchase')", [2]), ("ever('purchase') and city is null", [2, 2]), ("city is null or true", [2, 4])],
)
def test_within_a_parent_each_condition_has_its_own_count(shop: Workspace, rule: str, let_through: list[int]) -> None:
    session = in_parent(shop, rule)
    told = funnel_state(session.funnel(), has_parent=True)["conditions"]
    assert len(told) == len(session.conditions)
    assert [int(one["said"].split()[1]) for one in told] == let_through
    session.close()


def test_saving_a_view_with_a_parent_writes_its_own_rule(shop: Workspace) -> None:
    session = in_parent(shop, "ever('purchase')")
    session.set_rule("city is null")
    session.save(replace=True)
    assert "  - name: Fig\n    parent: Spanish\n    rule: city is null\n" in text_of(shop)
    session.save("Fig too")
    assert [(view.rule, view.parent) for view in session.views[1:]] == [("city is null", "Spanish")] * 2
    session.close()


# What is shown


def test_page_holds_the_rule_its_sentence_and_counts_and_names_nobody(shop: Workspace) -> None:
    page = segment_builder(shop, as_of=shop.as_of(DAY), rule=f"country = 'ES' and city <> '{EVIL}'", name=EVIL)
    for text in (page.html, page.text):
        assert "1 in, 2 out, 1 unknown, of 4 contacts (25.0% in)." in text
        assert "Lets through" in text
        for private in ("ana", "cleo", "Soria", "x.example"):
            assert private not in text, private
    assert "<script" not in page.html
    assert "<img" not in page.html
    # Of so few, money would tell about single people.
    assert "Too few to tell" in page.text
    assert "€" not in page.text


def test_page_of_a_larger_group_tells_revenue_and_reach(session: BuilderSession) -> None:
    settings = session.workspace.settings.model_copy(update={"smallest_group": 1})
    session.workspace = Workspace(session.workspace.folder)
    vars(session.workspace)["settings"] = settings
    session.set_rule("country = 'ES'")
    page = builder_page(session)
    assert "Share of revenue: 80.0% in 365 days (€80) and 80.0% ever (€80)." in page.text
    assert "1 may be e-mailed, 0 may be called." in page.text


def test_page_of_a_faulty_rule_tells_the_fault_and_of_none_that_there_is_none(session: BuilderSession) -> None:
    assert builder_page(session).text == "There is no condition yet."
    session.set_rule("contry = 'ES'")
    page = builder_page(session)
    assert "Did you mean `country`?\n  contry = 'ES'\n  ^^^^^^" in page.text
    assert "contry is" not in page.text


def test_without_data_there_is_nothing_to_build_from(tiny_workspace: Callable[..., Workspace]) -> None:
    shop = tiny_workspace()
    with pytest.raises(NoData, match="import"):
        segment_builder(shop, as_of=shop.as_of(DAY))


def test_papermill_and_nbconvert_get_the_page(shop: Workspace) -> None:
    source = (
        "import segment_lib as sl\nfrom segment_lib.show.segment_builder import segment_builder\n"
        f"shop = sl.open_workspace({str(shop.folder)!r})\n"
        f"segment_builder(shop, as_of=shop.as_of({DAY!r}), name='Spanish')"
    )
    notebook = new_notebook(cells=[new_code_cell(source)])
    NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    (output,) = [one for one in notebook.cells[0].outputs if one.output_type == "execute_result"]
    assert "Contacts who are in Spain." in output.data["text/html"]
    assert "application/vnd.jupyter.widget-view+json" not in output.data
    nbformat.validate(notebook)


# The window's side in Python


@pytest.fixture
def window(session: BuilderSession) -> Any:
    """The widget, without a browser."""
    pytest.importorskip("anywidget", reason="the extra `lab` is not installed")
    from segment_lib.show.builder_window import SegmentBuilder

    return SegmentBuilder(session)


def test_messages_change_the_rule_and_what_is_shown(window: Any) -> None:
    window.answer({"do": "rule", "text": "country = 'ES'"})
    assert (window.state["counts"]["bar"][0], window.state["typed"]) == (["in", 50.0], True)
    where = {"what": "category", "operator": "=", "value": "Fig"}
    window.answer({"do": "add", "what": "count", "operator": ">=", "value": "1", "arguments": ["purchase"],
                   "options": {"within": "90 days", "where": where}})  # fmt: skip
    added = "count('purchase', within => '90 days', where => category = 'Fig') >= 1"
    assert window.state["rule"] == f"country = 'ES' and {added}"
    assert (window.status["text"], window.state["typed"]) == (f"Added: {added}.", False)
    assert window.funnel["conditions"][0]["said"].startswith("lets 2 through")
    window.answer({"do": "join", "joint": "or"})
    assert window.state["joint"] == "or"
    window.answer({"do": "remove", "place": 0})
    assert window.state["conditions"] == [added]
    window.answer({"do": "rule", "text": "COUNTRY='ES'"})
    window.answer({"do": "tidy"})
    assert window.state["rule"] == "COUNTRY = 'ES'"


def test_a_fault_is_shown_beside_the_last_counts(window: Any) -> None:
    window.answer({"do": "rule", "text": "country = 'ES'"})
    window.answer({"do": "rule", "text": "country = 'ES"})
    assert "can't understand" in window.state["fault"]
    assert window.state["stale"]
    assert window.state["counts"]["said"].startswith("2 in")
    assert window.funnel["conditions"] == []
    window.answer({"do": "add", "what": "country", "operator": "=", "value": None})
    assert window.status["fault"]
    window.answer({"do": "tidy"})
    assert window.status["fault"]
    window.answer({"do": "remove", "place": 0})
    assert "must be less than 0" in window.status["text"]
    window.answer({"do": "rule", "text": ""})
    assert (window.state["fault"], window.state["counts"]) == ("", None)


def test_a_contact_is_explained_and_another_press_draws_another(window: Any) -> None:
    window.answer({"do": "sample", "answer": "in"})
    assert window.status["text"] == "Nobody is there to be explained."
    window.answer({"do": "rule", "text": "country is null or country = 'PT'"})
    seen = set()
    for _ in range(8):
        window.answer({"do": "sample", "answer": "in"})
        seen.add(window.why["contact"])
    assert seen == {"ben", "dan"}
    window.answer({"do": "why", "contact": "  ana "})
    assert window.why["status"] == "out"
    window.answer({"do": "rule", "text": "nothing"})
    window.answer({"do": "why", "contact": "ana"})
    assert "can't find a column `nothing`" in window.status["text"]


def test_saving_over_a_view_tells_the_impact_first(window: Any, shop: Workspace) -> None:
    window.answer({"do": "rule", "text": "country = 'PT'"})
    window.answer({"do": "save", "name": "Spanish "})
    assert window.status["fault"]
    assert window.status["text"] == (
        "Spanish is there already. Replaced by this rule: Spanish goes from 2 to 1 contact; 1 contact enters (€20 in "
        "365 days, 0 reachable) and 2 contacts leave (€80 in 365 days, 1 reachable). To do so, tick Replace."
    )
    window.answer({"do": "save", "name": "Spanish", "replace": True})
    assert window.status["text"].startswith("Saved as Spanish in segments.yml. Spanish goes from 2 to 1 contact;")
    assert load_segments(shop).smart_views[0].rule == "country = 'PT'"


def test_values_are_answered_with_what_they_were_asked_for(window: Any) -> None:
    window.answer({"do": "values", "column": "country", "kind": None})
    assert window.values == {"column": "country", "kind": None, "found": [("ES", 2), ("PT", 1)]}


def test_the_same_answer_twice_is_two_answers(window: Any) -> None:
    window.answer({"do": "why", "contact": ""})
    first = window.status
    window.answer({"do": "why", "contact": ""})
    assert (window.status["text"], window.status != first) == (first["text"], True)


def test_saved_notebooks_hold_the_page_beside_the_window(window: Any) -> None:
    window.answer({"do": "rule", "text": "country = 'ES'"})
    data, _ = window._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "Contacts who are in Spain." in data["text/html"]
    assert "x.example" not in data["text/html"] + data["text/plain"]


def test_text_stands_out_from_its_ground() -> None:
    for text, ground in ((INK, PAPER), (SOFT, PAPER), (SOFT, WASH), (ACCENT, PAPER), (WARN, WASH), (INK, AMBER)):
        assert contrast(text, ground) >= 4.5, (text, ground)


def test_the_windows_files_load_nothing_and_write_no_html() -> None:
    static = Path(show.__file__).parent / "static"
    for file in ("segment_builder.js", "segment_builder_controls.js", "segment_builder.css"):
        text = (static / file).read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 300
        for word in ("http", "innerHTML", "import ", "onclick", "eval("):
            assert word not in text, (file, word)
