"""What the page hears while it is open: changes of items, and the lines of the demo's story."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.service import Card, Service

Event = tuple[str, dict[str, object]]
_KEY = re.compile(r"(?<![\w/-])(?:ZD-\d+|N-[0-9a-f]{8}|[A-Z][A-Z0-9]+-\d+|[\w.-]+/[\w.-]+#\d+)\b")
"""How people call an item in any of the four tools."""
_REMEMBERED = 200
_QUIET = 15.0
"""Seconds after which a silent stream says that it is still there."""


class StoryRef(BaseModel):
    """An item that a line is about, by the id that the service gives it or by the key that people use."""

    model_config = ConfigDict(extra="forbid")

    service: str
    id: str = ""
    key: str = ""


class StoryLine(BaseModel):
    """One line of the story as it unfolds."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1)
    kind: Literal["person", "sync", "note"] = "note"
    """Whether a person did it, Loopwright did it, or the teller remarks it."""
    refs: tuple[StoryRef, ...] = ()
    """The items that it connects."""


class _Ear:
    """One listener's unheard events. A change that was not heard yet is kept once, however often it comes."""

    def __init__(self) -> None:
        self.changed: dict[tuple[str, str], None] = {}
        self.story: deque[StoryLine] = deque()
        self.woken = asyncio.Event()


class Stream:
    """Passes on what the services and the teller say to everybody who listens."""

    def __init__(self, services: Mapping[str, Service]) -> None:
        self._services = services
        self._ears: set[_Ear] = set()
        self._told: deque[StoryLine] = deque(maxlen=_REMEMBERED)
        for service in services.values():
            service.listeners.append(self._listener(service.name))

    def _listener(self, service: str) -> Callable[[str], None]:
        def changed(item: str) -> None:
            for ear in self._ears:
                ear.changed[service, item] = None
                ear.woken.set()

        return changed

    def tell(self, line: StoryLine) -> None:
        """Add a line to the story; who comes later hears it as well."""
        self._told.append(line)
        for ear in self._ears:
            ear.story.append(line)
            ear.woken.set()

    async def listen(self) -> AsyncIterator[Event]:
        """Events without end: first ``hello`` and the story so far, then what happens."""
        ear = _Ear()
        ear.story.extend(self._told)
        self._ears.add(ear)
        try:
            yield "hello", {}
            while True:
                while ear.story:
                    yield "story", ear.story.popleft().model_dump()
                while ear.changed:
                    service, item = next(iter(ear.changed))
                    del ear.changed[service, item]
                    card = self._services[service].card(item)
                    yield "changed", {"service": service, "id": item, "card": card and as_json(card)}
                ear.woken.clear()
                try:
                    async with asyncio.timeout(_QUIET):
                        await ear.woken.wait()
                except TimeoutError:
                    yield "quiet", {}
        finally:
            self._ears.discard(ear)


def as_json(card: Card) -> dict[str, object]:
    """A card as the page gets it: times in ISO 8601, and the keys of other items that its text mentions."""
    comments = [{**asdict(said), "created": said.created.isoformat()} for said in card.comments]
    return {**without_comments(card), "comments": comments}


def without_comments(card: Card) -> dict[str, object]:
    """The same for a list of cards, which needs to know of comments only what they mention."""
    text = "\n".join((card.title, card.body, *(said.text for said in card.comments)))
    return {
        "id": card.id,
        "key": card.key,
        "title": card.title,
        "body": card.body,
        "status": card.status,
        "statuses": list(card.statuses),
        "priority": card.priority,
        "labels": list(card.labels),
        "people": card.people,
        "container": card.container,
        "created": card.created.isoformat(),
        "updated": card.updated.isoformat(),
        "mentions": sorted(set(_KEY.findall(text)) - {card.key}),
    }
