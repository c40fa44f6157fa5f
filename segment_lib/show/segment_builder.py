"""The segment builder: a window in JupyterLab, a page everywhere else."""

from typing import Any

from segment_lib.asof import AsOf
from segment_lib.show.builder_page import builder_page
from segment_lib.show.builder_session import BuilderSession
from segment_lib.show.mapping_widget import has_window
from segment_lib.workspace import Workspace


def segment_builder(workspace: Workspace, *, as_of: AsOf, rule: str = "", name: str = "") -> Any:
    """Let a person write a rule by typing or clicking, see at once whom it selects and why, and save it.

    Parameters
    ----------
    workspace : whose contacts, and where the smart view would be saved.
    as_of : the day seen from.
    rule : to begin with; without one that of the smart view `name`, if there is one.
    name : of the smart view.

    Returns
    -------
    SegmentBuilder or ReportTable
        In JupyterLab with `anywidget` a window; otherwise, and where papermill or nbconvert runs the notebook, a page
        with the rule, its sentence and its counts, which names nobody.

    Raises
    ------
    NoData
        Nothing has been imported, or nothing had happened by that day.
    InvalidDefinition
        A definition of the workspace has faults.

    Notes
    -----
    Everything that the window does is a function of `segment_lib.show.builder_session.BuilderSession`, which works
    without it:

    - `session.set_rule(text)`, `session.add_condition(what, operator, value, ...)`, `session.remove_condition(place)`
      and `session.join("or")` change the rule and return a preview;
    - `session.preview()` counts, `session.funnel()` tells what each condition lets through, `session.sentence("es")`
      says the rule;
    - `session.values(column)` are texts to choose from;
    - `session.sample_contact(True)` is a member, and `session.why(contact)` explains a contact;
    - `session.impact(name)` tells what it would change, `session.save(name, ...)` writes it into segments.yml.
    """
    session = BuilderSession(workspace, as_of=as_of, rule=rule, name=name)
    if not has_window():
        return builder_page(session)
    from segment_lib.show.builder_window import SegmentBuilder

    return SegmentBuilder(session)
