"""Readiness: which criteria the data can support today, and which goal is out of reach and why."""

from collections.abc import Hashable, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from segment_lib.asof import AsOf
from segment_lib.engine import query_frame, run_sql
from segment_lib.features.catalogue import CATALOGUE
from segment_lib.features.inventory import count_kinds
from segment_lib.features.record import Feature
from segment_lib.goals import Goal, Kpi
from segment_lib.segments.evaluation import features_for
from segment_lib.segments.own import compile_own_rules
from segment_lib.segments.views import evaluate_views
from segment_lib.sql import identifier
from segment_lib.vocabulary import Column
from segment_lib.workspace import Workspace


def measure_coverage(
    features: pa.Table,
    *,
    columns: Sequence[Column],
    goals: Sequence[Goal] = (),
    catalogue: Sequence[Feature] = CATALOGUE,
) -> pd.DataFrame:
    """Measure for how many contacts each field and feature says anything.

    Parameters
    ----------
    features : one row a contact.
    columns : the contacts' fields; keys, names and addresses are left out.
    goals : whose criteria mark a family as used; the first one leads.
    catalogue : features; a count or a sum of 0 says that nothing happened, so it is not counted as filled.

    Returns
    -------
    pandas.DataFrame
        `field`, `family`, `filled_share` (0 to 1), `used_by_goal` (of the leading goal), ordered by family.
    """
    zero = {feature.name for feature in catalogue if feature.zero}
    fields: list[tuple[str, str]] = [
        (c.name, c.family) for c in columns if c.family != "identity" and c.name in features.column_names
    ]
    fields += [(f.name, f.family) for f in catalogue if f.type != "timestamp"]
    wanted = set(goals[0].criteria) if goals else set()
    shares = ", ".join(
        f"avg(coalesce({identifier(name)} {'> 0' if name in zero else 'is not null'}, false)::int) "
        f"as {identifier(name)}"
        for name, _ in fields
    )
    row = run_sql(f"select {shares} from features", {"features": features}).to_pylist()[0]
    rows = [(name, family, float(row[name] or 0), family in wanted) for name, family in fields]
    table = pd.DataFrame(rows, columns=["field", "family", "filled_share", "used_by_goal"])
    return table.sort_values(["family", "filled_share"], ascending=[True, False], kind="stable", ignore_index=True)


def assess_goals(workspace: Workspace, goals: Sequence[Goal], coverage: pd.DataFrame, *, as_of: AsOf) -> pd.DataFrame:
    """Say of every goal what the data can support, criterion by criterion and KPI by KPI.

    Parameters
    ----------
    workspace : whose interactions.
    goals : all of goals.yml.
    coverage : from `measure_coverage`.
    as_of : the day seen from.

    Returns
    -------
    pandas.DataFrame
        `goal`, `objective`, `criterion` (a family, or `KPI: name`), `verdict` (`supported`, `partly`, `out of reach`),
        `reason`.
    """
    kinds = {str(row["kind"]): row for row in count_kinds(workspace, as_of=as_of).to_dict("records")}
    rows: list[tuple[str, ...]] = []
    for goal in goals:
        for family in goal.criteria:
            verdict, reason = _judge_family(coverage[coverage["family"] == family], goal.smallest_coverage)
            rows.append((goal.name, goal.objective, family, verdict, reason))
        for kpi in goal.kpis:
            verdict, reason = _judge_kpi(kpi, kinds, as_of)
            rows.append((goal.name, goal.objective, f"KPI: {kpi.name}", verdict, reason))
    return pd.DataFrame(rows, columns=["goal", "objective", "criterion", "verdict", "reason"])


def measure_target(workspace: Workspace, goals: Sequence[Goal], *, as_of: AsOf) -> pd.DataFrame:
    """Count whom each goal's target profile reaches.

    Parameters
    ----------
    workspace : whose contacts.
    goals : all of goals.yml; without a profile a goal is for everybody.
    as_of : the day seen from.

    Returns
    -------
    pandas.DataFrame
        `goal`, `target_profile` (the rule), `inside`, `outside`, `unknown` (contacts), `revenue_12m` (money, of those
        inside).
    """
    # No goal takes the place of the smart view that is called like it.
    rules = {f"\x1f{goal.name}": goal.target_profile or "true" for goal in goals}
    called = {name: f"target profile of {name[1:]}" for name in rules}
    compiled = compile_own_rules(workspace, rules, called=called)
    features = features_for(workspace, as_of=as_of, rules=compiled, names=["spend_365d"])
    # By place, not by name: to the engine `Win` and `win` are the same column.
    answers = evaluate_views(features, compiled).rename_columns(
        ["contact_id", *(f"fits_{i}" for i in range(len(goals)))]
    )
    counts = [
        f"""select {place} as place, count(*) filter (where fits_{place}) as inside,
            count(*) filter (where not fits_{place}) as outside,
            count(*) filter (where fits_{place} is null) as unknown,
            coalesce(sum(spend_365d) filter (where fits_{place}), 0) as revenue_12m
        from answers join features using (contact_id)"""
        for place in range(len(goals))
    ]
    table = query_frame(" union all ".join(counts) + " order by place", {"answers": answers, "features": features})
    table.insert(0, "goal", [goal.name for goal in goals])
    table.insert(1, "target_profile", [goal.target_profile or "everybody" for goal in goals])
    return table.drop(columns="place")


def out_of_reach(assessment: pd.DataFrame) -> dict[str, str]:
    """Return the goals that cannot be worked on with these data, with the reasons.

    Parameters
    ----------
    assessment : from `assess_goals`.

    Returns
    -------
    dict of str to str
    """
    lost = assessment[assessment["verdict"] == "out of reach"]
    return {
        str(goal): "; ".join(f"{row.criterion}: {row.reason}" for row in rows.itertuples())
        for goal, rows in lost.groupby("goal", sort=False)
    }


def _judge_family(fields: pd.DataFrame, smallest: float) -> tuple[str, str]:
    usable = fields[fields["filled_share"] >= smallest]
    if fields.empty or fields["filled_share"].max() == 0:
        return "out of reach", "no field of this family is filled"
    if usable.empty:
        [best] = fields.nlargest(1, "filled_share").to_dict("records")
        reason = f"best is {best['field']} with {best['filled_share']:.0%} of contacts, {smallest:.0%} wanted"
        return "out of reach", reason
    verdict = "supported" if len(usable) * 2 >= len(fields) else "partly"
    return verdict, f"{len(usable)} of {len(fields)} fields are filled for {smallest:.0%} of contacts or more"


def _judge_kpi(kpi: Kpi, kinds: dict[str, dict[Hashable, Any]], as_of: AsOf) -> tuple[str, str]:
    found = kinds.get(kpi.kind)
    if not found:
        known = ", ".join(sorted(kinds)) or "none"
        return "out of reach", f"no interaction of the kind {kpi.kind} was imported (kinds: {known})"
    if kpi.measure == "satisfaction" and not found["scored"]:
        return "out of reach", f"no {kpi.kind} has a score"
    needed = kpi.horizon_days * (2 if kpi.measure == "retention" else 1)
    history = (as_of.day - pd.Timestamp(found["first"]).date()).days
    if history < needed:
        return "out of reach", f"needs {needed} days of {kpi.kind}, there are {history}"
    return "supported", f"{found['interactions']:,} of the kind {kpi.kind} over {history:,} days"
