"""Definitions as they were: recorded whole at each run, so that later days can be answered by them again."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from segment_lib.asof import AsOf
from segment_lib.errors import InvalidDefinition, SegmentLibError
from segment_lib.features.of_workspace import load_features
from segment_lib.features.own import FeaturesFile, OwnFeature, compile_features, load_catalogue
from segment_lib.features.pieces import names_in
from segment_lib.features.predicted import LIFETIME_COLUMNS
from segment_lib.features.query import with_needed
from segment_lib.features.record import Feature
from segment_lib.features.rules import CompiledRule
from segment_lib.features.rules.layout import write_inline
from segment_lib.features.rules.order import asked_for
from segment_lib.features.rules.reading import read_rule
from segment_lib.loading.fields import columns_of, load_fields
from segment_lib.segments.clusters import ClusterModel
from segment_lib.segments.definitions import RfmDefinition, SegmentsFile
from segment_lib.segments.evaluation import scored_features
from segment_lib.segments.own import compile_own_rules, load_segments, rules_of_groups
from segment_lib.segments.results import Segmentation
from segment_lib.segments.rfm.cut_points import RfmCutPoints
from segment_lib.segments.views import compile_views, evaluate_views
from segment_lib.sql import literal
from segment_lib.vocabulary import DEFINITIONS, arrow_schema
from segment_lib.workspace import Workspace

# Which segment a definition is of, where it is no rule of the workspace's: no smart view is called so.
_ITSELF = "\x1fitself"
_NOTHING: dict[str, Any] = {"segments": {}, "features": []}


def record_definitions(workspace: Workspace, segmentation: Segmentation) -> pa.Table:
    """Write down what every segment of a run is, with all that it rests on.

    Parameters
    ----------
    workspace : whose.
    segmentation : of the run; what its rules were when it was computed counts, whatever the files say by now.

    Returns
    -------
    pyarrow.Table
        Rows of the table `definitions`. The JSON of a rule holds its text, the segments that it asks for, the
        workspace's own features in it, and the RFM groups with their cut points where it needs them; that of a cluster
        holds the model.
    """
    contents = segmentation.contents
    clusters, cuts = segmentation.models.clusters, segmentation.models.cut_points
    rows = []
    for segment in segmentation.segments:
        content: dict[str, Any] = dict(contents.get(segment.name, {"rule": segment.definition, **_NOTHING}))
        if segment.kind == "cluster" and clusters is not None:
            features = _own_features(workspace, list(clusters.features))
            content = {"clusters": clusters.to_json(), "features": features}
        elif "rfm" in content:
            content["cut_points"] = cuts.to_json() if cuts else None
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        rows.append((segmentation.as_of.day, segment.name, segment.kind, segment.definition_hash, text))
    schema = arrow_schema(DEFINITIONS)
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema=schema)


def contents_of(workspace: Workspace, definitions: SegmentsFile) -> dict[str, dict[str, Any]]:
    """Return what each smart view and RFM group is, but for the cut points.

    Parameters
    ----------
    workspace : whose fields and features.
    definitions : segments.yml.

    Returns
    -------
    dict
        By segment: its `rule`, the rules of the `segments` that it asks for, the workspace's own `features` in it, and
        `rfm` where it needs groups.
    """
    rules = {view.name: view.whole_rule for view in definitions.smart_views}
    groups = definitions.rfm.names if definitions.rfm else []
    # An RFM group is recorded as a rule that asks for it.
    texts = {**rules, **{name: f"in_segment({literal(name)})" for name in groups}}
    called = {name: f"{_ITSELF} {place}" for place, name in enumerate(texts)}
    own = {called[name]: text for name, text in texts.items()}
    compiled = compile_own_rules(workspace, own, definitions=definitions)
    contents = {}
    for name, text in texts.items():
        rule = compiled[called[name]]
        features = _own_features(workspace, _names(rule))
        asked = _asked(text, rules)
        contents[name] = {"rule": text, "segments": asked, "features": features}
        if definitions.rfm and any(one in groups for part in (text, *asked.values()) for one in asked_for(part)):
            contents[name]["rfm"] = definitions.rfm.model_dump(mode="json")
    return contents


def substance_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a recorded definition decides who is in: neither layout and comments, nor words about features.

    Parameters
    ----------
    content : of `contents_of`, or read from the table `definitions`.

    Returns
    -------
    dict
    """
    return {
        "rule": write_inline(read_rule(content["rule"])),
        "segments": {name: write_inline(read_rule(rule)) for name, rule in content["segments"].items()},
        "features": {one["name"]: write_inline(read_rule(one["formula"])) for one in content["features"]},
        "rfm": content.get("rfm"),
    }


def is_changed(workspace: Workspace, segment: str, recorded: object) -> bool | None:
    """Tell whether a smart view or an RFM group is another one now than when it was recorded.

    Parameters
    ----------
    workspace : whose definitions of now.
    segment : which.
    recorded : the JSON of its definition then.

    Returns
    -------
    bool or None
        Nothing where it was not recorded, or is a cluster: clusters are fitted, not defined. Cut points of RFM groups
        are not compared.
    """
    now = contents_of(workspace, load_segments(workspace)).get(segment)
    then = json.loads(recorded) if isinstance(recorded, str) else {}
    if now is None or "rule" not in then:
        return None
    return bool(substance_of(then) != substance_of(json.loads(json.dumps(now))))


def members_by(
    workspace: Workspace, recorded: Mapping[str, str], *, as_of: AsOf
) -> tuple[dict[str, pa.Array], dict[str, str]]:
    """Answer by recorded definitions who would be in some segments on a day.

    Parameters
    ----------
    workspace : whose contacts, as they are known now.
    recorded : segment to the JSON of its definition.
    as_of : the day seen from.

    Returns
    -------
    tuple of dict
        Members by segment, and for each segment whose definition cannot be answered any more, why.
    """
    members: dict[str, pa.Array] = {}
    faults: dict[str, str] = {}
    alike: dict[str, list[str]] = {}
    for segment, text in recorded.items():
        content = json.loads(text)
        rests_on = {key: value for key, value in content.items() if key not in ("rule", "segments")}
        alike.setdefault(json.dumps(rests_on, sort_keys=True), []).append(segment)
    for key, segments in alike.items():
        contents = {segment: json.loads(recorded[segment]) for segment in segments}
        try:
            catalogue = _catalogue(workspace, json.loads(key)["features"])
        except SegmentLibError as fault:
            faults |= dict.fromkeys(segments, str(fault))
            continue
        if "clusters" in json.loads(key):
            members |= _in_clusters(workspace, contents, catalogue, as_of)
            continue
        rules = {}
        for segment, content in contents.items():
            try:
                rules[segment] = _compile(workspace, content, catalogue)
            except InvalidDefinition as fault:
                faults[segment] = str(fault).replace(_ITSELF, segment)
        members |= _by_rules(workspace, rules, json.loads(key), catalogue, as_of)
    return members, faults


def _by_rules(
    workspace: Workspace,
    rules: Mapping[str, CompiledRule],
    rests_on: Mapping[str, Any],
    catalogue: Sequence[Feature],
    as_of: AsOf,
) -> dict[str, pa.Array]:
    if not rules:
        return {}
    rfm, cuts = rests_on.get("rfm"), rests_on.get("cut_points")
    features = scored_features(
        workspace,
        as_of=as_of,
        rules=rules,
        rfm=RfmDefinition.model_validate(rfm) if rfm else None,
        cut_points=RfmCutPoints.from_json(cuts) if cuts else None,
        catalogue=catalogue,
    )
    found = {}
    for segment, rule in rules.items():
        # Each by itself: two of them may ask for different segments of one name.
        answers = evaluate_views(features, {segment: rule})
        found[segment] = answers["contact_id"].filter(pc.fill_null(answers[segment], False)).combine_chunks()
    return found


def _in_clusters(
    workspace: Workspace, contents: Mapping[str, Any], catalogue: Sequence[Feature], as_of: AsOf
) -> dict[str, pa.Array]:
    model = ClusterModel.from_json(next(iter(contents.values()))["clusters"])
    features = load_features(workspace, as_of=as_of, only=with_needed(list(model.features), catalogue))
    names = pa.chunked_array([pa.Array.from_pandas(model.assign(features), type=pa.string())])
    ids = features["contact_id"]
    return {one: ids.filter(pc.fill_null(pc.equal(names, one), False)).combine_chunks() for one in contents}


def _compile(workspace: Workspace, content: Mapping[str, Any], catalogue: Sequence[Feature]) -> CompiledRule:
    fields = load_fields(workspace)
    rfm = content.get("rfm")
    return compile_views(
        {**content["segments"], _ITSELF: content["rule"]},
        contact_columns=[*columns_of("contacts", fields), *LIFETIME_COLUMNS],
        interaction_columns=columns_of("interactions", fields),
        features=catalogue,
        others=rules_of_groups(RfmDefinition.model_validate(rfm)) if rfm else {},
    )[_ITSELF]


def _catalogue(workspace: Workspace, own: Sequence[Mapping[str, Any]]) -> tuple[Feature, ...]:
    fields = load_fields(workspace)
    return compile_features(
        [OwnFeature.model_validate(feature) for feature in own],
        contact_columns=[*columns_of("contacts", fields), *LIFETIME_COLUMNS],
        interaction_columns=columns_of("interactions", fields),
    )


def _own_features(workspace: Workspace, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return the workspace's own features that some names need, as features.yml has them."""
    if not workspace.has_definition("features"):
        return []
    needed = {feature.name for feature in with_needed(names, load_catalogue(workspace))}
    own = workspace.definition("features", FeaturesFile).features
    return [feature.model_dump(mode="json") for feature in own if feature.name in needed]


def _names(rule: CompiledRule) -> list[str]:
    made_of = [name for feature in rule.features if feature.level == "contact" for name in names_in(feature.sql)]
    return [*rule.columns, *made_of]


def _asked(text: str, rules: Mapping[str, str]) -> dict[str, str]:
    """Return the rules of the smart views that a rule asks for, and of those that these ask for."""
    found: dict[str, str] = {}
    waiting = asked_for(text)
    while waiting:
        name = waiting.pop()
        if name in rules and name not in found:
            found[name] = rules[name]
            waiting += asked_for(rules[name])
    return found
