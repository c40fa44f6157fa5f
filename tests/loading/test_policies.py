"""Declared policies: what becomes of refunds, strangers, bad cells, odd values and foreign money."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from segment_lib.engine import run_sql
from segment_lib.errors import InvalidDefinition, InvalidFile, MissingColumns
from segment_lib.loading import ImportReport, ImportResult, import_files
from segment_lib.workspace import Workspace, open_workspace

CRM: dict[str, Any] = {
    "name": "crm",
    "file": "raw/contacts.csv",
    "table": "contacts",
    "columns": {"contact_id": "ID", "city": "City"},
}
SHOP: dict[str, Any] = {
    "name": "shop",
    "file": "raw/orders.csv",
    "table": "interactions",
    "columns": {
        "interaction_id": "Line",
        "contact_id": "Customer",
        "occurred_at": "Date",
        "kind": {"value": "purchase"},
        "amount": "Amount",
        "product": "Product",
    },
}
CONTACTS = "ID,City\n01,Faro\n02,Porto\n"
HEADER = "Line,Customer,Date,Amount,Product"


def orders(*rows: str, more: str = "") -> str:
    return "\n".join([HEADER + more, *rows, ""])


def make(
    folder: Path,
    files: Mapping[str, str],
    *sources: Mapping[str, Any],
    fields: Sequence[Mapping[str, object]] = (),
    recipe: Mapping[str, Any] | None = None,
    **settings: object,
) -> Workspace:
    definitions = {
        "workspace": {"name": "Shop", "time_zone": "Europe/Madrid", **settings},
        "fields": {"fields": list(fields)},
        "import": {"sources": list(sources), **(recipe or {})},
    }
    for part in ("definitions", "raw"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for name, content in definitions.items():
        (folder / "definitions" / f"{name}.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    for name, text in {"contacts.csv": CONTACTS, **files}.items():
        (folder / "raw" / name).write_text(text, encoding="utf-8")
    return open_workspace(folder)


def with_columns(source: Mapping[str, Any], changes: Mapping[str, Any], **others: Any) -> dict[str, Any]:
    columns = {**source["columns"], **changes}
    return {**source, **others, "columns": {name: rule for name, rule in columns.items() if rule is not None}}


def rows_of(shop: Workspace, query: str) -> list[tuple[Any, ...]]:
    names = ("contacts", "interactions", "quarantine", "imports")
    found = run_sql(query, {name: shop.table(name) for name in names}).to_pylist()
    return [tuple(row.values()) for row in found]


def last(report: ImportReport) -> ImportResult:
    assert all(result.balances for result in report.results)
    return report.results[-1]


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    return result.rows_read, result.rows_accepted, result.rows_quarantined, result.rows_skipped


# Refunds, postage, nothing paid

BELOW = orders(
    "1,01,2026-02-01,100,desk", "2,01,2026-02-02,-30,desk", "3,02,2026-02-03,5,POSTAGE", "4,02,2026-02-04,0,gift"
)
CANCELLED = {"reason": "a cancellation", "where": "amount < 0", "kind": "refund"}


def test_amounts_below_zero_are_netted_as_purchases_where_nothing_is_declared(tmp_path: Path) -> None:
    shop = make(tmp_path, {"orders.csv": BELOW}, CRM, SHOP)
    result = last(import_files(shop))
    assert counts(result) == (4, 4, 0, 0)
    assert result.policies == {}
    assert result.amounts == {"EUR": {"read": "75.0000", "accepted": "75.0000"}}
    assert rows_of(shop, "select kind, sum(amount) from interactions group by 1") == [("purchase", 75.0)]


def test_cancellations_become_refunds_with_positive_amounts_and_keep_the_total(tmp_path: Path) -> None:
    shop = make(tmp_path, {"orders.csv": BELOW}, CRM, {**SHOP, "rename": [CANCELLED]})
    result = last(import_files(shop))
    assert counts(result) == (4, 4, 0, 0)
    assert result.policies == {"a cancellation": 1}
    # The control total is of what is written in the file.
    assert result.amounts == {"EUR": {"read": "75.0000", "accepted": "75.0000"}}
    assert rows_of(shop, "select kind, count(*), sum(amount) from interactions group by 1 order by 1") == [
        ("purchase", 3, 105.0),
        ("refund", 1, 30.0),
    ]


def test_cancellations_may_be_dropped_and_are_counted(tmp_path: Path) -> None:
    skip = [{"reason": "a cancellation", "where": "amount < 0"}, {"reason": "nothing paid", "where": "amount = 0"}]
    result = last(import_files(make(tmp_path, {"orders.csv": BELOW}, CRM, {**SHOP, "skip": skip})))
    assert counts(result) == (4, 2, 0, 2)
    assert result.skip_reasons == {"a cancellation": 1, "nothing paid": 1}
    assert result.amounts == {"EUR": {"read": "75.0000", "accepted": "105.0000", "skipped": "-30.0000"}}


def test_rows_of_no_product_become_a_kind_of_their_own(tmp_path: Path) -> None:
    postage = {"reason": "postage", "where": "product in ('POSTAGE')", "kind": "fee"}
    shop = make(tmp_path, {"orders.csv": BELOW}, CRM, {**SHOP, "rename": [postage, CANCELLED]})
    assert last(import_files(shop)).policies == {"a cancellation": 1, "postage": 1}
    assert rows_of(shop, "select kind, order_id from interactions where product = 'POSTAGE'") == [("fee", None)]


def test_first_renaming_that_fits_counts_and_policies_see_what_it_made(tmp_path: Path) -> None:
    every = {"reason": "a gift", "where": "amount <= 0", "kind": "gift"}
    skip = [{"reason": "no gifts", "where": "kind = 'gift'"}]
    shop = make(tmp_path, {"orders.csv": BELOW}, CRM, {**SHOP, "rename": [every, CANCELLED], "skip": skip})
    result = last(import_files(shop))
    assert counts(result) == (4, 2, 0, 2)
    assert result.skip_reasons == {"no gifts": 2}
    assert result.policies == {}


def test_row_that_is_skipped_is_not_refused_for_its_faults(tmp_path: Path) -> None:
    data = orders("1,01,soon,10,test", "2,01,soon,10,desk", "3,01,2026-02-01,10,desk")
    skip = [{"reason": "a test", "where": "product = 'test'"}]
    shop = make(tmp_path, {"orders.csv": data}, CRM, {**SHOP, "skip": skip})
    assert counts(last(import_files(shop))) == (3, 1, 1, 1)
    assert rows_of(shop, "select row_number, reasons from quarantine") == [
        (2, ["`Date` is no readable timestamp: soon"])
    ]


def test_rejected_row_says_all_its_reasons(tmp_path: Path) -> None:
    reject = [{"reason": "too much", "where": "amount > 5"}, {"reason": "no desks", "where": "product = 'desk'"}]
    shop = make(
        tmp_path, {"orders.csv": orders("1,01,soon,10,desk", "2,77,2026-02-01,4,x")}, CRM, {**SHOP, "reject": reject}
    )
    assert counts(last(import_files(shop))) == (2, 0, 2, 0)
    assert rows_of(shop, "select reasons from quarantine order by row_number") == [
        (["`Date` is no readable timestamp: soon", "too much", "no desks"],),
        (["the contact_id is not among the contacts: 77"],),
    ]


# Whose row it is

STRANGERS = orders("1,01,2026-02-01,1,a", "2,09,2026-02-03,2,a", "3,09,2026-02-02,4,a", "4,,2026-02-01,8,a")


def test_rows_of_strangers_are_refused(tmp_path: Path) -> None:
    shop = make(tmp_path, {"orders.csv": STRANGERS}, CRM, SHOP)
    result = last(import_files(shop))
    assert counts(result) == (4, 1, 3, 0)
    assert result.amounts == {"EUR": {"read": "15.0000", "accepted": "1.0000", "quarantined": "14.0000"}}
    assert shop.table("contacts").num_rows == 2


def test_strangers_become_contacts_known_since_their_first_row(tmp_path: Path) -> None:
    shop = make(tmp_path, {"orders.csv": STRANGERS}, CRM, {**SHOP, "unknown_contacts": "create"})
    assert counts(last(import_files(shop))) == (4, 3, 1, 0)
    assert rows_of(shop, "select contact_id, acquired_at from contacts where city is null") == [
        ("09", datetime(2026, 2, 1, 23, tzinfo=UTC))
    ]
    assert rows_of(shop, "select count(*) from interactions where contact_id = '09'") == [(2,)]


def test_rows_of_nobody_are_kept_and_counted(tmp_path: Path) -> None:
    shop = make(tmp_path, {"orders.csv": STRANGERS}, CRM, {**SHOP, "unknown_contacts": "anonymous"})
    result = last(import_files(shop))
    assert counts(result) == (4, 4, 0, 0)
    assert shop.table("contacts").num_rows == 2
    assert sum(result.policies.values()) == 3
    assert rows_of(shop, "select amount from interactions where contact_id is null order by 1") == [(2,), (4,), (8,)]


def test_row_of_a_refused_contact_says_that_the_contact_was_refused(tmp_path: Path) -> None:
    crm = {**CRM, "reject": [{"reason": "not ours", "where": "city = 'Porto'"}]}
    shop = make(tmp_path, {"orders.csv": orders("1,02,2026-02-01,1,a")}, crm, SHOP)
    import_files(shop)
    assert rows_of(shop, "select reasons from quarantine where target = 'interactions'") == [
        (["the contact was refused itself: 02"],)
    ]


# Cells that cannot be read


def test_contact_is_kept_without_its_bad_cells_and_they_are_found_again(tmp_path: Path) -> None:
    crm = with_columns(CRM, {"birth_date": "Born", "email": "Mail"})
    people = "ID,City,Born,Mail\n01,Faro,1890-01-01,ana@shop.example\n02,Porto,1 May,nobody\n,Beja,,\n"
    shop = make(tmp_path, {"contacts.csv": people}, crm)
    result = last(import_files(shop))
    assert counts(result) == (3, 2, 1, 0)
    assert result.notes == {"`Born` is no readable date": 1, "`Mail` is no readable e-mail address": 1}
    assert rows_of(shop, "select city, birth_date, email from contacts where contact_id = '02'") == [
        ("Porto", None, None)
    ]
    [(kept, reasons, raw), (refused, _, _)] = rows_of(
        shop, "select outcome, reasons, raw_row from quarantine order by row_number"
    )
    assert (kept, refused) == ("kept", "refused")
    assert reasons == ["`Mail` is no readable e-mail address: nobody", "`Born` is no readable date: 1 May"]
    assert json.loads(raw)["Born"] == "1 May"


@pytest.mark.parametrize(
    ("table", "policy", "outcome"),
    [
        ("contacts", None, (2, 2, 0, 0)),
        ("contacts", "empty", (2, 2, 0, 0)),
        ("contacts", "refuse", (2, 1, 1, 0)),
        ("interactions", None, (2, 1, 1, 0)),
        ("interactions", "refuse", (2, 1, 1, 0)),
        ("interactions", "empty", (2, 2, 0, 0)),
    ],
)
def test_bad_cell_empties_itself_or_refuses_its_row(
    tmp_path: Path, table: str, policy: str | None, outcome: tuple[int, int, int, int]
) -> None:
    bad = {"bad_cells": policy} if policy else {}
    people = "ID,City,Income\n01,Faro,10\n02,Porto,much\n"
    files = {"contacts.csv": people, "orders.csv": orders("1,01,2026-02-01,10,a", "2,01,2026-02-01,much,a")}
    crm = with_columns(CRM, {"income": "Income"}, **bad)
    shop = make(tmp_path, files, *([crm] if table == "contacts" else [CRM, {**SHOP, **bad}]))
    result = last(import_files(shop))
    assert counts(result) == outcome
    assert sum(result.notes.values()) == outcome[1] - 1


def test_no_policy_for_bad_cells_spares_what_a_row_needs(tmp_path: Path) -> None:
    data = orders("1,01,soon,10,a", "2,01,,10,a", "3,,2026-02-01,10,a")
    shop = make(tmp_path, {"orders.csv": data}, CRM, {**SHOP, "bad_cells": "empty"})
    assert counts(last(import_files(shop))) == (3, 0, 3, 0)


# What is possible


def test_values_out_of_range_are_flagged_emptied_or_refused(tmp_path: Path) -> None:
    crm = with_columns(CRM, {"birth_date": "Born", "income": "Income", "household_size": "House"})
    people = "ID,City,Born,Income,House\n01,Faro,1893-01-01,666666,2\n02,Porto,1990-01-01,100,99\n03,Beja,,,\n"
    ranges = {
        "birth_date": {"from": "1900-01-01", "to": "today", "then": "empty"},
        "income": {"to": "500000"},
        "household_size": {"from": "1", "to": "20", "then": "refuse"},
    }
    shop = make(tmp_path, {"contacts.csv": people}, crm, recipe={"ranges": ranges})
    result = last(import_files(shop))
    assert counts(result) == (3, 2, 1, 0)
    assert result.notes == {"`Born` is out of range": 1, "`Income` is out of range": 1}
    assert rows_of(shop, "select contact_id, birth_date, income from contacts order by 1") == [
        ("01", None, 666666.0),
        ("03", None, None),
    ]
    assert rows_of(shop, "select outcome, reasons from quarantine order by row_number") == [
        ("kept", ["`Born` is out of range: 1893-01-01", "`Income` is out of range: 666666.0"]),
        ("refused", ["`House` is out of range: 99"]),
    ]


def test_bounds_of_a_range_are_possible_values(tmp_path: Path) -> None:
    data = orders("1,01,2026-02-01,0,a", "2,01,2026-02-01,100,a", "3,01,2026-02-01,-0.01,a", "4,01,2026-02-01,100.01,a")
    ranges = {"amount": {"from": "0", "to": "100", "then": "refuse"}}
    shop = make(tmp_path, {"orders.csv": data}, CRM, SHOP, recipe={"ranges": ranges})
    assert counts(last(import_files(shop))) == (4, 2, 2, 0)


def test_days_to_come_are_out_of_the_range_until_today(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    days = [(now + timedelta(days=number)).date().isoformat() for number in (-2, 3)]
    ranges = {"occurred_at": {"to": "now", "then": "refuse"}}
    data = orders(*(f"{number},01,{day},1,a" for number, day in enumerate(days)))
    shop = make(tmp_path, {"orders.csv": data}, CRM, SHOP, recipe={"ranges": ranges})
    assert counts(last(import_files(shop))) == (2, 1, 1, 0)


def test_same_file_is_known_although_today_is_another_day(tmp_path: Path) -> None:
    ranges = {"occurred_at": {"to": "now", "then": "refuse"}}
    shop = make(tmp_path, {"orders.csv": orders("1,01,2026-02-01,1,a")}, CRM, SHOP, recipe={"ranges": ranges})
    import_files(shop)
    assert all(result.known for result in import_files(shop).results)


@pytest.mark.parametrize(
    ("ranges", "message"),
    [
        ({"amuont": {"from": "0"}}, "can't find a column `amuont`.*Did you mean `amount`"),
        ({"amount": {"then": "refuse"}}, "must have `from`, `to` or both"),
        ({"amount": {"from": "0", "then": "drop"}}, "`ranges.amount.then`"),
        ({"amount": {"from": "a little"}}, "amount|can't be computed"),
        ({"product": {"from": "a"}}, "product|can't be computed"),
    ],
)
def test_range_with_a_fault_is_told(tmp_path: Path, ranges: Mapping[str, Any], message: str) -> None:
    shop = make(tmp_path, {"orders.csv": orders("1,01,2026-02-01,1,a")}, CRM, SHOP, recipe={"ranges": ranges})
    with pytest.raises(InvalidDefinition, match=message):
        import_files(shop)


# Several currencies

MONEY = orders(
    "1,01,2026-02-01,10,a,EUR", "2,01,2026-02-10,10,a,USD", "3,01,2026-02-01,$20,a,", "4,01,2026-02-01,7,a,",
    more=",Cur",
)  # fmt: skip
RATES = "day,currency,rate\n2026-01-01,USD,0.8\n2026-02-05,usd,0.9\n2026-03-01,USD,5\n"


def in_currencies(policy: str) -> dict[str, Any]:
    return with_columns(SHOP, {"currency": "Cur"}, currencies=policy)


def test_foreign_money_is_refused_be_it_named_in_a_column_or_in_the_cell(tmp_path: Path) -> None:
    shop = make(tmp_path, {"orders.csv": MONEY}, CRM, in_currencies("refuse"))
    result = last(import_files(shop))
    assert counts(result) == (4, 2, 2, 0)
    assert rows_of(shop, "select distinct reasons from quarantine") == [
        (["the currency is not the workspace's (EUR): USD"],)
    ]


def test_foreign_money_is_converted_by_the_rate_of_its_day_and_kept_as_written(tmp_path: Path) -> None:
    shop = make(
        tmp_path,
        {"orders.csv": MONEY, "rates.csv": RATES},
        CRM,
        in_currencies("convert"),
        recipe={"rates": "raw/rates.csv"},
    )
    result = last(import_files(shop))
    assert counts(result) == (4, 4, 0, 0)
    query = """select interaction_id, amount, currency, original_amount, original_currency
        from interactions order by 1"""
    assert rows_of(shop, query) == [
        ("shop:1", 10, "EUR", None, None),
        ("shop:2", 9, "EUR", 10, "USD"),
        ("shop:3", 16, "EUR", 20, "USD"),
        ("shop:4", 7, "EUR", None, None),
    ]
    assert result.amounts == {
        "EUR": {"read": "17.0000", "accepted": "17.0000"},
        "USD": {"read": "30.0000", "accepted": "30.0000"},
    }


def test_money_without_a_rate_is_refused(tmp_path: Path) -> None:
    data = orders("1,01,2025-12-31,10,a,USD", "2,01,2026-02-01,10,a,GBP", "3,01,2026-01-01,10,a,USD", more=",Cur")
    shop = make(
        tmp_path,
        {"orders.csv": data, "rates.csv": RATES},
        CRM,
        in_currencies("convert"),
        recipe={"rates": "raw/rates.csv"},
    )
    assert counts(last(import_files(shop))) == (3, 1, 2, 0)
    assert rows_of(shop, "select reasons[1] from quarantine order by row_number") == [
        ("no rate is known for USD on 2025-12-31",),
        ("no rate is known for GBP on 2026-02-01",),
    ]


def test_rate_holds_from_the_midnight_of_the_workspace(tmp_path: Path) -> None:
    data = orders("1,01,2026-02-04 23:30,10,a,USD", "2,01,2026-02-05 00:00,10,a,USD", more=",Cur")
    shop = make(
        tmp_path,
        {"orders.csv": data, "rates.csv": RATES},
        CRM,
        in_currencies("convert"),
        recipe={"rates": "raw/rates.csv"},
        time_zone="Pacific/Auckland",
    )
    import_files(shop)
    assert rows_of(shop, "select amount from interactions order by interaction_id") == [(8,), (9,)]


def test_newer_rates_are_another_import(tmp_path: Path) -> None:
    source, recipe = in_currencies("convert"), {"rates": "raw/rates.csv"}
    shop = make(tmp_path, {"orders.csv": MONEY, "rates.csv": RATES}, CRM, source, recipe=recipe)
    import_files(shop)
    make(tmp_path, {"rates.csv": RATES.replace("0.9", "0.5")}, CRM, source, recipe=recipe)
    result = last(import_files(shop))
    assert (counts(result), result.rows_updated) == ((4, 1, 0, 3), 1)
    assert rows_of(shop, "select sum(amount) from interactions") == [(10 + 5 + 16 + 7,)]


def test_foreign_money_kept_apart_is_never_added_up(tmp_path: Path) -> None:
    shop = make(tmp_path, {"orders.csv": MONEY}, CRM, in_currencies("apart"))
    result = last(import_files(shop))
    assert counts(result) == (4, 4, 0, 0)
    assert rows_of(shop, "select sum(amount), sum(original_amount) from interactions") == [(17, 30)]
    assert (
        rows_of(shop, "select amount, currency from interactions where original_currency = 'USD'") == [(None, None)] * 2
    )
    assert result.amounts["USD"] == {"read": "30.0000", "accepted": "30.0000"}


def test_dollar_sign_is_the_dollar_of_the_workspace(tmp_path: Path) -> None:
    data = orders("1,01,2026-02-01,$10,a", "2,01,2026-02-01,US$10,a", "3,01,2026-02-01,10 €,a")
    shop = make(tmp_path, {"orders.csv": data}, CRM, SHOP, currency="CAD")
    result = last(import_files(shop))
    assert rows_of(shop, "select interaction_id, amount, currency from interactions order by 1") == [
        ("shop:1", 10, "CAD"),
    ]
    assert counts(result) == (3, 1, 2, 0)


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        ("day,currency,rate\n2026-01-01,USD,0\n", "row 1 of the rates must have a day .* and a rate above zero"),
        ("day,currency,rate\n2026-01-01,USD,1\nsoon,USD,1\n", "row 2 of the rates must have a day"),
        ("day,currency,rate\n2026-01-01,,1\n", "row 1 of the rates must have"),
        ("day,currency,rate\n2026-01-01,USD,nan\n", "row 1 of the rates must have"),
        ("day,currency,rate\n2026-01-01,USD,inf\n", "row 1 of the rates must have"),
        ("day,currency,rate\n2026-01-01,USD,-1\n", "row 1 of the rates must have"),
    ],
)
def test_rate_that_is_none_stops_the_import(tmp_path: Path, rates: str, message: str) -> None:
    shop = make(
        tmp_path,
        {"orders.csv": MONEY, "rates.csv": rates},
        CRM,
        in_currencies("convert"),
        recipe={"rates": "raw/rates.csv"},
    )
    with pytest.raises(InvalidFile, match=message):
        import_files(shop)
    assert shop.table("contacts").num_rows == 0


def test_rates_are_asked_for_where_they_are_needed(tmp_path: Path) -> None:
    shop = make(tmp_path, {"orders.csv": MONEY}, CRM, in_currencies("convert"))
    with pytest.raises(InvalidDefinition, match="`currencies: convert` needs `rates`"):
        import_files(shop)
    shop = make(
        tmp_path, {"rates.csv": "day,currency\n"}, CRM, in_currencies("convert"), recipe={"rates": "raw/rates.csv"}
    )
    with pytest.raises(MissingColumns, match=r"can't find column `rate` in rates\.csv"):
        import_files(shop)


# Words for nothing, and choices


def test_declared_words_for_nothing_hold_for_a_source_or_a_column(tmp_path: Path) -> None:
    source = with_columns(
        SHOP, {"amount": {"from": "Amount", "missing": ["-1"]}, "product": "Product"}, missing=["tbd"]
    )
    data = orders("1,01,2026-02-01,-1,TBD", "2,01,2026-02-01,5,-1", "3,01,2026-02-01,n/a,Select", "4,01,tbd,1,a")
    shop = make(tmp_path, {"orders.csv": data}, CRM, source)
    assert counts(last(import_files(shop))) == (4, 3, 1, 0)
    assert rows_of(shop, "select amount, product from interactions order by interaction_id") == [
        (None, None),
        (5, "-1"),
        (None, "Select"),
    ]
    assert rows_of(shop, "select reasons from quarantine") == [(["`Date` is empty"],)]


def test_choices_are_written_as_declared_and_others_are_told(tmp_path: Path) -> None:
    fields = [
        {"name": "tier", "type": "choice", "family": "relationship", "choices": ["Gold", "Silver"]},
        {"name": "likes", "type": "multi-choice", "family": "preference", "choices": ["Tea", "Coffee"]},
        {"name": "worth", "type": "money", "family": "financial"},
        {"name": "free", "type": "choice", "family": "preference"},
    ]
    crm = with_columns(CRM, {"tier": "Tier", "likes": "Likes", "worth": "Worth", "free": "Tier"})
    people = 'ID,City,Tier,Likes,Worth\n01,Faro,gold,"tea; COFFEE",$90\n02,Porto,Bronze,"Tea;Gin",much\n03,Beja,,,\n'
    shop = make(tmp_path, {"contacts.csv": people}, crm, fields=fields)
    result = last(import_files(shop))
    assert counts(result) == (3, 3, 0, 0)
    assert rows_of(shop, "select tier, likes, worth, free from contacts order by contact_id") == [
        ("Gold", ["Tea", "Coffee"], 90.0, "gold"),
        (None, None, None, "Bronze"),
        (None, None, None, None),
    ]
    assert rows_of(shop, "select reasons from quarantine") == [
        (
            [
                "`Tier` is no readable choice: Bronze",
                "`Likes` is no readable choice: Tea;Gin",
                "`Worth` is no readable number: much",
            ],
        )
    ]


def test_more_choices_are_another_version_of_the_recipe(tmp_path: Path) -> None:
    field = {"name": "tier", "type": "choice", "family": "relationship", "choices": ["Gold"]}
    crm = with_columns(CRM, {"tier": "City"})
    shop = make(tmp_path, {}, crm, fields=[field])
    assert last(import_files(shop)).notes == {"`City` is no readable choice": 2}
    make(tmp_path, {}, crm, fields=[{**field, "choices": ["Gold", "Faro", "Porto"]}])
    assert last(import_files(shop)).notes == {}
    assert rows_of(shop, "select tier from contacts order by 1") == [("Faro",), ("Porto",)]
    assert rows_of(shop, "select count(*) from quarantine where resolved_by is null") == [(0,)]


# Known rows


def test_known_rows_are_updated_or_left_as_declared(tmp_path: Path) -> None:
    first, second = orders("1,01,2026-02-01,10,a"), orders("1,01,2026-02-01,99,a", "2,01,2026-02-02,5,a")
    for policy, amount, updated in (("update", 99, 1), ("skip", 10, 0)):
        source = {**SHOP, "on_known": policy}
        shop = make(tmp_path / policy, {"orders.csv": first}, CRM, source)
        import_files(shop)
        make(tmp_path / policy, {"orders.csv": second}, CRM, source)
        result = last(import_files(shop))
        assert result.rows_updated == updated
        assert rows_of(shop, "select amount from interactions order by interaction_id") == [(amount,), (5,)]
        assert counts(result) == (2, 1 + updated, 0, 1 - updated)


def test_dry_run_tells_the_same_and_writes_nothing(tmp_path: Path) -> None:
    shop = make(tmp_path, {"orders.csv": STRANGERS}, CRM, {**SHOP, "rename": [CANCELLED]})
    tried = import_files(shop, dry_run=True)
    assert "this was a dry run" in repr(tried)
    assert all(shop.table(name).num_rows == 0 for name in ("contacts", "interactions", "quarantine", "imports"))
    done = import_files(shop)
    assert [counts(result) for result in tried.results] == [counts(result) for result in done.results]
    assert [result.amounts for result in tried.results] == [result.amounts for result in done.results]
