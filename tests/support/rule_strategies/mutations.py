"""Texts that are no rules, and some that still are: rules with words swapped, cut, doubled, nested and injected."""

import re
from collections.abc import Callable, Sequence

from rule_strategies.choices import Choices

_TOKENS = re.compile(r"\s+|'(?:[^']|'')*'|\"[^\"]*\"|\w+|=>|<>|[<>]=|.", re.DOTALL)
WORDS = (
    "and", "or", "not", "is", "null", "true", "false", "in", "between", "like", "ilike", "=", "<>", "<", ">=", "+", "-",
    "*", "/", "(", ")", ",", "=>", "within =>", "until =>", "where =>", "then_where =>", "'90 days'", "'1 month'",
    "'purchase'", "'any'", "'ES'", "'2026-03-31'", "0", "1", "0.5", "99999999999999999999", "1e308", "1e-400", "-1",
    "country", "income", "kids", "seen", "birth_date", "agreed", "relationships", "amount", "category", "occurred_at",
    "recency_days", "contact_id", "count(", "total(", "average(", "largest(", "days_since(", "ever(", "favourite(",
    "share_of(", "active_months(", "resumed(", "followed_by(", "top_percent(", "random_percent(", "anniversary(",
    "days_until(", "includes(", "in_segment(", "has_label(", "distance_km(", "probably(", "as_of_day", "symmetric",
)  # fmt: skip
# What other SQL would do: queries, statements, functions that read and write, types, operators, parameters, comments.
FOREIGN = (
    "(select 1)", "select * from contacts", "in (select contact_id from contacts)", "exists (select 1)",
    "= any(select 1)", "; drop table contacts", "; drop table interactions; --", "union all select true",
    "with a as (select 1) select 1", "from 'secret.csv'", "read_csv('secret.csv')", "read_text('secret.csv')",
    "read_blob('secret.csv')", "glob('*')", "copy contacts to 'stolen.csv'", "; copy contacts to 'stolen.csv'; --",
    "attach 'stolen.db'", "export database 'stolen'", "install httpfs", "load httpfs", "pragma database_list",
    "set threads = 1", "getenv('HOME')", "current_setting('threads')", "query('select 1')", "query_table('contacts')",
    "write_log('x')", "nextval('x')", "sum(income)", "now()", "current_date", "random()", "uuid()", "error('x')",
    "::integer", "::varchar[]", "cast(income as text)", "try_cast(income as integer)", "date '2026-01-01'",
    "timestamp '2026-01-01'", "interval '1 day'", "[1, 2]", "{'a': 1}", "map {'a': 1}", "(1, 2)", "row(1)",
    "lambda x: x", "x -> x + 1", "case when true then 1 else 0 end", "if(true, true, false)", "coalesce(1, 2)",
    "over ()", "over (order by income)", "filter (where true)", "count(*)", "count(distinct 'call')",
    "row_number() over ()", "|| 'x'", "% 2", "// 2", "** 2", "^ 2", "& 1", "| 1", "<< 1", "~ 'x'", "~~ 'x'", "!~ 'x'",
    "similar to 'x'", "glob 'x'", "collate nocase", "escape '\\'", "is distinct from", "at time zone 'UTC'", "?", "$1",
    "$name", ":name", "@x", "#1", "*", "contacts.*", "columns(*)", "exclude (income)", "contacts.income", "main.x",
    "--", "/*", "*/", "/* x */", "/*+ hint */", ";", ";;", "`", '"', "'", "''", "$$", "$$x$$", "e'\\n'", "x'41'",
    "b'1'", "0x1F", "1_000", "1.", ".5", "1e5", "inf", "'inf'::double", "nan", "as x", "limit 1", "order by 1",
    "group by 1", "qualify true", "unnest(relationships)", "relationships[1]", "income.x", "struct_pack(a := 1)",
    "in ()", "not in ('a', null)", "is unknown", "is json", "notnull", "isnull", "between symmetric 1 and 2",
    "day_of(seen)", "money(income)", "in_last('1 day')", "count_orders()", "months_active(60)", "_cut", "__", "rule_0",
    "contact_id = contact_id", "${env:HOME}", "{{ x }}", "{0}", "%s", "\\", "\\'", "\x00", "\x01", "\r\n", "\t",
)  # fmt: skip
ODD = (
    "é\u0301ßİıΣςǅтλ\U0001f346𝟗٣\u00a0\u2003\u200b\u200d\u202e\ufeff\uff07\uff1d\u2018\u2019\u201c\u037e\ud800\udfff\x7f"
    "\x85\u2028"
)


def choose_text(choices: Choices, rules: Sequence[str]) -> str:
    """Choose a text: some words, or a rule changed in a few places."""
    if choices.one_in(10):
        return " ".join(choices.of(WORDS + FOREIGN) for _ in range(choices.whole(1, 12)))
    text = choices.of(rules)
    for _ in range(choices.of((1, 1, 1, 1, 1, 2, 2, 3, 8))):
        text = choices.of(_CHANGES)(choices, text, rules)
    return text[: 4_000 if choices.one_in(2) else 6_000]


def _tokens(text: str) -> list[str]:
    return _TOKENS.findall(text) or [""]


def _changed(choices: Choices, text: str, change: Callable[[list[str], int], None]) -> str:
    tokens = _tokens(text)
    change(tokens, choices.below(len(tokens)))
    return "".join(tokens)


def _replace(choices: Choices, text: str, rules: Sequence[str]) -> str:
    word = choices.of(WORDS if choices.one_in(2) else _tokens(choices.of(rules)))
    return _changed(choices, text, lambda tokens, place: tokens.__setitem__(place, word))


def _insert(choices: Choices, text: str, rules: Sequence[str]) -> str:
    word = f" {choices.of(WORDS if choices.one_in(2) else FOREIGN)} "
    return _changed(choices, text, lambda tokens, place: tokens.insert(place, word))


def _drop(choices: Choices, text: str, rules: Sequence[str]) -> str:
    return _changed(choices, text, lambda tokens, place: tokens.__delitem__(place))


def _double(choices: Choices, text: str, rules: Sequence[str]) -> str:
    return _changed(choices, text, lambda tokens, place: tokens.insert(place, tokens[place]))


def _swap(choices: Choices, text: str, rules: Sequence[str]) -> str:
    tokens = _tokens(text)
    one, other = choices.below(len(tokens)), choices.below(len(tokens))
    tokens[one], tokens[other] = tokens[other], tokens[one]
    return "".join(tokens)


def _cut(choices: Choices, text: str, rules: Sequence[str]) -> str:
    place = choices.whole(0, len(text))
    return text[:place] if choices.one_in(2) else text[place:]


def _splice(choices: Choices, text: str, rules: Sequence[str]) -> str:
    other = choices.of(rules)
    return text[: choices.whole(0, len(text))] + other[choices.whole(0, len(other)) :]


def _odd(choices: Choices, text: str, rules: Sequence[str]) -> str:
    place, odd = choices.whole(0, len(text)), choices.of(ODD)
    return text[:place] + odd + text[place + choices.below(2) :]


def _join(choices: Choices, text: str, rules: Sequence[str]) -> str:
    return f"{text} {choices.of(('and', 'or', '=', '+', ',', ''))} {choices.of(rules)}"


_AROUND = (
    ("(", ")"), ("not (", ")"), ("not ", ""), ("-", ""), ("count('any', where => ", ") > 1"), ("top_percent(", ", 10)"),
    ("(", ") is true"), ("probably(", ", 0.9)"), ("'", "'"),
)  # fmt: skip


def _wrap(choices: Choices, text: str, rules: Sequence[str]) -> str:
    before, after = choices.of(_AROUND)
    times = choices.of((1, 1, 1, 1, 2, 5, 70))
    return before * times + text + after * times


def _repeat(choices: Choices, text: str, rules: Sequence[str]) -> str:
    return choices.of((" and ", " or ", " + ", ", ", " ")).join([text] * choices.of((2, 2, 2, 3, 12)))


def _inject(choices: Choices, text: str, rules: Sequence[str]) -> str:
    # Where a text in quotes ends early, the rest of it would be SQL.
    return _changed(
        choices, text, lambda tokens, place: tokens.__setitem__(place, f"'{choices.of(FOREIGN)}' {tokens[place]}")
    )


def _alike(choices: Choices, text: str, rules: Sequence[str]) -> str:
    """Put a word for another of its sort, which often leaves a rule."""
    word = choices.of([token for token in _tokens(choices.of(rules)) if not token.isspace()])
    tokens = _tokens(text)
    places = [place for place, token in enumerate(tokens) if _sort(token) == _sort(word)]
    if places:
        tokens[choices.of(places)] = word
    return "".join(tokens)


def _sort(token: str) -> str:
    """The sort of a token: a window, a day, a text, a number, a function, a sign."""
    if token.startswith("'"):
        return next((s for s in ("day", "week", "month", "year") if s in token), "-" if token.count("-") == 2 else "'")
    return "1" if token.isdigit() else "a" if token.isidentifier() else "sign" if token in _SIGNS else token


_SIGNS = ("=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/")
_CHANGES = (
    _alike, _alike, _alike, _alike, _alike, _replace, _insert, _drop, _double, _swap, _cut, _splice, _odd, _join, _wrap,
    _repeat, _inject,
)  # fmt: skip
