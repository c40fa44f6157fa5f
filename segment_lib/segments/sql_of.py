"""The SQL of a segment: one query, from contacts and interactions to the ids of its members."""

from textwrap import indent
from typing import Literal

from segment_lib.asof import AsOf
from segment_lib.checks import check_option
from segment_lib.errors import InvalidOption
from segment_lib.features.pieces import names_in
from segment_lib.features.query import plan_features
from segment_lib.features.rules import CompiledRule
from segment_lib.segments.definitions import RfmDefinition
from segment_lib.segments.evaluation import features_for
from segment_lib.segments.explaining.asked import resolve_segment
from segment_lib.segments.explaining.language import SCORED, language_of
from segment_lib.segments.own import RFM_GROUP, compile_own_rules, load_segments
from segment_lib.segments.rfm.cut_points import RfmCutPoints
from segment_lib.segments.rfm.groups import name_codes
from segment_lib.segments.scores import fit_cut_points, stored_cut_points
from segment_lib.segments.views import plan_views
from segment_lib.spark.dialect import to_spark
from segment_lib.sql import literal
from segment_lib.vocabulary import TABLES
from segment_lib.workspace import Workspace

# No smart view is called so.
_RULE = ""
_NO_ORDER = "\norder by "


def show_sql(workspace: Workspace, segment: str, *, as_of: AsOf, engine: Literal["duckdb", "spark"] = "duckdb") -> str:
    """Return the query whose result are the ids of a segment's members.

    Parameters
    ----------
    workspace : whose.
    segment : name of a smart view or RFM group, or a rule.
    as_of : the day seen from; it is written into the query.
    engine : in whose dialect.

    Returns
    -------
    str
        It reads the tables `contacts`, `interactions` and `labels`; on Spark rows come in no particular order.

    Raises
    ------
    InvalidDefinition
        The rule has faults, or there is no such segment.
    InvalidOption
        There is no such engine, or the segment is a cluster, which no rule says.
    """
    check_option(engine, ["duckdb", "spark"], name="engine")
    definitions = load_segments(workspace)
    asked = resolve_segment(workspace, definitions, segment, as_of=as_of)
    if asked.clusters is not None:
        raise InvalidOption(f"`segment` must be a smart view, an RFM group or a rule, got the cluster {segment!r}.")
    rule = compile_own_rules(workspace, {_RULE: asked.rule}, called={_RULE: asked.name or "rule"})[_RULE]
    tables, notes = _feature_tables(workspace, rule, as_of, definitions.rfm)
    if engine == "spark" and "people" in tables:
        # Numbering all contacts would bring them to one place.
        tables["people"] = "    select contact_id, contact_id as _person from contacts"
    asking, selection = plan_views({"": rule})
    condition, _, source = selection.rpartition(" as rule_0\n")
    tables |= {**asking, "answers": indent(f"{condition} as is_member\n{source}", "    ")}
    query = ",\n".join(f"{name} as (\n{text}\n)" for name, text in tables.items())
    query = f"with {query}\nselect contact_id\nfrom answers\nwhere is_member"
    if engine == "spark":
        query = to_spark(query, lists=[c.name for c in language_of(workspace).contact_columns if c.type == "text list"])
    else:
        query += "\norder by contact_id"
    named = " ".join((asked.name or asked.rule).split())
    comments = [f"{named} as of {as_of.day} ({as_of.zone}): the ids of its members", *notes]
    return "\n".join([*(f"-- {comment}" for comment in comments), query])


def _feature_tables(
    workspace: Workspace, rule: CompiledRule, as_of: AsOf, rfm: RfmDefinition | None
) -> tuple[dict[str, str], list[str]]:
    """Return the table expressions up to `features`, and what a reader should know."""
    language = language_of(workspace)
    records = language.records([rule])
    made = {record.name for record in records}
    named = {*rule.columns, *(name for f in records if f.level == "contact" for name in names_in(f.sql))} - made
    named |= {name for name, *_ in rule.quantiles}
    known = {column.name for column in language.contact_columns}
    columns = ["contact_id", *sorted((named & known | {name for name, *_ in rule.quantiles}) - {"contact_id"})]
    plan = plan_features(records, as_of, columns=columns)
    selection = indent(plan.selection.rpartition(_NO_ORDER)[0], "    ")
    notes = []
    given = set(workspace.table("contacts").column_names) | {column.name for column in TABLES["contacts"]}
    if beside := sorted(set(columns) - given):
        notes.append(f"contacts must hold {', '.join(beside)} too: predict_for computes them by contact_id")
    if RFM_GROUP not in rule.columns or rfm is None:
        return {**plan.tables, "features": selection}, notes
    cut_points = stored_cut_points(workspace, rfm, as_of)
    if cut_points is None:
        unscored = features_for(workspace, as_of=as_of, rules={_RULE: rule}, names=SCORED)
        cut_points = fit_cut_points(unscored, rfm)
    groups = "\n        ".join(_group_cases(rule, rfm))
    scored = {
        "unscored": selection,
        "scored": f"    select *,\n        {_scores(cut_points)}\n    from unscored",
        "features": f"    select *,\n        case {groups} end as {RFM_GROUP}\n    from scored",
    }
    return {**plan.tables, **scored}, notes


def _scores(cuts: RfmCutPoints) -> str:
    """Return three scores of one digit pair each, such as 50401 for 5, 4 and 1; nothing for who never bought."""
    beyond = ">" if cuts.bound == "above" else ">="

    def count(value: str, edges: tuple[float, ...]) -> str:
        return " + ".join(f"cast({value} {beyond} {edge!r} as integer)" for edge in edges) or "0"

    recency = f"10000 * ({cuts.bins} - ({count('recency_days', cuts.recency)}))"
    frequency = f"100 * (1 + {count('coalesce(purchases, 0)', cuts.frequency)})"
    monetary = f"1 + {count('coalesce(total_spend, 0)', cuts.monetary)}"
    return (
        f"case when recency_days is not null then\n            {recency}\n            + {frequency}\n"
        f"            + {monetary}\n        end as rfm_code"
    )


def _group_cases(rule: CompiledRule, rfm: RfmDefinition) -> list[str]:
    """Return a case for each group that the rule asks for: its codes."""
    scheme = rfm.scheme
    codes = name_codes(rfm.named_groups, bins=scheme.bins)
    said = [rule.condition, *(step.condition for step in rule.steps)]
    asked = [g.name for g in rfm.named_groups if any(f"{RFM_GROUP} = {literal(g.name)}" in text for text in said)]
    found = []
    for name in asked:
        numbers = [10000 * r + 100 * f + m for (r, f, m), group in codes.items() if group == name]
        found.append(f"when rfm_code in ({', '.join(map(str, numbers)) or 'null'}) then {literal(name)}")
    return found or ["when false then ''"]
