"""What linting finds: one sentence each, where it stands, and what to do about it."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

import pandas as pd
from sqlglot import exp

from segment_lib.sql import point_at

# An error is certain and makes a segment useless, a warning is certain and probably not meant, a note may be meant.
Severity = Literal["error", "warning", "note"]
FindingKind = Literal[
    "never true",
    "always true",
    "changes nothing",
    "leaves out unknowns",
    "nearly empty field",
    "same rule",
    "same members",
    "empty parent",
    "never occurs",
    "undefined label",
    "unused",
    "unknown goal",
    "ties",
    "empty",
    "everybody",
]
_NOT = re.compile(r"\bnot[\s(]*$", re.IGNORECASE)
SEVERITIES: tuple[str, ...] = get_args(Severity)
FINDING_KINDS: tuple[str, ...] = get_args(FindingKind)


@dataclass(frozen=True)
class Finding:
    """One thing that is probably not meant.

    Parameters
    ----------
    segment : which smart view.
    kind : what is wrong with it.
    severity : error, warning or note.
    sentence : what was found, with the counts behind it.
    advice : what to do.
    place : the line of the rule with carets below the part that is meant; empty where the whole segment is.
    part : that part as it would be written; empty where the whole segment is meant.
    """

    segment: str
    kind: FindingKind
    severity: Severity
    sentence: str
    advice: str
    place: str = ""
    part: str = ""

    def __str__(self) -> str:
        place = f"\n{self.place}" if self.place else ""
        return f"{self.segment}: {self.sentence} {self.advice}{place}"


@dataclass(frozen=True)
class Lint:
    """What linting found: the errors first, then warnings and notes, each in the order of the segments.

    `as_of` is the day whose data were looked at; without it there were none, and only the rules were read.
    """

    segments: int
    findings: tuple[Finding, ...]
    as_of: date | None = None

    def __repr__(self) -> str:
        """Return a line or two a finding."""
        data = f"as of {self.as_of}" if self.as_of else "without data: only the rules were read"
        counts = [f"{self.count(severity)} {severity}{'s' * (self.count(severity) != 1)}" for severity in SEVERITIES]
        head = f"Lint of {self.segments} smart view{'s' * (self.segments != 1)}, {data}: {', '.join(counts)}"
        return "\n".join([head, *(f"  {f.severity}: " + str(f).replace("\n", "\n    ") for f in self.findings)])

    def count(self, severity: Severity | str) -> int:
        """Return how many findings are of a severity."""
        return sum(finding.severity == severity for finding in self.findings)

    def of(self, segment: str) -> tuple[Finding, ...]:
        """Return the findings about one segment."""
        return tuple(finding for finding in self.findings if finding.segment == segment)

    @property
    def table(self) -> pd.DataFrame:
        """The findings: `segment`, `kind`, `severity`, `sentence`, `advice`, `place`, `part`."""
        columns = ["segment", "kind", "severity", "sentence", "advice", "place", "part"]
        return pd.DataFrame([vars(finding) for finding in self.findings], columns=columns)


def place_in(text: str, node: exp.Expr | None) -> str:
    """Return the line of a rule that holds a part, with carets below all of it that stands on the line.

    Parameters
    ----------
    text : the rule.
    node : a part of its tree.

    Returns
    -------
    str
        Empty where it is not known.

    Examples
    --------
    >>> from segment_lib.features.rules.reading import read_rule
    >>> text = "purchases > 2 and country = 'ES'"
    >>> print(place_in(text, read_rule(text).expression))
      purchases > 2 and country = 'ES'
                        ^^^^^^^^^^^^^^
    """
    places = [part.meta for part in node.walk() if "start" in part.meta] if node is not None else []
    if not places or max(int(meta["end"]) for meta in places) >= len(text):
        return ""
    start, end = min(int(meta["start"]) for meta in places), max(int(meta["end"]) for meta in places)
    if isinstance(node, exp.Not) and (turned := _NOT.search(text[:start])):
        start = turned.start()
    # A call ends with a bracket that has no place of its own.
    while text[end + 1 : end + 2] == ")" and text.count("(", start, end + 1) > text.count(")", start, end + 1):
        end += 1
    return point_at(text, start, end)


def in_order(findings: list[Finding], segments: list[str]) -> tuple[Finding, ...]:
    """Return findings with the worst first, then by segment, each once."""
    order = {name: place for place, name in enumerate(segments)}
    unique = list(dict.fromkeys(findings))
    return tuple(sorted(unique, key=lambda f: (SEVERITIES.index(f.severity), order.get(f.segment, len(order)))))
