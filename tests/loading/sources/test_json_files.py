"""JSON: objects become rows, nested names are joined by dots, what is broken is kept."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from segment_lib.errors import InvalidFile, MissingColumns

ReadFile = Callable[..., Any]


def test_objects_on_lines_become_rows(read: ReadFile) -> None:
    data = (
        '{"id": 1, "address": {"city": "Köln", "geo": {"lat": 50.90}}, "tags": ["VIP", "Blog"], "ok": true}\n\n'
        '{"id": 1e5, "note": "late", "address": {}, "tags": [], "ok": null}\r\n'
        '{"id": "007", "tags": [{"name": "x"}], "note": ""}'
    )
    answer = read(data, "people.jsonl")
    assert answer.file.kind == "json lines"
    assert answer.file.columns == ("id", "address.city", "address.geo.lat", "tags", "ok", "note", "address")
    assert answer.rows == [
        ("1", "Köln", "50.90", "VIP;Blog", "true", None, None),
        ("1e5", None, None, None, None, "late", None),
        ("007", None, None, '[{"name": "x"}]', None, None, None),
    ]


def test_broken_lines_are_kept_with_their_numbers(read: ReadFile) -> None:
    lines = ['{"a": 1}', '{"a": ', "[1]", '{"a": 1, "a": 2}', '{"a.b": 1, "a": {"b": 2}}', "", '{"a": 2}']
    lines.append('{"a": ' + "[" * 100_000)
    answer = read("\n".join(lines), "a.jsonl")
    assert (answer.rows, answer.numbers) == ([("1",), ("2",)], [1, 6])
    assert [(number, line[:9], reason) for number, line, reason in answer.ragged] == [
        (2, '{"a": ', "the line is no row: it can't be read as JSON"),
        (3, "[1]", "the line is no row: it is no JSON object"),
        (4, '{"a": 1, ', "the line is no row: it names a twice"),
        (5, '{"a.b": 1', "the line is no row: it names a.b twice"),
        (7, '{"a": [[[', "the line is no row: it is nested too deep"),
    ]


def test_array_of_objects_is_read_however_it_is_broken_into_pieces(
    read: ReadFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = [{"a": i, "b": "x" * i + '"]},{'} for i in range(40)]
    for piece in (3, 17, 1 << 20):
        monkeypatch.setattr("segment_lib.loading.sources.json_objects.PIECE", piece)
        for indent in (None, 2):
            answer = read(json.dumps([*table, 7], indent=indent), "a.json")
            assert answer.file.kind == "json"
            assert answer.rows == [(str(row["a"]), row["b"]) for row in table]
            assert answer.ragged == [(41, "7", "the line is no row: it is no JSON object")]


def test_wide_characters_and_halves_of_them_are_read(read: ReadFile) -> None:
    assert read('{"a": "\\ud83d\\ude00 \\ud800"}\n'.encode("utf-16"), "a.jsonl").rows == [("\U0001f600 \ufffd",)]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("[]", "must hold JSON objects, one a line or in one array, got none"),
        ('{"data": [\n{"a": 1}]}', "must hold JSON objects, one a line or in one array, got none"),
        ('[{"a": 1}, {"a":', "must be an array of objects, got one that breaks off or is broken in element 2"),
        ('[{"a": 1}] [{"a": 2}]', "must be one array of objects, got more behind its end"),
        ('{"a": 1}\n{"A": 2}', "must have names that differ, got names a, A more than once"),
        ('[{"a": ' + "[" * 100_000, "its element 1 is nested too deep"),
    ],
)
def test_json_that_is_no_table_is_refused(read: ReadFile, data: str, message: str) -> None:
    with pytest.raises(InvalidFile, match=message):
        read(data, "a.json")


def test_keys_without_end_are_refused(read: ReadFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segment_lib.loading.sources.json_objects.MOST_COLUMNS", 10)
    with pytest.raises(InvalidFile, match="must have at most 10 columns"):
        read("\n".join(json.dumps({f"key {i}": i}) for i in range(11)), "a.jsonl")


def test_missing_key_is_named(read: ReadFile) -> None:
    with pytest.raises(MissingColumns, match=r"can't find column `e-mail` in a\.jsonl.* Did you mean `email`"):
        read('{"email": 1}', "a.jsonl", needed=("e-mail",))
