"""The wizard without the window: look at a source, say what every column is, and on what evidence."""

import re
from pathlib import Path

from segment_lib.checks import check_option
from segment_lib.errors import InvalidOption
from segment_lib.loading.cleaning import currency_sql
from segment_lib.loading.sources import ReadOptions
from segment_lib.loading.suggesting.building import Draft, build_table
from segment_lib.loading.suggesting.evidence import Evidence, Tabular, load_evidence
from segment_lib.loading.suggesting.layout import Layout, choose_layout
from segment_lib.loading.suggesting.preset import Preset, recognise
from segment_lib.loading.suggesting.preset_freshsales import FRESHSALES_PRESETS
from segment_lib.loading.suggesting.preset_hubspot import HUBSPOT_PRESETS
from segment_lib.loading.suggesting.preset_mailing import MAILING_PRESETS
from segment_lib.loading.suggesting.preset_shops import SHOP_PRESETS
from segment_lib.loading.suggesting.scoring import Known, assign_fields
from segment_lib.loading.suggesting.settling import settle_tables
from segment_lib.loading.suggesting.suggestion import MappingSuggestion, TableSuggestion
from segment_lib.loading.suggesting.wording import plain_words

PRESETS = (*MAILING_PRESETS, *FRESHSALES_PRESETS, *HUBSPOT_PRESETS, *SHOP_PRESETS)
TABLES = ("contacts", "interactions", "campaign_assignments")
DEFAULTS = ReadOptions()


def suggest_mapping(
    source: Tabular,
    *,
    table: str | None = None,
    options: ReadOptions = DEFAULTS,
    region: str | None = None,
    currency: str | None = None,
) -> MappingSuggestion:
    """Suggest for every column of a source the field that it is, with a score and the reasons.

    Parameters
    ----------
    source : a file, an inspected file, a DataFrame or an Arrow table.
    table : contacts, interactions or campaign_assignments, where only one of them is wanted.
    options : how the file is written, where that is not to be found by evidence.
    region : country of telephone numbers that name none, such as ES.
    currency : the workspace's currency; a file whose amounts show another one is asked about.

    Returns
    -------
    MappingSuggestion
        Two tables where a file holds people and what they did; none where it only explains codes. Nothing is written.

    Raises
    ------
    InvalidFile
        The source cannot be read.
    InvalidOption
        There is no such table or region.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"Kundennummer": ["7", "8"], "E-Mail-Adresse": ["a@b.de", "c@d.de"]})
    >>> [(one.column, one.field) for one in suggest_mapping(people).table("contacts").columns]
    [('Kundennummer', 'contact_id'), ('E-Mail-Adresse', 'email')]
    """
    if table is not None:
        check_option(table, TABLES, name="table")
    if region is not None and not re.fullmatch("[A-Z]{2}", region):
        raise InvalidOption(f"`region` must be two capital letters such as ES, got {region!r}.")
    with load_evidence(source, options) as evidence:
        preset = recognise(PRESETS, [column.column for column in evidence.columns], Path(evidence.file).name)
        if preset is not None and table is not None and table not in preset.columns:
            preset = None
        layout = settle_tables(_layout(evidence, preset, table), evidence)
        draft = Draft(evidence, layout, preset, region)
        draft.questions += [*layout.questions, *(preset.questions if preset else ()), *_data_in_header(evidence)]
        name = source_name(evidence.file)
        both = len(layout.tables) > 1
        tables = tuple(build_table(draft, one, f"{name}_{one}" if both else name) for one in layout.tables)
        if currency:
            draft.questions += _other_currency(evidence, tables, currency)
        return MappingSuggestion(
            name=name,
            file=evidence.file,
            preset=preset.title if preset else "",
            rows=evidence.rows,
            complete=evidence.complete,
            tables=tuple(_with_file(one, evidence) for one in tables),
            questions=tuple(dict.fromkeys(draft.questions)),
            statements=(*evidence.statements, *layout.reasons),
        )


def source_name(file: str) -> str:
    """Return a name for a source, made of its file's.

    Examples
    --------
    >>> source_name("raw/Order export (2024).csv.gz"), source_name("")
    ('order_export_2024', 'table')
    """
    stem = Path(file).name.split(".")[0]
    return re.sub(r"[^A-Za-z0-9]+", "_", plain_words(stem)).strip("_")[:60] or "table"


def _layout(evidence: Evidence, preset: Preset | None, table: str | None) -> Layout:
    if preset is None:
        return choose_layout(evidence, table)
    assigned = {}
    for one, headers in preset.columns.items():
        fields = {plain_words(header): field for header, field in headers.items()}
        reason = f"{preset.title} have the column"
        known = {
            column.column: Known(fields[plain_words(column.column)], f"{reason} `{column.column}`")
            for column in evidence.columns
            if plain_words(column.column) in fields
        }
        assigned[one] = assign_fields(evidence.columns, one, known)
    if table is not None:
        assigned = {table: assigned[table]}
    wanted = next(reversed(assigned))
    chosen = choose_layout(evidence, wanted, assigned)
    reasons = (f"the headers are those of {preset.title}",)
    return Layout(assigned, chosen.contact, chosen.questions, reasons)


def _with_file(table: TableSuggestion, evidence: Evidence) -> TableSuggestion:
    declared = {
        key: value
        for key in ("sheet", "member", "header_row", "delimiter", "encoding")
        if (value := getattr(evidence.options, key)) is not None
    }
    if declared.get("delimiter") == "tab":
        declared["delimiter"] = "\t"
    file = evidence.file or f"raw/{table.source}.parquet"
    return TableSuggestion(
        table.source, table.table, table.columns, table.fixed, {"file": file, **declared, **table.settings}
    )


def _data_in_header(evidence: Evidence) -> list[str]:
    names = [column.column for column in evidence.columns]
    values = [name for name in names if re.fullmatch(r"[-+]?[\d.,:/ -]*\d[\d.,:/ -]*|\S+@\S+\.\S+", name)]
    if len(names) > 1 and len(values) * 2 > len(names):
        return [f"the header looks like a row ({', '.join(names[:4])}): if the file has none, say `header_row: 0`"]
    return []


def _other_currency(evidence: Evidence, tables: tuple[TableSuggestion, ...], currency: str) -> list[str]:
    asked = []
    for table in tables:
        for one in table.columns:
            code = evidence.column(one.column).code
            if one.field == "currency":
                query = f"select distinct upper({code}) from evidence where {code} is not null order by 1"
            elif one.field == "amount":
                query = f"select distinct {currency_sql(code)} as c from evidence where c is not null order by 1"
            else:
                continue
            others = [
                found for (found,) in evidence.connection.execute(query).fetchall() if found not in (None, currency)
            ]
            if others:
                shown = ", ".join(others[:5])
                asked.append(
                    f"`{one.column}` holds other currencies than {currency} ({shown}): "
                    "say `currencies: convert` or `apart`"
                )
    return asked
