"""Scores: what the name and the values of a column say together, and which column gets which field."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from segment_lib.loading.suggesting.evidence import ColumnEvidence
from segment_lib.loading.suggesting.name_match import TURNING, NameMatch, describe_name, match_name
from segment_lib.loading.suggesting.value_match import CONTRADICTED, match_values
from segment_lib.loading.suggesting.wording import split_words

# A field is proposed from this score on.
PROPOSED = 0.55
NAME_CUT = 0.75
# With values that nearly all read as the field, a farther name is enough.
CONFIRMED = 0.9
CONFIRMED_NAME_CUT = 0.6
NAME_WEIGHT = 0.6
# A name that values can neither confirm nor contradict, and one of an empty column.
UNTESTED = 0.85
EMPTY = 0.6
# An e-mail address or a country is known without a header that says so.
TELLING = {"email": 0.58}
# `Name` beside `Vorname` is a family name; alone it may be anything.
PARTNERS = {"first_name": "last_name", "last_name": "first_name"}


@dataclass(frozen=True)
class Candidate:
    """A field that a column may be: the field, how surely from 0 to 1, and why."""

    field: str
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """What a preset says of a column: its field, and whose word it is."""

    field: str
    reason: str


@dataclass(frozen=True)
class Assignment:
    """The candidates of one column in one table, which of them it got, and who took what it did not get."""

    column: ColumnEvidence
    candidates: tuple[Candidate, ...]
    vetoes: tuple[str, ...]
    chosen: Candidate | None = None
    conflict: str = ""


def find_candidates(
    column: ColumnEvidence, table: str, known: Known | None = None
) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
    """Return the fields that a column may be, the surest first, and why others were ruled out.

    Parameters
    ----------
    column : the column's evidence.
    table : the table whose fields are considered.
    known : what a preset says of it.

    Returns
    -------
    tuple of Candidate, tuple of str
    """
    found: list[Candidate] = []
    vetoes: list[str] = []
    names = list(match_name(column.column, table))
    if known is not None:
        names = [NameMatch(known.field, 1.0, column.column, "en", True)]
    for name in names:
        values = match_values(name.field, column)
        said = known.reason if known else describe_name(column.column, name)
        confirmed = values.share is not None and values.share >= CONFIRMED
        if name.score < (CONFIRMED_NAME_CUT if confirmed else NAME_CUT):
            continue
        if values.share is None:
            score = name.score * (UNTESTED if column.filled else EMPTY)
            found.append(Candidate(name.field, max(score, PROPOSED) if known else score, _reasons(said, values.reason)))
        elif values.share < CONTRADICTED:
            vetoes.append(f"{said}, but {values.reason}")
        else:
            score = NAME_WEIGHT * name.score + (1 - NAME_WEIGHT) * values.share
            found.append(Candidate(name.field, score, _reasons(said, values.reason)))
    if known is None and not any(word in TURNING for word in split_words(column.column)):
        for field, score in TELLING.items():
            values = match_values(field, column)
            if (values.share or 0) >= CONFIRMED and field not in {candidate.field for candidate in found}:
                found.append(Candidate(field, score, (values.reason, "the header does not say what it is")))
    found = [candidate for candidate in found if table != "campaign_assignments" or candidate.field != "email"]
    return tuple(sorted(found, key=lambda candidate: (-candidate.score, candidate.field))), tuple(vetoes)


def assign_fields(columns: Iterable[ColumnEvidence], table: str, known: Mapping[str, Known]) -> dict[str, Assignment]:
    """Give every column at most one field of a table, and every field at most one column: the best evidence first.

    Parameters
    ----------
    columns : the evidence.
    table : the table.
    known : what a preset says, by column.

    Returns
    -------
    dict of str to Assignment
        By column, in the order of the columns.
    """
    every = {column.column: column for column in columns}
    judged = {name: find_candidates(column, table, known.get(name)) for name, column in every.items()}
    partners = {match.field for name in every for match in match_name(name, table) if match.score > 0.9}
    places = {name: place for place, name in enumerate(every)}
    offers = sorted(
        (
            (candidate, name)
            for name, (candidates, _) in judged.items()
            for candidate in candidates
            if candidate.score >= PROPOSED and _has_partner(name, candidate, table, partners)
        ),
        # A column that has values goes before one that has none.
        key=lambda offer: (-round(offer[0].score, 6), -_filled(every[offer[1]]), places[offer[1]], offer[0].field),
    )
    taken: dict[str, str] = {}
    chosen: dict[str, Candidate] = {}
    for candidate, name in offers:
        if name not in chosen and candidate.field not in taken:
            taken[candidate.field], chosen[name] = name, candidate
    result = {}
    for name, (candidates, vetoes) in judged.items():
        lost = [c for c in candidates if c.score >= PROPOSED and taken.get(c.field, name) != name]
        conflict = f"{lost[0].field} goes to `{taken[lost[0].field]}`, which has better evidence" if lost else ""
        winner = chosen.get(name)
        if winner and (not lost or lost[0].score <= winner.score):
            rivals = [
                other for other, (theirs, _) in judged.items()
                if other != name and any(c.field == winner.field and c.score >= PROPOSED for c in theirs)
            ]  # fmt: skip
            conflict = f"{winner.field} is also proposed for `{rivals[0]}`; weaker evidence" if rivals else ""
        result[name] = Assignment(every[name], candidates, vetoes, winner, conflict)
    return result


def fields_of(assignments: Mapping[str, Assignment]) -> dict[str, str]:
    """Return field to column of what was assigned."""
    return {a.chosen.field: name for name, a in assignments.items() if a.chosen is not None}


def _has_partner(name: str, candidate: Candidate, table: str, partners: set[str]) -> bool:
    partner = PARTNERS.get(candidate.field)
    if table != "contacts" or partner is None:
        return True
    weak = any(match.field == candidate.field and match.score <= 0.8 for match in match_name(name, table))
    return not weak or partner in partners


def _filled(column: ColumnEvidence) -> float:
    return round(column.filled / column.rows, 1) if column.rows else 0.0


def _reasons(*reasons: str) -> tuple[str, ...]:
    return tuple(reason for reason in reasons if reason)
