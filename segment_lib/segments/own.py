"""A workspace's own rules, compiled with its fields and features."""

from collections.abc import Mapping, Sequence

from segment_lib.features.catalogue import CATALOGUE
from segment_lib.features.own import load_catalogue
from segment_lib.features.predicted import LIFETIME_COLUMNS
from segment_lib.features.query import with_needed
from segment_lib.features.record import Feature
from segment_lib.features.rules import CompiledRule
from segment_lib.loading.fields import columns_of, load_fields
from segment_lib.segments.definitions import SegmentsFile
from segment_lib.segments.views import compile_views
from segment_lib.workspace import Workspace


def load_segments(workspace: Workspace) -> SegmentsFile:
    """Return the workspace's segments.yml, or our RFM groups and clusters where it has none."""
    return workspace.definition("segments", SegmentsFile) if workspace.has_definition("segments") else SegmentsFile()


def compile_segments(workspace: Workspace, definitions: SegmentsFile) -> dict[str, CompiledRule]:
    """Compile the smart views with the workspace's custom fields."""
    return compile_own_rules(workspace, {view.name: view.rule for view in definitions.smart_views})


def compile_own_rules(workspace: Workspace, rules: Mapping[str, str]) -> dict[str, CompiledRule]:
    """Compile any rules with the workspace's custom fields and features."""
    fields = load_fields(workspace)
    return compile_views(
        rules,
        contact_columns=[*columns_of("contacts", fields), *LIFETIME_COLUMNS],
        interaction_columns=columns_of("interactions", fields),
        features=load_catalogue(workspace),
    )


def formulas_of(rule: CompiledRule, catalogue: Sequence[Feature]) -> list[str]:
    """Return the formulas of the workspace's own features that a rule rests on: another formula is another rule."""
    known = {feature.name for feature in CATALOGUE}
    needed = with_needed(rule.columns, catalogue)
    return [f"{feature.name}: {feature.formula}" for feature in needed if feature.name not in known]
