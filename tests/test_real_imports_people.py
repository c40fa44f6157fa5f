"""Real people imported by definitions alone: a CRM in five files joined, and one customer base exported twice.

CRM: a made-up company in HubSpot's format. Customers: Kaggle, Customer Personality Analysis, CC0. The files are not
part of the repository; where they are missing, the tests are skipped. What is expected is read from the files here by
the csv module, without the package.
"""

import csv
import json
import os
import shutil
from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from segment_lib import Workspace, import_files, open_workspace
from segment_lib.engine import run_sql
from segment_lib.loading import ImportReport

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("SEGMENT_LIB_DATA", ROOT.parent / "shared" / "data"))
NAMES = ("hubspot_dummy", "customer_personality")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all((DATA / name).is_dir() for name in NAMES),
        reason=f"the real data sets are not here: SEGMENT_LIB_DATA names the folder that holds {' and '.join(NAMES)}",
    ),
]

Imported = tuple[Workspace, ImportReport]


def bring(name: str, folder: Path) -> Imported:
    shutil.copytree(ROOT / "tests" / "workspaces" / name / "definitions", folder / "definitions")
    (folder / "raw").symlink_to(DATA / name, target_is_directory=True)
    workspace = open_workspace(folder)
    return workspace, import_files(workspace)


@pytest.fixture(scope="module")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    """The five files of the CRM, imported; shared, so nothing may be written to it."""
    return bring("hubspot_dummy", tmp_path_factory.mktemp("real") / "crm")


@pytest.fixture(scope="module")
def customers(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    """Both exports of the customers, imported; shared, so nothing may be written to it."""
    return bring("customer_personality", tmp_path_factory.mktemp("real") / "customers")


def read(file: str) -> list[dict[str, str]]:
    with (DATA / file).open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def hubspot(kind: str) -> list[dict[str, str]]:
    return read(f"hubspot_dummy/hubspot_{kind}.csv")


def spreadsheet() -> list[dict[str, str]]:
    return read("customer_personality/marketing_campaign_excel_export.csv")


def rows(workspace: Workspace, query: str) -> list[dict[str, Any]]:
    tables = ("contacts", "contact_versions", "interactions", "quarantine")
    return run_sql(query, {t: workspace.table(t) for t in tables if workspace.tables.exists(t)}).to_pylist()


@pytest.mark.parametrize("name", ["crm", "customers"])
def test_no_row_is_refused_and_a_second_import_adds_nothing(name: str, request: pytest.FixtureRequest) -> None:
    workspace, report = request.getfixturevalue(name)
    assert all(result.balances for result in report.results)
    assert [result.rows_quarantined for result in report.results] == [0] * len(report.results)
    versions = {table: workspace.table(table).version for table in ("contacts", "contact_versions", "imports")}
    again = import_files(workspace)
    assert again.results == tuple(replace(result, status="known") for result in report.results)
    assert {table: workspace.table(table).version for table in versions} == versions


def test_every_row_of_the_crm_is_a_contact_or_an_interaction(crm: Imported) -> None:
    outcomes = {
        result.source: (result.rows_read, result.rows_accepted, result.skip_reasons) for result in crm[1].results
    }
    assert outcomes == {
        "contacts": (950, 950, {}),
        "won_deals": (500, 71, {"not won": 429}),
        "other_deals": (500, 429, {"won": 71}),
        "tickets": (300, 300, {}),
        "activities": (2_000, 2_000, {}),
    }


def test_deals_tickets_and_activities_are_joined_by_the_address(crm: Imported) -> None:
    ids = {row["Email"].strip().lower(): row["Contact ID"] for row in hubspot("contacts")}
    expected: Counter[tuple[str, str, str]] = Counter()
    for row in hubspot("deals"):
        won = row["Deal Stage"] == "Closed Won"
        expected[
            ids[row["Associated Contact Email"].lower()],
            "purchase" if won else "quote_request",
            row["Close Date" if won else "Create Date"],
        ] += 1
    for row in hubspot("tickets"):
        expected[ids[row["Associated Contact Email"].lower()], "support_request", row["Create Date"]] += 1
    for row in hubspot("activities"):
        expected[ids[row["Associated Contact Email"].lower()], row["Activity Type"].lower(), row["Activity Date"]] += 1

    found = rows(
        crm[0],
        """select contact_id, kind, cast(occurred_at at time zone 'America/New_York' as date)::varchar as day
        from interactions""",
    )
    assert Counter((row["contact_id"], row["kind"], row["day"]) for row in found) == expected
    assert Counter(row["kind"] for row in found) == {
        "purchase": 71,
        "quote_request": 429,
        "support_request": 300,
        "call": 402,
        "meeting": 412,
        "email": 398,
        "task": 385,
        "note": 403,
    }


def test_amounts_of_the_deals_add_up(crm: Imported) -> None:
    worth: dict[str, Decimal] = {"purchase": Decimal(0), "quote_request": Decimal(0)}
    for row in hubspot("deals"):
        worth["purchase" if row["Deal Stage"] == "Closed Won" else "quote_request"] += Decimal(row["Amount"])
    found = rows(
        crm[0],
        """select kind, sum(cast(amount as decimal(18, 4))) as worth from interactions
        where amount is not null group by 1""",
    )
    assert {row["kind"]: row["worth"] for row in found} == worth
    won = crm[1].results[1].amounts["USD"]
    assert {outcome: Decimal(amount) for outcome, amount in won.items()} == {
        "read": worth["purchase"] + worth["quote_request"],
        "accepted": worth["purchase"],
        "skipped": worth["quote_request"],
    }


def test_contacts_of_the_crm_know_their_company(crm: Imported) -> None:
    companies = {row["Company Domain Name"]: row for row in hubspot("companies")}
    expected = {}
    for row in hubspot("contacts"):
        company = companies.get(row["Associated Company Domain"])
        expected[row["Contact ID"]] = (
            (company["Company Name"], company["Industry"], int(company["Number of Employees"]))
            if company
            else (None,) * 3
        )
    found = rows(crm[0], "select contact_id, company, industry, employees from contacts")
    assert {row["contact_id"]: (row["company"], row["industry"], row["employees"]) for row in found} == expected
    assert sum(company[0] is None for company in expected.values()) == 271


def test_what_the_crm_cannot_join_is_known(crm: Imported) -> None:
    # Nobody works for seven of the companies: as companies are facts about people here, these are in no table.
    domains = {row["Company Domain Name"] for row in hubspot("companies")}
    people = hubspot("contacts")
    assert len(domains - {row["Associated Company Domain"] for row in people}) == 7
    assert {row["Associated Company Domain"] for row in people} - domains == {""}
    # A deal may be about another company than that of its contact: the interaction keeps the domain.
    own = {row["Email"].lower(): row["Associated Company Domain"] for row in people}
    others = sum(row["Associated Company Domain"] != own[row["Associated Contact Email"]] for row in hubspot("deals"))
    [kept] = rows(
        crm[0],
        """select count(*) as n from interactions join contacts using (contact_id)
        where kind in ('purchase', 'quote_request') and about_domain is distinct from company_domain""",
    )
    assert kept["n"] == others


def test_countries_that_are_none_are_left_empty_and_kept_as_read(crm: Imported) -> None:
    # There are two Koreas, and the Netherlands Antilles are no more.
    noted = rows(crm[0], "select outcome, raw_row, reasons from quarantine")
    unread = [row["Country"] for row in hubspot("contacts") if row["Country"] in ("Korea", "Netherlands Antilles")]
    assert {row["outcome"] for row in noted} == {"kept"}
    assert Counter(json.loads(row["raw_row"])["Country"] for row in noted) == Counter(unread)
    assert crm[1].results[0].notes == {"`Country` is no readable country": len(unread)}
    [counts] = rows(crm[0], "select count(*) - count(country) as empty, max(length(country)) as longest from contacts")
    assert counts == {"empty": len(unread), "longest": 2}


def test_both_exports_are_one_set_of_people(customers: Imported) -> None:
    ids = {row["ID"] for row in spreadsheet()}
    assert len(ids) == 2_240
    assert {row["contact_id"] for row in rows(customers[0], "select contact_id from contacts")} == ids
    first, second = customers[1].results
    assert [(r.rows_read, r.rows_accepted, r.rows_updated) for r in (first, second)] == [
        (2_240, 2_240, 0),
        (2_240, 2_240, 2_240),
    ]


def test_days_of_both_exports_are_the_same(customers: Imported) -> None:
    american = {row["ID"]: datetime.strptime(row["Dt_Customer"], "%m/%d/%Y").date() for row in spreadsheet()}  # noqa: DTZ007
    other = read("customer_personality/marketing_campaign_recoded_variant.csv")
    assert {row["ID"]: date.fromisoformat(row["Dt_Customer"]) for row in other} == american
    for origin in ("spreadsheet", "database"):
        found = rows(
            customers[0],
            f"""select contact_id, cast(acquired_at at time zone 'UTC' as date) as day from contact_versions
            where origin = '{origin}'""",
        )
        assert {row["contact_id"]: row["day"] for row in found} == american
    [stated] = [line for line in customers[1].results[0].statements if "Dt_Customer" in line]
    assert stated.startswith("`Dt_Customer`: month before day: 1,324 of 2,240 values can be read in no other order")


def test_what_both_exports_say_is_the_same(customers: Imported) -> None:
    # Of the columns that both fill, none differs for anybody: words and codes, numbers with and without a point.
    workspace, _ = customers
    columns = [column for column in workspace.table("contact_versions").column_names if column != "import_id"]
    apart = ("origin", "brought_at", "contact_id", "small_children", "teenagers", "relationships")
    differ = ", ".join(
        f"count(*) filter (where a.{column} is distinct from b.{column}) as {column}"
        for column in columns
        if column not in apart
    )
    [counts] = rows(
        workspace,
        f"""select {differ} from (from contact_versions where origin = 'spreadsheet') as a
        join (from contact_versions where origin = 'database') as b using (contact_id)""",
    )
    assert {column: count for column, count in counts.items() if count} == {}


def test_impossible_incomes_and_years_of_birth_are_emptied_and_kept_as_read(customers: Imported) -> None:
    workspace, report = customers
    [counts] = rows(
        workspace,
        """select count(*) - count(income) as no_income, max(income) as largest,
            count(*) - count(birth_year) as no_year, min(birth_year) as oldest from contacts""",
    )
    # 24 incomes are missing in the files, and 666,666 is none.
    assert counts == {"no_income": 24 + 1, "largest": 162_397, "no_year": 3, "oldest": 1_940}
    for result in report.results:
        assert result.notes == {"`Income` is out of range": 1, "`Year_Birth` is out of range": 3}
    reasons = rows(workspace, "select unnest(reasons) as reason, count(*) as n from quarantine group by 1 order by 1")
    assert [(row["reason"], row["n"]) for row in reasons] == [
        ("`Income` is out of range: 666666.0", 2),
        ("`Year_Birth` is out of range: 1893", 2),
        ("`Year_Birth` is out of range: 1899", 2),
        ("`Year_Birth` is out of range: 1900", 2),
    ]


def test_jokes_about_the_marital_status_say_nothing(customers: Imported) -> None:
    found = rows(customers[0], "select marital_status, count(*) as n from contacts group by 1")
    expected = Counter(row["Marital_Status"] for row in spreadsheet())
    assert (expected.pop("YOLO"), expected.pop("Absurd"), expected["Alone"]) == (2, 2, 3)
    expected["Single"] += expected.pop("Alone")
    assert {row["marital_status"]: row["n"] for row in found} == {**expected, None: 4}


def test_answers_of_the_campaigns_are_counted(customers: Imported) -> None:
    answers = [f"accepted_campaign_{number}" for number in range(1, 6)]
    [found] = rows(
        customers[0],
        "select count(*) filter (where accepted_last_campaign) as last, count(accepted_last_campaign) as known, "
        + ", ".join(f"count(*) filter (where {answer}) as {answer}" for answer in answers)
        + " from contacts",
    )
    lines = spreadsheet()
    assert found == {"last": 334, "known": 2_240} | {
        answer: sum(int(row[f"AcceptedCmp{answer[-1]}"]) for row in lines) for answer in answers
    }
