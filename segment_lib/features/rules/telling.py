"""Comparisons as relative clauses: `have placed at least 3 orders`, `whose last order was more than 180 days ago`."""

from segment_lib.features.rules.clauses import Clause
from segment_lib.features.rules.comparing import Comparison, day_bound, number_bound, thing_bound
from segment_lib.features.rules.measures import Measure, measure_of, thing
from segment_lib.features.rules.nouns import Noun
from segment_lib.features.rules.rows import Rows
from segment_lib.features.rules.words import Words

_NONE = {("=", "0"), ("<=", "0"), ("<", "1"), ("in", "0")}
_SOME = {(">", "0"), (">=", "1"), ("<>", "0"), ("not in", "0")}
_EQUALITIES = ("=", "<>", "in", "not in")
_PLACES = ("country", "region", "city")


def tell_comparison(comparison: Comparison, words: Words) -> Clause:
    """Return a comparison as a clause about contacts.

    Parameters
    ----------
    comparison : `not` taken in.
    words : the language.

    Returns
    -------
    Clause
    """
    measure = measure_of(comparison.left, words)
    if measure is None:
        things = [thing(value, words) for value in comparison.right]
        text = _is(comparison, thing(comparison.left, words), thing_bound(comparison.operator, things, words), words)
        return Clause(words.say("for_whom"), text, several=True)
    texts = comparison.constants
    if texts is None:
        return _with_things(comparison, measure, words)
    if comparison.of_texts:
        return _with_texts(comparison, measure, texts, words)
    several = measure.several or (comparison.operator == "not between")
    told = _told_by_style(comparison, measure, texts, words)
    return Clause(told.pronoun, told.text, several or told.several)


def tell_rows(rows: Rows, words: Words, *, some: bool) -> Clause:
    """Return whether contacts have any of some rows: `have never placed an order`, `have placed an order`."""
    noun = rows.phrased()
    if some:
        text = words.say("a", noun)
        key = "have" if not noun.done else "did" if rows.past else "have_done"
        return Clause(words.say("who"), words.say(key, noun, what=text), rows.several)
    if not noun.done:
        key = "have_no"
    elif rows.past:
        key = "did_no"
    else:
        key = "have_never_done" if rows.all_time else "have_done_no"
    return Clause(words.say("who"), words.say(key, noun), rows.several)


def whose(noun: Noun, text: str, words: Words, *, several: bool = False) -> Clause:
    """Return a clause that begins with whose and a noun."""
    return Clause(words.say("whose", noun), text, several)


def _told_by_style(comparison: Comparison, measure: Measure, texts: list[str], words: Words) -> Clause:
    if measure.style == "count" and measure.rows:
        return _count(comparison, measure.rows, texts, words)
    if measure.style == "spent" and measure.rows:
        return _spent(comparison, measure.rows, texts, words)
    if measure.style == "months" and measure.rows:
        return _months(comparison, measure, measure.rows, texts, words)
    if measure.style == "ago" and measure.event:
        return _ago(comparison, measure.event, texts, words)
    if measure.style == "away" and measure.event:
        return _away(comparison, measure.event, texts, words)
    if measure.style == "near" and measure.event:
        bound = number_bound(comparison.operator, texts, words, lambda n: words.say("kilometres", n=words.number(n)))
        key = "near_not" if comparison.negated else "near"
        return Clause(words.say("who"), words.say(key, bound=bound, place=measure.event.singular))
    if measure.unit == "weekday" and (days := _weekdays(comparison, texts)):
        bound = words.listed([_with_unit(day, "weekday", words) for day in days])
        return whose(measure.noun, words.say("is", noun=measure.noun.singular, bound=bound), words)
    unit = measure.unit if measure.unit != "weekday" or comparison.operator in _EQUALITIES else ""
    bound = number_bound(comparison.operator, texts, words, lambda n: _with_unit(n, unit, words))
    amount = comparison.operator not in _EQUALITIES or measure.unit in ("days", "years", "share")
    return whose(measure.noun, _is(comparison, measure.noun.singular, bound, words, amount=amount), words)


def _with_unit(text: str, unit: str, words: Words) -> str:
    if unit in ("days", "years"):
        return f"{words.number(text)} {words.units(unit, text)}"
    if unit == "weekday" and text in "1234567":
        return words.say("weekday_names").split()[int(text) - 1]
    return words.share(text) if unit == "share" else words.number(text)


def _weekdays(comparison: Comparison, texts: list[str]) -> list[str]:
    """Return the days of the week that lie on one side of another; none where they are told one by one."""
    if not all(text in tuple("1234567") for text in texts):
        return []
    low, high = int(texts[0]), int(texts[-1])
    sides = {
        "<": range(1, low), "<=": range(1, low + 1), ">": range(low + 1, 8), ">=": range(low, 8),
        "between": range(low, high + 1),
    }  # fmt: skip
    return [str(day) for day in sides.get(comparison.operator, ())]


def _is(comparison: Comparison, noun: str, bound: str, words: Words, *, amount: bool = False, verb: str = "is") -> str:
    key = f"{verb}_not" if comparison.negated else verb
    return words.say(f"{key}_amount" if amount else key, noun=noun, bound=bound)


def _count(comparison: Comparison, rows: Rows, texts: list[str], words: Words) -> Clause:
    asked = (comparison.operator, texts[0])
    if asked in _NONE and len(texts) == 1:
        return tell_rows(rows, words, some=False)
    noun = rows.phrased()
    if comparison.negated and asked not in _SOME:
        listed = words.listed([words.number(text) for text in texts])
        text = words.say("number_other", noun, n=listed)
    else:
        least = asked in _SOME
        bound = _how_many(comparison, ["1"] if least else texts, noun, words, least=least)
        text = f"{bound} {noun.of_number('1' if least else texts[-1] if len(texts) == 1 else '')}"
    key = "have" if not noun.done else "did" if rows.past else "have_done"
    return Clause(words.say("who"), words.say(key, noun, what=text))


def _how_many(comparison: Comparison, texts: list[str], noun: Noun, words: Words, *, least: bool = False) -> str:
    def show(text: str) -> str:
        return words.say("one", noun) if text == "1" and len(texts) == 1 else words.number(text)

    if least:
        return words.say("at_least", n=show("1"))
    if comparison.operator == "<":
        return words.say("fewer", n=show(texts[0]))
    if comparison.operator == "not between":
        return words.say("fewer_or_more", low=words.number(texts[0]), high=words.number(texts[1]))
    if comparison.operator in ("=", "in"):
        return words.say("exactly", n=words.listed([show(text) for text in texts]))
    return number_bound(comparison.operator, texts, words, show)


def _spent(comparison: Comparison, rows: Rows, texts: list[str], words: Words) -> Clause:
    asked = (comparison.operator, texts[0])
    if comparison.operator in ("=", "<=", "in") and texts == ["0"]:
        text = words.say("spent_nothing" if rows.past else "have_spent_nothing")
    elif asked == (">", "0"):
        text = words.say("spent_some" if rows.past else "have_spent_some")
    else:
        if comparison.negated:
            bound = words.say("amount_other", n=words.listed([words.number(text) for text in texts]))
        else:
            bound = number_bound(comparison.operator, texts, words, words.number)
            bound = words.say("exactly", n=bound) if asked[0] in ("=", "in") else bound
        text = words.say("spent" if rows.past else "have_spent", bound=bound)
    if not rows.which:
        return Clause(words.say("who"), f"{text} {rows.window or words.say('in_total')}")
    on = words.say("on", what=rows.things or rows.told(rows.noun.plural))
    return Clause(words.say("who"), f"{text} {on} {rows.window if rows.things else ''}".strip())


def _months(comparison: Comparison, measure: Measure, rows: Rows, texts: list[str], words: Words) -> Clause:
    """Tell in how many of the last months something was done; the window of the rows is their number."""
    number = rows.window
    plain = Rows(rows.noun, rows.which, things=rows.things).phrased()
    if comparison.operator in ("=", ">=") and texts == [number]:
        text = words.say("regularly", plain, window=words.each_month(number))
    elif (comparison.operator, texts[0]) in _NONE and len(texts) == 1:
        within = words.days("within", f"{number} months")
        return tell_rows(Rows(rows.noun, rows.which, within, rows.things, several=rows.several), words, some=False)
    elif comparison.negated or comparison.operator == "not between" or number == "1":
        bound = number_bound(comparison.operator, texts, words, words.number)
        return whose(measure.noun, _is(comparison, measure.noun.singular, bound, words), words, several=True)
    else:
        bound = _how_many(comparison, texts, measure.noun, words)
        if comparison.operator == "between":
            bound = words.say("range", low=words.number(texts[0]), high=words.number(texts[1]))
        text = words.say("regularly", plain, window=words.say("months_of", bound=bound, n=number))
    return Clause(words.say("who"), text, rows.several)


def _ago(comparison: Comparison, event: Noun, texts: list[str], words: Words) -> Clause:
    if texts == ["0"] and comparison.operator in ("=", "in", "<=", "<>", "not in", ">"):
        off = comparison.operator in ("<>", "not in", ">")
        bound = words.say("before_today" if off else "today")
        return whose(event, words.say("was", noun=event.singular, bound=bound), words)
    bound = number_bound(comparison.operator, texts, words, lambda n: _with_unit(n, "days", words))
    text = _is(comparison, event.singular, words.say("ago", bound=bound), words, verb="was")
    return whose(event, text, words)


def _away(comparison: Comparison, day: Noun, texts: list[str], words: Words) -> Clause:
    operator, noun = comparison.operator, day.singular
    if texts == ["0"] and operator in ("<", ">="):
        return whose(day, words.say("past" if operator == "<" else "not_past", noun=noun), words)
    if texts == ["0"] and operator in ("=", "<>", ">"):
        bound = words.say("still_ahead" if operator == ">" else "today")
        return whose(day, _is(comparison, noun, bound, words, verb="falls"), words)
    if operator == "between" and texts[0] == "0" and texts[1].isdigit() and int(texts[1]) > 1:
        bound = words.from_today(f"{int(texts[1]) + 1} days")
        return whose(day, words.say("falls", noun=noun, bound=bound), words, several=True)
    bound = number_bound(operator, texts, words, lambda n: _with_unit(n, "days", words))
    key = "days_until_not" if comparison.negated else "days_until"
    return whose(day, words.say(key, noun=noun, bound=bound), words)


def _with_texts(comparison: Comparison, measure: Measure, texts: list[str], words: Words) -> Clause:
    noun, operator = measure.noun, comparison.operator
    if days := day_bound(operator, texts, words):
        verb = "was" if measure.style == "was" else "falls"
        return whose(noun, _is(comparison, noun.singular, days, words, verb=verb), words, several=measure.several)
    values = [words.value(text, measure.column) for text in texts]
    if operator in _EQUALITIES:
        listed = words.listed(values, "nor" if comparison.negated else "or")
        if measure.column in _PLACES and all(map(str.strip, texts)):
            return Clause(words.say("who"), words.say("not_in_place" if comparison.negated else "in_place", n=listed))
        return whose(noun, _is(comparison, noun.singular, listed, words), words, several=measure.several)
    keys = {"<": "text_before", ">": "text_after"}
    if operator in keys:
        return whose(noun, _is(comparison, noun.singular, words.say(keys[operator], n=values[0]), words), words)
    return whose(noun, _meet_noun(comparison, noun, values, words), words, several=True)


def _with_things(comparison: Comparison, measure: Measure, words: Words) -> Clause:
    things = [thing(value, words) for value in comparison.right]
    return whose(measure.noun, _meet_noun(comparison, measure.noun, things, words), words, several=measure.several)


def _meet_noun(comparison: Comparison, noun: Noun, things: list[str], words: Words) -> str:
    bound = thing_bound(comparison.operator, things, words)
    off = comparison.negated or comparison.operator == "not between"
    return words.say("is_not" if off else "is", noun=noun.singular, bound=bound)
