"""Proposed duplicates: pairs of contacts, and the clusters that they form."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

SHOWN = 5


@dataclass(frozen=True)
class DuplicatePairs:
    """Pairs of contacts that are probably one person.

    `pairs` has `contact_id_left`, `contact_id_right`, `probability` and `reasons`, most probable first. `left_out`
    tells which groups of contacts were too large to compare everybody with everybody: what they share (`shared`), how
    many `groups`, and the contacts of the `largest`. `columns` were compared, in `n_compared` pairs of `n_contacts`.
    """

    pairs: pd.DataFrame
    left_out: pd.DataFrame
    threshold: float
    columns: tuple[str, ...]
    n_contacts: int
    n_compared: int

    def clusters(self) -> pd.DataFrame:
        """Return who hangs together by pairs: one row per contact of a cluster.

        Pairs make chains: A is like B and B like C, yet A and C may differ. Where `is_complete` is true, every pair of
        the cluster was proposed by itself; where it is false, look before merging.

        Returns
        -------
        `cluster` (the first contact_id of it), `contact_id`, `size` and `is_complete`, ordered by cluster and contact.

        Examples
        --------
        >>> people = pd.DataFrame({"contact_id_left": ["a", "b"], "contact_id_right": ["b", "c"]})
        >>> DuplicatePairs(people, pd.DataFrame(), 0.9, ("email",), 3, 3).clusters()
          cluster contact_id  size  is_complete
        0       a          a     3        False
        1       a          b     3        False
        2       a          c     3        False
        """
        # Slow to import, and most who import this package never ask for clusters.
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        ids, codes = np.unique(self.pairs[["contact_id_left", "contact_id_right"]].to_numpy(str), return_inverse=True)
        codes = codes.ravel()
        left, right = codes[::2], codes[1::2]
        graph = coo_array((np.ones(len(left), dtype=bool), (left, right)), shape=(len(ids), len(ids)))
        n_clusters, cluster = connected_components(graph, directed=False) if len(ids) else (0, codes)
        size = np.bincount(cluster, minlength=n_clusters)
        n_pairs = np.bincount(cluster[left], minlength=n_clusters)
        # The ids are sorted: the first of a cluster is its smallest.
        first = np.unique(cluster, return_index=True)[1]
        return (
            pd.DataFrame(
                {
                    "cluster": ids[first[cluster]],
                    "contact_id": ids,
                    "size": size[cluster],
                    "is_complete": (n_pairs == size * (size - 1) // 2)[cluster],
                }
            )
            .astype({"cluster": "str", "contact_id": "str"})
            .sort_values(["cluster", "contact_id"], ignore_index=True)
        )

    def __repr__(self) -> str:
        lines = [
            f"{len(self.pairs):,} probable duplicates among {self.n_contacts:,} contacts, "
            f"probability at least {self.threshold:g}",
            f"  compared: {self.n_compared:,} pairs by {', '.join(self.columns)}",
        ]
        if len(self.left_out):
            most = self.left_out.iloc[0]
            lines.append(
                f"  not compared: pairs that share only what very many share, such as {most['shared']} "
                f"({most['largest']:,} contacts alike; see `left_out`)"
            )
        lines += [
            f"  {row.probability:.3f}  {row.contact_id_left} = {row.contact_id_right}: {row.reasons}"
            for row in self.pairs.head(SHOWN).itertuples()
        ]
        if len(self.pairs) > SHOWN:
            lines.append(f"  ... and {len(self.pairs) - SHOWN:,} more")
        return "\n".join(lines)
