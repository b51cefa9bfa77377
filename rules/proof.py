"""Runs the tests that stand beside the rules, and finds the rules that no test fires."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.model import Item, JsonValue
from rules.cases import NOW, Case, ExpectedAction, ExpectedComment, ExpectedMirror
from rules.conditions import Facts, show
from rules.evaluate import evaluate
from rules.fields import CUSTOM, same
from rules.intents import Change, Decision, Intent, Mirror, Say
from rules.ruleset import RuleSet
from rules.snapshot import LinkedItem, Memory, Snapshot

LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)
"""In a test every rule has been in force for ever."""


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one test."""

    name: str
    place: str
    """``file:line``."""
    failures: tuple[str, ...]
    """What was expected and did not happen; empty when the test passes."""
    fired: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.failures


@dataclass(frozen=True, slots=True)
class Proof:
    """The outcome of all tests of a rule set."""

    results: tuple[Result, ...]
    untested: tuple[str, ...]
    """Ids of the rules that no test fires."""


def run_tests(rules: RuleSet) -> Proof:
    """Run every test of the rule set."""
    results = tuple(_run(rules, case) for case in rules.cases)
    fired = {rule for result in results for rule in result.fired}
    return Proof(results, tuple(rule.id for rule in rules.rules if rule.id not in fired))


def _run(rules: RuleSet, case: Case) -> Result:
    item = case.given.item()
    before = case.earlier()
    links = tuple(LinkedItem(link.type, link.item()) for link in case.links)
    decision = evaluate(rules, Snapshot(item, before, links, NOW, 1), _memory(rules, before, links))
    failures: list[str] = []
    if case.expect.fires is not None:
        missing = [rule for rule in case.expect.fires if rule not in decision.fired]
        surplus = [rule for rule in decision.fired if rule not in case.expect.fires]
        failures += [f"rule {rule} does not fire" for rule in missing]
        failures += [f"rule {rule} fires too" for rule in surplus]
    failures += _unmet(case.expect.actions, decision)
    return Result(case.name, case.mark("name").place, tuple(failures), decision.fired)


def _memory(rules: RuleSet, before: Item | None, links: tuple[LinkedItem, ...]) -> Memory:
    activated = {rule.key: LONG_AGO for rule in rules.rules}
    if before is None:
        return Memory({}, activated)
    facts = Facts(before, None, links, NOW)
    return Memory({rule.key: rule.when.holds(facts) for rule in rules.rules}, activated)


def _unmet(expected: Sequence[ExpectedAction], decision: Decision) -> list[str]:
    """What is expected and not there. Each intent meets at most one expectation."""
    left = list(decision.intents)
    failures = []
    for action in expected:
        met = next((intent for intent in left if _meets(intent, action)), None)
        if met is not None:
            left.remove(met)
            continue
        wanted = "; ".join(_told(intent) for intent in left) or "nothing"
        failures.append(f"no action like {_written(action)}; wanted was: {wanted}")
    failures += [
        f"{miss.field} could not be made: {miss.reason or show(miss.value)}" for miss in decision.unresolved
    ]
    failures += [f"rules disagree on {clash.field} of {clash.target}" for clash in decision.clashes]
    return failures


def _meets(intent: Intent, expected: ExpectedAction) -> bool:
    match intent:
        case Mirror():
            return expected.mirror is not None and _mirrors(intent, expected.mirror)
        case Say():
            on = expected.on in (None, str(intent.target))
            return on and expected.comment is not None and _says(intent, expected.comment)
        case Change(patch=patch):
            fields = expected.set or {}
            return (
                expected.on in (None, str(intent.target))
                and (expected.mirror, expected.comment) == (None, None)
                and all(
                    name in patch.fields and same(patch.fields[name], value) for name, value in fields.items()
                )
                and set(expected.add_labels or ()) <= set(patch.add_labels)
                and set(expected.remove_labels or ()) <= set(patch.remove_labels)
            )


def _mirrors(intent: Mirror, expected: ExpectedMirror) -> bool:
    containers = {expected.project, expected.repository, expected.database} - {None}
    fields: Mapping[str, JsonValue] = {
        "title": intent.title,
        "body": intent.body,
        "type": intent.type,
        "status": intent.status,
        "priority": intent.priority,
        **{f"{CUSTOM}{name}": value for name, value in intent.custom.items()},
    }
    labels = expected.fields.get("labels", [])
    return (
        expected.to in (None, intent.to)
        and containers <= {intent.container}
        and expected.type in (None, intent.type)
        and (not isinstance(labels, list) or set(labels) <= set(intent.labels))
        and all(same(fields.get(name), value) for name, value in expected.fields.items() if name != "labels")
    )


def _says(intent: Say, expected: ExpectedComment) -> bool:
    return expected.audience in (None, intent.audience) and (expected.contains or "") in intent.body


def _written(action: ExpectedAction) -> str:
    return show(action.model_dump(mode="json", exclude_defaults=True))


def _told(intent: Intent) -> str:
    match intent:
        case Mirror():
            return f"a mirror in {intent.to} {intent.container}, {show(intent.title)}"
        case Say():
            return f"a comment for {intent.audience} on {intent.target}, {show(intent.body)}"
        case Change():
            return f"{show(intent.patch.model_dump(mode='json', exclude_defaults=True))} on {intent.target}"
