"""The words that a record's SQL may use beside DuckDB's: the day seen from, local days, windows, exact money."""

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from segment_lib.asof import AsOf, parse_window
from segment_lib.errors import InvalidOption
from segment_lib.sql import literal

# Quoted texts and names come first: what a rule quotes is data, whatever it looks like.
_WORD = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | \b(?P<day>as_of_day)\b | \b(?P<name>[a-z_]+)\s*\(""", re.VERBOSE
)
_EARTH_KM = 6371.0088


@dataclass(frozen=True)
class Wording:
    """Writes a day into the SQL of records.

    Parameters
    ----------
    as_of : the day seen from.
    suffix : what the tables of this day end with, where one query holds several.
    """

    as_of: AsOf
    suffix: str = ""

    def expand(self, sql: str) -> str:
        """Return a record's SQL with the day written in.

        Parameters
        ----------
        sql : may use `as_of_day`, `in_last('90 days')`, `before_last('90 days')`,
            `in_window('180 days', '90 days')` (up to the last 90 days), `start_of('90 days')`, `months_active(6)`
            (a bit for each of the last months), `day_of(instant)` and `days_since(instant)` by the local calendar,
            `at_most_after(day, later, '30 days')`, `at_least_after(day, later, '30 days')`, `full_years(day)`,
            `anniversary_in(day, '7 days')` (the coming ones), `money(amount)` (exact decimal),
            `distance_km(latitude, longitude, latitude, longitude)`, and words about all contacts:
            `categories_sold()`, `highest_score()`, and alone `category_ranked(n)`.

        Returns
        -------
        str

        Examples
        --------
        >>> Wording(AsOf.of("2026-10-31")).expand("count(*) filter (where in_last('7 days'))")
        "count(*) filter (where occurred_at >= TIMESTAMPTZ '2026-10-25T00:00:00+00:00')"
        """
        return "".join(self._pieces(sql))

    def words_in(self, sql: str) -> set[str]:
        """Return which words of ours some SQL uses."""
        return {found["name"] for found in _WORD.finditer(sql) if found["name"] in self._words}

    def _pieces(self, sql: str) -> Iterator[str]:
        place = 0
        while found := _WORD.search(sql, place):
            yield sql[place : found.start()]
            place = found.end()
            write = self._words.get(found["name"])
            if write:
                arguments, place = _arguments(sql, place)
                yield write(*(self.expand(argument) for argument in arguments))
            else:
                yield self._day if found["day"] else found[0]
        yield sql[place:]

    @property
    def _day(self) -> str:
        return f"DATE '{self.as_of.day.isoformat()}'"

    @property
    def _words(self) -> dict[str, Callable[..., str]]:
        return {
            "in_last": self._in_last,
            "in_window": lambda window, until: f"{self._in_last(window)} and occurred_at < {self._start(until)}",
            "before_last": lambda window: f"occurred_at < {self._start(window)}",
            "months_active": self._months_active,
            "at_most_after": _at_most_after,
            "at_least_after": _at_least_after,
            "anniversary_in": self._anniversary_in,
            "start_of": self._start,
            "day_of": self._local_day,
            "days_since": lambda instant: f"date_diff('day', {self._local_day(instant)}, {self._day})",
            "full_years": self._full_years,
            "money": lambda amount: f"cast({amount} as decimal(18, 4))",
            "distance_km": _distance_km,
            "bit_of": lambda rank: f"(cast(1 as bigint) << cast({rank} - 1 as integer))",
            # In two's complement the lowest bit that is not set is the only one of this product.
            "lowest_missing_bit": lambda bits: f"cast(log2(cast((~{bits}) & ({bits} + 1) as double)) as integer) + 1",
            "categories_sold": lambda *_: f"(select count(*) from categories{self.suffix})",
            "category_ranked": _looked_up,
            "highest_score": lambda *_: f"(select highest from scores{self.suffix})",
        }

    def _start(self, window: str) -> str:
        return f"TIMESTAMPTZ '{self.as_of.start_of(_unquoted(window)).isoformat()}'"

    def _in_last(self, window: str) -> str:
        return f"occurred_at >= {self._start(window)}"

    def _local_day(self, instant: str) -> str:
        return f"cast(({instant}) at time zone {literal(self.as_of.zone)} as date)"

    def _months_active(self, months: str) -> str:
        cases = "".join(
            f" when occurred_at >= {self._start(f'{month} months')} then {2 ** (month - 1)}"
            for month in range(1, int(months) + 1)
        )
        return f"case{cases} end"

    def _anniversary_in(self, day: str, window: str) -> str:
        """Compare month and day with those of the window, which may pass over New Year."""
        first, last = self.as_of.day, self.as_of.last_day(_unquoted(window))
        month_and_day = f"(month({day}) * 100 + day({day}))"
        years = {year: _within_year(first, last, year) for year in range(first.year, last.year + 1)}
        parts = [
            f"(year({day}) < {year} and ({month_and_day} between {low} and {high}"
            # A day that the year lacks is kept the day before.
            + (f" or {month_and_day} = 229" if low <= 228 <= high and not calendar.isleap(year) else "")
            + "))"
            for year, (low, high) in years.items()
        ]
        return f"({' or '.join(parts)})"

    def _full_years(self, day: str) -> str:
        before = f"(month({day}) * 100 + day({day}) > {self.as_of.day.month * 100 + self.as_of.day.day})"
        return f"{self.as_of.day.year} - year({day}) - cast({before} as integer)"


def _unquoted(window: str) -> str:
    return window.strip().strip("'")


def _within_year(first: date, last: date, year: int) -> tuple[int, int]:
    low = first.month * 100 + first.day if first.year == year else 101
    high = last.month * 100 + last.day if last.year == year else 1231
    return low, high


def _moved(day: str, sign: str, window: str) -> str:
    number, unit = parse_window(_unquoted(window))
    length, unit = {"week": (7 * number, "day"), "year": (12 * number, "month")}.get(unit, (number, unit))
    return f"cast(({day}) {sign} interval {length} {unit} as date)"


def _at_most_after(day: str, later: str, window: str) -> str:
    return f"({later}) <= {_moved(day, '+', window)}"


def _at_least_after(day: str, later: str, window: str) -> str:
    return f"({day}) <= {_moved(later, '-', window)}"


def highest_score(as_of: AsOf) -> str:
    """Return the query of the highest score that anybody gave by a day."""
    return (
        "    select max(score) as highest\n    from interactions\n"
        f"    where kind = 'survey' and occurred_at < TIMESTAMPTZ '{as_of.end.isoformat()}'"
    )


def _arguments(sql: str, place: int) -> tuple[list[str], int]:
    """Return what stands between brackets, split at the commas, and the place behind them."""
    depth, start, found = 1, place, []
    while depth:
        quoted = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"").match(sql, place)
        if quoted:
            place = quoted.end()
            continue
        character = sql[place]
        depth += (character == "(") - (character == ")")
        if depth == 0 or (depth == 1 and character == ","):
            found.append(sql[start:place].strip())
            start = place + 1
        place += 1
    return [argument for argument in found if argument], place


def _looked_up(rank: str) -> str:
    # `segment_lib.features.query` makes a join of it.
    raise InvalidOption(f"`category_ranked` must stand alone in a record, got it with `{rank}` inside another.")


def _distance_km(latitude: str, longitude: str, to_latitude: str, to_longitude: str) -> str:
    """Return the great-circle distance by the haversine formula, on a sphere of the earth's mean radius."""
    north, east = f"radians(({to_latitude}) - ({latitude}))", f"radians(({to_longitude}) - ({longitude}))"
    root = (
        f"pow(sin({north} / 2), 2) + cos(radians({latitude})) * cos(radians({to_latitude})) * pow(sin({east} / 2), 2)"
    )
    # Rounding must not take the sine past 1, and `least` passes over what is not known.
    return f"case when ({root}) is not null then {2 * _EARTH_KM} * asin(least(1, sqrt({root}))) end"
