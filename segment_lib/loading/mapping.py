"""A recipe as SQL: text cells become typed columns, and every cell that cannot becomes a reason."""

import re
from dataclasses import dataclass

from sqlglot import exp

from segment_lib.loading.recipe import ARMS, REQUIRED, FieldRule, Policy, Source
from segment_lib.sql import columns_of, identifier, literal, parse_expression
from segment_lib.vocabulary import SQL_TYPES, Column

YES = ("yes", "true", "1", "y", "t", "ja", "si", "sí", "oui", "sim")
NO = ("no", "false", "0", "n", "f", "nein", "non", "não", "nao")
_BLANKS = " \t\r\n\N{NO-BREAK SPACE}"
_WHOLE = r"[+-]?\d+"
_DAY = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
_TIME = r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?"
_OFFSET = r"(Z|UTC|GMT|[+-]\d{2}(:?\d{2})?)"
# DuckDB reads `10:00 PM` and `10:00 UTC` as 10:00 of whatever zone, so a time must look like one to its end.
_LOCAL = f"{_DAY}([ T]{_TIME})?"
_ZONED = f"{_DAY}[ T]{_TIME} ?{_OFFSET}"
# In a format: the text itself says the zone.
_ZONE = re.compile(r"(?<!%)(%%)*%[zZ]")

# Larger amounts cannot be summed exactly: see `segment_lib.features.assembly`.
LARGEST = "1e13"


@dataclass(frozen=True)
class Mapping:
    """The columns of one source as SQL, in the order of the target table."""

    source: Source
    columns: tuple[Column, ...]
    zone: str
    currency: str

    def needed(self) -> list[str]:
        """Return the columns of the file that the recipe reads."""
        names: list[str] = []
        for rule in self.source.columns.values():
            if rule.source is not None:
                names.append(rule.source)
            elif rule.sql is not None:
                names += [column.name for column in columns_of(parse_expression(rule.sql))]
        return list(dict.fromkeys(names))

    def mapped(self) -> list[Column]:
        """Return the columns of the target that the recipe fills."""
        return [column for column in self.columns if column.name in self.source.columns]

    def staging_sql(self, name: str) -> str:
        """Return the SQL that turns `{name}_raw` into typed rows with their reasons.

        Parameters
        ----------
        name : prefix of the temporary tables, as in `segment_lib.loading.reading.read_rows`.

        Returns
        -------
        str
            A query with the mapped columns, all of whose names begin with a letter, and with `_row_number`,
            `_skip_reason` and `_reasons`.
        """
        mapped = self.mapped()
        texts = ", ".join(self._text(c, name) for c in mapped)
        joins = " ".join(
            f"left join {name}_lookup_{c.name} on {name}_lookup_{c.name}.key = {cell(rule.source or '')}"
            for c in mapped
            if (rule := self.source.columns[c.name]).lookup
        )
        typed = ", ".join(f"{self._typed(c)} as {identifier(c.name)}" for c in mapped)
        reasons = ", ".join(self._reason(c) for c in mapped)
        rejects = ", ".join(_policy_case(policy) for policy in self.source.reject)
        skip = ", ".join([*(_policy_case(policy) for policy in self.source.skip), "null::varchar"])
        names = ", ".join(identifier(c.name) for c in mapped)
        return f"""
        with texts as (
            select row_number as _row_number, cells, {texts} from {name}_raw {joins}
        ), typed as (
            select _row_number, {typed}, {_present(reasons)} as _unreadable from texts
        ), judged as (
            select _row_number, {names}, coalesce({skip}) as _skip_reason,
                _unreadable || {_present(rejects)} as _reasons
            from typed
        )
        select _row_number, {names}, _skip_reason, case when _skip_reason is null then _reasons else [] end as _reasons
        from judged"""

    def _text(self, column: Column, name: str) -> str:
        """Return the cell of one column as text, null where it is empty, and whether it is among the listed values."""
        rule, alias = self.source.columns[column.name], identifier("text " + column.name)
        if rule.value is not None:
            return f"{literal(rule.value)} as {alias}"
        if rule.sql is not None:
            return f"cast({_arithmetic(rule.sql)} as varchar) as {alias}"
        text = f"{name}_lookup_{column.name}.value" if rule.lookup else cell(rule.source or "")
        if rule.remove:
            text = _trimmed(f"regexp_replace({text}, {literal(rule.remove)}, '', 'g')")
        listed = ""
        if rule.only_listed:
            words = ", ".join(literal(word.lower()) for word in rule.values)
            if column.type == "text list":
                strangers = f"list_filter({_parts(text, rule)}, lambda part: lower(part) not in ({words}))"
                listed = f"coalesce(len({strangers}), 0) = 0"
            else:
                listed = f"coalesce(lower({text}) in ({words}), {text} is null)"
            listed = f", {listed} as {identifier('listed ' + column.name)}"
        if column.type != "text list":
            text = _by_values(text, rule)
        if column.name == "email":
            text = f"lower({text})"
        return f"{text} as {alias}{listed}"

    def _typed(self, column: Column) -> str:
        rule = self.source.columns[column.name]
        text = identifier("text " + column.name)
        match column.type:
            case "text":
                return text
            case "number":
                number = f"try_cast({_pointed(text, rule)} as double)"
                return f"case when abs({number}) < {LARGEST} then {number} end"
            case "integer":
                # 2.0 is a whole number to whoever exported it, 2.5 is a fault; long ones do not fit a double.
                text = _pointed(text, rule)
                number = f"try_cast({text} as double)"
                return (
                    f"case when regexp_full_match({text}, {literal(_WHOLE)}) then try_cast({text} as bigint) "
                    f"when {number} = trunc({number}) then try_cast({number} as bigint) end"
                )
            case "boolean":
                yes, no = (", ".join(map(literal, words)) for words in (YES, NO))
                return f"case when lower({text}) in ({yes}) then true when lower({text}) in ({no}) then false end"
            case "text list":
                parts = f"list_transform({_parts(text, rule)}, lambda part: {_by_values('part', rule)})"
                return f"case when {text} is not null then list_filter({parts}, lambda part: part is not null) end"
            case "date":
                day = self._day(text, rule)
                return f"case when year({day}) between 1000 and 9999 then {day} end"
            case "timestamp":
                instant = self._instant(text, rule)
                return f"case when year({instant}) between 1000 and 9999 then {instant} end"

    def _day(self, text: str, rule: FieldRule) -> str:
        if rule.format:
            instant = f"try_strptime({text}, {literal(rule.format)})"
            local = f" at time zone {literal(rule.time_zone or self.zone)}" if _ZONE.search(rule.format) else ""
            return f"cast({instant}{local} as date)"
        day = f"try_cast(regexp_extract({text}, {literal('^' + _DAY)}) as date)"
        return f"case when regexp_full_match(upper({text}), {literal(f'{_LOCAL}|{_ZONED}')}) then {day} end"

    def _instant(self, text: str, rule: FieldRule) -> str:
        zone = literal(rule.time_zone or self.zone)
        if rule.format:
            read = f"try_strptime({text}, {literal(rule.format)})"
            return read if _ZONE.search(rule.format) else f"{read} at time zone {zone}"
        # The engine wants seconds, and an offset in digits close behind them.
        written = f"upper({text})"
        clock = f"try_cast(regexp_extract({written}, {literal('^' + _LOCAL)}) as timestamp)"
        offset = f"regexp_replace(regexp_extract({written}, {literal(_OFFSET + '$')}), '^[A-Z]+', '+00')"
        return (
            f"case when regexp_full_match({written}, {literal(_LOCAL)}) then {clock} at time zone {zone} "
            f"when regexp_full_match({written}, {literal(_ZONED)}) "
            f"then try_cast(cast({clock} as varchar) || {offset} as timestamptz) end"
        )

    def _reason(self, column: Column) -> str:
        rule, typed, text = self.source.columns[column.name], identifier(column.name), identifier("text " + column.name)
        origin = rule.source or rule.sql or rule.value or ""
        given = cell(rule.source or "")
        cases = []
        if rule.only_listed:
            cases.append((f"not {identifier('listed ' + column.name)}", "is not one of the listed values: ", given))
        if rule.lookup and rule.lookup.unknown == "quarantine":
            cases.append((f"{text} is null and {given} is not null", "is not found in the lookup: ", given))
        if column.type != "text":
            readable = f"is no readable {column.type}: "
            cases.append((f"{typed} is null and {text} is not null", readable, text))
        if rule.sql is not None:
            cases.append((f"{text} is null", "cannot be computed", "''"))
        if column.name == "arm":
            arms = ", ".join(map(literal, ARMS))
            cases.append((f"{typed} not in ({arms})", f"must be {' or '.join(ARMS)}: ", text))
        if column.name in REQUIRED[self.source.table]:
            cases.append((f"{typed} is null", "is empty", "''"))
        whens = (f"when {when} then {literal(f'`{origin}` {words}')} || {value}" for when, words, value in cases)
        return f"case {' '.join(whens)} end" if cases else "null"


def cell(column: str) -> str:
    """Return a cell of the file as SQL, blanks around it removed, null where nothing is left."""
    return _trimmed(f"cells.{identifier(column)}")


def empty_column(column: Column) -> str:
    """Return a typed null for a column that a source does not fill."""
    return f"cast(null as {SQL_TYPES[column.type]}) as {identifier(column.name)}"


def _pointed(text: str, rule: FieldRule) -> str:
    """Return a number's text with a point before the decimals, as the engine reads it."""
    if rule.decimal != ",":
        return text
    return f"replace(regexp_replace({text}, '[. \u00a0]', '', 'g'), ',', '.')"


def _trimmed(text: str) -> str:
    return f"nullif(trim({text}, {literal(_BLANKS)}), '')"


def _parts(text: str, rule: FieldRule) -> str:
    """Return the parts of a list that are not blank."""
    parts = f"string_split({text}, {literal(rule.split or ';')})"
    trimmed = f"list_transform({parts}, lambda part: {_trimmed('part')})"
    return f"list_filter({trimmed}, lambda part: part is not null)"


def _by_values(text: str, rule: FieldRule) -> str:
    """Return a text in our words; other texts stay, unless only listed ones are wanted."""
    if not rule.values:
        return text
    ours = ((word.lower(), "null" if to is None else literal(to)) for word, to in rule.values.items())
    cases = " ".join(f"when {literal(word)} then {to}" for word, to in ours)
    return f"case lower({text}) {cases} {'' if rule.only_listed else f'else {text}'} end"


def _present(reasons: str) -> str:
    """Return those of some reasons that apply, as a list."""
    return f"list_filter([{reasons or 'null'}]::varchar[], lambda reason: reason is not null)"


def _policy_case(policy: Policy) -> str:
    # What was checked is what runs, never the text itself.
    condition = parse_expression(policy.where).sql("duckdb", comments=False)
    return f"case when {condition} then {literal(policy.reason)} end"


def _arithmetic(expression: str) -> str:
    """Return an expression over the file's columns, each read as a number."""

    def as_number(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column):
            return exp.TryCast(this=exp.column(node.name, "cells", quoted=True), to=exp.DataType.build("double"))
        return node

    return parse_expression(expression).transform(as_number).sql("duckdb", comments=False)
