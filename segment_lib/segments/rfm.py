"""RFM groups: customers scored by recency, frequency and money on stored cut points, and named."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from pydantic import Field, field_validator

from segment_lib.checks import check_columns
from segment_lib.definitions import Definition
from segment_lib.engine import Table, query_frame, run_sql
from segment_lib.errors import InvalidOption, NoData
from segment_lib.sql import literal

SCORED = {"recency": "recency_days", "frequency": "purchases", "monetary": "total_spend"}


class RfmGroup(Definition):
    """A named rectangle of scores; `value` is the mean of the frequency and the money score, halves rounded up."""

    name: str = Field(min_length=1)
    recency: tuple[int, int]
    value: tuple[int, int]
    meaning: str = ""

    @field_validator("recency", "value")
    @classmethod
    def _ascends(cls, ends: tuple[int, int]) -> tuple[int, int]:
        if ends[0] > ends[1]:
            raise ValueError(f"must go from the lower to the higher score, got {list(ends)}.")
        return ends

    @property
    def rule(self) -> str:
        """The group as a readable condition."""
        recency, value = (f"between {low} and {high}" for low, high in (self.recency, self.value))
        return f"recency_score {recency} and value_score {value}"


def default_groups() -> list[RfmGroup]:
    """Return our named groups for five bins: every customer is in exactly one.

    Examples
    --------
    >>> [group.name for group in default_groups()]
    ['Champions', 'Promising', 'Recent', 'Loyal but quiet', 'Drifting', 'At risk', 'Dormant']
    """
    table = [
        ("Champions", (4, 5), (4, 5), "bought lately, often and for much"),
        ("Promising", (4, 5), (3, 3), "bought lately, of middling value"),
        ("Recent", (4, 5), (1, 2), "bought lately, little so far"),
        ("Loyal but quiet", (3, 3), (3, 5), "valuable, a while ago"),
        ("Drifting", (3, 3), (1, 2), "of small value, a while ago"),
        ("At risk", (1, 2), (3, 5), "were valuable, long ago"),
        ("Dormant", (1, 2), (1, 2), "of small value, long ago"),
    ]
    return [RfmGroup(name=n, recency=r, value=v, meaning=m) for n, r, v, m in table]


def uncovered_codes(groups: Sequence[RfmGroup], *, bins: int) -> list[tuple[int, int]]:
    """Return the pairs of recency and value score that lie in no group or in several.

    Parameters
    ----------
    groups : named rectangles.
    bins : number of scores.

    Returns
    -------
    list of (recency score, value score)

    Examples
    --------
    >>> uncovered_codes(default_groups(), bins=5)
    []
    """
    return [
        (r, v)
        for r in range(1, bins + 1)
        for v in range(1, bins + 1)
        if sum(g.recency[0] <= r <= g.recency[1] and g.value[0] <= v <= g.value[1] for g in groups) != 1
    ]


@dataclass(frozen=True)
class RfmCutPoints:
    """Upper bounds of the scores, ascending; a value above k of them scores k + 1 (recency the other way round)."""

    bins: int
    recency: tuple[float, ...]
    frequency: tuple[float, ...]
    monetary: tuple[float, ...]

    def to_json(self) -> str:
        """Return the text that is stored."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "RfmCutPoints":
        """Return what was stored."""
        stored = json.loads(text)
        return cls(stored["bins"], *(tuple(stored[name]) for name in SCORED))


def fit_rfm_cut_points(features: Table, *, bins: int = 5) -> RfmCutPoints:
    """Find cut points at the quantiles of the customers.

    Parameters
    ----------
    features : one row a contact with `recency_days` (days), `purchases` (orders), `total_spend` (money);
        contacts without a purchase have no part in it.
    bins : number of scores.

    Returns
    -------
    RfmCutPoints

    Raises
    ------
    MissingColumns
        A column is absent.
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
    """
    frame = _frame(features)
    if frame.empty:
        raise NoData("there must be at least one customer to fit RFM cut points, got none.")
    at = np.arange(1, bins) / bins
    cuts = [tuple(float(cut) for cut in np.quantile(frame[column], at)) for column in SCORED.values()]
    return RfmCutPoints(bins, *cuts)


def score_rfm(features: Table, *, cut_points: RfmCutPoints, groups: Sequence[RfmGroup]) -> pa.Table:
    """Score every contact and name its group.

    Parameters
    ----------
    features : as for `fit_rfm_cut_points`, with `contact_id`.
    cut_points : from `fit_rfm_cut_points`, perhaps of an earlier day.
    groups : named rectangles that cover every pair of scores once.

    Returns
    -------
    pyarrow.Table
        `contact_id`, `recency_score`, `frequency_score`, `monetary_score`, `value_score` (1 to `bins`, 5 the best of
        5), `rfm_group`; all but the key are null for who never bought.

    Raises
    ------
    MissingColumns
        A column is absent.
    InvalidOption
        The groups leave out a pair of scores, or name one twice.
    """
    _check(features, ["contact_id"])
    gaps = uncovered_codes(groups, bins=cut_points.bins)
    if gaps:
        raise InvalidOption(f"`groups` must hold every pair of scores once, {say_codes(gaps)} in none or several.")
    recency = " + ".join(f"(recency_days > {cut!r})::int" for cut in cut_points.recency) or "0"
    frequency = " + ".join(f"(coalesce(purchases, 0) > {cut!r})::int" for cut in cut_points.frequency) or "0"
    monetary = " + ".join(f"(coalesce(total_spend, 0) > {cut!r})::int" for cut in cut_points.monetary) or "0"
    cases = " ".join(f"when {group.rule} then {literal(group.name)}" for group in groups)
    return run_sql(
        f"""with customers as (
            select contact_id, {cut_points.bins} - ({recency}) as recency_score,
                1 + {frequency} as frequency_score, 1 + {monetary} as monetary_score
            from features where recency_days is not null
        ), valued as (select *, (frequency_score + monetary_score + 1) // 2 as value_score from customers),
        named as (select *, case {cases} end as rfm_group from valued)
        select features.contact_id, named.* exclude (contact_id)
        from features left join named using (contact_id) order by features.contact_id""",
        {"features": features},
    )


def summarise_rfm(scored: Table) -> pd.DataFrame:
    """Return contacts and revenue of each cell of recency and frequency scores.

    Parameters
    ----------
    scored : features with the scores of `score_rfm`: `recency_score`, `frequency_score`, `spend_365d`.

    Returns
    -------
    pandas.DataFrame
        `recency_score`, `frequency_score`, `contacts`, `revenue` (of 365 days).
    """
    return query_frame(
        """select recency_score, frequency_score, count(*) as contacts, sum(spend_365d) as revenue
        from scored where recency_score is not null group by all order by recency_score, frequency_score""",
        {"scored": scored},
    )


def say_codes(codes: Sequence[tuple[int, int]]) -> str:
    """Return the first of some pairs of recency and value score, as a message shows them.

    Examples
    --------
    >>> say_codes([(1, 2), (5, 5)])
    'R1 FM2, R5 FM5'
    """
    return ", ".join(f"R{r} FM{fm}" for r, fm in codes[:5]) + (" ..." if len(codes) > 5 else "")


def _check(features: Table, more: list[str]) -> None:
    names = run_sql("select * from features limit 0", {"features": features}).column_names
    check_columns(names, [*more, *SCORED.values()], table="features")


def _frame(features: Table) -> pd.DataFrame:
    _check(features, [])
    # A purchase without a count or an amount is one of no value.
    columns = ", ".join(f"coalesce({name}, 0)::double as {name}" for name in SCORED.values())
    return query_frame(f"select {columns} from features where recency_days is not null", {"features": features})
