"""Rules from the tables in one query: nothing but the answers is brought into memory."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from segment_lib.asof import AsOf
from segment_lib.engine import EngineOptions, Table
from segment_lib.features.assembly import prepared, run_query
from segment_lib.features.catalogue import CATALOGUE
from segment_lib.features.pieces import names_in
from segment_lib.features.query import FeatureQuery, with_needed
from segment_lib.features.record import Feature
from segment_lib.features.rules import CompiledRule
from segment_lib.segments.views import needed_features, plan_views
from segment_lib.vocabulary import Column


def answer_views(
    interactions: Table,
    *,
    rules: Mapping[str, CompiledRule],
    as_of: AsOf,
    contacts: Table | None = None,
    labels: Table | None = None,
    features: Sequence[Feature] = CATALOGUE,
    columns: Mapping[str, Sequence[Column]] | None = None,
    options: EngineOptions | None = None,
) -> pa.Table:
    """Evaluate rules as of a day without bringing features into memory: each kind of interactions is read once for all.

    Parameters
    ----------
    interactions, contacts, labels, columns, options : as for `build_features`.
    rules : from `compile_views`; those that ask for RFM groups need a table with scores, see `evaluate_views`.
    as_of : the day seen from.
    features : the records that rules may name.

    Returns
    -------
    pyarrow.Table
        As `evaluate_views` returns it.

    Raises
    ------
    MissingColumns, InvalidOption
        As for `build_features`.

    Examples
    --------
    >>> import pandas as pd
    >>> from segment_lib.segments import compile_views
    >>> orders = pd.DataFrame({"contact_id": ["a", "a", "b"], "kind": "purchase", "amount": [10.0, 30.0, 5.0],
    ...                        "occurred_at": pd.to_datetime(["2026-01-01", "2026-01-11", "2026-01-02"], utc=True)})
    >>> rules = compile_views({"Twice": "count('purchase') >= 2", "Lately": "ever('purchase', within => '21 days')"})
    >>> answer_views(orders, rules=rules, as_of=AsOf.of("2026-01-31")).to_pylist()
    [{'contact_id': 'a', 'Twice': True, 'Lately': True}, {'contact_id': 'b', 'Twice': False, 'Lately': False}]
    """
    own = needed_features(rules)
    named = [*(column for rule in rules.values() for column in rule.columns), *_named_in(own)]
    records = [*with_needed(named, features), *own]
    with prepared(interactions, contacts, as_of, records, columns, options, labels) as (connection, query):
        answers = run_query(connection, with_answers(query, rules))
    return answers.rename_columns(["contact_id", *rules])


def with_answers(query: FeatureQuery, rules: Mapping[str, CompiledRule]) -> FeatureQuery:
    """Return the one query that evaluates rules from `contacts` and `interactions`.

    Parameters
    ----------
    query : of the features that the rules need, from `plan_features`.
    rules : from `compile_views`.

    Returns
    -------
    FeatureQuery
        Its columns are those of `views_sql`.
    """
    tables, selection = plan_views(rules)
    features = "    " + query.selection.rpartition("\norder by ")[0].replace("\n", "\n    ")
    return FeatureQuery({**query.tables, "features": features, **tables}, f"{selection}\norder by contact_id")


def _named_in(features: Sequence[Feature]) -> list[str]:
    return [name for feature in features if feature.level == "contact" for name in names_in(feature.sql)]
