"""Checking a workspace before anything runs: every fault of every definition file at once."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from segment_lib.errors import InvalidDefinition, NotFound, SegmentLibError, list_names, suggest
from segment_lib.features import CATALOGUE, known_columns, load_catalogue
from segment_lib.features.own import RESERVED
from segment_lib.features.predicted import LIFETIME_NAMES
from segment_lib.goals import GoalsFile
from segment_lib.loading.fields import columns_of, load_fields
from segment_lib.loading.importing import read_ledger
from segment_lib.loading.plan import find_files, make_mapping, read_options
from segment_lib.loading.recipe import ImportFile, Source, load_recipe
from segment_lib.loading.sources import inspect_query, inspect_source
from segment_lib.loading.suggesting import compare_headers
from segment_lib.segments.labels import compile_label_rules, load_labels
from segment_lib.segments.linting import lint_rules
from segment_lib.segments.own import compile_own_rules, compile_segments, load_segments
from segment_lib.targeting.playbook import load_playbook
from segment_lib.targeting.workflows import load_workflows
from segment_lib.workspace import Workspace

FILES = tuple(
    f"{name}.yml"
    for name in ("workspace", "fields", "features", "import", "goals", "segments", "labels", "playbook", "workflows")
)
# Clusters are named when they are fitted: C1, C2 and so on, with words behind.
_CLUSTER = re.compile(r"C\d+ ")


def check_definitions(workspace: Workspace) -> None:
    """Check all definition files of a workspace, and that they fit one another.

    Parameters
    ----------
    workspace : whose.

    Raises
    ------
    InvalidDefinition
        One or more have faults; all of them are told.
    """
    faults = [fault for step in (_unknown_files, _files, _fields, _rules, _names) for fault in step(workspace)]
    if faults:
        raise InvalidDefinition(list(dict.fromkeys(faults)))


def check_sources(workspace: Workspace) -> list[str]:
    """Compare the files that import.yml names with what it says of them; only headers are read.

    Parameters
    ----------
    workspace : whose; its definitions have no faults.

    Returns
    -------
    list of str
        One sentence for every file that is absent, unreadable, or lacks a column that is needed.
    """
    recipe = load_recipe(workspace)
    ledger = read_ledger(workspace)
    # Of the files of a pattern the last header counts, as it does for an import.
    headers = {row["source"]: tuple(row["header"]) for row in ledger if row["header"]}
    found = [
        *(warning for source in recipe.sources for warning in _source(workspace, recipe, source, headers)),
        *_explaining_files(workspace, recipe),
    ]
    return list(dict.fromkeys(found))


def check_segments(workspace: Workspace) -> list[str]:
    """Look for what is wrong with the rules of smart views, whoever the contacts are; no data are read.

    Parameters
    ----------
    workspace : whose; its definitions have no faults.

    Returns
    -------
    list of str
        A sentence for each rule or condition that is never or always true, changes nothing, or is there twice.
    """
    return [f"segments.yml: {finding}" for finding in lint_rules(workspace)]


def _source(
    workspace: Workspace, recipe: ImportFile, source: Source, headers: dict[str, tuple[str, ...]]
) -> Iterator[str]:
    needed = make_mapping(workspace, recipe, source, datetime.now(UTC)).needed()
    try:
        if source.database is not None:
            inspect_query(source.name, source.database.query, source.database.connection, needed=needed)
            return
        paths = find_files(workspace, source)
    except SegmentLibError as error:
        yield str(error)
        return
    for path in paths:
        try:
            columns = inspect_source(path, read_options(source)).columns
            missing = [name for name in needed if name not in columns]
            if missing and source.name in headers:
                diff = compare_headers(headers[source.name], columns)
                yield f"{path.name} has not the header that the last file of `{source.name}` had: {diff}."
            elif missing:
                # What the recipe never asked for is no news: only what may be a missing column by another name.
                diff = compare_headers(missing, [name for name in columns if name not in needed])
                likely = "".join(f" `{old}` is probably `{new}`." for old, new, _ in diff.renamed)
                inspect_source(path, read_options(source), needed=[] if likely else needed)
                yield f"{path.name} lacks {list_names(f'`{name}`' for name in missing)} of `{source.name}`.{likely}"
        except SegmentLibError as error:
            yield str(error)


def _explaining_files(workspace: Workspace, recipe: ImportFile) -> Iterator[str]:
    """Yield what is wrong with the files of lookups and of currency rates."""
    lookups = [rule.lookup for source in recipe.sources for rule in source.columns.values() if rule.lookup]
    asked: list[tuple[str, list[str]]] = [(lookup.file, [lookup.key, lookup.value]) for lookup in lookups]
    if recipe.rates is not None:
        asked.append((recipe.rates, ["day", "currency", "rate"]))
    for file, needed in asked:
        try:
            inspect_source(workspace.folder / Path(file), needed=needed)
        except SegmentLibError as error:
            yield str(error)


def _unknown_files(workspace: Workspace) -> Iterator[str]:
    for path in sorted((workspace.folder / "definitions").iterdir()):
        if path.suffix in (".yml", ".yaml") and path.name not in FILES:
            yield f"definitions/{path.name} is not read. Files: {list_names(FILES)}.{suggest(path.name, FILES)}"


def _fields(workspace: Workspace) -> Iterator[str]:
    """Yield fields of the workspace's own that are called like a feature or a score."""
    try:
        fields = load_fields(workspace)
    except SegmentLibError:
        return
    taken = {feature.name for feature in CATALOGUE} | RESERVED | LIFETIME_NAMES
    for field in fields:
        if field.name in taken:
            yield f"fields.yml: `{field.name}` is the name of a feature; choose another."


def _files(workspace: Workspace) -> Iterator[str]:
    loaders: list[Callable[[Workspace], object]] = [
        load_fields,
        load_catalogue,
        load_recipe,
        lambda one: one.definition("goals", GoalsFile),
        load_segments,
        load_labels,
        load_playbook,
        load_workflows,
    ]
    for load in loaders:
        yield from _faults(lambda load=load: load(workspace))  # type: ignore[misc]


def _rules(workspace: Workspace) -> Iterator[str]:
    """Yield the faults of rules; files that do not load have been told already."""
    try:
        definitions = load_segments(workspace)
        goals = workspace.definition("goals", GoalsFile).goals
    except SegmentLibError:
        return
    targets = {
        f"goals.yml: target profile of {goal.name}": goal.target_profile for goal in goals if goal.target_profile
    }
    told = list(_faults(lambda: compile_segments(workspace, definitions)))
    yield from told
    if not told:
        yield from _faults(lambda: compile_own_rules(workspace, targets))
        # labels.yml that does not load is told twice, and shown once.
        yield from _faults(lambda: compile_label_rules(workspace, load_labels(workspace)))


def _names(workspace: Workspace) -> Iterator[str]:
    """Yield plays and workflows that name a segment which does not exist."""
    try:
        segments = load_segments(workspace)
        load_fields(workspace)
        plays, workflows = load_playbook(workspace).plays, load_workflows(workspace).workflows
    except SegmentLibError:
        return
    names = [view.name for view in segments.smart_views]
    if segments.rfm:
        names += segments.rfm.names
    asked = [(f"playbook.yml: the play `{play.name}`", play.segment) for play in plays]
    asked += [
        (f"workflows.yml: the workflow `{workflow.name}`", workflow.trigger.entering)
        for workflow in workflows
        if workflow.trigger.entering is not None
    ]
    dates = [c.name for c in columns_of("contacts", load_fields(workspace)) if c.type == "date"]
    for workflow in workflows:
        if workflow.trigger.date is not None and workflow.trigger.date not in dates:
            what = f"workflows.yml: the workflow `{workflow.name}` must name a date field"
            yield f"{what}, got `{workflow.trigger.date}`.{suggest(workflow.trigger.date, dates)}"
    numbers = [c.name for c in known_columns(workspace) if c.type in ("number", "integer")]
    for feature in segments.clusters.features if segments.clusters else []:
        if feature not in numbers:
            yield f"segments.yml: clusters must be made on numbers, got `{feature}`.{suggest(feature, numbers)}"
    for what, name in asked:
        if name not in names and not (segments.clusters and _CLUSTER.match(name)):
            yield f"{what} must name a segment, got `{name}`.{suggest(name, names)}"


def _faults(load: Callable[[], object]) -> Iterator[str]:
    try:
        load()
    except InvalidDefinition as invalid:
        yield from invalid.faults
    except NotFound as missing:
        yield str(missing)
