"""A few cells of a column as they are and as they would become."""

from typing import Any

import duckdb

from segment_lib.loading.cleaning import (
    boolean_sql,
    clean_email,
    clean_phone,
    country_code,
    date_sql,
    identifier_sql,
    language_code,
    number_sql,
    timestamp_sql,
)
from segment_lib.loading.suggesting.evidence import ColumnEvidence, Evidence
from segment_lib.sql import literal

SHOWN = 3
TRIED = 10
Examples = tuple[tuple[str, str | None], ...]


def show_examples(
    evidence: Evidence,
    column: ColumnEvidence,
    field: str,
    kind: str,
    options: dict[str, Any],
    *,
    region: str | None = None,
) -> Examples:
    """Return up to three different cells of a column with what they would become, changed ones first.

    Parameters
    ----------
    evidence : the source.
    column : the column's evidence.
    field : the field that it would fill.
    kind : the field's type.
    options : keys of the column's rule.
    region : country of telephone numbers that name none.

    Returns
    -------
    tuple of tuple
        Raw and cleaned; None where nothing can be read.
    """
    cells = list(dict.fromkeys(column.sample))[:TRIED]
    cleaned = _clean(evidence.connection, cells, field, kind, options, region)
    pairs = list(zip(cells, cleaned, strict=True))
    changed = [pair for pair in pairs if pair[0] != pair[1]]
    return tuple([*changed[: SHOWN - 1], *(pair for pair in pairs if pair not in changed[: SHOWN - 1])][:SHOWN])


def _clean(
    connection: duckdb.DuckDBPyConnection,
    cells: list[str],
    field: str,
    kind: str,
    options: dict[str, Any],
    region: str | None,
) -> list[str | None]:
    values = {word.lower(): ours for word, ours in options.get("values", {}).items()}
    remove = options.get("remove", "")
    texts = [
        (values.get(cell.lower(), cell) or "") if kind not in ("text list", "multi-choice") else cell for cell in cells
    ]
    texts = [text.replace(remove, "") if remove else text for text in texts]
    if kind in ("text list", "multi-choice"):
        return [_parts(text, options.get("split", ";"), values) for text in texts]
    if kind == "text":
        by_name = {"email": clean_email, "country": country_code, "language": language_code}
        if field == "phone":
            return [clean_phone(text, region) for text in texts]
        if field in by_name:
            return [by_name[field](text) for text in texts]
        if options.get("clean") != "identifier":
            return [text or None for text in texts]
    expression = _expression(kind, options)
    if not texts or expression is None:
        return [text or None for text in texts]
    rows = ", ".join(f"({place}, {literal(text)})" for place, text in enumerate(texts))
    found = connection.execute(
        f"select cast({expression} as varchar) from (values {rows}) given(place, cell) order by place"
    ).fetchall()
    return [value for (value,) in found]


def _expression(kind: str, options: dict[str, Any]) -> str | None:
    match kind:
        case "date":
            return date_sql("cell", options.get("format", "iso"))
        case "timestamp":
            return timestamp_sql("cell", options.get("format", "iso"), options.get("time_zone", "UTC"))
        case "number" | "money" | "integer":
            return number_sql("cell", decimal=options.get("decimal", "."))
        case "boolean":
            return boolean_sql("cell")
        case "text":
            return identifier_sql("cell")
    return None


def _parts(text: str, mark: str, values: dict[str, str | None]) -> str | None:
    parts = [values.get(part.strip().lower(), part.strip()) for part in text.split(mark) if part.strip()]
    return "; ".join(part for part in parts if part) or None
