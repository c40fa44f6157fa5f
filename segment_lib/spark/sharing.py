"""Table expressions that are computed once: Spark computes one anew wherever it is named, unless told otherwise."""

from collections import Counter

from sqlglot import exp

# Always true. What numbers its rows may not be computed twice, so Spark keeps the rows and reads them again.
_ONCE = "MONOTONICALLY_INCREASING_ID() >= 0"


def share_tables(tree: exp.Expr) -> None:
    """Make Spark compute once what joins the rows of large tables and is named several times.

    Parameters
    ----------
    tree : a query in Spark's dialect; it is changed.

    Notes
    -----
    Nothing is shared that reads what is shared already: of such a query Spark 4.3 loses columns, and stops.
    """
    named = Counter(table.name for table in tree.find_all(exp.Table))
    shared: set[str] = set()
    for table in list(tree.find_all(exp.CTE)):
        query = table.this
        reads = {source.name for source in query.find_all(exp.Table)}
        if isinstance(query, exp.Select) and named[table.alias] > 1 and query.find(exp.Join) and not reads & shared:
            query.where(_ONCE, dialect="spark", copy=False)
            shared.add(table.alias)
