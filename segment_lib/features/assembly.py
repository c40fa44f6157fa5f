"""Features as of a day: all records become one query over contacts and interactions, one row a contact."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from segment_lib.asof import AsOf
from segment_lib.checks import check_columns
from segment_lib.engine import EngineOptions, Table, add_table, open_connection
from segment_lib.errors import InvalidOption
from segment_lib.features.catalogue import CATALOGUE
from segment_lib.features.pieces import names_in
from segment_lib.features.query import FeatureQuery, plan_features, unique
from segment_lib.features.record import Feature
from segment_lib.sql import identifier, literal
from segment_lib.vocabulary import LABELS, SQL_TYPES, TABLES, Column, arrow_schema

# Table expressions that many others read.
SHARED = ("people", "purchases")
# The columns that the tables have where nothing else is said.
STANDARD = {name: TABLES[name] for name in ("contacts", "interactions", "labels")}


def build_features(
    interactions: Table,
    *,
    as_of: AsOf,
    contacts: Table | None = None,
    labels: Table | None = None,
    features: Sequence[Feature] = CATALOGUE,
    columns: Mapping[str, Sequence[Column]] | None = None,
    options: EngineOptions | None = None,
) -> pa.Table:
    """Compute features as of a day, one row for every contact that was known by then.

    Parameters
    ----------
    interactions : one row an interaction; `contact_id`, `occurred_at` and `kind` at least.
    as_of : the day seen from; nothing that happened later is read.
    contacts : one row a contact; without it, the contacts are those of the interactions.
    labels : what was put on contacts and taken off, as the table `labels` has it; without it, nobody carries any.
    features : records to compute; a record may use those that stand before it.
    columns : which columns `contacts` and `interactions` have, empty where a table lacks them; the standard ones
        where not given.
    options : how much of the machine the query may use.

    Returns
    -------
    pyarrow.Table
        The contacts' own columns, then one column for each feature, ordered by `contact_id`.

    Raises
    ------
    MissingColumns
        `interactions` or `contacts` lack a column of the key, the time or the kind.
    InvalidOption
        Two different records share a name, a column of `contacts` is called like one, a contact has several rows, or a
        day or an instant is given as text.

    Notes
    -----
    A contact is known as of a day when it was acquired by then, when it had an interaction by then, or when nothing
    says when it was acquired. Contact fields have no history: they are today's. Amounts are summed as decimals of
    four places, so the order of rows changes no digit. Instants without a zone are taken as local to that of `as_of`.

    Examples
    --------
    >>> import pandas as pd
    >>> orders = pd.DataFrame({
    ...     "contact_id": ["a", "a", "b"], "kind": "purchase", "order_id": ["1", "2", "3"], "amount": [10.0, 30.0, 5.0],
    ...     "occurred_at": pd.to_datetime(["2026-01-01", "2026-01-11", "2026-02-01"], utc=True)})
    >>> table = build_features(orders, as_of=AsOf.of("2026-01-31"))
    >>> table.select(["contact_id", "recency_days", "purchases", "total_spend", "average_order"]).to_pylist()
    [{'contact_id': 'a', 'recency_days': 20, 'purchases': 2, 'total_spend': 40.0, 'average_order': 20.0}]
    """
    with prepared(interactions, contacts, as_of, features, columns, options, labels) as (connection, query):
        return run_query(connection, query)


def features_at(
    interactions: Table,
    *,
    days: Sequence[AsOf],
    contacts: Table | None = None,
    labels: Table | None = None,
    features: Sequence[Feature] = CATALOGUE,
    columns: Mapping[str, Sequence[Column]] | None = None,
    options: EngineOptions | None = None,
) -> pa.Table:
    """Compute features as of several days in one pass, for back-tests and trends.

    Parameters
    ----------
    interactions : as for `build_features`.
    days : the days seen from, all in one time zone; each is computed as if nothing later were known.
    contacts, labels : as for `build_features`; without them, those of the interactions, and nobody carries any.
    features : records to compute.
    columns : which columns the tables have.
    options : how much of the machine the query may use.

    Returns
    -------
    pyarrow.Table
        `as_of` (date), then the columns of `build_features`; one row for each day and each contact known by then,
        ordered by both. Contact fields have no history: they are today's on every day.

    Raises
    ------
    MissingColumns, InvalidOption
        As for `build_features`; also where there is no day, or the days are of different zones.

    Examples
    --------
    >>> import pandas as pd
    >>> orders = pd.DataFrame({"contact_id": "a", "kind": "purchase", "order_id": ["1", "2"], "amount": [10.0, 30.0],
    ...                        "occurred_at": pd.to_datetime(["2026-01-01", "2026-02-11"], utc=True)})
    >>> table = features_at(orders, days=[AsOf.of("2026-01-31"), AsOf.of("2026-02-28")])
    >>> table.select(["as_of", "purchases", "recency_days"]).to_pylist()
    [{'as_of': datetime.date(2026, 1, 31), 'purchases': 1, 'recency_days': 30},
     {'as_of': datetime.date(2026, 2, 28), 'purchases': 2, 'recency_days': 17}]
    """
    with prepared(interactions, contacts, list(days), features, columns, options, labels) as (connection, query):
        return run_query(connection, query)


@contextmanager
def prepared(
    interactions: Table,
    contacts: Table | None,
    as_of: AsOf | list[AsOf],
    features: Sequence[Feature],
    columns: Mapping[str, Sequence[Column]] | None,
    options: EngineOptions | None,
    labels: Table | None = None,
) -> Iterator[tuple[duckdb.DuckDBPyConnection, FeatureQuery]]:
    """Open a connection that knows `contacts` and `interactions`, with the query to run on it."""
    chosen, expected = unique(features), {**STANDARD, **(columns or {})}
    days = [as_of] if isinstance(as_of, AsOf) else as_of
    if not all(isinstance(day, AsOf) for day in days):
        raise InvalidOption(f"a day must be an AsOf, as in AsOf.of('2026-10-31', zone='Europe/Madrid'), got {as_of!r}.")
    if not days:
        raise InvalidOption("there must be at least one day to compute features for, got none.")
    with open_connection(options) as connection:
        add_table(connection, "given_interactions", interactions)
        _complete(connection, "interactions", expected["interactions"], ["contact_id", "occurred_at", "kind"], days[0])
        if contacts is not None:
            add_table(connection, "given_contacts", contacts)
        else:
            connection.execute(
                "create temp table given_contacts as select contact_id, min(occurred_at) as acquired_at "
                "from interactions where contact_id is not null group by contact_id"
            )
        _complete(connection, "contacts", expected["contacts"], ["contact_id"], days[0])
        if any(feature.level == "labels" for feature in chosen):
            add_table(connection, "given_labels", arrow_schema(LABELS).empty_table() if labels is None else labels)
            _complete(connection, "labels", expected["labels"], ["contact_id", "label", "assigned_at"], days[0])
        _check_contacts(connection, chosen)
        types = [_types(connection, table)["contact_id"] for table in ("contacts", "interactions")]
        if types[0] != types[1] and '"NULL"' not in types:
            raise InvalidOption(
                f"`contact_id` must be of one type in contacts and interactions, got {types[0]} and {types[1]}."
            )
        try:
            yield connection, plan_features(chosen, as_of, columns=list(_types(connection, "contacts")))
        except (duckdb.ConversionException, duckdb.OutOfRangeException) as error:
            what = str(error).split("\n", 1)[0]
            bounds = "numbers must lie between -1e13 and 1e13, as an import sees to" if "DECIMAL" in what else ""
            raise InvalidOption(f"{bounds or 'the values of the tables must fit together'}: {what}") from None


def run_query(connection: duckdb.DuckDBPyConnection, query: FeatureQuery) -> pa.Table:
    """Run the query of features on a connection that knows its tables.

    Parameters
    ----------
    connection : from `prepared`.
    query : of features, or with rules on top of them.

    Returns
    -------
    pyarrow.Table
    """
    tables = dict(query.tables)
    if sum(bool(re.search(r"\bpurchases\b", sql)) for sql in tables.values()) > 1:
        # What many tables read is written once, with the columns that they read: the engine is slow to keep a table
        # expression of texts.
        asked = set().union(*(names_in(sql) for name, sql in tables.items() if name not in SHARED))
        present = [
            column for column in _types(connection, "interactions") if column in asked or column.lower() in asked
        ]
        for name, columns in zip(SHARED, ("*", ", ".join(map(identifier, ["_person", *present]))), strict=True):
            connection.execute(f"create temp table {name} as select {columns} from ({tables.pop(name)})")
    return connection.sql(FeatureQuery(tables, query.selection).sql).to_arrow_table()


def _types(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, str]:
    return {row[0]: row[1] for row in connection.execute(f"describe {name}").fetchall()}


def _complete(
    connection: duckdb.DuckDBPyConnection, name: str, standard: Sequence[Column], needed: Sequence[str], as_of: AsOf
) -> None:
    """Make a view of a given table with every standard column, days and instants typed, empty where it lacks one."""
    types = _types(connection, f"given_{name}")
    check_columns(types, needed, table=name)
    present = {column.lower(): (column, found) for column, found in types.items()}
    more, typed = [], []
    for column in standard:
        if column.name not in present:
            more.append(f", cast(null as {SQL_TYPES[column.type]}) as {column.name}")
        elif column.type in ("number", "integer", "text list") and present[column.name][1] == "VARCHAR":
            what = "list of texts" if column.type == "text list" else column.type
            raise InvalidOption(f"`{present[column.name][0]}` of {name} must be a {what}, got text.")
        elif column.type in ("date", "timestamp"):
            given, found = present[column.name]
            if found == "VARCHAR":
                raise InvalidOption(f"`{given}` of {name} must be a {column.type}, got text; use pandas.to_datetime.")
            value = f"cast({identifier(given)} as {SQL_TYPES[column.type]})"
            if column.type == "timestamp" and not found.startswith(("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")):
                # A time without a zone is what the clock on the wall said.
                value = f"cast({identifier(given)} as timestamp) at time zone {literal(as_of.zone)}"
            typed.append(f"{value} as {identifier(given)}")
    replace = f" replace ({', '.join(typed)})" if typed else ""
    connection.execute(f"create temp view {name} as select *{replace}{''.join(more)} from given_{name}")


def _check_contacts(connection: duckdb.DuckDBPyConnection, features: Sequence[Feature]) -> None:
    names = {feature.name.lower(): feature.name for feature in features}
    for column in _types(connection, "contacts"):
        if column.lower() in names:
            raise InvalidOption(f"a column of contacts must not be called like a feature, got `{column}`; rename it.")
    doubled = connection.execute(
        "select contact_id, count(*) as n from contacts group by contact_id having n > 1 or contact_id is null limit 1"
    ).fetchone()
    if doubled:
        raise InvalidOption(f"contacts must have one row for each contact_id, got {doubled[1]:,} for {doubled[0]!r}.")
