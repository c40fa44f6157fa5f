"""What rules of a workspace may name, and which records stand behind what they name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from segment_lib.features.own import load_catalogue
from segment_lib.features.pieces import names_in
from segment_lib.features.predicted import LIFETIME_COLUMNS
from segment_lib.features.query import with_needed
from segment_lib.features.record import Feature
from segment_lib.features.rules import CompiledRule, compile_formula
from segment_lib.loading.fields import columns_of, load_fields
from segment_lib.segments.own import RFM_GROUP
from segment_lib.vocabulary import Column, ColumnType
from segment_lib.workspace import Workspace

# What RFM scores are made of.
SCORED = ("recency_days", "purchases", "total_spend")


@dataclass(frozen=True)
class Language:
    """Columns of contacts and interactions, and features."""

    contact_columns: Sequence[Column]
    interaction_columns: Sequence[Column]
    features: Sequence[Feature]

    @cached_property
    def types(self) -> dict[str, ColumnType]:
        """What a rule may name, with its type."""
        columns = [*self.contact_columns, *(feature.column for feature in self.features)]
        return {column.name: column.type for column in columns}

    @cached_property
    def units(self) -> dict[str, str]:
        """The units of columns and features."""
        columns = [*self.contact_columns, *(feature.column for feature in self.features)]
        return {column.name: column.unit for column in columns}

    def formula(self, text: str) -> CompiledRule:
        """Compile an expression that asks for no other segment."""
        rows: Mapping[str, ColumnType] = {column.name: column.type for column in self.interaction_columns}
        return compile_formula(text, columns=self.types, interaction_columns=rows)

    def records(self, rules: Iterable[CompiledRule], more: Iterable[str] = ()) -> list[Feature]:
        """Return all records that some rules and further features need, in an order in which they can be computed."""
        every = list(rules)
        extra = {f.name: f for rule in every for f in rule.features}
        asked = [*more, *(name for rule in every for name in rule.columns)]
        asked += [name for f in extra.values() if f.level == "contact" for name in names_in(f.sql)]
        if RFM_GROUP in asked:
            asked += SCORED
        found = {f.name: f for f in with_needed(asked, self.features)}
        return list((found | extra).values())


def language_of(workspace: Workspace) -> Language:
    """Return what rules of a workspace may name."""
    fields = load_fields(workspace)
    return Language(
        [*columns_of("contacts", fields), *LIFETIME_COLUMNS],
        columns_of("interactions", fields),
        load_catalogue(workspace),
    )
