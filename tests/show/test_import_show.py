"""Tables, sentences and the picture of an import: what they say, and that nobody is in them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from segment_lib import show
from segment_lib.errors import MissingColumns
from segment_lib.show.import_masking import is_shared, mask_text, pick_examples, show_pair

EVIL = "<script>alert('x')</script>"
NONE = float("nan")
DAY = datetime(2026, 10, 31, tzinfo=UTC)

IMPORTS = pd.DataFrame(
    [
        ("crm.csv", "contacts", 10, 8, 1, 1, DAY, ["delimiter ';', by evidence", EVIL]),
        ("orders.csv", "interactions", 30, 30, 0, 0, DAY, None),
    ],
    columns=[
        *("file", "target", "rows_read", "rows_accepted", "rows_quarantined", "rows_skipped"),
        *("imported_at", "statements"),
    ],
)
TOTALS = pd.DataFrame(
    [
        ("crm", "crm.csv", "contacts", "rows", 10, 8, 1, 1, 1, True),
        ("orders", "orders.csv", "interactions", "rows", 30, 30, 0, 0, 0, True),
        ("orders", "orders.csv", "interactions", "EUR", *map(Decimal, ("90.5", "90.5", "0", "0")), None, True),
    ],
    columns=[
        *("source", "file", "target", "unit", "read", "accepted", "quarantined", "skipped"),
        *("in_quarantine", "balances"),
    ],
)
WAITING = pd.DataFrame([("crm.csv", "contacts", 1, 2)], columns=["file", "target", "waiting", "resolved"])
POLICIES = pd.DataFrame(
    [(EVIL, "changed", "orders.csv", "interactions", 7)], columns=["policy", "effect", "file", "target", "rows"]
)
NOTES = pd.DataFrame([("`Born` is out of range", "crm.csv", "contacts", 3)], columns=["note", "file", "target", "rows"])
REASONS = pd.DataFrame([("crm.csv", "contacts", "no id", 1)], columns=["file", "target", "reason", "rows"])
FAMILIES = pd.DataFrame(
    [("geographic", 2, 0.75, 0.9, 0.6), ("behavioural", 1, 0.05, 0.05, 0.05)],
    columns=["family", "fields", "cells_share", "any_share", "full_share"],
)
FILLED = pd.DataFrame(
    [
        ("country", "geographic", 100, 90, 0.9, True),
        ("city", "geographic", 100, 60, 0.6, True),
        ("renewal_date", "behavioural", 100, 5, 0.05, False),
    ],
    columns=["field", "family", "contacts", "filled", "filled_share", "used_by_goal"],
)
PAIRS = pd.DataFrame(
    [
        ("crm", "E-mail", "email", "identity", "ANN@b.example", "ann@b.example", 9, True),
        ("crm", "Land", "country", "geographic", " Spain", "ES", 6, True),
        ("crm", "Land", "country", "geographic", "Malta", "MT", 1, True),
        ("crm", "Land", "country", "geographic", "PT", "PT", 30, False),
        ("crm", "Born", "birth_date", "demographic", "31/12/1980", "1980-12-31", 8, True),
        ("crm", "Note", "remark", "behavioural", "n/a", None, 5, True),
        ("crm", "Note", "remark", "behavioural", "call Ann", "call Ann", 1, False),
    ],
    columns=["source", "column", "field", "family", "before", "after", "rows", "changed"],
)
SUMMARY = pd.DataFrame(
    [
        ("crm", "E-mail", "email", "identity", 9, 9, 0, 1, 1),
        ("crm", "Land", "country", "geographic", 37, 7, 0, 3, 3),
        ("crm", "Born", "birth_date", "demographic", 8, 8, 0, 1, 1),
        ("crm", "Note", "remark", "behavioural", 6, 5, 5, 2, 1),
        ("crm", "Size", "size", "behavioural", 6, 0, 0, 2, 2),
    ],
    columns=[
        *("source", "column", "field", "family", "cells", "cells_changed", "cells_emptied"),
        *("distinct_before", "distinct_after"),
    ],
)


def changes(**values: Any) -> pd.DataFrame:
    """The comparison of one source with its import before."""
    row = {"source": "crm", "file": "crm.csv", "earlier_file": "crm.csv", "earlier_imported_at": DAY}
    row |= {
        "rows_read": 10,
        "rows_accepted": 9,
        "rows_quarantined": 1,
        "rows_skipped": 0,
        "amounts": {},
        "earlier_amounts": {},
    }
    row |= {"earlier_rows_read": 10.0, "earlier_rows_accepted": 9.0, "earlier_rows_quarantined": 1.0}
    row |= {"earlier_rows_skipped": 0.0}
    row |= {"header": "", "columns_added": (), "columns_missing": (), "same_file": False}
    return pd.DataFrame([row | values])


# Masking


def test_shapes_keep_the_form_and_lose_the_person() -> None:
    assert mask_text("Ñuño Íñiguez-42 <ñ@b.es>") == "Xxxx Xxxx-99 <x@x.xx>"
    assert mask_text("+34 600 12 34 56") == "+99 999 99 99 99"
    assert mask_text("a" * 500) == "xxx"
    assert mask_text("1" * 500).endswith("9…")
    assert mask_text("2026-01-05 09:00:00+00") == "9999-99-99 99:99:00+00"
    assert mask_text("2026-01-05 09:00:00 UTC") == "9999-99-99 99:99:99 UTC"


def test_blanks_at_the_ends_and_nothing_can_be_seen() -> None:
    assert show_pair(" ES ", "ES", masked=False) == "␣ES␣ → ES"
    assert show_pair("n/a", NONE, masked=False) == "n/a → nothing"
    assert show_pair("ES", "ES", masked=False) == "ES"


@pytest.mark.parametrize(
    ("change", "shown"),
    [({}, True), ({"rows": 4}, False), ({"family": "identity"}, False), ({"field": "order_id"}, False)],
)
def test_only_what_many_share_is_shown(change: dict[str, Any], shown: bool) -> None:
    pair = {"field": "country", "family": "geographic", "rows": 5} | change
    assert is_shared(pair, cells=100, distinct=20, smallest=5) is shown
    assert not is_shared(pair, cells=99, distinct=20, smallest=5)


def test_examples_hold_nobody() -> None:
    picked = pick_examples(PAIRS, smallest=5).set_index("field")["examples"]
    assert picked["email"] == "XXX@x.xxx → xxx@x.xxx"
    assert picked["country"] == "␣Spain → ES; Xxxx → XX"
    assert picked["birth_date"] == "99/99/9999 → 9999-99-99"
    assert picked["remark"] == "x/x → nothing"
    html = show.table_cleaning(SUMMARY, PAIRS, smallest=5).html
    assert "ann@" not in html.lower()
    assert "Malta" not in html
    assert "1 other column came through" in html


# Tables


@pytest.mark.parametrize(
    ("make", "table"),
    [
        (show.table_arrivals, IMPORTS),
        (show.table_totals, TOTALS),
        (show.table_policies, POLICIES),
        (show.table_notes, NOTES),
        (show.table_open, WAITING),
        (show.table_changes, changes()),
    ],
)
def test_tables_can_be_empty_and_name_what_is_missing(make: Any, table: pd.DataFrame) -> None:
    assert "Nothing to show." in make(table.iloc[:0]).html
    assert EVIL not in make(table).html
    with pytest.raises(MissingColumns, match="can't find"):
        make(table.drop(columns=table.columns[0]).rename(columns={"file": "folder", "target": "aim"}))


def test_arrivals_say_what_was_found() -> None:
    text = show.table_arrivals(IMPORTS).text
    assert "delimiter ';', by evidence; <script>" in text
    assert "as the recipe says" in text
    assert "31 October 2026" in text


def test_totals_write_amounts_as_money_and_faults_in_words() -> None:
    text = show.table_totals(TOTALS.assign(balances=[True, True, False])).text
    assert "€90.50" in text
    assert "does not add up" in text
    assert text.count("balances") == 2


def test_changes_write_the_difference_behind_the_number() -> None:
    now, before = {"EUR": Decimal("120"), "USD": Decimal("5")}, {"EUR": Decimal("100")}
    text = show.table_changes(
        changes(rows_read=12, amounts=now, earlier_amounts=before, header="new: `Shop`"), currency="EUR"
    ).text
    assert "12 (+2)" in text
    assert "9 (=)" in text
    assert "€120 (+20) and $5 (+5)" in text
    assert "new: `Shop`" in text
    first = show.table_changes(
        changes(earlier_rows_read=NONE, earlier_rows_accepted=NONE, earlier_rows_skipped=NONE)
    ).text
    assert "its first import" in first


# Sentences


def test_import_is_said_in_short() -> None:
    said = repr(show.say_import(IMPORTS, TOTALS, WAITING, FAMILIES))
    assert "40 rows of 2 files were read: 38 accepted, 1 refused" in said
    assert "Every row is accounted for, and so is every amount (€90.50)." in said
    assert "1 refused row waits in the quarantine; 2 came in after all." in said
    assert "in one family of fields: behavioural (5%)" in said


def test_totals_that_do_not_add_up_are_said_first_and_stop() -> None:
    wrong = TOTALS.assign(balances=[False, True, True])
    assert "The control totals of crm.csv in rows do not add up." in repr(
        show.say_import(IMPORTS, wrong, WAITING, FAMILIES)
    )
    decisions = repr(show.say_import_decisions(wrong, REASONS, changes(), FILLED))
    assert decisions.startswith("- Do not go on before the totals add up")


def test_decisions_name_refused_rows_lost_columns_and_thin_fields() -> None:
    thin = FILLED.assign(filled_share=[0.9, 0.3, 0.05])
    said = repr(show.say_import_decisions(TOTALS, REASONS, changes(columns_missing=("City",)), thin))
    assert "Mend the refused rows (crm.csv), or do without 2.50% of rows?" in said
    assert "crm lost City: was that meant?" in said
    assert "Fill City (30%)" in said
    bare = repr(show.say_import_decisions(TOTALS, REASONS, changes(), FILLED.assign(filled_share=[0.9, 0.0, 0.0])))
    assert "The leading goal looks at City, which no file brings" in bare
    nothing = repr(show.say_import_decisions(TOTALS, REASONS.iloc[:0], changes(), FILLED))
    assert (
        nothing
        == "- Nothing has to be decided: no row was refused, and no field that the leading goal needs is half empty."
    )


def test_changes_are_said_where_they_are_large() -> None:
    quiet = repr(show.say_changes(changes()))
    assert quiet == "- 1 source came as it did before."
    fewer = repr(show.say_changes(changes(rows_read=7, rows_quarantined=2)))
    assert "crm has 30% fewer rows (7) and 28.6% refused instead of 10.0%." in fewer
    assert "another header (missing: " in repr(show.say_changes(changes(header="missing: `City`")))
    assert "imported once" in repr(show.say_changes(changes(earlier_rows_read=NONE)))


def test_mending_is_explained_only_where_rows_wait() -> None:
    assert "Waiting: crm.csv (1)." in repr(show.say_mending(WAITING))
    assert repr(show.say_mending(WAITING.assign(waiting=0))) == "- No refused row is waiting."
    assert "3 faults of cells cost no row" in repr(show.say_notes(NOTES))
    assert "Every cell" in repr(show.say_notes(NOTES.iloc[:0]))


# The picture


def test_picture_of_completeness_says_what_it_shows() -> None:
    axes = show.plot_completeness(FILLED, FAMILIES)
    try:
        assert axes.get_title(loc="left").replace("\n", " ").startswith("1 of 2 fields that the leading goal needs is")
        texts = {text.get_text() for text in axes.texts}
        assert {"90%", "60%", "5%", "90% any", "5% any"} <= texts
    finally:
        plt.close(axes.figure)
    alt = show.describe_completeness(FILLED, FAMILIES)
    assert "the emptiest: Renewal date 5%" in alt
    assert "geographic 90% and behavioural 5%" in alt


def test_picture_of_no_fields_says_so() -> None:
    axes = show.plot_completeness(FILLED.iloc[:0], FAMILIES.iloc[:0])
    plt.close(axes.figure)
    assert "there are no fields" in show.describe_completeness(FILLED.iloc[:0], FAMILIES.iloc[:0])
    with pytest.raises(MissingColumns, match="filled_share"):
        show.plot_completeness(FILLED.drop(columns="filled_share"), FAMILIES)
