"""Comments that are deleted, or are for fewer people by now: their copies go. Absence alone does nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from connectors.errors import Forbidden
from connectors.memory import MemoryConnector
from connectors.memory.tool import Failure, MemoryTool
from connectors.model import Audience, Ref
from sync import apply
from sync.deletions import TRUSTED
from sync.follow import follow
from sync.sending import Result, send_together
from sync.store import hints, links, pairs
from sync.store.database import Store
from sync.store.effects import Kind, State
from sync.store.notices import Matter
from sync.wording import WITHDRAWN
from tests.sync.world import BUGS, World

PUBLISHES = BUGS.replace("audience: internal}", "audience: customer}")
SHOWN = BUGS.replace("project: ENG", "project: OPEN\n          publish: true").replace(
    "comments: {direction: both, audience: internal}",
    "comments: {direction: both, audience: public, publish: true}",
)


@pytest.fixture(params=[False, True], ids=["comments with items", "comments apart"])
def world(store: Store, request: pytest.FixtureRequest) -> World:
    return World(store, notes_apart=request.param)


def texts(tool: MemoryTool, item: str) -> list[str]:
    return [note.text.split("\n\n")[-1] for note in tool.read(item).notes]


def delete(world: World, tool: MemoryTool, item: str, note: str) -> None:
    """Somebody deletes a comment, and the tool's webhook hints at the item."""
    tool.person(lambda: tool.delete_note(item, note))
    look(world, tool, item)


def look(world: World, tool: MemoryTool, item: str) -> None:
    name = "desk" if tool is world.desk else "tracker"
    with world.store.write() as tx:
        hints.add(tx, Ref(connection=name, id=item), due=world.clock())


def narrow(world: World, item: str, note: str) -> None:
    changed = tuple(
        replace(one, audience=Audience.INTERNAL) if one.id == note else one
        for one in world.desk.read(item).notes
    )
    world.edit(world.desk, item, notes=changed)
    look(world, world.desk, item)


def withdrawals(world: World, state: State = State.DONE) -> int:
    return sum(effect.kind is Kind.WITHDRAW for effect in world.effects(state))


# -- deleted at the source of the words --------------------------------------------------------------------


def test_the_copy_goes_with_its_comment_in_both_directions(world: World) -> None:
    report = world.report()
    world.settle()
    mirror = world.mirror()
    here = world.note(world.desk, report.id, "here")
    there = world.note(world.tracker, mirror.id, "there")
    world.note(world.desk, report.id, "stays")
    world.settle()
    delete(world, world.desk, report.id, here.id)
    delete(world, world.tracker, mirror.id, there.id)
    world.settle()
    assert texts(world.desk, report.id) == ["stays"]
    assert texts(world.tracker, mirror.id) == ["stays"]


def test_polling_finds_it_where_comments_come_with_their_items(store: Store) -> None:
    world = World(store)
    report = world.report()
    note = world.note(world.desk, report.id, "gone soon")
    world.settle()
    world.desk.person(lambda: world.desk.delete_note(report.id, note.id))
    world.settle()
    assert texts(world.tracker, world.mirror().id) == []


def test_a_second_run_writes_nothing_and_asks_nothing(world: World) -> None:
    report = world.report()
    note = world.note(world.desk, report.id, "one")
    world.settle()
    delete(world, world.desk, report.id, note.id)
    world.settle()
    before = [tool.changed_since(0, 100) for tool in (world.desk, world.tracker)]
    world.start()
    look(world, world.desk, report.id)
    look(world, world.tracker, world.mirror().id)
    world.settle()
    assert [tool.changed_since(0, 100) for tool in (world.desk, world.tracker)] == before
    assert withdrawals(world) == 1


def test_what_waits_to_be_carried_is_not_carried_any_more(world: World) -> None:
    report = world.report()
    world.settle()
    note = world.note(world.desk, report.id, "never mind")
    world.read()
    delete(world, world.desk, report.id, note.id)
    follow(world.engine, "desk")
    world.settle()
    assert texts(world.tracker, world.mirror().id) == []
    assert withdrawals(world) == 0


def test_an_edit_that_waits_is_not_written_when_its_comment_is_gone(world: World) -> None:
    report = world.report()
    note = world.note(world.desk, report.id, "one")
    world.settle()
    world.desk.person(lambda: world.desk.edit_note(report.id, note.id, "two"))
    world.read()
    delete(world, world.desk, report.id, note.id)
    world.settle()
    assert texts(world.tracker, world.mirror().id) == []
    assert not [effect for effect in world.effects(State.DONE) if effect.kind is Kind.EDIT]


def test_a_comment_that_is_deleted_while_its_copy_is_made_loses_it_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = world.report()
    world.settle()
    note = world.note(world.desk, report.id, "too fast")
    world.read()
    follow(world.engine, "desk")

    def meanwhile(*args: Any) -> list[Result]:
        delete(world, world.desk, report.id, note.id)
        follow(world.engine, "desk")
        return send_together(*args)

    with monkeypatch.context() as patched:
        patched.setattr(apply, "send_together", meanwhile)
        assert apply.work(world.engine, "tracker", "w") == 1
    assert texts(world.tracker, world.mirror().id) == ["too fast"]
    world.settle()
    assert texts(world.tracker, world.mirror().id) == []


@pytest.mark.parametrize("failure", ["lose_answer", "lose_request", "unavailable"])
def test_whatever_strikes_the_withdrawal_it_happens(world: World, failure: Failure) -> None:
    report = world.report()
    note = world.note(world.desk, report.id, "one")
    world.settle()
    delete(world, world.desk, report.id, note.id)
    world.tracker.failures.append((failure, "write"))
    world.settle()
    assert texts(world.tracker, world.mirror().id) == []
    assert not world.effects(State.PARKED)


def test_a_link_on_hold_takes_nothing_back_until_it_goes_on(world: World) -> None:
    report = world.report()
    note = world.note(world.desk, report.id, "one")
    world.settle()
    hold(world, report.id, held=True)
    delete(world, world.desk, report.id, note.id)
    world.settle()
    assert texts(world.tracker, world.mirror().id) == ["one"]
    hold(world, report.id, held=False)
    world.note(world.desk, report.id, "two")
    world.settle()
    assert texts(world.tracker, world.mirror().id) == ["two"]


def hold(world: World, report: str, *, held: bool) -> None:
    with world.store.write() as tx:
        (link,) = links.of(tx, Ref(connection="desk", id=report))
        links.hold(tx, link.id, held)


# -- deleted where the copy is -----------------------------------------------------------------------------


def test_whoever_deletes_a_copy_deletes_no_more_than_that(world: World) -> None:
    report = world.report()
    note = world.note(world.desk, report.id, "a customer's words")
    world.settle()
    mirror = world.mirror()
    delete(world, world.tracker, mirror.id, mirror.notes[0].id)
    world.settle()
    world.desk.person(lambda: world.desk.edit_note(report.id, note.id, "edited words"))
    world.settle()
    assert texts(world.desk, report.id) == ["edited words"]
    assert texts(world.tracker, mirror.id) == []
    assert not [effect for effect in world.effects(State.DONE) if effect.kind is Kind.EDIT], "nor is it tried"


# -- absence is not deletion -------------------------------------------------------------------------------


class Threads(MemoryConnector):
    """A tool whose lists leave out what was resolved."""

    resolved: ClassVar[set[str]]

    def comment_is_gone(self, ref: Ref, comment: str) -> bool:
        return super().comment_is_gone(ref, comment) and comment not in self.resolved


def test_what_a_list_leaves_out_is_not_deleted_while_the_tool_has_it(store: Store) -> None:
    class Resolving(World):
        connector = Threads

    world = Resolving(store)
    report = world.report()
    note = world.note(world.desk, report.id, "in a resolved thread")
    world.settle()
    Threads.resolved = {note.id}
    delete(world, world.desk, report.id, note.id)
    world.settle()
    assert texts(world.tracker, world.mirror().id) == ["in a resolved thread"]
    requests = world.desk.requests
    look(world, world.desk, report.id)
    follow(world.engine, "desk")
    assert world.desk.requests - requests == 1, "nor is it asked for once more so soon"
    Threads.resolved = set()
    world.clock.seconds += TRUSTED
    look(world, world.desk, report.id)
    world.settle()
    assert texts(world.tracker, world.mirror().id) == []


class NoChecks(MemoryConnector):
    """A tool that can be asked for no comment by itself."""

    comment_is_gone = None  # type: ignore[assignment]


class Refuses(MemoryConnector):
    def comment_is_gone(self, ref: Ref, comment: str) -> bool:
        raise Forbidden("403")


@pytest.mark.parametrize("tool", [NoChecks, Refuses])
def test_where_no_tool_says_so_nothing_was_deleted(store: Store, tool: type[MemoryConnector]) -> None:
    class Silent(World):
        connector = tool

    world = Silent(store)
    report = world.report()
    note = world.note(world.desk, report.id, "one")
    world.settle()
    delete(world, world.desk, report.id, note.id)
    world.settle()
    assert texts(world.tracker, world.mirror().id) == ["one"]


def test_an_item_that_cannot_be_read_says_nothing_of_its_comments(world: World) -> None:
    report = world.report()
    world.note(world.desk, report.id, "one")
    world.settle()
    gone = world.desk._records.pop(report.id)
    look(world, world.desk, report.id)
    world.settle()
    assert texts(world.tracker, world.mirror().id) == ["one"]
    world.desk._records[report.id] = gone
    look(world, world.desk, report.id)
    world.settle()
    assert texts(world.tracker, world.mirror().id) == ["one"]


def test_a_comment_is_too_new_to_be_missed_until_its_tool_has_settled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = world.report()
    world.settle()
    monkeypatch.setattr(MemoryConnector, "settles", timedelta(seconds=60))
    note = world.note(world.desk, report.id, "one")
    world.read()
    follow(world.engine, "desk")
    apply.work(world.engine, "tracker", "w")
    delete(world, world.desk, report.id, note.id)
    follow(world.engine, "desk")
    requests = world.desk.requests
    assert follow(world.engine, "desk") == 0
    assert world.desk.requests == requests, "it is not read again and again"
    assert withdrawals(world, State.PENDING) == 0
    world.clock.seconds += 60
    world.settle()
    assert texts(world.tracker, world.mirror().id) == []


# -- fewer readers -----------------------------------------------------------------------------------------


def test_what_is_narrowed_is_taken_back_from_those_who_may_not_read_it(store: Store) -> None:
    rules = PUBLISHES.replace("to: tracker", "to: desk").replace("project: ENG", "project: HELP")
    world = TwoDesks(store, rules.replace("{connection: desk, ", "{connection: desk, container: DESK, "))
    report = world.report()
    note = world.note(world.desk, report.id, "to the customer", Audience.CUSTOMER)
    world.note(world.desk, report.id, "stays", Audience.CUSTOMER)
    world.settle()
    (mirror,) = [record for record in world.desk.changed_since(0, 100) if record.marker]
    assert texts(world.desk, mirror.id) == ["to the customer", "stays"]
    narrow(world, report.id, note.id)
    world.settle()
    assert texts(world.desk, mirror.id) == ["stays"]
    assert texts(world.desk, report.id) == ["to the customer", "stays"]


class TwoDesks(World):
    def _tool(self, name: str, containers: dict[str, Audience]) -> MemoryTool:
        return super()._tool(name, {**containers, "HELP": Audience.CUSTOMER})


def test_what_is_narrowed_stays_where_no_more_people_read_it(world: World) -> None:
    report = world.report()
    note = world.note(world.desk, report.id, "one", Audience.CUSTOMER)
    world.settle()
    narrow(world, report.id, note.id)
    world.settle()
    assert texts(world.tracker, world.mirror().id) == ["one"]


def test_what_a_rule_publishes_stays_published(store: Store) -> None:
    world = World(store, SHOWN)
    report = world.report()
    note = world.note(world.desk, report.id, "meant for all", Audience.CUSTOMER)
    world.settle()
    narrow(world, report.id, note.id)
    world.settle()
    assert texts(world.tracker, world.mirror().id) == ["meant for all"]
    world.start(SHOWN.replace("audience: public, publish: true}", "audience: public}"))
    look(world, world.desk, report.id)
    world.note(world.desk, report.id, "later")
    world.settle()
    assert texts(world.tracker, world.mirror().id) == ["meant for all"], "no rule's edit deletes anything"


# -- tools that cannot delete ------------------------------------------------------------------------------


class NoDeletes(MemoryConnector):
    """A tool that has no right to delete."""

    def delete_comment(self, ref: Ref, comment: str) -> None:
        raise Forbidden("403")


class Notes(MemoryConnector):
    """A tool in which a comment stays, and can be hidden."""

    edit_comment = delete_comment = None  # type: ignore[assignment]

    def hide_comment(self, ref: Ref, comment: str) -> None:
        tool = MemoryTool.tools[self._settings.tool]
        record = tool.read(ref.id)
        hidden = (
            replace(note, audience=Audience.INTERNAL) if note.id == comment else note for note in record.notes
        )
        self._ask("PATCH", "/hide", lambda _: tool.change(ref.id, notes=tuple(hidden)))


class Stone(MemoryConnector):
    """A tool in which a comment stays as it was written, for all who could read it."""

    edit_comment = delete_comment = None  # type: ignore[assignment]


def test_where_deleting_is_not_allowed_the_words_go(store: Store) -> None:
    class Guarded(World):
        connector = NoDeletes

    world = Guarded(store)
    report = world.report()
    note = world.note(world.desk, report.id, "words")
    world.settle()
    delete(world, world.desk, report.id, note.id)
    world.settle()
    assert texts(world.tracker, world.mirror().id) == [WITHDRAWN]
    assert not world.effects(State.PARKED)


@pytest.mark.parametrize("failure", ["lose_answer", "lose_request", None])
def test_where_nothing_can_be_deleted_a_comment_of_the_team_tells_of_it_once(
    store: Store, failure: Failure | None
) -> None:
    class Kept(World):
        connector = Notes

    world = Kept(store)
    report = world.report()
    world.settle()
    mirror = world.mirror()
    note = world.note(world.tracker, mirror.id, "an engineer's words")
    world.settle()
    if failure:
        world.desk.failures.append((failure, "write"))
    delete(world, world.tracker, mirror.id, note.id)
    world.settle()
    first, second = world.desk.read(report.id).notes
    time = f"{note.created:%Y-%m-%d %H:%M} UTC"
    assert second.text == f"**Ann** (memory {mirror.key}): the comment of {time} was deleted there."
    assert (first.audience, second.audience) == (Audience.INTERNAL, Audience.INTERNAL)
    assert withdrawals(world) == 1


def test_a_copy_that_customers_read_is_left_to_the_team_where_it_cannot_be_deleted(store: Store) -> None:
    class Kept(TwoDesks):
        connector = Notes

    rules = PUBLISHES.replace("to: tracker", "to: desk").replace("project: ENG", "project: HELP")
    world = Kept(store, rules.replace("{connection: desk, ", "{connection: desk, container: DESK, "))
    report = world.report()
    note = world.note(world.desk, report.id, "to the customer", Audience.CUSTOMER)
    world.settle()
    narrow(world, report.id, note.id)
    world.settle()
    (mirror,) = [record for record in world.desk.changed_since(0, 100) if record.marker]
    assert [one.audience for one in mirror.notes] == [Audience.INTERNAL]


def test_where_nothing_helps_a_person_is_told(store: Store) -> None:
    class Kept(World):
        connector = Stone

    world = Kept(store, SHOWN)
    report = world.report()
    note = world.note(world.desk, report.id, "for all the world", Audience.CUSTOMER)
    world.settle()
    delete(world, world.desk, report.id, note.id)
    world.settle()
    assert texts(world.tracker, world.mirror().id) == ["for all the world"]
    (notice,) = [one for one in world.notices() if one.matter is Matter.STAYS]
    assert report.key in notice.text
    assert not world.effects(State.PARKED)


# -- the store ---------------------------------------------------------------------------------------------


def test_a_lagging_list_makes_no_deleted_comment_new(world: World) -> None:
    report = world.report()
    note = world.note(world.desk, report.id, "one")
    world.settle()
    delete(world, world.desk, report.id, note.id)
    world.settle()
    world.edit(world.desk, report.id, notes=(note,))
    look(world, world.desk, report.id)
    world.settle()
    assert texts(world.tracker, world.mirror().id) == []
    with world.store.read() as view:
        (link,) = links.of(view, Ref(connection="desk", id=report.id))
        assert not pairs.any_stale(view, link.id, "source", link.source)
