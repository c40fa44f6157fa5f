"""Parameters of notebooks: what the cells tagged `parameters` declare, and values held against it."""

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segment_lib.errors import InvalidFile, InvalidOption, NotFound, list_faults, list_names, suggest

# What the runner itself gives to every notebook that asks for it.
GIVEN = ("workspace", "as_of")
_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "list": (list, tuple),
    "dict": (dict,),
    "None": (type(None),),
}
_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True)
class Parameter:
    """One line of a cell tagged `parameters`; `types` is empty where the line does not tell."""

    name: str
    types: tuple[str, ...]

    def __str__(self) -> str:
        """Return name and type as they are written in Python."""
        return f"{self.name}: {' | '.join(self.types) or 'any'}"


def read_parameters(notebook: Path) -> dict[str, Parameter]:
    """Return what a notebook's cell tagged `parameters` declares.

    Parameters
    ----------
    notebook : path of an .ipynb file.

    Returns
    -------
    dict
        Name to parameter, with the annotated type or that of the default.

    Raises
    ------
    NotFound
        The file is not there.
    InvalidFile
        The file is no notebook, or the cell no Python.
    """
    found: dict[str, Parameter] = {}
    for cell in read_cells(notebook):
        if cell.get("cell_type") == "code" and "parameters" in cell.get("metadata", {}).get("tags", []):
            for parameter in _declared(_parse(cell, notebook)):
                found[parameter.name] = parameter
    return found


def imported_modules(notebook: Path) -> tuple[str, ...]:
    """Return the modules that a notebook's cells import by plain statements, in order.

    Parameters
    ----------
    notebook : path of an .ipynb file.

    Returns
    -------
    tuple of str
    """
    modules: dict[str, None] = {}
    for cell in read_cells(notebook):
        if cell.get("cell_type") != "code":
            continue
        try:
            tree = ast.parse("".join(cell["source"]))
        except SyntaxError:
            continue  # magics; the notebook's own run deals with them
        for node in tree.body:
            if isinstance(node, ast.Import):
                modules |= dict.fromkeys(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules[node.module] = None
    return tuple(modules)


def check_parameters(given: Mapping[str, Any], notebooks: Sequence[Path]) -> None:
    """Check names and types of parameters before any notebook runs.

    Parameters
    ----------
    given : name to value.
    notebooks : the notebooks that will run; a parameter must be declared by one of them at least.

    Raises
    ------
    InvalidOption
        A name that no notebook declares, a type that does not fit, or a value that JSON cannot hold; all of them.
    """
    declared = _declared_by_name(notebooks)
    faults = []
    for name, value in given.items():
        if name in GIVEN:
            faults.append(f"`{name}` is given by the run itself and can't be a further parameter.")
        elif name not in declared:
            known = [other for other in declared if other not in GIVEN]
            faults.append(
                f"can't find the parameter `{name}` in the notebooks. "
                f"Parameters: {list_names(sorted(known)) or 'none'}.{suggest(name, known)}"
            )
        else:
            misfits = [parameter for parameter in declared[name] if not _fits(value, parameter)]
            faults += [f"`{name}` must be {' or '.join(p.types)}, got {value!r}." for p in misfits[:1]]
    if faults:
        raise InvalidOption(list_faults(faults))


def read_parameter(text: str, *, notebooks: Sequence[Path]) -> tuple[str, Any]:
    """Return name and value of a parameter that was written as `name=value`.

    Parameters
    ----------
    text : the value is read as the type that the notebooks declare, so that `01067` stays a text where text is wanted.
    notebooks : the notebooks that will run.

    Returns
    -------
    tuple of str and object

    Raises
    ------
    InvalidOption
        There is no `=`, no notebook declares the name, or the text cannot be read as its type.
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidOption(f"a parameter must look like name=value, got {text!r}.")
    parameters = _declared_by_name(notebooks).get(name)
    if not parameters:
        check_parameters({name: value}, notebooks)
        return name, value
    for kind in parameters[0].types or ("str",):
        try:
            return name, _read(value, kind)
        except (ValueError, KeyError):
            continue
    raise InvalidOption(f"`{name}` must be {' or '.join(parameters[0].types)}, got {value!r}.")


def _read(text: str, kind: str) -> Any:
    if kind == "bool":
        return _TRUTHS[text.lower()]
    if kind == "None":
        return {"": None, "none": None, "null": None}[text.lower()]
    if kind in {"list", "dict"}:
        value = json.loads(text)
        if not isinstance(value, _TYPES[kind]):
            raise ValueError(text)
        return value
    return {"int": int, "float": float}.get(kind, str)(text)


def _fits(value: Any, parameter: Parameter) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    if not parameter.types:
        return True
    if isinstance(value, bool):
        return "bool" in parameter.types
    return any(isinstance(value, _TYPES.get(kind, (object,))) for kind in parameter.types)


def _declared_by_name(notebooks: Sequence[Path]) -> dict[str, list[Parameter]]:
    found: dict[str, list[Parameter]] = {}
    for notebook in notebooks:
        for name, parameter in read_parameters(notebook).items():
            found.setdefault(name, []).append(parameter)
    return found


def _declared(tree: ast.Module) -> Iterator[Parameter]:
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield Parameter(node.target.id, tuple(_kinds(node.annotation)))
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                kind = type(ast.literal_eval(node.value)).__name__
            except ValueError:
                kind = ""
            yield Parameter(node.targets[0].id, (kind,) if kind in _TYPES else ())


def _kinds(annotation: ast.expr) -> Iterator[str]:
    """Yield the types of an annotation such as `list[str] | None`, without what is in brackets."""
    if isinstance(annotation, ast.BinOp):
        yield from _kinds(annotation.left)
        yield from _kinds(annotation.right)
    else:
        yield ast.unparse(annotation).partition("[")[0]


def _parse(cell: dict[str, Any], notebook: Path) -> ast.Module:
    try:
        return ast.parse("".join(cell["source"]))
    except SyntaxError as error:
        raise InvalidFile(f"{notebook.name}: the cell tagged `parameters` must be Python: {error.msg}.") from None


def read_cells(notebook: Path) -> list[dict[str, Any]]:
    """Return a notebook's cells as the file has them.

    Parameters
    ----------
    notebook : path of an .ipynb file.

    Returns
    -------
    list of dict

    Raises
    ------
    NotFound
        The file is not there.
    InvalidFile
        The file is no notebook.
    """
    # Read as plain JSON: nbformat takes two seconds to import, and a wrong parameter should be told at once.
    try:
        return list(json.loads(notebook.read_text(encoding="utf-8"))["cells"])
    except FileNotFoundError:
        raise NotFound(f"can't find the notebook {notebook.name} in {notebook.parent}.") from None
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidFile(f"{notebook.name} must be a notebook of format 4, got {error!r}.") from None
