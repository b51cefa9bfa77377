"""Rules that want different things of one item."""

from __future__ import annotations

from rules.evaluate import evaluate
from rules.intents import Change, Decision
from tests.rules.build import TICKET, memory, rule, ruleset, snapshot


def decided(*rules: str) -> Decision:
    compiled = ruleset("rules:\n" + "".join(rules))
    return evaluate(compiled, snapshot(), memory(compiled))


def wants(id: str, then: str, priority: int = 100) -> str:
    return rule("{status: open}", then, id=id, priority=str(priority))


def patches(decision: Decision) -> list[tuple[str, dict[str, object]]]:
    changes = [intent for intent in decision.intents if isinstance(intent, Change)]
    return [(c.origin.rule, c.patch.model_dump(exclude_defaults=True)) for c in changes]


def test_the_higher_priority_wins() -> None:
    decision = decided(
        wants("low", "- set: {status: hold, priority: low}"), wants("high", "- set: {status: solved}", 200)
    )
    assert patches(decision) == [
        ("high", {"fields": {"status": "solved"}}),
        ("low", {"fields": {"priority": "low"}}),
    ]
    assert decision.clashes == ()
    assert decision.fired == ("high", "low")


def test_on_a_tie_neither_is_applied() -> None:
    decision = decided(
        wants("a", "- set: {status: hold, priority: low}"), wants("b", "- set: {status: solved}")
    )
    assert patches(decision) == [("a", {"fields": {"priority": "low"}})]
    (clash,) = decision.clashes
    assert (clash.target, clash.field) == (TICKET.ref, "status")
    assert {origin.rule for origin in clash.origins} == {"a", "b"}


def test_a_tie_below_the_winner_is_no_clash() -> None:
    decision = decided(
        wants("a", "- set: {status: hold}"),
        wants("b", "- set: {status: solved}"),
        wants("c", "- set: {status: new}", 101),
    )
    assert patches(decision) == [("c", {"fields": {"status": "new"}})]
    assert decision.clashes == ()


def test_what_two_rules_agree_on_is_done_once() -> None:
    decision = decided(wants("a", "- set: {status: hold}"), wants("b", "- set: {status: hold}"))
    assert patches(decision) == [("a", {"fields": {"status": "hold"}})]


def test_true_and_one_are_different_values() -> None:
    decision = decided(wants("a", "- set: {custom.x: true}"), wants("b", "- set: {custom.x: 1}"))
    assert [clash.field for clash in decision.clashes] == ["custom.x"]


def test_adding_and_removing_a_label_is_a_conflict() -> None:
    decision = decided(wants("a", "- add_labels: [x, y]"), wants("b", "- remove_labels: [x]"))
    assert patches(decision) == [("a", {"add_labels": ("y",)})]
    assert [clash.field for clash in decision.clashes] == ["label x"]
    won = decided(wants("a", "- add_labels: [x, y]"), wants("b", "- remove_labels: [x]", 101))
    assert patches(won) == [("b", {"remove_labels": ("x",)}), ("a", {"add_labels": ("y",)})]
