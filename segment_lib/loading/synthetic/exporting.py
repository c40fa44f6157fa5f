"""The sample shop as its systems would export it: five text files with headers of their own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from segment_lib.loading.synthetic.events import KINDS
from segment_lib.loading.synthetic.shop import Shop
from segment_lib.loading.synthetic.shop_calendar import TIME_ZONE

Rows = list[list[str]]

LOCAL_TIME: Final = "%Y-%m-%d %H:%M:%S"
CREATED_TIME: Final = "%d/%m/%Y %H:%M"
UTC_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"

_CONTACT_HEADERS: Final = {
    "contact_id": "Contact ID",
    "first_name": "First name",
    "last_name": "Last name",
    "email": "Email",
    "phone": "Phone",
    "company": "Company",
    "country": "Country",
    "region": "Region",
    "city": "City",
    "postal_code": "Postcode",
    "language": "Language",
    "birth_date": "Birth date",
    "gender": "Gender",
    "household_size": "Household size",
    "income": "Income",
    "occupation": "Occupation",
    "relationships": "Relationship",
    "acquired_at": "Created at",
    "source": "Source",
    "email_consent": "Email consent",
    "phone_consent": "Phone consent",
    "sms_consent": "SMS consent",
    "lifestyle": "Lifestyle",
    "interests": "Interests",
    "preferred_channel": "Preferred channel",
    "renewal_date": "Renewal date",
}
_ORDER_TYPES: Final = {"purchase": "sale", "refund": "refund"}
_EMAIL_KINDS: Final = tuple(kind for kind in KINDS if kind.startswith("email_"))


@dataclass(frozen=True)
class ExportFile:
    """A text file: name, header, rows of text, and the sign between fields."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    delimiter: str = ","

    def __repr__(self) -> str:
        return f"ExportFile {self.name}: {len(self.rows):,} rows, {len(self.header)} columns"


@dataclass(frozen=True)
class ShopFiles:
    """The export's files, the truth about contacts, and facts for JSON."""

    files: tuple[ExportFile, ...]
    true_contacts: pd.DataFrame
    facts: dict[str, Any]

    def file(self, name: str) -> ExportFile:
        """Give one file.

        Raises
        ------
        KeyError
            There is none of that name.
        """
        return {file.name: file for file in self.files}[name]

    def __repr__(self) -> str:
        return "\n".join(repr(file) for file in self.files)


def export_shop(shop: Shop) -> ShopFiles:
    """Write a shop's tables as text, without dirt.

    Examples
    --------
    >>> from segment_lib.loading.synthetic.shop import make_shop
    >>> files = export_shop(make_shop(n_contacts=50, random_state=1))
    >>> files.file("campaigns.csv.gz").header
    ('Campaign', 'Contact ID', 'Arm', 'Assigned at')
    """
    interactions = shop.interactions.to_pandas()
    files = (
        _export_contacts(shop.contacts),
        _export_orders(interactions),
        _export_activity(interactions),
        _export_emails(interactions),
        _export_campaigns(shop.assignments),
    )
    rows = {file.name: {"clean": len(file.rows), "written": len(file.rows)} for file in files}
    return ShopFiles(files, shop.true_contacts.assign(is_duplicate_of=None), {**shop.facts, "rows": rows, "dirt": {}})


def _make_file(name: str, columns: dict[str, Iterable[str]], delimiter: str = ",") -> ExportFile:
    rows = tuple(zip(*columns.values(), strict=True))
    return ExportFile(name, tuple(columns), rows, delimiter)


def _text(values: "pd.Series[Any]") -> list[str]:
    return ["" if value is None or value is pd.NA or value != value else str(value) for value in values.tolist()]


def _whole(values: "pd.Series[Any]") -> list[str]:
    return ["" if pd.isna(value) else str(int(value)) for value in values.tolist()]


def _money(values: "pd.Series[Any]") -> list[str]:
    return ["" if pd.isna(value) else f"{value:.2f}" for value in values.tolist()]


def _local(values: "pd.Series[Any]", form: str = LOCAL_TIME) -> list[str]:
    return pd.DatetimeIndex(values).tz_convert(TIME_ZONE).strftime(form).tolist()


def _joined(values: Sequence[Sequence[str]]) -> list[str]:
    return [";".join(value) for value in values]


def _consent(values: "pd.Series[Any]") -> list[str]:
    return ["" if value is pd.NA else "yes" if value else "no" for value in values.tolist()]


def _export_contacts(contacts: pd.DataFrame) -> ExportFile:
    columns: dict[str, Iterable[str]] = {}
    for name, header in _CONTACT_HEADERS.items():
        values = contacts[name]
        if name in ("relationships", "interests"):
            columns[header] = _joined(values.tolist())
        elif name.endswith("_consent"):
            columns[header] = _consent(values)
        elif name in ("household_size", "income"):
            columns[header] = _whole(values)
        elif name == "acquired_at":
            columns[header] = _local(values, CREATED_TIME)
        else:
            columns[header] = _text(values)
    return _make_file("contacts.csv.gz", columns)


def _export_orders(interactions: pd.DataFrame) -> ExportFile:
    lines = interactions[interactions["kind"].isin(list(_ORDER_TYPES))]
    return _make_file(
        "orders.csv.gz",
        {
            "Line ID": _text(lines["interaction_id"]),
            "Order": _text(lines["order_id"]),
            "Contact ID": _text(lines["contact_id"]),
            "Ordered at": _local(lines["occurred_at"]),
            "Type": _text(lines["kind"].map(_ORDER_TYPES)),
            "Product": _text(lines["product"]),
            "Category": _text(lines["category"]),
            "Quantity": _whole(lines["quantity"]),
            "Amount": _money(lines["amount"]),
            "Currency": _text(lines["currency"]),
            "Channel": _text(lines["channel"]),
        },
    )


def _export_activity(interactions: pd.DataFrame) -> ExportFile:
    touches = interactions[~interactions["kind"].isin([*_ORDER_TYPES, *_EMAIL_KINDS])]
    return _make_file(
        "crm_activity.csv.gz",
        {
            "Activity ID": _text(touches["interaction_id"]),
            "Contact ID": _text(touches["contact_id"]),
            "When": _local(touches["occurred_at"]),
            "Type": _text(touches["kind"]),
            "Channel": _text(touches["channel"]),
            "Subject": _text(touches["subject"]),
            "Score": _whole(touches["score"]),
            "Amount": _money(touches["amount"]),
        },
    )


def _export_emails(interactions: pd.DataFrame) -> ExportFile:
    emails = interactions[interactions["kind"].isin(_EMAIL_KINDS)]
    return _make_file(
        "email_log.csv.gz",
        {
            "Event ID": _text(emails["interaction_id"]),
            "Contact ID": _text(emails["contact_id"]),
            "Event": _text(emails["kind"]),
            "Time": pd.DatetimeIndex(emails["occurred_at"]).strftime(UTC_TIME).tolist(),
            "Campaign": _text(emails["campaign"]),
            "Subject": _text(emails["subject"]),
        },
        delimiter=";",
    )


def _export_campaigns(assignments: pd.DataFrame) -> ExportFile:
    return _make_file(
        "campaigns.csv.gz",
        {
            "Campaign": _text(assignments["campaign"]),
            "Contact ID": _text(assignments["contact_id"]),
            "Arm": _text(assignments["arm"]),
            "Assigned at": _local(assignments["assigned_at"]),
        },
    )
