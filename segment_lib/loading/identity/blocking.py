"""Which pairs of contacts are worth comparing: those that share a rare value, or two values that are rare together."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pandas as pd
import pyarrow as pa

from segment_lib.loading.identity.columns import Compared
from segment_lib.sql import literal

# What may be compared: room enough for small tables, and in proportion to large ones.
FEWEST_PAIRS, PAIRS_PER_CONTACT = 300_000, 50
# The beginning of a name survives most typing errors.
BEGINNING = 4


@dataclass(frozen=True)
class Candidates:
    """Pairs of records to compare, ordered, and the groups that were too large to pair everybody with everybody.

    `pairs` has `a` < `b`, numbers of records. `left_out` has a row for every kind of shared values: `shared`, `groups`,
    `largest` (contacts of the largest group).
    """

    pairs: pa.Table
    left_out: pd.DataFrame


def find_candidates(connection: duckdb.DuckDBPyConnection, columns: Sequence[Compared]) -> Candidates:
    """Pair the records that share one value, or the beginnings of two.

    Groups that hold the same records count once. The largest groups are left out so that no more pairs remain than
    `FEWEST_PAIRS`, or `PAIRS_PER_CONTACT` for each contact: what very many share says little about who they are.

    Parameters
    ----------
    connection : where `records` are.
    columns : what is compared.

    Returns
    -------
    Candidates
    """
    parts = ", ".join(_part(at, column) for at, column in enumerate(columns))
    connection.execute(
        f"""create temp table parts as select i, part.* from (select i, unnest([{parts}]) as part from records)
        where part.there"""
    )
    connection.execute(
        """create temp table keys as
        select i, whole as key, which as first_at, -1 as second_at from parts
        union all
        select l.i, hash(least(l.beginning, r.beginning), greatest(l.beginning, r.beginning)), l.which, r.which
        from parts as l join parts as r on r.i = l.i and r.which > l.which"""
    )
    # The same two people often share ten keys: groups of the same members are paired once.
    connection.execute(
        """create temp table groups as
        with sized as (
            select key, count(distinct i) as n, bit_xor(distinct hash(i)) as members, min((second_at, first_at)) as what
            from keys group by key having count(distinct i) > 1)
        select * from sized qualify row_number() over (partition by n, members order by what, key) = 1"""
    )
    [(n_records,)] = connection.execute("select count(*) from records").fetchall()
    budget = max(FEWEST_PAIRS, PAIRS_PER_CONTACT * n_records)
    [(largest,)] = connection.execute(
        """select coalesce(max(n), 0) from (
            select n, sum(sum(n * (n - 1) / 2)) over (order by n) as pairs_so_far from groups group by n)
        where pairs_so_far <= ?""",
        [budget],
    ).fetchall()
    pairs = connection.sql(
        """with members as (
            select distinct keys.key, keys.i from keys join groups on groups.key = keys.key and groups.n <= $largest)
        select distinct l.i as a, r.i as b from members as l join members as r on r.key = l.key and r.i > l.i
        order by a, b""",
        params={"largest": largest},
    ).to_arrow_table()
    left_out = connection.execute(
        """select what[2] as first_at, what[1] as second_at, count(*) as groups, max(n) as largest
        from groups where n > ? group by all order by largest desc, first_at, second_at""",
        [largest],
    ).fetchall()
    connection.execute("drop table parts; drop table keys; drop table groups")
    return Candidates(pairs, _describe(left_out, columns))


def _part(at: int, column: Compared) -> str:
    """The SQL of what a value contributes to keys; the columns of a group may be exchanged, so its name stands in."""
    group, value = literal(column.group), f"v{at}"
    beginning = f"left({value}, {BEGINNING})" if column.kind == "name" else value
    return (
        f"{{'which': {at}, 'whole': hash({group}, {value}), 'beginning': hash({group}, {beginning}), "
        f"'there': {value} is not null}}"
    )


def _describe(rows: list[tuple[int, int, int, int]], columns: Sequence[Compared]) -> pd.DataFrame:
    described = [
        (" + ".join(columns[at].name for at in (first, second) if at >= 0), groups, largest)
        for first, second, groups, largest in rows
    ]
    return pd.DataFrame(described, columns=["shared", "groups", "largest"])
