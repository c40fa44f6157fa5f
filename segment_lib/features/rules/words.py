"""One language and the names that a person chose: nouns, numbers, days, windows and places in words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from segment_lib.asof import parse_window
from segment_lib.errors import InvalidOption, InvalidRule
from segment_lib.features.rules.names_of_columns import CONTACT_COLUMNS, INTERACTION_COLUMNS, KINDS
from segment_lib.features.rules.names_of_places import country_name, language_name
from segment_lib.features.rules.nouns import Language, Noun, named_by_user, read_noun
from segment_lib.features.rules.phrases import PHRASES, phrase


@dataclass(frozen=True)
class Words:
    """Writes the small parts of sentences.

    Parameters
    ----------
    language : en or es.
    names : columns and kinds of interactions to what they are called.
    """

    language: Language
    names: Mapping[str, str]

    def say(self, key: str, about: Noun | None = None, /, **parts: str) -> str:
        """Return a phrase; the endings follow the noun that it is about.

        Examples
        --------
        >>> Words("es", {}).say("last", Words("es", {}).kind("visit"))
        'última visita'
        """
        return phrase(key, self.language, **((self._forms(about) if about else {}) | parts))

    def kind(self, name: str) -> Noun:
        """Return what interactions of a kind are called."""
        if name in KINDS and name not in self.names:
            return read_noun(KINDS[name][self.language], self.language)
        done, did = ("had", "had") if self.language == "en" else ("tenido", "tuvieron")
        plain = self.names.get(name) or plain_name(name)
        if self.language == "es" and name not in self.names:
            # A name in whatever language has no gender and no plural that could be told.
            return Noun(f"interacción de tipo {plain}", f"interacciones de tipo {plain}", "f", done, did)
        noun = named_by_user(plain, self.language)
        return Noun(noun.singular, noun.plural, noun.gender, done, did)

    def column(self, name: str, *, of_rows: bool = False) -> Noun:
        """Return what a column of contacts, or of interactions, is called."""
        known = INTERACTION_COLUMNS if of_rows else CONTACT_COLUMNS
        if name in known and name not in self.names:
            return read_noun(known[name][self.language], self.language)
        if name in self.names:
            return named_by_user(plain_name(self.names[name]), self.language)
        plain = plain_name(name)
        return Noun(f"campo {plain}", f"campos {plain}") if self.language == "es" else named_by_user(plain, "en")

    def number(self, text: str) -> str:
        """Return a number as it is written in the language.

        Examples
        --------
        >>> Words("es", {}).number("12500.50"), Words("en", {}).number("1e3"), Words("en", {}).number("1e99")
        ('12.500,5', '1000', '1e99')
        """
        number = _decimal(text)
        if number is None:
            return text
        whole, _, rest = f"{number:f}".partition(".")
        if abs(number) >= 10_000:
            whole = f"{int(whole):,}".replace(",", self.say("thousands"))
        rest = rest.rstrip("0")
        return whole + (self.say("decimal") + rest if rest else "")

    def share(self, text: str) -> str:
        """Return a part of one as percent."""
        number = _decimal(text)
        return self.number(text) if number is None else self.percent(str(number * 100))

    def percent(self, text: str) -> str:
        """Return a number of percent."""
        return self.say("percent", n=self.number(text))

    def units(self, unit: str, text: str) -> str:
        """Return `day` or `days`, as the number wants."""
        singular, plural = PHRASES[unit][self.language].split("|")
        return singular if text == "1" else plural

    def span(self, window: str) -> str:
        """Return a window's length, such as `90 days`."""
        number, unit = _window(window)
        return f"{number} {self.units(f'{unit}s', str(number))}"

    def days(self, key: str, window: str) -> str:
        """Return a phrase of a number of units: `within`, `begins_today`; without the number where it is one."""
        number, unit = _window(window)
        name = self.units(f"{unit}s", str(number))
        noun = Noun(name, name, "f" if name.startswith("semana") else "m")
        return self.say(key if number > 1 else f"{key}_one", noun, n=self.number(str(number)), units=name)

    def each_month(self, months: str) -> str:
        """Return `in each of the last 6 months`; of a single one, `in the last month`."""
        return self.days("within", "1 month") if months == "1" else self.say("each_of", n=self.number(months))

    def from_today(self, window: str, joint: str = "or") -> str:
        """Return a window whose first day is today: days and weeks by their days.

        Examples
        --------
        >>> Words("en", {}).from_today("1 week"), Words("en", {}).from_today("1 month")
        ('today or in the next 6 days', 'in the month that begins today')
        """
        number, unit = _window(window)
        if unit in ("month", "year"):
            return self.days("begins_today", window)
        days = number * (7 if unit == "week" else 1)
        if days == 1:
            return self.say("today")
        key = "today_tomorrow" if days == 2 else "from_today"
        return self.say(key, joint=self.say(joint), n=self.number(str(days - 1)), units=self.units("days", ""))

    def window(self, within: str | None, until: str | None) -> str:
        """Return when something happened, or an empty text for at any time."""
        if within and until:
            (number, unit), (until_number, until_unit) = _window(within), _window(until)
            first, last = self.span(within), self.span(until)
            if unit == until_unit and self.language == "en":
                first = str(number)
            if unit == until_unit and self.language == "es":
                last = str(until_number)
            return self.say("within_until", within=first, until=last)
        if until:
            number, unit = _window(until)
            return self.say("until", n=str(number), units=self.units(f"{unit}s", str(number)))
        return self.days("within", within) if within else ""

    def day(self, text: str) -> str | None:
        """Return a day in words, or None for a text that is none."""
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return None
        month = self.say("month_names").split()[day.month - 1]
        return self.say("date", day=str(day.day), month=month, year=str(day.year))

    def text(self, text: str) -> str:
        """Return a text that a rule quotes, on one line."""
        return " ".join(text.split()) or self.say("empty_text")

    def value(self, text: str, column: str) -> str:
        """Return a text of a column: countries and languages by their names."""
        if column == "country":
            return country_name(text.upper(), self.language) or self.text(text)
        if column == "language":
            return language_name(text.lower(), self.language) or self.text(text)
        return self.text(text)

    def listed(self, items: Sequence[str], word: str = "or") -> str:
        """Return items as a list: `Spain, Portugal, or France`.

        Examples
        --------
        >>> Words("en", {}).listed(["a", "b", "c"]), Words("es", {}).listed(["siete", "ocho"])
        ('a, b, or c', 'siete u ocho')
        """
        unique = list(dict.fromkeys(items))
        if len(unique) == 1:
            return unique[0]
        joined = f"{self.joint(word, unique[-1])} {unique[-1]}"
        comma = self.say("before_last") if len(unique) > 2 else ""
        return f"{', '.join(unique[:-1])}{comma} {joined}"

    def joint(self, word: str, following: str) -> str:
        """Return and, or, nor; Spanish o becomes u before its own sound, as in `7 u 8`."""
        said = self.say(word)
        return "u" if said == "o" and re.match(r"h?[oó]|8|11(?!\d)", following, re.IGNORECASE) else said

    def _forms(self, noun: Noun) -> dict[str, str]:
        forms = {
            "noun": noun.singular if self.language == "es" else noun.plural,
            "singular": noun.singular, "plural": noun.plural, "done": noun.done, "did": noun.did,
        }  # fmt: skip
        if self.language == "en":
            return forms | {"a": article(noun.singular)}
        feminine = noun.gender == "f"
        return forms | {
            "o": "a" if feminine else "o", "a": "a" if feminine else "", "el": "la" if feminine else "el",
            "ningún": "ninguna" if feminine else "ningún",
        }  # fmt: skip


def plain_name(name: str) -> str:
    """Return a column's name as words.

    Examples
    --------
    >>> plain_name("renewal_date")
    'renewal date'
    """
    return " ".join(name.replace("_", " ").split()) or "?"


def article(noun: str) -> str:
    """Return a or an.

    Examples
    --------
    >>> article("order"), article("usual price"), article("hour")
    ('an', 'a', 'an')
    """
    sounded = re.match(r"(?!uni|usu|use|eu|one\b)[aeiou]|hour|honest|NPS", noun, re.IGNORECASE)
    return "an" if sounded else "a"


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    # Longer ones are no easier to read in full.
    return number if number.is_finite() and -12 < number.adjusted() < 15 else None


def _window(text: str) -> tuple[int, str]:
    try:
        return parse_window(text)
    except InvalidOption as error:
        raise InvalidRule(str(error)) from None
