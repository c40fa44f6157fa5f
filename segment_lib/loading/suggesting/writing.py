"""An accepted suggestion is written into a workspace's definitions, which load afterwards or are left as they were."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from segment_lib.definitions import load_definition
from segment_lib.errors import InvalidDefinition, InvalidOption
from segment_lib.loading.fields import FieldsFile
from segment_lib.loading.recipe import ImportFile
from segment_lib.loading.suggesting.suggestion import MappingSuggestion
from segment_lib.loading.suggesting.yaml_list import add_entries, entries_of
from segment_lib.workspace import Workspace


def write_mapping(workspace: Workspace, suggestion: MappingSuggestion, *, replace: bool = False) -> list[Path]:
    """Put a suggestion's sources into import.yml and its fields into fields.yml.

    Parameters
    ----------
    workspace : whose definitions.
    suggestion : of `suggest_mapping`, as it is or as somebody changed it.
    replace : whether sources and fields of the same names are replaced; otherwise they are refused.

    Returns
    -------
    list of Path
        The files that were changed; their other text and comments stay as they are. A field that has the name of
        another table's field is called `interaction_owner` or `contact_owner`; a choice gets the choices that it lacks.

    Raises
    ------
    InvalidDefinition
        A source of that name is there, a field of that name is another one, or the files would not load: nothing is
        changed then.
    InvalidOption
        The suggestion fills no table.
    """
    recipe = suggestion.recipe()
    if not recipe["sources"]:
        raise InvalidOption(
            f"`suggestion` must fill a table, got none for {suggestion.name}: use the file in a `lookup`."
        )
    folder = workspace.folder / "definitions"
    with workspace.locked("mapping"):
        texts = {key: _text(folder / f"{key}.yml") for key in ("import", "fields")}
        there = {one.get("name") for one in entries_of(texts["import"], "sources", name="import.yml")}
        known = {one.get("name", ""): one for one in entries_of(texts["fields"], "fields", name="fields.yml")}
        recipe = _renamed(recipe, known)
        sources = [_placed(source, workspace.folder) for source in recipe["sources"]]
        faults = [
            f"import.yml: a source `{source['name']}` is there; give another name, or say `replace=True`."
            for source in sources
            if source["name"] in there and not replace
        ]
        fields, more = _new_fields(recipe["fields"], known, replace=replace)
        if faults or more:
            raise InvalidDefinition([*faults, *more])
        new = {
            "fields": add_entries(texts["fields"], "fields", fields, name="fields.yml"),
            "import": add_entries(texts["import"], "sources", sources, name="import.yml"),
        }
        _check(new)
        # The fields first: import.yml needs them, and they need nothing.
        return [_write(folder / f"{key}.yml", text) for key, text in new.items() if text != texts[key]]


def _placed(source: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return a source whose file is named as seen from the workspace's folder."""
    file = Path(source["file"])
    resolved = file.resolve()
    inside = resolved.is_relative_to(folder) and resolved.exists()
    placed = resolved.relative_to(folder).as_posix() if inside else source["file"]
    return {**source, "file": placed if inside or not file.exists() else str(resolved)}


def _renamed(recipe: dict[str, Any], known: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return a recipe whose fields have other names than the fields of another table, such as `interaction_owner`."""
    names = {}
    for entry in recipe["fields"]:
        old, table = known.get(entry["name"], entry), entry.get("table", "contacts")
        if old.get("table", "contacts") != table:
            names[entry["name"]] = f"{table.removesuffix('s')}_{entry['name']}"
    if not names:
        return recipe
    words = re.compile(rf"\b({'|'.join(names)})\b")
    sources = []
    for source in recipe["sources"]:
        mine = {entry["name"] for entry in recipe["fields"] if entry.get("table", "contacts") == source["table"]}
        columns = {names[one] if one in mine and one in names else one: rule for one, rule in source["columns"].items()}
        policies = {
            key: [
                {**policy, "where": words.sub(lambda word: names[word[1]], policy["where"])} for policy in source[key]
            ]
            for key in ("skip", "reject", "rename")
            if key in source
        }
        sources.append({**source, **policies, "columns": columns})
    fields = [{**entry, "name": names.get(entry["name"], entry["name"])} for entry in recipe["fields"]]
    return {"sources": sources, "fields": fields}


def _new_fields(
    fields: list[dict[str, Any]], known: Mapping[str, Mapping[str, Any]], *, replace: bool
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the fields that have to be written, and what is wrong with those that are there but something else."""
    new, faults = [], []
    for entry in fields:
        old = known.get(entry["name"])
        if old is None:
            new.append(entry)
            continue
        choices = list(old.get("choices") or [])
        missing = [choice for choice in entry.get("choices", []) if choice not in choices] if choices else []
        if old.get("type") == entry["type"]:
            # More choices refuse nothing that was accepted before.
            new += [{**old, "choices": [*choices, *missing]}] if missing else []
        elif replace:
            new.append(entry)
        elif not (old.get("type") == "text" and entry["type"] == "choice"):
            faults.append(
                f"fields.yml: `{entry['name']}` is there as a {old.get('type')} and would be a {entry['type']}; "
                "give another name, or say `replace=True`."
            )
    return new, faults


def _check(texts: Mapping[str, str]) -> None:
    with TemporaryDirectory() as folder:
        for name, text in texts.items():
            (Path(folder) / f"{name}.yml").write_text(text, encoding="utf-8", newline="")
        fields = load_definition(Path(folder) / "fields.yml", FieldsFile).fields
        load_definition(Path(folder) / "import.yml", ImportFile, context={"fields": fields})


def _text(path: Path) -> str:
    if not path.exists():
        return ""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return file.read()
    except (UnicodeDecodeError, OSError) as error:
        raise InvalidDefinition([f"{path.name}: must be a text file in UTF-8 ({error})."]) from None


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    with beside.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    return path
