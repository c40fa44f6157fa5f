"""Histories of buyers: checked, and equal ones counted once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from segment_lib.checks import check_columns
from segment_lib.errors import InvalidOption, NoData, list_faults

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Summary: TypeAlias = pd.DataFrame | pa.Table

# Times of a published summary are rounded to two decimals.
ROUNDING = 1e-6
PART = 8_192


@dataclass(frozen=True)
class Histories:
    """Different histories, sorted by frequency, age and recency, each with its weight.

    `place` tells for every row of the summary which history is its own; `rows` is how many rows there are.
    """

    frequency: Vector
    recency: Vector
    age: Vector
    weight: Vector
    place: Codes

    def __len__(self) -> int:
        return len(self.frequency)

    @cached_property
    def by_frequency(self) -> tuple[Vector, Vector]:
        """Different frequencies, and the weight of each."""
        different, place = np.unique(self.frequency, return_inverse=True)
        return different, np.bincount(place, self.weight).astype(float)

    @cached_property
    def by_age(self) -> tuple[Vector, Vector, Vector]:
        """Different ages, the weight of each, and the repeat purchases made by those of that age."""
        different, place = np.unique(self.age, return_inverse=True)
        bought = np.bincount(place, self.weight * self.frequency)
        return different, np.bincount(place, self.weight).astype(float), bought.astype(float)

    @property
    def rows(self) -> int:
        """Number of rows of the summary."""
        return len(self.place)

    def parts(self) -> "list[Histories]":
        """Return the histories in parts that fit into a processor's cache, with all that is computed from them."""
        return [self.take(slice(start, start + PART)) for start in range(0, len(self), PART)]

    def take(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.int64] | slice) -> "Histories":
        """Return some of the histories; `place` numbers them anew."""
        parts = (self.frequency[chosen], self.recency[chosen], self.age[chosen], self.weight[chosen])
        return Histories(*parts, np.arange(len(parts[0])))


def read_histories(summary: Summary, *, weights: Sequence[float] | Vector | None = None) -> Histories:
    """Check a summary and count its equal histories once.

    Parameters
    ----------
    summary : one row a customer with `frequency`, `recency` and `age`.
    weights : how often each row counts; once where not given.

    Returns
    -------
    Histories

    Raises
    ------
    MissingColumns
        A column is absent.
    NoData
        There are no rows.
    InvalidOption
        A value can't be: text, missing, negative, a recency beyond the age; all faults are named.

    Examples
    --------
    >>> rows = pd.DataFrame({"frequency": [0, 2, 0], "recency": [0.0, 3.0, 0.0], "age": [5.0, 5.0, 5.0]})
    >>> histories = read_histories(rows)
    >>> histories.frequency.tolist(), histories.weight.tolist(), histories.place.tolist()
    ([0.0, 2.0], [2.0, 1.0], [0, 1, 0])
    """
    frequency, recency, age = numbers_of(summary, ["frequency", "recency", "age"])
    faults = [
        _fault(frequency != np.floor(frequency), "`frequency` must be a whole number", frequency),
        _fault(frequency < 0, "`frequency` must be 0 or more", frequency),
        _fault(recency < 0, "`recency` must be 0 or more", recency),
        _fault(age < 0, "`age` must be 0 or more", age),
        _fault(recency > age + ROUNDING, "`recency` must be at most `age`", recency),
        _fault((frequency == 0) & (recency > 0), "`recency` must be 0 where `frequency` is 0", recency),
    ]
    weight = np.ones(len(frequency)) if weights is None else np.asarray(weights, dtype=float)
    if weight.shape != frequency.shape:
        faults.append(f"weights must be one for each of {len(frequency):,} rows, got {weight.size:,}.")
    else:
        faults.append(_fault(~(np.isfinite(weight) & (weight >= 0)), "a weight must be a number from 0", weight))
    if any(faults):
        raise InvalidOption(list_faults([fault for fault in faults if fault]))
    return count_equal(frequency, np.minimum(recency, age), age, weight)


def count_equal(frequency: Vector, recency: Vector, age: Vector, weight: Vector | None = None) -> Histories:
    """Return the different ones among histories, each with the sum of its weights."""
    (frequency, age, recency), place = distinct(frequency, age, recency)
    counts = np.bincount(place, weight, minlength=len(frequency)).astype(float)
    return Histories(frequency, recency, age, counts, place)


def numbers_of(summary: Summary, names: Sequence[str], *, empty: Sequence[str] = ()) -> list[Vector]:
    """Return columns of a summary as floats.

    Parameters
    ----------
    summary : one row a customer.
    names : the columns; those in `empty` may have missing values, which become NaN.
    empty : names of columns that may have missing values.

    Returns
    -------
    list of arrays

    Raises
    ------
    MissingColumns
        A column is absent.
    NoData
        There are no rows.
    InvalidOption
        A column is not of numbers, or has missing or infinite values.
    """
    if not isinstance(summary, pd.DataFrame | pa.Table):
        raise InvalidOption(f"a summary must be a DataFrame or an Arrow table, got {type(summary).__name__}.")
    present = list(summary.columns) if isinstance(summary, pd.DataFrame) else summary.column_names
    check_columns(present, names, table="summary")
    frame = summary[list(names)] if isinstance(summary, pd.DataFrame) else summary.select(list(names)).to_pandas()
    if not len(frame):
        raise NoData("a summary must have at least one customer, got none.")
    texts = [name for name in names if not is_numeric_dtype(frame[name]) or is_bool_dtype(frame[name])]
    # A column without any value has no type of its own.
    texts = [name for name in texts if name not in empty or frame[name].notna().any()]
    if texts:
        raise InvalidOption(list_faults([f"`{name}` must be numbers, got {frame[name].dtype}." for name in texts]))
    values = [frame[name].to_numpy(dtype=float, na_value=np.nan) for name in names]
    faults = [
        _fault(np.isinf(column) if name in empty else ~np.isfinite(column), f"`{name}` must be a number", column)
        for name, column in zip(names, values, strict=True)
    ]
    if any(faults):
        raise InvalidOption(list_faults([fault for fault in faults if fault]))
    return values


def check_times(t: float | Vector | pd.Series, *, name: str = "t") -> Vector:
    """Return times as an array, checked to be numbers from 0."""
    try:
        times = np.asarray(t, dtype=float)
    except (TypeError, ValueError):
        raise InvalidOption(f"`{name}` must be a number or numbers, got {t!r}.") from None
    if not (np.isfinite(times) & (times >= 0)).all():
        raise InvalidOption(f"`{name}` must be 0 or more, got {times.min():g}.")
    return times


def newcomers(age: Vector) -> Histories:
    """Return histories without a repeat purchase."""
    nothing = np.zeros(len(age))
    return Histories(nothing, nothing, age, np.ones(len(age)), np.arange(len(age)))


def distinct(*columns: Vector) -> tuple[list[Vector], Codes]:
    """Return the different rows of some columns, sorted, and the place of every row among them.

    Parameters
    ----------
    columns : arrays of one length; the first is the first to sort by.

    Returns
    -------
    list of arrays and array of int

    Notes
    -----
    Numbers are coded by hashing, column by column: ten times faster than `numpy.unique` over rows.

    Examples
    --------
    >>> rows, place = distinct(np.array([2.0, 1.0, 2.0]), np.array([7.0, 5.0, 7.0]))
    >>> [column.tolist() for column in rows], place.tolist()
    ([[1.0, 2.0], [5.0, 7.0]], [1, 0, 1])
    """
    key, kinds = np.zeros(len(columns[0]), dtype=np.int64), 1
    for column in columns:
        codes, values = pd.factorize(column, sort=True)
        if kinds * len(values) > np.iinfo(np.int64).max:
            key, found = pd.factorize(key, sort=True)
            kinds = len(found)
        key, kinds = key * len(values) + codes, kinds * len(values)
    key, found = pd.factorize(key, sort=True)
    # Any row of a kind stands for it.
    first = np.empty(len(found), dtype=np.int64)
    first[key] = np.arange(len(key))
    return [column[first] for column in columns], key


def _fault(wrong: npt.NDArray[np.bool_], rule: str, values: Vector) -> str:
    if not wrong.any():
        return ""
    row = int(np.argmax(wrong))
    more = f", and {int(wrong.sum()) - 1:,} more rows" if wrong.sum() > 1 else ""
    return f"{rule}, got {values[row]:g} in row {row + 1}{more}."
