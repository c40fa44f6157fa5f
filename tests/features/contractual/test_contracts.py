"""Contracts from interactions: starts, renewals, ends and lapses, as of a day."""

from typing import Any

import pandas as pd
import pytest

from segment_lib.asof import AsOf
from segment_lib.errors import InvalidOption, InvalidRule, MissingColumns
from segment_lib.features.contractual import derive_contracts

JUNE = AsOf.of("2026-06-30")


def rows(*events: tuple[str, str, str]) -> pd.DataFrame:
    """Return interactions from contact, instant and subject."""
    frame = pd.DataFrame(events, columns=["contact_id", "occurred_at", "subject"])
    return frame.assign(
        occurred_at=pd.to_datetime(frame["occurred_at"], utc=True, format="ISO8601"), kind="subscription"
    )


def derive(frame: pd.DataFrame, *, as_of: AsOf = JUNE, **how: Any) -> list[tuple[str, str, str, int]]:
    table = derive_contracts(frame, as_of=as_of, **(how or {"ends": "subject = 'end'"}))
    return [
        (row["contact_id"], str(row["started_on"]), str(row["ended_on"]), row["renewals"]) for row in table.to_pylist()
    ]


def test_renewals_keep_one_contract_and_a_return_opens_another() -> None:
    frame = rows(("a", "2026-01-01", ""), ("a", "2026-02-01", ""), ("a", "2026-03-01", "end"), ("a", "2026-05-01", ""))
    assert derive(frame) == [("a", "2026-01-01", "2026-03-01", 1), ("a", "2026-05-01", "None", 0)]


def test_order_of_rows_changes_nothing() -> None:
    frame = rows(("a", "2026-01-01", ""), ("b", "2026-02-01", ""), ("a", "2026-03-01", "end"), ("a", "2026-05-01", ""))
    assert derive(frame.iloc[::-1]) == derive(frame)


def test_an_end_with_nothing_running_and_a_second_end_are_passed_over() -> None:
    frame = rows(
        ("a", "2026-01-01", "end"), ("b", "2026-01-01", ""), ("b", "2026-02-01", "end"), ("b", "2026-03-01", "end")
    )
    assert derive(frame) == [("b", "2026-01-01", "2026-02-01", 0)]


def test_an_end_and_a_start_at_one_instant_are_a_switch_where_a_contract_runs() -> None:
    frame = rows(("a", "2026-01-01", ""), ("a", "2026-02-01", "end"), ("a", "2026-02-01", ""))
    assert derive(frame) == [("a", "2026-01-01", "2026-02-01", 0), ("a", "2026-02-01", "None", 0)]


def test_an_end_and_a_start_at_one_instant_are_a_contract_of_no_length_where_none_runs() -> None:
    frame = rows(("a", "2026-02-01", "end"), ("a", "2026-02-01", ""))
    assert derive(frame) == [("a", "2026-02-01", "2026-02-01", 0)]


def test_nothing_after_the_day_is_known() -> None:
    frame = rows(("a", "2026-01-01", ""), ("a", "2026-03-01", "end"), ("b", "2026-03-01", ""))
    assert derive(frame, as_of=AsOf.of("2026-02-28")) == [("a", "2026-01-01", "None", 0)]
    assert derive(frame, as_of=AsOf.of("2026-03-01"))[0] == ("a", "2026-01-01", "2026-03-01", 0)


def test_days_are_those_of_the_zone() -> None:
    frame = rows(("a", "2026-01-01T23:30:00", ""), ("a", "2026-06-30T22:30:00", "end"))
    assert derive(frame, as_of=AsOf.of("2026-06-30", zone="Europe/Madrid")) == [("a", "2026-01-02", "None", 0)]


def test_silence_ends_a_contract_on_the_day_it_became_certain() -> None:
    frame = rows(("a", "2026-01-01", ""), ("a", "2026-02-15", ""), ("a", "2026-05-01", ""))
    assert derive(frame, lapses_after="45 days") == [
        ("a", "2026-01-01", "2026-04-01", 1),
        ("a", "2026-05-01", "2026-06-15", 0),
    ]
    assert derive(frame, as_of=AsOf.of("2026-06-14"), lapses_after="45 days")[1][2] == "None"


def test_a_cancellation_comes_before_the_lapse() -> None:
    frame = rows(("a", "2026-01-01", ""), ("a", "2026-01-10", "end"), ("b", "2026-01-01", ""))
    assert derive(frame, ends="subject = 'end'", lapses_after="1 month") == [
        ("a", "2026-01-01", "2026-01-10", 0),
        ("b", "2026-01-01", "2026-02-01", 0),
    ]


def test_other_kinds_and_rows_without_contact_are_left_out() -> None:
    frame = rows(("a", "2026-01-01", ""), ("b", "2026-01-01", "")).assign(kind=["purchase", "subscription"])
    frame = pd.concat([frame, rows(("c", "2026-01-01", "")).assign(contact_id=None)])
    assert [row[0] for row in derive(frame)] == ["b"]


def test_a_contract_table_without_rows_is_empty() -> None:
    assert derive(rows(("a", "2026-01-01", "")).iloc[:0]) == []


def test_how_an_end_is_told_has_to_be_said() -> None:
    with pytest.raises(InvalidOption, match="`ends` or `lapses_after` must say"):
        derive_contracts(rows(("a", "2026-01-01", "")), as_of=JUNE)


def test_faults_of_expressions_windows_and_columns_are_named() -> None:
    frame = rows(("a", "2026-01-01", ""))
    with pytest.raises(MissingColumns, match=r"`subjct` in interactions.*Did you mean `subject`"):
        derive(frame, ends="subjct = 'end'")
    with pytest.raises(InvalidRule, match="a query in brackets is not allowed"):
        derive(frame, ends="subject = (select 1)")
    with pytest.raises(InvalidOption, match="a window must look like"):
        derive(frame, lapses_after="a while")
    with pytest.raises(InvalidOption, match="`occurred_at` of interactions must be a timestamp, got text"):
        derive(frame.assign(occurred_at="2026-01-01"))
