"""What files say about people: whose id it is, whose denial, and what a later file or recipe takes back."""

from collections.abc import Callable
from typing import Any

from segment_lib.loading import export_quarantine, import_files, import_mended, load_imports, undo_import
from segment_lib.workspace import Workspace

Ask = Callable[[Workspace, str], list[tuple[Any, ...]]]
CRM: dict[str, Any] = {
    "name": "crm",
    "file": "raw/crm*.csv",
    "table": "contacts",
    "columns": {"contact_id": "ID", "email": "Email", "city": "City"},
}
NEWS: dict[str, Any] = {
    "name": "news",
    "file": "raw/news*.csv",
    "table": "contacts",
    "keys": ["email"],
    "columns": {"contact_id": "M", "email": "Mail"},
}
LEFT: dict[str, Any] = {
    "name": "left",
    "file": "raw/left.csv",
    "table": "contacts",
    "keys": ["email"],
    "columns": {"email": "Mail", "email_consent": {"value": "no"}},
}
CONSENT: dict[str, Any] = {**CRM, "columns": {**CRM["columns"], "email_consent": "OK"}}
PEOPLE = "select contact_id, email, city from contacts order by 1"
MAY = "select contact_id, email_consent from contacts order by 1"


def test_id_of_another_system_is_no_id_of_ours(make_shop: Any, query: Ask) -> None:
    shop = make_shop(
        {"crm.csv": "ID,Email,City\n1,al@x.es,Faro\n", "news.csv": "M,Mail\n1,bo@x.es\n9,al@x.es\n"},
        sources=[CRM, NEWS],
    )
    import_files(shop)
    found = query(shop, "select contact_id, email from contacts order by 2")
    assert found[0] == ("1", "al@x.es")
    assert found[1][0].startswith("news:")
    # Nor does their 9 for Al keep our 9 from being somebody else.
    import_files(make_shop({"crm2.csv": "ID,Email,City\n9,cy@x.es,Oslo\n"}, sources=[CRM, NEWS]))
    assert ("9", "cy@x.es", "Oslo") in query(shop, PEOPLE)
    assert ("1", "al@x.es", "Faro") in query(shop, PEOPLE)


def test_two_ids_of_one_system_are_two_people_whatever_they_share(make_shop: Any, query: Ask) -> None:
    source = {**CRM, "keys": ["contact_id", "email"]}
    shop = make_shop({"crm.csv": "ID,Email,City\n1,home@x.es,Faro\n2,home@x.es,Beja\n"}, sources=[source])
    import_files(shop)
    assert query(shop, PEOPLE) == [("1", "home@x.es", "Faro"), ("2", "home@x.es", "Beja")]


def test_address_that_was_handed_on_leads_to_whoever_has_it_now(make_shop: Any, query: Ask) -> None:
    orders = {
        "name": "shop", "file": "raw/orders.csv", "table": "interactions",
        "columns": {"email": "Mail", "occurred_at": "Day", "kind": {"value": "purchase"}},
    }  # fmt: skip
    files = {"crm1.csv": "ID,Email,City\n1,info@x.es,Faro\n"}
    import_files(make_shop(files, sources=[CRM]))
    import_files(make_shop({"crm2.csv": "ID,Email,City\n1,al@x.es,Faro\n2,info@x.es,Beja\n"}, sources=[CRM]))
    shop = make_shop({"orders.csv": "Mail,Day\ninfo@x.es,2026-01-01\nal@x.es,2026-01-02\n"}, sources=[CRM, orders])
    import_files(shop)
    assert query(shop, "select contact_id from interactions order by occurred_at") == [("2",), ("1",)]


def test_denial_holds_for_everybody_who_has_the_address(make_shop: Any, query: Ask) -> None:
    crm = "ID,Email,City,OK\n1,both@x.es,,yes\n2,both@x.es,,yes\n3,cy@x.es,,yes\n"
    import_files(make_shop({"left.csv": "Mail\nboth@x.es\n"}, sources=[LEFT]))
    shop = make_shop({"crm.csv": crm}, sources=[LEFT, CONSENT])
    import_files(shop)
    assert [row for row in query(shop, MAY) if len(row[0]) == 1] == [("1", False), ("2", False), ("3", True)]


def test_denial_wins_over_a_consent_of_the_same_file_unless_that_is_later(make_shop: Any, query: Ask) -> None:
    source = {**CONSENT, "columns": {**CONSENT["columns"], "email_consent_at": "At"}}
    lines = [
        "1,,,no,2026-05-01", "1,,,yes,2026-01-01",
        "2,,,no,2026-05-01", "2,,,yes,2026-06-01",
        "3,,,no,", "3,,,yes,2026-06-01",
    ]  # fmt: skip
    shop = make_shop({"crm.csv": "\n".join(["ID,Email,City,OK,At", *lines]) + "\n"}, sources=[source])
    import_files(shop)
    assert query(shop, MAY) == [("1", False), ("2", True), ("3", False)]


def test_recipe_edit_leaves_what_earlier_files_said(make_shop: Any, query: Ask) -> None:
    import_files(make_shop({"crm.csv": "ID,Email,City\n1,al@x.es,Faro\n2,bo@x.es,Beja\n"}, sources=[CRM]))
    shop = make_shop({"crm.csv": "ID,Email,City\n1,al@x.es,\n"}, sources=[CRM])
    import_files(shop)
    edited = {**CRM, "columns": {**CRM["columns"], "company": {"value": "Acme"}}}
    import_files(make_shop({}, sources=[edited]))
    assert query(shop, PEOPLE) == [("1", "al@x.es", "Faro"), ("2", "bo@x.es", "Beja")]


def test_contact_that_an_edited_recipe_refuses_goes(make_shop: Any, query: Ask) -> None:
    shop = make_shop({"crm.csv": "ID,Email,City\n1,al@x.es,Faro\n2,t@x.es,test\n"}, sources=[CRM])
    import_files(shop)
    stricter = {**CRM, "reject": [{"reason": "a test", "where": "city = 'test'"}]}
    import_files(make_shop({}, sources=[stricter]))
    assert [row[0] for row in query(shop, PEOPLE)] == ["1"]


def test_file_that_is_put_back_counts_again(make_shop: Any, query: Ask) -> None:
    right, wrong = "ID,Email,City\n1,al@x.es,Faro\n", "ID,Email,City\n1,al@x.es,Oslo\n"
    for text in (right, wrong, right):
        shop = make_shop({"crm.csv": text}, sources=[CRM])
        import_files(shop)
    assert query(shop, PEOPLE) == [("1", "al@x.es", "Faro")]
    assert [result.status for result in import_files(shop).results] == ["known"]


def test_contact_that_was_there_before_any_import_keeps_its_fields(make_shop: Any, query: Ask) -> None:
    import pyarrow as pa

    shop = make_shop({"crm1.csv": "ID,Email,City\n1,al@x.es,\n"}, sources=[CRM])
    shop.append("contacts", pa.table({"contact_id": ["1"], "company": ["Acme"]}))
    import_files(shop)
    import_files(make_shop({"crm2.csv": "ID,Email,City\n1,bo@x.es,\n"}, sources=[CRM]))
    assert query(shop, "select contact_id, email, company from contacts") == [("1", "bo@x.es", "Acme")]


def test_mended_row_of_a_source_without_ids_comes_once(make_shop: Any, query: Ask, tmp_path: Any) -> None:
    orders = {
        "name": "shop", "file": "raw/orders.csv", "table": "interactions",
        "columns": {"contact_id": "Who", "occurred_at": "Day", "kind": {"value": "purchase"}, "amount": "Amount"},
    }  # fmt: skip
    files = {"crm.csv": "ID,Email,City\n1,al@x.es,\n", "orders.csv": "Who,Day,Amount\n1,2026-01-01,7\n1,soon,9\n"}
    shop = make_shop(files, sources=[CRM, orders])
    import_files(shop)
    file = tmp_path / "mend.csv"
    export_quarantine(shop, file)
    file.write_text(file.read_text(encoding="utf-8-sig").replace(",1,soon,9", ",1,2026-01-02,9"), encoding="utf-8")
    import_mended(shop, file)
    assert query(shop, "select amount from interactions order by 1") == [(7.0,), (9.0,)]
    # The shop exports the row right next month.
    import_files(make_shop({"orders.csv": "Who,Day,Amount\n1,2026-01-01,7\n1,2026-01-02,9\n"}, sources=[CRM, orders]))
    assert query(shop, "select amount from interactions order by 1") == [(7.0,), (9.0,)]
    assert import_mended(shop, file).results[0].known


def test_undone_file_stays_away_after_an_edit_of_the_recipe(make_shop: Any, query: Ask) -> None:
    shop = make_shop({"crm.csv": "ID,Email,City\n1,al@x.es,Faro\n"}, sources=[CRM])
    import_files(shop)
    undo_import(shop, str(load_imports(shop).loc[0, "import_id"]))
    import_files(make_shop({}, sources=[{**CRM, "columns": {**CRM["columns"], "company": {"value": "Acme"}}}]))
    assert query(shop, PEOPLE) == []
