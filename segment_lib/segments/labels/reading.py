"""Who carries what at the end of a day, what happened to whom, and where labels contradict one another."""

import pandas as pd

from segment_lib.asof import AsOf
from segment_lib.segments.labels.definitions import load_labels
from segment_lib.segments.labels.people import find_contact
from segment_lib.segments.labels.rows import SOURCES, carried_sql, open_labels, strength_sql
from segment_lib.sql import literal
from segment_lib.workspace import Workspace


def labels_at(workspace: Workspace, *, as_of: AsOf) -> pd.DataFrame:
    """Return who carried what at the end of a day: put on by then, neither taken off nor expired by then.

    Parameters
    ----------
    workspace : whose.
    as_of : the day.

    Returns
    -------
    pandas.DataFrame
        One row for each contact and label, ordered by both: `contact_id`, `label`; `sources`, all that put it on, the
        strongest first; `since` (instant); `expires_at` (instant, empty where one of the sources has no end); `by`
        and `reason` of the strongest source.
    """
    with open_labels(workspace) as connection:
        strongest = f'order by {strength_sql()} desc, assigned_at desc, "by", reason'
        named = ", ".join(f"case when bool_or(source = {literal(one)}) then {literal(one)} end" for one in SOURCES)
        frame: pd.DataFrame = (
            connection.sql(
                f"""select contact_id, label,
                    concat_ws(', ', {named}) as sources, min(assigned_at) as since,
                    case when bool_and(expires_at is not null) then max(expires_at) end as expires_at,
                    first("by" {strongest}) as "by", first(reason {strongest}) as reason
                from labels where {carried_sql(as_of.end)}
                group by contact_id, label order by contact_id, label"""
            )
            .to_arrow_table()
            .to_pandas()
        )
    return frame


def label_history(workspace: Workspace, *, contact: str | None = None, label: str | None = None) -> pd.DataFrame:
    """Return what happened to labels, the oldest first.

    Parameters
    ----------
    workspace : whose.
    contact : of this contact alone: its id or e-mail address, or an id that was merged into it.
    label : of this label alone.

    Returns
    -------
    pandas.DataFrame
        `at` (instant), `contact_id`, `label`, `event` (put on, taken off, left to the rule, expires), `source`, `by`,
        `reason`. An expiry may lie ahead.
    """
    wanted = ["true"]
    if contact is not None:
        wanted.append(f"contact_id = {literal(find_contact(workspace, contact))}")
    if label is not None:
        wanted.append(f"label = {literal(label)}")
    with open_labels(workspace) as connection:
        frame: pd.DataFrame = (
            connection.sql(
                f"""with mine as (
                    from labels where {" and ".join(wanted)}
                        and not (source = 'rule' and removal_source = 'rule' and removed_at = assigned_at) is true
                ), events as (
                    -- A row without length is there for how it ended.
                    select assigned_at as "at", contact_id, label, 'put on' as event, source, "by", reason, 0 as place
                    from mine where removed_at is distinct from assigned_at
                    union all
                    select removed_at, contact_id, label,
                        case when removal_source = 'release' then 'left to the rule' else 'taken off' end,
                        coalesce(removal_source, ''), removed_by, removal_reason, 1
                    from mine where removed_at is not null
                        and (expires_at is null or removed_at <= expires_at)
                    union all
                    select expires_at, contact_id, label, 'expires', source, "by", null, 2
                    from mine where expires_at is not null and (removed_at is null or removed_at > expires_at))
                select distinct "at", contact_id, label, event, source, "by", reason, place from events
                order by "at", contact_id, label, place, source"""
            )
            .to_arrow_table()
            .to_pandas()
        )
    return frame.drop(columns="place")


def label_conflicts(workspace: Workspace, *, as_of: AsOf) -> pd.DataFrame:
    """Return who carries several labels of an exclusive group; nothing is taken off.

    Parameters
    ----------
    workspace : whose labels.yml and labels.
    as_of : the day.

    Returns
    -------
    pandas.DataFrame
        One row for each contact and group: `contact_id`, `group`, `labels` (list, the one that would win first),
        `wins`, `because`. A label wins by its source (manual, workflow, import, rule), then by the latest instant,
        then by its place in labels.yml.
    """
    file = load_labels(workspace)
    rows = [(name, group, place) for group, names in file.groups.items() for place, name in enumerate(names)]
    columns = ["contact_id", "group", "labels", "wins", "because"]
    if not rows:
        return pd.DataFrame(columns=columns)
    values = ", ".join(f"({literal(name)}, {literal(group)}, {place})" for name, group, place in rows)
    with open_labels(workspace) as connection:
        found = connection.sql(
            f"""with best as (
                select contact_id, label, "group", place, source, assigned_at, {strength_sql()} as strength
                from labels join (values {values}) as declared(label, "group", place) using (label)
                where {carried_sql(as_of.end)}
                qualify row_number() over (partition by contact_id, label order by strength desc, assigned_at desc) = 1)
            select contact_id, "group", list(struct_pack(label := label, source := source, put_on := assigned_at)
                order by strength desc, assigned_at desc, place) as carried
            from best group by contact_id, "group" having count(*) > 1 order by "group", contact_id"""
        ).to_arrow_table()
    conflicts = []
    for row in found.to_pylist():
        first, second = row["carried"][:2]
        if first["source"] != second["source"]:
            because = f"put on by {_words(first['source'])}, the other by {_words(second['source'])}"
        elif first["put_on"] != second["put_on"]:
            because = "put on later"
        else:
            because = "stands first in labels.yml"
        names = [one["label"] for one in row["carried"]]
        conflicts.append((row["contact_id"], row["group"], names, names[0], because))
    return pd.DataFrame(conflicts, columns=columns)


def _words(source: str) -> str:
    return {"manual": "hand", "workflow": "a workflow", "import": "an import", "rule": "its rule"}.get(source, source)
