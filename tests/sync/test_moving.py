"""An item that gets another id by a move stays the same item: its links, its comments, its history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest

from connectors.memory.tool import Record
from connectors.model import Audience, Comment, Person, Ref
from rules.load import load_texts
from sync.apply import work
from sync.follow import follow
from sync.moving import counterparts
from sync.poll import poll
from sync.store import effects, hints, items, journal, links, moves, renaming
from sync.store.database import Store
from sync.store.effects import State
from sync.store.notices import Matter
from sync.why import why
from sync.wording import harmless
from tests.sync.world import BUGS, World


class Crash(BaseException):
    """The process is gone."""


class Watching(World):
    """The tracker has a place that nobody reads."""

    unwatched = ("OPEN",)


def moved(world: World, at: str, item: str) -> Record:
    tool, place = (world.desk, "VIP") if at == "desk" else (world.tracker, "OPS")
    return tool.person(lambda: tool.transfer(item, place))


def hint(world: World, at: str, item: str) -> None:
    """A webhook about the item."""
    with world.store.write() as tx:
        hints.add(tx, Ref(connection=at, id=item), due=world.clock())


def texts(record: Record) -> list[str]:
    """What people and we said there, without the words around it."""
    return [note.text.split("\n\n")[-1] for note in record.notes]


@pytest.fixture
def world(store: Store) -> World:
    world = World(store)
    world.report()
    world.settle()
    (report,) = world.desk.changed_since(0, 10)
    world.note(world.desk, report.id, "from the desk")
    world.note(world.tracker, world.mirror().id, "from the tracker")
    world.settle()
    return world


def report_of(world: World) -> Record:
    (report,) = world.desk.changed_since(0, 10)
    return report


@pytest.mark.parametrize("at", ["desk", "tracker"])
@pytest.mark.parametrize("told", ["webhook of the old one", "webhook of the new one", "poll", "write"])
def test_either_end_is_moved_and_the_link_goes_on(world: World, at: str, told: str) -> None:
    before = report_of(world) if at == "desk" else world.mirror()
    now = moved(world, at, before.id)
    if told == "write":
        other = world.tracker if at == "desk" else world.desk
        world.note(other, world.mirror().id if at == "desk" else report_of(world).id, "on its way")
        poll(world.engine, "tracker" if at == "desk" else "desk")
        assert work(world.engine, at, "worker") == 1
    elif told != "poll":
        hint(world, at, before.id if told == "webhook of the old one" else now.id)
        follow(world.engine, at)
    world.settle()
    world.note(world.desk, report_of(world).id, "later at the desk")
    world.note(world.tracker, world.mirror().id, "later in the tracker")
    world.edit(world.desk, report_of(world).id, title="It stops at noon")
    world.settle()
    said = {"from the desk", "from the tracker", "later at the desk", "later in the tracker"}
    said |= {"on its way"} if told == "write" else set()
    for end in (report_of(world), world.mirror()):
        assert end.title == "It stops at noon"
        assert sorted(texts(end)) == sorted(said), "each once, at both ends"
    assert len(world.desk.changed_since(0, 10)) == 1
    assert len(world.tracker.changed_since(0, 10)) == 1, "no second mirror was made"
    assert world.notices() == []


def test_an_edit_of_what_was_carried_before_reaches_its_copy(world: World) -> None:
    moved(world, "desk", report_of(world).id)
    moved(world, "tracker", world.mirror().id)
    world.settle()
    report = report_of(world)
    (note,) = [note for note in report.notes if note.text == "from the desk"]
    world.desk.person(lambda: world.desk.edit_note(report.id, note.id, "said better"))
    world.settle()
    assert sorted(texts(world.mirror())) == ["from the tracker", "said better"]


def test_an_edit_on_its_way_to_a_copy_that_moves_arrives(world: World) -> None:
    report = report_of(world)
    (note,) = [note for note in report.notes if note.text == "from the desk"]
    world.desk.person(lambda: world.desk.edit_note(report.id, note.id, "said better"))
    poll(world.engine, "desk")
    moved(world, "tracker", world.mirror().id)
    world.settle()
    assert sorted(texts(world.mirror())) == ["from the tracker", "said better"]


def test_a_comment_whose_answer_was_lost_is_found_where_the_item_is_now(world: World) -> None:
    world.note(world.desk, report_of(world).id, "once only")
    poll(world.engine, "desk")
    world.tracker.failures.append(("lose_answer", "write"))
    work(world.engine, "tracker", "worker")
    assert len(world.effects(State.UNSURE)) == 1
    moved(world, "tracker", world.mirror().id)
    world.settle()
    assert texts(world.mirror()).count("once only") == 1


def test_a_mirror_whose_answer_was_lost_is_found_where_it_was_moved(store: Store) -> None:
    world = World(store)
    world.report()
    poll(world.engine, "desk")
    world.tracker.failures.append(("lose_answer", "write"))
    work(world.engine, "tracker", "worker")
    moved(world, "tracker", world.mirror().id)
    world.settle()
    world.edit(world.desk, report_of(world).id, title="Found")
    world.settle()
    assert world.mirror().title == "Found"


def test_a_rule_does_not_fire_again_because_the_item_has_another_id(store: Store) -> None:
    once = """
version: 1
rules:
  - id: greet
    when: {connection: desk, labels: {has: bug}}
    then:
      - comment: {text: "Thank you", audience: customer}
"""
    world = World(store, once)
    world.settle()
    world.report()
    world.settle()
    assert texts(report_of(world)) == ["Thank you"]
    moved(world, "desk", report_of(world).id)
    world.settle()
    world.edit(world.desk, report_of(world).id, title="It stops at night")
    world.settle()
    assert texts(report_of(world)) == ["Thank you"]


def test_a_move_within_sight_of_nobody_keeps_the_link_and_is_told_once(store: Store) -> None:
    world = Watching(store)
    world.report()
    world.settle()
    mirror = world.mirror()
    world.tracker.person(lambda: world.tracker.transfer(mirror.id, "OPEN"))
    for id in (mirror.id, world.mirror().id, mirror.id):
        hint(world, "tracker", id)
        world.settle()
    (told,) = world.notices()
    assert (told.matter, told.ref.id) == (Matter.GONE, mirror.id)
    assert f"{mirror.key} was moved to OPEN-" in told.text
    assert world.mirror().status == "open", "nothing was closed"
    with store.read() as view:
        (link,) = links.of(view, Ref(connection="desk", id=report_of(world).id))
    assert link.mirror == Ref(connection="tracker", id=mirror.id)
    # It comes back to a place that is watched: with it everything goes on.
    world.tracker.person(lambda: world.tracker.transfer(world.mirror().id, "OPS"))
    world.settle()
    world.edit(world.desk, report_of(world).id, title="Back again")
    world.settle()
    assert world.mirror().title == "Back again"
    assert world.notices() == []


def test_a_crash_in_the_middle_leaves_nothing_half_done(world: World) -> None:
    before = report_of(world)
    now = moved(world, "desk", before.id)
    hint(world, "desk", before.id)
    with patch.object(renaming, "hand_over_links", side_effect=Crash), pytest.raises(Crash):
        follow(world.engine, "desk")
    with world.store.read() as view:
        assert len(links.of(view, Ref(connection="desk", id=before.id))) == 1
        assert links.of(view, Ref(connection="desk", id=now.id)) == []
        assert moves.any_waiting(view, "desk")
    world.start()
    world.settle()
    with world.store.read() as view:
        assert links.of(view, Ref(connection="desk", id=before.id)) == []
        assert len(links.of(view, Ref(connection="desk", id=now.id))) == 1
    assert sorted(texts(world.mirror())) == ["from the desk", "from the tracker"]


def test_who_writes_along_the_link_is_waited_for(world: World) -> None:
    """A worker has the old ids in hand: its receipt is stored before they change."""
    before = report_of(world)
    world.note(world.desk, before.id, "being carried")
    poll(world.engine, "desk")
    moved(world, "desk", before.id)
    with world.store.write() as tx:
        (taken,) = effects.take(tx, "tracker", worker="another", now=world.clock(), limit=1)
    hint(world, "desk", before.id)
    follow(world.engine, "desk")
    with world.store.read() as view:
        assert moves.any_waiting(view, "desk")
        assert len(links.of(view, before_ref := Ref(connection="desk", id=before.id))) == 1
    with world.store.write() as tx:
        effects.finish(tx, taken.id, State.PENDING)
    world.settle()
    with world.store.read() as view:
        assert links.of(view, before_ref) == []
    assert texts(world.mirror()).count("being carried") == 1


def test_what_was_read_before_a_move_and_taken_in_after_it_is_no_new_item(world: World) -> None:
    before = report_of(world)
    page = world.engine.fleet.get("desk").changes(None)
    moved(world, "desk", before.id)
    world.settle()
    with (
        patch.object(type(world.engine.fleet.get("desk")), "changes", return_value=page),
        patch("sync.store.connections.advance"),
    ):
        poll(world.engine, "desk")
    world.settle()
    assert len(world.mirrors()) == 1
    with world.store.read() as view:
        assert links.of(view, Ref(connection="desk", id=before.id)) == []
        assert items.get(view, Ref(connection="desk", id=before.id)) is None


def test_an_item_moved_twice_is_known_by_all_its_names(world: World) -> None:
    keys = [(first := report_of(world)).key]
    keys.append((second := moved(world, "desk", first.id)).key)
    world.settle()
    third = world.desk.person(lambda: world.desk.transfer(second.id, "DESK"))
    world.settle()
    rules = load_texts({"rules.yaml": BUGS}, defuse=harmless)
    for name in (*keys, third.key, f"desk:{first.id}"):
        account = why(world.store, rules, name, rule=None, now=world.clock())
        assert account.item.ref.id == third.id
    told = [event.what for event in account.events if event.what.startswith("moved")]
    assert told == [f"moved: {keys[0]} is {keys[1]} now", f"moved: {keys[1]} is {third.key} now"]


def test_a_command_is_not_obeyed_again_and_one_can_use_the_old_key(world: World) -> None:
    before = report_of(world)
    world.note(world.desk, before.id, "/loop hold")
    world.settle()
    moved(world, "desk", before.id)
    world.settle()
    world.note(world.tracker, world.mirror().id, "/loop resume")
    world.settle()
    world.note(world.tracker, world.mirror().id, f"/loop unlink {before.key}")
    world.settle()
    with world.store.read() as view:
        assert links.of(view, Ref(connection="tracker", id=world.mirror().id)) == []
        lines = journal.of(view, Ref(connection="desk", id=report_of(world).id))
    assert [line.detail["command"] for line in lines if line.kind is journal.Entry.COMMANDED] == ["hold"]


def test_comments_are_recognised_by_what_there_is_to_go_by() -> None:
    moment = datetime(2026, 1, 5, tzinfo=UTC)

    def one(id: str, body: str, by: str, minute: int = 0, marker: str | None = None) -> Comment:
        at = moment + timedelta(minutes=minute)
        author = Person(id=by, name=by)
        told = {"audience": Audience.INTERNAL, "created": at, "updated": at, "marker": marker}
        return Comment.model_validate({"id": id, "body": body, "author": author, **told})

    known = [
        one("1", "ours", "bot", marker="lw-1"),
        one("2", "same second", "ann"),
        one("3", "other words", "ann"),
        one("4", "edited later", "ann", minute=1),
        one("5", "of one who left", "bob", minute=2),
        one("6", "deleted before", "ann", minute=3),
    ]
    seen = [
        one("11", "ours, edited", "bot", minute=9, marker="lw-1"),
        one("13", "other words", "ann"),
        one("12", "same second", "ann"),
        one("14", "edited", "ann", minute=1),
        one("15", "of one who left", "ghost", minute=4),
        one("17", "new", "ann", minute=5),
    ]
    assert counterparts(known, seen) == {"1": "11", "2": "12", "3": "13", "4": "14", "5": "15"}


def test_an_item_that_comes_back_unseen_is_still_itself(world: World) -> None:
    away = moved(world, "desk", report_of(world).id)
    world.desk.person(lambda: world.desk.transfer(away.id, "DESK"))
    world.settle()
    world.edit(world.desk, report_of(world).id, title="Here again")
    world.settle()
    assert world.mirror().title == "Here again"


def test_two_items_of_one_moment_are_two(store: Store) -> None:
    """Created by one script at one moment in two places: each is itself."""
    world = World(store)
    first = world.report("One")
    world.settle()
    world.desk.person(
        lambda: world.desk.create(
            "VIP", "Two", labels=frozenset(["bug"]), created=first.created, updated=world.clock.moment()
        )
    )
    world.settle()
    assert sorted(mirror.title for mirror in world.mirrors()) == ["One", "Two"]


def test_a_link_of_the_new_ones_own_stands_beside(world: World) -> None:
    """Both were mirrored before it came out that they are one: both mirrors stay linked."""
    before = report_of(world)
    now = moved(world, "desk", before.id)
    with patch("sync.moving.may_be_known", return_value=False):
        poll(world.engine, "desk")
    world.settle()
    hint(world, "desk", before.id)
    world.settle()
    with world.store.read() as view:
        assert len(links.of(view, Ref(connection="desk", id=now.id))) == 2
    world.note(world.desk, now.id, "to both")
    world.settle()
    assert [texts(mirror).count("to both") for mirror in world.mirrors()] == [1, 1]
    assert Audience.CUSTOMER is report_of(world).audience
