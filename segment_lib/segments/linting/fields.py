"""The fields that conditions ask about: one name for what is computed alike, and what each can be."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import sqlglot
from sqlglot import exp

from segment_lib.features.record import COUNT_ORDERS, Feature
from segment_lib.features.rules.functions import OF_ORDERS
from segment_lib.segments.linting.values import EVERYTHING, Domain, between
from segment_lib.vocabulary import ColumnType

_DAY_OF = "_day_of_"
_MONTHS = re.compile(r"bit_or\(months_active\((\d+)\)\)")


@dataclass
class Fields:
    """Columns of contacts and features, and calls that have become features.

    Parameters
    ----------
    types : of the columns of contacts and of features.
    records : features by name.
    domains : what each subject of a condition can be, filled as conditions are read.
    """

    types: Mapping[str, ColumnType]
    records: dict[str, Feature]
    domains: dict[str, Domain] = field(default_factory=dict)
    _first: dict[object, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for feature in list(self.records.values()):
            self._first.setdefault(self._meaning(feature), feature.name)

    def add(self, features: Iterable[Feature]) -> None:
        """Add the records that conditions need, each behind those that it is made of."""
        for feature in features:
            if feature.name not in self.records:
                self.records[feature.name] = feature
                self._first.setdefault(self._meaning(feature), feature.name)

    def named(self, name: str) -> str:
        """Return the one name of all columns that are computed like this one."""
        feature = self.records.get(name)
        return self._first[self._meaning(feature)] if feature is not None else name

    def written(self, tree: exp.Expr) -> str:
        """Return an expression as text, with one name for what is computed alike."""
        copied = exp.Paren(this=tree.copy())
        for column in list(copied.find_all(exp.Column)):
            column.replace(exp.column(self.named(column.name), quoted=True))
        return str(copied.this.sql("duckdb", comments=False))

    def type_of(self, name: str) -> ColumnType | None:
        """Return the type of a column; nothing where it is not known."""
        feature = self.records.get(name)
        return feature.type if feature is not None else self.types.get(name)

    def condition_of(self, name: str) -> str:
        """Return the SQL of a feature that is a condition over others; empty for anything else."""
        feature = self.records.get(name)
        return feature.sql if feature is not None and feature.level == "contact" and feature.type == "boolean" else ""

    def subject(self, tree: exp.Expr) -> str:
        """Return the name under which values of an expression are known, and note what they can be."""
        if not isinstance(tree, exp.Column):
            key = self.written(tree)
            self.domains.setdefault(key, Domain())
            return key
        # The day of an instant is empty where the instant is, and rules compare instants by their days.
        name = self.named(tree.name.removeprefix(_DAY_OF))
        if name not in self.domains:
            self.domains[name] = self._domain(name)
        return name

    def anything(self, key: str) -> str:
        """Return the name of something that is true, false or unknown, and of which nothing else is known."""
        self.domains[key] = Domain(between(0, 1), whole=True)
        return key

    def _domain(self, name: str) -> Domain:
        feature = self.records.get(name)
        type = self.type_of(name) or "number"
        if type == "boolean":
            return Domain(between(0, 1), whole=True)
        nullable = name != "contact_id" and not (feature is not None and feature.zero)
        whole = Domain(EVERYTHING, whole=type in ("integer", "date", "timestamp"), nullable=nullable)
        if feature is None:
            return whole
        if feature.zero and feature.sql.startswith(("count(", "count_orders(")):
            return replace(whole, spans=whole.compared(">=", 0))
        inner = re.fullmatch(r'(days_since|bit_count)\("?(\w+)"?\)', feature.sql)
        made_of = self.records.get(inner[2]) if inner and feature.level == "contact" else None
        if inner is None or made_of is None or made_of.level == "contact":
            return whole
        if inner[1] == "days_since":
            # Nothing later than the day is known.
            return replace(whole, spans=whole.compared(">=", 0))
        months = _MONTHS.fullmatch(made_of.sql)
        return Domain(between(0, int(months[1])), whole=True, nullable=False) if months else whole

    def _meaning(self, feature: Feature) -> object:
        if feature.level != "contact":
            # There is a row of a purchase where there is an order, and `ever` asks for nothing else.
            ever = feature.kind in OF_ORDERS and feature.sql == "count(*)" and feature.name.startswith("_ever_")
            sql = COUNT_ORDERS if ever else feature.sql
            return sql, feature.level, feature.kind, feature.where, feature.zero, feature.type
        try:
            tree = sqlglot.parse_one(feature.sql, dialect="duckdb")
        except sqlglot.errors.SqlglotError:
            return feature.name
        return self.written(tree), feature.type
