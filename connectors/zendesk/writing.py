"""Drafts and patches in the members of a ticket. What a ticket cannot take is refused before any request."""

from __future__ import annotations

from connectors.errors import Rejected
from connectors.model import Draft, JsonValue, Patch
from connectors.zendesk.directory import Directory
from connectors.zendesk.fitting import fitting

_NAMES = {"title": "subject", "status": "status", "priority": "priority", "type": "type"}
_NEVER_EMPTY = frozenset({"title", "status"})


class Tickets:
    def __init__(self, connection: str, directory: Directory) -> None:
        self._connection = connection
        self._directory = directory

    def drafted(self, draft: Draft) -> dict[str, JsonValue]:
        """A ticket whose requester is Loopwright's own agent, so that nobody else is mailed."""
        ticket: dict[str, JsonValue] = {
            "subject": draft.title,
            "comment": {"html_body": fitting(draft.body or draft.title, draft.original), "public": True},
            "external_id": draft.marker,
            "brand_id": self._directory.brand_id(draft.container),
        }
        for name in ("type", "status", "priority"):
            value = getattr(draft, name)
            if value is not None:
                ticket[name] = value.lower()
        if draft.labels:
            ticket["tags"] = [tag_of(label) for label in draft.labels]
        return ticket | self._directory.custom_members(draft.custom)

    def changed(self, patch: Patch) -> dict[str, JsonValue]:
        """What the patch names, tags as ones that come and go. Raises Rejected."""
        changed: dict[str, JsonValue] = {}
        custom: dict[str, JsonValue] = {}
        for name, value in patch.fields.items():
            if name.startswith("custom."):
                custom[name.removeprefix("custom.")] = value
            elif name == "assignee":
                changed["assignee_id"] = self._assignee(value)
            elif name in _NAMES and not (value is None and name in _NEVER_EMPTY):
                changed[_NAMES[name]] = value.lower() if isinstance(value, str) and name != "title" else value
            else:
                raise self._refusal(name, value)
        changed |= self._directory.custom_members(custom)
        if patch.add_labels:
            changed["additional_tags"] = [tag_of(label) for label in patch.add_labels]
        if patch.remove_labels:
            changed["remove_tags"] = [tag_of(label) for label in patch.remove_labels]
        return changed

    def _refusal(self, name: str, value: JsonValue) -> Rejected:
        done = "cleared" if value is None else "set"
        advice = "A ticket's text is its first comment, which Zendesk lets nobody change."
        message = f"{self._connection}: a ticket's {name} cannot be {done}"
        return Rejected(message, advice=advice if name == "body" else "")

    def _assignee(self, value: JsonValue) -> int | None:
        if value is None:
            return None
        if isinstance(value, str) and value.isdigit():
            return int(value)
        raise Rejected(f"{self._connection}: an assignee is given by the id of a Zendesk user")


def tag_of(label: str) -> str:
    """A label as Zendesk keeps tags: lower case, and a space would begin another tag."""
    return "_".join(label.lower().split())
