"""Smart views are written into segments.yml, whose other text and comments stay as they are."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from segment_lib.definitions import load_definition
from segment_lib.errors import InvalidDefinition
from segment_lib.segments.definitions import SegmentsFile, SmartView
from segment_lib.segments.own import compile_segments
from segment_lib.workspace import Workspace

FILE = "segments.yml"
_KEY = "smart_views"
# YAML ends a line at these too, so that places could not be told.
_OTHER_BREAKS = set("\r\x85\u2028\u2029")
_BY_HAND = f"{FILE}: can't be changed without harm to its text; change it by hand."


def write_smart_views(workspace: Workspace, views: Sequence[SmartView], *, replace: bool = False) -> Path:
    """Put smart views into segments.yml: new ones behind the others, known ones in their places.

    Parameters
    ----------
    workspace : whose definitions.
    views : what is to stand there. An empty description, goal, owner or parent leaves that of the file as it is.
    replace : whether smart views of the same names are replaced; otherwise they are refused.

    Returns
    -------
    Path
        The file. All that is not of these views stays as it is, comments included.

    Raises
    ------
    InvalidDefinition
        The file has faults, a smart view of that name is there, or the file would have faults: nothing is changed then.
    """
    path = workspace.folder / "definitions" / FILE
    with workspace.locked("segments"):
        before = load_definition(path, SegmentsFile) if path.exists() else SegmentsFile()
        there = {view.name: view for view in before.smart_views}
        taken = [view.name for view in views if view.name in there]
        if taken and not replace:
            raise InvalidDefinition(
                [f"{FILE}: a smart view `{name}` is there; give another name, or say `replace=True`." for name in taken]
            )
        merged = there | {view.name: _merged(there.get(view.name), view) for view in views}
        text = _read(path) if path.exists() else ""
        for view in views:
            text = put_view(text, merged[view.name].model_dump(exclude_defaults=True))
        _check(workspace, text, before.model_copy(update={"smart_views": list(merged.values())}))
        _write(path, text)
    return path


def put_view(text: str, entry: Mapping[str, str]) -> str:
    """Return the text of segments.yml with a smart view in it; of one of that name the keys that differ are changed.

    Parameters
    ----------
    text : of the file.
    entry : `name`, `rule` and other keys of a smart view.

    Returns
    -------
    str

    Raises
    ------
    InvalidDefinition
        The smart views are written in brackets, so that nothing can be put behind them.

    Examples
    --------
    >>> print(put_view("smart_views:\\n  - name: Big  # ours\\n    rule: total_spend > 5\\n",
    ...                {"name": "Big", "rule": "total_spend > 50"}))
    smart_views:
      - name: Big  # ours
        rule: total_spend > 50
    """
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").split("\n")
    if _OTHER_BREAKS & set("".join(lines)):
        raise InvalidDefinition([_BY_HAND])
    if not lines[-1]:
        lines.pop()
    root = yaml.compose("\n".join(lines), Loader=yaml.SafeLoader)
    if root is not None and (not isinstance(root, yaml.MappingNode) or root.flow_style):
        raise InvalidDefinition([f"{FILE}: the file must be a mapping with a key on every line."])
    node = next((value for key, value in root.value if key.value == _KEY), None) if root else None
    if node is None:
        lines += [f"{_KEY}:", *_entry_lines(entry, 2)]
    elif not node.value:
        lines = _fill(lines, node, entry)
    elif node.flow_style:
        raise InvalidDefinition([f"{FILE}: `{_KEY}` must be a list with a `-` before every view, got one in brackets."])
    else:
        old = next((item for item in node.value if _name(item) == entry["name"]), None)
        if old is None:
            behind = _last_line(node.value[-1], lines) + 1
            lines[behind:behind] = _entry_lines(entry, node.start_mark.column)
        else:
            lines = _changed(lines, old, entry, node.start_mark.column)
    return end.join(lines) + end


class _Dumper(yaml.SafeDumper):
    """Writes rules as they are read: without quotes, on lines of their own where that is needed."""


class _Rule(str):
    """A text that is hard to read in quotes."""


def _write_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None
    if _OTHER_BREAKS & set(text):
        style = '"'
    elif isinstance(text, _Rule):
        plain = yaml.dump(str(text), Dumper=yaml.SafeDumper, width=10**6, allow_unicode=True)
        style = "|" if "\n" in text or plain.startswith(("'", '"')) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style=style)


_Dumper.add_representer(str, _write_text)
_Dumper.add_representer(_Rule, _write_text)


def _dumped(data: Any) -> list[str]:
    text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6, default_flow_style=False)
    return str(text).removesuffix("\n").split("\n")


def _values(entry: Mapping[str, str]) -> dict[str, str]:
    return {key: _Rule(value) if key == "rule" else value for key, value in entry.items()}


def _entry_lines(entry: Mapping[str, str], indent: int) -> list[str]:
    """Return a view as lines of the list."""
    return _indented(_dumped([_values(entry)]), indent)


def _fill(lines: list[str], node: yaml.Node, entry: Mapping[str, str]) -> list[str]:
    """Put a view into a list that is empty."""
    start, stop = node.start_mark, node.end_mark
    kept = lines[start.line][: start.column].rstrip(" ") + lines[stop.line][stop.column :]
    return [*lines[: start.line], kept.rstrip(" "), *_entry_lines(entry, 2), *lines[stop.line + 1 :]]


def _changed(lines: list[str], item: yaml.MappingNode, entry: Mapping[str, str], indent: int) -> list[str]:
    """Change those keys of a view that differ, the last first, so that the places of the others hold."""
    if item.flow_style:
        last = item.end_mark
        rest = lines[last.line][last.column :]
        written = _entry_lines(entry, indent)
        return [*lines[: item.start_mark.line], written[0] + rest, *written[1:], *lines[last.line + 1 :]]
    there = {key.value: (key, value) for key, value in item.value}
    column, values = item.start_mark.column, _values(entry)
    edits = []
    for name, (key, value) in there.items():
        if name in values and values[name] != value.value:
            first, last = key.start_mark.line, _last_line(value, lines)
            head, *more = _dumped({name: values[name]})
            written = [lines[first][:column] + head + _rest(lines, value, last), *_indented(more, column)]
            edits.append((first, last + 1, written))
    new = {name: value for name, value in values.items() if name not in there}
    if new:
        behind = _last_line(item, lines) + 1
        edits.append((behind, behind, _indented(_dumped(new), column)))
    for first, stop, written in reversed(edits):
        lines[first:stop] = written
    return lines


def _indented(lines: Sequence[str], indent: int) -> list[str]:
    return [" " * indent + line if line else "" for line in lines]


def _rest(lines: list[str], value: yaml.Node, last: int) -> str:
    """Return the comment behind a value, with the blanks before it."""
    if isinstance(value, yaml.ScalarNode) and value.style in ("|", ">"):
        head = lines[value.start_mark.line][value.start_mark.column :]
        return f"  {head[head.index('#') :]}" if "#" in head else ""
    return lines[last][value.end_mark.column :] if value.end_mark.line == last else ""


def _name(item: yaml.Node) -> str:
    pairs = item.value if isinstance(item, yaml.MappingNode) else []
    return next((str(value.value) for key, value in pairs if key.value == "name"), "")


def _last_line(node: yaml.Node, lines: Sequence[str]) -> int:
    """Return the last line that a node's text stands on; of a block, the parser's mark lies behind blank ones."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last, lines)
    line = node.end_mark.line
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        line = min(line if node.end_mark.column else line - 1, len(lines) - 1)
        while line > node.start_mark.line and not lines[line].strip(" "):
            line -= 1
    return line


def _merged(old: SmartView | None, new: SmartView) -> SmartView:
    kept = {} if old is None else old.model_dump(exclude_defaults=True)
    return SmartView(**kept | new.model_dump(exclude_defaults=True))


def _check(workspace: Workspace, text: str, wanted: SegmentsFile) -> None:
    """Refuse a text that does not say what is wanted and no more, or whose rules can't be understood together."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / FILE
        file.write_text(text, encoding="utf-8", newline="")
        after = load_definition(file, SegmentsFile)
    if after.model_dump() != wanted.model_dump():
        raise InvalidDefinition([_BY_HAND])
    compile_segments(workspace, after)


def _read(path: Path) -> str:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return file.read()


def _write(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.new")
    with beside.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
