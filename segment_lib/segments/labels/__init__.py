"""Labels: names put on contacts by hand, by rule, by import and by workflow, with who, when and why."""

from segment_lib.segments.labels.applying import LabelRulesReport, apply_label_rules
from segment_lib.segments.labels.changing import LabelEdit
from segment_lib.segments.labels.definitions import COLOURS, LabelDefinition, LabelsFile, load_labels
from segment_lib.segments.labels.editing import add_label, release_label, remove_label
from segment_lib.segments.labels.from_file import LabelFileReport, add_labels_from_file, remove_labels_from_file
from segment_lib.segments.labels.ordering import compile_label_rules
from segment_lib.segments.labels.people import find_contact
from segment_lib.segments.labels.reading import label_conflicts, label_history, labels_at

__all__ = [
    "COLOURS",
    "LabelDefinition",
    "LabelEdit",
    "LabelFileReport",
    "LabelRulesReport",
    "LabelsFile",
    "add_label",
    "add_labels_from_file",
    "apply_label_rules",
    "compile_label_rules",
    "find_contact",
    "label_conflicts",
    "label_history",
    "labels_at",
    "load_labels",
    "release_label",
    "remove_label",
    "remove_labels_from_file",
]
