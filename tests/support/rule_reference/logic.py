"""True, false and unknown, and what compares with what."""

import operator
import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from rule_reference.days import local_day

Truth = bool | None
_SIGNS = {
    "eq": operator.eq, "neq": operator.ne, "lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge,
}  # fmt: skip


def all_of(truths: Iterable[Truth]) -> Truth:
    """Join by `and`: false as soon as one is false, else unknown as soon as one is unknown."""
    found = list(truths)
    if any(truth is False for truth in found):
        return False
    return None if any(truth is None for truth in found) else True


def any_of(truths: Iterable[Truth]) -> Truth:
    """Join by `or`: true as soon as one is true, else unknown as soon as one is unknown."""
    found = list(truths)
    if any(truth is True for truth in found):
        return True
    return None if any(truth is None for truth in found) else False


def negated(truth: Truth) -> Truth:
    """Turn round; unknown stays unknown."""
    return None if truth is None else not truth


def compared(sign: str, left: Any, right: Any, zone: str) -> Truth:
    """Compare two values of one rule: with a day by the local day, two instants as instants."""
    if left is None or right is None:
        return None
    if isinstance(left, date) or isinstance(right, date):
        left, right = _day(left), _day(right)
        if not (isinstance(left, datetime) and isinstance(right, datetime)):
            left, right = (local_day(side, zone) if isinstance(side, datetime) else side for side in (left, right))
    return bool(_SIGNS[sign](left, right))


def _day(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def is_like(text: str | None, pattern: str | None, *, tell_capitals: bool) -> Truth:
    """Tell whether a text has a pattern's form: `%` any characters, `_` one."""
    if text is None or pattern is None:
        return None
    if not tell_capitals:
        text, pattern = text.lower(), pattern.lower()
    wild = {"%": ".*", "_": "."}
    expression = "".join(wild.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(expression, text, re.DOTALL) is not None


def reckoned(sign: str, left: float | None, right: float | None) -> float | None:
    """Add, subtract, multiply or divide; unknown where a part is, or what is divided by is zero."""
    if left is None or right is None or (sign == "div" and right == 0):
        return None
    operation = {"add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv}[sign]
    return operation(left, right)  # type: ignore[no-any-return]
