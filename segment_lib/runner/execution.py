"""Notebooks executed one after the other by papermill, each in a kernel that was started ahead."""

import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from segment_lib.errors import SegmentLibError
from segment_lib.runner.kernels import KERNEL, Kernel, Kernels, cancel_tasks
from segment_lib.runner.parameters import imported_modules, read_cells, read_parameters

# nbformat, nbclient and papermill take three seconds to import: functions do it when the first kernel is on its way.
if TYPE_CHECKING:
    from nbformat import NotebookNode

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Executed:
    """A notebook with its outputs, and how long it took."""

    stem: str
    notebook: "NotebookNode"
    seconds: float


class NotebookStopped(Exception):
    """A notebook did not get to its end; `__cause__` is a SegmentLibError where the input is at fault."""

    def __init__(self, stem: str, reason: str) -> None:
        self.stem = stem
        super().__init__(f"{stem} stopped: {reason}")


def execute_notebooks(
    paths: Sequence[Path],
    *,
    target: Path,
    parameters: Mapping[str, Any],
    kernels: Kernels,
    progress: bool,
) -> Iterator[Executed]:
    """Execute notebooks in order, yielding each as soon as it is done.

    Parameters
    ----------
    paths : the notebooks; not changed.
    target : folder for the executed notebooks, the one that fails included.
    parameters : name to value; a notebook gets those that it declares.
    kernels : where to start kernels.
    progress : show a bar over all cells, or a line for every notebook where there is no terminal.

    Yields
    ------
    Executed

    Raises
    ------
    NotebookStopped
        A cell raised an error, the kernel died, or the run was interrupted.
    """
    kernel = kernels.start(imported_modules(paths[0]))
    import nbconvert  # noqa: F401
    import papermill  # noqa: F401

    with _progress(paths, shown=progress) as (begin, step):
        for place, path in enumerate(paths):
            begin(path.stem)
            started = time.perf_counter()
            ahead = kernels.start(imported_modules(paths[place + 1])) if place + 1 < len(paths) else None
            known = read_parameters(path)
            given = {name: value for name, value in parameters.items() if name in known}
            notebook = _execute(path, target=target / path.name, parameters=given, kernel=kernel, step=step)
            kernels.end(kernel)
            yield Executed(path.stem, notebook, time.perf_counter() - started)
            if ahead is not None:
                kernel = ahead


def _execute(
    path: Path, *, target: Path, parameters: dict[str, Any], kernel: Kernel, step: Callable[..., None]
) -> "NotebookNode":
    import nbformat
    import papermill
    from papermill.exceptions import PapermillExecutionError

    begun: list[NotebookNode] = []
    try:
        executed: NotebookNode = papermill.execute_notebook(
            # papermill fills parameters into paths by `str.format`.
            str(path).replace("{", "{{").replace("}", "}}"),
            str(target).replace("{", "{{").replace("}", "}}"),
            parameters=parameters,
            kernel_name=KERNEL,
            progress_bar=False,
            # Writing the whole notebook before and after every cell costs more than many a cell.
            request_save_on_cell_execute=False,
            km=kernel,
            on_notebook_start=lambda notebook: begun.append(notebook),
            on_cell_complete=lambda cell, cell_index: step(),
        )
        return executed
    except PapermillExecutionError as error:
        at_fault = _user_error(error.ename, error.evalue)
        reason = (
            str(at_fault)
            if at_fault
            else f"{error.ename}: {error.evalue} (in cell {error.exec_count})".replace("\n", " ")
        )
        raise NotebookStopped(path.stem, reason) from at_fault
    except (Exception, KeyboardInterrupt) as error:
        if isinstance(error, KeyboardInterrupt):
            cancel_tasks()
        if begun and not target.exists():
            nbformat.write(begun[0], target)  # type: ignore[no-untyped-call]
        raise NotebookStopped(path.stem, _reason(error)) from error


def _user_error(name: str, message: str) -> SegmentLibError | None:
    """Return the error of ours that a kernel told by its class's name, or nothing if it is none of ours."""
    waiting: list[type[SegmentLibError]] = [SegmentLibError]
    while waiting:
        kind = waiting.pop()
        if kind.__name__ == name:
            return SegmentLibError(_ANSI.sub("", message))
        waiting += kind.__subclasses__()
    return None


def _reason(error: BaseException) -> str:
    from nbclient.exceptions import DeadKernelError

    if isinstance(error, DeadKernelError):
        return "its kernel died; the usual reason is that the machine ran out of memory."
    if isinstance(error, KeyboardInterrupt):
        return str(error) or "interrupted."
    return f"{type(error).__name__}: {error}"


@contextmanager
def _progress(paths: Sequence[Path], *, shown: bool) -> Iterator[tuple[Callable[[str], None], Callable[[], None]]]:
    """Offer two calls: a notebook begins, a cell is done."""
    if shown and not sys.stderr.isatty():
        yield lambda stem: print(f"{stem} ...", file=sys.stderr, flush=True), lambda: None
        return
    # One cell more than it has: papermill's own with the parameters.
    total = sum(_code_cells(path) + bool(read_parameters(path)) for path in paths)
    layout = "{desc:<17} {bar} {n_fmt}/{total_fmt} cells, {elapsed}"
    with tqdm(total=total, disable=not shown, leave=False, bar_format=layout, dynamic_ncols=True) as bar:
        yield bar.set_description_str, lambda: bar.update() and None


def _code_cells(path: Path) -> int:
    cells = read_cells(path)
    return sum(cell["cell_type"] == "code" and bool("".join(cell["source"]).strip()) for cell in cells)
