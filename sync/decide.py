"""From news to effects: the rules are asked, links are reconciled, and what follows is enqueued.

All of it happens in the transaction that stored the observation, so that either everything is there after
a crash or nothing is.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import JsonValue
from sqlalchemy import Connection

from connectors.model import Audience, Draft, Item, Patch, Ref
from rules.evaluate import evaluate
from rules.fields import ASSIGNEE
from rules.intents import Change, Decision, Direction, Intent, KeptField, Mirror, Origin, Say
from rules.ruleset import RuleSet
from rules.snapshot import LinkedItem, Memory, Snapshot
from sync import pausing, reconcile
from sync.merge import value_of
from sync.obey import obey
from sync.observe import News, again, target_of
from sync.store import effects, files, hints, items, journal, links, notices, truths
from sync.store.effects import Kind
from sync.store.links import Link
from sync.store.notices import Matter


def decide(tx: Connection, rules: RuleSet, news: News, *, now: float) -> None:
    """Enqueue whatever the rules and the links of the item ask for now."""
    news = obey(tx, rules, news, now=now)
    known = links.of(tx, news.item.ref)
    if news.fields_changed:
        pausing.heed(tx, news.item, now)
    if news.fields_changed and rules.of(news.item).concerned(news.item):
        decision = ask_rules(tx, rules, news, known, now=now)
        _carry_out(tx, rules, decision, news, now=now)
    if news.item.deleted:
        return  # its links rest until it is restored
    if news.fields_changed:
        _ask_about_links(tx, rules, news, known, now=now)
    settle_links(tx, rules, known, cause=news.observation, now=now)
    # What we wrote ourselves comes up in the next poll, and brings or asks for the comments then.
    if not (news.comments_known or news.ours) and reconcile.wants_comments(rules, known, news.item.ref):
        hints.add(tx, news.item.ref, due=now, whole=False)
    if not news.ours and (carrying := reconcile.carries_files(rules, known, news.item.ref)):
        went_on = pausing.is_labelled(news.before) and not pausing.is_labelled(news.item)
        for ref in [end for link, _ in carrying for end in link.ends] if went_on else [news.item.ref]:
            files.ask(tx, ref, due=now)


def _ask_about_links(
    tx: Connection, rules: RuleSet, news: News, known: Sequence[Link], *, now: float
) -> None:
    """Rules may ask about the other end of a link: what changed here may have made one true there."""
    for link in known:
        other = link.other(news.item.ref)
        stored = items.get(tx, other) if other else None
        if stored and rules.asks_links(stored.item):
            there = dataclasses.replace(again(stored), observation=news.observation, ours=news.ours)
            decision = ask_rules(tx, rules, there, links.of(tx, stored.item.ref), now=now)
            _carry_out(tx, rules, decision, there, now=now)


def ask_rules(tx: Connection, rules: RuleSet, news: News, known: Sequence[Link], *, now: float) -> Decision:
    """Evaluate the rules over the item as it is known now, and remember what held true."""
    ref, evaluated = news.item.ref, news.evaluated
    remembered = truths.of(tx, ref)
    decision = evaluate(
        rules.of(news.item),
        Snapshot(
            item=news.item,
            before=news.before,
            links=linked_items(tx, known, ref),
            now=datetime.fromtimestamp(now, UTC),
            transition=news.observation,
            ours=news.ours,
        ),
        Memory(
            truths=remembered,
            activated={
                key: datetime.fromtimestamp(since, UTC) for key, since in truths.activated(tx).items()
            },
            evaluated=datetime.fromtimestamp(evaluated, UTC) if evaluated else None,
        ),
    )
    # A rule without a row was false when the item was last evaluated: false is stored only over true.
    flips = {key: truth for key, truth in decision.truths.items() if remembered.get(key, False) != truth}
    truths.put(tx, ref, flips)
    items.mark_evaluated(tx, ref, now)
    return decision


def linked_items(tx: Connection, known: Sequence[Link], ref: Ref) -> tuple[LinkedItem, ...]:
    """The other ends of the item's links, as they were last seen."""
    ends = [(link.type, link.other(ref)) for link in known]
    seen = [(type, items.get(tx, end)) for type, end in ends if end]
    return tuple(LinkedItem(type, stored.item) for type, stored in seen if stored)


def settle_links(tx: Connection, rules: RuleSet, known: Sequence[Link], *, cause: int, now: float) -> None:
    """Bring the ends of the links towards agreement."""
    for link in known:
        keep = rules.keep(link.rule, link.action)
        if keep and link.mirror and not link.held:
            reconcile.reconcile(tx, link, keep, cause=cause, now=now)


def _carry_out(tx: Connection, rules: RuleSet, decision: Decision, news: News, *, now: float) -> None:
    ref = news.item.ref
    if decision.fired:
        detail: dict[str, JsonValue] = {
            "rules": list(decision.fired),
            "reasons": {intent.origin.rule: intent.origin.reason for intent in decision.intents},
        }
        journal.write(tx, journal.Entry.FIRED, ref, detail, at=now)
    for intent in decision.intents:
        effect = _enqueue(tx, rules, intent, news, now=now)
        if effect is not None:
            origin = intent.origin
            detail = {"rule": origin.rule, "action": origin.action, "place": origin.place}
            journal.write(tx, journal.Entry.INTENDED, ref, detail, at=now, effect=effect)
    for clash in decision.clashes:
        both = " and ".join(sorted({origin.rule for origin in clash.origins}))
        text = f"rules {both} set {clash.field} differently and have the same priority; neither was applied"
        notices.tell(tx, Matter.CLASH, clash.target, clash.field, text, now)
    for miss in decision.unresolved:
        reason = miss.reason or f"its map has no value for {miss.value!r}"
        text = f"rule {miss.origin.rule} ({miss.origin.place}) left {miss.field} alone: {reason}"
        notices.tell(tx, Matter.UNRESOLVED, miss.target or ref, miss.field, text, now)


def _enqueue(tx: Connection, rules: RuleSet, intent: Intent, news: News, *, now: float) -> int | None:
    match intent:
        case Mirror():
            return _enqueue_mirror(tx, rules, intent, news)
        case Change():
            return _enqueue_change(tx, intent, news)
        case Say():
            return _enqueue_comment(tx, intent, news, now=now)


def _enqueue_mirror(tx: Connection, rules: RuleSet, intent: Mirror, news: News) -> int | None:
    source = news.item.ref
    link = links.claim(
        tx,
        type="mirror",
        rule=intent.origin.rule,
        action=intent.origin.action,
        source=source,
        to=intent.to,
        container=intent.container,
    )
    if link is None:
        _adopt(tx, rules, intent, source)
        return None
    key = f"create:{target_of(source)}:{intent.to}:{intent.container}"
    draft = Draft(
        container=intent.container,
        title=intent.title,
        body=intent.body,
        type=intent.type,
        status=intent.status,
        priority=intent.priority,
        labels=tuple(label for label in intent.labels if label.casefold() != pausing.PAUSE_LABEL),
        custom=dict(intent.custom),
        original=news.item.url,
        marker=effects.marker_of(key),
    )
    kept = {kept.name: _at_creation(kept, news.item) for kept in intent.keep.fields}
    return effects.add(
        tx,
        key=key,
        connection=intent.to,
        target=f"link:{link}",
        kind=Kind.CREATE,
        payload={
            "draft": draft.model_dump(mode="json"),
            "audience": news.item.audience.value,
            "publish": intent.publish,
            "kept": kept,
        },
        origin=origin_row(intent.origin),
        cause=news.observation,
        link=link,
    )


def _at_creation(kept: KeptField, item: Item) -> JsonValue:
    """The value of which the new mirror will hold the counterpart."""
    if kept.name == ASSIGNEE and kept.direction is not Direction.TO_SOURCE:
        return None  # who that is over there may have to be asked first: the assignee follows as a change
    return value_of(item, kept.name)


def _adopt(tx: Connection, rules: RuleSet, intent: Mirror, source: Ref) -> None:
    """The mirror is there: where the rule that made it is gone, this one looks after it."""
    link = links.between(tx, source, intent.to, intent.container)
    if link and rules.keep(link.rule, link.action) is None:
        links.adopt(tx, link.id, intent.origin.rule, intent.origin.action)


def _enqueue_change(tx: Connection, intent: Change, news: News) -> int | None:
    stored = items.get(tx, intent.target)
    # While other writes wait there, what is stored is not what this one will find.
    settled = stored is not None and not effects.any_open(tx, target_of(intent.target))
    patch = _needed(intent.patch, stored.item) if stored and settled else intent.patch
    if patch == Patch():
        return None
    origin, target = intent.origin, target_of(intent.target)
    return effects.add(
        tx,
        key=f"set:{origin.rule}:{origin.action}:{target}:{news.observation}",
        connection=intent.target.connection,
        target=target,
        kind=Kind.UPDATE,
        payload={"ref": intent.target.model_dump(), "patch": patch.model_dump(mode="json")},
        origin=origin_row(origin),
        cause=news.observation,
    )


def _enqueue_comment(tx: Connection, intent: Say, news: News, *, now: float) -> int | None:
    if not may_reach(intent.source_audience, intent.audience, publish=intent.publish):
        text = (
            f"rule {intent.origin.rule} ({intent.origin.place}) would show {intent.source_audience} text to "
            f"the {intent.audience} audience; write publish: true there if that is meant"
        )
        notices.tell(tx, Matter.AUDIENCE, intent.target, intent.origin.rule, text, now)
        return None
    origin, target = intent.origin, target_of(intent.target)
    occasion = "once" if intent.once else str(news.observation)
    return effects.add(
        tx,
        key=f"say:{origin.rule}:{origin.action}:{target}:{occasion}",
        connection=intent.target.connection,
        target=target,
        kind=Kind.COMMENT,
        payload={
            "ref": intent.target.model_dump(),
            "body": intent.body,
            "audience": intent.audience.value,
        },
        origin=origin_row(origin),
        cause=news.observation,
    )


def may_reach(text: Audience, readers: Audience, *, publish: bool) -> bool:
    """Whether a text may be shown to these readers: never wider than its own audience unless published."""
    return publish or text.reaches(readers)


def _needed(patch: Patch, item: Item) -> Patch:
    """The part of a patch that would change the item."""
    return Patch(
        fields={name: value for name, value in patch.fields.items() if value_of(item, name) != value},
        add_labels=tuple(label for label in patch.add_labels if label not in item.labels),
        remove_labels=tuple(label for label in patch.remove_labels if label in item.labels),
    )


def origin_row(origin: Origin) -> dict[str, JsonValue]:
    """An origin as the effects table keeps it."""
    return dataclasses.asdict(origin)
