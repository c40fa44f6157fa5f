"""What a header's words say: which field of a table it names, in which language, and how surely."""

from dataclasses import dataclass
from functools import lru_cache

from segment_lib.loading.suggesting.interaction_names import TABLE_NAMES
from segment_lib.loading.suggesting.wording import plain_words, split_words, word_set

LANGUAGES = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "pt": "Portuguese",
    "nl": "Dutch",
}
# Below this, WRatio finds names in noise; headers that mean the field scored 82 to 100.
SHORTLIST = 75
WEAK = 0.8
SHORT = 4
# "number of tickets": pieces of whatever an interaction was about.
NUMBER_OF = {("number", "of"): "en", ("nombre", "de"): "fr", ("anzahl", "der"): "de", ("cantidad", "de"): "es"}
# Words that say whose it is, but not what.
NEUTRAL = word_set(
    "customer customers mailing client contact primary main my your the billing of de del du da do der des di "
    "van d c is kunde kunden cliente clientes klant person personal shopper account user buyer associated "
    "default 1 eur usd gbp euro euros dollar dollars pound pounds"
)
SHORTHAND = {
    "dt": "date",
    "nr": "number",
    "num": "number",
    "no": "number",
    "qty": "quantity",
    "amt": "amount",
    "cust": "customer",
    "addr": "address",
    "desc": "description",
    "ts": "timestamp",
    "ctry": "country",
    "dob": "birth date",
    "cat": "category",
}
# Words that make something else of what they stand beside: an owner's e-mail is not the contact's.
TURNING = word_set(
    "owner by agent rep salesperson assignee manager parent referrer referred domain outcome status reason "
    "lost modified updated last next due expected count number num avg average mean median rate days opens "
    "clicks bounce max min previous week hash id url consent optin opt unsubscribed accepted cost tax taxes "
    "discount disc shipping fee refund refunded range band score type group segment note notes price unit "
    "probability recent first besitzer bearbeiter eigentumer betreuer proprietaire responsable propietario "
    "verantwoordelijke employees employee ip time name company partner spouse child emergency age tip vat "
    "annual balance credit points years months year month"
)
# What a word is worth that neither says whose it is nor makes something else of it.
UNEXPLAINED = 0.6


@dataclass(frozen=True)
class NameMatch:
    """A field that a header may name: the field, how surely from 0 to 1, the known name and its language."""

    field: str
    score: float
    name: str
    language: str
    exact: bool


@lru_cache(maxsize=16)
def _known(table: str) -> dict[str, tuple[tuple[str, str, float], ...]]:
    """Return every known name of a table's fields as words, with field, language and weight."""
    known: dict[str, list[tuple[str, str, float]]] = {}
    for field, languages in TABLE_NAMES[table].items():
        for language, names in languages.items():
            for name in names.split(","):
                words = plain_words(name)
                known.setdefault(words, []).append((field, language, WEAK if name.strip().endswith("?") else 1.0))
    return {words: tuple(meanings) for words, meanings in known.items()}


@lru_cache(maxsize=8192)
def match_name(header: str, table: str) -> tuple[NameMatch, ...]:
    """Return the fields that a header may name, the surest first.

    Parameters
    ----------
    header : as the file has it.
    table : contacts, interactions or campaign_assignments.

    Returns
    -------
    tuple of NameMatch
        Each field once.

    Examples
    --------
    >>> [(match.field, match.language) for match in match_name("E-Mail-Adresse", "contacts")]
    [('email', 'de')]
    >>> match_name("Contact owner", "contacts")
    ()
    """
    words = plain_words(header)
    if not words:
        return ()
    known = _known(table)
    best: dict[str, NameMatch] = {}
    # A word that means something is no typing error of another: `revenue` is not the French `revenu`.
    meant = any(weight >= 1 for one in TABLE_NAMES for _, _, weight in _known(one).get(words, ()))
    written_out = " ".join(SHORTHAND.get(word, word) for word in words.split())
    for name in dict.fromkeys(
        [words, *_near(words, table), *(_near(written_out, table) if written_out != words else [])]
    ):
        closeness = 1.0 if name == words else max(_closeness(words, name), 0.97 * _closeness(written_out, name))
        if meant and 0 < closeness < 0.97 and not set(name.split()) <= set(words.split()):
            continue
        for field, language, weight in known.get(name, ()):
            match = NameMatch(field, closeness * weight, name, language, name == words)
            if closeness > 0 and (field not in best or match.score > best[field].score):
                best[field] = match
    if table == "interactions" and len(ours := words.split()) > 2 and tuple(ours[:2]) in NUMBER_OF:
        best.setdefault("quantity", NameMatch("quantity", WEAK, " ".join(ours[:2]), NUMBER_OF[ours[0], ours[1]], False))
    return tuple(sorted(best.values(), key=lambda match: (-match.score, match.field)))


def describe_name(header: str, match: NameMatch) -> str:
    """Return a match as a sentence.

    Examples
    --------
    >>> describe_name("E-Mail-Adresse", match_name("E-Mail-Adresse", "contacts")[0])
    'the header `E-Mail-Adresse` is a German name of email'
    """
    language = LANGUAGES[match.language]
    article = "an" if language[0] in "EI" else "a"
    if match.exact:
        sure = "" if match.score >= 1 else ", and of other things"
        return f"the header `{header}` is {article} {language} name of {match.field}{sure}"
    return f"the header `{header}` is near `{match.name}`, {article} {language} name of {match.field}"


@lru_cache(maxsize=16)
def _long(table: str) -> list[str]:
    """Return the known names that are long enough to be recognised in others."""
    return [name for name in _known(table) if len(name) >= SHORT]


def _near(words: str, table: str) -> list[str]:
    # Slow to import, and most who import this package compare no names.
    from rapidfuzz import fuzz, process

    found = process.extract(words, _long(table), scorer=fuzz.WRatio, score_cutoff=SHORTLIST, limit=None)
    stripped = " ".join(word for word in words.split() if word not in NEUTRAL)
    return [*([stripped] if stripped in _known(table) else []), *(name for name, _, _ in found if len(words) > 2)]


def _closeness(words: str, name: str) -> float:
    """Return how surely words mean a known name: typing errors cost little, words that turn the meaning all."""
    from rapidfuzz import fuzz

    ours, theirs = split_words(words), split_words(name)
    if sorted(ours) == sorted(theirs):
        return 0.97
    if words.replace(" ", "") == name.replace(" ", ""):
        return 0.97
    whole = max(fuzz.ratio(words, name), fuzz.token_sort_ratio(words, name)) / 100
    left = [word for word in ours if not any(_same(word, other) for other in theirs)]
    missed = [word for word in theirs if not any(_same(word, other) for other in ours)]
    if any(word in TURNING for word in (*left, *missed)):
        return 0.0
    if not left and not missed:
        return 0.95 * max(whole, 0.9)
    if not missed and all(word in NEUTRAL for word in left):
        return 0.93
    if missed:
        # Another word instead of one of its own: only a compound such as `Mailadresse` or a typing error is near.
        return whole * 0.95 if whole >= 0.84 and len(words) > SHORT else 0.0
    strange = sum(word not in NEUTRAL for word in left) / len(ours)
    return fuzz.WRatio(words, name) / 100 * (1 - UNEXPLAINED * strange)


def _same(one: str, other: str) -> bool:
    from rapidfuzz import fuzz

    return one == other or (min(len(one), len(other)) > SHORT and fuzz.ratio(one, other) >= 84)
