"""A small tool that lives in this process: what the reference connector has in place of a server.

Several connectors may share one tool, from several threads. It fails as real tools do, with plain Python
errors: LookupError for what is not there, ValueError for what it refuses, PermissionError for a wrong token,
TimeoutError for "slow down", ConnectionError for a connection that broke, OSError for an outage.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from mimetypes import guess_type
from typing import Literal, TypeAlias, TypeVar

from connectors.model import Audience, JsonValue, Person
from connectors.protocol import WebhookRequest

__all__ = ["HOLDS", "STATUSES", "Attachment", "Failure", "MemoryTool", "Note", "Record"]

T = TypeVar("T")
Failure: TypeAlias = Literal["lose_answer", "lose_request", "unavailable", "rate_limited"]

STATUSES = ("open", "in progress", "done")
HOLDS: Mapping[Audience, tuple[Audience, ...]] = {
    Audience.INTERNAL: (Audience.INTERNAL,),
    Audience.CUSTOMER: (Audience.INTERNAL, Audience.CUSTOMER),
    Audience.PUBLIC: (Audience.PUBLIC,),
}
"""By the audience of a container: the audiences that comments in it can have."""
BOT = Person(id="bot", name="Loopwright", staff=True)
SOMEBODY = Person(id="ann", name="Ann", email="ann@memory.example", staff=True)


@dataclass(frozen=True, slots=True)
class Note:
    """A comment as the tool keeps it."""

    id: str
    author: Person
    text: str
    audience: Audience
    created: datetime
    updated: datetime
    marker: str | None
    item: str
    """The id of the item that it belongs to."""
    sequence: int
    """As a record's: what the list of notes is ordered by."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as the tool keeps it."""

    id: str
    name: str
    media_type: str
    content: bytes
    audience: Audience
    created: datetime
    by: Person


@dataclass(frozen=True, slots=True)
class Record:
    """An item as the tool keeps it."""

    id: str
    key: str
    container: str
    title: str
    created: datetime
    updated: datetime
    requester: Person
    audience: Audience = Audience.INTERNAL
    """That of the container."""
    text: str = ""
    type: str | None = None
    status: str = STATUSES[0]
    priority: str | None = None
    labels: frozenset[str] = frozenset()
    assignee: Person | None = None
    custom: Mapping[str, JsonValue] = field(default_factory=dict)
    marker: str | None = None
    notes: tuple[Note, ...] = ()
    files: tuple[Attachment, ...] = ()
    deleted: bool = False
    sequence: int = 0
    """Grows with every change of any item: what lists are ordered by."""


class MemoryTool:
    """The server, and the people who work in it."""

    tools: dict[str, MemoryTool] = {}  # noqa: RUF012 - one per process is the point
    """Every tool of this process by its name, which is its address."""

    def __init__(
        self,
        name: str,
        *,
        containers: Mapping[str, Audience] | None = None,
        token: str = "memory-token",  # noqa: S107 - a stand-in guards nothing
        webhook_secret: str = "memory-secret",  # noqa: S107
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        self.containers = dict(containers or {"MEM": Audience.INTERNAL})
        self.token = token
        self.webhook_secret = webhook_secret
        self.now = now
        self.largest_file = 1_000_000
        self.requests = 0
        self.moved: dict[str, str] = {}
        """What items became that were transferred, by the id that they had."""
        self.failures: list[tuple[Failure, Literal["read", "write"]]] = []
        """What goes wrong next, and with what kind of request."""
        self.chance: Callable[[], Failure | None] = lambda: None
        """What goes wrong with a request for which nothing of that is planned."""
        self.subscribers: list[Callable[[WebhookRequest], None]] = []
        self._records: dict[str, Record] = {}
        self._numbers = count(1)
        self._sequence = count(1)
        self._outbox: list[WebhookRequest] = []
        self._lock = threading.RLock()
        MemoryTool.tools[name] = self

    def request(self, token: str, act: Callable[[], T], *, write: bool = False) -> T:
        """Serve one request of the API: ``act`` happens as a whole, or not at all."""
        with self._acting():
            self.requests += 1
            failure = self._failure(write)
            if failure == "unavailable":
                raise OSError("503 Service Unavailable")
            if failure == "rate_limited":
                raise TimeoutError("429 Too Many Requests")
            if failure == "lose_request":
                raise ConnectionError("the connection broke")
            if not hmac.compare_digest(token, self.token):
                raise PermissionError("401 Unauthorized")
            answer = act()
            if failure == "lose_answer":
                raise ConnectionError("the connection broke")
            return answer

    def changed_since(self, sequence: int, limit: int) -> list[Record]:
        """The next items changed after ``sequence``, in the order of their last change."""
        found: list[Record] = []
        for record in reversed(self._records.values()):
            if record.sequence <= sequence:
                break
            found.append(record)
        return found[::-1][:limit]

    def noted_since(self, sequence: int, limit: int) -> list[Note]:
        """The next notes written or edited after ``sequence``, of whatever item, in that order."""
        notes = (note for record in self._records.values() for note in record.notes)
        return sorted((note for note in notes if note.sequence > sequence), key=_sequence)[:limit]

    def read(self, item_id: str) -> Record:
        if item_id not in self._records:
            raise LookupError(f"404 no item {item_id!r}")
        return self._records[item_id]

    def read_many(self, item_ids: Iterable[str]) -> list[Record]:
        """Those of the items that are there."""
        return [self._records[item_id] for item_id in item_ids if item_id in self._records]

    def marked(self, marker: str) -> Record | None:
        return next((record for record in self._records.values() if record.marker == marker), None)

    def create(self, container: str, title: str, **values: object) -> Record:
        """A new item, with ``values`` for further attributes of :class:`Record`."""
        number, now = next(self._numbers), self.now()
        blank = Record(str(1000 + number), f"{container}-{number}", container, title, now, now, SOMEBODY)
        return self._store(self._with(blank, {"container": container, **values}))

    def change(self, item_id: str, **values: object) -> Record:
        """Set attributes of :class:`Record`. A move to another container gives the item a new key."""
        record = self.read(item_id)
        if values.get("container", record.container) != record.container:
            values["key"] = f"{values['container']}-{next(self._numbers)}"
        return self._store(self._with(record, {**values, "updated": self.now()}))

    def transfer(self, item_id: str, container: str) -> Record:
        """Move an item as some tools do: it gets a new id, as its notes do, and the old ones are gone."""
        record = self.read(item_id)
        number = next(self._numbers)
        became = replace(record, id=str(1000 + number), key=f"{container}-{number}", updated=self.now())
        notes = (
            replace(note, id=str(next(self._numbers)), item=became.id, sequence=next(self._sequence))
            for note in record.notes
        )
        del self._records[item_id]
        self.moved[item_id] = became.id
        return self._store(self._with(became, {"container": container, "notes": tuple(notes)}))

    def successor(self, item_id: str) -> Record:
        """The item, or what it has become."""
        while item_id in self.moved:
            item_id = self.moved[item_id]
        return self.read(item_id)

    def _with(self, record: Record, values: Mapping[str, object]) -> Record:
        for name, allowed in (("status", STATUSES), ("container", tuple(self.containers))):
            if values.get(name, allowed[0]) not in allowed:
                raise ValueError(f"no {name} {values[name]!r}; there are: {', '.join(allowed)}")
        changed = replace(record, **values)  # type: ignore[arg-type]
        return replace(changed, audience=self.containers[changed.container])

    def hide(self, item_id: str) -> None:
        """The account may no longer see the item: for it, there is none."""
        del self._records[item_id]

    def add_note(
        self, item_id: str, text: str, audience: Audience, *, marker: str | None = None, by: Person = SOMEBODY
    ) -> Note:
        record = self.read(item_id)
        if audience not in HOLDS[record.audience]:
            raise ValueError(f"comments in {record.container!r} cannot be kept {audience.value}")
        number, now = str(next(self._numbers)), self.now()
        note = Note(number, by, text, audience, now, now, marker, item_id, next(self._sequence))
        self.change(item_id, notes=(*record.notes, note))
        return note

    def edit_note(self, item_id: str, note_id: str, text: str) -> Note:
        """Give a note another text; its readers stay the same."""
        record = self.read(item_id)
        note = next((note for note in record.notes if note.id == note_id), None)
        if note is None:
            raise LookupError(f"404 no note {note_id!r}")
        edited = replace(note, text=text, updated=self.now(), sequence=next(self._sequence))
        notes = (edited if note.id == note_id else note for note in record.notes)
        self.change(item_id, notes=tuple(notes))
        return edited

    def delete_note(self, item_id: str, note_id: str) -> None:
        record = self.read(item_id)
        self.change(item_id, notes=tuple(note for note in record.notes if note.id != note_id))

    def attach(
        self, item_id: str, name: str, content: bytes, audience: Audience, *, by: Person = SOMEBODY
    ) -> Attachment:
        record = self.read(item_id)
        if audience not in HOLDS[record.audience]:
            raise ValueError(f"files in {record.container!r} cannot be kept {audience.value}")
        if len(content) > self.largest_file:
            raise ValueError(f"no file larger than {self.largest_file} bytes")
        media_type = guess_type(name)[0] or "application/octet-stream"
        file = Attachment(str(next(self._numbers)), name, media_type, content, audience, self.now(), by)
        self.change(item_id, files=(*record.files, file))
        return file

    def file(self, item_id: str, file_id: str) -> Attachment:
        for file in self.read(item_id).files:
            if file.id == file_id:
                return file
        raise LookupError(f"404 no file {file_id!r}")

    def person(self, act: Callable[[], T]) -> T:
        """Something that a person does in its window: ``tool.person(lambda: tool.create(...))``."""
        with self._acting():
            return act()

    @contextmanager
    def _acting(self) -> Iterator[None]:
        """One act at a time; webhooks go out when it is over, also when its answer was lost."""
        outgoing: list[WebhookRequest] = []
        try:
            with self._lock:
                try:
                    yield
                finally:
                    outgoing, self._outbox = self._outbox, []
        finally:
            for delivery in outgoing:
                for subscriber in list(self.subscribers):
                    subscriber(delivery)

    def _failure(self, write: bool) -> Failure | None:
        for index, (failure, what) in enumerate(self.failures):
            if write == (what == "write"):
                del self.failures[index]
                return failure
        return self.chance()

    def _store(self, record: Record) -> Record:
        """Put the item at the end of the list of changes, and tell the subscribers."""
        record = replace(record, sequence=next(self._sequence))
        self._records.pop(record.id, None)
        self._records[record.id] = record
        self._outbox.append(self._delivery(record))
        return record

    def _delivery(self, record: Record) -> WebhookRequest:
        now = self.now()
        body = json.dumps({"id": f"d-{record.sequence}", "item": record.id, "key": record.key}).encode()
        stamp = str(int(now.timestamp()))
        signature = hmac.new(self.webhook_secret.encode(), stamp.encode() + b"." + body, hashlib.sha256)
        headers = {"x-memory-time": stamp, "x-memory-signature": signature.hexdigest()}
        return WebhookRequest(headers=headers, body=body, received=now)


def _sequence(note: Note) -> int:
    return note.sequence
