"""When a rule fires: on becoming true, on creation, in a backfill, on a change, on our own writes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rules.evaluate import evaluate
from rules.intents import Change, Mirror, Say
from rules.ruleset import RuleSet
from rules.snapshot import Memory
from tests.rules.build import ACTIVATED, ISSUE, NOW, TICKET, changed, memory, rule, ruleset, snapshot

OLD = changed(TICKET, created=ACTIVATED - timedelta(days=30))
CLOSED = changed(TICKET, status="closed")


def one(when: str = "{status: open}", then: str = "- add_labels: [seen]", **settings: str) -> RuleSet:
    return ruleset("rules:\n" + rule(when, then, **settings))


def key(rules: RuleSet) -> str:
    return rules.rules[0].key


def test_fires_on_a_new_item_that_is_true_at_once() -> None:
    rules = one()
    decision = evaluate(rules, snapshot(), memory(rules))
    assert decision.fired == ("it",)
    assert decision.truths == {key(rules): True}


def test_fires_when_false_becomes_true() -> None:
    rules = one()
    assert evaluate(rules, snapshot(OLD), memory(rules, {key(rules): False})).fired == ("it",)


def test_does_not_fire_while_it_stays_true() -> None:
    rules = one()
    decision = evaluate(rules, snapshot(), memory(rules, {key(rules): True}))
    assert decision.fired == ()
    assert decision.truths == {key(rules): True}


def test_fires_again_after_it_was_false() -> None:
    rules = one()
    gone = evaluate(rules, snapshot(CLOSED), memory(rules, {key(rules): True}))
    assert gone.truths == {key(rules): False}
    assert evaluate(rules, snapshot(), memory(rules, dict(gone.truths))).fired == ("it",)


def test_what_was_there_before_the_rule_is_its_baseline() -> None:
    rules = one()
    decision = evaluate(rules, snapshot(OLD), memory(rules))
    assert decision.fired == ()
    assert decision.truths == {key(rules): True}


def test_what_was_created_in_the_moment_of_the_rule_is_new() -> None:
    rules = one()
    assert evaluate(rules, snapshot(changed(TICKET, created=ACTIVATED)), memory(rules)).fired == ("it",)


def test_a_rule_that_was_never_put_into_force_fires_on_nothing() -> None:
    assert evaluate(one(), snapshot(), Memory()).fired == ()


def test_an_old_item_that_becomes_true_later_fires_even_if_an_index_passed_over_it_before() -> None:
    rules = one("{labels: {has: bug}}")
    before = evaluate(rules, snapshot(changed(OLD, labels=())), memory(rules))
    assert before.truths == {key(rules): False}
    assert evaluate(rules, snapshot(OLD), memory(rules, dict(before.truths))).fired == ("it",)


def test_only_what_is_true_need_be_stored_when_the_last_evaluation_is_known() -> None:
    rules = one("{labels: {has: bug}}")
    seen = Memory({}, memory(rules).activated, evaluated=ACTIVATED + timedelta(hours=1))
    assert evaluate(rules, snapshot(changed(OLD, labels=())), seen).truths == {}
    assert evaluate(rules, snapshot(OLD), seen).fired == ("it",)


def test_an_evaluation_before_the_rule_was_in_force_says_nothing_about_it() -> None:
    rules = one()
    seen = Memory({}, memory(rules).activated, evaluated=ACTIVATED - timedelta(hours=1))
    decision = evaluate(rules, snapshot(OLD), seen)
    assert decision.fired == ()
    assert decision.truths == {key(rules): True}


TELL_AND_MIRROR = """
    - mirror: {to: jira, project: ENG}
    - add_labels: [in-jira]
    - comment: {text: Hello}
"""


def test_a_backfill_fires_silently() -> None:
    rules = one(then=TELL_AND_MIRROR, backfill="true")
    mirror, change = evaluate(rules, snapshot(OLD), memory(rules)).intents
    assert isinstance(mirror, Mirror)
    assert mirror.origin.silent
    assert isinstance(change, Change)


def test_a_rule_with_backfill_is_loud_on_what_is_new() -> None:
    rules = one(then=TELL_AND_MIRROR, backfill="true")
    mirror, _, said = evaluate(rules, snapshot(), memory(rules)).intents
    assert isinstance(mirror, Mirror)
    assert not mirror.origin.silent
    assert isinstance(said, Say)


def test_created_fires_once_and_only_on_what_is_new() -> None:
    rules = one(trigger="created")
    assert evaluate(rules, snapshot(), memory(rules)).fired == ("it",)
    assert evaluate(rules, snapshot(OLD), memory(rules)).fired == ()
    assert evaluate(rules, snapshot(), memory(rules, {key(rules): True})).fired == ()


def test_created_does_not_fire_when_it_becomes_true_later() -> None:
    rules = one(trigger="created")
    born = evaluate(rules, snapshot(CLOSED), memory(rules))
    assert evaluate(rules, snapshot(), memory(rules, dict(born.truths))).fired == ()


MOVED = changed(ISSUE, status="In Progress")


def test_a_condition_on_a_change_fires_at_each_change() -> None:
    rules = one("{status: {changed: true}}")
    moved = evaluate(rules, snapshot(ISSUE, before=MOVED), memory(rules))
    assert moved.fired == ("it",)
    assert moved.truths == {key(rules): False}, "a change is no state to be remembered"
    assert evaluate(rules, snapshot(MOVED, before=ISSUE), memory(rules, dict(moved.truths))).fired == ("it",)
    assert evaluate(rules, snapshot(ISSUE, before=ISSUE), memory(rules, dict(moved.truths))).fired == ()


def test_a_condition_on_a_change_fires_on_old_items_and_not_at_first_sight() -> None:
    rules = one("{status: {changed_to: In Review}}")
    old = changed(ISSUE, created=ACTIVATED - timedelta(days=9))
    assert evaluate(rules, snapshot(old, before=changed(old, status="To Do")), memory(rules)).fired == ("it",)
    assert evaluate(rules, snapshot(old), memory(rules)).fired == ()


def test_a_named_condition_on_a_change_is_momentary_too() -> None:
    rules = ruleset(
        "conditions:\n  moved: {status: {changed: true}}\nrules:\n" + rule("{system: jira, meets: moved}")
    )
    truths = {key(rules): True}
    assert evaluate(rules, snapshot(ISSUE, before=MOVED), memory(rules, truths)).fired == ("it",)


def test_our_own_change_fires_nothing_but_is_remembered() -> None:
    rules = one()
    decision = evaluate(rules, snapshot(ours=True), memory(rules, {key(rules): False}))
    assert decision.fired == ()
    assert decision.truths == {key(rules): True}


def test_our_own_change_fires_rules_that_ask_for_it() -> None:
    rules = one(on_own_changes="true")
    assert evaluate(rules, snapshot(ours=True), memory(rules)).fired == ("it",)


def test_a_text_that_cannot_be_made_stops_the_rule_until_it_can() -> None:
    rules = one(then="- add_labels: [told]\n- comment: {text: 'For {{ item.organization.name }}'}")
    alone = changed(TICKET, organization=None)
    decision = evaluate(rules, snapshot(alone), memory(rules))
    assert decision.intents == ()
    assert decision.fired == ()
    (miss,) = decision.unresolved
    assert miss.reason.startswith("item.organization.name has no value here")
    assert evaluate(rules, snapshot(), memory(rules, dict(decision.truths))).fired == ("it",)


def test_a_backfill_that_was_stopped_is_not_made_up_for_loudly() -> None:
    rules = one(then="- add_labels: ['{{ item.type }}']", backfill="true")
    stopped = evaluate(rules, snapshot(OLD), memory(rules))
    assert stopped.fired == ()
    bug = changed(OLD, type="Bug")
    assert evaluate(rules, snapshot(bug), memory(rules, dict(stopped.truths))).fired == ()


def test_the_key_of_a_rule_follows_the_meaning_of_its_condition() -> None:
    def key_of(conditions: str, when: str, **settings: str) -> str:
        return key(ruleset(f"conditions:\n  {conditions}\nrules:\n" + rule(when, **settings)))

    plain = key_of("a: {status: open}", "{meets: a}")
    assert plain.startswith("it:")
    assert key_of("b: {status: open}", "{meets: b}") == plain
    assert key_of("b: {status: open}", "{status: {is: open}}", priority="7") == plain
    assert key_of("a: {status: new}", "{meets: a}") != plain
    assert key_of("a: {status: open}", "{meets: a}", trigger="created") != plain


@pytest.mark.parametrize("system", ["jira", "github"])
def test_rules_for_other_systems_leave_no_trace(system: str) -> None:
    rules = one("{system: zendesk}")
    decision = evaluate(rules, snapshot(changed(TICKET, system=system)), memory(rules))
    assert decision.truths == {}


def test_evaluation_is_pure() -> None:
    rules = one(then=TELL_AND_MIRROR)
    assert evaluate(rules, snapshot(now=NOW), memory(rules)) == evaluate(
        rules, snapshot(now=NOW), memory(rules)
    )
