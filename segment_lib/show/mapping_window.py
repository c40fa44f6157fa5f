"""The wizard's window: what is pressed becomes a call of the session, and its answer becomes what is shown."""

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from segment_lib.errors import SegmentLibError
from segment_lib.show.mapping_session import MappingSession, describe_trials
from segment_lib.show.mapping_view import mapping_page, session_state
from segment_lib.show.style import ACCENT, AMBER, GREY, INK, LINE, PALE, PAPER, SOFT, WARN, WASH

STATIC = Path(__file__).parent / "static"
COLOURS = {
    **{"accent": ACCENT, "warn": WARN, "amber": AMBER, "ink": INK, "soft": SOFT, "grey": GREY},
    **{"pale": PALE, "line": LINE, "wash": WASH, "paper": PAPER},
}
OWN = "(own)"


def window_style() -> str:
    """Return the window's style sheet, in the colours of the report."""
    names = " ".join(f"--{name}: {colour};" for name, colour in COLOURS.items())
    return f".sl-mapping {{ {names} }}\n{(STATIC / 'mapping_wizard.css').read_text(encoding='utf-8')}"


class MappingWizard(anywidget.AnyWidget):
    """The mapping of a source, to be looked at, changed, tried and written.

    Parameters
    ----------
    session : the mapping that is worked on; `session.suggestion` is what it has come to.

    Attributes
    ----------
    state : what is shown.
    status : the last answer to a button, and whether it is a fault.
    """

    _esm = (STATIC / "mapping_wizard.js").read_text(encoding="utf-8")
    _css = window_style()

    state = traitlets.Dict().tag(sync=True)
    status = traitlets.Dict().tag(sync=True)
    fields = traitlets.Dict().tag(sync=True)
    can_write = traitlets.Bool(False).tag(sync=True)

    def __init__(self, session: MappingSession, **options: Any) -> None:
        self.session = session
        tables = [table.table for table in session.suggestion.tables]
        super().__init__(
            state=session_state(session),
            status={"text": "", "fault": False},
            fields={table: session.standard_fields(table) for table in tables},
            can_write=session.workspace is not None,
            **options,
        )
        self.on_msg(lambda _, message, __: self.answer(message))

    def answer(self, message: dict[str, Any]) -> None:
        """Do what a control of the window asks for.

        Parameters
        ----------
        message : `do` is `choose` (with `table`, `column`, `field`), `count` or `write` (with `replace`).
        """
        try:
            text = self._do(message)
            self._say(text, fault=False)
        except (SegmentLibError, OSError) as error:
            self._say(str(error), fault=True)
        self.state = session_state(self.session)

    def _say(self, text: str, *, fault: bool) -> None:
        # Numbered, so that the same answer twice is two answers.
        self.status = {"text": text, "fault": fault, "number": self.status.get("number", 0) + 1}

    def _do(self, message: dict[str, Any]) -> str:
        session = self.session
        match message.get("do"):
            case "choose":
                column, table = str(message["column"]), str(message["table"])
                field = session.own_field(column, table=table) if message["field"] == OWN else message["field"] or None
                session.choose(column, field, table=table)
                return f"{column}: {field or 'left out'}."
            case "count":
                return describe_trials(session.count())
            case "write":
                files = session.write(replace=bool(message.get("replace")))
                return f"Written: {', '.join(file.name for file in files) or 'nothing, it was all there'}."
        return ""

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """Return the window, and beside it the page for wherever the notebook is opened without a kernel."""
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        page = mapping_page(self.session)
        return {**data, "text/html": page.html, "text/plain": page.text}, metadata
