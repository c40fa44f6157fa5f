"""What an explanation holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from segment_lib.asof import AsOf

Answer = bool | None
Kind = Literal["rule", "smart view", "RFM group", "cluster"]
# Units that are read with a number; of others, such as orders, the text beside it tells.
_SAID = ("days", "months", "years", "km")
WORDS: dict[Answer, str] = {True: "yes", False: "no", None: "unknown"}


@dataclass(frozen=True)
class Value:
    """What something in a condition comes to for the contact; nothing where it is not known."""

    text: str
    value: object
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.text} is {say_value(self.value, self.unit)}"


@dataclass(frozen=True)
class Row:
    """One interaction that counts for a condition."""

    interaction_id: str | None
    day: date
    kind: str | None
    amount: float | None = None
    order_id: str | None = None


@dataclass(frozen=True)
class LabelRow:
    """One time that a label was put on, and whether it is carried."""

    label: str
    carried: bool
    source: str | None
    by: str | None
    reason: str | None
    assigned_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True)
class Score:
    """One RFM score of the contact.

    Parameters
    ----------
    name : recency, frequency or monetary.
    column, value : what is scored.
    score, best : the score, and the highest there is.
    low, high : the cut points that values of this score lie between; nothing where it is open to that side.
    to_next : how much the value lacks to the next better score; nothing where the score is the best.
    """

    name: str
    column: str
    value: float | None
    score: int
    best: int
    low: float | None
    high: float | None
    to_next: float | None


@dataclass(frozen=True)
class Centre:
    """How far a cluster's centre is, in standard deviations over all features, and which features make it so."""

    cluster: str
    distance: float
    features: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True)
class Condition:
    """One part of a rule, as it stands for the contact.

    Parameters
    ----------
    how : `condition`, or what joins its parts: and, or, not, is, segment.
    text, sentence : as it is written, and as it is said.
    answer : whether it holds; nothing where that is not known.
    values : what it compares.
    distance : value less threshold, in `unit`, where numbers or days are compared; of several the nearest threshold.
    threshold : what the value is compared with.
    rows, n_rows : the interactions that count, the latest first, ten at most; and how many there are.
    labels : how a label came to be put on.
    flips_on, becomes : the first later day on which the answer is another one if nothing more happens, and that
        answer; nothing where there is no such day within three years.
    lasting : what was taken as lasting in this.
    scores : RFM scores, where an RFM group is asked for.
    segment : the segment that is asked for.
    parts : from left to right.
    """

    how: str
    text: str
    sentence: str
    answer: Answer
    values: tuple[Value, ...] = ()
    distance: float | None = None
    threshold: object = None
    unit: str = ""
    rows: tuple[Row, ...] = ()
    n_rows: int = 0
    labels: tuple[LabelRow, ...] = ()
    flips_on: date | None = None
    becomes: Answer = None
    lasting: tuple[str, ...] = ()
    scores: tuple[Score, ...] = ()
    segment: str = ""
    parts: tuple["Condition", ...] = ()

    def walk(self, depth: int = 0) -> Iterator[tuple[int, "Condition"]]:
        """Go through this part and all below it, each with how deep it stands.

        Yields
        ------
        tuple of int and Condition
        """
        yield depth, self
        for part in self.parts:
            yield from part.walk(depth + 1)

    @property
    def why(self) -> str:
        """Values, distance, labels and scores in a line."""
        found = [str(value) for value in self.values]
        if self.distance is not None and found:
            found[0] += f", {say_distance(self.distance, self.unit, self.threshold)}"
        found += [_say_label(label) for label in self.labels]
        found += [_say_score(score) for score in self.scores]
        if self.n_rows:
            found.append(f"{self.n_rows:,} interaction{'s' if self.n_rows > 1 else ''}, the last on {self.rows[0].day}")
        return "; ".join(found)


@dataclass(frozen=True, repr=False)
class Explanation:
    """Why a contact is in a segment, or is not.

    Parameters
    ----------
    segment, kind : what was asked; of a bare rule the name is empty.
    contact_id, as_of : whom, and the day seen from.
    status : in, out, unknown; not known yet (the contact, on that day); no such contact.
    reason : that in a sentence.
    tree : the conditions; nothing where there is nobody, or for a cluster.
    centres : for a cluster, the nearest first.
    flips_on, becomes : as of `Condition`, for the whole.
    notes : what was taken as lasting.
    """

    segment: str
    kind: Kind
    contact_id: str
    as_of: AsOf
    status: Literal["in", "out", "unknown", "not known yet", "no such contact"]
    reason: str
    tree: Condition | None = None
    centres: tuple[Centre, ...] = ()
    flips_on: date | None = None
    becomes: Answer = None
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return the reason, then a line for each condition."""
        lines = [self.reason]
        if self.tree is not None:
            lines += [_line(depth, part) for depth, part in self.tree.walk()]
        for centre in self.centres:
            most = ", ".join(f"{name} {own:+.1f} (centre {middle:+.1f})" for name, own, middle in centre.features)
            lines.append(f"  {centre.distance:.2f} from {centre.cluster}: {most}")
        return "\n".join([*lines, *(f"  Note: {note}." for note in self.notes)])


def say_value(value: object, unit: str = "") -> str:
    """Return a value as it is read, with its unit.

    Examples
    --------
    >>> say_value(1234.5, "money"), say_value(None), say_value(12, "days"), say_value(["a", "b"])
    ('1,234.5', 'unknown', '12 days', 'a, b')
    """
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return WORDS[value]
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, int | float):
        text = f"{value:,.4f}".rstrip("0").rstrip(".")
        return f"{text} {unit}" if unit in _SAID else text
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return f"'{value}'" if isinstance(value, str) else str(value)


def say_distance(distance: float, unit: str, threshold: object) -> str:
    """Return how far a value is from what it is compared with.

    Examples
    --------
    >>> say_distance(-30.0, "days", 180), say_distance(0.0, "", 3)
    ('30 days below 180', 'exactly 3')
    """
    if not distance:
        return f"exactly {say_value(threshold)}"
    side = ("before", "after") if isinstance(threshold, date) else ("below", "above")
    return f"{say_value(abs(distance), unit)} {side[distance > 0]} {say_value(threshold)}"


def _line(depth: int, part: Condition) -> str:
    mark = {True: "yes", False: "no", None: "?"}[part.answer]
    joins = {"and": "all of", "or": "any of", "not": "not", "segment": f"is in {part.segment}"}
    what = joins.get(part.how, part.text)
    flip = f"; {WORDS[part.becomes]} from {part.flips_on} on" if part.flips_on else ""
    why = f"  [{part.why}]" if part.why else ""
    return f"  {mark:<4}{'  ' * depth}{what}{why}{flip}"


def _say_label(label: LabelRow) -> str:
    by = f" by {label.by}" if label.by else ""
    why = f": {label.reason}" if label.reason else ""
    end = "" if label.carried else ", not carried any more"
    return f"put on {label.assigned_at:%Y-%m-%d} ({label.source or 'unknown'}){by}{why}{end}"


def _say_score(score: Score) -> str:
    more = f", {score.to_next:,.4g} from {score.score + 1}" if score.to_next is not None else ""
    return f"{score.name} {score.score} of {score.best} ({score.column} {say_value(score.value)}{more})"
