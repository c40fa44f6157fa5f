"""Overlap: pairs, exact combinations and nobody, counted by hand."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from segment_lib.segments.overlap import overlap_of

EVERYBODY = pd.DataFrame({"contact_id": list("abcdef")})
MEMBERS = pd.DataFrame(
    [("A", "a"), ("A", "b"), ("A", "c"), ("B", "b"), ("B", "c"), ("B", "d"), ("C", "c"), ("A", "a"), ("B", "gone")],
    columns=["segment", "contact_id"],
)


def test_pairs_combinations_and_nobody_are_counted() -> None:
    found = overlap_of(MEMBERS, EVERYBODY)
    assert found.sizes.values.tolist() == [["A", 3], ["B", 3], ["C", 1]]
    assert found.pairs.values.tolist() == [
        ["A", "B", 2, 2 / 3, 2 / 3, 0.5],
        ["A", "C", 1, 1 / 3, 1.0, 1 / 3],
        ["B", "C", 1, 1 / 3, 1.0, 1 / 3],
    ]
    assert found.combinations.values.tolist() == [[("A",), 1], [("A", "B"), 1], [("A", "B", "C"), 1], [("B",), 1]]
    assert (found.nobody, found.contacts) == (2, 6)
    assert repr(found).startswith("Overlap of 3 segments: 2 of 6 contacts are in none\n          2  A and B: 67% of")


def test_segments_may_be_chosen_and_may_be_empty() -> None:
    found = overlap_of(MEMBERS, EVERYBODY, segments=["C", "Empty", "B"])
    assert found.sizes.values.tolist() == [["C", 1], ["Empty", 0], ["B", 3]]
    assert found.pairs[["segment_a", "segment_b", "both", "jaccard"]].values.tolist() == [
        ["C", "Empty", 0, 0.0],
        ["C", "B", 1, 1 / 3],
        ["Empty", "B", 0, 0.0],
    ]
    assert found.nobody == 3


def test_no_members_and_no_contacts_are_no_fault() -> None:
    nobody = MEMBERS.head(0).astype("str")
    assert overlap_of(nobody, EVERYBODY).nobody == 6
    assert overlap_of(MEMBERS, EVERYBODY.head(0).astype("str")).combinations.empty


@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from("abcdef")), max_size=20))
def test_combinations_nobody_sizes_and_pairs_agree(rows: list[tuple[str, str]]) -> None:
    members = pd.DataFrame(rows, columns=["segment", "contact_id"]).astype("str")
    found = overlap_of(members, EVERYBODY, segments=list("ABCD"))
    by_hand = {segment: {c for s, c in rows if s == segment} for segment in "ABCD"}
    assert dict(found.sizes.values.tolist()) == {segment: len(ids) for segment, ids in by_hand.items()}
    for row in found.pairs.itertuples():
        assert row.both == len(by_hand[row.segment_a] & by_hand[row.segment_b])
    assert found.nobody + int(found.combinations["contacts"].sum()) == 6
    assert found.nobody == 6 - len(set().union(*by_hand.values()))
