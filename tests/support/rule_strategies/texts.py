"""Random rules as texts, typed so that they compile."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from rule_tables import FEATURES

from rule_strategies.choices import Choices
from rule_strategies.tables import LEAP, SEEN_FROM
from rule_strategies.words import KINDS, LABELS, LISTED, PATTERNS, TEXTS, WINDOWS, quoted

SIGNS = ("=", "<>", "<", "<=", ">", ">=")
CONSTANTS = ("0", "1", "2", "3", "5", "10", "0.5", "2.5", "-1")
DRAWS = ("", ", 'spring'", ", 'Spring'", ", 'O''Hara'")
PERCENTS = ("1", "10", "14", "33.3", "50", "99.5", "100")


@dataclass(frozen=True)
class Names:
    """What conditions may compare: columns by their type."""

    numbers: Sequence[str]
    texts: Sequence[str]
    days: Sequence[str]
    instants: Sequence[str]
    booleans: Sequence[str]


OF_INTERACTIONS = Names(
    ("amount", "score", "weight", "amount - score", "amount / weight"),
    ("category", "product", "kind"),
    ("due",),
    ("occurred_at", "planned_at"),
    ("gift",),
)
OF_CONTACTS = Names(
    ("income", "kids", '"odd ""name"""', *(name for name in FEATURES if not name.endswith("_at"))),
    ("country",),
    ("birth_date",),
    ("seen", "acquired_at", *(name for name in FEATURES if name.endswith("_at"))),
    ("agreed",),
)


@dataclass(frozen=True)
class RuleWriter:
    """Writes conditions, part by part, with some windows from the shortest to the longest."""

    choices: Choices
    windows: tuple[str, ...] = WINDOWS

    def rule(self, depth: int = 3) -> str:
        """A rule, at most so many conditions deep."""
        return self._joined(depth, lambda: self._condition_call() if self.choices.one_in(2) else self._compared())

    def where(self, depth: int = 1) -> str:
        """A condition over the columns of an interaction."""
        return self._joined(depth, lambda: self._single(OF_INTERACTIONS, lambda: self._of(OF_INTERACTIONS.numbers)))

    def number(self, depth: int = 1) -> str:
        """A number of a contact."""
        if depth and self.choices.one_in(3):
            if self.choices.one_in(5):
                return f"- ({self.number(depth - 1)})"
            return f"({self.number(depth - 1)} {self._of('+-*/')} {self.number(depth - 1)})"
        if self.choices.one_in(3):
            return self._of((*OF_CONTACTS.numbers, *CONSTANTS))
        return self._number_call()

    def _of(self, options: Sequence[str]) -> str:
        return self.choices.of(options)

    def _joined(self, depth: int, single: Callable[[], str]) -> str:
        how = self.choices.below(8) if depth else 0
        if how < 4:
            return single()
        if how < 6:
            return f"({self._joined(depth - 1, single)}) {self._of(('and', 'or'))} ({self._joined(depth - 1, single)})"
        if how == 6:
            return f"not ({self._joined(depth - 1, single)})"
        return f"({self._joined(depth - 1, single)}) is {self._of(('true', 'false', 'null', 'not true', 'not null'))}"

    def _compared(self) -> str:
        if self.choices.one_in(12):
            return f"agreed {self._of(SIGNS)} ({self._condition_call()})"
        if self.choices.one_in(8):
            return f"{self._favourite()} {self._of(SIGNS)} {quoted(self._of(TEXTS))}"
        return self._single(OF_CONTACTS, self.number)

    def _single(self, names: Names, number: Callable[[], str]) -> str:
        """One comparison of any form."""
        text, sign, day = self._of(names.texts), self._of(SIGNS), self._of((*names.days, *names.instants))
        forms: tuple[Callable[[], str], ...] = (
            lambda: f"{number()} {sign} {self._of(CONSTANTS)}",
            lambda: f"{number()} {sign} {number()}",
            lambda: f"{number()} {self._turned('between')} {number()} and {number()}",
            lambda: f"{number()} {self._turned('in')} ({self._of(CONSTANTS)}, {self._of(CONSTANTS)})",
            lambda: f"{text} {sign} {quoted(self._of(TEXTS))}",
            lambda: f"{text} {sign} {self._of(names.texts)}",
            lambda: f"{text} {self._turned('in')} ({quoted(self._of(TEXTS))}, {quoted(self._of(TEXTS))})",
            lambda: f"{text} {self._turned(self._of(('like', 'ilike')))} {quoted(self._of(PATTERNS))}",
            lambda: f"{self._of((text, day, number()))} is {self._of(('null', 'not null'))}",
            lambda: f"{day} {sign} {self._day()}",
            lambda: f"{self._day()} {sign} {day}",
            lambda: f"{day} {self._turned('between')} {self._day()} and {self._day()}",
            lambda: f"{day} {sign} {self._of((*names.days, *names.instants))}",
            lambda: f"{day} {self._turned('in')} ({self._day()}, {self._day()})",
            lambda: self._of(names.booleans),
        )
        return forms[self.choices.below(len(forms))]()

    def _turned(self, word: str) -> str:
        return f"not {word}" if self.choices.one_in(3) else word

    def _day(self) -> str:
        if self.choices.one_in(4):
            return quoted(str(self.choices.of(LEAP)))
        return quoted(str(self.choices.of(SEEN_FROM).day + timedelta(days=self.choices.whole(-3, 3))))

    def _kind(self) -> str:
        return quoted(self._of((*KINDS, "any", "purchase")))

    def _window(self) -> str:
        return quoted(self._of(self.windows))

    def _windows(self) -> str:
        """Nothing, `within`, `until` or both, `within` the longer one."""
        how = self.choices.below(6)
        shorter = self.choices.below(len(self.windows) - 1)
        longer = self.choices.whole(shorter + 1, len(self.windows) - 1)
        within, until = f", within => '{self.windows[longer]}'", f", until => '{self.windows[shorter]}'"
        return ("", "", within, within, until, within + until)[how]

    def _where(self, name: str = "where") -> str:
        return f", {name} => {self.where()}" if self.choices.one_in(3) else ""

    def _options(self) -> str:
        options = [self._windows(), self._where()]
        return "".join(reversed(options) if self.choices.one_in(4) else options)

    def _number_call(self) -> str:
        column = self._of(("", ", amount", ", score", ", weight"))
        any_column = self._of(("category", "product", "order_id", "amount", "weight", "due", "occurred_at", "gift"))
        forms: tuple[Callable[[], str], ...] = (
            lambda: f"{self._of(('count', 'days_since', 'days_since_first'))}({self._kind()}{self._options()})",
            lambda: f"{self._of(('total', 'average'))}({self._kind()}{column}{self._options()})",
            lambda: f"{self._of(('largest', 'smallest'))}({self._kind()}{column}{self._options()})",
            lambda: f"distinct_values({self._kind()}, {any_column}{self._options()})",
            lambda: f"active_months({self._kind()}, {self._of(('1', '2', '3', '12', '25', '60'))}{self._where()})",
            lambda: f"average_order({self._options().removeprefix(', ')})",
            lambda: f"share_of({self._kind()}{column}{self._windows()}, where => {self.where()})",
            lambda: f"days_until({self._of((*OF_CONTACTS.days, *OF_CONTACTS.instants))})",
        )
        return forms[self.choices.below(len(forms))]()

    def _favourite(self) -> str:
        return f"favourite({self._kind()}, {self._of(OF_INTERACTIONS.texts)}{self._options()})"

    def _condition_call(self) -> str:
        of = self._of
        # Windows of an anniversary are a year at most.
        near = f"within => '{of([w for w in self.windows if w not in ('13 months', '2 years')])}'"
        within = f", within => {self._window()}" if self.choices.one_in(2) else ""
        forms: tuple[Callable[[], str], ...] = (
            lambda: f"{of(('ever', 'never'))}({self._kind()}{self._options()})",
            lambda: f"regularly({self._kind()}, {of('123')}{self._where()})",
            lambda: f"stopped({self._kind()}, {self._window()}{self._where()})",
            lambda: f"resumed({self._kind()}, {self._window()}{within}{self._where()})",
            lambda: f"followed_by({self._kind()}, {self._kind()}{within}{self._where()}{self._where('then_where')})",
            lambda: f"has_label({quoted(of(LABELS))})",
            lambda: f"has_relationship('{of(('client', 'supplier', 'prospect'))}')",
            lambda: f"includes(interests, {quoted(of(LISTED))})",
            lambda: f"{of(('top_percent', 'bottom_percent'))}({self.number()}, {of(PERCENTS)})",
            lambda: f"random_percent({of(PERCENTS)}{of(DRAWS)})",
            lambda: f"anniversary({of((*OF_CONTACTS.days, *OF_CONTACTS.instants))}, {near})",
            lambda: f"distance_km(latitude, longitude, 41.39, 2.17) < {of(('1', '5000', '10000'))}",
        )
        return forms[self.choices.below(len(forms))]()


def choose_rules(choices: Choices, windows: tuple[str, ...], most: int = 6) -> dict[str, str]:
    """Choose named rules, some of which ask for one before them; at least half of `most`."""
    found: dict[str, str] = {}
    for n in range(choices.whole((most + 1) // 2, most)):
        # Where much is joined, little of it decides.
        text = RuleWriter(choices, windows).rule(choices.of((0, 0, 1, 3)))
        if found and choices.one_in(6):
            form = choices.of(("({}) and in_segment({})", "({}) or not in_segment({})"))
            text = form.format(text, quoted(choices.of(sorted(found))))
        found[f"view {n}"] = text
    return found
