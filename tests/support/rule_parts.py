"""Random rules over few fields, so that conditions meet, exclude and imply one another."""

from collections.abc import Sequence

import pyarrow as pa
from hypothesis import strategies as st

from segment_lib.vocabulary import Column, ColumnType, arrow_schema

TYPES: dict[str, ColumnType] = {
    "contact_id": "text", "kids": "integer", "income": "number", "country": "text", "agreed": "boolean",
    "birth_date": "date",
}  # fmt: skip
COLUMNS = tuple(Column(name, type_, "behavioural", "") for name, type_ in TYPES.items())
_DAYS = ("2000-01-01", "2000-01-02", "2000-01-03")
_SIGNS = ("=", "<>", "<", "<=", ">", ">=")
_SIGN = st.sampled_from(_SIGNS)
_NUMBER = st.sampled_from(("0", "1", "2", "1.5", "-1"))
_TEXT = st.sampled_from(("'ES'", "'PT'", "'es'", "''"))
_DAY = st.sampled_from([f"'{day}'" for day in _DAYS])
_BETWEEN, _IN = st.sampled_from(("between", "not between")), st.sampled_from(("in", "not in"))
_SETTLED = st.sampled_from(("true", "not true", "false", "null"))
_AGREED = ("agreed", "agreed = true", "agreed <> true", "agreed is true", "agreed is not false", "true", "null")
_FIELD = st.sampled_from(("kids", "income"))
CONDITIONS = st.one_of(
    st.builds(lambda f, s, n: f"{f} {s} {n}", _FIELD, _SIGN, _NUMBER),
    st.builds(lambda s, n: f"{n} {s} kids", _SIGN, _NUMBER),
    st.builds(lambda f, n, m, w: f"{f} {w} {n} and {m}", _FIELD, _NUMBER, _NUMBER, _BETWEEN),
    st.builds(lambda f, n, m: f"{f} in ({n}, {m})", _FIELD, _NUMBER, _NUMBER),
    st.builds(lambda s: f"kids {s} income", _SIGN),
    st.builds(lambda s: f"income {s} kids", _SIGN),
    st.builds(lambda s, t: f"country {s} {t}", _SIGN, _TEXT),
    st.builds(lambda a, b, w: f"country {w} ({a}, {b})", _TEXT, _TEXT, _IN),
    st.builds(lambda p: f"country like {p}", st.sampled_from(("'E%'", "'ES'"))),
    st.builds(lambda s, d: f"birth_date {s} {d}", _SIGN, _DAY),
    st.builds(lambda d, e: f"birth_date between {d} and {e}", _DAY, _DAY),
    st.builds(lambda f, w: f"{f} is {w}", st.sampled_from(tuple(TYPES)), st.sampled_from(("null", "not null"))),
    st.sampled_from(_AGREED),
    st.builds(lambda p: f"top_percent(income, {p})", st.sampled_from(("50", "100"))),
    st.sampled_from(("income + 1 > kids", "kids * 2 > 1", "kids / income > 1")),
)  # fmt: skip


def _grown(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    joined = st.lists(parts, min_size=2, max_size=4)
    return st.one_of(
        joined.map(lambda found: "(" + " and ".join(f"({part})" for part in found) + ")"),
        joined.map(lambda found: "(" + " or ".join(f"({part})" for part in found) + ")"),
        parts.map(lambda part: f"not ({part})"),
        st.builds(lambda part, what: f"({part}) is {what}", parts, _SETTLED),
    )


RULES = st.recursive(CONDITIONS, _grown, max_leaves=8).filter(lambda text: text != "null")


def everybody() -> pa.Table:
    """Contacts with every pair of values that these rules can tell apart."""
    kids: Sequence[int | None] = (None, -1, 0, 1, 2, 3)
    incomes: Sequence[float | None] = (None, -1.0, 0.0, 0.5, 1.0, 1.5, 2.0, float("inf"), float("nan"))
    others = [
        (country, agreed, day)
        for country in (None, "ES", "PT", "es", "", "EU")
        for agreed in (None, True, False)
        for day in (None, "1999-12-31", *_DAYS)
    ]
    rows = []
    for place, (country, agreed, day) in enumerate(others):
        for k in kids:
            income = incomes[(place + (k or 7)) % len(incomes)]
            rows.append((f"c{len(rows)}", k, income, country, agreed, day))
    for k in kids:
        for income in incomes:
            rows.append((f"c{len(rows)}", k, income, "ES", True, _DAYS[0]))
    columns = dict(zip(TYPES, map(list, zip(*rows, strict=True)), strict=True))
    schema = arrow_schema(COLUMNS)
    types = {name: pa.string() if name == "birth_date" else schema.field(name).type for name in columns}
    return pa.table({name: pa.array(values, types[name]) for name, values in columns.items()}).cast(schema)
