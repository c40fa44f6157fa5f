"""A feature is a record: one aggregate over rows of a contact, or an expression over what was computed before."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from segment_lib.vocabulary import Column, ColumnType, Family

Level = Literal[
    "interactions",
    "orders",
    "purchase days",
    "category",
    "product",
    "channel",
    "weekday",
    "hour",
    "quarter",
    "labels",
    "contact",
]
# Counts orders that have a row for which the condition holds; a row without an order id is an order of its own.
COUNT_ORDERS = "count_orders()"
# The largest and the smallest order, by the amounts of those of its rows for which the condition holds.
LARGEST_ORDER, SMALLEST_ORDER = "largest_order()", "smallest_order()"
# What becomes of the orders of a contact, for each of these.
ORDER_AGGREGATES = {COUNT_ORDERS: "count(*)", LARGEST_ORDER: "max", SMALLEST_ORDER: "min"}


@dataclass(frozen=True)
class Gaps:
    """Days with interactions of the record's kind that meet `among`: `occurred_at`, `day` and `previous_day`."""

    among: str = ""


@dataclass(frozen=True)
class Followed:
    """Instants of the record's kind, with `next_at`: when the next interaction of another kind happened.

    Parameters
    ----------
    then_kind : the other kind; empty is any.
    among, then_among : conditions on the rows of each.
    """

    then_kind: str
    among: str = ""
    then_among: str = ""


@dataclass(frozen=True)
class Values:
    """The values that a column has in rows of the record's kind that meet `among`: `value`, and its `place`.

    The value of most rows has the place 1; of equally frequent ones the first in order.
    """

    column: str
    among: str = ""


Derived: TypeAlias = Gaps | Followed | Values


@dataclass(frozen=True)
class Feature:
    """One feature.

    Parameters
    ----------
    name : column that it becomes.
    sql : one aggregate over the rows of a contact, `count_orders()`, `largest_order()` or `smallest_order()`, or at the
        level `contact` an expression over contact columns and other features. Beside DuckDB's SQL it may use the words
        of `segment_lib.features.wording`: `as_of_day`, `days_since(instant)`, `day_of(instant)`, `money(amount)` ...
    unit : days, money, purchases, share ...
    family : which family of criteria it belongs to.
    meaning : one sentence for whoever reads the report.
    type : type of the result.
    level : which rows `sql` aggregates, with the columns that `segment_lib.features.levels` lists; `contact` none,
        `labels` those that the contact carries. `Gaps`, `Followed` and `Values` are rows made of rows.
    kind : the kind of interactions that are read; empty is any. Levels other than `interactions` are of purchases.
    where : condition on a row to be counted, such as `in_last('90 days')`.
    zero : whether a contact without any such row has 0 rather than nothing.

    Examples
    --------
    >>> Feature("visits_90d", "count(*)", kind="visit", where="in_last('90 days')").formula
    "count(*) filter (where in_last('90 days')) of interactions: visit"
    """

    name: str
    sql: str
    unit: str = ""
    family: Family = "behavioural"
    # Words make no other feature: two rules may spell one call differently.
    meaning: str = field(default="", compare=False)
    type: ColumnType = "number"
    level: Level | Derived = "interactions"
    kind: str = ""
    where: str = ""
    zero: bool = False

    @property
    def column(self) -> Column:
        """The feature as a column of the vocabulary."""
        return Column(self.name, self.type, self.family, self.meaning, self.unit)

    @property
    def formula(self) -> str:
        """How it is computed, in one line for documentation."""
        if self.level == "contact":
            return self.sql
        where = f" filter (where {self.where})" if self.where else ""
        return f"{self.sql}{where} of {self.level}" + (f": {self.kind}" if self.kind else "")
