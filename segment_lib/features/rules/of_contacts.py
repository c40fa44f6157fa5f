"""The functions of contacts: labels, days to come, lists, places, and parts of all contacts."""

import hashlib
import math
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from sqlglot import exp

from segment_lib.errors import InvalidRule, list_names
from segment_lib.features.record import Feature
from segment_lib.features.rules.arguments import Call, place_of
from segment_lib.sql import columns_of, identifier, literal
from segment_lib.vocabulary import RELATIONSHIPS, ColumnType, Family

# What has bounds: predictions of `segment_lib.features.lifetime`.
PREDICTIONS = ("p_alive", "expected_purchases_90d", "expected_value_12m")
_HEX_DIGITS = 8


@dataclass(frozen=True)
class Cut:
    """A number that is known once all contacts are: the value at some place from below."""

    name: str
    sql: str


def of_contact(call: Call, types: dict[str, ColumnType], text: str) -> list[Feature]:
    """Return the records of a call that asks about one contact; the last of them is its answer.

    Parameters
    ----------
    call : checked.
    types : of the columns of contacts and features.
    text : the rule, for messages.

    Returns
    -------
    list of Feature

    Raises
    ------
    InvalidRule
        An argument is of the wrong type.
    """
    name = call.function.name
    if name == "has_label":
        where = f"label = {literal(call.name_of('label'))}"
        carried = Feature(
            f"{_named(call)}_n", "count(*)", "labels", "relationship", call.text, "integer", "labels",
            where=where, zero=True,
        )  # fmt: skip
        return [carried, _answer(call, f"{identifier(carried.name)} > 0", "boolean", "relationship")]
    if name == "has_relationship":
        relationship = call.name_of("relationship")
        if relationship not in RELATIONSHIPS:
            place = place_of(text, call.values["relationship"])
            raise InvalidRule(
                f"`has_relationship` must be given one of {list_names(RELATIONSHIPS)}: `{call.text}`.\n{place}"
            )
        sql = f"list_contains(relationships, {literal(relationship)})"
        return [_answer(call, sql, "boolean", "relationship", name=f"_has_relationship_{relationship}")]
    if name == "includes":
        column = _column(call, "list", ["text list"], "a list of texts", types, text)
        return [_answer(call, f"list_contains({column}, {literal(call.name_of('value'))})", "boolean", "preference")]
    if name == "random_percent":
        return [_answer(call, _drawn(call), "boolean", "identity")]
    day = _column(call, "day", ["date", "timestamp"], "a day", types, text)
    if types[call.name_of("day")] == "timestamp":
        day = f"day_of({day})"
    if name == "anniversary":
        sql = f"anniversary_in({day}, '{call.window('within')}')"
        return [_answer(call, sql, "boolean", "demographic")]
    return [_answer(call, f"date_diff('day', as_of_day, {day})", "integer", "behavioural", unit="days")]


def cut_of(call: Call, number: str) -> tuple[Cut, exp.Expr]:
    """Return the cut that a call needs, and the comparison with it.

    Parameters
    ----------
    call : of `top_percent` or `bottom_percent`.
    number : SQL of its first argument over a features table.

    Returns
    -------
    tuple of Cut and sqlglot.exp.Expr
    """
    # From above by way of the opposite number, as both engines count places from below.
    value = f"-({number})" if call.function.name == "top_percent" else f"({number})"
    part = Decimal(call.name_of("percent")) / 100
    sql = f"quantile_disc({value}, {part:f})"
    cut = Cut(f"_cut_{hashlib.sha256(sql.encode()).hexdigest()[:8]}", sql)
    return cut, exp.condition(f"{value} <= {cut.name}", dialect="duckdb")


def quantile_of(call: Call, text: str) -> tuple[str, str, float, exp.Expr]:
    """Return the quantile of a prediction that `probably` compares: most of what may be lies on the side asked for.

    Parameters
    ----------
    call : of `probably`.
    text : the rule, for messages.

    Returns
    -------
    tuple
        Column of the quantile, the prediction, the quantile, and the comparison with that column.

    Raises
    ------
    InvalidRule
        It is no comparison of a prediction with a number, or the certainty is out of range.
    """
    sure, certainty = call.values["certainty"], 0.0
    condition = call.values["comparison"].unnest()
    if isinstance(sure, exp.Literal) and not sure.is_string:
        certainty = float(sure.name)
    compares = isinstance(condition, exp.LT | exp.LTE | exp.GT | exp.GTE)
    prediction = condition.this.name if compares and isinstance(condition.this, exp.Column) else ""
    # Further out there are too few draws of the parameters to tell.
    if not 0.5 <= certainty <= 0.99 or prediction not in PREDICTIONS or columns_of(condition.expression):
        raise InvalidRule(
            f"`probably` must be given a prediction below or above a number, and how sure from 0.5 to 0.99, "
            f"as in probably(p_alive < 0.4, 0.9). Predictions: {list_names(PREDICTIONS)}: `{call.text}`.\n"
            f"{place_of(text, call.node)}"
        )
    quantile = round(certainty if isinstance(condition, exp.LT | exp.LTE) else 1 - certainty, 3)
    column = f"{prediction}_q{round(1000 * quantile):03d}"
    compared = condition.copy()
    compared.this.replace(exp.column(column))
    return column, prediction, quantile, compared


def _drawn(call: Call) -> str:
    """Compare the beginning of a hash: as digits of equal number compare like numbers, in any engine."""
    bound = math.ceil(Decimal(call.name_of("percent")) / 100 * 16**_HEX_DIGITS)
    if bound == 16**_HEX_DIGITS:
        return "contact_id is not null"
    drawn = f"md5(concat({literal(call.name_of('draw'))}, ':', cast(contact_id as varchar)))"
    return f"substr({drawn}, 1, {_HEX_DIGITS}) < '{bound:0{_HEX_DIGITS}x}'"


def _column(
    call: Call, parameter: str, wanted: Collection[ColumnType], what: str, types: dict[str, ColumnType], text: str
) -> str:
    name = call.name_of(parameter)
    if types[name] not in wanted:
        fault = f"`{call.function.name}` must be given {what}; `{name}` is a {types[name]}: `{call.text}`."
        raise InvalidRule(f"{fault}\n{place_of(text, call.values[parameter])}")
    return identifier(name)


def _answer(call: Call, sql: str, type: ColumnType, family: Family, *, unit: str = "", name: str = "") -> Feature:
    return Feature(name or _named(call), sql, unit, family, call.text, type, "contact")


def _named(call: Call) -> str:
    return f"_{call.function.name}_{hashlib.sha256(call.text.encode()).hexdigest()[:8]}"
