"""The ledger of imports: what arrived, what was refused and why."""

import pandas as pd

from segment_lib.engine import query_frame
from segment_lib.workspace import Workspace

LATEST = """with latest as (select * from imports where undone_at is null
    qualify row_number() over (partition by source, file, target
        order by imported_at desc, import_id) = 1)"""


def load_imports(workspace: Workspace) -> pd.DataFrame:
    """Return the last import of every file, so that one that is overwritten every night or read anew counts once.

    Parameters
    ----------
    workspace : whose.

    Returns
    -------
    pandas.DataFrame
        The table `imports`: counts by outcome, hashes, the reasons of skipped rows as JSON.
    """
    return query_frame(
        f"{LATEST} select * from latest order by imported_at, target, file", {"imports": workspace.table("imports")}
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
        from (select file, target, unnest(reasons) as reason from quarantine
            where outcome = 'refused' and resolved_by is null) group by all
        order by rows desc, file, target, reason""",
        {"quarantine": workspace.table("quarantine")},
    )
