"""What is written comes back the same, and of what is broken nothing is lost."""

import csv
import gzip
import io
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ReadFile = Callable[..., Any]
# The folder is the same for all examples; each writes its own file over the one before.
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=8) | st.text(
    st.sampled_from('ab ,;"\n\r\t|\u00a0\u2028\ufeff\x00\\'), max_size=8
)
DIALECTS = st.sampled_from(
    [(delimiter, quoting, end) for delimiter in ",;\t|" for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL)
     for end in ("\r\n", "\n") if (quoting, end) != (csv.QUOTE_MINIMAL, "\n")]
)  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    width = draw(st.integers(1, 4))
    return draw(st.lists(st.lists(TEXTS, min_size=width, max_size=width), min_size=1, max_size=8))


@settings(SHARED, max_examples=60)
@given(table=tables(), dialect=DIALECTS, packed=st.booleans())
def test_any_table_that_is_written_comes_back_the_same(
    read: ReadFile, table: list[list[str]], dialect: tuple[str, int, str], packed: bool
) -> None:
    delimiter, quoting, end = dialect
    text, header = io.StringIO(), [f"name {i}" for i in range(len(table[0]))]
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows([header, *table])
    data = text.getvalue().encode()
    answer = read(gzip.compress(data) if packed else data, "t.csv.gz" if packed else "t.csv", delimiter=delimiter)
    # A row of one empty cell is a blank line.
    expected = [tuple(cell or None for cell in row) for row in table if len(row) > 1 or row[0]]
    assert (list(answer.file.columns), answer.rows, answer.ragged) == (header, expected, [])


@settings(SHARED, max_examples=60)
@given(
    lines=st.lists(st.text(st.sampled_from('ab,,"" \t'), max_size=8), max_size=8), end=st.sampled_from(["\n", "\r\n"])
)
def test_every_line_is_a_row_or_kept_or_blank(read: ReadFile, lines: list[str], end: str) -> None:
    answer = read(end.join(["a,b", *lines, ""]), delimiter=",")
    texts = [cell or "" for row in answer.rows for cell in row] + [line for _, line, _ in answer.ragged]
    for letter in "ab":
        assert "".join(texts).count(letter) == "".join(lines).count(letter)
    assert sorted(answer.numbers + [number for number, *_ in answer.ragged]) == list(
        range(1, len(answer.rows) + len(answer.ragged) + 1)
    )
