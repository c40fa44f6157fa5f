"""The interactions that a call counts, in words: `orders of Pineapple in the last 90 days`."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from segment_lib.features.rules.clauses import Clause, join_all, join_any
from segment_lib.features.rules.comparing import Comparison, day_bound, number_bound, read_comparison
from segment_lib.features.rules.layout import write_inline
from segment_lib.features.rules.nouns import Noun
from segment_lib.features.rules.reading import links_of
from segment_lib.features.rules.words import Words

# The preposition that a column's value takes; others are `with the ... X`.
_PREPOSITIONS = {"category": "of", "product": "of", "channel": "by", "campaign": "from"}


@dataclass(frozen=True)
class Rows:
    """What a call counts.

    Parameters
    ----------
    noun : one of them, and several.
    which : what `where` says, behind the noun; empty for all.
    window : when, or empty for at any time.
    things : what alone `where` says they are of, as in `Pineapple or Fig`.
    past : whether the window ends before today, which Spanish and English tell in the past.
    dated : whether the noun itself says when.
    several : whether `which` is joined of several.
    """

    noun: Noun
    which: str = ""
    window: str = ""
    things: str = ""
    past: bool = False
    dated: bool = False
    several: bool = False

    @property
    def all_time(self) -> bool:
        """Whether they are of any time."""
        return not self.window and not self.dated

    def told(self, form: str) -> str:
        """Return a form of the noun with which ones and when."""
        # What ends with a number would seem to be a number of the window's.
        numbers = any(character.isdigit() for character in self.which)
        order = (self.window, self.which) if numbers and not self.things else (self.which, self.window)
        return " ".join(filter(None, [form, *order]))

    def phrased(self) -> Noun:
        """Return the noun with all that is said of it, in both forms."""
        noun = self.noun
        return Noun(self.told(noun.singular), self.told(noun.plural), noun.gender, noun.done, noun.did)


def rows_of(kind: exp.Expr, options: Mapping[str, exp.Expr], words: Words) -> Rows:
    """Return the rows that a call with these options counts.

    Parameters
    ----------
    kind : the first argument.
    options : `within`, `until` and `where`.
    words : the language.

    Returns
    -------
    Rows

    Raises
    ------
    InvalidRule
        A window is none.
    """
    within, until = (_text(options.get(name)) for name in ("within", "until"))
    window = words.window(within, until)
    noun = words.kind(_text(kind) or "?")
    if "where" not in options:
        return Rows(noun, window=window, past=until is not None)
    clause = _which(options["where"], words, positive=True, depth=0)
    things = _things(options["where"], words)
    return Rows(noun, clause.text, window, things, past=until is not None, several=clause.several)


def _text(node: exp.Expr | None) -> str | None:
    node = node.unnest() if node is not None else None
    return node.name if isinstance(node, exp.Literal) else None


def _things(where: exp.Expr, words: Words) -> str:
    """Return what rows are of, where that alone is asked."""
    comparison = read_comparison(where.unnest(), positive=True)
    if comparison is None or comparison.operator not in ("=", "in") or not comparison.of_texts:
        return ""
    left = comparison.left
    if not isinstance(left, exp.Column) or _PREPOSITIONS.get(left.name) != "of":
        return ""
    return words.listed([words.text(text) for text in comparison.constants or []])


def _which(node: exp.Expr, words: Words, *, positive: bool, depth: int = 0) -> Clause:
    every, parts = links_of(node, positive=positive)
    if len(parts) > 1:
        told = [_which(part, words, positive=holds, depth=depth + 1) for part, holds in parts]
        return join_all(told, words, depth=depth) if every else join_any(told, words, depth=depth)
    node, positive = parts[0]
    if getattr(node, "args", {}).get("negate"):
        positive = not positive
    comparison = read_comparison(node, positive=positive)
    text = None
    if comparison is not None and isinstance(comparison.left, exp.Column):
        text = _compared(comparison, comparison.left.name, words)
    elif isinstance(node, exp.Is) and isinstance(node.this, exp.Column) and isinstance(node.expression, exp.Null):
        noun = words.column(node.this.name, of_rows=True)
        text = words.say("with_none" if positive else "with_any", noun)
    if text is None:
        text = words.say("row_condition" if positive else "row_condition_not", n=words.text(write_inline(node)))
    return Clause("", text)


def _compared(comparison: Comparison, column: str, words: Words) -> str | None:
    """Return `of Pineapple`, `with a score of at most 2`; None for what has no words."""
    texts = comparison.constants
    noun = words.column(column, of_rows=True)
    if texts is None:
        return None
    suffix = "_not" if comparison.negated else ""
    if not comparison.of_texts:
        bound = number_bound(comparison.operator, texts, words, words.number)
        if suffix:
            return words.say("with_value_not", _singular(noun), bound=bound)
        return words.say("with", _singular(noun), bound=bound)
    if (days := day_bound(comparison.operator, texts, words)) and column == "occurred_at":
        return f"{words.say('not')} {days}" if suffix else days
    if comparison.operator not in ("=", "<>", "in", "not in"):
        return None
    listed = words.listed([words.text(text) for text in texts], "nor" if suffix else "or")
    if column in _PREPOSITIONS:
        return words.say(_PREPOSITIONS[column] + suffix, n=listed)
    return words.say("with_value" + suffix, _singular(noun), bound=listed)


def _singular(noun: Noun) -> Noun:
    """A noun whose one form is the singular: a row has one of each."""
    return Noun(noun.singular, noun.singular, noun.gender)
