"""What is wrong with rules for the contacts that there are."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from segment_lib.features.rules.layout import write_inline
from segment_lib.features.rules.reading import name_of_call
from segment_lib.segments.linting.findings import Finding, FindingKind, place_in
from segment_lib.segments.linting.occurring import Counts
from segment_lib.segments.linting.probes import Probe, Probes, operands_of, percent_of
from segment_lib.segments.linting.questions import Question
from segment_lib.segments.linting.reading import Rules

# Of a field that is filled for fewer, most contacts are unknown.
FEWEST_FILLED = 0.05
# Ties are told where there are half as many again as asked for, and at least this many more.
TIES, FEWEST_TIES = 1.5, 5


@dataclass(frozen=True)
class Answers:
    """The answers of all probes.

    Parameters
    ----------
    read : the rules.
    probes : what was asked.
    table : a column of answers for each probe, by its name.
    """

    read: Rules
    probes: Probes
    table: pa.Table

    def of(self, name: str) -> pa.ChunkedArray:
        """Return the answers of a probe."""
        return self.table[name]

    def whole(self, segment: str) -> pa.ChunkedArray | None:
        """Return the answers of a segment's rule."""
        return next((self.of(name) for name, probe in self.probes.of("whole") if probe.segment == segment), None)

    def finding(self, probe: Probe | Question, kind: FindingKind, severity: str, sentence: str, advice: str) -> Finding:
        """Return a finding about the part that a probe is of."""
        text = self.read.rules[probe.segment].text
        part = write_inline(probe.node) if probe.node is not None else ""
        return Finding(probe.segment, kind, severity, sentence, advice, place_in(text, probe.node), part)  # type: ignore[arg-type]


def find_sizes(answers: Answers, told: Collection[Finding]) -> Iterator[Finding]:
    """Find segments of nobody or everybody, parents of nobody, and segments with the same members."""
    constant = {finding.segment for finding in told if finding.severity == "error"}
    same = {finding.segment for finding in told if finding.kind == "same rule"}
    empty_parents = {
        probe.segment for name, probe in answers.probes.of("parent") if not _true(answers.of(name))
    }  # fmt: skip
    members: dict[bytes, str] = {}
    for name, probe in answers.probes.of("whole"):
        column = answers.of(name)
        inside, unknown = _true(column), column.null_count
        if probe.segment in empty_parents:
            sentence = "nobody is in its parent, so nobody can be in it."
            yield answers.finding(probe, "empty parent", "warning", sentence, "Look at the parent's rule first.")
        elif not inside and len(column) and probe.segment not in constant:
            known = f"; for {unknown:,} contacts it is unknown" if unknown else ""
            sentence = f"nobody is in it{known}."
            yield answers.finding(probe, "empty", "warning", sentence, "See which condition lets nobody through.")
        elif inside and inside == len(column) and inside > 1 and probe.segment not in constant:
            sentence = f"all {inside:,} contacts are in it."
            yield answers.finding(probe, "everybody", "warning", sentence, "Narrow the rule, or do without it.")
        if inside:
            key = _bits(column)
            other = members.setdefault(key, probe.segment)
            if other != probe.segment and probe.segment not in same:
                sentence = f"it has the same {inside:,} members as `{other}` in these data."
                yield answers.finding(probe, "same members", "note", sentence, "Keep one, if they mean the same.")


def find_idle(answers: Answers, told: Collection[Finding]) -> Iterator[Finding]:
    """Find conditions without which the same contacts would be in, unless something else was said of them."""
    kinds = ("never true", "always true", "changes nothing", "never occurs", "undefined label")
    said = {(finding.segment, finding.part) for finding in told if finding.kind in kinds and finding.part}
    shown: list[tuple[str, exp.Expr]] = []
    for name, probe in answers.probes.of("without"):
        whole, node = answers.whole(probe.segment), probe.node
        if whole is None or node is None or not _true(whole):
            continue
        if any(segment == probe.segment and _contains(outer, node) for segment, outer in shown):
            continue
        if any(segment == probe.segment and part in write_inline(node) for segment, part in said):
            continue
        if answers.of(name).equals(whole):
            shown.append((probe.segment, node))
            sentence = f"without `{_short(node)}` the same {_true(whole):,} contacts are in it in these data."
            yield answers.finding(probe, "changes nothing", "note", sentence, "Remove it, if that is always so.")


def find_lost_unknowns(answers: Answers) -> Iterator[Finding]:
    """Find negations that leave contacts out only because a field of theirs is empty."""
    pairs = {(probe.segment, probe.number): name for name, probe in answers.probes.of("if")}
    for name, probe in answers.probes.of("negation"):
        other, whole = pairs.get((probe.segment, probe.number)), answers.whole(probe.segment)
        if other is None or whole is None or probe.node is None:
            continue
        unknown = pc.and_(pc.is_null(answers.of(name)), pc.fill_null(answers.of(other), False))
        lost = _true(pc.and_(unknown, pc.invert(pc.fill_null(whole, False))))
        if lost:
            operands, text = operands_of(probe.node), _short(probe.node)
            empty = " or ".join(f"`{operand}`" for operand in operands)
            who = "1 contact, who is" if lost == 1 else f"{lost:,} contacts, who are"
            sentence = f"`{text}` is unknown for {who} left out: {empty} is empty."
            yield answers.finding(probe, "leaves out unknowns", "warning", sentence, _mended(probe.node, operands))


def find_alone(answers: Answers, labels: Collection[str] | None) -> Iterator[Finding]:
    """Find labels that nobody carries or nothing defines, and ties that make a part of contacts larger."""
    for name, probe in answers.probes.of("alone"):
        column, node = answers.of(name), probe.node
        assert node is not None
        what, text, inside = name_of_call(node), _short(node), _true(column)
        if what == "has_label" and labels is not None and _last_text(node) not in labels:
            sentence = f"labels.yml does not define the label `{_last_text(node)}`."
            yield answers.finding(probe, "undefined label", "warning", sentence, "Define it, or correct its name.")
        if what in ("top_percent", "bottom_percent"):
            known = len(column) - column.null_count
            asked = -(-known * percent_of(node) // 100)
            if inside > TIES * asked and inside >= asked + FEWEST_TIES:
                share = f"{100 * inside / known:.0f}%"
                sentence = f"`{text}` holds {inside:,} contacts ({share} of those with a value): many are equal."
                yield answers.finding(probe, "ties", "warning", sentence, "Compare with a number of your own instead.")
        elif not inside and len(column):
            nobody = {"has_label": "nobody carries the label", "includes": "no list holds"}.get(what, "nobody is a")
            sentence = f"{nobody} `{_last_text(node)}`."
            if what == "has_label" and labels is not None and _last_text(node) in labels:
                # It may be put on by hand any day.
                advice = "It is defined, so the name is right: put it on, or remove it."
                yield answers.finding(probe, "never occurs", "note", sentence, advice)
                continue
            yield answers.finding(probe, "never occurs", "warning", sentence, "Correct the name, or remove it.")


def find_missing(
    answers: Answers, questions: Collection[Question], counts: Counts, nearest: Mapping[Question, str]
) -> Iterator[Finding]:
    """Find kinds and values that never occur, and fields that are nearly empty."""
    for one in questions:
        number, rows = counts[one.key], counts[one.table, "", one.kind, None, ""]
        near = f" Did you mean '{nearest[one]}'?" if one in nearest else ""
        if not one.column:
            if not number:
                sentence = f"there is no interaction of the kind '{one.kind}'.{near}"
                yield answers.finding(
                    one, "never occurs", "warning", sentence, "Correct it, or import such interactions."
                )
            continue
        if not rows:
            continue
        of = f" of {one.kind}" if one.kind else ""
        filled = counts.get((one.table, one.column, one.kind, None, ""))
        if one.value is None:
            if number < FEWEST_FILLED * rows:
                what = "interactions" if one.table == "interactions" else "contacts"
                much = f"filled for {number:,} of {rows:,} {what}{of}" if number else f"empty for all {what}{of}"
                sentence = f"`{one.written}` is {much}."
                yield answers.finding(
                    one, "nearly empty field", "warning", sentence, "Do not build on it before it is filled."
                )
        elif not number and filled != 0:
            verb = "matches nothing" if one.pattern else "never occurs"
            sentence = f"'{one.value}' {verb} in `{one.written}`{of}.{near}"
            severity = "warning" if near or one.alone else "note"
            yield answers.finding(one, "never occurs", severity, sentence, "Correct it, or wait until it does.")


def _mended(node: exp.Expr, operands: list[str]) -> str:
    if len(operands) == 1:
        return f"If they are meant too, write `({_short(node)} or {operands[0]} is null)`."
    turned = node.this if isinstance(node, exp.Not) else node
    return f"If they are meant too, ask whether the opposite `is not true`: `({_short(turned)}) is not true`."


def _true(column: pa.ChunkedArray) -> int:
    return int(pc.sum(column).as_py() or 0)


def _bits(column: pa.ChunkedArray) -> bytes:
    values = pc.fill_null(column, False).combine_chunks()
    return bytes(values.to_numpy(zero_copy_only=False).tobytes())


def _contains(outer: exp.Expr, inner: exp.Expr) -> bool:
    return any(node is inner for node in outer.walk())


def _last_text(node: exp.Expr) -> str:
    return [text.name for text in node.find_all(exp.Literal) if text.is_string][-1]


def _short(node: exp.Expr) -> str:
    text = write_inline(node)
    return text if len(text) <= 80 else f"{text[:78].rstrip()} …"
