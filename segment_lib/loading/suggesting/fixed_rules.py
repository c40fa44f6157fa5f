"""Rules that no single column gives: the kind of an event, a price times a quantity, and policies about rows."""

import re
from collections.abc import Mapping
from typing import Any

from segment_lib.errors import InvalidRule
from segment_lib.loading.suggesting.evidence import ColumnEvidence, Evidence
from segment_lib.loading.suggesting.preset import Preset
from segment_lib.loading.suggesting.word_values import KINDS
from segment_lib.loading.suggesting.wording import plain_words
from segment_lib.sql import columns_of, identifier, parse_expression

UNIT_PRICES = frozenset(
    plain_words(name)
    for name in (
        "unit price",
        "price",
        "item price",
        "price per unit",
        "price each",
        "einzelpreis",
        "stückpreis",
        "preis",
        "precio unitario",
        "precio",
        "prix unitaire",
        "prix",
        "prezzo unitario",
        "prezzo",
        "preço unitário",
        "preço",
        "stukprijs",
        "eenheidsprijs",
        "prijs",
    )
)
# Words of a file's name or headers that tell what its rows are.
_TOLD = {
    "support_request": "support ticket tickets cases complaints",
    "call": "call calls llamadas anrufe appels",
    "visit": "visit visits session sessions traffic",
    "campaign_response": "redemption redemptions responses",
    "survey": "survey surveys nps feedback",
    "email_sent": "mailing mailings emails",
    "campaign": "campaign campaigns",
}


def kind_rule(fields: Mapping[str, str], evidence: Evidence) -> tuple[dict[str, str], str]:
    """Return the rule for `kind` where no column lists kinds, and a question where that is a guess.

    Parameters
    ----------
    fields : field to column of the interactions.
    evidence : the source.

    Returns
    -------
    dict, str
    """
    told = set(plain_words(re.split(r"[/\\]", evidence.file)[-1].split(".")[0]).split())
    for column in evidence.columns:
        told |= {word for word in plain_words(column.column).split() if word.endswith("tion") or word in KINDS}
    if any(field in fields for field in ("amount", "order_id", "quantity")):
        return {"value": "purchase"}, ""
    for kind, words in _TOLD.items():
        if told & set(words.split()):
            return {"value": kind}, f"no column says what happened: `{kind}` is guessed from names"
    if "product" in fields:
        return {"value": "purchase"}, "no column says what happened: `purchase` is a guess"
    return {"value": "interaction"}, "no column says what happened: say the `kind`"


def amount_rule(fields: Mapping[str, str], evidence: Evidence) -> tuple[dict[str, str] | None, str]:
    """Return the rule that multiplies price and quantity, where no column holds the amount; and the price's column.

    Parameters
    ----------
    fields : field to column of the interactions.
    evidence : the source.

    Returns
    -------
    dict or None, str
    """
    if "amount" in fields or "quantity" not in fields:
        return None, ""
    for column in evidence.columns:
        numeric = column.share("number") >= 0.9 and all("," not in value for value in column.sample)
        if plain_words(column.column) in UNIT_PRICES and numeric:
            return {"sql": f"{_named(fields['quantity'])} * {_named(column.column)}"}, column.column
    return None, ""


def amount_question(fields: Mapping[str, str], evidence: Evidence) -> str:
    """Return a question where an order's rows all show one amount: it may be the order's, counted for every row."""
    if not {"amount", "order_id"} <= set(fields):
        return ""
    amount, order = evidence.column(fields["amount"]), evidence.column(fields["order_id"])
    [(several, same)] = evidence.connection.execute(
        f"""select count(*), count(*) filter (where amounts = 1) from (select count(distinct {amount.code}) as amounts
        from evidence where {order.code} is not null group by {order.code} having count({amount.code}) > 1)"""
    ).fetchall()
    if several >= 3 and same >= 0.95 * several:
        return (
            f"{same:,} of {several:,} orders of several rows show one `{amount.column}` on all of them: if it is the "
            "order's total, it would be counted once for every row"
        )
    return ""


def negative(evidence: Evidence, column: ColumnEvidence) -> int:
    """Return how many values of a column are below zero."""
    [(found,)] = evidence.connection.execute(
        f"select count(*) from evidence where regexp_matches({column.code}, '^[^0-9a-zA-Z]*[-−(][^0-9a-zA-Z]*[0-9]')"
    ).fetchall()
    return int(found)


def preset_settings(preset: Preset, table: str, filled: Mapping[str, str], named: Mapping[str, str]) -> dict[str, Any]:
    """Return a preset's keys of a source, without policies about columns that are not there.

    Parameters
    ----------
    preset : that was recognised.
    table : the table.
    filled : field to column, fixed rules included.
    named : header, as plain words, to field.

    Returns
    -------
    dict
    """
    settings: dict[str, Any] = {}
    for key, value in preset.settings.get(table, {}).items():
        if key in ("skip", "reject", "rename"):
            policies = [_policy(policy, filled, named) for policy in value]
            if kept := [policy for policy in policies if policy]:
                settings[key] = kept
        elif key != "keys" or all(one in filled for one in value):
            settings[key] = value
    return settings


def _policy(policy: Mapping[str, str], filled: Mapping[str, str], named: Mapping[str, str]) -> dict[str, str] | None:
    where = policy["where"]
    for header in re.findall(r"\{(.+?)\}", where):
        field = named.get(plain_words(header))
        if field is None:
            return None
        where = where.replace("{" + header + "}", field)
    try:
        names = {column.name for column in columns_of(parse_expression(where))}
    except InvalidRule:
        return None
    return {**policy, "where": where} if names <= set(filled) else None


def _named(column: str) -> str:
    return column if re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", column) else identifier(column)
