"""How a value is written as text, the same for workbooks, JSON and databases."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal


def cell_text(value: object) -> str | None:
    """Return the text of a value as an export would have it.

    Parameters
    ----------
    value : anything that a database, a workbook or JSON holds.

    Returns
    -------
    str or None
        None for nothing and for an empty text. Instants are ISO, with `Z` where they have a zone; lists are
        joined by `;`.

    Examples
    --------
    >>> cell_text(17850), cell_text(19.99), cell_text(True), cell_text(["VIP", "Blog"])
    ('17850', '19.99', 'true', 'VIP;Blog')
    >>> cell_text(datetime(2026, 10, 31, 12, 30, tzinfo=UTC))
    '2026-10-31 12:30:00Z'
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return _instant_text(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _duration_text(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return _bytes_text(bytes(value))
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, default=cell_text)
    if isinstance(value, list | tuple | set | frozenset):
        return ";".join(text for text in map(cell_text, value) if text is not None) or None
    return str(value)


def sheet_text(value: object) -> str | None:
    """Return the text of a workbook's cell: figures with the 15 digits that a spreadsheet shows, no `.0`.

    Parameters
    ----------
    value : a cell as it was read.

    Returns
    -------
    str or None

    Examples
    --------
    >>> sheet_text(17850.0), sheet_text(0.1 + 0.2), sheet_text(1e20), sheet_text(-0.0000001)
    ('17850', '0.3', '100000000000000000000', '-0.0000001')
    """
    if not isinstance(value, float):
        return cell_text(value)
    text = f"{Decimal(f'{value:.15g}'):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _instant_text(value: datetime) -> str:
    if value.tzinfo is None:
        return value.isoformat(sep=" ")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ") + "Z"


def _duration_text(value: timedelta) -> str:
    seconds = abs(value) // timedelta(seconds=1)
    sign = "-" if value < timedelta(0) else ""
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _bytes_text(value: bytes) -> str | None:
    try:
        return value.decode() or None
    except UnicodeDecodeError:
        return value.hex()
