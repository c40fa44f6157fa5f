"""The truth about the sample shop: planted segments, planted effects, and what came of them."""

from dataclasses import asdict
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from segment_lib.loading.synthetic.buying_types import BUYING_TYPES, CODE, LAPSED
from segment_lib.loading.synthetic.campaigns import OUTCOME_DAYS, Trial
from segment_lib.loading.synthetic.details import contact_ids
from segment_lib.loading.synthetic.events import KIND, KINDS
from segment_lib.loading.synthetic.model import Block
from segment_lib.loading.synthetic.places import CITIES
from segment_lib.loading.synthetic.products import CATEGORY_OF_PRODUCT
from segment_lib.loading.synthetic.shop_calendar import DAY, TIME_ZONE, ShopCalendar

_PINEAPPLE: Final = 1
_LAST_YEAR_DAYS: Final = 365
_SOUTHERN_CITIES: Final = tuple(city.name for city in CITIES if city.is_south)


def tabulate_truth(block: Block, calendar: ShopCalendar) -> pd.DataFrame:
    """Tell for each contact what the model knows and the files do not show.

    Returns
    -------
    `contact_id`, `planted_segment`, `is_organisation`, `orders_per_year` (own rate while active), `churned_at` (local
    day from which a lapsed contact orders no more), `responded_to` (the campaign that caused an order).
    """
    people = block.people
    left = people.buying_type == CODE[LAPSED.name]
    first = np.datetime64(calendar.first_day)
    churned = np.full(len(people), None, dtype=object)
    churned[left] = [str(first + int(day)) for day in people.end_day[left].tolist()]
    responded = np.full(len(people), None, dtype=object)
    for trial in block.trials:
        responded[trial.contact[trial.responded]] = trial.campaign.name
    return pd.DataFrame(
        {
            "contact_id": contact_ids(len(people)),
            "planted_segment": np.array([t.name for t in BUYING_TYPES], dtype=object)[people.buying_type],
            "is_organisation": people.organisation,
            "orders_per_year": np.round(people.orders_per_year, 3),
            "churned_at": churned,
            "responded_to": responded,
        }
    )


def describe_truth(block: Block, contacts: pd.DataFrame, calendar: ShopCalendar) -> dict[str, Any]:
    """Describe planted segments and effects, with what came of them; all of it fits JSON.

    Parameters
    ----------
    block : the model's draw.
    contacts : from `describe_contacts`.
    calendar : the days of the data.
    """
    counts = {
        kind: int(sum((part.kind == code).sum() for part in (block.lines, block.touches, block.emails)))
        for code, kind in enumerate(KINDS)
    }
    recent = block.lines.second > calendar.last_second - _LAST_YEAR_DAYS * DAY
    return {
        "first_day": str(calendar.first_day),
        "last_day": str(calendar.last_day),
        "time_zone": TIME_ZONE,
        "currency": "EUR",
        "interactions_by_kind": counts,
        "n_orders": block.n_orders,
        "net_revenue": _rounded(block.lines.amount.sum(), 2),
        "net_revenue_last_365_days": _rounded(block.lines.amount[recent].sum(), 2),
        "segments": [_describe_segment(code, block, contacts, calendar) for code in range(len(BUYING_TYPES))],
        "campaigns": [_describe_trial(trial) for trial in block.trials],
    }


def _rounded(value: Any, digits: int = 4) -> float | None:
    return None if np.isnan(value) else round(float(value), digits)


def _mean(values: npt.NDArray[Any]) -> float | None:
    return _rounded(np.mean(values)) if len(values) else None


def _describe_segment(code: int, block: Block, contacts: pd.DataFrame, calendar: ShopCalendar) -> dict[str, Any]:
    buying_type = BUYING_TYPES[code]
    is_member = block.people.buying_type == code
    members = contacts[is_member]
    ages = (pd.Timestamp(calendar.last_day) - pd.to_datetime(members["birth_date"])).dt.days / 365.25
    touches = block.touches.take(is_member[block.touches.contact])
    return {
        "name": buying_type.name,
        "planned_share": buying_type.share,
        "contacts": int(is_member.sum()),
        "share": _mean(is_member),
        "realised": {
            **_describe_buying(is_member, block, calendar),
            "mean_satisfaction": _mean(touches.score[touches.kind == KIND["survey"]]),
            "open_rate": _open_rate(is_member, block),
            "mean_age": _mean(ages.dropna().to_numpy()),
            "median_income": _rounded(members["income"].median()),
            "share_in_the_south": _mean(members["city"].isin(_SOUTHERN_CITIES).to_numpy()),
            "share_health_minded": _mean((members["lifestyle"].dropna() == "health-minded").to_numpy()),
        },
        "parameters": {name: value for name, value in asdict(buying_type).items() if name not in ("name", "share")},
    }


def _describe_buying(is_member: npt.NDArray[np.bool_], block: Block, calendar: ShopCalendar) -> dict[str, Any]:
    lines = block.lines.take(is_member[block.lines.contact])
    is_sale = lines.kind == KIND["purchase"]
    sales = lines.take(is_sale)
    n_orders, spend = len(np.unique(sales.order)), sales.amount.sum()
    recent = lines.second > calendar.last_second - _LAST_YEAR_DAYS * DAY
    is_pineapple = CATEGORY_OF_PRODUCT[sales.product] == _PINEAPPLE
    return {
        "orders": n_orders,
        "mean_basket": _rounded(spend / n_orders, 2) if n_orders else None,
        "net_revenue_last_365_days": _rounded(lines.amount[recent].sum(), 2),
        "refunded_lines_share": _rounded((~is_sale).sum() / is_sale.sum()) if n_orders else None,
        "pineapple_spend_share": _rounded(sales.amount[is_pineapple].sum() / spend) if n_orders else None,
    }


def _open_rate(is_member: npt.NDArray[np.bool_], block: Block) -> float | None:
    kinds = block.emails.kind[is_member[block.emails.contact]]
    sent = int((kinds == KIND["email_sent"]).sum())
    return _rounded((kinds == KIND["email_open"]).sum() / sent) if sent else None


def _describe_trial(trial: Trial) -> dict[str, Any]:
    treated = trial.treated
    caused = trial.ordered & ~trial.would_order
    return {
        "name": trial.campaign.name,
        "assigned_on": str(trial.campaign.day),
        "audience": trial.campaign.audience,
        "outcome": f"a purchase within {OUTCOME_DAYS} days of the assignment",
        "treatment": int(treated.sum()),
        "control": int((~treated).sum()),
        "response_probability": trial.campaign.response,
        # What a contact of the audience gains in expectation, and what the treated gained in this draw.
        "expected_lift": _rounded(trial.campaign.response * np.mean(~trial.would_order)) if len(treated) else None,
        "realised_lift": _mean(caused[treated]),
        "rate_in_treatment": _mean(trial.ordered[treated]),
        "rate_in_control": _mean(trial.ordered[~treated]),
    }
