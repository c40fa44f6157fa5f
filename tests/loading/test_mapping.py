"""A recipe turns cells into typed columns, and says of every cell that it cannot what is wrong."""

import json
import unicodedata
from collections.abc import Iterator
from collections.abc import Mapping as Mappings
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from segment_lib.engine import open_connection
from segment_lib.errors import InvalidDefinition
from segment_lib.loading import import_files
from segment_lib.loading.casting import add_cleaners
from segment_lib.loading.fields import CustomField, load_fields
from segment_lib.loading.mapping import Mapping
from segment_lib.loading.recipe import ImportFile, Source, fillable, load_recipe
from segment_lib.workspace import open_workspace

FIELDS = [
    CustomField(name="tags", type="text list", family="preference"),
    CustomField(name="points", type="integer", family="behavioural"),
    CustomField(name="renewal", type="date", family="relationship"),
    CustomField(name="order", type="number", family="behavioural"),
    CustomField(name="reasons", type="text", family="behavioural"),
    CustomField(name="raw", type="text", family="behavioural"),
    CustomField(name="row_number", type="text", family="behavioural"),
    CustomField(name="key", type="text", family="behavioural"),
]
Judged = list[dict[str, Any]]


@cache
def engine() -> duckdb.DuckDBPyConnection:
    connection = open_connection()
    add_cleaners(connection)
    return connection


@pytest.fixture(scope="module", autouse=True)
def _close_engine() -> Iterator[None]:
    yield
    engine().close()
    engine.cache_clear()


def judge(
    rows: list[Mappings[str, str | None]],
    columns: Mappings[str, object],
    *,
    zone: str = "UTC",
    region: str = "",
    numbered: bool = True,
    **source: object,
) -> Judged:
    """What becomes of the rows of a contacts file whose first column is the id `ID`."""
    given = {
        "name": "crm",
        "file": "crm.csv",
        "table": "contacts",
        "columns": {"contact_id": "ID", **columns},
        **source,
    }
    recipe = ImportFile.model_validate({"sources": [given]}, context={"fields": FIELDS})
    mapping = Mapping(recipe.sources[0], fillable("contacts", FIELDS), zone, "EUR", tuple(FIELDS), region=region)
    names = tuple(dict.fromkeys(["ID", *mapping.needed()]))
    cells = [{"ID": str(number), **row} for number, row in enumerate(rows, start=1)]
    texts = {f"c{place}": pa.array([row.get(name) for row in cells], pa.string()) for place, name in enumerate(names)}
    if numbered:
        texts["row_number"] = pa.array(range(1, len(rows) + 1), pa.int64())
    engine().register("scanned", pa.table(texts))
    query = mapping.staging_sql("crm", "scanned", names, numbered=numbered)
    ordered = " order by _row_number" if numbered else ""
    return engine().sql(f"select * from ({query}){ordered}").to_arrow_table().to_pylist()


def one(
    text: str | None, column: str, rule: Mappings[str, object] | None = None, *, zone: str = "UTC", region: str = ""
) -> Any:
    """What becomes of one cell: its value, or what is said of it."""
    [row] = judge([{"Cell": text}], {column: {"from": "Cell", **(rule or {})}}, zone=zone, region=region)
    assert row["_reasons"] is None
    return row["_notes"] or row[column]


# Texts


@pytest.mark.parametrize("text", ["007", "Nana", "nullo", "1e5", "O'Hara", '"x"', "é", "-- x", "{}", "Sel ect"])
def test_text_stays_as_it_is(text: str) -> None:
    assert one(text, "city") == text


@pytest.mark.parametrize("text", ["NA", "null", "nan", "n/a", "Select", "-", "#N/A", "(leer)", "unbekannt"])
def test_marker_of_nothing_is_nothing_in_a_standard_field_and_a_typed_one(text: str) -> None:
    assert [one(text, column) for column in ("city", "income", "birth_date", "points", "renewal", "email")] == [
        None
    ] * 6


@pytest.mark.parametrize("text", ["NA", "Select", "-", "unknown"])
def test_own_text_field_keeps_what_may_be_an_answer(text: str) -> None:
    assert one(text, "raw") == text


def test_marker_that_is_a_right_value_of_its_field_stays() -> None:
    assert one("NA", "country") == "NA"  # Namibia
    assert one("Null", "last_name") == "Null"


def test_declared_markers_are_nothing_too() -> None:
    assert one("-1", "income", {"missing": ["-1"]}) is None
    assert one("-1", "income") == -1
    rows: list[Mappings[str, str | None]] = [{"A": "X9", "B": "x9"}]
    [row] = judge(rows, {"city": "A", "raw": "B"}, missing=["X9"])
    assert (row["city"], row["raw"], row["_notes"]) == (None, None, None)


def test_marker_that_the_values_translate_is_an_answer() -> None:
    assert one("Unknown", "gender", {"values": {"unknown": "not told"}}) == "not told"


def test_text_is_composed_and_of_plain_blanks() -> None:
    assert one("Jose\N{COMBINING ACUTE ACCENT}\N{NO-BREAK SPACE}Ruiz", "city") == "José Ruiz"
    assert one("\N{RIGHT-TO-LEFT MARK}حيفا\N{RIGHT-TO-LEFT MARK}", "city") == "حيفا"


@pytest.mark.parametrize("text", [None, "", " ", "\t", "\N{NO-BREAK SPACE} "])
def test_blank_cell_is_nothing(text: str | None) -> None:
    for column in ("city", "income", "birth_date", "acquired_at", "email_consent", "relationships"):
        assert one(text, column) is None


def test_blanks_around_a_value_are_removed() -> None:
    assert one("\N{NO-BREAK SPACE} 007\t", "city") == "007"
    assert one(" 5 ", "income") == 5


def test_id_that_is_missing_is_told() -> None:
    assert judge([{"ID": " "}], {})[0]["_reasons"] == ["`ID` is empty"]


def test_email_is_in_small_letters() -> None:
    assert one("Ana@Shop.Example", "email") == "ana@shop.example"
    assert one("Ana Ruiz <Ana@Shop.Example>;", "email") == "ana@shop.example"
    assert one("mailto:ana@shop.example", "email") == "ana@shop.example"


@pytest.mark.parametrize("text", ["ana", "ana@", "@shop.example", "ana(at)shop.example", "a@b@c.example", "ana@shop"])
def test_what_is_no_address_is_told(text: str) -> None:
    assert one(text, "email") == [f"`Cell` is no readable e-mail address: {text}"]


def test_telephone_is_completed_by_the_country() -> None:
    assert one("612 345 678", "phone", region="ES") == "+34612345678"
    assert one("(212) 555-0100", "phone", {"region": "US"}, region="ES") == "+12125550100"
    assert one("0034 612 345 678", "phone") == "+34612345678"
    # Nobody knows its country: it stays as it is written.
    assert one("612 345 678", "phone") == "612 345 678"
    assert one("12", "phone", region="ES") == ["`Cell` is no readable telephone number: 12"]


def test_country_and_language_become_codes() -> None:
    assert [one(text, "country") for text in ("España", "UK", "deu", "NA")] == ["ES", "GB", "DE", "NA"]
    assert one("Atlantis", "country") == ["`Cell` is no readable country: Atlantis"]
    assert one("Deutsch", "language") == "de"
    assert one("Klingonisch", "language") == ["`Cell` is no readable language: Klingonisch"]


def test_id_is_what_it_was_before_a_spreadsheet_read_it() -> None:
    how = {"clean": "identifier"}
    assert [one(text, "raw", how) for text in ("17850.0", "007", '="007"', "'007")] == ["17850", "007", "007", "007"]
    assert one("17850.0", "raw") == "17850.0"


def test_pattern_is_removed_before_a_value_is_read() -> None:
    assert one("€ 1.234,50", "income", {"remove": "[€.,]"}) == 123450
    assert one("n/a ", "city", {"remove": "^n/a$"}) is None
    assert one("€ Lisboa", "city", {"remove": "€"}) == "Lisboa"


# Numbers


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5", 5), ("-0.5", -0.5), ("+5", 5), (".5", 0.5), ("1e3", 1000), ("0005", 5), ("5 €", 5), ("$90,000", 90000),
        ("(45.00)", -45), ("1 234.50", 1234.5), ("CHF 1'234.50", 1234.5), ("−7", -7), ("12 %", 12), ("-0", 0),
    ],
)  # fmt: skip
def test_number_is_read(text: str, number: float) -> None:
    assert one(text, "income") == number


@pytest.mark.parametrize(
    "text", ["inf", "-Infinity", "1e400", "1e13", "1,5", "1.234,50", "1_000", "+-5", "five", "0x10", "١٢٣"]
)
def test_what_is_no_finite_number_is_told(text: str) -> None:
    assert one(text, "income") == [f"`Cell` is no readable number: {text}"]


@pytest.mark.parametrize(
    ("text", "number"), [("5", 5), ("5.0", 5), ("-3", -3), ("9007199254740993", 9007199254740993), ("1e3", 1000)]
)
def test_whole_number_is_read_to_the_last_digit(text: str, number: int) -> None:
    assert one(text, "points") == number


@pytest.mark.parametrize("text", ["2.5", "inf", "99999999999999999999", "five"])
def test_what_is_no_whole_number_is_told(text: str) -> None:
    assert one(text, "points") == [f"`Cell` is no readable integer: {text}"]


# Yes and no


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True), ("TRUE", True), ("1", True), ("Sí", True), ("x", True), ("Ja", True), ("opted in", True),
        ("no", False), ("0", False), ("NEIN", False), ("unsubscribed", False),
    ],
)  # fmt: skip
def test_yes_and_no_are_read_in_several_languages(text: str, value: bool) -> None:
    assert one(text, "email_consent") is value


@pytest.mark.parametrize("text", ["maybe", "2", "yes please"])
def test_what_is_neither_yes_nor_no_is_told(text: str) -> None:
    assert one(text, "email_consent") == [f"`Cell` is no readable boolean: {text}"]


# Days and instants


@pytest.mark.parametrize(
    ("text", "day"),
    [("2026-10-31", date(2026, 10, 31)), ("2026/1/5", date(2026, 1, 5)), ("2026-10-31 10:00Z", date(2026, 10, 31))],
)
def test_day_is_read_year_first(text: str, day: date) -> None:
    assert one(text, "birth_date") == day


@pytest.mark.parametrize(
    "text",
    ["03/04/2026", "2026-02-30", "20226-01-05", "0026-01-05", "infinity", "today", "2026-10-31 soon", "20261031"],
)
def test_what_is_no_day_is_told(text: str) -> None:
    assert one(text, "birth_date") == [f"`Cell` is no readable date: {text}"]


def test_declared_format_decides_between_day_and_month() -> None:
    assert one("03/04/2026", "birth_date", {"format": "%d/%m/%Y"}) == date(2026, 4, 3)
    assert one("03/04/2026", "birth_date", {"format": "%m/%d/%Y"}) == date(2026, 3, 4)
    assert one("13/04/2026", "birth_date", {"format": "%m/%d/%Y"}) == ["`Cell` is no readable date: 13/04/2026"]


def test_two_digits_of_a_year_are_no_year() -> None:
    assert one("03/04/26", "birth_date", {"format": "%d/%m/%Y"}) == ["`Cell` is no readable date: 03/04/26"]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-10-31", "2026-10-30T23:00"),
        ("2026-10-31 10:00", "2026-10-31T09:00"),
        ("2026-07-31 10:00:05.5", "2026-07-31T08:00:05.500"),
        ("2026-10-31T10:00:00Z", "2026-10-31T10:00"),
        ("2026-10-31 10:00 UTC", "2026-10-31T10:00"),
        ("2026-10-31 10:00:00 gmt", "2026-10-31T10:00"),
        ("2026-10-31 10:00:00+02", "2026-10-31T08:00"),
        ("2026-10-31T10:00:00-0530", "2026-10-31T15:30"),
        ("2026-10-31 10:00:00 +05:30", "2026-10-31T04:30"),
        ("2026/10/31t9:05z", "2026-10-31T09:05"),
    ],
)
def test_time_is_of_the_workspace_unless_it_says_its_zone(text: str, utc: str) -> None:
    assert one(text, "acquired_at", zone="Europe/Madrid") == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-31 10:00 PM", "2026-10-31 10:00:00 CET", "2026-10-31 10:00:00 Europe/Madrid", "2026-10-31 25:00",
        "2026-10-31 10:00:00+02:00:00", "2026-10-31 soon", "31.10.2026 10:00", "20226-10-31 10:00",
        "epoch", "1793433600", "2026-10-31 (BC)",
    ],
)  # fmt: skip
def test_time_that_would_be_guessed_is_told(text: str) -> None:
    assert one(text, "acquired_at") == [f"`Cell` is no readable timestamp: {text}"]


def test_zone_of_the_column_wins_over_the_workspace() -> None:
    at = one("2026-10-31 10:00", "acquired_at", {"time_zone": "America/New_York"}, zone="Europe/Madrid")
    assert at == datetime(2026, 10, 31, 14, tzinfo=UTC)
    at = one("31.10.2026 10:00", "acquired_at", {"format": "%d.%m.%Y %H:%M", "time_zone": "UTC"}, zone="Europe/Madrid")
    assert at == datetime(2026, 10, 31, 10, tzinfo=UTC)


def test_offset_in_a_format_is_the_zone() -> None:
    how = {"format": "%d.%m.%Y %H:%M %z"}
    assert one("31.10.2026 00:30 +0200", "acquired_at", how, zone="Europe/Madrid") == datetime(
        2026, 10, 30, 22, 30, tzinfo=UTC
    )
    assert one("30.10.2026 23:30 +0000", "birth_date", how, zone="Europe/Madrid") == date(2026, 10, 30)  # as written
    assert one("31.10.2026 100%z", "birth_date", {"format": "%d.%m.%Y 100%%z"}) == date(2026, 10, 31)


# Values, lists, sums


def test_values_turn_their_words_into_ours_and_leave_others() -> None:
    how = {"values": {"Kunde": "client", "Liefer'ant": "supplier"}}
    assert [one(text, "source", how) for text in ("KUNDE", "liefer'ant", "Partner", None)] == [
        "client", "supplier", "Partner", None,
    ]  # fmt: skip


def test_only_listed_values_are_accepted_where_that_is_declared() -> None:
    how = {"values": {"web": "web", "n/a": None}, "only_listed": True}
    assert one("Web", "source", how) == "web"
    assert one("n/a", "source", how) is None
    assert one("", "source", how) is None
    assert one("Fax", "source", how) == ["`Cell` is not one of the listed values: Fax"]


def test_values_may_turn_a_word_into_nothing() -> None:
    assert one("much", "income", {"values": {"much": None}}) is None
    assert one("much", "income") == ["`Cell` is no readable number: much"]


def test_values_are_read_before_the_type() -> None:
    assert one("opted in", "email_consent", {"values": {"opted in": "yes", "opted out": "no"}}) is True
    assert one("many", "points", {"values": {"many": "100"}}) == 100


def test_list_is_split_and_its_empty_parts_are_left_out() -> None:
    assert one("a; b ;;c", "tags") == ["a", "b", "c"]
    assert one("a|b", "tags", {"split": "|"}) == ["a", "b"]
    assert one(" ; ", "tags") == []


def test_values_of_a_list_are_read_part_by_part() -> None:
    how = {"values": {"kunde": "client", "?": None, "schuldner": "debtor"}}
    assert one("Kunde; ?; Partner", "relationships", how) == ["client", "Partner"]
    assert one("Kunde; ?; Schuldner", "relationships", {**how, "only_listed": True}) == ["client", "debtor"]
    assert one("Kunde; Partner", "relationships", {**how, "only_listed": True}) == [
        "`Cell` is not one of the listed values: Kunde; Partner"
    ]


def test_one_value_fills_the_whole_column() -> None:
    assert [row["source"] for row in judge([{}, {}], {"source": {"value": "it's ours"}})] == ["it's ours"] * 2


def test_sum_is_computed_from_cells_read_as_numbers() -> None:
    rows = [{"Qty": "3", "Unit Price": "19.99"}, {"Qty": " 2 ", "Unit Price": "-1"}]
    assert [row["income"] for row in judge(rows, {"income": {"sql": 'Qty * "Unit Price"'}})] == [59.97, -2]


@pytest.mark.parametrize("cell", [None, "", "x"])
def test_sum_of_a_missing_or_unreadable_cell_is_told(cell: str | None) -> None:
    [row] = judge([{"Qty": cell, "Price": "2"}], {"income": {"sql": "Qty * Price"}})
    assert (row["_reasons"], row["income"]) == (None, None)
    assert row["_notes"] == ["`Qty * Price` cannot be computed"]


def test_division_by_zero_is_told() -> None:
    [row] = judge([{"Qty": "0", "Total": "2"}], {"income": {"sql": "Total / Qty"}})
    assert row["_notes"][0].startswith("`Total / Qty` ")


def test_every_reason_of_a_row_is_told_at_once() -> None:
    rows = [{"ID": None, "Income": "much", "Born": "1 May", "Mail": "maybe"}]
    columns = {"income": "Income", "birth_date": "Born", "email_consent": "Mail"}
    cells = [
        "`Born` is no readable date: 1 May",
        "`Income` is no readable number: much",
        "`Mail` is no readable boolean: maybe",
    ]
    [strict] = judge(rows, columns, bad_cells="refuse")
    assert (strict["_reasons"], strict["_notes"]) == (["`ID` is empty", *cells], None)
    [lax] = judge([{**rows[0], "ID": "1"}], columns)
    assert (lax["_reasons"], lax["_notes"]) == (None, cells)
    assert [lax[name] for name in columns] == [None, None, None]
    assert json.loads(lax["_raw"]) == {"ID": "1", "Income": "much", "Born": "1 May", "Mail": "maybe"}


def test_row_without_a_fault_has_neither_reasons_nor_its_text() -> None:
    [row] = judge([{"City": "Faro"}], {"city": "City"})
    assert [row[name] for name in ("_skip", "_reasons", "_notes", "_policy", "_raw")] == [None] * 5


def test_rows_are_numbered_as_the_file_is_read_or_as_they_come() -> None:
    rows: list[Mappings[str, str | None]] = [{"City": "Faro"}, {"City": "Beja"}]
    assert [row["_row_number"] for row in judge(rows, {"city": "City"})] == [1, 2]
    bare = judge(rows, {"city": "City"}, numbered=False)
    assert [row["city"] for row in bare] == ["Faro", "Beja"]
    assert "_row_number" not in bare[0]


# Policies


def test_row_that_meets_a_policy_is_skipped_or_rejected_with_its_reason() -> None:
    skip = [{"reason": "a test account", "where": "email like '%@test.example'"}]
    reject = [{"reason": "income below zero", "where": "income < 0"}, {"reason": "no city", "where": "city is null"}]
    rows = [
        {"Mail": "a@test.example", "Income": "-1"},
        {"Mail": "b@shop.example", "Income": "-1"},
        {"Mail": "c@shop.example", "City": "Faro"},
    ]
    columns = {"email": "Mail", "income": "Income", "city": "City"}
    judged = judge(rows, columns, skip=skip, reject=reject)
    assert [row["_skip"] for row in judged] == ["a test account", None, None]
    assert [row["_reasons"] for row in judged] == [None, ["income below zero", "no city"], None]


@pytest.mark.parametrize("where", ["income < 0 -- below", "income < 0;", "income < 0 /* x */"])
def test_comment_in_a_policy_hides_nothing(where: str) -> None:
    judged = judge(
        [{"Income": "-1"}, {"Income": "1"}], {"income": "Income"}, reject=[{"reason": "low", "where": where}]
    )
    assert [row["_reasons"] for row in judged] == [["low"], None]


# Names that could be mistaken


def test_columns_of_file_and_fields_may_be_called_like_our_own() -> None:
    names = ["order", "raw", "row_number", "reasons", "key"]
    file = ["cells", "raw", "row_number", "_reasons", "value"]
    columns = dict(zip(names, file, strict=True))
    [row] = judge([{**dict(zip(file, "12345", strict=True))}], columns)
    assert [row[name] for name in names] == [1.0, "2", "3", "4", "5"]
    assert row["_reasons"] is None


# Neither blanks nor marks without width, which cleaning takes away.
LETTERS = st.characters(exclude_categories=["Cs", "Cc", "Cf", "Cn", "Zs", "Zl", "Zp"])


@settings(max_examples=20)
@given(name=st.text(LETTERS, min_size=1, max_size=12), cell=st.text(LETTERS, max_size=12))
def test_any_name_and_any_cell_come_through(name: str, cell: str) -> None:
    if name.lower() != "id":
        assert judge([{name: cell}], {"raw": name})[0]["raw"] == (unicodedata.normalize("NFC", cell) or None)


# Recipes with faults


def recipe_faults(folder: Path, source: Mappings[str, object], fields: list[object] | None = None) -> tuple[str, ...]:
    (folder / "definitions").mkdir(exist_ok=True)
    files = {"workspace": {"name": "Shop"}, "fields": {"fields": fields or []}, "import": {"sources": [source]}}
    for name, content in files.items():
        (folder / "definitions" / f"{name}.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(InvalidDefinition, match=r"(import|fields)\.yml:\d") as caught:
        load_recipe(open_workspace(folder))
    return caught.value.faults


CRM = {"name": "crm", "file": "raw/crm.csv", "table": "contacts", "columns": {"contact_id": "ID", "income": "Income"}}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"columns": {"contact_id": "ID", "emial": "Mail"}}, "no field of fields.yml. Did you mean `email`?"),
        (
            {"columns": {"city": "City"}},
            "contacts must have `contact_id`, or another key of a contact: contact_id, email",
        ),
        ({"columns": {"contact_id": {}}}, "must have exactly one of `from`, `value`, `sql` and `row`"),
        ({"columns": {"contact_id": {"from": "ID", "value": "x"}}}, "must have exactly one of `from`, `value`,"),
        ({"columns": {"contact_id": {"form": "ID"}}}, "unknown key `form`. Keys here: clean, decimal, format"),
        ({"columns": {"contact_id": "ID", "source": {"from": "S", "vales": {}}}}, "values. Did you mean `values`?"),
        ({"columns": {"contact_id": {"value": "x", "values": {"a": "b"}}}}, "`values` is for cells of the file"),
        ({"columns": {"contact_id": {"sql": "a", "remove": "x"}}}, "`remove` is for cells of the file"),
        (
            {"columns": {"contact_id": {"value": "x", "lookup": {"file": "f", "key": "k", "value": "v"}}}},
            "`lookup` is for",
        ),
        ({"columns": {"contact_id": {"from": "ID", "only_listed": True}}}, "`only_listed` must stand beside `values`"),
        ({"columns": {"contact_id": {"sql": "(select 1)"}}}, "is not allowed in a rule"),
        ({"columns": {"contact_id": {"from": "ID", "time_zone": "Madrid"}}}, "must be a zone's name such as UTC"),
        ({"skip": [{"reason": "x", "where": "incom < 0"}]}, "got `incom`. Did you mean `income`?"),
        ({"reject": [{"reason": "x", "where": "income <"}]}, "can't understand this rule"),
        ({"reject": [{"reason": "", "where": "income < 0"}]}, "must have at least 1 character"),
        ({"delimiter": ";;"}, "`sources.0.delimiter`"),
        ({"delimiter": '"'}, "`sources.0.delimiter`"),
        ({"delimiter": ""}, "`sources.0.delimiter`"),
        ({"encoding": "utf-88"}, "must be a text encoding such as utf-8 or cp1252, got 'utf-88'"),
        ({"table": "contact"}, "Did you mean `contacts`?"),
        ({"file": ""}, "`sources.0.file`"),
        ({"name": "my crm"}, "`sources.0.name`"),
        ({"unknown_contacts": "creat"}, "Did you mean `create`?"),
    ],
)
def test_fault_of_a_recipe_is_told_before_any_file_is_read(tmp_path: Path, change: dict[str, Any], fault: str) -> None:
    assert fault in "\n".join(recipe_faults(tmp_path, {**CRM, **change}))


def test_names_of_sources_and_fields_are_their_own(tmp_path: Path) -> None:
    field = {"name": "shoe_size", "type": "number", "family": "demographic"}
    assert "`shoe_size` stands twice" in recipe_faults(tmp_path, CRM, [field, field])[0]
    assert "`city` is a standard column" in recipe_faults(tmp_path, CRM, [{**field, "name": "city"}])[0]
    with pytest.raises(ValueError, match="every source must have a name of its own, got `crm` twice"):
        ImportFile.model_validate({"sources": [CRM, CRM]})


def test_recipe_may_be_written_in_python() -> None:
    source = Source.model_validate(CRM)
    assert source.columns["income"].source == "Income"
    assert Mapping(source, fillable("contacts", FIELDS), "UTC", "EUR").needed() == ["ID", "Income"]


def test_workspace_without_fields_has_none(tmp_path: Path) -> None:
    (tmp_path / "definitions").mkdir()
    (tmp_path / "definitions" / "workspace.yml").write_text("name: Shop\n", encoding="utf-8")
    assert load_fields(open_workspace(tmp_path)) == []


def test_decimal_comma_is_read_where_it_is_declared(tmp_path: Path) -> None:
    amounts = enumerate(['"1.391,02"', "395,5", "1 000,25", "x"], start=1)
    text = "\n".join(["Line;Customer;Date;Amount", *(f"{n};a;2026-01-0{n};{amount}" for n, amount in amounts)])
    (tmp_path / "definitions").mkdir()
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "orders.csv").write_text(text, encoding="utf-8")
    (tmp_path / "definitions" / "workspace.yml").write_text("name: Shop\n", encoding="utf-8")
    (tmp_path / "definitions" / "import.yml").write_text(
        """sources:
  - name: orders
    file: raw/orders.csv
    table: interactions
    delimiter: ";"
    unknown_contacts: create
    columns:
      interaction_id: Line
      contact_id: Customer
      occurred_at: Date
      kind: {value: purchase}
      amount: {from: Amount, decimal: ","}
""",
        encoding="utf-8",
    )
    workspace = open_workspace(tmp_path)
    (result,) = import_files(workspace).results
    assert (result.rows_accepted, result.rows_quarantined) == (3, 1)
    assert workspace.table("interactions").to_pandas()["amount"].tolist() == [1391.02, 395.5, 1000.25]


@pytest.mark.parametrize(
    ("column", "options", "message"),
    [
        ("email", "format: '%Y'", "`format` is for a date or timestamp, and `email` is a text"),
        ("birth_date", "decimal: ','", "`decimal` is for a number or integer, and `birth_date` is a date"),
        ("city", "split: ';'", "`split` is for a text list, and `city` is a text"),
    ],
)
def test_option_that_a_column_has_no_use_for_is_refused(
    column: str, options: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "definitions").mkdir()
    (tmp_path / "definitions" / "workspace.yml").write_text("name: Shop\n", encoding="utf-8")
    source = (
        f"{{name: p, file: raw/p.csv, table: contacts, columns: {{contact_id: id, {column}: {{from: x, {options}}}}}}}"
    )
    (tmp_path / "definitions" / "import.yml").write_text(f"sources: [{source}]\n", encoding="utf-8")
    with pytest.raises(InvalidDefinition, match=message):
        import_files(open_workspace(tmp_path))
