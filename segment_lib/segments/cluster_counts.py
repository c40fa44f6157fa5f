"""How many clusters: k-means with several counts, how well each sets groups apart and finds them again."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score, silhouette_score
from threadpoolctl import threadpool_limits

SILHOUETTE_SAMPLE = 2_000
STABILITY_SAMPLE = 3_000
PAIRS = 5
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class CountFit:
    """k-means with one count of clusters: centres in scaled units, contacts in each, and how it did."""

    n_clusters: int
    centres: Matrix
    sizes: npt.NDArray[np.int64]
    silhouette: float
    stability: float
    inertia: float


def compare_cluster_counts(scaled: Matrix, *, counts: Sequence[int], random_state: int) -> list[CountFit]:
    """Fit k-means with several counts of clusters.

    Parameters
    ----------
    scaled : contacts by features, in scaled units.
    counts : of clusters.
    random_state : seed of starts and samples.

    Returns
    -------
    list of CountFit
        In the order of `counts`.
    """
    fits = []
    # One thread: on tables of this size the threads of k-means wait for one another more than they work.
    with threadpool_limits(1):
        for count in counts:
            fit = KMeans(count, n_init=10, random_state=random_state).fit(scaled)
            silhouette = _silhouette(scaled, fit.labels_, random_state)
            stability = _stability(scaled, count, random_state)
            sizes = np.bincount(fit.labels_, minlength=count)
            fits.append(CountFit(count, fit.cluster_centers_, sizes, silhouette, stability, float(fit.inertia_)))
    return fits


def _silhouette(scaled: Matrix, labels: npt.NDArray[np.int32], random_state: int) -> float:
    sample = np.random.default_rng(random_state).permutation(len(scaled))[:SILHOUETTE_SAMPLE]
    # A sample may miss a cluster of a few outliers; where it sees one cluster only, nothing is set apart.
    if len(np.unique(labels[sample])) < 2:
        return 0.0
    return float(silhouette_score(scaled[sample], labels[sample]))


def _stability(scaled: Matrix, count: int, random_state: int) -> float:
    rng = np.random.default_rng(random_state)
    size = min(STABILITY_SAMPLE, len(scaled))
    agreement = []
    with warnings.catch_warnings():
        # A bootstrap sample of few customers may hold fewer that differ than clusters: it agrees the less for it.
        warnings.simplefilter("ignore", ConvergenceWarning)
        for _ in range(PAIRS):
            pair = [
                KMeans(count, n_init=2, random_state=int(rng.integers(2**31)))
                .fit(scaled[rng.integers(len(scaled), size=size)])
                .predict(scaled)
                for _ in range(2)
            ]
            agreement.append(adjusted_rand_score(*pair))
    return float(np.mean(agreement))
