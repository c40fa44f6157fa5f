"""The ledger of imports: what arrived, what was refused and why."""

import pandas as pd

from segment_lib.engine import query_frame, run_sql
from segment_lib.loading.recipe import columns_of, load_fields
from segment_lib.workspace import Workspace


def load_imports(workspace: Workspace) -> pd.DataFrame:
    """Return every import that was made, the latest last.

    Parameters
    ----------
    workspace : whose.

    Returns
    -------
    pandas.DataFrame
        The table `imports`: counts by outcome, hashes, the reasons of skipped rows as JSON.
    """
    return query_frame(
        "select * from imports order by imported_at, target, file", {"imports": workspace.table("imports")}
    )


def summarise_quarantine(workspace: Workspace) -> pd.DataFrame:
    """Count quarantined rows by file, table and reason; the values of single rows are left out of the reasons.

    Parameters
    ----------
    workspace : whose.

    Returns
    -------
    pandas.DataFrame
        `file`, `target`, `reason`, `rows`; a row with two reasons counts under both.
    """
    return query_frame(
        """select file, target, regexp_replace(reason, '(: ).*$', '', 's') as reason, count(*) as rows
        from (select file, target, unnest(reasons) as reason from quarantine) group by all order by rows desc, all""",
        {"quarantine": workspace.table("quarantine")},
    )


def measure_completeness(workspace: Workspace) -> pd.DataFrame:
    """Measure how full each field of the contacts is.

    Parameters
    ----------
    workspace : whose.

    Returns
    -------
    pandas.DataFrame
        `field`, `family`, `filled_share` (0 to 1).
    """
    stored = workspace.table("contacts")
    columns = [c for c in columns_of("contacts", load_fields(workspace)) if c.name in stored.column_names]
    shares = ", ".join(f'avg(("{c.name}" is not null)::int) as "{c.name}"' for c in columns)
    row = run_sql(f"select {shares} from contacts", {"contacts": stored}).to_pylist()[0]
    return pd.DataFrame(
        [(c.name, c.family, float(row[c.name] or 0)) for c in columns], columns=["field", "family", "filled_share"]
    )
