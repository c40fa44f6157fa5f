"""Why a contact is in a segment or not: values, distances, interactions, labels, and when it changes by itself."""

from collections.abc import Callable, Iterator
from datetime import date

import pyarrow as pa
import pytest

from segment_lib import AsOf, Workspace, save_segmentation, segment_contacts
from segment_lib.errors import InvalidDefinition, InvalidOption
from segment_lib.features import CATALOGUE
from segment_lib.features.rules.describing import describe
from segment_lib.segments.explaining import Condition, Explanation, explain
from segment_lib.segments.explaining.held import rests_on_others
from segment_lib.segments.explaining.moving import MovingWording
from segment_lib.segments.preview import open_preview
from segment_lib.segments.preview_session import PreviewSession
from segment_lib.vocabulary import LABELS, arrow_schema

DAY = "2026-10-31"


def bought(contact: str, day: str, amount: float, order: str, **more: object) -> dict[str, object]:
    row = {"contact_id": contact, "kind": "purchase", "order_id": order, "amount": amount, "occurred_at": day}
    return {"interaction_id": f"i{order}", **row, **more}


CONTACTS = [
    {"contact_id": "ana", "country": "ES", "email": "ana@x.example", "birth_date": "1990-12-24"},
    {"contact_id": "ben", "country": "PT", "relationships": ["client"]},
    {"contact_id": "cleo", "acquired_at": "2026-11-05"},
    {"contact_id": "dan", "acquired_at": "2026-01-05"},
]
INTERACTIONS = [
    bought("ana", "2026-10-01", 60.0, "1", category="Fig"),
    bought("ana", "2026-06-01", 20.0, "2"),
    bought("ana", "2026-11-20", 900.0, "9"),
    bought("ben", "2026-09-30T22:30:00", 10.0, "3"),
    *(bought("ben", f"2025-{month:02}-15", 5.0, f"b{month}") for month in range(1, 13)),
    {"contact_id": "ana", "kind": "call", "occurred_at": "2026-10-30T23:30:00"},
]
SEGMENTS = {
    "smart_views": [
        {"name": "Spanish", "rule": "country = 'ES'"},
        {"name": "Active", "rule": "count('purchase', within => '90 days') >= 1"},
        {"name": "Active Spanish", "rule": "total('purchase') > 50", "parent": "Spanish"},
        {"name": "Both", "rule": "in_segment('Active') and not in_segment('Active Spanish')"},
    ],
    "rfm": {"bins": 2, "groups": [{"name": "Fresh", "recency": [2, 2]}, {"name": "Old", "recency": [1, 1]}],
            "cut_points": {"recency": [60], "frequency": [3], "monetary": [75]}},
    "clusters": {"features": ["recency_days", "purchases"], "n_clusters": 2, "candidates": [2]},
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tiny_workspace: Callable[..., Workspace]) -> Workspace:
    others = [f"x{n}" for n in range(6)]
    rows = [bought(one, f"2026-0{n + 1}-01", 10.0 * n, f"x{n}") for n, one in enumerate(others)]
    shop = tiny_workspace(
        contacts=[*CONTACTS, *others], interactions=[*INTERACTIONS, *rows], segments=SEGMENTS, time_zone="Europe/Madrid"
    )
    as_of = shop.as_of(DAY)
    label = {"contact_id": "ana", "label": "VIP", "source": "manual", "by": "Eve", "reason": "writes about us"}
    label |= {"assigned_at": shop.as_of("2026-10-05").end, "expires_at": shop.as_of("2026-12-31").end}
    later = label | {"assigned_at": shop.as_of("2026-11-20").end, "by": "Zoe"}
    shop.append("labels", pa.Table.from_pylist([label, later], schema=arrow_schema(LABELS)))
    save_segmentation(shop, segment_contacts(shop, as_of=as_of))
    return shop


@pytest.fixture(scope="module")
def session(shop: Workspace) -> Iterator[PreviewSession]:
    with open_preview(shop, as_of=shop.as_of(DAY)) as opened:
        yield opened


def why(shop: Workspace, segment: str, contact: str = "ana") -> Explanation:
    return explain(shop, segment, contact, as_of=shop.as_of(DAY))


def condition(shop: Workspace, rule: str, contact: str = "ana") -> Condition:
    found = why(shop, rule, contact).tree
    assert found is not None
    return found


def test_a_condition_says_its_value_its_distance_and_the_interactions(shop: Workspace) -> None:
    found = condition(shop, "count('purchase', within => '90 days') >= 2")
    assert (found.answer, found.distance, found.threshold) == (False, -1.0, 2)
    assert [(v.text, v.value) for v in found.values] == [("count('purchase', within => '90 days')", 1)]
    assert found.n_rows == 1
    assert [(r.interaction_id, r.day, r.kind, r.amount, r.order_id) for r in found.rows] == [
        ("i1", date(2026, 10, 1), "purchase", 60.0, "1")
    ]
    # Nothing comes into the window by itself.
    assert (found.flips_on, found.becomes) == (None, None)
    assert found.sentence == describe(found.text)


def test_a_row_leaves_a_window_of_ninety_days_on_the_ninetieth_day_after(shop: Workspace) -> None:
    found = condition(shop, "count('purchase', within => '90 days') >= 1")
    # 1 October is the first of the 90 days that end on 29 December.
    assert (found.answer, found.flips_on, found.becomes) == (True, date(2026, 12, 30), False)


@pytest.mark.parametrize(
    ("rule", "answer", "distance", "unit", "flips_on"),
    [
        ("days_since('purchase') > 180", False, -150.0, "days", date(2027, 3, 31)),
        ("180 < days_since('purchase')", False, -150.0, "days", date(2027, 3, 31)),
        ("days_since('purchase') between 20 and 40", True, 10.0, "days", date(2026, 11, 11)),
        ("days_since('purchase') not between 20 and 40", False, 10.0, "days", date(2026, 11, 11)),
        ("days_since('purchase') between 40 and 50", False, -10.0, "days", date(2026, 11, 10)),
        ("total('purchase') > 0.5 * total_spend", True, 40.0, "money", None),
        ("birth_date < '1991-01-01'", True, -8.0, "days", None),
        ("age_years >= 36", False, -1.0, "years", date(2026, 12, 24)),
        ("anniversary(birth_date, within => '7 days')", False, None, "", date(2026, 12, 18)),
        ("days_until(birth_date) < 0", True, -13095.0, "days", None),
        ("has_label('VIP')", True, None, "", date(2027, 1, 1)),
        ("regularly('purchase', 1)", True, 0.0, "months", date(2026, 11, 1)),
        ("average_order / 2 <= 20", True, 0.0, "money", None),
        ("never('purchase', within => '1 month')", False, None, "", date(2026, 11, 1)),
        ("ever('purchase', until => '1 month')", True, None, "", None),
        ("stopped('purchase', '60 days')", False, None, "", date(2026, 11, 30)),
        ("quiet_days = 0", True, 0.0, "days", date(2026, 11, 1)),
        ("phone is null", True, None, "", None),
    ],
)
def test_distances_and_the_first_day_of_another_answer(
    shop: Workspace, rule: str, answer: bool, distance: float | None, unit: str, flips_on: date | None
) -> None:
    found = condition(shop, rule)
    assert (found.answer, found.distance, found.flips_on) == (answer, distance, flips_on)
    if distance is not None:
        assert found.unit == unit


def test_days_are_of_the_calendar_on_the_wall(shop: Workspace) -> None:
    # Half past ten in the evening in UTC on 30 September is 1 October in Madrid.
    found = condition(shop, "days_since('purchase') = 30", "ben")
    assert found.answer is True
    assert found.rows[0].day == date(2026, 10, 1)
    assert found.flips_on == date(2026, 11, 1)


def test_at_most_ten_interactions_are_listed_and_all_are_counted(shop: Workspace) -> None:
    found = condition(shop, "total('purchase') > 1000", "ben")
    assert (found.n_rows, len(found.rows)) == (13, 10)
    assert [row.order_id for row in found.rows][:3] == ["3", "b12", "b11"]
    first = condition(shop, "days_since_first('purchase') > 1", "ben")
    assert (first.n_rows, first.rows[0].order_id) == (1, "b1")


def test_labels_say_who_put_them_on_when_and_why(shop: Workspace) -> None:
    [label] = condition(shop, "has_label('VIP')").labels
    assert (label.carried, label.by, label.reason, label.source) == (True, "Eve", "writes about us", "manual")
    assert condition(shop, "has_label('VIP')", "ben").labels == ()
    after = explain(shop, "has_label('VIP')", "ana", as_of=shop.as_of("2027-02-01")).tree
    assert after is not None
    assert [(one.carried, one.by) for one in after.labels] == [(False, "Zoe")]


def test_other_segments_are_opened_up(shop: Workspace) -> None:
    found = why(shop, "Both")
    assert found.status == "out"
    assert found.tree is not None
    assert [(depth, part.how, part.answer) for depth, part in found.tree.walk()] == [
        (0, "and", False),
        (1, "segment", True),
        (2, "condition", True),
        (1, "not", False),
        (2, "segment", True),
        (3, "and", True),
        (4, "segment", True),
        (5, "condition", True),
        (4, "condition", True),
    ]
    # In Active until 29 December, and never out of Active Spanish.
    assert found.flips_on is None
    assert found.tree.parts[0].flips_on == date(2026, 12, 30)


def test_a_parent_is_part_of_the_explanation(shop: Workspace) -> None:
    found = why(shop, "Active Spanish", "ben")
    assert found.kind == "smart view"
    assert found.tree is not None
    assert [part.segment for part in found.tree.parts] == ["Spanish", ""]
    assert found.reason == "ben is not in Active Spanish as of 2026-10-31"


def test_unknown_is_neither_in_nor_out(shop: Workspace) -> None:
    found = why(shop, "household_size > 2")
    assert (found.status, found.tree and found.tree.answer) == ("unknown", None)
    assert "not known as of" in found.reason
    assert found.tree is not None
    assert found.tree.why == "household_size is unknown"


def test_who_is_not_there_and_who_was_not_known_yet_are_told(shop: Workspace) -> None:
    assert why(shop, "Active", "nobody").status == "no such contact"
    early = why(shop, "Active", "cleo")
    assert (early.status, early.tree) == ("not known yet", None)
    assert early.reason == "cleo was not known yet as of 2026-10-31: first heard of on 2026-11-05"
    assert why(shop, "Active", "dan").status == "out"
    assert why(shop, "Active", "ana@x.example").contact_id == "ana"


def test_an_rfm_group_says_its_scores_and_how_far_the_next_are(shop: Workspace) -> None:
    found = why(shop, "Fresh")
    assert (found.kind, found.status) == ("RFM group", "in")
    assert found.tree is not None
    assert [(s.name, s.value, s.score, s.best, s.low, s.high, s.to_next) for s in found.tree.scores] == [
        ("recency", 30.0, 2, 2, None, 60.0, None),
        ("frequency", 2.0, 1, 2, None, 3.0, 1.0),
        ("monetary", 80.0, 2, 2, 75.0, None, None),
    ]
    # Up to 60 days are fresh, and 1 October and 60 days is 30 November.
    assert (found.flips_on, found.becomes) == (date(2026, 12, 1), False)
    assert why(shop, "Old").flips_on == date(2026, 12, 1)
    assert found.notes == ("the cut points of RFM scores are taken as lasting",)
    never = why(shop, "Never bought", "dan")
    assert (never.status, never.flips_on) == ("in", None)


def test_a_cluster_says_how_far_its_centre_is(shop: Workspace) -> None:
    found = why(shop, cluster_of(shop, "ana"))
    assert (found.kind, found.status, found.tree) == ("cluster", "in", None)
    assert [centre.distance for centre in found.centres] == sorted(centre.distance for centre in found.centres)
    assert found.centres[0].cluster == found.segment
    other = why(shop, found.centres[1].cluster)
    assert other.status == "out"
    assert "whose centre is nearer" in other.reason
    assert "in no cluster" in why(shop, found.segment, "dan").reason


def cluster_of(shop: Workspace, contact: str) -> str:
    segmentation = segment_contacts(shop, as_of=shop.as_of(DAY))
    clusters = [segment.name for segment in segmentation.segments if segment.kind == "cluster"]
    return next(name for name in clusters if contact in segmentation.members_of(name))


def test_what_depends_on_others_is_taken_as_lasting_and_said(shop: Workspace, session: PreviewSession) -> None:
    for opened in (None, session):
        found = explain(shop, "top_percent(total_spend, 20)", "ana", as_of=shop.as_of(DAY), session=opened)
        # 80, 70, 50, 40 ... of nine who are known: the second from above is the cut.
        assert found.tree is not None
        assert (found.tree.answer, found.tree.threshold, found.tree.distance) == (True, 70.0, 10.0)
        assert found.notes == ("the values of all other contacts are taken as lasting",)


def test_an_explanation_is_the_same_with_and_without_a_session(shop: Workspace, session: PreviewSession) -> None:
    for rule in ("Both", "Fresh", "bottom_percent(purchases, 10) or next_category = 'Fig'", "random_percent(50)"):
        alone = explain(shop, rule, "ben", as_of=shop.as_of(DAY))
        assert explain(shop, rule, "ben", as_of=shop.as_of(DAY), session=session) == alone


def test_faults_and_names_that_are_nearly_right_are_told(shop: Workspace) -> None:
    with pytest.raises(InvalidDefinition, match=r"can't find a segment `Actve` either. Did you mean `Active`\?"):
        why(shop, "Actve")
    with pytest.raises(InvalidDefinition, match=r"rule: can't find a column `contry`"):
        why(shop, "contry = 'ES'")
    with open_preview(shop, as_of=shop.as_of("2026-10-30")) as other, pytest.raises(InvalidOption, match="`session`"):
        explain(shop, "Active", "ana", as_of=shop.as_of(DAY), session=other)


@pytest.mark.parametrize("rule", ["true", "null or country = 'ES'", "(country = 'ES' and null) is null", "not (true)"])
def test_rules_of_constants_have_explanations(shop: Workspace, rule: str) -> None:
    assert explain(shop, rule, "ben", as_of=shop.as_of(DAY)).tree is not None


def test_a_list_that_is_too_long_once_it_is_laid_out_is_explained_as_one_condition(shop: Workspace) -> None:
    rule = f"purchases>0 and country in ({','.join(['1' and chr(39) + 'ES' + chr(39)] * 790)})"
    assert 3900 < len(rule) <= 4000
    found = condition(shop, rule)
    assert (found.how, found.answer, found.parts) == ("condition", True, ())


def test_an_explanation_shows_itself(shop: Workspace) -> None:
    assert repr(why(shop, "Both")).splitlines() == [
        "ana is not in Both as of 2026-10-31",
        "  no  all of",
        "  yes   is in Active; no from 2026-12-30 on",
        "  yes     count('purchase', within => '90 days') >= 1  [count('purchase', within => '90 days') is 1, "
        "exactly 1; 1 interaction, the last on 2026-10-01]; no from 2026-12-30 on",
        "  no    not",
        "  yes     is in Active Spanish",
        "  yes       all of",
        "  yes         is in Spanish",
        "  yes           country = 'ES'  [country is 'ES']",
        "  yes         total('purchase') > 50  [total('purchase') is 80, 30 above 50; "
        "2 interactions, the last on 2026-10-01]",
    ]


def test_every_feature_that_is_made_of_others_can_be_seen_day_by_day() -> None:
    for feature in CATALOGUE:
        if feature.level == "contact" and not rests_on_others(feature):
            assert MovingWording(AsOf.of(DAY)).expand(feature.sql)
