"""What was found out about a whole column, and on what evidence."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Decision:
    """How a column is to be read, decided from all its values.

    Attributes
    ----------
    format : what to declare, or None where the values do not tell, or there are none.
    evidence : a sentence with counts and an example.
    fault : None, or why nobody should read the column so: it begins with `mixed`, `undecidable` or `unreadable`, and
        says what to declare.
    share : how many of the values the format reads, from 0 to 1; 0 where there is none.
    """

    format: str | None
    evidence: str
    fault: str | None = None
    share: float = 0.0

    def __str__(self) -> str:
        """Return the fault, or the format with its evidence."""
        return self.fault or (f"`{self.format}`: {self.evidence}" if self.format else self.evidence)


def count_of(part: int, whole: int) -> str:
    """Return how many of how many, in words.

    Examples
    --------
    >>> count_of(1204, 3000), count_of(2, 2), count_of(1, 1)
    ('1,204 of 3,000 values', 'both values', 'the only value')
    """
    if part == whole:
        return {1: "the only value", 2: "both values"}.get(whole, f"all {whole:,} values")
    return f"{part:,} of {whole:,} values"
