"""Smart views written into segments.yml: what else stands there stays, and a fault changes nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from segment_lib import Workspace
from segment_lib.definitions import load_definition
from segment_lib.errors import InvalidDefinition
from segment_lib.segments.definitions import SegmentsFile, SmartView
from segment_lib.segments.own import load_segments
from segment_lib.segments.writing import put_view, write_smart_views

UGLY = """# Ours, since 2024.
smart_views:
# the first
- name: Big   # spenders
  # why 500: see the minutes
  rule: >-  # in EUR
    total_spend
    > 500

  owner: 'Eve'  # ask her
- {name: Spanish, rule: country = 'ES'}  # one line
# the last remark

rfm: null
clusters: null
"""


@pytest.fixture
def shop(tiny_workspace: Callable[..., Workspace]) -> Workspace:
    return with_text(tiny_workspace(contacts=["a"]), UGLY)


def with_text(shop: Workspace, text: str) -> Workspace:
    (shop.folder / "definitions" / "segments.yml").write_text(text, encoding="utf-8", newline="")
    return shop


def text_of(shop: Workspace) -> str:
    return (shop.folder / "definitions" / "segments.yml").read_bytes().decode()


def test_a_new_view_stands_behind_the_others_and_all_else_stays(shop: Workspace) -> None:
    view = SmartView(name="Both", rule="in_segment('Big')\nand in_segment('Spanish') -- both", description="B: b")
    assert write_smart_views(shop, [view]).name == "segments.yml"
    added = """- name: Both
  rule: |-
    in_segment('Big')
    and in_segment('Spanish') -- both
  description: 'B: b'
"""
    assert text_of(shop) == UGLY.replace("# the last remark", f"{added}# the last remark")


def test_of_a_view_that_is_there_the_keys_that_differ_are_changed(shop: Workspace) -> None:
    with pytest.raises(InvalidDefinition, match="a smart view `Big` is there; give another name"):
        write_smart_views(shop, [SmartView(name="Big", rule="true")])
    assert text_of(shop) == UGLY
    write_smart_views(shop, [SmartView(name="Big", rule="total_spend > 900", goal="Grow")], replace=True)
    old = """  rule: >-  # in EUR
    total_spend
    > 500

  owner: 'Eve'  # ask her
"""
    new = "  rule: total_spend > 900  # in EUR\n\n  owner: 'Eve'  # ask her\n  goal: Grow\n"
    assert text_of(shop) == UGLY.replace(old, new)
    # What is empty stays as it is.
    assert load_segments(shop).smart_views[0].owner == "Eve"


def test_a_view_on_one_line_becomes_one_of_several(shop: Workspace) -> None:
    write_smart_views(shop, [SmartView(name="Spanish", rule="country in ('ES')")], replace=True)
    assert "- name: Spanish  # one line\n  rule: country in ('ES')\n# the last remark" in text_of(shop)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("", "smart_views:\n  - name: New\n"),
        ("# Nothing yet.\n", "# Nothing yet.\nsmart_views:\n  - name: New\n"),
        ("smart_views: []  # none\nrfm: null\n", "smart_views:  # none\n  - name: New\n"),
        ("smart_views: [\n\n]\nrfm: null\n", "smart_views:\n  - name: New\n"),
        ("rfm: null", "rfm: null\nsmart_views:\n  - name: New\n"),
        ("rfm: null\r\n", "rfm: null\r\nsmart_views:\r\n  - name: New\r\n"),
    ],
)
def test_a_list_that_is_empty_is_begun(shop: Workspace, text: str, start: str) -> None:
    write_smart_views(with_text(shop, text), [SmartView(name="New", rule="true")])
    assert text_of(shop).startswith(start)


def test_without_the_file_it_is_made(tiny_workspace: Callable[..., Workspace]) -> None:
    shop = tiny_workspace(contacts=["a"])
    (shop.folder / "definitions" / "segments.yml").unlink(missing_ok=True)
    before = load_segments(shop)
    write_smart_views(shop, [SmartView(name="New", rule="true")])
    assert load_segments(shop) == before.model_copy(update={"smart_views": [SmartView(name="New", rule="true")]})


@pytest.mark.parametrize(
    ("text", "view", "fault"),
    [
        ("smart_view: []\n", {}, "unknown key `smart_view`"),
        ("smart_views: [{name: A, rule: 'true'}]\n", {}, "a `-` before every view, got one in brackets"),
        ("{smart_views: []}\n", {}, "a key on every line"),
        (UGLY.replace("2024.", "2024.\u2028"), {}, "change it by hand"),
        (UGLY, {"rule": "contry = 'ES'"}, "New: can't find a column `contry`"),
        (UGLY, {"name": "Big", "rule": "in_segment('Big')"}, "in a circle, got Big -> Big"),
        (UGLY.replace("rfm: null", ""), {"name": "Champions"}, "called like an RFM group"),
    ],
)
def test_a_fault_changes_nothing(shop: Workspace, text: str, view: dict[str, str], fault: str) -> None:
    with_text(shop, text)
    with pytest.raises(InvalidDefinition, match=fault):
        write_smart_views(shop, [SmartView(**{"name": "New", "rule": "true"} | view)], replace=True)
    assert text_of(shop) == text
    assert [path.name for path in (shop.folder / "definitions").glob(".*")] == []


def test_an_edit_that_would_harm_the_text_is_refused(shop: Workspace) -> None:
    anchored = "smart_views:\n  - name: A\n    rule: &r total_spend > 5\n  - name: B\n    rule: *r\n"
    with_text(shop, anchored)
    with pytest.raises(InvalidDefinition, match=r"must be valid YAML|by hand"):
        write_smart_views(shop, [SmartView(name="A", rule="true")], replace=True)
    assert text_of(shop) == anchored


def test_two_at_once_lose_nothing(shop: Workspace) -> None:
    views = [SmartView(name=f"V{n}", rule=f"purchases >= {n}") for n in range(6)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda view: write_smart_views(shop, [view]), views))
    assert {view.name for view in load_segments(shop).smart_views} == {"Big", "Spanish", *(v.name for v in views)}


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20
) | st.sampled_from(
    [
        "NO",
        "null",
        "010",
        "- a",
        "a: b",
        "a #b",
        "'",
        '"',
        "a\nb",
        "  a",
        "a ",
        "|",
        "&a",
        "\n#a",
        "a\n\n# b\n",
        "~",
        "\ta",
    ]
)


@settings(max_examples=300)
@example(name="\xa0", rule="0", owner="\xa0", other="\u2028")
@example(name="0", rule="\n#a", owner="\n#a", other="0")
@given(name=TEXTS, rule=TEXTS, owner=TEXTS, other=TEXTS)
def test_any_text_is_read_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, name: str, rule: str, owner: str, other: str
) -> None:
    entry = {"name": f"x{name}", "rule": rule, "owner": owner}
    first = put_view(UGLY, entry)
    second = put_view(first, {**entry, "rule": other, "owner": rule, "goal": owner})
    path = Path(tmp_path_factory.getbasetemp()) / "segments.yml"
    for text, wanted in ((first, entry), (second, {**entry, "rule": other, "owner": rule, "goal": owner})):
        path.write_text(text, encoding="utf-8", newline="")
        views = load_definition(path, SegmentsFile).smart_views
        assert views[:2] == load_views(UGLY, path)
        assert views[2] == SmartView(**wanted)
        assert "# the first" in text
        assert "# the last remark" in text


def load_views(text: str, path: Path) -> list[SmartView]:
    path.write_text(text, encoding="utf-8", newline="")
    return load_definition(path, SegmentsFile).smart_views
