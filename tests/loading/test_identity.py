"""One person once: by which keys rows find their contact, which values survive, and what consent and labels become."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from segment_lib.engine import run_sql
from segment_lib.errors import InvalidDefinition
from segment_lib.loading import ImportReport, import_files
from segment_lib.workspace import Workspace, open_workspace

CRM: dict[str, Any] = {
    "name": "crm",
    "file": "raw/crm.csv",
    "table": "contacts",
    "columns": {"contact_id": "ID", "email": "Mail", "city": "City"},
}
NEWS: dict[str, Any] = {
    "name": "news",
    "file": "raw/news.csv",
    "table": "contacts",
    "columns": {"email": "Mail", "city": "Town"},
}
SHOP: dict[str, Any] = {
    "name": "shop",
    "file": "raw/shop.csv",
    "table": "interactions",
    "columns": {"interaction_id": "N", "email": "Mail", "occurred_at": "Day", "kind": {"value": "purchase"}},
}
PEOPLE = "ID,Mail,City\n01,ana@shop.example,Faro\n02,bo@shop.example,Porto\n"


def make(
    folder: Path,
    files: Mapping[str, str],
    *sources: Mapping[str, Any],
    fields: Sequence[Mapping[str, object]] = (),
    survivors: Mapping[str, object] | None = None,
    **settings: object,
) -> Workspace:
    definitions = {
        "workspace": {"name": "Shop", **settings},
        "fields": {"fields": list(fields)},
        "import": {"sources": list(sources), "survivors": survivors or {}},
    }
    for part in ("definitions", "raw"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for name, content in definitions.items():
        (folder / "definitions" / f"{name}.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    for name, text in files.items():
        (folder / "raw" / f"{name}.csv").write_text(text, encoding="utf-8")
    return open_workspace(folder)


def bring(shop: Workspace, /, **files: str) -> ImportReport:
    """Import what is there after some files were written anew."""
    for name, text in files.items():
        (shop.folder / "raw" / f"{name}.csv").write_text(text, encoding="utf-8")
    report = import_files(shop)
    assert all(result.balances for result in report.results)
    return report


def with_columns(source: Mapping[str, Any], changes: Mapping[str, Any], **others: Any) -> dict[str, Any]:
    columns = {**source["columns"], **changes}
    return {**source, **others, "columns": {name: rule for name, rule in columns.items() if rule is not None}}


def rows_of(shop: Workspace, query: str) -> list[tuple[Any, ...]]:
    names = ("contacts", "interactions", "quarantine", "labels", "contact_versions")
    found = run_sql(query, {name: shop.table(name) for name in names}).to_pylist()
    return [tuple(row.values()) for row in found]


def city(shop: Workspace) -> Any:
    [(value,)] = rows_of(shop, "select city from contacts")
    return value


# Keys


def test_address_is_one_key_whatever_its_capitals(tmp_path: Path) -> None:
    news = (
        "Mail,Town\nAna@Shop.Example,Faro\n ANA@shop.example ,Lagos\nBo <bo@shop.example>,Porto\n,Beja\nnobody,Beja\n"
    )
    shop = make(tmp_path, {"news": news}, NEWS)
    [result] = bring(shop).results
    assert (result.rows_accepted, result.rows_quarantined, result.rows_skipped) == (2, 2, 1)
    assert rows_of(shop, "select email, city from contacts order by 1") == [
        ("ana@shop.example", "Lagos"),
        ("bo@shop.example", "Porto"),
    ]
    # Ids are shown in reports: an address is not to be read in them.
    assert all("@" not in contact_id for (contact_id,) in rows_of(shop, "select contact_id from contacts"))


def test_second_source_finds_the_contacts_of_the_first(tmp_path: Path) -> None:
    shop = make(tmp_path, {"crm": PEOPLE, "news": "Mail,Town\nBO@shop.example,Beja\ncy@shop.example,Faro\n"}, CRM, NEWS)
    assert [result.rows_accepted for result in bring(shop).results] == [2, 2]
    assert rows_of(shop, "select email, city from contacts order by 1") == [
        ("ana@shop.example", "Faro"),
        ("bo@shop.example", "Beja"),
        ("cy@shop.example", "Faro"),
    ]
    assert rows_of(shop, "select contact_id from contacts where email like 'bo%'") == [("02",)]


def test_interactions_find_their_contact_by_address(tmp_path: Path) -> None:
    visits = "N,Mail,Day\n1,ANA@shop.example,2026-01-01\n2,dee@shop.example,2026-01-02\n3,,2026-01-03\n"
    shop = make(tmp_path, {"crm": PEOPLE, "shop": visits}, CRM, SHOP)
    assert [result.rows_quarantined for result in bring(shop).results] == [0, 2]
    assert rows_of(shop, "select interaction_id, contact_id from interactions") == [("shop:1", "01")]
    assert rows_of(shop, "select reasons from quarantine order by row_number") == [
        (["the email is not among the contacts: dee@shop.example"],),
        (["`Mail` is empty"],),
    ]


def test_strangers_of_interactions_become_contacts_once(tmp_path: Path) -> None:
    visits = "N,Mail,Day\n1,Dee@shop.example,2026-01-02\n2,dee@shop.example,2026-01-01\n"
    crm = {**CRM, "keys": ["contact_id", "email"]}
    shop = make(tmp_path, {"crm": PEOPLE, "shop": visits}, crm, {**SHOP, "unknown_contacts": "create"})
    bring(shop)
    assert rows_of(shop, "select email from contacts where contact_id not in ('01', '02')") == [("dee@shop.example",)]
    assert rows_of(shop, "select count(distinct contact_id), count(*) from interactions") == [(1, 2)]
    # Whoever brings the address later brings nobody new.
    bring(shop, crm=PEOPLE + "03,dee@shop.example,Beja\n")
    assert rows_of(shop, "select city from contacts where email = 'dee@shop.example'") == [("Beja",)]
    assert rows_of(shop, "select city from interactions join contacts using (contact_id)") == [("Beja",)] * 2


def test_telephone_is_one_key_however_it_is_written(tmp_path: Path) -> None:
    crm = with_columns(CRM, {"phone": "Tel"})
    calls = with_columns(SHOP, {"email": None, "phone": "From"})
    people = "ID,Mail,City,Tel\n01,,Faro,612 345 678\n02,,Porto,\n"
    rows = "N,From,Day\n1,+34 612-345-678,2026-01-01\n2,0034612345678,2026-01-02\n3,699999999,2026-01-03\n"
    shop = make(tmp_path, {"crm": people, "shop": rows}, crm, calls, country="ES")
    bring(shop)
    assert rows_of(shop, "select contact_id, count(*) from interactions group by 1") == [("01", 2)]


def test_unique_field_is_a_key(tmp_path: Path) -> None:
    fields = [{"name": "card", "type": "text", "family": "identity", "unique": True}]
    crm = with_columns(CRM, {"card": "Card"})
    visits = with_columns(SHOP, {"email": None, "card": "Card"})
    files = {
        "crm": "ID,Mail,City,Card\n01,,,C-1\n02,,,C-2\n",
        "shop": "N,Card,Day\n1,C-2,2026-01-01\n2,C-9,2026-01-01\n",
    }
    shop = make(tmp_path, files, crm, visits, fields=fields)
    bring(shop)
    assert rows_of(shop, "select interaction_id, contact_id from interactions") == [("shop:1", "02")]


def test_id_of_another_system_leads_to_the_contact_that_shares_the_address(tmp_path: Path) -> None:
    erp = with_columns(CRM, {}, name="erp", file="raw/erp.csv", keys=["contact_id", "email"])
    by_id = with_columns(SHOP, {"email": None, "contact_id": "Who"})
    files = {
        "crm": PEOPLE,
        "erp": "ID,Mail,City\nE-7,ana@shop.example,Lagos\nE-8,,Beja\n",
        "shop": "N,Who,Day\n1,E-7,2026-01-01\n2,01,2026-01-02\n3,E-8,2026-01-03\n",
    }
    shop = make(tmp_path, files, CRM, erp, by_id)
    bring(shop)
    assert rows_of(shop, "select contact_id, city from contacts order by 1") == [
        ("01", "Lagos"),
        ("02", "Porto"),
        ("E-8", "Beja"),
    ]
    assert rows_of(shop, "select interaction_id, contact_id from interactions order by 1") == [
        ("shop:1", "01"),
        ("shop:2", "01"),
        ("shop:3", "E-8"),
    ]


def test_rows_that_share_keys_in_a_chain_are_one_contact(tmp_path: Path) -> None:
    news = with_columns(NEWS, {"phone": "Tel"}, keys=["email", "phone"])
    rows = (
        "Mail,Tel,Town\na@shop.example,+34600000001,\nb@shop.example,+34600000002,\n,+34600000003,\n"
        "b@shop.example,+34600000001,\nc@shop.example,+34600000003,Faro\n"
    )
    shop = make(tmp_path, {"news": rows}, news)
    [result] = bring(shop).results
    assert (result.rows_accepted, result.rows_skipped) == (2, 3)
    assert rows_of(shop, "select email, city from contacts order by 1") == [
        ("b@shop.example", None),
        ("c@shop.example", "Faro"),
    ]


def test_address_that_two_contacts_share_leads_to_neither(tmp_path: Path) -> None:
    family = "ID,Mail,City\n01,home@shop.example,Faro\n02,home@shop.example,Porto\n"
    shop = make(tmp_path, {"crm": family, "shop": "N,Mail,Day\n1,home@shop.example,2026-01-01\n"}, CRM, SHOP)
    assert bring(shop).results[1].rows_quarantined == 1
    assert shop.table("contacts").num_rows == 2


def test_former_address_leads_to_its_contact_still(tmp_path: Path) -> None:
    shop = make(tmp_path, {"crm": PEOPLE, "shop": "N,Mail,Day\n1,ana@shop.example,2026-01-01\n"}, CRM, SHOP)
    bring(shop)
    rows = "N,Mail,Day\n1,ana@shop.example,2026-01-01\n2,ana@shop.example,2026-02-01\n3,new@shop.example,2026-02-01\n"
    bring(shop, crm=PEOPLE.replace("ana@", "new@"), shop=rows)
    assert rows_of(shop, "select email from contacts where contact_id = '01'") == [("new@shop.example",)]
    assert rows_of(shop, "select contact_id, count(*) from interactions group by 1") == [("01", 3)]


@pytest.mark.parametrize("text", ["0\x1f1", "A\tB", "A  B", "\u00e9", "e\u0301", "A\u00a0B", "0\x7f", "\u200f01"])
def test_id_is_normalised_alike_in_every_table(tmp_path: Path, text: str) -> None:
    by_id = with_columns(SHOP, {"email": None, "contact_id": "Who"})
    files = {"crm": f"ID,Mail,City\n{text},,Faro\n", "shop": f"N,Who,Day\n1,{text},2026-01-01\n"}
    shop = make(tmp_path, files, CRM, by_id)
    assert [result.rows_accepted for result in bring(shop).results] == [1, 1]
    assert rows_of(shop, "select count(*) from interactions join contacts using (contact_id)") == [(1,)]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (with_columns(NEWS, {"email": None}), "contacts must have `contact_id`, or another key"),
        ({**NEWS, "keys": ["phone"]}, "`keys` must name .* that `columns` fills, got `phone`"),
        ({**NEWS, "keys": ["city"]}, "`keys` must name contact_id, email, phone that `columns` fills, got `city`"),
        (with_columns(SHOP, {"email": None}), "interactions must have `contact_id`, or another key"),
    ],
)
def test_source_without_a_key_is_refused(tmp_path: Path, source: Mapping[str, Any], message: str) -> None:
    with pytest.raises(InvalidDefinition, match=message):
        import_files(make(tmp_path, {}, source))


# Which value survives


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (None, "Lagos"),
        ("latest", "Lagos"),
        ("earliest", "Faro"),
        ("longest", "Vila Real"),
        (["crm"], "Vila Real"),
        (["news", "crm"], "Lagos"),
    ],
)
def test_value_of_a_field_survives_by_its_rule(tmp_path: Path, rule: object, expected: str) -> None:
    crm = "ID,Mail,City\n01,ana@shop.example,{}\n"
    shop = make(
        tmp_path,
        {"crm": crm.format("Faro"), "news": "Mail,Town\nana@shop.example,Beja\n"},
        CRM,
        NEWS,
        survivors={"city": rule} if rule else None,
    )
    bring(shop)
    bring(shop, crm=crm.format("Vila Real"))
    bring(shop, news="Mail,Town\nana@shop.example,Lagos\n")
    assert city(shop) == expected
    assert {value for (value,) in rows_of(shop, "select city from contact_versions")} >= {"Faro", "Vila Real", "Lagos"}


def test_empty_cell_says_nothing(tmp_path: Path) -> None:
    shop = make(tmp_path, {"crm": "ID,Mail,City\n01,ana@shop.example,Faro\n"}, CRM)
    bring(shop)
    bring(shop, crm="ID,Mail,City\n01,,\n")
    assert rows_of(shop, "select email, city from contacts") == [("ana@shop.example", "Faro")]


def test_source_that_repeats_an_old_value_does_not_win_over_a_newer_one(tmp_path: Path) -> None:
    crm = with_columns(CRM, {"occupation": "Job"})
    old = "ID,Mail,City,Job\n01,ana@shop.example,Faro,{}\n"
    shop = make(tmp_path, {"crm": old.format("Baker"), "news": "Mail,Town\nana@shop.example,Lagos\n"}, crm, NEWS)
    bring(shop)
    assert city(shop) == "Lagos"
    bring(shop, crm=old.format("Cook"))
    assert city(shop) == "Lagos"
    bring(shop, crm=old.format("Cook").replace("Faro", "Beja"))
    assert city(shop) == "Beja"


def test_contact_is_known_since_the_first_that_anybody_says(tmp_path: Path) -> None:
    crm = with_columns(CRM, {"acquired_at": "Since"})
    news = with_columns(NEWS, {"acquired_at": "Since"})
    files = {
        "crm": "ID,Mail,City,Since\n01,ana@shop.example,,2026-01-05\n",
        "news": "Mail,Town,Since\nana@shop.example,,2025-12-01\nana@shop.example,,2026-02-01\n",
    }
    shop = make(tmp_path, files, crm, news)
    bring(shop)
    assert rows_of(shop, "select cast(acquired_at as date)::text from contacts") == [("2025-12-01",)]


def test_unknown_source_among_those_that_are_trusted_is_told(tmp_path: Path) -> None:
    shop = make(tmp_path, {"crm": PEOPLE}, CRM, survivors={"city": ["crn"]})
    with pytest.raises(InvalidDefinition, match=r"can't find a source `crn`.*Did you mean `crm`"):
        import_files(shop)
    shop = make(tmp_path, {"crm": PEOPLE}, CRM, survivors={"ctiy": "latest"})
    with pytest.raises(InvalidDefinition, match=r"can't find a column `ctiy`.*Did you mean `city`"):
        import_files(shop)


# Consent

LEFT: dict[str, Any] = {
    "name": "left",
    "file": "raw/left.csv",
    "table": "contacts",
    "columns": {"email": "Mail", "email_consent": {"value": "no"}},
}


def consent(shop: Workspace) -> Any:
    [(value,)] = rows_of(shop, "select email_consent from contacts where email = 'ana@shop.example'")
    return value


def test_withdrawn_consent_is_not_given_back_by_another_source(tmp_path: Path) -> None:
    crm = with_columns(CRM, {"email_consent": "News"})
    people = "ID,Mail,City,News\n01,ana@shop.example,{},yes\n02,bo@shop.example,,yes\n"
    shop = make(tmp_path, {"crm": people.format("Faro"), "left": "Mail\n"}, crm, LEFT)
    bring(shop)
    assert consent(shop) is True
    bring(shop, left="Mail\nANA@shop.example\n")
    assert consent(shop) is False
    bring(shop, crm=people.format("Lagos"))
    assert (consent(shop), rows_of(shop, "select city from contacts where contact_id = '01'")) == (False, [("Lagos",)])
    assert rows_of(shop, "select email_consent from contacts where contact_id = '02'") == [(True,)]


def test_same_source_may_give_what_it_has_withdrawn(tmp_path: Path) -> None:
    crm = with_columns(CRM, {"email_consent": "News"})
    shop = make(tmp_path, {"crm": "ID,Mail,City,News\n01,ana@shop.example,,no\n"}, crm)
    bring(shop)
    assert consent(shop) is False
    bring(shop, crm="ID,Mail,City,News\n01,ana@shop.example,,yes\n")
    assert consent(shop) is True
    bring(shop, crm="ID,Mail,City,News\n01,ana@shop.example,,\n")
    assert consent(shop) is True


@pytest.mark.parametrize(
    ("given", "withdrawn", "expected"),
    [
        ("2026-02-01", "2026-01-01", True),
        ("2026-01-01", "2026-02-01", False),
        ("2026-01-01", "2026-01-01", False),
        ("", "2026-01-01", False),
        ("2026-02-01", "", False),
        ("", "", False),
    ],
)
def test_consent_after_a_dated_withdrawal_holds(tmp_path: Path, given: str, withdrawn: str, expected: bool) -> None:
    crm = with_columns(CRM, {"email_consent": "News", "email_consent_at": "At"})
    left = with_columns(LEFT, {"email_consent_at": "At"})
    files = {
        "crm": f"ID,Mail,City,News,At\n01,ana@shop.example,,yes,{given}\n",
        "left": f"Mail,At\nana@shop.example,{withdrawn}\n",
    }
    shop = make(tmp_path, files, crm, left)
    bring(shop)
    assert consent(shop) is expected
    said = rows_of(shop, "select cast(email_consent_at as date)::text from contacts")
    assert said == [((given if expected else withdrawn) or None,)]


def test_consent_that_nobody_speaks_of_is_unknown(tmp_path: Path) -> None:
    crm = with_columns(CRM, {"email_consent": "News"})
    shop = make(tmp_path, {"crm": "ID,Mail,City,News\n01,ana@shop.example,,\n02,bo@shop.example,,maybe\n"}, crm)
    bring(shop)
    assert rows_of(shop, "select email_consent from contacts") == [(None,), (None,)]


# Labels

TAGS = with_columns(CRM, {"labels": {"from": "Tags", "split": ","}})


def labels(shop: Workspace) -> list[tuple[Any, ...]]:
    return rows_of(
        shop,
        """select contact_id, label, removed_at is null, source, "by" from labels order by label, "by", assigned_at""",
    )


def test_tags_become_labels_and_go_with_the_export_that_lacks_them(tmp_path: Path) -> None:
    people = "ID,Mail,City,Tags\n01,,,{}\n"
    shop = make(tmp_path, {"crm": people.format('"VIP, ""Blog"",VIP"')}, TAGS)
    bring(shop)
    assert labels(shop) == [("01", "Blog", True, "import", "crm"), ("01", "VIP", True, "import", "crm")]
    bring(shop, crm=people.format("VIP"))
    assert [row[1:3] for row in labels(shop)] == [("Blog", False), ("VIP", True)]
    # A contact without tags has none: otherwise its last one would never come off.
    bring(shop, crm=people.format(""))
    assert [row[1:3] for row in labels(shop)] == [("Blog", False), ("VIP", False)]
    bring(shop, crm=people.format('"VIP,Blog"'))
    assert [row[1:3] for row in labels(shop)] == [("Blog", False), ("Blog", True), ("VIP", False), ("VIP", True)]


def test_labels_of_two_sources_do_not_take_each_other_off(tmp_path: Path) -> None:
    news = with_columns(NEWS, {"labels": "Tags"})
    files = {
        "crm": "ID,Mail,City,Tags\n01,ana@shop.example,,VIP\n",
        "news": "Mail,Town,Tags\nana@shop.example,,Reader;VIP\n",
    }
    shop = make(tmp_path, files, TAGS, news)
    bring(shop)
    bring(shop, news="Mail,Town,Tags\nana@shop.example,,Writer\n")
    assert [(label, active, by) for _, label, active, _, by in labels(shop)] == [
        ("Reader", False, "news"),
        ("VIP", True, "crm"),
        ("VIP", False, "news"),
        ("Writer", True, "news"),
    ]


def test_labels_that_people_put_on_stay(tmp_path: Path) -> None:
    shop = make(tmp_path, {"crm": "ID,Mail,City,Tags\n01,,,VIP\n"}, TAGS)
    bring(shop)
    by_hand = run_sql(
        """select contact_id, 'by hand' as label, 'manual' as source, assigned_at from labels""",
        {"labels": shop.table("labels")},
    )
    shop.append("labels", by_hand)
    bring(shop, crm="ID,Mail,City,Tags\n01,,,Blog\n")
    assert [row[1:4] for row in labels(shop)] == [
        ("Blog", True, "import"),
        ("VIP", False, "import"),
        ("by hand", True, "manual"),
    ]
