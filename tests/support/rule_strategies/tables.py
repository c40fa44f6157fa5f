"""Random tables: few rows, at instants where days begin, windows begin and clocks change."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from rule_reference.days import earlier, first_day
from rule_tables import Row, Tables

from rule_strategies.choices import Choices
from rule_strategies.words import KINDS, LABELS, LISTED, TEXTS, WINDOWS
from segment_lib import AsOf

T = TypeVar("T")
# Days on which a window, a month or a clock does something odd.
DAYS = {
    # The clock goes forward and back at two in the night.
    "Europe/Madrid": [
        "2026-10-31", "2026-10-25", "2026-10-26", "2026-03-29", "2026-03-30", "2026-03-31", "2024-02-29", "2025-02-28",
        "2026-01-01", "2025-12-31", "2024-03-31", "2024-05-31",
    ],
    # Midnight was left out, and came after an hour that was had twice.
    "America/Sao_Paulo": ["2018-11-04", "2018-11-05", "2018-02-17", "2018-02-18", "2018-12-31", "2019-02-16"],
    # 30 December 2011 never was.
    "Pacific/Apia": ["2011-12-29", "2011-12-30", "2011-12-31", "2012-01-01", "2012-01-31", "2012-02-29"],
    # Midnight comes twice, and not at all.
    "America/Havana": ["2025-11-02", "2025-11-03", "2025-03-09", "2025-03-10"],
    "Asia/Kathmandu": ["2026-01-31", "2024-02-29"],
    "UTC": ["2024-02-29", "2026-03-01", "2026-08-31"],
}  # fmt: skip
SEEN_FROM = [AsOf.of(day, zone=zone) for zone, days in DAYS.items() for day in days]
LEAP = (date(2000, 2, 29), date(1996, 2, 28), date(1990, 3, 1), date(2024, 2, 29))
_TICK = timedelta(microseconds=1)


@cache
def edges(as_of: AsOf, windows: tuple[str, ...]) -> tuple[datetime, ...]:
    """Instants at the edges of windows, of windows before these, and of local days around them, in UTC."""
    begins = [first_day(as_of.day, window) for window in windows]
    before = [earlier(day, window) for day in (*begins, as_of.day) for window in windows]
    near = [as_of.day + timedelta(days=n) for n in (-1, 0, 1)]
    odd = [day for day in map(date.fromisoformat, DAYS[as_of.zone]) if abs((day - as_of.day).days) < 100]
    found = set()
    for day in {*begins, *before, *near, *odd}:
        for wall in (time(0), time(2, 30), time(12)):
            for fold in (0, 1):
                instant = datetime.combine(day, wall.replace(fold=fold), ZoneInfo(as_of.zone)).astimezone(UTC)
                found |= {instant} | ({instant - _TICK, instant + _TICK} if wall == time(0) else set())
    return tuple(sorted(found))


@dataclass(frozen=True)
class _Cells:
    """Cells of rows, for one day seen from."""

    choices: Choices
    as_of: AsOf
    windows: tuple[str, ...]

    def instant(self) -> datetime:
        """An instant at an edge, at that of the day seen from, or anywhere in the year before and the days after."""
        how = self.choices.below(6)
        if how == 0:
            return self.as_of.end + timedelta(hours=self.choices.whole(-400 * 24, 72))
        if how == 1:
            return self.as_of.end + self.choices.whole(-1, 1) * _TICK
        return self.choices.of(edges(self.as_of, self.windows))

    def day(self) -> date:
        """A day around the day seen from, of that or another year; or a leap day."""
        if self.choices.one_in(4):
            return self.choices.of(LEAP)
        years = self.choices.of((0, 0, 1, 2, 4, 30, 96))
        day = self.as_of.day
        same = day.replace(year=day.year - years, day=min(day.day, 28))
        return same + timedelta(days=self.choices.whole(-8, 35) if years else self.choices.whole(-400, 400))

    def number(self) -> float:
        """A multiple of a quarter, so that sums are exact."""
        return self.choices.of((0, 10, -10, 2.5, self.choices.whole(-20, 200) / 4))

    def maybe(self, cell: Callable[[], T]) -> T | None:
        """Something or nothing."""
        return None if self.choices.one_in(3) else cell()

    def text(self) -> str | None:
        """One of the texts, or nothing."""
        return self.choices.maybe(TEXTS)


def choose_windows(choices: Choices) -> tuple[str, ...]:
    """Choose windows from the shortest to the longest; rules and rows of the same ones meet at their edges."""
    first = choices.below(len(WINDOWS) - 2)
    second = choices.whole(first + 1, len(WINDOWS) - 2)
    return (WINDOWS[first], WINDOWS[second], WINDOWS[choices.whole(second + 1, len(WINDOWS) - 1)])


def choose_tables(choices: Choices, windows: tuple[str, ...], most: int = 20) -> Tables:
    """Choose a day and the contacts, interactions and labels that are seen from it, at the edges of some windows."""
    as_of = choices.of(SEEN_FROM)
    cells = _Cells(choices, as_of, windows)
    contacts = [_contact(cells, f"p{n}") for n in range(choices.whole(1, 6))]
    ids = [contact["contact_id"] for contact in contacts][: choices.whole(1, 3)]
    interactions = [_interaction(cells, choices.of(ids)) for _ in range(choices.whole(0, most))]
    return Tables(as_of, contacts, interactions, [_label(cells, choices.of(ids)) for _ in range(choices.whole(0, 5))])


def _contact(cells: _Cells, contact_id: str) -> Row:
    of, maybe = cells.choices.of, cells.maybe
    return {
        "contact_id": contact_id,
        "country": cells.text(),
        "income": maybe(cells.number),
        'odd "name"': maybe(cells.number),
        "kids": cells.choices.maybe((-1, 0, 1, 2, 3)),
        "birth_date": maybe(cells.day),
        "seen": maybe(cells.instant),
        "agreed": cells.choices.maybe((True, False)),
        "acquired_at": maybe(cells.instant),
        "relationships": cells.choices.maybe((["client"], ["debtor", "client"], ["prospect"])),
        "interests": maybe(lambda: [of((*LISTED, None)) for _ in range(cells.choices.whole(1, 3))]),
        "latitude": cells.choices.maybe((0.0, 41.39, -89.5)),
        "longitude": cells.choices.maybe((0.0, 2.17, 179.5)),
    }


def _interaction(cells: _Cells, contact_id: str) -> Row:
    of, maybe = cells.choices.of, cells.maybe
    return {
        "contact_id": contact_id,
        "occurred_at": cells.instant(),
        "kind": of((*KINDS, KINDS[0], KINDS[0], None)),
        "order_id": of((None, "1", "1", "2")),
        "category": cells.text(),
        "product": of(TEXTS[:3]),
        "amount": maybe(cells.number),
        "score": maybe(cells.number),
        "weight": cells.choices.maybe((-2, 0, 1, 4)),
        "due": maybe(cells.day),
        "planned_at": maybe(cells.instant),
        "gift": cells.choices.maybe((True, False)),
    }


def _label(cells: _Cells, contact_id: str) -> Row:
    return {
        "contact_id": contact_id,
        "label": cells.choices.of(LABELS),
        "assigned_at": cells.instant(),
        "removed_at": cells.maybe(cells.instant),
        "expires_at": cells.maybe(cells.instant),
        "source": "manual",
    }
