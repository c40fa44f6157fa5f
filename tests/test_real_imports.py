"""Real shops imported by definitions alone: the rows, sums and published rates of their sources, exactly.

CDNOW: Fader and Hardie. Orders: R package rfm 0.3.0. E-mail challenge: Hillstrom, MineThatData 2008. Online Retail:
UCI, doi 10.24432/C5BW33. The files are not part of the repository; where they are missing, the tests are skipped.
"""

import os
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from segment_lib import Workspace, import_files, open_workspace
from segment_lib.engine import run_sql
from segment_lib.loading import ImportReport

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("SEGMENT_LIB_DATA", ROOT.parent / "shared" / "data"))
FOLDERS = {"cdnow": "cdnow", "cdnow_sample": "cdnow", "rfm_r": "rfm_r", "hillstrom": "hillstrom"}
ALL = pytest.mark.parametrize("name", [pytest.param(n, marks=[] if "_" in n else pytest.mark.slow) for n in FOLDERS])

pytestmark = pytest.mark.skipif(
    not all((DATA / folder).is_dir() for folder in (*FOLDERS.values(), "online_retail_uci")),
    reason="the real data sets are not here: SEGMENT_LIB_DATA names the folder that holds cdnow, rfm_r, hillstrom and "
    "online_retail_uci",
)

Imported = tuple[Workspace, ImportReport]


@pytest.fixture(scope="module")
def bring(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Imported]:
    """Import a data set by its definitions, once; what is imported is shared, so nothing may be written to it."""
    base, done = tmp_path_factory.mktemp("real"), dict[str, Imported]()

    def import_once(name: str) -> Imported:
        if name not in done:
            shutil.copytree(ROOT / "tests" / "workspaces" / name / "definitions", base / name / "definitions")
            (base / name / "raw").symlink_to(DATA / FOLDERS[name], target_is_directory=True)
            workspace = open_workspace(base / name)
            done[name] = (workspace, import_files(workspace))
        return done[name]

    return import_once


def rows(workspace: Workspace, query: str) -> list[dict[str, Any]]:
    tables = ("contacts", "interactions", "campaign_assignments", "quarantine")
    return run_sql(query, {t: workspace.table(t) for t in tables if workspace.tables.exists(t)}).to_pylist()


@ALL
def test_every_row_of_a_real_file_is_accounted_for(bring: Callable[[str], Imported], name: str) -> None:
    workspace, report = bring(name)
    assert all(result.balances for result in report.results)
    assert [result.rows_quarantined for result in report.results] == [0] * len(report.results)
    assert all(sum(result.skip_reasons.values()) == result.rows_skipped for result in report.results)
    assert rows(workspace, "select count(*) as n from quarantine") == [{"n": 0}]


@ALL
def test_importing_a_real_file_twice_adds_nothing(bring: Callable[[str], Imported], name: str) -> None:
    workspace, report = bring(name)
    before = {table: workspace.table(table).version for table in ("contacts", "interactions", "imports")}
    again = import_files(workspace)
    assert again.results == tuple(replace(result, status="known") for result in report.results)
    assert {table: workspace.table(table).version for table in before} == before


@pytest.mark.slow
def test_cdnow_has_all_its_cds_and_dollars(bring: Callable[[str], Imported]) -> None:
    workspace, report = bring("cdnow")
    [purchases] = report.results
    assert purchases.amounts == {"USD": {"read": "2500315.6300", "accepted": "2500315.6300"}}
    assert rows(
        workspace,
        """select count(*) as n, count(distinct contact_id) as customers, sum(quantity) as cds,
            sum(cast(amount as decimal(18, 2))) as dollars, count(*) filter (where amount = 0) as free,
            min(occurred_at at time zone 'America/New_York')::varchar as first,
            max(occurred_at at time zone 'America/New_York')::varchar as last from interactions""",
    ) == [
        {
            "n": 69_659,
            "customers": 23_570,
            "cds": 167_881,
            "dollars": Decimal("2500315.63"),
            "free": 80,
            "first": "1997-01-01 00:00:00",
            "last": "1998-06-30 00:00:00",
        }
    ]


@pytest.mark.slow
def test_equal_rows_of_cdnow_are_two_orders_and_stay_two(bring: Callable[[str], Imported]) -> None:
    workspace, _ = bring("cdnow")
    lines = [tuple(line.split()) for line in (DATA / "cdnow" / "CDNOW_master.txt").read_text().splitlines()[1:]]
    stored = rows(
        workspace,
        """select contact_id, strftime(occurred_at at time zone 'America/New_York', '%Y%m%d') as day, quantity, amount
        from interactions""",
    )
    assert len(lines) - len(set(lines)) == 255
    assert Counter((row["contact_id"], row["day"], row["quantity"], row["amount"]) for row in stored) == Counter(
        (customer, day, float(cds), float(dollars)) for customer, day, cds, dollars in lines
    )
    assert rows(workspace, "select count(distinct interaction_id) as n from interactions") == [{"n": 69_659}]


@pytest.mark.slow
def test_customers_of_cdnow_begin_with_their_first_purchase(bring: Callable[[str], Imported]) -> None:
    assert rows(
        bring("cdnow")[0],
        """select count(*) as n, count(*) filter (where acquired_at = first) as right from contacts
        join (select contact_id, min(occurred_at) as first from interactions group by 1) using (contact_id)""",
    ) == [{"n": 23_570, "right": 23_570}]


def test_sample_of_cdnow_is_read_without_a_header(bring: Callable[[str], Imported]) -> None:
    assert rows(
        bring("cdnow_sample")[0],
        """select count(*) as n, count(distinct contact_id) as customers,
            count(distinct (contact_id, occurred_at)) as days, sum(cast(amount as decimal(18, 2))) as dollars,
            min(contact_id) as first from interactions""",
    ) == [{"n": 6_919, "customers": 2_357, "days": 6_696, "dollars": Decimal("244091.94"), "first": "00004"}]


def test_orders_of_the_r_package_rfm_add_up(bring: Callable[[str], Imported]) -> None:
    workspace, _ = bring("rfm_r")
    assert rows(
        workspace,
        """select count(*) as orders, count(distinct contact_id) as customers, sum(cast(amount as decimal(18, 2))) as
            revenue from interactions where kind = 'purchase'""",
    ) == [{"orders": 4_906, "customers": 995, "revenue": Decimal(464_158)}]
    assert rows(workspace, "select count(*) as n, count(distinct email) as e from contacts") == [{"n": 995, "e": 995}]


@pytest.mark.slow
def test_equal_rows_of_hillstrom_are_different_customers(bring: Callable[[str], Imported]) -> None:
    workspace, _ = bring("hillstrom")
    [counts] = rows(workspace, "select count(*) as n, count(distinct contact_id) as ids from contacts")
    assert counts == {"n": 64_000, "ids": 64_000}
    arms = rows(
        workspace,
        """select campaign, arm, count(*) as n, count(distinct contact_id) as contacts from campaign_assignments
        group by all order by all""",
    )
    assert [(row["campaign"], row["arm"], row["n"], row["contacts"]) for row in arms] == [
        ("Mens E-Mail", "control", 21_306, 21_306),
        ("Mens E-Mail", "treatment", 21_307, 21_307),
        ("Womens E-Mail", "control", 21_306, 21_306),
        ("Womens E-Mail", "treatment", 21_387, 21_387),
    ]


@pytest.mark.slow
def test_rates_of_hillstrom_are_the_published_ones(bring: Callable[[str], Imported]) -> None:
    found = rows(
        bring("hillstrom")[0],
        """with done as (
            select contact_id, count(*) filter (where kind = 'visit') as visits,
                count(*) filter (where kind = 'purchase') as purchases, coalesce(sum(amount), 0) as spend
            from interactions group by 1)
        select campaign, arm, printf('%.6f', avg(coalesce(visits, 0))) as visit,
            printf('%.6f', avg(coalesce(purchases, 0))) as conversion, printf('%.4f', avg(coalesce(spend, 0))) as spend
        from campaign_assignments left join done using (contact_id) group by all order by all""",
    )
    none = ("0.106167", "0.005726", "0.6528")
    assert {(row["campaign"], row["arm"]): (row["visit"], row["conversion"], row["spend"]) for row in found} == {
        ("Mens E-Mail", "treatment"): ("0.182757", "0.012531", "1.4226"),
        ("Mens E-Mail", "control"): none,
        ("Womens E-Mail", "treatment"): ("0.151400", "0.008837", "1.0772"),
        ("Womens E-Mail", "control"): none,
    }


@pytest.mark.slow
def test_what_hillstrom_says_of_a_row_stays_together(bring: Callable[[str], Imported]) -> None:
    file = pd.read_csv(DATA / "hillstrom" / "hillstrom.csv")
    stored = rows(
        bring("hillstrom")[0],
        """select months_since_purchase, spend_year_before, area, bought_mens, amount from contacts
        join (from interactions where kind = 'purchase') using (contact_id)""",
    )
    bought = file[file["conversion"] == 1].replace({"zip_code": {"Surburban": "Suburban"}})
    columns = ["recency", "history", "zip_code", "mens", "spend"]
    assert Counter(tuple(row.values()) for row in stored) == Counter(bought[columns].itertuples(index=False, name=None))


@pytest.mark.slow
def test_lines_without_a_customer_are_kept_without_a_contact(tmp_path: Path) -> None:
    """Online Retail with two words of its recipe changed: nobody's lines stay, and fees are no purchases."""
    shutil.copytree(ROOT / "tests" / "workspaces" / "online_retail_uci" / "definitions", tmp_path / "definitions")
    (tmp_path / "raw").symlink_to(DATA / "online_retail_uci", target_is_directory=True)
    recipe = yaml.safe_load((tmp_path / "definitions" / "import.yml").read_text(encoding="utf-8"))
    invoices = recipe["sources"][1]
    invoices["unknown_contacts"] = "anonymous"
    invoices["skip"] = [policy for policy in invoices["skip"] if policy["reason"] == "nothing was charged"]
    invoices["rename"][2] |= {"kind": "fee", "reason": "no product"}
    (tmp_path / "definitions" / "import.yml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    workspace = open_workspace(tmp_path)

    result = import_files(workspace).results[1]

    # 135,080 lines have no customer, 2,475 of them no price either.
    assert (result.rows_read, result.rows_accepted, result.rows_quarantined) == (541_909, 539_394, 0)
    assert result.skip_reasons == {"nothing was charged": 2_515}
    assert result.amounts == {"GBP": {"read": "9747747.9340", "accepted": "9747747.9340", "skipped": "0.0000"}}
    assert result.policies.pop("kept without a contact, as nobody knows it") == 135_080 - 2_475

    lines = pd.read_csv(DATA / "online_retail_uci" / "online_retail_all.csv.gz", dtype=str, keep_default_na=False)
    assert lines["Quantity"].str.startswith("-").sum() == 10_624
    lines = lines[lines["UnitPrice"].astype(float) != 0]
    fees = ["POST", "DOT", "C2", "D", "M", "m", "S", "CRUK", "BANK CHARGES", "AMAZONFEE"]
    kind = pd.Series("purchase", index=lines.index).mask(lines["StockCode"].isin(fees), "fee")
    kind = kind.mask(lines["InvoiceNo"].str.startswith("A"), "adjustment")
    kind = kind.mask(lines["InvoiceNo"].str.startswith("C"), "refund")
    expected = kind.groupby([kind, lines["CustomerID"] == ""]).size()
    stored = rows(workspace, "select kind, contact_id is null as nobody, count(*) as n from interactions group by all")
    assert {(row["kind"], row["nobody"]): row["n"] for row in stored} == expected.to_dict()
    assert result.policies == {
        "a cancellation is a refund": 9_288,
        "a correction of bad debt is no purchase": 3,
        "no product": (kind == "fee").sum(),
    }
    assert rows(workspace, "select count(*) as n from contacts") == [{"n": 4_372}]
    assert all(again.known for again in import_files(workspace).results)


def test_export_that_has_grown_and_changed_its_order_brings_its_new_rows_alone(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests" / "workspaces" / "rfm_r" / "definitions", tmp_path / "definitions")
    header, *lines = (DATA / "rfm_r" / "rfm_data_orders.csv").read_text(encoding="utf-8").splitlines()
    file = tmp_path / "raw" / "rfm_data_orders.csv"
    file.parent.mkdir()
    workspace = open_workspace(tmp_path)

    file.write_text("\n".join([header, *lines[:3_000]]), encoding="utf-8")
    first = import_files(workspace).results[1]
    file.write_text("\n".join([header, *reversed(lines)]), encoding="utf-8")
    second = import_files(workspace).results[1]

    assert (first.rows_accepted, second.rows_accepted) == (3_000, 1_906)
    assert second.skip_reasons == {"is known from an earlier import": 3_000}
    assert rows(workspace, "select count(*) as n, sum(amount) as worth from interactions") == [
        {"n": 4_906, "worth": 464_158}
    ]
