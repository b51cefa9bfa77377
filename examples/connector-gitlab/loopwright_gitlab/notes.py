"""Notes of issues, which are GitLab's comments. An internal note is read by the team alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from connectors.errors import NotFound, Rejected
from connectors.model import Audience, Comment, CommentDraft, JsonValue, Ref
from loopwright_gitlab import shape, text
from loopwright_gitlab.client import Client
from loopwright_gitlab.issues import CLOCK_ERROR
from loopwright_gitlab.places import Places, address
from loopwright_gitlab.rows import ISSUE, NOTE, NOTES, NoteRow


@dataclass(frozen=True, slots=True)
class _Room:
    """An issue as far as its notes depend on it."""

    path: str
    audience: Audience
    """Who reads a note there that is not internal."""
    staff: bool
    """Whether whoever writes there belongs to the team."""


class Notes:
    """The notes of one connection's issues."""

    def __init__(self, client: Client, places: Places) -> None:
        self._client = client
        self._places = places

    def all(self, ref: Ref) -> tuple[Comment, ...]:
        room = self._room(ref)
        return tuple(_comment(row, room) for row in self._rows(room, "asc"))

    def add(self, ref: Ref, draft: CommentDraft) -> Comment:
        """What is for the team is always an internal note, for guests read a private project as well."""
        ours = draft.audience is Audience.INTERNAL
        room = self._room(ref, confidential=not ours)
        internal = ours or not draft.audience.reaches(room.audience)
        body: dict[str, JsonValue] = {"body": text.written(draft.body, draft.marker), "internal": internal}
        return _comment(self._client.write(NOTE, "POST", f"{room.path}/notes", body), room)

    def edit(self, ref: Ref, comment: str, draft: CommentDraft) -> Comment:
        """Whether a note is internal cannot be changed; the marker that it has stays."""
        room = self._room(ref)
        path = f"{room.path}/notes/{comment}"
        now = _comment(self._client.read(NOTE, path), room)
        if not draft.audience.reaches(now.audience):
            raise Rejected(
                f"{self._client.connection}: the note is {now.audience}, and its new text is for "
                f"{draft.audience} eyes"
            )
        body = {"body": text.written(draft.body, now.marker)}
        return _comment(self._client.write(NOTE, "PUT", path, body), room)

    def delete(self, ref: Ref, comment: str) -> None:
        path = address(ref).path
        try:
            self._client.delete(f"{path}/notes/{comment}")
        except NotFound:
            # gone, or out of sight: only of an issue that can be seen is it the former
            self._client.read(ISSUE, path)

    def find(self, ref: Ref, draft: CommentDraft, sent: datetime) -> Comment | None:
        room = self._room(ref)
        for row in self._rows(room, "desc"):
            if row.created_at < sent - CLOCK_ERROR:
                return None
            if text.hidden(row.body) == draft.marker:
                return _comment(row, room)
        return None

    def _rows(self, room: _Room, sort: str) -> Iterator[NoteRow]:
        """By the time of writing, without what GitLab itself noted."""
        query = {"order_by": "created_at", "sort": sort}
        for rows in self._client.pages(NOTES, f"{room.path}/notes", query):
            yield from (row for row in rows if not row.system)

    def _room(self, ref: Ref, *, confidential: bool = True) -> _Room:
        """The issue is read only where that decides who reads along, and ``confidential`` asks for it."""
        place = address(ref)
        project = self._places.project(place.project)
        if self._places.members_only(project):
            return _Room(place.path, Audience.INTERNAL, staff=True)
        audience = Audience.PUBLIC
        if confidential:
            audience = self._places.audience(project, self._client.read(ISSUE, place.path))
        return _Room(place.path, audience, staff=False)


def _comment(row: NoteRow, room: _Room) -> Comment:
    return shape.comment(row, room.audience, staff=room.staff)
