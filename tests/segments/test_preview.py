"""Preview: what a rule would select, from a session that keeps what was computed, and without one."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from segment_lib import Workspace
from segment_lib.errors import InvalidDefinition, InvalidOption, NoData
from segment_lib.segments import preview_session
from segment_lib.segments.definitions import LifetimeDefinition
from segment_lib.segments.labels import add_label, remove_label
from segment_lib.segments.lifetime import LifetimeFit
from segment_lib.segments.preview import Preview, open_preview, preview
from segment_lib.segments.preview_session import PreviewSession

DAY = "2026-10-31"
AGREED = {"email": "a@x.example", "email_consent": True}
CONTACTS = [
    {"contact_id": "a", "country": "ES", **AGREED, "phone": "+34600000001", "phone_consent": True},
    {"contact_id": "b", "country": "PT", "email": "b@x.example", "email_consent": False, "phone_consent": True},
    {"contact_id": "c", "country": "ES", "email_consent": True},
    {"contact_id": "d", **AGREED},
    {"contact_id": "later", "country": "ES", "acquired_at": "2026-11-05"},
]
INTERACTIONS = [
    {"contact_id": "a", "kind": "purchase", "order_id": "1", "amount": 60.0, "occurred_at": "2026-10-30"},
    {"contact_id": "a", "kind": "purchase", "order_id": "2", "amount": 20.0, "occurred_at": "2024-10-30"},
    {"contact_id": "b", "kind": "purchase", "order_id": "3", "amount": 20.0, "occurred_at": "2026-01-01"},
    {"contact_id": "c", "kind": "visit", "occurred_at": "2026-10-01"},
    {"contact_id": "c", "kind": None, "occurred_at": "2026-10-02"},
    {"contact_id": "a", "kind": "purchase", "order_id": "9", "amount": 900.0, "occurred_at": "2026-11-02"},
]
SEGMENTS = {
    "smart_views": [{"name": "Spanish", "rule": "country = 'ES'"}],
    "clusters": None,
    "rfm": {"bins": 2, "groups": [{"name": "Fresh", "recency": [2, 2]}, {"name": "Old", "recency": [1, 1]}]},
}


@pytest.fixture(scope="module")
def shop(tiny_workspace: Callable[..., Workspace]) -> Workspace:
    return tiny_workspace(contacts=CONTACTS, interactions=INTERACTIONS, segments=SEGMENTS)


@pytest.fixture(scope="module")
def session(shop: Workspace) -> Iterator[PreviewSession]:
    with open_preview(shop, as_of=shop.as_of(DAY)) as opened:
        yield opened


def seen(shop: Workspace, rule: str, session: PreviewSession | None = None) -> Preview:
    return preview(shop, rule, as_of=shop.as_of(DAY), session=session)


def test_a_preview_counts_who_is_in_out_and_unknown_and_what_members_bring(
    shop: Workspace, session: PreviewSession
) -> None:
    for found in (seen(shop, "country = 'ES'"), seen(shop, "country = 'ES'", session)):
        assert (found.contacts, found.inside, found.outside, found.unknown) == (4, 2, 1, 1)
        assert (found.spend_365d, found.total_spend) == (60.0, 80.0)
        assert (found.share_365d, found.share_total) == (0.75, 0.8)
        # c agreed to letters, but has no address.
        assert (found.may_email, found.may_call) == (1, 1)
        assert found.members == ["a", "c"]


RULES = [
    "count('purchase', within => '1 year') = 1",
    "count('any') >= 1 and not ever('visit')",
    "in_segment('Spanish') and in_segment('Fresh')",
    "in_segment('Old')",
    "in_segment('Never bought')",
    "top_percent(total('purchase'), 25)",
    "random_percent(50)",
    "contact_id = 'a' or days_until(acquired_at) > 3",
    "followed_by('purchase', 'purchase') or has_label('x')",
    "favourite('purchase', order_id) = '1'",
    "average_order(within => '3 months') / purchases > 10",
]


@pytest.mark.parametrize("rule", RULES)
def test_a_session_answers_as_an_evaluation_from_nothing_does(
    shop: Workspace, session: PreviewSession, rule: str
) -> None:
    alone = seen(shop, rule)
    for _ in range(2):
        kept = seen(shop, rule, session)
        assert kept == alone
        assert kept.members == alone.members
        assert [kept.sample(9, random_state=1, answer=x) for x in (True, False, None)] == [
            alone.sample(9, random_state=1, answer=x) for x in (True, False, None)
        ]


def test_samples_are_of_the_answer_that_is_asked_for_and_the_same_again(
    shop: Workspace, session: PreviewSession
) -> None:
    found = seen(shop, "country = 'ES'", session)
    assert found.sample(5, random_state=3) == ["a", "c"]
    assert found.sample(5, random_state=3, answer=False) == ["b"]
    assert found.sample(5, random_state=3, answer=None) == ["d"]
    assert found.sample(1, random_state=3) == found.sample(1, random_state=3)
    assert found.sample(0, random_state=3) == []


def test_a_fault_is_a_value_to_who_types_and_an_error_to_who_does_not(shop: Workspace, session: PreviewSession) -> None:
    found = seen(shop, "contry = 'ES'", session)
    assert found.fault == "can't find a column `contry`. Did you mean `country`?\n  contry = 'ES'\n  ^^^^^^"
    assert found.members == []
    assert repr(found).endswith("^^^^^^")
    for text in ("", "country = ", "in_segment('Nobody')", "total_spend", "null"):
        assert seen(shop, text, session).fault
    with pytest.raises(InvalidDefinition, match=r"rule: can't find a column `contry`"):
        seen(shop, "contry = 'ES'")


def test_a_broken_segment_is_told_where_a_rule_is_looked_at(tiny_workspace: Callable[..., Workspace]) -> None:
    shop = tiny_workspace(contacts=CONTACTS, interactions=INTERACTIONS)
    with open_preview(shop, as_of=shop.as_of(DAY)) as session:
        broken = {"smart_views": [{"name": "A", "rule": "in_segment('A')"}], "rfm": None, "clusters": None}
        write(shop, "segments", broken)
        assert "in a circle, got A -> A" in seen(shop, "in_segment('A')", session).fault


def test_edits_of_features_are_seen_by_an_open_session(tiny_workspace: Callable[..., Workspace]) -> None:
    own = {"name": "pair", "formula": "purchases * 2"}
    made = {"name": "made", "formula": "pair + 1"}
    shop = tiny_workspace(contacts=CONTACTS, interactions=INTERACTIONS, features={"features": [own, made]})
    with open_preview(shop, as_of=shop.as_of(DAY)) as session:
        assert seen(shop, "made = 5", session).members == ["a"]
        write(shop, "features", {"features": [own | {"formula": "purchases * 5"}, made]})
        assert seen(shop, "made = 11", session).members == ["a"]
        assert seen(shop, "pair = 10 and average_order = 40", session).members == ["a"]
        write(shop, "features", {"features": []})
        assert "can't find a column `made`" in seen(shop, "made = 11", session).fault
        assert seen(shop, "recency_days = 1", session).members == ["a"]


def test_a_field_declared_after_the_import_is_unknown_of_all_rows(tiny_workspace: Callable[..., Workspace]) -> None:
    shop = tiny_workspace(contacts=CONTACTS, interactions=INTERACTIONS)
    write(
        shop,
        "fields",
        {"fields": [{"name": "shelf", "table": "interactions", "type": "text", "family": "behavioural"}]},
    )
    with open_preview(shop, as_of=shop.as_of(DAY)) as session:
        for opened in (None, session):
            assert seen(shop, "ever('purchase', where => shelf = 'top')", opened).inside == 0
            assert seen(shop, "count('purchase', where => shelf is null) = 2", opened).members == ["a"]


def test_labels_put_on_and_taken_off_later_are_seen_by_an_open_session(
    tiny_workspace: Callable[..., Workspace],
) -> None:
    labels = {"labels": [{"name": "vip"}, {"name": "shy"}]}
    shop = tiny_workspace(contacts=CONTACTS, interactions=INTERACTIONS, labels=labels)
    rules = ["has_label('vip')", "not has_label('vip')", "has_label('vip') and count('purchase') = 2"]
    now = datetime(2026, 10, 30, 12, tzinfo=UTC)
    with open_preview(shop, as_of=shop.as_of(DAY)) as session:
        assert [seen(shop, rule, session).inside for rule in rules] == [0, 4, 0]
        add_label(shop, ["a", "b"], "vip", now=now)
        assert [seen(shop, rule, session).inside for rule in rules] == [2, 2, 1]
        remove_label(shop, ["a"], "vip", now=now)
        assert [seen(shop, rule, session).inside for rule in rules] == [1, 3, 0]
        for rule in [*rules, "ever('visit')"]:
            assert seen(shop, rule, session) == seen(shop, rule)


def test_an_edit_of_how_lifetime_is_predicted_is_seen_by_an_open_session(
    tiny_workspace: Callable[..., Workspace], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[LifetimeDefinition] = []

    def fit(workspace: Workspace, definition: LifetimeDefinition, as_of: object) -> LifetimeFit:
        asked.append(definition)
        return LifetimeFit(workspace.as_of(DAY).day, definition.unit, "", reason=f"in {definition.unit}")

    monkeypatch.setattr(preview_session, "current_lifetime", fit)
    own = {"features": [{"name": "daily", "formula": "lifetime_status = 'in days'"}]}
    shop = tiny_workspace(contacts=CONTACTS, interactions=INTERACTIONS, features=own)
    with open_preview(shop, as_of=shop.as_of(DAY)) as session:
        for _ in range(2):
            assert seen(shop, "lifetime_status = 'in weeks'", session).members == ["a", "b"]
            assert seen(shop, "not daily", session).members == ["a", "b"]
        assert len(asked) == 1
        write(shop, "segments", {"rfm": None, "clusters": None, "lifetime": {"unit": "days"}})
        assert seen(shop, "daily", session).members == ["a", "b"]
        assert seen(shop, "lifetime_status = 'in days'", session).members == ["a", "b"]
        assert [one.unit for one in asked] == ["weeks", "days"]


def test_a_session_is_of_one_workspace_and_day(shop: Workspace, session: PreviewSession) -> None:
    with pytest.raises(InvalidOption, match=r"`session` must be of .* as of 2026-10-30, got one of .* 2026-10-31"):
        preview(shop, "true", as_of=shop.as_of("2026-10-30"), session=session)


def test_a_preview_of_nothing_says_what_is_missing(tiny_workspace: Callable[..., Workspace]) -> None:
    with pytest.raises(NoData, match="has no contacts yet"):
        seen(tiny_workspace(), "true")


def test_closing_removes_what_was_kept(shop: Workspace) -> None:
    session = open_preview(shop, as_of=shop.as_of(DAY))
    folder = Path(session.folder)
    assert folder.is_dir()
    session.close()
    session.close()
    assert not folder.exists()


def test_a_preview_shows_itself(shop: Workspace, session: PreviewSession) -> None:
    assert repr(seen(shop, "country = 'ES'", session)).splitlines() == [
        "Preview as of 2026-10-31: country = 'ES'",
        "  in               2  50.0% of 4 contacts",
        "  out              1",
        "  unknown          1",
        "  revenue of members: 60 EUR (75.0% of all) in 365 days, 80 EUR (80.0% of all) ever",
        "  1 may be e-mailed, 1 may be called",
    ]


def write(shop: Workspace, name: str, content: object) -> None:
    (shop.folder / "definitions" / f"{name}.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
