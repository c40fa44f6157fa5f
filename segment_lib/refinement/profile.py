"""Profiles: what sets a segment apart from everybody else, with intervals."""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pandas as pd

from segment_lib.segments.results import Segmentation
from segment_lib.vocabulary import Column

FEWEST = 5
MOST_LEVELS = 30
COLUMNS = [
    "segment",
    "field",
    "level",
    "family",
    "members_value",
    "rest_value",
    "effect",
    "estimate",
    "low",
    "high",
    "unit",
]
Matrix = npt.NDArray[np.float64]


def profile_segments(
    segmentation: Segmentation, *, columns: Sequence[Column], confidence: float = 0.95
) -> pd.DataFrame:
    """Compare the members of every segment with the contacts outside it, field by field.

    Parameters
    ----------
    segmentation : of the day.
    columns : fields and features to compare; names, addresses and keys are left out, and so are texts of more than
        30 different values.
    confidence : of the intervals.

    Returns
    -------
    pandas.DataFrame
        `segment`, `field`, `level` (a value of a text field, empty for numbers), `family`, `members_value`,
        `rest_value` (means or shares), `effect` (`difference` or `lift`), `estimate`, `low`, `high`, `unit`.
        A difference is in pooled standard deviations (Cohen's d; interval of Hedges and Olkin, 1985); a lift is the
        ratio of two shares (log interval of Katz et al., 1978), for values that at least 5 members have.
    """
    usable = [c for c in columns if c.name in segmentation.features.column_names and c.family != "identity"]
    frame = segmentation.features.select(["contact_id", *(c.name for c in usable)]).to_pandas()
    inside = _masks(segmentation, frame["contact_id"])
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    names = [segment.name for segment in segmentation.segments]
    parts = [pd.DataFrame(columns=COLUMNS)]
    numbers = [c for c in usable if c.type in ("number", "integer")]
    if numbers and names:
        parts.append(_differences(frame, numbers, inside, names, z))
    for column in usable:
        if column.type == "text" and 1 < frame[column.name].nunique() <= MOST_LEVELS:
            parts.append(_lifts(frame[column.name], column, inside, names, z))
    full = [part for part in parts if not part.empty]
    return pd.concat(full, ignore_index=True) if full else parts[0]


def _masks(segmentation: Segmentation, contacts: pd.Series) -> Matrix:
    """Return contacts by segments: 1 where the contact is a member."""
    place = pd.Series(np.arange(len(contacts)), index=contacts.to_numpy())
    order = {segment.name: i for i, segment in enumerate(segmentation.segments)}
    members = segmentation.members.to_pandas()
    inside = np.zeros((len(contacts), len(order)))
    inside[place.loc[members["contact_id"]].to_numpy(dtype=int), members["segment"].map(order).to_numpy(dtype=int)] = (
        1.0
    )
    return inside


def _differences(
    frame: pd.DataFrame, columns: Sequence[Column], inside: Matrix, names: list[str], z: float
) -> pd.DataFrame:
    values = frame[[c.name for c in columns]].to_numpy(dtype=float, na_value=np.nan)
    there = ~np.isnan(values)
    # Centred first, or the sums of squares of large amounts lose the digits that matter.
    centre = np.array([values[there[:, i], i].mean() if there[:, i].any() else 0.0 for i in range(values.shape[1])])
    centred = np.where(there, values - centre, 0.0)
    n_all, sum_all, square_all = there.sum(axis=0), centred.sum(axis=0), (centred**2).sum(axis=0)
    n_in, sum_in, square_in = inside.T @ there, inside.T @ centred, inside.T @ centred**2
    n_out, sum_out, square_out = n_all - n_in, sum_all - sum_in, square_all - square_in
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_in, mean_out = sum_in / n_in, sum_out / n_out
        within = (square_in - n_in * mean_in**2) + (square_out - n_out * mean_out**2)
        spread = np.sqrt(np.maximum(within, 0) / (n_in + n_out - 2))
        d = (mean_in - mean_out) / spread
        error = np.sqrt((n_in + n_out) / (n_in * n_out) + d**2 / (2 * (n_in + n_out)))
    enough = (n_in >= FEWEST) & (n_out >= FEWEST) & (spread > 1e-12)
    rows = [
        (names[s], columns[f].name, "", columns[f].family, mean_in[s, f] + centre[f], mean_out[s, f] + centre[f],
         "difference", d[s, f], d[s, f] - z * error[s, f], d[s, f] + z * error[s, f], columns[f].unit)
        for s, f in zip(*np.nonzero(enough), strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def _lifts(values: pd.Series, column: Column, inside: Matrix, names: list[str], z: float) -> pd.DataFrame:
    known = values.notna().to_numpy()
    codes, levels = pd.factorize(values[known], sort=True)
    one_hot = np.zeros((known.sum(), len(levels)))
    one_hot[np.arange(len(codes)), codes] = 1.0
    mask = inside[known]
    n_in = mask.sum(axis=0)[:, None]
    hits_in, hits_all = mask.T @ one_hot, one_hot.sum(axis=0)
    hits_out, n_out = hits_all - hits_in, known.sum() - n_in
    with np.errstate(divide="ignore", invalid="ignore"):
        share_in, share_out = hits_in / n_in, hits_out / n_out
        lift = share_in / share_out
        error = np.sqrt(1 / hits_in - 1 / n_in + 1 / hits_out - 1 / n_out)
        low, high = lift * np.exp(-z * error), lift * np.exp(z * error)
    enough = (hits_in >= FEWEST) & (hits_out >= FEWEST)
    rows = [
        (names[s], column.name, str(levels[v]), column.family, share_in[s, v], share_out[s, v], "lift", lift[s, v],
         low[s, v], high[s, v], "share")
        for s, v in zip(*np.nonzero(enough), strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)
