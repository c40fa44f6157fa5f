"""The file labels.yml, and the order of its rules."""

import pytest
from label_words import MakeWorkspace

from segment_lib.errors import InvalidDefinition
from segment_lib.scaffold import TEMPLATES
from segment_lib.segments.labels import COLOURS, LabelDefinition, compile_label_rules, load_labels
from segment_lib.segments.labels.ordering import order_labels
from segment_lib.show.style import SEGMENT_COLOURS


def test_workspace_without_the_file_has_no_labels(tiny_workspace: MakeWorkspace) -> None:
    assert load_labels(tiny_workspace()).labels == []


def test_named_colours_are_those_of_charts() -> None:
    assert tuple(COLOURS.values())[: len(SEGMENT_COLOURS)] == SEGMENT_COLOURS
    assert LabelDefinition(name="A").hex == COLOURS["grey"]
    assert LabelDefinition(name="A", colour="#A0B0C0").hex == "#A0B0C0"


@pytest.mark.parametrize(
    ("labels", "match"),
    [
        ("[{name: A}, {name: a}]", "name of its own, got `A` and `a`"),
        ("[{name: A, group: x}, {name: B, group: y}]", "at least two labels, got one in `x`. an exclusive group"),
        ("[{name: A, colour: teel}]", "must be one of teal, .*got 'teel'. Did you mean `teal`"),
        ("[{name: A, colour: #0b6e6e\n}]", "stands in quotes, or it is a comment"),
        ("[{name: A, expires_after: soon}]", "a window must look like '90 days'"),
        ("[{name: A;B}]", "must have neither `;`"),
        ("[{name: ' A'}]", "must have neither `;`, line breaks nor blanks around it"),
        ("[{name: ''}]", "at least 1 character"),
        ("[{name: A, rule: ''}]", "at least 1 character"),
        ("[{name: A, color: teal}]", "unknown key `color`.*Did you mean `colour`"),
    ],
)
def test_faults_of_the_file_are_told(tiny_workspace: MakeWorkspace, labels: str, match: str) -> None:
    workspace = tiny_workspace()
    (workspace.folder / "definitions" / "labels.yml").write_text(f"labels: {labels}", encoding="utf-8")
    with pytest.raises(InvalidDefinition, match=f"(?s){match}"):
        load_labels(workspace)


def test_template_is_a_file_without_faults(tiny_workspace: MakeWorkspace) -> None:
    text = TEMPLATES["definitions/labels.yml"]
    told = text.replace("labels: []", "labels:").replace("\n#  ", "\n  ")
    for one in (text, told):
        workspace = tiny_workspace()
        (workspace.folder / "definitions" / "labels.yml").write_text(one, encoding="utf-8")
        compile_label_rules(workspace, load_labels(workspace))
    assert len(load_labels(workspace).labels) == 4


def test_labels_stand_behind_those_that_they_ask_for() -> None:
    asked = {"D": ["C", "B"], "C": ["A"], "B": ["A", "by hand"], "A": []}
    assert order_labels(asked) == [["A"], ["C", "B"], ["D"]]


def test_every_circle_is_named_once() -> None:
    asked = {"X": ["A"], "A": ["B"], "B": ["C"], "C": ["A"], "S": ["S"], "Y": ["X", "S"]}
    with pytest.raises(InvalidDefinition, match="circle") as raised:
        order_labels(asked)
    assert raised.value.faults == (
        "labels.yml: rules of labels must not ask for one another in a circle, got A -> B -> C -> A.",
        "labels.yml: the rule of `S` must not ask for the label itself, also not through a segment.",
    )
