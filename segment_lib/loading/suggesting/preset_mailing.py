"""The exports of a Mailchimp audience: whether a contact may be e-mailed is told by which file it stands in."""

from typing import Any

from segment_lib.loading.suggesting.preset import Preset

_SIGNATURE = (
    "Email Address",
    "MEMBER_RATING",
    "OPTIN_TIME",
    "OPTIN_IP",
    "CONFIRM_TIME",
    "CONFIRM_IP",
    "LAST_CHANGED",
    "LEID",
    "EUID",
    "GMTOFF",
    "DSTOFF",
    "TAGS",
)
_COLUMNS = {
    "Email Address": "email",
    "First Name": "first_name",
    "Last Name": "last_name",
    "CC": "country",
    "REGION": "region",
    "TAGS": "labels",
    "OPTIN_TIME": "acquired_at",
}
_UTC = {"time_zone": "UTC"}
# A list in quotes inside a quoted cell: "VIP","Blog".
_OPTIONS: dict[str, dict[str, Any]] = {
    "TAGS": {"split": ",", "remove": '"'},
    **dict.fromkeys(("OPTIN_TIME", "CONFIRM_TIME", "LAST_CHANGED", "UNSUB_TIME", "CLEAN_TIME"), _UTC),
}
_KEYS = {"contacts": {"keys": ["email"]}}


def _consent(value: str, at: str) -> dict[str, dict[str, dict[str, Any]]]:
    return {"contacts": {"email_consent": {"value": value}, "email_consent_at": {"from": at, **_UTC}}}


SUBSCRIBED = Preset(
    title="Mailchimp subscribed members",
    signature=_SIGNATURE,
    file=r"(?<!un)subscribed",
    columns={"contacts": _COLUMNS},
    fixed=_consent("true", "OPTIN_TIME"),
    options=_OPTIONS,
    settings=_KEYS,
)
UNSUBSCRIBED = Preset(
    title="Mailchimp unsubscribed members",
    signature=_SIGNATURE,
    needs=("UNSUB_TIME",),
    columns={"contacts": {**_COLUMNS, "UNSUB_TIME": "email_consent_at"}},
    fixed={"contacts": {"email_consent": {"value": "false"}}},
    options=_OPTIONS,
    settings=_KEYS,
)
CLEANED = Preset(
    title="Mailchimp cleaned members",
    signature=_SIGNATURE,
    file="cleaned",
    columns={"contacts": _COLUMNS},
    fixed={"contacts": {"email_consent": {"value": "false"}}},
    options=_OPTIONS,
    settings=_KEYS,
)
AUDIENCE = Preset(
    title="Mailchimp audience",
    signature=_SIGNATURE,
    columns={"contacts": _COLUMNS},
    options=_OPTIONS,
    settings=_KEYS,
    questions=(
        "neither the file's name nor its columns say whether these members are subscribed: "
        'say `email_consent: {value: "true"}` or `{value: "false"}`',
    ),
)

MAILING_PRESETS = (UNSUBSCRIBED, SUBSCRIBED, CLEANED, AUDIENCE)
