"""The reference of all words: fields, features, keys of definitions; made from the code, so that it stays true."""

from collections.abc import Iterable, Sequence

from segment_lib.features import table_features
from segment_lib.features.catalogue import CATALOGUE
from segment_lib.features.example import example_interactions
from segment_lib.loading.recipe import LABELS_COLUMN, fillable
from segment_lib.vocabulary import COLUMN_TYPES, CONTACTS, FAMILIES, RELATIONSHIPS, TABLES, Column

Keys = tuple[tuple[str, str], ...]

HEAD = """# Reference

Every word that a definition or a rule may use. `segment-lib reference` prints this page.
"""
COLUMN_HEAD = """\
`email: E-mail` is short for `email: {from: E-mail}`. A column has one of `from`, `value`, `sql` and `row`. The other
keys say how its cells are read. What is not said is decided from all values of the column, and told.
"""
KEYS: Keys = (
    ("from", "column of the file"),
    ("value", "one value for all rows, such as `kind: {value: purchase}`"),
    ("sql", "arithmetic over columns of the file, such as `Quantity * UnitPrice`"),
    ("row", "`true`: the number of the row, for files that have no ids"),
    (
        "format",
        "how a day or a time is written, such as `%d.%m.%Y %H:%M`, `excel` or `unix`; without it, all values decide, "
        "and where they leave day and month open the import stops and asks",
    ),
    ("time_zone", "zone of times without one, where it is not the workspace's"),
    ("decimal", "`,` where the file writes 1.391,02, else `.`; without it, all values decide"),
    ("values", "words of the file to ours, such as `{sale: purchase, other: null}`; capitals do not matter"),
    ("only_listed", "`true`: words that `values` does not list are unreadable"),
    ("missing", 'texts that stand for nothing, such as `["0", tbc]`, beside the usual ones (n/a, unknown, Select ...)'),
    ("split", "what parts the entries of a list; `;` without it"),
    ("remove", "a regular expression that is cut out of the cell"),
    ("clean", "`identifier`: an id that a spreadsheet has turned into 17850.0 is 17850"),
    ("region", "country of telephone numbers that name none, such as ES; without it, the workspace's `country`"),
    ("lookup", "replace a code by what another file says, see below"),
)
LOOKUP_KEYS: Keys = (
    ("file", "path inside the workspace"),
    ("key", "its column that holds the code"),
    ("value", "its column that is taken"),
    ("unknown", "quarantine (without it), or empty: what becomes of a row whose code is not there"),
)
SOURCE_KEYS: Keys = (
    ("name", "name of the source; ids of its rows begin with it, so keep it"),
    ("file", "path inside the workspace; a folder or `raw/orders_*.csv` takes several files"),
    ("database", "`{connection, query}` instead of a file, see below"),
    ("table", "contacts, interactions or campaign_assignments"),
    ("columns", "which column fills which field"),
    ("keys", "columns by which a row finds its contact, the first that has an answer counts: `[contact_id, email]`"),
    ("sheet", "name of the sheet of a workbook; without it, the only one that is not empty or hidden"),
    ("member", "name of the file inside a .zip; without it, the only one"),
    (
        "header_row",
        "row of the header, the first is 1; 0 where there is none: then columns are `column 1`, `column 2` ...",
    ),
    ("delimiter", "what stands between cells, or `whitespace`; without it, found by evidence"),
    ("encoding", "such as utf-8 or cp1252; without it, found by evidence"),
    ("missing", "texts that stand for nothing in every column"),
    ("skip", "list of `{reason, where}`: rows left out by policy; `where` is a condition over the fields"),
    ("reject", "the same for rows that are refused"),
    ("rename", "list of `{reason, where, kind}`: rows that become another kind, such as cancellations a refund"),
    ("on_known", "update (without it): a newer version replaces the one that is there; skip: that one stays"),
    (
        "bad_cells",
        "what becomes of a row with an unreadable cell that it can do without: empty keeps the row and counts it "
        "(so for contacts), refuse puts it into the quarantine (so for all others)",
    ),
    (
        "unknown_contacts",
        "quarantine (without it), create, or anonymous: what becomes of rows of contacts that nobody knows; "
        "anonymous rows are kept without a contact, and counted",
    ),
    (
        "currencies",
        "refuse (without it), convert by `rates`, or apart: what becomes of amounts in another currency than the "
        "workspace's; apart keeps them as `original_amount`, outside of all sums",
    ),
)
POLICY_KEYS: Keys = (
    ("reason", "what is said of the rows, in reports too"),
    ("where", "condition over columns that are filled, such as `amount = 0`"),
    ("kind", "of `rename` alone: what the rows become"),
)
DATABASE_KEYS: Keys = (
    (
        "connection",
        "name of the environment variable that holds the address: sqlite:///, duckdb:/// or postgresql://; never the "
        "address itself",
    ),
    ("query", "name of a table, or a `select` statement"),
)
IMPORT_KEYS: Keys = (
    ("sources", "what is read, in this order; contacts come first in any case"),
    ("ranges", "column to what is possible in it, such as `birth_date: {from: 1900-01-01, to: today, then: empty}`"),
    (
        "survivors",
        "field to which value holds where sources differ about a contact: latest (without it: what was last said "
        "anew), earliest, longest, or a list of sources as they are trusted. A consent that one source denies is "
        "denied, unless it was given again later. Values that do not hold stay in the history",
    ),
    (
        "rates",
        "CSV file with `day`, `currency` and `rate`: what one unit is worth in the workspace's currency from that day",
    ),
)
RANGE_KEYS: Keys = (
    ("from", "lowest value: a number, a day, `today` or `now`"),
    ("to", "highest value"),
    ("then", "flag (without it) keeps and counts the row, empty leaves the cell empty, refuse refuses the row"),
)
FIELD_KEYS: Keys = (
    ("name", "small letters, digits and `_`"),
    (
        "type",
        "text, number, integer, money, date, timestamp, boolean, text list, choice (one of several words) or "
        "multi-choice",
    ),
    ("family", "one of the families below"),
    ("table", "contacts (without it) or interactions"),
    ("unit", "of a number, such as `km`"),
    ("meaning", "shown in reports and tables"),
    ("choices", "words of a choice or multi-choice, others are unreadable; without it, every word is one"),
    ("unique", "`true`: no two contacts share a value of this text, so `keys` may name it"),
)
FEATURE_KEYS: Keys = (
    ("name", "small letters, digits and `_`"),
    ("formula", "in the rule language, such as `total('purchase', where => category = 'Fig') / total_spend`"),
    ("unit", "of a number, such as `share`"),
    ("family", "one of the families below; behavioural without it"),
    ("meaning", "shown in reports and tables"),
)
WORKSPACE_KEYS: Keys = (
    ("name", "of the business, as reports show it"),
    ("time_zone", "in which a day begins and ends, and of times without one; UTC without it"),
    ("currency", "of all amounts; EUR without it"),
    ("country", "of telephone numbers that name none, such as ES"),
    ("smallest_group", "groups of fewer contacts are not shown in reports; 5 without it"),
    ("memory_limit", "of a query, such as 2GB"),
    ("threads", "of a query; 0, as without it, is one for each core"),
)
ABOUT_TABLES = {
    "contacts": "everybody, one row each, put together from all that sources said",
    "interactions": "what happened, one row each",
    "labels": "names put on contacts by hand, by rule, by import or by a workflow",
    "memberships": "who was in which segment, as of the days that were computed",
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
        _keys("workspace.yml", WORKSPACE_KEYS),
        "## Fields of contacts\n\n" + _columns([*CONTACTS, LABELS_COLUMN]),
        "## Columns of interactions\n\n"
        "`email`, `phone` and unique fields of contacts may be filled too: they lead to the contact.\n\n"
        + _columns(_filled("interactions")),
        "## Columns of campaign assignments\n\n" + _columns(_filled("campaign_assignments")),
        "## Features, for rules\n\n"
        "[features.md](features.md) has an example of each, how it is computed, and what was decided.\n\n"
        + _columns(features),
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
