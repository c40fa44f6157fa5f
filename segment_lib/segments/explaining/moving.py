"""The words of records with the day in a column, so that one query is of many days."""

from dataclasses import dataclass

from segment_lib.asof import parse_window
from segment_lib.errors import InvalidOption
from segment_lib.features.wording import Wording
from segment_lib.sql import identifier


@dataclass(frozen=True)
class MovingWording(Wording):
    """Writes a column of days into the SQL of records that are made of aggregates.

    Parameters
    ----------
    as_of : any day; its time zone counts.
    column : where each row has the day that it is seen from.

    Examples
    --------
    >>> from segment_lib.asof import AsOf
    >>> MovingWording(AsOf.of("2026-10-31"), column="as_of").expand("as_of_day - 7")
    '"as_of" - 7'
    """

    column: str = "as_of"

    @property
    def _day(self) -> str:
        return identifier(self.column)

    def _full_years(self, day: str) -> str:
        before = f"({_month_and_day(day)} > {_month_and_day(self._day)})"
        return f"year({self._day}) - year({day}) - cast({before} as integer)"

    def _anniversary_in(self, day: str, window: str) -> str:
        number, unit = parse_window(window.strip().strip("'"))
        if unit in ("month", "year"):
            months = number * (12 if unit == "year" else 1)
            last = f"cast({self._day} + interval {months} month - interval 1 day as date)"
        else:
            last = f"cast({self._day} + interval {number * (7 if unit == 'week' else 1) - 1} day as date)"
        # The window may pass over New Year, and then has a part in each of two years.
        passes = f"year({last}) > year({self._day})"
        end = f"(case when {passes} then 1231 else {_month_and_day(last)} end)"
        this_year = _within(day, f"year({self._day})", _month_and_day(self._day), end)
        next_year = _within(day, f"year({last})", "101", _month_and_day(last))
        return f"({this_year} or ({passes} and {next_year}))"

    def _start(self, window: str) -> str:
        raise InvalidOption(f"a window must be of rows; got {window} in what is made of aggregates.")


def _month_and_day(day: str) -> str:
    return f"(month({day}) * 100 + day({day}))"


def _within(day: str, year: str, low: str, high: str) -> str:
    month_and_day = _month_and_day(day)
    leap = f"({year} % 4 = 0 and ({year} % 100 <> 0 or {year} % 400 = 0))"
    # A day that the year lacks is kept the day before.
    kept = f"({month_and_day} = 229 and {low} <= 228 and {high} >= 228 and not {leap})"
    return f"(year({day}) < {year} and ({month_and_day} between {low} and {high} or {kept}))"
