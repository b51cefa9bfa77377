"""Every fault that the sandbox knows, one after the other, over both ends of a loop, webhooks and all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.storm import KINDS, TOOLS, Storm

SEED = 1


@pytest.fixture(params=TOOLS)
def storm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storm]:
    raised = Storm(TOOLS[request.param], SEED, tmp_path)
    try:
        yield raised
    finally:
        raised.close()


def test_whatever_strikes_nothing_is_lost_and_nothing_doubled(storm: Storm) -> None:
    for kind in storm.dice.sample(KINDS, len(KINDS)):
        storm.strike(kind)
    storm.strike_by_chance(turns=10)
    storm.stop()
    storm.start(patient=True)
    storm.settle()
    assert storm.parked() == []
    for ticket in storm.tickets:
        (mirror,) = storm.mirrors(ticket)
        titles = [card.title for card in storm.cards("zendesk") if card.id == ticket]
        assert [mirror.title, *titles] == [storm.named[ticket]] * 2
        check_comments(storm, ticket)
    assert storm.told() == []
    written = [storm.cards(name) for name in storm.tools]
    storm.stop()
    storm.start(patient=True)
    storm.settle()
    assert [storm.cards(name) for name in storm.tools] == written, "a second run writes nothing"


def check_comments(storm: Storm, ticket: str) -> None:
    every = [word for name in storm.tools for word in storm.said.get((name, ticket), [])]
    for name in storm.tools:
        texts = storm.comments(name, ticket)
        found = [word for text in texts for word in every if word in text]
        assert sorted(found) == sorted(every), f"whatever was said at either end is at {name} once"
        assert len(texts) == len(every), "and nothing else"
