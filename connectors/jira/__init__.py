"""Jira: issues of the configured projects; of Cloud through REST API v3, of Data Center through v2.

What Loopwright leaves in Jira: an issue property and a comment property ``loopwright`` that hold the marker
of the write, and on issues that it created a label equal to the marker, because search finds labels and not
properties. Nobody sees the label in :class:`connectors.model.Item`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar, Self, cast

from pydantic import BaseModel, JsonValue

from connectors.abilities import WebhookSetup
from connectors.errors import ConnectorError, NotFound, OutcomeUnknown, Rejected
from connectors.jira import changes, limits, shape, webhooks
from connectors.jira.answers import CommentsPage, IssueRow
from connectors.jira.base import CLOCK_SKEW
from connectors.jira.changes import Cursor
from connectors.jira.client import PROPERTY, marker_in
from connectors.jira.commenting import WithComments
from connectors.jira.files import WithFiles
from connectors.jira.fitting import fitting as shortened
from connectors.jira.jql import literal
from connectors.jira.linking import WithLinks
from connectors.jira.many import CreatesMany, ReadsMany
from connectors.jira.people import WithPeople
from connectors.jira.registering import RENEWED_EVERY, WithWebhooks
from connectors.jira.releases import WithReleases
from connectors.jira.settings import JiraSettings
from connectors.limits import Limit
from connectors.model import Audience, Draft, Item, Patch, Ref
from connectors.protocol import Account, ChangePage, Delivery, Gate, Observation, WebhookRequest

__all__ = ["CloudConnector", "DataCenterConnector", "JiraConnector", "JiraSettings"]

NEEDED = (
    "BROWSE_PROJECTS",
    "CREATE_ISSUES",
    "EDIT_ISSUES",
    "TRANSITION_ISSUES",
    "ADD_COMMENTS",
    "ASSIGN_ISSUES",
)
"""The project permissions that syncing needs."""
TOO_OLD = (
    "Nothing: Jira Data Center signs webhooks from version 10 on, and this server is older. "
    "Polling finds the changes."
)
_RENEWED_EVERY = RENEWED_EVERY // timedelta(milliseconds=1)
NEARBY = 500
"""Among how many issues of ours, made around the time in question, those without our label are looked for."""


class JiraConnector(WithComments, WithFiles, WithLinks, CreatesMany, WithPeople, WithReleases, WithWebhooks):
    """One account of one Jira site, of either edition."""

    system: ClassVar[str] = "jira"
    Settings: ClassVar[type[BaseModel]] = JiraSettings
    mentions_logins = False

    @classmethod
    def open(cls, connection: str, settings: BaseModel, gate: Gate) -> Self:
        if not isinstance(settings, JiraSettings):
            raise TypeError(f"settings of {connection} are {type(settings).__name__}, not JiraSettings")
        kind = DataCenterConnector if settings.edition == "data_center" else CloudConnector
        return cast(Self, kind(connection, settings, gate))

    @classmethod
    def limits(cls, settings: BaseModel) -> tuple[Limit, ...]:
        """Those of Cloud. Whoever runs a Data Center decides on its limits, or has none."""
        if not isinstance(settings, JiraSettings) or settings.edition == "data_center":
            return ()
        return limits.stated(app=settings.oauth_client_id is not None)

    def check(self) -> Account:
        account = self._account()
        visible = self._client.visible_projects(self._settings.projects)
        warnings = [
            f"project {key} does not exist, or the account may not browse it"
            for key in self._settings.projects
            if key not in visible
        ]
        warnings += [f"permission {key} is missing" for key in self._client.missing_permissions(NEEDED)]
        return Account(account.displayName, account.id, self._base, tuple(warnings))

    def changes(self, cursor: str | None) -> ChangePage:
        at = Cursor() if cursor is None else Cursor.model_validate_json(cursor)
        overlap = timedelta(minutes=self._settings.overlap_minutes)
        names = self._known_custom is None
        rows, fields, then = changes.next_page(
            self._client, self._settings.projects, overlap, at, names=names
        )
        self._learn_fields(fields)
        seen = self._observations(rows)
        then = then.model_copy(update={"releases": at.releases, "renewed": at.renewed})
        if self._settings.releases and then.swept != at.swept:
            changed, known = self._changed_releases(at.releases)
            seen, then = (*seen, *changed), then.model_copy(update={"releases": known})
        if self._settings.oauth_client_id is not None and then.swept - at.renewed > _RENEWED_EVERY:
            self._renew_webhooks()
            then = then.model_copy(update={"renewed": then.swept})
        return ChangePage(seen, then.model_dump_json(), more=then.token is not None)

    def get(self, ref: Ref) -> Observation:
        if ref.id.startswith(shape.VERSION):
            return self._release(ref)
        return self._observations([self._client.issue(ref.id)])[0]

    def audience(self, container: str) -> Audience:
        return shape.audience_of(self._project(container))

    def create(self, draft: Draft) -> Item:
        made = self._client.create(self._creation(draft), draft.marker)
        try:
            if draft.status is not None:
                self._move_new(made.id, draft)
            return self._item(self._client.issue(made.id))
        except ConnectorError as error:
            # The issue exists: only looking may follow, never creating again.
            raise OutcomeUnknown(
                f"{self.connection}: {made.key} was created, but then: {error.message}"
            ) from error

    def update(self, ref: Ref, patch: Patch) -> Item:
        status = patch.fields.get("status")
        if "status" in patch.fields and not isinstance(status, str):
            raise Rejected(f"{self.connection}: an issue cannot be without a status")
        fields = self._fields({name: value for name, value in patch.fields.items() if name != "status"})
        if body := patch.fields.get("body"):
            # Cut is only what is whole elsewhere: a text that lives here would be lost.
            text = shortened(str(body), patch.original) if patch.original else str(body)
            fields["description"] = self._edited(ref, text)
        verbs: list[JsonValue] = [{"add": label} for label in patch.add_labels]
        verbs += [{"remove": label} for label in patch.remove_labels]
        plan = self._mover.plan(ref.id, status) if isinstance(status, str) else None
        row = (
            self._client.edit(ref.id, fields, {"labels": verbs} if verbs else {}) if fields or verbs else None
        )
        if (plan is not None and self._mover.move(ref.id, plan)) or row is None:
            row = self._client.issue(ref.id)
        return self._item(row)

    def _edited(self, ref: Ref, body: str) -> JsonValue:
        """The description there is, read first and changed where its words change.

        Panels, macros and mentions, which Markdown cannot say, stay.
        """
        return self._edition.texts.edited(self._client.issue(ref.id).fields.description, body)

    def retire(self, ref: Ref) -> None:
        """Jira has no bin, and to close an issue means something else in every workflow: it is deleted."""
        try:
            self._client.delete(ref.id)
        except NotFound:
            return

    def find(self, draft: Draft, sent: datetime) -> Item | None:
        labelled = self._client.times(f"labels = {literal(draft.marker)}", size=self._client.candidates)
        found = self._marked_item(draft.marker, (row.id for row in labelled.issues))
        if found is not None:
            return found
        # Somebody may have taken the label off: look into what we created around that time, nearest first.
        since, until = (changes.milliseconds(sent + skew) for skew in (-CLOCK_SKEW, CLOCK_SKEW))
        ours = self._client.times(
            f"reporter = currentUser() AND created >= {since} AND created <= {until} ORDER BY created ASC",
            size=NEARBY,
        )
        nearest = sorted(ours.issues, key=lambda row: abs(row.fields.created - sent))[
            : self._client.candidates
        ]
        return self._marked_item(draft.marker, (row.id for row in nearest))

    def _marked_item(self, marker: str, ids: Iterable[str]) -> Item | None:
        """A clone of an issue has its labels too: only the property tells the one that we made."""
        for row in self._client.whole(ids):
            if marker_in((row.properties or {}).get(PROPERTY)) == marker:
                return self._item(row)
        return None

    def receive(self, request: WebhookRequest) -> Delivery:
        return webhooks.receive(self.connection, self._settings, request)

    def close(self) -> None:
        self._client.close()


class CloudConnector(JiraConnector, ReadsMany):
    """A site that Atlassian runs."""


class DataCenterConnector(JiraConnector):
    """A site that somebody else runs."""

    def set_up_webhook(self, url: str) -> WebhookSetup:
        try:
            return super().set_up_webhook(url)
        except NotFound:
            return WebhookSetup(None, steps=(TOO_OLD,))

    def _may_be_quiet(self, ref: Ref) -> bool:
        """Nobody can ask for an edit of a comment without mails here."""
        return False

    def _thread(self, row: IssueRow) -> CommentsPage | None:
        """All comments come along, but not what tells which are ours and which are for customers.

        Where that matters the thread is asked for once more.
        """
        page = row.fields.comment
        if page is None or not page.comments:
            return page
        ours = {
            comment.id
            for comment in page.comments
            if comment.author and comment.author.id == self._account().id
        }
        known = ours <= self._known_markers.keys()
        if known and shape.audience_of(row.fields.project) is Audience.INTERNAL:
            return page
        comments = list(self._client.comments(row.id))
        return CommentsPage(comments=comments, total=len(comments))
