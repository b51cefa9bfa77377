"""The way of a webhook: late, doubled, overtaken or lost, by the sandbox's clock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.hooks import Hook
from sandbox.server import Sandbox
from sandbox.trouble import Fault, HookFaultKind, Weather
from tests.sandbox.fake import FakeJira, FakeZendesk


class Mailbox:
    """A sandbox with somebody who listens; answers with each of ``statuses`` once, then with 200."""

    def __init__(self) -> None:
        self.sandbox = Sandbox([FakeJira, FakeZendesk])
        self.sandbox.clock.freeze()
        self.statuses: list[int] = []
        self._heard: list[str] = []
        self._port = self.sandbox.mount(Starlette(routes=[Route("/", self._take, methods=["POST"])]))

    async def _take(self, request: Request) -> Response:
        self._heard.append((await request.body()).decode())
        return Response(status_code=self.statuses.pop(0) if self.statuses else 200)

    def send(self, *words: str, service: str = "jira", retries: int = 0) -> None:
        for word in words:
            url = f"http://127.0.0.1:{self._port}/"
            hook = Hook(service, url, {}, word.encode(), frozenset({503}), retries, pause=10)
            self.sandbox.call(lambda hook=hook: self.sandbox.hooks.send(hook))  # type: ignore[misc]
            self.sandbox.drain()

    def strike(self, kind: HookFaultKind, **more: object) -> None:
        self.sandbox.faults["jira"].active.append(Fault(kind, **more))  # type: ignore[arg-type]

    def after(self, seconds: float = 0) -> list[str]:
        """What is there so much later."""
        self.sandbox.clock.advance(seconds)
        self.sandbox.drain()
        return self._heard


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    made = Mailbox()
    with made.sandbox.running():
        yield made


def test_in_good_weather_each_comes_once(mailbox: Mailbox) -> None:
    mailbox.send("one", "two")
    assert mailbox.after() == ["one", "two"]
    assert mailbox.sandbox.hooks.delivered == 2


def test_a_late_one_comes_when_its_time_has_come(mailbox: Mailbox) -> None:
    mailbox.strike("late", seconds=600)
    mailbox.send("late", "next")
    assert mailbox.after(599) == ["next"]
    assert mailbox.after(1) == ["next", "late"]


def test_on_a_running_clock_a_late_one_comes_by_itself(mailbox: Mailbox) -> None:
    mailbox.strike("late", seconds=0.02)
    mailbox.sandbox.clock.thaw()
    mailbox.send("late")
    while not mailbox.after():
        mailbox.sandbox.call(lambda: None)
    assert mailbox.after() == ["late"]


def test_a_doubled_one_comes_twice(mailbox: Mailbox) -> None:
    mailbox.strike("doubled")
    mailbox.send("one", "two")
    assert mailbox.after() == ["one", "one", "two"]


def test_a_missing_one_never_comes(mailbox: Mailbox) -> None:
    mailbox.strike("missing", match="two")
    mailbox.send("one", "two", "three")
    assert mailbox.after(10_000) == ["one", "three"]


def test_one_is_overtaken_by_the_next_of_its_service(mailbox: Mailbox) -> None:
    mailbox.strike("out_of_order")
    mailbox.send("one")
    mailbox.send("other", service="zendesk")
    mailbox.send("two", "three")
    assert mailbox.after(10_000) == ["other", "two", "one", "three"]


def test_one_that_nothing_overtakes_comes_in_the_end(mailbox: Mailbox) -> None:
    mailbox.strike("out_of_order", seconds=60)
    mailbox.send("one")
    assert mailbox.after(59) == []
    assert mailbox.after(1) == ["one"]
    mailbox.send("two")
    assert mailbox.after(10_000) == ["one", "two"]


def test_what_failed_is_tried_again_as_often_as_the_vendor_does(mailbox: Mailbox) -> None:
    mailbox.statuses = [503, 503, 503, 503]
    mailbox.send("one", retries=2)
    assert [len(mailbox.after(seconds)) for seconds in (9, 1, 19, 1, 10_000)] == [1, 2, 2, 3, 3]
    assert (mailbox.sandbox.hooks.delivered, mailbox.sandbox.hooks.failed) == (0, 1)
    mailbox.statuses = [503]
    mailbox.send("two", retries=2)
    assert mailbox.after(10)[3:] == ["two", "two"]
    assert mailbox.sandbox.hooks.delivered == 1


def test_a_refusal_that_the_vendor_takes_is_final(mailbox: Mailbox) -> None:
    mailbox.statuses = [400]
    mailbox.send("one", retries=2)
    assert mailbox.after(10_000) == ["one"]
    assert mailbox.sandbox.hooks.failed == 1


def test_the_same_seed_gives_the_same_deliveries() -> None:
    heard = []
    for _ in range(2):
        mailbox = Mailbox()
        odds = dict.fromkeys(("late", "doubled", "out_of_order", "missing"), 0.2)
        mailbox.sandbox.faults["jira"].weather = Weather(11, odds)  # type: ignore[arg-type]
        with mailbox.sandbox.running():
            mailbox.send(*map(str, range(25)))
            heard.append(list(mailbox.after(10_000)))
        assert {strike.kind for strike in mailbox.sandbox.faults["jira"].struck} == set(odds)
    assert heard[0] == heard[1]
    assert heard[0] != sorted(heard[0], key=int)
