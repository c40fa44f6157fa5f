"""Letters by e-mail: a monthly one and the campaigns'; who got, opened and clicked them."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from segment_lib.loading.synthetic.buying_types import CODE, LAPSED
from segment_lib.loading.synthetic.campaigns import Trial
from segment_lib.loading.synthetic.events import Events, join_events, make_events
from segment_lib.loading.synthetic.people import YES, People
from segment_lib.loading.synthetic.shop_calendar import DAY, ShopCalendar

LETTER_SUBJECTS: Final = (
    "Blood oranges are in",
    "Lemons for the winter",
    "The last mandarins",
    "Strawberries, picked this morning",
    "Cherries: ten days only",
    "Pineapple for the summer table",
    "Cold soups and ripe tomatoes",
    "Figs, melons, and a rest",
    "The first mangos from Málaga",
    "New oil from our mill",
    "Gift boxes: order early",
    "What to give, by courier",
)
_RECEIVED_SHARE: Final = 0.45
_LETTER_HOUR: Final = 10
_SENDING_SECONDS: Final = 3000
_LEFT_OPEN_FACTOR: Final = 0.45


def letters_within(calendar: ShopCalendar) -> tuple[date, ...]:
    """Give the days of the monthly letter: each month's second Tuesday.

    Examples
    --------
    >>> letters_within(ShopCalendar(date(2024, 1, 1), date(2026, 10, 31)))[:2]
    (datetime.date(2024, 1, 9), datetime.date(2024, 2, 13))
    """
    days = (calendar.first_day + timedelta(days=offset) for offset in range(calendar.n_days))
    return tuple(day for day in days if day.weekday() == 1 and 8 <= day.day <= 14)


def letter_name(day: date) -> str:
    """Name a monthly letter as the e-mail log does.

    Examples
    --------
    >>> letter_name(date(2024, 1, 9))
    'letter_2024_01'
    """
    return f"letter_{day:%Y_%m}"


def draw_emails(
    people: People, trials: Sequence[Trial], calendar: ShopCalendar, rng: np.random.Generator, *, activity: float = 1.0
) -> Events:
    """Draw e-mails sent, opened and clicked.

    Campaign and subject codes count the trials first, then the monthly letters. Only contacts with e-mail consent
    get any; of the control groups nobody gets the campaign's. Lapsed contacts open less once they have left.
    """
    contact, second, campaign = _draw_letters(people, len(trials), calendar, rng, activity)
    treated = [trial.contact[trial.treated] for trial in trials]
    next_morning = [trial.assigned_second + DAY + 3600 for trial in trials]
    contact = np.concatenate([*treated, contact])
    second = np.concatenate([*(np.full(len(who), at) for who, at in zip(treated, next_morning, strict=True)), second])
    campaign = np.concatenate([*(np.full(len(who), code) for code, who in enumerate(treated)), campaign])
    second = second + rng.integers(0, _SENDING_SECONDS, len(second))
    sent = make_events(contact, second, "email_sent", channel="email", campaign=campaign, subject=campaign)
    return join_events([sent, *_draw_reactions(sent, people, calendar, rng)])


def _draw_letters(
    people: People, first_code: int, calendar: ShopCalendar, rng: np.random.Generator, activity: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    offsets = np.array([calendar.offset_of(day) for day in letters_within(calendar)], dtype=np.int64)
    seconds = calendar.first_second + offsets * DAY + _LETTER_HOUR * 3600
    may_get = np.flatnonzero(people.email_consent == YES)
    gets = rng.random((len(may_get), len(seconds)), dtype=np.float32) < min(_RECEIVED_SHARE * activity, 1.0)
    gets &= people.created_second[may_get][:, None] < seconds[None, :]
    row, letter = np.nonzero(gets)
    return may_get[row], seconds[letter], letter + first_code


def _draw_reactions(
    sent: Events, people: People, calendar: ShopCalendar, rng: np.random.Generator
) -> tuple[Events, Events]:
    has_left = (people.buying_type == CODE[LAPSED.name])[sent.contact]
    has_left &= calendar.day_of(sent.second) >= people.end_day[sent.contact]
    probability = people.open_probability[sent.contact] * np.where(has_left, _LEFT_OPEN_FACTOR, 1.0)
    opens = sent.take(rng.random(len(sent)) < probability)
    opened = opens.second + 30 + (rng.lognormal(1.0, 1.4, len(opens)) * 3600).astype(np.int64)
    clicks = rng.random(len(opens)) < people.click_probability[opens.contact]
    clicked = opened[clicks] + rng.integers(4, 400, int(clicks.sum()))
    clicking = opens.take(clicks)
    reactions = (
        make_events(
            opens.contact, opened, "email_open", channel="email", campaign=opens.campaign, subject=opens.subject
        ),
        make_events(
            clicking.contact,
            clicked,
            "email_click",
            channel="email",
            campaign=clicking.campaign,
            subject=clicking.subject,
        ),
    )
    seen, followed = reactions
    return seen.take(seen.second <= calendar.last_second), followed.take(followed.second <= calendar.last_second)
