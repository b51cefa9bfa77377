"""Caps: a rule that causes more within an hour than ordinary work does is stopped, and people are asked.

Nothing is lost: what is over the cap is held in its place, with all that comes after it on the same item. A
write is counted in the transaction that enqueues it: once, however often it is tried.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy import Connection

from connectors.model import Ref
from rules.caps import Caps
from rules.ruleset import RuleSet
from sync.store import caps, effects, held, journal, links, notices
from sync.store.caps import ALL_RULES, HOUR, Cap, Count
from sync.store.database import Store
from sync.store.effects import Effect, State
from sync.store.journal import Entry
from sync.store.notices import Matter
from sync.store.work import Caused

log = logging.getLogger("loopwright")


class NothingHeld(Exception):
    """No cap holds anything of this rule: the message says of which rules one does."""


# -- holding back ----------------------------------------------------------------------------------------


def hold_back(tx: Connection, caused: Sequence[Caused], rules: RuleSet, general: Caps, now: float) -> None:
    """Count what rules caused in this transaction, and hold what is over a cap."""
    over = _over(tx, caused, rules, general, now) if caused else {}
    for id, reason in over.items():
        if held.hold(tx, id, reason) and (effect := effects.get(tx, id)):
            _note(tx, effect, Entry.HELD, now)


def reconsider(tx: Connection, rules: RuleSet, general: Caps, now: float) -> None:
    """A cap that was raised since it was reached lets go as much as there is room for now."""
    raised = [
        one for one in caps.reached(tx) if _limit(rules.caps(one.rule, general), one) > (one.reached or 0)
    ]
    for one in raised:
        one.reached = one.since = None
        notices.withdraw(tx, Matter.CAPPED, _about(one.rule), one.cap)
    caps.put(tx, raised)
    everybody = any(one.rule == ALL_RULES for one in raised)
    rules_let_go = [None] if everybody else sorted({one.rule for one in raised})
    found = [effect for rule in rules_let_go for effect in held.all_of(tx, rule)]
    again = [effects.weighed(effect.id, effect.kind, effect.payload, effect.origin) for effect in found]
    over = _over(tx, again, rules, general, now) if again else {}
    for effect in found:
        if effect.id not in over:
            _let_go(tx, effect, now)


def _over(
    tx: Connection, caused: Sequence[Caused], rules: RuleSet, general: Caps, now: float
) -> dict[int, str]:
    """Count these writes; those that are over a cap, each with the reason for people."""
    counts = caps.of(tx, {ALL_RULES, *(one.rule for one in caused)})
    over: dict[int, str] = {}
    for one in caused:
        limits = rules.caps(one.rule, general)
        mine = [_count(counts, one, cap, now) for cap in _counts_towards(one)]
        for count in mine:
            if count.reached is None and count.spent >= _limit(limits, count):
                _reach(tx, count, _limit(limits, count), now)
        known = [counts[key] for key in _stopped_by(one) if key in counts]
        if reached := [count for count in known if count.reached is not None]:
            over[one.id] = _reason(reached[0])
        else:
            for count in mine:
                count.spent += 1
    caps.put(tx, counts.values())
    return over


def _counts_towards(one: Caused) -> tuple[Cap, ...]:
    if one.backfill:
        return (Cap.BACKFILL,)
    return (Cap.CUSTOMER_COMMENTS, Cap.EFFECTS, Cap.ALL_RULES) if one.told else (Cap.EFFECTS, Cap.ALL_RULES)


def _stopped_by(one: Caused) -> list[tuple[str, Cap]]:
    """A rule that told customers too much is stopped as a whole; a backfill holds up nothing but itself."""
    if one.backfill:
        return [(one.rule, Cap.BACKFILL)]
    return [(one.rule, Cap.CUSTOMER_COMMENTS), (one.rule, Cap.EFFECTS), (ALL_RULES, Cap.ALL_RULES)]


def _count(counts: dict[tuple[str, Cap], Count], one: Caused, cap: Cap, now: float) -> Count:
    rule = ALL_RULES if cap is Cap.ALL_RULES else one.rule
    count = counts.setdefault((rule, cap), Count(rule, cap, now))
    if count.reached is None and now - count.began >= HOUR:
        count.began, count.spent = now, 0
    return count


def _limit(limits: Caps, count: Count) -> int:
    number: int = getattr(limits, count.cap)
    return number


def _reach(tx: Connection, count: Count, limit: int, now: float) -> None:
    count.reached, count.since = limit, now
    text = told(count)
    log.warning("%s", text)
    notices.tell(tx, Matter.CAPPED, _about(count.rule), count.cap, text, now)


def _reason(count: Count) -> str:
    whose = "the cap of all rules" if count.rule == ALL_RULES else f"a cap of rule {count.rule}"
    return f"{whose} is reached: {count.cap}, {count.reached:,} within an hour"


def told(count: Count) -> str:
    """That a cap was reached, and on the second line what a person does about it."""
    which = "--every-rule" if count.rule == ALL_RULES else f"--rule {count.rule}"
    where = "caps in the settings" if count.rule == ALL_RULES else f"caps: {{{count.cap}: ...}} in the rule"
    return (
        f"{_reason(count)}; what comes after is held\n"
        f"  if that is meant: loopwright resume {which}, or raise {where}; if not: loopwright skip {which}"
    )


def _about(rule: str) -> Ref:
    return Ref(connection="", id=rule)


# -- what a person decides -------------------------------------------------------------------------------


def resume(store: Store, rule: str | None, now: float) -> int:
    """Let everything go that caps hold of the rule, or of all, and count anew; how many writes that was.

    Raises NothingHeld.
    """
    with store.write() as tx:
        found = _held(tx, rule)
        for effect in found:
            _let_go(tx, effect, now)
        _count_anew(tx, rule)
    return len(found)


def give_up(store: Store, rule: str | None, now: float) -> int:
    """Skip everything that caps hold of the rule, or of all rules, and count anew; how many writes that was.

    Raises NothingHeld.
    """
    with store.write() as tx:
        found = _held(tx, rule)
        for effect in found:
            effects.finish(tx, effect.id, State.SKIPPED, error=effect.error)
            _note(tx, effect, Entry.SKIPPED, now)
        _count_anew(tx, rule)
    return len(found)


def _held(tx: Connection, rule: str | None) -> list[Effect]:
    reached = {one.rule for one in caps.reached(tx)}
    found = held.all_of(tx, rule)
    if not found and not (reached if rule is None else rule in reached):
        named = sorted({*held.by_rule(tx), *reached} - {ALL_RULES})
        whose = f" of rule {rule}; held are: {', '.join(named) or 'none'}" if rule else ""
        raise NothingHeld(f"no cap holds anything{whose}\n  loopwright status shows what is held")
    return found


def _let_go(tx: Connection, effect: Effect, now: float) -> None:
    effects.finish(tx, effect.id, State.PENDING)
    _note(tx, effect, Entry.RELEASED, now)


def _count_anew(tx: Connection, rule: str | None) -> None:
    for one in caps.reached(tx):
        if rule in (None, one.rule):
            notices.withdraw(tx, Matter.CAPPED, _about(one.rule), one.cap)
    caps.forget(tx, None if rule is None else [rule])


def _note(tx: Connection, effect: Effect, kind: Entry, now: float) -> None:
    journal.write(tx, kind, links.about(tx, effect), {"error": effect.error}, at=now, effect=effect.id)
