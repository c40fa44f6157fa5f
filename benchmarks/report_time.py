"""How long `segment-lib report` takes on the sample shop, and where the time goes.

The workspace is copied, so that every run imports the raw files anew as the first run of a day does; setting up the
environment is not counted, starting Python is.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Run the report several times and print medians, in all and by stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, default=ROOT / "data" / "sample_shop")
    parser.add_argument("--as-of", default="2026-10-31")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    runs = []
    for number in range(1, options.runs + 1):
        runs.append(run_report(options.workspace, options.as_of))
        print(f"{number}. {runs[-1]['in all']:.1f} s", flush=True)
    print("\nMedians")
    for stage in runs[0]:
        print(f"{stage:<18}{median(run[stage] for run in runs):6.1f} s")


def run_report(workspace: Path, as_of: str) -> dict[str, float]:
    """Run the report on a copy of a workspace.

    Parameters
    ----------
    workspace : its definitions and raw files are copied; its tables are made anew.
    as_of : day of the report.

    Returns
    -------
    dict
        Seconds: `in all`, then each stage as run.json has it, and `start and end`, what is left.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, workspace.name)
        for part in ("definitions", "raw"):
            shutil.copytree(workspace / part, copy / part)
        reports = Path(folder, "reports")
        command = [sys.executable, "-m", "segment_lib.cli", "report", str(copy), "--as-of", as_of, "--quiet"]
        # With this variable set, Python would translate the library anew for every notebook.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        started = time.perf_counter()
        subprocess.run(
            [*command, "--reports", str(reports)], check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
        )
        seconds = time.perf_counter() - started
        [run] = (json.loads(path.read_text(encoding="utf-8")) for path in reports.glob("*/*/run.json"))
    stages = dict(run["stages"])
    return {"in all": seconds, **stages, "start and end": seconds - sum(stages.values())}


if __name__ == "__main__":
    main()
