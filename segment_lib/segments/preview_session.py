"""Features of a day, held in the process, and the interactions behind them in an order that answers quickly."""

import shutil
import tempfile
import weakref
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import duckdb
import pyarrow as pa

from segment_lib.asof import AsOf
from segment_lib.engine import add_table, file_literal, open_connection, run_sql
from segment_lib.errors import InvalidDefinition, InvalidOption
from segment_lib.features.catalogue import CATALOGUE
from segment_lib.features.own import load_catalogue
from segment_lib.features.pieces import names_in
from segment_lib.features.predicted import LIFETIME_NAMES
from segment_lib.features.query import layers, plan_features, with_needed
from segment_lib.features.record import Feature
from segment_lib.features.rules import CompiledRule
from segment_lib.features.wording import Wording
from segment_lib.loading.fields import declared_table
from segment_lib.segments.definitions import LifetimeDefinition, RfmDefinition
from segment_lib.segments.evaluation import features_for, lifetime_needed
from segment_lib.segments.lifetime import LifetimeFit, current_lifetime, predict_for
from segment_lib.segments.own import RFM_GROUP, load_segments
from segment_lib.segments.rfm.cut_points import RfmCutPoints
from segment_lib.segments.scores import fit_cut_points, score_groups, stored_cut_points
from segment_lib.segments.views import views_sql
from segment_lib.sql import identifier
from segment_lib.vocabulary import SQL_TYPES
from segment_lib.workspace import Workspace

# Records of rules that are kept beside the catalogue; a column of a million contacts takes eight megabytes.
_MOST_KEPT = 100
_PLACE = "_place"


class PreviewSession:
    """What is known of everybody as of a day; `open_preview` makes one.

    Parameters
    ----------
    workspace : whose. What is imported later is not seen; labels put on later and edits of definitions are.
    as_of : the day seen from.
    """

    def __init__(self, workspace: Workspace, as_of: AsOf) -> None:
        self.workspace = workspace
        self.as_of = as_of
        self._catalogue = load_catalogue(workspace)
        table = features_for(workspace, as_of=as_of, rules={}, names=None)
        self._contacts = [name for name in table.column_names if name not in {f.name for f in self._catalogue}]
        self._features = table.append_column(_PLACE, pa.array(range(table.num_rows), pa.int32()))
        self._records = {f.name: f for f in self._catalogue if f.name in table.column_names}
        self._more: dict[str, tuple[Feature, pa.ChunkedArray]] = {}
        self._predicted: dict[str, pa.ChunkedArray] = {}
        self._fit: tuple[LifetimeDefinition, LifetimeFit] | None = None
        self._labels: int | None = None
        self._scores: tuple[RfmDefinition, RfmCutPoints, pa.ChunkedArray] | None = None
        self.folder = tempfile.mkdtemp(prefix="segment_lib_preview_")
        # Also where nobody closes the session.
        self._remove = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self._connection = open_connection(replace(workspace.engine_options, temp_directory=self.folder))
        self._keep_rows()
        if load_segments(workspace).rfm is not None:
            self._rfm_groups()

    def __repr__(self) -> str:
        return f"Preview of {self.workspace.name} as of {self.as_of.day}: {self._features.num_rows:,} contacts"

    def __enter__(self) -> "PreviewSession":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection and of the files."""
        self._connection.close()
        self._remove()

    def answer(self, rule: CompiledRule) -> tuple[pa.Table, pa.ChunkedArray, tuple[str, ...]]:
        """Evaluate a rule for everybody.

        Parameters
        ----------
        rule : compiled with the workspace's fields, features and segments as they are now.

        Returns
        -------
        tuple of pyarrow.Table, pyarrow.ChunkedArray and tuple of str
            The features, the answers in the order of their rows, and notes.

        Raises
        ------
        InvalidDefinition
            The rule can't be computed, as when a product is larger than any number.
        """
        features, notes = self.features_for([rule])
        return features, self._evaluate(features, [rule])[0], notes

    def answers(self, rules: Sequence[CompiledRule]) -> list[pa.ChunkedArray]:
        """Evaluate several rules for everybody.

        Parameters
        ----------
        rules : as for `answer`.

        Returns
        -------
        list of pyarrow.ChunkedArray
            For each rule the answers, ordered by `contact_id`.

        Raises
        ------
        InvalidDefinition
            A rule can't be computed.
        """
        return self._evaluate(self.features_for(rules)[0], rules)

    def features_for(self, rules: Sequence[CompiledRule]) -> tuple[pa.Table, tuple[str, ...]]:
        """Return the features with all that some rules need, computing what is not there yet.

        Parameters
        ----------
        rules : compiled with the workspace's fields, features and segments as they are now.

        Returns
        -------
        tuple of pyarrow.Table and tuple of str
            One row a contact, ordered by `contact_id`, and notes on where predictions come from.
        """
        catalogue = load_catalogue(self.workspace)
        if catalogue != self._catalogue:
            self._forget(catalogue)
        extra = {f.name: f for rule in rules for f in rule.features}
        asked = [name for rule in rules for name in rule.columns]
        asked += [name for f in extra.values() if f.level == "contact" for name in names_in(f.sql)]
        needed = {f.name: f for f in [*with_needed(asked, catalogue), *extra.values()]}
        if any(f.level == "labels" for f in needed.values()):
            self._keep_labels()
        table, notes = self._features, tuple[str, ...]()
        if lifetime_needed(self.workspace, {str(n): rule for n, rule in enumerate(rules)}):
            table, notes = self._with_predictions(rules)
        needed = {name: f for name, f in needed.items() if self._records.get(name) != f}
        table = self._with_records(table, list(needed.values()))
        if any(RFM_GROUP in rule.columns for rule in rules):
            table = table.append_column(RFM_GROUP, self._rfm_groups())
        return table, notes

    @property
    def cut_points(self) -> RfmCutPoints | None:
        """By what contacts are scored, if segments.yml has RFM groups."""
        if load_segments(self.workspace).rfm is None:
            return None
        self._rfm_groups()
        assert self._scores is not None
        return self._scores[1]

    def _evaluate(self, features: pa.Table, rules: Sequence[CompiledRule]) -> list[pa.ChunkedArray]:
        # The place of a contact stands beside the answers, as a number is sorted faster than a text.
        with_place = {str(n): rule for n, rule in enumerate([*rules, CompiledRule(_PLACE, _PLACE)])}
        query = views_sql(with_place).rpartition("\norder by ")[0]
        try:
            found = run_sql(f"from ({query}) order by rule_{len(rules)}", {"features": features})
        except duckdb.Error as error:
            raise InvalidDefinition([f"can't be computed: {str(error).splitlines()[0]}"]) from None
        return [found[f"rule_{n}"] for n in range(len(rules))]

    def _keep_rows(self) -> None:
        """Keep the interactions by kind, so that a rule reads its own kinds alone, under a number for each contact."""
        add_table(self._connection, "stored_interactions", declared_table(self.workspace, "interactions"))
        self._connection.register("places", self._features.select(["contact_id", _PLACE]))
        file = file_literal(Path(self.folder) / "interactions.parquet")
        self._connection.execute(
            f"""copy (select rows.* replace (places.{_PLACE} as contact_id)
                from stored_interactions as rows join places on places.contact_id = rows.contact_id
                where rows.occurred_at < TIMESTAMPTZ '{self.as_of.end.isoformat()}'
                order by kind, places.{_PLACE}) to {file} (format parquet)"""
        )
        self._connection.execute(f"create temp view interactions as from read_parquet({file})")
        # Everybody here is known by the day.
        self._connection.execute(
            f"create temp view contacts as select {_PLACE} as contact_id, cast(null as timestamptz) as acquired_at "
            "from places"
        )

    def _keep_labels(self) -> None:
        """Keep the labels as they stand now, and nothing that was made of earlier ones."""
        stored = declared_table(self.workspace, "labels")
        if stored.version == self._labels:
            return
        kept = [*self._records.values(), *(f for f, _ in self._more.values())]
        self._drop({f.name for f in kept if f.level == "labels"})
        name = f"labels_{stored.version + 1}"
        add_table(self._connection, name, stored)
        self._connection.execute(
            f"""create or replace temp table labels as select rows.* replace (places.{_PLACE} as contact_id)
                from {name} as rows join places on places.contact_id = rows.contact_id"""
        )
        self._labels = stored.version

    def _with_records(self, table: pa.Table, records: Sequence[Feature]) -> pa.Table:
        """Put records beside the features: those over rows by their number of the contact, then those made of them."""
        missing = [f for f in records if f.name not in self._more or self._more[f.name][0] != f]
        rows = [f for f in missing if f.level != "contact"]
        if rows:
            computed = self._connection.sql(self._rows_sql(rows)).to_arrow_table()
            self._more |= {f.name: (f, computed[f.name]) for f in rows}
        for f in records:
            if f.level != "contact" or f not in missing:
                table = _put(table, f.name, self._more[f.name][1])
        for step in layers([f for f in missing if f.level == "contact"]):
            wording = Wording(self.as_of)
            listed = ", ".join(
                f"cast({wording.expand(f.sql)} as {SQL_TYPES[f.type]}) as {identifier(f.name)}" for f in step
            )
            computed = run_sql(f"select {listed}, {_PLACE} from features order by {_PLACE}", {"features": table})
            self._more |= {f.name: (f, computed[f.name]) for f in step}
            for f in step:
                table = _put(table, f.name, computed[f.name])
        for name in list(self._more)[: max(0, len(self._more) - _MOST_KEPT)]:
            del self._more[name]
        return table

    def _rows_sql(self, records: Sequence[Feature]) -> str:
        plan = plan_features(records, self.as_of, columns=["contact_id"])
        if not any(f.kind == "" and f.level == "interactions" for f in records):
            # Who was heard of is known.
            plan.tables["rows_any"] = "    select contact_id, acquired_at as first_seen from contacts where false"
        if "people" in plan.tables:
            # Contacts have numbers already, and the rows that are kept are of those who are known.
            plan.tables["people"] = "    select contact_id, contact_id as _person from contacts"
            plan.tables["purchases"] = "    select contact_id as _person, * from interactions where kind = 'purchase'"
        return plan.sql

    def _with_predictions(self, rules: Sequence[CompiledRule]) -> tuple[pa.Table, tuple[str, ...]]:
        quantiles = {name: (of, at) for rule in rules for name, of, at in rule.quantiles}
        definition = load_segments(self.workspace).lifetime or LifetimeDefinition()
        if self._fit is None or self._fit[0] != definition:
            self._fit = definition, current_lifetime(self.workspace, definition, self.as_of)
            self._drop(LIFETIME_NAMES | self._predicted.keys())
            self._predicted = {}
        fit = self._fit[1]
        if not self._predicted or quantiles.keys() - self._predicted.keys():
            found = predict_for(self.workspace, fit, as_of=self.as_of, quantiles=quantiles)
            places = self._features.select(["contact_id", _PLACE])
            beside = run_sql(
                f"select found.* exclude (contact_id) from places left join found using (contact_id) order by {_PLACE}",
                {"places": places, "found": found},
            )
            self._predicted |= {name: beside[name] for name in beside.column_names}
        table = self._features
        for name, column in self._predicted.items():
            table = _put(table, name, column)
        return table, (f"Predictions are of the models fitted on {fit.fitted_on}. {fit.reason}".strip(),)

    def _rfm_groups(self) -> pa.ChunkedArray:
        definition = load_segments(self.workspace).rfm
        if definition is None:
            raise InvalidOption("there must be RFM groups in segments.yml, got none.")
        if self._scores is None or self._scores[0] != definition:
            cuts = stored_cut_points(self.workspace, definition, self.as_of) or fit_cut_points(
                self._features, definition
            )
            self._scores = definition, cuts, score_groups(self._features, definition, cuts)[RFM_GROUP]
        return self._scores[2]

    def _drop(self, names: AbstractSet[str]) -> None:
        """Let go of some columns and of all that is made of them."""
        kept = [f for f in (*self._records.values(), *(f for f, _ in self._more.values())) if f.level == "contact"]
        gone = set(names)
        while fresh := {f.name for f in kept if names_in(f.sql) & gone} - gone:
            gone |= fresh
        self._records = {name: f for name, f in self._records.items() if name not in gone}
        self._more = {name: found for name, found in self._more.items() if name not in gone}
        self._features = self._features.select([*self._contacts, *self._records, _PLACE])

    def _forget(self, catalogue: Sequence[Feature]) -> None:
        """Let go of what formulas of features.yml brought, as they were edited."""
        ours = {f.name for f in CATALOGUE}
        self._records = {name: f for name, f in self._records.items() if name in ours}
        self._more = {name: kept for name, kept in self._more.items() if kept[0].level != "contact"}
        self._features = self._features.select([*self._contacts, *self._records, _PLACE])
        self._catalogue = tuple(catalogue)


def _put(table: pa.Table, name: str, column: pa.ChunkedArray) -> pa.Table:
    place = table.schema.get_field_index(name)
    return table.append_column(name, column) if place < 0 else table.set_column(place, name, column)
