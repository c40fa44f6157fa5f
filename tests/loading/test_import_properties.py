"""Whatever comes: random tables and dirt through the import, and what must hold of all of them."""

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from segment_lib.engine import run_sql
from segment_lib.loading import ImportReport, import_files
from segment_lib.vocabulary import TABLES
from segment_lib.workspace import Workspace, open_workspace

# An example takes seconds: to make a failing one smaller would take minutes.
few = settings(
    max_examples=4, phases=[Phase.explicit, Phase.reuse, Phase.generate], suppress_health_check=[HealthCheck.too_slow]
)

CRM: dict[str, Any] = {
    "name": "crm",
    "file": "raw/crm.csv",
    "table": "contacts",
    "keys": ["contact_id", "email"],
    "columns": {
        "contact_id": "ID",
        "email": "Mail",
        "city": "City",
        "birth_date": {"from": "Born", "format": "iso"},
        "email_consent": "News",
        "labels": "Tags",
    },
}
NEWS: dict[str, Any] = {
    "name": "news",
    "file": "raw/news.csv",
    "table": "contacts",
    "columns": {"email": "Mail", "city": "City", "email_consent": "News"},
}
SHOP: dict[str, Any] = {
    "name": "shop",
    "file": "raw/shop*.csv",
    "table": "interactions",
    "columns": {
        "contact_id": "Who",
        "occurred_at": {"from": "Day", "format": "iso"},
        "kind": "Kind",
        "amount": {"from": "Sum", "decimal": "."},
        "subject": "Note",
    },
    "skip": [{"reason": "a test", "where": "subject = 'test'"}],
    "rename": [{"reason": "a cancellation", "where": "amount < 0", "kind": "refund"}],
}

IDS = ["01", "02", "03", "04", "a", "A", " 01 ", "é", "e\u0301", "17850.0"]
MAILS = ["ana@shop.example", "ANA@Shop.example", "Bo <bo@shop.example>", "cy@shop.example", "nobody", ""]
ODD = ["", " ", "n/a", "x", '"', 'a "b", c', "line\nbreak", "tab\there", "🙂", "\u200f", "=1+1", "');--", "\\", "NULL"]
DAYS = ["2026-02-01", "2026-02-02 10:00", "2026-02-01T10:00:00Z", "2026-02-30", "soon", "99999-01-01", ""]
SUMS = ["1", "2.50", "-3", "1,000.25", "€ 7", "$7", "12x", "1e400", "nan", "-0", "", "0.0001"]
ID, MAIL, WORD = st.sampled_from(IDS), st.sampled_from(MAILS), st.sampled_from([*ODD, "Faro", "Porto"])
YES = st.sampled_from(["yes", "no", "", "maybe"])
TAGS = st.sampled_from(["", "VIP", "VIP;Blog", ";;", '"VIP"'])
PERSON = st.tuples(st.sampled_from([*IDS, ""]), MAIL, WORD, st.sampled_from(DAYS), YES, TAGS)
READER = st.tuples(MAIL, WORD, YES)
EVENT = st.tuples(
    st.sampled_from([*IDS, "77", ""]),
    st.sampled_from(DAYS),
    st.sampled_from(["purchase", "visit", ""]),
    st.sampled_from(SUMS),
    st.sampled_from([*ODD, "test"]),
)
BROKEN = st.sampled_from([("broken",), ("1", "2"), tuple("123456789")])
Rows = Sequence[tuple[str, ...]]
HEADERS = {"crm": "ID,Mail,City,Born,News,Tags", "news": "Mail,City,News", "shop": "Who,Day,Kind,Sum,Note"}


def written(name: str, rows: Rows) -> str:
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    return "\n".join([HEADERS[name.rstrip("_0123456789")], *lines, ""])


def make(folder: Path, files: Mapping[str, Rows], *sources: Mapping[str, Any]) -> Workspace:
    for part in ("definitions", "raw"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    definitions = {"workspace": {"name": "Shop"}, "import": {"sources": list(sources)}}
    for name, content in definitions.items():
        (folder / "definitions" / f"{name}.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    for name, rows in files.items():
        (folder / "raw" / f"{name}.csv").write_text(written(name, rows), encoding="utf-8", newline="")
    return open_workspace(folder)


def rows_of(shop: Workspace, table: str, *left_out: str) -> list[str]:
    """The rows of a table as texts, in an order that does not depend on how they came."""
    rows = shop.table(table).to_arrow().to_pylist()
    return sorted(json.dumps({k: v for k, v in r.items() if k not in left_out}, default=str) for r in rows)


def people(shop: Workspace) -> list[str]:
    return rows_of(shop, "contacts")


def check_balance(shop: Workspace, report: ImportReport, given: Mapping[str, Rows]) -> None:
    for result in report.results:
        rows = given[result.file.removesuffix(".csv")]
        assert result.rows_read == len(rows)
        assert result.balances
        assert sum(result.skip_reasons.values()) == result.rows_skipped
        for parts in result.amounts.values():
            assert Decimal(parts["read"]) == sum(Decimal(part) for key, part in parts.items() if key != "read")
        mine = f"where import_id = '{result.import_id}' and outcome = 'refused'"
        tables = {"quarantine": shop.table("quarantine")}
        refused = run_sql(f"select row_number, raw_row, reasons from quarantine {mine}", tables).to_pylist()
        assert len(refused) == len({row["row_number"] for row in refused}) == result.rows_quarantined
        width = HEADERS[result.source].count(",") + 1
        for row in refused:
            assert row["reasons"]
            assert all(row["reasons"])
            cells = rows[row["row_number"] - 1]
            if len(cells) == width:
                assert [cell or "" for cell in json.loads(row["raw_row"]).values()] == list(cells)
            else:
                assert row["raw_row"] == written("shop", [cells]).split("\n")[1]


@few
@given(
    crm=st.lists(PERSON, max_size=8),
    news=st.lists(READER, max_size=6),
    shop=st.lists(st.one_of(EVENT, EVENT, EVENT, BROKEN), max_size=14),
    unknown=st.sampled_from(["quarantine", "create", "anonymous"]),
    bad_cells=st.sampled_from(["refuse", "empty"]),
)
def test_every_row_is_accounted_for_and_the_same_again_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, crm: Rows, news: Rows, shop: Rows, unknown: str, bad_cells: str
) -> None:
    files = {"crm": crm, "news": news, "shop": shop}
    source = {**SHOP, "unknown_contacts": unknown, "bad_cells": bad_cells}
    workspace = make(tmp_path_factory.mktemp("random"), files, CRM, NEWS, source)
    tried = import_files(workspace, dry_run=True)
    assert all(workspace.table(name).version == -1 for name in TABLES)
    report = import_files(workspace)
    check_balance(workspace, report, files)
    assert [result.skip_reasons for result in tried.results] == [result.skip_reasons for result in report.results]
    assert [result.amounts for result in tried.results] == [result.amounts for result in report.results]
    known = {json.loads(row)["contact_id"] for row in people(workspace)}
    whose = {row["contact_id"] for row in workspace.table("interactions").to_arrow().to_pylist()}
    assert whose - ({None} if unknown == "anonymous" else set()) <= known
    assert workspace.table("interactions").num_rows == report.results[2].rows_accepted
    versions = {name: workspace.table(name).version for name in TABLES}
    assert all(result.known for result in import_files(workspace).results)
    assert {name: workspace.table(name).version for name in TABLES} == versions


@few
@given(crm=st.lists(PERSON, min_size=2, max_size=8), shop=st.lists(EVENT, max_size=10), seed=st.integers(0, 99))
def test_order_of_the_rows_changes_neither_contacts_nor_what_happened(
    tmp_path_factory: pytest.TempPathFactory, crm: Rows, shop: Rows, seed: int
) -> None:
    # One row a contact: which of several values of one file is the last is a matter of their order.
    alone = list({row[0].strip().replace("e\u0301", "é"): row for row in crm if row[0].strip()}.values())
    source = {**CRM, "keys": ["contact_id"]}
    shuffled = [random.Random(seed).sample(rows, len(rows)) for rows in (alone, list(shop))]
    folder = tmp_path_factory.mktemp("order")
    one = make(folder / "one", {"crm": alone, "shop": shop}, source, SHOP)
    other = make(folder / "other", {"crm": shuffled[0], "shop": shuffled[1]}, source, SHOP)
    first, second = import_files(one), import_files(other)
    assert people(one) == people(other)
    assert rows_of(one, "labels", "assigned_at") == rows_of(other, "labels", "assigned_at")
    # Ids too: they are made of the cells.
    assert rows_of(one, "interactions", "import_id") == rows_of(other, "interactions", "import_id")
    refused = [rows_of(shop, "quarantine", "import_id", "row_number") for shop in (one, other)]
    assert refused[0] == refused[1]
    assert [result.amounts for result in first.results] == [result.amounts for result in second.results]


@few
@given(shop=st.lists(EVENT, min_size=2, max_size=12, unique=True), cut=st.integers(1, 11))
def test_file_in_two_parts_brings_what_it_brings_whole(
    tmp_path_factory: pytest.TempPathFactory, shop: Rows, cut: int
) -> None:
    folder, who = tmp_path_factory.mktemp("parts"), [("01", "", "Faro", "", "", ""), ("a", "", "", "", "", "")]
    whole = make(folder / "whole", {"crm": who, "shop": shop}, CRM, SHOP)
    parts = make(folder / "parts", {"crm": who, "shop_1": shop[:cut], "shop_2": shop[cut:]}, CRM, SHOP)
    import_files(whole)
    import_files(parts)
    assert rows_of(whole, "interactions", "import_id") == rows_of(parts, "interactions", "import_id")
    assert people(whole) == people(parts)


@few
@given(
    first=st.lists(st.one_of(EVENT, BROKEN), max_size=8),
    more=st.lists(st.one_of(EVENT, BROKEN), max_size=6),
    place=st.sampled_from(["behind", "before"]),
)
def test_grown_file_brings_its_new_rows_alone(
    tmp_path_factory: pytest.TempPathFactory, first: Rows, more: Rows, place: str
) -> None:
    folder, who = tmp_path_factory.mktemp("grown"), [(one, "", "", "", "", "") for one in ("01", "a", "é")]
    grown = [*first, *more] if place == "behind" else [*more, *first]
    shop = make(folder / "step", {"crm": who, "shop": first}, CRM, SHOP)
    accepted = import_files(shop).results[1].rows_accepted
    make(folder / "step", {"shop": grown}, CRM, SHOP)
    result = import_files(shop).results[1]
    whole = make(folder / "whole", {"crm": who, "shop": grown}, CRM, SHOP)
    expected = import_files(whole).results[1]
    assert result.balances
    if more:
        assert result.rows_accepted == expected.rows_accepted - accepted
        assert result.rows_quarantined == expected.rows_quarantined
    assert rows_of(shop, "interactions", "import_id") == rows_of(whole, "interactions", "import_id")
    waiting = [
        Counter(
            row["raw_row"]
            for row in one.table("quarantine").to_arrow().to_pylist()
            if row["outcome"] == "refused" and row["resolved_by"] is None
        )
        for one in (shop, whole)
    ]
    assert waiting[0] == waiting[1]


@few
@given(crm=st.lists(PERSON, min_size=1, max_size=6), news=st.lists(READER, min_size=1, max_size=5))
def test_two_sources_bring_the_same_people_in_either_order(
    tmp_path_factory: pytest.TempPathFactory, crm: Rows, news: Rows
) -> None:
    # An address is one contact's: which of two has it is not asked here.
    addresses = dict(
        zip(sorted({row[0].strip().replace("e\u0301", "é") for row in crm} - {""}), MAILS[::2], strict=False)
    )
    rows = [(row[0], addresses.get(row[0].strip().replace("e\u0301", "é"), ""), *row[2:]) for row in crm]
    folder = tmp_path_factory.mktemp("order")
    one = make(folder / "one", {"crm": rows, "news": news}, CRM, NEWS)
    other = make(folder / "other", {"crm": rows, "news": news}, NEWS, CRM)
    import_files(one)
    import_files(other)

    def known(shop: Workspace) -> Counter[tuple[str | None, bool | None]]:
        found = [json.loads(row) for row in people(shop)]
        return Counter((person["email"], person["email_consent"]) for person in found)

    assert known(one) == known(other)
