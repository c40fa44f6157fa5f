"""The keys of definitions and the words of rules, as the reference lists them."""

Keys = tuple[tuple[str, str], ...]

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
SEGMENTS_KEYS: Keys = (
    ("smart_views", "saved rules, see below"),
    ("groups", "segments that are one division of the contacts, such as a life cycle, see below"),
    ("rfm", "see below; our seven groups without it, `null` for none"),
    ("clusters", "`{features, candidates, n_clusters, random_state}`; `null` for none"),
    ("lifetime", "see below; without it only where a rule or a feature asks for a prediction"),
)
VIEW_KEYS: Keys = (
    ("name", "of the segment"),
    ("rule", "who is in it, see [rules.md](rules.md)"),
    ("description", "one sentence for whoever reads the report"),
    ("goal", "name of the goal in goals.yml that it serves"),
    ("owner", "who answers for it"),
    ("parent", "another smart view or RFM group; members must be members of that too"),
)
GROUP_KEYS: Keys = (
    ("name", "of the division"),
    ("segments", "names of its segments, of any kind"),
    ("exclusive", "`true` (without it): nobody may be in two of them; each run checks it against the data"),
    ("exhaustive", "`true`: everybody must be in one of them; `false` without it"),
    ("within", "a smart view or RFM group whose members are meant by everybody; all contacts without it"),
)
LABEL_KEYS: Keys = (
    ("name", "what is put on contacts"),
    ("description", "what it means"),
    ("colour", "grey (without it), another name that `check` lists, or such as `'#0b6e6e'`"),
    ("rule", "who carries it; without one it comes by hand, by imports and by workflows alone"),
    ("expires_after", "how long it lasts, such as `6 months`; a rule that still holds begins the time anew"),
    ("group", "of labels that exclude one another: who carries two of them is shown as a conflict"),
)
RFM_KEYS: Keys = (
    ("table", "ours (without it), klaviyo or rfm, the R package's: named groups, scores and the rule of cut points"),
    ("bins", "number of scores for groups of your own; 5 without it"),
    (
        "cut_points",
        "`quantiles` is plain (without it) or plus one; `recency`, `frequency` and `monetary` give fixed ones, "
        "ascending, such as `recency: [180, 365]`",
    ),
    (
        "groups",
        "groups of your own: `name`, `meaning`, and ranges of scores `recency`, `frequency`, `monetary`, `value` "
        "(the mean of the last two) such as `recency: [4, 5]`, or `codes` such as `['555', '554']`",
    ),
    ("match", "once (without it): every code lies in one group, or it is a fault; first: the first group that fits"),
    ("others", "with `match: first`, name of the group of the codes that are left"),
    ("never_bought", "name of the group of contacts without a purchase; `null` leaves them out"),
)
LIFETIME_KEYS: Keys = (
    ("model", "choose (without it) tries all three: BG/NBD, MBG/NBD, Pareto/NBD"),
    ("unit", "weeks (without it) or days"),
    ("holdout", "last part of the history that judges the model, such as `26 weeks`; a third of it without it"),
    (
        "tolerance",
        "by how much a forecast may be off in total, .2 without it; half as much again by frequency, twice as much in "
        "a quarter. One that is further off still stands where chance may have made the difference",
    ),
    ("refit_days", "for how long a stored fit serves rules, 30 without it; the chapter of the report fits anew"),
)
RULE_OPTIONS: Keys = (
    ("within => '90 days'", "only what lies in the last 90 days, the day seen from included"),
    ("until => '30 days'", "only what lies before the last 30 days"),
    ("where => category = 'Fig'", "only rows for which it holds, over columns of interactions"),
    ("then_where => ...", "the same for what follows"),
    ("and or not = <> < <= > >= between in like ilike is null + - * /", "as in SQL"),
)
