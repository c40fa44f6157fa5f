"""The decimal mark of a column of numbers, from all its values."""

import re
from functools import cache

import duckdb

from segment_lib.loading.cleaning.decision import Decision, count_of
from segment_lib.loading.cleaning.numbers import written_pattern

# More patterns than any column of numbers has: the rest of a column of free text is counted, not looked at.
_MOST = 5000
_LONGEST = 48
# Where fewer of the doubtful values than this tell, each of them may be a slip: a thousandfold error.
_TELLING = 0.01
_EXPONENT = re.compile(r"[-+]?[0-9]+([.][0-9]+)?[eE][-+]?[0-9]+")


def decide_decimal(connection: duckdb.DuckDBPyConnection, values: str) -> Decision:
    """Decide whether a point or a comma stands before the decimals of a column, or say why nobody can.

    Told by numbers that only one of them can read, such as `1.234,56`, `12,5`, `1,234,567` or `$90,000`. Numbers such
    as `1.234`, of three digits after their only mark, tell nothing, nor do whole numbers: without others it is a point.

    Parameters
    ----------
    connection : where to run.
    values : a query with one column `value` of type text; read once.

    Returns
    -------
    Decision
        Its format is `.` or `,`, for `number_sql`.

    Examples
    --------
    >>> import duckdb
    >>> print(decide_decimal(duckdb.connect(), "select unnest(['1.234', '12,5 €', '7']) as value"))
    `,`: decimals after a comma: 1 of 3 values can be read in no other way, e.g. 12,5 €.
    """
    rows = connection.sql(_scan(values)).fetchall()
    counts = {".": 0, ",": 0, "either": 0, "whole": 0, "": 0}
    examples = dict.fromkeys(counts, "")
    doubtful: list[str] = []
    for _, first, last, count in rows:
        kind = _kind_of(first) if first is not None else ""
        counts[kind] += count
        examples[kind] = examples[kind] or first or ""
        if kind == "either":
            doubtful += [first, last]
    total = sum(counts.values())
    if rows:
        total = rows[0][0]
    if not total:
        return Decision(None, "there is no value to decide from.")
    points, commas, either, whole = (counts[kind] for kind in (".", ",", "either", "whole"))
    if not points + commas + either + whole:
        evidence = f"none of {total:,} values is written like a number, e.g. `{examples['']}`."
        return Decision(None, evidence, f"unreadable: {evidence} Declare another type.")
    if points and commas:
        listed = "; ".join(f"{counts[mark]:,} with `{mark}`, e.g. `{examples[mark]}`" for mark in (".", ","))
        evidence = f"of {total:,} values, decimals are in {listed}."
        fault = f"mixed: {evidence} Declare the mark that is right, and mend the others in the file."
        return Decision(None, evidence, fault, (max(points, commas) + either + whole) / total)
    mark = "," if commas else "."
    if either and counts[mark] < max(1, _TELLING * either):
        pair = " and ".join(f"`{one}`" for one in dict.fromkeys(doubtful[:2]))
        evidence = f"{count_of(either, total)} can be thousands or decimals, e.g. {pair}."
        fault = f'undecidable: {evidence} Declare `decimal: "."` or `decimal: ","`.'
        return Decision(None, evidence, fault, (either + whole + counts[mark]) / total)
    share = (counts[mark] + either + whole) / total
    if not counts[mark]:
        return Decision(mark, f"whole numbers: {count_of(whole, total)}, e.g. {examples['whole']}.", share=share)
    told = f"{count_of(counts[mark], total)} can be read in no other way, e.g. {examples[mark]}."
    return Decision(mark, f"decimals after a {'comma' if commas else 'point'}: {told}", share=share)


def _kind_of(text: str) -> str:
    """Return the mark that alone reads a number; `either`, `whole`, or an empty text for no number."""
    text = re.sub("(?<=[0-9])[.,][-–—]{1,2}", "", text)
    if _EXPONENT.fullmatch(text):
        return "." if "." in text else "whole"
    found = {mark: match for mark in (".", ",") if (match := _written(mark).fullmatch(text))}
    if len(found) < 2:
        return next(iter(found), "")
    # No price in dollars or pounds has three decimals after a comma.
    if re.match("[-(]?[$£] ?[0-9]+,", text):
        return "."
    # A point or a comma inside the digits; one beside them belongs to `Fr.` or `Rs.`.
    return "either" if re.search("[0-9][.,][0-9]|(?<![a-zв])[.,][0-9]", text) else "whole"


@cache
def _written(mark: str) -> re.Pattern[str]:
    return re.compile(written_pattern(mark))


def _scan(values: str) -> str:
    """Return one query over all values: patterns of digits, a leading zero apart, as 0.123 is no thousands."""
    return f"""
    with cells as (
        select case when strlen(value) <= {_LONGEST} then value end as value
        from (select trim(value) as value from ({values}) where value is not null) where value <> ''
    ), groups as (
        select translate(value, '0123456789', '9999999999') as pattern,
            starts_with(ltrim(value, '+-$€£( '), '0') as zero, min(value) as first, max(value) as last, count(*) as n
        from cells group by all
    )
    select cast(sum(n) over () as bigint), first, last, n from groups order by n desc, pattern, zero limit {_MOST}"""
