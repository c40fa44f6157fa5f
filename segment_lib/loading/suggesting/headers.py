"""What has changed between the header that a recipe expects and the one that a file has."""

from collections.abc import Sequence
from dataclasses import dataclass

from segment_lib.errors import list_names
from segment_lib.loading.suggesting.name_match import match_name
from segment_lib.loading.suggesting.wording import plain_words

# From here on a new column may be an old one by another name.
RENAMED = 0.75
# Two names of one field, such as `E-mail` and `Correo electrónico`.
SAME_FIELD = 0.85


@dataclass(frozen=True)
class HeaderDiff:
    """The difference between two headers.

    Attributes
    ----------
    missing : expected columns that are not there, those that were probably renamed aside.
    added : columns that were not expected, those that are probably renamed ones aside.
    renamed : expected name, likely new name, and how sure that is from 0 to 1.
    moved : columns that stand in another order among those that both have; no harm, since they are found by name.
    """

    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str, float], ...] = ()
    moved: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        """Tell whether every expected column is there."""
        return not self.missing and not self.renamed

    def __str__(self) -> str:
        """Return the difference as sentences."""
        said = [f"`{old}` is now probably `{new}` ({score:.0%})" for old, new, score in self.renamed]
        for names, what in ((self.missing, "missing"), (self.added, "new"), (self.moved, "in another place")):
            if names:
                said.append(f"{what}: {list_names(f'`{name}`' for name in names)}")
        return "; ".join(said) or "the header is as expected"


def compare_headers(expected: Sequence[str], found: Sequence[str]) -> HeaderDiff:
    """Compare the header that is expected with the one that a file has.

    Parameters
    ----------
    expected : names of columns, in their order.
    found : names of columns, in their order.

    Returns
    -------
    HeaderDiff

    Examples
    --------
    >>> print(compare_headers(["Id", "E-mail", "Total"], ["Id", "E-Mail Address", "Total", "Shop"]))
    `E-mail` is now probably `E-Mail Address` (95%); new: `Shop`
    """
    expected, found = list(dict.fromkeys(expected)), list(dict.fromkeys(found))
    gone = [name for name in expected if name not in found]
    new = [name for name in found if name not in expected]
    scored = sorted(
        ((_alike(old, one), old, one) for old in gone for one in new),
        key=lambda pair: (-pair[0], expected.index(pair[1]), found.index(pair[2])),
    )
    renamed: dict[str, tuple[str, float]] = {}
    for score, old, one in scored:
        if score >= RENAMED and old not in renamed and one not in {other for other, _ in renamed.values()}:
            renamed[old] = (one, score)
    taken = {one for one, _ in renamed.values()}
    return HeaderDiff(
        missing=tuple(name for name in gone if name not in renamed),
        added=tuple(name for name in new if name not in taken),
        renamed=tuple((old, *renamed[old]) for old in gone if old in renamed),
        moved=_moved(expected, found),
    )


def _alike(old: str, new: str) -> float:
    """Return how probable it is that one name took another's place: by its letters, or as a name of the same field."""
    # Slow to import, and most who import this package compare no names.
    from rapidfuzz import fuzz

    one, other = plain_words(old), plain_words(new)
    if one == other or old.strip().lower() == new.strip().lower():
        return 1.0 if one else 0.0
    letters = max(fuzz.ratio(one, other), fuzz.token_sort_ratio(one, other)) / 100
    # Numbered columns are alike in all but what matters.
    if [word for word in one.split() if word.isdigit()] != [word for word in other.split() if word.isdigit()]:
        letters = 0.0
    same = 0.0
    for table in ("contacts", "interactions"):
        fields = {match.field: match.score for match in match_name(old, table) if match.score >= SAME_FIELD}
        same = max([same, *(min(fields[m.field], m.score) * 0.95 for m in match_name(new, table) if m.field in fields)])
    return round(max(letters, same), 4)


def _moved(expected: Sequence[str], found: Sequence[str]) -> tuple[str, ...]:
    """Return the fewest columns that would have to be put elsewhere for the order to be the expected one."""
    places = {name: place for place, name in enumerate(found)}
    common = [name for name in expected if name in places]
    best: list[list[str]] = []  # best[n]: the increasing run of n + 1 columns that ends furthest to the left
    for name in common:
        n = next((n for n, run in enumerate(best) if places[run[-1]] > places[name]), len(best))
        run = [*(best[n - 1] if n else []), name]
        best[n : n + 1] = [run]
    kept = set(best[-1]) if best else set()
    return tuple(name for name in common if name not in kept)
