"""Undo: as if the file had never been imported, or a refusal that says what is in the way."""

import json
from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from segment_lib.errors import NotFound
from segment_lib.loading import InTheWay, import_files, load_imports, undo_import
from segment_lib.workspace import Workspace

Ask = Callable[[Workspace, str], list[tuple[Any, ...]]]
CONTACTS = "ID,Email,City\n1,ana@a.es,Faro\n2,bo@b.es,Porto\n"
ORDERS = "Line,Customer,Date,Amount\nA,1,2026-01-01,10\nB,2,2026-01-02,20\n"
# Grown, with B corrected; then B as it was first, and C again.
GROWN = ORDERS.replace("20\n", "25\n") + "C,1,2026-01-03,30\n"
AGAIN = ORDERS + "C,1,2026-01-03,30\nD,2,2026-01-04,40\n"
FILES = {"orders1.csv": ORDERS, "orders2.csv": GROWN, "orders3.csv": AGAIN}
LINES = "select interaction_id, contact_id, amount from interactions order by 1"


def id_of(workspace: Workspace, file: str) -> str:
    imports = load_imports(workspace).set_index("file")
    return str(imports.loc[file, "import_id"])


def state(workspace: Workspace) -> dict[str, list[str]]:
    """What the tables say, whichever import brought it."""
    hidden = {"import_id", "brought_at", "superseded_by", "assigned_at", "removed_at"}
    return {
        name: sorted(
            json.dumps({k: v for k, v in row.items() if k not in hidden}, default=str, sort_keys=True)
            for row in workspace.table(name).to_arrow().to_pylist()
        )
        for name in ("contacts", "interactions", "labels", "campaign_assignments")
    }


def test_import_alone_is_taken_back_whole(make_shop: Any, query: Ask) -> None:
    shop = make_shop({"crm.csv": CONTACTS})
    import_files(make_shop({"orders1.csv": ORDERS + "X,9,2026-01-01,5\n"}))
    report = undo_import(shop, id_of(shop, "orders1.csv"))
    assert report.removed["interactions"] == 2
    assert query(shop, LINES) == []
    assert query(shop, "select raw_row from quarantine") == []
    assert "2 rows removed" in repr(report)
    assert query(shop, "select undone_at is not null from imports order by target") == [(False,), (True,)]


def test_file_that_was_taken_back_stays_away_until_it_is_asked_for(make_shop: Any, query: Ask) -> None:
    shop = make_shop({"crm.csv": CONTACTS, "orders1.csv": ORDERS})
    import_files(shop)
    orders = id_of(shop, "orders1.csv")
    undo_import(shop, orders)
    again = import_files(shop)
    assert [result.status for result in again.results] == ["known", "undone"]
    assert "undone, not imported again" in repr(again)
    assert query(shop, LINES) == []
    import_files(shop, again=[orders])
    assert [row[0] for row in query(shop, LINES)] == ["shop:A", "shop:B"]


def test_row_that_a_later_file_held_too_stays_as_a_row_of_that_file(make_shop: Any, query: Ask) -> None:
    shop = make_shop({"crm.csv": CONTACTS, "orders1.csv": ORDERS})
    import_files(shop)
    import_files(make_shop({"orders3.csv": AGAIN}))
    report = undo_import(shop, id_of(shop, "orders1.csv"))
    assert (report.removed["interactions"], report.handed_over["interactions"]) == (0, 2)
    assert [row[0] for row in query(shop, LINES)] == ["shop:A", "shop:B", "shop:C", "shop:D"]
    undo_import(shop, id_of(shop, "orders3.csv"))
    assert query(shop, LINES) == []


def test_correction_that_is_taken_back_gives_way_to_the_older_version(make_shop: Any, query: Ask) -> None:
    shop = make_shop({"crm.csv": CONTACTS, "orders1.csv": ORDERS})
    import_files(shop)
    import_files(make_shop({"orders2.csv": GROWN}))
    assert query(shop, "select amount from interactions order by interaction_id") == [(10,), (25,), (30,)]
    assert query(shop, "select amount from superseded") == [(20,)]
    report = undo_import(shop, id_of(shop, "orders2.csv"))
    assert report.restored["interactions"] == 1
    assert query(shop, "select amount from interactions order by interaction_id") == [(10,), (20,)]
    assert query(shop, "select amount from superseded") == []


@pytest.mark.parametrize("gone", FILES)
@pytest.mark.parametrize("order", list(permutations(FILES)), ids=lambda order: "-".join(name[6] for name in order))
def test_undo_leaves_what_the_others_would_have_left(make_shop: Any, order: tuple[str, ...], gone: str) -> None:
    for name in order:
        shop = make_shop({"crm.csv": CONTACTS, name: FILES[name]})
        import_files(shop)
        if name != gone:
            others = make_shop({"crm.csv": CONTACTS, name: FILES[name]}, folder="others")
            import_files(others)
    undo_import(shop, id_of(shop, gone))
    assert state(shop) == state(others)


@pytest.mark.parametrize("gone", [1, 2, 3])
def test_contact_is_put_together_from_the_imports_that_are_left(make_shop: Any, query: Ask, gone: int) -> None:
    files = {
        1: "ID,Email,City\n1,ana@a.es,Faro\n2,bo@b.es,Porto\n",
        2: "ID,Email,City\n1,ana@new.es,Faro\n2,bo@b.es,Porto\n3,cy@c.es,Beja\n",
        3: "ID,Email,City\n1,ana@new.es,Evora\n2,bo@b.es,Porto\n3,cy@c.es,Beja\n",
    }
    for number, text in files.items():
        shop = make_shop({f"crm{number}.csv": text}, sources=[SOURCE])
        import_files(shop)
        if number != gone:
            others = make_shop({f"crm{number}.csv": text}, sources=[SOURCE], folder="others")
            import_files(others)
    undo_import(shop, id_of(shop, f"crm{gone}.csv"))
    assert state(shop) == state(others)


SOURCE = {
    "name": "crm",
    "file": "raw/crm*.csv",
    "table": "contacts",
    "columns": {"contact_id": "ID", "email": "Email", "city": "City"},
}


def test_contacts_whose_orders_stand_are_in_the_way(make_shop: Any, query: Ask) -> None:
    shop = make_shop({"crm.csv": CONTACTS, "orders1.csv": ORDERS})
    import_files(shop)
    before = state(shop)
    with pytest.raises(InTheWay, match=r"2 rows of \w+ \(orders1\.csv\) are of contacts whom only the import"):
        undo_import(shop, id_of(shop, "crm.csv"))
    assert state(shop) == before


def test_contacts_that_orders_make_by_themselves_are_made_again(make_shop: Any, query: Ask) -> None:
    orders = {
        "name": "shop", "file": "raw/orders*.csv", "table": "interactions", "unknown_contacts": "create",
        "columns": {"contact_id": "Customer", "occurred_at": "Date", "kind": {"value": "purchase"}},
    }  # fmt: skip
    shop = make_shop({"orders1.csv": ORDERS}, sources=[orders])
    import_files(shop)
    import_files(make_shop({"orders2.csv": "Line,Customer,Date,Amount\nE,1,2026-02-01,5\n"}, sources=[orders]))
    undo_import(shop, id_of(shop, "orders1.csv"))
    assert query(shop, "select contact_id, cast(acquired_at as date)::varchar from contacts") == [("1", "2026-01-31")]


def test_edited_recipe_that_replaced_rows_is_in_the_way(make_shop: Any, query: Ask) -> None:
    import_files(make_shop({"crm.csv": CONTACTS}, sources=[SOURCE]))
    edited = {**SOURCE, "columns": {**SOURCE["columns"], "region": "City"}}
    shop = make_shop({}, sources=[edited])
    import_files(shop)
    with pytest.raises(InTheWay, match="followed an edit of the recipe and replaced rows"):
        undo_import(shop, id_of(shop, "crm.csv"))


def test_rows_left_out_since_they_were_known_are_in_the_way(make_shop: Any, query: Ask) -> None:
    lazy = {**SOURCE, "on_known": "skip"}
    shop = make_shop({"crm1.csv": CONTACTS}, sources=[lazy])
    import_files(shop)
    import_files(make_shop({"crm2.csv": CONTACTS + "3,cy@c.es,Beja\n"}, sources=[lazy]))
    with pytest.raises(InTheWay, match=r"crm2\.csv.* were left out, by the policy `on_known: skip`"):
        undo_import(shop, id_of(shop, "crm1.csv"))


def test_unknown_import_and_one_that_was_taken_back_are_told(make_shop: Any, query: Ask) -> None:
    shop = make_shop({"crm.csv": CONTACTS, "orders1.csv": ORDERS})
    import_files(shop)
    with pytest.raises(NotFound, match=r"can't find the import 'nope'\. The last ones: .*orders1\.csv"):
        undo_import(shop, "nope")
    orders = id_of(shop, "orders1.csv")
    undo_import(shop, orders)
    with pytest.raises(NotFound, match="was taken back on"):
        undo_import(shop, orders)


def test_only_imports_that_were_taken_back_are_made_again(make_shop: Any) -> None:
    shop = make_shop({"crm.csv": CONTACTS, "orders1.csv": ORDERS})
    import_files(shop)
    with pytest.raises(NotFound, match=r"can't find nobody among the imports that were taken back: none\."):
        import_files(shop, again=["nobody"])
    crm, orders = id_of(shop, "crm.csv"), id_of(shop, "orders1.csv")
    undo_import(shop, orders)
    with pytest.raises(NotFound, match=rf"can't find {crm} among the imports that were taken back: {orders}\."):
        import_files(shop, again=[orders, crm], dry_run=True)


def test_refused_row_is_open_again_when_the_import_that_brought_it_goes(make_shop: Any, query: Ask) -> None:
    orders = "Line,Customer,Date,Amount\nA,3,2026-01-01,10\n"
    shop = make_shop({"crm1.csv": CONTACTS, "orders1.csv": orders})
    import_files(shop)
    import_files(make_shop({"crm2.csv": "ID,Email,City\n3,cy@c.es,Beja\n"}))
    import_files(make_shop({"orders2.csv": orders + "B,1,2026-01-01,1\n"}))
    assert query(shop, "select resolved_by is null from quarantine") == [(False,)]
    undo_import(shop, id_of(shop, "orders2.csv"))
    assert query(shop, "select resolved_by is null from quarantine") == [(True,)]


def test_dry_run_tells_all_of_it_and_writes_nothing(make_shop: Any, query: Ask) -> None:
    shop = make_shop({"crm.csv": CONTACTS, "orders1.csv": ORDERS + "X,9,2026-01-01,5\n"})
    tried = import_files(shop, dry_run=True)
    assert "Nothing was written" in repr(tried)
    assert [(r.rows_read, r.rows_accepted, r.rows_quarantined) for r in tried.results] == [(2, 2, 0), (3, 2, 1)]
    assert tried.results[1].amounts == {"EUR": {"read": "35.0000", "accepted": "30.0000", "quarantined": "5.0000"}}
    assert not any(shop.tables.exists(name) for name in ("contacts", "interactions", "imports", "quarantine"))
    assert import_files(shop).results == tried.results


def test_refused_row_waits_once_whichever_import_is_taken_back(make_shop: Any, query: Ask) -> None:
    waiting = "select count(*) from quarantine where resolved_by is null"
    orders = "Line,Customer,Date,Amount\n1,1,2026-01-01,10\n2,1,soon,20\n"
    nights = [orders, orders + "3,1,2026-01-03,30\n", orders + "3,1,2026-01-03,30\n4,1,2026-01-04,40\n"]
    for taken_back in range(3):
        shop = make_shop({"crm.csv": "ID,Email,City\n1,ana@a.es,Faro\n"}, folder=f"shop_{taken_back}")
        ids = []
        for night in nights:
            make_shop({"orders.csv": night}, folder=f"shop_{taken_back}")
            ids.append(import_files(shop).results[-1].import_id)
        assert query(shop, waiting) == [(1,)]
        undo_import(shop, ids[taken_back])
        assert query(shop, waiting) == [(1,)]
