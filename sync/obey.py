"""Doing what people of the team ask for in comments, and answering them where only the team reads it.

All of it happens in the transaction that stored the comment: after a crash a command was obeyed, and its
answer is under way, or it was not heard yet.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from sqlalchemy import Connection

from connectors.model import Audience, Comment, Item, JsonValue, Ref
from connectors.text.safety import defuse
from rules.ruleset import RuleSet
from sync import history, reconcile
from sync.commands import USAGE, Command, Mistake, Verb, commands, quoted
from sync.deletions import hold_back
from sync.naming import NotOne, meant
from sync.observe import News, target_of
from sync.pausing import PAUSE_LABEL, is_labelled
from sync.store import connections, effects, files, items, journal, links, notices
from sync.store.commands import first_heard
from sync.store.effects import Kind
from sync.store.links import Link
from sync.tying import MIRROR, take_apart, tie, ways

STALE = 86400.0
"""Seconds after which a command that was not heard is not obeyed any more: the world has moved on."""
_RELATES = "relates"
_LATELY = 8
"""How many lines of its history an item tells."""


def obey(tx: Connection, rules: RuleSet, news: News, *, now: float) -> News:
    """Do what new comments ask for. What comes back tells the rules to look again where links changed."""
    for comment in news.said:
        asked = commands(comment.body)
        if asked and first_heard(tx, news.item.ref, comment.id, now):
            refusal = _refusal(tx, news.item.ref, comment, now)
            if refusal:
                _note(tx, news.item.ref, asked, refusal, now)
            else:
                before = links.of(tx, news.item.ref)
                _obey(tx, rules, news, comment, asked, now)
                if links.of(tx, news.item.ref) != before:
                    news = dataclasses.replace(news, fields_changed=True)
    return news


def _refusal(tx: Connection, ref: Ref, comment: Comment, now: float) -> str | None:
    """Why the comment is not obeyed, in which case nobody is answered either."""
    said = comment.created.timestamp()
    since = connections.get(tx, ref.connection).since
    if not (comment.author and comment.author.staff):
        return "not obeyed, its author is not of the team"
    if since is not None and said < since // _grain(said) * _grain(said):
        return "not obeyed, it was there before Loopwright"
    if now - said > STALE:
        return "not obeyed, it was older than a day when it was first read"
    return None


def _grain(stamp: float) -> float:
    """Seconds that a tool which gives such a stamp may have rounded away: some give whole minutes."""
    return 60.0 if stamp % 60 == 0 else 1.0 if stamp % 1 == 0 else 1e-6


def _obey(
    tx: Connection,
    rules: RuleSet,
    news: News,
    comment: Comment,
    asked: Sequence[Command | Mistake],
    now: float,
) -> None:
    item, answers = news.item, list[str]()
    for one in asked:
        answer = one.text if isinstance(one, Mistake) else _done(tx, rules, item, one, comment, now)
        _note(tx, item.ref, [one], answer.partition("\n")[0], now)
        answers.append(answer)
    if item.audience is Audience.PUBLIC:
        return  # nothing can be kept internal there: `loopwright why` tells it
    effects.add(
        tx,
        key=f"answer:{target_of(item.ref)}:{comment.id}",
        connection=item.ref.connection,
        target=target_of(item.ref),
        kind=Kind.COMMENT,
        payload={
            "ref": item.ref.model_dump(),
            "body": defuse("Loopwright: " + "\n\n".join(answers)),
            "audience": Audience.INTERNAL.value,
        },
        origin={"rule": "", "action": "", "place": "", "reason": "a comment asked for it"},
        cause=news.observation,
    )


def _note(tx: Connection, ref: Ref, asked: Sequence[Command | Mistake], outcome: str, now: float) -> None:
    named = [one.verb.value if isinstance(one, Command) else "(not understood)" for one in asked]
    detail: dict[str, JsonValue] = {"command": ", ".join(named), "outcome": outcome}
    journal.write(tx, journal.Entry.COMMANDED, ref, detail, at=now)


def _done(tx: Connection, rules: RuleSet, item: Item, command: Command, comment: Comment, now: float) -> str:
    """Do it; the answer."""
    match command.verb:
        case Verb.LINK:
            return _link(tx, rules, item, command.key, comment)
        case Verb.UNLINK:
            return _unlink(tx, rules, item, command.key, now)
        case Verb.HOLD:
            return _hold(tx, item, held=True)
        case Verb.RESUME:
            answer = _hold(tx, item, held=False)
            for link, _ in reconcile.carries_files(rules, links.of(tx, item.ref), item.ref):
                _ask_for_files(tx, link, now)
            return answer
        case Verb.WHY:
            return _why(tx, item)
        case Verb.HELP:
            return "\n".join(["this is what I know:", "", *(f"- `{u}` {does}" for u, does in USAGE.values())])


# -- links -----------------------------------------------------------------------------------------------


def _link(tx: Connection, rules: RuleSet, item: Item, key: str, comment: Comment) -> str:
    try:
        other = meant(tx, key)
    except NotOne as error:
        return f"{quoted(key)} was not linked: {error}"
    if other.ref == item.ref:
        return f"{item.ref} was not linked: it is this very item"
    if any(link.other(item.ref) == other.ref for link in links.of(tx, item.ref)):
        return f"{item.ref} and {other.ref} are linked already"
    # Some tools tell times by the minute.
    since = comment.created.timestamp() // 60 * 60
    found = ways(rules, item, other)
    if len(found) == 1:
        source, mirror, rule = found[0].source, found[0].mirror, found[0].rule
        made = tie(tx, found[0], since=since)
        if made is None:
            return (
                f"{source.ref} has a counterpart in {mirror.container} already, or one is being made: take "
                f"that link apart first, with {quoted('/loop unlink')} on {source.ref}"
            )
        return f"{item.ref} and {other.ref} are linked, and kept in sync from now on by the rule {rule}"
    links.tie(
        tx,
        type=_RELATES,
        rule="",
        action="",
        ends=(item.ref, other.ref),
        container=target_of(other.ref),
        since=since,
    )
    why = "several rules go between these places" if found else "no rule goes between these places"
    return f"{item.ref} and {other.ref} are linked; nothing is kept in sync, because {why}"


def _unlink(tx: Connection, rules: RuleSet, item: Item, key: str, now: float) -> str:
    known = links.of(tx, item.ref)
    if key:
        try:
            other = meant(tx, key).ref
        except NotOne as error:
            return f"{quoted(key)} was not unlinked: {error}"
        known = [link for link in known if link.other(item.ref) == other]
        if not known:
            return f"{item.ref} and {other} are not linked"
    if not known:
        return f"{item.ref} is linked with nothing"
    names = [_name(tx, link, item.ref) for link in known]
    if len(known) > 1 and not key:
        return f"{item.ref} has several links, with {', '.join(names)}: say which, as in `/loop unlink KEY`"
    for link in known:
        take_apart(tx, rules, link, now)
    return f"{item.ref} and {names[0]} are no longer linked; both stay as they are, and are not linked again"


def _hold(tx: Connection, item: Item, *, held: bool) -> str:
    known = [link for link in links.of(tx, item.ref) if link.type == MIRROR]
    if not known:
        return f"{item.ref} is kept in sync with nothing"
    if all(link.held == held for link in known):
        return f"{item.ref} was on hold already" if held else f"{item.ref} was not on hold"
    for link in known:
        links.hold(tx, link.id, held)
        if held:
            _withdraw_changes(tx, link)
    names = ", ".join(_name(tx, link, item.ref) for link in known)
    if not held and is_labelled(item):
        return f"{item.ref} and {names} stay on hold as long as it has the label {PAUSE_LABEL}"
    if held:
        return f"{item.ref} and {names} are on hold, until somebody writes `/loop resume`"
    return f"{item.ref} and {names} are kept in sync again, with all that happened meanwhile"


def _withdraw_changes(tx: Connection, link: Link) -> None:
    """What was to be written to fields was decided before: when the link goes on, it is decided anew."""
    for effect in effects.open_of_link(tx, link.id):
        if effect.kind is Kind.UPDATE:
            hold_back(tx, effect, "the link is on hold")


def _ask_for_files(tx: Connection, link: Link, now: float) -> None:
    for end in (link.source, link.mirror):
        if end:
            files.ask(tx, end, due=now)


def _name(tx: Connection, link: Link, ref: Ref) -> str:
    other = link.other(ref)
    return (items.key_of(tx, other) or str(other)) if other else f"a new item in {link.mirror_container}"


# -- what happened ---------------------------------------------------------------------------------------


def _why(tx: Connection, item: Item) -> str:
    known = links.of(tx, item.ref)
    ties = [f"{_name(tx, one, item.ref)} ({one.type}{', on hold' if one.held else ''})" for one in known]
    matters = [f"- open: {text}" for text in notices.texts_of(tx, item.ref)]
    lately = [
        f"- {event.at:%Y-%m-%d %H:%M} UTC: {event.what}"
        for event in history.events(tx, journal.of(tx, item.ref))
    ]
    head = f"{item.ref} is linked with {', '.join(ties)}." if ties else f"{item.ref} is linked with nothing."
    return "\n".join([head, "", *matters, *lately[-_LATELY:]])
