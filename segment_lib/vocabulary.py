"""The words of the tables: every standard column with its meaning, type, unit and family."""

from dataclasses import dataclass
from typing import Literal, get_args

import pyarrow as pa

ColumnType = Literal["text", "number", "integer", "date", "timestamp", "boolean", "text list"]
Family = Literal[
    "demographic",
    "geographic",
    "psychographic",
    "behavioural",
    "financial",
    "preference",
    "interaction",
    "relationship",
    "identity",
]

FAMILIES: tuple[str, ...] = get_args(Family)
COLUMN_TYPES: tuple[str, ...] = get_args(ColumnType)
RELATIONSHIPS = ("prospect", "client", "debtor", "supplier", "collaborator")

ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    "text": pa.string(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "boolean": pa.bool_(),
    "text list": pa.list_(pa.string()),
}
SQL_TYPES: dict[ColumnType, str] = {
    "text": "VARCHAR",
    "number": "DOUBLE",
    "integer": "BIGINT",
    "date": "DATE",
    "timestamp": "TIMESTAMPTZ",
    "boolean": "BOOLEAN",
    "text list": "VARCHAR[]",
}


@dataclass(frozen=True)
class Column:
    """One column: its name, type, family, unit and what it means."""

    name: str
    type: ColumnType
    family: Family
    meaning: str
    unit: str = ""


CONTACTS = (
    Column("contact_id", "text", "identity", "Key of the contact"),
    Column("first_name", "text", "identity", "Given name"),
    Column("last_name", "text", "identity", "Family name"),
    Column("email", "text", "identity", "E-mail address, lower case"),
    Column("phone", "text", "identity", "Telephone, E.164 where the file has it"),
    Column("company", "text", "demographic", "Organisation the contact belongs to"),
    Column("country", "text", "geographic", "Country, ISO 3166-1 alpha-2"),
    Column("region", "text", "geographic", "Region or state"),
    Column("city", "text", "geographic", "Town"),
    Column("postal_code", "text", "geographic", "Postal code, leading zeros kept"),
    Column("latitude", "number", "geographic", "Where the contact lives, north of the equator", "degrees"),
    Column("longitude", "number", "geographic", "Where the contact lives, east of Greenwich", "degrees"),
    Column("language", "text", "demographic", "Language, ISO 639-1"),
    Column("birth_date", "date", "demographic", "Day of birth"),
    Column("gender", "text", "demographic", "Gender as the contact gave it"),
    Column("household_size", "integer", "demographic", "People in the household", "people"),
    Column("income", "number", "financial", "Household income a year", "money"),
    Column("occupation", "text", "demographic", "Occupation"),
    Column("relationships", "text list", "relationship", "What the contact is to us; several at once are possible"),
    Column("acquired_at", "timestamp", "relationship", "When the contact first became known"),
    Column("source", "text", "relationship", "How the contact was acquired"),
    Column("email_consent", "boolean", "preference", "May be e-mailed; null is unknown"),
    Column("phone_consent", "boolean", "preference", "May be called; null is unknown"),
    Column("sms_consent", "boolean", "preference", "May be sent text messages; null is unknown"),
    Column("email_consent_at", "timestamp", "identity", "When the e-mail consent was given or withdrawn"),
)

INTERACTIONS = (
    Column("interaction_id", "text", "identity", "Key of the interaction"),
    Column("contact_id", "text", "identity", "Whose interaction it was"),
    Column("occurred_at", "timestamp", "interaction", "When it happened"),
    Column("kind", "text", "interaction", "What happened: purchase, refund, email_open ..."),
    Column("channel", "text", "interaction", "Where it happened: web, phone, shop ..."),
    Column("order_id", "text", "interaction", "Purchase rows that belong together"),
    Column("product", "text", "interaction", "Product bought or asked for"),
    Column("category", "text", "interaction", "Category of the product"),
    Column("quantity", "number", "interaction", "Pieces", "pieces"),
    Column("amount", "number", "interaction", "Value; refunds are stored as positive amounts too", "money"),
    Column("currency", "text", "interaction", "Currency of the amount, ISO 4217"),
    Column("campaign", "text", "interaction", "Campaign that caused it"),
    Column("score", "number", "interaction", "Answer of a survey", "points"),
    Column("subject", "text", "interaction", "Subject line or short description"),
    Column("original_amount", "number", "interaction", "The amount as written, where its currency is another", "money"),
    Column("original_currency", "text", "interaction", "The currency of the original amount, ISO 4217"),
    Column("merged_from", "text", "identity", "The contact it was of before that one was merged into contact_id"),
    Column("import_id", "text", "identity", "The import that brought it"),
)

LABELS = (
    Column(
        "contact_id", "text", "identity", "Who carries it; empty where a row notes that the rule saw assigned_at's day"
    ),
    Column("label", "text", "relationship", "Name of the label"),
    Column("source", "text", "relationship", "manual, rule, import or workflow"),
    Column("assigned_at", "timestamp", "relationship", "When it was put on"),
    Column("expires_at", "timestamp", "relationship", "When it ends by itself; null is never"),
    Column("removed_at", "timestamp", "relationship", "When it was taken off; null is not yet"),
    Column("by", "text", "relationship", "Who or which workflow put it on, or the source that brought it"),
    Column(
        "reason", "text", "relationship", "Why it was put on: a person's words, the rule, what started the workflow"
    ),
    Column(
        "removal_source", "text", "relationship", "manual, rule or import; release where it was left to the rule again"
    ),
    Column("removed_by", "text", "relationship", "Who or which source took it off"),
    Column("removal_reason", "text", "relationship", "Why it was taken off"),
    Column("merged_from", "text", "identity", "The contact that carried it before that one was merged into contact_id"),
)

MEMBERSHIPS = (
    Column("as_of", "date", "identity", "The day seen from"),
    Column("segment", "text", "identity", "Name of the segment"),
    Column("definition_hash", "text", "identity", "Which version of the definition"),
    Column("contact_id", "text", "identity", "The member"),
)

# Every segment of every run, whether somebody was in it or not: what later runs are compared with.
DEFINITIONS = (
    Column("as_of", "date", "identity", "The day seen from"),
    Column("segment", "text", "identity", "Name of the segment"),
    Column("kind", "text", "identity", "smart view, RFM group or cluster"),
    Column("definition_hash", "text", "identity", "Which version of the definition"),
    Column("definition", "text", "identity", "JSON: the rule with all that it rests on, or the fitted model"),
)

CAMPAIGN_ASSIGNMENTS = (
    Column("campaign", "text", "identity", "Name of the campaign"),
    Column("contact_id", "text", "identity", "Who was assigned"),
    Column("segment", "text", "interaction", "The segment that the audience came from, if any"),
    Column("arm", "text", "interaction", "treatment or control"),
    Column("assigned_at", "timestamp", "interaction", "When the arm was drawn"),
    Column("merged_from", "text", "identity", "The contact it was of before that one was merged into contact_id"),
    Column("import_id", "text", "identity", "The import that brought it, if one did"),
)

JOURNAL = (
    Column("workflow", "text", "identity", "Name of the workflow; empty where a row notes that a day was looked at"),
    Column("contact_id", "text", "identity", "Whom it acted on"),
    Column("occasion", "text", "identity", "What made it act, once per contact: `entered:2026-10-31`"),
    Column("as_of", "date", "interaction", "The day of the run that acted"),
    Column("status", "text", "interaction", "planned, or done once every action was carried out"),
)

QUARANTINE = (
    Column("import_id", "text", "identity", "The import that refused the row"),
    Column("source", "text", "identity", "Name of the source in import.yml"),
    Column("file", "text", "identity", "Name of the source file"),
    Column("target", "text", "identity", "The table the row was meant for"),
    Column("row_number", "integer", "identity", "Row of the file, the first below the header is 1"),
    Column("outcome", "text", "identity", "refused, or kept: the row is there, cells of it were emptied or flagged"),
    Column("raw_row", "text", "identity", "The row as read, as JSON, or the line where it does not parse"),
    Column("reasons", "text list", "identity", "Every reason"),
    Column("resolved_by", "text", "identity", "The later import that brought the row after all; null is not yet"),
)

IMPORTS = (
    Column("import_id", "text", "identity", "Hash of the file's content and the recipe"),
    Column("source", "text", "identity", "Name of the source in import.yml"),
    Column("file", "text", "identity", "Name of the source file"),
    Column("target", "text", "identity", "The table that was filled"),
    Column("imported_at", "timestamp", "identity", "When it was imported"),
    Column("imported_by", "text", "identity", "Who ran the import"),
    Column("content_hash", "text", "identity", "SHA-256 of the file's bytes"),
    Column("recipe_hash", "text", "identity", "Which version of the recipe"),
    Column("rows_read", "integer", "interaction", "Rows in the file", "rows"),
    Column("rows_accepted", "integer", "interaction", "Rows that brought something to the table", "rows"),
    Column("rows_quarantined", "integer", "interaction", "Rows refused, with reasons", "rows"),
    Column("rows_skipped", "integer", "interaction", "Rows left out by a declared policy or known before", "rows"),
    Column("rows_updated", "integer", "interaction", "Accepted rows that replaced an older version", "rows"),
    Column("skip_reasons", "text", "interaction", "JSON: reason to number of rows"),
    Column("policies", "text", "interaction", "JSON: declared policy to number of rows that it changed"),
    Column("refusals", "text", "interaction", "JSON: reason to number of refused rows that had it"),
    Column("notes", "text", "interaction", "JSON: fault of a cell to number of accepted rows that had it"),
    Column("amounts", "text", "interaction", "JSON: currency to the amount by outcome, to four decimals"),
    Column("statements", "text list", "identity", "What was found out about the file by evidence"),
    Column("header", "text list", "identity", "Names of the file's columns"),
    Column("replaces", "text list", "identity", "Imports by an older recipe whose rows it replaced"),
    Column("undone_at", "timestamp", "identity", "When it was taken back; null is not"),
    Column("undone_by", "text", "identity", "Who took it back"),
)

# Every statement that an import made about a contact; `contacts` is put together from them.
CONTACT_VERSIONS = (
    Column("import_id", "text", "identity", "The import that brought it"),
    Column("origin", "text", "identity", "The source of import.yml, which says one thing about a contact at a time"),
    Column("brought_at", "timestamp", "identity", "When it was brought"),
    Column("given_id", "text", "identity", "The id in the file, where it is not the contact's here"),
    *CONTACTS,
    Column("labels", "text list", "relationship", "Labels that the file puts on the contact"),
)

SUPERSEDED = (
    *INTERACTIONS,
    Column("superseded_by", "text", "identity", "The import that brought the newer version"),
)

SIGHTINGS = (
    Column("import_id", "text", "identity", "The import that brought a row again as it stood"),
    Column("target", "text", "identity", "The table that the row is in"),
    Column("row_key", "text", "identity", "Key of the row there; of a contact, with the source before it"),
)

MERGES = (
    Column("merged_id", "text", "identity", "The contact that was merged"),
    Column("into_id", "text", "identity", "The contact that it is part of now"),
    Column("merged_at", "timestamp", "identity", "When"),
    Column("by", "text", "identity", "Who decided it"),
    Column("probability", "number", "identity", "How probable it was that both are one, if that was computed"),
    Column("reason", "text", "identity", "Why"),
    Column("undone_at", "timestamp", "identity", "When it was taken back; null is not"),
)

MODELS = (
    Column("model", "text", "identity", "Name of the fitted model: rfm, clusters"),
    Column("definition_hash", "text", "identity", "Which version of its definition"),
    Column("fitted_as_of", "date", "identity", "The day whose features it was fitted on"),
    Column("parameters", "text", "identity", "JSON: cut points, centres"),
)

RUNS = (
    Column("as_of", "date", "identity", "The day seen from"),
    Column("compared_with", "date", "identity", "The earlier day that movement is measured from"),
    Column("status", "text", "identity", "complete or failed"),
    Column("finished_at", "timestamp", "identity", "When it ended"),
    Column("seconds", "number", "identity", "How long it took", "seconds"),
    Column("details", "text", "identity", "JSON: versions, hashes, row counts"),
)

TABLES: dict[str, tuple[Column, ...]] = {
    "contacts": CONTACTS,
    "interactions": INTERACTIONS,
    "labels": LABELS,
    "memberships": MEMBERSHIPS,
    "definitions": DEFINITIONS,
    "campaign_assignments": CAMPAIGN_ASSIGNMENTS,
    "journal": JOURNAL,
    "quarantine": QUARANTINE,
    "imports": IMPORTS,
    "contact_versions": CONTACT_VERSIONS,
    "superseded": SUPERSEDED,
    "sightings": SIGHTINGS,
    "merges": MERGES,
    "models": MODELS,
    "runs": RUNS,
}


def arrow_schema(columns: tuple[Column, ...]) -> pa.Schema:
    """Return the Arrow schema of some columns.

    Examples
    --------
    >>> arrow_schema(MEMBERSHIPS).names
    ['as_of', 'segment', 'definition_hash', 'contact_id']
    """
    return pa.schema([(column.name, ARROW_TYPES[column.type]) for column in columns])
