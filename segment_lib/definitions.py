"""Definition files: YAML read safely, checked by Pydantic, every fault at once with file and line."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from segment_lib.errors import InvalidDefinition, NotFound, list_names, suggest

Location = Sequence[int | str]


class Definition(BaseModel):
    """The base of every definition: frozen, and an unknown key is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=BaseModel)


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
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        doubled = (
            [] if root is None else [f"{path.name}:{line}: key `{key}` stands twice." for key, line in _doubles(root)]
        )
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
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
    got = error["input"] if not isinstance(error["input"], dict | list) else type(error["input"]).__name__
    hint = ""
    if error["type"] == "literal_error":
        hint = suggest(str(got), _literals(model, error["loc"]))
    return f"`{place}`: {error['msg'].replace('Input should', 'must')}, got {got!r}.{hint}"


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that an annotation such as `list[Kpi] | None` holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _annotation(model: type[BaseModel], location: Location) -> Any:
    annotation: Any = model
    for part in location:
        found = None
        for candidate in _models(annotation):
            if isinstance(part, str) and part in candidate.model_fields:
                found = candidate.model_fields[part].annotation
        annotation = found if found is not None else annotation
    return annotation


def _keys(model: type[BaseModel], parents: Location) -> list[str]:
    return [key for inner in _models(_annotation(model, parents)) for key in inner.model_fields]


def _literals(model: type[BaseModel], location: Location) -> list[str]:
    waiting, found = [_annotation(model, location)], []
    while waiting:
        annotation = waiting.pop()
        if get_origin(annotation) is Literal:
            found += [str(value) for value in get_args(annotation)]
        elif get_origin(annotation) is Union or get_args(annotation):
            waiting += get_args(annotation)
    return found


def _line(root: yaml.Node | None, location: Location) -> int:
    """Return the line of the deepest node that the location reaches."""
    node, line = root, 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            pairs = {key.value: (key, value) for key, value in node.value}
            if str(part) in pairs:
                key, node = pairs[str(part)]
                line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def _doubles(node: yaml.Node) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.value, key.start_mark.line + 1
            seen.add(key.value)
            yield from _doubles(value)
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from _doubles(child)
