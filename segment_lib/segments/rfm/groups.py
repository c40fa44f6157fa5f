"""Named groups of RFM codes: by ranges of scores, or code by code."""

import re
from collections.abc import Sequence
from itertools import product
from typing import TypeAlias

from pydantic import Field, field_validator, model_validator

from segment_lib.definitions import Definition

Code: TypeAlias = tuple[int, int, int]
Range: TypeAlias = tuple[int, int]
RANGES = ("recency", "frequency", "monetary", "value")
_CODE = re.compile(r"(?:(\d)(\d)(\d)|(\d+)-(\d+)-(\d+))")


def all_codes(bins: int) -> list[Code]:
    """Return every code of recency, frequency and money score, from the worst to the best.

    Examples
    --------
    >>> len(all_codes(5)), all_codes(2)[:2]
    (125, [(1, 1, 1), (1, 1, 2)])
    """
    scores = range(1, bins + 1)
    return list(product(scores, scores, scores))


def value_of(code: Code) -> int:
    """Return the mean of the frequency and the money score, halves rounded up.

    Examples
    --------
    >>> value_of((5, 1, 4))
    3
    """
    return (code[1] + code[2] + 1) // 2


def write_code(code: Code) -> str:
    """Write a code as it is commonly written: 5 5 5 as 555, and with dashes where a score has two digits.

    Examples
    --------
    >>> write_code((5, 4, 1)), write_code((10, 4, 1))
    ('541', '10-4-1')
    """
    return ("-" if max(code) > 9 else "").join(str(score) for score in code)


def read_code(text: str) -> Code:
    """Read a code such as 541 or 10-4-1.

    Raises
    ------
    ValueError
        It is no code.

    Examples
    --------
    >>> read_code("541"), read_code("10-4-1")
    ((5, 4, 1), (10, 4, 1))
    """
    found = _CODE.fullmatch(text.strip())
    scores = [int(score) for score in found.groups() if score is not None] if found else []
    if not scores or min(scores) < 1:
        raise ValueError(f"must be a recency, a frequency and a money score such as '541' or '10-4-1', got {text!r}.")
    return scores[0], scores[1], scores[2]


class RfmGroup(Definition):
    """A named set of codes: those within all ranges that are given, or those that are listed.

    Parameters
    ----------
    name : of the group.
    recency, frequency, monetary : lowest and highest score; any where it is left out.
    value : the same for the mean of the frequency and the money score, halves rounded up.
    codes : such as 541, in place of ranges.
    meaning : shown in reports.
    """

    name: str = Field(min_length=1)
    recency: Range | None = None
    frequency: Range | None = None
    monetary: Range | None = None
    value: Range | None = None
    codes: list[str] = []
    meaning: str = ""

    @field_validator(*RANGES)
    @classmethod
    def _ascends(cls, ends: Range | None) -> Range | None:
        if ends and ends[0] > ends[1]:
            raise ValueError(f"must go from the lower to the higher score, got {list(ends)}.")
        return ends

    @field_validator("codes")
    @classmethod
    def _are_codes(cls, codes: list[str]) -> list[str]:
        for code in codes:
            read_code(code)
        return codes

    @model_validator(mode="after")
    def _given_one_way(self) -> "RfmGroup":
        if bool(self.ranges) == bool(self.codes):
            got = "both" if self.codes else "neither"
            raise ValueError(f"the group `{self.name}` must be given by ranges of scores or by codes, got {got}.")
        return self

    @property
    def ranges(self) -> dict[str, Range]:
        """The ranges that are given."""
        found = {name: getattr(self, name) for name in RANGES}
        return {name: ends for name, ends in found.items() if ends is not None}

    @property
    def rule(self) -> str:
        """The group as a readable condition over scores."""
        if self.codes:
            return f"code is {', '.join(self.codes)}"
        return " and ".join(f"{name}_score between {low} and {high}" for name, (low, high) in self.ranges.items())

    def holds(self, code: Code) -> bool:
        """Tell whether a code lies in the group."""
        if self.codes:
            return code in {read_code(text) for text in self.codes}
        scores = dict(zip(RANGES, (*code, value_of(code)), strict=True))
        return all(low <= scores[name] <= high for name, (low, high) in self.ranges.items())


def name_codes(groups: Sequence[RfmGroup], *, bins: int) -> dict[Code, str]:
    """Return the group of every code: the first that holds it; a code that none holds is left out.

    Parameters
    ----------
    groups : in the order in which they are asked.
    bins : number of scores.

    Returns
    -------
    dict of code to name

    Examples
    --------
    >>> fresh = RfmGroup(name="Fresh", recency=(2, 2))
    >>> dear = RfmGroup(name="Dear", codes=["112", "212"])
    >>> {write_code(code): name for code, name in name_codes([fresh, dear], bins=2).items()}
    {'112': 'Dear', '211': 'Fresh', '212': 'Fresh', '221': 'Fresh', '222': 'Fresh'}
    """
    named: dict[Code, str] = {}
    for code in all_codes(bins):
        holding = next((group.name for group in groups if group.holds(code)), None)
        if holding is not None:
            named[code] = holding
    return named


def uncovered_codes(groups: Sequence[RfmGroup], *, bins: int) -> list[Code]:
    """Return the codes that lie in no group.

    Parameters
    ----------
    groups : named groups.
    bins : number of scores.

    Returns
    -------
    list of (recency score, frequency score, money score)

    Examples
    --------
    >>> uncovered_codes([RfmGroup(name="Fresh", recency=(2, 2)), RfmGroup(name="Dear", value=(2, 2))], bins=2)
    [(1, 1, 1)]
    """
    named = name_codes(groups, bins=bins)
    return [code for code in all_codes(bins) if code not in named]
