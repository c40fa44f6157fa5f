"""The reference of all words: fields, features, keys of definitions; made from the code, so that it stays true."""

from collections.abc import Iterable, Sequence

from segment_lib.features.catalogue import CATALOGUE
from segment_lib.vocabulary import (
    CAMPAIGN_ASSIGNMENTS,
    COLUMN_TYPES,
    CONTACTS,
    FAMILIES,
    INTERACTIONS,
    RELATIONSHIPS,
    Column,
)

HEAD = """# Reference

Every word that a definition or a rule may use. `segment-lib reference` prints this page.

## Keys of a column in import.yml

`email: E-mail address` is short for `email: {from: E-mail address}`.

"""
KEYS = (
    ("from", "column of the file"),
    ("value", "one value for all rows, such as `kind: {value: purchase}`"),
    ("sql", "arithmetic over columns of the file, such as `Quantity * UnitPrice`"),
    ("format", "how a day or a time is written, such as `%d.%m.%Y %H:%M`; without it 2026-10-31 09:30 is read"),
    ("time_zone", "zone of times without one, where it is not the workspace's"),
    ("decimal", "`,` where the file writes 1.391,02"),
    ("values", "words of the file to ours, such as `{sale: purchase}`; capitals do not matter"),
    ("only_listed", "`true`: refuse words that `values` does not list"),
    ("split", "what parts the entries of a list; `;` without it"),
    ("remove", "a regular expression that is cut out of the cell"),
    (
        "lookup",
        "`{file, key, value, unknown}`: replace a code by what another file says; `unknown: empty` keeps the rest",
    ),
)
SOURCE_KEYS = (
    ("name", "name of the source; ids of its rows begin with it, so keep it"),
    ("file", "path inside the workspace; `raw/orders_*.csv` takes several files"),
    ("table", "contacts, interactions or campaign_assignments"),
    ("delimiter", "`,` without it"),
    ("encoding", "utf-8 (without it), latin-1 or utf-16"),
    ("columns", "which column fills which field"),
    ("skip", "list of `{reason, where}`: rows left out by policy; `where` is a condition over the fields"),
    ("reject", "the same for rows that are refused"),
    ("unknown_contacts", "quarantine (without it) or create: what becomes of rows of contacts that nobody knows"),
)
OTHER = """
## Words of the other files

- goals.yml: `objective` is one of sell more, keep customers, serve better, save cost, new line of business;
  `criteria` are families; `measure` of a KPI is conversion, retention or satisfaction.
- playbook.yml: `channel` is email, phone or sms; `holdout` is a share.
- workflows.yml: `trigger` is `{entering: SEGMENT}` or `{date: FIELD, days_before: 14, every_year: true}`; an action is
  `{label: NAME, expires_after: 60 days}` or `{task: TEXT}`.
- Kinds of interactions are open; features know purchase, refund, email_sent, email_open, email_click, visit,
  support_request, quote_request, call and survey.
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
        HEAD + _rows(("key", "meaning"), [(f"`{key}`", meaning) for key, meaning in KEYS]),
        "## Keys of a source in import.yml\n\n"
        + _rows(("key", "meaning"), [(f"`{key}`", meaning) for key, meaning in SOURCE_KEYS]),
        "## Fields of contacts\n\n" + _columns(CONTACTS),
        "## Columns of interactions\n\n" + _columns([c for c in INTERACTIONS if c.name != "import_id"]),
        "## Columns of campaign assignments\n\n" + _columns([c for c in CAMPAIGN_ASSIGNMENTS if c.name != "import_id"]),
        "## Features, for rules\n\n" + _columns(features),
        f"Families: {', '.join(FAMILIES)}. Types: {', '.join(COLUMN_TYPES)}. "
        f"Relationships: {', '.join(RELATIONSHIPS)}.",
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n" + OTHER


def _columns(columns: Iterable[Column]) -> str:
    rows = [(f"`{c.name}`", c.type, c.family, c.unit, c.meaning) for c in columns]
    return _rows(("name", "type", "family", "unit", "meaning"), rows)


def _rows(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
