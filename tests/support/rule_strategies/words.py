"""Names and constants that random rules and random tables have in common."""

KINDS = ("purchase", "refund", "call", "o'brien", "Purchase")
TEXTS = ("ES", "PT", "es", "É", "é", "O'Hara", "as_of_day", "10%", "a_b", "\\", "a\nb", "")
PATTERNS = ("E%", "_S", "%", "%ar_", "ES", "_", "%\\", "a%b", "10%%", "é", "", "a\\_b")
LISTED = ("Cooking", "cooking", "O'Hara", "É", "a\nb")
LABELS = ("Influencer", "influencer", "as_of_day", "O'Hara", "a\nb")
# From the shortest to the longest, whatever the month.
WINDOWS = (
    "1 day", "7 days", "2 weeks", "1 month", "32 days", "2 months", "90 days", "6 months", "12 months", "13 months",
    "2 years",
)  # fmt: skip


def quoted(text: str) -> str:
    """Return a text as a rule writes it."""
    return "'" + text.replace("'", "''") + "'"
