"""Amounts in other currencies: refused, converted by the rate of their day, or kept apart; never added up silently."""

from dataclasses import dataclass

from segment_lib.loading.cases import NO_LIST, list_sql
from segment_lib.loading.cleaning import currency_sql
from segment_lib.loading.recipe import Source
from segment_lib.sql import literal

COLUMNS = ("amount", "currency", "original_amount", "original_currency")
# Whose sign is a dollar sign alone.
CROWNS = ("SEK", "NOK", "DKK", "ISK")
DOLLARS = (
    "USD",
    "AUD",
    "CAD",
    "NZD",
    "HKD",
    "SGD",
    "MXN",
    "TWD",
    "BBD",
    "BSD",
    "JMD",
    "TTD",
    "XCD",
    "ARS",
    "CLP",
    "COP",
)


@dataclass(frozen=True)
class Money:
    """What replaces amount and currency, what refuses a row for its currency, and a join with the rates, as SQL."""

    values: str
    faults: str
    join: str


def money_sql(source: Source, name: str, *, currency: str, zone: str) -> Money | None:
    """Return how a source's amounts become the workspace's.

    Parameters
    ----------
    source : of import.yml.
    name : prefix of the table of rates, `{name}_rates`.
    currency : the workspace's, ISO 4217.
    zone : the workspace's.

    Returns
    -------
    Money, or None where the source has no amounts
    """
    if source.table != "interactions" or "amount" not in source.columns:
        return None
    code = f"coalesce({'currency, ' if 'currency' in source.columns else ''}_written_currency)"
    own = literal(currency)
    foreign = f"coalesce(amount is not null and {code} <> {own}, false)"
    original = (
        f"case when {foreign} then amount end as original_amount, "
        f"case when {foreign} then {code} end as original_currency"
    )
    ours = f"case when amount is not null then {own} end as currency"
    if source.currencies == "refuse":
        fault = f"'the currency is not the workspace''s ({currency}): ' || {code}"
        return Money(f"amount, {ours}, {original}", list_sql([(foreign, fault)]), "")
    if source.currencies == "apart":
        kept = f"case when not {foreign} then amount end as amount"
        theirs = f"case when amount is not null and not {foreign} then {own} end as currency"
        return Money(f"{kept}, {theirs}, {original}", NO_LIST, "")
    rate = f"{name}_rates._rate"
    converted = f"case when {foreign} then round(amount * {rate}, 4) else amount end as amount"
    day = f"cast(cast(occurred_at at time zone {literal(zone)} as date) as varchar)"
    fault = f"'no rate is known for ' || {code} || ' on ' || {day}"
    join = f"asof left join {name}_rates on {name}_rates._code = {code} and bounded.occurred_at >= {name}_rates._day"
    return Money(f"{converted}, {ours}, {original}", list_sql([(f"{foreign} and {rate} is null", fault)]), join)


def written_currency_sql(source: Source, cells: dict[str, str], *, currency: str) -> str:
    """Return the currency that an amount's own cell names, where it is no plain number.

    Parameters
    ----------
    source : with amounts.
    cells : the SQL of every cell by the name of its column.
    currency : the workspace's; a bare `$` is its own dollar, where it has one.

    Returns
    -------
    str
    """
    rule = source.columns["amount"]
    if rule.source is None:
        return "null::varchar"
    given = cells[rule.source]
    code, own = currency_sql(f"trim({given})"), literal(currency)
    if currency not in CROWNS:
        # Four countries write kr: nobody can tell which, but it is not the workspace's.
        code = f"coalesce({code}, case when regexp_matches(lower({given}), '\\bkr\\b') then 'kr' end)"
    if currency in DOLLARS:
        code = (
            f"case when contains({given}, '$') and not regexp_matches({given}, '[A-Za-z]') then {own} else {code} end"
        )
    return f"case when try_cast({given} as double) is null then {code} end"
