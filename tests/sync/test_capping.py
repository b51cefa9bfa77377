"""Caps: a rule that causes too much is stopped and told once, nothing is lost, and a person decides."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.model import Ref
from rules.caps import Caps
from sync import capping
from sync.capping import NothingHeld
from sync.history import events
from sync.status import Status, status
from sync.store import journal
from sync.store.database import Store
from sync.store.effects import State
from sync.store.notices import Matter
from sync.unpark import retry
from tests.sync.world import BUGS, World

MIRRORS = BUGS.replace("      - add_labels: [in-tracker]\n", "")
"""One write for each report."""
ANSWERS = """
version: 1
rules:
  - id: answers
    when: {connection: desk, labels: {has: bug}}
    then:
      - comment: {audience: customer, text: Thank you}
  - id: marks
    when: {connection: desk}
    then:
      - add_labels: [seen]
"""


class Capped(World):
    caps = Caps(effects=3, customer_comments=2, backfill=100, all_rules=50)


def standing(world: World) -> Status:
    return status(world.store, ("desk", "tracker"), world.clock())


def titles(world: World) -> list[str]:
    return sorted(record.title for record in world.mirrors())


def capped(world: World) -> list[str]:
    return [one.text for one in world.notices() if one.matter is Matter.CAPPED]


def report_many(world: World, names: Sequence[str]) -> None:
    for name in names:
        world.report(name)
    world.settle()


def test_what_is_over_the_cap_is_held_and_told_once(store: Store) -> None:
    world = Capped(store, MIRRORS)
    report_many(world, "ABCDE")
    assert titles(world) == ["A", "B", "C"]
    (told,) = capped(world)
    assert told.startswith(
        "a cap of rule bugs is reached: effects, 3 within an hour; what comes after is held"
    )
    (cap,) = standing(world).caps
    assert (cap.rule, cap.cap, cap.limit, cap.held) == ("bugs", "effects", 3, 2)
    (held,) = {effect.error for effect in world.effects(State.HELD)}
    assert held == "a cap of rule bugs is reached: effects, 3 within an hour"


def test_what_is_held_stays_held_when_the_hour_is_over(store: Store) -> None:
    world = Capped(store, MIRRORS)
    report_many(world, "ABCDE")
    world.clock.seconds += 2 * 3600
    world.start(MIRRORS)
    report_many(world, "F")
    assert titles(world) == ["A", "B", "C"]
    assert standing(world).caps[0].held == 3


def test_a_person_lets_it_go_and_it_is_counted_anew(store: Store) -> None:
    world = Capped(store, MIRRORS)
    report_many(world, "ABCDE")
    assert capping.resume(store, "bugs", world.clock()) == 2
    report_many(world, "FGH")
    assert titles(world) == [*"ABCDEFGH"]
    assert capped(world) == []
    report_many(world, "I")
    assert titles(world) == [*"ABCDEFGH"]


def test_a_person_gives_it_up(store: Store) -> None:
    world = Capped(store, MIRRORS)
    report_many(world, "ABCDE")
    assert capping.give_up(store, None, world.clock()) == 2
    report_many(world, "F")
    assert titles(world) == [*"ABCF"]
    assert standing(world).caps == []


def test_one_held_write_can_be_let_go_by_its_number(store: Store) -> None:
    world = Capped(store, MIRRORS)
    report_many(world, "ABCDE")
    last = world.effects(State.HELD)[-1]
    retry(store, [last.id], world.clock())
    world.settle()
    assert titles(world) == [*"ABCE"]


def test_a_rule_of_which_nothing_is_held(store: Store) -> None:
    world = Capped(store, MIRRORS)
    report_many(world, "ABCD")
    for decide in (capping.resume, capping.give_up):
        with pytest.raises(NothingHeld, match="of rule bogs; held are: bugs"):
            decide(store, "bogs", world.clock())


@pytest.mark.parametrize(("cap", "made"), [(2, "ABC"), (3, "ABC"), (4, "ABCD"), (9, "ABCDEF")])
def test_a_cap_that_is_raised_in_the_rule_lets_go_as_much_as_there_is_room_for(
    store: Store, cap: int, made: str
) -> None:
    world = Capped(store, MIRRORS)
    report_many(world, "ABCDEF")
    world.start(MIRRORS.replace("    then:", f"    caps: {{effects: {cap}}}\n    then:"))
    world.settle()
    assert titles(world) == [*made]
    assert bool(capped(world)) == (made != "ABCDEF")


def test_other_rules_go_on_until_all_of_them_together_are_too_many(store: Store) -> None:
    world = World(store, ANSWERS)
    world.engine.caps = Caps(customer_comments=1, all_rules=4)
    ids = [world.report(name).id for name in "ABC"]
    world.settle()
    told = [note.text for id in ids for note in world.desk.read(id).notes]
    assert told == ["Thank you"]
    assert {effect.origin["rule"] for effect in world.effects(State.HELD)} == {"answers"}
    # The two whose answers are held wait behind them, in the order of their item.
    world.engine.caps = Caps(customer_comments=1, all_rules=4)
    capping.resume(store, "answers", world.clock())
    world.settle()
    assert all("seen" in world.desk.read(id).labels for id in ids)
    world.report("D", labels=frozenset())
    world.settle()
    (told_of_all,) = [text for text in capped(world) if "all rules" in text]
    assert "loopwright resume --every-rule" in told_of_all


def test_a_rule_that_told_customers_too_much_is_stopped_as_a_whole(store: Store) -> None:
    rules = ANSWERS.replace("text: Thank you}", "text: Thank you}\n      - set: {priority: low}")
    world = Capped(store, rules)
    world.engine.caps = Caps(customer_comments=2)
    ids = [world.report(name).id for name in "ABCD"]
    world.settle()
    assert sum(len(world.desk.read(id).notes) for id in ids) == 2
    assert sum(world.desk.read(id).priority == "low" for id in ids) == 2


def test_what_only_the_team_reads_is_no_comment_to_a_customer(store: Store) -> None:
    world = World(store, ANSWERS.replace("audience: customer", "audience: internal"))
    world.engine.caps = Caps(customer_comments=0)
    report_many(world, "ABC")
    assert world.effects(State.HELD) == []


def test_a_backfill_has_a_cap_of_its_own_and_holds_up_nothing_else(store: Store) -> None:
    world = World(store, "version: 1")
    for name in "ABCD":
        world.report(name)
    world.settle()
    world.caps = Caps(backfill=2)
    world.clock.seconds += 3600
    world.start(MIRRORS.replace("id: bugs", "id: bugs\n    backfill: true"))
    world.settle()
    assert titles(world) == ["A", "B"]
    assert standing(world).caps[0].cap == "backfill"
    report_many(world, "EF")
    assert titles(world) == [*"ABEF"]


def test_old_comments_that_a_new_mirror_brings_along_are_no_news(store: Store) -> None:
    world = World(store, MIRRORS)
    world.engine.caps = Caps(effects=2)
    reported = world.report("A", labels=frozenset())
    for number in range(5):
        world.note(world.desk, reported.id, f"old {number}")
    world.settle()
    world.clock.seconds += 2 * 86400
    world.edit(world.desk, reported.id, labels=frozenset(["bug"]))
    world.settle()
    assert len(world.mirror().notes) == 5


def test_what_is_kept_in_sync_counts_so_that_two_automations_cannot_quarrel_for_ever(store: Store) -> None:
    world = Capped(store, MIRRORS)
    reported = world.report("A")
    world.settle()
    for number in range(6):
        world.edit(world.desk, reported.id, title=f"A{number}")
        world.settle()
    assert world.mirror().title == "A1"
    capping.resume(store, "bugs", world.clock())
    world.settle()
    assert world.mirror().title == "A5"


def test_a_write_that_is_tried_again_counts_once(store: Store) -> None:
    world = Capped(store, MIRRORS)
    world.tracker.failures += [("unavailable", "write"), ("lose_answer", "write"), ("unavailable", "write")]
    report_many(world, "ABC")
    world.start(MIRRORS)
    world.settle()
    assert titles(world) == [*"ABC"]
    assert world.effects(State.HELD) == []


def test_a_transaction_that_fails_counts_nothing(store: Store) -> None:
    world = Capped(store, MIRRORS)
    report_many(world, "AB")
    world.report("C")
    with pytest.raises(ZeroDivisionError), world.engine.write():
        raise ZeroDivisionError
    world.settle()
    assert titles(world) == [*"ABC"]
    assert world.effects(State.HELD) == []


def test_notes_among_the_team_are_told_even_so(store: Store) -> None:
    world = Capped(store, MIRRORS)
    reported = world.report("A")
    report_many(world, "BC")
    world.note(world.desk, reported.id, "/loop why")
    world.settle()
    assert any(note.text.startswith("Loopwright: ") for note in world.desk.read(reported.id).notes)


def test_a_conflict_is_told_even_so(store: Store) -> None:
    world = Capped(store, MIRRORS)
    reported = world.report("A")
    report_many(world, "BC")
    world.edit(world.desk, reported.id, title="Here")
    world.edit(world.tracker, world.mirrors()[0].id, title="There")
    world.settle()
    assert [note.text.count("Both ends changed") for note in world.desk.read(reported.id).notes] == [1]


def test_the_history_of_the_item_tells_it(store: Store) -> None:
    world = Capped(store, MIRRORS)
    report_many(world, "ABCD")
    (held,) = world.effects(State.HELD)
    capping.resume(store, "bugs", world.clock())
    with store.read() as view:
        (item,) = [one for one in world.desk.changed_since(0, 100) if one.title == "D"]
        told = [event.what for event in events(view, journal.of(view, Ref(connection="desk", id=item.id)))]
    assert f"the create in tracker is held: {held.error} (rule bugs, write {held.id})" in told
    assert told[-1].startswith("the create in tracker was let go")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(["report", "settle", "hour", "restart", "note", "fail"]), max_size=25))
def test_no_hour_has_more_than_the_cap_and_nothing_is_lost(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('caps')}/loop.sqlite")
    store.migrate()
    world = Capped(store, MIRRORS)
    reported, began = 0, world.clock()
    for step in steps:
        match step:
            case "report":
                reported += 1
                world.report(f"Report {reported}")
            case "settle":
                world.settle()
            case "hour":
                world.clock.seconds += 3601
            case "restart":
                world.start(MIRRORS)
            case "fail":
                world.tracker.failures.append(("lose_answer", "write"))
            case "note":
                for record in world.desk.changed_since(0, 100):
                    world.note(world.desk, record.id, "said")
        hours = 1 + int((world.clock() - began) // 3600)
        let_through = [effect for state in set(State) - {State.HELD} for effect in world.effects(state)]
        assert len(let_through) <= 3 * hours
    world.settle()
    while world.effects(State.HELD):
        capping.resume(store, None, world.clock())
        world.settle()
    assert titles(world) == sorted(f"Report {number + 1}" for number in range(reported))
    store.close()
