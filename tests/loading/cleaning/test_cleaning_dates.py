"""Dates and times by a declared format, and formats decided from whole columns."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segment_lib.engine import open_connection
from segment_lib.errors import InvalidOption
from segment_lib.loading.cleaning import Decision, date_sql, decide_date_format, decide_decimal, timestamp_sql
from segment_lib.sql import literal


@cache
def engine() -> duckdb.DuckDBPyConnection:
    return open_connection()


@pytest.fixture(scope="module", autouse=True)
def _close_engine() -> Iterator[None]:
    yield
    engine().close()
    engine.cache_clear()


def read(sql: str, text: str) -> str | None:
    engine().register("cells", pa.table({"cell": pa.array([text], pa.string())}))
    found: str | None = engine().sql(f"select cast({sql} as varchar) from cells").fetchall()[0][0]
    return found


def decide(values: Sequence[str | None]) -> Decision:
    engine().register("column_values", pa.table({"value": pa.array(values, pa.string())}))
    return decide_date_format(engine(), "select value from column_values")


def decimal_of(*values: str) -> Decision:
    engine().register("column_values", pa.table({"value": pa.array(values, pa.string())}))
    return decide_decimal(engine(), "select value from column_values")


DAYS = [
    ("2024-01-31", "iso", "2024-01-31"), ("2024/1/3", "iso", "2024-01-03"), ("2024-01-31 10:00", "iso", "2024-01-31"),
    ("2024-01-31T23:30:00-05:00", "iso", "2024-01-31"), ("2024-02-29", "iso", "2024-02-29"),
    ("2023-02-29", "iso", None),
    ("2024-02-31", "iso", None), ("2024-13-01", "iso", None), ("31/01/2024", "iso", None), ("2024-01-31x", "iso", None),
    ("0024-01-31", "iso", None), ("2024-01-31 10:00 PM", "iso", None), ("infinity", "iso", None),
    ("epoch", "iso", None),
    ("2024-01-31 (BC)", "iso", None), ("2024-+1-31", "iso", None), ("20240131", "iso", None), ("", "iso", None),
    ("31/01/2024", "%d/%m/%Y", "2024-01-31"), ("1/2/2024", "%d/%m/%Y", "2024-02-01"), ("31/02/2024", "%d/%m/%Y", None),
    ("1/2/24", "%d/%m/%Y", None), ("1/2/24", "%d/%m/%y", "2024-02-01"), ("1/2/69", "%d/%m/%y", "1969-02-01"),
    ("1/2/68", "%d/%m/%y", "2068-02-01"), ("31/01/2024 x", "%d/%m/%Y", None), ("1/2/20245", "%d/%m/%Y", None),
    ("01/31/2024", "%m/%d/%Y", "2024-01-31"), ("31.12.2024", "%d.%m.%Y", "2024-12-31"),
    ("31. 12. 2024", "%d. %m. %Y", "2024-12-31"),
    ("20240131", "%Y%m%d", "2024-01-31"), ("2024013", "%Y%m%d", None), ("202401311", "%Y%m%d", None),
    ("20240231", "%Y%m%d", None),
    ("2024-01-31", "%Y-%m-%d", "2024-01-31"), ("2024-1-3", "%Y-%m-%d", "2024-01-03"), ("2024-02-30", "%Y-%m-%d", None),
    ("5 Jan 2024", "%d %b %Y", "2024-01-05"), ("5 january 2024", "%d %b %Y", "2024-01-05"),
    ("5 JAN 2024", "%d %B %Y", "2024-01-05"),
    ("Sept. 5th, 2024", "%b %d, %Y", "2024-09-05"), ("5. März 2024", "%d. %B %Y", "2024-03-05"),
    ("1er août 2024", "%d %B %Y", "2024-08-01"),
    ("5 de enero de 2024", "%d de %B de %Y", "2024-01-05"), ("5 gennaio 2024", "%d %B %Y", "2024-01-05"),
    ("5 de março de 2024", "%d de %B de %Y", "2024-03-05"), ("lundi 1 janvier 2024", "%A %d %B %Y", "2024-01-01"),
    ("Dienstag, 2. Jänner 2024", "%A, %d. %B %Y", "2024-01-02"), ("31 Febr 2024", "%d %b %Y", None),
    ("5 Foo 2024", "%d %b %Y", None),
    ("5-Jan-24", "%d-%b-%y", "2024-01-05"), ("12 dic 2024", "%d %b %Y", "2024-12-12"),
    ("45292", "excel", "2024-01-01"), ("45292.75", "excel", "2024-01-01"), ("1", "excel", "1900-01-01"),
    ("59", "excel", "1900-02-28"),
    ("60", "excel", None), ("61", "excel", "1900-03-01"), ("0", "excel", None), ("2958465", "excel", "9999-12-31"),
    ("2958466", "excel", None), ("-1", "excel", None), ("1e4", "excel", None), ("1704067200", "unix", "2024-01-01"),
    ("1704067200.5", "unix", "2024-01-01"), ("-1", "unix", "1969-12-31"), ("99999999999999", "unix", None),
    ("1704067200123", "unix ms", "2024-01-01"), ("x", "unix", None),
    ("31/01/2024", "%d/%m/%Y|iso", "2024-01-31"), ("2024-01-31", "%d/%m/%Y|iso", "2024-01-31"),
    ("1/2/24", "%d/%m/%Y|%d/%m/%y", "2024-02-01"),
    ("1/2/2024 00:30 +02:00", "%d/%m/%Y %H:%M %z", "2024-02-01"),
    ("1/2/2024 10:00 PM", "%d/%m/%Y %I:%M %p", "2024-02-01"),
]  # fmt: skip
INSTANTS = [
    ("2024-07-01 10:00:00", "iso", "2024-07-01 08:00:00+00"), ("2024-07-01T10:00", "iso", "2024-07-01 08:00:00+00"),
    ("2024-07-01", "iso", "2024-06-30 22:00:00+00"), ("2024-07-01 10:00:00 UTC", "iso", "2024-07-01 10:00:00+00"),
    ("2024-07-01T10:00:00Z", "iso", "2024-07-01 10:00:00+00"),
    ("2024-07-01 10:00:00+0530", "iso", "2024-07-01 04:30:00+00"),
    ("2024-07-01T10:00:00.123456+02:00", "iso", "2024-07-01 08:00:00.123456+00"), ("2024-07-01 10:00:0Z", "iso", None),
    ("2024-07-01 10:00 PM", "iso", None), ("2024-07-01 25:00", "iso", None),
    ("2024-07-01 10:00:00 Europe/Paris", "iso", None),
    ("2024-07-01 10:00:00", "%Y-%m-%d %H:%M:%S", "2024-07-01 08:00:00+00"),
    ("2024-07-01 10:00:00Z", "%Y-%m-%d %H:%M:%S", None),
    ("2024-07-01", "%Y-%m-%d %H:%M:%S", None), ("2024-02-30 10:00:00", "%Y-%m-%d %H:%M:%S", None),
    ("1/7/2024 10:00 PM", "%d/%m/%Y %I:%M %p", "2024-07-01 20:00:00+00"),
    ("1/7/2024 10:00 p.m.", "%d/%m/%Y %I:%M %p", "2024-07-01 20:00:00+00"),
    ("1/7/2024 10:00 a. m.", "%d/%m/%Y %I:%M %p", "2024-07-01 08:00:00+00"),
    ("1/7/2024 12:00 AM", "%d/%m/%Y %I:%M %p", "2024-06-30 22:00:00+00"),
    ("1/7/2024 13:00 PM", "%d/%m/%Y %I:%M %p", None), ("1/7/2024 10:00", "%d/%m/%Y %I:%M %p", None),
    ("1/7/2024 10:00 +0200", "%d/%m/%Y %H:%M %z", "2024-07-01 08:00:00+00"),
    ("1/7/2024 10:00Z", "%d/%m/%Y %H:%M%z", "2024-07-01 10:00:00+00"),
    ("1/7/2024 10:00 UTC", "%d/%m/%Y %H:%M %Z", "2024-07-01 10:00:00+00"),
    ("1/7/2024 10:00 XYZ", "%d/%m/%Y %H:%M %Z", None),
    ("Mon, 01 Jul 2024 10:00:00 +0200", "%a, %d %b %Y %H:%M:%S %z", "2024-07-01 08:00:00+00"),
    ("20240701100000", "%Y%m%d%H%M%S", "2024-07-01 08:00:00+00"), ("2024070110000", "%Y%m%d%H%M%S", None),
    ("45474.5", "excel", "2024-07-01 10:00:00+00"), ("45474.416666667", "excel", "2024-07-01 08:00:00+00"),
    ("1719828000", "unix", "2024-07-01 10:00:00+00"), ("1719828000123", "unix ms", "2024-07-01 10:00:00.123+00"),
    # 02:30 is leapt over on 31 March and struck twice on 27 October.
    ("2024-03-31 02:30:00", "iso", "2024-03-31 01:30:00+00"), ("2024-03-31 03:30:00", "iso", "2024-03-31 01:30:00+00"),
    ("2024-10-27 02:30:00", "iso", "2024-10-27 01:30:00+00"), ("2024-10-27 01:30:00", "iso", "2024-10-26 23:30:00+00"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "format", "expected"), DAYS)
def test_a_day_by_its_format(text: str, format: str, expected: str | None) -> None:
    assert read(date_sql("cell", format), text) == expected


@pytest.mark.parametrize(("text", "format", "expected"), INSTANTS)
def test_an_instant_by_its_format_in_madrid(text: str, format: str, expected: str | None) -> None:
    assert read(timestamp_sql("cell", format, "Europe/Madrid"), text) == expected


def test_an_unknown_directive_is_refused() -> None:
    with pytest.raises(InvalidOption, match=re.escape("got `%Q` in `%d/%Q/%Y`")):
        date_sql("cell", "%d/%Q/%Y")
    with pytest.raises(InvalidOption, match="must be iso, excel, unix, unix ms or directives"):
        timestamp_sql("cell", "dd/mm/yyyy", "UTC")


DECIDED = [
    (["31/01/2024", "02/03/2024"], "%d/%m/%Y"), (["01/31/2024", "02/03/2024"], "%m/%d/%Y"), (["31.1.2024"], "%d.%m.%Y"),
    (["31-01-2024"], "%d-%m-%Y"), (["31 01 2024"], "%d %m %Y"), (["31. 12. 2024"], "%d. %m. %Y"),
    (["13/1/98"], "%d/%m/%y"),
    (["2024-01-31", "2024-01-31 10:00:00", "2024-01-31T10:00:00Z"], "iso"), (["2024/01/02"], "iso"),
    (["2024.01.02"], "%Y.%m.%d"),
    (["2024-10-24 17:43:26 UTC"], "iso"), (["20240131"], "%Y%m%d"), (["31012024", "01022024"], "%d%m%Y"),
    (["20240131101500"], "%Y%m%d%H%M%S"),
    (["45292", "45293.5"], "excel"), (["1704067200", "999999999"], "unix"), (["1704067200123"], "unix ms"),
    (["5 Jan 2024", "12 March 2024"], "%d %b %Y"), (["5. Jänner 2024"], "%d. %b %Y"), (["Jan 5, 2024"], "%b %d, %Y"),
    (["5 de enero de 2024"], "%d de %b de %Y"), (["5-Jan-24"], "%d-%b-%y"),
    (["1/2/2024 10:00 AM", "1/13/2024 11:00 PM"], "%m/%d/%Y %I:%M %p"),
    (["31/01/2024 10:00", "02/03/2024 11:00", "03/03/2024"], "%d/%m/%Y %H:%M|%d/%m/%Y"), (["5/5/2024"], "%d/%m/%Y"),
    (["31/01/2024", "00/00/0000", "99/99/9999"], "%d/%m/%Y"), (["31/01/2024", None, "", " "], "%d/%m/%Y"),
    (["2024-01-31 10:00 PM"], "%Y-%m-%d %I:%M %p"), (["31/01/2024 10:00 +0200"], "%d/%m/%Y %H:%M %z"),
    (["98-01-13"], "%y-%m-%d"),
    (["lundi 1er janvier 2024"], "%d %b %Y"), (["Mon, 01 Jan 2024 10:00:00 GMT"], "%d %b %Y %H:%M:%S %Z"),
]  # fmt: skip
FAULTY = [
    (["02/03/2024", "02/04/2024"], "undecidable: both values can be read in more than one order, e.g. `02/03/2024`"),
    (["02/03/2024", "02/04/2024"], "Declare `%d/%m/%Y` or `%m/%d/%Y`."),
    (["31/01/2024", "01/31/2024"], "mixed: of 2 values, 1 as %m/%d/%Y, e.g. `01/31/2024`; 1 as %d/%m/%Y, e.g. `31"),
    (["31/01/2024", "2024-01-31"], "declare `%d/%m/%Y|iso`"),
    (["31/01/2024", "31.01.2024"], "mixed: of 2 values"),
    (["31/01/2024 10:00", "31/01/2024 10:00 PM"], "mixed: of 2 values"),
    (["soon", "later"], "unreadable: none of 2 values is written like a date, e.g. `"),
    (["01/02/03"], "undecidable: the only value can be read in more than one order"),
    (["12", "7"], "unreadable"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "format"), DECIDED)
def test_the_format_of_a_column_is_decided(values: list[str | None], format: str) -> None:
    found = decide(values)
    assert (found.format, found.fault) == (format, None)
    filled = [value for value in values if value and value.strip()]
    read_share = sum(read(timestamp_sql("cell", format, "UTC"), value) is not None for value in filled) / len(filled)
    assert found.share == read_share


@pytest.mark.parametrize(("values", "fault"), FAULTY)
def test_a_column_that_does_not_tell_is_a_fault(values: list[str], fault: str) -> None:
    found = decide(values)
    assert found.format is None
    assert found.fault is not None
    assert fault in found.fault


def test_the_evidence_counts_and_shows_an_example() -> None:
    expected = "day before month: 1 of 3 values can be read in no other order, e.g. 31/01/2024."
    assert decide(["31/01/2024", "02/03/2024", "03/04/2024"]).evidence == expected


def test_one_slip_among_thousands_does_not_decide_the_order() -> None:
    found = decide(["02/03/2024"] * 300 + ["01/13/2024"])
    assert found.fault is not None
    assert "undecidable" in found.fault
    assert "only 1 tell" in found.fault


def test_one_impossible_month_does_not_spoil_a_column_of_iso_dates() -> None:
    found = decide(["2024-03-02"] * 300 + ["2024-13-01"])
    assert (found.format, found.share) == ("iso", 300 / 301)


def test_an_empty_column_decides_nothing_and_is_no_fault() -> None:
    assert decide([None, ""]) == Decision(None, "there is no value to decide from.")


FORMATS = [
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%y",
    "%m-%d-%y",
    "%y-%m-%d",
    "%Y-%m-%d",
    "%Y%m%d",
    "%d%m%Y",
    "%d %b %Y",
    "%B %d, %Y",
]


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(FORMATS),
    st.sampled_from(["", " %H:%M", " %I:%M %p", " %H:%M:%S"]),
    st.dates(date(1990, 1, 1), date(2026, 1, 1)),
    st.lists(st.integers(0, 2000), min_size=40, max_size=60, unique=True),
)
def test_a_column_of_forty_days_is_read_right_or_asked_about(
    format: str, clock: str, start: date, offsets: list[int]
) -> None:
    days = [start + timedelta(days=offset) for offset in offsets]
    if format in ("%Y%m%d", "%d%m%Y"):
        clock = ""
    texts = [day.strftime(format + clock) for day in days]
    found = decide(texts)
    if found.format is None:
        assert found.fault is not None
        assert found.fault.startswith("undecidable")
        return
    # Years of two digits are of 1969 to 2068, and so are all of these.
    rows = ", ".join(f"({literal(text)}, date '{day}')" for text, day in zip(texts, days, strict=True))
    wrong = f"{date_sql('cell', found.format)} is distinct from day"
    assert engine().sql(f"select count(*) from (values {rows}) as t(cell, day) where {wrong}").fetchall() == [(0,)]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text("0123456789/-.: aJnuT", max_size=12), max_size=12))
def test_no_column_breaks_the_decision(values: list[str]) -> None:
    found = decide(values)
    assert 0 <= found.share <= 1
    if found.format:
        assert found.fault is None
        read(timestamp_sql("cell", found.format, "UTC"), "")


DECIMALS = [
    (("1.234,56",), ","), (("1,234.56",), "."), (("12,5",), ","), (("12.5",), "."), (("1.234", "12,5"), ","),
    (("1.234.567",), ","),
    (("1,234,567",), "."), (("$90,000",), "."), (("0.123",), "."), (("0,123",), ","), (("1234.567",), "."),
    (("5", "17"), "."),
    (("CHF 12.-",), "."), (("1 234,5 €",), ","), (("1.5e3",), "."), (("Fr. 5",), "."), (("(1,50)",), ","),
]  # fmt: skip


@pytest.mark.parametrize(("values", "mark"), DECIMALS)
def test_the_decimal_mark_of_a_column_is_decided(values: tuple[str, ...], mark: str) -> None:
    found = decimal_of(*values)
    assert (found.format, found.fault, found.share) == (mark, None, 1.0)


def test_a_decimal_mark_that_nothing_tells_is_a_fault() -> None:
    assert "undecidable: 1 of 2 values can be thousands or decimals, e.g. `1.234`" in (
        decimal_of("1.234", "5").fault or ""
    )
    assert "mixed: of 2 values, decimals are in 1 with `.`, e.g. `12.5`" in (decimal_of("12.5", "12,5").fault or "")
    assert "unreadable: none of 1 values" in (decimal_of("a").fault or "")
    assert decimal_of() == Decision(None, "there is no value to decide from.")


def test_three_decimals_everywhere_are_a_question_but_one_other_number_in_hundreds_is_no_answer() -> None:
    assert "undecidable" in (decimal_of(*["1.234"] * 300, "5.5").fault or "")
