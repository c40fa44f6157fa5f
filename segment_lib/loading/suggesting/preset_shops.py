"""The order exports of Shopify and WooCommerce: one file with people and what they bought."""

from segment_lib.loading.suggesting.preset import Preset

_FURTHER = "it belongs to one line of an order, and the amount to the whole order"

SHOPIFY_ORDERS = Preset(
    title="Shopify orders",
    signature=(
        "Name",
        "Email",
        "Financial Status",
        "Paid at",
        "Fulfillment Status",
        "Accepts Marketing",
        "Currency",
        "Subtotal",
        "Total",
        "Discount Code",
        "Lineitem quantity",
        "Lineitem name",
        "Lineitem price",
        "Lineitem sku",
        "Billing Name",
        "Created at",
    ),
    needs=("Name",),
    columns={
        "contacts": {
            "Email": "email",
            "Accepts Marketing": "email_consent",
            "Created at": "acquired_at",
            "Billing City": "city",
            "Billing Zip": "postal_code",
            "Billing Province": "region",
            "Billing Country": "country",
            "Billing Phone": "phone",
            "Billing Company": "company",
        },
        "interactions": {
            "Name": "order_id",
            "Email": "email",
            "Created at": "occurred_at",
            "Total": "amount",
            "Currency": "currency",
            "Id": "interaction_id",
            "Source": "channel",
        },
    },
    fixed={"contacts": {"relationships": {"value": "client"}}, "interactions": {"kind": {"value": "purchase"}}},
    settings={
        "contacts": {
            "keys": ["email"],
            "skip": [
                {"reason": "a further line of an order", "where": "acquired_at is null"},
                {"reason": "no e-mail address", "where": "email is null"},
            ],
        },
        "interactions": {
            "unknown_contacts": "anonymous",
            "skip": [
                {
                    "reason": "a further line of an order, whose total stands on its first line",
                    "where": "occurred_at is null",
                },
                {"reason": "not paid", "where": "{Financial Status} in ('voided', 'pending', 'expired')"},
            ],
            "rename": [{"reason": "refunded", "where": "{Financial Status} = 'refunded'", "kind": "refund"}],
        },
    },
    left_out=dict.fromkeys(
        (
            "Lineitem quantity",
            "Lineitem name",
            "Lineitem price",
            "Lineitem compare at price",
            "Lineitem sku",
            "Lineitem requires shipping",
            "Lineitem taxable",
            "Lineitem fulfillment status",
            "Lineitem discount",
        ),
        _FURTHER,
    ),
)

WOOCOMMERCE_ORDERS = Preset(
    title="WooCommerce orders",
    signature=(
        "order_number",
        "order_date",
        "status",
        "order_total",
        "order_currency",
        "payment_method",
        "shipping_total",
        "billing_first_name",
        "billing_last_name",
        "billing_email",
        "billing_country",
    ),
    needs=("order_total",),
    columns={
        "contacts": {
            "billing_email": "email",
            "billing_first_name": "first_name",
            "billing_last_name": "last_name",
            "billing_phone": "phone",
            "billing_company": "company",
            "billing_city": "city",
            "billing_state": "region",
            "billing_postcode": "postal_code",
            "billing_country": "country",
            "order_date": "acquired_at",
        },
        "interactions": {
            "order_number": "order_id",
            "order_id": "interaction_id",
            "billing_email": "email",
            "order_date": "occurred_at",
            "order_total": "amount",
            "order_currency": "currency",
        },
    },
    fixed={"contacts": {"relationships": {"value": "client"}}, "interactions": {"kind": {"value": "purchase"}}},
    settings={
        "contacts": {"keys": ["email"], "skip": [{"reason": "no e-mail address", "where": "email is null"}]},
        "interactions": {
            "unknown_contacts": "anonymous",
            "skip": [
                {
                    "reason": "not paid",
                    "where": "{status} in ('cancelled', 'failed', 'pending', 'on-hold', 'wc-cancelled', 'wc-failed', "
                    "'wc-pending', 'wc-on-hold', 'Cancelled', 'Failed', 'Pending payment', 'On hold')",
                }
            ],
            "rename": [
                {
                    "reason": "refunded",
                    "where": "{status} in ('refunded', 'wc-refunded', 'Refunded')",
                    "kind": "refund",
                }
            ],
        },
    },
)

SHOP_PRESETS = (SHOPIFY_ORDERS, WOOCOMMERCE_ORDERS)
