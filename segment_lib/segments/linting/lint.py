"""Linting the smart views of a workspace: by logic, and for the contacts that there are."""

from collections.abc import Sequence
from datetime import date

from segment_lib.asof import AsOf
from segment_lib.features.of_workspace import days_of
from segment_lib.features.own import load_catalogue
from segment_lib.features.predicted import LIFETIME_COLUMNS
from segment_lib.loading.fields import columns_of, declared_table, load_fields
from segment_lib.segments.definitions import SegmentsFile
from segment_lib.segments.evaluation import answer_rules
from segment_lib.segments.labels import load_labels
from segment_lib.segments.linting.by_data import (
    Answers,
    find_alone,
    find_idle,
    find_lost_unknowns,
    find_missing,
    find_sizes,
)
from segment_lib.segments.linting.by_logic import find_by_logic
from segment_lib.segments.linting.fields import Fields
from segment_lib.segments.linting.findings import Finding, Lint, in_order
from segment_lib.segments.linting.occurring import count_occurrences
from segment_lib.segments.linting.probes import make_probes
from segment_lib.segments.linting.questions import make_questions
from segment_lib.segments.linting.reading import Rules, read_rules
from segment_lib.segments.linting.uses import find_unused
from segment_lib.segments.own import compile_own_rules, compile_segments, load_segments
from segment_lib.workspace import Workspace


def lint_segments(workspace: Workspace, *, as_of: AsOf | None = None) -> Lint:
    """Find what is wrong with smart views that run without a fault.

    Parameters
    ----------
    workspace : whose segments.yml and data.
    as_of : the day whose contacts are looked at; the day of the last interaction where not given.

    Returns
    -------
    Lint
        Where nothing has been imported, what the rules alone tell.

    Raises
    ------
    InvalidDefinition
        A rule does not compile; linting is of rules that do.

    Notes
    -----
    What is said of rules by logic holds whoever the contacts are: numbers, days and texts are taken for intervals, and
    different fields for independent of one another. What is not understood is passed over in silence. The rest is said
    of the contacts of one day, whose features are computed once for all rules and questions.
    """
    definitions = load_segments(workspace)
    compile_segments(workspace, definitions)
    read = _read(workspace, definitions)
    found = [*find_by_logic(read), *find_unused(workspace, definitions)]
    day = as_of or _last_day(workspace)
    if day is not None and read.rules:
        found += _of_data(workspace, definitions, read, day, found)
    names = [view.name for view in definitions.smart_views]
    return Lint(len(names), in_order(found, names), day.day if day is not None else None)


def lint_rules(workspace: Workspace) -> tuple[Finding, ...]:
    """Find what is wrong with smart views whoever the contacts are: no data are read.

    Parameters
    ----------
    workspace : whose segments.yml.

    Returns
    -------
    tuple of Finding

    Raises
    ------
    InvalidDefinition
        A rule does not compile.
    """
    definitions = load_segments(workspace)
    compile_segments(workspace, definitions)
    return in_order(find_by_logic(_read(workspace, definitions)), [view.name for view in definitions.smart_views])


def _read(workspace: Workspace, definitions: SegmentsFile) -> Rules:
    fields, catalogue = load_fields(workspace), load_catalogue(workspace)
    types = {column.name: column.type for column in (*columns_of("contacts", fields), *LIFETIME_COLUMNS)}
    rfm = definitions.rfm
    return read_rules(
        {view.name: view.rule for view in definitions.smart_views},
        compile_all=lambda rules: compile_own_rules(workspace, rules),
        fields=Fields(types, {feature.name: feature for feature in catalogue}),
        parents={view.name: view.parent for view in definitions.smart_views if view.parent},
        groups=[group.name for group in rfm.named_groups] if rfm else [],
        never_bought=rfm.never_bought if rfm else None,
    )


def _of_data(
    workspace: Workspace, definitions: SegmentsFile, read: Rules, as_of: AsOf, told: Sequence[Finding]
) -> list[Finding]:
    fields = load_fields(workspace)
    contact_types = {column.name: column.type for column in columns_of("contacts", fields)}
    interaction_types = {column.name: column.type for column in columns_of("interactions", fields)}
    probes = make_probes(read, {view.name: view.parent for view in definitions.smart_views if view.parent})
    features, table = answer_rules(workspace, as_of=as_of, rules=compile_own_rules(workspace, probes.texts))
    questions = make_questions(read, contact_types, interaction_types)
    counts, nearest = count_occurrences(
        questions, features=features, interactions=declared_table(workspace, "interactions"), as_of=as_of
    )
    answers = Answers(read, probes, table)
    labels = [label.name for label in load_labels(workspace).labels] if workspace.has_definition("labels") else None
    found = [
        *find_missing(answers, questions, counts, nearest),
        *find_alone(answers, labels),
        *find_lost_unknowns(answers),
        *find_sizes(answers, told),
    ]
    return [*found, *find_idle(answers, [*told, *found])]


def _last_day(workspace: Workspace) -> AsOf | None:
    if not workspace.table("contacts").files:
        return None
    _, last = days_of(workspace)
    return workspace.as_of(last) if isinstance(last, date) else None
