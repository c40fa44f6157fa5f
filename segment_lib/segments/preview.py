"""What a rule would select: in, out and unknown at once, without saving anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segment_lib.asof import AsOf
from segment_lib.errors import InvalidDefinition, InvalidOption, InvalidRule
from segment_lib.segments.evaluation import answer_rules
from segment_lib.segments.own import compile_own_rules
from segment_lib.segments.preview_session import PreviewSession
from segment_lib.workspace import Workspace

# No smart view is called so.
_RULE = ""
_MONEY = ("spend_365d", "total_spend")
_REACH = {"may_email": ("email_consent", "email"), "may_call": ("phone_consent", "phone")}


@dataclass(frozen=True, repr=False)
class Preview:
    """What a rule selects as of a day, before it is saved.

    Parameters
    ----------
    rule : its text.
    as_of : the day seen from.
    contacts : how many are known by that day.
    inside, outside, unknown : for how many the rule is true, false, neither.
    spend_365d, total_spend : what members paid in the last 365 days, and ever, in `currency`.
    share_365d, share_total : the same as parts of what all contacts paid; nothing where nobody paid.
    may_email, may_call : members who agreed and whose address, or number, is known.
    fault : why the rule can't be understood, with the place; empty where it can.
    notes : what is worth knowing about how it was computed.
    """

    rule: str
    as_of: AsOf
    currency: str = ""
    contacts: int = 0
    inside: int = 0
    outside: int = 0
    unknown: int = 0
    spend_365d: float = 0.0
    total_spend: float = 0.0
    share_365d: float | None = None
    share_total: float | None = None
    may_email: int = 0
    may_call: int = 0
    fault: str = ""
    notes: tuple[str, ...] = ()
    ids: pa.ChunkedArray = field(default_factory=lambda: pa.chunked_array([[]], pa.string()), compare=False)
    answers: pa.ChunkedArray = field(default_factory=lambda: pa.chunked_array([[]], pa.bool_()), compare=False)

    def __repr__(self) -> str:
        """Return the counts, a line each, or the fault."""
        head = f"Preview as of {self.as_of.day}: {' '.join(self.rule.split())}"
        if self.fault:
            return f"{head}\n{self.fault}"
        money = [
            f"{amount:,.0f} {self.currency} ({share:.1%} of all) {when}"
            for amount, share, when in (
                (self.spend_365d, self.share_365d, "in 365 days"),
                (self.total_spend, self.share_total, "ever"),
            )
            if share is not None
        ]
        lines = [
            f"  in       {self.inside:>9,}  {_part(self.inside, self.contacts)} of {self.contacts:,} contacts",
            f"  out      {self.outside:>9,}",
            f"  unknown  {self.unknown:>9,}",
            f"  revenue of members: {', '.join(money) or 'none'}",
            f"  {self.may_email:,} may be e-mailed, {self.may_call:,} may be called",
        ]
        return "\n".join([head, *lines, *(f"  {note}" for note in self.notes)])

    @property
    def members(self) -> list[str]:
        """The ids of the members, in order."""
        return list(self._with(True).to_pylist())

    def sample(self, n: int, *, random_state: int, answer: bool | None = True) -> list[str]:
        """Return the ids of some contacts, to look at one by one.

        Parameters
        ----------
        n : how many; all where there are fewer.
        random_state : seed; the same one draws the same contacts.
        answer : of whom: true those who are in, false those who are out, nothing those of whom it is not known.

        Returns
        -------
        list of str
        """
        ids = self._with(answer)
        chosen = np.random.default_rng(random_state).permutation(len(ids))[: max(n, 0)]
        return list(ids.take(pa.array(np.sort(chosen), pa.int64())).to_pylist())

    def _with(self, answer: bool | None) -> pa.ChunkedArray:
        if answer is None:
            return self.ids.filter(pc.is_null(self.answers))
        return self.ids.filter(self.answers if answer else pc.invert(self.answers))


def preview(workspace: Workspace, rule: str, *, as_of: AsOf, session: PreviewSession | None = None) -> Preview:
    """Count whom a rule selects, and what they bring; nothing is saved.

    Parameters
    ----------
    workspace : whose contacts, fields, features and segments.
    rule : in the language of rules; it may ask for segments, labels, RFM groups and predictions.
    as_of : the day seen from.
    session : from `open_preview` of the same day: answers from what it has computed, and tells faults of the rule as a
        value, as somebody who types has them all the time.

    Returns
    -------
    Preview

    Raises
    ------
    InvalidDefinition
        The rule has faults, and there is no session.
    InvalidOption
        The session is of another workspace or day.
    NoData
        Nothing has been imported, or nothing had happened by that day.
    """
    if session is not None and (session.workspace.folder, session.as_of) != (workspace.folder, as_of):
        of = f"{session.workspace.name} as of {session.as_of.day}"
        raise InvalidOption(f"`session` must be of {workspace.name} as of {as_of.day}, got one of {of}.")
    notes: tuple[str, ...] = ()
    try:
        compiled = compile_own_rules(workspace, {_RULE: rule}, called={_RULE: "rule"})
        if session is None:
            features, found = answer_rules(workspace, as_of=as_of, rules=compiled, names=_MONEY)
            answers = found[_RULE]
        else:
            features, answers, notes = session.answer(compiled[_RULE])
    except (InvalidRule, InvalidDefinition) as error:
        if session is None:
            raise
        return Preview(rule, as_of, fault=str(error).removeprefix("rule: "))
    counted = _count(features, pa.chunked_array([answers]) if isinstance(answers, pa.Array) else answers)
    return Preview(rule, as_of, workspace.settings.currency, notes=notes, **counted)  # type: ignore[arg-type]


def open_preview(workspace: Workspace, *, as_of: AsOf) -> PreviewSession:
    """Compute the features of a day once, so that any number of rules can be looked at in a moment each.

    Parameters
    ----------
    workspace : whose.
    as_of : the day seen from.

    Returns
    -------
    PreviewSession
        Hand it to `preview` and `explain`, and close it at the end, or use it in a `with`.

    Raises
    ------
    NoData
        Nothing has been imported, or nothing had happened by that day.
    """
    return PreviewSession(workspace, as_of)


def _count(features: pa.Table, answers: pa.ChunkedArray) -> Mapping[str, object]:
    inside = pc.sum(answers).as_py() or 0
    counted: dict[str, object] = {
        "contacts": len(answers),
        "inside": inside,
        "outside": len(answers) - inside - answers.null_count,
        "unknown": answers.null_count,
        "ids": features["contact_id"],
        "answers": answers,
    }
    for name, share in zip(_MONEY, ("share_365d", "share_total"), strict=True):
        paid, all_paid = (pc.sum(column).as_py() or 0.0 for column in (features[name].filter(answers), features[name]))
        counted |= {name: paid, share: paid / all_paid if all_paid > 0 else None}
    for name, (consent, address) in _REACH.items():
        reached = pc.and_(pc.fill_null(features[consent], False), pc.is_valid(features[address]))
        counted[name] = pc.sum(reached.filter(answers)).as_py() or 0
    return counted


def _part(some: int, of: int) -> str:
    return f"{some / of:.1%}" if of else "none"
