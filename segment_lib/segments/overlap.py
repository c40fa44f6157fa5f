"""How segments overlap: pair by pair, combination by combination, and who is in none."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from segment_lib.engine import Table, add_table, open_connection

PAIRS = ("segment_a", "segment_b", "both", "share_of_a", "share_of_b", "jaccard")


@dataclass(frozen=True)
class Overlap:
    """How segments overlap.

    `sizes` has `segment` and `contacts`, in the order of the segments; `pairs` has, for every pair once, `segment_a`,
    `segment_b`, `both` (contacts), `share_of_a`, `share_of_b` and `jaccard` (of those in either, the part in both);
    `combinations` has `segments` (tuple, in the order of the segments) and `contacts` that are in these and in no
    other, the largest first. `nobody` contacts, of all `contacts`, are in none.
    """

    sizes: pd.DataFrame
    pairs: pd.DataFrame
    combinations: pd.DataFrame
    nobody: int
    contacts: int

    def __repr__(self) -> str:
        """Return the largest pairs, and how many are in none."""
        lines = [f"Overlap of {len(self.sizes)} segments: {self.nobody:,} of {self.contacts:,} contacts are in none"]
        largest = self.pairs[self.pairs["both"] > 0].sort_values("both", ascending=False, kind="stable").head(10)
        for row in largest.to_dict("records"):
            share = f"{row['share_of_a']:.0%} of the first, {row['share_of_b']:.0%} of the second"
            lines.append(f"  {row['both']:>9,}  {row['segment_a']} and {row['segment_b']}: {share}")
        return "\n".join(lines)


def overlap_of(members: Table, contacts: Table, *, segments: Sequence[str] | None = None) -> Overlap:
    """Count how segments overlap.

    Parameters
    ----------
    members : `segment` and `contact_id`, such as those of a `Segmentation`; a pair that stands twice counts once.
    contacts : all contacts, by `contact_id`; members who are not among them are left out.
    segments : which segments, and in which order; all that have members, by their names, where not given.

    Returns
    -------
    Overlap

    Examples
    --------
    >>> members = pd.DataFrame({"segment": ["A", "A", "B"], "contact_id": ["x", "y", "y"]})
    >>> found = overlap_of(members, pd.DataFrame({"contact_id": ["x", "y", "z"]}))
    >>> found.combinations.to_dict("list")
    {'segments': [('A',), ('A', 'B')], 'contacts': [1, 1]}
    >>> found.nobody
    1
    """
    with open_connection() as connection:
        add_table(connection, "members", members)
        add_table(connection, "everybody", contacts)
        if segments is None:
            rows = connection.sql(
                "select distinct segment from members where segment is not null order by 1"
            ).fetchall()
            segments = [row[0] for row in rows]
        names = list(dict.fromkeys(segments))
        connection.register(
            "names",
            pa.table({"segment": pa.array(names, pa.string()), "place": pa.array(range(len(names)), pa.int64())}),
        )
        connection.execute(
            """create temp table people as select distinct contact_id from everybody;
            create temp table mine as select contact_id, list_sort(list(distinct place)) as places
            from members join names using (segment) where contact_id in (from people) group by contact_id"""
        )
        combinations = connection.sql(
            "select places, count(*) as contacts from mine group by places order by contacts desc, places"
        ).fetchall()
        total = connection.sql("select count(*) from people").fetchall()[0][0]
    sizes, both = [0] * len(names), dict[tuple[int, int], int]()
    # Combinations are few; what is counted by pairs of places follows from them.
    for places, count in combinations:
        for position, one in enumerate(places):
            sizes[one] += count
            for other in places[position + 1 :]:
                both[one, other] = both.get((one, other), 0) + count
    pairs = [
        (names[a], names[b], n := both.get((a, b), 0), _part(n, sizes[a]), _part(n, sizes[b]),
         _part(n, sizes[a] + sizes[b] - n))
        for a in range(len(names))
        for b in range(a + 1, len(names))
    ]  # fmt: skip
    listed = [(tuple(names[place] for place in places), count) for places, count in combinations]
    return Overlap(
        pd.DataFrame({"segment": names, "contacts": sizes}),
        pd.DataFrame(pairs, columns=list(PAIRS)),
        pd.DataFrame(listed, columns=["segments", "contacts"]),
        total - sum(count for _, count in combinations),
        total,
    )


def _part(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
