"""Segments that are one division of the contacts: who is in two of them at once, and who in none."""

import pandas as pd
import pyarrow as pa

from segment_lib.engine import query_frame
from segment_lib.segments.definitions import SegmentGroup, SegmentsFile
from segment_lib.segments.results import Segmentation
from segment_lib.sql import literal

COLUMNS = ("group", "fault", "segments", "contacts", "sentence")


def check_divisions(segmentation: Segmentation, definitions: SegmentsFile) -> pd.DataFrame:
    """Hold the groups of segments.yml against the members of a day; nothing is resolved.

    Parameters
    ----------
    segmentation : of the day.
    definitions : with the groups.

    Returns
    -------
    pandas.DataFrame
        One row a fault: `group`, `fault` (`in two at once`, `in none`, `unknown segment`), `segments` (list: the pair,
        or the one that does not exist), `contacts`, `sentence`. Of a pair, those who are in both; a contact in three
        segments is in three pairs. Empty where every group is as it says.
    """
    rows: list[tuple[str, str, list[str], int, str]] = []
    known = {segment.name for segment in segmentation.segments}
    for group in definitions.groups:
        for name in [*group.segments, *([group.within] if group.within else [])]:
            if name not in known:
                rows.append((group.name, "unknown segment", [name], 0, f"{group.name}: there is no segment `{name}`."))
        if group.within and group.within not in known:
            continue
        if group.exclusive:
            rows += _in_two(segmentation, group)
        if group.exhaustive:
            rows += _in_none(segmentation, group)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _in_two(segmentation: Segmentation, group: SegmentGroup) -> list[tuple[str, str, list[str], int, str]]:
    # Not only within the part that must be covered: nobody may be in two, wherever they are.
    frame = query_frame(
        """with mine as (select contact_id, segment, place from members join names using (segment))
        select a.segment as one, b.segment as other, count(*) as contacts
        from mine a join mine b on a.contact_id = b.contact_id and a.place < b.place
        group by a.segment, b.segment, a.place, b.place order by contacts desc, a.place, b.place""",
        {"members": segmentation.members, "names": _names(group)},
    )
    return [
        (group.name, "in two at once", [one, other], int(contacts),
         f"{group.name}: {_people(contacts)} in both `{one}` and `{other}`.")
        for one, other, contacts in frame.itertuples(index=False)
    ]  # fmt: skip


def _in_none(segmentation: Segmentation, group: SegmentGroup) -> list[tuple[str, str, list[str], int, str]]:
    within = f"where segment = {literal(group.within)}"
    everybody = f"select contact_id from members {within}" if group.within else "select contact_id from features"
    frame = query_frame(
        f"""select count(*) as contacts from ({everybody}) where contact_id not in
            (select contact_id from members join names using (segment))""",
        {
            "members": segmentation.members,
            "features": segmentation.features.select(["contact_id"]),
            "names": _names(group),
        },
    )
    contacts = int(frame["contacts"][0])
    if not contacts:
        return []
    of = f" of `{group.within}`" if group.within else ""
    return [(group.name, "in none", [], contacts, f"{group.name}: {_people(contacts, of)} in none of its segments.")]


def _names(group: SegmentGroup) -> pa.Table:
    names = list(dict.fromkeys(group.segments))
    return pa.table({"segment": pa.array(names, pa.string()), "place": pa.array(range(len(names)), pa.int64())})


def _people(contacts: int, of: str = "") -> str:
    return f"1 contact{of} is" if contacts == 1 else f"{contacts:,} contacts{of} are"
