"""A suggestion as a recipe: the keys of import.yml and fields.yml, and the text of both files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from segment_lib.loading.suggesting.suggestion import TableSuggestion


class _Dumper(yaml.SafeDumper):
    """Writes texts so that any reader of YAML takes them for texts: Norway's `NO`, `010` and `null` in quotes."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write a value that stands twice twice."""
        return True


def table_recipe(table: TableSuggestion) -> dict[str, Any]:
    """Return a table's source for import.yml and the fields for fields.yml.

    Parameters
    ----------
    table : of a suggestion.

    Returns
    -------
    dict
        `source` and `fields`.
    """
    columns: dict[str, Any] = {}
    fields: list[dict[str, Any]] = []
    for one in table.columns:
        if one.field is None:
            continue
        columns[one.field] = {"from": one.column, **one.options} if one.options else one.column
        if one.custom is not None:
            proposal = one.custom
            entry = {"name": one.field, "type": proposal.type, "family": proposal.family}
            if table.table != "contacts":
                entry["table"] = table.table
            if proposal.unit:
                entry["unit"] = proposal.unit
            if proposal.meaning:
                entry["meaning"] = proposal.meaning
            fields.append({**entry, **({"choices": list(proposal.choices)} if proposal.choices else {})})
    columns |= {name: dict(rule) for name, rule in table.fixed.items() if name not in columns}
    settings = dict(table.settings)
    source = {"name": table.source, "file": settings.pop("file", ""), "table": table.table}
    return {"source": {**source, **settings, "columns": columns}, "fields": fields}


def entries_yaml(entries: list[dict[str, Any]]) -> str:
    """Return entries of a list as YAML, indented as below `sources:` or `fields:`.

    Parameters
    ----------
    entries : mappings.

    Returns
    -------
    str
        Without the key of the list; ends with a line break.
    """
    if not entries:
        return ""
    text = yaml.dump(entries, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120, default_flow_style=None)
    return "".join(f"  {line}\n" for line in text.splitlines())


def recipe_yaml(recipe: dict[str, Any]) -> str:
    """Return a recipe as the text of import.yml, with the fields of fields.yml below.

    Parameters
    ----------
    recipe : of `MappingSuggestion.recipe`.

    Returns
    -------
    str
    """
    parts = ["# import.yml", "sources:" + ("\n" + entries_yaml(recipe["sources"]) if recipe["sources"] else " []\n")]
    if recipe["fields"]:
        parts += ["# fields.yml", "fields:\n" + entries_yaml(recipe["fields"])]
    return "\n".join(parts)
