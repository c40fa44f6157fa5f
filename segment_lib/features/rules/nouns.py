"""Nouns of two languages: singular and plural, the gender of Spanish, and what strange names become."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

Language = Literal["en", "es"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True)
class Noun:
    """One noun, with the verb of whoever has or does it where there is one.

    Parameters
    ----------
    singular, plural : as in `order`, `orders`.
    gender : m or f; English nouns have none that shows, and are m.
    done : participle as in `have placed an order`.
    did : past as in `placed an order`.
    """

    singular: str
    plural: str
    gender: str = "m"
    done: str = ""
    did: str = ""

    def of_number(self, text: str) -> str:
        """Return the form that stands behind a number.

        Examples
        --------
        >>> read_noun("order").of_number("1"), read_noun("order").of_number("2")
        ('order', 'orders')
        """
        return self.singular if text == "1" else self.plural


def read_noun(text: str, language: Language = "en") -> Noun:
    """Return a noun from how the tables write it.

    Parameters
    ----------
    text : ``done/did> gender singular|plural``, where only the singular has to be there.
    language : whose rules make the plural where it is not written.

    Returns
    -------
    Noun

    Examples
    --------
    >>> read_noun("given/gave> response to a campaign|responses to campaigns").plural
    'responses to campaigns'
    >>> read_noun("f devolución", "es")
    Noun(singular='devolución', plural='devoluciones', gender='f', done='', did='')
    """
    verb, _, rest = text.rpartition("> ")
    done, _, did = verb.partition("/")
    gender, marked = ("m", rest) if rest[:2] not in ("m ", "f ") else (rest[0], rest[2:])
    singular, _, plural = marked.partition("|")
    return Noun(singular, plural or _plural(singular, language), gender, done, did or done)


def named_by_user(name: str, language: Language) -> Noun:
    """Return the noun of a name that a person chose, whose gender is guessed from its end.

    Examples
    --------
    >>> named_by_user("sesión de formación", "es").plural
    'sesiones de formación'
    """
    first = name.split(" ")[0]
    feminine = language == "es" and bool(re.search(r"(a|ión|dad|tad|tud|umbre)$", first)) and not first.endswith("ma")
    return Noun(name, _plural(name, language), "f" if feminine else "m")


def _plural(singular: str, language: Language) -> str:
    if language == "en":
        if re.search(r"[^aeiou]y$", singular):
            return singular[:-1] + "ies"
        return singular + ("es" if re.search(r"(s|x|z|ch|sh)$", singular) else "s")
    # The first word of a Spanish name carries the number: `sesiones de formación`.
    first, blank, rest = singular.partition(" ")
    if first.endswith("ión"):
        first = first[:-3] + "iones"
    elif first.endswith("z"):
        first = first[:-1] + "ces"
    else:
        first += "s" if first[-1:] in "aeiouáéó" else "es"
    return first + blank + rest
