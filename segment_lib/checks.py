"""Checks of arguments, worded alike everywhere."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from segment_lib.errors import InvalidOption, MissingColumns, list_names, suggest


def check_columns(present: Iterable[str], needed: Sequence[str], *, table: str) -> None:
    """Check that a table has the columns that are needed.

    Parameters
    ----------
    present : names of the columns that the table has.
    needed : names that it must have.
    table : what the table is called in the message.

    Raises
    ------
    MissingColumns
        One or more are absent; all of them are named.

    Examples
    --------
    >>> check_columns(["custmer_id"], ["customer_id"], table="orders.csv")
    Traceback (most recent call last):
    segment_lib.errors.MissingColumns: can't find column `customer_id` in orders.csv. \
Columns: custmer_id. Did you mean `custmer_id`?
    """
    have = list(present)
    missing = [name for name in needed if name not in have]
    if not missing:
        return
    names = ", ".join(f"`{name}`" for name in missing)
    plural = "s" if len(missing) > 1 else ""
    hint = suggest(missing[0], have)
    raise MissingColumns(f"can't find column{plural} {names} in {table}. Columns: {list_names(have)}.{hint}")


def check_option(value: str, options: Iterable[str], *, name: str) -> None:
    """Check that an option is one of those that exist.

    Parameters
    ----------
    value : what was given.
    options : what is allowed.
    name : what the option is called in the message.

    Raises
    ------
    InvalidOption
        It is not.

    Examples
    --------
    >>> check_option("churn", ["conversion", "retention"], name="measure")
    Traceback (most recent call last):
    segment_lib.errors.InvalidOption: `measure` must be one of conversion, retention, got 'churn'.
    """
    every = list(options)
    if value not in every:
        raise InvalidOption(f"`{name}` must be one of {list_names(every)}, got {value!r}.{suggest(value, every)}")


def check_day(value: date | str, *, name: str = "as_of") -> date:
    """Return a day, from a `date` or a text in the form 2026-10-31.

    Parameters
    ----------
    value : the day.
    name : what it is called in the message.

    Returns
    -------
    date

    Raises
    ------
    InvalidOption
        The text is not a day of the calendar.

    Examples
    --------
    >>> check_day("2026-10-31")
    datetime.date(2026, 10, 31)
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise InvalidOption(f"`{name}` must be a day in the form 2026-10-31, got {value!r}.") from None
