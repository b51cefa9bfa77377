"""Comments on pages: those of open threads, since Notion gives out no others."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import datetime

from connectors.errors import NotFound, Rejected
from connectors.model import Audience, Comment, CommentDraft, JsonValue, Ref
from connectors.notion import feed, shape
from connectors.notion.answers import Answer, Listing, Page, Remark
from connectors.notion.client import NotionClient, Saved, already_written
from connectors.notion.people import People
from connectors.notion.sources import FRESH_SECONDS
from connectors.text import blocks
from connectors.text.fitting import fitting

LONGEST = 150_000
"""Characters that a comment may have, whatever they are made of."""


class Remarks:
    """The comments of pages. ``page`` reads one, to see whether the web reads it too."""

    def __init__(self, client: NotionClient, people: People, page: Callable[[Ref], Page]) -> None:
        self._client = client
        self._people = people
        self._page = page
        self._private: dict[str, float] = {}
        """When pages were last seen not to be on the web, on a clock of this process."""

    def raw(self, ref: Ref) -> list[Remark]:
        """As Notion tells them, oldest first."""
        listed = self._client.listed(Listing[Remark], "comments", {"block_id": ref.id})
        return sorted(listed, key=lambda remark: remark.created_time)

    def all(self, ref: Ref) -> tuple[Comment, ...]:
        """The comments on the page itself, oldest first."""
        return tuple(self._comment(remark) for remark in self.raw(ref))

    def _comment(self, remark: Remark) -> Comment:
        return shape.comment(remark, self._people.person(remark.created_by.id))

    def add(self, ref: Ref, draft: CommentDraft) -> Comment:
        """Comment on the page itself."""
        self._keep_private(ref, draft)
        parent: dict[str, JsonValue] = {"page_id": ref.id}
        return self._write("POST", "comments", {"parent": parent}, draft, f"a comment on {ref} was made")

    def edit(self, ref: Ref, comment: str, draft: CommentDraft) -> Comment:
        """Give a comment of ours another text."""
        self._keep_private(ref, draft)
        return self._write("PATCH", f"comments/{comment}", {}, draft, f"a comment on {ref} was changed")

    def delete(self, ref: Ref, comment: str) -> None:
        """Delete a comment of ours, if it is there."""
        try:
            self._client.write(Answer, "DELETE", f"comments/{comment}", {})
        except NotFound:
            # It is gone, which is what was asked for; where the page itself is out of sight, this says so.
            self._in_sight(ref)

    def is_gone(self, ref: Ref, comment: str) -> bool:
        try:
            self._client.read(Remark, "GET", f"comments/{comment}")
        except NotFound:
            self._in_sight(ref)
            return True
        return False

    def _in_sight(self, ref: Ref) -> None:
        if self._page(ref).in_trash:
            raise NotFound(f"{self._client.connection}: {ref} is in the bin, and its comments with it")

    def find(self, ref: Ref, draft: CommentDraft, sent: datetime) -> Comment | None:
        """The newest comment of ours with this text. Comments carry no marker, so equal texts are one.

        A minute of tolerance, since clocks differ and Notion's times are cut to the minute.
        """
        bot, text = self._people.bot().id, blocks.plain(_runs(draft))
        since = feed.minute(sent) - feed.MINUTE
        for remark in reversed(self.raw(ref)):
            if remark.created_by.id == bot and remark.created_time >= since:
                found = self._comment(remark)
                if found.body == text:
                    return found
        return None

    def _write(
        self, method: str, path: str, place: dict[str, JsonValue], draft: CommentDraft, done: str
    ) -> Comment:
        author = self._people.person(self._people.bot().id)
        body: dict[str, JsonValue] = {**place, "rich_text": [*_runs(draft)]}
        remark = self._client.write(Remark, method, path, body)
        if isinstance(remark, Saved):
            with already_written(f"{self._client.connection}: {done}"):
                remark = self._client.read(Remark, "GET", f"comments/{remark.id}")
        return shape.comment(remark, author)

    def _keep_private(self, ref: Ref, draft: CommentDraft) -> None:
        """One look a minute: comments of an item come one after the other."""
        now = time.monotonic()
        if draft.audience is Audience.PUBLIC or now < self._private.get(ref.id, -math.inf) + FRESH_SECONDS:
            return
        if self._page(ref).public_url:
            raise Rejected(
                f"{self._client.connection}: {ref} is published to the web, and so may be its comments",
                advice=f"A comment for the {draft.audience} audience cannot be kept within it there.",
            )
        fresh = {page: seen for page, seen in self._private.items() if now < seen + FRESH_SECONDS}
        self._private = {**fresh, ref.id: now}


def _runs(draft: CommentDraft) -> list[dict[str, JsonValue]]:
    """The text, or as much of it as a comment takes: a hundred runs (api-facts, section 2 of notion)."""
    text = fitting(
        draft.body,
        LONGEST,
        size=lambda text: len(blocks.rich_text(text)),
        limit=blocks.MAX_ELEMENTS,
        original=draft.original,
    )
    return blocks.rich_text(text)
