"""Conditions and what they mean, as SQL: reasons in a list where there are any, the first of several words."""

from sqlglot import exp

from segment_lib.loading.column_rules import Policy
from segment_lib.sql import literal, parse_expression

# A condition, and the SQL of the text that is said where it holds.
Case = tuple[str, str]
NO_LIST = "null::varchar[]"


def list_sql(cases: list[Case]) -> str:
    """Return the texts of the conditions that hold as a list, null where none does: most rows have no fault.

    Examples
    --------
    >>> import duckdb
    >>> sql = list_sql([("x > 1", "'big'"), ("x > 5", "'huge'")])
    >>> duckdb.sql(f"select {sql} from (values (0), (9)) as t(x)").fetchall()
    [(None,), (['big', 'huge'],)]
    """
    if not cases:
        return NO_LIST
    some = " or ".join(f"({when})" for when, _ in cases)
    items = ", ".join(f"case when {when} then {then} end" for when, then in cases)
    return f"case when {some} then list_filter([{items}], lambda reason: reason is not null) end"


def joined_sql(*lists: str) -> str:
    """Return several lists as one, null where all are.

    Examples
    --------
    >>> joined_sql("a", NO_LIST)
    'a'
    """
    present = [one for one in lists if one != NO_LIST]
    if len(present) < 2:
        return present[0] if present else NO_LIST
    added = " || ".join(f"coalesce({one}, [])" for one in present)
    return f"case when {' or '.join(f'{one} is not null' for one in present)} then {added} end"


def first_sql(cases: list[Case], *, default: str = "null::varchar") -> str:
    """Return the text of the first condition that holds.

    Examples
    --------
    >>> first_sql([("x > 1", "'big'")])
    "case when x > 1 then 'big' else null::varchar end"
    """
    whens = " ".join(f"when {when} then {then}" for when, then in cases)
    return f"case {whens} else {default} end" if cases else default


def policy_case(policy: Policy) -> Case:
    """Return the condition and the reason of a declared policy."""
    # What was checked is what runs, never the text itself.
    return parse_expression(policy.where).sql("duckdb", comments=False), literal(policy.reason)


def arithmetic_sql(expression: str, prefix: str) -> str:
    """Return an expression over columns of the file, each under its name with a prefix, where it is a number.

    Examples
    --------
    >>> arithmetic_sql("Quantity * Price", "number ")
    '"number Quantity" * "number Price"'
    """

    def _as_number(node: exp.Expr) -> exp.Expr:
        return exp.column(prefix + node.name, quoted=True) if isinstance(node, exp.Column) else node

    return parse_expression(expression).transform(_as_number).sql("duckdb", comments=False)
