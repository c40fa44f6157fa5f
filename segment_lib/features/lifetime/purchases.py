"""Purchase histories as lifetime models read them: how often again, how late last, for how long known."""

from typing import Literal

import duckdb
import pyarrow as pa

from segment_lib.asof import AsOf
from segment_lib.checks import check_columns, check_option
from segment_lib.engine import EngineOptions, Table, add_table, open_connection
from segment_lib.errors import InvalidOption
from segment_lib.sql import literal

Unit = Literal["days", "weeks"]
DAYS: dict[str, int] = {"days": 1, "weeks": 7}


def summarise_purchases(
    interactions: Table, *, as_of: AsOf, unit: Unit = "weeks", options: EngineOptions | None = None
) -> pa.Table:
    """Sum up what each customer bought by a day: one row for everybody who bought at all.

    Parameters
    ----------
    interactions : one row an interaction; `contact_id`, `occurred_at`, `kind`, and `amount` where spend is wanted.
    as_of : the last day that counts; purchases after it are not read.
    unit : what `recency` and `age` are measured in.
    options : how much of the machine the query may use.

    Returns
    -------
    pyarrow.Table
        Ordered by `contact_id`: `frequency` (days with a purchase after the first such day), `recency` (time from the
        first to the last of these days), `age` (time from the first to `as_of`), `monetary_value` (mean spend of the
        days that `frequency` counts; null where it is 0 or their amounts are unknown), `first_purchase_day`.

    Raises
    ------
    MissingColumns
        `interactions` lack a column.
    InvalidOption
        The unit is none of these, or instants are given as text.

    Notes
    -----
    Several purchases on one local day are one. Only rows of kind 'purchase' count: a refund takes no purchase back,
    and no money. A day whose purchases cost 0 counts as a day with a purchase, and its 0 counts in the mean. An
    unknown amount adds nothing to its day; a day of unknown amounts alone is left out of the mean. Sums are
    rounded to four places, so the order of rows changes no digit. Instants without a zone are local to the zone of
    `as_of`.

    Examples
    --------
    >>> import pandas as pd
    >>> orders = pd.DataFrame({
    ...     "contact_id": ["a", "a", "a", "b"], "kind": "purchase", "amount": [10.0, 30.0, 50.0, 5.0],
    ...     "occurred_at": pd.to_datetime(["2026-01-01", "2026-01-15", "2026-01-29", "2026-01-10"], utc=True)})
    >>> table = summarise_purchases(orders, as_of=AsOf.of("2026-01-31"), unit="days")
    >>> table.drop_columns("first_purchase_day").to_pylist()[0]
    {'contact_id': 'a', 'frequency': 2, 'recency': 28.0, 'age': 30.0, 'monetary_value': 40.0}
    """
    check_option(unit, DAYS, name="unit")
    with open_connection(options) as connection:
        add_table(connection, "interactions", interactions)
        days = _days_sql(connection, as_of)
        return connection.sql(f"with days as ({days}) {_summary_sql(as_of, unit)} order by contact_id").to_arrow_table()


def holdout_purchases(
    interactions: Table, *, calibration_end: AsOf, as_of: AsOf, unit: Unit = "weeks",
    options: EngineOptions | None = None,
) -> pa.Table:  # fmt: skip
    """Sum up what each customer bought by one day, and what by a later one: to try a model on what it has not seen.

    Parameters
    ----------
    interactions : as in `summarise_purchases`.
    calibration_end : the last day of what a model is fitted to.
    as_of : the last day of what it is tried on.
    unit : what times are measured in.
    options : how much of the machine the query may use.

    Returns
    -------
    pyarrow.Table
        The summary as of `calibration_end`, with `holdout_purchases` (days with a purchase after it, up to `as_of`),
        `holdout_value` (spend on these days, null where a purchase was made and no amount is known) and `holdout_age`
        (time between the two days, the same for all). Who first bought after `calibration_end` is not there.

    Raises
    ------
    MissingColumns
        `interactions` lack a column.
    InvalidOption
        `as_of` is not after `calibration_end`, or their zones differ.
    """
    check_option(unit, DAYS, name="unit")
    if calibration_end.zone != as_of.zone or not calibration_end.day < as_of.day:
        raise InvalidOption(
            f"`calibration_end` must be a day before `as_of` in the same zone, got {calibration_end} and {as_of}."
        )
    cut, length = f"date '{calibration_end.day}'", (as_of.day - calibration_end.day).days / DAYS[unit]
    with open_connection(options) as connection:
        add_table(connection, "interactions", interactions)
        return connection.sql(
            f"""with every as ({_days_sql(connection, as_of)}),
            days as (select * from every where day <= {cut}),
            later as (
                select contact_id, count(*) as holdout_purchases, round(sum(amount), 4) as holdout_value
                from every where day > {cut} group by contact_id),
            summary as ({_summary_sql(calibration_end, unit)})
            select summary.*, coalesce(holdout_purchases, 0) as holdout_purchases,
                if(holdout_purchases is null, 0, holdout_value) as holdout_value,
                cast({length!r} as double) as holdout_age
            from summary left join later using (contact_id) order by contact_id"""
        ).to_arrow_table()


def _days_sql(connection: duckdb.DuckDBPyConnection, as_of: AsOf) -> str:
    """Return the query for `contact_id`, `day` and `amount` of each day on which a contact bought."""
    types = {row[0].lower(): row[1] for row in connection.execute("describe interactions").fetchall()}
    check_columns(types, ["contact_id", "occurred_at", "kind"], table="interactions")
    found = types["occurred_at"]
    if not found.startswith(("DATE", "TIMESTAMP")):
        raise InvalidOption(f"`occurred_at` must be instants or days, got {found}; use pandas.to_datetime.")
    known = f"occurred_at < timestamptz '{as_of.end.isoformat()}'"
    if found.startswith(("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")):
        # Both drop the zone; the first needs no calendar, and is five times as fast.
        local = (
            "make_timestamp(epoch_us(occurred_at))"
            if as_of.zone == "UTC"
            else f"(occurred_at at time zone {literal(as_of.zone)})"
        )
        day = f"cast({local} as date)"
    else:
        # A time without a zone is what the clock on the wall said.
        day = "cast(occurred_at as date)"
        known = f"{day} <= date '{as_of.day}'"
    # A number that is none, or beyond measure, is no amount. Doubles that are rounded cost less than decimals, and
    # tell the same whatever the order of the rows.
    amount = "cast(amount as double)" if "amount" in types else "cast(null as double)"
    amount = f"round(sum({amount}) filter (where abs({amount}) < 1e14), 4)"
    return f"""select contact_id, {day} as day, {amount} as amount from interactions
        where kind = 'purchase' and contact_id is not null and {known} group by all"""


def _summary_sql(as_of: AsOf, unit: str) -> str:
    """Return the query for the summary of `days` as of a day."""
    # A first day of unknown amount is NaN: arg_min would pass over a null and take the second day's.
    first = "if(isnan(first_amount), 0, first_amount)"
    return f"""select contact_id, purchase_days - 1 as frequency,
            (last_day - first_purchase_day) / {DAYS[unit]}.0::double as recency,
            (date '{as_of.day}' - first_purchase_day) / {DAYS[unit]}.0::double as age,
            round(amount - {first}, 4) / nullif(priced_days - if(isnan(first_amount), 0, 1), 0) as monetary_value,
            first_purchase_day
        from (
            select contact_id, count(*) as purchase_days, min(day) as first_purchase_day, max(day) as last_day,
                round(sum(amount), 4) as amount, count(amount) as priced_days,
                arg_min(coalesce(amount, 'nan'::double), day) as first_amount
            from days group by contact_id)"""
