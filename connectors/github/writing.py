"""What GitHub must be told to make an issue or to change one, in its own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from connectors.errors import NotFound, Rejected
from connectors.github.client import Client
from connectors.github.rows import IssueRow, MilestoneRow, UserRow
from connectors.github.settings import GitHubSettings
from connectors.model import Draft, JsonValue, Patch
from connectors.text.fitting import fitting
from connectors.text.github import from_markdown, hidden, hide, rewritten

_MILESTONES = TypeAdapter(tuple[MilestoneRow, ...])
_USER = TypeAdapter(UserRow)
LONGEST = 65_000
"""Characters of text that we send. GitHub takes 65,536, the marker included."""
STATE_REASONS = ("completed", "not_planned", "duplicate")


@dataclass(slots=True)
class Edit:
    """A patch, as the requests that it takes."""

    fields: dict[str, JsonValue] = field(default_factory=dict)
    """For PATCH. Never ``labels``, which would replace what others have set meanwhile."""
    add_labels: list[str] = field(default_factory=list)
    remove_labels: list[str] = field(default_factory=list)


def with_marker(markdown: str, marker: str | None) -> str:
    """The body to write: the marker hidden behind it, with an empty line between."""
    return "\n\n".join(filter(None, (from_markdown(markdown), hide(marker) if marker else "")))


def with_marker_cut(markdown: str, marker: str | None, original: str | None) -> str:
    """The same for something new. A text that is too long arrives cut, instead of not at all."""
    return with_marker(fitting(markdown, LONGEST, original=original), marker)


class Writer:
    """Turns drafts and patches into GitHub's fields, looking up what GitHub wants by another name."""

    def __init__(self, client: Client, settings: GitHubSettings) -> None:
        self._client = client
        self._priorities = settings.priorities
        self._logins: dict[str, str] = {}

    def draft(self, draft: Draft, repository: str) -> tuple[dict[str, JsonValue], dict[str, JsonValue]]:
        """What to create, and what can only be said afterwards: new issues are open."""
        labels = list(draft.labels)
        if draft.priority is not None:
            labels.append(self._priority_label(draft.priority))
        body = with_marker_cut(draft.body, draft.marker, draft.original)
        made: dict[str, JsonValue] = {"title": draft.title, "body": body}
        if labels:
            made["labels"] = list(dict.fromkeys(labels))
        if draft.type is not None:
            made["type"] = draft.type
        wanted = {f"custom.{name}": value for name, value in draft.custom.items()}
        if draft.status is not None:
            wanted["status"] = draft.status
        later = self._fields(wanted, repository)
        if "milestone" in later:
            made["milestone"] = later.pop("milestone")
        return made, {} if later.get("state") == "open" else later

    def patch(self, patch: Patch, repository: str, now: IssueRow | None) -> Edit:
        """``now`` is the issue as it stands; needed when :meth:`needs_reading` says so."""
        edit = Edit(add_labels=list(patch.add_labels), remove_labels=list(patch.remove_labels))
        edit.fields = self._fields(patch.fields, repository)
        if now is not None and "body" in patch.fields:
            before, wanted = now.body or "", self._text(patch.fields, "body") or ""
            # Cut is only what is whole elsewhere: a text that lives here would be lost.
            wanted = fitting(wanted, LONGEST, original=patch.original) if patch.original else wanted
            text = rewritten(before, wanted)
            edit.fields["body"] = with_marker(text, hidden(before))
        if now is not None and "priority" in patch.fields:
            value = self._text(patch.fields, "priority")
            label = self._priority_label(value) if value is not None else None
            ours = {known.lower() for known in self._priorities.values()}
            edit.remove_labels += [name for name in now.label_names if name.lower() in ours and name != label]
            edit.add_labels += [label] if label else []
        return edit

    def needs_reading(self, patch: Patch) -> bool:
        """Whether the patch depends on the issue as it stands: its marker, its priority label."""
        return bool({"body", "priority"} & patch.fields.keys())

    def _fields(self, wanted: Mapping[str, JsonValue], repository: str) -> dict[str, JsonValue]:
        fields: dict[str, JsonValue] = {}
        for name in wanted:
            match name:
                case "title" | "type":
                    fields[name] = self._text(wanted, name)
                case "status":
                    fields |= self._state(self._text(wanted, name), self._text(wanted, "custom.state_reason"))
                case "assignee":
                    person = self._text(wanted, name)
                    fields["assignees"] = [self._assignable(person, repository)] if person else []
                case "custom.milestone":
                    fields["milestone"] = self._milestone(self._text(wanted, name), repository)
                case "custom.state_reason" if "status" in wanted:
                    pass
                case "body" | "priority":
                    pass
                case _:
                    raise self._refuse(f"cannot set {name!r} of a GitHub issue")
        return fields

    def _state(self, status: str | None, reason: str | None) -> dict[str, JsonValue]:
        """``open``, ``closed``, or with a reason ``closed: not_planned``."""
        state, _, said = (status or "").partition(": ")
        reason = said or reason
        if state == "open" and not said:
            return {"state": "open"}
        if state != "closed" or (reason and reason not in STATE_REASONS):
            reasons = ", ".join(f"'closed: {each}'" for each in STATE_REASONS)
            raise self._refuse(f"the status of a GitHub issue is 'open', 'closed', {reasons}")
        return {"state": "closed", "state_reason": reason or "completed"}

    def _priority_label(self, priority: str) -> str:
        if priority not in self._priorities:
            known = ", ".join(self._priorities) or "none"
            raise self._refuse(
                "GitHub issues have no priority of their own, and this one stands for no label",
                advice=f"Name its label in the connection's 'priorities'; those named: {known}.",
            )
        return self._priorities[priority]

    def _milestone(self, title: str | None, repository: str) -> int | None:
        if title is None:
            return None
        for page in self._client.pages(_MILESTONES, f"/repos/{repository}/milestones", {"state": "all"}):
            for milestone in page:
                if milestone.title == title:
                    return milestone.number
        raise self._refuse(
            f"{repository} has no milestone of that title", advice="Create it on GitHub first."
        )

    def _assignable(self, person: str, repository: str) -> str:
        """The login of the person with this id. GitHub drops who cannot be assigned without a word."""
        if not person.isdecimal():
            raise self._refuse("an assignee is given by the number that is their id on GitHub")
        try:
            login = self._logins.get(person) or self._client.read(_USER, f"/user/{person}").login
            self._client.get(f"/repos/{repository}/assignees/{login}")
        except NotFound:
            raise self._refuse(f"nobody with the id {person} can be assigned in {repository}") from None
        self._logins[person] = login
        return login

    def _refuse(self, why: str, *, advice: str = "") -> Rejected:
        return Rejected(f"{self._client.connection}: {why}", advice=advice)

    def _text(self, fields: Mapping[str, JsonValue], name: str) -> str | None:
        """A value that must be text or ``None``."""
        value = fields.get(name)
        if value is None or isinstance(value, str):
            return value
        raise self._refuse(f"{name!r} of a GitHub issue is text, not {type(value).__name__}")
