"""Imports: every row is accepted, quarantined or skipped, nothing is brought twice, and nothing is left half done."""

import json
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segment_lib.engine import run_sql
from segment_lib.errors import InvalidDefinition, InvalidFile, MissingColumns, NotFound, RowsLost, SegmentLibError
from segment_lib.loading import ImportReport, import_files, load_imports, summarise_quarantine
from segment_lib.storage import Store
from segment_lib.vocabulary import TABLES
from segment_lib.workspace import Workspace, open_workspace

CRM: dict[str, Any] = {
    "name": "crm",
    "file": "raw/contacts.csv",
    "table": "contacts",
    "columns": {"contact_id": "ID", "city": "City", "acquired_at": "Since"},
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
    },
}
TESTS: dict[str, Any] = {
    "name": "tests",
    "file": "raw/tests.csv",
    "table": "campaign_assignments",
    "columns": {"campaign": "Campaign", "contact_id": "Customer", "arm": "Arm", "assigned_at": {"value": "2026-02-10"}},
}
CONTACTS = "ID,City,Since\n01,Faro,2026-01-01\n02,Porto,2026-01-02\n"
ORDERS = "Line,Customer,Date,Amount\n1,01,2026-02-01,10\n2,02,2026-02-02,20\n3,01,2026-02-03,30\n"
ASSIGNED = "Campaign,Customer,Arm\nSpring,01,treatment\nSpring,02,control\n"
OPEN = "quarantine where outcome = 'refused' and resolved_by is null"
FILES = {"contacts.csv": CONTACTS, "orders.csv": ORDERS, "tests.csv": ASSIGNED}


def make(
    folder: Path,
    files: Mapping[str, str | bytes],
    *sources: Mapping[str, object],
    fields: Sequence[Mapping[str, object]] = (),
    **given: object,
) -> Workspace:
    """A workspace with raw files and a recipe; made again over an old one, its tables stay."""
    (folder / "definitions").mkdir(parents=True, exist_ok=True)
    (folder / "raw").mkdir(exist_ok=True)
    definitions = {
        "workspace": {"name": "Shop", "time_zone": "Europe/Madrid", **given},
        "fields": {"fields": list(fields)},
        "import": {"sources": list(sources)},
    }
    for name, content in definitions.items():
        (folder / "definitions" / f"{name}.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    for name, data in files.items():
        (folder / "raw" / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return open_workspace(folder)


def edited(source: Mapping[str, Any], **changes: object) -> dict[str, Any]:
    """A source with changed keys; columns are changed one by one."""
    columns = {**source["columns"], **changes.pop("columns", {})}  # type: ignore[dict-item]
    return {**source, **changes, "columns": {name: rule for name, rule in columns.items() if rule is not None}}


def rows_of(workspace: Workspace, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query over the workspace's tables."""
    tables = {name: workspace.table(name) for name in TABLES if name in query}
    return [tuple(row.values()) for row in run_sql(query, tables).to_pylist()]


def amounts(workspace: Workspace) -> dict[str, float]:
    query = "select split_part(interaction_id, ':', 2), amount from interactions"
    found = rows_of(workspace, query)
    assert len(dict(found)) == len(found)
    return dict(found)


def counts(report: ImportReport) -> list[tuple[int, int, int, int]]:
    """Read, accepted, quarantined and skipped rows of each file."""
    assert all(result.balances for result in report.results)
    return [(r.rows_read, r.rows_accepted, r.rows_quarantined, r.rows_skipped) for r in report.results]


def versions(workspace: Workspace) -> dict[str, int]:
    return {name: workspace.table(name).version for name in TABLES}


def everything(workspace: Workspace) -> dict[str, list[str]]:
    """All rows of all tables, but for the time of the import."""
    return {
        name: sorted(
            json.dumps({k: v for k, v in row.items() if k not in ("imported_at", "brought_at")}, default=str)
            for row in workspace.table(name).to_arrow().to_pylist()
        )
        for name in TABLES
    }


# What is brought


def test_files_become_contacts_interactions_and_assignments(tmp_path: Path) -> None:
    shop = make(tmp_path, FILES, CRM, SHOP, TESTS)
    report = import_files(shop)
    assert counts(report) == [(2, 2, 0, 0), (3, 3, 0, 0), (2, 2, 0, 0)]
    assert rows_of(shop, "select contact_id, city from contacts order by 1") == [("01", "Faro"), ("02", "Porto")]
    assert rows_of(
        shop,
        "select interaction_id, contact_id, kind, order_id, amount, currency from interactions order by 1",
    ) == [
        ("shop:1", "01", "purchase", "shop:1", 10, "EUR"),
        ("shop:2", "02", "purchase", "shop:2", 20, "EUR"),
        ("shop:3", "01", "purchase", "shop:3", 30, "EUR"),
    ]
    [(first,)] = rows_of(shop, "select min(occurred_at) from interactions")
    assert first == datetime(2026, 1, 31, 23, tzinfo=UTC)
    assert rows_of(shop, "select contact_id, arm from campaign_assignments order by 1") == [
        ("01", "treatment"),
        ("02", "control"),
    ]
    assert "contacts.csv" in repr(report)
    assert report.to_pandas()["rows_read"].tolist() == [2, 3, 2]
    assert load_imports(shop)["source"].tolist() == ["crm", "shop", "tests"]


def test_header_alone_brings_nothing_and_is_no_fault(tmp_path: Path) -> None:
    shop = make(tmp_path, {"contacts.csv": "ID,City,Since\n", "orders.csv": "Line,Customer,Date,Amount\n"}, CRM, SHOP)
    assert counts(import_files(shop)) == [(0, 0, 0, 0), (0, 0, 0, 0)]
    assert shop.table("contacts").num_rows == 0


def test_refunds_are_stored_positive(tmp_path: Path) -> None:
    source = edited(SHOP, columns={"kind": "Kind"}, unknown_contacts="create")
    data = (
        "Line,Customer,Date,Amount,Kind\n1,01,2026-02-01,10,purchase\n2,01,2026-02-02,-4,refund\n3,01,2026-02-02,,x\n"
    )
    shop = make(tmp_path, {"orders.csv": data}, source)
    import_files(shop)
    assert rows_of(shop, "select kind, amount, order_id, currency from interactions order by interaction_id") == [
        ("purchase", 10, "shop:1", "EUR"),
        ("refund", 4, "shop:2", "EUR"),
        ("x", None, None, None),
    ]


def test_parquet_is_a_source_like_any_other(tmp_path: Path) -> None:
    table = pa.table(
        {
            "Line": pa.array([1, 2, 3], pa.int64()),
            "Customer": pa.array(["01", "02", None]),
            "Date": pa.array([datetime(2026, 2, 1, 12, tzinfo=UTC)] * 3, pa.timestamp("us", tz="UTC")),
            "Amount": pa.array([10.5, None, 3.0]),
        }
    )
    shop = make(tmp_path, {"contacts.csv": CONTACTS}, CRM, edited(SHOP, file="raw/orders.parquet"))
    pq.write_table(table, shop.folder / "raw" / "orders.parquet")
    assert counts(import_files(shop))[1] == (3, 2, 1, 0)
    assert rows_of(shop, "select contact_id, occurred_at, amount from interactions order by 1") == [
        ("01", datetime(2026, 2, 1, 12, tzinfo=UTC), 10.5),
        ("02", datetime(2026, 2, 1, 12, tzinfo=UTC), None),
    ]
    assert rows_of(shop, "select row_number, reasons from quarantine") == [(3, ["`Customer` is empty"])]


def test_custom_fields_are_typed_columns(tmp_path: Path) -> None:
    fields = [
        {"name": "renewal", "type": "date", "family": "relationship"},
        {"name": "group", "type": "text list", "family": "preference"},
        {"name": "reasons", "type": "text", "family": "preference", "table": "interactions"},
    ]
    shop = make(
        tmp_path,
        {
            "contacts.csv": "ID,City,Since,R,G\n01,Faro,,2027-01-01,a;b\n",
            "orders.csv": "Line,Customer,Date,Amount,Why\n1,01,2026-02-01,10,gift\n",
        },
        edited(CRM, columns={"renewal": "R", "group": "G"}),
        edited(SHOP, columns={"reasons": "Why"}),
        fields=fields,
    )
    assert counts(import_files(shop)) == [(1, 1, 0, 0), (1, 1, 0, 0)]
    assert rows_of(shop, 'select renewal, "group" from contacts') == [(date(2027, 1, 1), ["a", "b"])]
    assert rows_of(shop, "select reasons from interactions") == [("gift",)]


def test_code_is_looked_up(tmp_path: Path) -> None:
    look = {"file": "raw/cities.csv", "key": "key", "value": "value"}
    files = {
        "contacts.csv": "ID,City,Since,key,value\n01,A,,x,y\n02,?,,x,y\n03,,,x,y\n",
        "cities.csv": "value,key\nFaro,A\nPorto,B\nLisboa,A\nbroken\n",
    }
    shop = make(tmp_path / "strict", files, edited(CRM, columns={"city": {"from": "City", "lookup": look}}))
    assert counts(import_files(shop)) == [(3, 2, 1, 0)]
    assert rows_of(shop, "select contact_id, city from contacts order by 1") == [("01", "Faro"), ("03", None)]
    assert rows_of(shop, "select reasons from quarantine") == [(["`City` is not found in the lookup: ?"],)]
    lax = edited(CRM, columns={"city": {"from": "City", "lookup": {**look, "unknown": "empty"}}})
    assert counts(import_files(make(tmp_path / "lax", files, lax))) == [(3, 3, 0, 0)]


def test_file_of_a_lookup_is_part_of_the_import(tmp_path: Path) -> None:
    source = edited(
        CRM, columns={"city": {"from": "City", "lookup": {"file": "raw/cities.csv", "key": "k", "value": "v"}}}
    )
    files = {"contacts.csv": "ID,City,Since\n01,A,\n"}
    shop = make(tmp_path, {**files, "cities.csv": "k,v\nA,Faro\n"}, source)
    import_files(shop)
    (shop.folder / "raw" / "cities.csv").write_text("k,v\nA,Porto\n", encoding="utf-8")
    import_files(shop)
    assert rows_of(shop, "select city from contacts") == [("Porto",)]


# What is refused and skipped


def test_refused_row_is_found_again_by_its_number_and_its_cells(tmp_path: Path) -> None:
    lines = ['1,01,2026-02-01,10,"a, ""b"""', "broken", "", "2,01,soon,much,", "3,01,2026-02-03,ten,", ""]
    data = "\n".join(["Line,Customer,Date,Amount,Note", *lines])
    shop = make(tmp_path, {"contacts.csv": CONTACTS, "orders.csv": data}, CRM, SHOP)
    assert counts(import_files(shop))[1] == (4, 1, 3, 0)
    refused = rows_of(shop, "select file, target, row_number, raw_row, reasons from quarantine order by 3")
    assert [row[:3] for row in refused] == [("orders.csv", "interactions", number) for number in (2, 3, 4)]
    assert refused[0][3:] == ("broken", ["the line is no row: expected 5 cells, got 1"])
    assert json.loads(refused[1][3])["Date"] == "soon"
    assert refused[1][4] == ["`Date` is no readable timestamp: soon", "`Amount` is no readable number: much"]
    assert refused[2][4] == ["`Amount` is no readable number: ten"]
    summary = summarise_quarantine(shop)
    assert dict(zip(summary["reason"], summary["rows"], strict=True)) == {
        "`Amount` is no readable number": 2,
        "`Date` is no readable timestamp": 1,
        "the line is no row": 1,
    }


def test_columns_of_the_file_may_be_called_like_ours(tmp_path: Path) -> None:
    data = 'row_number,raw,reasons,"a""b; drop table x"\n1,01,2026-02-01,10\n2,01,soon,10\nbroken\n3,01,2026-02-01,5\n'
    source = edited(
        SHOP,
        columns={
            "interaction_id": "row_number",
            "contact_id": "raw",
            "occurred_at": "reasons",
            "amount": 'a"b; drop table x',
        },
    )
    shop = make(tmp_path, {"contacts.csv": CONTACTS, "orders.csv": data}, CRM, source)
    assert counts(import_files(shop))[1] == (4, 2, 2, 0)
    assert amounts(shop) == {"1": 10, "3": 5}
    [(number, raw), (broken, _)] = rows_of(shop, "select row_number, raw_row from quarantine order by 1")
    assert (number, broken) == (2, 3)
    assert json.loads(raw) == {"row_number": "2", "raw": "01", "reasons": "soon", 'a"b; drop table x': "10"}


def test_amount_in_another_currency_is_refused(tmp_path: Path) -> None:
    data = "Line,Customer,Date,Amount,Cur\n1,01,2026-02-01,10,EUR\n2,01,2026-02-01,10,USD\n3,01,2026-02-01,10,\n"
    shop = make(
        tmp_path, {"contacts.csv": CONTACTS, "orders.csv": data}, CRM, edited(SHOP, columns={"currency": "Cur"})
    )
    assert counts(import_files(shop))[1] == (3, 2, 1, 0)
    assert rows_of(shop, "select reasons from quarantine") == [(["the currency is not the workspace's (EUR): USD"],)]
    assert rows_of(shop, "select distinct currency from interactions") == [("EUR",)]


def test_repeated_ids_count_once(tmp_path: Path) -> None:
    data = "Line,Customer,Date,Amount\n1,01,2026-02-01,10\n1,01,2026-02-01,99\n,01,2026-02-01,5\n2,01,2026-02-01,20\n"
    shop = make(tmp_path, {"contacts.csv": CONTACTS, "orders.csv": data}, CRM, SHOP)
    report = import_files(shop)
    assert counts(report)[1] == (4, 2, 1, 1)
    assert report.results[1].skip_reasons == {"repeats the id of an earlier row": 1}
    assert amounts(shop) == {"1": 10, "2": 20}
    assert rows_of(shop, "select reasons from quarantine") == [(["the id of the interaction is empty"],)]


def test_refused_row_does_not_take_the_id_of_a_good_one(tmp_path: Path) -> None:
    data = "Line,Customer,Date,Amount\n1,01,soon,10\n1,01,2026-02-01,20\n"
    shop = make(tmp_path, {"contacts.csv": CONTACTS, "orders.csv": data}, CRM, SHOP)
    assert counts(import_files(shop))[1] == (2, 1, 1, 0)
    assert amounts(shop) == {"1": 20}


def test_equal_rows_without_ids_are_all_kept(tmp_path: Path) -> None:
    data = "Customer,Date,Amount\n01,2026-02-01,10\n01,2026-02-01,10\n02,2026-02-01,10\n"
    shop = make(
        tmp_path, {"contacts.csv": CONTACTS, "orders.csv": data}, CRM, edited(SHOP, columns={"interaction_id": None})
    )
    assert counts(import_files(shop))[1] == (3, 3, 0, 0)
    assert sorted(amounts(shop).values()) == [10, 10, 10]


def test_later_row_of_a_contact_fills_in_and_never_empties(tmp_path: Path) -> None:
    data = "ID,City,Since\n01,Faro,2026-05-01\n01,,2026-01-01\n02,,\n02,Porto,2026-03-01\n"
    shop = make(tmp_path, {"contacts.csv": data}, CRM)
    report = import_files(shop)
    assert counts(report) == [(4, 2, 0, 2)]
    query = "select contact_id, city, cast(acquired_at at time zone 'Europe/Madrid' as date) from contacts order by 1"
    assert rows_of(shop, query) == [("01", "Faro", date(2026, 1, 1)), ("02", "Porto", date(2026, 3, 1))]
    (shop.folder / "raw" / "contacts.csv").write_text("ID,City,Since\n01,,2026-09-01\n03,Braga,\n", encoding="utf-8")
    import_files(shop)
    assert rows_of(shop, query) == [
        ("01", "Faro", date(2026, 1, 1)),
        ("02", "Porto", date(2026, 3, 1)),
        ("03", "Braga", None),
    ]


def test_unknown_contacts_are_refused_or_made_as_declared(tmp_path: Path) -> None:
    data = "Line,Customer,Date,Amount\n1,09,2026-02-02,10\n2,09,2026-02-01,20\n3,,2026-02-01,20\n"
    files = {"contacts.csv": CONTACTS, "orders.csv": data}
    shop = make(tmp_path / "strict", files, CRM, SHOP)
    assert counts(import_files(shop))[1] == (3, 0, 3, 0)
    assert ("the contact_id is not among the contacts", 2) in list(
        summarise_quarantine(shop)[["reason", "rows"]].itertuples(index=False, name=None)
    )
    shop = make(tmp_path / "lax", files, CRM, edited(SHOP, unknown_contacts="create"))
    assert counts(import_files(shop))[1] == (3, 2, 1, 0)
    assert rows_of(shop, "select city, acquired_at from contacts where contact_id = '09'") == [
        (None, datetime(2026, 1, 31, 23, tzinfo=UTC))
    ]


def test_contacts_are_read_first_wherever_the_recipe_names_them(tmp_path: Path) -> None:
    shop = make(tmp_path, FILES, TESTS, SHOP, CRM)
    report = import_files(shop)
    assert [result.file for result in report.results] == ["tests.csv", "orders.csv", "contacts.csv"]
    assert counts(report) == [(2, 2, 0, 0), (3, 3, 0, 0), (2, 2, 0, 0)]


def test_policies_skip_and_reject(tmp_path: Path) -> None:
    policies = {
        "skip": [{"reason": "of last year", "where": "amount = 20"}],
        "reject": [{"reason": "too much", "where": "amount > 25"}],
    }
    shop = make(tmp_path, FILES, CRM, edited(SHOP, **policies))
    report = import_files(shop)
    assert counts(report)[1] == (3, 1, 1, 1)
    assert report.results[1].skip_reasons == {"of last year": 1}


# The same again, and more


def test_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    shop = make(tmp_path, {**FILES, "orders.csv": ORDERS + "broken\n4,01,soon,1\n"}, CRM, SHOP, TESTS)
    first = import_files(shop)
    before = versions(shop)
    again = import_files(shop)
    assert versions(shop) == before
    assert all(result.known for result in again.results)
    assert counts(again) == counts(first)
    assert again.results[1].skip_reasons == first.results[1].skip_reasons
    assert "known, unchanged" in repr(again)


def test_grown_file_brings_its_new_rows_alone(tmp_path: Path) -> None:
    shop = make(tmp_path, {**FILES, "orders.csv": ORDERS + "4,01,soon,1\n"}, CRM, SHOP)
    import_files(shop)
    grown = "Line,Customer,Date,Amount\n9,02,2026-03-01,90\n" + ORDERS.split("\n", 1)[1] + "4,01,soon,1\n"
    (shop.folder / "raw" / "orders.csv").write_text(grown, encoding="utf-8")
    report = import_files(shop)
    assert counts(report)[1] == (5, 1, 1, 3)
    assert report.results[1].skip_reasons == {"is known from an earlier import": 3}
    assert amounts(shop) == {"1": 10, "2": 20, "3": 30, "9": 90}
    # The refused row came again and was judged again: it stands in the quarantine once, with its new number.
    assert rows_of(shop, f"select row_number from {OPEN}") == [(5,)]


def test_grown_file_without_ids_brings_its_new_rows_alone(tmp_path: Path) -> None:
    source = edited(SHOP, columns={"interaction_id": None})
    first = "Customer,Date,Amount\n01,2026-02-01,10\n01,2026-02-01,10\n"
    shop = make(tmp_path, {"contacts.csv": CONTACTS, "orders.csv": first}, CRM, source)
    import_files(shop)
    (shop.folder / "raw" / "orders.csv").write_text(first + "01,2026-02-01,10\n02,2026-03-01,5\n", encoding="utf-8")
    assert counts(import_files(shop))[1] == (4, 2, 0, 2)
    assert sorted(amounts(shop).values()) == [5, 10, 10, 10]


def test_refused_row_is_accepted_once_its_contact_is_known(tmp_path: Path) -> None:
    orders = "Line,Customer,Date,Amount\n1,03,2026-02-01,10\n"
    shop = make(tmp_path, {"contacts.csv": CONTACTS, "orders.csv": orders}, CRM, SHOP)
    import_files(shop)
    assert shop.table("quarantine").num_rows == 1
    make(tmp_path, {"contacts.csv": CONTACTS + "03,Beja,\n", "orders.csv": orders + "2,01,2026-02-02,5\n"}, CRM, SHOP)
    assert counts(import_files(shop))[1] == (2, 2, 0, 0)
    assert amounts(shop) == {"1": 10, "2": 5}
    [(resolved,)] = rows_of(shop, "select resolved_by from quarantine")
    assert resolved == load_imports(shop).query("file == 'orders.csv'")["import_id"].iloc[-1]
    assert summarise_quarantine(shop).empty


def test_files_of_a_pattern_are_all_read_and_what_they_share_once(tmp_path: Path) -> None:
    january = "Line,Customer,Date,Amount\n1,01,2026-01-01,10\n2,01,2026-01-02,20\n"
    february = january + "3,02,2026-02-01,30\n"
    files = {
        "contacts.csv": CONTACTS,
        "orders_01.csv": january,
        "orders_02.csv": february,
        "orders_02_copy.csv": february,
    }
    shop = make(tmp_path, files, CRM, edited(SHOP, file="raw/orders_*.csv"))
    report = import_files(shop)
    assert counts(report)[1:] == [(2, 2, 0, 0), (3, 1, 0, 2), (3, 1, 0, 2)]
    assert [result.file for result in report.results[1:]] == ["orders_01.csv", "orders_02.csv", "orders_02_copy.csv"]
    assert [result.known for result in report.results[1:]] == [False, False, True]
    assert amounts(shop) == {"1": 10, "2": 20, "3": 30}
    assert load_imports(shop)["file"].tolist() == ["contacts.csv", "orders_01.csv", "orders_02.csv"]
    assert all(result.known for result in import_files(shop).results)


def test_file_may_be_named_with_brackets_or_by_its_whole_path(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere [1]"
    elsewhere.mkdir()
    (elsewhere / "orders.csv").write_text(ORDERS, encoding="utf-8")
    for name in (str(elsewhere / "orders.csv"), str(elsewhere.parent / "else*" / "ord*.csv")):
        shop = make(
            tmp_path / f"shop{len(name)}", {"c[1].csv": CONTACTS, "c1.csv": "ID,City,Since\n"},
            edited(CRM, file="raw/c[1].csv"), edited(SHOP, file=name),
        )  # fmt: skip
        assert counts(import_files(shop)) == [(2, 2, 0, 0), (3, 3, 0, 0)]


def test_two_sources_may_use_the_same_ids(tmp_path: Path) -> None:
    shop = make(tmp_path, {**FILES, "web.csv": ORDERS}, CRM, SHOP, edited(SHOP, name="web", file="raw/web.csv"))
    assert counts(import_files(shop)) == [(2, 2, 0, 0), (3, 3, 0, 0), (3, 3, 0, 0)]


def test_assignment_of_a_contact_is_never_changed(tmp_path: Path) -> None:
    shop = make(tmp_path, {**FILES, "tests.csv": ASSIGNED + "Spring,01,control\n"}, CRM, TESTS)
    assert counts(import_files(shop))[1] == (3, 2, 0, 1)
    text = "Campaign,Customer,Arm\nSpring,01,control\nAutumn,01,control\n"
    (shop.folder / "raw" / "tests.csv").write_text(text, encoding="utf-8")
    assert counts(import_files(shop))[1] == (2, 1, 0, 1)
    assert rows_of(shop, "select campaign, contact_id, arm from campaign_assignments order by all") == [
        ("Autumn", "01", "control"),
        ("Spring", "01", "treatment"),
        ("Spring", "02", "control"),
    ]


# After an edit


@pytest.mark.parametrize("with_ids", [True, False], ids=["with ids", "without ids"])
def test_edited_recipe_holds_for_the_rows_that_were_there(tmp_path: Path, with_ids: bool) -> None:
    shop_source = edited(SHOP, columns={"occurred_at": {"from": "Date", "format": "iso"}})
    source = shop_source if with_ids else edited(shop_source, columns={"interaction_id": None})
    january = "Line,Customer,Date,Amount,Channel,Cat\n1,01,2026-01-01,10,web,A\n2,01,01/02/2026,20,shop,B\n"
    shop = make(tmp_path, {"contacts.csv": CONTACTS, "orders.csv": january}, CRM, source)
    assert counts(import_files(shop))[1] == (2, 1, 1, 0)
    grown = january + "3,02,2026-02-03,30,web,A\n"
    make(tmp_path, {"orders.csv": grown}, CRM, source)
    assert counts(import_files(shop))[1] == (3, 1, 1, 1)
    assert rows_of(shop, "select distinct channel from interactions") == [(None,)]

    more = edited(source, columns={"channel": "Channel", "occurred_at": {"from": "Date", "format": "%d/%m/%Y"}})
    assert counts(import_files(make(tmp_path, {}, CRM, more)))[1] == (3, 1, 2, 0)
    assert rows_of(shop, "select channel, amount from interactions") == [("shop", 20)]
    assert rows_of(shop, f"select row_number from {OPEN} order by 1") == [(1,), (3,)]

    assert counts(import_files(make(tmp_path, {}, CRM, source)))[1] == (3, 2, 1, 0)
    assert rows_of(shop, "select channel, amount from interactions order by 2") == [(None, 10), (None, 30)]
    assert rows_of(shop, f"select row_number from {OPEN}") == [(2,)]
    assert all(result.known for result in import_files(shop).results)


def test_edited_recipe_leaves_rows_alone_whose_file_is_gone(tmp_path: Path) -> None:
    shop = make(tmp_path, {**FILES, "tests.csv": ASSIGNED}, CRM, SHOP, TESTS)
    import_files(shop)
    make(tmp_path, {"orders.csv": "Line,Customer,Date,Amount\n9,01,2026-03-01,90\n"}, CRM, SHOP, TESTS)
    import_files(shop)
    doubled = edited(SHOP, columns={"amount": {"sql": "Amount * 2"}})
    assert counts(import_files(make(tmp_path, {}, CRM, doubled, TESTS)))[1] == (1, 1, 0, 0)
    assert amounts(shop) == {"1": 10, "2": 20, "3": 30, "9": 180}
    assert shop.table("campaign_assignments").num_rows == 2


def test_row_that_an_edited_recipe_rejects_is_taken_out(tmp_path: Path) -> None:
    shop = make(tmp_path, FILES, CRM, SHOP)
    import_files(shop)
    stricter = edited(SHOP, reject=[{"reason": "too much", "where": "amount > 15"}])
    assert counts(import_files(make(tmp_path, {}, CRM, stricter)))[1] == (3, 1, 2, 0)
    assert amounts(shop) == {"1": 10}
    strictest = edited(SHOP, reject=[{"reason": "too much", "where": "amount > 5"}])
    assert counts(import_files(make(tmp_path, {}, CRM, strictest)))[1] == (3, 0, 3, 0)
    assert amounts(shop) == {}
    assert len(rows_of(shop, f"select reasons from {OPEN}")) == 3


def test_edited_arms_replace_those_of_the_file_and_leave_drawn_ones(tmp_path: Path) -> None:
    shop = make(tmp_path, FILES, CRM, TESTS)
    import_files(shop)
    drawn = pa.table({"campaign": ["Play"], "contact_id": ["01"], "arm": ["control"]})
    shop.append("campaign_assignments", drawn)
    swapped = edited(
        TESTS, columns={"arm": {"from": "Arm", "values": {"treatment": "control", "control": "treatment"}}}
    )
    import_files(make(tmp_path, {}, CRM, swapped))
    assert rows_of(shop, "select campaign, contact_id, arm from campaign_assignments order by all") == [
        ("Play", "01", "control"),
        ("Spring", "01", "control"),
        ("Spring", "02", "treatment"),
    ]


def test_source_keeps_its_name_for_ids_begin_with_it(tmp_path: Path) -> None:
    shop = make(tmp_path, {**FILES, "more.csv": ORDERS}, CRM, SHOP)
    import_files(shop)
    before = everything(shop)
    message = r"import\.yml: the source `store` must be called `shop`, .* its rows would be brought twice"
    with pytest.raises(InvalidDefinition, match=message):
        import_files(make(tmp_path, {}, CRM, edited(SHOP, name="store")))
    assert everything(shop) == before
    # Another file is another matter, and so is a second source beside the first.
    import_files(make(tmp_path, {}, CRM, edited(SHOP, name="store", file="raw/more.csv")))
    import_files(make(tmp_path, {}, CRM, SHOP, edited(SHOP, name="store")))
    assert shop.table("interactions").num_rows == 6


def test_meaning_of_a_field_is_no_edit_of_the_recipe(tmp_path: Path) -> None:
    field = {"name": "shoe_size", "type": "number", "family": "demographic"}
    shop = make(tmp_path, FILES, CRM, fields=[field])
    import_files(shop)
    make(tmp_path, {}, CRM, fields=[{**field, "meaning": "Size of shoes"}])
    assert all(result.known for result in import_files(shop).results)


@pytest.mark.parametrize("table", ["contacts", "interactions"])
def test_field_may_be_added_and_change_its_type(tmp_path: Path, table: str) -> None:
    field = {"name": "points", "type": "text", "family": "behavioural", "table": table}
    files = {
        "contacts.csv": "ID,City,Since,P\n01,Faro,,7\n02,Porto,,none\n",
        "orders.csv": "Line,Customer,Date,Amount,P\n1,01,2026-02-01,10,7\n2,02,2026-02-01,10,none\n",
    }
    shop = make(tmp_path, files, CRM, SHOP)
    import_files(shop)

    def again(fields: list[dict[str, str]], rule: object) -> list[tuple[Any, ...]]:
        crm, shop_source = (
            edited(one, columns={"points": rule} if one["table"] == table else {}) for one in (CRM, SHOP)
        )
        import_files(make(tmp_path, {}, crm, shop_source, fields=fields))
        return rows_of(shop, f"select contact_id, points from {table} order by 1")

    assert again([field], "P") == [("01", "7"), ("02", "none")]
    number = {**field, "type": "number"}
    assert again([number], {"from": "P", "values": {"none": None}}) == [("01", 7.0), ("02", None)]
    # Whoever reads the table sees the new type, in the rows of other files too.
    assert shop.table(table).schema.field("points").type == pa.float64()


# What stops an import


def looked_up(file: str) -> dict[str, Any]:
    """A change of the shop's source: its contacts are looked up."""
    return {"columns": {"contact_id": {"from": "Customer", "lookup": {"file": file, "key": "k", "value": "v"}}}}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"file": "raw/missing.csv"}, InvalidFile, r"can't find the file raw/missing\.csv of the source `shop`"),
        ({"file": "raw/none_*.csv"}, InvalidFile, r"can't find the file raw/none_\*\.csv of the source `shop`"),
        ({"file": "definitions/../nothing"}, InvalidFile, "can't find the file"),
        ({"delimiter": ";"}, InvalidFile, "Is the delimiter ','"),
        ({"columns": {"amount": "Amont"}}, MissingColumns, r"can't find column `Amont`.*Did you mean `Amount`"),
        ({"columns": {"amount": {"sql": "Amount * Prize"}}}, MissingColumns, "can't find column `Prize`"),
        ({"columns": {"occurred_at": {"from": "Date", "format": "%Q"}}}, InvalidDefinition, "format of dates must"),
        ({"columns": {"amount": {"from": "Amount", "remove": "("}}}, InvalidDefinition, "`shop` can't be computed"),
        ({"reject": [{"reason": "x", "where": "amount > 'a lot'"}]}, InvalidDefinition, "`shop` can't be computed"),
        (looked_up("raw/no.csv"), InvalidFile, r"can't find the file no\.csv"),
        (looked_up("raw/contacts.csv"), MissingColumns, r"can't find columns `k`, `v` in contacts\.csv"),
    ],
)  # fmt: skip
def test_bad_second_source_leaves_everything_unwritten(
    tmp_path: Path, change: dict[str, Any], error: type[SegmentLibError], message: str
) -> None:
    shop = make(tmp_path, FILES, CRM, edited(SHOP, **change))
    with pytest.raises(error, match=message):
        import_files(shop)
    assert set(versions(shop).values()) == {-1}


def test_bad_bytes_of_the_second_file_leave_everything_unwritten(tmp_path: Path) -> None:
    files = {**FILES, "orders.csv": ORDERS.encode() + b"4,\xe9,2026-02-01,1"}
    shop = make(tmp_path, files, CRM, {**SHOP, "encoding": "utf-8"})
    with pytest.raises(InvalidFile, match=r"orders\.csv must be text in utf-8 as declared, got the byte 0xe9"):
        import_files(shop)
    assert set(versions(shop).values()) == {-1}


def test_workspace_without_a_recipe_says_so(tmp_path: Path) -> None:
    shop = make(tmp_path, FILES, CRM)
    (shop.folder / "definitions" / "import.yml").unlink()
    with pytest.raises(NotFound, match=r"can't find the definition file .*import\.yml"):
        import_files(shop)


def test_recipe_without_sources_brings_nothing(tmp_path: Path) -> None:
    shop = make(tmp_path, {})
    assert import_files(shop).results == ()
    assert set(versions(shop).values()) == {-1}


def test_tables_that_stay_as_they_are_are_not_written_again(tmp_path: Path) -> None:
    shop = make(tmp_path, FILES, CRM, SHOP)
    import_files(shop)
    assert {name for name, version in versions(shop).items() if version == 0} == {
        *("contacts", "contact_versions", "interactions", "superseded", "quarantine", "imports")
    }
    (shop.folder / "raw" / "orders.csv").write_text(ORDERS + "4,01,2026-02-04,40\n", encoding="utf-8")
    before = versions(shop)
    import_files(shop)
    changed = {name for name, version in versions(shop).items() if version != before[name]}
    assert changed == {"interactions", "sightings", "imports"}


def test_file_that_is_overwritten_every_night_is_listed_once(tmp_path: Path) -> None:
    shop = make(tmp_path, FILES, CRM, SHOP)
    for line in ("4,01,2026-02-04,40\n", "5,01,2026-02-05,50\n"):
        import_files(shop)
        with (shop.folder / "raw" / "orders.csv").open("a", encoding="utf-8") as file:
            file.write(line)
    import_files(shop)
    assert load_imports(shop)[["file", "rows_read"]].to_dict("tight")["data"] == [
        ["contacts.csv", 2],
        ["orders.csv", 5],
    ]


@pytest.mark.parametrize("table", ["contacts", "interactions"])
def test_rows_that_a_table_does_not_hold_take_everything_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    write = Store.rewrite

    def lose_one(store: Store, connection: Any, name: str, columns: Any, *, gone: str = "", fresh: str = "") -> None:
        lost = "contact_versions" if table == "contacts" else table
        write(store, connection, name, columns, gone=gone, fresh=f"({fresh}) offset 1" if name == lost else fresh)

    monkeypatch.setattr(Store, "rewrite", lose_one)
    shop = make(tmp_path, FILES, CRM, SHOP)
    told = {
        "contacts": r"the rows of contacts\.csv must all .*: accepted 2 rows, found 1 row in contacts\. Nothing was",
        "interactions": r"rows of orders\.csv must .*: accepted 3 rows of 60\.0000, found 2 rows of .* in interactions",
    }
    with pytest.raises(RowsLost, match=told[table]) as error:
        import_files(shop)
    assert isinstance(error.value, AssertionError)
    assert set(versions(shop).values()) == {-1}


# Cut off, and at once

CUT_OFF = """
import os, signal, sys
from segment_lib.loading import import_files
from segment_lib.storage import Store
from segment_lib.workspace import open_workspace
write, left = Store.rewrite, int(sys.argv[2])
def write_some(*given, **options):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    write(*given, **options)
Store.rewrite = write_some
import_files(open_workspace(sys.argv[1]))
"""


def start(code: str, *arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-W", "error", "-c", code, *map(str, arguments)])


def test_import_that_was_killed_is_made_again_as_if_nothing_had_happened(tmp_path: Path) -> None:
    dirty = {**FILES, "orders.csv": ORDERS + "broken\n1,01,2026-02-01,10\n4,01,soon,1\n5,77,2026-02-04,2\n"}
    sources = (CRM, edited(SHOP, unknown_contacts="create"), TESTS)
    whole = make(tmp_path / "whole", dirty, *sources)
    expected = counts(import_files(whole))
    cut = {number: make(tmp_path / f"cut_{number}", dirty, *sources) for number in (1, 3, 8)}
    killed = {number: start(CUT_OFF, shop.folder, number) for number, shop in cut.items()}
    for number, shop in cut.items():
        assert killed[number].wait(timeout=120) == -signal.SIGKILL
        assert set(versions(shop).values()) == {-1}
        assert counts(import_files(shop)) == expected
        assert everything(shop) == everything(whole)


def test_edit_that_was_killed_leaves_everything_as_before_and_is_made_again(tmp_path: Path) -> None:
    stricter = edited(SHOP, reject=[{"reason": "too much", "where": "amount > 15"}])
    whole, cut = (make(tmp_path / name, FILES, CRM, SHOP) for name in ("whole", "cut"))
    for shop in (whole, cut):
        import_files(shop)
        make(shop.folder, {}, CRM, stricter)
    before = everything(cut)
    assert start(CUT_OFF, cut.folder, 2).wait(timeout=120) == -signal.SIGKILL
    assert everything(cut) == before
    import_files(whole)
    import_files(cut)
    assert everything(cut) == everything(whole)


def test_two_imports_at_once_bring_everything_once(tmp_path: Path) -> None:
    code = "import sys\nfrom segment_lib import import_files, open_workspace\nimport_files(open_workspace(sys.argv[1]))"
    shop = make(tmp_path, FILES, CRM, SHOP, TESTS)
    for process in [start(code, shop.folder) for _ in range(2)]:
        assert process.wait(timeout=120) == 0
    assert amounts(shop) == {"1": 10, "2": 20, "3": 30}
    assert len(load_imports(shop)) == 3
    assert versions(shop)["interactions"] == 0


# Whatever comes

CELL = st.sampled_from(["", " ", "01", "02", "09", "x", "2026-02-01", "soon", "10", "-5", "nan", 'a "quoted" b', "é"])
ROW = st.one_of(
    st.tuples(st.sampled_from(["1", "2", "3", "4", ""]), st.sampled_from(["01", "02", "09"]), CELL, CELL),
    st.tuples(
        st.sampled_from(["5", "6", "7"]),
        st.sampled_from(["01", "02"]),
        st.just("2026-02-01"),
        st.sampled_from(["1", ""]),
    ),
)
LINE = st.one_of(ROW.map(lambda row: ",".join('"' + cell.replace('"', '""') + '"' for cell in row)), st.just("broken"))
POLICIES: dict[str, object] = {
    "skip": [{"reason": "nothing was paid", "where": "amount is null"}],
    "reject": [{"reason": "below zero", "where": "amount < 0"}],
}


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(lines=st.lists(LINE, max_size=12), with_ids=st.booleans(), create=st.booleans(), policies=st.booleans())
def test_every_row_is_accepted_quarantined_or_skipped_and_found_again(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], with_ids: bool, create: bool, policies: bool
) -> None:
    source = edited(
        SHOP,
        columns={} if with_ids else {"interaction_id": None},
        unknown_contacts="create" if create else "quarantine",
        **(POLICIES if policies else {}),
    )
    orders = "\n".join(["Line,Customer,Date,Amount", *lines]) + "\n"
    shop = make(tmp_path_factory.mktemp("random"), {"contacts.csv": CONTACTS, "orders.csv": orders}, CRM, source)
    report = import_files(shop)
    [(_, _, _, _), (read, accepted, quarantined, skipped)] = counts(report)
    assert read == len(lines) == accepted + quarantined + skipped
    assert shop.table("interactions").num_rows == accepted
    refused = rows_of(shop, "select row_number, raw_row, reasons from quarantine")
    assert len(refused) == quarantined == len({number for number, *_ in refused})
    assert sum(report.results[1].skip_reasons.values()) == skipped
    for number, raw, reasons in refused:
        assert reasons
        assert all(reasons)
        if lines[number - 1] == "broken":
            assert raw == "broken"
        else:
            cells = [cell[1:-1].replace('""', '"') for cell in lines[number - 1].split(",")]
            assert [cell or "" for cell in json.loads(raw).values()] == cells
    if not with_ids and not policies and create:
        # Without ids and policies nothing but a fault of its own keeps a row out.
        assert skipped == 0
