"""Days of the local calendar, and windows of them."""

import calendar
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


def local_day(instant: datetime, zone: str) -> date:
    """Return the day that the calendar on a local wall shows at an instant."""
    return instant.astimezone(ZoneInfo(zone)).date()


def months_later(day: date, months: int) -> date:
    """Return the same day of a month later (earlier: negative), or that month's last one."""
    year, month = day.year, day.month + months
    while month > 12:
        year, month = year + 1, month - 12
    while month < 1:
        year, month = year - 1, month + 12
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def split(window: str) -> tuple[int, str]:
    """Return number and unit of a window; the unit is days or months."""
    number, unit = window.split()
    times, name = {"d": (1, "days"), "w": (7, "days"), "m": (1, "months"), "y": (12, "months")}[unit.strip().lower()[0]]
    return int(number) * times, name


def earlier(day: date, window: str) -> date:
    """Return the day that lies a window's length before another."""
    number, unit = split(window)
    return day - timedelta(days=number) if unit == "days" else months_later(day, -number)


def later(day: date, window: str) -> date:
    """Return the day that lies a window's length after another."""
    number, unit = split(window)
    return day + timedelta(days=number) if unit == "days" else months_later(day, number)


def first_day(seen_from: date, window: str) -> date:
    """Return the first day of a window whose last is the day seen from."""
    return earlier(seen_from, window) + timedelta(days=1)


def in_window(day: date, seen_from: date, within: str | None, until: str | None) -> bool:
    """Tell whether a day lies in the last `within`, the last `until` left out, and not after the day seen from."""
    if day > seen_from or (within is not None and day < first_day(seen_from, within)):
        return False
    return until is None or day < first_day(seen_from, until)


def anniversary_comes(day: date, seen_from: date, within: str) -> bool:
    """Tell whether an anniversary, a year after the day or later, lies in the days from the one seen from."""
    end = later(seen_from, within)
    for year in (seen_from.year, seen_from.year + 1):
        leap = day.month == 2 and day.day == 29 and not calendar.isleap(year)
        anniversary = date(year, 2, 28) if leap else day.replace(year=year)
        if year > day.year and seen_from <= anniversary < end:
            return True
    return False
