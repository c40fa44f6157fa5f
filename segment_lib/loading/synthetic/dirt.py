"""Dirt, as real exports have it: each kind planted in rows of its own and counted."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from segment_lib.loading.synthetic.exporting import CREATED_TIME, LOCAL_TIME, ExportFile, Rows, ShopFiles, export_shop
from segment_lib.loading.synthetic.faults import break_rows
from segment_lib.loading.synthetic.model import random_stream
from segment_lib.loading.synthetic.shop import Shop

COUNTRY_SPELLINGS: Final = {
    "ES": ("Spain", "España", "es", "ESP", "Espana"),
    "PT": ("Portugal", "pt"),
    "FR": ("France", "Francia", "fr"),
    "DE": ("Germany", "Deutschland", "Alemania"),
    "IT": ("Italy", "Italia", "it"),
    "GB": ("UK", "United Kingdom", "Great Britain"),
}
_REPEATED_CONTACT_SHARE: Final = 0.008
_SECOND_RECORD_SHARE: Final = 0.006
_REPEATED_LINES: Final = 15


@dataclass(frozen=True)
class _CellFault:
    """A fault of one cell: what it is called, in which column, for which share of contacts, and how."""

    name: str
    column: str
    share: float
    spoil: Callable[[str, int], str]


def _respell_country(text: str, nth: int) -> str:
    spellings = COUNTRY_SPELLINGS[text]
    return spellings[nth % len(spellings)]


def _spoil_case(text: str, nth: int) -> str:
    return (text.upper(), text.title(), f" {text}", f"{text} ", f"  {text.upper()}")[nth % 5]


def _spoil_email(text: str, nth: int) -> str:
    return (text.replace("@", "#"), text.replace("@", ""), text.split("@")[0] + "@", "@" + text.split("@")[1])[nth % 4]


def _empty(text: str, nth: int) -> str:
    return ""


_CELL_FAULTS: Final = (
    _CellFault("country_spelling", "Country", 0.05, _respell_country),
    _CellFault("email_case_or_blanks", "Email", 0.03, _spoil_case),
    _CellFault("unreadable_email", "Email", 0.0012, _spoil_email),
    _CellFault("missing_email", "Email", 0.015, _empty),
    _CellFault("missing_phone", "Phone", 0.03, _empty),
    _CellFault("missing_country", "Country", 0.006, _empty),
    _CellFault("missing_postcode", "Postcode", 0.02, _empty),
    _CellFault("missing_city", "City", 0.012, _empty),
    _CellFault("missing_last_name", "Last name", 0.008, _empty),
)


def add_dirt(shop: Shop, *, random_state: int) -> ShopFiles:
    """Export a shop with the faults of a real export.

    No two kinds of fault meet in one row, and broken rows are additional ones: what was clean is still all there.

    Parameters
    ----------
    shop : from `make_shop`.
    random_state : seed; the same seed spoils the same rows.

    Returns
    -------
    ShopFiles
        `facts["dirt"]` counts, per file: `cells` (spoiled, the row is still of use), `repeated` (a Contact ID or Line
        ID that comes twice, or a person with two Contact IDs), `broken` (rows that cannot be accepted, by reason).

    Examples
    --------
    >>> from segment_lib.loading.synthetic.shop import make_shop
    >>> files = add_dirt(make_shop(n_contacts=1000, random_state=1), random_state=1)
    >>> files.facts["dirt"]["contacts.csv.gz"]["cells"]["country_spelling"]
    50
    """
    rng = random_stream("dirt", random_state=random_state)
    clean = export_shop(shop)
    contacts, activity, second_records, counts = _spoil_contacts(clean, rng)
    orders, n_repeated = _repeat_lines(clean.file("orders.csv.gz"), rng)
    dirt: dict[str, dict[str, Any]] = {file.name: {"cells": {}, "repeated": {}, "broken": {}} for file in clean.files}
    dirt["contacts.csv.gz"].update(counts)
    dirt["orders.csv.gz"]["repeated"] = {"repeated_line": n_repeated}
    files = []
    for file in (contacts, orders, activity, clean.file("email_log.csv.gz"), clean.file("campaigns.csv.gz")):
        broken, faults = break_rows(file, rng)
        dirt[file.name]["broken"] = dict(sorted(Counter(faults).items()))
        files.append(_mix_in(file, broken, rng))
    rows = {file.name: {"clean": len(clean.file(file.name).rows), "written": len(file.rows)} for file in files}
    truth = pd.concat([clean.true_contacts, second_records], ignore_index=True)
    return ShopFiles(tuple(files), truth, {**clean.facts, "rows": rows, "dirt": dirt})


def _spoil_contacts(
    clean: ShopFiles, rng: np.random.Generator
) -> tuple[ExportFile, ExportFile, pd.DataFrame, dict[str, dict[str, int]]]:
    file = clean.file("contacts.csv.gz")
    rows = [list(row) for row in file.rows]
    # One shuffled list of rows, dealt out from the end: no row is spoiled twice.
    places = rng.permutation(len(rows)).tolist()
    cells = {fault.name: _spoil_cells(rows, file.header, fault, places) for fault in _CELL_FAULTS}
    repeated = _repeat_contacts(rows, file.header, _deal(places, len(rows), _REPEATED_CONTACT_SHARE))
    n_second = round(len(rows) * _SECOND_RECORD_SHARE)
    seconds, activity, truth = _add_second_records(rows, clean, places, n_second)
    contacts = _mix_in(ExportFile(file.name, file.header, _frozen(rows)), [*repeated, *seconds], rng)
    counts = {"repeated_contact_id": len(repeated), "second_record_of_a_person": len(seconds)}
    return contacts, activity, truth, {"cells": cells, "repeated": counts}


def _deal(places: list[int], n_rows: int, share: float) -> list[int]:
    dealt = [places.pop() for _ in range(min(round(n_rows * share), len(places)))]
    return sorted(dealt)


def _spoil_cells(rows: Rows, header: tuple[str, ...], fault: _CellFault, places: list[int]) -> int:
    column = header.index(fault.column)
    dealt = _deal(places, len(rows), fault.share)
    for nth, place in enumerate(dealt):
        rows[place][column] = fault.spoil(rows[place][column], nth)
    return len(dealt)


def _repeat_contacts(rows: Rows, header: tuple[str, ...], places: list[int]) -> Rows:
    email = header.index("Email")
    repeated = [list(rows[place]) for place in places]
    for nth, row in enumerate(repeated):
        row[email] = _spoil_case(row[email], nth)
    return repeated


def _add_second_records(
    rows: Rows, clean: ShopFiles, places: list[int], n_wanted: int
) -> tuple[Rows, ExportFile, pd.DataFrame]:
    """Give some people a second Contact ID, to which their activity is booked."""
    header, activity = clean.file("contacts.csv.gz").header, clean.file("crm_activity.csv.gz")
    id_column, time_column = activity.header.index("Contact ID"), activity.header.index("When")
    first_touch: dict[str, str] = {}
    for touch in activity.rows:
        first_touch.setdefault(touch[id_column], touch[time_column])
    chosen = sorted([place for place in places if rows[place][0] in first_touch][:n_wanted])
    new_id = {rows[place][0]: f"C{len(rows) + nth:07d}" for nth, place in enumerate(chosen, start=1)}
    seconds = [
        _second_record(rows[place], header, new_id[rows[place][0]], first_touch[rows[place][0]]) for place in chosen
    ]
    moved = tuple(
        tuple(new_id.get(text, text) if column == id_column else text for column, text in enumerate(touch))
        for touch in activity.rows
    )
    truth = clean.true_contacts.set_index("contact_id").loc[list(new_id)].reset_index()
    truth = truth.assign(is_duplicate_of=truth["contact_id"], contact_id=truth["contact_id"].map(new_id))
    return seconds, ExportFile(activity.name, activity.header, moved), truth


def _second_record(row: list[str], header: tuple[str, ...], contact_id: str, first_touch: str) -> list[str]:
    kept = ("First name", "Last name", "Email", "Phone", "Company", "Country", "Language")
    record = [text if name in kept else "" for name, text in zip(header, row, strict=True)]
    values = dict(zip(header, record, strict=True))
    entered = datetime.strptime(first_touch, LOCAL_TIME) - timedelta(minutes=5)  # noqa: DTZ007 - local clock, as written
    values.update(
        {
            "Contact ID": contact_id,
            "Email": _spoil_case(values["Email"], len(contact_id) + int(contact_id[1:])),
            "Relationship": "prospect",
            "Created at": entered.strftime(CREATED_TIME),
            "Source": "telephone",
        }
    )
    return list(values.values())


def _repeat_lines(file: ExportFile, rng: np.random.Generator) -> tuple[ExportFile, int]:
    n = min(_REPEATED_LINES, len(file.rows))
    places = np.sort(rng.choice(len(file.rows), size=n, replace=False))
    repeated = [list(file.rows[place]) for place in places.tolist()]
    return _mix_in(file, repeated, rng), n


def _mix_in(file: ExportFile, more: Rows, rng: np.random.Generator) -> ExportFile:
    at: npt.NDArray[np.int64] = np.sort(rng.integers(0, len(file.rows) + 1, len(more)))
    rows: list[tuple[str, ...]] = []
    begin = 0
    for place, row in zip(at.tolist(), more, strict=True):
        rows += [*file.rows[begin:place], tuple(row)]
        begin = place
    rows += file.rows[begin:]
    return ExportFile(file.name, file.header, tuple(rows), file.delimiter)


def _frozen(rows: Rows) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(row) for row in rows)
