"""The playbook: for each segment a message, an offer, a channel and what a contact costs."""

import re
from typing import Literal

from pydantic import Field, field_validator

from segment_lib.definitions import Definition
from segment_lib.workspace import Workspace


class Play(Definition):
    """What we do for one segment.

    `holdout` is the share of eligible contacts who are never contacted, so that the effect can be measured.
    `cost_per_contact` is in the workspace's currency.
    """

    name: str = Field(min_length=1)
    segment: str
    objective: str = ""
    message: str = Field(min_length=1)
    offer: str = ""
    channel: Literal["email", "phone", "sms"]
    cost_per_contact: float = Field(default=0.0, ge=0)
    holdout: float = Field(default=0.1, ge=0, lt=1)


class PlaybookFile(Definition):
    """The file playbook.yml."""

    plays: list[Play] = []

    @field_validator("plays")
    @classmethod
    def _names_differ(cls, plays: list[Play]) -> list[Play]:
        # Each play is a file: names that differ by signs or capitals alone would overwrite one another.
        names = [file_name(play.name) for play in plays]
        for play in plays:
            if names.count(file_name(play.name)) > 1:
                raise ValueError(f"every play must have a name of its own, got `{play.name}` twice.")
        return plays


def load_playbook(workspace: Workspace) -> PlaybookFile:
    """Return the workspace's plays; none where playbook.yml is not there."""
    return workspace.definition("playbook", PlaybookFile) if workspace.has_definition("playbook") else PlaybookFile()


def file_name(name: str) -> str:
    """Return a name as part of a file's name.

    Examples
    --------
    >>> file_name("Second basket!")
    'second_basket'
    """
    return re.sub(r"\W+", "_", name.lower()).strip("_") or "unnamed"
