"""The thresholds behind RFM scores, and how many customers have each score."""

import pandas as pd

from segment_lib.engine import Table, query_frame
from segment_lib.segments.rfm.cut_points import SCORED, RfmCutPoints, check_scored


def measure_rfm_scores(scored: Table, *, cut_points: RfmCutPoints) -> pd.DataFrame:
    """Return between which values each score lies, and how many customers have it.

    Parameters
    ----------
    scored : features with the scores of `score_rfm`.
    cut_points : what they were scored by.

    Returns
    -------
    pandas.DataFrame
        One row a measure and score, the best score first: `column` (such as `recency_days`), `score`, `low` and `high`
        (cut points that its values lie between, missing where it is open to that side), `bound` (`above`: values lie
        above `low` and up to `high`; `from`: from `low` on and below `high`), `customers`, `unknown` (customers whose
        value is missing: they are scored as if it were 0).

    Raises
    ------
    MissingColumns
        A column is absent.

    Examples
    --------
    >>> scored = pd.DataFrame({"recency_days": [3], "purchases": [1], "total_spend": [9.0], "recency_score": [2],
    ...     "frequency_score": [1], "monetary_score": [1]})
    >>> table = measure_rfm_scores(scored, cut_points=RfmCutPoints(2, (90.0,), (1.0,), (50.0,)))
    >>> table[["column", "score", "low", "high", "customers"]].head(2)
             column  score   low  high  customers
    0  recency_days      2   NaN  90.0          1
    1  recency_days      1  90.0   NaN          0
    """
    check_scored(scored, [f"{name}_score" for name in SCORED])
    each = " union all ".join(
        f"select '{column}' as \"column\", {name}_score as score, count(*) as customers, "
        f"count(*) - count({column}) as unknown from scored where recency_score is not null group by all"
        for name, column in SCORED.items()
    )
    counts = query_frame(each, {"scored": scored})
    ranges = pd.DataFrame(
        [
            (column, score, *cut_points.between(name, score, score), cut_points.bound)
            for name, column in SCORED.items()
            for score in range(cut_points.bins, 0, -1)
        ],
        columns=["column", "score", "low", "high", "bound"],
    ).astype({"low": "float64", "high": "float64"})
    table = ranges.merge(counts, on=["column", "score"], how="left")
    return table.fillna({"customers": 0, "unknown": 0}).astype({"customers": "int64", "unknown": "int64"})
