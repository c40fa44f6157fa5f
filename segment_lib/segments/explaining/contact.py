"""Why one contact is in a segment, or is not, and when that changes by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from segment_lib.features.pieces import names_in
from segment_lib.features.record import Feature
from segment_lib.features.rules import CompiledRule
from segment_lib.features.rules.describing import describe
from segment_lib.segments.definitions import RfmDefinition
from segment_lib.segments.explaining.evidence import find_labels, find_rows
from segment_lib.segments.explaining.flips import Standing, find_flips
from segment_lib.segments.explaining.groups import explain_scores
from segment_lib.segments.explaining.held import hold_others
from segment_lib.segments.explaining.language import Language, language_of
from segment_lib.segments.explaining.parts import FALSE, TRUE, Part
from segment_lib.segments.explaining.person import Person
from segment_lib.segments.explaining.quantities import Quantities, find_quantities
from segment_lib.segments.explaining.results import Answer, Condition, Score, Value
from segment_lib.segments.explaining.timeline import Timeline
from segment_lib.segments.own import RFM_GROUP
from segment_lib.segments.preview_session import PreviewSession
from segment_lib.workspace import Workspace


def explain_rule(
    workspace: Workspace,
    person: Person,
    tree: Part,
    rules: Mapping[str, CompiledRule],
    *,
    rfm: RfmDefinition | None = None,
    session: PreviewSession | None = None,
) -> Condition:
    """Explain a rule for a contact who is known on the day.

    Parameters
    ----------
    workspace : whose.
    person : the contact.
    tree : the rule.
    rules : its conditions, compiled, by their texts.
    rfm : how contacts are scored, if they are.
    session : of the day; spares computing what it holds.

    Returns
    -------
    Condition
    """
    language = language_of(workspace)
    measured = {text: find_quantities(text, rule, language) for text, rule in rules.items()}
    formulas = {text: one for quantities in measured.values() for text, one in quantities.formulas.items()}
    asked = [*rules.values(), *formulas.values()]
    records = language.records(asked)
    rfm = rfm if any(RFM_GROUP in rule.columns for rule in asked) else None
    held = hold_others(
        workspace, person.contact_id, as_of=person.as_of, rules=asked, records=records, rfm=rfm, session=session
    )
    columns = [name for rule in asked for name in rule.columns]
    timeline = Timeline(person, rules, records, columns, held, rfm)
    teller = _Teller(timeline, language, measured, timeline.values([person.as_of.day], formulas))
    standings = zip(tree.walk(), find_flips(timeline, tree), strict=True)
    return teller.tell(tree, {id(part): standing for part, standing in standings})


@dataclass(frozen=True)
class _Teller:
    """Puts together what is known of each part."""

    timeline: Timeline
    language: Language
    measured: Mapping[str, Quantities]
    values: Mapping[str, Sequence[object]]

    def tell(self, part: Part, standings: Mapping[int, Standing]) -> Condition:
        """Return a part with all below it."""
        standing = standings[id(part)]
        told = Condition(
            part.how, part.text, describe(part.text), answer_of(standing.truth),
            flips_on=standing.flips_on,
            becomes=None if standing.becomes is None else answer_of(standing.becomes),
            segment=part.segment,
            parts=tuple(self.tell(one, standings) for one in part.parts),
        )  # fmt: skip
        return self._with_evidence(told) if part.how == "condition" else told

    def _with_evidence(self, told: Condition) -> Condition:
        person, rule = self.timeline.person, self.timeline.rules[told.text]
        records = self.language.records([rule])
        rows, n_rows = find_rows(person, records)
        distance, threshold = self._distance(self.measured[told.text])
        quantities = self.measured[told.text]
        return replace(
            told,
            values=tuple(Value(text, self._plain(text), quantities.units.get(text, "")) for text in quantities.shown),
            distance=distance,
            threshold=threshold,
            unit=quantities.units.get(quantities.value, ""),
            rows=rows,
            n_rows=n_rows,
            labels=find_labels(person, rule.labels),
            lasting=self._lasting(rule, records),
            scores=self._scores(rule) if told.segment else (),
        )

    def _plain(self, text: str) -> object:
        """Return a value of the day: decimals as numbers, instants as the clock on the wall."""
        value = self.values[text][0]
        if isinstance(value, datetime):
            return value.astimezone(ZoneInfo(self.timeline.person.as_of.zone)).replace(tzinfo=None)
        return float(value) if isinstance(value, Decimal) else value

    def _distance(self, quantities: Quantities) -> tuple[float | None, object]:
        """Return how far the value is from the nearest of its bounds, and that bound."""
        if not quantities.value:
            return None, None
        value = self._plain(quantities.value)
        bounds = [self._plain(text) for text, _ in quantities.bounds]
        found = [(_less(value, bound), bound) for bound in bounds]
        known = [(distance, _as_day(bound) if isinstance(value, date) else bound) for distance, bound in found
                 if distance is not None]  # fmt: skip
        return min(known, key=lambda pair: abs(pair[0]), default=(None, None))

    def _lasting(self, rule: CompiledRule, records: Sequence[Feature]) -> tuple[str, ...]:
        names = [*rule.columns, *(cut.name for cut in rule.cuts), *(name for name, *_ in rule.quantiles)]
        names += [record.name for record in records]
        names += [name for record in records if record.level == "contact" for name in names_in(record.sql)]
        notes = self.timeline.held.notes
        return tuple(dict.fromkeys(notes[name] for name in names if name in notes))

    def _scores(self, rule: CompiledRule) -> tuple[Score, ...]:
        cut_points = self.timeline.held.cut_points
        if RFM_GROUP not in rule.columns or cut_points is None:
            return ()
        return explain_scores(self.timeline.today.to_pylist()[0], cut_points)


def answer_of(truth: int) -> Answer:
    """Return a number of `parts` as true, false or nothing."""
    return {TRUE: True, FALSE: False}.get(truth)


def _less(value: object, bound: object) -> float | None:
    """Return a value less a bound: numbers, or days."""
    if isinstance(value, date):
        day, other = _as_day(value), _as_day(bound)
        return float((day - other).days) if day is not None and other is not None else None
    both_numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in (value, bound))
    return float(value) - float(bound) if both_numbers else None  # type: ignore[arg-type]


def _as_day(value: object) -> date | None:
    if isinstance(value, str):
        return date.fromisoformat(value)
    return value.date() if isinstance(value, datetime) else value if isinstance(value, date) else None
