"""The builder's window: what is typed and pressed becomes a call of the session, and its answer what is shown."""

from collections.abc import Mapping
from typing import Any

import anywidget
import traitlets

from segment_lib.errors import InvalidDefinition, SegmentLibError
from segment_lib.features.rules.layout import format_rule
from segment_lib.segments.preview import Preview
from segment_lib.show.builder_choices import list_choices, row_types
from segment_lib.show.builder_condition import write_condition
from segment_lib.show.builder_page import builder_page
from segment_lib.show.builder_session import BuilderSession
from segment_lib.show.builder_view import explanation_state, funnel_state, rule_state, say_impact
from segment_lib.show.mapping_window import COLOURS, STATIC

SCRIPTS = ("segment_builder_controls.js", "segment_builder.js")
_ANSWERS = {"in": True, "out": False, "unknown": None}


def window_style() -> str:
    """Return the window's style sheet, in the colours of the report."""
    names = " ".join(f"--{name}: {colour};" for name, colour in COLOURS.items())
    return f".sl-builder {{ {names} }}\n{(STATIC / 'segment_builder.css').read_text(encoding='utf-8')}"


class SegmentBuilder(anywidget.AnyWidget):
    """A rule to be typed or clicked together, counted, explained and saved.

    Parameters
    ----------
    session : the rule that is worked on; `session.rule` is what it has come to.

    Attributes
    ----------
    state : the rule and its counts; `typed` says that its text is the person's own.
    funnel : what each condition lets through.
    values : texts to choose from, of the column that was asked for last.
    why : why the contact that was asked for last is in or out.
    status : the last answer, whether it is a fault, and to what.
    choices : what a condition can be made of.
    """

    # One module: a window has no address from which it could load a second one.
    _esm = "\n".join((STATIC / name).read_text(encoding="utf-8") for name in SCRIPTS)
    _css = window_style()

    state = traitlets.Dict().tag(sync=True)
    funnel = traitlets.Dict().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    why = traitlets.Dict().tag(sync=True)
    status = traitlets.Dict().tag(sync=True)
    choices = traitlets.Dict().tag(sync=True)
    begin = traitlets.Dict().tag(sync=True)

    def __init__(self, session: BuilderSession, **options: Any) -> None:
        self.session = session
        self._drawn = 0
        view = session.saved
        super().__init__(
            state={**rule_state(session, session.preview()), "typed": False},
            funnel=self._count_parts(),
            status={"text": "", "fault": False, "number": 0, "to": ""},
            choices=list_choices(session.workspace, as_of=session.as_of),
            begin={
                "workspace": session.workspace.settings.name,
                "as_of": str(session.as_of.day),
                "name": session.name,
                **{key: getattr(view, key) if view else "" for key in ("description", "goal", "owner")},
            },
            **options,
        )
        self.on_msg(lambda _, message, __: self.answer(message))

    def answer(self, message: dict[str, Any]) -> None:
        """Do what a control of the window asks for.

        Parameters
        ----------
        message : `do` is `rule` (with `text`), `add` (with `what`, `operator`, `value`, `arguments`, `options`),
            `remove` (with `place`), `join` (with `joint`), `tidy`, `values` (with `column`, `kind`), `why` (with
            `contact`), `sample` (with `answer`) or `save` (with `name`, `description`, `goal`, `owner`, `replace`).
        """
        try:
            text, fault = self._do(message), False
        except (SegmentLibError, OSError) as error:
            text, fault = str(error), True
        # Numbered, so that the same answer twice is two answers.
        number = self.status["number"] + 1
        self.status = {"text": text, "fault": fault, "number": number, "to": message.get("do")}

    def _do(self, message: dict[str, Any]) -> str:
        session = self.session
        match message.get("do"):
            case "rule":
                self._show(session.set_rule(str(message["text"])), typed=True)
            case "add":
                self._show(self._add(message))
                return f"Added: {session.conditions[-1]}."
            case "remove":
                before = session.conditions
                self._show(session.remove_condition(int(message["place"])))
                return f"Removed: {before[int(message['place'])]}."
            case "join":
                self._show(session.join(message["joint"]))
            case "tidy":
                self._show(session.set_rule(format_rule(session.rule)))
            case "values":
                found = session.values(message["column"], kind=message.get("kind"))
                self.values = {"column": message["column"], "kind": message.get("kind"), "found": found}
            case "why" | "sample":
                return self._explain(message)
            case "save":
                return self._save(message)
        return ""

    def _add(self, message: Mapping[str, Any]) -> Preview:
        options = dict(message.get("options") or {})
        if isinstance(where := options.get("where"), Mapping):
            types = row_types(self.session.workspace)
            options["where"] = write_condition(where["what"], where["operator"], where["value"], columns=types)
        return self.session.add_condition(
            message["what"], message["operator"], message["value"], arguments=message.get("arguments") or (), **options
        )

    def _explain(self, message: Mapping[str, Any]) -> str:
        contact: str | None = str(message.get("contact", "")).strip()
        if message["do"] == "sample":
            # Another press draws another contact.
            self._drawn += 1
            contact = self.session.sample_contact(_ANSWERS[message["answer"]], random_state=self._drawn)
        if not contact:
            self.why = {}
            return "Nobody is there to be explained." if message["do"] == "sample" else "Type a contact's id or e-mail."
        self.why = explanation_state(self.session.why(contact))
        return ""

    def _save(self, message: Mapping[str, Any]) -> str:
        session, name = self.session, str(message["name"]).strip()
        said = {key: str(message.get(key) or "") for key in ("description", "goal", "owner")}
        replace = bool(message.get("replace"))
        impact = say_impact(session.impact(name)) if name in [view.name for view in session.views] else ""
        if impact and not replace:
            raise InvalidDefinition(
                [f"{name} is there already. Replaced by this rule: {impact} To do so, tick Replace."]
            )
        path = session.save(name, **said, replace=replace)
        return " ".join(filter(None, [f"Saved as {name} in {path.name}.", impact]))

    def _show(self, found: Preview, *, typed: bool = False) -> None:
        # The counts first: what each condition lets through takes as long again.
        if self.state["rule"] != self.session.rule:
            # Why somebody was in or out by another rule would be misread.
            self.why = {}
        self.state = {**rule_state(self.session, found), "typed": typed}
        self.funnel = self._count_parts()

    def _count_parts(self) -> dict[str, Any]:
        counted, rule = self.session.counted, self.session.rule
        if counted is None or counted.rule != rule:
            return {"rule": rule, "conditions": [], "said": ""}
        try:
            return {"rule": rule, **funnel_state(self.session.funnel(), has_parent=bool(self.session.parent))}
        except SegmentLibError:
            # A condition may be beyond reckoning by itself, where the whole rule is not.
            return {"rule": rule, "conditions": [], "said": ""}

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """Return the window, and beside it the page for wherever the notebook is opened without a kernel."""
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        page = builder_page(self.session)
        return {**data, "text/html": page.html, "text/plain": page.text}, metadata
