"""The shapes in which dates are written: which formats could read a text, from its digits' places alone."""

import re
from dataclasses import dataclass

from segment_lib.loading.cleaning.months import is_month, is_weekday

_CLOCK = (
    r"(?P<gap>T| +|, +| +at +)(?P<hour>9{1,2}):99(?P<second>:99(?P<fraction>\.9{1,9})?)?"
    r"(?P<half> ?[ap]\.? ?m\.?)?(?P<zone> ?(?:Z|UTC|GMT|[A-Z]{3,4}|[+-]99:?(?:99)?))?"
)
_TAIL = f"(?:{_CLOCK})?$"
_NUMERIC = re.compile(rf"(?P<a>9{{1,4}})(?P<mark>[/.\- ]|\. )(?P<b>99?)(?P=mark)(?P<c>9{{1,4}}){_TAIL}", re.IGNORECASE)
_WORD = r"[^\W\d_]+"
_WEEKDAY = rf"(?:(?P<weekday>{_WORD}(?:-feira)?)[.]?,? +)?"
_ORDINAL = "(?:st|nd|rd|th|er|º|ª)?"
_GAP = "(?: de | del | of |[.]? +|[.]|-|/|)"
_SPELLED = tuple(
    re.compile(_WEEKDAY + body + _TAIL, re.IGNORECASE)
    for body in (
        rf"(?P<day>99?){_ORDINAL}(?P<one>{_GAP})(?P<month>{_WORD})[.]?(?P<two>{_GAP}|, +)(?P<year>9999|99)",
        rf"(?P<month>{_WORD})[.]?(?P<one>{_GAP})(?P<day>99?){_ORDINAL}(?P<two>,? +|-|/)(?P<year>9999|99)",
        rf"(?P<year>9999)(?P<one>{_GAP})(?P<month>{_WORD})[.]?(?P<two>{_GAP})(?P<day>99?){_ORDINAL}",
    )
)
_COMPACT_CLOCKS = {8: "", 12: "%H%M", 14: "%H%M%S"}


@dataclass(frozen=True)
class Shape:
    """One way to place the parts of a date; its formats differ in the order of the parts alone.

    Attributes
    ----------
    kind : `year first`, `year last`, `short` (years of two digits), `compact`, `spelled`, `excel`, `unix`, `unix ms`.
    mark : what stands between the parts; for `spelled`, the format itself.
    tail : the format of the time, empty for a day.
    """

    kind: str
    mark: str
    tail: str

    @property
    def family(self) -> tuple[str, str]:
        """What two shapes have in common that differ in the time alone."""
        return self.kind, self.mark

    @property
    def clock(self) -> str:
        """Whether the time is told in 12 or in 24 hours; empty for a day."""
        return "12" if "%I" in self.tail else "24" if "%H" in self.tail else ""

    def format(self, order: str) -> str:
        """Return the format for an order of the parts, such as `dmy`."""
        if self.kind in ("excel", "unix", "unix ms"):
            return self.kind
        if self.kind == "spelled":
            return self.mark + self.tail
        parts = {"d": "%d", "m": "%m", "y": "%y" if self.kind == "short" else "%Y"}
        day = self.mark.join(parts[letter] for letter in order)
        is_iso = order == "ymd" and self.kind == "year first" and self.mark in "-/"
        if is_iso and re.fullmatch(r"(?:[ T]%H:%M(?::%S(?:\.%f)?)?(?: ?%z| %Z)?)?", self.tail):
            return "iso"
        return day + self.tail


def shape_of(pattern: str) -> Shape | None:
    """Return the shape of a text whose digits are all written as 9, or None where it is no date.

    Parameters
    ----------
    pattern : for example `99/99/9999 9:99 PM`.

    Returns
    -------
    Shape or None

    Examples
    --------
    >>> shape_of("99/99/9999 9:99 PM").format("mdy")
    '%m/%d/%Y %I:%M %p'
    >>> shape_of("9. Januar 9999").format("")
    '%d. %b %Y'
    >>> shape_of("ABC-99") is None
    True
    """
    if re.fullmatch(r"9+(?:\.9+)?", pattern):
        return _number(pattern)
    found = _NUMERIC.fullmatch(pattern)
    if found:
        widths = len(found["a"]), len(found["c"])
        kind = {(True, False): "year first", (False, True): "year last"}.get((widths[0] == 4, widths[1] == 4), "")
        if not kind and max(widths) <= 2:
            kind = "short"
        if not kind or (kind != "short" and min(widths) > 2):
            return None
        return _timed(kind, found["mark"], found)
    for spelled in _SPELLED:
        found = spelled.fullmatch(pattern)
        if found and is_month(found["month"]) and (not found["weekday"] or is_weekday(found["weekday"])):
            parts = {"day": "%d", "month": "%b", "year": "%Y" if len(found["year"]) == 4 else "%y"}
            first, second, third = sorted(parts, key=found.start)
            text = f"{parts[first]}{found['one']}{parts[second]}{found['two']}{parts[third]}"
            return _timed("spelled", text.lower().replace("%y", parts["year"]), found)
    return None


def _timed(kind: str, mark: str, found: re.Match[str]) -> Shape | None:
    if not found["hour"]:
        return Shape(kind, mark, "")
    half, zone, fraction = found["half"] or "", found["zone"] or "", found["fraction"] or ""
    # The engine's `%f` has six digits.
    if len(fraction) > 7 and not (kind == "year first" and mark in "-/"):
        return None
    tail = found["gap"] + ("%I" if half else "%H") + ":%M"
    tail += (":%S" if found["second"] else "") + (".%f" if fraction else "")
    tail += (" %p" if half.startswith(" ") else "%p") if half else ""
    if zone:
        blank, name = (" " if zone.startswith(" ") else ""), zone.strip()
        tail += blank + ("%z" if name.upper() == "Z" or name[0] in "+-" else "%Z")
    return Shape(kind, mark, tail)


def _number(pattern: str) -> Shape | None:
    whole = pattern.split(".", 1)[0]
    if pattern == whole and len(whole) in _COMPACT_CLOCKS:
        return Shape("compact", "", _COMPACT_CLOCKS[len(whole)])
    kind = {5: "excel", 9: "unix", 10: "unix"}.get(len(whole)) or ("unix ms" if pattern == "9" * 13 else "")
    return Shape(kind, "", "") if kind else None
