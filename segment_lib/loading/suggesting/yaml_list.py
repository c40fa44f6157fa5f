"""Entries put into the list of a YAML file whose other text and comments stay as they are."""

from collections.abc import Mapping
from typing import Any

import yaml

from segment_lib.errors import InvalidDefinition
from segment_lib.loading.suggesting.recipe_text import entries_yaml


def add_entries(text: str, key: str, entries: list[dict[str, Any]], *, name: str) -> str:
    """Return a YAML text with entries added to the list under a key; an entry of the same `name` is replaced.

    Parameters
    ----------
    text : of the file.
    key : of the list, such as `sources`; it is added where it is not there.
    entries : mappings with a `name`.
    name : of the file, for messages.

    Returns
    -------
    str
        Every line that is not one of a replaced entry stays as it is.

    Raises
    ------
    InvalidDefinition
        The text is no YAML, or the list is written in brackets, so that nothing can be put behind it.

    Examples
    --------
    >>> print(add_entries("# Ours.\\nsources: []  # none yet\\n", "sources", [{"name": "shop"}], name="import.yml"))
    # Ours.
    sources:  # none yet
      - {name: shop}
    <BLANKLINE>
    """
    if not entries:
        return text
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    items = _list_node("\n".join(lines), key, name)
    if items is None:
        lines += [f"{key}:", *_written(entries, 2)]
    elif not isinstance(items, yaml.SequenceNode) or not items.value:
        lines = _fill_empty(lines, items, entries, key, name)
    elif items.flow_style:
        raise InvalidDefinition([f"{name}: `{key}` must be a list with a `-` before every entry, got one in brackets."])
    else:
        lines = _put(lines, items, entries)
    return end.join(lines) + end


def entries_of(text: str, key: str, *, name: str) -> list[Mapping[str, Any]]:
    """Return the entries of a list as they stand in a YAML text, every value a text.

    Parameters
    ----------
    text : of the file.
    key : of the list.
    name : of the file, for messages.

    Returns
    -------
    list of mappings
    """
    try:
        data = yaml.load(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        raise _no_yaml(error, name) from None
    found = data.get(key) if isinstance(data, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _list_node(text: str, key: str, name: str) -> yaml.Node | None:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise _no_yaml(error, name) from None
    if root is None:
        return None
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise InvalidDefinition([f"{name}: the file must be a mapping with a key on every line."])
    return next((value for one, value in root.value if one.value == key), None)


def _fill_empty(lines: list[str], node: yaml.Node, entries: list[dict[str, Any]], key: str, name: str) -> list[str]:
    empty = isinstance(node, yaml.SequenceNode) or (
        isinstance(node, yaml.ScalarNode) and node.value in ("", "~", "null")
    )
    start, stop = node.start_mark, node.end_mark
    if not empty or start.line != stop.line:
        raise InvalidDefinition([f"{name}: `{key}` must be a list."])
    line = lines[start.line]
    kept = line[: start.column].rstrip() + line[stop.column :]
    return [*lines[: start.line], kept.rstrip(), *_written(entries, 2), *lines[start.line + 1 :]]


def _put(lines: list[str], items: yaml.SequenceNode, entries: list[dict[str, Any]]) -> list[str]:
    indent = items.start_mark.column
    places = {_name(item): (item.start_mark.line, _last_line(item, lines)) for item in items.value}
    behind = _last_line(items.value[-1], lines) + 1
    new = [entry for entry in entries if entry["name"] not in places]
    lines = [*lines[:behind], *_written(new, indent), *lines[behind:]]
    # From the end, so that the places of earlier entries hold.
    for entry in sorted((e for e in entries if e["name"] in places), key=lambda e: places[e["name"]], reverse=True):
        first, last = places[entry["name"]]
        lines[first : last + 1] = _written([entry], indent)
    return lines


def _name(item: yaml.Node) -> str:
    pairs = item.value if isinstance(item, yaml.MappingNode) else []
    return next((str(value.value) for key, value in pairs if key.value == "name"), "")


def _last_line(node: yaml.Node, lines: list[str]) -> int:
    """Return the last line that a node's text stands on; the parser's own mark lies behind comments and blank lines."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last, lines)
    line = node.end_mark.line if node.end_mark.column else node.end_mark.line - 1
    line = min(max(line, node.start_mark.line), len(lines) - 1)
    while line > node.start_mark.line and (not lines[line].strip() or lines[line].lstrip().startswith("#")):
        line -= 1
    return line


def _written(entries: list[dict[str, Any]], indent: int) -> list[str]:
    text = entries_yaml(entries)
    return [(" " * indent + line[2:]).rstrip() for line in text.splitlines()]


def _no_yaml(error: yaml.YAMLError, name: str) -> InvalidDefinition:
    mark = getattr(error, "problem_mark", None)
    place = f":{mark.line + 1}" if mark else ""
    return InvalidDefinition([f"{name}{place}: must be valid YAML: {getattr(error, 'problem', None) or error}."])
