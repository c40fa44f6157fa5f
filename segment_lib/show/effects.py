"""How far members of a segment are from the rest: a difference in standard deviations, or a lift of a share."""

import math
from typing import Any

from segment_lib.show.rows import Row
from segment_lib.show.words import MINUS, as_float, format_field, format_number, format_share, is_missing

PROFILE = ("segment", "field", "level", "family", "members_value", "rest_value", "effect", "estimate", "low", "high")
NEUTRAL = {"difference": 0.0, "lift": 1.0}


def is_clear(row: Row) -> bool:
    """Tell whether the interval of an effect leaves out "no effect".

    Parameters
    ----------
    row : a row of a profile.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_clear({"effect": "difference", "low": 0.2, "high": 0.9})
    True
    >>> is_clear({"effect": "lift", "low": 0.8, "high": 1.3})
    False
    """
    neutral = NEUTRAL[row["effect"]]
    return as_float(row["low"]) > neutral or as_float(row["high"]) < neutral


def strength(row: Row) -> float:
    """Return how far an effect surely is from none: the end of its interval that is nearer, or else the estimate.

    Parameters
    ----------
    row : a row of a profile.

    Returns
    -------
    float
        A lift of a half counts as much as one of two.

    Examples
    --------
    >>> strength({"effect": "difference", "estimate": -0.8, "low": -1.0, "high": -0.6})
    0.6
    """
    near = "estimate" if not is_clear(row) else "low" if as_float(row["low"]) > NEUTRAL[row["effect"]] else "high"
    value = as_float(row[near])
    if math.isnan(value):
        return 0.0
    if row["effect"] == "difference":
        return abs(value)
    return abs(math.log(value)) if value > 0 else math.inf


def effect_name(row: Row) -> str:
    """Write what an effect is about.

    Parameters
    ----------
    row : a row of a profile.

    Returns
    -------
    str

    Examples
    --------
    >>> effect_name({"field": "country", "level": "ES"}), effect_name({"field": "recency_days", "level": ""})
    ('Country: ES', 'Recency (days)')
    """
    return format_field(str(row["field"]), "" if is_missing(row["level"]) else str(row["level"]))


def format_deviation(estimate: Any) -> str:
    """Write a difference in standard deviations.

    Parameters
    ----------
    estimate : standard deviations.

    Returns
    -------
    str

    Examples
    --------
    >>> format_deviation(-1.24), format_deviation(0.8)
    ('−1.2', '+0.8')
    """
    number = as_float(estimate)
    return "–" if math.isnan(number) else f"{MINUS if number < 0 else '+'}{abs(number):.1f}"


def format_lift(estimate: Any) -> str:
    """Write how many times as frequent something is.

    Parameters
    ----------
    estimate : ratio of two shares.

    Returns
    -------
    str

    Examples
    --------
    >>> format_lift(2.44), format_lift(0.5), format_lift(12.0), format_lift(0.04)
    ('2.4×', '0.5×', '12×', '0.04×')
    """
    number = as_float(estimate)
    return "–" if math.isnan(number) else f"{number:.{0 if number >= 9.95 else 1 if number >= 0.095 else 2}f}×"


def format_effect(row: Row, name: str = "estimate") -> str:
    """Write an effect, or an end of its interval.

    Parameters
    ----------
    row : a row of a profile.
    name : estimate, low or high.

    Returns
    -------
    str
    """
    return format_deviation(row[name]) if row["effect"] == "difference" else format_lift(row[name])


def format_group_value(row: Row, name: str) -> str:
    """Write what members or the rest have: a number, or a share where the effect is a lift.

    Parameters
    ----------
    row : a row of a profile.
    name : members_value or rest_value.

    Returns
    -------
    str
    """
    return format_number(row[name]) if row["effect"] == "difference" else format_share(row[name])
