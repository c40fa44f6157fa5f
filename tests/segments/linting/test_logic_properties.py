"""What logic says of rules holds in every table: no false alarm."""

from collections.abc import Mapping
from itertools import combinations

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_parts import COLUMNS, RULES, TYPES, everybody
from rule_strategies import cases
from rule_tables import CONTACT_COLUMNS, Tables, compiled, library_answers, named_features

from segment_lib.features.rules import CompiledRule
from segment_lib.features.rules.layout import write_inline
from segment_lib.segments import compile_views, evaluate_views
from segment_lib.segments.linting.by_logic import find_by_logic, parts_in_chains
from segment_lib.segments.linting.fields import Fields
from segment_lib.segments.linting.logic import Mode, Solver
from segment_lib.segments.linting.probes import make_probes
from segment_lib.segments.linting.reading import Rules, read_rules

EVERYBODY = everybody()
MODES: dict[Mode, tuple[bool | None, ...]] = {
    "true": (True,), "false": (False,), "not true": (False, None), "not false": (True, None),
}  # fmt: skip


def compile_few(rules: Mapping[str, str]) -> dict[str, CompiledRule]:
    return compile_views(rules, contact_columns=COLUMNS, features=())


def read_few(rules: Mapping[str, str]) -> Rules:
    return read_rules(rules, compile_all=compile_few, fields=Fields(TYPES, {}))


def answers_of(rules: Mapping[str, str]) -> pa.Table:
    return evaluate_views(EVERYBODY, compile_few(rules))


def check_findings(read: Rules, answer: "Mapping[str, str] | object") -> None:
    """Hold every finding against what `answer` says of texts: name to text gives name to a list of answers."""
    probes = make_probes(read, {})
    asked = dict(probes.texts)
    findings = find_by_logic(read)
    asked |= {
        f"part {place}": finding.part for place, finding in enumerate(findings) if finding.part not in ("", "null")
    }
    found = answer(asked)  # type: ignore[operator]
    whole = {probe.segment: found[name] for name, probe in probes.of("whole")}
    for place, finding in enumerate(findings):
        about = whole[finding.segment] if finding.severity == "error" else found.get(f"part {place}")
        told = f"{finding}\n{read.rules[finding.segment].text}"
        if finding.kind == "never true":
            assert True not in about, told
        elif finding.kind == "always true":
            assert False not in about, told
        elif finding.kind == "changes nothing":
            mine = [(name, one.node) for name, one in probes.of("without") if one.segment == finding.segment]
            without = [found[name] for name, node in mine if node is not None and write_inline(node) == finding.part]
            assert whole[finding.segment] in without, told
        else:
            assert finding.kind == "same rule"
            other = next(name for name in whole if f"`{name}`" in finding.sentence)
            assert whole[finding.segment] == whole[other], told


def few_answers(texts: Mapping[str, str]) -> dict[str, list[bool | None]]:
    table = answers_of(texts)
    return {name: table[name].to_pylist() for name in texts}


@settings(max_examples=50)
@given(st.lists(RULES, min_size=1, max_size=3))
def test_what_is_found_by_logic_holds_for_everybody(texts: list[str]) -> None:
    rules = {f"rule {place}": text for place, text in enumerate(texts)}
    check_findings(read_few(rules), few_answers)


@settings(max_examples=50)
@given(RULES)
def test_parts_that_cannot_hold_together_never_do(text: str) -> None:
    read = read_few({"one": text})
    rule, solver = read.rules["one"], Solver(read.fields.domains)
    parts = [rule.own, *(part for part, _ in parts_in_chains(rule.own))]
    texts = {str(place): write_inline(part.node) for place, part in enumerate(parts) if part.node is not None}
    texts = {place: text for place, text in texts.items() if text != "null"}
    answers = answers_of(texts)
    held = {
        (place, mode): pc.fill_null(pc.is_in(answers[place], value_set=pa.array(values, pa.bool_())), False)
        for place in texts
        for mode, values in MODES.items()
    }
    for (place, mode), column in held.items():
        if not solver.can_hold((parts[int(place)], mode)):
            assert not pc.any(column).as_py(), (texts[place], mode)
    for (one, a), (other, b) in combinations(held, 2):
        if one != other and not solver.can_hold((parts[int(one)], a), (parts[int(other)], b)):
            assert not pc.any(pc.and_(held[one, a], held[other, b])).as_py(), (texts[one], a, texts[other], b)


@settings(max_examples=15)
@given(cases(most=4))
def test_what_is_found_holds_for_rules_of_every_function(case: tuple[Tables, dict[str, str]]) -> None:
    tables, rules = case
    types = {column.name: column.type for column in CONTACT_COLUMNS}
    fields = Fields(types, {feature.name: feature for feature in named_features()})
    read = read_rules(rules, compile_all=compiled, fields=fields)

    def answer(texts: Mapping[str, str]) -> dict[str, list[bool | None]]:
        found = library_answers(tables, compiled({**rules, **texts}))
        return {name: list(answers.values()) for name, answers in found.items() if name in texts}

    check_findings(read, answer)
