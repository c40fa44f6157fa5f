"""A recipe as SQL: text cells become typed columns, and every cell that cannot becomes a reason."""

from dataclasses import dataclass

from sqlglot import exp

from segment_lib.errors import InvalidDefinition, MissingColumns, suggest
from segment_lib.loading.recipe import REQUIRED, Policy, Source
from segment_lib.sql import columns_of, identifier, literal, parse_expression
from segment_lib.vocabulary import SQL_TYPES, Column

YES = ("yes", "true", "1", "y", "t", "ja", "si", "sí", "oui", "sim")
NO = ("no", "false", "0", "n", "f", "nein", "non", "não", "nao")
_DAY_FIRST_DIGIT = r"^\d"
_OFFSET = r":\d\d.*(Z|[+-]\d\d(:?\d\d)?)$"


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
        """Return the SQL that turns `{name}_raw` into typed rows with `reasons` and `skip_reason`.

        Parameters
        ----------
        name : prefix of the temporary tables, as in `segment_lib.loading.reading.read_rows`.

        Returns
        -------
        str
            A query with `row_number`, the mapped columns, `skip_reason` and `reasons`.
        """
        mapped = self.mapped()
        texts = ", ".join(f"{self._text(c, name)} as {identifier('text ' + c.name)}" for c in mapped)
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
            select {name}_raw.row_number, {texts}, {name}_raw as raw from {name}_raw {joins}
        ), typed as (
            select row_number, raw, {typed}, {_present(reasons)} as unreadable from texts
        ), judged as (
            select row_number, raw, {names}, coalesce({skip}) as skip_reason,
                unreadable || {_present(rejects)} as reasons
            from typed
        )
        select row_number, {names}, skip_reason, case when skip_reason is null then reasons else [] end as reasons
        from judged"""

    def check_policies(self) -> None:
        """Check that the conditions of skip and reject name only columns that this source fills.

        Raises
        ------
        MissingColumns
            One does not.
        """
        have = [column.name for column in self.mapped()]
        for policy in (*self.source.skip, *self.source.reject):
            for column in columns_of(parse_expression(policy.where)):
                if column.name not in have:
                    raise MissingColumns(
                        f"`where: {policy.where}` of the source {self.source.name} must name columns that it fills, "
                        f"got `{column.name}`.{suggest(column.name, have)}"
                    )

    def _text(self, column: Column, name: str) -> str:
        """Return the cell of one column as text, null where it is empty."""
        rule = self.source.columns[column.name]
        if rule.value is not None:
            return literal(rule.value)
        if rule.sql is not None:
            return f"cast({_arithmetic(rule.sql)} as varchar)"
        text = f"{name}_lookup_{column.name}.value" if rule.lookup else cell(rule.source or "")
        if rule.remove:
            text = f"nullif(regexp_replace({text}, {literal(rule.remove)}, '', 'g'), '')"
        if rule.values:
            cases = " ".join(f"when {literal(k.lower())} then {literal(v)}" for k, v in rule.values.items())
            text = f"case lower({text}) {cases} {'' if rule.only_listed else f'else {text}'} end"
        if column.name == "email":
            text = f"lower({text})"
        return text

    def _typed(self, column: Column) -> str:
        rule = self.source.columns[column.name]
        text = identifier("text " + column.name)
        begins = f"regexp_matches({text}, {literal(_DAY_FIRST_DIGIT)})"
        match column.type:
            case "text":
                return text
            case "number":
                return f"case when isfinite(try_cast({text} as double)) then try_cast({text} as double) end"
            case "integer":
                # 2.0 is a whole number to whoever exported it, 2.5 is a fault.
                number = f"try_cast({text} as double)"
                return f"case when {number} = trunc({number}) then try_cast({number} as bigint) end"
            case "boolean":
                yes, no = (", ".join(map(literal, words)) for words in (YES, NO))
                return f"case when lower({text}) in ({yes}) then true when lower({text}) in ({no}) then false end"
            case "text list":
                parts = f"string_split({text}, {literal(rule.split or ';')})"
                trimmed = f"list_transform({parts}, lambda part: trim(part))"
                return f"case when {text} is not null then list_filter({trimmed}, lambda part: part <> '') end"
            case "date":
                if rule.format:
                    return f"cast(try_strptime({text}, {literal(rule.format)}) as date)"
                return f"case when {begins} then try_cast({text} as date) end"
            case "timestamp":
                zone = literal(rule.time_zone or self.zone)
                if rule.format:
                    return f"try_strptime({text}, {literal(rule.format)}) at time zone {zone}"
                return (
                    f"case when not {begins} then null when regexp_matches({text}, {literal(_OFFSET)}) "
                    f"then try_cast({text} as timestamptz) else try_cast({text} as timestamp) at time zone {zone} end"
                )

    def _reason(self, column: Column) -> str:
        rule, typed, text = self.source.columns[column.name], identifier(column.name), identifier("text " + column.name)
        origin = rule.source or rule.sql or rule.value or ""
        cases = []
        strict = rule.only_listed or (rule.lookup is not None and rule.lookup.unknown == "quarantine")
        if rule.source is not None and strict:
            which = "not found in the lookup" if rule.lookup else "not one of the listed values"
            given = f"raw.{identifier(rule.source)}"
            cases.append(f"when {text} is null and nullif(trim({given}), '') is not null then "
                         f"{literal(f'`{origin}` is {which}: ')} || {given}")  # fmt: skip
        if column.type != "text":
            cases.append(f"when {typed} is null and {text} is not null then "
                         f"{literal(f'`{origin}` is no readable {column.type}: ')} || {text}")  # fmt: skip
        if rule.sql is not None:
            cases.append(f"when {text} is null then {literal(f'`{origin}` cannot be computed')}")
        if column.name in REQUIRED[self.source.table]:
            cases.append(f"when {typed} is null then {literal(f'`{origin}` is empty')}")
        return f"case {' '.join(cases)} end" if cases else "null"


def check_recipe_columns(mapping: Mapping) -> None:
    """Check what only the whole recipe can tell: lookups have a column to look up.

    Raises
    ------
    InvalidDefinition
        A lookup is declared for a column that is not read from the file.
    """
    faults = [
        f"import.yml: `{name}` of the source {mapping.source.name} has a lookup and must have `from`."
        for name, rule in mapping.source.columns.items()
        if rule.lookup and rule.source is None
    ]
    if faults:
        raise InvalidDefinition(faults)


def cell(column: str) -> str:
    """Return a cell of the file as SQL, blanks around it removed, null where nothing is left."""
    return f"nullif(trim({identifier(column)}), '')"


def _present(reasons: str) -> str:
    """Return those of some reasons that apply, as a list."""
    return f"list_filter([{reasons or 'null'}]::varchar[], lambda reason: reason is not null)"


def _policy_case(policy: Policy) -> str:
    return f"case when {policy.where} then {literal(policy.reason)} end"


def _arithmetic(expression: str) -> str:
    """Return an expression over the file's columns, each read as a number."""

    def as_number(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column):
            return exp.TryCast(this=exp.column(node.name, quoted=True), to=exp.DataType.build("double"))
        return node

    return parse_expression(expression).transform(as_number).sql("duckdb")


def empty_column(column: Column) -> str:
    """Return a typed null for a column that a source does not fill."""
    return f"cast(null as {SQL_TYPES[column.type]}) as {identifier(column.name)}"
