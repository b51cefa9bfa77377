"""The reference connector: read this one first.

``tool.MemoryTool`` stands for the server. ``MemoryConnector`` speaks to it as every connector speaks to its
tool: a gate before each request, one place where the tool's failures become :mod:`connectors.errors`, no
retry, no sleep, and no state that matters. From ``edit_comment`` to ``update_many`` it shows abilities
(:mod:`connectors.abilities`): a connector has those whose methods it has.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from connectors.abilities import Move, Wait
from connectors.errors import (
    AuthFailed,
    BadSignature,
    ConnectorError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)
from connectors.memory import shape
from connectors.memory.tool import BOT, HOLDS, STATUSES, Attachment, MemoryTool, Note, Record
from connectors.model import (
    Audience,
    Comment,
    CommentDraft,
    Draft,
    File,
    FileDraft,
    Item,
    JsonValue,
    Kind,
    Patch,
    Person,
    Ref,
)
from connectors.protocol import (
    Account,
    ChangePage,
    Delivery,
    Gate,
    Observation,
    Said,
    WebhookRequest,
)

__all__ = ["MemoryConnector", "MemorySettings", "MemoryTool"]

T = TypeVar("T")
PIECE = 65_536
"""Bytes of a file that are handed on at once."""
REPLAY_WINDOW = timedelta(minutes=5)


class MemorySettings(BaseModel):
    """How to reach a :class:`MemoryTool` of this process."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tool: str = Field(description="Name of the tool, as given to MemoryTool.")
    token: SecretStr = Field(description="What the tool asks of every request.")
    webhook_secret: SecretStr | None = Field(None, description="What the tool signs its webhooks with.")
    page_size: int = Field(100, ge=1, description="Items in one page of changes.")
    notes_apart: bool = Field(
        False, description="Whether comments are listed apart from items, as some tools do."
    )
    unwatched: tuple[str, ...] = Field((), description="Containers whose items are not read.")


class _Cursor(BaseModel):
    """What a cursor holds. Kept as JSON, so that it survives a restart and can be extended."""

    after: int = 0
    noted: int = 0


class _Payload(BaseModel):
    """What a webhook holds."""

    id: str
    item: str
    key: str


class MemoryConnector:
    """One account of a :class:`MemoryTool`."""

    system: ClassVar[str] = "memory"
    Settings: ClassVar[type[BaseModel]] = MemorySettings
    settles = timedelta(0)
    most_read = most_created = most_updated = 50

    def __init__(self, connection: str, settings: MemorySettings, gate: Gate) -> None:
        self.connection = connection
        self._settings = settings
        self._gate = gate

    @classmethod
    def open(cls, connection: str, settings: BaseModel, gate: Gate) -> Self:
        if not isinstance(settings, MemorySettings):
            raise TypeError(f"settings of {connection} are {type(settings).__name__}, not MemorySettings")
        return cls(connection, settings, gate)

    def check(self) -> Account:
        name = self._ask("GET", "/me", lambda tool: tool.name)
        return Account(name=BOT.name, id=BOT.id, site=name)

    def changes(self, cursor: str | None) -> ChangePage:
        since = _Cursor.model_validate_json(cursor) if cursor else _Cursor()
        limit = self._settings.page_size
        # one more than a page, to know whether the next call would find anything
        records = self._ask("GET", "/items", lambda tool: tool.changed_since(since.after, limit + 1))
        notes: list[Note] = []
        if self._settings.notes_apart:
            notes = self._ask("GET", "/notes", lambda tool: tool.noted_since(since.noted, limit + 1))
        page, noted = records[:limit], notes[:limit]
        return ChangePage(
            observations=tuple(self._listed(one) for one in page if self._watches(one.container)),
            cursor=_Cursor(
                after=page[-1].sequence if page else since.after,
                noted=noted[-1].sequence if noted else since.noted,
            ).model_dump_json(),
            more=len(records) > limit or len(notes) > limit,
            said=self._said(noted),
        )

    def get(self, ref: Ref) -> Observation:
        return self._observation(self._ask("GET", f"/items/{ref.id}", lambda tool: tool.read(ref.id)))

    def comments(self, ref: Ref) -> tuple[Comment, ...]:
        record = self._ask("GET", f"/items/{ref.id}/notes", lambda tool: tool.read(ref.id))
        return tuple(shape.comment(note) for note in record.notes)

    def audience(self, container: str) -> Audience:
        # an audience is never guessed: an unknown container is internal
        containers = self._ask("GET", "/containers", lambda tool: tool.containers)
        return containers.get(container, Audience.INTERNAL)

    def create(self, draft: Draft) -> Item:
        return self._item(self._ask("POST", "/items", lambda tool: _create(tool, draft)))

    def update(self, ref: Ref, patch: Patch) -> Item:
        return self._item(self._ask("PATCH", f"/items/{ref.id}", lambda tool: _update(tool, ref, patch)))

    def comment(self, ref: Ref, draft: CommentDraft) -> Comment:
        def act(tool: MemoryTool) -> Note:
            audience = _within(tool, ref, draft.audience)
            return tool.add_note(ref.id, draft.body, audience, marker=draft.marker, by=BOT)

        return shape.comment(self._ask("POST", f"/items/{ref.id}/notes", act))

    def edit_comment(self, ref: Ref, comment: str, draft: CommentDraft) -> Comment:
        def act(tool: MemoryTool) -> Note:
            note = next((note for note in tool.read(ref.id).notes if note.id == comment), None)
            if note and not draft.audience.reaches(note.audience):
                raise ValueError(f"the comment is read by the {note.audience.value} audience")
            return tool.edit_note(ref.id, comment, draft.body)

        return shape.comment(self._ask("PATCH", f"/items/{ref.id}/notes/{comment}", act))

    def delete_comment(self, ref: Ref, comment: str) -> None:
        path = f"/items/{ref.id}/notes/{comment}"
        self._ask("DELETE", path, lambda tool: tool.delete_note(ref.id, comment))

    def retire(self, ref: Ref) -> None:
        self._ask("DELETE", f"/items/{ref.id}", lambda tool: tool.change(ref.id, deleted=True))

    def comment_is_gone(self, ref: Ref, comment: str) -> bool:
        path = f"/items/{ref.id}/notes/{comment}"
        record = self._ask("GET", path, lambda tool: tool.read(ref.id))
        if record.deleted:
            raise NotFound(f"{self.connection}: {record.key} is in the bin, and its comments with it")
        return all(note.id != comment for note in record.notes)

    def files(self, ref: Ref) -> tuple[File, ...]:
        record = self._ask("GET", f"/items/{ref.id}/files", lambda tool: tool.read(ref.id))
        return tuple(shape.file(file) for file in record.files)

    def download(self, ref: Ref, file: File) -> Iterator[bytes]:
        found = self._ask("GET", f"/files/{file.id}", lambda tool: tool.file(ref.id, file.id))
        yield from (found.content[start : start + PIECE] for start in range(0, len(found.content), PIECE))

    def largest_file(self) -> int:
        return self._ask("GET", "/limits", lambda tool: tool.largest_file)

    def upload(self, ref: Ref, draft: FileDraft, content: Iterable[bytes]) -> File:
        # a real tool takes the pieces as they come; this one's memory is where it keeps them
        whole = b"".join(content)

        def act(tool: MemoryTool) -> Attachment:
            return tool.attach(ref.id, draft.name, whole, _within(tool, ref, draft.audience), by=BOT)

        return shape.file(self._ask("POST", f"/items/{ref.id}/files", act))

    def find_file(self, ref: Ref, draft: FileDraft, sent: datetime) -> File | None:
        # a file carries no marker: ours of this name and size, and not older than the request
        record = self._ask("GET", f"/items/{ref.id}/files", lambda tool: tool.read(ref.id))
        ours = [file for file in record.files if file.by == BOT and file.created >= sent]
        alike = [file for file in ours if (file.name, len(file.content)) == (draft.name, draft.size)]
        return shape.file(alike[0]) if alike else None

    def get_many(self, refs: Sequence[Ref]) -> tuple[Observation, ...]:
        ids = [ref.id for ref in refs]
        records = self._ask("GET", "/items/many", lambda tool: tool.read_many(ids))
        return tuple(self._observation(record) for record in records)

    def create_many(self, drafts: Sequence[Draft], wait: Wait) -> tuple[Ref | ConnectorError, ...]:
        # this tool is done when it answers; one that works on after that is asked again after wait(seconds)
        acts = [partial(_create, draft=draft) for draft in drafts]
        made = self._ask("POST", "/items/many", lambda tool: [_tried(act, tool) for act in acts])
        return tuple(self._ref(one) if isinstance(one, Record) else self._refusal(one) for one in made)

    def update_many(
        self, patches: Sequence[tuple[Ref, Patch]], wait: Wait
    ) -> tuple[ConnectorError | None, ...]:
        acts = [partial(_update, ref=ref, patch=patch) for ref, patch in patches]
        done = self._ask("PATCH", "/items/many", lambda tool: [_tried(act, tool) for act in acts])
        return tuple(None if isinstance(one, Record) else self._refusal(one) for one in done)

    def moved(self, ref: Ref) -> Move | None:
        record = self._ask("GET", f"/items/{ref.id}/moved", lambda tool: tool.successor(ref.id))
        return None if record.id == ref.id else Move(self._ref(record), self._watches(record.container))

    def find(self, draft: Draft, sent: datetime) -> Item | None:
        record = self._ask("GET", "/items/by-marker", lambda tool: tool.marked(draft.marker))
        return self._item(record) if record else None

    def find_comment(self, ref: Ref, draft: CommentDraft, sent: datetime) -> Comment | None:
        return next((note for note in self.comments(ref) if note.marker == draft.marker), None)

    def receive(self, request: WebhookRequest) -> Delivery:
        secret = self._settings.webhook_secret
        stamp = request.headers.get("x-memory-time", "")
        signature = request.headers.get("x-memory-signature", "")
        if secret is None:
            raise BadSignature(f"{self.connection}: a webhook came, but no webhook_secret is set")
        expected = hmac.new(
            secret.get_secret_value().encode(), stamp.encode() + b"." + request.body, hashlib.sha256
        )
        if not hmac.compare_digest(expected.hexdigest().encode(), signature.encode()):
            raise BadSignature(f"{self.connection}: the signature of a webhook does not match its body")
        # only now is the stamp known to be a number that the tool wrote
        if abs(request.received.timestamp() - int(stamp)) > REPLAY_WINDOW.total_seconds():
            raise BadSignature(f"{self.connection}: a webhook is older than {REPLAY_WINDOW}")
        payload = _Payload.model_validate_json(request.body)
        return Delivery(payload.id, (Ref(connection=self.connection, id=payload.item, key=payload.key),))

    def close(self) -> None:
        """Nothing is open."""

    def _ask(self, method: str, path: str, act: Callable[[MemoryTool], T]) -> T:
        """Send one request. Every failure of the tool becomes an error of ours here, and nowhere else."""
        self._gate(method, path)
        what = f"{self.connection}: {method} {path}"
        tool = MemoryTool.tools.get(self._settings.tool)
        if tool is None:
            raise Unavailable(f"{what}: there is no tool named {self._settings.tool!r} in this process")
        write = method != "GET"
        try:
            return tool.request(self._settings.token.get_secret_value(), lambda: act(tool), write=write)
        except LookupError as error:
            raise NotFound(f"{what}: {error}") from error
        except ValueError as error:
            raise Rejected(f"{what}: {error}") from error
        except PermissionError as error:
            raise AuthFailed(
                f"{what}: {error}", advice="Set the token that the tool was made with."
            ) from error
        except TimeoutError as error:
            raise RateLimited(f"{what}: {error}", retry_after=1) from error
        except OSError as error:
            # after a read nothing has happened; after a write nobody knows
            raise (OutcomeUnknown if write else Unavailable)(f"{what}: {error}") from error

    def _refusal(self, error: LookupError | ValueError) -> ConnectorError:
        """What one of many came to that the tool would not do."""
        kind = NotFound if isinstance(error, LookupError) else Rejected
        return kind(f"{self.connection}: {error}")

    def _watches(self, container: str) -> bool:
        return container not in self._settings.unwatched

    def _ref(self, record: Record) -> Ref:
        return Ref(connection=self.connection, id=record.id, key=record.key)

    def _listed(self, record: Record) -> Observation:
        if self._settings.notes_apart:
            return Observation(self._item(record), comments_follow=True)
        return self._observation(record)

    def _said(self, notes: Sequence[Note]) -> tuple[Said, ...]:
        by_item: dict[str, list[Comment]] = {}
        for note in notes:
            by_item.setdefault(note.item, []).append(shape.comment(note))
        return tuple(
            Said(Ref(connection=self.connection, id=item), tuple(said)) for item, said in by_item.items()
        )

    def _observation(self, record: Record) -> Observation:
        comments = tuple(shape.comment(note) for note in record.notes)
        return Observation(self._item(record), comments, complete=True)

    def _item(self, record: Record) -> Item:
        return Item(
            ref=self._ref(record),
            system=self.system,
            kind=Kind.ISSUE,
            container=record.container,
            url=f"memory://{self._settings.tool}/{record.key}",
            title=record.title,
            body=record.text,
            audience=record.audience,
            type=record.type,
            status=record.status,
            closed=record.status == STATUSES[-1],
            priority=record.priority,
            labels=tuple(sorted(record.labels)),
            assignee=record.assignee,
            requester=record.requester,
            custom=dict(record.custom),
            created=record.created,
            updated=record.updated,
            deleted=record.deleted,
            marker=record.marker,
        )


def _create(tool: MemoryTool, draft: Draft) -> Record:
    named = {name: value for name in ("type", "status", "priority") if (value := getattr(draft, name))}
    return tool.create(
        draft.container,
        draft.title,
        text=draft.body,
        labels=frozenset(draft.labels),
        custom=draft.custom,
        marker=draft.marker,
        requester=BOT,
        **named,
    )


def _update(tool: MemoryTool, ref: Ref, patch: Patch) -> Record:
    record = tool.read(ref.id)
    labels = (record.labels | set(patch.add_labels)) - set(patch.remove_labels)
    return tool.change(ref.id, **_values(record, patch.fields), labels=labels)


def _within(tool: MemoryTool, ref: Ref, audience: Audience) -> Audience:
    """The widest audience that the tool offers within the one that was asked for."""
    within = [one for one in HOLDS[tool.read(ref.id).audience] if audience.reaches(one)]
    if not within:
        raise ValueError(f"what is written there cannot be kept {audience.value}")
    return within[-1]


def _tried(act: Callable[[MemoryTool], Record], tool: MemoryTool) -> Record | LookupError | ValueError:
    """One of many: what it came to says nothing about the others."""
    try:
        return act(tool)
    except (LookupError, ValueError) as error:
        return error


def _values(record: Record, fields: Mapping[str, JsonValue]) -> dict[str, object]:
    """What a patch names, in the tool's own words."""
    own = {"title": "title", "body": "text", "status": "status", "priority": "priority", "type": "type"}
    values: dict[str, object] = {}
    custom = dict(record.custom)
    for name, value in fields.items():
        if name.startswith("custom."):
            custom[name.removeprefix("custom.")] = value
        elif name == "assignee":
            values["assignee"] = Person(id=value, name=value) if isinstance(value, str) else None
        elif name in own:
            values[own[name]] = value
        else:
            raise ValueError(f"no field {name!r}")
    return {**values, "custom": {name: value for name, value in custom.items() if value is not None}}
