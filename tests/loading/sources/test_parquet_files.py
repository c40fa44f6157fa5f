"""Parquet: typed cells become text like everything else."""

import gzip
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segment_lib.errors import InvalidFile, MissingColumns

ReadFile = Callable[..., Any]


def written(table: pa.Table) -> bytes:
    target = io.BytesIO()
    pq.write_table(table, target)
    return target.getvalue()


def test_cells_become_text(read: ReadFile) -> None:
    instant = datetime(2026, 10, 31, 12, 30, tzinfo=UTC)
    table = pa.table(
        {
            "Row_Number": pa.array([7, None], pa.int64()),
            "at": pa.array([instant, None], pa.timestamp("us", tz="UTC")),
            "there": pa.array([instant.astimezone(timezone(timedelta(hours=2))), None], pa.timestamp("ms", "+02:00")),
            "local": pa.array([instant.replace(tzinfo=None), None], pa.timestamp("ns")),
            "day": pa.array([date(2026, 10, 31), None]),
            "amount": pa.array([19.99, 17850.0]),
            "money": pa.array([Decimal("2.50"), None]),
            "yes": pa.array([True, None]),
            "tags": pa.array([["a", "b"], []]),
            "address": pa.array([{"city": "Rome"}, None]),
            "bytes": pa.array(["Köln".encode(), b"\xff\x00"]),
            "text": pa.array(["", " x "]),
        }
    )
    answer = read(written(table), "orders[1].parquet", needed=("Row_Number", "at"))
    assert answer.ragged == []
    assert answer.rows == [
        ("7", "2026-10-31 12:30:00Z", "2026-10-31 12:30:00Z", "2026-10-31 12:30:00", "2026-10-31", "19.99", "2.50",
         "true", "a;b", '{"city":"Rome"}', "Köln", None),
        (None, None, None, None, None, "17850.0", None, None, None, None, "ff00", " x "),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["file_row_number", "c0", "x"])
def test_column_may_have_any_name(read: ReadFile, name: str) -> None:
    answer = read(written(pa.table({name: [["a"], ["b"]], " y ": [1, 2]})), "a.parquet")
    assert (answer.file.columns, answer.rows, answer.numbers) == ((name, "y"), [("a", "1"), ("b", "2")], [1, 2])


def test_packed_parquet_is_read(read: ReadFile) -> None:
    answer = read(gzip.compress(written(pa.table({"a": [1]}))), "a.parquet.gz")
    assert (answer.file.kind, answer.rows) == ("parquet", [("1",)])


def test_missing_column_is_named(read: ReadFile) -> None:
    with pytest.raises(MissingColumns, match=r"can't find column `amount` in a\.parquet.* Did you mean `amont`\?"):
        read(written(pa.table({"amont": [1]})), "a.parquet", needed=("amount",))


def test_column_that_is_named_twice_is_refused(read: ReadFile) -> None:
    with pytest.raises(InvalidFile, match="must begin with a header, got one that names"):
        read(written(pa.table([[1], [2]], names=["a", "A "])), "a.parquet")


def test_file_that_breaks_off_is_refused(read: ReadFile) -> None:
    with pytest.raises(InvalidFile, match=r"a\.parquet can't be read: "):
        read(written(pa.table({"a": [1]}))[:-9], "a.parquet")
