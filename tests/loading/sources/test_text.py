"""Text files: the same rows however they are written, and nothing lost where a line is no row."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from segment_lib.errors import InvalidFile, InvalidOption, MissingColumns

SHORT = "the line is no row: expected 2 cells, got 1"
LONG = "the line is no row: expected 2 cells, got 3"
QUOTE = "the line is no row: a quote is not closed, or text stands behind it"
ReadFile = Callable[..., Any]


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
        'a,b\n1,"2"  \n3,4\n',
        "a,b\n1,2,\n3,4,,\n",
        "a,b\n\n1,2\n\n\n3,4\n\n",
        "a,b\r\n\r\n1,2\r\n3,4\r\n\r\n",
        "\n\n a,b\n1,2\n   \n3,4\n",
        "sep=,\r\na,b\r\n1,2\r\n3,4\r\n",
        "sep=;\na;b\n1;2\n3;4\n",
        "a;b\n1;2\n3;4\n",
        "a\tb\n1\t2\n3\t4\n",
        "a|b\n1|2\n3|4\n",
        " a   b\n 1   2\n 3   4\n",
        "Export of May\n\na,b\n1,2\n3,4\n",
    ],
    ids=[
        "plain", "no last line end", "windows", "old mac", "mixed, windows first", "mixed, unix first", "mark",
        "mark and quotes", "blanks in the header", "blank before a quote", "blanks behind a quote",
        "empty cells too many", "blank lines", "blank lines, windows", "blank lines above the header",
        "comma named by the file", "semicolon named by the file", "semicolon", "tab", "bar", "aligned by blanks",
        "a title above the table",
    ],
)  # fmt: skip
def test_same_rows_however_they_are_written(read: ReadFile, data: str) -> None:
    answer = read(data)
    assert answer.file.columns == ("a", "b")
    assert (answer.rows, answer.numbers, answer.ragged) == ([("1", "2"), ("3", "4")], [1, 2], [])


@pytest.mark.parametrize("data", ["a,b\n", "a,b", "a,b\r\n", "\ufeffa,b\n\n\n"])
def test_header_alone_is_a_file_without_rows(read: ReadFile, data: str) -> None:
    assert read(data).rows == []


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "a;b\r\n1;2\r\n3;4\r\n"])
def test_clean_text_is_read_the_fast_way(read: ReadFile, text: str) -> None:
    assert read(text).fast


def test_texts_stay_as_they_are(read: ReadFile) -> None:
    data = 'a,b\n007,NA\nNULL,null\n"#1, ""x""",nan\nx\\,"line\none"\n,"line\r\ntwo"\n x, y \n'
    assert read(data).rows == [
        ("007", "NA"),
        ("NULL", "null"),
        ('#1, "x"', "nan"),
        ("x\\", "line\none"),
        (None, "line\r\ntwo"),
        (" x", " y "),
    ]


# Evidence


@pytest.mark.parametrize(
    ("data", "statements"),
    [
        ("email\nann@example.org\nbo@example.org\n", ("one column, by evidence",)),
        ("name\nDoe, Jane\nRoe, Rick\n", ("one column, by evidence",)),
        ("full name\nJane Doe\nRick Roe\n", ("one column, by evidence",)),
        ("a;b\n1,5;2\n2,5;3\n", ("delimiter ';', by evidence",)),
        ("name, first;sum\nDoe, Jane;1,50\n", ("delimiter ';', by evidence",)),
        ("note\tn\nhello, you\t1\n", ("delimiter '\\t', by evidence",)),
        ("a|b,d\n1,2\n", ("delimiter ',', by evidence",)),
        (" id  day\n 1  2\n", ("delimiter whitespace, by evidence",)),
        ("sep=;\na;b\n", ("delimiter ';', by the line `sep=;`",)),
        ("Sales\na;b\n1;2\n3;4\n", ("delimiter ';', by evidence", "the lines above the header are no rows: Sales")),
    ],
)
def test_what_was_found_by_evidence_is_said(read: ReadFile, data: str, statements: tuple[str, ...]) -> None:
    assert read(data).file.statements == statements


def test_one_column_of_addresses_stays_one_column(read: ReadFile) -> None:
    answer = read('email\nann@example.org\n\nbo@example.org\n""\n')
    assert answer.file.columns == ("email",)
    assert answer.rows == [("ann@example.org",), ("bo@example.org",)]


def test_needed_columns_are_evidence_too(read: ReadFile) -> None:
    assert read("a,b;c\n1,2;3\n", needed=("a", "b;c")).file.delimiter == ","
    assert read("a,b;c\n1,2;3\n", needed=("a,b",)).file.delimiter == ";"


def test_declared_ways_of_writing_need_no_statement(read: ReadFile) -> None:
    assert read("a;b\n1,5;2\n", delimiter=";", encoding="utf-8").file.statements == ()
    assert read("a\tb\n1,5\t2\n", delimiter="tab").rows == [("1,5", "2")]
    assert read("a b\n1   2\n", delimiter="whitespace").rows == [("1", "2")]


def test_header_row_may_be_declared(read: ReadFile) -> None:
    data = "made by x,y\nname,city\nAnn,Rome\n"
    assert read(data, header_row=2).rows == [("Ann", "Rome")]
    nameless = read("1,Ann\n2,Bo\n", header_row=0)
    assert (nameless.file.columns, nameless.rows) == (("column 1", "column 2"), [("1", "Ann"), ("2", "Bo")])


@pytest.mark.parametrize("delimiter", ["", '"', "\n", "abcde"])
def test_impossible_delimiter_is_refused(read: ReadFile, delimiter: str) -> None:
    with pytest.raises(InvalidOption, match="`delimiter` must be up to 4 characters"):
        read("a,b\n", delimiter=delimiter)


# Encodings

WORDS = "stra\u00dfe;preis\nK\u00f6ln;5 \u20ac\nM\u00fcnchen;\u201e7\u201c\n"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", ""), ("utf-8-sig", ""), ("cp1252", "cp1252"), ("utf-16", "utf-16"), ("utf-16-le", "utf-16-le"),
     ("utf-16-be", "utf-16-be"), ("utf-32", "utf-32")],
)  # fmt: skip
def test_encoding_is_found(read: ReadFile, encoding: str, found: str) -> None:
    answer = read(WORDS.encode(encoding))
    assert answer.rows == [("K\u00f6ln", "5 \u20ac"), ("M\u00fcnchen", "\u201e7\u201c")]
    assert answer.file.encoding == (found or "utf-8")
    assert any("encoding" in statement for statement in answer.file.statements) is bool(found)


@pytest.mark.parametrize("encoding", ["latin-1", "cp1250", "cp1251", "koi8-r", "shift_jis", "gb18030", "utf-7"])
def test_declared_encoding_is_the_one_that_counts(read: ReadFile, encoding: str) -> None:
    city = {"cp1251": "\u041c\u043e\u0441\u043a\u0432\u0430", "koi8-r": "\u041c\u043e\u0441\u043a\u0432\u0430",
            "shift_jis": "\u6771\u4eac", "gb18030": "\u5317\u4eac"}.get(encoding, "K\u00f6ln")  # fmt: skip
    assert read(f"a,b\n{city},1\n".encode(encoding), encoding=encoding).rows == [(city, "1")]


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("cp1251", ["Москва Санкт-Петербург Новосибирск", "Улица Ленина дом квартира"]),
        ("shift_jis", ["東京都新宿区", "お客様の名前と住所を記入してください"]),
    ],
)  # fmt: skip
def test_other_scripts_are_found_where_there_is_enough_text(read: ReadFile, encoding: str, words: list[str]) -> None:
    data = "id,text\n" + "".join(f"{i},{word}\n" for i, word in enumerate(words * 10))
    assert [text for _, text in read(data.encode(encoding)).rows] == words * 10


def test_evidence_for_an_encoding_may_stand_far_behind_the_head(
    read: ReadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segment_lib.loading.sources.payload.CHUNK", 100)
    data = "a,b\n" + "1,2\n" * 500 + "3,\u20ac\n"
    answer = read(data.encode("cp1252"))
    assert (answer.file.encoding, answer.rows[-1]) == ("cp1252", ("3", "\u20ac"))


def test_byte_that_does_not_fit_the_declared_encoding_is_refused_with_its_line(read: ReadFile) -> None:
    message = r"orders\.csv must be text in utf-8 as declared, got the byte 0xe9 in line 5003\. `encoding: cp1252` is"
    with pytest.raises(InvalidFile, match=message):
        read(("a,b\n" + "1,2\n" * 5001 + "3,\xe9\n").encode("latin-1"), encoding="utf-8")


def test_utf_8_with_a_few_wrong_bytes_is_not_taken_for_another_encoding(read: ReadFile) -> None:
    data = "a,b\nK\u00f6ln,1\nM\u00fcnchen,2\nZ\u00fcrich,3\n".encode() + b"caf\xe9,4\n"
    with pytest.raises(InvalidFile, match="must be text in one encoding, got UTF-8 with 1 bytes that are none"):
        read(data)
    assert read(data, encoding="latin-1").rows[-1] == ("caf\xe9", "4")


@pytest.mark.parametrize("encoding", ["klingon", "rot13", "base64"])
def test_encoding_that_is_none_is_refused(read: ReadFile, encoding: str) -> None:
    with pytest.raises(InvalidOption, match="`encoding` must be one that Python knows"):
        read("a,b\n", encoding=encoding)


# Lines that are no rows


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_ragged_lines_are_kept_and_numbers_stay_right(read: ReadFile, end: str) -> None:
    lines = ["a,b", "1", "2,x", "3,x,y", "", "4,x,y", '5,"p', 'q"', "", "6", "7,x"]
    answer = read(end.join(lines) + end)
    assert answer.rows == [("2", "x"), ("5", f"p{end}q"), ("7", "x")]
    assert answer.numbers == [2, 5, 7]
    assert answer.ragged == [(1, "1", SHORT), (3, "3,x,y", LONG), (4, "4,x,y", LONG), (6, "6", SHORT)]


def test_quote_that_is_never_closed_costs_its_own_line_alone(read: ReadFile) -> None:
    answer = read('a,b\n1,2\n3,"4\n5,6\n7,"8"\n9,10\n')
    assert answer.numbers == [1, 3, 4, 5]
    assert answer.ragged == [(2, '3,"4', QUOTE)]


@pytest.mark.parametrize("line", ['3,"4" inch', '3,"4"x"', '"3"3,4'])
def test_text_behind_a_closed_quote_makes_no_row(read: ReadFile, line: str) -> None:
    answer = read(f"a,b\n1,2\n{line}\n5,6\n")
    assert (answer.numbers, answer.ragged) == ([1, 3], [(2, line, QUOTE)])


def test_many_quotes_that_are_never_closed_do_not_hide_one_another(read: ReadFile) -> None:
    answer = read("a,b\n" + "".join(f'{i},"{i} inch" tube\n{i},ok\n' for i in range(300)) + '1,"end\n')
    assert len(answer.rows) == 300
    assert len(answer.ragged) == 301


# Headers


def test_header_may_hold_anything_that_is_not_said_twice(read: ReadFile) -> None:
    header = [
        'x"; drop table orders_raw; --',
        "it's",
        "a\nb",
        "row_number",
        "c0",
        "{}",
        "na\u00efve \u65e5\u672c",
        "\x07bell",
    ]
    text = io.StringIO()
    csv.writer(text).writerows([header, list("12345678")])
    answer = read(text.getvalue(), needed=tuple(header))
    assert (answer.file.columns, answer.rows) == (tuple(header), [tuple("12345678")])


@pytest.mark.parametrize("header", ["a,a", "Email,EMAIL", "a,b, a"])
def test_header_that_names_a_column_twice_is_refused(read: ReadFile, header: str) -> None:
    message = r"orders\.csv must begin with a header, got one that names .* more than once"
    with pytest.raises(InvalidFile, match=message):
        read(f"{header}\n1,2,3\n")


def test_missing_columns_are_all_named_with_the_nearest(read: ReadFile) -> None:
    message = r"can't find columns `Mail`, `City` in orders\.csv\. Columns: E-Mail, Town\. Did you mean `E-Mail`\?"
    with pytest.raises(MissingColumns, match=message):
        read("E-Mail,Town\n", needed=("Mail", "City"))


@pytest.mark.parametrize("header", ["a;b", '"a";"b"', "a;b;c,d"])
def test_wrong_delimiter_is_named(read: ReadFile, header: str) -> None:
    message = r"orders\.csv must be separated by ',' as declared, got the header .* Is the delimiter ';'\?"
    with pytest.raises(InvalidFile, match=message):
        read(f"{header}\n1;2\n", needed=("a", "b"), delimiter=",")


def test_file_is_read_by_its_own_name_not_as_a_pattern(read: ReadFile) -> None:
    read("a,b\n9,9\n", "orders1.csv")
    for name in ("orders[1].csv", "orders*.csv", "orders?.csv", "it's.csv"):
        assert read("a,b\n1,2\n", name).rows == [("1", "2")]
