"""A recipe as SQL: text cells become typed columns, and every cell that cannot becomes a reason."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from segment_lib.loading.cases import arithmetic_sql, first_sql, joined_sql, list_sql, policy_case
from segment_lib.loading.casting import listed_sql, normal_sql, our_words_sql, plain_value_sql, text_sql, value_sql
from segment_lib.loading.cleaning import normalised_sql, number_sql
from segment_lib.loading.faults import capped_sql, cell_faults, range_case
from segment_lib.loading.fields import CustomField
from segment_lib.loading.money import COLUMNS, money_sql, written_currency_sql
from segment_lib.loading.recipe import Range, Source, keys_of
from segment_lib.sql import columns_of, identifier, literal, parse_expression
from segment_lib.vocabulary import Column

# All cells go through every step, so that a refused row is there as it was read; more than these would fill the memory.
MOST_CARRIED = 100
# Columns of refused rows that were exported beside the source's own; they lead back to the quarantine.
WHERE_FROM = ("quarantine import_id", "quarantine row_number", "quarantine reasons", "quarantine line")
Cells = dict[str, str]


@dataclass(frozen=True)
class Mapping:
    """The columns of one source as SQL.

    `columns` are those that the source may fill, `fields` the custom ones among them, `ranges` what is possible in
    them, `region` the country of telephone numbers that name none; `now` is the instant of the import, for ranges.
    """

    source: Source
    columns: tuple[Column, ...]
    zone: str
    currency: str
    fields: tuple[CustomField, ...] = ()
    ranges: tuple[tuple[str, Range], ...] = ()
    region: str = ""
    now: datetime | None = None

    @cached_property
    def mapped(self) -> tuple[Column, ...]:
        """The columns that the recipe fills, in the order of the table."""
        return tuple(column for column in self.columns if column.name in self.source.columns)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The columns by which a row finds its contact, the first that has an answer counts."""
        return keys_of(self.source, self.fields)

    @property
    def joins(self) -> bool:
        """Tell whether the rows have to be numbered first, to be joined with others or known by their number."""
        rules = self.source.columns.values()
        return self.source.currencies == "convert" or any(rule.lookup or rule.row for rule in rules)

    def with_source(self, source: Source) -> "Mapping":
        """Return the same for a source whose formats were decided."""
        return replace(self, source=source)

    def needed(self) -> list[str]:
        """Return the columns of the file that the recipe reads."""
        names: list[str] = []
        for rule in self.source.columns.values():
            if rule.source is not None:
                names.append(rule.source)
            elif rule.sql is not None:
                names += [column.name for column in columns_of(parse_expression(rule.sql))]
        return list(dict.fromkeys(names))

    def staging_sql(self, name: str, scan: str, columns: tuple[str, ...], *, numbered: bool) -> str:
        """Return the SQL that turns a file's texts into typed rows with their reasons.

        Parameters
        ----------
        name : prefix of the temporary tables `{name}_lookup_{column}` and `{name}_rates`.
        scan : table expression with the texts c0, c1 ...
        columns : names of the file's columns, in the order of c0, c1 ...
        numbered : whether the scan has `row_number`; otherwise the rows are to be numbered as they come.

        Returns
        -------
        str
            A query with the mapped columns, `_skip` (why the row is left out, or null), `_reasons` (why it is refused,
            a list or null), `_notes` (faults of cells that it can do without), `_policy` (which renaming changed it),
            `_raw` (the row as JSON where it has reasons or notes) and `_hash` (of all its cells, where its table wants
            an id and the recipe has none).
        """
        cells = {column: f"c{place}" for place, column in enumerate(columns)}
        money = money_sql(self.source, name, currency=self.currency, zone=self.zone)
        # What goes through every step beside the values; no step repeats another, or its SQL would grow beyond measure.
        carried = (
            list(cells.values()) if len(cells) <= MOST_CARRIED else [cells[one] for one in self.needed()] or ["c0"]
        )
        own = [*(["_row_number"] if numbered else []), *(["_hash"] if self._wants_hash else [])]
        along = ", ".join([*own, *carried])
        plain_values = [f"plain {c.name}" for c in self.mapped if self._plain_value(c, cells) is not None]
        with_money = along + (", _written_currency" if money else "")
        with_plain = ", ".join([with_money, *map(identifier, plain_values)])
        values = ", ".join(f"{self._value(c)} as {identifier(c.name)}" for c in self.mapped)
        fatal, minor = self._cell_faults(cells)
        refused, noted, emptied = self._ranges()
        bounded = ", ".join(
            f"case when {emptied[c.name]} then null else {identifier(c.name)} end as {identifier(c.name)}"
            if c.name in emptied
            else identifier(c.name)
            for c in self.mapped
        )
        plain = [identifier(c.name) for c in self.mapped if c.name != "kind" and not (money and c.name in COLUMNS)]
        renames = [(policy_case(policy), policy) for policy in self.source.rename]
        kind = first_sql([(case[0], literal(policy.kind)) for case, policy in renames], default="kind")
        renamed = [
            *plain,
            *([f"{kind} as kind"] if "kind" in self.source.columns else []),
            *([money.values] if money else []),
        ]
        names = ", ".join(
            [*own, *plain, *(["kind"] if "kind" in self.source.columns else []), *(COLUMNS if money else ())]
        )
        skip = first_sql([policy_case(policy) for policy in self.source.skip])
        rejects = list_sql([policy_case(policy) for policy in self.source.reject])
        return f"""
        with given as (
            select {"row_number as _row_number, " if numbered else ""}{", ".join(carried)}{self._givens(name, cells)}
            from {scan} as file {self._joins(name, cells)}
        ),
        normal as (select {with_plain}, {self._normals(cells)} from given),
        texts as (select {with_plain}, {self._texts()} from normal),
        worded as (select *, {self._worded()} from texts),
        typed as (select *, {values} from worded),
        faulty as (
            select {with_money}, {", ".join(map(capped_sql, self.mapped))}, {list_sql(fatal)} as _unreadable,
                {list_sql(minor)} as _unread from typed
        ),
        bounded as (
            select {with_money}, {bounded}, _unreadable, {list_sql(refused)} as _beyond,
                {joined_sql("_unread", list_sql(noted))} as _notes from faulty
        ),
        renamed as (
            select {along}, {", ".join(renamed)}, {first_sql([case for case, _ in renames])} as _policy,
                {joined_sql("_unreadable", "_beyond", *([money.faults] if money else []))} as _faults, _notes
            from bounded {money.join if money else ""}
        ),
        judged as (select *, {skip} as _skip, {joined_sql("_faults", rejects)} as _all from renamed)
        select {names}, _policy, _skip, case when _skip is null then _all end as _reasons,
            case when _skip is null and _all is null then _notes end as _notes, {self._raw(cells)} as _raw
        from judged"""

    @property
    def _wants_hash(self) -> bool:
        return self.source.table == "interactions" and "interaction_id" not in self.source.columns

    def _raw(self, cells: Cells) -> str:
        if len(cells) > MOST_CARRIED:
            return "null::varchar"
        pairs = ", ".join(f"{literal(name)}: {cell}" for name, cell in cells.items() if name not in WHERE_FROM)
        faulty = "_skip is null and (_all is not null or _notes is not null)"
        return f"case when {faulty} then to_json({{{pairs}}})::varchar end"

    def _givens(self, name: str, cells: Cells) -> str:
        """Return what is needed of a row beside its cells: what lookups found, numbers to reckon with, currencies."""
        parts = []
        for column in self.mapped:
            rule = self.source.columns[column.name]
            if rule.lookup:
                parts.append(f"{name}_lookup_{column.name}.value as {identifier('found ' + column.name)}")
            if rule.sql is not None:
                used = dict.fromkeys(node.name for node in columns_of(parse_expression(rule.sql)))
                parts += [
                    f"{number_sql(normalised_sql(cells[one]), decimal=rule.decimal or '.')} as "
                    f"{identifier(f'number {column.name} {one}')}"
                    for one in used
                ]
            plain = self._plain_value(column, cells)
            if plain is not None:
                parts.append(f"{plain} as {identifier('plain ' + column.name)}")
        if self.source.table == "interactions" and "amount" in self.source.columns:
            parts.append(f"{written_currency_sql(self.source, cells, currency=self.currency)} as _written_currency")
        if self._wants_hash:
            # All columns of the file count, read or not: an id must stay what it is when the recipe is edited.
            hashed = ", ".join(
                f"coalesce({cell}, '')" for name, cell in sorted(cells.items()) if name not in WHERE_FROM
            )
            parts.append(f"md5(concat_ws(chr(31), {hashed})) as _hash")
        return "".join(f", {part}" for part in parts)

    def _joins(self, name: str, cells: Cells) -> str:
        rules = ((c.name, self.source.columns[c.name]) for c in self.mapped)
        return " ".join(
            f"left join {name}_lookup_{column} "
            f"on {name}_lookup_{column}.key = nullif(trim({cells[rule.source or '']}), '')"
            for column, rule in rules
            if rule.lookup
        )

    def _normals(self, cells: Cells) -> str:
        parts = []
        for column in self.mapped:
            rule = self.source.columns[column.name]
            if rule.value is not None:
                text = literal(rule.value)
            elif rule.row:
                text = "cast(_row_number as varchar)"
            elif rule.sql is not None:
                text = f"cast({arithmetic_sql(rule.sql, f'number {column.name} ')} as varchar)"
            else:
                given = identifier("found " + column.name) if rule.lookup else cells[rule.source or ""]
                text = normal_sql(column, given, self.source)
                if self._plain_value(column, cells) is not None:
                    text = f"case when {identifier('plain ' + column.name)} is null then {text} end"
            parts.append(f"{text} as {identifier('normal ' + column.name)}")
        return ", ".join(parts)

    def _texts(self) -> str:
        parts = []
        for column in self.mapped:
            rule, normal = self.source.columns[column.name], identifier("normal " + column.name)
            text = text_sql(column, rule, self.source, normal) if rule.source is not None else normal
            parts.append(f"{text} as {identifier('text ' + column.name)}")
        return ", ".join(parts)

    def _worded(self) -> str:
        parts = []
        for column in self.mapped:
            rule, text = self.source.columns[column.name], identifier("text " + column.name)
            if rule.only_listed:
                listed = listed_sql(column, rule, text)
                parts.append(f"{listed} as {identifier('listed ' + column.name)}")
            parts.append(f"{our_words_sql(column, rule, text)} as {identifier('word ' + column.name)}")
        return ", ".join(parts)

    def _value(self, column: Column) -> str:
        rule, text = self.source.columns[column.name], identifier("word " + column.name)
        value = value_sql(column, rule, self._field(column), text, self.zone, self.region)
        if self._plain_value(column, {rule.source or "": "x"}) is not None:
            value = f"coalesce({identifier('plain ' + column.name)}, {value})"
        return f"upper({value})" if column.name == "currency" else value

    def _plain_value(self, column: Column, cells: Cells) -> str | None:
        rule = self.source.columns[column.name]
        return plain_value_sql(column, rule, self.source, cells.get(rule.source or "", ""), self.zone)

    def _field(self, column: Column) -> CustomField | None:
        return next((field for field in self.fields if field.name == column.name), None)

    def _cell_faults(self, cells: Cells) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        anonymous = self.source.table == "interactions" and self.source.unknown_contacts == "anonymous"
        only_key = self.keys[0] if len(self.keys) == 1 and not anonymous else None
        fatal, minor = [], []
        for column in self.mapped:
            field = self._field(column)
            refuses, leaves = cell_faults(
                column,
                self.source,
                is_key=column.name == only_key,
                has_choices=field is not None and bool(field.choices),
                given=cells.get(self.source.columns[column.name].source or "", "''"),
            )
            fatal += refuses
            minor += leaves
        return fatal, minor

    def _ranges(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]], dict[str, str]]:
        """Return what is out of range and refuses the row, what is noted, and when a column is emptied for it."""
        columns = {column.name: column for column in self.mapped}
        refused: list[tuple[str, str]] = []
        noted: list[tuple[str, str]] = []
        emptied: dict[str, str] = {}
        for name, bounds in self.ranges:
            if name in columns:
                case = range_case(columns[name], bounds, self.source, zone=self.zone, now=self.now)
                (refused if bounds.then == "refuse" else noted).append(case)
                if bounds.then == "empty":
                    emptied[name] = case[0]
        return refused, noted, emptied


def cell(column: str) -> str:
    """Return a cell of a lookup's file as SQL, blanks around it removed, null where nothing is left."""
    return f"nullif(trim({identifier(column)}), '')"
