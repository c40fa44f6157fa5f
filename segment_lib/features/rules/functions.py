"""The functions of the rule language: what each takes, gives and means."""

from dataclasses import dataclass
from typing import Literal

from segment_lib.vocabulary import ColumnType

# What an argument is: the name of a kind of interactions in quotes, a window in quotes, a column of interactions ...
Argument = Literal[
    "kind", "window", "whole number", "percent", "name", "column of interactions", "column", "number", "condition"
]
ANY_KIND = "any"
# Rows of these kinds belong to orders: an order counts once, and its value is that of its rows together.
OF_ORDERS = ("purchase", "refund")


@dataclass(frozen=True)
class Parameter:
    """One argument that a function takes by its place."""

    name: str
    kind: Argument
    optional: bool = False


@dataclass(frozen=True)
class RuleFunction:
    """One function of the rule language.

    Parameters
    ----------
    name : how a rule calls it.
    parameters : the arguments by place.
    options : the arguments by name, such as `within => '90 days'`.
    returns : type of the answer; of `favourite` that of its column.
    meaning : one sentence, without a full stop.
    example : a condition that uses it.
    needed : options that must be given.
    """

    name: str
    parameters: tuple[Parameter, ...]
    options: tuple[str, ...]
    returns: ColumnType
    meaning: str
    example: str
    needed: tuple[str, ...] = ()

    @property
    def signature(self) -> str:
        """How it is called, in one line: what may be left out stands in square brackets.

        Examples
        --------
        >>> function_called("active_months").signature
        'active_months(kind, months [, where])'
        """
        text = ""
        for name, optional in [
            *((parameter.name, parameter.optional) for parameter in self.parameters),
            *((option, option not in self.needed) for option in self.options),
        ]:
            part = f", {name}" if text else name
            text += f"{' ' if text else ''}[{part}]" if optional else part
        return f"{self.name}({text})"


_KIND = Parameter("kind", "kind")
_COLUMN = Parameter("column", "column of interactions")
_MAYBE = Parameter("column", "column of interactions", optional=True)
_MONTHS = Parameter("months", "whole number")
_EXPRESSION, _PERCENT = Parameter("number", "number"), Parameter("percent", "percent")
_DAY = Parameter("day", "column")
_ROWS = ("within", "until", "where")

FUNCTIONS: tuple[RuleFunction, ...] = (
    RuleFunction("count", (_KIND,), _ROWS, "integer",
                 "How many interactions of a kind; of purchases and refunds, how many orders",
                 "count('purchase', within => '90 days') >= 3"),
    RuleFunction("total", (_KIND, _MAYBE), _ROWS, "number", "Sum of the amounts, or of another column; 0 without any",
                 "total('purchase', within => '12 months') > 500"),
    RuleFunction("average", (_KIND, _MAYBE), _ROWS, "number", "Mean value of an order, or mean of a column over rows",
                 "average('survey', score, within => '12 months') < 3"),
    RuleFunction("largest", (_KIND, _MAYBE), _ROWS, "number",
                 "Value of the largest order, or largest value of a column", "largest('purchase') > 1000"),
    RuleFunction("smallest", (_KIND, _MAYBE), _ROWS, "number",
                 "Value of the smallest order, or smallest value of a column", "smallest('survey', score) <= 2"),
    RuleFunction("distinct_values", (_KIND, _COLUMN), _ROWS, "integer", "How many different values a column has",
                 "distinct_values('purchase', category) >= 3"),
    RuleFunction("days_since", (_KIND,), _ROWS, "integer", "Days since the last interaction of a kind; 0 is today",
                 "days_since('purchase') > 180"),
    RuleFunction("days_since_first", (_KIND,), _ROWS, "integer", "Days since the first interaction of a kind",
                 "days_since_first('purchase') <= 60"),
    RuleFunction("ever", (_KIND,), _ROWS, "boolean", "Whether there is an interaction of a kind",
                 "ever('support_request', within => '180 days')"),
    RuleFunction("never", (_KIND,), _ROWS, "boolean", "Whether there is no interaction of a kind",
                 "never('refund', within => '12 months')"),
    RuleFunction("active_months", (_KIND, _MONTHS), ("where",), "integer",
                 "In how many of the last months, counted back from the day, there was an interaction of a kind",
                 "active_months('purchase', 6) >= 4"),
    RuleFunction("regularly", (_KIND, _MONTHS), ("where",), "boolean",
                 "Whether there was an interaction of a kind in each of the last months",
                 "regularly('purchase', 6)"),
    RuleFunction("stopped", (_KIND, Parameter("silence", "window")), ("where",), "boolean",
                 "Whether there were interactions of a kind, but none within the last days",
                 "stopped('purchase', '180 days')"),
    RuleFunction("resumed", (_KIND, Parameter("silence", "window")), ("within", "where"), "boolean",
                 "Whether an interaction of a kind came after a silence of that length",
                 "resumed('purchase', '180 days', within => '30 days')"),
    RuleFunction("followed_by", (_KIND, Parameter("then_kind", "kind")), ("within", "where", "then_where"), "boolean",
                 "Whether an interaction of a kind was followed by one of another kind within that time",
                 "followed_by('quote_request', 'purchase', within => '30 days')"),
    RuleFunction("average_order", (), _ROWS, "number", "Mean value of an order",
                 "average_order(within => '6 months') > 200"),
    RuleFunction("favourite", (_KIND, _COLUMN), _ROWS, "text",
                 "The value of a column that most rows have; of equally frequent ones the first by the alphabet",
                 "favourite('purchase', category) = 'Pineapple'"),
    RuleFunction("share_of", (_KIND, _MAYBE), _ROWS, "number",
                 "Which part of the amounts (of rows, for kinds other than purchases and refunds) meets a condition",
                 "share_of('purchase', where => category = 'Pineapple') > 0.5", needed=("where",)),
    RuleFunction("has_label", (Parameter("label", "name"),), (), "boolean", "Whether the contact carries a label",
                 "has_label('Influencer')"),
    RuleFunction("in_segment", (Parameter("segment", "name"),), (), "boolean",
                 "Whether the contact is in a smart view or an RFM group",
                 "in_segment('Active buyers')"),
    RuleFunction("has_relationship", (Parameter("relationship", "name"),), (), "boolean",
                 "Whether the contact is that to us: prospect, client, debtor, supplier or collaborator",
                 "has_relationship('client')"),
    RuleFunction("includes", (Parameter("list", "column"), Parameter("value", "name")), (), "boolean",
                 "Whether a list of the contact's holds a text", "includes(interests, 'Cooking')"),
    RuleFunction("top_percent", (_EXPRESSION, _PERCENT), (), "boolean",
                 "Whether the contact is among that part of all contacts with the largest values",
                 "top_percent(total_spend, 10)"),
    RuleFunction("bottom_percent", (_EXPRESSION, _PERCENT), (), "boolean",
                 "Whether the contact is among that part of all contacts with the smallest values",
                 "bottom_percent(average_order, 25)"),
    RuleFunction("random_percent", (_PERCENT, Parameter("draw", "name", optional=True)), (), "boolean",
                 "Whether the contact is in a part drawn by chance, always the same; another name is another draw",
                 "random_percent(50, 'spring test')"),
    RuleFunction("anniversary", (_DAY,), ("within",), "boolean",
                 "Whether an anniversary of a day lies in the coming days, the day seen from being the first",
                 "anniversary(birth_date, within => '7 days')", needed=("within",)),
    RuleFunction("days_until", (_DAY,), (), "integer", "Days until a day; 0 is today, less than 0 is past",
                 "days_until(renewal_date) between 0 and 30"),
    RuleFunction("distance_km",
                 (Parameter("latitude", "number"), Parameter("longitude", "number"),
                  Parameter("to_latitude", "number"), Parameter("to_longitude", "number")), (), "number",
                 "Distance between two places", "distance_km(latitude, longitude, 41.39, 2.17) < 50"),
    RuleFunction("probably", (Parameter("comparison", "condition"), Parameter("certainty", "number")), (), "boolean",
                 "Whether a predicted number is above or below a bound with that certainty",
                 "probably(p_alive < 0.4, 0.9)"),
)  # fmt: skip
_BY_NAME = {function.name: function for function in FUNCTIONS}
FUNCTION_NAMES = tuple(_BY_NAME)


def function_called(name: str) -> RuleFunction | None:
    """Return the function of a name, if there is one.

    Parameters
    ----------
    name : in any case.

    Returns
    -------
    RuleFunction or None

    Examples
    --------
    >>> function_called("ever").returns
    'boolean'
    """
    return _BY_NAME.get(name.lower())
