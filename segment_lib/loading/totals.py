"""Control totals of an import: rows and amounts by what became of them, and whether the table holds them."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import duckdb

from segment_lib.errors import RowsLost
from segment_lib.loading.refusals import WAS_MENDED
from segment_lib.loading.results import say_rows
from segment_lib.loading.settling import ANONYMOUS
from segment_lib.loading.staging import Staged
from segment_lib.sql import literal


def count_rows(connection: duckdb.DuckDBPyConnection, staged: Staged) -> dict[str, Any]:
    """Count a file's rows and amounts by what became of them."""
    name = staged.name
    judged = f"""{name}_staged as staged left join (
        select row_number, any_value(skip) as skip, any_value(reason) as reason
        from {name}_verdicts group by row_number) as verdict on verdict.row_number = staged._row_number"""
    if not connection.sql(f"select 1 from {name}_verdicts limit 1").fetchall():
        # A join over all rows of a large file, which most files do not need.
        judged = f"(select *, null::varchar as skip, null::varchar as reason from {name}_staged) as staged"
    connection.execute(
        f"""create or replace temp view {name}_outcomes as
        select staged.*, coalesce(_skip, skip) as _why_skipped, case
            when _skip is not null or skip = {literal(WAS_MENDED)} then 'skipped'
            when _reasons is not null or reason is not null then 'quarantined'
            when skip is not null then 'skipped' else 'accepted' end as _outcome
        from {judged}"""
    )
    has_amounts = staged.job.source.table == "interactions" and "amount" in staged.job.source.columns
    # One pass over all rows; whatever is counted is added up from here.
    currency = "coalesce(original_currency, currency)" if has_amounts else "null::varchar"
    amount = "cast(amount as decimal(38, 4))" if has_amounts else "null::decimal(38, 4)"
    written = "cast(coalesce(original_amount, amount) as decimal(38, 4))" if has_amounts else amount
    connection.execute(
        f"""create or replace temp table {name}_tally as
        select _outcome, _why_skipped, _policy, {currency} as currency, count(*) as n,
            count({written}) as amounts, sum({written}) as written, sum(abs({amount})) as amount
        from {name}_outcomes group by all"""
    )
    rows = dict(connection.sql(f"select _outcome, sum(n)::bigint from {name}_tally group by 1").fetchall())
    counted = {
        "rows_read": sum(rows.values()) + staged.ragged,
        "rows_accepted": rows.get("accepted", 0),
        "rows_quarantined": rows.get("quarantined", 0) + staged.ragged,
        "rows_skipped": rows.get("skipped", 0),
        "skip_reasons": _tally(connection, f"select _why_skipped, n from {name}_tally where _outcome = 'skipped'"),
        "policies": _tally(
            connection,
            f"select _policy, n from {name}_tally where _outcome = 'accepted' and _policy is not null",
        ),
        "refusals": _tally(
            connection,
            f"""select regexp_replace(unnest(reasons), ': .*$', '', 's'), 1 from {name}_refused
            where outcome = 'refused'""",
        ),
        "notes": _tally(
            connection,
            f"""select regexp_replace(unnest(_notes), ': .*$', '', 's'), 1 from {name}_outcomes
            where _outcome = 'accepted' and _notes is not null""",
        ),
        "amounts": {},
    }
    if staged.job.source.unknown_contacts == "anonymous" and staged.job.source.table == "interactions":
        [(nobody,)] = connection.sql(f"select count(*) from {name}_accepted where contact_id is null").fetchall()
        counted["policies"] |= {ANONYMOUS: nobody} if nobody else {}
    if has_amounts:
        counted["amounts"] = _amounts(connection, name)
    return counted


def _tally(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, int]:
    summed = f"select what, sum(n)::bigint from ({query}) as t(what, n) group by 1 order by 1"
    return dict(connection.sql(summed).fetchall())


def _amounts(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, dict[str, str]]:
    """Add up the amounts as they are written, by currency and outcome; rows without a readable one have none."""
    found = connection.sql(
        f"""select currency, _outcome, sum(written) from {name}_tally where amounts > 0 group by all order by all"""
    ).fetchall()
    totals: dict[str, dict[str, Decimal]] = {}
    for currency, outcome, amount in found:
        totals.setdefault(currency or "", {})[outcome] = amount
    return {
        currency: {"read": str(sum(parts.values())), **{outcome: str(part) for outcome, part in parts.items()}}
        for currency, parts in totals.items()
    }


def check_stored(connection: duckdb.DuckDBPyConnection, staged: Staged, counted: Mapping[str, Any]) -> None:
    """Compare what was accepted with what the table holds: rows, and the sum of the amounts.

    Raises
    ------
    RowsLost
        They differ; whoever holds the transaction takes it back.
    """
    name, table, own = staged.name, staged.job.source.table, literal(staged.job.import_id)
    if table == "contacts":
        query = f"select count(distinct contact_id) from stored_contact_versions where import_id = {own}"
        expected, found = [(counted["rows_accepted"],)], connection.sql(query).fetchall()
    else:
        total = "sum(abs(cast(amount as decimal(38, 4))))" if counted["amounts"] else "null"
        accepted = f"select coalesce(sum(n), 0)::bigint, sum(amount) from {name}_tally where _outcome = 'accepted'"
        expected = connection.sql(accepted).fetchall()
        found = connection.sql(f"select count(*), {total} from stored_{table} where import_id = {own}").fetchall()
    if expected != found:
        raise RowsLost(staged.job.file.path.name, f"accepted {_told(expected)}, found {_told(found)} in {table}")


def _told(totals: list[tuple[Any, ...]]) -> str:
    """Return rows, and the sum of their amounts where there is one, as words."""
    [(rows, *amount)] = totals
    return say_rows(rows) + "".join(f" of {one:,}" for one in amount if one is not None)


def ledger_json(counted: Mapping[str, Any]) -> dict[str, Any]:
    """Return counts as the ledger keeps them: mappings as JSON."""
    return {
        key: json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, dict) else value
        for key, value in counted.items()
    }
