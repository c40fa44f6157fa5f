"""The catalogue as a table, for documentation and notebooks."""

from collections.abc import Sequence

from segment_lib.features.catalogue import CATALOGUE
from segment_lib.features.record import Feature


def table_features(features: Sequence[Feature] = CATALOGUE) -> list[dict[str, str]]:
    """Return the catalogue as rows.

    Parameters
    ----------
    features : what to list.

    Returns
    -------
    list of dict

    Examples
    --------
    >>> next(row["meaning"] for row in table_features() if row["feature"] == "recency_days")
    'Days since the last purchase; nothing for who never bought'
    """
    return [
        {"feature": f.name, "family": f.family, "unit": f.unit, "meaning": f.meaning, "sql": f.formula}
        for f in features
    ]
