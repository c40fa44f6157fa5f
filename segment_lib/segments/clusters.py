"""Clusters: k-means on scaled features, several counts compared, the fitted model stored."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pandas.api.types import is_numeric_dtype

from segment_lib.checks import check_columns
from segment_lib.errors import InvalidOption, NoData

SAMPLE = 20_000
SKEWED = 2.0
SCORES = ["n_clusters", "silhouette", "stability", "inertia"]
# Beginning of a feature's name to what its low and its high values are called.
WORDS = {
    "recency": ("bought lately", "long quiet"),
    "purchases": ("seldom", "often"),
    "average_order": ("small baskets", "large baskets"),
    "total_spend": ("low spend", "high spend"),
    "spend": ("low spend", "high spend"),
    "refund": ("keep what they buy", "send back"),
    "email_open": ("skip e-mails", "open e-mails"),
    "email_click": ("do not click", "click in e-mails"),
    "tenure": ("new to us", "known for long"),
    "support": ("need no help", "need help"),
    "satisfaction": ("unhappy", "happy"),
    "age": ("younger", "older"),
}
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ClusterModel:
    """A fitted clustering: how features are scaled, where the centres lie and what the clusters are called.

    `fill`, `mean` and `scale` have one number for each feature; `logged` tells which are taken as log(1 + x);
    `centres` is clusters by features, in scaled units.
    """

    features: tuple[str, ...]
    logged: tuple[bool, ...]
    fill: tuple[float, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    centres: tuple[tuple[float, ...], ...]
    names: tuple[str, ...]
    scores: tuple[tuple[float, ...], ...] = ()

    def score_table(self) -> pd.DataFrame:
        """Return how the counts did that were compared when the model was fitted.

        Returns
        -------
        pandas.DataFrame
            `n_clusters`, `silhouette` (-1 to 1), `stability` (mean adjusted Rand index of pairs of bootstrap fits, 1 is
            the same groups each time), `inertia` (squared distances within), `chosen`.
        """
        table = pd.DataFrame(self.scores, columns=SCORES)
        return table.astype({"n_clusters": int}).assign(chosen=table["n_clusters"] == len(self.centres))

    def to_json(self) -> str:
        """Return the text that is stored."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "ClusterModel":
        """Return what was stored."""
        stored = json.loads(text)
        for name in ("centres", "scores"):
            stored[name] = tuple(tuple(row) for row in stored[name])
        return cls(**{name: tuple(value) for name, value in stored.items()})

    def scaled(self, frame: pd.DataFrame) -> Matrix:
        """Return features scaled as the model was fitted: contacts by features."""
        values = frame[list(self.features)].to_numpy(dtype=float, na_value=np.nan)
        values = np.where(np.isnan(values), np.asarray(self.fill), values)
        values = np.where(np.asarray(self.logged), np.log1p(np.maximum(values, 0)), values)
        return np.asarray((values - np.asarray(self.mean)) / np.asarray(self.scale))

    def assign(self, features: pa.Table | pd.DataFrame) -> pd.Series:
        """Return the cluster's name for each customer, null for who never bought.

        Parameters
        ----------
        features : one row a contact, with the model's features and `recency_days`.

        Returns
        -------
        pandas.Series
            Names, in the order of `features`.
        """
        frame = _frame(features, self.features)
        names = pd.Series(None, index=frame.index, dtype="object", name="cluster")
        bought = frame["recency_days"].notna()
        if bought.any():
            scaled = self.scaled(frame[bought])
            distances = ((scaled[:, None, :] - np.asarray(self.centres)[None]) ** 2).sum(axis=2)
            names[bought] = np.asarray(self.names, dtype=object)[distances.argmin(axis=1)]
        return names


def fit_clusters(
    features: pa.Table | pd.DataFrame,
    *,
    columns: Sequence[str],
    candidates: Sequence[int] = (3, 4, 5, 6, 7),
    n_clusters: int | None = None,
    random_state: int = 0,
) -> ClusterModel:
    """Cluster the customers, with several counts compared.

    Parameters
    ----------
    features : one row a contact, with `columns` and `recency_days`; who never bought has no part in it.
    columns : numeric features to cluster on; strongly skewed ones (skewness above 2) are taken as log(1 + x).
    candidates : counts of clusters to compare.
    n_clusters : the count to use; without it, the one of the highest silhouette among those that are stable.
    random_state : seed of starts and samples.

    Returns
    -------
    ClusterModel
        Its `scores` tell how each count did, see `ClusterModel.score_table`.

    Raises
    ------
    MissingColumns
        A feature is absent.
    InvalidOption
        A feature is not a number.
    NoData
        There are too few customers, or too few that differ.

    Notes
    -----
    Silhouette: Rousseeuw (1987). Bootstrap stability: Dolnicar and Leisch (2010). k-means finds groups in any data,
    also where there are none: below a stability of about 0.6 read them as a convenient cut, not as a discovery.
    """
    counts = sorted({*candidates, *([n_clusters] if n_clusters else [])})
    frame = _frame(features, columns)
    frame = frame[frame["recency_days"].notna()]
    if len(frame) < 2 * max(counts):
        raise NoData(
            f"there must be at least {2 * max(counts)} customers for {max(counts)} clusters, got {len(frame)}."
        )
    texts = [name for name in columns if frame[name].notna().any() and not is_numeric_dtype(frame[name])]
    if texts:
        raise InvalidOption(f"features to cluster on must be numbers, got `{texts[0]}`.")
    if len(frame) > SAMPLE:
        frame = frame.sample(SAMPLE, random_state=random_state)
    scaler = _fit_scaling(frame, columns)
    scaled = scaler.scaled(frame)
    different = len(np.unique(scaled, axis=0))
    if different < max(counts):
        raise NoData(f"there must be at least {max(counts)} customers that differ, got {different}.")
    # scikit-learn takes seconds to import, and most runs assign contacts by a stored model.
    from segment_lib.segments.cluster_counts import compare_cluster_counts

    fits = compare_cluster_counts(scaled, counts=counts, random_state=random_state)
    scores = tuple((fit.n_clusters, fit.silhouette, fit.stability, fit.inertia) for fit in fits)
    chosen = n_clusters or _choose(pd.DataFrame(scores, columns=SCORES))
    best = next(fit for fit in fits if fit.n_clusters == chosen)
    return replace(_named(scaler, best.centres, best.sizes), scores=scores)


def _choose(scores: pd.DataFrame) -> int:
    """Return the count of the best silhouette within reach of the most stable one."""
    steady = scores[scores["stability"] >= scores["stability"].max() - 0.1]
    return int(steady.loc[steady["silhouette"].idxmax(), "n_clusters"])


def _fit_scaling(frame: pd.DataFrame, columns: Sequence[str]) -> ClusterModel:
    values = frame[list(columns)].to_numpy(dtype=float, na_value=np.nan)
    some = ~np.isnan(values).all(axis=0)
    if not some.all():
        raise NoData(f"the feature `{columns[int(np.argmin(some))]}` must have values to cluster on, got none.")
    # Median, not mean: a few wholesale buyers dominate spend.
    fill = np.nanmedian(values, axis=0)
    values = np.where(np.isnan(values), fill, values)
    logged = (np.asarray(pd.DataFrame(values).skew()) > SKEWED) & (values.min(axis=0) >= 0)
    values = np.where(logged, np.log1p(np.maximum(values, 0)), values)
    scale = values.std(axis=0)
    return ClusterModel(
        tuple(columns),
        tuple(bool(flag) for flag in logged),
        tuple(map(float, fill)),
        tuple(map(float, values.mean(axis=0))),
        tuple(map(float, np.where(scale > 0, scale, 1.0))),
        (),
        (),
    )


def _named(scaler: ClusterModel, centres: Matrix, sizes: npt.NDArray[np.int64]) -> ClusterModel:
    """Order the clusters by size and name them by the two features that set their centres apart most."""
    order = np.argsort(-sizes, kind="stable")
    names: list[str] = []
    for centre in centres[order]:
        strongest = np.argsort(-np.abs(centre), kind="stable")[:2]
        names.append(", ".join(_word(scaler.features[i], high=centre[i] > 0) for i in strongest))
    numbered = tuple(f"C{i + 1} {name}" for i, name in enumerate(names))
    return ClusterModel(
        scaler.features, scaler.logged, scaler.fill, scaler.mean, scaler.scale,
        tuple(tuple(map(float, centre)) for centre in centres[order]), numbered,
    )  # fmt: skip


def _word(feature: str, *, high: bool) -> str:
    """Return what a manager would call a high or a low value of a feature."""
    for beginning, (low_word, high_word) in WORDS.items():
        if feature.startswith(beginning):
            return high_word if high else low_word
    return f"{'high' if high else 'low'} {feature.replace('_', ' ')}"


def _frame(features: pa.Table | pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    names = list(features.columns) if isinstance(features, pd.DataFrame) else features.column_names
    needed = list(dict.fromkeys([*columns, "recency_days"]))
    check_columns(names, needed, table="features")
    return features[needed] if isinstance(features, pd.DataFrame) else features.select(needed).to_pandas()
