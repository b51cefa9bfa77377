"""Who is mentioned in a text that is about to leave: the people of the tool that it goes to.

This is settled as late as can be, by the lane that writes to that tool: it may ask the tool for somebody whom
nobody has asked for yet. Whoever is not found there is named in the text and not notified.
"""

from __future__ import annotations

from connectors.abilities import FindsPeople, MentionsPeople
from connectors.errors import Forbidden, NotFound, Rejected
from connectors.model import Draft, Patch, Person
from connectors.protocol import Connector
from connectors.text import mentions
from sync.engine import Engine
from sync.enquire import KNOWN_FOR, UNKNOWN_FOR
from sync.people import sought
from sync.store import people
from sync.store.people import EMAIL, ID, LOGIN, Answer


def settled(engine: Engine, connector: Connector, text: str) -> str:
    """The text as it goes to the tool. Raises what the connector raises."""
    if not mentions.travels(text):
        return text
    known: dict[tuple[str, str], str | None] = {}

    def find(home: str, person: str) -> str | None:
        if (home, person) not in known:
            known[home, person] = _find(engine, connector, home, person)
        return known[home, person]

    return mentions.settle(text, find)


def settled_draft(engine: Engine, connector: Connector, draft: Draft) -> Draft:
    return draft.model_copy(update={"body": settled(engine, connector, draft.body)})


def settled_patch(engine: Engine, connector: Connector, patch: Patch) -> Patch:
    body = patch.fields.get("body")
    if not isinstance(body, str):
        return patch
    fields = {**patch.fields, "body": settled(engine, connector, body)}
    return patch.model_copy(update={"fields": fields})


def _find(engine: Engine, connector: Connector, home: str, person: str) -> str | None:
    """The id to mention somebody by, whom a text of ``home`` mentions as ``person``."""
    if not isinstance(connector, MentionsPeople):
        return None
    there, now = connector.connection, engine.now()
    if home == there:
        return _as_mentioned(engine, connector, person)
    with engine.store.read() as view:
        login = person.removeprefix(LOGIN) if person.startswith(LOGIN) else None
        seen = people.seen(view, home, login=login) if login else people.seen(view, home, id=person)
        who = seen or Person(id=login or person, name=login or person)
        handle = sought(view, home, who, there)
        if handle is None:
            return None
        if connector.mentions_logins and handle.startswith(LOGIN):
            return handle
        answer = people.answer(view, there, handle)
        id = handle.removeprefix(ID) if handle.startswith(ID) else people.met(view, there, handle)
    if id is None and answer and answer.sure and answer.due > now:
        id = answer.id
    elif id is None:
        id = _ask(engine, connector, handle)
    return _as_mentioned(engine, connector, id) if id else None


def _ask(engine: Engine, connector: Connector, handle: str) -> str | None:
    if not handle.startswith(EMAIL) or not isinstance(connector, FindsPeople):
        return None
    email = handle.removeprefix(EMAIL)
    try:
        found = connector.people([email]).get(email)
    except (Forbidden, NotFound, Rejected):
        return None  # whoever may not be looked for is named: the text is worth more than the mention
    answer = Answer(found.id if found else None, engine.now() + (KNOWN_FOR if found else UNKNOWN_FOR))
    with engine.store.write() as tx:
        people.put_answers(tx, connector.connection, {handle: answer})
    return answer.id


def _as_mentioned(engine: Engine, connector: MentionsPeople, id: str) -> str | None:
    if not connector.mentions_logins:
        return id
    assert isinstance(connector, Connector)  # noqa: S101 - an ability of one
    with engine.store.read() as view:
        seen = people.seen(view, connector.connection, id=id)
    return f"{LOGIN}{seen.name}" if seen else None
