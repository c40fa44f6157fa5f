"""Segmentation: smart views, RFM groups and clusters of one day, and their memberships."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
import pyarrow as pa

from segment_lib.asof import AsOf
from segment_lib.definitions import definition_hash
from segment_lib.engine import run_sql
from segment_lib.errors import InvalidDefinition
from segment_lib.segments.clusters import ClusterModel, fit_clusters
from segment_lib.segments.definitions import NEVER_BOUGHT, LifetimeDefinition, RfmDefinition, SegmentsFile, SmartView
from segment_lib.segments.evaluation import features_for, lifetime_needed
from segment_lib.segments.lifetime import LifetimeFit, load_lifetime, save_lifetime, study_lifetime
from segment_lib.segments.models import load_model, save_model
from segment_lib.segments.own import RFM_GROUP, compile_own_rules, compile_segments, load_segments
from segment_lib.segments.recorded import contents_of, record_definitions, substance_of
from segment_lib.segments.results import Models, Segment, Segmentation
from segment_lib.segments.rfm.cut_points import RfmCutPoints
from segment_lib.segments.scores import add_columns, cut_points_hash, fit_cut_points, score_groups, stored_cut_points
from segment_lib.segments.views import evaluate_views
from segment_lib.sql import literal
from segment_lib.vocabulary import MEMBERSHIPS, arrow_schema
from segment_lib.workspace import Workspace

# No smart view is called so.
_TARGET = "\x1ftarget"
# What later steps read of a day beside its members: money, purchases, and how to reach somebody.
MEASURES = ("recency_days", "purchases", "total_spend", "spend_365d", "purchases_365d", "average_order")


def segment_contacts(
    workspace: Workspace,
    *,
    as_of: AsOf,
    models: Models | None = None,
    target: str = "",
    lifetime: LifetimeFit | None = None,
    whole_catalogue: bool = True,
) -> Segmentation:
    """Evaluate every segment of segments.yml as of a day.

    Parameters
    ----------
    workspace : whose contacts and definitions.
    as_of : the day seen from.
    models : cut points, clusters and lifetime models to use; without them those stored for these definitions on or
        before `as_of`, and where there are none, they are fitted on this day. `Models()` fits anew whatever is stored.
    target : a goal's target profile, a rule; `features` gets a column `in_target` of it.
    lifetime : what predictions of lifetime value come from, instead of what `models` holds or is stored.
    whole_catalogue : whether `features` holds every feature, or those that the segments need and a few measures:
        enough for a day that today is compared with.

    Returns
    -------
    Segmentation

    Raises
    ------
    InvalidDefinition
        segments.yml or one of its rules has faults.
    InvalidOption
        A field of the workspace's own is called like a feature or a score.
    NoData
        Nothing has been imported, nothing had happened by that day, or there are too few customers to cluster.
    """
    definitions = load_segments(workspace)
    views = compile_segments(workspace, definitions)
    contents = contents_of(workspace, definitions)
    wanted = compile_own_rules(workspace, {_TARGET: target} if target else {}, definitions=definitions)
    found = models or _stored_models(workspace, definitions, as_of)
    found = replace(found, lifetime=lifetime) if lifetime else found
    rules = {**views, **wanted}
    clustered = definitions.clusters.features if definitions.clusters else []
    if found.lifetime is None and (definitions.lifetime or lifetime_needed(workspace, rules, clustered)):
        fit = study_lifetime(workspace, as_of=as_of, definition=definitions.lifetime).fit
        found = replace(found, lifetime=fit)
    names = None if whole_catalogue else [*MEASURES, *clustered]
    features = features_for(workspace, as_of=as_of, rules=rules, lifetime=found.lifetime, names=names)
    if definitions.rfm:
        # Before the rules, which may ask for RFM groups.
        cut_points = found.cut_points or fit_cut_points(features, definitions.rfm)
        features = add_columns(features, score_groups(features, definitions.rfm, cut_points))
        found = replace(found, cut_points=cut_points)
    if wanted:
        features = add_columns(features, evaluate_views(features, wanted).rename_columns(["contact_id", "in_target"]))
    segments: list[Segment] = []
    answers = evaluate_views(features, views)
    scheme = [definitions.rfm.scheme, found.cut_points.to_json()] if definitions.rfm and found.cut_points else []
    for view in definitions.smart_views:
        rests_on = scheme if RFM_GROUP in views[view.name].columns else []
        key = definition_hash(substance_of(contents[view.name]), *rests_on)
        segments.append(Segment(view.name, "smart view", _told(view), key, view.description))
    if definitions.rfm and found.cut_points:
        segments += _rfm_segments(definitions.rfm, found.cut_points)
        answers = _one_column_each(answers, features[RFM_GROUP], _group_names(definitions.rfm))
    if definitions.clusters:
        found = replace(found, clusters=found.clusters or _fit(features, definitions))
        assert found.clusters is not None
        names = pa.Array.from_pandas(found.clusters.assign(features), type=pa.string())
        features = add_columns(features, pa.table({"cluster": names}))
        key = definition_hash(definitions.clusters, found.clusters.to_json())
        segments += [
            Segment(name, "cluster", _cluster_words(found.clusters, i), key)
            for i, name in enumerate(found.clusters.names)
        ]
        answers = _one_column_each(answers, names, {name: name for name in found.clusters.names})
    members, counts = _long(answers, [segment.name for segment in segments])
    return Segmentation(
        as_of, features, tuple(segments), members, counts, found, models or Models(), definitions, contents
    )


def _told(view: SmartView) -> str:
    """Return a rule as reports show it, with its parent."""
    rule = view.rule.strip()
    return f"in_segment({literal(view.parent)}) and ({rule})" if view.parent else rule


def save_segmentation(workspace: Workspace, segmentation: Segmentation) -> None:
    """Store memberships and definitions of the day, in place of earlier ones, and the models unless they were given.

    Parameters
    ----------
    workspace : where to.
    segmentation : from `segment_contacts`.
    """
    definitions = segmentation.definitions
    day, models, lent = segmentation.as_of.day, segmentation.models, segmentation.lent
    with workspace.locked("segmentation"):
        if definitions.rfm and models.cut_points and not lent.cut_points:
            save_model(workspace, "rfm", cut_points_hash(definitions.rfm), day, models.cut_points.to_json())
        if definitions.clusters and models.clusters and not lent.clusters:
            save_model(workspace, "clusters", definition_hash(definitions.clusters), day, models.clusters.to_json())
        if models.lifetime and models.lifetime.fitted_on <= day:
            save_lifetime(workspace, definitions.lifetime or LifetimeDefinition(), models.lifetime)
        hashes = pa.table(
            {
                "segment": [segment.name for segment in segmentation.segments],
                "definition_hash": [segment.definition_hash for segment in segmentation.segments],
            }
        )
        rows = run_sql(
            f"select DATE '{day}' as as_of, segment, definition_hash, contact_id "
            "from members join hashes using (segment) order by segment, contact_id",
            {"members": segmentation.members, "hashes": hashes},
        )
        of_day = f"as_of = DATE {literal(str(day))}"
        with workspace.tables.transaction():
            workspace.replace("memberships", rows.cast(arrow_schema(MEMBERSHIPS)), where=of_day)
            workspace.replace("definitions", record_definitions(workspace, segmentation), where=of_day)


def _stored_models(workspace: Workspace, definitions: SegmentsFile, as_of: AsOf) -> Models:
    clusters, cut_points = None, stored_cut_points(workspace, definitions.rfm, as_of) if definitions.rfm else None
    if definitions.clusters:
        text = load_model(workspace, "clusters", definition_hash(definitions.clusters), as_of.day)
        clusters = ClusterModel.from_json(text) if text else None
    return Models(cut_points, clusters, load_lifetime(workspace, definitions.lifetime or LifetimeDefinition(), as_of))


def _fit(features: pa.Table, definitions: SegmentsFile) -> ClusterModel:
    wanted = definitions.clusters
    assert wanted is not None
    return fit_clusters(
        features,
        columns=wanted.features,
        candidates=wanted.candidates,
        n_clusters=wanted.n_clusters,
        random_state=wanted.random_state,
    )


def _group_names(rfm: RfmDefinition) -> dict[str, str | None]:
    """Return segment name to the value of `rfm_group` that it holds; who never bought has none."""
    groups = {group.name for group in rfm.named_groups}
    return {name: name if name in groups else None for name in rfm.names}


def _rfm_segments(rfm: RfmDefinition, cuts: RfmCutPoints) -> list[Segment]:
    key = definition_hash(rfm.scheme, {"never_bought": rfm.never_bought}, cuts.to_json())
    segments = [
        Segment(g.name, "RFM group", f"{g.meaning}: {g.rule}" if g.meaning else g.rule, key, g.meaning)
        for g in rfm.named_groups
    ]
    if rfm.never_bought is not None:
        segments.append(Segment(rfm.never_bought, "RFM group", NEVER_BOUGHT, key))
    return segments


def _cluster_words(model: ClusterModel, index: int) -> str:
    parts = (f"{name} {value:+.1f}" for name, value in zip(model.features, model.centres[index], strict=True))
    return f"k-means centre, in standard deviations: {', '.join(parts)}"


def _one_column_each(answers: pa.Table, values: pa.ChunkedArray, names: Mapping[str, str | None]) -> pa.Table:
    for segment, value in names.items():
        if segment in answers.column_names:
            fault = f"segments.yml: the smart view `{segment}` is called like another segment; choose another name."
            raise InvalidDefinition([fault])
        column = (
            pa.compute.is_null(values)
            if value is None
            else pa.compute.fill_null(pa.compute.equal(values, value), False)
        )
        answers = answers.append_column(segment, column)
    return answers


def _long(answers: pa.Table, segments: list[str]) -> tuple[pa.Table, pd.DataFrame]:
    contacts = answers["contact_id"].combine_chunks()
    parts, counts = [], []
    for segment in segments:
        column = answers[segment].combine_chunks()
        inside = contacts.filter(column)
        parts.append(pa.table({"segment": pa.repeat(pa.scalar(segment), len(inside)), "contact_id": inside}))
        counts.append(
            {
                "segment": segment,
                "members": len(inside),
                "outside": len(column) - len(inside) - column.null_count,
                "unknown": column.null_count,
            }
        )
    empty = pa.table({"segment": pa.array([], pa.string()), "contact_id": pa.array([], pa.string())})
    return pa.concat_tables([empty, *parts]), pd.DataFrame(counts, columns=["segment", "members", "outside", "unknown"])
