"""Calls that are conditions as relative clauses: `are labelled Influencer`, `have never placed an order`."""

from collections.abc import Callable, Mapping

from sqlglot import exp

from segment_lib.features.rules.clauses import Clause
from segment_lib.features.rules.measures import measure_of, thing
from segment_lib.features.rules.names_of_columns import RELATIONSHIPS
from segment_lib.features.rules.nouns import read_noun
from segment_lib.features.rules.reading import arguments_of, name_of_call
from segment_lib.features.rules.rows import rows_of
from segment_lib.features.rules.telling import tell_rows
from segment_lib.features.rules.words import Words, plain_name

Tell = Callable[..., Clause]


def tell_call(node: exp.Expr, words: Words, tell: Tell, *, positive: bool) -> Clause | None:
    """Return a call that is true or false as a clause, or None for what is none or has no words.

    Parameters
    ----------
    node : the call.
    words : the language.
    tell : tells a condition inside it.
    positive : whether it holds, or its opposite.

    Returns
    -------
    Clause or None
    """
    name = name_of_call(node)
    plain, named = arguments_of(node)
    plain, options = [argument.unnest() for argument in plain], dict(named)
    suffix = "" if positive else "_not"
    if name in ("ever", "never") and plain:
        return tell_rows(rows_of(plain[0], options, words), words, some=positive == (name == "ever"))
    if name in _WRITERS and len(plain) >= _NEEDED.get(name, 2):
        return _WRITERS[name](plain, options, words, suffix)
    if name == "probably" and len(plain) == 2 and isinstance(plain[1], exp.Literal):
        # The noun stands alone behind `that`, as behind whose.
        inner = tell(plain[0], words, positive=True)
        text = words.say("their", noun=inner.text) if inner.pronoun != words.say("who") else inner.whole
        said = words.say(name + suffix, text=text, p=words.share(plain[1].name), n=_percent(plain[1].name, words))
        return Clause(words.say("for_whom"), said, inner.several)
    return None


def _percent(text: str, words: Words) -> str:
    """Return a part of one as a number of percent, without the sign."""
    return words.share(text).removesuffix("%").removesuffix(" %").removeprefix("un ").strip()


def _named(plain: list[exp.Expr], options: Mapping[str, exp.Expr], words: Words, key: str) -> Clause:
    return Clause(words.say("who"), words.say(key, n=words.text(plain[0].name)))


def _relationship(plain: list[exp.Expr], options: Mapping[str, exp.Expr], words: Words, suffix: str) -> Clause:
    name = plain[0].name
    known = RELATIONSHIPS.get(name)
    text = read_noun(known[words.language], words.language).plural if known else words.text(name)
    return Clause(words.say("who"), words.say(f"has_relationship{suffix}", n=text))


def _includes(plain: list[exp.Expr], options: Mapping[str, exp.Expr], words: Words, suffix: str) -> Clause:
    value = plain[1].name
    if plain[0].name == "relationships":
        return _relationship([plain[1]], options, words, suffix)
    name = plain[0].name
    among = words.say("among" if name in words.names else "among_field", n=words.names.get(name) or plain_name(name))
    return Clause(words.say("who"), words.say(f"includes{suffix}", n=words.text(value), among=among))


def _ranked(key: str) -> Callable[..., Clause]:
    def write(plain: list[exp.Expr], options: Mapping[str, exp.Expr], words: Words, suffix: str) -> Clause:
        measure = measure_of(plain[0], words)
        noun = words.say("ranked_by", noun=measure.noun.singular) if measure else thing(plain[0], words)
        number = plain[1].name if isinstance(plain[1], exp.Literal) else thing(plain[1], words)
        said = words.say(key + suffix, noun=noun, p=words.percent(number), n=words.number(number))
        return Clause(words.say("who"), said)

    return write


def _random(plain: list[exp.Expr], options: Mapping[str, exp.Expr], words: Words, suffix: str) -> Clause:
    text = words.say(f"random_percent{suffix}", p=words.percent(thing(plain[0], words)))
    if len(plain) > 1:
        text = words.say("draw", text=text, n=words.text(plain[1].name))
    return Clause(words.say("who"), text)


def _anniversary(plain: list[exp.Expr], options: Mapping[str, exp.Expr], words: Words, suffix: str) -> Clause | None:
    if "within" not in options:
        return None
    window = words.from_today(options["within"].name, "nor" if suffix else "or")
    if plain[0].name == "birth_date":
        return Clause(words.say("who"), words.say(f"birthday{suffix}", window=window))
    measure = measure_of(plain[0], words)
    noun = measure.noun.singular if measure else thing(plain[0], words)
    return Clause(words.say("who"), words.say(f"anniversary{suffix}", noun=noun, window=window))


def _regularly(plain: list[exp.Expr], options: Mapping[str, exp.Expr], words: Words, suffix: str) -> Clause:
    rows = rows_of(plain[0], options, words)
    window = words.each_month(plain[1].name)
    return Clause(words.say("who"), words.say(f"regularly{suffix}", rows.phrased(), window=window), rows.several)


def _stopped(plain: list[exp.Expr], options: Mapping[str, exp.Expr], words: Words, suffix: str) -> Clause:
    rows = rows_of(plain[0], options, words)
    window = words.days("within", plain[1].name)
    return Clause(words.say("who"), words.say(f"stopped{suffix}", rows.phrased(), window=window), several=True)


def _resumed(plain: list[exp.Expr], options: Mapping[str, exp.Expr], words: Words, suffix: str) -> Clause:
    rows = rows_of(plain[0], options, words)
    noun = rows.phrased()
    text = words.say(f"resumed{suffix}", noun, one=words.say("a", noun), silence=words.span(plain[1].name))
    return Clause(words.say("who"), text, rows.several)


def _followed_by(plain: list[exp.Expr], options: Mapping[str, exp.Expr], words: Words, suffix: str) -> Clause:
    first = rows_of(plain[0], {name: value for name, value in options.items() if name == "where"}, words)
    then = rows_of(plain[1], {"where": options["then_where"]} if "then_where" in options else {}, words)
    noun, following = first.phrased(), then.phrased()
    text = words.say(f"followed_by{suffix}", noun, one=words.say("a", noun), then=words.say("a", following))
    if "within" in options:
        text = words.say("no_later", text=text, span=words.span(options["within"].name))
    return Clause(words.say("who"), text, first.several or then.several)


_WRITERS: dict[str, Callable[..., Clause | None]] = {
    "has_label": lambda plain, options, words, suffix: _named(plain, options, words, f"has_label{suffix}"),
    "in_segment": lambda plain, options, words, suffix: _named(plain, options, words, f"in_segment{suffix}"),
    "has_relationship": _relationship,
    "includes": _includes,
    "top_percent": _ranked("top_percent"),
    "bottom_percent": _ranked("bottom_percent"),
    "random_percent": _random,
    "anniversary": _anniversary,
    "regularly": _regularly,
    "stopped": _stopped,
    "resumed": _resumed,
    "followed_by": _followed_by,
}
_NEEDED = {"has_label": 1, "in_segment": 1, "has_relationship": 1, "random_percent": 1, "anniversary": 1}
