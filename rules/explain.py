"""Why a rule fires on an item, or does not: each condition with what was found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rules.conditions import Facts, Finding
from rules.evaluate import Verdict, judge
from rules.ruleset import RuleSet
from rules.snapshot import Memory, Snapshot


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one rule makes of one item. ``str()`` gives the text for people."""

    rule: str
    item: str
    """What people call the item."""
    verdict: Verdict
    findings: tuple[Finding, ...]
    """The conditions that must all hold, in the order of the file."""

    @property
    def matches(self) -> bool:
        """Whether the condition holds, fire or not."""
        return self.verdict is not Verdict.NO_MATCH

    @property
    def failed(self) -> Finding | None:
        """The first test, or choice of several, that does not hold and should; ``None`` if it matches."""
        return next((_innermost(finding) for finding in self.findings if not finding.holds), None)

    def __str__(self) -> str:
        lines = [f"rule {self.rule} on {self.item}: {self.verdict.value}"]
        for finding in self.findings:
            lines += _lines(finding, 1)
        return "\n".join(lines)


def explain(
    rules: RuleSet, snapshot: Snapshot, memory: Memory, rule_id: str | None = None
) -> list[Explanation]:
    """What each rule makes of the item, or only the rule of this id; empty if there is none.

    Rules that could never meet an item of this system are left out, unless asked for by id.
    """
    asked = rules.find(rule_id) if rule_id is not None else None
    wanted = rules.concerned(snapshot.item) if rule_id is None else [asked] if asked else []
    facts = Facts.of(snapshot)
    explanations = []
    for rule in wanted:
        verdict = judge(rule, snapshot, memory, holds=rule.when.holds(facts))
        whole = rule.when.explain(facts)
        findings = whole.parts if whole.kind == "all" else (whole,)
        explanations.append(Explanation(rule.id, str(snapshot.item.ref), verdict, findings))
    return explanations


def _innermost(finding: Finding) -> Finding:
    if finding.kind in ("all", "named"):
        return next(_innermost(part) for part in finding.parts if not part.holds)
    return finding


def _lines(finding: Finding, depth: int, *, only_failing: bool = False) -> Iterator[str]:
    """A named condition that holds needs no reasons; of one that does not, only what fails is shown."""
    if only_failing and finding.holds:
        return
    if finding.kind == "all" or (finding.kind == "named" and not finding.holds):
        for part in finding.parts:
            yield from _lines(part, depth, only_failing=only_failing or finding.kind == "named")
        return
    found = f"  ({finding.found})" if finding.found else ""
    place = "" if finding.holds else f"  <- {finding.mark.place}"
    yield f"{'  ' * depth}{'yes' if finding.holds else 'NO '} {finding.text}{found}{place}"
    if finding.kind in ("any", "none"):
        for part in finding.parts:
            yield from _lines(part, depth + 1)
