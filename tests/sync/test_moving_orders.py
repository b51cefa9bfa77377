"""Moves, comments, polls, webhooks, writes and crashes in any order: what was said is at both ends, once."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from itertools import count
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.errors import ConnectorError
from connectors.memory.tool import MemoryTool
from connectors.model import Ref
from sync import apply, follow, moving, poll, receipt
from sync.store import hints, links, moves, renaming
from sync.store.database import Store
from tests.sync.world import OneByOneWorld, World

ONWARD = {"DESK": "VIP", "VIP": "GOLD", "ENG": "OPS", "OPS": "SRE"}
DEATHS: dict[str, tuple[ModuleType, str]] = {
    "move noted": (moves, "note"),
    "half renamed": (renaming, "hand_over_links"),
    "renamed, and not decided": (moving, "record"),
    "in a receipt": (receipt, "decide"),
    "before it is sent": (apply, "send_together"),
}
ends = st.sampled_from(["desk", "tracker"])
acts = st.one_of(
    st.tuples(st.sampled_from(["transfer", "say", "edit", "lose the answer", "hint"]), ends),
    st.tuples(st.sampled_from(["poll", "follow", "work"]), ends),
    st.tuples(st.sampled_from(["follow", "work"]), ends, st.sampled_from(sorted(DEATHS))),
)


class Crash(BaseException):
    """The process is gone."""


@cache
def _empty() -> Path:
    """A migrated database: migrating takes longer than a whole history."""
    file = Path(tempfile.mkdtemp(prefix="loopwright-moves-")) / "empty.sqlite"
    store = Store(f"sqlite:///{file}")
    store.migrate()
    store.close()
    return file


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    history=st.lists(acts, min_size=4, max_size=25),
    kind=st.sampled_from([World, OneByOneWorld]),
    page_size=st.integers(1, 4),
    notes_apart=st.booleans(),
)
def test_in_any_order(
    history: list[tuple[str, ...]], kind: type[World], page_size: int, notes_apart: bool
) -> None:
    folder = Path(tempfile.mkdtemp(prefix="loopwright-moves-"))
    shutil.copy(_empty(), folder / "store.sqlite")
    store = Store(f"sqlite:///{folder / 'store.sqlite'}")
    try:
        _live(kind(store, page_size=page_size, notes_apart=notes_apart), history)
    finally:
        store.close()
        shutil.rmtree(folder)


def _live(world: World, history: list[tuple[str, ...]]) -> None:
    report, numbers = world.report().id, count(1)
    said: dict[str, list[str]] = {"desk": [], "tracker": []}
    for act, at, *death in history:
        world.clock.seconds += 2
        tool, item = _place(world, report, at)
        if act in ("poll", "follow", "work"):
            _step(world, act, at, death[0] if death else None)
        elif act == "lose the answer":
            tool.failures.append(("lose_answer", "write"))
        elif item is not None:
            _person(world, act, tool, item, at, said[at], numbers)
    for tool in (world.desk, world.tracker):
        tool.failures.clear()
    world.settle(300)
    assert len(world.mirrors()) == 1, "one mirror"
    assert len(world.desk.changed_since(0, 10)) == 1
    for at, there in (("desk", "tracker"), ("tracker", "desk")):
        tool, item = _place(world, report, there)
        assert item
        texts = [note.text for note in tool.read(item).notes if note.marker]
        carried = [word for text in texts for word in said[at] if word in text]
        assert sorted(carried) == sorted(said[at]), f"what was said at the {at} is at the {there} once"
        assert len(texts) == len(said[at]), "and nothing else"
        assert sorted(text.split("\n\n")[-1] for text in texts) == _originals(world, report, at)
    with world.store.read() as view:
        (link,) = links.of(view, Ref(connection="desk", id=world.desk.successor(report).id))
        assert link.mirror
        assert link.mirror.id == world.mirror().id
    assert world.notices() == []


def _person(
    world: World, act: str, tool: MemoryTool, item: str, at: str, said: list[str], numbers: count[int]
) -> None:
    onward = ONWARD.get(tool.read(item).container)
    match act:
        case "transfer" if onward:
            tool.person(lambda: tool.transfer(item, onward))
        case "say":
            said.append(f"word-{next(numbers)}-")
            world.note(tool, item, said[-1])
        case "edit" if said:
            (note,) = [note for note in tool.read(item).notes if note.text.startswith(said[-1])]
            tool.person(lambda: tool.edit_note(item, note.id, f"{said[-1]} take {next(numbers)}"))
        case "hint":
            with world.store.write() as tx:
                hints.add(tx, Ref(connection=at, id=item), due=world.clock())


def _step(world: World, act: str, at: str, death: str | None) -> None:
    engine = world.engine
    turns: dict[str, Callable[[], object]] = {
        "poll": lambda: poll.poll(engine, at),
        "follow": lambda: follow.follow(engine, at),
        "work": lambda: apply.work(engine, at, "worker", limit=3),
    }
    if death is None:
        with suppress(ConnectorError):
            turns[act]()
        return
    module, name = DEATHS[death]
    with patch.object(module, name, side_effect=Crash), suppress(ConnectorError, Crash):
        turns[act]()
    world.start()


def _place(world: World, report: str, at: str) -> tuple[MemoryTool, str | None]:
    """The tool at one end, and the item there: none yet where the mirror is still to be made."""
    if at == "desk":
        return world.desk, world.desk.successor(report).id
    made = world.mirrors()
    known = False
    with world.store.read() as view:
        for id in (report, *world.desk.moved.values()):
            known |= any(link.mirror for link in links.of(view, Ref(connection="desk", id=id)))
    return world.tracker, made[0].id if made and known else None


def _originals(world: World, report: str, at: str) -> list[str]:
    tool, item = _place(world, report, at)
    return sorted(note.text for note in tool.read(item).notes if not note.marker) if item else []
