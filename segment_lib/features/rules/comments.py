"""The comments of a rule, and which of its conditions each stands at."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import Token, TokenType, tokenize

_BREAK = re.compile(r"[\n\r]+")


@dataclass
class Remarks:
    """What is said about one condition: lines above it, and words behind it."""

    above: list[str] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)

    def settle(self) -> None:
        """Keep words behind the condition only where they are one remark; several go above it."""
        if len(self.behind) > 1:
            self.above += self.behind
            self.behind = []


def find_remarks(text: str) -> dict[int, Remarks]:
    """Return the comments of a rule by the number of `and` and `or` that stand before their condition.

    Parameters
    ----------
    text : a rule that parses.

    Returns
    -------
    dict of int to Remarks
        Comments in lines of their own stand above their condition, those behind it on its line behind it.

    Examples
    --------
    >>> find_remarks("a = 1 -- one\\nand b = 2")
    {0: Remarks(above=[], behind=['-- one'])}
    >>> find_remarks("a between 1 and 2\\n-- two\\nor b = 2")
    {1: Remarks(above=['-- two'], behind=[])}
    """
    found: defaultdict[int, Remarks] = defaultdict(Remarks)
    tokens = [token for token in tokenize(text, dialect="duckdb") if token.token_type != TokenType.SEMICOLON]
    places = [0, *_conditions(tokens)]
    end = 0
    for number, place in enumerate(places):
        # The words before the first token belong to it; what ends the text has no token behind it.
        following = places[min(number + 1, len(places) - 1)]
        joint = number > 0 and place > places[number - 1]
        gap = text[end : tokens[number].start if number < len(tokens) else None]
        for remark, own_line in _comments(gap):
            if own_line or joint or number == 0:
                found[following].above.append(remark)
            else:
                found[place].behind.append(remark)
        end = tokens[number].end + 1 if number < len(tokens) else end
    for remarks in found.values():
        remarks.settle()
    return dict(found)


def _conditions(tokens: list[Token]) -> list[int]:
    """Return for each token how many `and` and `or` that join conditions stand up to it."""
    counts, joined = [], 0
    between = [0]
    for token in tokens:
        if token.token_type == TokenType.L_PAREN:
            between.append(0)
        elif token.token_type == TokenType.R_PAREN and len(between) > 1:
            between.pop()
        elif token.token_type == TokenType.BETWEEN:
            between[-1] += 1
        elif token.token_type == TokenType.AND and between[-1]:
            between[-1] -= 1
        elif token.token_type in (TokenType.AND, TokenType.OR):
            joined += 1
        counts.append(joined)
    return counts


def _comments(gap: str) -> Iterator[tuple[str, bool]]:
    """Yield the comments between two tokens as lines, and whether each has a line of its own."""
    place, own_line = 0, False
    while place < len(gap):
        if gap.startswith("--", place):
            end = _BREAK.search(gap, place)
            stop = end.start() if end else len(gap)
            yield _line(gap[place + 2 : stop]), own_line
            place = stop
        elif gap.startswith("/*", place):
            stop = _end_of_block(gap, place)
            lines = _BREAK.split(gap[place + 2 : stop].removesuffix("*/").strip())
            for line in lines:
                yield _line(line), own_line or len(lines) > 1
            place = stop
        else:
            own_line = own_line or gap[place] in "\n\r"
            place += 1


def _line(words: str) -> str:
    return f"-- {words.strip()}".rstrip()


def _end_of_block(gap: str, place: int) -> int:
    depth = 0
    for mark in re.finditer(r"/\*|\*/", gap[place:]):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return place + mark.end()
    return len(gap)
