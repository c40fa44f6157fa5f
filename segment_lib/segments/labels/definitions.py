"""The file labels.yml: what labels there are, what they mean, and which of them a rule puts on."""

import re
from typing import Any

from pydantic import Field, field_validator

from segment_lib.asof import parse_window
from segment_lib.definitions import Definition
from segment_lib.errors import InvalidOption, suggest
from segment_lib.workspace import Workspace

# Told apart under deuteranopia and protanopia too; those of segments in charts.
COLOURS = {
    "teal": "#0b6e6e",
    "amber": "#e09f3e",
    "blue": "#4a9ad4",
    "wine": "#6d1a3a",
    "green": "#93bf85",
    "violet": "#54409a",
    "red": "#c24e36",
    "pink": "#e5b8d0",
    "grey": "#6b7a8f",
}


class LabelDefinition(Definition):
    """A label: its name, what it means, and how it comes and goes.

    Parameters
    ----------
    name : what is put on contacts.
    description : what it means.
    colour : one of `COLOURS`, or such as '#0b6e6e'.
    rule : who carries it; without one it is put on by hand, by imports and by workflows alone.
    expires_after : how long it lasts once it was put on by hand, by its rule or by a workflow; a rule that still holds
        at a later run begins the time anew.
    group : of labels that exclude one another.
    """

    name: str = Field(min_length=1, max_length=60)
    description: str = ""
    colour: str = "grey"
    rule: str | None = Field(default=None, min_length=1)
    expires_after: str | None = None
    group: str | None = Field(default=None, min_length=1)

    @field_validator("name")
    @classmethod
    def _is_one_name(cls, name: str) -> str:
        if name != name.strip() or ";" in name or not name.isprintable():
            raise ValueError(f"must have neither `;`, line breaks nor blanks around it, got {name!r}.")
        return name

    @field_validator("colour", mode="before")
    @classmethod
    def _is_a_colour(cls, colour: Any) -> Any:
        if colour is None:
            raise ValueError("must be a colour; one such as '#0b6e6e' stands in quotes, or it is a comment.")
        text = str(colour)
        if text not in COLOURS and not re.fullmatch("#[0-9a-fA-F]{6}", text):
            names = ", ".join(COLOURS)
            raise ValueError(f"must be one of {names}, or such as '#0b6e6e', got {text!r}.{suggest(text, COLOURS)}")
        return colour

    @field_validator("expires_after")
    @classmethod
    def _is_a_window(cls, window: str | None) -> str | None:
        if window is not None:
            try:
                parse_window(window)
            except InvalidOption as error:
                raise ValueError(str(error)) from None
        return window

    @property
    def hex(self) -> str:
        """The colour as `#rrggbb`.

        Examples
        --------
        >>> LabelDefinition(name="Client", colour="teal").hex
        '#0b6e6e'
        """
        return COLOURS.get(self.colour, self.colour)


class LabelsFile(Definition):
    """The file labels.yml."""

    labels: list[LabelDefinition] = []

    @field_validator("labels")
    @classmethod
    def _fit_together(cls, labels: list[LabelDefinition]) -> list[LabelDefinition]:
        seen: dict[str, str] = {}
        faults = []
        for label in labels:
            if label.name.lower() in seen:
                other = seen[label.name.lower()]
                faults.append(f"every label must have a name of its own, got `{other}` and `{label.name}`.")
            seen[label.name.lower()] = label.name
        groups = [label.group for label in labels if label.group is not None]
        for group in dict.fromkeys(groups):
            if groups.count(group) == 1:
                hint = suggest(group, [other for other in groups if other != group])
                faults.append(f"an exclusive group must have at least two labels, got one in `{group}`.{hint}")
        if faults:
            raise ValueError(" ".join(faults))
        return labels

    @property
    def by_name(self) -> dict[str, LabelDefinition]:
        """The labels by their names."""
        return {label.name: label for label in self.labels}

    @property
    def rules(self) -> dict[str, str]:
        """The rules of those labels that have one, by name."""
        return {label.name: label.rule for label in self.labels if label.rule is not None}

    @property
    def groups(self) -> dict[str, list[str]]:
        """The exclusive groups, each with the names of its labels."""
        found: dict[str, list[str]] = {}
        for label in self.labels:
            if label.group is not None:
                found.setdefault(label.group, []).append(label.name)
        return found


def load_labels(workspace: Workspace) -> LabelsFile:
    """Return the workspace's labels.yml; no labels where it is not there."""
    return workspace.definition("labels", LabelsFile) if workspace.has_definition("labels") else LabelsFile()
