"""The exports of HubSpot."""

from segment_lib.loading.suggesting.preset import Preset

_CLOSED = {"skip": [{"reason": "the deal is not closed", "where": "occurred_at is null"}], "unknown_contacts": "create"}

HUBSPOT_CONTACTS = Preset(
    title="HubSpot contacts",
    signature=(
        "First Name",
        "Last Name",
        "Email",
        "Phone Number",
        "Contact owner",
        "Lifecycle Stage",
        "Lead Status",
        "Create Date",
    ),
    needs=("Lifecycle Stage", "Create Date"),
    columns={
        "contacts": {
            "Record ID": "contact_id",
            "Contact ID": "contact_id",
            "First Name": "first_name",
            "Last Name": "last_name",
            "Email": "email",
            "Phone Number": "phone",
            "Mobile Phone Number": "phone",
            "Job Title": "occupation",
            "Company Name": "company",
            "Associated Company": "company",
            "Lifecycle Stage": "relationships",
            "Create Date": "acquired_at",
            "Original Source": "source",
            "Lead Source": "source",
            "State/Region": "region",
        }
    },
)

HUBSPOT_COMPANIES = Preset(
    title="HubSpot companies",
    signature=("Company name", "Company owner", "Create Date", "Company Domain Name"),
    needs=("Company name", "Company owner"),
    columns={
        "contacts": {
            "Record ID": "contact_id",
            "Company ID": "contact_id",
            "Company name": "company",
            "Create Date": "acquired_at",
            "Phone Number": "phone",
            "State/Region": "region",
        }
    },
)

HUBSPOT_DEALS = Preset(
    title="HubSpot deals",
    signature=("Deal Name", "Deal Stage", "Amount", "Deal owner", "Close Date", "Pipeline", "Create Date"),
    needs=("Deal Name",),
    columns={
        "interactions": {
            "Record ID": "interaction_id",
            "Deal ID": "interaction_id",
            "Deal Name": "subject",
            "Deal Stage": "kind",
            "Amount": "amount",
            "Close Date": "occurred_at",
            "Associated Contact IDs": "contact_id",
            "Associated Contact Email": "email",
        }
    },
    settings={"interactions": _CLOSED},
    stage="Deal Stage",
)

HUBSPOT_TICKETS = Preset(
    title="HubSpot tickets",
    signature=("Ticket ID", "Ticket Name", "Ticket Status", "Ticket Owner", "Create Date", "Pipeline"),
    needs=("Ticket Name",),
    columns={
        "interactions": {
            "Record ID": "interaction_id",
            "Ticket ID": "interaction_id",
            "Ticket Name": "subject",
            "Create Date": "occurred_at",
            "Ticket Source": "channel",
            "Associated Contact IDs": "contact_id",
            "Associated Contact Email": "email",
        }
    },
    fixed={"interactions": {"kind": {"value": "support_request"}}},
    settings={"interactions": {"unknown_contacts": "create"}},
)

HUBSPOT_ACTIVITIES = Preset(
    title="HubSpot activities",
    signature=("Activity ID", "Activity Type", "Activity Date", "Activity Owner", "Associated Contact Email"),
    needs=("Activity Type",),
    columns={
        "interactions": {
            "Record ID": "interaction_id",
            "Activity ID": "interaction_id",
            "Activity Type": "kind",
            "Activity Date": "occurred_at",
            "Call/Meeting Title/Subject": "subject",
            "Associated Contact IDs": "contact_id",
            "Associated Contact Email": "email",
        }
    },
    settings={"interactions": {"unknown_contacts": "create"}},
)


HUBSPOT_PRESETS = (HUBSPOT_CONTACTS, HUBSPOT_COMPANIES, HUBSPOT_DEALS, HUBSPOT_TICKETS, HUBSPOT_ACTIVITIES)
