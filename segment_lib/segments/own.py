"""A workspace's own rules, compiled with its fields and features, and with the segments that they ask for."""

from collections.abc import Mapping

from segment_lib.features.own import load_catalogue
from segment_lib.features.predicted import LIFETIME_COLUMNS
from segment_lib.features.rules import CompiledRule
from segment_lib.features.rules.order import asked_for
from segment_lib.loading.fields import columns_of, load_fields
from segment_lib.segments.definitions import NEVER_BOUGHT, RfmDefinition, SegmentsFile
from segment_lib.segments.views import compile_views
from segment_lib.sql import literal
from segment_lib.workspace import Workspace

# The column that holds a contact's RFM group, once contacts are scored.
RFM_GROUP = "rfm_group"


def load_segments(workspace: Workspace) -> SegmentsFile:
    """Return the workspace's segments.yml, or our RFM groups and clusters where it has none."""
    return workspace.definition("segments", SegmentsFile) if workspace.has_definition("segments") else SegmentsFile()


def compile_segments(workspace: Workspace, definitions: SegmentsFile) -> dict[str, CompiledRule]:
    """Compile the smart views with the workspace's custom fields; faults name the line of the view."""
    rules = {view.name: view.whole_rule for view in definitions.smart_views}
    places = workspace.places("segments", "smart_views")
    called = {name: f"{place}: {name}" for name, place in zip(rules, places, strict=False)}
    return _compile(workspace, rules, definitions, called=called)


def compile_own_rules(
    workspace: Workspace,
    rules: Mapping[str, str],
    *,
    called: Mapping[str, str] | None = None,
    definitions: SegmentsFile | None = None,
) -> dict[str, CompiledRule]:
    """Compile any rules with the workspace's custom fields and features; they may ask for its segments.

    Parameters
    ----------
    workspace : whose fields, features and segments.
    rules : name to text; a name of a smart view among them takes that one's place.
    called : what a message calls each rule; its name where not given.
    definitions : the segments; those of segments.yml where not given.

    Returns
    -------
    dict of str to CompiledRule

    Raises
    ------
    InvalidDefinition
        A rule has faults, or a segment that it asks for.
    """
    if not rules:
        return {}
    definitions = definitions or load_segments(workspace)
    views = {view.name: view.whole_rule for view in definitions.smart_views}
    wanted = dict(rules)
    waiting = [name for text in rules.values() for name in asked_for(text)]
    while waiting:
        name = waiting.pop()
        if name in views and name not in wanted:
            wanted[name] = views[name]
            waiting += asked_for(views[name])
    compiled = _compile(workspace, wanted, definitions, called=called or {})
    return {name: compiled[name] for name in rules}


def _compile(
    workspace: Workspace, rules: Mapping[str, str], definitions: SegmentsFile, *, called: Mapping[str, str]
) -> dict[str, CompiledRule]:
    fields = load_fields(workspace)
    return compile_views(
        rules,
        contact_columns=[*columns_of("contacts", fields), *LIFETIME_COLUMNS],
        interaction_columns=columns_of("interactions", fields),
        features=load_catalogue(workspace),
        others=rules_of_groups(definitions.rfm) if definitions.rfm else {},
        called=called,
    )


def rules_of_groups(rfm: RfmDefinition) -> dict[str, CompiledRule]:
    """Return RFM groups as rules over scored contacts, for others to ask for."""
    rules = {
        group.name: CompiledRule(group.name, f"coalesce({RFM_GROUP} = {literal(group.name)}, false)", (), (RFM_GROUP,))
        for group in rfm.named_groups
    }
    if rfm.never_bought is not None:
        rules[rfm.never_bought] = CompiledRule(rfm.never_bought, NEVER_BOUGHT, (), ("recency_days",))
    return rules
