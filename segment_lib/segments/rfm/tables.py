"""Tables of named RFM groups: ours, Klaviyo's, and that of the R package rfm, read from tables.yml."""

from functools import cache
from importlib.resources import as_file, files
from typing import Literal

from pydantic import Field, model_validator

from segment_lib.definitions import Definition, load_definition
from segment_lib.errors import NotFound, list_names, suggest
from segment_lib.segments.rfm.cut_points import CutPointRule
from segment_lib.segments.rfm.groups import RfmGroup, uncovered_codes, write_code
from segment_lib.segments.rfm.lint import lint_rfm_groups

Match = Literal["once", "first"]


class RfmTable(Definition):
    """Named groups that cover every code.

    Parameters
    ----------
    bins : number of scores.
    groups : named groups, in the order in which they are asked.
    match : `once` where every code must lie in exactly one group; `first` where the first group that holds it wins.
    others : name of the codes that no group of a `first` table holds.
    cut_points : where scores change.
    source : where the table is from.
    """

    bins: int = Field(default=5, ge=2, le=10)
    groups: list[RfmGroup] = Field(min_length=1)
    match: Match = "once"
    others: str = Field(default="Others", min_length=1)
    cut_points: CutPointRule = CutPointRule()
    source: str = ""

    @model_validator(mode="after")
    def _holds_together(self) -> "RfmTable":
        faults = self.cut_points.faults(self.bins)
        lint = lint_rfm_groups(self.groups, self.bins)
        if self.match == "once" and (lint.uncovered or lint.doubled):
            faults.append(f"every code must lie in exactly one group: {' '.join(lint.sentences)}")
        else:
            faults += [f"`{name}` can never be reached: {reason}." for name, reason in lint.unreachable.items()]
        names = [group.name for group in self.named_groups]
        twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
        faults += [f"every RFM group must have a name of its own, got `{name}` twice." for name in twice]
        if faults:
            raise ValueError(" ".join(faults))
        return self

    @property
    def named_groups(self) -> list[RfmGroup]:
        """The groups, and one more of the codes that none of them holds."""
        left = [write_code(code) for code in uncovered_codes(self.groups, bins=self.bins)]
        others = [RfmGroup(name=self.others, codes=left, meaning="in no other group")] if left else []
        return [*self.groups, *others]


class _TablesFile(Definition):
    tables: dict[str, RfmTable]


@cache
def _tables() -> dict[str, RfmTable]:
    with as_file(files("segment_lib.segments.rfm") / "tables.yml") as path:
        return load_definition(path, _TablesFile).tables


def rfm_table(name: str = "ours") -> RfmTable:
    """Return a table of named groups.

    Parameters
    ----------
    name : `ours`, `klaviyo` or `rfm` (that of the R package).

    Returns
    -------
    RfmTable

    Raises
    ------
    NotFound
        There is no such table.

    Examples
    --------
    >>> rfm_table("klaviyo").bins, rfm_table("klaviyo").cut_points.recency
    (3, [180.0, 365.0])
    >>> [group.name for group in rfm_table("rfm").named_groups][-2:]
    ['Lost', 'Others']
    """
    tables = _tables()
    if name not in tables:
        hint = suggest(name, tables)
        raise NotFound(f"can't find a table of RFM groups called `{name}`. Tables: {list_names(tables)}.{hint}")
    return tables[name]


def default_groups() -> list[RfmGroup]:
    """Return our named groups for five bins: every customer is in exactly one.

    Examples
    --------
    >>> [group.name for group in default_groups()]
    ['Champions', 'Promising', 'Recent', 'Loyal but quiet', 'Drifting', 'At risk', 'Dormant']
    """
    return rfm_table("ours").named_groups
