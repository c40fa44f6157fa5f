"""How long contracts last: Kaplan-Meier curves with bands, medians, and the log-rank test between groups."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import chi2, norm

from segment_lib.asof import AsOf
from segment_lib.checks import check_columns
from segment_lib.engine import EngineOptions, Table
from segment_lib.errors import InvalidOption
from segment_lib.features.contractual.contracts import open_contracts

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SurvivalComparison:
    """The log-rank test: whether groups that end alike would differ as much as these.

    Parameters
    ----------
    table : group, contracts, ended, expected (ends, if all groups ended alike).
    chi_square : the statistic.
    degrees_of_freedom : groups less one.
    p_value : probability of a statistic as large where groups end alike.
    """

    table: pd.DataFrame
    chi_square: float
    degrees_of_freedom: int
    p_value: float

    def __repr__(self) -> str:
        return (
            f"Log-rank test of {len(self.table)} groups: chi-square {self.chi_square:.2f} on "
            f"{self.degrees_of_freedom} degrees of freedom, p = {self.p_value:.3g}"
        )


def kaplan_meier(
    contracts: Table,
    *,
    as_of: AsOf,
    by: str | None = None,
    confidence: float = 0.95,
    options: EngineOptions | None = None,
) -> pd.DataFrame:
    """Estimate which share of contracts lasts longer than each number of days.

    Parameters
    ----------
    contracts : one row a contract: `contact_id`, `started_on`, `ended_on` (null: still there).
    as_of : the day seen from; a contract that had not ended by then is counted as long as it was watched (censored).
    by : column of `contracts` to group by; a group has to be known when the contract starts.
    confidence : of the bands.
    options : how much of the machine the query may use.

    Returns
    -------
    pandas.DataFrame
        `group`, `time_days`, `at_risk`, `ended`, `censored`, `survival`, `standard_error` (Greenwood), `low`, `high`
        (of the log-log form, inside 0 to 1); a row for day 0 and for each length that occurs, by group and time.

    Raises
    ------
    MissingColumns, InvalidOption, NoData
        As for the table of contracts: a column is absent, a day is text or missing, nothing had started by the day.

    Notes
    -----
    A contract that ended after as many days as another was watched ended first. A contact with two contracts counts
    twice. Groups made from what happened later, such as who has bought most by now, make the long-lived look loyal.
    Where all have ended, the standard error and the band are not known, and missing.

    References
    ----------
    Kaplan and Meier (1958), "Nonparametric estimation from incomplete observations".

    Examples
    --------
    >>> contracts = pd.DataFrame({
    ...     "contact_id": ["a", "b", "c"], "started_on": pd.to_datetime(["2026-01-01"] * 3),
    ...     "ended_on": pd.to_datetime(["2026-01-11", "2026-01-21", None])})
    >>> curve = kaplan_meier(contracts, as_of=AsOf.of("2026-01-31"))
    >>> curve[["time_days", "at_risk", "ended", "censored", "survival"]].round(3)
       time_days  at_risk  ended  censored  survival
    0          0        3      0         0     1.000
    1         10        3      1         0     0.667
    2         20        2      1         0     0.333
    3         30        1      0         1     0.333
    """
    check_confidence(confidence)
    counts = _count_durations(contracts, as_of=as_of, by=by, options=options)
    return curves(counts, time="time_days", confidence=confidence)


def median_survival(survival: pd.DataFrame, *, share: float = 0.5) -> pd.DataFrame:
    """Return after how many days half of the contracts of each group have ended, with the interval.

    Parameters
    ----------
    survival : from `kaplan_meier`.
    share : surviving share that is looked for.

    Returns
    -------
    pandas.DataFrame
        `group`, `median_days`, `low`, `high`: the first time at which the curve, and the lower and upper band, are no
        higher than the share; missing where they never are.

    Raises
    ------
    MissingColumns
        It is no survival table.
    InvalidOption
        `share` is not between 0 and 1.

    References
    ----------
    Brookmeyer and Crowley (1982), "A confidence interval for the median survival time".
    """
    check_columns(survival.columns, ["group", "time_days", "survival", "low", "high"], table="survival")
    if not 0 < share < 1:
        raise InvalidOption(f"`share` must lie between 0 and 1, got {share}.")
    rows = []
    for group, curve in survival.groupby("group", sort=False):
        ends = [_first_at_most(curve, name, share) for name in ("survival", "low", "high")]
        rows.append((group, *ends))
    return pd.DataFrame(rows, columns=["group", "median_days", "low", "high"])


def compare_survival(
    contracts: Table, *, as_of: AsOf, by: str, options: EngineOptions | None = None
) -> SurvivalComparison:
    """Test whether the contracts of several groups end at different rates (log-rank test).

    Parameters
    ----------
    contracts : one row a contract, each in one group: `contact_id`, `started_on`, `ended_on`, and `by`.
    as_of : the day seen from.
    by : column of the groups.
    options : how much of the machine the query may use.

    Returns
    -------
    SurvivalComparison

    Raises
    ------
    MissingColumns, NoData
        As for the table of contracts.
    InvalidOption
        There are fewer than two groups, or nothing ended while two groups were watched.

    References
    ----------
    Mantel (1966), "Evaluation of survival data and two new rank order statistics arising in its consideration".
    """
    counts = _count_durations(contracts, as_of=as_of, by=by, options=options)
    groups = sorted(counts["group"].unique())
    if len(groups) < 2:
        raise InvalidOption(f"`by` must name a column with two groups or more, got {len(groups)} in `{by}`.")
    times = np.sort(counts["time_days"].unique())
    ended, left = (
        counts.pivot_table(index="time_days", columns="group", values=name, aggfunc="sum", fill_value=0)
        .reindex(index=times, columns=groups, fill_value=0)
        .to_numpy(float)
        for name in ("ended", "leaving")
    )
    at_risk = left[::-1].cumsum(axis=0)[::-1]
    total, deaths = at_risk.sum(axis=1), ended.sum(axis=1)
    share = at_risk / total[:, None]
    expected = (deaths[:, None] * share).sum(axis=0)
    # Ends drawn from those at risk without putting back; a last one alone has no spread.
    spread = np.where(total > 1, deaths * (total - deaths) / np.maximum(total - 1, 1), 0.0)
    covariance = np.diag((spread[:, None] * share).sum(axis=0)) - (spread[:, None] * share).T @ share
    if not np.any(np.diag(covariance) > 1e-12):
        raise InvalidOption("groups must have been watched together while contracts ended, got no such day.")
    gap = ended.sum(axis=0) - expected
    rank = int(np.linalg.matrix_rank(covariance, tol=1e-9 * covariance.max()))
    chi_square = float(gap @ np.linalg.pinv(covariance, rcond=1e-9) @ gap)
    table = pd.DataFrame(
        {
            "group": groups,
            "contracts": left.sum(axis=0).astype(int),
            "ended": ended.sum(axis=0).astype(int),
            "expected": expected,
        }
    )
    return SurvivalComparison(table, chi_square, rank, float(chi2.sf(chi_square, rank)))


def curves(counts: pd.DataFrame, *, time: str, confidence: float) -> pd.DataFrame:
    """Return the curve of every group, from how many ended and how many left (ended or censored) at each time.

    Parameters
    ----------
    counts : group, the time, ended, leaving; a row for each that occurs.
    time : name of the column of times.
    confidence : of the bands.

    Returns
    -------
    pandas.DataFrame
    """
    parts = []
    for group, rows in counts.groupby("group", sort=True):
        ordered = rows.sort_values(time)
        if ordered[time].iloc[0] > 0:
            start = pd.DataFrame({"group": [group], time: [0], "ended": [0], "leaving": [0]})
            ordered = pd.concat([start, ordered], ignore_index=True)
        ended, leaving = ordered["ended"].to_numpy(float), ordered["leaving"].to_numpy(float)
        at_risk = leaving[::-1].cumsum()[::-1]
        survival, error, low, high = _estimate(at_risk, ended, confidence)
        part = {"group": group, time: ordered[time].to_numpy(), "at_risk": at_risk.astype(int)}
        part |= {"ended": ended.astype(int), "censored": (leaving - ended).astype(int)}
        parts.append(pd.DataFrame(part | {"survival": survival, "standard_error": error, "low": low, "high": high}))
    return pd.concat(parts, ignore_index=True)


def check_confidence(confidence: float) -> None:
    """Check that a confidence is a share."""
    if not 0 < confidence < 1:
        raise InvalidOption(f"`confidence` must lie between 0 and 1, such as 0.95, got {confidence}.")


def _estimate(at_risk: Numbers, ended: Numbers, confidence: float) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Return survival, Greenwood's standard error and the log-log band."""
    z = norm.ppf(0.5 + confidence / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = np.cumprod(1 - ended / at_risk)
        root = np.sqrt(np.cumsum(ended / (at_risk * (at_risk - ended))))
        error = survival * root
        reach = z * root / -np.log(survival)
        low, high = survival ** np.exp(reach), survival ** np.exp(-reach)
    none_ended = np.cumsum(ended) == 0
    low, high = np.where(none_ended, 1.0, low), np.where(none_ended, 1.0, high)
    error = np.where(none_ended, 0.0, error)
    values = np.where(survival > 0, [error, low, high], np.nan).astype(np.float64)
    return survival.astype(np.float64), values[0], values[1], values[2]


def _first_at_most(curve: pd.DataFrame, column: str, share: float) -> float:
    """Return the first time at which a column is no higher than a share; sums of fractions are a hair off."""
    reached = curve["time_days"].to_numpy(float)[curve[column].to_numpy(float) <= share + 1e-12]
    return float(reached[0]) if reached.size else np.nan


def _count_durations(contracts: Table, *, as_of: AsOf, by: str | None, options: EngineOptions | None) -> pd.DataFrame:
    """Return group, time_days, ended and leaving (ended or censored), one row for each length that occurs."""
    with open_contracts(contracts, as_of=as_of, by=by, options=options) as connection:
        frame: pd.DataFrame = (
            connection.sql(
                'select group_name as "group", '
                f"date_diff('day', started_on, coalesce(ended_on, DATE '{as_of.day}')) as time_days, "
                "count(ended_on) as ended, count(*) as leaving from contracts group by all order by all"
            )
            .to_arrow_table()
            .to_pandas()
        )
        return frame
