"""The catalogue of features: every one a record of SQL, computed as of a day."""

from dataclasses import dataclass, field
from typing import Literal

from segment_lib.vocabulary import Column, ColumnType, Family

Level = Literal["interactions", "contact"]


@dataclass(frozen=True)
class Feature:
    """One feature.

    Parameters
    ----------
    name : column that it becomes.
    sql : an aggregate over a contact's interactions (level `interactions`), or an expression over contact columns
        and features that stand earlier in the catalogue (level `contact`). Beside DuckDB's SQL it may use
        `as_of_day`, `day_of(instant)`, `in_last('90 days')` and `money(amount)`; see `segment_lib.features.assembly`.
    unit : days, money, purchases, share ...
    family : which family of criteria it belongs to.
    meaning : one sentence for whoever reads the report.
    type : type of the result.
    level : what `sql` is computed from.
    zero : whether a contact without any such interaction has 0 rather than nothing.
    """

    name: str
    sql: str
    unit: str = ""
    family: Family = "behavioural"
    # Words make no other feature: two rules may spell one call differently.
    meaning: str = field(default="", compare=False)
    type: ColumnType = "number"
    level: Level = "interactions"
    zero: bool = False

    @property
    def column(self) -> Column:
        """The feature as a column of the vocabulary."""
        return Column(self.name, self.type, self.family, self.meaning, self.unit)


def _count(name: str, where: str, unit: str, meaning: str, *, family: Family = "interaction") -> Feature:
    return Feature(name, f"count(*) filter (where {where})", unit, family, meaning, "integer", zero=True)


def count_orders(condition: str) -> str:
    """Return SQL that counts orders: rows of one order count once, a row without an order id is an order of its own.

    Examples
    --------
    >>> count_orders("kind = 'refund'")
    "count(distinct order_id) filter (where kind = 'refund') + \
count(*) filter (where kind = 'refund' and order_id is null)"
    """
    alone = f"count(*) filter (where {condition} and order_id is null)"
    return f"count(distinct order_id) filter (where {condition}) + {alone}"


def _orders(name: str, window: str, meaning: str) -> Feature:
    sql = count_orders(f"kind = 'purchase'{window}")
    return Feature(name, sql, "purchases", "behavioural", meaning, "integer", zero=True)


def _spend(name: str, window: str, meaning: str, *, kind: str = "purchase") -> Feature:
    sql = f"sum(money(amount)) filter (where kind = '{kind}'{window})"
    return Feature(name, sql, "money", "financial", meaning, zero=True)


def _derived(name: str, sql: str, unit: str, family: Family, meaning: str, type: ColumnType = "number") -> Feature:
    return Feature(name, sql, unit, family, meaning, type, level="contact")


CATALOGUE: tuple[Feature, ...] = (
    Feature("first_interaction_at", "min(occurred_at)", "", "interaction",
            "First interaction of any kind", "timestamp"),
    Feature("last_interaction_at", "max(occurred_at)", "", "interaction",
            "Last interaction of any kind", "timestamp"),
    Feature("first_purchase_at", "min(occurred_at) filter (where kind = 'purchase')", "", "behavioural",
            "First purchase", "timestamp"),
    Feature("last_purchase_at", "max(occurred_at) filter (where kind = 'purchase')", "", "behavioural",
            "Last purchase", "timestamp"),
    _derived("tenure_days", "as_of_day - day_of(least(acquired_at, first_interaction_at))", "days", "relationship",
             "Days since the contact became known", "integer"),
    _derived("recency_days", "as_of_day - day_of(last_purchase_at)", "days", "behavioural",
             "Days since the last purchase; nothing for who never bought", "integer"),
    _derived("quiet_days", "as_of_day - day_of(last_interaction_at)", "days", "interaction",
             "Days since the last interaction of any kind", "integer"),
    _orders("purchases", "", "Orders so far; the rows of one order count once"),
    _orders("purchases_30d", " and in_last('30 days')", "Orders in the last 30 days"),
    _orders("purchases_90d", " and in_last('90 days')", "Orders in the last 90 days"),
    _orders("purchases_365d", " and in_last('365 days')", "Orders in the last 365 days"),
    _derived("days_between_orders",
             "(day_of(last_purchase_at) - day_of(first_purchase_at)) / nullif(purchases - 1.0, 0)", "days",
             "behavioural", "Mean gap between orders; nothing below two orders"),
    _spend("total_spend", "", "What the contact has paid for, refunds not deducted"),
    _spend("spend_30d", " and in_last('30 days')", "Spend in the last 30 days"),
    _spend("spend_90d", " and in_last('90 days')", "Spend in the last 90 days"),
    _spend("spend_365d", " and in_last('365 days')", "Spend in the last 365 days"),
    _derived("average_order", "total_spend / nullif(purchases, 0)", "money", "financial", "Spend for an order"),
    _spend("refunded", "", "What was paid back", kind="refund"),
    _derived("refund_share", "refunded / nullif(total_spend, 0)", "share", "financial",
             "Part of the spend that was paid back"),
    Feature("favourite_category",
            # Of equally frequent categories the first by name, so that chance decides nothing.
            "mode(category order by category) filter (where kind = 'purchase')",
            "", "preference", "Category that most purchase rows are of", "text"),
    _count("emails_sent", "kind = 'email_sent'", "e-mails", "E-mails sent to the contact"),
    _count("email_opens", "kind = 'email_open'", "e-mails", "E-mails opened"),
    _count("email_clicks", "kind = 'email_click'", "clicks", "Clicks in e-mails"),
    _derived("email_open_rate", "email_opens / nullif(emails_sent, 0)", "share", "interaction",
             "Opens for an e-mail sent"),
    _derived("email_click_rate", "email_clicks / nullif(emails_sent, 0)", "share", "interaction",
             "Clicks for an e-mail sent"),
    _count("visits", "kind = 'visit'", "visits", "Visits"),
    _count("visits_90d", "kind = 'visit' and in_last('90 days')", "visits", "Visits in the last 90 days"),
    _count("support_requests", "kind = 'support_request'", "requests", "Support requests"),
    _count("support_requests_365d", "kind = 'support_request' and in_last('365 days')", "requests",
           "Support requests in the last 365 days"),
    _count("quote_requests", "kind = 'quote_request'", "requests", "Quotes asked for"),
    _count("calls", "kind = 'call'", "calls", "Calls"),
    Feature("satisfaction", "avg(cast(score as decimal(18, 4))) filter (where kind = 'survey')", "points", "preference",
            "Mean score of surveys"),
    _derived("age_years", "date_diff('year', birth_date, as_of_day) - "
             "cast(strftime(birth_date, '%m%d') > strftime(as_of_day, '%m%d') as integer)", "years", "demographic",
             "Age in full years", "integer"),
)  # fmt: skip


def table_features(features: tuple[Feature, ...] = CATALOGUE) -> list[dict[str, str]]:
    """Return the catalogue as rows, for documentation and notebooks.

    Parameters
    ----------
    features : what to list.

    Returns
    -------
    list of dict

    Examples
    --------
    >>> table_features()[7]["feature"]
    'purchases'
    """
    return [
        {"feature": f.name, "family": f.family, "unit": f.unit, "meaning": f.meaning, "sql": f.sql} for f in features
    ]
