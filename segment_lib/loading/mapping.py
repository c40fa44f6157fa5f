"""A recipe as SQL: text cells become typed columns, and every cell that cannot becomes a reason."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlglot import exp

from segment_lib.loading.casting import LARGEST, WORDS, listed_sql, normal_sql, our_words_sql, text_sql, value_sql
from segment_lib.loading.cleaning import currency_sql, normalised_sql, number_sql
from segment_lib.loading.fields import CustomField
from segment_lib.loading.recipe import ARMS, REQUIRED, Policy, Range, Source
from segment_lib.sql import columns_of, identifier, literal, parse_expression
from segment_lib.vocabulary import Column

MOST_CARRIED = 100
DOLLARS = (
    "USD",
    "AUD",
    "CAD",
    "NZD",
    "HKD",
    "SGD",
    "MXN",
    "TWD",
    "BBD",
    "BSD",
    "JMD",
    "TTD",
    "XCD",
    "ARS",
    "CLP",
    "COP",
)


@dataclass(frozen=True)
class Mapping:
    """The columns of one source as SQL.

    `columns` are those that the source may fill, `fields` the custom ones among them, `ranges` what is possible in them;
    `now` is the instant of the import, for ranges alone.
    """

    source: Source
    columns: tuple[Column, ...]
    zone: str
    currency: str
    fields: tuple[CustomField, ...] = ()
    ranges: tuple[tuple[str, Range], ...] = ()
    region: str = ""
    now: datetime | None = None

    def needed(self) -> list[str]:
        """Return the columns of the file that the recipe reads."""
        names: list[str] = []
        for rule in self.source.columns.values():
            if rule.source is not None:
                names.append(rule.source)
            elif rule.sql is not None:
                names += [column.name for column in columns_of(parse_expression(rule.sql))]
        return list(dict.fromkeys(names))

    @cached_property
    def mapped(self) -> tuple[Column, ...]:
        """The columns that the recipe fills, in the order of the table."""
        return tuple(column for column in self.columns if column.name in self.source.columns)

    def with_source(self, source: Source) -> "Mapping":
        """Return the same for a source whose formats were decided."""
        return replace(self, source=source)

    @property
    def joins(self) -> bool:
        """Tell whether the rows have to be numbered first: they are joined with others, or their number is asked for."""
        rules = self.source.columns.values()
        return self.source.currencies == "convert" or any(rule.lookup or rule.row for rule in rules)

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
        faults = [fault for column in self.mapped for fault in self._faults(column, cells)]
        fatal = [(when, then) for when, then, is_fatal in faults if is_fatal]
        minor = [(when, then) for when, then, is_fatal in faults if not is_fatal]
        raw = ", ".join(f"{literal(column)}: {cell}" for column, cell in cells.items())
        faulty = "_skip is null and (_all is not null or _notes is not null)"
        # All cells go through every step, so that a refused row is there as it was read; very many would fill the memory.
        carried = len(cells) <= MOST_CARRIED
        every = ", ".join(cells.values()) if carried else ", ".join(cells[one] for one in self.needed()) or "c0"
        shown = f"case when {faulty} then to_json({{{raw}}})::varchar end" if carried else "null::varchar"
        rejects = [(_condition(policy), literal(policy.reason)) for policy in self.source.reject]
        skips = " ".join(f"when {_condition(policy)} then {literal(policy.reason)}" for policy in self.source.skip)
        renames = [(_condition(policy), policy) for policy in self.source.rename]
        number = "row_number as _row_number, " if numbered else ""
        keep = "_row_number, " if numbered else ""
        hashed = f", md5(concat_ws(chr(31), {_hashed(cells)})) as _hash" if self._wants_hash() else ""
        kept_hash = ", _hash" if hashed else ""
        values = ", ".join(f"{self._value(c)} as {identifier(c.name)}" for c in self.mapped)
        money, foreign, rates = self._money(name)
        money_names = ("amount", "currency", "original_amount", "original_currency") if money else ()
        others = [identifier(c.name) for c in self.mapped if c.name not in ("kind", *money_names)]
        filled = [*(c.name for c in self.mapped if c.name not in money_names), *money_names]
        names_out = ", ".join(identifier(one) for one in filled)
        written = ", _written_currency" if money else ""
        kind = _cases([(when, literal(policy.kind)) for when, policy in renames], default="kind")
        renamed = ", ".join([*others, f"{kind} as kind"] if "kind" in self.source.columns else others)
        policy = _cases([(when, literal(policy.reason)) for when, policy in renames])
        return f"""
        with given as (select {number}{every}{self._givens(name, cells)}{hashed} from {scan} as file {self._joins(name, cells)}),
        normal as (select {keep}{every}{kept_hash}{written}, {self._normals(cells)} from given),
        texts as (select {keep}{every}{kept_hash}{written}, {self._texts()} from normal),
        worded as (select *, {self._worded()} from texts),
        typed as (select *, {values} from worded),
        faulty as (
            select {keep}{every}{kept_hash}{written}, {self._capped()}, {_list(fatal)} as _unreadable, {_list(minor)} as _notes from typed
        ), bounded as (
            select {keep}{every}{kept_hash}{written}, {self._bounded()}, _unreadable, {self._beyond("refuse")} as _beyond,
                {_joined("_notes", self._beyond("flag", "empty"))} as _notes from faulty
        ), renamed as (
            select {keep}{every}{kept_hash}, {renamed}{", " + money if money else ""}, {policy} as _policy,
                {_joined("_unreadable", "_beyond", foreign)} as _faults, _notes from bounded {rates}
        ), judged as (
            select *, {f"case {skips} end" if skips else "null::varchar"} as _skip,
                {_joined("_faults", _list(rejects))} as _all from renamed
        )
        select {keep}{names_out}{kept_hash}, _policy, _skip, case when _skip is null then _all end as _reasons,
            case when _skip is null and _all is null then _notes end as _notes,
            {shown} as _raw
        from judged"""

    def _wants_hash(self) -> bool:
        return self.source.table == "interactions" and "interaction_id" not in self.source.columns

    def _givens(self, name: str, cells: dict[str, str]) -> str:
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
        if self._has_money:
            parts.append(f"{self._written_currency(cells)} as _written_currency")
        return "".join(f", {part}" for part in parts)

    def _joins(self, name: str, cells: dict[str, str]) -> str:
        rules = ((c.name, self.source.columns[c.name]) for c in self.mapped)
        return " ".join(
            f"left join {name}_lookup_{column} on {name}_lookup_{column}.key = nullif(trim({cells[rule.source or '']}), '')"
            for column, rule in rules
            if rule.lookup
        )

    def _normals(self, cells: dict[str, str]) -> str:
        parts = []
        for column in self.mapped:
            rule = self.source.columns[column.name]
            if rule.value is not None:
                text = literal(rule.value)
            elif rule.row:
                text = "cast(_row_number as varchar)"
            elif rule.sql is not None:
                text = f"cast({_arithmetic(column.name, rule.sql)} as varchar)"
            else:
                given = identifier("found " + column.name) if rule.lookup else cells[rule.source or ""]
                text = normal_sql(column, given, self.source)
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
                parts.append(f"{listed_sql(column, rule, text)} as {identifier('listed ' + column.name)}")
            parts.append(f"{our_words_sql(column, rule, text)} as {identifier('word ' + column.name)}")
        return ", ".join(parts)

    def _value(self, column: Column) -> str:
        rule, text = self.source.columns[column.name], identifier("word " + column.name)
        field = next((field for field in self.fields if field.name == column.name), None)
        value = value_sql(column, rule, field, text, self.zone, self.region)
        if column.name == "currency":
            value = f"upper({value})"
        return value

    def _capped(self) -> str:
        return ", ".join(
            f"case when abs({identifier(c.name)}) < {LARGEST} then {identifier(c.name)} end as {identifier(c.name)}"
            if c.type == "number"
            else identifier(c.name)
            for c in self.mapped
        )

    def _faults(self, column: Column, cells: dict[str, str]) -> list[tuple[str, str, bool]]:
        """Return conditions, the SQL of what they mean, and whether the row is refused for it."""
        rule, typed = self.source.columns[column.name], identifier(column.name)
        text, word = identifier("text " + column.name), identifier("word " + column.name)
        origin = rule.source or rule.sql or rule.value or ""
        given = cells.get(rule.source or "", "''")
        needed = column.name in (*REQUIRED[self.source.table], *self._only_key())
        fatal = needed or self.source.bad_cells == "refuse" or (self.source.bad_cells, self.source.table) not in (
            (None, "contacts"), ("empty", self.source.table)
        )  # fmt: skip
        found = []
        if rule.only_listed:
            found.append((f"not {identifier('listed ' + column.name)}", "is not one of the listed values: ", given))
        if rule.lookup and rule.lookup.unknown == "quarantine":
            found.append(
                (f"{text} is null and nullif(trim({given}), '') is not null", "is not found in the lookup: ", given)
            )
        what = WORDS.get(column.name) or ("choice" if self._has_choices(column.name) else column.type)
        if column.type != "text" or what in ("choice", *WORDS.values()):
            unread = f"{typed} is null and {word} is not null"
            unread += f" or not abs({typed}) < {LARGEST}" if column.type == "number" else ""
            found.append((unread, f"is no readable {what}: ", text))
        if rule.sql is not None:
            found.append((f"{text} is null", "cannot be computed", "''"))
        if column.name == "arm":
            arms = ", ".join(map(literal, ARMS))
            found.append((f"{typed} not in ({arms})", f"must be {' or '.join(ARMS)}: ", text))
        declared = "is not found in the lookup: "
        faults = [
            (when, f"{literal(f'`{origin}` {words}')} || {shown}", fatal or words == declared)
            for when, words, shown in found
        ]
        if needed:
            faults.append((f"{typed} is null and {text} is null", literal(f"`{origin}` is empty"), True))
        return faults

    def _only_key(self) -> tuple[str, ...]:
        """Return the key of the contact where a row has only one: it must not be empty."""
        keys = self.keys
        anonymous = self.source.table == "interactions" and self.source.unknown_contacts == "anonymous"
        return keys if len(keys) == 1 and not anonymous else ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns by which a row finds its contact, the first that has an answer counts."""
        if self.source.keys:
            return tuple(self.source.keys)
        if "contact_id" in self.source.columns:
            return ("contact_id",)
        unique = tuple(field.name for field in self.fields if field.unique)
        return tuple(name for name in ("email", "phone", *unique) if name in self.source.columns)

    def _has_choices(self, name: str) -> bool:
        return any(field.name == name and field.choices for field in self.fields)

    def _beyond(self, *actions: str) -> str:
        cases = []
        for name, bounds in self.ranges:
            column = next((column for column in self.mapped if column.name == name), None)
            if column is not None and bounds.then in actions:
                what = literal(f"`{self.source.columns[name].source or name}` is out of range: ")
                cases.append((self._outside(column, bounds), f"{what} || cast({identifier(name)} as varchar)"))
        return _list(cases)

    def _bounded(self) -> str:
        emptied = {name: bounds for name, bounds in self.ranges if bounds.then == "empty"}
        return ", ".join(
            f"case when {self._outside(c, emptied[c.name])} then null else {identifier(c.name)} end as {identifier(c.name)}"
            if c.name in emptied
            else identifier(c.name)
            for c in self.mapped
        )

    def _outside(self, column: Column, bounds: Range) -> str:
        name = identifier(column.name)
        sides = [
            f"{name} {sign} {self._bound(column, bound)}"
            for sign, bound in (("<", bounds.lowest), (">", bounds.highest))
            if bound is not None
        ]
        return f"coalesce({' or '.join(sides)}, false)"

    def _bound(self, column: Column, bound: str) -> str:
        if bound in ("today", "now"):
            assert self.now is not None
            now = self.now.astimezone(ZoneInfo(self.zone))
            bound = now.date().isoformat() if column.type == "date" or bound == "today" else now.isoformat()
        if column.type == "timestamp":
            return f"({literal(bound)}::timestamp at time zone {literal(self.zone)})" if "T" not in bound else (
                f"{literal(bound)}::timestamptz"
            )  # fmt: skip
        return f"{literal(bound)}::{'date' if column.type == 'date' else 'double'}"

    @property
    def _has_money(self) -> bool:
        return self.source.table == "interactions" and "amount" in self.source.columns

    def _written_currency(self, cells: dict[str, str]) -> str:
        """Return the currency that an amount's own cell names, where it is no plain number."""
        rule = self.source.columns["amount"]
        if rule.source is None:
            return "null::varchar"
        given = cells[rule.source]
        code, own = currency_sql(f"trim({given})"), literal(self.currency)
        dollars = ", ".join(map(literal, DOLLARS))
        # `$` is the workspace's own dollar, where it has one.
        ours = f"case when {code} = 'USD' and {own} in ({dollars}) and not regexp_matches({given}, '[A-Za-z]') then {own} else {code} end"
        return f"case when try_cast({given} as double) is null then {ours} end"

    def _money(self, name: str) -> tuple[str, str, str]:
        """Return what replaces amount and currency, what refuses a row for its currency, and the join with rates."""
        if not self._has_money:
            return "", "null::varchar[]", ""
        named = "currency, " if "currency" in self.source.columns else ""
        code, own = f"coalesce({named}_written_currency)", literal(self.currency)
        foreign = f"coalesce(amount is not null and {code} <> {own}, false)"
        original = f"case when {foreign} then amount end as original_amount, case when {foreign} then {code} end as original_currency"
        ours = f"case when amount is not null then {own} end as currency"
        match self.source.currencies:
            case "refuse":
                fault = f"'the currency is not the workspace''s ({self.currency}): ' || {code}"
                return (
                    f"amount, {ours}, null::double as original_amount, null::varchar as original_currency",
                    _list([(foreign, fault)]),
                    "",
                )
            case "apart":
                kept = f"case when not {foreign} then amount end as amount"
                return f"{kept}, case when not {foreign} then {own} end as currency, {original}", "null::varchar[]", ""
            case "convert":
                converted = f"case when {foreign} then round(amount * {name}_rates.rate, 4) else amount end as amount"
                fault = f"'no rate is known for ' || {code} || ' on ' || cast(cast(occurred_at as date) as varchar)"
                join = (
                    f"asof left join {name}_rates on {name}_rates.currency = {code} "
                    f"and bounded.occurred_at >= {name}_rates.day"
                )
                return (
                    f"{converted}, {ours}, {original}",
                    _list([(f"{foreign} and {name}_rates.rate is null", fault)]),
                    join,
                )


def cell(column: str) -> str:
    """Return a cell of a lookup's file as SQL, blanks around it removed, null where nothing is left."""
    return f"nullif(trim({identifier(column)}), '')"


def _list(cases: list[tuple[str, str]]) -> str:
    """Return the texts of the conditions that hold as a list, null where none does: most rows have no fault."""
    if not cases:
        return "null::varchar[]"
    some = " or ".join(f"({when})" for when, _ in cases)
    items = ", ".join(f"case when {when} then {then} end" for when, then in cases)
    return f"case when {some} then list_filter([{items}], lambda reason: reason is not null) end"


def _joined(*lists: str) -> str:
    """Return several lists as one, null where all are."""
    present = [one for one in lists if one != "null::varchar[]"]
    if len(present) < 2:
        return present[0] if present else "null::varchar[]"
    added = " || ".join(f"coalesce({one}, [])" for one in present)
    return f"case when {' or '.join(f'{one} is not null' for one in present)} then {added} end"


def _cases(cases: list[tuple[str, str]], *, default: str = "null::varchar") -> str:
    whens = " ".join(f"when {when} then {then}" for when, then in cases)
    return f"case {whens} else {default} end" if cases else default


def _hashed(cells: dict[str, str]) -> str:
    # All columns of the file count, read by the recipe or not: an id must stay what it is when the recipe is edited.
    return ", ".join(f"coalesce({cell}, '')" for _, cell in sorted(cells.items()))


def _condition(policy: Policy) -> str:
    # What was checked is what runs, never the text itself.
    return parse_expression(policy.where).sql("duckdb", comments=False)


def _arithmetic(target: str, expression: str) -> str:
    """Return an expression over the file's columns, each read as a number."""

    def as_number(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column):
            return exp.column(f"number {target} {node.name}", quoted=True)
        return node

    return parse_expression(expression).transform(as_number).sql("duckdb", comments=False)
