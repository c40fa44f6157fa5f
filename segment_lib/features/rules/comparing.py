"""Comparisons in words: which numbers, days and texts meet one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from segment_lib.features.rules.words import Words

Operator = Literal["=", "<>", "<", "<=", ">", ">=", "in", "not in", "between", "not between"]
INVERSE: dict[Operator, Operator] = {
    "=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "in": "not in", "not in": "in",
    "between": "not between", "not between": "between",
}  # fmt: skip
TURNED: dict[Operator, Operator] = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OPERATORS: dict[type[exp.Expr], Operator] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=", exp.In: "in",
    exp.Between: "between",
}  # fmt: skip
_NUMBERS = {"<": "less", "<=": "at_most", ">": "more", ">=": "at_least"}
_DAYS = {"<": "before", "<=": "until_day", ">": "after", ">=": "from_day"}
_THINGS = {"<": "less_than_it", "<=": "at_most_it", ">": "more_than_it", ">=": "at_least_it"}


@dataclass(frozen=True)
class Comparison:
    """One comparison, turned so that what is compared stands on the left.

    Parameters
    ----------
    left : what is compared.
    operator : how, `not` taken in.
    right : one value; two for between, any number for in.
    """

    left: exp.Expr
    operator: Operator
    right: tuple[exp.Expr, ...]

    @property
    def constants(self) -> list[str] | None:
        """The texts of the right side where all of them are constants of one type, else None."""
        found = [constant_of(value) for value in self.right]
        if None in found or len({is_text for _, is_text in filter(None, found)}) != 1:
            return None
        return [text for text, _ in filter(None, found)]

    @property
    def of_texts(self) -> bool:
        """Whether the right side is of texts."""
        return all(isinstance(value.unnest(), exp.Literal) and value.unnest().is_string for value in self.right)

    @property
    def negated(self) -> bool:
        """Whether it excludes: what is told as `is not`."""
        return self.operator in ("<>", "not in")


def read_comparison(node: exp.Expr, *, positive: bool) -> Comparison | None:
    """Return a comparison, or its opposite, or None for what is none."""
    operator = _OPERATORS.get(type(node))
    if operator is None or node.args.get("symmetric"):
        return None
    left = node.this.unnest()
    if isinstance(node, exp.In):
        right = tuple(node.expressions)
    elif isinstance(node, exp.Between):
        right = (node.args["low"], node.args["high"])
    else:
        right = (node.expression.unnest(),)
        if constant_of(left) and not constant_of(right[0]):
            left, operator, right = right[0], TURNED[operator], (left,)
    return Comparison(left, operator if positive else INVERSE[operator], right) if right else None


def constant_of(node: exp.Expr) -> tuple[str, bool] | None:
    """Return the text of a constant and whether it is one of texts, or None for anything else."""
    node = node.unnest()
    if isinstance(node, exp.Literal):
        return node.name, node.is_string
    inner = node.this.unnest() if isinstance(node, exp.Neg) else None
    if isinstance(inner, exp.Literal) and not inner.is_string:
        return f"-{inner.name}", False
    return None


def number_bound(operator: Operator, texts: Sequence[str], words: Words, show: Callable[[str], str]) -> str:
    """Return which numbers are meant: `more than 500`; of `=` and its opposite the numbers alone.

    Parameters
    ----------
    operator : how it is compared.
    texts : the numbers as written.
    words : the language.
    show : writes one number, with its unit.

    Returns
    -------
    str

    Examples
    --------
    >>> number_bound("not between", ["2", "5"], Words("en", {}), lambda text: text)
    'less than 2 or more than 5'
    """
    if operator in ("between", "not between"):
        key = "between" if operator == "between" else "outside"
        return words.say(key, low=_bare(texts[0], texts[1], words, show), high=show(texts[1]))
    shown = [_bare(text, texts[-1], words, show) for text in texts[:-1]] + [show(texts[-1])]
    if operator in _NUMBERS:
        return words.say(_NUMBERS[operator], n=shown[0])
    return words.listed(shown, "nor" if operator in ("<>", "not in") else "or")


def day_bound(operator: Operator, texts: Sequence[str], words: Words) -> str | None:
    """Return which days are meant: `before 31 January 1990`; None where one of the texts is no day."""
    days = [day for day in map(words.day, texts) if day]
    if len(days) != len(texts):
        return None
    if operator == "between":
        return words.say("between_days", low=days[0], high=days[1])
    if operator == "not between":
        outside = [words.say("before", n=days[0]), words.say("after", n=days[1])]
        return words.listed(outside)
    if operator in _DAYS:
        return words.say(_DAYS[operator], n=days[0])
    return words.listed([words.say("on_day", n=day) for day in days], "nor" if operator in ("<>", "not in") else "or")


def thing_bound(operator: Operator, things: Sequence[str], words: Words) -> str:
    """Return how something compares with other things that have names: `more than their total spend`."""
    if operator in ("between", "not between"):
        return words.say("between_it", low=things[0], high=things[1])
    key = _THINGS.get(operator, "same_as_it")
    return words.say(key, n=words.listed(things, "nor" if operator in ("<>", "not in") else "or"))


def _bare(text: str, last: str, words: Words, show: Callable[[str], str]) -> str:
    """Write a number before the last one: its unit is said once, behind that."""
    shown = show(last)
    plain = words.number(last)
    unit = shown.removeprefix(plain)
    return words.number(text) if shown.startswith(plain) and unit.startswith(" ") else show(text)
