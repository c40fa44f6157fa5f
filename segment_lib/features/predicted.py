"""The columns that lifetime predictions bring: features of a fitted model, not of SQL."""

from segment_lib.vocabulary import Column

LIFETIME_COLUMNS: tuple[Column, ...] = (
    Column("p_alive", "number", "behavioural", "Probability of being a customer still", "share"),
    Column("p_alive_low", "number", "behavioural", "Lower bound of the probability, 5%", "share"),
    Column("p_alive_high", "number", "behavioural", "Upper bound of the probability, 95%", "share"),
    Column("expected_purchases_90d", "number", "behavioural", "Purchase days expected in 90 days", "purchases"),
    Column("expected_purchases_90d_low", "number", "behavioural", "Lower bound of these, 5%", "purchases"),
    Column("expected_purchases_90d_high", "number", "behavioural", "Upper bound of these, 95%", "purchases"),
    Column("expected_value_12m", "number", "financial", "Spend expected in the next 365 days", "money"),
    Column("expected_value_12m_low", "number", "financial", "Lower bound of this, 5%", "money"),
    Column("expected_value_12m_high", "number", "financial", "Upper bound of this, 95%", "money"),
    Column("lifetime_status", "text", "behavioural", "Why a prediction is withheld; empty where it is not"),
)
LIFETIME_NAMES = frozenset(column.name for column in LIFETIME_COLUMNS)
