"""A workspace: one business's folder with its definitions, raw files and tables."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from pydantic import Field, field_validator

from segment_lib.asof import AsOf
from segment_lib.definitions import Definition, Model, definition_hash, lines_of, load_definition
from segment_lib.engine import EngineOptions, StoredTable
from segment_lib.errors import NotFound
from segment_lib.scaffold import TEMPLATES
from segment_lib.storage import Store
from segment_lib.vocabulary import TABLES

# deltalake turns paths into addresses and fails on these.
UNSTORABLE = re.compile(r"[\[\]|^\\]|%[0-9A-Fa-f]{2}")


class Settings(Definition):
    """The file workspace.yml."""

    name: str = Field(min_length=1)
    time_zone: str = "UTC"
    currency: str = Field(default="EUR", pattern="^[A-Z]{3}$")
    country: str = Field(default="", pattern="^([A-Z]{2})?$")
    smallest_group: int = Field(default=5, ge=1)
    memory_limit: str = Field(default="", pattern=r"^(\d+(\.\d+)?\s*[KMGT]i?B)?$")
    threads: int = Field(default=0, ge=0)

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"must be a zone's name such as Europe/Madrid, got {zone!r}.") from None
        return zone


@dataclass(frozen=True)
class Workspace:
    """One business's folder. Knows folders, versions and locks, and nothing about segments."""

    folder: Path

    def __repr__(self) -> str:
        """Return what an analyst wants to see first: the tables and their sizes."""
        lines = [f"Workspace {self.settings.name!r} in {self.folder.name}/, {self.settings.time_zone}"]
        for name in TABLES:
            if self.tables.exists(name):
                stored = self.table(name)
                lines.append(f"  {name:<21}{stored.num_rows:>10,} rows, version {stored.version}")
        return "\n".join(lines if len(lines) > 1 else [*lines, "  nothing imported yet"])

    @cached_property
    def settings(self) -> Settings:
        """What workspace.yml says."""
        return self.definition("workspace", Settings)

    @property
    def name(self) -> str:
        """The folder's name, by which reports are filed."""
        return self.folder.name

    @property
    def engine_options(self) -> EngineOptions:
        """How much of the machine a query may use here."""
        return EngineOptions(memory_limit=self.settings.memory_limit, threads=self.settings.threads)

    def as_of(self, day: object) -> AsOf:
        """Return a day in the workspace's time zone."""
        return AsOf.of(day, zone=self.settings.time_zone)  # type: ignore[arg-type]

    def definition(self, name: str, model: type[Model], *, context: dict[str, Any] | None = None) -> Model:
        """Return a definition file, checked; `context` reaches the model's validators."""
        return load_definition(self.folder / "definitions" / f"{name}.yml", model, context=context)

    def places(self, name: str, key: str) -> list[str]:
        """Return where each entry of a definition file's list stands, such as `segments.yml:12`, for messages."""
        return (
            [f"{name}.yml:{line}" for line in lines_of(self.folder / "definitions" / f"{name}.yml", key)]
            if self.has_definition(name)
            else []
        )

    def has_definition(self, name: str) -> bool:
        """Tell whether a definition file is there."""
        return (self.folder / "definitions" / f"{name}.yml").is_file()

    @property
    def tables(self) -> Store:
        """Where the tables are kept."""
        return Store(self.folder / "tables")

    def table(self, name: str, *, version: int | None = None) -> StoredTable:
        """Return a table as it stands now, or at an earlier version; empty if never written.

        Parameters
        ----------
        name : one of `segment_lib.vocabulary.TABLES`.
        version : version of the table, as shown in the report's provenance.

        Returns
        -------
        StoredTable

        Raises
        ------
        NotFound
            The version does not exist.
        """
        return self.tables.table(name, version=version)

    def replace(self, name: str, rows: pa.Table, *, where: str | None = None) -> None:
        """Replace a table, or those of its rows that meet a condition, in one atomic commit.

        Parameters
        ----------
        name : the table.
        rows : what stands there afterwards; with `where`, every row must meet it.
        where : SQL condition on the table's columns; all rows, and the columns' types, where not given.
        """
        self.tables.replace(name, rows, where=where)

    def append(self, name: str, rows: pa.Table) -> None:
        """Add rows to a table in one atomic commit; columns it does not have yet are added."""
        self.tables.append(name, rows)

    def provenance(self) -> dict[str, object]:
        """Return what a report was computed from: table versions, hashes of the definition files.

        Returns
        -------
        dict
            `tables` (name to version and rows), `definitions` (file to hash), `smallest_group`.
        """
        stored = [self.table(name) for name in TABLES if self.tables.exists(name)]
        files = sorted((self.folder / "definitions").glob("*.yml"))
        return {
            "tables": {table.name: {"version": table.version, "rows": table.num_rows} for table in stored},
            "definitions": {file.name: definition_hash(file.read_text(encoding="utf-8")) for file in files},
            "smallest_group": self.settings.smallest_group,
        }

    @contextmanager
    def locked(self, purpose: str, *, seconds: float = 600) -> Iterator[None]:
        """Hold the workspace for a purpose, so that two processes do not do it at once.

        Parameters
        ----------
        purpose : what for, such as `import`; different purposes do not wait for one another.
        seconds : how long to wait for whoever holds it.

        Yields
        ------
        None

        Raises
        ------
        Busy
            Another process holds it for longer than that.
        """
        with self.tables.locked(purpose, seconds=seconds):
            yield


def open_workspace(folder: str | Path) -> Workspace:
    """Open a workspace by its folder.

    Parameters
    ----------
    folder : such as `data/sample_shop`. A relative path is looked for in the working directory and then in the
        folders above it, so that a notebook finds it wherever it is started from.

    Returns
    -------
    Workspace

    Raises
    ------
    NotFound
        There is no such folder, it has no definitions/workspace.yml, or tables cannot be stored under its path.
    InvalidDefinition
        workspace.yml has faults.
    """
    asked = Path(folder)
    bases = [Path()] if asked.is_absolute() else [Path.cwd(), *Path.cwd().parents]
    for base in bases:
        candidate = (base / asked).resolve()
        if (candidate / "definitions" / "workspace.yml").is_file():
            if UNSTORABLE.search(candidate.as_posix()):
                raise NotFound(
                    f"a workspace's path must not hold any of [ ] | ^ \\ or a code such as %20, got {candidate}."
                )
            workspace = Workspace(candidate)
            _ = workspace.settings  # a fault in workspace.yml is told here, not by the first query
            return workspace
    raise NotFound(
        f"can't find the workspace {str(folder)!r}: there must be a file {asked / 'definitions' / 'workspace.yml'}. "
        f"`segment-lib new {asked}` makes a new workspace."
    )


def new_workspace(folder: str | Path) -> Workspace:
    """Make a workspace that an analyst can fill in: commented definitions and a folder for raw files.

    Parameters
    ----------
    folder : where; a bare name such as `my_shop` goes into `data/`.

    Returns
    -------
    Workspace

    Raises
    ------
    NotFound
        The folder is already there and not empty.
    """
    path = Path("data", folder) if len(Path(folder).parts) == 1 else Path(folder)
    if not re.fullmatch(r"[\w][\w.-]*", path.name):
        raise NotFound(f"a workspace's name must be made of letters, digits, `_`, `-` and `.`, got {path.name!r}.")
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise NotFound(f"{path} is already there; choose another name or remove it.")
    for file, text in TEMPLATES.items():
        target = path / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.replace("@NAME@", path.name.replace("_", " ").capitalize()), encoding="utf-8")
    (path / "raw").mkdir(exist_ok=True)
    return open_workspace(path.resolve())
