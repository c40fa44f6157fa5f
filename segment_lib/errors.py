"""Errors that users meet: what must hold, what was got, one hint."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

SHOWN = 5


class SegmentLibError(Exception):
    """The root of every error that a user's input can cause."""

    def __str__(self) -> str:
        # KeyError's own form is the repr of its argument, which hides line breaks.
        return str(self.args[0]) if self.args else ""


class MissingColumns(SegmentLibError, KeyError):
    """A table lacks columns that a function needs."""


class InvalidOption(SegmentLibError, ValueError):
    """An argument is outside what is allowed."""


class InvalidFile(SegmentLibError, ValueError):
    """A data file cannot be read as declared."""


class InvalidRule(SegmentLibError, ValueError):
    """A rule cannot be understood; the message points at the place."""


class InvalidDefinition(SegmentLibError, ValueError):
    """A definition file has faults; `faults` holds all of them, one line each."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(list_faults(self.faults))


class NotFound(SegmentLibError, LookupError):
    """A workspace, table, segment or file is not there."""


class NoData(SegmentLibError, ValueError):
    """There is nothing to compute from, for example before the first interaction."""


class RowsLost(SegmentLibError, AssertionError):
    """An import does not hold the rows that it read: a fault of this package, found before anything was written."""

    def __init__(self, file: str, found: str) -> None:
        super().__init__(
            f"the rows of {file} must all be accounted for, got a difference: {found}. Nothing was written."
        )


class RunFailed(SegmentLibError, RuntimeError):
    """A notebook of a run stopped with an error."""


def suggest(name: str, options: Iterable[str]) -> str:
    """Return `` Did you mean `x`?`` for the nearest option, or an empty text.

    Examples
    --------
    >>> suggest("recency_day", ["recency_days", "total_spend"])
    ' Did you mean `recency_days`?'
    >>> suggest("zzz", ["recency_days"])
    ''
    """
    by_lower = {option.lower(): option for option in options}
    near = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return f" Did you mean `{by_lower[near[0]]}`?" if near else ""


def list_faults(faults: Sequence[str]) -> str:
    """Join faults for a message: the first five, then how many more there are.

    Examples
    --------
    >>> print(list_faults([f"fault {i}" for i in range(7)]))
    fault 0
    fault 1
    fault 2
    fault 3
    fault 4
    ... and 2 more
    """
    rest = [f"... and {len(faults) - SHOWN} more"] if len(faults) > SHOWN else []
    return "\n".join([*faults[:SHOWN], *rest])


def list_names(names: Iterable[str], *, most: int = 12) -> str:
    """Join names for a message, cut after `most`.

    Examples
    --------
    >>> list_names(["a", "b", "c"], most=2)
    'a, b, ... (1 more)'
    """
    every = list(names)
    return ", ".join(every[:most] + ([f"... ({len(every) - most} more)"] if len(every) > most else []))
