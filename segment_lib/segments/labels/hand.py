"""The hand's word: what a person has last said about a contact's label, which no rule overrules.

Put on by hand, a label stays on until a person takes it off or its time is over. Taken off by hand, it stays off until
a person puts it on again, or leaves it to the rule. Imports and workflows speak for themselves.
"""

from datetime import datetime

from segment_lib.segments.labels.rows import carried_sql, instant_sql

MANUAL, RULE, RELEASE = "manual", "rule", "release"


def words_sql(end: datetime) -> str:
    """Return the query of what was said about every contact and label by the end of a day.

    Parameters
    ----------
    end : the first instant that is not known.

    Returns
    -------
    str
        Over the view `labels`: `contact_id`, `label`, in force `by_hand`, `by_others` (an import, a workflow),
        `by_rule`; `held_off` where a person has taken it off and it is neither on by hand since nor left to the rule.
    """
    at, carried = instant_sql(end), carried_sql(end)
    return f"""select contact_id, label,
            bool_or(source = 'manual' and {carried}) as by_hand,
            bool_or(source not in ('manual', 'rule') and {carried}) as by_others,
            bool_or(source = 'rule' and {carried}) as by_rule,
            max(assigned_at) filter (source = 'manual' and assigned_at < {at}) as on_at,
            max(removed_at) filter (removal_source = 'manual' and removed_at < {at}) as off_at,
            max(removed_at) filter (removal_source = 'release' and removed_at < {at}) as released_at,
            not by_hand and off_at is not null
                and off_at >= coalesce(on_at, off_at) and coalesce(off_at > released_at, true) as held_off
        from labels group by contact_id, label"""
