"""RFM scores: every customer scored by recency, frequency and money on stored cut points, and named."""

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa

from segment_lib.engine import Table, query_frame, run_sql
from segment_lib.errors import InvalidOption
from segment_lib.segments.rfm.cut_points import RfmCutPoints, check_scored
from segment_lib.segments.rfm.groups import RfmGroup, all_codes, name_codes, value_of
from segment_lib.segments.rfm.lint import lint_rfm_groups
from segment_lib.segments.rfm.tables import Match


def score_rfm(
    features: Table, *, cut_points: RfmCutPoints, groups: Sequence[RfmGroup], match: Match = "once"
) -> pa.Table:
    """Score every contact and name its group.

    Parameters
    ----------
    features : as for `fit_rfm_cut_points`, with `contact_id`.
    cut_points : from `fit_rfm_cut_points`, perhaps of an earlier day.
    groups : named groups that hold every code, such as an `RfmTable`'s `named_groups`.
    match : `once` where no code may lie in two groups; `first` where the first group that holds it wins.

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
        The groups leave out a code, or name one twice.
    """
    check_scored(features, ["contact_id"])
    lint = lint_rfm_groups(groups, cut_points.bins)
    if lint.uncovered or (lint.doubled and match == "once"):
        raise InvalidOption(f"`groups` must hold every code once. {' '.join(lint.sentences)}")
    beyond = ">" if cut_points.bound == "above" else ">="
    recency = _count("recency_days", cut_points.recency, beyond)
    frequency = _count("coalesce(purchases, 0)", cut_points.frequency, beyond)
    monetary = _count("coalesce(total_spend, 0)", cut_points.monetary, beyond)
    return run_sql(
        f"""with customers as (
            select contact_id, ({cut_points.bins} - ({recency}))::int as recency_score,
                (1 + {frequency})::int as frequency_score, (1 + {monetary})::int as monetary_score
            from features where recency_days is not null
        ), named as (
            select customers.*, codes.value_score, codes.rfm_group
            from customers left join codes using (recency_score, frequency_score, monetary_score))
        select features.contact_id, named.* exclude (contact_id)
        from features left join named using (contact_id) order by features.contact_id""",
        {"features": features, "codes": _codes(groups, cut_points.bins)},
    )


def summarise_rfm(
    scored: Table, *, groups: Sequence[RfmGroup] = (), bins: int = 5, smallest_group: int = 0
) -> pd.DataFrame:
    """Return contacts and revenue of each cell of recency and frequency scores.

    Parameters
    ----------
    scored : features with the scores of `score_rfm`, and `spend_365d`.
    groups : with them, each cell says its group, where it has one: cells are of recency and frequency if these two
        decide the group, else of recency and value if those do, else of recency and frequency without groups. Cells
        without contacts are there, too.
    bins : number of scores, for `groups`.
    smallest_group : cells of fewer contacts say neither how many nor what they bring.

    Returns
    -------
    pandas.DataFrame
        `recency_score`, `frequency_score` (or `value_score`), `contacts`, `revenue` (of 365 days), and `rfm_group`.
    """
    codes = _codes(groups, bins)
    down = next((name for name in ("frequency_score", "value_score") if _decides(codes, name)), None)
    axis = down or "frequency_score"
    cells = query_frame(
        f"""select recency_score, {axis}, count(*) as contacts, sum(spend_365d) as revenue
        from scored where recency_score is not null group by all order by recency_score, {axis}""",
        {"scored": scored},
    )
    if down is not None:
        keys = ["recency_score", axis]
        names = codes.to_pandas()[[*keys, "rfm_group"]].drop_duplicates()
        cells = names.merge(cells, on=keys, how="left").fillna({"contacts": 0, "revenue": 0.0})
        cells = cells[[*keys, "contacts", "revenue", "rfm_group"]]
    cells = cells.astype({"contacts": "Int64", "revenue": "float64"})
    cells.loc[cells["contacts"].between(1, smallest_group - 1), ["contacts", "revenue"]] = None
    return cells


def _count(value: str, cuts: Sequence[float], beyond: str) -> str:
    """Return SQL for how many cut points a value is beyond."""
    return " + ".join(f"({value} {beyond} {cut!r})::int" for cut in cuts) or "0"


def _codes(groups: Sequence[RfmGroup], bins: int) -> pa.Table:
    """Return every code with its group; a code without one is left out."""
    named = name_codes(groups, bins=bins)
    codes = [code for code in all_codes(bins) if code in named]
    columns = ("recency_score", "frequency_score", "monetary_score")
    table = {name: pa.array([code[place] for code in codes], pa.int32()) for place, name in enumerate(columns)}
    table["value_score"] = pa.array([value_of(code) for code in codes], pa.int32())
    table["rfm_group"] = pa.array([named[code] for code in codes], pa.string())
    return pa.table(table)


def _decides(codes: pa.Table, down: str) -> bool:
    """Tell whether recency and one more score decide the group."""
    frame = codes.to_pandas()
    return not frame.empty and bool((frame.groupby(["recency_score", down])["rfm_group"].nunique() == 1).all())
