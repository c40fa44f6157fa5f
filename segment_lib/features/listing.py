"""The catalogue as a table, for documentation and notebooks."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from segment_lib.features.catalogue import CATALOGUE
from segment_lib.features.example import EXAMPLE_DAY, example_values
from segment_lib.features.record import Feature


def table_features(features: Sequence[Feature] = CATALOGUE) -> list[dict[str, str]]:
    """Return features as rows: what each means, and what it is for Ana of the example.

    Parameters
    ----------
    features : what to list.

    Returns
    -------
    list of dict
        `feature`, `family`, `unit`, `meaning`, `example` (as text; empty for a feature that the catalogue does not
        have, as nobody knows which columns it needs) and `sql`.

    Examples
    --------
    >>> row = next(row for row in table_features() if row["feature"] == "recency_days")
    >>> row["meaning"], row["example"], row["unit"]
    ('Days since the last purchase; nothing for who never bought', '29', 'days')
    """
    values, known = example_values(), set(CATALOGUE)
    return [
        {
            "feature": f.name,
            "family": f.family,
            "unit": f.unit,
            "meaning": f.meaning,
            "example": _write(values[f.name]) if f in known else "",
            "sql": f.formula,
        }
        for f in features
    ]


def _write(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(EXAMPLE_DAY.zone)).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return "nothing" if value is None else str(value)
