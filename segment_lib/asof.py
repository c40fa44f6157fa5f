"""The day that everything is seen from, and windows that end on it."""

import calendar
import re
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from segment_lib.checks import check_day
from segment_lib.errors import InvalidOption

_WINDOW = re.compile(r"\s*(\d{1,5})\s*(day|week|month|year)s?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class AsOf:
    """A day in a time zone: everything up to its last moment is known, nothing later.

    Examples
    --------
    >>> as_of = AsOf.of("2026-10-31", zone="Europe/Madrid")
    >>> as_of.end
    datetime.datetime(2026, 10, 31, 23, 0, tzinfo=datetime.timezone.utc)
    >>> as_of.start_of("90 days")
    datetime.datetime(2026, 8, 2, 22, 0, tzinfo=datetime.timezone.utc)
    >>> as_of.first_day("2 months")
    datetime.date(2026, 9, 1)
    """

    day: date
    zone: str = "UTC"

    @classmethod
    def of(cls, day: date | str, *, zone: str = "UTC") -> "AsOf":
        """Make one from a day or its text, checking the zone's name."""
        try:
            ZoneInfo(zone)
        except (KeyError, TypeError, ValueError, OSError):
            raise InvalidOption(f"`time_zone` must be a zone's name such as Europe/Madrid, got {zone!r}.") from None
        checked = check_day(day)
        # The day before and the day after must exist too.
        if not MINYEAR < checked.year < MAXYEAR:
            raise InvalidOption(f"`as_of` must lie between the years {MINYEAR} and {MAXYEAR}, got {checked}.")
        return cls(checked, zone)

    @property
    def end(self) -> datetime:
        """The first instant that is not known any more, in UTC."""
        return self.instant(self.day + timedelta(days=1))

    def instant(self, day: date) -> datetime:
        """Return the instant, in UTC, at which a day begins in the zone."""
        return datetime.combine(day, time(), ZoneInfo(self.zone)).astimezone(UTC)

    def first_day(self, window: str) -> date:
        """Return the first day of a window such as '90 days' that ends with this day."""
        number, unit = parse_window(window)
        try:
            if unit == "month":
                return add_months(self.day, -number) + timedelta(days=1)
            if unit == "year":
                return add_months(self.day, -12 * number) + timedelta(days=1)
            return self.day - timedelta(days=number * (7 if unit == "week" else 1) - 1)
        except (OverflowError, ValueError):
            raise InvalidOption(f"a window must begin after the year 1, got {window!r}.") from None

    def last_day(self, window: str) -> date:
        """Return the last day of a window such as '7 days' that begins with this day."""
        number, unit = parse_window(window)
        try:
            if unit in ("month", "year"):
                return add_months(self.day, number * (12 if unit == "year" else 1)) - timedelta(days=1)
            return self.day + timedelta(days=number * (7 if unit == "week" else 1) - 1)
        except (OverflowError, ValueError):
            raise InvalidOption(f"a window must end before the year 9999, got {window!r}.") from None

    def start_of(self, window: str) -> datetime:
        """Return the first instant of a window, in UTC."""
        return self.instant(self.first_day(window))

    def back(self, days: int) -> "AsOf":
        """Return the day that lies `days` before this one."""
        return AsOf(self.day - timedelta(days=days), self.zone)

    def month_before(self) -> "AsOf":
        """Return the same day a month earlier; the last of a month stays the last."""
        last = self.day.day == calendar.monthrange(self.day.year, self.day.month)[1]
        day = self.day.replace(day=1) - timedelta(days=1) if last else add_months(self.day, -1)
        return AsOf(day, self.zone)


def parse_window(window: str) -> tuple[int, str]:
    """Return the number and the unit of a window.

    Parameters
    ----------
    window : text such as '90 days', '12 months', '1 year'.

    Returns
    -------
    tuple of int and str
        The unit in the singular: day, week, month or year.

    Raises
    ------
    InvalidOption
        The text is no window.

    Examples
    --------
    >>> parse_window("12 months")
    (12, 'month')
    """
    found = _WINDOW.fullmatch(window)
    if not found or int(found[1]) == 0:
        raise InvalidOption(f"a window must look like '90 days', '12 months' or '1 year', got {window!r}.")
    return int(found[1]), found[2].lower()


def add_months(day: date, months: int) -> date:
    """Return the day some months later, or the month's last day where it is shorter.

    Parameters
    ----------
    day : where to start.
    months : how many, negative for earlier.

    Returns
    -------
    date

    Examples
    --------
    >>> add_months(date(2026, 10, 31), -1)
    datetime.date(2026, 9, 30)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
