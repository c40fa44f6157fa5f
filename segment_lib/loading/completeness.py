"""Completeness: for how many contacts a field, and a family of fields, has a value."""

from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from segment_lib.engine import Table, run_sql
from segment_lib.sql import identifier
from segment_lib.vocabulary import FAMILIES, Column

# It is always filled.
KEY = "contact_id"


def measure_completeness(contacts: Table, *, columns: Sequence[Column], wanted: Collection[str] = ()) -> pd.DataFrame:
    """Measure for how many contacts each field has a value.

    Parameters
    ----------
    contacts : one row a contact.
    columns : the contacts' fields; the key is left out, and a field that the table does not have is empty.
    wanted : families that the leading goal needs.

    Returns
    -------
    pandas.DataFrame
        `field`, `family`, `contacts`, `filled` (contacts), `filled_share` (0 to 1), `used_by_goal`, the families in
        their order, the best filled field of each first. An empty list is no value.

    Examples
    --------
    >>> people = pd.DataFrame({"city": ["Bilbao", None], "country": ["ES", "ES"]})
    >>> fields = [Column("city", "text", "geographic", "Town"), Column("country", "text", "geographic", "Country")]
    >>> measure_completeness(people, columns=fields)[["field", "filled", "filled_share"]]
         field  filled  filled_share
    0  country       2           1.0
    1     city       1           0.5
    """
    total, counts = _filled(contacts, {column.name: [column] for column in _fields(columns)})
    rows = [
        {
            "field": column.name,
            "family": column.family,
            "contacts": total,
            "filled": counts[column.name][0],
            "filled_share": counts[column.name][0] / total if total else 0.0,
            "used_by_goal": column.family in wanted,
        }
        for column in _fields(columns)
    ]
    rows.sort(key=lambda row: (FAMILIES.index(str(row["family"])), -counts[str(row["field"])][0]))
    names = ["field", "family", "contacts", "filled", "filled_share", "used_by_goal"]
    return pd.DataFrame(rows, columns=names)


def measure_families(contacts: Table, *, columns: Sequence[Column]) -> pd.DataFrame:
    """Measure for how many contacts each family of fields says anything.

    Parameters
    ----------
    contacts : one row a contact.
    columns : as for `measure_completeness`.

    Returns
    -------
    pandas.DataFrame
        `family`, `fields` (how many), `cells_share` (of all its cells that have a value), `any_share` (contacts with
        at least one value), `full_share` (contacts with every value), in the order of the families.
    """
    every = _fields(columns)
    groups = {family: [c for c in every if c.family == family] for family in FAMILIES}
    total, counts = _filled(contacts, {family: group for family, group in groups.items() if group})
    rows = [
        (family, len(groups[family]), *(number / total if total else 0.0 for number in (cells, some, full)))
        for family, (some, full, cells) in counts.items()
    ]
    table = pd.DataFrame(rows, columns=["family", "fields", "cells_share", "any_share", "full_share"])
    return table.assign(cells_share=table["cells_share"] / table["fields"])


def _fields(columns: Sequence[Column]) -> list[Column]:
    return [column for column in columns if column.name != KEY]


def _filled(contacts: Table, groups: Mapping[str, Sequence[Column]]) -> tuple[int, dict[str, tuple[int, int, int]]]:
    """Return how many contacts there are, and for each group how many have some value, how many all, and its cells."""
    tables = {"contacts": contacts}
    there = set(run_sql("select * from contacts limit 0", tables).column_names)
    parts = ["count(*) as total"]
    for place, group in enumerate(groups.values()):
        cells = [_has_value(column) for column in group if column.name in there] or ["false"]
        full = " and ".join(cells if len(cells) == len(group) else ["false"])
        number = " + ".join(f"({cell})::bigint" for cell in cells)
        parts += [
            f"count(*) filter (where {' or '.join(cells)}) as some_{place}",
            f"count(*) filter (where {full}) as full_{place}",
            f"coalesce(sum({number}), 0)::bigint as cells_{place}",
        ]
    (row,) = run_sql(f"select {', '.join(parts)} from contacts", tables).to_pylist()
    counts = {
        name: (row[f"some_{place}"], row[f"full_{place}"], row[f"cells_{place}"]) for place, name in enumerate(groups)
    }
    return int(row["total"]), counts


def _has_value(column: Column) -> str:
    name = identifier(column.name)
    return f"coalesce(len({name}) > 0, false)" if column.type == "text list" else f"({name} is not null)"
