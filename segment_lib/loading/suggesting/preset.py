"""Exports that are recognised by their headers: what each of their columns is, told by who knows the program."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from segment_lib.loading.suggesting.wording import plain_words

Rules = Mapping[str, Mapping[str, Any]]
# Of the headers that tell an export, so many must be there: some are deselected, some are renamed.
RECOGNISED = 0.6
ALIKE = 90


@dataclass(frozen=True)
class Preset:
    """One kind of export.

    Attributes
    ----------
    title : what it is called in a report.
    signature : headers that tell it from other files.
    columns : table to header to field; every other column is judged by evidence.
    fixed : table to field to rule, for fields that no single column fills.
    options : header to keys of its rule.
    settings : table to further keys of the source. In a policy, `{Header}` stands for the field that the column fills;
        a policy about a column that is not there is left out.
    left_out : headers that bring nothing, with the reason.
    file : a pattern of the file's name, where that tells what the headers don't.
    needs : headers that must be there.
    stage : the header whose words are stages of a deal, if there is one.
    questions : what has to be asked whenever it is recognised.
    """

    title: str
    signature: tuple[str, ...]
    columns: Mapping[str, Mapping[str, str]]
    fixed: Mapping[str, Rules] = field(default_factory=dict)
    options: Rules = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    file: str = ""
    needs: tuple[str, ...] = ()
    stage: str = ""
    questions: tuple[str, ...] = ()

    def share(self, headers: Sequence[str]) -> float:
        """Return the share of the signature that is among some headers, spelling aside."""
        plain = [plain_words(header) for header in headers]
        found = sum(_is_among(plain_words(name), plain) for name in self.signature)
        return found / len(self.signature)


def recognise(presets: Sequence[Preset], headers: Sequence[str], file: str) -> Preset | None:
    """Return the export that a file is, or None.

    Parameters
    ----------
    presets : the kinds of exports that are known.
    headers : of the file.
    file : its name.

    Returns
    -------
    Preset or None
        Of several the one with most of its headers there; one that goes by the file's name before one that does not.
    """
    plain = {plain_words(header) for header in headers}
    fitting = [
        (round(preset.share(headers), 6), bool(preset.needs), bool(preset.file), -place, preset)
        for place, preset in enumerate(presets)
        if all(plain_words(name) in plain for name in preset.needs)
        and (not preset.file or re.search(preset.file, file, re.IGNORECASE))
    ]
    best = max(fitting, key=lambda one: one[:4], default=None)
    return best[4] if best and best[0] >= RECOGNISED else None


def _is_among(name: str, headers: Sequence[str]) -> bool:
    # Slow to import, and most who import this package compare no names.
    from rapidfuzz import fuzz

    return name in headers or (len(name) > 4 and any(fuzz.ratio(name, other) >= ALIKE for other in headers))
