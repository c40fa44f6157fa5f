"""Cut points of RFM scores: at quantiles of the customers or at fixed values; fitted once, then kept."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import isfinite
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import field_validator, model_validator

from segment_lib.checks import check_columns
from segment_lib.definitions import Definition
from segment_lib.engine import Table, query_frame, run_sql
from segment_lib.errors import InvalidOption, NoData

SCORED = {"recency": "recency_days", "frequency": "purchases", "monetary": "total_spend"}
Bound = Literal["above", "from"]


class CutPointRule(Definition):
    """Where scores change.

    Parameters
    ----------
    quantiles : `plain` puts cut points at quantiles of the customers; `plus one` is the rule of the R package rfm,
        which adds 1 to each quantile and counts a value from there on as the next score.
    recency, frequency, monetary : fixed cut points in days, orders and money in place of quantiles, ascending.
    """

    quantiles: Literal["plain", "plus one"] = "plain"
    recency: list[float] = []
    frequency: list[float] = []
    monetary: list[float] = []

    @field_validator(*SCORED)
    @classmethod
    def _ascend(cls, cuts: list[float]) -> list[float]:
        if not all(isfinite(cut) for cut in cuts) or any(low >= high for low, high in pairwise(cuts)):
            raise ValueError(f"must be numbers that ascend, got {cuts}.")
        return cuts

    @model_validator(mode="after")
    def _not_mixed(self) -> "CutPointRule":
        if self.fixed and self.quantiles != "plain":
            raise ValueError("fixed cut points must not be mixed with `quantiles: plus one`.")
        return self

    @property
    def fixed(self) -> dict[str, tuple[float, ...]]:
        """The cut points that are given."""
        return {name: tuple(getattr(self, name)) for name in SCORED if getattr(self, name)}

    def faults(self, bins: int) -> list[str]:
        """Say which of the given cut points are too few or too many for a number of scores."""
        return [
            f"`cut_points.{name}` must hold {bins - 1} values for {bins} scores, got {len(cuts)}."
            for name, cuts in self.fixed.items()
            if len(cuts) != bins - 1
        ]


@dataclass(frozen=True)
class RfmCutPoints:
    """Bounds of the scores, ascending; a value beyond k of them scores k + 1 (recency the other way round).

    Parameters
    ----------
    bins : number of scores.
    recency, frequency, monetary : in days, orders and money; `bins` - 1 each.
    bound : whether a value is beyond a cut point only `above` it, or `from` it on.
    """

    bins: int
    recency: tuple[float, ...]
    frequency: tuple[float, ...]
    monetary: tuple[float, ...]
    bound: Bound = "above"

    def to_json(self) -> str:
        """Return the text that is stored."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "RfmCutPoints":
        """Return what was stored."""
        stored = json.loads(text)
        recency, frequency, monetary = (tuple(stored[name]) for name in SCORED)
        return cls(stored["bins"], recency, frequency, monetary, stored.get("bound", "above"))

    def between(self, name: str, low: int, high: int) -> tuple[float | None, float | None]:
        """Return the cut points that a score lies between, nothing where it is open to that side.

        Parameters
        ----------
        name : recency, frequency or monetary.
        low, high : lowest and highest score.

        Returns
        -------
        tuple
            Cut point that values are beyond, and cut point that they are not beyond.

        Examples
        --------
        >>> cut_points = RfmCutPoints(3, (180, 365), (1, 4), (50, 200))
        >>> cut_points.between("recency", 3, 3), cut_points.between("frequency", 2, 3)
        ((None, 180), (1, None))
        """
        cuts: tuple[float, ...] = getattr(self, name)
        first, last = (self.bins + 1 - high, self.bins + 1 - low) if name == "recency" else (low, high)
        return cuts[first - 2] if first > 1 else None, cuts[last - 1] if last < self.bins else None


def fit_rfm_cut_points(features: Table, *, bins: int = 5, rule: CutPointRule | None = None) -> RfmCutPoints:
    """Find cut points at the quantiles of the customers, or take those that are given.

    Parameters
    ----------
    features : one row a contact with `recency_days` (days), `purchases` (orders), `total_spend` (money);
        contacts without a purchase have no part in it.
    bins : number of scores.
    rule : where scores change; at plain quantiles without it.

    Returns
    -------
    RfmCutPoints

    Raises
    ------
    MissingColumns
        A column is absent.
    InvalidOption
        Fixed cut points are too few or too many, or a value is no finite number.
    NoData
        Nobody has bought anything.

    Notes
    -----
    Quantiles are NumPy's default (type 7 of Hyndman and Fan, 1996). Equal values score alike; where many values are
    equal, as single orders are, some scores stay empty.

    Examples
    --------
    >>> frame = pd.DataFrame({"recency_days": range(10), "purchases": range(1, 11), "total_spend": range(10, 20)})
    >>> fit_rfm_cut_points(frame, bins=2).frequency
    (5.5,)
    >>> fit_rfm_cut_points(frame, bins=2, rule=CutPointRule(recency=[30])).recency
    (30.0,)
    """
    asked = rule or CutPointRule()
    faults = asked.faults(bins)
    if faults:
        raise InvalidOption(" ".join(faults))
    frame = _customers(features)
    if frame.empty:
        raise NoData(
            "there must be at least one customer to fit RFM cut points, got none. "
            "`rfm: null` and `clusters: null` in segments.yml do without."
        )
    endless = [column for column in SCORED.values() if not np.isfinite(frame[column]).all()]
    if endless:
        raise InvalidOption(f"`{endless[0]}` must be finite numbers to be scored, got infinity or not-a-number.")
    at, more = np.arange(1, bins) / bins, 1 if asked.quantiles == "plus one" else 0
    cuts = {
        name: asked.fixed.get(name) or tuple(float(cut) + more for cut in np.quantile(frame[column], at))
        for name, column in SCORED.items()
    }
    bound: Bound = "from" if asked.quantiles == "plus one" else "above"
    return RfmCutPoints(bins, cuts["recency"], cuts["frequency"], cuts["monetary"], bound)


def check_scored(features: Table, more: Sequence[str] = ()) -> None:
    """Check that a table has the columns that are scored.

    Parameters
    ----------
    features : any table.
    more : further columns.

    Raises
    ------
    MissingColumns
        A column is absent.
    """
    names = run_sql("select * from features limit 0", {"features": features}).column_names
    check_columns(names, [*more, *SCORED.values()], table="features")


def _customers(features: Table) -> pd.DataFrame:
    check_scored(features)
    # A purchase without a count or an amount is one of no value.
    columns = ", ".join(f"coalesce({name}, 0)::double as {name}" for name in SCORED.values())
    return query_frame(f"select {columns} from features where recency_days is not null", {"features": features})
