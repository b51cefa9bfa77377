"""What GitLab must be told to make an issue or to change one, in its own words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from connectors.errors import Rejected
from connectors.model import Draft, JsonValue, Patch
from loopwright_gitlab import text
from loopwright_gitlab.rows import IssueRow

_EVENTS = {"opened": "reopen", "closed": "close"}
Fields = dict[str, JsonValue]


class Writer:
    """Turns drafts and patches into GitLab's fields."""

    def __init__(self, connection: str, *, confidential: bool) -> None:
        self._connection = connection
        self._confidential = confidential

    def draft(self, draft: Draft) -> tuple[Fields, Fields]:
        """What to create, and what can only be said afterwards: new issues are open."""
        if draft.priority is not None:
            raise self._refuse("a GitLab issue has no priority: use a label")
        wanted: Fields = {
            "title": draft.title,
            **{f"custom.{name}": one for name, one in draft.custom.items()},
        }
        if draft.type is not None:
            wanted["type"] = draft.type
        made = self._fields(wanted) | {"description": text.written(draft.body, draft.marker)}
        if self._confidential:
            made["confidential"] = True
        if draft.labels:
            made["labels"] = self._labels(draft.labels)
        later = self._fields({"status": draft.status}) if draft.status not in (None, "opened") else {}
        return made, later

    def patch(self, patch: Patch, now: IssueRow | None) -> Fields:
        """``now`` is the issue as it stands, needed for the marker of a body."""
        fields = self._fields(patch.fields)
        if now is not None and "body" in patch.fields:
            marker = text.hidden(now.description or "")
            fields["description"] = text.written(self._text(patch.fields, "body") or "", marker)
        # never `labels`, which would replace what others have set meanwhile
        if patch.add_labels:
            fields["add_labels"] = self._labels(patch.add_labels)
        if patch.remove_labels:
            fields["remove_labels"] = self._labels(patch.remove_labels)
        return fields

    def _fields(self, wanted: Mapping[str, JsonValue]) -> Fields:
        fields: Fields = {}
        for name, value in wanted.items():
            match name:
                case "title":
                    fields["title"] = self._text(wanted, name)
                case "type":
                    fields["issue_type"] = self._text(wanted, name)
                case "status":
                    fields["state_event"] = self._event(self._text(wanted, name))
                case "assignee":
                    fields["assignee_ids"] = [self._person(self._text(wanted, name))]
                case "custom.due_date":
                    fields["due_date"] = self._text(wanted, name)
                case "custom.confidential" if value is True:  # never the other way: that would publish
                    fields["confidential"] = True
                case "body":
                    pass
                case _:
                    raise self._refuse(f"cannot set {name!r} of a GitLab issue")
        return fields

    def _event(self, status: str | None) -> str:
        if status not in _EVENTS:
            raise self._refuse(f"the status of a GitLab issue is one of {', '.join(_EVENTS)}")
        return _EVENTS[status]

    def _person(self, person: str | None) -> int:
        """The id of a user; 0 stands for nobody."""
        if person is None:
            return 0
        if not person.isdecimal():
            raise self._refuse("an assignee is given by the number that is their id on GitLab")
        return int(person)

    def _labels(self, names: Iterable[str]) -> str:
        """GitLab takes labels with commas between, and would make two of one that has a comma."""
        names = tuple(names)
        if any("," in name for name in names):
            raise self._refuse("a label of GitLab's cannot have a comma in it")
        return ",".join(names)

    def _refuse(self, why: str) -> Rejected:
        return Rejected(f"{self._connection}: {why}")

    def _text(self, fields: Mapping[str, JsonValue], name: str) -> str | None:
        """A value that must be text or ``None``."""
        value = fields.get(name)
        if value is None or isinstance(value, str):
            return value
        raise self._refuse(f"{name!r} of a GitLab issue is text, not {type(value).__name__}")
