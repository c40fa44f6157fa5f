"""Assembly: the edges of a day, nothing of the future, any order of rows, any kind of table."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segment_lib import Segmentation, Workspace
from segment_lib.asof import AsOf
from segment_lib.errors import InvalidOption, MissingColumns, NoData
from segment_lib.features import CATALOGUE, Feature, build_features, days_of, features_at, features_sql, load_features
from segment_lib.features.query import layers, unique
from segment_lib.features.wording import Wording
from segment_lib.segments import segment_contacts
from segment_lib.vocabulary import CONTACTS, INTERACTIONS, arrow_schema

MakeWorkspace = Callable[..., Workspace]
AS_OF = AsOf.of("2026-10-31", zone="Europe/Madrid")
END = datetime(2026, 10, 31, 23, tzinfo=UTC)
VISITS = next(feature for feature in CATALOGUE if feature.name == "visits")


def interactions_of(rows: Sequence[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=arrow_schema(INTERACTIONS))


def contacts_of(rows: Sequence[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=arrow_schema(CONTACTS))


def visit(at: str, contact_id: str = "ana") -> dict[str, object]:
    return {"contact_id": contact_id, "occurred_at": datetime.fromisoformat(at).replace(tzinfo=UTC), "kind": "visit"}


def count_visits(rows: Sequence[dict[str, object]], as_of: AsOf, *, window: str = "") -> int:
    within = f"in_last('{window}')" if window else ""
    feature = Feature("n", "count(*)", type="integer", kind="visit", where=within, zero=True)
    table = build_features(
        interactions_of(rows), as_of=as_of, contacts=contacts_of([{"contact_id": "ana"}]), features=[feature]
    )
    return int(table["n"][0].as_py())


# The edges of a day and of a window.


@pytest.mark.parametrize(
    ("day", "last_second", "next_day"),
    [
        ("2026-10-31", "2026-10-31T22:59:59", "2026-10-31T23:00:00"),  # winter: an hour ahead of UTC
        ("2026-07-15", "2026-07-15T21:59:59", "2026-07-15T22:00:00"),  # summer: two hours
        ("2026-10-25", "2026-10-25T22:59:59", "2026-10-25T23:00:00"),  # the clock goes back: 25 hours
        ("2026-03-29", "2026-03-29T21:59:59", "2026-03-29T22:00:00"),  # the clock goes forward: 23 hours
    ],
)
def test_last_second_of_the_local_day_counts_and_midnight_does_not(day: str, last_second: str, next_day: str) -> None:
    as_of = AsOf.of(day, zone="Europe/Madrid")
    assert count_visits([visit(last_second)], as_of) == 1
    assert count_visits([visit(next_day)], as_of) == 0


@pytest.mark.parametrize(
    ("day", "window", "first_second", "second_before"),
    [
        ("2026-10-31", "1 day", "2026-10-30T23:00:00", "2026-10-30T22:59:59"),
        ("2026-10-31", "7 days", "2026-10-24T22:00:00", "2026-10-24T21:59:59"),  # begins on the 25th, in summer time
        ("2026-10-25", "1 day", "2026-10-24T22:00:00", "2026-10-24T21:59:59"),  # 25 hours long
        ("2026-03-29", "1 day", "2026-03-28T23:00:00", "2026-03-28T22:59:59"),  # 23 hours long
        ("2026-10-31", "1 month", "2026-09-30T22:00:00", "2026-09-30T21:59:59"),  # from the 1st: September has 30
        ("2026-10-31", "2 weeks", "2026-10-17T22:00:00", "2026-10-17T21:59:59"),
        ("2026-10-31", "1 year", "2025-10-31T23:00:00", "2025-10-31T22:59:59"),
        ("2028-02-29", "1 year", "2027-02-28T23:00:00", "2027-02-28T22:59:59"),  # from 1 March 2027
    ],
)
def test_window_holds_its_first_second_and_none_before(
    day: str, window: str, first_second: str, second_before: str
) -> None:
    as_of = AsOf.of(day, zone="Europe/Madrid")
    assert count_visits([visit(first_second)], as_of, window=window) == 1
    assert count_visits([visit(second_before)], as_of, window=window) == 0


def test_days_are_counted_by_the_local_calendar() -> None:
    # 23:30 UTC on the 30th is 00:30 on the 31st in Madrid, and still the 30th in London.
    rows = interactions_of([{**visit("2026-10-30T23:30"), "kind": "purchase"}])
    assert build_features(rows, as_of=AS_OF)["recency_days"].to_pylist() == [0]
    in_london = AsOf.of("2026-10-31", zone="Europe/London")
    assert build_features(rows, as_of=in_london)["recency_days"].to_pylist() == [1]


def test_times_without_a_zone_are_those_of_the_clock_on_the_wall() -> None:
    frame = pd.DataFrame({"contact_id": ["ana", "ben"], "kind": "purchase", "amount": [1.0, 1.0]})
    frame["occurred_at"] = pd.to_datetime(["2026-10-31 23:59:59", "2026-11-01 00:00:00"])
    table = build_features(frame, as_of=AS_OF)
    assert table.select(["contact_id", "recency_days", "last_purchase_at"]).to_pylist() == [
        {"contact_id": "ana", "recency_days": 0, "last_purchase_at": datetime(2026, 10, 31, 22, 59, 59, tzinfo=UTC)}
    ]


def test_days_without_a_time_are_local_days() -> None:
    frame = pd.DataFrame({"contact_id": ["ana"], "kind": "purchase", "occurred_at": [date(2026, 10, 31)]})
    for zone in ("America/New_York", "Asia/Tokyo"):
        as_of = AsOf.of("2026-10-31", zone=zone)
        assert build_features(frame, as_of=as_of)["recency_days"].to_pylist() == [0]


# Who is there.


def test_contact_without_interactions_is_there_once_acquired() -> None:
    people = contacts_of(
        [
            {"contact_id": "acquired on the last second", "acquired_at": END - timedelta(seconds=1)},
            {"contact_id": "acquired at midnight", "acquired_at": END},
            {"contact_id": "acquired some time", "acquired_at": None},
        ]
    )
    table = build_features(interactions_of([]), as_of=AS_OF, contacts=people)
    assert table["contact_id"].to_pylist() == ["acquired on the last second", "acquired some time"]
    assert table["tenure_days"].to_pylist() == [0, None]
    assert table["purchases"].to_pylist() == [0, 0]


def test_contact_acquired_later_is_there_if_something_happened_before() -> None:
    people = contacts_of([{"contact_id": "ana", "acquired_at": END + timedelta(days=9)}])
    [row] = build_features(interactions_of([visit("2026-10-21T12:00")]), as_of=AS_OF, contacts=people).to_pylist()
    assert (row["tenure_days"], row["quiet_days"], row["visits"]) == (10, 10, 1)


def test_interactions_of_unknown_contacts_are_left_out() -> None:
    people = contacts_of([{"contact_id": "ana"}])
    rows = interactions_of([visit("2026-10-21T12:00"), visit("2026-10-21T12:00", "stranger")])
    assert build_features(rows, as_of=AS_OF, contacts=people)["contact_id"].to_pylist() == ["ana"]


def test_without_contacts_everybody_who_did_something_by_then_is_there() -> None:
    rows = interactions_of(
        [visit("2026-10-21T12:00", "b"), visit("2026-10-21T12:00", "a"), visit("2026-11-21T12:00", "later")]
    )
    table = build_features(rows, as_of=AS_OF)
    assert table["contact_id"].to_pylist() == ["a", "b"]
    assert table["tenure_days"].to_pylist() == [10, 10]


def test_rows_without_a_contact_are_nobodys() -> None:
    rows = [visit("2026-10-21T12:00"), {**visit("2026-10-21T12:00"), "contact_id": None}]
    assert build_features(interactions_of(rows), as_of=AS_OF)["contact_id"].to_pylist() == ["ana"]


# Nothing of the future, any order of rows.

KINDS = ["purchase", "refund", "visit", "survey", "email_sent", "email_open", "support_request", "call"]
people_ids = st.sampled_from(["a", "b", "c", "d"])


def rows_between(first_seconds: int, last_seconds: int) -> st.SearchStrategy[list[dict[str, object]]]:
    """Rows whose instants lie so many seconds from the end of the day."""
    row = st.fixed_dictionaries(
        {
            "contact_id": people_ids,
            "occurred_at": st.integers(first_seconds, last_seconds).map(lambda s: END + timedelta(seconds=s)),
            "kind": st.sampled_from(KINDS),
            "order_id": st.sampled_from([None, "1", "2", "3"]),
            "category": st.sampled_from([None, "Citrus", "Kiwi", "Fig"]),
            "amount": st.none() | st.integers(-500, 500_00).map(lambda cents: cents / 100),
            "score": st.none() | st.integers(10, 50).map(lambda tenths: tenths / 10),
        }
    )
    return st.lists(row, max_size=30)


past_rows, future_rows = rows_between(-400 * 86_400, -1), rows_between(0, 400 * 86_400)
PEOPLE = [
    {"contact_id": "a", "acquired_at": END - timedelta(days=500)},
    {"contact_id": "b", "acquired_at": None},
    {"contact_id": "c", "acquired_at": END - timedelta(days=3)},
    {"contact_id": "d", "acquired_at": END + timedelta(days=3)},
]


@settings(max_examples=8)
@given(past=past_rows, future=future_rows, newcomers=st.lists(st.sampled_from("wxyz"), unique=True))
def test_nothing_that_lies_after_the_day_changes_anything(
    past: list[dict[str, object]], future: list[dict[str, object]], newcomers: list[str]
) -> None:
    later = [{"contact_id": name, "acquired_at": END} for name in newcomers]
    seen = build_features(interactions_of(past), as_of=AS_OF, contacts=contacts_of(PEOPLE))
    assert build_features(
        interactions_of([*past, *future]), as_of=AS_OF, contacts=contacts_of([*PEOPLE, *later])
    ).equals(seen)
    assert build_features(interactions_of([*past, *future]), as_of=AS_OF).equals(
        build_features(interactions_of(past), as_of=AS_OF)
    )


@settings(max_examples=8)
@given(data=st.data(), rows=rows_between(-400 * 86_400, 86_400))
def test_shuffled_rows_change_nothing(data: st.DataObject, rows: list[dict[str, object]]) -> None:
    shuffled, people = data.draw(st.permutations(rows)), data.draw(st.permutations(PEOPLE))
    one = build_features(interactions_of(rows), as_of=AS_OF, contacts=contacts_of(PEOPLE))
    other = build_features(interactions_of(shuffled), as_of=AS_OF, contacts=contacts_of(people))
    assert one.equals(other)


def history(day: str, days: int) -> list[dict[str, object]]:
    """Purchases of five people, one every few days, more of some than of others."""
    last = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return [
        {
            "contact_id": f"p{i}",
            "occurred_at": last - timedelta(days=step * (i + 1), hours=2),
            "kind": "purchase",
            "order_id": f"{i}-{step}",
            "category": "Citrus" if step % 2 else "Kiwi",
            "amount": 10.0 * (i + 1),
        }
        for i in range(5)
        for step in range(days // (i + 1))
    ]


SEGMENTS = {
    "smart_views": [
        {"name": "Often", "rule": "count('purchase', within => '30 days') >= 5"},
        {"name": "Citrus", "rule": "total('purchase', where => category = 'Citrus') > 0.4 * total_spend"},
        {"name": "Quiet", "rule": "days_since('purchase') > 3 or not ever('visit')"},
    ],
    "clusters": {"features": ["recency_days", "total_spend"], "candidates": [2]},
}


KNOWN, LATER = history("2026-10-31", 40), history("2026-12-31", 40)
FIVE: list[dict[str, object]] = [{"contact_id": f"p{i}", "acquired_at": "2026-01-01"} for i in range(5)]


@pytest.fixture(scope="module")
def seen_before(tiny_workspace: MakeWorkspace) -> Segmentation:
    """The segments of the last day of October, with what came later in the tables."""
    workspace = tiny_workspace(contacts=FIVE, interactions=[*KNOWN, *LATER], segments=SEGMENTS)
    return segment_contacts(workspace, as_of=workspace.as_of("2026-10-31"))


@pytest.mark.parametrize("change", ["more rows", "other kinds", "other amounts", "other contacts", "new contacts"])
def test_segments_of_a_day_know_nothing_of_the_days_after(
    tiny_workspace: MakeWorkspace, seen_before: Segmentation, change: str
) -> None:
    people, later = FIVE, LATER
    if change == "more rows":
        later = [*LATER, *history("2027-02-01", 30)]
    elif change == "other kinds":
        later = [{**row, "kind": "visit"} for row in LATER]
    elif change == "other amounts":
        later = [{**row, "amount": 99_999.0} for row in LATER]
    elif change == "other contacts":
        later = [{**row, "contact_id": "p0"} for row in LATER]
    else:
        people = [*FIVE, {"contact_id": "p9", "acquired_at": "2026-11-01"}]
        later = [*LATER, {**LATER[0], "contact_id": "p9"}]
    workspace = tiny_workspace(contacts=people, interactions=[*KNOWN, *later], segments=SEGMENTS)
    seen_after = segment_contacts(workspace, as_of=workspace.as_of("2026-10-31"))
    assert seen_after.features.equals(seen_before.features)
    assert seen_after.members.equals(seen_before.members)
    assert seen_after.models == seen_before.models
    pd.testing.assert_frame_equal(seen_after.counts, seen_before.counts)


# Any kind of table.


def test_data_frame_arrow_table_and_files_give_the_same(tmp_path: Path) -> None:
    people = [{"contact_id": "p0", "birth_date": date(1990, 5, 1)}, {"contact_id": "p1"}]
    arrow, contacts = interactions_of(history("2026-10-31", 20)), contacts_of(people)
    pq.write_table(arrow, tmp_path / "interactions.parquet")
    pq.write_table(contacts, tmp_path / "contacts.parquet")
    expected = build_features(arrow, as_of=AS_OF, contacts=contacts)
    assert expected["purchases"].to_pylist() == [20, 10]
    names = [feature.name for feature in CATALOGUE]
    frame = build_features(arrow.to_pandas(), as_of=AS_OF, contacts=contacts.to_pandas())
    assert frame.select(names).equals(expected.select(names))
    for given_rows, given_people in (
        (tmp_path / "interactions.parquet", tmp_path / "contacts.parquet"),
        (str(tmp_path / "interactions.parquet"), contacts),
    ):
        assert build_features(given_rows, as_of=AS_OF, contacts=given_people).equals(expected)


def test_inputs_stay_as_they_were() -> None:
    frame, people = interactions_of(history("2026-10-31", 9)).to_pandas(), contacts_of(PEOPLE).to_pandas()
    frame_before, people_before = frame.copy(deep=True), people.copy(deep=True)
    build_features(frame, as_of=AS_OF, contacts=people)
    pd.testing.assert_frame_equal(frame, frame_before)
    pd.testing.assert_frame_equal(people, people_before)


def test_three_columns_are_enough() -> None:
    frame = pd.DataFrame({"contact_id": ["a", "a"], "kind": ["visit", "purchase"]})
    frame["occurred_at"] = pd.to_datetime(["2026-10-01", "2026-10-02"], utc=True)
    [row] = build_features(frame, as_of=AS_OF).to_pylist()
    assert (row["visits"], row["purchases"], row["total_spend"], row["satisfaction"]) == (1, 1, 0.0, None)


def test_contacts_keep_their_own_columns_before_the_features() -> None:
    people = pa.table({"contact_id": ["ana"], "shoe size": [38.5]})
    table = build_features(interactions_of([]), as_of=AS_OF, contacts=people)
    assert table.column_names[:2] == ["contact_id", "shoe size"]
    assert table.column_names[-len(CATALOGUE) :] == [feature.name for feature in CATALOGUE]


def test_no_features_leave_the_contacts() -> None:
    table = build_features(interactions_of([visit("2026-10-01T12:00")]), as_of=AS_OF, features=[])
    assert table["contact_id"].to_pylist() == ["ana"]


# What is refused.


def test_missing_columns_are_named_with_the_nearest() -> None:
    frame = pd.DataFrame({"custmer": [], "contact": [], "kind": [], "occurred_at": []})
    with pytest.raises(MissingColumns, match=r"can't find column `contact_id` in interactions.*mean `contact`"):
        build_features(frame, as_of=AS_OF)
    with pytest.raises(MissingColumns, match="can't find column `contact_id` in contacts"):
        build_features(interactions_of([]), as_of=AS_OF, contacts=pd.DataFrame({"id": ["a"]}))


@pytest.mark.parametrize("name", ["purchases", "Purchases"])
def test_column_of_contacts_called_like_a_feature_is_refused(name: str) -> None:
    people = pd.DataFrame({"contact_id": ["ana"], name: [99]})
    with pytest.raises(InvalidOption, match=f"must not be called like a feature, got `{name}`; rename it"):
        build_features(interactions_of([visit("2026-10-01T12:00")]), as_of=AS_OF, contacts=people)


@pytest.mark.parametrize(("ids", "said"), [(["a", "a"], "got 2 for 'a'"), (["a", None], "got 1 for None")])
def test_contacts_of_several_rows_are_refused(ids: list[str | None], said: str) -> None:
    with pytest.raises(InvalidOption, match=f"one row for each contact_id, {said}"):
        build_features(interactions_of([]), as_of=AS_OF, contacts=pd.DataFrame({"contact_id": ids}))


def test_days_and_instants_as_text_are_refused() -> None:
    rows = pd.DataFrame({"contact_id": ["a"], "kind": ["visit"], "occurred_at": ["03/04/2026"]})
    with pytest.raises(InvalidOption, match=r"`occurred_at` of interactions must be a timestamp, got text; use pandas"):
        build_features(rows, as_of=AS_OF)
    people = pd.DataFrame({"contact_id": ["a"], "birth_date": ["03/04/2026"]})
    with pytest.raises(InvalidOption, match="`birth_date` of contacts must be a date, got text"):
        build_features(interactions_of([]), as_of=AS_OF, contacts=people)


def test_two_features_of_one_name_are_refused() -> None:
    other = Feature("visits", "count(*)")
    with pytest.raises(InvalidOption, match="a feature's name must be its own, got `visits` for two"):
        unique([VISITS, other])
    assert unique([VISITS, VISITS]) == (VISITS,)


# The SQL.


def test_what_is_quoted_is_not_expanded() -> None:
    text = "kind = 'as_of_day' and \"money(x)\" = 'in_last(''1 day'')' and as_of_day > day_of(least(a, b))"
    assert Wording(AsOf.of("2026-10-31")).expand(text) == (
        "kind = 'as_of_day' and \"money(x)\" = 'in_last(''1 day'')' and DATE '2026-10-31' > "
        "cast((least(a, b)) at time zone 'UTC' as date)"
    )


def test_feature_may_build_on_one_that_stands_before_it() -> None:
    chain = [
        VISITS,
        Feature("twice", "visits * 2", level="contact", type="integer"),
        Feature("thrice", "twice + visits", level="contact", type="integer"),
    ]
    table = build_features(interactions_of([visit("2026-10-01T12:00")]), as_of=AS_OF, features=chain)
    assert table.select(["visits", "twice", "thrice"]).to_pylist() == [{"visits": 1, "twice": 2, "thrice": 3}]


def test_features_in_a_circle_are_refused() -> None:
    with pytest.raises(InvalidOption, match="features must not need one another in a circle, got a, b"):
        layers([Feature("a", "b + 1", level="contact"), Feature("b", "a + 1", level="contact")])


def test_query_reads_only_the_rows_of_the_kinds_that_are_asked_for() -> None:
    visits = features_sql([VISITS], AS_OF)
    assert visits.count("from interactions") == 2  # of any kind, for who was heard of, and of visits
    assert "kind = 'visit'" in visits
    assert "purchase" not in visits


# Several days.


def test_several_days_in_one_pass_are_the_days_one_by_one() -> None:
    rows = [
        *history("2026-10-31", 60),
        {**visit("2026-08-01T12:00", "p1"), "kind": "survey", "score": 3.0},
        # One order whose rows straddle the end of a day that is asked for.
        {**visit("2026-09-30T21:00", "p2"), "kind": "purchase", "order_id": "x", "channel": "shop", "amount": 5.0},
        {**visit("2026-10-02T21:00", "p2"), "kind": "purchase", "order_id": "x", "channel": "app", "amount": 7.0},
        {**visit("2026-10-02T21:00", "p2"), "kind": "purchase", "order_id": None, "product": "Fig", "quantity": 2.0},
        {**visit("2026-10-03T21:00", "p2"), "kind": "refund", "order_id": "x", "amount": 7.0},
        visit("2026-10-15T12:00", "only later"),
    ]
    people = contacts_of([*PEOPLE, *({"contact_id": f"p{i}"} for i in range(5)), {"contact_id": "only later"}])
    extra = Feature("big_orders", "count_orders()", kind="purchase", where="amount > 6", type="integer", zero=True)
    days = [AsOf.of(day, zone="Europe/Madrid") for day in ("2026-10-31", "2026-09-30", "2026-10-25", "2026-01-01")]
    chosen = [*CATALOGUE, extra]
    together = features_at(interactions_of(rows), contacts=people, days=days, features=chosen)
    alone = [
        build_features(interactions_of(rows), contacts=people, as_of=day, features=chosen)
        for day in sorted(days, key=lambda d: d.day)
    ]
    assert together.column_names == ["as_of", *alone[0].column_names]
    expected = pa.concat_tables(
        t.add_column(0, "as_of", pa.array([d.day] * t.num_rows))
        for t, d in zip(alone, sorted(days, key=lambda d: d.day), strict=True)
    )
    assert together.to_pylist() == expected.to_pylist()


def test_days_of_two_zones_or_none_are_refused() -> None:
    two = [AS_OF, AsOf.of("2026-10-31", zone="Asia/Tokyo")]
    with pytest.raises(InvalidOption, match="the days must be at least one, all in one time zone"):
        features_at(interactions_of([]), days=two)
    with pytest.raises(InvalidOption, match="there must be at least one day to compute features for, got none"):
        features_at(interactions_of([]), days=[])


# Workspaces.


def test_workspace_without_contacts_says_what_to_do(tiny_workspace: MakeWorkspace) -> None:
    workspace = tiny_workspace()
    with pytest.raises(NoData, match="has no contacts yet: import its files first"):
        load_features(workspace, as_of=workspace.as_of("2026-10-31"))


def test_day_before_everything_says_from_when_on_there_are_data(tiny_workspace: MakeWorkspace) -> None:
    workspace = tiny_workspace(
        contacts=["ana"],
        interactions=[visit("2026-10-01T23:30"), visit("2026-10-31T12:00")],
        time_zone="Europe/Madrid",
    )
    assert days_of(workspace) == (date(2026, 10, 2), date(2026, 10, 31))
    with pytest.raises(NoData, match=r"got 2026-10-01\. The interactions of tiny_\d+ go from 2026-10-02 to 2026-10-31"):
        load_features(workspace, as_of=workspace.as_of("2026-10-01"))
    assert load_features(workspace, as_of=workspace.as_of("2026-10-02")).num_rows == 1


def test_custom_field_called_like_a_feature_is_refused(tiny_workspace: MakeWorkspace) -> None:
    field = {"name": "total_spend", "type": "number", "family": "financial"}
    workspace = tiny_workspace(contacts=["ana"], interactions=[visit("2026-10-01T12:00")], fields={"fields": [field]})
    with pytest.raises(InvalidOption, match="must not be called like a feature, got `total_spend`"):
        load_features(workspace, as_of=workspace.as_of("2026-10-31"))
