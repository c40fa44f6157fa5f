"""Rows that cannot be accepted: copies of good rows with exactly one thing wrong."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from segment_lib.loading.synthetic.exporting import ExportFile, Rows


@dataclass(frozen=True)
class RowFault:
    """One reason why rows of a file are broken.

    Parameters
    ----------
    file : name of the file.
    reason : what is wrong.
    column : the column that is spoiled; none if the number of fields is wrong.
    texts : what stands there instead, a row each.
    fields : fields too many, or too few if negative, in one row each.
    """

    file: str
    reason: str
    column: str = ""
    texts: tuple[str, ...] = ()
    fields: tuple[int, ...] = ()


ROW_FAULTS: Final = (
    RowFault("contacts.csv.gz", "missing_contact_id", "Contact ID", ("", "")),
    RowFault("contacts.csv.gz", "unreadable_date", "Created at", ("31/02/2026 10:15", "yesterday")),
    RowFault("contacts.csv.gz", "too_few_fields", fields=(-14,)),
    RowFault("contacts.csv.gz", "too_many_fields", fields=(2,)),
    RowFault("orders.csv.gz", "missing_contact_id", "Contact ID", ("", "")),
    RowFault("orders.csv.gz", "unknown_contact", "Contact ID", ("C9900001", "C9900002", "C9900003")),
    RowFault("orders.csv.gz", "unreadable_date", "Ordered at", ("31/02/2026", "yesterday", "2026-13-05 10:00:00")),
    RowFault("orders.csv.gz", "unreadable_amount", "Amount", ("abc", "12,50 EUR?")),
    RowFault("orders.csv.gz", "unknown_type", "Type", ("voucher",)),
    RowFault("orders.csv.gz", "too_few_fields", fields=(-5,)),
    RowFault("orders.csv.gz", "too_many_fields", fields=(1,)),
    RowFault("crm_activity.csv.gz", "unreadable_date", "When", ("yesterday",)),
    RowFault("crm_activity.csv.gz", "unknown_contact", "Contact ID", ("C9900004",)),
    RowFault("crm_activity.csv.gz", "unknown_type", "Type", ("pigeon",)),
    RowFault("email_log.csv.gz", "unreadable_date", "Time", ("2026-02-31T09:00:00Z",)),
    RowFault("email_log.csv.gz", "unknown_contact", "Contact ID", ("C9900005",)),
    RowFault("email_log.csv.gz", "too_few_fields", fields=(-3,)),
    RowFault("campaigns.csv.gz", "unknown_contact", "Contact ID", ("C9900006",)),
)
_ID_COLUMNS: Final = {
    "contacts.csv.gz": "Contact ID",
    "orders.csv.gz": "Line ID",
    "crm_activity.csv.gz": "Activity ID",
    "email_log.csv.gz": "Event ID",
}


def break_rows(file: ExportFile, rng: np.random.Generator) -> tuple[Rows, list[str]]:
    """Make the broken rows of a file.

    Each is a copy of a row drawn at random, with an id of its own, so that it breaks nothing else.

    Parameters
    ----------
    file : the file to which they will be added.
    rng : source of chance.

    Returns
    -------
    The rows, in an order drawn at random, and the reason of each.
    """
    if not file.rows:
        return [], []
    spoilt: Rows = []
    reasons: list[str] = []
    for fault in ROW_FAULTS:
        if fault.file != file.name:
            continue
        for nth in range(len(fault.texts) + len(fault.fields)):
            row = list(file.rows[int(rng.integers(len(file.rows)))])
            _number_anew(row, file, len(spoilt) + 1)
            spoilt.append(_spoil(row, file.header, fault, nth))
            reasons.append(fault.reason)
    places = rng.permutation(len(spoilt)).tolist()
    return [spoilt[place] for place in places], [reasons[place] for place in places]


def _number_anew(row: list[str], file: ExportFile, number: int) -> None:
    if file.name in _ID_COLUMNS:
        place = file.header.index(_ID_COLUMNS[file.name])
        text = row[place]
        row[place] = f"{text[0]}9{number:0{len(text) - 2}d}"


def _spoil(row: list[str], header: tuple[str, ...], fault: RowFault, nth: int) -> list[str]:
    if fault.fields:
        change = fault.fields[nth]
        return row[:change] if change < 0 else row + ["?"] * change
    row[header.index(fault.column)] = fault.texts[nth]
    return row
