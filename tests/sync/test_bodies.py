"""Edits of the two bodies of a link cross paragraph by paragraph, and neither end loses what is its own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.model import Item
from rules.intents import ConflictPolicy, Direction, KeptField
from sync.bodies import merge_bodies
from sync.merge import Agree, Conflict, ToMirror, ToSource
from sync.receipt import shared_part
from sync.store.database import Store
from sync.store.links import Base
from sync.store.notices import Matter
from tests.rules.build import ISSUE, TICKET, changed
from tests.sync.world import BUGS, World

BODY = "It stops.\n\n- one\n- two\n\nThe end."
FRAME = "From DESK-1:\n\n{}\n\n*Sent by a rule.*"
RULES = BUGS.replace(
    "fields: {labels: [from-desk]}",
    r'fields: {body: "From {{ item.key }}:\n\n{{ item.body }}\n\n*Sent by a rule.*"}',
).replace("title: {direction: both, publish: true}", "body: {direction: both, publish: true}")


@pytest.fixture
def world(store: Store) -> World:
    return World(store, RULES)


def test_an_edit_goes_over_and_the_words_around_the_text_stay(world: World) -> None:
    report = world.report(text=BODY)
    world.settle()
    assert world.mirror().text == FRAME.format(BODY)
    world.edit(world.desk, report.id, text=BODY.replace("stops", "hangs"))
    world.settle()
    assert world.mirror().text == FRAME.format(BODY.replace("stops", "hangs"))


def test_an_edit_comes_back_without_the_words_around_it(world: World) -> None:
    report = world.report(text=BODY)
    world.settle()
    world.edit(world.tracker, world.mirror().id, text=FRAME.format(BODY.replace("- two", "- two\n- three")))
    world.settle()
    assert world.desk.read(report.id).text == BODY.replace("- two", "- two\n- three")


def test_edits_of_both_ends_at_once_are_in_both(world: World) -> None:
    report = world.report(text=BODY)
    world.settle()
    world.edit(world.desk, report.id, text=BODY.replace("stops", "hangs"))
    world.edit(world.tracker, world.mirror().id, text=FRAME.format(BODY.replace("end", "very end")))
    world.settle()
    both = BODY.replace("stops", "hangs").replace("end", "very end")
    assert world.desk.read(report.id).text == both
    assert world.mirror().text == FRAME.format(both)
    assert world.notices() == []


def test_one_paragraph_edited_twice_is_for_people(world: World) -> None:
    report = world.report(text=BODY)
    world.settle()
    world.edit(world.desk, report.id, text=BODY.replace("stops", "hangs"))
    world.edit(world.tracker, world.mirror().id, text=FRAME.format(BODY.replace("stops", "waits")))
    world.settle()
    [notice] = world.notices()
    assert notice.matter is Matter.CONFLICT
    assert "one paragraph was edited in DESK-1 and in ENG-1" in notice.text
    assert "hangs" not in notice.text
    world.edit(world.tracker, world.mirror().id, text=FRAME.format(BODY.replace("stops", "hangs")))
    world.settle()
    assert world.notices() == []
    assert world.desk.read(report.id).text == BODY.replace("stops", "hangs")


# -- the merge alone ---------------------------------------------------------------------------------------

KEPT = KeptField("body", Direction.BOTH)
MINE, THEIRS = BODY.replace("stops", "hangs"), FRAME.format(BODY.replace("stops", "waits"))
AGREED = Base(BODY, FRAME.format(BODY))


def ends(source: str, mirror: str) -> tuple[Item, Item]:
    return changed(TICKET, body=source), changed(ISSUE, body=mirror)


@pytest.mark.parametrize(
    ("policy", "newer", "expected"),
    [
        (ConflictPolicy.HOLD, True, Conflict(MINE, THEIRS)),
        (ConflictPolicy.SOURCE, False, ToMirror(FRAME.format(MINE), MINE)),
        (ConflictPolicy.NEWEST, True, ToMirror(FRAME.format(MINE), MINE)),
        (ConflictPolicy.MIRROR, True, ToSource(BODY.replace("stops", "waits"), THEIRS)),
        (ConflictPolicy.NEWEST, False, ToSource(BODY.replace("stops", "waits"), THEIRS)),
    ],
)
def test_the_rule_says_whose_paragraph_counts(policy: ConflictPolicy, newer: bool, expected: object) -> None:
    kept = replace(KEPT, conflict=policy)
    assert merge_bodies(kept, AGREED, *ends(MINE, THEIRS), source_is_newer=newer) == expected


def test_a_mirror_that_is_not_read_keeps_its_own_edits() -> None:
    kept = replace(KEPT, direction=Direction.TO_MIRROR)
    own = FRAME.format(BODY.replace("end", "very end"))
    assert merge_bodies(kept, AGREED, *ends(BODY, own), source_is_newer=True) is None
    outcome = merge_bodies(kept, AGREED, *ends(MINE, own), source_is_newer=True)
    assert isinstance(outcome, ToMirror)
    assert outcome.value == own.replace("stops", "hangs")


def test_the_same_edit_at_both_ends_is_agreed_on() -> None:
    there = FRAME.format(MINE)
    assert merge_bodies(KEPT, AGREED, *ends(MINE, there), source_is_newer=True) == Agree(Base(MINE, there))


_PLACES = st.lists(st.tuples(st.sampled_from("sm"), st.integers(0, 5), st.integers(0, 9)), max_size=8)


@given(_PLACES, st.sampled_from([*ConflictPolicy]))
@settings(deadline=None)
def test_whatever_is_edited_the_ends_come_to_agree(
    edits: list[tuple[str, int, int]], policy: ConflictPolicy
) -> None:
    """Each end is a list of paragraphs; what only one of them edited is in both in the end."""
    kept = replace(KEPT, conflict=policy)
    start = [f"Paragraph {number}." for number in range(6)]
    texts = {"s": list(start), "m": list(start)}
    for end, place, words in edits:
        texts[end][place] = f"Edit {words} of {place} in {end}."
    source, mirror = "\n\n".join(texts["s"]), FRAME.format("\n\n".join(texts["m"]))
    base = Base("\n\n".join(start), FRAME.format("\n\n".join(start)))
    for _ in range(4):
        match merge_bodies(kept, base, *ends(source, mirror), source_is_newer=True):
            case Agree(agreed):
                base = agreed
            case ToMirror(value, other, shared):
                mirror = str(value)
                base = Base(other, mirror if shared is None else shared_part(mirror, str(shared), mirror))
            case ToSource(value, other, shared):
                source = str(value)
                base = Base(source if shared is None else shared_part(source, str(shared), source), other)
            case Conflict() | None as outcome:
                break
    clash = any(a != b and a != c and b != c for a, b, c in zip(texts["s"], texts["m"], start, strict=True))
    if policy is ConflictPolicy.HOLD and clash:
        assert isinstance(outcome, Conflict)
        return
    assert outcome is None
    assert FRAME.format(source) == mirror
    winner = "m" if policy is ConflictPolicy.MIRROR else "s"
    expected = [
        texts[winner][place]
        if texts[winner][place] != start[place]
        else texts["sm".replace(winner, "")][place]
        for place in range(6)
    ]
    assert source == "\n\n".join(expected)
