"""RFM groups as readable rules over days, orders and money, so that a group can be saved as a smart view."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from segment_lib.engine import Table, run_sql
from segment_lib.errors import InvalidOption
from segment_lib.segments.rfm.boxes import Box, cover_cells
from segment_lib.segments.rfm.cut_points import SCORED, RfmCutPoints, check_scored
from segment_lib.segments.rfm.edges import Axis, read_axis
from segment_lib.segments.rfm.groups import RfmGroup, name_codes

NOBODY = "false"


def group_rules(
    cut_points: RfmCutPoints, groups: Sequence[RfmGroup], *, features: Table | None = None
) -> dict[str, str]:
    """Write every group as a rule over `recency_days`, `purchases` and `total_spend`, with its actual cut points.

    Parameters
    ----------
    cut_points : from `fit_rfm_cut_points`.
    groups : in the order in which they are asked; what an earlier group takes is not in a later one's rule.
    features : as for `fit_rfm_cut_points`; with it, amounts are rounded as far as nobody in it changes sides, and
        missing values are only spoken of where there are some. Without it, days and orders are whole numbers.

    Returns
    -------
    dict of str to str
        Name to rule; `false` for a group that nobody can be in. Who never bought is in no group: the rules' answer
        for them is not true.

    Raises
    ------
    MissingColumns
        `features` lacks a column.
    InvalidOption
        Two groups have one name.

    Examples
    --------
    >>> cut_points = RfmCutPoints(2, (90.0,), (1.5,), (249.99,))
    >>> fresh, dear = RfmGroup(name="Fresh", recency=(2, 2)), RfmGroup(name="Dear", value=(2, 2))
    >>> for name, rule in group_rules(cut_points, [fresh, dear]).items():
    ...     print(f"{name}: {rule}")
    Fresh: recency_days <= 90
    Dear: recency_days >= 91 and (total_spend > 249.99 or purchases >= 2)
    """
    names = [group.name for group in groups]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise InvalidOption(f"every RFM group must have a name of its own, got `{twice[0]}` twice.")
    axes = _axes(cut_points, features)
    named = name_codes(groups, bins=cut_points.bins)
    grid = np.full([len(axis.scores) for axis in axes], "", dtype=object)
    for places in np.ndindex(*grid.shape):
        recency, frequency, monetary = (axis.scores[place] for axis, place in zip(axes, places, strict=True))
        grid[places] = named.get((recency, frequency, monetary), "")
    return {name: _say_boxes(cover_cells(grid == name), axes) for name in names}


def _axes(cut_points: RfmCutPoints, features: Table | None) -> list[Axis]:
    if features is None:
        return [read_axis(cut_points, name, has_empty=name != "recency") for name in SCORED]
    check_scored(features)
    asked = [
        f"list_sort(list(distinct coalesce({column}, 0)::double)) as {name}, count(*) > count({column}) as {name}_empty"
        for name, column in SCORED.items()
    ]
    query = f"select {', '.join(asked)} from features where recency_days is not null"
    [found] = run_sql(query, {"features": features}).to_pylist()
    return [
        read_axis(cut_points, name, values=found[name] or [], has_empty=bool(found[f"{name}_empty"])) for name in SCORED
    ]


def _say_boxes(boxes: Sequence[Box], axes: Sequence[Axis]) -> str:
    """Say some boxes: those of the same days together, with what they ask of orders and money behind."""
    parts = []
    for days, same in groupby(sorted(boxes), key=lambda box: box[0]):
        when = axes[0].say(*days)
        asked = [
            [text for axis, ends in zip(axes[1:], box[1:], strict=True) if (text := axis.say(*ends))] for box in same
        ]
        if not all(asked):
            parts.append(when or "recency_days is not null")
            continue
        what = " or ".join(" and ".join(texts) for texts in asked)
        if len(asked) > 1:
            what = f"({what})"
        parts.append(f"{when or 'recency_days is not null'} and {what}")
    return " or ".join(parts) or NOBODY
