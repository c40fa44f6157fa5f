"""The arguments of a call, checked against what its function takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from segment_lib.asof import AsOf, parse_window
from segment_lib.errors import InvalidOption, InvalidRule, list_names, suggest
from segment_lib.features.rules.functions import FUNCTION_NAMES, Parameter, RuleFunction, function_called
from segment_lib.sql import point_at

MOST_MONTHS = 60
_WANTED = {
    "kind": "one name in quotes",
    "name": "a name in quotes",
    "window": "a window in quotes such as '90 days'",
    "whole number": f"a whole number from 1 to {MOST_MONTHS}",
    "percent": "a number above 0 and at most 100",
    "column of interactions": "a column of interactions, without quotes",
    "column": "a column, without quotes",
    "number": "a number",
    "condition": "a comparison",
}


@dataclass(frozen=True)
class Call:
    """One call of a function in a rule.

    Parameters
    ----------
    function : what is called.
    node : where it stands.
    values : the arguments by place, under the names of their parameters; those left out are not there.
    options : the arguments by name.
    """

    function: RuleFunction
    node: exp.Expr
    values: Mapping[str, exp.Expr]
    options: Mapping[str, exp.Expr]

    @property
    def text(self) -> str:
        """The call as it would be written."""
        return self.node.sql("duckdb", comments=False, normalize_functions="lower")

    def name_of(self, parameter: str) -> str:
        """Return the text of an argument, or an empty text where it was left out."""
        value = self.values.get(parameter)
        return value.name if value is not None else ""

    def window(self, option: str) -> str:
        """Return a window such as `90 days`, or an empty text where it was left out."""
        value = self.options.get(option, self.values.get(option))
        if value is None:
            return ""
        number, unit = parse_window(value.name)
        return f"{number} {unit}s"


def read_call(node: exp.Func, text: str) -> Call:
    """Check a call against the signature of its function.

    Parameters
    ----------
    node : the call.
    text : the rule, for messages.

    Returns
    -------
    Call

    Raises
    ------
    InvalidRule
        There is no such function, or an argument is missing, unknown, doubled or of another kind.
    """
    name, arguments = ("count", [node.this, *node.expressions]) if isinstance(node, exp.Count) else _named(node)
    function = function_called(name)
    if function is None:
        hint = suggest(name, FUNCTION_NAMES) or f" Functions: {list_names(FUNCTION_NAMES, most=40)}."
        raise InvalidRule(f"can't find a function `{name}`.{hint}\n{place_of(text, node)}")
    plain = [a for a in arguments if a is not None and not isinstance(a, exp.Kwarg)]
    named = [(str(a.this).lower(), a.expression) for a in arguments if isinstance(a, exp.Kwarg)]
    call = Call(
        function,
        node,
        {parameter.name: value for parameter, value in zip(function.parameters, plain, strict=False)},
        dict(named),
    )
    _check_options(call, [option for option, _ in named], text)
    for parameter in function.parameters:
        _check_argument(call, parameter, text)
    if len(plain) > len(function.parameters):
        raise _fault(call, "takes no more than that", text, plain[-1])
    for option in ("within", "until"):
        if option in call.options:
            _check_window(call, call.options[option], f"`{option}`", text)
    if "within" in call.options and "until" in call.options:
        early = AsOf.of("2000-01-31")
        if early.first_day(call.window("within")) >= early.first_day(call.window("until")):
            raise _fault(call, "must have a `within` that is longer than its `until`", text, call.options["until"])
    return call


def place_of(text: str, node: exp.Expr) -> str:
    """Return the line of a rule that holds a node, with carets below it, or below its first part that has a place."""
    part = next((one for one in node.walk() if "start" in one.meta), None)
    return point_at(text, part.meta["start"], part.meta["end"]) if part is not None else point_at(text, 0)


def _named(node: exp.Func) -> tuple[str, list[exp.Expr]]:
    return str(node.this).lower(), list(node.expressions)


def _check_options(call: Call, names: list[str], text: str) -> None:
    function = call.function
    takes = " and ".join(filter(None, [", ".join(f"`{o}`" for o in function.options[:-1]), *_last(function)]))
    takes = f"takes {takes}, each once" if takes else "takes no options"
    for name in names:
        if name not in function.options:
            raise _fault(
                call, f"{takes}, got `{name}`.{suggest(name, function.options)}"[:-1], text, call.options[name]
            )
    if len(names) > len(call.options):
        raise _fault(call, f"{takes}, got one twice", text, call.node)
    for name in function.needed:
        if name not in call.options:
            raise _fault(call, f"must be given `{name}`", text, call.node)


def _last(function: RuleFunction) -> list[str]:
    return [f"`{function.options[-1]}`"] if function.options else []


def _check_argument(call: Call, parameter: Parameter, text: str) -> None:
    value = call.values.get(parameter.name)
    if value is None:
        if parameter.optional:
            return
        raise _wrong(call, parameter, text, call.node)
    literal = isinstance(value, exp.Literal)
    quoted = literal and value.is_string and bool(value.name.strip())
    match parameter.kind:
        case "kind" | "name":
            right = quoted
        case "window":
            right = quoted
            if right:
                _check_window(call, value, f"`{parameter.name}`", text)
        case "whole number":
            right = literal and not value.is_string and value.name.isdigit() and 1 <= int(value.name) <= MOST_MONTHS
        case "percent":
            right = literal and not value.is_string and _is_percent(value.name)
        case "column" | "column of interactions":
            right = isinstance(value, exp.Column)
        case _:
            right = True
    if not right:
        raise _wrong(call, parameter, text, value)


def _is_percent(number: str) -> bool:
    try:
        return 0 < Decimal(number) <= 100
    except InvalidOperation:
        return False


def _check_window(call: Call, value: exp.Expr, what: str, text: str) -> None:
    if not (isinstance(value, exp.Literal) and value.is_string):
        got = value.sql("duckdb")[:60]
        raise InvalidRule(f"{what} must be {_WANTED['window']}, got `{got}`.\n{place_of(text, value)}")
    ahead = call.function.name == "anniversary"
    try:
        day = AsOf.of("2000-01-01")
        end = day.last_day(value.name) if ahead else day.first_day(value.name)
    except InvalidOption as error:
        raise InvalidRule(f"{error}\n{place_of(text, value)}") from None
    if ahead and end > day.last_day("1 year"):
        raise _fault(call, "looks at most a year ahead", text, value)


def _wrong(call: Call, parameter: Parameter, text: str, node: exp.Expr) -> InvalidRule:
    place = list(call.function.parameters).index(parameter)
    where = ("first", "second", "third", "fourth")[place]
    wanted = _WANTED[parameter.kind]
    return _fault(call, f"must be given {wanted} {where}, as in {call.function.example}", text, node)


def _fault(call: Call, what: str, text: str, node: exp.Expr, *, hint: str = "") -> InvalidRule:
    return InvalidRule(f"`{call.function.name}` {what}: `{call.text[:120]}`.{hint}\n{place_of(text, node)}")
