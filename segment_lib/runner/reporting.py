"""A run as a whole: check, execute, render, publish; or keep what failed and leave the last good report alone."""

import platform
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import FrameType
from typing import Any

from segment_lib.checks import check_day
from segment_lib.errors import NotFound, RunFailed
from segment_lib.runner.execution import Executed, NotebookStopped, execute_notebooks
from segment_lib.runner.kernels import open_kernels
from segment_lib.runner.ledger import log_run
from segment_lib.runner.parameters import check_parameters
from segment_lib.runner.publishing import Shelf, Staging, write_json
from segment_lib.show.pages import Site, render_chapter, render_history, render_overview
from segment_lib.show.record import read_records
from segment_lib.workspace import Workspace, open_workspace

NOTEBOOKS = ("01_goals", "02_import", "03_segmentation", "04_refinement")
LIBRARIES = (
    *("deltalake", "duckdb", "matplotlib", "nbconvert", "numpy", "pandas", "papermill", "pyarrow"),
    *("scikit-learn", "scipy", "sqlglot"),
)


@dataclass(frozen=True)
class Report:
    """A finished report: where it is, and how long its making took, in all and by stage."""

    folder: Path
    seconds: float
    stages: Mapping[str, float] = field(default_factory=dict)

    @property
    def index(self) -> Path:
        """The page to open first."""
        return self.folder / "index.html"


def run_report(
    workspace: str | Path,
    *,
    as_of: date | str,
    reports: str | Path = "reports",
    notebooks: Path | None = None,
    progress: bool = True,
    parameters: Mapping[str, Any] | None = None,
) -> Report:
    """Execute the notebooks for a workspace and a day, and put the report in its place if all of them succeed.

    Parameters
    ----------
    workspace : folder of the workspace, found as by `open_workspace`.
    as_of : the day that everything is seen from.
    reports : folder for the reports of all workspaces; a relative path starts beside the folder of the notebooks.
    notebooks : folder of the notebooks; found from the working directory upwards where not given.
    progress : show on the standard error stream how far the run is.
    parameters : further parameters of the notebooks, name to value.

    Returns
    -------
    Report

    Raises
    ------
    InvalidOption
        A parameter that no notebook declares, or of the wrong type; told before anything runs.
    NotFound
        The workspace or a notebook is not there.
    RunFailed
        A notebook stopped. The last good report is untouched, and the notebook is kept with its error under
        `failed/`. `__cause__` is a SegmentLibError where the input is at fault.
    """
    clock = time.perf_counter()
    day, opened, extra = check_day(as_of), open_workspace(workspace), dict(parameters or {})
    folder = find_notebooks(notebooks)
    paths = [folder / f"{name}.ipynb" for name in NOTEBOOKS]
    check_parameters(extra, paths)
    shelf = Shelf((folder.parent / reports).resolve() / opened.name)
    site = Site(opened.settings.name, day, NOTEBOOKS)
    run = _begin(opened, day, extra)
    stages: dict[str, float] = {}
    with _terminable(), shelf.staging(day) as staging:
        given = {**extra, "workspace": str(opened.folder), "as_of": day.isoformat()}
        records: dict[str, Any] = {}
        try:
            with open_kernels(folder) as kernels:
                executed = execute_notebooks(
                    paths, target=staging.folder, parameters=given, kernels=kernels, progress=progress
                )
                for done in executed:
                    _write_chapter(done, site=site, folder=staging.folder, stages=stages)
                    _merge(records, read_records(done.notebook))
        except NotebookStopped as stopped:
            raise _keep_failure(opened, stopped, staging, run=run, clock=clock, site=site) from stopped.__cause__
        except KeyboardInterrupt as interrupted:
            between = NotebookStopped("the run", str(interrupted) or "interrupted.")
            raise _keep_failure(opened, between, staging, run=run, clock=clock, site=site) from interrupted
        run |= _finish(records, stages, clock)
        overview = render_overview(records.get("summary"), site=site, run=run)
        (staging.folder / "index.html").write_text(overview, encoding="utf-8")
        write_json(staging.folder / "run.json", run)
        with shelf.locked():
            place = staging.publish()
            shelf.write_index(render_history(shelf.runs(), business=site.business))
    log_run(opened, run)
    return Report(place, time.perf_counter() - clock, stages)


def find_notebooks(folder: Path | None = None) -> Path:
    """Return the folder of the notebooks that a run executes.

    Parameters
    ----------
    folder : where they are; looked for from the working directory upwards, then beside the package, if not given.

    Returns
    -------
    Path

    Raises
    ------
    NotFound
        One or more of the notebooks are missing.
    """
    bases = [Path.cwd(), *Path.cwd().parents, Path(__file__).resolve().parents[2]]
    candidates = [Path(folder)] if folder is not None else [base / "notebooks" for base in bases]
    for candidate in candidates:
        missing = [name for name in NOTEBOOKS if not (candidate / f"{name}.ipynb").is_file()]
        if not missing:
            return candidate.resolve()
        if folder is not None:
            raise NotFound(f"can't find the notebook {missing[0]}.ipynb in {candidate}.")
    raise NotFound(
        f"can't find the folder notebooks/ with {NOTEBOOKS[0]}.ipynb in the working directory or above it. "
        "Run from the project's folder."
    )


def _write_chapter(done: Executed, *, site: Site, folder: Path, stages: dict[str, float]) -> None:
    started = time.perf_counter()
    html = render_chapter(done.notebook, stem=done.stem, site=site)
    (folder / f"{done.stem}.html").write_text(html, encoding="utf-8")
    stages[done.stem] = round(done.seconds, 2)
    stages["pages"] = round(stages.pop("pages", 0.0) + time.perf_counter() - started, 2)


def _merge(records: dict[str, Any], found: Mapping[str, Any]) -> None:
    """Add a notebook's records; of provenance, later notebooks add tables and definitions to those of earlier ones."""
    before = records.get("provenance", {})
    records |= found
    if "provenance" in found:
        merged = {**before, **found["provenance"]}
        for part in ("tables", "definitions"):
            merged[part] = {**before.get(part, {}), **found["provenance"].get(part, {})}
        records["provenance"] = merged


def _begin(workspace: Workspace, day: date, parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "status": "running",
        "workspace": workspace.name,
        "business": workspace.settings.name,
        "as_of": day.isoformat(),
        "started_at": _now(),
        "parameters": dict(parameters),
        "package": _version("segment_lib"),
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in LIBRARIES},
    }


def _finish(records: Mapping[str, Any], stages: Mapping[str, float], clock: float) -> dict[str, Any]:
    provenance = records.get("provenance", {})
    return {
        "status": "complete",
        "finished_at": _now(),
        "seconds": round(time.perf_counter() - clock, 1),
        "stages": dict(stages),
        "compared_with": (records.get("summary") or {}).get("compared_with"),
        "tables": provenance.get("tables", {}),
        "definitions": provenance.get("definitions", {}),
        "smallest_group": provenance.get("smallest_group"),
    }


def _keep_failure(
    workspace: Workspace,
    stopped: NotebookStopped,
    staging: Staging,
    *,
    run: Mapping[str, Any],
    clock: float,
    site: Site,
) -> RunFailed:
    """Keep what is needed to mend the notebook, and return the error that tells where it is."""
    seconds = round(time.perf_counter() - clock, 1)
    failed = {**run, "status": "failed", "finished_at": _now(), "seconds": seconds, "message": str(stopped)}
    shelf = staging.shelf
    with shelf.locked():
        kept = staging.keep_failure(staging.folder / f"{stopped.stem}.ipynb", failed)
        shelf.write_index(render_history(shelf.runs(), business=site.business))
    log_run(workspace, failed)
    hint = f" The notebook with its error: {kept}" if kept.exists() else ""
    return RunFailed(f"{stopped}{hint}")


class _Terminated(KeyboardInterrupt):
    """SIGTERM, unwinding like Ctrl-C: asyncio and papermill let it through at once."""


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM end the run in order: kernels ended, the failure kept, the staging folder removed."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may handle signals
        return

    def stop(number: int, frame: FrameType | None) -> None:
        # Once is enough: a second signal must not disturb the clearing up.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise _Terminated("ended by the signal SIGTERM.")

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
