"""Retention by renewals: which share of contracts is still there after one, two, three ... periods."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from segment_lib.asof import AsOf, parse_window
from segment_lib.engine import EngineOptions, Table
from segment_lib.errors import InvalidOption
from segment_lib.features.contractual.contracts import EVERYONE, open_contracts
from segment_lib.features.contractual.survival import check_confidence, curves


def retention_curve(
    contracts: Table,
    *,
    as_of: AsOf,
    period: str,
    by: str | None = None,
    confidence: float = 0.95,
    options: EngineOptions | None = None,
) -> pd.DataFrame:
    """Estimate which share of contracts is renewed at each of their renewals, and which share is left after it.

    Parameters
    ----------
    contracts : one row a contract: `contact_id`, `started_on`, `ended_on` (null: still there).
    as_of : the day seen from; a renewal counts once it has been due by then.
    period : from one renewal to the next, such as '1 month'.
    by : column of `contracts` to group by; a group has to be known when the contract starts.
    confidence : of the bands.
    options : how much of the machine the query may use.

    Returns
    -------
    pandas.DataFrame
        `group`, `period` (0, 1, ...: renewals that were due), `at_risk` (due for this renewal), `ended` (not renewed),
        `censored` (renewed, the next not due yet), `survival` (share left), `standard_error`, `low`, `high`, and
        `retention_rate` (renewed of those at risk; missing for period 0).

    Raises
    ------
    MissingColumns, InvalidOption, NoData
        As for the table of contracts: a column is absent, a day is text or missing, nothing had started by the day.

    Notes
    -----
    The k-th renewal is due k periods after the start, on the month's last day where it is shorter. A contract that
    ended on that day or before was not renewed. One that ended within a period that is still running counts as watched
    up to its last renewal: its fellows of the same age have not been asked yet.

    Examples
    --------
    >>> contracts = pd.DataFrame({
    ...     "contact_id": ["a", "b", "c"], "started_on": pd.to_datetime(["2026-01-01", "2026-01-01", "2026-03-01"]),
    ...     "ended_on": pd.to_datetime(["2026-02-01", None, None])})
    >>> curve = retention_curve(contracts, as_of=AsOf.of("2026-04-15"), period="1 month")
    >>> curve[["period", "at_risk", "ended", "censored", "survival"]].round(3)
       period  at_risk  ended  censored  survival
    0       0        3      0         0     1.000
    1       1        3      1         1     0.667
    2       2        1      0         0     0.667
    3       3        1      0         1     0.667
    """
    check_confidence(confidence)
    number, unit = parse_window(period)
    today = f"DATE '{as_of.day}'"
    with open_contracts(contracts, as_of=as_of, by=by, options=options) as connection:

        def whole(until: str) -> str:
            """Return how many renewals had been due by a day, itself included."""
            count = f"(date_diff('{unit}', started_on, {until}) // {number})"
            if unit in ("day", "week"):
                return f"(date_diff('day', started_on, {until}) // {number * (7 if unit == 'week' else 1)})"
            # Months are counted by their boundaries, so the last may not be full.
            return f"({count} - (started_on + to_{unit}s(cast({count} * {number} as integer)) > {until})::int)"

        # The first renewal due on or after the end is the one that failed.
        counts = (
            connection.sql(
                f"""
select "group", case when failed <= due then failed else due end as period,
    count(*) filter (where failed <= due) as ended, count(*) as leaving
from (select group_name as "group", {whole(today)} as due,
    case when ended_on is not null then greatest({whole("cast(ended_on - 1 as date)")} + 1, 1) end as failed
    from contracts)
group by all order by all"""
            )
            .to_arrow_table()
            .to_pandas()
        )
    return _with_rates(counts, confidence)


def retention_from_counts(alive: Sequence[float], *, group: str = EVERYONE, confidence: float = 0.95) -> pd.DataFrame:
    """Make the retention curve of one cohort from how many contracts were left after each period.

    Parameters
    ----------
    alive : contracts at the start, after one period, after two ...
    group : name of the cohort.
    confidence : of the bands.

    Returns
    -------
    pandas.DataFrame
        As `retention_curve` returns it.

    Raises
    ------
    InvalidOption
        There are fewer than two counts, one is negative or broken, or they grow.

    Examples
    --------
    >>> retention_from_counts([1000, 631, 468])["retention_rate"].round(3).tolist()
    [nan, 0.631, 0.742]
    """
    counts = np.asarray(alive, dtype=float)
    whole = counts.ndim == 1 and counts.size >= 2 and bool(np.all(np.isfinite(counts)) and np.all(counts % 1 == 0))
    if not whole or counts[0] <= 0 or counts[-1] < 0 or np.any(np.diff(counts) > 0):
        raise InvalidOption(
            "`alive` must hold two or more whole numbers that never grow, the first above zero, "
            f"got {counts[:8].tolist()}."
        )
    check_confidence(confidence)
    ended = np.append(-np.diff(counts), 0.0)
    frame = pd.DataFrame({"group": group, "period": np.arange(1, counts.size), "ended": ended[:-1]})
    leaving = frame["ended"].to_numpy(float).copy()
    leaving[-1] += counts[-1]
    # A period without an end, nor anybody left: nothing was at risk.
    seen = counts[:-1] > 0
    return _with_rates(frame.assign(leaving=leaving)[seen], confidence)


def _with_rates(counts: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Return the curve with every period up to the last, and the share that was renewed at each."""
    parts = []
    for group, rows in counts.groupby("group"):
        every = pd.RangeIndex(int(rows["period"].max()) + 1, name="period")
        filled = rows.set_index("period")[["ended", "leaving"]].reindex(every, fill_value=0).reset_index()
        parts.append(filled.assign(group=group))
    table = curves(pd.concat(parts, ignore_index=True), time="period", confidence=confidence)
    rate = 1 - table["ended"] / table["at_risk"]
    return table.assign(retention_rate=rate.where(table["period"] > 0))
