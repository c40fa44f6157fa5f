"""What one contact's answer owes to all others: it is computed once, as of the day, and taken as lasting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from segment_lib.asof import AsOf
from segment_lib.engine import run_sql
from segment_lib.features.pieces import uses
from segment_lib.features.predicted import LIFETIME_NAMES
from segment_lib.features.record import Feature
from segment_lib.features.rules import CompiledRule
from segment_lib.features.wording import Wording
from segment_lib.segments.definitions import RfmDefinition
from segment_lib.segments.evaluation import features_for
from segment_lib.segments.explaining.language import SCORED
from segment_lib.segments.own import RFM_GROUP
from segment_lib.segments.preview_session import PreviewSession
from segment_lib.segments.rfm.cut_points import RfmCutPoints
from segment_lib.segments.scores import fit_cut_points, stored_cut_points
from segment_lib.sql import identifier
from segment_lib.workspace import Workspace

_OF_EVERYBODY = {"categories_sold", "category_ranked", "highest_score"}
_OF_VALUES = ("popularity", "usual_price")


@dataclass(frozen=True)
class Held:
    """What is taken as lasting.

    Parameters
    ----------
    columns : one value each, beside the contact's own: cuts of `top_percent`, predictions, features that compare the
        contact with others.
    cut_points : of RFM scores.
    notes : by column, what is taken as lasting, in words.
    """

    columns: Mapping[str, pa.Array] = field(default_factory=dict)
    cut_points: RfmCutPoints | None = None
    notes: Mapping[str, str] = field(default_factory=dict)


def rests_on_others(record: Feature) -> bool:
    """Tell whether the value of a record for one contact depends on what other contacts did."""
    words = Wording(AsOf.of("2000-01-01")).words_in(f"{record.sql} {record.where}")
    in_values = record.level in ("category", "product", "channel")
    return bool(words & _OF_EVERYBODY) or (in_values and any(uses([record], name) for name in _OF_VALUES))


def hold_others(
    workspace: Workspace,
    contact_id: str,
    *,
    as_of: AsOf,
    rules: Sequence[CompiledRule],
    records: Sequence[Feature],
    rfm: RfmDefinition | None = None,
    session: PreviewSession | None = None,
) -> Held:
    """Compute what some rules and records owe to all contacts; nothing is read where they owe nothing.

    Parameters
    ----------
    workspace : whose.
    contact_id : whose own values are wanted.
    as_of : the day seen from.
    rules : compiled.
    records : all that they need.
    rfm : how contacts are scored, where rules ask for RFM groups.
    session : of the day; spares computing what it holds.

    Returns
    -------
    Held
    """
    named = {name for rule in rules for name in rule.columns}
    cuts = {cut.name: cut.sql for rule in rules for cut in rule.cuts}
    predicted = sorted((named & LIFETIME_NAMES) | {name for rule in rules for name, *_ in rule.quantiles})
    others = [record.name for record in records if rests_on_others(record)]
    definition = rfm if RFM_GROUP in named else None
    cut_points = stored_cut_points(workspace, definition, as_of) if definition else None
    unscored = definition is not None and cut_points is None
    if not (cuts or predicted or others or unscored):
        return Held(cut_points=cut_points, notes=_notes({}, predicted, others, definition is not None))
    if session is not None:
        table, _ = session.features_for(rules)
    else:
        by_name = {str(place): rule for place, rule in enumerate(rules)}
        names = [*others, *(SCORED if unscored else ()), *(name for name in predicted if name in LIFETIME_NAMES)]
        table = features_for(workspace, as_of=as_of, rules=by_name, names=names)
    if unscored and definition is not None:
        cut_points = fit_cut_points(table, definition)
    columns: dict[str, pa.Array] = {}
    if cuts:
        listed = ", ".join(f"{sql} as {identifier(name)}" for name, sql in cuts.items())
        found = run_sql(f"select {listed} from features", {"features": table})
        columns |= {name: found[name] for name in cuts}
    own = table.filter(pc.equal(table["contact_id"], contact_id))
    columns |= {name: own[name] for name in [*predicted, *others]}
    return Held(columns, cut_points, _notes(cuts, predicted, others, definition is not None))


def _notes(cuts: Mapping[str, str], predicted: Sequence[str], others: Sequence[str], scored: bool) -> dict[str, str]:
    found = dict.fromkeys(cuts, "the values of all other contacts are taken as lasting")
    found |= dict.fromkeys(predicted, "predictions are taken as lasting")
    found |= {name: f"`{name}`, which depends on other contacts, is taken as lasting" for name in others}
    return found | ({RFM_GROUP: "the cut points of RFM scores are taken as lasting"} if scored else {})
