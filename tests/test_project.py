"""The project's files hold one another to the truth: dependencies, lock, environment, documents, notebooks."""

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
import yaml
from numpydoc.validate import validate
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import segment_lib

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
LOCK = "".join((ROOT / f"{name}.lock").read_text(encoding="utf-8") for name in ("requirements", "requirements-spark"))
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))

REQUIREMENTS = [
    Requirement(line)
    for group in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    for line in group
]
# The Pythons that the project is tried on.
PYTHONS = ("3.11", "3.12", "3.13")

MODULES = sorted((ROOT / "segment_lib").rglob("*.py"))
NOTEBOOKS = sorted(path for path in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
# Where the name that is imported is not the name that is installed.
DISTRIBUTIONS = {"sklearn": "scikit-learn", "yaml": "pyyaml"}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def project_files() -> list[Path]:
    """The files that belong to the project: git's, or every text file where the folder came without git."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0 and listed.stdout:
        return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    endings = {".py", ".toml", ".yml", ".yaml", ".md", ".lock", ".ipynb", ".txt", ".cfg", ""}
    skipped = {".venv", ".git", "reports", "tables", "node_modules"}
    return [
        path
        for path in ROOT.rglob("*")
        if path.is_file() and path.suffix in endings and not skipped & set(path.relative_to(ROOT).parts)
    ]


def lock_entries() -> Iterator[tuple[Requirement, int]]:
    """Each pinned package with the number of its hashes."""
    for entry in re.split(r"\n(?=[A-Za-z0-9])", LOCK):
        if not entry.startswith("#"):
            yield Requirement(entry.splitlines()[0].removesuffix("\\")), entry.count("--hash=sha256:")


def pinned_versions(name: str, python: str) -> list[Version]:
    """The versions that the lock installs of a package under one Python, on Linux."""
    system = {
        "python_version": python,
        "python_full_version": f"{python}.20",
        "sys_platform": "linux",
        "os_name": "posix",
    }
    return [
        Version(next(iter(pin.specifier)).version)
        for pin, _ in lock_entries()
        if canonicalize_name(pin.name) == canonicalize_name(name)
        and (pin.marker is None or pin.marker.evaluate(system))
    ]


def imported_names(path: Path) -> Iterator[tuple[str, int]]:
    """Every absolute module name that a file imports, with its line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module, node.lineno


# Dependencies


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)
def test_lock_pins_one_version_that_satisfies_pyproject(requirement: Requirement, python: str) -> None:
    pinned = pinned_versions(requirement.name, python)
    assert len(pinned) == 1, f"{requirement.name}: run `make lock`"
    assert pinned[0] in requirement.specifier, f"{requirement} but the lock has {pinned[0]}: run `make lock`"


def test_every_pin_is_exact_and_has_a_hash() -> None:
    entries = list(lock_entries())
    assert len(entries) >= len(REQUIREMENTS)
    for pin, hashes in entries:
        assert [part.operator for part in pin.specifier] == ["=="], pin
        assert pin.url is None, pin
        assert hashes >= 1, pin


def test_lock_pins_the_build_backend() -> None:
    (backend,) = (Requirement(line) for line in PYPROJECT["build-system"]["requires"])
    assert pinned_versions(backend.name, "3.11")


def test_lock_names_no_host() -> None:
    assert not re.findall(r"\S+://\S+|^\s*-\S.*index.*$|^--(?!hash).*$", LOCK, flags=re.MULTILINE)


def test_no_file_tells_pip_or_uv_where_to_download() -> None:
    option = re.compile(
        r"(?:--(?:extra-|default-)?index(?:-url)?|--find-links|(?:PIP|UV)_\w*INDEX\w*|(?:extra-)?index[-_]url)"
        r"[\s=:\"']+\w+://|--trusted-host[\s=]+\w",
        flags=re.IGNORECASE,
    )
    files = project_files()
    assert ROOT / "requirements.lock" in files
    told = [
        relative(path)
        for path in files
        if path.suffix not in {".parquet", ".xlsx", ".png"}
        and option.search(path.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert told == []


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_module_imports_only_declared_dependencies(path: Path) -> None:
    declared = {canonicalize_name(requirement.name) for requirement in REQUIREMENTS}
    for name, line in imported_names(path):
        package = name.partition(".")[0]
        if package not in sys.stdlib_module_names and package != "segment_lib":
            wanted = canonicalize_name(DISTRIBUTIONS.get(package, package))
            assert wanted in declared, f"{relative(path)}:{line} imports {package}, which pyproject.toml does not name"


# environment.yml. A conda solve needs conda; what the file says is compared here, and pip's part is what the lock says.


def test_environment_takes_python_and_pip_from_conda_forge_alone() -> None:
    assert ENVIRONMENT["channels"] == ["conda-forge", "nodefaults"]
    names = [re.split(r"[=<> ]", entry)[0] for entry in ENVIRONMENT["dependencies"] if isinstance(entry, str)]
    assert names == ["python", "pip"]


def test_environment_python_is_one_that_the_project_supports() -> None:
    (python,) = (entry for entry in ENVIRONMENT["dependencies"] if str(entry).startswith("python="))
    version = python.partition("=")[2]
    assert version in PYTHONS
    assert Version(version) in SpecifierSet(PROJECT["requires-python"])


def test_environment_installs_the_lock_and_says_how_to_add_the_package() -> None:
    (pip,) = (entry["pip"] for entry in ENVIRONMENT["dependencies"] if isinstance(entry, dict))
    # Hashes in the lock make pip refuse whatever has none, `-e .` included: the package comes by one more command.
    assert pip == ["-r requirements.lock"]
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    assert "pip install --no-deps --no-build-isolation --editable ." in text


# Modules


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_module_is_short_enough_to_read(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_module_imports_submodules_never_the_whole_package(path: Path) -> None:
    # The package's __init__ re-exports every layer: importing from it would be a way around the contracts.
    whole = [line for name, line in imported_names(path) if name == "segment_lib"]
    assert whole == [], f"{relative(path)} imports segment_lib itself in lines {whole}"


def exported_functions() -> list[str]:
    """The functions among the package's public names."""
    return sorted(name for name in segment_lib.__all__ if inspect.isfunction(getattr(segment_lib, name)))


@pytest.mark.parametrize("name", exported_functions())
def test_exported_function_documents_parameters_and_returns(name: str) -> None:
    faults = dict(validate(f"segment_lib.{name}")["errors"])
    asked = {"PR01", "PR02", "PR03", "RT01", "YD01", "SS03", "SS06"}
    assert {code: text for code, text in faults.items() if code in asked} == {}


# Documents


def test_contributing_gives_a_reason_for_every_dependency() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| (.+?) \|$", text, re.MULTILINE)
    reasons = {canonicalize_name(name): reason for name, reason in rows}
    wanted = {canonicalize_name(requirement.name) for requirement in REQUIREMENTS}
    assert set(reasons) == wanted
    assert all(len(reason.split()) >= 3 for reason in reasons.values())


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "data/README.md"])
def test_document_names_only_make_targets_that_exist(document: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = (ROOT / document).read_text(encoding="utf-8")
    # In code only: "make sure" in prose is no target.
    code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`|^ {4}.*$", text, re.DOTALL | re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", code)) <= targets


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md"])
def test_document_links_to_files_that_exist(document: str) -> None:
    path = ROOT / document
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in local if not (path.parent / link).exists()] == []


def test_make_help_shows_every_target() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (phony,) = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    # `setup` is what the others begin with, `anew` is why it begins afresh.
    assert set(re.findall(r"^  make (\w+)", shown, re.MULTILINE)) == set(phony.split()) - {"setup", "anew"}


# Notebooks


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=relative)
def test_notebook_is_committed_without_outputs_for_kernel_python3(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in code_cells(path):
        assert cell.outputs == [], f"clear the outputs of: {cell.source[:60]}"
        assert cell.execution_count is None, f"clear the outputs of: {cell.source[:60]}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=relative)
def test_notebook_cells_are_short_and_leave_logic_to_the_library(path: Path) -> None:
    logic = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.For | ast.AsyncFor | ast.While
    for cell in code_cells(path):
        # Magics and shell commands are no Python.
        source = re.sub(r"^\s*[%!].*$", "", cell.source, flags=re.MULTILINE)
        found = [type(node).__name__ for node in ast.walk(ast.parse(source)) if isinstance(node, logic)]
        assert found == [], cell.source
        lines = [line for line in cell.source.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        assert len(lines) <= 8, cell.source


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    """A notebook's cells of code."""
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
