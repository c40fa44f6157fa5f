"""A purchase model tried on what it has not seen: week by week, by frequency class, in total, beside chance alone."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from segment_lib.asof import AsOf
from segment_lib.engine import EngineOptions, Table, add_table, open_connection
from segment_lib.errors import NoData
from segment_lib.features.lifetime.bgnbd import BetaGeoModel
from segment_lib.features.lifetime.chance import draw_models, simulate_population
from segment_lib.features.lifetime.purchase_model import PurchaseModel
from segment_lib.features.lifetime.purchases import DAYS, Unit, _days_sql, holdout_purchases
from segment_lib.features.lifetime.tracking_holdout import Expectation, track_holdout
from segment_lib.features.lifetime.tracking_weeks import WEEK, track_weeks

QUARTER_DAYS = 13 * WEEK


@dataclass(frozen=True)
class Tracking:
    """How a model fitted to the first part of a history did in the rest of it.

    Parameters
    ----------
    model : fitted to the purchases up to `calibration_end`.
    calibration_end, as_of : last days of the two parts.
    summary : a row a customer, as `holdout_purchases` returns it.
    weeks : week_end, part (calibration, holdout), days, actual, expected, low, high, cumulative_actual,
        cumulative_expected, cumulative_low, cumulative_high: repeat purchases of everybody who first bought by
        `calibration_end`.
    classes : frequency_class, customers, actual, expected, low, high: repeat purchases a customer in the holdout, by
        repeat purchases before it.
    quarters : quarter_end, actual, expected, low, high: repeat purchases in each 13 weeks of the holdout, the last
        with what is left.
    holdout : repeat purchases of the holdout in total.
    """

    model: PurchaseModel
    calibration_end: date
    as_of: date
    summary: pa.Table
    weeks: pd.DataFrame
    classes: pd.DataFrame
    quarters: pd.DataFrame
    holdout: Expectation

    @property
    def span(self) -> str:
        """How long was held out, in words."""
        days = (self.as_of - self.calibration_end).days
        return f"{days} days" if days % WEEK else "1 week" if days == WEEK else f"{days // WEEK} weeks"

    def __repr__(self) -> str:
        held = self.holdout
        return (
            f"{type(self.model).__name__} fitted up to {self.calibration_end}, {self.span} held out: "
            f"{held.actual:,.0f} repeat purchases made, {held.expected:,.0f} expected ({held.error:+.1%}; "
            f"chance alone: {held.low:,.0f} to {held.high:,.0f})"
        )


def track_purchases(
    interactions: Table,
    *,
    as_of: AsOf,
    holdout: str,
    model: PurchaseModel | None = None,
    unit: Unit = "weeks",
    random_state: int = 0,
    options: EngineOptions | None = None,
) -> Tracking:
    """Fit a model to the first part of a history and hold it against the rest.

    Parameters
    ----------
    interactions : one row an interaction: `contact_id`, `occurred_at`, `kind`, and `amount` where there is spend.
    as_of : the day seen from; nothing later is read.
    holdout : the last part of the history, which the model is not shown, such as '39 weeks'.
    model : what to fit; BG/NBD where not given. What is given is left as it is.
    unit : what times are measured in.
    random_state : seed of what chance alone would bring.
    options : how much of the machine the query may use.

    Returns
    -------
    Tracking

    Raises
    ------
    InvalidOption
        `holdout` is no window.
    MissingColumns
        A column is absent.
    NoData
        Nobody had bought, or bought again, before the holdout.

    Notes
    -----
    Weekly expectations are those of new customers from their first day on; the others are of each customer given the
    history up to the holdout. Both leave out customers who first bought in the holdout.

    Ranges come from a population simulated with the fitted parameters (how far purchases stray from what is expected)
    and from parameters drawn from the normal distribution of the fit (how far the fit strays). In weeks that were
    fitted they are on the wide side, because the fit follows the purchases there.

    References
    ----------
    Fader, Hardie and Lee (2005), "Counting your customers" the easy way, figures 2 to 4.
    """
    calibration_end = AsOf(as_of.first_day(holdout), as_of.zone).back(1)
    summary = holdout_purchases(interactions, calibration_end=calibration_end, as_of=as_of, unit=unit, options=options)
    if not summary.num_rows:
        raise NoData(f"nobody had bought anything by {calibration_end.day}: hold out less than {holdout}.")
    fitted: PurchaseModel = type(model)(**model.get_params()) if model is not None else BetaGeoModel()
    fitted.fit(summary)
    days = _count_days(interactions, calibration_end, as_of, options)
    length = (as_of.day - calibration_end.day).days
    population = simulate_population(
        fitted, summary["age"].to_numpy().astype(float), length / DAYS[unit], random_state=random_state
    )
    models = [fitted, *draw_models(fitted, random_state=random_state)]
    bounds = np.array([*range(QUARTER_DAYS, length - QUARTER_DAYS + 1, QUARTER_DAYS), length])
    later = days[days["day"] > calibration_end.day]
    place = np.searchsorted(bounds, [(day - calibration_end.day).days for day in later["day"]])
    made = np.bincount(place.astype(int), later["repeats"].to_numpy(float), minlength=len(bounds)).astype(float)
    classes, quarters, total = track_holdout(models, summary, population, bounds / DAYS[unit], made)
    ends = pd.to_datetime(calibration_end.day) + pd.to_timedelta(bounds, unit="D")
    return Tracking(
        model=fitted,
        calibration_end=calibration_end.day,
        as_of=as_of.day,
        summary=summary,
        weeks=track_weeks(
            models, days, population, calibration_end=calibration_end.day, as_of=as_of.day, unit_days=DAYS[unit]
        ),
        classes=classes,
        quarters=quarters.assign(quarter_end=ends.date),
        holdout=total,
    )


def _count_days(interactions: Table, calibration_end: AsOf, as_of: AsOf, options: EngineOptions | None) -> pd.DataFrame:
    """Return for each day how many first bought on it, and how many repeat purchases there were."""
    with open_connection(options) as connection:
        add_table(connection, "interactions", interactions)
        connection.execute(f"create temp table days as {_days_sql(connection, as_of)}")
        frame: pd.DataFrame = (
            connection.sql(
                "select day, count(*) filter (where day = first_day) as joined, "
                "count(*) filter (where day > first_day) as repeats from days join (select contact_id, min(day) as "
                "first_day from days group by contact_id) using (contact_id) "
                f"where first_day <= DATE '{calibration_end.day}' group by day order by day"
            )
            .to_arrow_table()
            .to_pandas()
        )
    return frame
