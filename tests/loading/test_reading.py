"""Files as they arrive: every row is read with its number, what is no row is kept, what cannot be read is refused."""

import csv
import gzip
import io
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segment_lib.engine import open_connection
from segment_lib.errors import InvalidFile, MissingColumns
from segment_lib.loading.reading import inspect_file, read_rows

Rows = list[tuple[int, dict[str, str | None]]]
Ragged = list[tuple[int, str, str]]
SHORT = "the line is no row: expected 2 cells, got 1"
LONG = "the line is no row: expected 2 cells, got 3"
QUOTE = "the line is no row: a quote is not closed, or text stands behind it"


def write(folder: Path, data: str | bytes, name: str = "orders.csv") -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def read(path: Path, *needed: str, delimiter: str = ",", encoding: str = "utf-8") -> tuple[Rows, Ragged]:
    file = inspect_file(path, list(needed), delimiter=delimiter, encoding=encoding)
    with open_connection() as connection:
        read_rows(connection, file, name="orders")
        rows = connection.sql("select row_number, cells from orders_raw order by row_number").fetchall()
        ragged = connection.sql("select row_number, line, reason from orders_ragged order by row_number").fetchall()
    assert all(tuple(cells) == file.columns for _, cells in rows)
    return rows, ragged


def plain(folder: Path, data: str | bytes, name: str = "orders.csv", **how: str) -> list[tuple[int, str | None, ...]]:
    """The rows of a file of columns a and b, none of whose lines is ragged."""
    rows, ragged = read(write(folder, data, name), **how)
    assert ragged == []
    return [(number, *cells.values()) for number, cells in rows]


# Files that are fine


@pytest.mark.parametrize(
    "data",
    [
        "a,b\n1,2\n3,4\n",
        "a,b\n1,2\n3,4",
        "a,b\r\n1,2\r\n3,4\r\n",
        "a,b\r1,2\r3,4\r",
        "a,b\r\n1,2\n3,4\r\n",
        "a,b\n1,2\r\n3,4\n",
        "\ufeffa,b\n1,2\n3,4\n",
        '\ufeff"a","b"\n"1","2"\n3,"4"\n',
        " a , b\n1,2\n3,4\n",
        'a,b\n1, "2"\n3,4\n',
        "a,b\n1,2,\n3,4,,\n",
        "a,b\n\n1,2\n\n\n3,4\n\n",
        "a,b\r\n\r\n1,2\r\n3,4\r\n\r\n",
    ],
    ids=[
        "plain", "no last line end", "windows", "old mac", "mixed, windows first", "mixed, unix first", "mark",
        "mark and quotes", "blanks in the header", "blank before a quote", "empty cells too many", "blank lines",
        "blank lines, windows",
    ],
)  # fmt: skip
def test_same_rows_however_they_are_written(tmp_path: Path, data: str) -> None:
    assert plain(tmp_path, data) == [(1, "1", "2"), (2, "3", "4")]


@pytest.mark.parametrize("data", ["a,b\n", "a,b", "a,b\r\n", "\ufeffa,b\n\n\n"])
def test_header_alone_is_a_file_without_rows(tmp_path: Path, data: str) -> None:
    assert plain(tmp_path, data) == []


@pytest.mark.parametrize(
    ("delimiter", "data"), [(";", "a;b\n1,5;2\n"), ("\t", "a\tb\n1,5\t2\n"), ("|", "a|b\n1,5|2\n")]
)
def test_declared_delimiter_is_the_one_that_counts(tmp_path: Path, delimiter: str, data: str) -> None:
    assert plain(tmp_path, data, delimiter=delimiter) == [(1, "1,5", "2")]


def test_texts_stay_as_they_are(tmp_path: Path) -> None:
    data = 'a,b\n007,NA\nNULL,null\n"#1, ""x""",nan\nx\\,"line\none"\n,"line\r\ntwo"\n'
    assert plain(tmp_path, data) == [
        (1, "007", "NA"),
        (2, "NULL", "null"),
        (3, '#1, "x"', "nan"),
        (4, "x\\", "line\none"),
        (5, None, "line\r\ntwo"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16"])
def test_declared_encoding_is_the_one_that_counts(tmp_path: Path, encoding: str) -> None:
    data = "a,b\nPeña,Müller\n".encode(encoding)
    assert plain(tmp_path, data, encoding=encoding) == [(1, "Peña", "Müller")]


def test_gzip_is_read_even_in_several_pieces(tmp_path: Path) -> None:
    data = gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n")
    assert plain(tmp_path, data, "orders.csv.gz") == [(1, "1", "2"), (2, "3", "4")]


def test_blank_lines_of_a_one_column_file_are_no_rows(tmp_path: Path) -> None:
    assert plain(tmp_path, "a\n1\n\n2\n\n") == [(1, "1"), (2, "2")]


def test_file_is_read_by_its_own_name_not_as_a_pattern(tmp_path: Path) -> None:
    write(tmp_path, "a,b\n9,9\n", "orders1.csv")
    for name in ("orders[1].csv", "orders*.csv", "orders?.csv"):
        assert plain(tmp_path, "a,b\n1,2\n", name) == [(1, "1", "2")]


# Headers


def test_header_may_hold_anything_that_is_not_said_twice(tmp_path: Path) -> None:
    header = [
        'x"; drop table orders_raw; --',
        "it's",
        "a\nb",
        "row_number",
        "cells",
        "position",
        "c0",
        "{}",
        "naïve 日本",
    ]
    text = io.StringIO()
    csv.writer(text).writerows([header, list("123456789")])
    rows, ragged = read(write(tmp_path, text.getvalue()), *header)
    assert rows == [(1, dict(zip(header, "123456789", strict=True)))]
    assert ragged == []


def test_columns_without_a_name_are_called_by_their_place(tmp_path: Path) -> None:
    rows, _ = read(write(tmp_path, "a,, \n1,2,3\n"))
    assert rows == [(1, {"a": "1", "column 2": "2", "column 3": "3"})]


@pytest.mark.parametrize("header", ["a,a", "Email,EMAIL", "a,b, a"])
def test_header_that_names_a_column_twice_is_refused(tmp_path: Path, header: str) -> None:
    with pytest.raises(
        InvalidFile, match=r"orders\.csv must begin with a header, got one that names .* more than once"
    ):
        inspect_file(write(tmp_path, f"{header}\n1,2,3\n"), [])


def test_missing_columns_are_all_named_with_the_nearest(tmp_path: Path) -> None:
    message = r"can't find columns `Mail`, `City` in orders\.csv\. Columns: E-Mail, Town\. Did you mean `E-Mail`\?"
    with pytest.raises(MissingColumns, match=message):
        inspect_file(write(tmp_path, "E-Mail,Town\n"), ["Mail", "City"])


@pytest.mark.parametrize("header", ["a;b", '"a";"b"', "a;b;c,d"])
def test_wrong_delimiter_is_named(tmp_path: Path, header: str) -> None:
    message = r"orders\.csv must be separated by ',' as declared, got the header .* Is the delimiter ';'\?"
    with pytest.raises(InvalidFile, match=message):
        inspect_file(write(tmp_path, f"{header}\n1;2\n"), ["a", "b"])


def test_other_mark_in_a_header_is_no_delimiter_by_itself(tmp_path: Path) -> None:
    with pytest.raises(MissingColumns, match="can't find column `c`"):
        inspect_file(write(tmp_path, "a|b,d\n1,2\n"), ["c"])


# Lines that are no rows


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_ragged_lines_are_kept_and_numbers_stay_right(tmp_path: Path, end: str) -> None:
    lines = ["a,b", "1", "2,x", "3,x,y", "", "4,x,y", '5,"p', 'q"', "", "6", "7,x"]
    rows, ragged = read(write(tmp_path, end.join(lines) + end))
    assert rows == [(2, {"a": "2", "b": "x"}), (5, {"a": "5", "b": f"p{end}q"}), (7, {"a": "7", "b": "x"})]
    assert ragged == [(1, "1", SHORT), (3, "3,x,y", LONG), (4, "4,x,y", LONG), (6, "6", SHORT)]


def test_file_of_ragged_lines_alone_has_no_rows(tmp_path: Path) -> None:
    assert read(write(tmp_path, "a,b\n1\n2\n")) == ([], [(1, "1", SHORT), (2, "2", SHORT)])


def test_one_column_file_may_have_ragged_lines(tmp_path: Path) -> None:
    rows, ragged = read(write(tmp_path, "a\n1\n\n2,3\n4\n"))
    assert rows == [(1, {"a": "1"}), (3, {"a": "4"})]
    assert ragged == [(2, "2,3", "the line is no row: expected 1 cells, got 2")]


def test_quote_that_is_never_closed_costs_its_own_line_alone(tmp_path: Path) -> None:
    rows, ragged = read(write(tmp_path, 'a,b\n1,2\n3,"4\n5,6\n7,"8"\n9,10\n'))
    assert [number for number, _ in rows] == [1, 3, 4, 5]
    assert ragged == [(2, '3,"4', QUOTE)]


@pytest.mark.parametrize("line", ['3,"4" inch', '3,"4"x"', '"3"3,4'])
def test_text_behind_a_closed_quote_makes_no_row(tmp_path: Path, line: str) -> None:
    rows, ragged = read(write(tmp_path, f"a,b\n1,2\n{line}\n5,6\n"))
    assert [number for number, _ in rows] == [1, 3]
    assert ragged == [(2, line, QUOTE)]


def test_very_long_cell_is_read_or_its_line_is_kept(tmp_path: Path) -> None:
    long = "x" * 200_000
    assert plain(tmp_path, f"a,b\n1,{long}\n3,4\n") == [(1, "1", long), (2, "3", "4")]
    rows, ragged = read(write(tmp_path, f"a,b\n1,{long}\n3,4\n5\n"))
    assert [number for number, _ in rows] == [2]
    assert ragged == [(1, f"1,{long}", "the line is no row: a cell is too long"), (3, "5", SHORT)]


CELLS = st.text(st.sampled_from('ab ,;"\n\r\t\N{NO-BREAK SPACE}é0#\\'), max_size=6)


@settings(max_examples=40)
@given(
    rows=st.lists(st.tuples(CELLS.filter(bool), CELLS), max_size=8),
    broken=st.sets(st.integers(0, 8), max_size=3),
    ends=st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=1, max_size=2),
)
def test_every_row_is_read_or_kept_as_a_line(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], broken: set[int], ends: list[str]
) -> None:
    lines = ["a,b"]
    for number, row in enumerate(rows):
        lines += ["broken"] * (number in broken)
        lines.append(",".join('"' + cell.replace('"', '""') + '"' for cell in row))
    text = "".join(line + ends[number % len(ends)] for number, line in enumerate(lines))
    got, ragged = read(write(tmp_path_factory.mktemp("random"), text))
    assert [line for _, line, _ in ragged] == ["broken"] * len([number for number in broken if number < len(rows)])
    assert [(cells["a"], cells["b"] or "") for _, cells in got] == rows
    assert sorted([number for number, *_ in got] + [number for number, *_ in ragged]) == list(
        range(1, len(got) + len(ragged) + 1)
    )


# Files that cannot be read


@pytest.fixture
def short_head(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the first bytes alone when the header is inspected, as if the file were large."""
    monkeypatch.setattr("segment_lib.loading.reading.LONGEST_HEADER", 100)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("orders.csv", b"", r"orders\.csv must have a header and rows, got an empty file"),
        ("orders.csv", b"\n\n", r"orders\.csv must begin with a header, got an empty first line"),
        ("orders.csv", b" , \n1,2\n", r"orders\.csv must begin with a header, got an empty first line"),
        ("orders.csv", b'"a,b\n1,2\n', r"orders\.csv must begin with a header, got one that can't be read"),
        ("orders.csv", b"PK\x03\x04\x14\x00\x06\x00", r"orders\.csv must be a text file, .* Is it a spreadsheet\?"),
        ("orders.csv", gzip.compress(b"a,b\n1,2\n"), r"orders\.csv must be a text file, got bytes of another kind"),
        ("orders.csv.gz", b"a,b\n1,2\n", r"orders\.csv\.gz can't be read: Not a gzipped file"),
        ("orders.csv.gz", gzip.compress(b"a,b\n" * 99)[:-6], r"orders\.csv\.gz can't be read: Compressed file ended"),
        ("orders.parquet", b"PAR1 not really", r"orders\.parquet can't be read: "),
    ],
)
def test_file_that_is_not_what_it_is_called_is_refused(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    with pytest.raises(InvalidFile, match=message):
        inspect_file(write(tmp_path, data, name), [])


def test_gzip_that_ends_far_behind_the_header_is_refused(tmp_path: Path, short_head: None) -> None:
    lines = b"".join(b"%d,%d\n" % (number, number * 7919 % 104729) for number in range(20_000))
    data = gzip.compress(b"a,b\n" + lines)
    with pytest.raises(InvalidFile, match=r"orders\.csv\.gz can't be read: "):
        read(write(tmp_path, data[: len(data) * 3 // 4], "orders.csv.gz"))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Größe,b\n1,2\n", "in line 1"),
        ("a,b\n1,2\n3,é\n4,5\n", "in line 3"),
        ("a,b\n1,2\n3,é", "after row 1"),
        ("a,b\n" + "1,2\n" * 5000 + "3,é\n", r"after row 4\d\d\d"),
    ],
    ids=["header", "middle", "last byte", "far behind the header"],
)
def test_bytes_of_another_encoding_are_refused_with_their_place(
    tmp_path: Path, short_head: None, text: str, place: str
) -> None:
    message = rf"orders\.csv must be text in utf-8 as declared, got the byte 0x\w\w {place}\. `encoding: latin-1` is"
    with pytest.raises(InvalidFile, match=message):
        read(write(tmp_path, text.encode("latin-1")))


def test_character_may_lie_across_the_end_of_what_is_looked_at_first(tmp_path: Path, short_head: None) -> None:
    for fill in ("x" * 90, "x" * 91):
        for encoding in ("utf-8", "utf-16"):
            data = f"a,b\n{fill},ééééé\n".encode(encoding)
            assert plain(tmp_path, data, encoding=encoding) == [(1, fill, "ééééé")]


def test_utf_16_without_its_mark_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match=r"orders\.csv must be text in utf-16 as declared|can't be read"):
        read(write(tmp_path, "a,b\n1,2\n3\n".encode("utf-16-be")), "a", encoding="utf-16")


def test_folder_or_nothing_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").mkdir()
    for name in ("orders.csv", "contacts.csv"):
        with pytest.raises(InvalidFile, match=rf"can't find the file {name}"):
            inspect_file(tmp_path / name, [])


# Parquet


def test_parquet_becomes_text_like_everything_else(tmp_path: Path) -> None:
    instant = datetime(2026, 10, 31, 12, 30, tzinfo=UTC)
    table = pa.table(
        {
            "Row_Number": pa.array([7, None], pa.int64()),
            "at": pa.array([instant, None], pa.timestamp("us", tz="UTC")),
            "local": pa.array([instant.replace(tzinfo=None), None], pa.timestamp("ns")),
            "day": pa.array([date(2026, 10, 31), None]),
            "amount": pa.array([19.99, None]),
            "yes": pa.array([True, None]),
            "tags": pa.array([["a", "b"], None]),
        }
    )
    pq.write_table(table, tmp_path / "orders[1].parquet")
    rows, ragged = read(tmp_path / "orders[1].parquet", "Row_Number", "at")
    assert ragged == []
    assert list(rows[0][1].values()) == [
        "7", "2026-10-31 12:30:00+00", "2026-10-31 12:30:00", "2026-10-31", "19.99", "true", "[a, b]",
    ]  # fmt: skip
    assert rows[1] == (2, dict.fromkeys(table.column_names))


def test_missing_column_of_a_parquet_file_is_named(tmp_path: Path) -> None:
    pq.write_table(pa.table({"amont": [1]}), tmp_path / "orders.parquet")
    with pytest.raises(MissingColumns, match=r"can't find column `amount` in orders\.parquet.* Did you mean `amont`\?"):
        inspect_file(tmp_path / "orders.parquet", ["amount"])
