"""The recipe of an import says what it means, and every fault of it is told before a file is read."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from segment_lib.loading.fields import CustomField, FieldsFile, columns_of
from segment_lib.loading.recipe import ImportFile, Source, fillable, key_columns

CRM: dict[str, Any] = {"name": "crm", "file": "raw/crm.csv", "table": "contacts", "columns": {"contact_id": "ID"}}
SHOP: dict[str, Any] = {
    "name": "shop",
    "file": "raw/shop.csv",
    "table": "interactions",
    "columns": {"contact_id": "Who", "occurred_at": "Day", "kind": {"value": "purchase"}, "amount": "Sum"},
}
CARD = CustomField(name="card", type="text", family="identity", unique=True)
TIER = CustomField(name="tier", type="choice", family="relationship", choices=["Gold"])


def recipe(*sources: Mapping[str, Any], fields: tuple[CustomField, ...] = (), **others: object) -> ImportFile:
    return ImportFile.model_validate({"sources": list(sources), **others}, context={"fields": fields})


def changed(source: Mapping[str, Any], columns: Mapping[str, Any], **others: object) -> dict[str, Any]:
    return {**source, **others, "columns": {**source["columns"], **columns}}


def test_what_is_not_declared_is_found_by_evidence_and_strict() -> None:
    [source] = recipe(SHOP).sources
    declared = (source.delimiter, source.encoding, source.sheet, source.member, source.header_row)
    assert declared == (None,) * 5
    assert (source.on_known, source.bad_cells) == ("update", None)
    assert (source.unknown_contacts, source.currencies) == ("quarantine", "refuse")
    assert (source.skip, source.reject, source.rename, source.keys, source.missing) == ([], [], [], [], [])


def test_name_of_a_column_stands_for_a_rule() -> None:
    assert recipe(CRM) == recipe(changed(CRM, {"contact_id": {"from": "ID"}}))


def test_recipe_without_sources_is_a_recipe() -> None:
    assert recipe().sources == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({**CRM, "file": None}, "must have exactly one of `file` and `database`"),
        ({**CRM, "database": {"connection": "SHOP_DB", "query": "people"}}, "exactly one of `file` and `database`"),
        ({**SHOP, "columns": {"contact_id": "Who", "amount": "Sum"}}, "interactions must have `occurred_at`, `kind`"),
        ({**CRM, "columns": {}}, "contacts must have `contact_id`, or another key"),
        (changed(CRM, {"original_amount": "Sum"}), "`original_amount` is no column of contacts"),
        (changed(SHOP, {"original_amount": "Sum"}), "`original_amount` is no column of interactions"),
        (changed(SHOP, {"import_id": "Sum"}), "`import_id` is no column of interactions"),
        (changed(SHOP, {"labels": "Tags"}), "`labels` is no column of interactions"),
        (changed(CRM, {"phone": {"from": "Tel", "region": "Spain"}}), "region"),
        (changed(CRM, {"birth_date": {"from": "B", "region": "ES"}}), "`region` is for a text"),
        (changed(CRM, {"birth_date": {"from": "B", "clean": "identifier"}}), "`clean` is for a text"),
        (changed(CRM, {"birth_date": {"from": "B", "time_zone": "UTC"}}), "`time_zone` is for a timestamp"),
        (changed(CRM, {"birth_date": {"from": "B", "format": "%d/%Q"}}), "a format of dates must be"),
        (changed(CRM, {"city": {"value": "Faro", "missing": ["x"]}}), "`missing` is for cells of the file"),
        ({**SHOP, "rename": [{"reason": "x", "where": "amount < 0"}]}, "kind"),
        ({**SHOP, "rename": [{"reason": "x", "where": "amuont < 0", "kind": "refund"}]}, "Did you mean `amount`"),
        ({**SHOP, "rename": [{"reason": "x", "where": "1 +", "kind": "refund"}]}, "can't understand this rule"),
        ({**SHOP, "skip": [{"reason": "x", "where": "(select 1) = 1"}]}, "is not allowed in a rule"),
        ({**SHOP, "skip": [{"reason": "x", "where": "read_text('x') = ''"}]}, "is not allowed|can't"),
        ({**SHOP, "currencies": "convert"}, "`currencies: convert` needs `rates`"),
        ({**SHOP, "currencies": "add"}, "currencies"),
        ({**SHOP, "bad_cells": "drop"}, "bad_cells"),
        ({**SHOP, "header_row": -1}, "header_row"),
        ({**CRM, "delimiter": "\n"}, "delimiter"),
    ],
)
def test_fault_of_a_source_is_told(source: Mapping[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        recipe(source)


def test_rows_may_find_their_contact_by_any_unique_field() -> None:
    assert key_columns((CARD, TIER)) == ("contact_id", "email", "phone", "card")
    visit = changed(SHOP, {"card": "Card"}, keys=["card"])
    del visit["columns"]["contact_id"]
    [source] = recipe(visit, fields=(CARD,)).sources
    assert source.keys == ["card"]
    with pytest.raises(ValidationError, match="`card` is no column of interactions"):
        recipe(visit)


def test_written_columns_are_not_to_be_filled() -> None:
    interactions = {column.name for column in fillable("interactions", (CARD, TIER))}
    assert {"email", "phone", "card"} <= interactions
    assert not interactions & {"import_id", "merged_from", "original_amount", "original_currency", "tier", "labels"}
    assert {"labels", "tier"} <= {column.name for column in fillable("contacts", (TIER,))}


def test_fields_are_columns_of_their_table_and_of_its_history() -> None:
    shelf = CustomField(name="shelf", type="money", family="behavioural", table="interactions")
    for table, own in (
        ("contacts", "tier"),
        ("contact_versions", "tier"),
        ("interactions", "shelf"),
        ("superseded", "shelf"),
    ):
        assert columns_of(table, (TIER, shelf))[-1].name == own
    assert (shelf.column.type, shelf.column.unit) == ("number", "money")
    assert [column.name for column in columns_of("labels", (TIER, shelf))].count("tier") == 0


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ({"name": "tier", "type": "text", "choices": ["a"]}, "`choices` is for a choice or a multi-choice"),
        ({"name": "tier", "type": "integer", "unique": True}, "`unique` is for a text field of contacts"),
        ({"name": "tier", "type": "text", "unique": True, "table": "interactions"}, "`unique` is for a text field"),
        ({"name": "city", "type": "text"}, "`city` is a standard column of contacts"),
        ({"name": "labels", "type": "text list"}, "`labels` is a word of the tables themselves"),
        ({"name": "given_id", "type": "text"}, "`given_id` is a word of the tables themselves"),
        ({"name": "My Field", "type": "text"}, "name"),
        ({"name": "_skip", "type": "text"}, "name"),
        ({"name": "tier", "type": "colour"}, "type"),
    ],
)
def test_fault_of_a_field_is_told(field: Mapping[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        FieldsFile.model_validate({"fields": [{"family": "preference", **field}]})


def test_survivors_name_fields_and_sources_that_are_there() -> None:
    kept = recipe(CRM, survivors={"city": ["crm"], "email": "longest"}).survivors
    assert kept == {"city": ["crm"], "email": "longest"}
    for survivors, message in (
        ({"city": "newest"}, "survivors"),
        ({"contact_id": "latest"}, "can't find a column `contact_id`"),
        ({"amount": "latest"}, "can't find a column `amount`"),
        ({"city": ["shop"]}, "can't find a source `shop`"),
    ):
        with pytest.raises(ValidationError, match=message):
            recipe(CRM, survivors=survivors)


def test_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        Source.model_validate({**CRM, "delimeter": ","})
