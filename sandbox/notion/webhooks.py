"""Webhooks as Notion sends them: thin, aggregated, signed with the subscription's verification token."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from uuid import NAMESPACE_OID, uuid5

from pydantic import JsonValue

from sandbox.hooks import Hook, Hooks
from sandbox.notion.problem import Object
from sandbox.notion.state import Page, Remark, User, Workspace

API_VERSION = "2025-09-03"
ATTEMPTS = 8
PAUSE, GROWTH = 15.0, 4.0
"""Seconds before the second attempt, and how many times longer each next wait is: 23 hours in all.

Notion tells that there are up to eight attempts, further and further apart, over about a day.
"""
AT_ONCE = frozenset({"page.locked", "page.unlocked"})
"""What is not aggregated, beside all that is about comments."""
JSON = {"Content-Type": "application/json"}
LISTS = ("updated_properties", "updated_blocks")
"""What grows when events of one kind are merged."""


@dataclass(slots=True)
class Event:
    """One event, which later ones of the same kind about the same thing are merged into."""

    type: str
    entity: str
    entity_type: str
    data: Object
    authors: list[User] = field(default_factory=list)


class Outbox:
    """Collects what an act changed and sends it when the act is over.

    While ``held`` is true events pile up as they do in Notion's aggregation window, to be merged: of a page
    that came and went nothing remains, ten edits by two people are one event with two authors.
    """

    def __init__(self, workspace: Workspace, hooks: Hooks, secret: str) -> None:
        self.workspace = workspace
        self.hooks = hooks
        self.secret = secret
        self.urls: list[str] = []
        self.held = False
        self._pending: dict[tuple[str, str], Event] = {}
        self._sent = 0

    def subscribe(self, url: str) -> None:
        """Hand over the verification token, unsigned as in reality, and take it for confirmed."""
        self.hooks.send(Hook("notion", url, JSON, _packed({"verification_token": self.secret})))
        self.urls.append(url)

    def about_page(self, kind: str, page: Page, author: User, **lists: list[JsonValue]) -> None:
        """A ``page.*`` event."""
        parent: Object = {"id": page.above or "", "type": "page" if page.above else "space"}
        if page.source:
            database = self.workspace.sources[page.source].database
            parent = {"id": database, "type": "database", "data_source_id": page.source}
        self._add(Event(f"page.{kind}", page.id, "page", {"parent": parent, **lists}, [author]))

    def about_remark(self, kind: str, remark: Remark, author: User) -> None:
        """A ``comment.*`` event."""
        place = {"id": remark.block or remark.page, "type": "block" if remark.block else "page"}
        data: Object = {"page_id": remark.page, "parent": {**place}}
        self._add(Event(f"comment.{kind}", remark.id, "comment", data, [author]))

    def about_source(self, source: str, author: User, changes: list[JsonValue]) -> None:
        """A changed schema."""
        database = self.workspace.sources[source].database
        data: Object = {"parent": {"id": database, "type": "database"}, "updated_properties": changes}
        self._add(Event("data_source.schema_updated", source, "data_source", data, [author]))

    def _add(self, event: Event) -> None:
        if not self.urls:
            return
        if event.type in AT_ONCE or event.entity_type == "comment":
            self._send(event)
            return
        if event.type == "page.deleted" and ("page.created", event.entity) in self._pending:
            self._pending = {key: kept for key, kept in self._pending.items() if kept.entity != event.entity}
            return
        merged = self._pending.setdefault((event.type, event.entity), event)
        if merged is event:
            return
        merged.authors += [author for author in event.authors if author not in merged.authors]
        for name in LISTS:
            old, new = merged.data.get(name), event.data.get(name)
            if isinstance(old, list) and isinstance(new, list):
                merged.data[name] = old + [item for item in new if item not in old]

    def flush(self) -> None:
        """The act is over: send what it changed, unless events are held."""
        if self.held:
            return
        pending, self._pending = list(self._pending.values()), {}
        for event in pending:
            self._send(event)

    def _send(self, event: Event) -> None:
        for url in self.urls:
            self.hooks.send(self._delivery(url, self._body(event, url), 1))

    def _body(self, event: Event, url: str) -> Object:
        self._sent += 1
        authors: list[JsonValue] = [
            {"id": author.id, "type": "bot" if author.email is None else "person"} for author in event.authors
        ]
        now = self.workspace.clock.now()
        return {
            "id": str(uuid5(NAMESPACE_OID, f"event-{self._sent}-{url}")),
            "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z",
            "workspace_id": str(uuid5(NAMESPACE_OID, self.workspace.name)),
            "workspace_name": self.workspace.name,
            "subscription_id": str(uuid5(NAMESPACE_OID, url)),
            "integration_id": self.workspace.bot.id,
            "api_version": API_VERSION,
            "type": event.type,
            "authors": authors,
            "entity": {"id": event.entity, "type": event.entity_type},
            "data": event.data,
        }

    def _delivery(self, url: str, content: Object, attempt: int) -> Hook:
        """One attempt. Each has its number in the body, and so a signature of its own."""
        body = _packed({**content, "attempt_number": attempt})
        digest = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        return Hook(
            "notion",
            url,
            {**JSON, "X-Notion-Signature": f"sha256={digest}"},
            body,
            again=lambda tried: tried.number < ATTEMPTS,
            pause=PAUSE,
            growth=GROWTH,
            renewed=lambda number: self._delivery(url, content, number),
        )


def _packed(content: Object) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()
