"""What is wrong with rules whoever the contacts are."""

from collections.abc import Iterator, Mapping
from itertools import combinations

from segment_lib.features.rules.layout import write_inline
from segment_lib.segments.linting.findings import Finding, place_in
from segment_lib.segments.linting.logic import (
    Chain,
    Condition,
    Known,
    Settled,
    Solver,
    Turned,
    exchanged,
    same_answers,
    subjects_of,
)
from segment_lib.segments.linting.reading import Rule, Rules

LONGEST = 80


def find_by_logic(read: Rules) -> list[Finding]:
    """Find what is wrong with rules whatever the data are.

    Parameters
    ----------
    read : the rules.

    Returns
    -------
    list of Finding
        Rules and parts that are never or always true, conditions that another one implies, and equal rules.
    """
    found: list[Finding] = []
    constant = set()
    for name, rule in read.rules.items():
        solver = Solver(read.fields.domains)
        told = list(_constants(solver, name, rule))
        if told:
            constant.add(name)
        found += told or list(_idle_parts(solver, name, rule))
    return found + list(
        _equal_rules(Solver(read.fields.domains), {n: r for n, r in read.rules.items() if n not in constant})
    )


def parts_in_chains(condition: Condition) -> Iterator[tuple[Condition, str]]:
    """Yield the parts of a rule's own text that `and` or `or` joins, each with that word: the outer ones first.

    Parameters
    ----------
    condition : of the rule's own text.

    Yields
    ------
    tuple of Condition and str
    """
    waiting = [condition]
    while waiting:
        one = waiting.pop(0)
        # A chain of one part is another segment's rule.
        if isinstance(one, Chain) and len(one.joined) > 1:
            inside = [part for part in one.joined if part.node is not None]
            yield from ((part, one.word) for part in inside)
            waiting += inside
        elif isinstance(one, Turned | Settled):
            waiting += one.parts


def _constants(solver: Solver, name: str, rule: Rule) -> Iterator[Finding]:
    """Find a whole rule that is never or always true."""
    if not solver.can_hold((rule.whole, "true")):
        conflict = _conflict(solver, rule.whole)
        mine = [part for part in conflict if part.node is not None and _is_of(rule, part)]
        parents = [part for part in conflict if part.node is not None and not _is_of(rule, part)]
        what = [f"`{_short(part)}`" for part in mine] + [f"`{_short(part)}` of its parent" for part in parents]
        sentence = "nobody can be in it: its rule is never true."
        if len(what) > 1:
            sentence = f"nobody can be in it: {' and '.join(what)} exclude one another."
        last = mine[-1] if mine else rule.own
        advice = "Correct one of them, or join them by `or`." if len(conflict) > 1 else "Correct the rule."
        yield Finding(name, "never true", "error", sentence, advice, place_in(rule.text, last.node), _written(last))
    elif not solver.can_hold((rule.whole, "false")):
        unknown = solver.can_hold((rule.whole, "not true"))
        but = " for whom it is not unknown" if unknown else ""
        advice = "Narrow the rule" + (", or ask `is not null`, if that is meant." if unknown else ".")
        place = place_in(rule.text, rule.own.node)
        yield Finding(name, "always true", "error", f"everybody{but} is in it.", advice, place, _written(rule.own))


def _is_of(rule: Rule, part: Condition) -> bool:
    """Tell whether a part stands in the rule's own text, not in that of its parent."""
    return any(node is part.node for node in rule.tree.walk())


def _idle_parts(solver: Solver, name: str, rule: Rule) -> Iterator[Finding]:
    """Find parts that are never or always true, and such as change nothing."""
    own = rule.whole
    told: list[Condition] = []
    for part, _ in parts_in_chains(rule.own):
        if isinstance(part, Known) or any(_is_inside(part, outer) for outer in told):
            continue
        text, place = _short(part), place_in(rule.text, part.node)
        if not solver.can_hold((part, "true")):
            told.append(part)
            sentence = f"`{text}` is never true."
            yield Finding(name, "never true", "warning", sentence, "Correct or remove it.", place, _written(part))
        elif not solver.can_hold((part, "false")):
            told.append(part)
            but = " where it is known" if solver.can_hold((part, "not true")) else ""
            sentence = f"`{text}` is always true{but}."
            yield Finding(name, "always true", "warning", sentence, "Correct or remove it.", place, _written(part))
    for part, word in _later_first(rule.own):
        if isinstance(part, Known) or any(_is_inside(part, one) or _is_inside(one, part) for one in told):
            continue
        without, alone = (exchanged(one, part, Known(word == "and")) for one in (own, rule.whole))
        if same_answers(solver, own, without) and same_answers(solver, rule.whole, alone):
            told.append(part)
            reason = _reason(solver, rule, part, word)
            own = without
            sentence = f"`{_short(part)}` changes nothing{reason}."
            place = place_in(rule.text, part.node)
            advice = "Remove it, or correct one of the two."
            yield Finding(name, "changes nothing", "warning", sentence, advice, place, _written(part))


def _later_first(condition: Condition) -> list[tuple[Condition, str]]:
    """Return the outer parts before the inner ones, and of a chain the last first: of two equal ones it is too many."""
    found = list(parts_in_chains(condition))
    places = {id(part): (_depth(condition, part), -place) for place, (part, _) in enumerate(found)}
    return sorted(found, key=lambda pair: places[id(pair[0])])


def _depth(condition: Condition, part: Condition) -> int:
    depth, layer = 0, [condition]
    while layer and not any(one is part for one in layer):
        depth, layer = depth + 1, [inner for one in layer for inner in one.parts]
    return depth


def _reason(solver: Solver, rule: Rule, part: Condition, word: str) -> str:
    """Name the condition that makes another one idle."""
    for chain in _chains(rule.whole):
        if any(one is part for one in chain.joined):
            for other in chain.joined:
                if other is not part and other.node is not None:
                    joined = Chain(chain.word, (other, part))
                    if same_answers(solver, joined, other):
                        if _written(other) == _written(part):
                            return ": it stands there twice"
                        more = "asks for as much or more" if word == "and" else "lets as many or more through"
                        return f": `{_short(other)}` {more}"
    return ": the other conditions see to it"


def _chains(condition: Condition) -> Iterator[Chain]:
    waiting = [condition]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Chain):
            yield one
        waiting += one.parts


def _equal_rules(solver: Solver, rules: Mapping[str, Rule]) -> Iterator[Finding]:
    subjects = {name: subjects_of(rule.whole) for name, rule in rules.items()}
    told = set()
    for one, other in combinations(rules, 2):
        if other in told or subjects[one] != subjects[other]:
            continue
        if same_answers(solver, rules[one].whole, rules[other].whole):
            told.add(other)
            sentence = f"its rule has the same answers as that of `{one}`, whoever the contacts are."
            yield Finding(other, "same rule", "warning", sentence, "Keep one of the two.")


def _conflict(solver: Solver, condition: Condition) -> list[Condition]:
    """Return the fewest of the conditions joined by `and` that cannot hold together."""
    parts: list[Condition] = []
    waiting = [condition]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, Chain) and one.word == "and" and (len(one.joined) > 1 and _in_text(one)):
            waiting[:0] = one.joined
        else:
            parts.append(one)
    for part in list(parts):
        fewer = [one for one in parts if one is not part]
        if fewer and not solver.can_hold(*((one, "true") for one in fewer)):
            parts = fewer
    return parts


def _in_text(chain: Chain) -> bool:
    return any(part.node is not None for part in chain.joined)


def _is_inside(part: Condition, outer: Condition) -> bool:
    waiting = [outer]
    while waiting:
        one = waiting.pop()
        if one is part:
            return True
        waiting += one.parts
    return False


def _written(condition: Condition) -> str:
    return write_inline(condition.node) if condition.node is not None else ""


def _short(condition: Condition) -> str:
    text = _written(condition)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 2].rstrip()} …"
