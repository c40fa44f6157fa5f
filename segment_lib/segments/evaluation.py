"""The features that rules are evaluated over, with predictions of lifetime value where a rule asks for them."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from segment_lib.asof import AsOf
from segment_lib.features.of_workspace import load_features
from segment_lib.features.own import load_catalogue
from segment_lib.features.pieces import names_in
from segment_lib.features.predicted import LIFETIME_NAMES
from segment_lib.features.query import with_needed
from segment_lib.features.record import Feature
from segment_lib.features.rules import CompiledRule
from segment_lib.segments.definitions import RfmDefinition
from segment_lib.segments.lifetime import LifetimeFit, current_lifetime, predict_for
from segment_lib.segments.own import RFM_GROUP, load_segments
from segment_lib.segments.rfm.cut_points import RfmCutPoints
from segment_lib.segments.scores import add_columns, fit_cut_points, score_groups, stored_cut_points
from segment_lib.segments.views import evaluate_views, needed_features
from segment_lib.workspace import Workspace

# What RFM scores are made of.
SCORED = ("recency_days", "purchases", "total_spend")


def lifetime_needed(
    workspace: Workspace,
    rules: Mapping[str, CompiledRule],
    columns: Sequence[str] = (),
    *,
    catalogue: Sequence[Feature] | None = None,
) -> bool:
    """Tell whether rules, columns or features of the workspace's own are made of predictions of lifetime value.

    Parameters
    ----------
    workspace : whose features.yml.
    rules : compiled.
    columns : further columns that are asked for.
    catalogue : what names of features mean; as the workspace has it where not given.

    Returns
    -------
    bool
    """
    named = {name for rule in rules.values() for name in rule.columns} | set(columns)
    own = {f.name: names_in(f.sql) for f in catalogue or load_catalogue(workspace) if f.level == "contact"}
    formulas = set().union(*own.values())
    return bool((named | formulas) & LIFETIME_NAMES) or any(rule.quantiles for rule in rules.values())


def features_for(
    workspace: Workspace,
    *,
    as_of: AsOf,
    rules: Mapping[str, CompiledRule],
    lifetime: LifetimeFit | None = None,
    names: Sequence[str] | None = None,
    catalogue: Sequence[Feature] | None = None,
) -> pa.Table:
    """Compute the features of a day that some rules need, and more.

    Parameters
    ----------
    workspace : whose.
    as_of : the day seen from.
    rules : compiled with the workspace's fields and features.
    lifetime : what predictions come from; where rules need them and it is not given, the stored fit or
        one of this day, as segments.yml has it.
    names : which features there are beside those of the rules; all of the workspace's catalogue where not given.
    catalogue : what names of features mean, as they did when the rules were compiled; as the workspace has it now
        where not given.

    Returns
    -------
    pyarrow.Table
        As `load_features` returns it, with the columns of predictions behind those of contacts.
    """
    predicted, needed = None, lifetime_needed(workspace, rules, names or (), catalogue=catalogue)
    if names is not None and not needed:
        # Predictions with their bounds are slow to come by, and here nobody looks at them.
        lifetime = None
    if lifetime is None and needed:
        lifetime = current_lifetime(workspace, load_segments(workspace).lifetime, as_of)
    if lifetime is not None:
        quantiles = {name: (of, at) for rule in rules.values() for name, of, at in rule.quantiles}
        predicted = predict_for(workspace, lifetime, as_of=as_of, quantiles=quantiles)
    only = catalogue
    if names is not None:
        known, extra = catalogue or load_catalogue(workspace), needed_features(rules)
        asked = [*names, *(name for rule in rules.values() for name in rule.columns)]
        asked += [name for feature in extra if feature.level == "contact" for name in names_in(feature.sql)]
        only = with_needed(asked, known)
    return load_features(workspace, as_of=as_of, extra=needed_features(rules), only=only, beside=predicted)


def answer_rules(
    workspace: Workspace,
    *,
    as_of: AsOf,
    rules: Mapping[str, CompiledRule],
    names: Sequence[str] = (),
    cut_points: RfmCutPoints | None = None,
) -> tuple[pa.Table, pa.Table]:
    """Evaluate some rules as of a day, computing what they need and no more.

    Parameters
    ----------
    workspace : whose.
    as_of : the day seen from.
    rules : compiled with the workspace's fields and features.
    names : further features to compute.
    cut_points : by which contacts are scored where a rule asks for an RFM group; those stored by that day where not
        given, or fitted on it.

    Returns
    -------
    tuple of pyarrow.Table
        The features, with scores where a rule needs them, and the answers as `evaluate_views` gives them.
    """
    features = scored_features(workspace, as_of=as_of, rules=rules, names=names, cut_points=cut_points)
    return features, evaluate_views(features, rules)


def scored_features(
    workspace: Workspace,
    *,
    as_of: AsOf,
    rules: Mapping[str, CompiledRule],
    names: Sequence[str] = (),
    cut_points: RfmCutPoints | None = None,
    rfm: RfmDefinition | None = None,
    catalogue: Sequence[Feature] | None = None,
) -> pa.Table:
    """Compute the features of a day that some rules need and no more, with scores where a rule asks for an RFM group.

    Parameters
    ----------
    workspace : whose.
    as_of : the day seen from.
    rules : compiled with the workspace's fields and features.
    names : further features to compute.
    cut_points : by which contacts are scored; those stored by that day where not given, or fitted on it.
    rfm : the definition of the groups; that of segments.yml where not given.
    catalogue : as for `features_for`.

    Returns
    -------
    pyarrow.Table
    """
    definition = rfm or load_segments(workspace).rfm
    scored = definition is not None and any(RFM_GROUP in rule.columns for rule in rules.values())
    asked = [*names, *(SCORED if scored else ())]
    features = features_for(workspace, as_of=as_of, rules=rules, names=list(dict.fromkeys(asked)), catalogue=catalogue)
    if scored and definition is not None:
        cuts = cut_points or stored_cut_points(workspace, definition, as_of) or fit_cut_points(features, definition)
        features = add_columns(features, score_groups(features, definition, cuts))
    return features
