"""A rule as one sentence that can be read aloud."""

from collections.abc import Mapping

from sqlglot import exp

from segment_lib.checks import check_option
from segment_lib.errors import InvalidRule, list_names, suggest
from segment_lib.features.rules.clauses import Clause, join_all, join_any
from segment_lib.features.rules.comparing import constant_of, read_comparison
from segment_lib.features.rules.functions import FUNCTION_NAMES
from segment_lib.features.rules.layout import write_inline
from segment_lib.features.rules.measures import Measure, measure_of
from segment_lib.features.rules.nouns import LANGUAGES, Language
from segment_lib.features.rules.reading import links_of, name_of_call, read_rule
from segment_lib.features.rules.telling import tell_comparison, tell_rows, whose
from segment_lib.features.rules.telling_calls import tell_call
from segment_lib.features.rules.words import Words, plain_name

_CONSENTS = ("email_consent", "phone_consent", "sms_consent")


def describe(rule: str, *, language: Language = "en", names: Mapping[str, str] | None = None) -> str:
    """Return a rule as one sentence that a person who reads no rules understands.

    Parameters
    ----------
    rule : the rule; its columns need not be known.
    language : en or es.
    names : what custom fields, features of your own and kinds of interactions are called in that language, in the
        singular. Those that are not there are called by their name with blanks for `_`.

    Returns
    -------
    str
        It begins with Contacts (Contactos) and ends with a full stop.

    Raises
    ------
    InvalidRule
        The rule does not parse, or calls a function that there is not.
    InvalidOption
        There are no phrases of that language.

    Notes
    -----
    `not` before brackets is told of each part, which changes no answer. Money has no sign of a currency.

    Examples
    --------
    >>> describe("country in ('ES', 'PT') and total_spend > 500")
    'Contacts who are in Spain or Portugal and have spent more than 500 in total.'
    >>> describe("count('purchase', within => '90 days') >= 3 and not has_label('Influencer')", language="es")
    'Contactos que han hecho al menos 3 pedidos en los últimos 90 días y no llevan la etiqueta Influencer.'
    >>> describe("days_since('training') > 30 or never('training')", names={"training": "course"})
    'Contacts either whose last course was more than 30 days ago or who have never had a course.'
    """
    check_option(language, LANGUAGES, name="language")
    tree = read_rule(rule)
    for call in tree.find_all(exp.Anonymous):
        if (name := name_of_call(call)) not in FUNCTION_NAMES:
            hint = f"Functions: {list_names(FUNCTION_NAMES)}.{suggest(name, FUNCTION_NAMES)}"
            raise InvalidRule(f"can't find a function `{name}`. {hint}")
    words = Words(language, dict(names or {}))
    node = tree.unnest()
    if isinstance(node, exp.Boolean):
        return words.say("sentence", what=words.say("everybody" if node.this else "nobody"))
    return words.say("sentence", what=_tell(node, words, positive=True, depth=0).whole)


def _tell(node: exp.Expr, words: Words, *, positive: bool, depth: int = 1) -> Clause:
    """Tell a condition, or its opposite, as a clause."""
    every, parts = links_of(node, positive=positive)
    if len(parts) > 1:
        unique = list(dict.fromkeys(_tell(part, words, positive=holds, depth=depth + 1) for part, holds in parts))
        return join_all(unique, words, depth=depth) if every else join_any(unique, words, depth=depth)
    node, positive = parts[0]
    if isinstance(node, exp.Like | exp.ILike):
        return _like(node, words, positive=positive != bool(node.args.get("negate")))
    if isinstance(node, exp.Is):
        return _is(node, words, positive=positive)
    if isinstance(node, exp.Count | exp.Anonymous):
        told = tell_call(node, words, _tell, positive=positive)
        return told or _plain(node, words, positive=positive)
    if isinstance(node, exp.Column):
        return _flag(node.name, words, positive=positive)
    comparison = read_comparison(node, positive=positive)
    if comparison is None:
        return _plain(node, words, positive=positive)
    if isinstance(comparison.right[0].unnest(), exp.Boolean) and comparison.operator in ("=", "<>"):
        # `email_consent = true` is `email_consent`.
        holds = bool(comparison.right[0].unnest().this) == (comparison.operator == "=")
        return _tell(comparison.left, words, positive=holds)
    return tell_comparison(comparison, words)


def _plain(node: exp.Expr, words: Words, *, positive: bool) -> Clause:
    key = "condition" if positive else "condition_not"
    return Clause(words.say("who"), words.say(key, n=words.text(write_inline(node))))


def _flag(name: str, words: Words, *, positive: bool) -> Clause:
    suffix = "" if positive else "_not"
    if name in _CONSENTS and name not in words.names:
        return Clause(words.say("who"), words.say(name + suffix))
    called = words.names.get(name) or plain_name(name).removeprefix("is ")
    return Clause(words.say("who"), words.say(f"flag{suffix}", n=called))


def _is(node: exp.Is, words: Words, *, positive: bool) -> Clause:
    inner = node.this.unnest()
    if isinstance(node.expression, exp.Boolean):
        # Where it is unknown, `is not true` holds.
        told = _tell(inner, words, positive=bool(node.expression.this) == positive)
        return told if positive else Clause(told.pronoun, words.say("or_unknown", text=told.text), several=True)
    if not isinstance(node.expression, exp.Null):
        return _plain(node, words, positive=positive)
    measure = measure_of(inner, words)
    if measure is None:
        key = "condition_unknown" if positive else "condition_known"
        return Clause(words.say("for_whom"), words.say(key, n=words.text(write_inline(inner))))
    return _empty(measure, words, positive=positive)


def _empty(measure: Measure, words: Words, *, positive: bool) -> Clause:
    """Tell that a measure is empty: who never ordered has no last order."""
    if measure.style in ("ago", "was") and measure.rows:
        return tell_rows(measure.rows, words, some=not positive)
    noun = measure.event if measure.style in ("ago", "away") and measure.event else measure.noun
    if measure.style in ("is", "was", "ago", "away") and measure.column not in _CONSENTS:
        return Clause(words.say("who"), words.say("without" if positive else "with_a", noun), measure.several)
    text = words.say("unknown" if positive else "known", noun=noun.singular)
    return whose(noun, text, words, several=measure.several)


def _like(node: exp.Expr, words: Words, *, positive: bool) -> Clause:
    measure, pattern = measure_of(node.this.unnest(), words), constant_of(node.expression)
    if measure is None or pattern is None:
        return _plain(node, words, positive=positive)
    text = pattern[0]
    core = text.strip("%")
    if not core or "%" in core or "_" in core or core == text:
        key, core = "like", text
    else:
        key = "contains" if text[0] == text[-1] == "%" else "ends" if text[0] == "%" else "starts"
    said = words.say(key if positive else f"{key}_not", noun=measure.noun.singular, n=words.text(core))
    if isinstance(node, exp.ILike):
        said = words.say("any_capitals", text=said)
    return whose(measure.noun, said, words, several=measure.several)
