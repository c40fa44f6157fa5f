"""An accepted suggestion is written into a workspace's definitions, which load afterwards or are left as they were."""

import os
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
        The files that were changed; their other text and comments stay as they are.

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
    sources = [_placed(source, workspace.folder) for source in recipe["sources"]]
    folder = workspace.folder / "definitions"
    with workspace.locked("mapping"):
        texts = {key: _text(folder / f"{key}.yml") for key in ("import", "fields")}
        there = {one.get("name") for one in entries_of(texts["import"], "sources", name="import.yml")}
        faults = [
            f"import.yml: a source `{source['name']}` is there; give another name, or say `replace=True`."
            for source in sources
            if source["name"] in there and not replace
        ]
        known = {one.get("name", ""): one for one in entries_of(texts["fields"], "fields", name="fields.yml")}
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


def _new_fields(
    fields: list[dict[str, Any]], known: Mapping[str, Mapping[str, Any]], *, replace: bool
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the fields that have to be written, and those that are there but are something else."""
    new, faults = [], []
    for entry in fields:
        old = known.get(entry["name"])
        if old is None:
            new.append(entry)
            continue
        same = old.get("type") == entry["type"] and old.get("table", "contacts") == entry.get("table", "contacts")
        choices, more = list(old.get("choices") or []), entry.get("choices", [])
        missing = [choice for choice in more if choice not in choices] if choices else []
        if same and not missing:
            continue
        if not replace:
            what = f"without the choices {', '.join(missing[:5])}" if same else f"as a {old.get('type')}"
            faults.append(f"fields.yml: `{entry['name']}` is there {what}; give another name, or say `replace=True`.")
        else:
            new.append({**entry, **({"choices": [*choices, *missing]} if more else {})})
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
