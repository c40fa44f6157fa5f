"""The history of segments: who was in them at each run, and who would have been on any day."""

from dataclasses import dataclass, field
from datetime import date

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from segment_lib.asof import AsOf
from segment_lib.engine import Table, query_frame, run_sql
from segment_lib.errors import NotFound, suggest
from segment_lib.segments.contacts_then import workspace_as_known
from segment_lib.segments.evaluation import answer_rules
from segment_lib.segments.own import compile_own_rules, load_segments
from segment_lib.segments.recorded import is_changed
from segment_lib.segments.segmentation import segment_contacts
from segment_lib.sql import literal
from segment_lib.workspace import Workspace

# The runs of a workspace with the segments that each had, by name, `of_segments`. Runs of earlier versions of the
# package stored no definitions: there a segment shows where it had members.
_RUNS = """runs as (
    select as_of, segment, any_value(definition_hash) as definition_hash from (
        select as_of, segment, definition_hash from definitions
        union all select distinct as_of, segment, definition_hash from memberships
    ) group by all
), days as (select distinct as_of, as_of in (select as_of from definitions) as recorded from runs)"""
# No segment of a run is called so.
_ASKED = "\x1fasked"


def segment_history(workspace: Workspace, segment: str) -> pd.DataFrame:
    """Return who entered, left and stayed in a segment, run by run.

    Parameters
    ----------
    workspace : whose runs.
    segment : of any kind.

    Returns
    -------
    pandas.DataFrame
        One row for each day of a run that had the segment: `as_of`, `members`, `entered`, `left`, `stayed` (contacts,
        against the run before; missing for the first), `definition_hash`, `definition_changed` (whether it is another
        one than at the run before).

    Raises
    ------
    NotFound
        No run has had such a segment.
    """
    frame = query_frame(
        f"""with {_RUNS}, mine as (
            select days.as_of, runs.definition_hash, row_number() over (order by days.as_of) as place
            from days left join runs on runs.as_of = days.as_of and runs.segment = {literal(segment)}
            where runs.segment is not null or (not recorded
                and days.as_of > (select min(as_of) from runs where segment = {literal(segment)})
                and days.as_of < (select max(as_of) from runs where segment = {literal(segment)}))
        ), placed as (
            select contact_id, place from memberships join mine using (as_of) where segment = {literal(segment)}
        ), counted as (
            select place, count(*) as members, count(*) filter (where (contact_id, place - 1) in
                (select contact_id, place from placed)) as stayed
            from placed group by place
        ), filled as (
            select as_of, place, definition_hash, coalesce(members, 0) as members, coalesce(stayed, 0) as stayed
            from mine left join counted using (place)
        )
        select as_of, members, case when place > 1 then members - stayed end as entered,
            lag(members) over runs - stayed as "left", case when place > 1 then stayed end as stayed, definition_hash,
            coalesce(definition_hash <> lag(definition_hash ignore nulls) over runs, false) as definition_changed
        from filled window runs as (order by place) order by place""",
        _tables(workspace),
    )
    if frame.empty:
        raise _not_found(workspace, segment)
    counts = ["members", "entered", "left", "stayed"]
    return frame.astype(dict.fromkeys(counts, "Int64")).assign(as_of=frame["as_of"].map(_as_date))


def membership_of(workspace: Workspace, contact_id: str) -> pd.DataFrame:
    """Return in which segments a contact has been, and since when.

    Parameters
    ----------
    workspace : whose runs.
    contact_id : the contact.

    Returns
    -------
    pandas.DataFrame
        One row a spell: `segment`, `entered` (day of the first run that saw the contact in), `left` (day of the first
        run that saw the contact out again; missing where the last run still had the contact in), `runs` (how many saw
        the contact in). The latest spells first. What happened between two runs is not seen.
    """
    frame = query_frame(
        f"""with {_RUNS}, of_segments as (
            -- Every run after the first that had the segment counts: one that has it no more has seen the contact out.
            select segment, as_of, row_number() over (partition by segment order by as_of) as place
            from (select distinct segment, min(as_of) as first from runs group by segment) join days on as_of >= first
        ), mine as (
            select segment, as_of, place, place - row_number() over (partition by segment order by place) as spell
            from memberships join of_segments using (segment, as_of) where contact_id = {literal(contact_id)}
        ), spells as (
            select segment, min(as_of) as entered, max(place) as last_place, count(*) as runs
            from mine group by segment, spell
        )
        select spells.segment, entered, after.as_of as "left", runs
        from spells left join of_segments as after
            on after.segment = spells.segment and after.place = spells.last_place + 1
        order by "left" is null desc, entered desc, spells.segment""",
        _tables(workspace),
    )
    return frame.assign(entered=frame["entered"].map(_as_date), left=frame["left"].map(_as_date))


@dataclass(frozen=True)
class Members:
    """The members of a segment on a day, computed from the tables by today's definition.

    Parameters
    ----------
    segment, as_of : whose members, and the day seen from.
    contact_ids : in order.
    unknown : contacts for whom the rule cannot be decided.
    stored : whether a run of that day is stored.
    only_computed, only_stored : where one is, the contacts that it had not, and those that it alone had.
    definition_changed : whether that run's definition was another one; nothing where that is not known.
    older_contacts : contacts whose fields are those known by that day, as later imports changed them.
    """

    segment: str
    as_of: AsOf
    contact_ids: pa.Array = field(repr=False)
    unknown: int = 0
    stored: bool = False
    only_computed: tuple[str, ...] = ()
    only_stored: tuple[str, ...] = ()
    definition_changed: bool | None = None
    older_contacts: int = 0

    def __repr__(self) -> str:
        """Return the counts, and the difference from the run of that day."""
        return f"{self.segment} as of {self.as_of.day}: {len(self):,} members, {self.unknown:,} unknown. {self.note}"

    def __len__(self) -> int:
        return len(self.contact_ids)

    @property
    def note(self) -> str:
        """What is to be known about where these members come from."""
        known = (
            f" Fields of {self.older_contacts:,} contact{'s' * (self.older_contacts > 1)} are those known by that day."
            if self.older_contacts
            else " Fields of contacts are today's."
        )
        if not self.stored:
            return f"No run of that day is stored.{known}"
        if not self.only_computed and not self.only_stored:
            return f"The run of that day had the same.{known}"
        more, less = len(self.only_computed), len(self.only_stored)
        because = {
            True: "its definition was another one",
            False: "imports, merges or labels have changed the data since",
            None: "its definition or the data have changed since",
        }[self.definition_changed]
        return f"The run of that day had {more:,} of them not, and {less:,} others: {because}.{known}"


def members(workspace: Workspace, segment: str, *, as_of: AsOf) -> Members:
    """Compute who would have been in a segment on a day, by today's definition and without what came later.

    Parameters
    ----------
    workspace : whose.
    segment : a smart view, RFM group or cluster of segments.yml.
    as_of : any day with data behind it.

    Returns
    -------
    Members
        Compared with the run of that day, where one is stored.

    Raises
    ------
    NotFound
        There is no such segment.
    NoData
        Nothing was known by that day.

    Notes
    -----
    Of a contact about whom something was imported by the end of the day, the fields are put together from what had
    been imported by then; of others, they are today's: most workspaces import their past at once, and fields have no
    other history. Merges of contacts are today's, and RFM groups and clusters are those of the models stored by then.
    """
    definitions = load_segments(workspace)
    groups = definitions.rfm.names if definitions.rfm else []
    with workspace_as_known(workspace, as_of) as (then, older):
        if segment in [*(view.name for view in definitions.smart_views), *groups]:
            rule = compile_own_rules(workspace, {_ASKED: f"in_segment({literal(segment)})"})
            _, answers = answer_rules(then, as_of=as_of, rules=rule)
            inside = answers["contact_id"].filter(pc.fill_null(answers[_ASKED], False)).combine_chunks()
            unknown = answers[_ASKED].null_count
        else:
            # Clusters are named when they are fitted: only a whole segmentation knows them.
            found = segment_contacts(then, as_of=as_of, whole_catalogue=False)
            if segment not in [one.name for one in found.segments]:
                raise _not_found(workspace, segment)
            inside, unknown = pa.array(found.members_of(segment), pa.string()), 0
    return _compared(workspace, Members(segment, as_of, inside, int(unknown), older_contacts=older))


def _compared(workspace: Workspace, found: Members) -> Members:
    day = f"as_of = DATE '{found.as_of.day}' and segment = {literal(found.segment)}"
    rows = query_frame(
        f"""with {_RUNS} select (select count(*) from runs where {day}) as stored,
            (select count(*) from days where as_of = DATE '{found.as_of.day}' and not recorded) as unrecorded,
            (select any_value(definition) from definitions where {day}) as definition""",
        _tables(workspace),
    )
    if not rows["stored"][0] and not rows["unrecorded"][0]:
        return found
    stored = run_sql(f"select contact_id from memberships where {day}", _tables(workspace))["contact_id"].to_pylist()
    now, then = set(found.contact_ids.to_pylist()), set(stored)
    return Members(
        found.segment, found.as_of, found.contact_ids, found.unknown, True, tuple(sorted(now - then)),
        tuple(sorted(then - now)), is_changed(workspace, found.segment, rows["definition"][0]), found.older_contacts,
    )  # fmt: skip


def _tables(workspace: Workspace) -> dict[str, Table]:
    return {name: workspace.table(name) for name in ("memberships", "definitions")}


def _as_date(value: object) -> date | None:
    return None if pd.isna(value) else pd.Timestamp(value).date()  # type: ignore[arg-type, call-overload]


def _not_found(workspace: Workspace, segment: str) -> NotFound:
    rows = run_sql(f"with {_RUNS} select distinct segment from runs", _tables(workspace))
    return NotFound(f"can't find a segment called {segment!r}.{suggest(segment, rows['segment'].to_pylist())}")
