"""Divisions: segments that must share nobody, or leave out nobody."""

from collections.abc import Callable

from segment_lib import Segmentation
from segment_lib.segments.definitions import SegmentsFile
from segment_lib.segments.divisions import check_divisions

MakeSegmentation = Callable[..., Segmentation]
PEOPLE = [{"contact_id": who} for who in "abcdef"]


def faults(found: Segmentation, **group: object) -> list[list[object]]:
    division = {"name": "Life cycle", "segments": ["New", "Loyal", "Lost"], **group}
    table = check_divisions(found, SegmentsFile.model_validate({"groups": [division]}))
    return table[["fault", "segments", "contacts", "sentence"]].values.tolist()


def test_contacts_in_two_segments_are_counted_by_pair(make_segmentation: MakeSegmentation) -> None:
    found = make_segmentation(PEOPLE, {"New": "ab", "Loyal": "bcd", "Lost": "bd", "Other": "abcdef"})
    assert faults(found) == [
        ["in two at once", ["Loyal", "Lost"], 2, "Life cycle: 2 contacts are in both `Loyal` and `Lost`."],
        ["in two at once", ["New", "Loyal"], 1, "Life cycle: 1 contact is in both `New` and `Loyal`."],
        ["in two at once", ["New", "Lost"], 1, "Life cycle: 1 contact is in both `New` and `Lost`."],
    ]
    assert faults(found, exclusive=False) == []


def test_contacts_in_no_segment_are_counted(make_segmentation: MakeSegmentation) -> None:
    found = make_segmentation(PEOPLE, {"New": "ab", "Loyal": "c", "Lost": "", "Buyers": "abcd"})
    assert faults(found, exhaustive=True) == [["in none", [], 3, "Life cycle: 3 contacts are in none of its segments."]]
    assert faults(found, exhaustive=True, within="Buyers") == [
        ["in none", [], 1, "Life cycle: 1 contact of `Buyers` is in none of its segments."]
    ]


def test_a_division_that_is_as_it_says_has_no_fault(make_segmentation: MakeSegmentation) -> None:
    found = make_segmentation(PEOPLE, {"New": "ab", "Loyal": "cd", "Lost": "ef"})
    assert faults(found, exhaustive=True) == []


def test_segments_that_do_not_exist_are_told(make_segmentation: MakeSegmentation) -> None:
    found = make_segmentation(PEOPLE, {"New": "ab", "Loyal": "cd"})
    assert faults(found) == [["unknown segment", ["Lost"], 0, "Life cycle: there is no segment `Lost`."]]
    assert [row[0] for row in faults(found, within="Buyers", exhaustive=True)] == ["unknown segment", "unknown segment"]
