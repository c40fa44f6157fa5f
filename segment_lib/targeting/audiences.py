"""Audiences: who of a segment will really be contacted, and where the others went."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pandas as pd
import pyarrow as pa

from segment_lib.engine import Table, query_frame, run_sql
from segment_lib.errors import InvalidDefinition, suggest
from segment_lib.segments.results import Segmentation
from segment_lib.sql import identifier, literal
from segment_lib.targeting.playbook import Play, file_name
from segment_lib.vocabulary import CAMPAIGN_ASSIGNMENTS, arrow_schema
from segment_lib.workspace import Workspace

ADDRESS = {"email": "email", "phone": "phone", "sms": "phone"}
COLUMNS = ["contact_id", "first_name", "last_name", "language", "address", "segment", "play", "message", "offer"]
# Spreadsheets of some countries take the wide signs for the narrow ones.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_PHONE = re.compile(r"\+[0-9]{5,15}")


@dataclass(frozen=True)
class Audience:
    """The contacts of one play, and the steps from the segment to them.

    `sent` has the columns of the exported file; `funnel` has the counts `matched`, `consenting`, `eligible` (with an
    address too), `earlier` (contacted by this play on an earlier day), `holdout`, `sent`; `note` says why nobody is
    contacted, where nobody is.
    """

    play: Play
    sent: pd.DataFrame
    held_out: tuple[str, ...]
    funnel: dict[str, int]
    note: str = ""


def build_audience(
    segmentation: Segmentation, play: Play, *, knocked_out: str = "", assigned: Table | None = None
) -> Audience:
    """Select the contacts of a play.

    Parameters
    ----------
    segmentation : of the day.
    play : whose segment, channel and holdout.
    knocked_out : why the segment failed the goal's knock-out criteria; then nobody is contacted.
    assigned : the table `campaign_assignments`: who has an arm of this play keeps it.

    Returns
    -------
    Audience

    Raises
    ------
    InvalidDefinition
        The play names a segment that does not exist.

    Notes
    -----
    The holdout is drawn by a hash of the play's name and the contact, so that the same contact stays in it on every
    day and on every machine, whoever else enters or leaves the segment. A contact gets a play once: who was sent it on
    an earlier day is left out, and who was held out stays so when the play's share changes.
    """
    names = [segment.name for segment in segmentation.segments]
    if play.segment not in names:
        fault = f"playbook.yml: the play `{play.name}` must name a segment, got `{play.segment}`."
        raise InvalidDefinition([fault + suggest(play.segment, names)])
    address = ADDRESS[play.channel]
    members = query_frame(
        f"""with mine as (select contact_id, min_by(arm, assigned_at) as arm, min(assigned_at) as assigned_at
            from assigned where campaign = {literal(play.name)} group by contact_id)
        select contact_id, first_name, last_name, language, {address} as address, arm,
            coalesce({play.channel}_consent, false) as consents,
            coalesce(arm = 'treatment' and assigned_at < TIMESTAMPTZ '{segmentation.as_of.end.isoformat()}', false)
                as earlier
        from members join features using (contact_id) left join mine using (contact_id)
        where segment = {literal(play.segment)} order by contact_id""",
        {
            "members": segmentation.members,
            "features": segmentation.features,
            "assigned": arrow_schema(CAMPAIGN_ASSIGNMENTS).empty_table() if assigned is None else assigned,
        },
    )
    consenting = members[members["consents"]]
    eligible = consenting[consenting["address"].notna()]
    drawn = eligible["contact_id"].map(lambda contact: in_holdout(play.name, contact, share=play.holdout)).astype(bool)
    held = (eligible["arm"] == "control") | (eligible["arm"].isna() & drawn)
    sent = eligible[~held & ~eligible["earlier"]] if not knocked_out else eligible.iloc[:0]
    held_out = tuple(eligible.loc[held, "contact_id"]) if not knocked_out else ()
    funnel = {
        "matched": len(members),
        "consenting": len(consenting),
        "eligible": len(eligible),
        "earlier": int(eligible["earlier"].sum()) if not knocked_out else 0,
        "holdout": len(held_out),
        "sent": len(sent),
    }
    rows = sent.drop(columns=["consents", "arm", "earlier"]).assign(
        segment=play.segment, play=play.name, message=play.message, offer=play.offer
    )
    note = (
        f"not contacted: {knocked_out}"
        if knocked_out
        else ""
        if len(eligible)
        else "nobody may be contacted on this channel"
    )
    return Audience(play, rows[COLUMNS], held_out, funnel, note)


def build_audiences(
    segmentation: Segmentation, plays: Sequence[Play], *, knocked: pd.DataFrame, assigned: Table | None = None
) -> list[Audience]:
    """Select the contacts of every play.

    Parameters
    ----------
    segmentation : of the day.
    plays : of playbook.yml.
    knocked : `segment`, `passed`, `reasons`; plays of segments that did not pass are not sent.
    assigned : the table `campaign_assignments`.

    Returns
    -------
    list of Audience
    """
    failed = {row["segment"]: row["reasons"] for row in knocked.to_dict("records") if not row["passed"]}
    return [
        build_audience(segmentation, play, knocked_out=failed.get(play.segment, ""), assigned=assigned)
        for play in plays
    ]


def funnel_table(audiences: Sequence[Audience]) -> pd.DataFrame:
    """Return the steps of every audience as one table.

    Parameters
    ----------
    audiences : from `build_audiences`.

    Returns
    -------
    pandas.DataFrame
        `play`, `segment`, `channel`, `matched`, `consenting`, `eligible`, `earlier`, `holdout`, `sent` (contacts),
        `cost` (money), `note`.
    """
    rows = [
        {
            "play": audience.play.name,
            "segment": audience.play.segment,
            "channel": audience.play.channel,
            **audience.funnel,
            "cost": audience.funnel["sent"] * audience.play.cost_per_contact,
            "note": audience.note,
        }
        for audience in audiences
    ]
    steps = ["matched", "consenting", "eligible", "earlier", "holdout", "sent"]
    return pd.DataFrame(rows, columns=["play", "segment", "channel", *steps, "cost", "note"])


def in_holdout(play: str, contact_id: str, *, share: float) -> bool:
    """Tell whether a contact is held out of a play.

    Parameters
    ----------
    play : its name; another play draws another holdout.
    contact_id : who.
    share : of contacts that are held out, 0 to 1.

    Returns
    -------
    bool

    Examples
    --------
    >>> sum(in_holdout("Come back", f"C{i}", share=0.1) for i in range(10_000))
    1049
    """
    digest = hashlib.sha256(f"{play}\x1f{contact_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def write_audiences(workspace: Workspace, segmentation: Segmentation, audiences: Sequence[Audience]) -> Path:
    """Write one CSV a play and record who was assigned to which arm.

    Parameters
    ----------
    workspace : the files go to `audiences/<day>/` in its folder, outside the reports, for they hold personal data.
    segmentation : of the day.
    audiences : from `build_audience`.

    Returns
    -------
    Path
        The folder.

    Notes
    -----
    Cells that a spreadsheet would take for a formula are written behind an apostrophe. A contact keeps the arm of
    the first day in `campaign_assignments`; repeating a run changes nothing.
    """
    folder = workspace.folder / "audiences" / str(segmentation.as_of.day)
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[tuple[object, ...]] = []
    for audience in audiences:
        replace_csv(folder / f"{file_name(audience.play.name)}.csv", audience.sent)
        for arm, contacts in (("treatment", audience.sent["contact_id"]), ("control", audience.held_out)):
            rows += [
                (audience.play.name, contact, audience.play.segment, arm, segmentation.as_of.end, None)
                for contact in contacts
            ]
    if rows:
        _assign(workspace, rows)
    return folder


def replace_csv(target: Path, table: pd.DataFrame) -> None:
    """Write a CSV file that appears whole or not at all, whoever else writes it at the same time.

    Parameters
    ----------
    target : the file.
    table : its rows; what a spreadsheet would take for a formula is neutralised.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_suffix(f".{uuid4().hex}.partial")
    neutralise(table).to_csv(beside, index=False)
    beside.replace(target)


def neutralise(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table in which no cell begins a spreadsheet formula.

    Parameters
    ----------
    table : texts. Telephone numbers in the form +34600000001 stay as they are: they compute nothing, and whoever
        dials them needs them whole.

    Returns
    -------
    pandas.DataFrame

    Examples
    --------
    >>> neutralise(pd.DataFrame({"name": ["=1+1", "Ana", "+34600000001"]}))["name"].tolist()
    ["'=1+1", 'Ana', '+34600000001']
    """
    return table.map(_neutral)


def _neutral(value: object) -> object:
    if not isinstance(value, str) or _PHONE.fullmatch(value):
        return value
    hidden = value[:1] in ("\t", "\r", "\n")
    return f"'{value}" if hidden or value.lstrip().startswith(_FORMULA) else value


def _assign(workspace: Workspace, rows: list[tuple[object, ...]]) -> None:
    names = ["campaign", "contact_id", "segment", "arm", "assigned_at", "import_id"]
    schema = arrow_schema(CAMPAIGN_ASSIGNMENTS)
    fresh = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema=schema)
    with workspace.locked("assignments"):
        new = run_sql(
            f"""select {", ".join(identifier(name) for name in schema.names)} from fresh
            where (campaign, contact_id) not in (select (campaign, contact_id) from known)""",
            {"fresh": fresh, "known": workspace.table("campaign_assignments")},
        )
        workspace.append("campaign_assignments", new.cast(schema))
