"""Quality of an import: totals, completeness, changes and what cleaning did, on tables made by hand."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from segment_lib import Workspace, import_files, open_workspace
from segment_lib.errors import MissingColumns
from segment_lib.loading import load_imports
from segment_lib.loading.before_after import changed_pairs, newest_file, preview_cleaning, summarise_cleaning
from segment_lib.loading.completeness import measure_completeness, measure_families
from segment_lib.loading.quality import (
    check_totals,
    compare_imports,
    count_open,
    list_notes,
    list_policies,
    load_standing,
)
from segment_lib.vocabulary import IMPORTS, Column

NOW = datetime(2026, 10, 31, 12, tzinfo=UTC)
FIELDS = (
    Column("contact_id", "text", "identity", "Key"),
    Column("city", "text", "geographic", "Town"),
    Column("country", "text", "geographic", "Country"),
    Column("interests", "text list", "psychographic", "Interests"),
    Column("shoe_size", "number", "demographic", "A field that no file has brought yet"),
)
PEOPLE = pd.DataFrame(
    {
        "contact_id": ["1", "2", "3", "4"],
        "city": ["Bilbao", None, None, None],
        "country": ["ES", "ES", "PT", None],
        "interests": [["tea"], [], None, ["tea", "jam"]],
    }
)
CRM = {
    "name": "crm",
    "file": "raw/crm.csv",
    "table": "contacts",
    "columns": {
        "contact_id": "Id",
        "email": "E-mail",
        "country": "Country",
        "birth_date": {"from": "Born"},
        "income": {"from": "Income", "decimal": ","},
        "relationships": "Kind",
        "email_consent": "Letter",
        "acquired_at": "Since",
        "source": {"value": "shop"},
    },
}
HEADER = "Id;E-mail;Country;Born;Income;Kind;Letter;Since"
ROWS = (
    "1; Ann@Mail.Example ;Spain;31/12/1980;1.200,50;client;yes;2026-01-05 10:00:00",
    "2;bob@mail.example;ES;01/02/1990;900;client;true;2026-01-05T09:00:00Z",
    "3;no mail;n/a;13/02/1991;;client;false;",
)


def ledger(**values: Any) -> dict[str, Any]:
    """A row of the table `imports`; what is not given is empty."""
    empty: dict[str, Any] = {column.name: None for column in IMPORTS}
    counts = {name: 0 for name in empty if name.startswith("rows_")}
    texts = {"import_id": "a", "source": "crm", "file": "crm.csv", "target": "contacts", "imported_at": NOW}
    return empty | counts | texts | values


def quarantined(*rows: tuple[str, str, str | None]) -> pd.DataFrame:
    """Rows of the table `quarantine`: import, outcome, resolved by."""
    table = (
        pd.DataFrame(rows, columns=["import_id", "outcome", "resolved_by"]).astype("str").where(lambda t: t != "None")
    )
    return table.assign(source="crm", file="crm.csv", target="contacts")


def workspace_of(folder: Path, source: dict[str, Any], *lines: str) -> Workspace:
    """A workspace in Madrid with one source and its file."""
    (folder / "definitions").mkdir(parents=True)
    (folder / "raw").mkdir()
    (folder / "raw" / "crm.csv").write_text("\n".join(lines), encoding="utf-8")
    for name, content in (
        ("workspace", {"name": "Tiny", "time_zone": "Europe/Madrid"}),
        ("import", {"sources": [source]}),
    ):
        (folder / "definitions" / f"{name}.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return open_workspace(folder)


# Completeness


def test_completeness_counts_values_and_an_empty_list_is_none() -> None:
    found = measure_completeness(PEOPLE, columns=FIELDS, wanted=["geographic"]).set_index("field")
    assert dict(found["filled"]) == {"shoe_size": 0, "country": 3, "city": 1, "interests": 2}
    assert dict(found["filled_share"]) == {"shoe_size": 0.0, "country": 0.75, "city": 0.25, "interests": 0.5}
    assert list(found.index[found["used_by_goal"]]) == ["country", "city"]


def test_families_tell_cells_contacts_with_something_and_contacts_with_everything() -> None:
    found = measure_families(PEOPLE, columns=FIELDS).set_index("family")
    assert list(found.index) == ["demographic", "geographic", "psychographic"]
    assert found.loc["geographic"].tolist() == [2, 0.5, 0.75, 0.25]
    assert found.loc["demographic"].tolist() == [1, 0.0, 0.0, 0.0]


def test_a_workspace_without_contacts_has_empty_fields() -> None:
    nobody = PEOPLE.iloc[:0]
    assert measure_completeness(nobody, columns=FIELDS)["filled_share"].tolist() == [0.0] * 4
    assert measure_families(nobody, columns=FIELDS)["any_share"].tolist() == [0.0] * 3


# Totals


def test_totals_balance_in_rows_and_in_every_currency() -> None:
    amounts = (
        '{"EUR": {"read": "10.5000", "accepted": "7.5000", "quarantined": "3"}, "USD": {"read": "2", "skipped": "2"}}'
    )
    imports = pd.DataFrame([ledger(rows_read=6, rows_accepted=3, rows_quarantined=2, rows_skipped=1, amounts=amounts)])
    rows = [("a", "refused", None), ("a", "refused", "mended-1"), ("a", "kept", None), ("b", "refused", None)]
    found = check_totals(imports, quarantined(*rows))
    assert found["unit"].tolist() == ["rows", "EUR", "USD"]
    assert found["read"].tolist() == [6, Decimal("10.5"), 2]
    assert found["skipped"].tolist() == [1, 0, 2]
    assert found["in_quarantine"].tolist()[0] == 2
    assert found["balances"].all()


@pytest.mark.parametrize(
    ("change", "unit"),
    [
        ({"rows_accepted": 4}, "rows"),
        ({"rows_quarantined": 1, "rows_skipped": 2}, "rows"),
        ({"amounts": '{"EUR": {"read": "10", "accepted": "9.9999"}}'}, "EUR"),
    ],
)
def test_totals_that_do_not_agree_are_flagged(change: dict[str, Any], unit: str) -> None:
    good = ledger(rows_read=6, rows_accepted=3, rows_quarantined=2, rows_skipped=1)
    found = check_totals(pd.DataFrame([good | change]), quarantined(("a", "refused", None), ("a", "refused", None)))
    assert found.set_index("unit")["balances"].to_dict() == {"rows": True} | {unit: False}


def test_totals_of_a_table_without_counts_are_refused() -> None:
    with pytest.raises(MissingColumns, match="rows_read"):
        check_totals(pd.DataFrame({"import_id": []}), quarantined())


# Policies, notes, quarantine


def test_policies_and_notes_are_listed_widest_first() -> None:
    imports = pd.DataFrame(
        [
            ledger(policies='{"a cancellation": 3}', skip_reasons='{"postage": 9}', notes='{"`Born` is odd": 1}'),
            ledger(file="b.csv", policies="{}", notes='{"`Mail` is odd": 2}'),
        ]
    )
    policies = list_policies(imports)
    assert list(zip(policies["policy"], policies["effect"], policies["rows"], strict=True)) == [
        ("postage", "skipped", 9),
        ("a cancellation", "changed", 3),
    ]
    assert list_notes(imports)["note"].tolist() == ["`Mail` is odd", "`Born` is odd"]


def test_open_rows_are_those_that_no_later_import_brought() -> None:
    table = quarantined(("a", "refused", None), ("a", "refused", "b"), ("a", "kept", None), ("gone", "refused", None))
    found = count_open(table, pd.DataFrame([ledger()]))
    assert found[["waiting", "resolved"]].values.tolist() == [[1, 1]]


# Changes


def test_an_import_is_compared_with_the_one_before_of_the_same_file() -> None:
    first, second, third = (datetime(2026, 10, day, tzinfo=UTC) for day in (1, 2, 3))
    history = pd.DataFrame(
        [
            ledger(imported_at=third, rows_read=12, amounts='{"EUR": {"read": "7"}}', header=["Id", "Mail", "Shop"]),
            ledger(imported_at=first, rows_read=10, amounts='{"EUR": {"read": "5"}}', header=["Id", "Mail", "City"]),
            ledger(imported_at=second, rows_read=99, file="other.csv", header=["Id"]),
            ledger(imported_at=second, rows_read=4, source="orders"),
        ]
    )
    found = compare_imports(history).set_index("source")
    assert found.loc["crm", ["rows_read", "earlier_rows_read", "earlier_file"]].tolist() == [12, 10, "crm.csv"]
    assert found.loc["crm", "columns_added"] == ("Shop",)
    assert found.loc["crm", "columns_missing"] == ("City",)
    assert found.loc["crm", "amounts"] == {"EUR": Decimal(7)}
    assert found.loc["crm", "earlier_amounts"] == {"EUR": Decimal(5)}
    assert found.loc["crm", "header"] == "missing: `City`; new: `Shop`"
    assert pd.isna(found.loc["orders", "earlier_rows_read"])
    assert found.loc["orders", "header"] == ""


def test_a_new_file_of_a_source_is_compared_with_its_last_file() -> None:
    history = pd.DataFrame(
        [
            ledger(imported_at=datetime(2026, 10, 1, tzinfo=UTC), file="monday.csv", rows_read=5),
            ledger(imported_at=datetime(2026, 10, 2, tzinfo=UTC), file="tuesday.csv", rows_read=6),
            ledger(imported_at=datetime(2026, 10, 3, tzinfo=UTC), file="wednesday.csv", rows_read=7),
        ]
    )
    assert compare_imports(history)["earlier_file"].tolist() == ["tuesday.csv"]


def test_nothing_imported_has_no_changes_totals_or_policies() -> None:
    nothing = pd.DataFrame(columns=[column.name for column in IMPORTS])
    assert compare_imports(nothing).empty
    assert check_totals(nothing, quarantined()).empty
    assert list_policies(nothing).empty
    assert list_notes(nothing).empty


# Cleaning


def test_cleaning_is_told_cell_by_cell(tmp_path: Path) -> None:
    found = preview_cleaning(workspace_of(tmp_path, CRM, HEADER, *ROWS), now=NOW)
    pairs = {(one["field"], one["before"]): one for one in found.pairs.to_dict("records")}
    after = {key: (one["after"], one["changed"]) for key, one in pairs.items()}
    assert found.rows == {"crm": 3}
    assert found.left_out == ()
    assert after["email", " Ann@Mail.Example "] == ("ann@mail.example", True)
    assert after["email", "bob@mail.example"] == ("bob@mail.example", False)
    assert pd.isna(after["email", "no mail"][0])
    assert after["country", "Spain"] == ("ES", True)
    assert after["country", "ES"] == ("ES", False)
    # The order of day and month is decided from the column: 31/12 has one reading.
    assert after["birth_date", "01/02/1990"] == ("1990-02-01", True)
    assert after["income", "1.200,50"] == ("1200.5", True)
    assert after["income", "900"] == ("900.0", False)
    assert after["relationships", "client"] == ("client", False)
    assert after["email_consent", "yes"] == ("true", True)
    assert after["email_consent", "true"] == ("true", False)
    # Five o'clock somewhere: a time without a zone is Madrid's, one with a zone is that zone's.
    assert after["acquired_at", "2026-01-05 10:00:00"] == ("2026-01-05 09:00:00 UTC", False)
    assert after["acquired_at", "2026-01-05T09:00:00Z"] == ("2026-01-05 09:00:00 UTC", False)
    assert not any(field == "source" for field, _ in after)


def test_cleaning_is_summed_up_by_column(tmp_path: Path) -> None:
    found = preview_cleaning(workspace_of(tmp_path, CRM, HEADER, *ROWS), now=NOW)
    summary = summarise_cleaning(found.pairs).set_index("field")
    names = ["cells", "cells_changed", "cells_emptied", "distinct_before", "distinct_after"]
    assert summary.loc["email", names].tolist() == [3, 2, 1, 3, 2]
    assert summary.loc["country", names].tolist() == [3, 2, 1, 3, 1]
    assert summary.loc["contact_id", names].tolist() == [3, 0, 0, 3, 3]
    assert set(changed_pairs(found.pairs, fields=["country"])["before"]) == {"Spain", "n/a"}


def test_a_preview_that_can_not_decide_a_date_says_so(tmp_path: Path) -> None:
    lines = [HEADER, *(f"{n};a{n}@b.example;ES;0{n}/0{n + 1}/1990;1;client;yes;" for n in range(1, 6))]
    workspace = workspace_of(tmp_path, CRM, *lines, "6;f@b.example;ES;31/12/1990;1;client;yes;")
    found = preview_cleaning(workspace, now=NOW, rows=5)
    assert found.pairs.empty
    assert len(found.left_out) == 1
    assert "crm: the first 5 rows alone" in found.left_out[0]
    assert summarise_cleaning(found.pairs).empty
    assert preview_cleaning(workspace, now=NOW, rows=6).left_out == ()


def test_a_file_without_rows_has_nothing_to_compare(tmp_path: Path) -> None:
    found = preview_cleaning(workspace_of(tmp_path, CRM, HEADER), now=NOW)
    assert found.pairs.empty
    assert found.rows == {"crm": 0}


def test_a_workspace_without_sources_has_no_file(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path, CRM, HEADER, *ROWS)
    assert newest_file(workspace) == tmp_path / "raw" / "crm.csv"
    (tmp_path / "definitions" / "import.yml").write_text("sources: []\n", encoding="utf-8")
    assert newest_file(workspace) is None
    assert preview_cleaning(workspace, now=NOW).rows == {}


# A real import


def test_a_real_import_balances_and_its_second_export_is_compared(tmp_path: Path) -> None:
    workspace = workspace_of(tmp_path, CRM, HEADER, *ROWS, ";;;;;;;")
    import_files(workspace)
    totals = check_totals(load_imports(workspace), workspace.table("quarantine"))
    assert totals[["read", "accepted", "quarantined", "balances"]].values.tolist() == [[4, 3, 1, True]]
    assert count_open(workspace.table("quarantine"), load_standing(workspace))["waiting"].tolist() == [1]
    assert list_notes(load_imports(workspace))["rows"].sum() >= 1
    header = f"{HEADER};Loyalty"
    (tmp_path / "raw" / "crm.csv").write_text("\n".join([header, *(f"{row};x" for row in ROWS)]), encoding="utf-8")
    import_files(workspace)
    change = compare_imports(load_standing(workspace)).iloc[0]
    assert (change["rows_read"], change["earlier_rows_read"]) == (3, 4)
    assert change["columns_added"] == ("Loyalty",)
    assert not change["same_file"]
