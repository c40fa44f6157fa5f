"""Contacts as they are compared: numbered, and their values reduced to what counts."""

from collections.abc import Mapping

import duckdb

from segment_lib.engine import Table, add_table
from segment_lib.errors import InvalidOption
from segment_lib.loading.identity.columns import Compared, Kind, choose_columns
from segment_lib.sql import identifier


def prepare_records(
    connection: duckdb.DuckDBPyConnection, contacts: Table, custom: Mapping[str, Kind] | None
) -> tuple[Compared, ...]:
    """Make the table `records` of what is compared.

    It has the number `i`, `contact_id`, whether the row `is_first` of its like, the values `v0`, `v1` ... reduced to
    what counts, and `n0`, `n1` ..., how many rows have the value.

    Parameters
    ----------
    connection : where the SQL runs.
    contacts : one row per contact.
    custom : name of a custom column to its kind.

    Returns
    -------
    The columns that are compared, `v0` first.

    Raises
    ------
    InvalidOption
        A `contact_id` is missing or occurs more than once.
    """
    add_table(connection, "given_contacts", contacts)
    present = [row[0] for row in connection.execute("describe given_contacts").fetchall()]
    columns = choose_columns(present, custom)
    [(n_missing, n_repeated, example)] = connection.execute(
        """select coalesce(sum(n) filter (where contact_id is null), 0),
            count(*) filter (where contact_id is not null and n > 1), min(contact_id) filter (where n > 1)
        from (select contact_id::varchar as contact_id, count(*) as n from given_contacts group by all)"""
    ).fetchall()
    if n_missing or n_repeated:
        got = [f"{n_missing:,} without one"] * bool(n_missing) + [f"{n_repeated:,} repeated"] * bool(n_repeated)
        hint = f" For example {example!r}." if n_repeated else ""
        raise InvalidOption(f"`contact_id` must be there and be unique, got {' and '.join(got)}.{hint}")
    values = ", ".join(f"{_reduce(column)} as v{at}" for at, column in enumerate(columns))
    all_values = ", ".join(f"v{at}" for at in range(len(columns)))
    # A row that came twice does not make its values common: rows that are equal in everything count once.
    counts = ", ".join(
        f"count(*) filter (where is_first) over (partition by v{at})::integer as n{at}" for at in range(len(columns))
    )
    connection.execute(
        f"""create temp table records as
        with reduced as (select contact_id::varchar as contact_id, {values} from given_contacts),
        marked as (
            select *, row_number() over (partition by {all_values} order by contact_id) = 1 as is_first from reduced)
        select (row_number() over (order by contact_id) - 1)::integer as i, *, {counts} from marked order by i"""
    )
    return columns


def _reduce(column: Compared) -> str:
    """The SQL of a value reduced to what counts: no case, accents, blanks or signs."""
    text = f"{identifier(column.name)}::varchar"
    if column.kind == "email":
        plain = f"lower(trim({text}))"
        return f"case when contains({plain}, '@') then {plain} end"
    if column.kind == "phone":
        # With and without the country's prefix.
        digits = f"regexp_replace({text}, '[^0-9]', '', 'g')"
        return f"case when length({digits}) >= 5 then right({digits}, 9) end"
    if column.kind == "date":
        return f"nullif(regexp_replace(left(trim({text}), 10), '[^0-9]', '', 'g'), '')"
    if column.kind in ("id", "code"):
        text = f"regexp_replace({text}, '\\.0$', '')"
    return f"nullif(regexp_replace(lower(strip_accents({text})), '[^\\p{{L}}\\p{{M}}\\p{{N}}]+', '', 'g'), '')"
