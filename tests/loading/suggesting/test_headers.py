"""What has changed between two headers."""

from hypothesis import given
from hypothesis import strategies as st

from segment_lib.loading.suggesting import compare_headers


def test_the_same_header_has_no_difference() -> None:
    found = compare_headers(["a", "b"], ["a", "b"])
    assert found.is_same
    assert str(found) == "the header is as expected"


def test_a_column_that_is_gone_and_one_that_is_new_are_told() -> None:
    found = compare_headers(["Id", "Country"], ["Id", "Discount"])
    assert (found.missing, found.added, found.renamed) == (("Country",), ("Discount",), ())
    assert str(found) == "missing: `Country`; new: `Discount`"
    assert not found.is_same


def test_another_spelling_is_a_renamed_column() -> None:
    [(old, new, score)] = compare_headers(["Order Total"], ["order_total"]).renamed
    assert (old, new, score) == ("Order Total", "order_total", 1.0)


def test_another_language_is_a_renamed_column() -> None:
    [(old, new, score)] = compare_headers(["Id", "E-mail"], ["Id", "Correo electrónico"]).renamed
    assert (old, new) == ("E-mail", "Correo electrónico")
    assert 0.75 <= score < 1


def test_each_new_column_stands_for_one_old_one() -> None:
    found = compare_headers(["Email", "E-mail"], ["Email address"])
    assert (len(found.renamed), len(found.missing), found.added) == (1, 1, ())


def test_numbered_columns_are_not_taken_for_one_another() -> None:
    assert compare_headers(["Question 1"], ["Question 2"]).renamed == ()


def test_the_fewest_columns_are_said_to_have_moved() -> None:
    assert compare_headers(["a", "b", "c", "d"], ["d", "a", "b", "c"]).moved == ("d",)
    assert compare_headers(["a", "b", "c", "d"], ["d", "a", "b", "c"]).is_same


NAMES = st.lists(st.text(max_size=6), max_size=6, unique=True)


@given(NAMES, NAMES)
def test_every_column_is_accounted_for_once(expected: list[str], found: list[str]) -> None:
    difference = compare_headers(expected, found)
    kept = set(expected) & set(found)
    old, new = {one for one, _, _ in difference.renamed}, {one for _, one, _ in difference.renamed}
    assert sorted([*kept, *difference.missing, *old]) == sorted(expected)
    assert sorted([*kept, *difference.added, *new]) == sorted(found)
    assert set(difference.moved) <= kept
