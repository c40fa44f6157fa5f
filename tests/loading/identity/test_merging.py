"""Merging: one contact of two, everything points to it, and back."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from segment_lib.errors import InvalidOption, NotFound
from segment_lib.loading import import_files, load_history, load_merges, merge_contacts, unmerge_contacts
from segment_lib.workspace import Workspace

Ask = Callable[[Workspace, str], list[tuple[Any, ...]]]
CONTACTS = "ID,Email,City\n1,ana@a.es,Faro\n2,,Porto\n3,ana@new.es,\n"
ORDERS = "Line,Customer,Date,Amount\nA,1,2026-01-01,10\nB,2,2026-01-02,20\nC,3,2026-01-03,30\n"
WHOSE = "select interaction_id, contact_id, merged_from from interactions order by 1"
CRM = {
    "name": "crm", "file": "raw/crm*.csv", "table": "contacts",
    "columns": {"contact_id": "ID", "email": "Email", "city": "City", "labels": {"from": "Tags", "split": ","}},
}  # fmt: skip
TAGGED = 'ID,Email,City,Tags\n1,ana@a.es,Faro,VIP\n2,,Porto,"Blog,VIP"\n3,ana@new.es,,\n'


@pytest.fixture
def shop(make_shop: Any) -> Workspace:
    made: Workspace = make_shop({"crm.csv": CONTACTS, "orders.csv": ORDERS})
    import_files(made)
    return made


def state(workspace: Workspace) -> dict[str, list[str]]:
    return {
        name: sorted(json.dumps(row, default=str) for row in workspace.table(name).to_arrow().to_pylist())
        for name in ("contacts", "interactions", "labels", "campaign_assignments")
    }


def test_merged_contact_is_gone_and_its_rows_point_to_the_other(shop: Workspace, query: Ask) -> None:
    assert merge_contacts(shop, [("3", "1")], by="Eva", reason="same person", probability=0.97) == 1
    assert query(shop, "select contact_id, email, city from contacts order by 1") == [
        ("1", "ana@new.es", "Faro"),
        ("2", None, "Porto"),
    ]
    assert query(shop, WHOSE) == [("shop:A", "1", None), ("shop:B", "2", None), ("shop:C", "1", "3")]
    [merge] = load_merges(shop)
    assert (merge["merged_id"], merge["into_id"], merge["by"], merge["probability"]) == ("3", "1", "Eva", 0.97)


def test_taken_apart_everything_is_as_before(shop: Workspace, query: Ask) -> None:
    before = state(shop)
    merge_contacts(shop, [("3", "1")])
    merge_contacts(shop, [("1", "2")])
    assert query(shop, WHOSE) == [("shop:A", "2", "1"), ("shop:B", "2", None), ("shop:C", "2", "3")]
    unmerge_contacts(shop, ["1"])
    assert query(shop, WHOSE) == [("shop:A", "1", None), ("shop:B", "2", None), ("shop:C", "1", "3")]
    unmerge_contacts(shop, ["3"])
    assert state(shop) == before
    assert all(merge["undone_at"] is not None for merge in load_merges(shop))


def test_later_files_find_the_contact_that_the_merged_one_is_part_of(
    shop: Workspace, make_shop: Any, query: Ask
) -> None:
    merge_contacts(shop, [("3", "1")])
    more = "Line,Customer,Date,Amount\nD,3,2026-02-01,40\n"
    import_files(make_shop({"orders2.csv": more, "crm2.csv": "ID,Email,City\n3,ana@newest.es,\n"}))
    assert query(shop, "select contact_id, merged_from from interactions where amount = 40") == [("1", "3")]
    assert query(shop, "select email from contacts where contact_id = '1'") == [("ana@newest.es",)]
    unmerge_contacts(shop, ["3"])
    assert query(shop, "select contact_id, merged_from from interactions where amount = 40") == [("3", None)]


def test_labels_follow_and_return(make_shop: Any, query: Ask) -> None:
    shop = make_shop({"crm.csv": TAGGED, "orders.csv": ORDERS}, sources=[CRM])
    import_files(shop)
    labels = "select contact_id, label from labels where removed_at is null order by all"
    assert query(shop, labels) == [("1", "VIP"), ("2", "Blog"), ("2", "VIP")]
    before = state(shop)
    merge_contacts(shop, [("2", "1")])
    assert {row[0] for row in query(shop, labels)} == {"1"}
    assert {row[1] for row in query(shop, labels)} == {"VIP", "Blog"}
    unmerge_contacts(shop, ["2"])
    assert state(shop) == before


def test_history_tells_every_value_and_which_holds(shop: Workspace) -> None:
    merge_contacts(shop, [("3", "1")])
    history = load_history(shop, "1")
    emails = history[history["field"] == "email"]
    assert sorted(zip(emails["value"], emails["contact_id"], emails["holds"], strict=True)) == [
        ("ana@a.es", "1", False),
        ("ana@new.es", "3", True),
    ]
    with pytest.raises(NotFound, match="can't find the contact '9'"):
        load_history(shop, "9")


def test_impossible_merges_are_refused_and_change_nothing(shop: Workspace) -> None:
    before = state(shop)
    with pytest.raises(InvalidOption, match="every contact must be merged once"):
        merge_contacts(shop, [("1", "1")])
    with pytest.raises(InvalidOption, match="every contact must be merged once"):
        merge_contacts(shop, [("1", "2"), ("2", "3")])
    with pytest.raises(NotFound, match="can't find the contacts 8, 9"):
        merge_contacts(shop, [("9", "8")])
    with pytest.raises(NotFound, match=r"can't find a merge of 2\. Merged: nobody"):
        unmerge_contacts(shop, ["2"])
    assert state(shop) == before
