"""One condition of a rule, written from what a person chose: a field or function, an operator and values."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from segment_lib.checks import check_option
from segment_lib.errors import InvalidOption, InvalidRule, list_names, suggest
from segment_lib.features.rules.functions import FUNCTION_NAMES, Parameter, RuleFunction, function_called
from segment_lib.features.rules.layout import write_inline
from segment_lib.features.rules.reading import read_rule
from segment_lib.sql import identifier, literal
from segment_lib.vocabulary import ColumnType

Value = str | float | int | Decimal | date
# What can be asked of a value of each type, in the order in which it is offered, and how it is said.
_COMPARED = {
    "=": "is",
    "<>": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
}
_KNOWN = {"is not null": "is known", "is null": "is not known"}
_DAYS = {"<": "is before", "<=": "is not after", ">": "is after", ">=": "is not before", "=": "is on"}
_OF_NUMBERS = {**_COMPARED, "between": "is between", **_KNOWN}
_OF_DAYS = {**_DAYS, "between": "is between", **_KNOWN}
OPERATORS: dict[ColumnType, dict[str, str]] = {
    "number": _OF_NUMBERS,
    "integer": _OF_NUMBERS,
    "text": {
        **{"=": "is", "<>": "is not", "in": "is one of", "not in": "is none of"},
        **{"contains": "contains", "starts with": "starts with"},
        **_KNOWN,
    },
    "date": _OF_DAYS,
    "timestamp": _OF_DAYS,
    "boolean": {"is true": "is true", "is false": "is not true", **_KNOWN},
    "text list": {"includes": "includes", "does not include": "does not include", **_KNOWN},
}
_WITHOUT_VALUE = ("is null", "is not null", "is true", "is false")


def write_condition(
    what: str,
    operator: str,
    value: Value | Sequence[Value] | None = None,
    *,
    columns: Mapping[str, ColumnType],
    arguments: Sequence[Value] = (),
    options: Mapping[str, str] | None = None,
    interaction_columns: Mapping[str, ColumnType] | None = None,
) -> str:
    """Write a condition in the language of rules.

    Parameters
    ----------
    what : a column, or a function of the language.
    operator : one of `OPERATORS` for the type of what is asked.
    value : what it is compared with; two of them for `between`, one or more for `in` and `not in`.
    columns : what may be named, with types.
    arguments : of a function, by place: kinds, names and windows without quotes, columns, numbers, conditions.
    options : of a function, by name: `within`, `until` without quotes, `where`, `then_where` as conditions.
    interaction_columns : types of what `favourite` may be asked for.

    Returns
    -------
    str
        Names and kinds are not looked up here.

    Raises
    ------
    InvalidOption
        There is no such column, function or operator, or the values are not those that it needs.
    InvalidRule
        A part that is written in the language does not parse.

    Examples
    --------
    >>> write_condition("country", "in", ["ES", "PT"], columns={"country": "text"})
    "country in ('ES', 'PT')"
    >>> write_condition("count", ">=", 3, columns={}, arguments=["purchase"], options={"within": "90 days"})
    "count('purchase', within => '90 days') >= 3"
    >>> write_condition("has_label", "is false", columns={}, arguments=["Influencer"])
    "not has_label('Influencer')"
    """
    function = function_called(what)
    if what in columns and not arguments and not options:
        subject, type = write_name(what), columns[what]
    elif function is not None:
        subject = _call(function, arguments, options or {})
        type = _type(function, arguments, interaction_columns or {})
    else:
        known = [*columns, *FUNCTION_NAMES]
        raise InvalidOption(f"can't find a column or function `{what}`.{suggest(what, known)}")
    check_option(operator, OPERATORS[type], name="operator")
    return write_inline(read_rule(_compare(subject, type, operator, _listed(operator, value))))


def write_name(column: str) -> str:
    """Return a column as a rule names it, in quotes only where it has to be.

    Examples
    --------
    >>> write_name("country"), write_name("Total spend")
    ('country', '"Total spend"')
    """
    try:
        return column if write_inline(read_rule(f"{column} is null")) == f"{column} is null" else identifier(column)
    except InvalidRule:
        return identifier(column)


def _call(function: RuleFunction, arguments: Sequence[Value], options: Mapping[str, str]) -> str:
    needed = [parameter for parameter in function.parameters if not parameter.optional]
    if not len(needed) <= len(arguments) <= len(function.parameters):
        raise InvalidOption(f"`arguments` must be as in {function.signature}, got {len(arguments)} of them.")
    for option in options:
        check_option(option, function.options, name=f"options of {function.name}")
    missing = [option for option in function.needed if option not in options]
    if missing:
        raise InvalidOption(f"`{function.name}` must be given {list_names(missing)}, as in {function.example}.")
    written = [_argument(p, value) for p, value in zip(function.parameters, arguments, strict=False)]
    written += [
        f"{name} => {literal(text) if name in ('within', 'until') else _written(text)}"
        for name, text in options.items()
    ]
    return f"{function.name}({', '.join(written)})"


def _argument(parameter: Parameter, value: Value) -> str:
    match parameter.kind:
        case "kind" | "name" | "window":
            return literal(str(value))
        case "column" | "column of interactions":
            return write_name(str(value))
        case "whole number" | "percent":
            return _number(value)
    return _written(str(value))


def _written(text: str) -> str:
    """Return a part that is written in the language; alone it must be whole."""
    return write_inline(read_rule(text))


def _type(
    function: RuleFunction, arguments: Sequence[Value], interaction_columns: Mapping[str, ColumnType]
) -> ColumnType:
    if function.name == "favourite":
        return interaction_columns.get(str(arguments[1]), "text")
    return function.returns


def _listed(operator: str, value: Value | Sequence[Value] | None) -> list[Value]:
    values = [] if value is None else [value] if isinstance(value, Value) else list(value)
    wanted = 0 if operator in _WITHOUT_VALUE else 2 if operator == "between" else 1
    several = operator in ("in", "not in")
    if len(values) != wanted and not (several and values):
        many = "one or more" if several else ("no", "one", "two")[wanted]
        raise InvalidOption(
            f"`value` must be {many} value{'s' * (wanted != 1 or several)} for `{operator}`, got {len(values)}."
        )
    return values


def _compare(subject: str, type: ColumnType, operator: str, values: Sequence[Value]) -> str:
    if operator in ("includes", "does not include"):
        asked = f"includes({subject}, {literal(str(values[0]))})"
        return asked if operator == "includes" else f"not {asked}"
    if operator in ("is true", "is false"):
        return subject if operator == "is true" else f"not {subject}"
    if operator in ("contains", "starts with"):
        start = "%" if operator == "contains" else ""
        return f"{subject} ilike {literal(f'{start}{values[0]}%')}"
    written = [_number(value) if type in ("number", "integer") else literal(str(value)) for value in values]
    if operator == "between":
        return f"{subject} between {written[0]} and {written[1]}"
    if operator in ("in", "not in"):
        return f"{subject} {operator} ({', '.join(written)})"
    return " ".join([subject, operator, *written])


def _number(value: Value) -> str:
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or isinstance(value, bool):
        raise InvalidOption(f"a number must be given, got {value!r}.")
    return f"{number:f}"
