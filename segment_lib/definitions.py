"""Definition files: YAML read safely, checked by Pydantic, every fault at once with file and line."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from segment_lib.errors import InvalidDefinition, NotFound, list_names, suggest

Location = Sequence[int | str]
_CONTAINERS = {dict: "a mapping", list: "a list", type(None): "nothing"}


class Definition(BaseModel):
    """The base of every definition: frozen, and an unknown key is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=BaseModel)


class _TextLoader(yaml.SafeLoader):
    """Reads values as they are written: Norway's NO stays NO, and 010 stays 010, until a model wants a number."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag.endswith((":null", ":merge"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping; a key is never nothing, be it called `null`."""
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag.endswith(":null"):
                key.tag = "tag:yaml.org,2002:str"
        return super().construct_mapping(node, deep)


def load_definition(path: Path, model: type[Model], *, context: dict[str, Any] | None = None) -> Model:
    """Read a YAML file into a model.

    Parameters
    ----------
    path : the file; an empty file is an empty mapping.
    model : the Pydantic model that describes it.
    context : what the model's validators may need to know, such as the names of custom fields.

    Returns
    -------
    Model

    Raises
    ------
    NotFound
        The file is not there.
    InvalidDefinition
        It is no YAML, or has faults; each with its line, and the nearest valid key.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NotFound(f"can't find the definition file {path}.") from None
    except (UnicodeDecodeError, OSError) as error:
        raise InvalidDefinition([f"{path.name}: must be a text file in UTF-8 ({error})."]) from None
    try:
        loader = _TextLoader(text)
        root = loader.get_single_node()
        doubled = [f"{path.name}:{line}: key `{key}` stands twice." for line, key in sorted(_doubles(root))]
        data = None if root is None else loader.construct_document(root)
    except RecursionError:
        raise InvalidDefinition([f"{path.name}: must be valid YAML: it is nested too deeply."]) from None
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error).split("\n", 1)[0]
        raise InvalidDefinition([f"{path.name}{line}: must be valid YAML: {problem}."]) from None
    if doubled:
        raise InvalidDefinition(doubled)
    try:
        return model.model_validate({} if data is None else data, context=context)
    except ValidationError as invalid:
        faults = []
        for details in invalid.errors(include_url=False):
            place = _line(root, details["loc"])
            faults.append((place, f"{path.name}:{place}: {_describe(details, model)}"))
        raise InvalidDefinition([fault for _, fault in sorted(faults)]) from None


def lines_of(path: Path, key: str) -> list[int]:
    """Return the line on which each entry of a list begins.

    Parameters
    ----------
    path : a definition file that loads.
    key : the list's key at the top of the file.

    Returns
    -------
    list of int
        One for each entry; empty where there is no such list.
    """
    root = _TextLoader(path.read_text(encoding="utf-8-sig")).get_single_node()
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    entries = next((value for name, value in pairs if name.value == key), None)
    return [node.start_mark.line + 1 for node in entries.value] if isinstance(entries, yaml.SequenceNode) else []


def definition_hash(*parts: object) -> str:
    """Return twelve characters that change whenever a definition changes in substance.

    Parameters
    ----------
    *parts : models, or anything that JSON can hold.

    Returns
    -------
    str

    Examples
    --------
    >>> definition_hash({"a": 1, "b": 2}) == definition_hash({"b": 2, "a": 1})
    True
    """
    plain = [part.model_dump(mode="json") if isinstance(part, BaseModel) else part for part in parts]
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _describe(error: Any, model: type[BaseModel]) -> str:
    *parents, last = error["loc"] or ("",)
    place = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        keys = _keys(model, parents)
        return f"unknown key `{last}`. Keys here: {list_names(sorted(keys), most=25)}.{suggest(str(last), keys)}"
    if error["type"] == "missing":
        return f"`{place}` must be given."
    if error["type"] == "value_error":
        return f"`{place}`: {error['ctx']['error']}" if place else str(error["ctx"]["error"])
    got = _CONTAINERS.get(type(error["input"])) or repr(error["input"])
    if error["type"] in ("model_type", "model_attributes_type", "dict_type"):
        rule = "must be a mapping of keys to values"
    else:
        rule = error["msg"].replace("Input should", "must").replace("should", "must")
    hint = suggest(str(error["input"]), _literals(model, error["loc"])) if error["type"] == "literal_error" else ""
    return f"`{place}`: {rule}, got {got}.{hint}" if place else f"the file {rule}, got {got}.{hint}"


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that an annotation such as `list[Kpi] | None` holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _annotation(model: type[BaseModel], location: Location) -> Any:
    """Return the annotation of the place in a file that a location leads to."""
    annotation: Any = model
    for part in location:
        values = _within(annotation, dict)
        if values:
            annotation = values[0][1]  # any key: the annotation of the values
            continue
        for candidate in _models(annotation):
            fields = {field.alias or name: field for name, field in candidate.model_fields.items()}
            if part in fields:
                annotation = fields[str(part)].annotation
    return annotation


def _within(annotation: Any, kind: object) -> list[tuple[Any, ...]]:
    """Return the arguments of `kind[...]` wherever it stands in an annotation such as `kind[...] | None`."""
    if get_origin(annotation) is kind:
        return [get_args(annotation)]
    return [found for inner in get_args(annotation) for found in _within(inner, kind)]


def _keys(model: type[BaseModel], parents: Location) -> list[str]:
    models = _models(_annotation(model, parents))
    return [field.alias or key for inner in models for key, field in inner.model_fields.items()]


def _literals(model: type[BaseModel], location: Location) -> list[str]:
    return [str(value) for values in _within(_annotation(model, location), Literal) for value in values]


def _line(root: yaml.Node | None, location: Location) -> int:
    """Return the line of the deepest node that the location reaches."""
    node, line = root, 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            pairs = {str(key.value): (key, value) for key, value in node.value}
            if str(part) in pairs:
                key, node = pairs[str(part)]
                line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def _doubles(root: yaml.Node | None) -> Iterator[tuple[int, str]]:
    """Yield line and name of every key that stands twice in one mapping."""
    waiting, visited = [root], set()
    while waiting:
        node = waiting.pop()
        # A node that is named and used again is one node: it is looked at once.
        if node is None or id(node) in visited:
            continue
        visited.add(id(node))
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                waiting.append(value)
                if isinstance(key, yaml.ScalarNode):
                    if key.value in seen:
                        yield key.start_mark.line + 1, key.value
                    seen.add(key.value)
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
