"""Labels by hand: put on, taken off, and left to the rule again, on what stands at that moment."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from segment_lib.errors import NotFound, list_faults, list_names, suggest
from segment_lib.segments.labels.changing import LabelEdit, Wish, leave_to_rule, put_on, take_off
from segment_lib.segments.labels.definitions import load_labels
from segment_lib.segments.labels.people import find_people
from segment_lib.segments.labels.rows import open_labels
from segment_lib.workspace import Workspace


def add_label(
    workspace: Workspace,
    contacts: str | Sequence[str],
    label: str,
    *,
    now: datetime,
    by: str = "",
    reason: str = "",
    expires_after: str | None = None,
) -> LabelEdit:
    """Put a label on contacts by hand; no rule takes it off.

    Parameters
    ----------
    workspace : whose.
    contacts : one or several: ids, or e-mail addresses.
    label : one of labels.yml, or one that somebody carries or carried.
    now : when, with a time zone.
    by : who; the user where not given.
    reason : why.
    expires_after : how long it lasts, such as '90 days', counted from the local day; as labels.yml has it where not
        given.

    Returns
    -------
    LabelEdit
        Unchanged is who carries it by hand already, for at least as long.

    Raises
    ------
    NotFound
        A contact or the label is not there; nothing is changed for anybody.
    InvalidOption
        `now` has no time zone, or the window is none.
    """
    check_labels(workspace, [label])
    return put_on(workspace, _wishes(workspace, contacts, label), now=now, by=by, reason=reason, window=expires_after)


def remove_label(
    workspace: Workspace, contacts: str | Sequence[str], label: str, *, now: datetime, by: str = "", reason: str = ""
) -> LabelEdit:
    """Take a label off contacts by hand, whoever put it on; no rule puts it on again.

    Parameters
    ----------
    workspace, contacts, label, now, by, reason : as for `add_label`.

    Returns
    -------
    LabelEdit
        Unchanged is who does not carry it.

    Raises
    ------
    NotFound
        A contact or the label is not there; nothing is changed for anybody.
    InvalidOption
        `now` has no time zone.

    Notes
    -----
    A person's word holds until a person says otherwise: with `add_label`, or with `release_label`, which leaves it
    to the rule again. A workflow may put the label on at its next occasion, and an import where a source names it anew.
    """
    check_labels(workspace, [label])
    return take_off(workspace, _wishes(workspace, contacts, label), now=now, by=by, reason=reason)


def release_label(
    workspace: Workspace, contacts: str | Sequence[str], label: str, *, now: datetime, by: str = "", reason: str = ""
) -> LabelEdit:
    """Leave it to the rule again whether contacts carry a label that was put on or taken off by hand.

    Parameters
    ----------
    workspace, contacts, label, now, by, reason : as for `add_label`.

    Returns
    -------
    LabelEdit
        Unchanged is of whom no person has said anything that still holds. Who carries it by hand alone carries it no
        more, until the next run of the rule.

    Raises
    ------
    NotFound
        A contact or the label is not there; nothing is changed for anybody.
    InvalidOption
        `now` has no time zone.
    """
    check_labels(workspace, [label])
    return leave_to_rule(workspace, _wishes(workspace, contacts, label), now=now, by=by, reason=reason)


def check_labels(workspace: Workspace, names: Iterable[str]) -> None:
    """Check that labels are declared in labels.yml, or carried by somebody at some time.

    Parameters
    ----------
    workspace : whose.
    names : of labels.

    Raises
    ------
    NotFound
        One or more are not; all are named.
    """
    known = known_labels(workspace)
    faults = [
        f"can't find the label {name!r}. Labels: {list_names(known) or 'none; labels.yml declares them'}."
        f"{suggest(name, known)}"
        for name in dict.fromkeys(names)
        if name not in known
    ]
    if faults:
        raise NotFound(list_faults(faults))


def known_labels(workspace: Workspace) -> list[str]:
    """Return the labels of labels.yml, then others that somebody carries or carried."""
    with open_labels(workspace) as connection:
        stored = [row[0] for row in connection.sql("select distinct label from labels order by label").fetchall()]
    return list(dict.fromkeys([*load_labels(workspace).by_name, *stored]))


def _wishes(workspace: Workspace, contacts: str | Sequence[str], label: str) -> list[Wish]:
    people = find_people(workspace, [contacts] if isinstance(contacts, str) else contacts)
    faults = [f"{person.fault}." for person in people.values() if person.fault]
    if faults:
        raise NotFound(list_faults(faults))
    return [Wish(person.contact_id, label, person.merged_from) for person in people.values()]
