"""Exports that are recognised by their headers, with rows made up."""

from collections.abc import Callable
from pathlib import Path

import pytest

from segment_lib.loading.recipe import ImportFile
from segment_lib.loading.suggesting import MappingSuggestion, suggest_mapping

FieldsByTable = Callable[[MappingSuggestion], dict[str, dict[str, str]]]
CheckRecipe = Callable[[MappingSuggestion], ImportFile]

FRESHSALES = """\
Id,First name,Last name,Emails,Mobile,Work,External ID,Sales owner,Subscription status,Subscription types,\
Lifecycle stage,Status,Tags,Job title,City,State,Zipcode,Country,Source,Last contacted time,Last contacted mode,\
Last seen,Customer fit,Recent note,Created by,Created at,Full name
70012,Ana,Ruiz,"ana@casa.example, ana@work.example",+34600100200,,X1,kim@us.example,Subscribed,Newsletter,\
Customer,New,"VIP,Blog",Buyer,Madrid,Madrid,28001,Spain,Web,2024-10-24 17:43:26 UTC,Email,\
2024-10-24 17:43:26 UTC,Good,"Called, was busy",kim@us.example,2024-01-02 08:00:00 UTC,Ana Ruiz
70013,Luis,Prats,luis@casa.example,+34600100201,,X2,sam@us.example,Unsubscribed,,\
Lead,Contacted,VIP,Cook,Sevilla,Sevilla,41001,Spain,Fair,2024-10-25 17:43:26 UTC,Phone,\
2024-10-24 17:43:26 UTC,Bad,,sam@us.example,2024-02-03 09:00:00 UTC,Luis Prats
"""
SHOPIFY_HEADER = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,"
    "Discount Code,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,Billing City,"
    "Billing Zip,Billing Province,Billing Country,Billing Phone,Id,Source"
)
SHOPIFY = f"""\
{SHOPIFY_HEADER}
#1001,a@b.example,paid,2024-03-01 10:12:40 +0100,fulfilled,yes,EUR,40.00,5.00,8.00,45.00,,\
2024-03-01 10:12:33 +0100,1,Mug,10.00,M1,Ana Ruiz,Madrid,'28001,M,ES,+34600100200,5501,web
#1001,a@b.example,,,,,,,,,,,,3,Plate,10.00,P1,,,,,,,,
#1002,c@d.example,refunded,2024-03-02 10:12:40 +0100,fulfilled,no,EUR,10.00,5.00,2.00,15.00,SPRING,\
2024-03-02 10:12:33 +0100,1,Mug,10.00,M1,Luis Prats,Sevilla,'41001,SE,ES,+34600100201,5502,web
"""
MAILCHIMP_HEADER = (
    "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,"
    "GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS"
)
MEMBER = '"2024-05-01 10:00:00",1.2.3.4,"2024-05-01 10:05:00",1.2.3.4,40.4,-3.7,1,2,Europe/Madrid,ES,MD'
MAILCHIMP = f'''\
{MAILCHIMP_HEADER}
ana@b.example,Ana,Ruiz,2,{MEMBER},"2024-06-01 10:00:00",71,aa1,,"""VIP"",""Blog"""
luis@b.example,Luis,Prats,3,{MEMBER},"2024-06-02 10:00:00",72,aa2,,"""Blog"""
'''
WOOCOMMERCE = """\
order_id,order_number,order_date,status,shipping_total,order_total,order_currency,payment_method,billing_first_name,\
billing_last_name,billing_email,billing_phone,billing_city,billing_state,billing_postcode,billing_country
91,91,2024-03-01 10:12:33,completed,5.00,45.00,EUR,card,Ana,Ruiz,a@b.example,+34600100200,Madrid,M,28001,ES
92,92,2024-03-02 11:12:33,refunded,5.00,15.00,EUR,card,Luis,Prats,c@d.example,+34600100201,Sevilla,SE,41001,ES
93,93,2024-03-03 11:12:33,cancelled,5.00,25.00,EUR,card,Eva,Sanz,e@f.example,+34600100202,Sevilla,SE,41001,ES
"""
FRESHSALES_DEALS = """\
Id,Name,Deal value,Account name,Related contacts,Deal pipeline,Deal stage,Lost reason,Closed date,Sales owner,Currency,\
Expected close date,Probability (%)
1,Big one,1000,Acme,ana@b.example,Default,Won,,2024-05-01 10:00:00 UTC,kim@us.example,EUR,2024-05-02,100
2,Small one,50,Acme,luis@b.example,Default,Negotiation,,,kim@us.example,EUR,2024-06-02,50
3,Other,70,Corp,eva@b.example,Default,Lost,Price,2024-05-03 10:00:00 UTC,sam@us.example,EUR,2024-05-02,0
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_freshsales_contacts_are_recognised(
    tmp_path: Path, fields_by_table: FieldsByTable, check_recipe: CheckRecipe
) -> None:
    suggestion = suggest_mapping(write(tmp_path, "contacts.csv", FRESHSALES))
    assert suggestion.preset == "Freshsales contacts"
    fields = fields_by_table(suggestion)["contacts"]
    expected = {
        "contact_id": "Id", "first_name": "First name", "last_name": "Last name", "email": "Emails", "phone": "Mobile",
        "email_consent": "Subscription status", "relationships": "Lifecycle stage", "labels": "Tags",
        "occupation": "Job title", "city": "City", "region": "State", "postal_code": "Zipcode", "country": "Country",
        "source": "Source", "acquired_at": "Created at",
    }  # fmt: skip
    assert {field: fields.get(field) for field in expected} == expected
    assert "Full name" not in fields.values()
    rules = check_recipe(suggestion).sources[0].columns
    assert rules["relationships"].values == {"customer": "client", "lead": "prospect"}


def test_freshsales_is_recognised_when_columns_are_missing_and_renamed(tmp_path: Path) -> None:
    text = FRESHSALES.replace("Last contacted mode", "Last contact mode").replace("Recent note", "Remarks")
    assert suggest_mapping(write(tmp_path, "x.csv", text)).preset == "Freshsales contacts"


def test_a_file_of_names_and_addresses_is_no_preset(tmp_path: Path) -> None:
    path = write(tmp_path, "x.csv", "First Name,Last Name,Email,City\nAna,Ruiz,a@b.example,Madrid\n")
    assert suggest_mapping(path).preset == ""


def test_won_deals_are_purchases_and_open_ones_wait(
    tmp_path: Path, fields_by_table: FieldsByTable, check_recipe: CheckRecipe
) -> None:
    suggestion = suggest_mapping(write(tmp_path, "deals.csv", FRESHSALES_DEALS))
    assert suggestion.preset == "Freshsales deals"
    assert fields_by_table(suggestion)["interactions"]["email"] == "Related contacts"
    source = check_recipe(suggestion).sources[0]
    assert source.columns["kind"].values == {"won": "purchase", "lost": "deal_lost", "negotiation": "deal_open"}
    assert [policy.where for policy in source.skip] == ["occurred_at is null"]


@pytest.mark.parametrize(
    ("name", "column", "consent", "at"),
    [
        ("subscribed_members_export_1.csv", "", "true", "OPTIN_TIME"),
        ("unsubscribed_members_export_1.csv", "UNSUB_TIME", "false", "UNSUB_TIME"),
        ("cleaned_members_export_1.csv", "", "false", None),
    ],
)
def test_consent_of_mailchimp_members_is_the_file_they_stand_in(
    tmp_path: Path, check_recipe: CheckRecipe, name: str, column: str, consent: str, at: str | None
) -> None:
    lines = MAILCHIMP.splitlines()
    if column:
        lines = [f"{lines[0]},{column}", *(f'{line},"2024-07-01 10:00:00"' for line in lines[1:])]
    suggestion = suggest_mapping(write(tmp_path, name, "\n".join(lines) + "\n"))
    [source] = check_recipe(suggestion).sources
    assert source.keys == ["email"]
    assert source.columns["email_consent"].value == consent
    assert (source.columns["email_consent_at"].source if at else None) == at
    if at:
        assert source.columns["email_consent_at"].time_zone == "UTC"
    assert (source.columns["labels"].split, source.columns["labels"].remove) == (",", '"')
    assert source.columns["acquired_at"].time_zone == "UTC"


def test_mailchimp_members_of_an_unnamed_file_have_no_consent_until_somebody_says_so(tmp_path: Path) -> None:
    suggestion = suggest_mapping(write(tmp_path, "export.csv", MAILCHIMP))
    assert suggestion.preset == "Mailchimp audience"
    assert "email_consent" not in suggestion.recipe()["sources"][0]["columns"]
    assert any("email_consent" in question for question in suggestion.questions)


def test_tags_of_mailchimp_are_shown_as_labels(tmp_path: Path) -> None:
    suggestion = suggest_mapping(write(tmp_path, "subscribed_x.csv", MAILCHIMP))
    [tags] = [one for one in suggestion.table("contacts").columns if one.column == "TAGS"]
    assert tags.examples[0] == ('"VIP","Blog"', "VIP; Blog")


def test_shopify_orders_are_people_and_purchases(
    tmp_path: Path, fields_by_table: FieldsByTable, check_recipe: CheckRecipe
) -> None:
    suggestion = suggest_mapping(write(tmp_path, "orders_export.csv", SHOPIFY))
    assert suggestion.preset == "Shopify orders"
    fields = fields_by_table(suggestion)
    assert fields["interactions"]["order_id"] == "Name"
    assert fields["interactions"]["amount"] == "Total"
    assert fields["contacts"]["email_consent"] == "Accepts Marketing"
    # What belongs to a line would be wrong of the whole order.
    assert not {"product", "quantity"} & set(fields["interactions"])
    people, orders = check_recipe(suggestion).sources
    assert (people.keys, orders.columns["kind"].value) == (["email"], "purchase")
    assert orders.skip[0].where == "occurred_at is null"
    assert orders.rename[0].where == "financial_status = 'refunded'"
    assert orders.rename[0].kind == "refund"


def test_a_policy_about_a_column_that_is_not_there_is_left_out(tmp_path: Path, check_recipe: CheckRecipe) -> None:
    text = SHOPIFY.replace("Financial Status", "State of money")
    _, orders = check_recipe(suggest_mapping(write(tmp_path, "orders.csv", text))).sources
    assert orders.rename == []
    assert [policy.where for policy in orders.skip] == ["occurred_at is null"]


def test_woocommerce_orders_are_people_and_purchases(
    tmp_path: Path, fields_by_table: FieldsByTable, check_recipe: CheckRecipe
) -> None:
    suggestion = suggest_mapping(write(tmp_path, "orders.csv", WOOCOMMERCE))
    assert suggestion.preset == "WooCommerce orders"
    fields = fields_by_table(suggestion)
    assert fields["interactions"]["order_id"] == "order_number"
    assert fields["interactions"]["amount"] == "order_total"
    assert fields["contacts"]["postal_code"] == "billing_postcode"
    _, orders = check_recipe(suggestion).sources
    assert "cancelled" in orders.skip[0].where


def test_of_a_file_for_two_tables_one_can_be_wanted(tmp_path: Path, check_recipe: CheckRecipe) -> None:
    suggestion = suggest_mapping(write(tmp_path, "orders.csv", WOOCOMMERCE), table="contacts")
    assert [table.table for table in suggestion.tables] == ["contacts"]
    check_recipe(suggestion)
