"""Reads a source in every way that there is and holds the answers to one another."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from segment_lib.engine import open_connection
from segment_lib.loading.sources import ReadOptions, SourceFile, inspect_source, preview_source, read_source
from segment_lib.loading.sources.staging import stage_rows
from segment_lib.loading.sources.text import parse_text

Row = tuple[str | None, ...]
Ragged = tuple[int, str, str]


class Answer(NamedTuple):
    """What a source holds: its rows and their numbers, the lines that are none, and whether the fast way sufficed."""

    file: SourceFile
    rows: list[Row]
    numbers: list[int]
    ragged: list[Ragged]
    fast: bool


ReadFile = Callable[..., Answer]


def answer_of(file: SourceFile, folder: Path) -> Answer:
    """Read fast, exactly, and line by line; the answers must be the same wherever there is one."""
    cells = ", ".join(f"c{i}" for i in range(len(file.columns)))
    answers: list[Answer] = []
    with open_connection() as connection:
        for exact in (False, True):
            rows = read_source(connection, file, name="source", folder=folder, exact=exact)
            number = "row_number" if rows.numbered else "row_number() over () as row_number"
            try:
                found = connection.sql(f"select {number}, {cells} from {rows.scan} order by row_number").fetchall()
            except duckdb.Error:
                assert not exact
                continue
            ragged = connection.sql("from source_ragged order by row_number").fetchall()
            assert rows.ragged == len(ragged)
            answers.append(
                Answer(file, [row[1:] for row in found], [row[0] for row in found], ragged, not rows.numbered)
            )
        if file.kind == "csv":
            connection.execute("delete from source_ragged")
            staged = stage_rows(connection, parse_text(file), width=len(file.columns), name="source", folder=folder)
            found = connection.sql(f"select row_number, {cells} from {staged.scan} order by row_number").fetchall()
            ragged = connection.sql("from source_ragged order by row_number").fetchall()
            answers.append(Answer(file, [row[1:] for row in found], [row[0] for row in found], ragged, False))
    assert all(one[:4] == answers[-1][:4] for one in answers)
    table = preview_source(file, rows=3)
    assert table.column_names == list(file.columns)
    assert [tuple(row) for row in zip(*(column.to_pylist() for column in table.columns), strict=True)] == (
        answers[-1].rows[:3]
    )
    return answers[0]


@pytest.fixture
def read(tmp_path: Path) -> ReadFile:
    """A function that writes bytes to a file, reads it in every way, and returns what it holds."""

    def read_file(
        data: str | bytes, name: str = "orders.csv", *, needed: tuple[str, ...] = (), **how: object
    ) -> Answer:
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return answer_of(inspect_source(path, ReadOptions(**how), needed=needed), tmp_path)  # type: ignore[arg-type]

    return read_file
