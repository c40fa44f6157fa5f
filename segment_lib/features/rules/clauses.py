"""Relative clauses, joined so that a listener hears what belongs together."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from segment_lib.features.rules.words import Words


@dataclass(frozen=True)
class Clause:
    """What is said about contacts behind `Contacts`, or about rows behind `orders`.

    Parameters
    ----------
    pronoun : who, whose, for whom; empty where the text carries its own or needs none.
    text : what stands behind the pronoun.
    several : whether it is itself joined of several, so that only a semicolon keeps it apart.
    """

    pronoun: str
    text: str
    several: bool = False

    @property
    def whole(self) -> str:
        """The clause with its pronoun."""
        return f"{self.pronoun} {self.text}".strip()


def join_all(clauses: Sequence[Clause], words: Words, *, depth: int) -> Clause:
    """Join clauses that must all hold.

    Parameters
    ----------
    clauses : at least one.
    words : the language.
    depth : how deep they stand inside other conditions; 0 for the whole sentence.

    Returns
    -------
    Clause

    Examples
    --------
    >>> english = Words("en", {})
    >>> join_all([Clause("who", "are in Spain"), Clause("who", "have spent more than 500")], english, depth=0).whole
    'who are in Spain and have spent more than 500'
    """
    if len(clauses) == 1:
        return clauses[0]
    loose = any(clause.several for clause in clauses)
    pronoun, texts = _texts(clauses, words, repeat=loose and depth == 0)
    joined = _list(texts, words, strong=any(c.several for c in clauses[:-1]), loose=loose)
    # Behind one `either`, semicolons say enough, unless one of the parts has its own.
    if depth > 1 or (depth and loose):
        joined = words.say("both" if len(clauses) == 2 else "all", joined=joined)
    return Clause(pronoun, joined, several=True)


def join_any(clauses: Sequence[Clause], words: Words, *, depth: int) -> Clause:
    """Join clauses of which one must hold.

    Parameters
    ----------
    clauses : at least one.
    words : the language.
    depth : how deep they stand inside other conditions; semicolons hold apart what stands highest.

    Returns
    -------
    Clause

    Examples
    --------
    >>> spanish = Words("es", {})
    >>> join_any([Clause("que", "están en España"), Clause("cuya", "edad es de 30 años")], spanish, depth=0).whole
    'o bien que están en España o bien cuya edad es de 30 años'
    """
    if len(clauses) == 1:
        return clauses[0]
    strong = depth < 2 and any(clause.several for clause in clauses)
    pronoun, texts = _texts(clauses, words, repeat=False)
    inner = "" if depth < 2 else "inner_"
    others = [words.say(f"{inner}or_else", next=text) for text in texts[1:]]
    if words.language == "es":
        # Every one of them begins with its own `o bien`.
        comma = ";" if strong else "," if len(texts) > 2 else ""
        return Clause(pronoun, f"{comma} ".join([words.say(f"{inner}either", first=texts[0]), *others]), several=True)
    head = words.say(f"{inner}either", first=("; " if strong else ", ").join(texts[:-1]))
    comma = ";" if strong else "," if len(texts) > 2 else ""
    return Clause(pronoun, f"{head}{comma} {others[-1]}", several=True)


def _texts(clauses: Sequence[Clause], words: Words, *, repeat: bool) -> tuple[str, list[str]]:
    """Return the pronoun that stands before all, and the clauses with those of their own that have to be said."""
    first = clauses[0].pronoun
    if first == words.say("who") and all(clause.pronoun == first for clause in clauses):
        return first, [clauses[0].text, *(clause.whole if repeat else clause.text for clause in clauses[1:])]
    texts = [clauses[0].whole]
    for before, clause in pairwise(clauses):
        said = clause.pronoun == before.pronoun == words.say("who") and not repeat
        texts.append(clause.text if said else clause.whole)
    return "", texts


def _list(texts: Sequence[str], words: Words, *, strong: bool, loose: bool) -> str:
    last = f"{words.joint('and', texts[-1])} {texts[-1]}"
    if strong:
        return f"{'; '.join(texts[:-1])}; {last}"
    comma = "," if loose else words.say("before_last") if len(texts) > 2 else ""
    return f"{', '.join(texts[:-1])}{comma} {last}"
