"""Who is who: people of one tool found in another, so that an assignee can be kept in sync.

The override file goes before the tools: where it names an account, it alone says who that is elsewhere. For
everybody else the other tool is asked for the e-mail address (:mod:`sync.enquire`). Somebody who is not found
leaves the field as it is and is counted; they are asked for again, and what waited for them goes on.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.model import Item, JsonValue, Person, Ref
from rules.intents import ValueMap
from sync.merge import Conflict, Outcome, Unmapped
from sync.store import notices, people
from sync.store.notices import Matter
from sync.store.people import EMAIL, ID, Stranger


class Counterparts(ValueMap):
    """From the ids of one end of a link to those of the other. Nobody is nobody at both."""

    def resolve(self, value: JsonValue) -> tuple[bool, JsonValue]:
        return (True, None) if value is None else ValueMap.resolve(self, value)


NOBODY = Counterparts("people", {})


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """What is known of those who are assigned at the two ends of a link."""

    to_mirror: ValueMap = NOBODY
    to_source: ValueMap = NOBODY
    strangers: tuple[Stranger, ...] = ()
    """Those who are not found at the other end."""
    pending: bool = False
    """Whether a tool is still to be asked for one of them: until then the ends may agree or not."""


def acquaint(tx: Connection, source: Item, mirror: Item, now: float) -> Acquaintance:
    """Look each end's assignee up at the other end, as far as that needs no question to a tool."""
    forth: dict[str, JsonValue] = {}
    back: dict[str, JsonValue] = {}
    missing: list[tuple[dict[str, JsonValue], Stranger, bool]] = []
    for here, there, known, reverse in ((source, mirror, forth, back), (mirror, source, back, forth)):
        person, elsewhere = here.assignee, there.ref.connection
        if person is None or person.id in known:
            continue
        handle = sought(tx, here.ref.connection, person, elsewhere)
        other, asked = _look_up(tx, elsewhere, handle, now)
        if other is None:
            stranger = Stranger(elsewhere, here.ref.connection, person.id, handle)
            missing.append((known, stranger, asked))
        else:
            known[person.id] = other
            reverse.setdefault(other, person.id)
    missing = [(known, stranger, asked) for known, stranger, asked in missing if stranger.id not in known]
    return Acquaintance(
        Counterparts("people", forth),
        Counterparts("people", back),
        tuple(stranger for _, stranger, _ in missing),
        pending=not all(asked for _, _, asked in missing),
    )


def sought(tx: Connection, home: str, person: Person, elsewhere: str) -> str | None:
    """The handle to look for elsewhere; ``None`` when nothing is known to look for."""
    known_by = people.known_by(tx, home, person.id)
    named = people.named_with(tx, home, [*dict.fromkeys((*people.handles_of(person), *known_by))])
    if elsewhere in named:
        return named[elsewhere]
    own = [f"{EMAIL}{person.email.lower()}"] if person.email else []
    return next((handle for handle in (*named.values(), *own, *known_by) if handle.startswith(EMAIL)), None)


def _look_up(tx: Connection, connection: str, handle: str | None, now: float) -> tuple[str | None, bool]:
    """The id behind a handle, if it is known; and whether there is nothing left to be asked."""
    if handle is None:
        return None, True
    if handle.startswith(ID):
        return handle.removeprefix(ID), True
    answer = people.answer(tx, connection, handle)
    return (answer.id, True) if answer and answer.sure and answer.due > now else (None, False)


def note_strangers(tx: Connection, link: int, found: Acquaintance, outcome: Outcome, now: float) -> None:
    """Keep whom the link waits for up to date with what its assignees were merged to."""
    # Two who seem to differ may turn out to be one; that they differ is told as the conflict it is.
    undecided = found.pending or isinstance(outcome, Conflict)
    left_alone = outcome.value if isinstance(outcome, Unmapped) else None
    waits_for = [one for one in found.strangers if undecided or one.id == left_alone]
    for former in people.strangers_of(tx, link):
        if former not in waits_for and people.forget(tx, link, former):
            notices.withdraw(tx, Matter.UNRESOLVED, _about(former), _subject(former))
    for stranger in waits_for:
        people.wait_for(tx, link, stranger)
        if not undecided and people.first_told(tx, link, stranger):
            text = (
                f"person {stranger.id} of {stranger.home} is not known in {stranger.sought}: the assignee "
                "was left alone; invite them there, or say who they are in the file that people: names"
            )
            notices.tell(tx, Matter.UNRESOLVED, _about(stranger), _subject(stranger), text, now)


def _about(stranger: Stranger) -> Ref:
    return Ref(connection=stranger.home, id="")


def _subject(stranger: Stranger) -> str:
    return f"person {stranger.id} in {stranger.sought}"
