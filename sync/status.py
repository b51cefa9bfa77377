"""How things stand: what is read, what waits, and what a person should look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from pydantic import JsonValue
from sqlalchemy import Connection

from connectors.model import Ref
from sync import capping
from sync.store import (
    breakers,
    budgets,
    caps,
    connections,
    effects,
    held,
    hints,
    items,
    leases,
    limits,
    links,
    notices,
    pauses,
)
from sync.store.breakers import Breaker
from sync.store.caps import ALL_RULES
from sync.store.database import Store
from sync.store.effects import State
from sync.store.pauses import EVERYWHERE, SWITCH, Pause

LISTED = 1000
"""How many parked writes are named one by one; the rest is only counted."""


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    name: str
    items: int
    calls: int
    """API calls made so far."""
    caught_up_seconds_ago: float | None
    """How long ago everything there was had been read; ``None`` when that never happened yet."""
    halted: str | None
    paused: str | None
    """Since when nothing is written to it, and who wanted that."""
    switched: bool
    """An item in the tools wants it: the switch that the settings name."""
    to_read: int
    """Items that a webhook or a decision asks to be read."""
    effects: dict[str, int]
    """Writes to this connection by state."""
    rests: dict[str, str]
    """Where it failed again and again, by ``reads`` and ``writes``: since when, and what failed."""
    waits: dict[str, float]
    """Seconds for which a request waits, by the limit of the tool that it waits for."""

    @property
    def waiting(self) -> int:
        """Writes that will be sent without a person's help."""
        return sum(self.effects.get(state, 0) for state in (State.PENDING, State.SENDING, State.UNSURE))

    @property
    def done(self) -> int:
        return self.effects.get(State.DONE, 0)

    @property
    def parked(self) -> int:
        """Writes that were refused, and wait for a person."""
        return self.effects.get(State.PARKED, 0)

    @property
    def held(self) -> int:
        """Writes that a cap holds back, until a person lets them go."""
        return self.effects.get(State.HELD, 0)


@dataclass(frozen=True, slots=True)
class ParkedEffect:
    id: int
    connection: str
    item: str
    """The key of the item that the write is about."""
    rule: str
    error: str


@dataclass(frozen=True, slots=True)
class ReachedCap:
    rule: str
    """Empty where it is the cap of all rules together."""
    cap: str
    limit: int
    """Within an hour."""
    since: str
    held: int
    """Writes of the rule that wait, whichever of its caps holds them."""
    text: str
    """What happened, and on the second line what to do."""


@dataclass(frozen=True, slots=True)
class Concern:
    matter: str
    connection: str
    item: str
    """The item's key; empty for what concerns the connection as a whole."""
    text: str
    times: int


@dataclass(frozen=True, slots=True)
class Status:
    database: str
    daemon: str | None
    """Where the living daemon runs; ``None`` when there is none."""
    connections: list[ConnectionStatus]
    mirrors: int
    on_hold: int
    """Links that people have stopped by ``/loop hold``."""
    claimed: int
    """Mirrors that are decided and not yet made."""
    parked: list[ParkedEffect]
    """The oldest of them."""
    caps: list[ReachedCap]
    """Those that hold writes back."""
    concerns: list[Concern]

    @property
    def healthy(self) -> bool:
        """A daemon lives and no connection is halted."""
        return self.daemon is not None and not any(one.halted for one in self.connections)

    def as_json(self) -> dict[str, JsonValue]:
        found: dict[str, JsonValue] = asdict(self)
        return {**found, "healthy": self.healthy}


def status(store: Store, names: Sequence[str], now: float) -> Status:
    """Gather it all in one consistent view."""
    with store.read() as view:
        lease = leases.get(view, "daemon")
        made = [(made, claimed) for _, _, made, claimed in links.counts(view)]
        counted, called = items.counts(view), budgets.calls(view)
        waiting, queued = hints.waiting(view), effects.counts(view)
        paced = limits.waits(view, now)
        paused = {one.connection: one for one in pauses.all_of(view)}
        opened = breakers.opened(view)
        found = []
        for name in names:
            state = connections.get(view, name)
            found.append(
                ConnectionStatus(
                    name=name,
                    items=counted.get(name, 0),
                    calls=called.get(name, 0),
                    caught_up_seconds_ago=None if state.caught_up is None else now - state.caught_up,
                    halted=state.halted,
                    paused=_pause(paused, name),
                    switched=SWITCH in paused and EVERYWHERE not in paused,
                    to_read=waiting.get(name, 0),
                    effects=queued.get(name, {}),
                    rests={one.side.value: _rest(one, now) for one in opened if one.connection == name},
                    waits=paced.get(name, {}),
                )
            )
        parked = [
            ParkedEffect(
                id=effect.id,
                connection=effect.connection,
                item=_name(view, links.about(view, effect)),
                rule=str(effect.origin["rule"]),
                error=effect.error or "",
            )
            for effect in effects.in_state(view, State.PARKED, limit=LISTED)
        ]
        reached, on_hold = _reached(view), links.held_count(view)
        concerns = [
            Concern(
                one.matter.value,
                one.ref.connection,
                _name(view, one.ref),
                one.text,
                one.times,
            )
            for one in notices.all_of(view)
        ]
    return Status(
        database=store.place,
        daemon=lease.place if lease and now - lease.beat < leases.DEAD_AFTER else None,
        connections=found,
        mirrors=sum(made for made, _ in made),
        on_hold=on_hold,
        claimed=sum(claimed for _, claimed in made),
        parked=parked,
        caps=reached,
        concerns=concerns,
    )


def _reached(view: Connection) -> list[ReachedCap]:
    waiting = held.by_rule(view)
    return [
        ReachedCap(
            rule=one.rule,
            cap=one.cap.value,
            limit=one.reached or 0,
            since=_moment(one.since or 0.0),
            held=sum(waiting.values()) if one.rule == ALL_RULES else waiting.get(one.rule, 0),
            text=capping.told(one),
        )
        for one in caps.reached(view)
    ]


def _rest(one: Breaker, now: float) -> str:
    since, wait = _moment(one.since or now), max(0.0, one.probe_at - now)
    return f"since {since}, after {one.failures} failures; next probe in {wait:.0f} s\n{one.error}"


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _pause(paused: Mapping[str, Pause], name: str) -> str | None:
    pause = paused.get(EVERYWHERE) or paused.get(SWITCH) or paused.get(name)
    return f"since {_moment(pause.since)} by {pause.by}" if pause else None


def _name(view: Connection, ref: Ref) -> str:
    """What people call the item."""
    stored = items.get(view, ref)
    return str(stored.item.ref) if stored else ref.key or ref.id
