"""What a rule compares, in words: columns, features and calls that give a number, a day or a text."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from segment_lib.features.rules.comparing import constant_of
from segment_lib.features.rules.layout import write_inline
from segment_lib.features.rules.names_of_columns import CONTACT_COLUMNS
from segment_lib.features.rules.names_of_features import FEATURES, SAME_AS, Style, Unit
from segment_lib.features.rules.nouns import Noun, read_noun
from segment_lib.features.rules.phrases import PHRASES
from segment_lib.features.rules.reading import arguments_of, name_of_call, read_rule
from segment_lib.features.rules.rows import Rows, rows_of
from segment_lib.features.rules.words import Words, plain_name

_OF_ORDERS = ("purchase", "refund")
_RECKONED: dict[type[exp.Expr], str] = {
    exp.Add: "sum", exp.Sub: "difference", exp.Mul: "product", exp.Div: "ratio", exp.Neg: "minus",
}  # fmt: skip


@dataclass(frozen=True)
class Measure:
    """Something of a contact that can be compared.

    Parameters
    ----------
    noun : what it is, as behind `whose`.
    style : how it is told: see `names_of_features.Style`; also spent, near and away.
    unit : of its number.
    rows : what is counted or spent on, or had last.
    event : what happened some days ago.
    column : the column of contacts that it is, if it is one.
    """

    noun: Noun
    style: Style | str = "is"
    unit: Unit | str = ""
    rows: Rows | None = None
    event: Noun | None = None
    column: str = ""
    several: bool = False


def measure_of(node: exp.Expr, words: Words) -> Measure | None:
    """Return what an expression measures, or None for what has no noun of its own.

    Parameters
    ----------
    node : a side of a comparison, without brackets.
    words : the language.

    Returns
    -------
    Measure or None

    Examples
    --------
    >>> measure_of(read_rule("average('survey', score, within => '12 months')"), Words("en", {})).noun.singular
    'average score in surveys in the last 12 months'
    """
    if isinstance(node, exp.Column):
        return _of_column(node.name, words)
    if not isinstance(node, exp.Count | exp.Anonymous):
        return None
    plain, named = arguments_of(node)
    name, options = name_of_call(node), dict(named)
    if name == "average_order":
        return _of_call("average", [exp.Literal.string("purchase"), *plain], options, words)
    return _of_call(name, plain, options, words) if plain else None


def thing(node: exp.Expr, words: Words) -> str:
    """Return an expression as a thing: `their total spend`, `0.5 times their total spend`.

    Parameters
    ----------
    node : any expression.
    words : the language.

    Returns
    -------
    str
    """
    node = node.unnest()
    if constant := constant_of(node):
        text, is_text = constant
        return (words.day(text) or words.text(text)) if is_text else words.number(text)
    if measure := measure_of(node, words):
        return words.say("their", noun=measure.noun.singular)
    if type(node) in _RECKONED:
        return _reckoned(node, words)
    if isinstance(node, exp.Boolean | exp.Null):
        return words.say(node.sql().lower())
    return words.say("quoted", n=words.text(write_inline(node)))


def _reckoned(node: exp.Expr, words: Words, *, outer: bool = False) -> str:
    """Tell a sum or a product; one that holds another, or stands in one, begins with its name, as brackets would."""
    sides = [side.unnest() for side in (node.this, node.args.get("expression")) if side is not None]
    twice = isinstance(node, exp.Mul) and constant_of(sides[1]) is not None
    if twice:
        # Twice something, rather than something times two.
        sides.reverse()
    inner = any(type(side) in _RECKONED and not constant_of(side) for side in sides)
    texts = [
        _reckoned(side, words, outer=True) if type(side) in _RECKONED and not constant_of(side) else thing(side, words)
        for side in sides
    ]
    key = _RECKONED[type(node)]
    named = (inner or outer) and not (twice and not inner) and f"outer_{key}" in PHRASES
    return words.say(f"outer_{key}" if named else key, a=texts[0], b=texts[-1])


def _of_column(name: str, words: Words) -> Measure | None:
    if name not in words.names:
        if name in SAME_AS:
            return measure_of(read_rule(SAME_AS[name]), words)
        if name in FEATURES:
            feature = FEATURES[name]
            noun = read_noun(feature.es if words.language == "es" else feature.en, words.language)
            if feature.style == "count":
                return _counted(Rows(noun, dated=any(map(str.isdigit, noun.singular))), words)
            if feature.style == "ago":
                return Measure(_days_since(noun, words), "ago", rows=None, event=noun)
            rows = Rows(words.kind(feature.kind)) if feature.kind else None
            return Measure(noun, feature.style, feature.unit, rows)
    style = "was" if name in ("birth_date", "acquired_at", "email_consent_at") else "is"
    column = name if name in CONTACT_COLUMNS else ""
    return Measure(words.column(name), style, column=column)


def _of_call(name: str, plain: list[exp.Expr], options: Mapping[str, exp.Expr], words: Words) -> Measure | None:
    if name in ("days_until", "distance_km"):
        return _of_contact(name, plain, words)
    rows = rows_of(plain[0], options, words)
    kind = plain[0].name
    column = plain[1].unnest() if len(plain) > 1 else None
    of_column = words.column(column.name, of_rows=True) if isinstance(column, exp.Column) else None
    if name == "count":
        return _counted(rows, words)
    if name == "active_months" and len(plain) > 1 and isinstance(column, exp.Literal):
        key = "months_noun_one" if column.name == "1" else "months_noun"
        text = words.say(key, rows.phrased(), n=words.number(column.name))
        return Measure(Noun(text, text), "months", rows=replace(rows, window=column.name), several=rows.several)
    if name in ("days_since", "days_since_first"):
        event = _last(rows, words, "last" if name == "days_since" else "first")
        return Measure(_days_since(event, words), "ago", rows=rows, event=event, several=rows.several)
    if name == "distinct_values" and of_column:
        pair = words.say("different", of_column, nouns=of_column.plural).split("|")
        return _valued(pair, of_column, rows, words)
    if name == "favourite" and of_column:
        return _of_rows("favourite_of", of_column, rows, words)
    if name == "share_of":
        return _share(kind, of_column, rows, words)
    if name == "total":
        return _total(kind, of_column, rows, words)
    if name in ("average", "largest", "smallest"):
        if of_column is None and kind in _OF_ORDERS:
            shaped = Noun(words.say(f"{name}_kind", rows.noun), "", rows.noun.gender)
            return Measure(_told(shaped, rows), rows=None, several=rows.several)
        return _of_rows(f"{name}_of", of_column or words.column("amount", of_rows=True), rows, words)
    return None


def _of_rows(key: str, column: Noun, rows: Rows, words: Words) -> Measure:
    """Return a measure of a column: `average score of surveys`."""
    text = words.say(key, Noun(column.singular, rows.phrased().plural, column.gender), column=column.singular)
    return Measure(Noun(text, text, column.gender), several=rows.several)


def _total(kind: str, column: Noun | None, rows: Rows, words: Words) -> Measure:
    if column is None and kind == "purchase":
        on = words.say("on", what=rows.things or rows.told(rows.noun.plural)) if rows.which else ""
        window = rows.window if rows.things or not rows.which else ""
        head = words.say("spend" if on or window else "total_spend")
        return Measure(Noun(" ".join(filter(None, [head, on, window])), ""), "spent", rows=rows, several=rows.several)
    if column is None and kind == "refund":
        return Measure(_told(Noun(words.say("refunded"), ""), rows), several=rows.several)
    column = column or words.column("amount", of_rows=True)
    return _of_rows("total_of", column, rows, words)


def _share(kind: str, column: Noun | None, rows: Rows, words: Words) -> Measure:
    several = rows.several
    if column is None and kind == "purchase":
        on = words.say("on", what=rows.things or rows.told(rows.noun.plural))
        text = words.say("share_of_spend", on=on)
        text = f"{text} {rows.window}".strip() if rows.things else text
    elif column is None:
        text = words.say("share_of_rows", what=rows.told(rows.noun.plural))
    else:
        text = words.say("share_of_column", column=column.singular, what=rows.told(rows.noun.plural))
    return Measure(Noun(text, text, "f"), unit="share", several=several)


def _of_contact(name: str, plain: list[exp.Expr], words: Words) -> Measure | None:
    if name == "days_until" and isinstance(plain[0], exp.Column):
        of_day = measure_of(plain[0], words)
        day = of_day.noun if of_day else Noun(plain_name(plain[0].name), "")
        text = words.say("days_until_noun", noun=day.singular)
        return Measure(Noun(text, text), "away", event=day)
    if name == "distance_km" and len(plain) == 4:
        a, b = (thing(argument, words) for argument in plain[2:])
        place = words.say("point", a=a, b=b)
        text = words.say("distance", place=place)
        return Measure(Noun(text, text, "f"), "near", "km", event=Noun(place, place))
    return None


def _counted(rows: Rows, words: Words) -> Measure:
    text = words.say("number_of", rows.phrased())
    return Measure(Noun(text, text), "count", rows=rows, several=rows.several)


def _valued(pair: list[str], column: Noun, rows: Rows, words: Words) -> Measure:
    """Return how many different values rows have: `different categories in their orders`."""
    singular, plural = (words.say("different_values", rows.phrased(), values=values) for values in pair)
    noun = Noun(singular, plural, column.gender)
    return replace(_counted(Rows(noun), words), several=rows.several)


def _last(rows: Rows, words: Words, key: str) -> Noun:
    text = words.say(key, Noun(rows.told(rows.noun.singular), "", rows.noun.gender))
    return Noun(text, text, rows.noun.gender)


def _days_since(event: Noun, words: Words) -> Noun:
    text = words.say("days_since_noun", noun=event.singular)
    return Noun(text, text)


def _told(noun: Noun, rows: Rows) -> Noun:
    return Noun(rows.told(noun.singular), rows.told(noun.singular), noun.gender)
