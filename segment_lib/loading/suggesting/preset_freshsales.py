"""The exports of Freshsales."""

from segment_lib.loading.suggesting.preset import Preset

_CLOSED = {"skip": [{"reason": "the deal is not closed", "where": "occurred_at is null"}], "unknown_contacts": "create"}
_PLACE = {"City": "city", "State": "region", "Zipcode": "postal_code", "Country": "country"}

FRESHSALES_CONTACTS = Preset(
    title="Freshsales contacts",
    signature=(
        "Lifecycle stage",
        "Subscription status",
        "Subscription types",
        "Customer fit",
        "Last contacted time",
        "Last contacted mode",
        "Last activity type",
        "Last activity date",
        "Last seen",
        "Recent note",
        "Sales owner",
        "Lists",
        "External ID",
        "Other phone numbers",
    ),
    columns={
        "contacts": {
            "Id": "contact_id",
            "First name": "first_name",
            "Last name": "last_name",
            "Email": "email",
            "Emails": "email",
            "Mobile": "phone",
            "Work": "phone",
            "Work phone": "phone",
            "Account": "company",
            "Accounts": "company",
            "Job title": "occupation",
            **_PLACE,
            "Source": "source",
            "Tags": "labels",
            "Lifecycle stage": "relationships",
            "Created at": "acquired_at",
            "Subscription status": "email_consent",
        }
    },
    left_out={"Full name": "first and last name stand in columns of their own"},
)

FRESHSALES_DEALS = Preset(
    title="Freshsales deals",
    signature=(
        "Deal value",
        "Account name",
        "Related contacts",
        "Deal pipeline",
        "Deal stage",
        "Closed date",
        "Expected close date",
        "Probability (%)",
        "Deal value in Base Currency",
        "Payment status",
        "Lost reason",
    ),
    columns={
        "interactions": {
            "Id": "interaction_id",
            "Name": "subject",
            "Deal value": "amount",
            "Deal stage": "kind",
            "Closed date": "occurred_at",
            "Currency": "currency",
            "Campaign": "campaign",
            "Related contacts": "email",
        }
    },
    settings={"interactions": _CLOSED},
    stage="Deal stage",
)


FRESHSALES_PRESETS = (FRESHSALES_CONTACTS, FRESHSALES_DEALS)
