"""Comments: each is for an audience of its own, and carries its marker in a property."""

from __future__ import annotations

from datetime import datetime

from connectors.errors import NotFound, Rejected
from connectors.jira import shape
from connectors.jira.base import CLOCK_SKEW, JiraBase
from connectors.jira.fitting import fitting
from connectors.model import Audience, Comment, CommentDraft, Ref

ADMIN_RIGHTS = ("ADMINISTER", "ADMINISTER_PROJECTS")
"""Either of them allows a change that mails nobody."""


class WithComments(JiraBase):
    """Reads, writes, edits and deletes comments, and asks whether others did."""

    def comments(self, ref: Ref) -> tuple[Comment, ...]:
        if ref.id.startswith(shape.VERSION):
            return ()  # nobody comments on a release
        rows = list(self._client.comments(ref.id))
        return shape.comments(rows, self._place(ref), self._markers(rows))

    def comment(self, ref: Ref, draft: CommentDraft) -> Comment:
        internal = draft.audience is Audience.INTERNAL
        place = Audience.INTERNAL if internal else self._place(ref)
        body = self._edition.texts.write(fitting(draft.body, draft.original))
        row = self._client.add_comment(ref.id, body, draft.marker, internal=internal)
        self._known_markers[row.id] = draft.marker
        return shape.comment(row, place, draft.marker)

    def find_comment(self, ref: Ref, draft: CommentDraft, sent: datetime) -> Comment | None:
        rows = []
        for row in self._client.comments(ref.id, newest_first=True):
            if row.created < sent - CLOCK_SKEW:
                break
            rows.append(row)
        markers = self._markers(rows)
        for row in rows:
            if markers.get(row.id) == draft.marker:
                return shape.comment(row, self._place(ref), draft.marker)
        return None

    def edit_comment(self, ref: Ref, comment: str, draft: CommentDraft) -> Comment:
        """An edit without a word on who may see the comment would show it to all: so it is read first."""
        row = self._client.one_comment(ref.id, comment)
        place = self._place(ref)
        if not draft.audience.reaches(shape.comment(row, place, None).audience):
            raise Rejected(
                f"{self.connection}: comment {comment} is read by more people than its new text may be",
                advice="Delete it, and write one that is internal.",
            )
        text = fitting(draft.body, draft.original)
        body = self._edition.texts.edited(row.body, text)
        row = self._client.edit_comment(ref.id, row, body, quietly=self._may_be_quiet(ref))
        return shape.comment(row, place, self._markers([row]).get(row.id))

    def delete_comment(self, ref: Ref, comment: str) -> None:
        try:
            self._client.delete_comment(ref.id, comment)
        except NotFound:
            # It is gone, which is what was asked for; where the issue itself is, this says so.
            self._client.standing(ref.id)

    def comment_is_gone(self, ref: Ref, comment: str) -> bool:
        """So it is as well where fewer people may read it by now, and we are none of them."""
        try:
            self._client.one_comment(ref.id, comment)
        except NotFound:
            self._client.standing(ref.id)
            return True
        return False

    def _may_be_quiet(self, ref: Ref) -> bool:
        """Whether we may edit without a mail to every watcher: without the right, the whole edit fails."""
        project = ref.key.rpartition("-")[0] or self._client.standing(ref.id).fields.project.key
        if project not in self._known_quiet:
            missing = self._client.missing_permissions(ADMIN_RIGHTS, project)
            self._known_quiet[project] = len(missing) < len(ADMIN_RIGHTS)
        return self._known_quiet[project]
