"""The reference of all words: fields, features, keys of definitions; made from the code, so that it stays true."""

from collections.abc import Iterable, Sequence

from segment_lib.features import table_features
from segment_lib.features.catalogue import CATALOGUE
from segment_lib.features.example import example_interactions
from segment_lib.features.predicted import LIFETIME_COLUMNS
from segment_lib.features.rules import FUNCTIONS
from segment_lib.loading.recipe import LABELS_COLUMN, fillable
from segment_lib.reference_keys import (
    COLUMN_HEAD,
    DATABASE_KEYS,
    FEATURE_KEYS,
    FIELD_KEYS,
    GROUP_KEYS,
    IMPORT_KEYS,
    KEYS,
    LABEL_KEYS,
    LIFETIME_KEYS,
    LOOKUP_KEYS,
    POLICY_KEYS,
    RANGE_KEYS,
    RFM_KEYS,
    RULE_OPTIONS,
    SEGMENTS_KEYS,
    SOURCE_KEYS,
    VIEW_KEYS,
    WORKSPACE_KEYS,
    Keys,
)
from segment_lib.vocabulary import COLUMN_TYPES, CONTACTS, FAMILIES, RELATIONSHIPS, TABLES, Column

HEAD = """# Reference

Every word that a definition or a rule may use. `segment-lib reference` prints this page.
"""
ABOUT_TABLES = {
    "contacts": "everybody, one row each, put together from all that sources said",
    "interactions": "what happened, one row each",
    "labels": "names put on contacts by hand, by rule, by import or by a workflow",
    "memberships": "who was in which segment, as of the days that were computed",
    "definitions": "what every segment was, as of the days that were computed",
    "campaign_assignments": "who was in which arm of a campaign",
    "journal": "what workflows did",
    "quarantine": "rows that were refused, or kept without a cell, as read and with every reason",
    "imports": "the ledger: every import with its counts, control totals and hashes",
    "contact_versions": "every statement of a source about a contact, from which `contacts` is put together",
    "superseded": "older versions of interactions that a later import corrected",
    "sightings": "rows that later imports held too, so that one import can be taken back without them",
    "merges": "contacts that were merged by hand, and taken apart again",
    "models": "cut points and centres that were fitted",
    "runs": "every report that was made",
}
SHOWN_IN_FULL = ("imports", "quarantine", "merges", "labels")
OTHER = """
## Words of the other files

- goals.yml: `objective` is one of sell more, keep customers, serve better, save cost, new line of business;
  `criteria` are families; `measure` of a KPI is conversion, retention or satisfaction.
- playbook.yml: `channel` is email, phone or sms; `holdout` is a share.
- workflows.yml: `trigger` is `{entering: SEGMENT}` or `{date: FIELD, days_before: 14, every_year: true}`; an action is
  `{label: NAME, expires_after: 60 days}` or `{task: TEXT}`.
- Kinds of interactions are open; features know {kinds}.
- Windows: `'90 days'`, `'6 weeks'`, `'12 months'`, `'1 year'`; they end with the day of the report.
"""


def reference_page() -> str:
    """Return the reference as Markdown.

    Returns
    -------
    str

    Examples
    --------
    >>> reference_page().splitlines()[0]
    '# Reference'
    """
    features = [feature.column for feature in CATALOGUE]
    parts = [
        HEAD,
        _keys("a column in import.yml", KEYS, COLUMN_HEAD),
        _keys("a lookup", LOOKUP_KEYS),
        _keys("a source in import.yml", SOURCE_KEYS),
        _keys("a policy: skip, reject, rename", POLICY_KEYS),
        _keys("a database", DATABASE_KEYS, "Rows are read only; PostgreSQL needs the extra `postgres`.\n"),
        _keys("import.yml", IMPORT_KEYS),
        _keys("a range", RANGE_KEYS, "A range holds for a column in whatever source fills it.\n"),
        _keys("a field in fields.yml", FIELD_KEYS),
        _keys("a feature in features.yml", FEATURE_KEYS),
        _keys("segments.yml", SEGMENTS_KEYS),
        _keys("a smart view in segments.yml", VIEW_KEYS),
        _keys("a group in segments.yml", GROUP_KEYS),
        _keys("a label in labels.yml", LABEL_KEYS),
        _keys("`rfm` in segments.yml", RFM_KEYS),
        _keys("`lifetime` in segments.yml", LIFETIME_KEYS),
        _keys("workspace.yml", WORKSPACE_KEYS),
        "## Fields of contacts\n\n" + _columns([*CONTACTS, LABELS_COLUMN]),
        "## Columns of interactions\n\n"
        "`email`, `phone` and unique fields of contacts may be filled too: they lead to the contact.\n\n"
        + _columns(_filled("interactions")),
        "## Columns of campaign assignments\n\n" + _columns(_filled("campaign_assignments")),
        "## Features, for rules\n\n"
        "[features.md](features.md) has an example of each, how it is computed, and what was decided.\n\n"
        + _columns(features),
        "## Predictions, for rules\n\nWithheld, with the reason in `lifetime_status`, where the model is not adequate. "
        "Bounds say how well the data hold the expectation, not how much one customer strays from it.\n\n"
        + _columns(LIFETIME_COLUMNS),
        "## Functions of a rule\n\n[rules.md](rules.md) says exactly what each of them means.\n\n"
        + _rows(("function", "meaning"), [(f"`{f.signature}`", f"{f.meaning}: `{f.example}`") for f in FUNCTIONS]),
        "## Options and signs of a rule\n\n"
        + _rows(("word", "means"), [(f"`{word}`", about) for word, about in RULE_OPTIONS]),
        f"Families: {', '.join(FAMILIES)}. Types: {', '.join(COLUMN_TYPES)}. "
        f"Relationships: {', '.join(RELATIONSHIPS)}.",
        '## Tables\n\nWritten by imports and runs; `workspace.table("imports").to_pandas()` reads one.\n\n'
        + _rows(("table", "holds"), [(f"`{name}`", about) for name, about in ABOUT_TABLES.items()]),
        *(f"### {name}\n\n{_columns(TABLES[name])}" for name in SHOWN_IN_FULL),
    ]
    kinds = ", ".join(dict.fromkeys(feature.kind for feature in CATALOGUE if feature.kind))
    return "\n\n".join(part.strip() for part in parts) + "\n" + OTHER.replace("{kinds}", kinds)


def fill_features_page(page: str) -> str:
    """Return docs/features.md with the parts that the code knows written anew.

    Parameters
    ----------
    page : as it stands; what lies between `<!-- NAME -->` and `<!-- end of NAME -->` is written, NAME being `example`
        or `catalogue`.

    Returns
    -------
    str

    Examples
    --------
    >>> page = fill_features_page("# Features\\n<!-- catalogue -->\\n<!-- end of catalogue -->\\n")
    >>> page.splitlines()[3]
    '### Interaction'
    """
    for name, part in (("example", _example()), ("catalogue", _catalogue())):
        head, found, behind = page.partition(f"<!-- {name} -->\n")
        if found:
            page = f"{head}{found}\n{part}\n\n<!-- end of {name} -->{behind.partition(f'<!-- end of {name} -->')[2]}"
    return page


def _example() -> str:
    table = example_interactions()
    rows = [
        [_cell(value.strftime("%Y-%m-%d %H:%M") if name == "occurred_at" else value) for name, value in row.items()]
        for row in table.to_pylist()
    ]
    return _rows(table.column_names, rows)


def _catalogue() -> str:
    features = table_features()
    families = dict.fromkeys(row["family"] for row in features)
    parts = [
        f"### {family.capitalize()}\n\n"
        + _rows(
            ("feature", "unit", "meaning", "Ana", "computed as"),
            [
                (f"`{row['feature']}`", row["unit"], row["meaning"], row["example"], f"`{_cell(row['sql'])}`")
                for row in features
                if row["family"] == family
            ],
        )
        for family in families
    ]
    return "\n\n".join(parts)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value).replace("|", "\\|")


def _keys(of_what: str, keys: Keys, head: str = "") -> str:
    rows = [(f"`{key}`", meaning) for key, meaning in keys]
    return f"## Keys of {of_what}\n\n{head}{chr(10) if head else ''}{_rows(('key', 'meaning'), rows)}"


def _filled(table: str) -> list[Column]:
    """Return the columns of a table that a recipe may fill, without those that lead to the contact."""
    own = {column.name for column in TABLES[table]}
    return [column for column in fillable(table, ()) if column.name in own]


def _columns(columns: Iterable[Column]) -> str:
    rows = [(f"`{c.name}`", c.type, c.family, c.unit, c.meaning) for c in columns]
    return _rows(("name", "type", "family", "unit", "meaning"), rows)


def _rows(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
