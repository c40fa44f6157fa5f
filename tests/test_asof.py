"""The day that everything is seen from: its last moment, its windows, and days that are none."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segment_lib.asof import AsOf, add_months, parse_window
from segment_lib.errors import InvalidOption

DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))


@pytest.mark.parametrize(
    ("day", "hour"),
    [("2026-10-31", 23), ("2026-07-31", 22)],
    ids=["winter", "summer"],
)
def test_day_ends_at_midnight_of_its_own_zone(day: str, hour: int) -> None:
    assert AsOf.of(day, zone="Europe/Madrid").end == datetime.fromisoformat(f"{day}T{hour}:00:00+00:00")


def test_day_of_the_autumn_clock_change_has_25_hours() -> None:
    as_of = AsOf.of("2026-10-25", zone="Europe/Madrid")
    assert as_of.end - as_of.instant(as_of.day) == timedelta(hours=25)


def test_day_is_utc_without_a_zone() -> None:
    assert AsOf.of(date(2026, 10, 31)).end == datetime(2026, 11, 1, tzinfo=UTC)


def test_instant_is_taken_for_its_day() -> None:
    assert AsOf.of(datetime(2026, 10, 31, 12, 30, tzinfo=UTC)).day == date(2026, 10, 31)


@pytest.mark.parametrize("day", ["2026-02-30", "31/10/2026", "", "2026-10-31T10:00", "2026-10-31 "])
def test_text_that_is_no_day_is_refused(day: str) -> None:
    with pytest.raises(InvalidOption, match=r"`as_of` must be a day in the form 2026-10-31, got"):
        AsOf.of(day)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_day_without_neighbours_is_refused(day: str) -> None:
    with pytest.raises(InvalidOption, match=rf"`as_of` must lie between the years 1 and 9999, got {day}"):
        AsOf.of(day, zone="Europe/Madrid")


@pytest.mark.parametrize("zone", ["", "Madrid", "Europe", "../etc/passwd", "UTC+1", "\0", None])
def test_zone_that_does_not_exist_is_refused(zone: str) -> None:
    with pytest.raises(InvalidOption, match="`time_zone` must be a zone's name such as Europe/Madrid, got"):
        AsOf.of("2026-10-31", zone=zone)


@pytest.mark.parametrize(
    ("window", "first"),
    [
        ("1 day", "2026-03-31"),
        ("90 days", "2026-01-01"),
        ("2 weeks", "2026-03-18"),
        ("1 month", "2026-03-01"),
        ("3 months", "2026-01-01"),
        ("1 year", "2025-04-01"),
        (" 12 Months ", "2025-04-01"),
    ],
)
def test_window_includes_its_last_day_and_follows_the_calendar(window: str, first: str) -> None:
    assert AsOf.of("2026-03-31").first_day(window) == date.fromisoformat(first)


def test_window_starts_when_its_first_day_starts_in_the_zone() -> None:
    # 29 March 2026: clocks go forward, so midnight is at 23:00 UTC before and at 22:00 UTC after.
    as_of = AsOf.of("2026-03-30", zone="Europe/Madrid")
    assert as_of.start_of("1 day") == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert as_of.start_of("2 days") == datetime(2026, 3, 28, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    "window", ["", "day", "0 days", "-1 days", "1.5 days", "90", "90 days ago", "1 year 2 months", "9 fortnights"]
)
def test_text_that_is_no_window_is_refused(window: str) -> None:
    with pytest.raises(InvalidOption, match="a window must look like '90 days', '12 months' or '1 year', got"):
        parse_window(window)


@pytest.mark.parametrize("window", ["3000 years", "99999 months", "99999 weeks"])
def test_window_that_begins_before_the_calendar_is_refused(window: str) -> None:
    with pytest.raises(InvalidOption, match="a window must begin after the year 1, got"):
        AsOf.of("1900-01-01").first_day(window)


@pytest.mark.parametrize(
    ("day", "earlier"),
    [
        ("2026-10-31", "2026-09-30"),
        ("2026-03-31", "2026-02-28"),
        ("2026-02-28", "2026-01-31"),
        ("2024-03-30", "2024-02-29"),
        ("2026-01-15", "2025-12-15"),
    ],
)
def test_month_before_keeps_the_day_and_the_last_day_last(day: str, earlier: str) -> None:
    assert AsOf.of(day, zone="Europe/Madrid").month_before() == AsOf.of(earlier, zone="Europe/Madrid")


def test_days_back_keep_the_zone() -> None:
    assert AsOf.of("2026-03-01", zone="Asia/Tokyo").back(1) == AsOf.of("2026-02-28", zone="Asia/Tokyo")


@given(day=DAYS, months=st.integers(-1200, 1200))
def test_months_added_change_the_month_and_never_lengthen_the_day(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@given(day=DAYS, zone=st.sampled_from(["UTC", "Europe/Madrid", "America/Sao_Paulo", "Pacific/Apia", "Asia/Kolkata"]))
def test_end_of_a_day_is_the_start_of_the_next(day: date, zone: str) -> None:
    as_of = AsOf.of(day, zone=zone)
    assert as_of.end == AsOf.of(day + timedelta(days=1), zone=zone).start_of("1 day")
    assert as_of.start_of("1 day") < as_of.end
