"""Whether segments that are one division of the contacts divide them as segments.yml says, in sentences."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from segment_lib.segments.definitions import SegmentsFile
from segment_lib.show.findings import Findings, plain


def say_divisions(faults: pd.DataFrame, definitions: SegmentsFile, *, smallest_group: int = 5) -> Findings:
    """Tell for every group of segments.yml what does not hold.

    Parameters
    ----------
    faults : from `segment_lib.segments.check_divisions`.
    definitions : with the groups.
    smallest_group : faults of fewer contacts are told without their number.

    Returns
    -------
    Findings
        One sentence a fault, one for a group without any; one where there are no groups.

    Examples
    --------
    >>> say_divisions(pd.DataFrame({"group": []}), SegmentsFile())
    - No groups of segments are declared to divide the contacts: `groups` in segments.yml.
    """
    if not definitions.groups:
        return Findings(("No groups of segments are declared to divide the contacts: `groups` in segments.yml.",))
    sentences = []
    for group in definitions.groups:
        told = faults[faults["group"] == group.name].to_dict("records")
        sentences += [_sentence(fault, smallest_group) for fault in told]
        if not told:
            exclusive = "nobody is in two of its segments" if group.exclusive else ""
            everybody = f"all of {plain(group.within)} are" if group.within else "everybody is"
            exhaustive = f"{everybody} in one of them" if group.exhaustive else ""
            said = " and ".join(filter(None, [exclusive, exhaustive])) or "nothing is asked of it"
            sentences.append(f"**{plain(group.name)}**: {said}.")
    return Findings(tuple(sentences))


def _sentence(fault: Mapping[Any, Any], smallest_group: int) -> str:
    contacts = int(fault["contacts"])
    if 0 < contacts < smallest_group:
        names = " and ".join(plain(name) for name in fault["segments"])
        return f"**{plain(fault['group'])}**: fewer than {smallest_group} contacts are {fault['fault']}: {names}."
    return plain(fault["sentence"])
