"""Where tables are kept: Delta tables in one folder, several of them changed in one step or not at all."""

import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa
from deltalake import DeltaTable, Schema, write_deltalake
from deltalake.exceptions import TableNotFoundError
from deltalake.transaction import AddAction, PostCommitHookProperties, RemoveAction, create_table_with_add_actions
from filelock import FileLock, Timeout

from segment_lib.delta_files import (
    add_checkpoint,
    check_cast,
    forget_commits,
    names_sql,
    or_nothing_sql,
    other_columns,
    retried,
    rows_sql,
    typed_sql,
    write_file,
)
from segment_lib.engine import StoredTable
from segment_lib.errors import NotFound, SegmentLibError
from segment_lib.vocabulary import TABLES, Column, arrow_schema

# A table of very many files is slow to open: beyond this number the small ones are written as one.
MOST_FILES, SMALL_FILE = 100, 8_000_000
# The stores whose transaction the running code is in.
_INSIDE: ContextVar[frozenset[Path]] = ContextVar("inside", default=frozenset())


class Busy(SegmentLibError, TimeoutError):
    """Another process holds the workspace for longer than we wait."""


# A checkpoint within a transaction would outlive it, and tidying the log would take away what it has to go back to.
NO_TIDYING = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)


@dataclass(frozen=True)
class Store:
    """The tables of one workspace.

    A transaction notes the versions of all tables in the file `.transaction.json` and removes it at its end. While the
    note is there, readers see those versions; whoever writes next and finds the note of a process that died restores
    them first.
    """

    folder: Path

    def exists(self, name: str) -> bool:
        """Tell whether a table has been written."""
        return (self._path(name) / "_delta_log").is_dir()

    def table(self, name: str, *, version: int | None = None) -> StoredTable:
        """Return a table as it stands now, or at an earlier version; empty if never written.

        Parameters
        ----------
        name : one of `segment_lib.vocabulary.TABLES`.
        version : version of the table.

        Returns
        -------
        StoredTable

        Raises
        ------
        NotFound
            There is no table of this name, or not this version.
        """
        path = self._path(name)
        if version is None and self.folder not in _INSIDE.get() and (note := self._note()) is not None:
            version = note.get(name, -1)
            if version < 0:
                return StoredTable(name, (), arrow_schema(TABLES[name]))
        try:
            delta = DeltaTable(path, version=version)
        except TableNotFoundError:
            if version is not None:
                raise NotFound(f"can't find version {version} of the table {name}.") from None
            return StoredTable(name, (), arrow_schema(TABLES[name]))
        except Exception as error:
            if version is None:
                raise
            raise NotFound(f"can't find version {version} of the table {name}.") from error
        schema = pa.schema(delta.schema().to_arrow())
        # Addresses come percent-encoded; without partitions every file lies in the table's own folder.
        files = (str(path / uri.rsplit("/", 1)[-1]) for uri in delta.file_uris())
        return StoredTable(name, tuple(files), schema, delta.version())

    def replace(self, name: str, rows: pa.Table, *, where: str | None = None) -> None:
        """Replace a table, or those of its rows that meet a condition, in one atomic commit."""
        path = self._path(name)
        with self._writing():
            predicate = where if self.exists(name) else None
            mode: Literal["merge", "overwrite"] = "merge" if predicate else "overwrite"
            retried(lambda: _write(path, rows, mode="overwrite", predicate=predicate, schema_mode=mode))

    def append(self, name: str, rows: pa.Table) -> None:
        """Add rows to a table in one atomic commit; columns it does not have yet are added."""
        path = self._path(name)
        if rows.num_rows:
            with self._writing():
                retried(lambda: _write(path, rows, mode="append", schema_mode="merge"))

    def rewrite(
        self,
        connection: duckdb.DuckDBPyConnection,
        name: str,
        columns: Sequence[Column],
        *,
        gone: str = "",
        fresh: str = "",
    ) -> None:
        """Take rows out of a table and bring others in, in one atomic commit and without holding them in memory.

        Parameters
        ----------
        connection : knows the tables that `gone` and `fresh` speak of.
        name : the table.
        columns : those that it has afterwards; what older rows lack is null, a column of another type is cast.
        gone : SQL condition on the table's columns; the rows that meet it leave.
        fresh : query of the rows that come, with some or all of `columns`.
        """
        path = self._path(name)
        with self._writing():
            stored = self.table(name)
            # A field that was taken out of the definitions may come back: its values stay.
            columns = [*columns, *other_columns(stored.schema, columns)]
            schema = arrow_schema(tuple(columns))
            changed = any(f.name in stored.schema.names and stored.schema.field(f.name).type != f.type for f in schema)
            if changed:
                check_cast(connection, stored, columns, gone)
            old = stored.files if changed else self._files_to_rewrite(connection, stored, columns, gone)
            parts, kept = [], f"not coalesce(({gone}), false)" if gone else "true"
            if old:
                parts.append(f"select {names_sql(columns)} from {rows_sql(old, stored, columns)} where {kept}")
            if fresh:
                parts.append(f"select {typed_sql(columns)} from (select * from ({fresh}) {or_nothing_sql(columns)})")
            query = " union all ".join(parts)
            if changed:
                rows = connection.sql(query).to_arrow_reader()
                retried(lambda: _write(path, rows, mode="overwrite", schema_mode="overwrite"))
            elif parts:
                path.mkdir(parents=True, exist_ok=True)
                added = [write_file(connection, query, path)]
                self._commit_files(name, schema, [file for file in added if file], old)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Change several tables as one: all that is written inside is there afterwards, or none of it.

        Yields
        ------
        None

        Raises
        ------
        Busy
            Another process has been writing for ten minutes.
        """
        if self.folder in _INSIDE.get():
            yield
            return
        with self._writing():
            note = self.folder / ".transaction.json"
            versions = {name: DeltaTable(self._path(name)).version() for name in TABLES if self.exists(name)}
            beside = note.with_suffix(".new")
            with beside.open("w", encoding="utf-8") as file:
                file.write(json.dumps(versions))
                file.flush()
                os.fsync(file.fileno())
            beside.replace(note)
            token = _INSIDE.set(_INSIDE.get() | {self.folder})
            try:
                yield
                note.unlink()
            except BaseException:
                self._restore()
                raise
            finally:
                _INSIDE.reset(token)

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
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.folder / f".{purpose}.lock", timeout=seconds)
        try:
            lock.acquire()
        except Timeout:
            name = self.folder.parent.name
            raise Busy(f"another {purpose} of {name} has been running for over {seconds:g} seconds.") from None
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Be the only writer, of tables that no dead process has left half-way."""
        if self.folder in _INSIDE.get():
            yield
            return
        with self.locked("tables"):
            self._restore()
            yield
            if self._note() is None:
                for name in TABLES:
                    add_checkpoint(self._path(name))

    def _note(self) -> dict[str, int] | None:
        try:
            noted: dict[str, int] = json.loads((self.folder / ".transaction.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return noted

    def _restore(self) -> None:
        """Take back what a transaction has written that did not come to its end."""
        note = self._note()
        if note is None:
            return
        for name in TABLES:
            if name not in note and self.exists(name):
                shutil.rmtree(self._path(name))
            elif name in note:
                forget_commits(self._path(name), after=note[name])
        (self.folder / ".transaction.json").unlink()

    def _files_to_rewrite(
        self, connection: duckdb.DuckDBPyConnection, stored: StoredTable, columns: Sequence[Column], gone: str
    ) -> tuple[str, ...]:
        hit: set[str] = set()
        if gone and stored.files:
            query = f"select distinct _file from {rows_sql(stored.files, stored, columns)} where {gone}"
            names = {Path(row[0]).name for row in connection.sql(query).fetchall()}
            hit = {file for file in stored.files if Path(file).name in names}
        if len(stored.files) > MOST_FILES:
            hit |= {file for file in stored.files if Path(file).stat().st_size < SMALL_FILE}
        return tuple(file for file in stored.files if file in hit)

    def _commit_files(self, name: str, schema: pa.Schema, added: list[AddAction], old: Sequence[str]) -> None:
        path = self._path(name)
        if not self.exists(name):
            create_table_with_add_actions(str(path), Schema.from_arrow(schema), added)
            return
        now = int(time.time() * 1000)
        removed = [RemoveAction(Path(file).name, True, now) for file in old]
        if not set(schema.names) <= set(self.table(name).schema.names):
            # A write transaction leaves the schema as it is.
            _write(path, schema.empty_table(), mode="append", schema_mode="merge")
        if added or removed:
            delta = DeltaTable(path)
            retried(
                lambda: delta.create_write_transaction(
                    [*added, *removed], "append", Schema.from_arrow(schema), post_commithook_properties=NO_TIDYING
                )
            )

    def _path(self, name: str) -> Path:
        if name not in TABLES:
            raise NotFound(f"can't find a table called {name!r}. Tables: {', '.join(TABLES)}.")
        return self.folder / name


def _write(path: Path, rows: Any, **options: Any) -> None:
    write_deltalake(path, rows, post_commithook_properties=NO_TIDYING, **options)
