"""Our SQL in Spark's dialect, with the same answers: what sqlglot does not carry over is bridged here, nowhere else."""

import re
from collections.abc import Callable, Collection

import sqlglot
from sqlglot import exp

from segment_lib.spark.sharing import share_tables
from segment_lib.vocabulary import CONTACTS

LISTS = tuple(column.name for column in CONTACTS if column.type == "text list")
# A number that only makes joins on one machine faster; numbering all rows would bring all of them to one place.
ROW_KEY = "_person"
_DOUBLE = exp.DataType.build("double")
_WHOLE = (exp.Count, exp.DateDiff, exp.Extract, exp.Year, exp.Month, exp.Day, exp.RowNumber)
_INTEGERS = (exp.DType.INT, exp.DType.BIGINT, exp.DType.SMALLINT, exp.DType.TINYINT)
# What Spark replaces in the text of a query before it parses it, what Python formats, and what does not print.
_UNSAFE = re.compile(r"[${}\x00-\x1f\x7f]")
_NO_ESCAPE = "\x01"


def to_spark(sql: str, *, lists: Collection[str] = LISTS, given: Collection[str] = ()) -> str:
    """Return a query or an expression of ours in Spark's dialect.

    Parameters
    ----------
    sql : in DuckDB's dialect: a query of `features_sql`, a rule's condition, an expression over columns.
    lists : names of columns that hold lists; a length is that of a list for these, of a text for others.
    given : table expressions to leave out, as tables of these names are there.

    Returns
    -------
    str
        Means the same on Spark 4 with the settings that `check_session` asks for.

    Notes
    -----
    Bridged, as both engines differ: division (whole numbers, decimals, by zero), rounding of casts to whole numbers and
    to decimals, means of decimals, quantiles, `arg_min` and `arg_max` of empty values, days between dates, days of the
    week, lists with empty elements, `like` and backslashes, and `${...}` in quoted texts, which Spark would replace by
    settings and environment variables.

    Examples
    --------
    >>> to_spark("total_spend / nullif(purchases, 0) > 50 and not has_label")
    'CAST(total_spend AS DOUBLE) / CAST(NULLIF(purchases, 0) AS DOUBLE) > 50 AND NOT has_label'
    >>> to_spark("quantile_cont(gap_days, 0.5) filter (where gap_days is not null)")
    'PERCENTILE(gap_days, 0.5) FILTER(WHERE NOT gap_days IS NULL)'
    """
    holder = exp.Paren(this=sqlglot.parse_one(sql, dialect="duckdb"))
    bridge = _Bridge(lists, holder)
    # From the leaves upwards: what a bridge repeats has been translated before.
    for node in reversed(list(holder.bfs())):
        if node is not holder:
            node.replace(bridge.translate(node))
    for table in list(holder.find_all(exp.CTE)):
        if table.alias in given:
            table.pop()
    share_tables(holder)
    return str(holder.this.sql("spark"))


class _Bridge:
    """Translates one node after another of a tree."""

    def __init__(self, lists: Collection[str], tree: exp.Expr) -> None:
        self.lists = set(lists)
        # Columns of table expressions that are known to be whole numbers.
        self.whole: set[tuple[str, str]] = set()
        for table in tree.find_all(exp.CTE):
            query = table.this
            selects = query.selects if isinstance(query, exp.Select) else []
            self.whole |= {
                (table.alias, s.alias) for s in selects if isinstance(s, exp.Alias) and self.is_whole(s.this)
            }
        self.bridges: dict[type[exp.Expr], Callable[..., exp.Expr]] = {
            exp.Div: self.divide,
            exp.Cast: self.cast,
            exp.Round: self.round,
            exp.Avg: self.average,
            exp.Filter: self.filter,
            exp.PercentileCont: lambda node: exp.func("PERCENTILE", node.this, node.expression),
            exp.PercentileDisc: self.quantile,
            exp.ArgMax: self.argument,
            exp.ArgMin: self.argument,
            exp.DateDiff: self.days_between,
            exp.Extract: self.extract,
            exp.Length: self.length,
            exp.ArrayContains: self.contains,
            exp.Like: self.like,
            exp.ILike: self.like,
            exp.Literal: self.literal,
            exp.Window: self.window,
        }

    def translate(self, node: exp.Expr) -> exp.Expr:
        bridge = self.bridges.get(type(node))
        return bridge(node) if bridge else node

    def divide(self, node: exp.Div) -> exp.Expr:
        """Divide as floating point; by zero there is an infinity here, an error there."""
        above, below = _cast(node.this, _DOUBLE), _cast(node.expression, _DOUBLE)
        quotient = exp.Div(this=above, expression=below, typed=False, safe=False)
        by = node.expression.unnest()
        never_zero = isinstance(by, exp.Nullif) or (isinstance(by, exp.Literal) and float(by.name) != 0)
        if never_zero:
            return quotient
        infinity = exp.cast(exp.Literal.string("infinity"), _DOUBLE)
        limit = exp.Mul(this=above.copy(), expression=infinity)
        return exp.Case().when(exp.EQ(this=below.copy(), expression=exp.Literal.number(0)), limit).else_(quotient)

    def cast(self, node: exp.Cast) -> exp.Expr:
        if node.to.this in _INTEGERS:
            return self.cast_to_whole(node)
        if node.to.this == exp.DType.DECIMAL and len(node.to.expressions) == 2:
            return self.cast_to_decimal(node)
        return node

    def cast_to_whole(self, node: exp.Cast) -> exp.Expr:
        """Round: floating point to even, decimals away from zero; Spark cuts off."""
        value = node.this.unnest()
        if self.is_whole(value) or value.find(exp.Query):
            return node
        wide = exp.DataType.build("decimal(38, 18)")
        return (
            exp.Case()
            .when(_is_floating(value), _cast(exp.func("BROUND", _cast(value, _DOUBLE)), node.to))
            .when(_type_is_like(value, "decimal%"), _cast(exp.func("ROUND", _cast(value, wide)), node.to))
            .else_(node.copy())
        )

    def cast_to_decimal(self, node: exp.Cast) -> exp.Expr:
        """Round the binary number at its place as DuckDB does; Spark rounds the shortest decimal that stands for it."""
        precision, scale = (int(part.name) for part in node.to.expressions)
        # By way of a whole number, which what is no number cannot become; of it Spark would make nothing.
        rounded = _rounded(node.this, scale, whole=precision <= 18)
        return exp.Case().when(_is_floating(node.this), _cast(rounded, node.to)).else_(node.copy())

    def round(self, node: exp.Round) -> exp.Expr:
        places = node.args.get("decimals")
        if not (isinstance(places, exp.Literal) and int(places.name) > 0):
            return node
        return exp.Case().when(_is_floating(node.this), _rounded(node.this, int(places.name))).else_(node.copy())

    def average(self, node: exp.Avg) -> exp.Expr:
        return node if isinstance(node.parent, exp.Filter | exp.Window) else self._mean(node, lambda part: part)

    def filter(self, node: exp.Filter) -> exp.Expr:
        condition = node.expression.this
        if not condition.find(exp.Column):
            # A bare null has no type there.
            condition.replace(exp.cast(condition.copy(), exp.DataType.build("boolean")))
        if isinstance(node.this, exp.Avg):
            return self._mean(node.this, lambda part: exp.Filter(this=part, expression=node.expression.copy()))
        return node

    def _mean(self, node: exp.Avg, of: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
        """Divide as floating point: Spark's mean of decimals is rounded to a few places more than theirs."""
        total = _cast(of(exp.Sum(this=node.this.copy())), _DOUBLE)
        times = exp.Nullif(this=of(exp.Count(this=node.this.copy())), expression=exp.Literal.number(0))
        return exp.Paren(this=exp.Div(this=total, expression=times, typed=False, safe=False))

    def quantile(self, node: exp.PercentileDisc) -> exp.Expr:
        """Take the value at a place; a hair below, for 0.07 of 100 rows is the seventh here and the eighth there."""
        part = max(float(node.expression.name) - 1e-12, 0.0)
        return exp.var(f"PERCENTILE_DISC({part!r}) WITHIN GROUP (ORDER BY {node.this.sql('spark')})")

    def argument(self, node: exp.ArgMax | exp.ArgMin) -> exp.Expr:
        """Pass over rows without a value, and put empty parts of an order last, as DuckDB does."""
        if isinstance(node.expression, exp.Struct):
            parts = [(part.name, part.expression) for part in node.expression.expressions]
            empty = [(f"{name}_empty", exp.Is(this=part.copy(), expression=exp.Null())) for name, part in parts]
            pairs = [pair for both in zip(empty, parts, strict=True) for pair in both]
            named = [exp.PropertyEQ(this=exp.to_identifier(name), expression=part.copy()) for name, part in pairs]
            node.set("expression", exp.Struct(expressions=named))
        there = exp.Not(this=exp.Is(this=node.this.copy(), expression=exp.Null()))
        if isinstance(node.parent, exp.Filter):
            where = node.parent.expression
            where.set("this", exp.And(this=exp.Paren(this=where.this), expression=there))
            return node
        return exp.Filter(this=node.copy(), expression=exp.Where(this=there))

    def days_between(self, node: exp.DateDiff) -> exp.Expr:
        """Count days of the calendar: between instants Spark counts times of 24 hours."""
        if node.unit is not None and node.unit.name.upper() == "DAY":
            for side in ("this", "expression"):
                if not (isinstance(node.args[side], exp.Cast) and node.args[side].to.this == exp.DType.DATE):
                    node.set(side, _cast(node.args[side], exp.DataType.build("date")))
        return node

    def extract(self, node: exp.Extract) -> exp.Expr:
        if node.name.upper() == "ISODOW":
            node.set("this", exp.var("DAYOFWEEK_ISO"))
        return node

    def length(self, node: exp.Length) -> exp.Expr:
        value = node.this.unnest()
        is_list = isinstance(value, exp.Column) and value.name in self.lists
        return exp.Anonymous(this="ARRAY_SIZE", expressions=[value.copy()]) if is_list else node

    def contains(self, node: exp.ArrayContains) -> exp.Expr:
        """Leave out empty elements, which would make the answer unknown."""
        node.set("this", exp.Anonymous(this="ARRAY_COMPACT", expressions=[node.this.copy()]))
        return node

    def like(self, node: exp.Like | exp.ILike) -> exp.Expr:
        """Take a backslash for a backslash."""
        if isinstance(node.parent, exp.Escape):
            return node
        return exp.Escape(this=node.copy(), expression=_quoted(_NO_ESCAPE))

    def literal(self, node: exp.Literal) -> exp.Expr:
        return _quoted(node.name) if node.is_string and _UNSAFE.search(node.name) else node

    def window(self, node: exp.Window) -> exp.Expr:
        if isinstance(node.this, exp.RowNumber) and isinstance(node.parent, exp.Alias) and node.parent.alias == ROW_KEY:
            [by] = node.args["order"].expressions
            return by.this.copy()  # type: ignore[no-any-return]
        return node

    def is_whole(self, node: exp.Expr) -> bool:
        """Tell whether a value is certainly a whole number or a condition, which need no rounding."""
        node = node.unnest()
        if isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Coalesce | exp.Least | exp.Greatest):
            return all(self.is_whole(child) for child in node.iter_expressions())
        if isinstance(node, exp.Filter):
            return self.is_whole(node.this)
        if isinstance(node, exp.Column):
            return (node.table, node.name) in self.whole
        if isinstance(node, exp.Literal):
            return node.is_int
        if isinstance(node, exp.Cast):
            return node.to.this in _INTEGERS
        return isinstance(node, (*_WHOLE, exp.Predicate, exp.Connector, exp.Not, exp.Boolean, exp.Null))


def _cast(value: exp.Expr, to: exp.DataType) -> exp.Cast:
    return exp.Cast(this=value.copy(), to=to.copy())


def _rounded(value: exp.Expr, places: int, *, whole: bool = False) -> exp.Expr:
    shift = exp.Literal.number(f"1e{places}")
    digits: exp.Expr = exp.func("ROUND", exp.Mul(this=_cast(value, _DOUBLE), expression=shift))
    digits = _cast(digits, exp.DataType.build("bigint")) if whole else digits
    return exp.Div(this=digits, expression=shift.copy(), typed=False, safe=False)


def _is_floating(value: exp.Expr) -> exp.Expr:
    return exp.In(this=exp.func("TYPEOF", value.copy()), expressions=[*map(exp.Literal.string, ("double", "float"))])


def _type_is_like(value: exp.Expr, pattern: str) -> exp.Expr:
    return exp.Like(this=exp.func("TYPEOF", value.copy()), expression=exp.Literal.string(pattern))


def _quoted(text: str) -> exp.Var:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return exp.var("'" + _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", escaped) + "'")
