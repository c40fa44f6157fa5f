"""Whom each starter segment holds: one contact who is in and one who is nearly in, by hand."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from happened import DAY, NOON, Rows, ago, bought, touched

from segment_lib import Workspace
from segment_lib.segments.evaluation import answer_rules
from segment_lib.segments.own import compile_own_rules
from segment_lib.segments.starters import load_starters

RULES = {starter.name: starter.rule for starter in load_starters()}
KNOWN: dict[str, Any] = {"acquired_at": "2020-01-01"}
MONTHLY = tuple(range(5, 370, 30))
# Name of the starter to (fields, interactions) of who is in, and of who is nearly in.
CASES: Mapping[str, tuple[tuple[dict[str, Any], Rows], tuple[dict[str, Any], Rows]]] = {
    "Second purchase due": (({}, bought(14)), ({}, bought(13))),
    "New buyers": (({}, bought(59, 1)), ({}, bought(60, 1))),
    "Rare buyers": (({}, bought(20, 300)), ({}, bought(20, 300, 310))),
    "Repeat buyers": (({}, bought(365, 500)), ({}, bought(366, 500))),
    "Spend growing": (({}, bought(300) + bought(20, 21, 22)), ({}, bought(300) + bought(20, 21))),
    "One category only": (({}, bought(1, 2, 3)), ({}, bought(1, 2) + bought(3, category="Tea"))),
    "One channel only": (({}, bought(1, 2, 3)), ({}, bought(1, 2) + bought(3, channel="shop"))),
    "New leads": (({"acquired_at": "2026-10-01"}, []), ({"acquired_at": "2026-09-30"}, [])),
    "Warm leads": (({}, touched("email_click", 89)), ({}, touched("email_click", 90))),
    "Window shoppers": (({}, touched("visit", 3, 4) + bought(90)), ({}, touched("visit", 3, 4) + bought(89))),
    "Quote without order": (
        ({}, touched("quote_request", 7) + bought(8)),
        ({}, touched("quote_request", 7) + bought(6)),
    ),
    "Lapsed with a quote open": (
        ({}, bought(180) + touched("quote_request", 59)),
        ({}, bought(179) + touched("quote_request", 59)),
    ),
    "Birthday week": (({"birth_date": "1990-11-06"}, []), ({"birth_date": "1990-11-07"}, [])),
    "Win back": (({}, bought(181, 200, 300)), ({}, bought(180, 200, 300))),
    # Gaps of ten days; the median is ten.
    "Overdue by their own rhythm": (({}, bought(30, 40, 50, 60)), ({}, bought(29, 39, 49, 59))),
    # Fifteen orders in five of the last months are few months, not few orders.
    "Loyal buyers": (
        ({}, bought(366, *MONTHLY[:6])),
        ({}, bought(366, *(day + more for day in MONTHLY[:5] for more in (0, 1, 2)))),
    ),
    "Low engagement": (
        ({}, bought(700) + touched("email_sent", 1, 2, 3) + touched("visit", 9)),
        ({}, bought(700) + touched("visit", 8, 9)),
    ),
    "Spend halved": (({}, bought(300, 301, 302) + bought(1)), ({}, bought(300, 301) + bought(1))),
    "Back after silence": (({}, bought(59, 239)), ({}, bought(59, 238))),
    "Unhappy after support": (
        ({}, touched("support_request", 40) + touched("survey", 10, score=2.0)),
        ({}, touched("support_request", 41) + touched("survey", 10, score=2.0)),
    ),
    "Renewal soon": (({"renewal_date": "2026-11-30"}, []), ({"renewal_date": "2026-12-01"}, [])),
    "Dormant subscribers": (
        ({"email_consent": True}, touched("email_sent", 5, 6, 7) + touched("email_open", 300)),
        ({"email_consent": False}, touched("email_sent", 5, 6, 7)),
    ),
    "Training need": (
        ({}, touched("visit", 89, subject="Read the Help pages")),
        ({}, touched("visit", 89, subject="Looked around")),
    ),
    "One-time service users": (({}, touched("support_request", 4)), ({}, touched("support_request", 4, 5))),
    "Regular service users": (
        ({}, touched("support_request", 4, 40, 80)),
        ({}, touched("support_request", 4, 5, 40, 41)),
    ),
    "Help without a call back": (
        ({}, touched("support_request", 13) + touched("call", 14)),
        ({}, touched("support_request", 13) + touched("call", 12)),
    ),
    "Service burden": (
        ({}, touched("support_request", 4, 5) + bought(1, 2)),
        ({}, touched("support_request", 4, 5) + bought(1, 2, 3)),
    ),
    "Customer here, prospect there": (
        ({}, bought(500) + touched("quote_request", 40)),
        ({}, bought(500, 10) + touched("quote_request", 40)),
    ),
    "Clients who also supply": (
        ({"relationships": ["client", "supplier"]}, []),
        ({"relationships": ["client", "prospect"]}, []),
    ),
    "Client and prospect at once": (
        ({"relationships": ["client", "prospect"]}, []),
        ({"relationships": ["client", "supplier"]}, []),
    ),
    "First to try": (
        ({}, [row for n, day in enumerate((400, 30, 20, 10)) for row in bought(day, category=f"c{n}")]),
        ({}, [row for n, day in enumerate((400, 380, 20, 10)) for row in bought(day, category=f"c{n}")]),
    ),
    "Business customers": (({"company": "Fruit Ltd"}, bought(900)), ({}, bought(900))),
    "Families": (({"household_size": 3}, bought(600)), ({"household_size": 2}, bought(600))),
}


@pytest.fixture(scope="module")
def members(tiny_workspace: Callable[..., Workspace]) -> dict[str, set[str]]:
    """The members of every starter that is about a contact alone."""
    people, rows = [], []
    for name, sides in CASES.items():
        for side, (fields, interactions) in zip(("in", "out"), sides, strict=True):
            people.append({"contact_id": f"{name}, {side}", **KNOWN, **fields})
            rows += [{"contact_id": f"{name}, {side}", **row} for row in interactions]
    fields = {"fields": [{"name": "renewal_date", "type": "date", "family": "behavioural"}]}
    workspace = tiny_workspace(contacts=people, interactions=rows, fields=fields)
    return members_of(workspace, CASES)


def members_of(workspace: Workspace, names: Mapping[str, object] | list[str]) -> dict[str, set[str]]:
    rules = compile_own_rules(workspace, {name: RULES[name] for name in names})
    _, answers = answer_rules(workspace, as_of=workspace.as_of(DAY), rules=rules)
    frame = answers.to_pandas().set_index("contact_id")
    return {name: set(frame.index[frame[name].eq(True)]) for name in names}


@pytest.mark.parametrize("name", CASES)
def test_who_fits_is_in_and_who_nearly_fits_is_out(members: dict[str, set[str]], name: str) -> None:
    assert f"{name}, in" in members[name]
    assert f"{name}, out" not in members[name]


def test_active_buyers_buy_every_month_and_more_than_half_of_the_customers(
    tiny_workspace: Callable[..., Workspace],
) -> None:
    rows = [
        {"contact_id": who, **row}
        for who, days, amount in (
            ("monthly, large", (5, 40, 70), 80.0),
            ("monthly, small", (5, 40, 70), 8.0),
            ("gap, large", (5, 6, 70), 90.0),
            ("seldom, small", (5,), 9.0),
        )
        for row in bought(*days, amount=amount)
    ]
    workspace = tiny_workspace(contacts=sorted({row["contact_id"] for row in rows}), interactions=rows)
    assert members_of(workspace, ["Active buyers"]) == {"Active buyers": {"monthly, large"}}


def test_high_and_low_bills_are_those_of_the_customers_there_are(tiny_workspace: Callable[..., Workspace]) -> None:
    # Five customers: a fifth is one of them. Who never bought has no average order, and counts for nothing.
    rows = [
        {"contact_id": f"pays {amount}", **row}
        for amount in (10, 20, 30, 40, 50)
        for row in bought(1, 2, amount=float(amount))
    ]
    rows.append({"contact_id": "looks", "kind": "visit", "occurred_at": NOON})
    workspace = tiny_workspace(contacts=sorted({row["contact_id"] for row in rows}), interactions=rows)
    found = members_of(workspace, ["High average bill", "Low average bill"])
    assert found == {"High average bill": {"pays 50"}, "Low average bill": {"pays 10"}}


def test_top_tenth_and_good_customers_without_consent(tiny_workspace: Callable[..., Workspace]) -> None:
    # Twenty customers: a tenth are the two of 190 and 200, a quarter the five from 160 on.
    people = [{"contact_id": f"c{n * 10}", "email_consent": {200: False, 190: True}.get(n * 10)} for n in range(1, 21)]
    rows = [{"contact_id": f"c{n * 10}", **ago(30, amount=float(n * 10))} for n in range(1, 21)]
    rows.append({"contact_id": "c10", **ago(400, amount=9000.0)})
    workspace = tiny_workspace(contacts=people, interactions=rows)
    assert members_of(workspace, ["Top tenth by spend", "Good customers without consent"]) == {
        "Top tenth by spend": {"c190", "c200"},
        "Good customers without consent": {"c160", "c170", "c180"},
    }


def test_top_tenth_holds_nobody_where_nobody_paid_in_the_year(tiny_workspace: Callable[..., Workspace]) -> None:
    workspace = tiny_workspace(contacts=["a"], interactions=[{"contact_id": "a", **ago(400)}])
    assert members_of(workspace, ["Top tenth by spend"]) == {"Top tenth by spend": set()}


def test_refunds_above_the_usual_are_two_and_among_the_largest_tenth(tiny_workspace: Callable[..., Workspace]) -> None:
    rows = [{"contact_id": f"c{n:02}", **row} for n in range(20) for row in bought(20, 30, amount=50.0)]
    # A tenth of twenty is two: c00 and c01, whose one refund is no habit.
    back = {"c00": [25.0, 25.0], "c01": [90.0], "c02": [1.0, 1.0]}
    rows += [
        {"contact_id": who, **ago(10 + place, "refund", amount=amount)}
        for who, amounts in back.items()
        for place, amount in enumerate(amounts)
    ]
    workspace = tiny_workspace(contacts=[f"c{n:02}" for n in range(20)], interactions=rows)
    assert members_of(workspace, ["Refunds above the usual"]) == {"Refunds above the usual": {"c00"}}


def test_content_customers_are_the_best_quarter_of_those_who_answered(tiny_workspace: Callable[..., Workspace]) -> None:
    rows = [{"contact_id": f"c{n}", **ago(20)} for n in range(5)]
    rows += [{"contact_id": f"c{n}", **ago(10, "survey", score=float(n + 1))} for n in range(4)]
    workspace = tiny_workspace(contacts=[f"c{n}" for n in range(5)], interactions=rows)
    assert members_of(workspace, ["Content customers"]) == {"Content customers": {"c3"}}


def test_many_small_orders_are_six_in_a_year_and_of_the_lowest_quarter(
    tiny_workspace: Callable[..., Workspace],
) -> None:
    rows = [{"contact_id": "often, small", **row} for row in bought(*range(1, 7), amount=5.0)]
    rows += [{"contact_id": "seldom, smaller", **row} for row in bought(*range(1, 6), amount=4.0)]
    rows += [
        {"contact_id": f"often, large {n}", **row} for n in range(6) for row in bought(*range(1, 8), amount=50.0 + n)
    ]
    people = sorted({row["contact_id"] for row in rows})
    workspace = tiny_workspace(contacts=people, interactions=rows)
    # A quarter of eight is two.
    assert members_of(workspace, ["Many small orders"]) == {"Many small orders": {"often, small"}}


def test_who_buys_at_a_discount_only(tiny_workspace: Callable[..., Workspace]) -> None:
    jam, tea = {"product": "Jam", "quantity": 1.0}, {"product": "Tea", "quantity": 1.0}
    rows = [{"contact_id": f"usual {n}", **row} for n in range(4) for row in bought(1, 2, 3, amount=10.0, **jam)]
    rows += [{"contact_id": "cheap", **row} for row in bought(1, 2, 3, amount=7.0, **jam)]
    # 14 of 24 below the usual price.
    rows += [{"contact_id": "half", **row} for row in bought(1, 2, amount=7.0, **jam) + bought(3, amount=10.0, **tea)]
    people = sorted({row["contact_id"] for row in rows})
    workspace = tiny_workspace(contacts=people, interactions=rows)
    assert members_of(workspace, ["Buy at a discount only"]) == {"Buy at a discount only": {"cheap"}}


def test_every_starter_has_been_worked_out_by_hand() -> None:
    of_populations = {
        "Active buyers", "High average bill", "Low average bill", "Top tenth by spend", "Many small orders",
        "Good customers without consent", "Refunds above the usual", "Content customers", "Buy at a discount only",
    }  # fmt: skip
    assert {*CASES, *of_populations} == set(RULES)
