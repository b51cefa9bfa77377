# ruff: noqa: S101
"""What must hold through every failure: nothing lost, nothing doubled, and an error that says what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Literal, TypeVar

import pytest

from connectors.conformance.world import (
    CONNECTION,
    FAILURES,
    HAPPENED,
    LIMITED,
    Failure,
    World,
    latest,
    read_all,
    ref,
)
from connectors.errors import ConnectorError, OutcomeUnknown, RateLimited, Unavailable
from connectors.model import CommentDraft, Draft, Patch, Ref
from connectors.protocol import Connector

__all__ = ["Enduring"]

T = TypeVar("T")
_TRIES = 60
_SEEDS = (1, 2, 3)


class Enduring:
    @pytest.mark.parametrize("failure", FAILURES)
    def test_a_read_that_fails_says_so_and_can_be_repeated(
        self, scene: World, connector: Connector, failure: Failure
    ) -> None:
        item_id = scene.person_creates("There")
        scene.person_comments(item_id, "Said", internal=False)
        scene.settle(connector)
        _, cursor = read_all(connector, None)
        scene.person_edits_title(item_id, "There still")
        scene.settle(connector)
        reads: tuple[tuple[Callable[[], object], object], ...] = (
            (lambda: connector.get(ref(item_id)).item.title, "There still"),
            (lambda: [comment.body for comment in connector.comments(ref(item_id))], ["Said"]),
            (lambda: latest(read_all(connector, cursor)[0])[item_id].item.title, "There still"),
        )
        for read, expected in reads:
            scene.break_next(failure, "read")
            if failure != "slow":
                with pytest.raises(RateLimited if failure in LIMITED else Unavailable):
                    read()
            assert read() == expected

    @pytest.mark.parametrize("failure", FAILURES)
    @pytest.mark.parametrize("what", ["write", "read"])
    def test_a_write_that_fails_is_done_once_in_the_end(
        self, scene: World, connector: Connector, failure: Failure, what: Literal["read", "write"]
    ) -> None:
        """``what`` fails: the write itself, or a read that belongs to it."""
        writer = _Writer(scene, connector)
        connector.create(scene.draft("Warm-up"))
        scene.settle(connector)
        before = _titles(connector)
        scene.break_next(failure, what)
        item = writer.create(scene.draft("Made once"))
        scene.break_next(failure, what)
        writer.comment(item, scene.comment_draft("Said once."))
        scene.break_next(failure, what)
        writer.update(item, {"title": "Named once"})
        if not scene.good_weather() and what == "read":
            pytest.skip("this world cannot take back a failure that nothing met")
        scene.settle(connector)
        assert _titles(connector) == before + Counter(["Named once"])
        assert [comment.body for comment in connector.comments(item)] == ["Said once."]
        if what == "write":
            assert {type(error) for error in writer.caught} <= _allowed(failure)

    def test_an_answer_that_takes_too_long_leaves_a_write_open(
        self, scene: World, connector: Connector
    ) -> None:
        impatient = scene.impatient(CONNECTION, scene.gate)
        if impatient is None:
            pytest.skip("this world has no impatient connector")
        connector.create(scene.draft("Warm-up"))
        draft, sent = scene.draft("Made once"), scene.now()
        scene.break_next("slow")
        with pytest.raises(OutcomeUnknown):
            impatient.create(draft)
        scene.settle(connector)
        assert connector.find(draft, sent)
        assert _titles(connector)["Made once"] == 1
        scene.break_next("slow", "read")
        with pytest.raises(Unavailable):
            impatient.changes(None)
        impatient.close()

    @pytest.mark.parametrize("seed", _SEEDS)
    def test_in_bad_weather_there_is_exactly_one_of_everything(
        self, scene: World, connector: Connector, seed: int
    ) -> None:
        connector.create(scene.draft("Warm-up"))
        scene.settle(connector)
        before = _titles(connector)
        if not scene.bad_weather(seed):
            pytest.skip("this world has no weather")
        writer = _Writer(scene, connector)
        items = [writer.create(scene.draft(f"Item {number}")) for number in range(3)]
        for number, item in enumerate(items):
            for word in ("one", "two"):
                writer.comment(item, scene.comment_draft(f"Comment {word} on {number}"))
            writer.update(item, {"title": f"Edited {number}"})
        scene.good_weather()
        scene.settle(connector)
        assert _titles(connector) == before + Counter(f"Edited {number}" for number in range(3))
        for number, item in enumerate(items):
            bodies = [comment.body for comment in connector.comments(item)]
            assert bodies == [f"Comment {word} on {number}" for word in ("one", "two")]


class _Writer:
    """Writes as the engine does: after each error it does what the error's class asks for."""

    def __init__(self, scene: World, connector: Connector) -> None:
        self._scene = scene
        self._connector = connector
        self.caught: list[ConnectorError] = []

    def create(self, draft: Draft) -> Ref:
        sent = self._scene.now()
        return self._once(
            lambda: self._connector.create(draft), lambda: self._connector.find(draft, sent)
        ).ref

    def comment(self, item: Ref, draft: CommentDraft) -> None:
        sent = self._scene.now()
        self._once(
            lambda: self._connector.comment(item, draft),
            lambda: self._connector.find_comment(item, draft, sent),
        )

    def update(self, item: Ref, fields: dict[str, str]) -> None:
        # Writing the same values once more changes nothing: there is nothing to look up.
        self._once(lambda: self._connector.update(item, Patch(fields=dict(fields))), lambda: None)

    def _once(self, send: Callable[[], T], look_up: Callable[[], T | None]) -> T:
        unsure = False
        for _ in range(_TRIES):
            try:
                if unsure and (found := look_up()):
                    return found
                unsure = False
                return send()
            except OutcomeUnknown as error:
                self.caught.append(error)
                unsure = True
                self._scene.settle(self._connector)
            except (RateLimited, Unavailable) as error:
                self.caught.append(error)
                self._scene.advance(60)
        raise AssertionError(f"not done after {_TRIES} tries; the last: {self.caught[-1]}")


def _allowed(failure: Failure) -> set[type[ConnectorError]]:
    """What a write may raise whose request fails so."""
    if failure == "slow":
        return set()
    if failure in LIMITED:
        return {RateLimited}
    return {OutcomeUnknown} if failure in HAPPENED else {OutcomeUnknown, Unavailable}


def _titles(connector: Connector) -> Counter[str]:
    """How many items have each title."""
    return Counter(each.item.title for each in latest(read_all(connector, None)[0]).values())
