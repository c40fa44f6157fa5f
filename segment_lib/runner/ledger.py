"""The ledger of runs: one row each in the workspace's table `runs`, whether it succeeded or not."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from segment_lib.vocabulary import RUNS, arrow_schema
from segment_lib.workspace import Workspace


def log_run(workspace: Workspace, run: Mapping[str, Any]) -> None:
    """Add a run to the table `runs`.

    Parameters
    ----------
    workspace : whose run it was.
    run : what run.json says.
    """
    compared = run.get("compared_with")
    row = {
        "as_of": date.fromisoformat(run["as_of"]),
        "compared_with": date.fromisoformat(compared) if compared else None,
        "status": run["status"],
        "finished_at": datetime.fromisoformat(run["finished_at"]),
        "seconds": run["seconds"],
        "details": json.dumps(dict(run), ensure_ascii=False),
    }
    workspace.append("runs", pa.Table.from_pylist([row], schema=arrow_schema(RUNS)))
