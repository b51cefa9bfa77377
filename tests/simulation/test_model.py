"""The model sees what it is there to see: each thing that must not be is a complaint."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.simulation.model import (
    Deeds,
    Filed,
    Gave,
    Promise,
    Report,
    Said,
    Shown,
    ShownComment,
    ShownFile,
    complaints,
)

PROMISE = Promise(
    "bug",
    ("there", "ENG"),
    "internal",
    {"title": {}, "priority": {"high": "High", "low": "Low"}},
    held=frozenset({"title", "priority"}),
    labels=True,
    files=True,
)
WIDE = Promise("open", ("there", "OPEN"), "customer", {"title": {}}, held=frozenset({"title"}))
HERE, THERE = ("desk", "1"), ("there", "2")


def comment(text: str, *, ours: bool = True) -> ShownComment:
    return ShownComment(text, "internal", ours)


def deeds() -> Deeds:
    return Deeds(
        reports=[Report("r1z", HERE, {"title": "r1z", "priority": "high"}, due={"bug"})],
        said=[Said(HERE, "internal", ["w1z", "w2z"]), Said(HERE, "internal", ["w3z"])],
        filed=[Filed(THERE, "internal", "f1z.txt")],
        gave=[Gave(THERE, "title", "r1z two", "r1z"), Gave(HERE, "title", "r1z three", "r1z two")],
        labelled=[(HERE, "l1z")],
        asked=[THERE],
    )


def shown() -> list[Shown]:
    source = Shown(
        "desk",
        "1",
        "D-1",
        "DESK",
        "customer",
        ours=False,
        fields={"title": "r1z three", "priority": "high"},
        labels=frozenset({"bug", "l1z"}),
        comments=(comment("w2z", ours=False), comment("w3z", ours=False)),
        files=(ShownFile("f1z.txt", "internal"),),
    )
    mirror = Shown(
        "there",
        "2",
        "ENG-2",
        "ENG",
        "internal",
        ours=True,
        fields={"title": "r1z three", "priority": "High"},
        labels=frozenset({"l1z"}),
        comments=(comment("Ann: w2z"), comment("Ann: w3z"), comment("Loopwright: done")),
        files=(ShownFile("f1z.txt", "internal"),),
    )
    return [source, mirror]


def test_nothing_is_wrong_with_what_is_right() -> None:
    assert complaints([PROMISE, WIDE], deeds(), shown()) == []


def changed(end: int, **values: object) -> Callable[[], list[Shown]]:
    def change() -> list[Shown]:
        items = shown()
        items[end] = replace(items[end], **values)  # type: ignore[arg-type]
        return items

    return change


COPIES, FILES = shown()[1].comments, shown()[1].files
TOLD = comment("Both ends changed title, and nothing was overwritten: 'a' on D-1 and 'b' on ENG-2.")
SETTLED = comment("title of D-1 and ENG-2 is settled.")


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (lambda: shown()[:1], "has 0 mirrors"),
        (lambda: [*shown(), replace(shown()[1], id="3")], "has 2 mirrors"),
        (lambda: shown()[1:], "is gone"),
        (lambda: [*shown(), replace(shown()[1], id="3", container="PLAT")], "was made by nobody"),
        (changed(0, comments=()), "is not 1 times where it was said"),
        (changed(1, comments=COPIES[1:]), "w2z of .* is not in ENG-2"),
        (changed(1, comments=(*COPIES, COPIES[0])), "w2z of .* is 2 times in ENG-2"),
        (changed(1, comments=(comment("Ann: w3z"), comment("Ann: w4z"), *COPIES)), "w3z of .* is 2 times"),
        (changed(1, comments=(*COPIES, comment("w9z"))), "nobody said"),
        (changed(1, comments=COPIES[:2]), "has 0 answers to 1 commands"),
        (changed(1, comments=(*COPIES, COPIES[2])), "has 2 answers"),
        (changed(1, comments=(*COPIES[:2], replace(COPIES[2], readers="customer"))), "for the team"),
        (changed(1, comments=(replace(COPIES[0], readers="customer"), *COPIES[1:])), "w2z is for internal"),
        (changed(0, body="w2z"), "w2z is for internal and read by customer: body of D-1"),
        (changed(0, files=()), "f1z.txt of .* is 0 times in D-1"),
        (changed(0, files=(ShownFile("f1z.txt", "internal"),) * 2), "f1z.txt of .* is 2 times in D-1"),
        (changed(0, files=(ShownFile("f1z.txt", "customer"),)), "f1z is for internal"),
        (
            changed(1, files=(ShownFile("f1z.txt", "internal"), ShownFile("f2z.txt", "internal"))),
            "nobody attached",
        ),
        (changed(1, labels=frozenset()), "label l1z"),
        (changed(1, fields={"title": "r1z two", "priority": "High"}), "title is .* nobody is told"),
        (changed(1, fields={"title": "r1z three", "priority": "Low"}), "priority is .* nobody is told"),
        (changed(1, comments=(*COPIES, TOLD)), "agrees, and is told as a conflict"),
        (changed(1, comments=(*COPIES, TOLD, TOLD)), "is told as"),
        (changed(1, comments=(*COPIES, SETTLED)), "settled before"),
    ],
)
def test_what_is_wrong_is_seen(what: Callable[[], list[Shown]], words: str) -> None:
    found = complaints([PROMISE, WIDE], deeds(), what())
    assert found
    assert any(re.search(words, one) for one in found), found


def test_an_edit_that_nobody_saw_before_it_was_overwritten_is_lost() -> None:
    blind = deeds()
    blind.gave[1] = Gave(HERE, "title", "r1z three", "r1z")
    found = complaints([PROMISE], blind, shown())
    assert found == ["r1z: title is 'r1z three', and nobody who gave it saw ['r1z two']"]


def test_a_copy_whose_comment_was_deleted_is_seen() -> None:
    gone = deeds()
    gone.said[1].deleted = True
    items = changed(0, comments=(comment("w2z", ours=False),))()
    assert complaints([PROMISE], gone, items) == ["w3z of D-1 and ENG-2 (r1z) is 1 times in ENG-2"]


def test_what_was_taken_apart_is_promised_nothing_any_more() -> None:
    apart = deeds()
    apart.reports[0].cut.add("bug")
    items = changed(1, fields={"title": "r1z", "priority": "Low"}, comments=COPIES[1:], files=())()
    items[1] = replace(items[1], files=(ShownFile("f1z.txt", "internal"),))
    assert complaints([PROMISE], apart, items) == []
