"""The one query that computes records as of a day, or of several days."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from segment_lib.asof import AsOf
from segment_lib.errors import InvalidOption, list_names
from segment_lib.features.levels import summarise
from segment_lib.features.pieces import Summary, names_in
from segment_lib.features.record import Feature
from segment_lib.features.wording import Wording, highest_score
from segment_lib.sql import identifier
from segment_lib.vocabulary import CONTACTS, SQL_TYPES


@dataclass(frozen=True)
class FeatureQuery:
    """A query as table expressions by name, each of those before it, and the selection at the end."""

    tables: dict[str, str]
    selection: str

    @property
    def sql(self) -> str:
        """The whole query."""
        tables = ",\n".join(f"{name} as (\n{query}\n)" for name, query in self.tables.items())
        return f"with {tables}\n{self.selection}"


def features_sql(
    features: Sequence[Feature], as_of: AsOf | Sequence[AsOf], *, columns: Sequence[str] | None = None
) -> str:
    """Return the one query that computes some features from `contacts` and `interactions`.

    Parameters
    ----------
    features : unique records.
    as_of : the day seen from, or several; with several the first column of the result is `as_of`.
    columns : the columns of `contacts`; the standard ones where not given.

    Returns
    -------
    str
        DuckDB SQL; "show me the SQL" of any number.

    Raises
    ------
    InvalidOption
        Records name one another in a circle, or the days are of different zones.
    """
    return plan_features(features, as_of, columns=columns).sql


def plan_features(
    features: Sequence[Feature], as_of: AsOf | Sequence[AsOf], *, columns: Sequence[str] | None = None
) -> FeatureQuery:
    """Return the query of `features_sql` in parts.

    Parameters
    ----------
    features, as_of, columns : as for `features_sql`.

    Returns
    -------
    FeatureQuery

    Raises
    ------
    InvalidOption
        As for `features_sql`.
    """
    days = [as_of] if isinstance(as_of, AsOf) else list(dict.fromkeys(as_of))
    if not days or len({day.zone for day in days}) > 1:
        raise InvalidOption(f"the days must be at least one, all in one time zone, got {list_names(map(str, days))}.")
    several = not isinstance(as_of, AsOf)
    wordings = [Wording(day, f"__{place}" if len(days) > 1 else "") for place, day in enumerate(days)]
    aggregates = [f for f in features if f.level != "contact"]
    steps = layers([f for f in features if f.level == "contact"])
    words = set().union(*(wordings[0].words_in(f.sql) for step in steps for f in step))
    plan = summarise(aggregates, wordings, words=words)
    contact_columns = list(columns) if columns is not None else [column.name for column in CONTACTS]
    if not any(key == "_person" for held in plan.holds.values() for key, _ in held.values()):
        del plan.tables["people"], plan.tables["purchases"]
    selects = []
    for wording in wordings:
        if "highest_score" in words:
            plan.tables[f"scores{wording.suffix}"] = highest_score(wording.as_of)
        name = f"joined{wording.suffix}"
        plan.tables[name] = _joined(plan, wording, contact_columns)
        for place, step in enumerate(steps):
            plan.tables[f"step_{place}{wording.suffix}"] = _step(step, name, wording)
            name = f"step_{place}{wording.suffix}"
        day = [f"DATE '{wording.as_of.day}' as as_of"] if several else []
        listed = ", ".join([*day, *(identifier(c) for c in [*contact_columns, *(f.name for f in features)])])
        selects.append(f"select {listed}\nfrom {name}")
    order = "as_of, contact_id" if several else "contact_id"
    return FeatureQuery(plan.tables, "\nunion all\n".join(selects) + f"\norder by {order}")


def layers(features: Sequence[Feature]) -> list[list[Feature]]:
    """Return records of level `contact` in steps: each needs only what earlier steps computed.

    Parameters
    ----------
    features : in any order.

    Returns
    -------
    list of list of Feature

    Raises
    ------
    InvalidOption
        Some need one another in a circle.

    Examples
    --------
    >>> a, b = Feature("a", "b + 1", level="contact"), Feature("b", "purchases * 2", level="contact")
    >>> [[f.name for f in step] for step in layers([a, b])]
    [['b'], ['a']]
    """
    waiting = {f.name: (f, names_in(f.sql)) for f in features}
    steps = []
    while waiting:
        step = [f for f, needs in waiting.values() if not (needs & waiting.keys())]
        if not step:
            raise InvalidOption(f"features must not need one another in a circle, got {list_names(waiting)}.")
        steps.append(step)
        for feature in step:
            del waiting[feature.name]
    return steps


def with_needed(names: Sequence[str], features: Sequence[Feature]) -> list[Feature]:
    """Return the records of some names and all that they are computed from, in the order given.

    Parameters
    ----------
    names : of features; others, such as contact columns, are passed over.
    features : where to look.

    Returns
    -------
    list of Feature

    Examples
    --------
    >>> from segment_lib.features.catalogue import CATALOGUE
    >>> [f.name for f in with_needed(["average_order", "country"], CATALOGUE)]
    ['purchases', 'total_spend', 'average_order']
    """
    known: Mapping[str, Feature] = {f.name: f for f in features}
    found: set[str] = set()
    waiting = [name for name in names if name in known]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            if known[name].level == "contact":
                waiting += names_in(known[name].sql) & known.keys()
    return [f for f in features if f.name in found]


def unique(features: Sequence[Feature]) -> tuple[Feature, ...]:
    """Return the records, each once.

    Raises
    ------
    InvalidOption
        Two different records share a name.
    """
    found: dict[str, Feature] = {}
    for feature in features:
        if not isinstance(feature, Feature):
            raise InvalidOption(f"features must be records, as those of CATALOGUE, got {feature!r}.")
        if found.setdefault(feature.name, feature) != feature:
            raise InvalidOption(f"a feature's name must be its own, got `{feature.name}` for two.")
    return tuple(found.values())


def _step(step: Sequence[Feature], table: str, wording: Wording) -> str:
    """Put records beside those of the step before; one that looks a category up by its rank is a join."""
    values, joins = [f"{table}.*"], ""
    for place, feature in enumerate(step):
        if found := re.fullmatch(r"category_ranked\((.*)\)", feature.sql):
            value = f"ranked_{place}.value"
            rank = f"ranked_{place}.popularity = {wording.expand(found[1])}"
            joins += f"\n    left join categories{wording.suffix} as ranked_{place} on {rank}"
        else:
            value = wording.expand(feature.sql)
        values.append(f"{_cast(value, feature)} as {identifier(feature.name)}")
    listed = ",\n        ".join(values)
    return f"    select {listed}\n    from {table}{joins}"


def _joined(plan: Summary, wording: Wording, contact_columns: Sequence[str]) -> str:
    """Put the tables of one row a contact beside the contacts that are known by the day."""
    end = f"TIMESTAMPTZ '{wording.as_of.end.isoformat()}'"
    held = plan.holds[wording.suffix]
    values = [f"contacts.{identifier(column)}" for column in contact_columns]
    for table, (_, features) in held.items():
        for feature in features:
            # Interactions of all days are in one table, a column for each day.
            suffix = wording.suffix if table.startswith("rows_") else ""
            value = f"{table}.{identifier(feature.name + suffix)}"
            value = f"coalesce({value}, 0)" if feature.zero else value
            values.append(f"{_cast(value, feature)} as {identifier(feature.name)}")
    listed = ",\n        ".join(values)
    joins = "".join(
        f"\n        left join {table} on {table}.{key} = {'people' if key == '_person' else 'contacts'}.{key}"
        for table, (key, _) in held.items()
    )
    if "people" in plan.tables:
        joins = "\n        join people on people.contact_id = contacts.contact_id" + joins
    return (
        f"    select {listed}\n    from contacts{joins}\n"
        f"    where contacts.acquired_at is null or contacts.acquired_at < {end} or rows_any.first_seen < {end}"
    )


def _cast(value: str, feature: Feature) -> str:
    return f"cast({value} as {SQL_TYPES[feature.type]})"
