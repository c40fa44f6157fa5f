"""The shop's days: months, weekdays, opening hours, and how a local clock becomes UTC."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from segment_lib.errors import InvalidOption

TIME_ZONE: Final = "Europe/Madrid"
DAY: Final = 86_400
SHORTEST_SPAN_DAYS: Final = 400

# Nobody shops before seven: no local time falls into the hours that summer time skips or repeats.
_HOUR_WEIGHTS: Final = (0, 0, 0, 0, 0, 0, 0, 1, 3, 6, 8, 8, 7, 6, 5, 4, 4, 5, 6, 8, 9, 9, 6, 2)
WEEKDAY_WEIGHTS: Final = (1.15, 1.1, 1.05, 1.05, 1.0, 0.75, 0.9)


@dataclass(frozen=True)
class ShopCalendar:
    """The days from `first_day` to `last_day`, both included, counted from 0.

    Parameters
    ----------
    first_day, last_day : local days; at least 400 days apart, so that every buying type has room.

    Raises
    ------
    InvalidOption : the span is shorter.

    Examples
    --------
    >>> calendar = ShopCalendar(date(2024, 1, 1), date(2026, 10, 31))
    >>> calendar.n_days
    1035
    """

    first_day: date
    last_day: date

    def __post_init__(self) -> None:
        if self.n_days < SHORTEST_SPAN_DAYS:
            raise InvalidOption(
                f"first_day and last_day must span at least {SHORTEST_SPAN_DAYS} days, got {self.n_days}. "
                f"Hint: choose an earlier first_day than {self.first_day}."
            )

    @property
    def n_days(self) -> int:
        """Number of days, both ends included."""
        return (self.last_day - self.first_day).days + 1

    @property
    def first_second(self) -> int:
        """First local second, counted from 1970-01-01 00:00:00 on the local clock."""
        return (self.first_day - date(1970, 1, 1)).days * DAY

    @property
    def last_second(self) -> int:
        """Last local second, counted in the same way."""
        return self.first_second + self.n_days * DAY - 1

    @cached_property
    def month(self) -> npt.NDArray[np.int64]:
        """Month of each day, 0 for January to 11 for December."""
        return self._days.month.to_numpy().astype(np.int64) - 1

    @cached_property
    def weekday(self) -> npt.NDArray[np.int64]:
        """Weekday of each day, 0 for Monday to 6 for Sunday."""
        return self._days.day_of_week.to_numpy().astype(np.int64)

    @cached_property
    def _days(self) -> pd.DatetimeIndex:
        return pd.date_range(self.first_day, self.last_day, freq="D")

    def offset_of(self, day: date) -> int:
        """Give the number of days from `first_day` to `day`."""
        return (day - self.first_day).days

    def day_of(self, second: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Give the day number of local seconds."""
        return (second - self.first_second) // DAY

    def cumulative_intensity(
        self, season: npt.NDArray[np.float64], yearly_growth: float = 0.0
    ) -> npt.NDArray[np.float64]:
        """Sum a seasonal intensity over the days; it grows by about 1 a year.

        Parameters
        ----------
        season : 12 relative weights, January first.
        yearly_growth : share by which the intensity grows each year, 0 in the middle of the span.

        Returns
        -------
        `n_days + 1` ascending numbers: what has accumulated before each day, and at the end.
        """
        weekday = np.array(WEEKDAY_WEIGHTS) / np.mean(WEEKDAY_WEIGHTS)
        years = (np.arange(self.n_days) - self.n_days / 2) / 365.25
        daily = season[self.month] / season.mean() * weekday[self.weekday] * (1 + yearly_growth * years) / 365.25
        return np.concatenate([[0.0], np.cumsum(daily)])


def draw_time_of_day(n: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Draw seconds after midnight, between seven in the morning and midnight."""
    edges = np.concatenate([[0.0], np.cumsum(_HOUR_WEIGHTS) / np.sum(_HOUR_WEIGHTS)])[7:]
    hours = np.interp(rng.random(n), edges, np.arange(7, 25, dtype=np.float64))
    return np.minimum((hours * 3600).astype(np.int64), DAY - 1)


def draw_days(
    cumulative: npt.NDArray[np.float64],
    start: npt.NDArray[np.int64],
    end: npt.NDArray[np.int64],
    position: npt.NDArray[np.float64],
) -> npt.NDArray[np.int64]:
    """Turn positions within a window into days, so that days fall in proportion to an intensity.

    Parameters
    ----------
    cumulative : from `ShopCalendar.cumulative_intensity`.
    start, end : the windows, first day and day after the last, aligned with `position`.
    position : 0 to 1; uniform positions give an inhomogeneous Poisson process.

    Examples
    --------
    >>> flat = np.arange(11.0)
    >>> draw_days(flat, np.array([0, 5]), np.array([10, 10]), np.array([0.55, 0.0])).tolist()
    [5, 5]
    """
    low, high = cumulative[start], cumulative[end]
    day = np.searchsorted(cumulative, low + position * (high - low), side="right") - 1
    return np.clip(day, start, end - 1)


def to_utc(second: npt.NDArray[np.int64]) -> pd.DatetimeIndex:
    """Read local seconds as instants.

    Examples
    --------
    >>> str(to_utc(np.array([1_767_225_600]))[0])  # midnight of 2026-01-01 in Madrid
    '2025-12-31 23:00:00+00:00'
    """
    local = pd.DatetimeIndex(second.astype("datetime64[s]"))
    earlier = np.ones(len(local), dtype=bool)
    return local.tz_localize(TIME_ZONE, ambiguous=earlier, nonexistent="shift_forward").tz_convert("UTC")
