"""The segment builder without its window: a rule that a person is working on, and what follows from it."""

from collections.abc import Sequence
from dataclasses import replace as changed
from pathlib import Path

from pydantic import ValidationError

from segment_lib.asof import AsOf
from segment_lib.checks import check_option
from segment_lib.errors import InvalidDefinition, InvalidOption, InvalidRule
from segment_lib.features.rules.describing import describe
from segment_lib.features.rules.layout import format_rule
from segment_lib.features.rules.nouns import Language
from segment_lib.segments.definitions import SmartView
from segment_lib.segments.explaining import Explanation, Funnel, explain
from segment_lib.segments.impact import Impact, measure_impact
from segment_lib.segments.own import compile_own_rules, load_segments
from segment_lib.segments.preview import Preview, open_preview, preview
from segment_lib.segments.writing import write_smart_views
from segment_lib.show.builder_choices import columns_to_ask, goal_names, row_types, values_of_contacts, values_of_rows
from segment_lib.show.builder_condition import Value, write_condition
from segment_lib.show.builder_rule import Joint, join_conditions, split_conditions
from segment_lib.workspace import Workspace

_WITHIN: dict[Language, str] = {"en": "Within", "es": "Dentro de"}


class BuilderSession:
    """A rule that a person is working on.

    Parameters
    ----------
    workspace : whose contacts, and where the rule would be saved.
    as_of : the day seen from.
    rule : to begin with; without one that of the smart view of the name, if there is one.
    name : of the smart view that it is to become.

    Attributes
    ----------
    rule : its text, faults and all.
    counted : the preview of the last rule without a fault; nothing before there was one. It is, as all counts and
        reasons are, of the rule with that of the parent, where the smart view has one.
    """

    def __init__(self, workspace: Workspace, *, as_of: AsOf, rule: str = "", name: str = "") -> None:
        self.workspace = workspace
        self.as_of = as_of
        self.name = name
        self.saved = next((view for view in self.views if view.name == name), None)
        self.rule = rule or (self.saved.rule if self.saved else "")
        self.counted: Preview | None = None
        self._opened = open_preview(workspace, as_of=as_of)
        self._joint: Joint = "and"

    def close(self) -> None:
        """Let go of what was computed for the day."""
        self._opened.close()

    @property
    def views(self) -> list[SmartView]:
        """The smart views that are in segments.yml now."""
        return load_segments(self.workspace).smart_views

    @property
    def parent(self) -> str:
        """The parent of the smart view that is worked on; empty where it has none."""
        return self.saved.parent if self.saved else ""

    @property
    def conditions(self) -> list[str]:
        """What the outermost `and` or `or` of the rule joins; nothing of a rule that is empty or does not parse."""
        return self._parts()[1]

    @property
    def joint(self) -> Joint:
        """What joins the conditions, or will join the second one."""
        return self._parts()[0] or self._joint

    def set_rule(self, text: str) -> Preview:
        """Take another text for the whole rule, as it was typed; a fault is told in the answer."""
        self.rule = text
        return self.preview()

    def add_condition(
        self,
        what: str,
        operator: str = "is true",
        value: Value | Sequence[Value] | None = None,
        *,
        arguments: Sequence[Value] = (),
        **options: str,
    ) -> Preview:
        """Put a condition behind the others (`write_condition`).

        Parameters
        ----------
        what : a field, a feature, or a function of the language.
        operator : such as `=`, `>=`, `between`, `in`, `contains`, `is null`, `is true`, `is false`, `includes`.
        value : what it is compared with; two for `between`, several for `in`.
        arguments : of a function, by place, without quotes.
        **options : of a function, by name: `within="90 days"`, `until=...`, `where="category = 'Fig'"`.

        Returns
        -------
        Preview

        Raises
        ------
        InvalidOption
            There is no such field, function, operator or option, or values are missing.
        InvalidDefinition
            The condition can't be understood; the rule stays as it was.
        InvalidRule
            The rule, as it stands, does not parse: nothing can be put behind it.
        """
        condition = write_condition(
            what,
            operator,
            value,
            columns={c.name: c.type for c in columns_to_ask(self.workspace)},
            arguments=arguments,
            options=options,
            interaction_columns=row_types(self.workspace),
        )
        compile_own_rules(self.workspace, {"": condition}, called={"": "condition"})
        joint, conditions = split_conditions(self.rule) if self.rule.strip() else (None, [])
        return self._take([*conditions, condition], joint or self._joint)

    def remove_condition(self, place: int) -> Preview:
        """Take a condition out.

        Parameters
        ----------
        place : of `conditions`, the first is 0.

        Returns
        -------
        Preview

        Raises
        ------
        InvalidOption
            There is no condition at that place.
        """
        joint, conditions = self._parts()
        if not 0 <= place < len(conditions):
            raise InvalidOption(f"`place` must be less than {len(conditions)}, the number of conditions, got {place}.")
        self._joint = joint or self._joint
        return self._take([*conditions[:place], *conditions[place + 1 :]], self._joint)

    def join(self, joint: Joint) -> Preview:
        """Join the conditions by the other word, `and` or `or`."""
        check_option(joint, ["and", "or"], name="joint")
        self._joint = joint
        conditions = self.conditions
        return self._take(conditions, joint) if conditions else self.preview()

    def preview(self) -> Preview:
        """Count whom the rule selects (`segment_lib.segments.preview.preview`); a fault is told in the answer."""
        found = preview(self.workspace, self._whole_rule(), as_of=self.as_of, session=self._opened)
        found = changed(found, rule=self.rule)
        if not found.fault:
            self.counted = found
        return found

    def funnel(self) -> Funnel:
        """Count whom each condition lets through (`segment_lib.segments.explaining.explain`)."""
        return explain(self.workspace, self._whole_rule(), as_of=self.as_of, session=self._opened)

    def sentence(self, language: Language = "en") -> str:
        """Return the rule as a sentence (`describe`), within its parent; empty where it can't be understood."""
        try:
            said = describe(self.rule, language=language) if self.rule.strip() else ""
        except InvalidRule:
            return ""
        return f"{_WITHIN[language]} {self.parent}: {said}" if said and self.parent else said

    def why(self, contact: str) -> Explanation:
        """Explain why a contact is in or out (`segment_lib.segments.explaining.explain`).

        Parameters
        ----------
        contact : its id, or its e-mail address.

        Returns
        -------
        Explanation

        Raises
        ------
        InvalidDefinition
            The rule has faults.
        """
        return explain(self.workspace, self._whole_rule(), contact, as_of=self.as_of, session=self._opened)

    def sample_contact(self, answer: bool | None = True, *, random_state: int = 0) -> str | None:
        """Return a contact for whom the last rule without a fault is true, false or unknown.

        Parameters
        ----------
        answer : true for a member, false for an outsider, nothing for somebody of whom it is not known.
        random_state : seed; another one draws another contact.

        Returns
        -------
        str or None
            Nothing where there is nobody.
        """
        drawn = self.counted.sample(1, random_state=random_state, answer=answer) if self.counted else []
        return drawn[0] if drawn else None

    def values(self, column: str, *, kind: str | None = None) -> list[tuple[str, int]]:
        """Return the most frequent texts of a field or feature, or of a column of interactions.

        Parameters
        ----------
        column : its name.
        kind : of which kind of interactions; nothing for a column of contacts.

        Returns
        -------
        list of tuple of str and int
            At most 50; none of columns that name people or are no texts.
        """
        if kind is None:
            return values_of_contacts(self.workspace, column, opened=self._opened)
        return values_of_rows(self.workspace, column, kind=kind, as_of=self.as_of)

    def impact(self, name: str) -> Impact:
        """Compute what the rule would change in the place of a smart view's (`measure_impact`)."""
        return measure_impact(self.workspace, name, self.rule, as_of=self.as_of)

    def save(
        self, name: str = "", *, description: str = "", goal: str = "", owner: str = "", replace: bool = False
    ) -> Path:
        """Write the rule alone into segments.yml, in its canonical layout (`write_smart_views`).

        Parameters
        ----------
        name : of the smart view; without one that of the session. A new one has the parent of that of the session.
        description, goal, owner : what else stands there; of a view that is replaced the old ones where empty.
        replace : whether a smart view of that name is replaced; otherwise it is refused.

        Returns
        -------
        Path
            The file; its comments and order stay.

        Raises
        ------
        InvalidDefinition
            The rule or the file has faults, or the name is taken. Nothing is changed then.
        InvalidOption
            There is no such goal, or no name.
        """
        name = (name or self.name).strip()
        if not name:
            raise InvalidOption("a smart view must have a name, got none.")
        if goal:
            check_option(goal, goal_names(self.workspace), name="goal")
        rule = format_rule(self.rule)
        # A view that is replaced keeps its parent.
        parent = "" if name in [view.name for view in self.views] else self.parent
        try:
            view = SmartView(
                name=name, rule=rule, description=description.strip(), goal=goal, owner=owner.strip(), parent=parent
            )
        except ValidationError as invalid:
            raise InvalidDefinition([f"`{one['loc'][0]}`: {one['msg']}" for one in invalid.errors()]) from None
        path = write_smart_views(self.workspace, [view], replace=replace)
        self.name = name
        self.saved = next(view for view in self.views if view.name == name)
        return path

    def _whole_rule(self) -> str:
        """Return the rule with that of the parent; alone where it has faults, which are told of what was typed."""
        if self.saved is None or not self.parent:
            return self.rule
        try:
            compile_own_rules(self.workspace, {"": self.rule})
        except (InvalidRule, InvalidDefinition):
            return self.rule
        return self.saved.model_copy(update={"rule": self.rule}).whole_rule

    def _take(self, conditions: Sequence[str], joint: Joint) -> Preview:
        return self.set_rule(join_conditions(conditions, joint))

    def _parts(self) -> tuple[Joint | None, list[str]]:
        try:
            return split_conditions(self.rule) if self.rule.strip() else (None, [])
        except InvalidRule:
            return None, []
