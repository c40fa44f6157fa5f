"""What suggestions rest on: names in several languages, values that confirm or contradict, and what is asked."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segment_lib.errors import InvalidFile, InvalidOption, SegmentLibError
from segment_lib.loading.recipe import ImportFile
from segment_lib.loading.suggesting import ColumnSuggestion, MappingSuggestion, suggest_mapping
from segment_lib.loading.suggesting.name_match import match_name

FieldsByTable = Callable[[MappingSuggestion], dict[str, dict[str, str]]]
CheckRecipe = Callable[[MappingSuggestion], ImportFile]
IDS = [f"C{i:03}" for i in range(30)]
EMAILS = [f"p{i}@b.example" for i in range(30)]


def people(**columns: list[str]) -> pd.DataFrame:
    """Thirty people with an id, and further columns whose cells are repeated."""
    cells = {name: [values[i % len(values)] for i in range(30)] for name, values in columns.items()}
    return pd.DataFrame({"Customer ID": IDS, **cells}, dtype="str")


def column(suggestion: MappingSuggestion, name: str) -> ColumnSuggestion:
    [found] = [one for one in suggestion.tables[0].columns if one.column == name]
    return found


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("E-Mail-Adresse", "email"), ("Correo electrónico", "email"), ("Adresse e-mail", "email"),
        ("Indirizzo e-mail", "email"), ("E-mailadres", "email"), ("Postleitzahl", "postal_code"),
        ("Código postal", "postal_code"), ("Vorname", "first_name"), ("Prénom", "first_name"), ("Cognome", "last_name"),
        ("Sobrenome", "last_name"), ("Geboortedatum", "birth_date"), ("Fecha de nacimiento", "birth_date"),
        ("Custmer ID", "contact_id"), ("customerId", "contact_id"), ("CUSTOMER_NUMBER", "contact_id"),
    ],
)  # fmt: skip
def test_headers_in_seven_languages_name_their_field(header: str, field: str) -> None:
    assert match_name(header, "contacts")[0].field == field


@pytest.mark.parametrize(
    "header",
    ["Contact owner", "Created by", "Owner email", "Company domain", "Last name change", "Email opens"],
)
def test_a_word_that_turns_the_meaning_keeps_a_header_from_naming_a_field(header: str) -> None:
    assert all(match.score < 0.75 for match in match_name(header, "contacts"))


def test_reasons_say_what_the_header_and_the_values_told() -> None:
    found = column(suggest_mapping(people(**{"E-Mail-Adresse": EMAILS})), "E-Mail-Adresse")
    assert found.field == "email"
    assert found.reasons[0] == "the header `E-Mail-Adresse` is a German name of email"
    assert found.reasons[1] == "100% of 30 values read as an e-mail address"


def test_a_column_email_full_of_numbers_is_not_the_email() -> None:
    found = column(suggest_mapping(people(email=[str(i * 37) for i in range(30)])), "email")
    assert found.custom is not None
    assert any("but 0% of 30 values read as an e-mail address" in reason for reason in found.reasons)


def test_addresses_under_a_header_that_says_nothing_are_the_email() -> None:
    found = column(suggest_mapping(people(k7=EMAILS)), "k7")
    assert (found.field, found.custom) == ("email", None)
    assert found.score < 0.6


def test_a_name_alone_scores_less_than_a_name_with_values_that_confirm_it() -> None:
    suggestion = suggest_mapping(people(City=["Madrid", "Lugo"], Email=EMAILS))
    assert column(suggestion, "City").score < column(suggestion, "Email").score


def test_owners_and_creators_are_not_the_contacts_address(fields_by_table: FieldsByTable) -> None:
    staff = ["kim@us.example", "sam@us.example"]
    fields = fields_by_table(suggest_mapping(people(**{"Contact owner": staff, "Created by": staff})))["contacts"]
    assert "email" not in fields
    assert {fields["contact_owner"], fields["created_by"]} == {"Contact owner", "Created by"}


def test_of_two_addresses_one_is_the_email_and_the_conflict_is_told() -> None:
    suggestion = suggest_mapping(people(**{"Email": EMAILS, "Private email": EMAILS[::-1]}))
    assert column(suggestion, "Email").field == "email"
    assert column(suggestion, "Email").conflict == "email is also proposed for `Private email`; weaker evidence"
    other = column(suggestion, "Private email")
    assert other.custom is not None
    assert other.conflict == "email goes to `Email`, which has better evidence"
    assert [candidate.field for candidate in other.alternatives] == ["email"]


@pytest.mark.parametrize(
    "header", ["Email status", "Email verified", "Accepted terms", "Opted out", "HasOptedOutOfEmail"]
)
def test_consent_is_never_read_from_something_else(header: str, fields_by_table: FieldsByTable) -> None:
    fields = fields_by_table(suggest_mapping(people(**{header: ["yes", "no"]})))["contacts"]
    assert not [field for field in fields if field.endswith("_consent")]


def test_words_about_subscription_become_consent() -> None:
    table = people(**{"Email marketing consent": ["Subscribed", "Not subscribed", "Pending"]})
    found = column(suggest_mapping(table), "Email marketing consent")
    assert found.field == "email_consent"
    assert found.options["values"] == {"subscribed": "true", "not subscribed": "false", "pending": None}


def test_stages_become_relationships() -> None:
    found = column(suggest_mapping(people(**{"Lifecycle stage": ["Lead", "Customer", "Other"]})), "Lifecycle stage")
    assert (found.field, found.options["values"]) == (
        "relationships",
        {"lead": "prospect", "customer": "client", "other": None},
    )


def test_ids_with_a_point_and_a_zero_are_cleaned() -> None:
    table = people(x=["a", "b"]).assign(**{"Customer ID": [f"{i}.0" for i in range(17850, 17880)]})
    found = column(suggest_mapping(table), "Customer ID")
    assert found.options == {"clean": "identifier"}
    assert found.examples[0] == ("17850.0", "17850")


def test_day_before_month_is_decided_from_all_values() -> None:
    days = [f"{1 + i:02}/03/2024" for i in range(30)]
    found = column(suggest_mapping(people(**{"Created at": days})), "Created at")
    assert (found.field, found.options) == ("acquired_at", {"format": "%d/%m/%Y"})


def test_dates_that_nobody_can_tell_are_asked_about() -> None:
    suggestion = suggest_mapping(people(**{"Created at": ["03/04/2024", "05/06/2024"]}))
    assert column(suggestion, "Created at").options == {}
    assert any("`Created at`" in question and "undecidable" in question for question in suggestion.questions)


def test_a_decimal_comma_is_found() -> None:
    orders = pd.DataFrame(
        {
            "Auftragsnummer": [f"A{i}" for i in range(30)],
            "Kundennummer": [f"K{i % 7}" for i in range(30)],
            "Bestelldatum": [f"{1 + i:02}.03.2024" for i in range(30)],
            "Betrag": [f"1.{i:03},50" for i in range(30)],
        },
        dtype="str",
    )
    suggestion = suggest_mapping(orders)
    assert [table.table for table in suggestion.tables] == ["interactions"]
    assert column(suggestion, "Betrag").options == {"decimal": ","}
    assert column(suggestion, "Betrag").examples[0] == ("1.000,50", "1000.5")
    assert suggestion.tables[0].fixed["kind"] == {"value": "purchase"}


def test_a_column_that_lists_kinds_is_turned_into_ours() -> None:
    log = pd.DataFrame(
        {
            "Contact ID": [f"K{i % 7}" for i in range(30)],
            "When": [f"2024-03-{1 + i:02}" for i in range(30)],
            "Type": [("Sale", "Refund", "Ticket", "E-mail", "Meeting")[i % 5] for i in range(30)],
        }
    )
    found = column(suggest_mapping(log), "Type")
    assert found.options["values"] == {
        "sale": "purchase",
        "refund": "refund",
        "ticket": "support_request",
        "e-mail": "email_sent",
        "meeting": "meeting",
    }


def order_lines() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Invoice": [f"I{i // 3}" for i in range(30)],
            "Customer ID": [f"K{i // 6}" for i in range(30)],
            "Date": [f"2024-03-{1 + i:02}" for i in range(30)],
            "Quantity": [("2", "-1", "5")[i % 3] for i in range(30)],
            "Unit price": [("2.50", "1.00", "3.25")[i % 3] for i in range(30)],
        },
        dtype="str",
    )


def test_price_times_quantity_is_the_amount_and_what_is_below_zero_a_refund(check_recipe: CheckRecipe) -> None:
    suggestion = suggest_mapping(order_lines())
    [source] = check_recipe(suggestion).sources
    assert source.columns["amount"].sql == 'Quantity * "Unit price"'
    assert [(one.where, one.kind) for one in source.rename] == [("quantity < 0", "refund")]
    assert any("below zero" in question for question in suggestion.questions)


def test_an_amount_that_is_the_same_on_all_lines_of_an_order_is_asked_about() -> None:
    lines = order_lines().assign(Total=[f"{10 + i // 3}.00" for i in range(30)])
    assert any("counted once for every row" in question for question in suggest_mapping(lines).questions)


def test_rows_without_a_contact_are_told() -> None:
    lines = order_lines()
    lines.loc[:5, "Customer ID"] = None
    suggestion = suggest_mapping(lines)
    assert any("6 of 30 rows have no `Customer ID`" in question for question in suggestion.questions)
    assert suggestion.tables[0].settings["unknown_contacts"] == "anonymous"


def test_empty_columns_and_columns_of_one_value_are_left_out_with_the_reason() -> None:
    suggestion = suggest_mapping(people(Fax=[None], Z_Cost=["3"]))
    assert (column(suggestion, "Fax").field, column(suggestion, "Fax").reasons) == (None, ("the column has no values",))
    assert column(suggestion, "Z_Cost").reasons == ("every row holds the same: `3`",)


@pytest.mark.parametrize(
    ("header", "cells", "kind"),
    [
        ("Interests", ["golf;travel", "travel", "golf;food", "food"], "multi-choice"),
        ("Plan", ["basic", "gold"], "choice"),
        ("Discount", ["1.50", "2.25"], "money"),
        ("Fee", ["$ 1.50", "$ 2.25"], "money"),
        ("Children", ["0", "1", "2"], "integer"),
        ("Weight", ["1.5", "2.7"], "number"),
        ("Trial", ["yes", "no"], "boolean"),
        ("Renewal date", ["2024-01-31", "2025-01-31"], "date"),
        ("Store id", ["0012", "0013"], "text"),
        ("Notes", [f"said {i}, twice" for i in range(30)], "text"),
        ("Address", [f"Street {i}, York, UK" for i in range(30)], "text"),
    ],
)
def test_a_column_of_no_standard_field_becomes_a_field_of_its_type(header: str, cells: list[str], kind: str) -> None:
    custom = column(suggest_mapping(people(**{header: cells})), header).custom
    assert custom is not None
    assert custom.type == kind


def test_a_field_takes_no_name_that_is_in_use(check_recipe: CheckRecipe) -> None:
    suggestion = suggest_mapping(
        people(**{"Email": [f"x {i}" for i in range(30)], "e-mail!": ["y"] * 29 + ["z"], "Labels": ["1", "2"]})
    )
    check_recipe(suggestion)
    names = [one.field for one in suggestion.tables[0].columns]
    assert len(set(names)) == len(names)


def test_money_in_another_currency_than_the_workspaces_is_asked_about() -> None:
    lines = order_lines().assign(Total=[f"$ {i}.00" for i in range(30)])
    assert any("USD" in question for question in suggest_mapping(lines, currency="EUR").questions)


def test_a_table_that_names_no_contact_is_a_lookup(fields_by_table: FieldsByTable) -> None:
    products = pd.DataFrame({"product_id": ["1", "2", "3"], "brand": ["a", "b", "c"]})
    suggestion = suggest_mapping(products)
    assert fields_by_table(suggestion) == {}
    assert "lookup" in suggestion.questions[0]


def test_what_comes_from_the_file_is_escaped_in_html() -> None:
    page = suggest_mapping(people(**{"<script>x</script>": ["<b>bold</b>", "<i>it</i>"]}))._repr_html_()
    assert "<script>" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;x&lt;/script&gt;" in page


def test_the_answer_can_be_read_as_text_and_as_a_table() -> None:
    suggestion = suggest_mapping(people(Email=EMAILS))
    assert "contact_id" in repr(suggestion)
    frame = suggestion.to_pandas()
    assert list(frame["field"]) == ["contact_id", "email"]
    assert frame["raw"][1] == EMAILS[0]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"table": "people"}, InvalidOption, "`table` must be one of"),
        ({"region": "es"}, InvalidOption, "two capital letters"),
    ],
)
def test_options_that_do_not_exist_are_refused(options: dict[str, str], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        suggest_mapping(people(), **options)  # type: ignore[arg-type]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="can't find the file"):
        suggest_mapping(tmp_path / "absent.csv")


def test_a_table_that_names_a_column_twice_is_refused() -> None:
    with pytest.raises(InvalidFile, match="name every column once, got `a`"):
        suggest_mapping(pd.DataFrame([["1", "2"]], columns=["a", "A "]))


def test_a_table_without_columns_is_refused() -> None:
    with pytest.raises(InvalidFile, match="must have columns"):
        suggest_mapping(pd.DataFrame())


def test_typed_and_mixed_columns_are_taken_as_they_are(fields_by_table: FieldsByTable) -> None:
    table = pd.DataFrame(
        {"id": [1, 2, 3], "email": ["a@b.es", "c@d.es", None], "x": ["a", 2, 3.5], "tags": [["a"], ["b", "a"], []]}
    )
    assert fields_by_table(suggest_mapping(table))["contacts"]["labels"] == "tags"
    assert suggest_mapping(pa.table({"customer_id": [1.0, 2.0]})).table("contacts").columns[0].field == "contact_id"


@pytest.mark.slow
def test_a_thousand_columns_are_answered(check_recipe: CheckRecipe) -> None:
    table = pd.DataFrame({"Customer ID": IDS[:20], **{f"answer {i}": ["yes", "no"] * 10 for i in range(999)}})
    suggestion = suggest_mapping(table)
    assert len(suggestion.tables[0].columns) == 1000
    check_recipe(suggestion)


HEADERS = st.sampled_from(
    ["email", "Order ID", "date", "Customer ID", "amount", "name", "Tags", "phone", "country", "Type"]
)
CELLS = st.sampled_from(["1", "a@b.es", "31/01/2024", "n/a", "1.234,50", "Spain", "yes", "a;b", "", "+34600100200"])


@settings(max_examples=25)
@given(
    st.dictionaries(
        st.one_of(HEADERS, st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)),
        st.lists(
            st.one_of(CELLS, st.text(st.characters(codec="utf-8"), max_size=8), st.none()), min_size=6, max_size=6
        ),
        min_size=1,
        max_size=5,
    ),
)
def test_whatever_a_table_holds_the_answer_is_a_recipe_or_a_clear_error(columns: dict[str, list[str | None]]) -> None:
    table = pd.DataFrame(columns, dtype="object")
    try:
        suggestion = suggest_mapping(table)
    except SegmentLibError:
        return
    again = suggest_mapping(table)
    assert repr(again) == repr(suggestion)
    assert again.to_yaml() == suggestion.to_yaml()
    suggestion._repr_html_()
    for one in suggestion.tables:
        assert len(one.columns) == len(columns)
        fields = [answer.field for answer in one.columns if answer.field]
        assert len(set(fields)) == len(fields)
