"""Asking the tools who their people are, for the links that wait to know it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from connectors.abilities import FindsPeople
from connectors.errors import ConnectorError, RateLimited
from connectors.model import JsonValue
from connectors.protocol import Connector
from rules.fields import ASSIGNEE
from sync import breaker
from sync.decide import settle_links
from sync.engine import Engine
from sync.patience import delay
from sync.people import Acquaintance, note_strangers
from sync.store import journal, links, people
from sync.store.breakers import Side
from sync.store.people import EMAIL, Answer

KNOWN_FOR, UNKNOWN_FOR = 7 * 86400.0, 3600.0
"""Seconds for which a tool is not asked again for somebody whom it knows, or does not know (yet)."""
ASK_AGAIN = 60.0
"""Seconds until a tool that could not answer is asked again."""
ASKED_AT_ONCE = 100
"""How many people one question to a tool names."""


def ask(engine: Engine, name: str) -> int:
    """Ask the tool for everybody who is looked for there, and go on with what waited for the answer.

    Returns for how many it asked.
    """
    with engine.store.read() as view:
        handles = people.wanted(view, name, engine.now(), limit=ASKED_AT_ONCE)
        met = {handle: id for handle in handles if (id := people.met(view, name, handle))}
    if not handles:
        return 0
    try:
        found = {**met, **_told(engine.fleet.get(name), handles)}
    except ConnectorError as error:
        _ask_later(engine, name, handles, error)
        breaker.heard(engine, name, Side.READS, error)
        return len(handles)
    now = engine.now()
    answers = {
        handle: Answer(found.get(handle), now + (KNOWN_FOR if handle in found else UNKNOWN_FOR))
        for handle in handles
    }
    with engine.write() as tx:
        news = [handle for handle in handles if people.answer(tx, name, handle) != answers[handle]]
        people.put_answers(tx, name, answers)
        look_again(tx, engine, people.waiting_links(tx, name, news))
    return len(handles)


def _told(connector: Connector, handles: Sequence[str]) -> dict[str, str]:
    """Who is behind these handles, as far as the tool tells by e-mail address."""
    emails = [handle.removeprefix(EMAIL) for handle in handles if handle.startswith(EMAIL)]
    if not emails or not isinstance(connector, FindsPeople):
        return {}
    return {f"{EMAIL}{email}": person.id for email, person in connector.people(emails).items()}


def _ask_later(engine: Engine, name: str, handles: Sequence[str], error: ConnectorError) -> None:
    pause = max(ASK_AGAIN, delay(0, error))
    if isinstance(error, RateLimited):
        engine.fleet.block(name, pause)
    answers = {handle: Answer(None, engine.now() + pause, sure=False) for handle in handles}
    with engine.store.write() as tx:
        people.put_answers(tx, name, answers)


def look_again(tx: Connection, engine: Engine, waiting: Sequence[int]) -> None:
    """Reconcile links whose people may be known by now."""
    now = engine.now()
    for number in waiting:
        link = links.get(tx, number)
        detail: dict[str, JsonValue] = {"via": "people", "fields": [], "comments": []}
        cause = journal.write(tx, journal.Entry.OBSERVED, link.source, detail, at=now)
        settle_links(tx, engine.rules, [link], cause=cause, now=now)


def take_overrides(engine: Engine) -> None:
    """Put the override file into force; what waited for somebody whom it now names goes on."""
    with engine.write() as tx:
        changed = people.overrule(tx, engine.overrides)
        waiting = people.waiting_links(tx)
        kept = [number for number in waiting if _keeps_assignee(tx, engine, number)]
        for number in set(waiting) - set(kept):
            note_strangers(tx, number, Acquaintance(), None, engine.now())
        if changed:
            look_again(tx, engine, kept)


def _keeps_assignee(tx: Connection, engine: Engine, number: int) -> bool:
    link = links.get(tx, number)
    keep = engine.rules.keep(link.rule, link.action)
    return keep is not None and any(kept.name == ASSIGNEE for kept in keep.fields)
