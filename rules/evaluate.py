"""One evaluation: which rules fire on a snapshot, and what they want done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from rules.actions.step import Firing
from rules.conditions import Facts
from rules.conflicts import settle
from rules.intents import Decision, Intent, Origin, Unresolved
from rules.ruleset import Rule, RuleSet
from rules.snapshot import Memory, Snapshot
from rules.templates import Unrenderable


class Verdict(Enum):
    """What becomes of a rule in one evaluation, in the words of ``why``."""

    FIRES = "matches and fires"
    FIRES_SILENTLY = "matches and fires silently, as a backfill"
    NO_MATCH = "does not match"
    HELD_BEFORE = "matches, as it did before: it fires when it becomes true"
    BASELINE = "matches, as it did when the rule came into force: it fires on what happens from then on"
    NOT_NEW = "matches, but the item is not new: it fires when an item is created"
    OURS = "matches, but the change was Loopwright's own"

    @property
    def fires(self) -> bool:
        """Whether the rule's actions are carried out."""
        return self in (Verdict.FIRES, Verdict.FIRES_SILENTLY)


def evaluate(rules: RuleSet, snapshot: Snapshot, memory: Memory) -> Decision:
    """Decide. Pure: the same arguments give the same decision."""
    return decide(rules, rules.candidates(snapshot.item), snapshot, memory)


def decide(rules: RuleSet, candidates: Iterable[Rule], snapshot: Snapshot, memory: Memory) -> Decision:
    """Decide, where only ``candidates`` can be true."""
    truths = _no_longer_true(rules, snapshot, memory)
    fired: list[str] = []
    intents: list[tuple[Intent, int]] = []
    unresolved: list[Unresolved] = []
    facts = Facts.of(snapshot)
    for rule in candidates:
        holds = rule.when.holds(facts)
        truths[rule.key] = holds and not rule.when.momentary
        verdict = judge(rule, snapshot, memory, holds=holds)
        if not verdict.fires:
            continue
        silent = verdict is Verdict.FIRES_SILENTLY
        outcome = _carry_out(rule, facts, snapshot, silent=silent)
        unresolved += outcome.unresolved
        if outcome.stopped:
            # Not true yet, so that it is tried again; but a backfill tried again would no longer be silent.
            truths[rule.key] = silent
            continue
        fired.append(rule.id)
        intents += ((intent, rule.priority) for intent in outcome.intents)
    agreed, clashes = settle(intents)
    return Decision(agreed, truths, tuple(fired), clashes, tuple(unresolved))


def judge(rule: Rule, snapshot: Snapshot, memory: Memory, *, holds: bool) -> Verdict:
    """What becomes of a rule whose condition is known to hold or not."""
    if not holds:
        return Verdict.NO_MATCH
    if snapshot.ours and not rule.on_own_changes:
        return Verdict.OURS
    if rule.when.momentary:
        return Verdict.FIRES
    held = _held(rule, memory)
    if held is None:
        since = memory.activated.get(rule.key)
        old = since is None or snapshot.item.created < _at_the_grain_of(snapshot.item.created, since)
        if not old:
            return Verdict.FIRES
        return Verdict.FIRES_SILENTLY if rule.backfill else Verdict.BASELINE
    if rule.trigger == "created":
        return Verdict.NOT_NEW
    return Verdict.HELD_BEFORE if held else Verdict.FIRES


def _at_the_grain_of(stamp: datetime, moment: datetime) -> datetime:
    """``moment`` as coarse as a tool that gives whole minutes or seconds would write it."""
    if stamp.microsecond:
        return moment
    return moment.replace(microsecond=0) if stamp.second else moment.replace(second=0, microsecond=0)


def _held(rule: Rule, memory: Memory) -> bool | None:
    """Whether the rule was true before; ``None`` when it never saw the item."""
    if rule.key in memory.truths:
        return memory.truths[rule.key]
    since = memory.activated.get(rule.key)
    if memory.evaluated is not None and since is not None and since <= memory.evaluated:
        return False
    return None


def _no_longer_true(rules: RuleSet, snapshot: Snapshot, memory: Memory) -> dict[str, bool]:
    """The truths to be kept of the rules that the item cannot meet as it stands: all false.

    When the moment of the last evaluation is known, only those that were true need saying.
    """
    concerned = rules.concerned(snapshot.item)
    if memory.evaluated is None:
        return {rule.key: False for rule in concerned}
    return {rule.key: False for rule in concerned if _held(rule, memory) is not False}


@dataclass(frozen=True, slots=True)
class _Outcome:
    intents: tuple[Intent, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()
    stopped: bool = False
    """A text could not be made: the rule does nothing now, and is tried again when the item is next seen."""


def _carry_out(rule: Rule, facts: Facts, snapshot: Snapshot, *, silent: bool) -> _Outcome:
    firing = Firing(snapshot, snapshot.item, None, rule.when.because(facts), silent)
    intents: list[Intent] = []
    unresolved: list[Unresolved] = []
    try:
        for step in rule.steps:
            for result in step(firing):
                if isinstance(result, Unresolved):
                    unresolved.append(result)
                else:
                    intents.append(result)
    except Unrenderable as error:
        origin = Origin(rule.id, "then", rule.place, firing.reason, silent)
        return _Outcome(unresolved=(Unresolved(origin, None, "text", None, str(error)),), stopped=True)
    return _Outcome(tuple(intents), tuple(unresolved))
