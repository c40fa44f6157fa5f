"""The made-up shop: reproducible, plausible, and true to what its truth file says."""

import csv
import gzip
import io
import json
import re
import time
import zlib
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from segment_lib.errors import InvalidOption
from segment_lib.loading.synthetic import (
    Shop,
    add_dirt,
    export_shop,
    make_interactions,
    make_shop,
    write_interactions,
    write_shop,
)
from segment_lib.loading.synthetic.dirt import COUNTRY_SPELLINGS
from segment_lib.loading.synthetic.faults import ROW_FAULTS
from segment_lib.loading.synthetic.shop_calendar import ShopCalendar, draw_days, to_utc
from segment_lib.loading.synthetic.tables import INTERACTIONS_SCHEMA

SAMPLE = Path(__file__).parents[2] / "data" / "sample_shop"
DELIMITERS = {"email_log.csv.gz": ";"}
RAW_NAMES = ["contacts.csv.gz", "orders.csv.gz", "crm_activity.csv.gz", "email_log.csv.gz", "campaigns.csv.gz"]
KINDS = {"sale", "refund", "quote_request", "support_request", "call", "visit", "survey"}
EMAIL_KINDS = {"email_sent", "email_open", "email_click"}


@pytest.fixture(scope="module")
def shop() -> Shop:
    return make_shop()


@pytest.fixture(scope="module")
def written(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    write_shop(add_dirt(shop, random_state=2026), folder)
    return folder


@pytest.fixture(scope="module")
def truth(written: Path) -> dict[str, Any]:
    return json.loads((written / "truth" / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def typed(shop: Shop) -> pd.DataFrame:
    """The shop's interactions with each contact's planted segment."""
    return shop.interactions.to_pandas().merge(shop.true_contacts, on="contact_id")


def read_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    text = gzip.decompress(path.read_bytes()).decode("utf-8")
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS.get(path.name, ","))
    return header, rows


def read_table(path: Path) -> pd.DataFrame:
    """Read the rows that have as many fields as the header."""
    header, rows = read_rows(path)
    return pd.DataFrame([row for row in rows if len(row) == len(header)], columns=header)


def is_readable(text: str, form: str) -> bool:
    try:
        time.strptime(text, form)
    except ValueError:
        return False
    return True


def is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None


def z_score(campaign: dict[str, Any]) -> float:
    """Standardise the difference between the arms' rates."""
    treated, control = campaign["rate_in_treatment"], campaign["rate_in_control"]
    variance = treated * (1 - treated) / campaign["treatment"] + control * (1 - control) / campaign["control"]
    return float((treated - control) / np.sqrt(variance))


# Reproducible.


def test_same_seed_gives_the_same_shop_and_another_seed_another() -> None:
    first, again = make_shop(n_contacts=300, random_state=7), make_shop(n_contacts=300, random_state=7)
    other = make_shop(n_contacts=300, random_state=8)
    pd.testing.assert_frame_equal(first.contacts, again.contacts)
    pd.testing.assert_frame_equal(first.assignments, again.assignments)
    pd.testing.assert_frame_equal(first.true_contacts, again.true_contacts)
    assert first.interactions.equals(again.interactions)
    assert first.facts == again.facts
    assert not first.interactions.equals(other.interactions)


def test_two_writings_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_shop(add_dirt(make_shop(n_contacts=200, random_state=3), random_state=3), tmp_path / name)
    paths = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.*"))
    assert len(paths) == 7
    for path in paths:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes()


def test_committed_files_hold_what_the_seed_gives(written: Path) -> None:
    names = sorted(path.relative_to(written) for path in written.rglob("*.*"))
    assert names == sorted(path.relative_to(SAMPLE) for part in ("raw", "truth") for path in (SAMPLE / part).iterdir())
    for name in names:
        ours, committed = (written / name).read_bytes(), (SAMPLE / name).read_bytes()
        if name.suffix == ".gz":
            ours, committed = gzip.decompress(ours), gzip.decompress(committed)
        assert ours == committed, name


@pytest.mark.skipif(zlib.ZLIB_RUNTIME_VERSION != "1.2.13", reason="other versions of zlib may pack otherwise")
def test_committed_files_have_the_bytes_that_the_seed_gives(written: Path) -> None:
    for path in written.rglob("*.gz"):
        assert path.read_bytes() == (SAMPLE / path.relative_to(written)).read_bytes(), path.name


def test_compressed_files_tell_neither_time_nor_name() -> None:
    for path in SAMPLE.rglob("*.gz"):
        flags, mtime = path.read_bytes()[3], path.read_bytes()[4:8]
        assert (flags, mtime) == (0, b"\0\0\0\0"), path.name


def test_committed_files_stay_small() -> None:
    assert sum(path.stat().st_size for part in ("raw", "truth") for path in (SAMPLE / part).iterdir()) < 4_000_000


# Sound in time and reference.


def test_shop_has_the_sizes_that_were_asked_for(shop: Shop) -> None:
    assert len(shop.contacts) == 5000
    assert shop.interactions.num_rows == pytest.approx(100_000, rel=0.03)
    assert repr(shop).startswith("Shop: 5,000 contacts")


@pytest.mark.parametrize("n_contacts", [1, 50])
def test_small_shops_can_be_made_and_written(n_contacts: int, tmp_path: Path) -> None:
    paths = write_shop(add_dirt(make_shop(n_contacts=n_contacts, random_state=1), random_state=1), tmp_path)
    assert [path.name for path in paths[:5]] == RAW_NAMES
    header, rows = read_rows(paths[0])
    assert header[0] == "Contact ID"
    assert len(rows) >= n_contacts


def test_shop_without_room_for_campaigns_has_none() -> None:
    shop = make_shop(n_contacts=50, first_day="2024-01-01", last_day="2025-06-30")
    assert shop.assignments.empty
    assert list(shop.assignments.columns) == ["campaign", "contact_id", "arm", "assigned_at"]
    assert shop.facts["campaigns"] == []


def test_nothing_happens_outside_the_days(shop: Shop) -> None:
    times = shop.interactions["occurred_at"].to_pandas()
    assert times.min() >= pd.Timestamp("2024-01-01", tz="Europe/Madrid")
    assert times.max() <= pd.Timestamp("2026-10-31 23:59:59", tz="Europe/Madrid")
    assert shop.contacts["acquired_at"].max() <= pd.Timestamp("2026-10-31 23:59:59", tz="Europe/Madrid")
    assert times.is_monotonic_increasing


def test_contacts_enter_the_crm_before_anything_happens(shop: Shop) -> None:
    happened = shop.interactions.to_pandas().merge(shop.contacts[["contact_id", "acquired_at"]], on="contact_id")
    assert (happened["acquired_at"] <= happened["occurred_at"]).all()


def test_every_refund_gives_back_a_part_of_an_earlier_line(shop: Shop) -> None:
    lines = shop.interactions.to_pandas()
    key = ["order_id", "contact_id", "product"]
    paid = lines[lines["kind"] == "purchase"].groupby(key).agg(paid_at=("occurred_at", "max"), paid=("amount", "sum"))
    back = lines[lines["kind"] == "refund"].groupby(key).agg(back_at=("occurred_at", "min"), back=("amount", "sum"))
    both = back.join(paid, how="left")
    assert len(both) > 1000
    assert (both["back_at"] > both["paid_at"]).all()
    assert (both["back"] < 0).all()
    assert (-both["back"] <= both["paid"] + 0.005).all()


def test_one_order_has_one_contact_one_time_and_one_channel(shop: Shop) -> None:
    sales = shop.interactions.to_pandas().query("kind == 'purchase'")
    assert (sales.groupby("order_id")[["contact_id", "occurred_at", "channel"]].nunique() == 1).all().all()


def test_emails_go_to_contacts_who_consented_and_follow_one_another(shop: Shop) -> None:
    emails = shop.interactions.to_pandas().query("channel == 'email' and kind.str.startswith('email_')")
    consent = shop.contacts.set_index("contact_id")["email_consent"]
    assert consent[emails["contact_id"].unique()].fillna(False).all()
    first = emails.pivot_table(index=["contact_id", "campaign"], columns="kind", values="occurred_at", aggfunc="min")
    assert first["email_sent"].notna().all()
    opened, clicked = first.dropna(subset="email_open"), first.dropna(subset="email_click")
    assert (opened["email_open"] > opened["email_sent"]).all()
    assert (clicked["email_click"] > clicked["email_open"]).all()


def test_letters_leave_at_ten_local_time_in_winter_and_summer(written: Path) -> None:
    log = read_table(written / "raw" / "email_log.csv.gz").query("Event == 'email_sent'")
    hours = log.groupby("Campaign")["Time"].apply(lambda times: set(times.str[11:13]))
    assert hours["letter_2026_01"] == {"09"}
    assert hours["letter_2026_07"] == {"08"}


def test_ids_are_unique_and_contacts_have_emails_and_phones_of_their_own(shop: Shop) -> None:
    assert pc.count_distinct(shop.interactions["interaction_id"]).as_py() == shop.interactions.num_rows
    for column in ("contact_id", "email", "phone"):
        assert shop.contacts[column].is_unique, column
    assert shop.contacts["email"].str.fullmatch(r"[a-z.]+\d*@[a-z]+\.example").all()
    assert shop.contacts["phone"].str.fullmatch(r"\+\d{11,13}").all()


# Planted, and to be found.


def test_planted_shares_are_near_the_plan(shop: Shop) -> None:
    for segment in shop.facts["segments"]:
        assert segment["share"] == pytest.approx(segment["planned_share"], abs=0.02), segment["name"]


def test_revenue_of_the_last_year_is_plausible(shop: Shop) -> None:
    assert 350_000 < shop.facts["net_revenue_last_365_days"] < 600_000


def test_buyers_bought_and_prospects_did_not(typed: pd.DataFrame, shop: Shop) -> None:
    bought = set(typed.loc[typed["kind"] == "purchase", "contact_id"])
    planted = shop.true_contacts
    assert set(planted.loc[planted["planted_segment"] != "never bought", "contact_id"]) == bought


def test_pineapple_lovers_spend_most_on_pineapple_and_nobody_else_does(typed: pd.DataFrame) -> None:
    sales = typed[typed["kind"] == "purchase"]
    pineapple = sales["amount"].where(sales["category"] == "Pineapple", 0)
    share = pineapple.groupby(sales["planted_segment"]).sum() / sales.groupby("planted_segment")["amount"].sum()
    assert share["pineapple lovers"] > 0.6
    assert share.drop("pineapple lovers").max() < 0.2


def test_gift_givers_buy_in_november_and_december(typed: pd.DataFrame) -> None:
    sales = typed[typed["kind"] == "purchase"]
    late = sales["occurred_at"].dt.month.isin([11, 12]).groupby(sales["planted_segment"]).mean()
    assert late["gift givers"] > 0.7
    assert late.drop("gift givers").max() < 0.4


def test_new_buyers_came_in_the_last_ninety_days(typed: pd.DataFrame) -> None:
    sales = typed[(typed["kind"] == "purchase") & (typed["planted_segment"] == "new buyers")]
    assert sales["occurred_at"].min() >= pd.Timestamp("2026-08-03", tz="Europe/Madrid")


def test_lapsed_customers_stopped_two_hundred_days_ago_unless_won_back(typed: pd.DataFrame) -> None:
    is_own = typed["responded_to"].isna() & (typed["planted_segment"] == "lapsed") & (typed["kind"] == "purchase")
    last = typed[is_own].groupby("contact_id")["occurred_at"].max()
    assert last.max() < pd.Timestamp("2026-04-15", tz="Europe/Madrid")
    churned = typed[is_own].groupby("contact_id")["churned_at"].first()
    assert (last.dt.tz_convert("Europe/Madrid").dt.strftime("%Y-%m-%d") < churned).all()


def test_regulars_buy_nearly_every_month_with_large_baskets(typed: pd.DataFrame) -> None:
    recent = typed[(typed["kind"] == "purchase") & (typed["occurred_at"] >= pd.Timestamp("2026-05-01", tz="UTC"))]
    recent = recent.assign(month=recent["occurred_at"].dt.month)
    months = recent.groupby(["planted_segment", "contact_id"])["month"].nunique().groupby("planted_segment").mean()
    baskets = recent.groupby(["planted_segment", "order_id"])["amount"].sum().groupby("planted_segment").mean()
    assert months.idxmax() == "restaurants and regulars"
    assert months["restaurants and regulars"] > 4.5
    assert baskets["restaurants and regulars"] > 2 * baskets["steady households"]


def test_help_pages_are_read_soon_after_a_first_order_or_a_support_request(shop: Shop) -> None:
    happened = shop.interactions.to_pandas()
    visits = happened[happened["subject"].isin(["Looked around the shop", "Read the help pages"])]
    assert set(happened.loc[happened["subject"] == "Read the help pages", "kind"]) == {"visit"}
    causes = pd.concat(
        [
            happened[happened["kind"] == "purchase"].groupby("contact_id", as_index=False)["occurred_at"].min(),
            happened.loc[happened["kind"] == "support_request", ["contact_id", "occurred_at"]],
        ]
    ).rename(columns={"occurred_at": "cause"})
    pairs = visits.merge(causes, on="contact_id")
    days = (pairs["occurred_at"] - pairs["cause"]) / pd.Timedelta(days=1)
    soon = visits["interaction_id"].isin(pairs.loc[(days >= 0) & (days <= 21), "interaction_id"])
    helped = (visits["subject"] == "Read the help pages").groupby(soon).mean()
    assert helped[False] == pytest.approx(0.1, abs=0.03)
    assert helped[True] == pytest.approx(0.7, abs=0.1)


def test_bargain_hunters_send_much_back(shop: Shop) -> None:
    share = {segment["name"]: segment["realised"]["refunded_lines_share"] for segment in shop.facts["segments"]}
    assert share.pop("bargain hunters") > 0.15
    assert max(value for value in share.values() if value is not None) < 0.06


def test_lapsed_customers_were_the_least_satisfied(typed: pd.DataFrame) -> None:
    assert typed.groupby("planted_segment")["score"].mean().idxmin() == "lapsed"


def test_demographics_lean_with_the_planted_segments(shop: Shop) -> None:
    realised = pd.DataFrame({s["name"]: s["realised"] for s in shop.facts["segments"]}).T
    assert realised["mean_age"].astype(float).idxmin() == "pineapple lovers"
    assert realised["mean_age"].astype(float).idxmax() == "gift givers"
    assert realised["share_in_the_south"].astype(float).idxmax() == "pineapple lovers"
    assert realised["median_income"].astype(float).idxmax() == "gift givers"


def test_categories_follow_the_seasons(typed: pd.DataFrame) -> None:
    sales = typed[typed["kind"] == "purchase"]
    by_month = pd.crosstab(sales["occurred_at"].dt.month, sales["category"], normalize="index")
    assert by_month["Citrus"].idxmax() in (1, 2, 3)
    assert by_month["Berries"].idxmax() in (5, 6)
    assert by_month["Gift boxes"].idxmax() == 12


# Campaigns.


def arms_before_and_after(shop: Shop, name: str) -> pd.DataFrame:
    assigned = shop.assignments[shop.assignments["campaign"] == name].set_index("contact_id")
    at = assigned["assigned_at"].iloc[0]
    sales = shop.interactions.to_pandas().query("kind == 'purchase'")
    sales = sales[sales["contact_id"].isin(assigned.index)]
    earlier, later = sales[sales["occurred_at"] <= at], sales[sales["occurred_at"] > at]
    within = later[later["occurred_at"] <= at + pd.Timedelta(days=60)]
    return assigned.assign(
        orders_before=earlier.groupby("contact_id")["order_id"].nunique().reindex(assigned.index),
        spend_before=earlier.groupby("contact_id")["amount"].sum().reindex(assigned.index),
        last_before=earlier.groupby("contact_id")["occurred_at"].max().reindex(assigned.index),
        ordered=assigned.index.isin(within["contact_id"]),
        at=at,
    )


@pytest.mark.parametrize("name", ["second_basket_2026_03", "win_back_2026_07"])
def test_treatment_and_control_are_alike_before_the_campaign(shop: Shop, name: str) -> None:
    arms = arms_before_and_after(shop, name)
    treatment, control = arms[arms["arm"] == "treatment"], arms[arms["arm"] == "control"]
    assert abs(len(treatment) - len(control)) <= 1
    for column in ("orders_before", "spend_before"):
        spread = np.sqrt(treatment[column].var() / len(treatment) + control[column].var() / len(control))
        difference = treatment[column].mean() - control[column].mean()
        assert abs(difference) <= 3 * spread, column


def test_audiences_are_as_described(shop: Shop) -> None:
    second = arms_before_and_after(shop, "second_basket_2026_03")
    assert (second["orders_before"] == 1).all()
    assert (second["at"] - second["last_before"] <= pd.Timedelta(days=90)).all()
    back = arms_before_and_after(shop, "win_back_2026_07")
    assert (back["at"] - back["last_before"] >= pd.Timedelta(days=180)).all()
    consent = shop.contacts.set_index("contact_id")["email_consent"]
    assert consent[shop.assignments["contact_id"]].fillna(False).all()


@pytest.mark.parametrize("name", ["second_basket_2026_03", "win_back_2026_07"])
def test_rates_in_the_truth_are_those_of_the_interactions(shop: Shop, name: str) -> None:
    rates = arms_before_and_after(shop, name).groupby("arm")["ordered"].mean()
    told = next(campaign for campaign in shop.facts["campaigns"] if campaign["name"] == name)
    assert rates["treatment"] == pytest.approx(told["rate_in_treatment"], abs=1e-4)
    assert rates["control"] == pytest.approx(told["rate_in_control"], abs=1e-4)


def test_second_basket_worked_and_win_back_cannot_be_told(shop: Shop) -> None:
    second, back = shop.facts["campaigns"]
    assert second["expected_lift"] > 0.15
    assert second["realised_lift"] > 0.1
    assert back["expected_lift"] < 0.01
    assert z_score(second) > 2.5
    assert abs(z_score(back)) < 1.5


def test_second_basket_is_found_with_most_seeds() -> None:
    trials = [make_shop(random_state=seed).facts["campaigns"][0] for seed in range(6)]
    assert sum(z_score(trial) > 1.96 for trial in trials) >= 5
    observed = np.mean([trial["rate_in_treatment"] - trial["rate_in_control"] for trial in trials])
    assert observed == pytest.approx(np.mean([trial["expected_lift"] for trial in trials]), abs=0.06)


def test_only_the_treated_get_the_campaigns_email(shop: Shop) -> None:
    emails = shop.interactions.to_pandas().query("kind == 'email_sent'")
    for name, assigned in shop.assignments.groupby("campaign"):
        got = set(emails.loc[emails["campaign"] == name, "contact_id"])
        assert got == set(assigned.loc[assigned["arm"] == "treatment", "contact_id"])


# Dirt: counted again with the csv module.


def reasons_of(name: str, header: list[str], row: list[str], known: set[str]) -> list[str]:
    """Judge one row of a file by itself."""
    if len(row) != len(header):
        return ["too_few_fields" if len(row) < len(header) else "too_many_fields"]
    cell = dict(zip(header, row, strict=True))
    time_column, form = {
        "contacts.csv.gz": ("Created at", "%d/%m/%Y %H:%M"),
        "orders.csv.gz": ("Ordered at", "%Y-%m-%d %H:%M:%S"),
        "crm_activity.csv.gz": ("When", "%Y-%m-%d %H:%M:%S"),
        "email_log.csv.gz": ("Time", "%Y-%m-%dT%H:%M:%SZ"),
        "campaigns.csv.gz": ("Assigned at", "%Y-%m-%d %H:%M:%S"),
    }[name]
    kind = cell.get("Event", cell.get("Type"))
    found = {
        "missing_contact_id": cell["Contact ID"] == "",
        "unknown_contact": cell["Contact ID"] != "" and cell["Contact ID"] not in known,
        "unreadable_date": not is_readable(cell[time_column], form),
        "unreadable_amount": "Amount" in cell and cell["Amount"] != "" and not is_number(cell["Amount"]),
        "unknown_type": kind is not None and kind not in KINDS | EMAIL_KINDS,
    }
    return [reason for reason, is_so in found.items() if is_so]


@pytest.mark.parametrize("name", RAW_NAMES)
def test_every_broken_row_is_counted_once(written: Path, truth: dict[str, Any], name: str) -> None:
    known = {row[0] for row in read_rows(written / "raw" / "contacts.csv.gz")[1]}
    header, rows = read_rows(written / "raw" / name)
    judged = [reasons_of(name, header, row, known) for row in rows]
    assert max(len(reasons) for reasons in judged) <= 1
    assert Counter(reasons[0] for reasons in judged if reasons) == truth["dirt"][name]["broken"]
    assert len(rows) == truth["rows"][name]["written"]


def test_about_twenty_five_rows_are_broken(truth: dict[str, Any]) -> None:
    n_broken = sum(sum(file["broken"].values()) for file in truth["dirt"].values())
    assert n_broken == sum(len(fault.texts) + len(fault.fields) for fault in ROW_FAULTS)
    assert 20 <= n_broken <= 30


def test_rows_written_are_clean_rows_repeated_rows_and_broken_rows(truth: dict[str, Any]) -> None:
    for name, rows in truth["rows"].items():
        added = sum(truth["dirt"][name]["repeated"].values()) + sum(truth["dirt"][name]["broken"].values())
        assert rows["written"] == rows["clean"] + added, name


def test_repeated_rows_are_counted(written: Path, truth: dict[str, Any]) -> None:
    contacts = read_table(written / "raw" / "contacts.csv.gz")
    told = truth["dirt"]["contacts.csv.gz"]["repeated"]
    ids = contacts.loc[contacts["Contact ID"] != "", "Contact ID"]
    assert int(ids.duplicated().sum()) == told["repeated_contact_id"]
    planted = read_table(written / "truth" / "contacts_truth.csv.gz")
    assert int((planted["is_duplicate_of"] != "").sum()) == told["second_record_of_a_person"]
    orders = read_table(written / "raw" / "orders.csv.gz")
    assert int(orders.duplicated().sum()) == truth["dirt"]["orders.csv.gz"]["repeated"]["repeated_line"]
    assert int(orders["Line ID"].duplicated().sum()) == truth["dirt"]["orders.csv.gz"]["repeated"]["repeated_line"]


def test_second_records_share_the_email_and_hold_the_activity(written: Path) -> None:
    planted = read_table(written / "truth" / "contacts_truth.csv.gz").query("is_duplicate_of != ''")
    contacts = read_table(written / "raw" / "contacts.csv.gz").drop_duplicates("Contact ID").set_index("Contact ID")
    email = contacts["Email"].str.strip().str.lower()
    active = set(read_table(written / "raw" / "crm_activity.csv.gz")["Contact ID"])
    for second, first in zip(planted["contact_id"], planted["is_duplicate_of"], strict=True):
        assert email[second] == email[first]
        assert second in active
        assert first not in active


def test_spoiled_cells_are_counted(written: Path, truth: dict[str, Any]) -> None:
    contacts = read_table(written / "raw" / "contacts.csv.gz")
    told = truth["dirt"]["contacts.csv.gz"]
    is_broken = contacts["Contact ID"].str.startswith("C9") | (contacts["Contact ID"] == "")
    planted = read_table(written / "truth" / "contacts_truth.csv.gz").query("is_duplicate_of != ''")
    first = contacts[~is_broken & ~contacts["Contact ID"].isin(planted["contact_id"])]
    known = {"", *COUNTRY_SPELLINGS}
    is_email = first["Email"].str.fullmatch(r"\s*[^@\s#]+@[^@\s]+\s*")
    is_spoiled = is_email & ~first["Email"].str.fullmatch(r"[a-z0-9.]+@[a-z.]+")
    assert {
        "country_spelling": int((~first["Country"].isin(known)).sum()),
        "email_case_or_blanks": int(is_spoiled.sum()) - told["repeated"]["repeated_contact_id"],
        "unreadable_email": int(((first["Email"] != "") & ~is_email).sum()),
        "missing_email": int((first["Email"] == "").sum()),
        "missing_phone": int((first["Phone"] == "").sum()),
        "missing_country": int((first["Country"] == "").sum()),
        "missing_postcode": int((first["Postcode"] == "").sum()),
        "missing_city": int((first["City"] == "").sum()),
        "missing_last_name": int((first["Last name"] == "").sum()),
    } == told["cells"]


def test_clean_rows_all_survive_the_dirt(shop: Shop, written: Path) -> None:
    clean = export_shop(shop)
    for name in ("orders.csv.gz", "email_log.csv.gz", "campaigns.csv.gz"):
        assert set(clean.file(name).rows) <= {tuple(row) for row in read_rows(written / "raw" / name)[1]}


def test_postcodes_keep_their_leading_zeros(shop: Shop) -> None:
    spanish = shop.contacts[shop.contacts["country"] == "ES"]
    assert spanish["postal_code"].str.fullmatch(r"\d{5}").all()
    assert spanish["postal_code"].str.startswith("0").mean() > 0.1


# Large tables.


def test_large_tables_come_from_the_same_model_and_have_the_same_columns(shop: Shop) -> None:
    table = make_interactions(n_contacts=3000, n_interactions=30_000, random_state=1)
    assert table.schema == INTERACTIONS_SCHEMA == shop.interactions.schema
    assert table.num_rows == pytest.approx(30_000, rel=0.06)
    assert set(table["kind"].unique().to_pylist()) == set(shop.interactions["kind"].unique().to_pylist())


def test_blocks_have_contacts_and_ids_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "interactions.parquet"
    n_rows = write_interactions(path, n_contacts=45_000, n_interactions=150_000, random_state=2)
    table = pq.read_table(path)
    assert table.num_rows == n_rows
    assert pc.count_distinct(table["interaction_id"]).as_py() == n_rows
    owned = table.filter(pc.field("order_id").is_valid()).group_by(["order_id", "contact_id"]).aggregate([])
    assert pc.count_distinct(owned["order_id"]).as_py() == owned.num_rows
    assert max(table["contact_id"].to_pylist()) > "C0044000"
    again = make_interactions(n_contacts=45_000, n_interactions=150_000, random_state=2)
    assert again.equals(table)


# Parts.


def test_days_fall_in_proportion_to_the_intensity() -> None:
    cumulative = np.array([0.0, 1.0, 1.0, 4.0])
    n = 4000
    day = draw_days(cumulative, np.zeros(n, int), np.full(n, 3), (np.arange(n) + 0.5) / n)
    assert np.bincount(day, minlength=3).tolist() == [1000, 0, 3000]


def test_local_seconds_become_instants_in_winter_and_summer() -> None:
    local = pd.DatetimeIndex(["2026-01-15 12:00", "2026-07-15 12:00"]).astype("datetime64[s]").astype("int64")
    assert to_utc(local.to_numpy()).strftime("%H:%M").tolist() == ["11:00", "10:00"]


def test_too_short_a_span_is_refused() -> None:
    with pytest.raises(InvalidOption, match="must span at least 400 days, got 31"):
        ShopCalendar(date(2026, 1, 1), date(2026, 1, 31))


def test_sizes_must_be_positive() -> None:
    with pytest.raises(InvalidOption, match="`n_contacts` must be at least 1, got 0"):
        make_shop(n_contacts=0)
    with pytest.raises(InvalidOption, match="must be positive, got 0"):
        make_interactions(n_contacts=5, n_interactions=0, random_state=1)
