"""The mapping wizard: a window in JupyterLab, a page everywhere else."""

from importlib.util import find_spec
from typing import Any

from segment_lib.loading.suggesting.evidence import Tabular
from segment_lib.show.findings import Findings
from segment_lib.show.mapping_session import MappingSession
from segment_lib.show.mapping_view import mapping_page
from segment_lib.workspace import Workspace


def mapping_wizard(source: Tabular | None, *, workspace: Workspace | None = None, table: str | None = None) -> Any:
    """Show what every column of a source is, and let a person change, try and write it.

    Parameters
    ----------
    source : a file, an inspected file, a DataFrame or an Arrow table; None says that there is no file yet.
    workspace : where the mapping would be written, and whose contacts a trial meets; without it nothing is written.
    table : contacts, interactions or campaign_assignments, where only one of them is wanted.

    Returns
    -------
    MappingWizard or ReportTable
        In JupyterLab with `anywidget` a window; otherwise, and where papermill or nbconvert runs the notebook, a page
        with the same content, in which single values are masked.

    Raises
    ------
    InvalidFile
        The source cannot be read.

    Notes
    -----
    Everything that the window does is a function that works without it:

    - `segment_lib.loading.suggest_mapping` proposes;
    - `segment_lib.show.choose_field` gives a column another field, one of one's own, or none;
    - `suggestion.to_yaml()` is the recipe;
    - `segment_lib.show.try_mapping` counts what would become of the rows, and why;
    - `segment_lib.loading.write_mapping` writes import.yml and fields.yml.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"E-Mail": ["a@b.de", "c@d.de"], "Land": ["DE", "ES"]})
    >>> print(mapping_wizard(people).text.splitlines()[0])
    The table would fill contacts; all 2 rows were looked at.
    """
    if source is None:
        return Findings(("There is no file to map yet: put one into the workspace's raw/ folder.",))
    session = MappingSession(source, workspace=workspace, table=table)
    if not has_window():
        return mapping_page(session)
    from segment_lib.show.mapping_window import MappingWizard

    return MappingWizard(session)


def has_window() -> bool:
    """Tell whether somebody sits before a front end that can draw widgets.

    Returns
    -------
    bool

    Notes
    -----
    JupyterLab, Notebook and VS Code tell the kernel which cell they run; papermill, nbconvert and nbval do not.
    """
    if find_spec("anywidget") is None or find_spec("IPython") is None:
        return False
    from IPython.core.getipython import get_ipython

    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return False
    request = kernel.get_parent("shell") or {}
    return "cellId" in request.get("metadata", {})
