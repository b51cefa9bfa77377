"""The parts of Jira's answers that we read. What an account may not see is absent, so most has a default.

Source: Atlassian's OpenAPI description of the Jira Cloud platform REST API, version 3.
"""

from __future__ import annotations

from datetime import UTC
from typing import Annotated

from pydantic import (
    AfterValidator,
    AliasChoices,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
)

Time = Annotated[AwareDatetime, AfterValidator(lambda time: time.astimezone(UTC))]
"""Jira writes times in the zone of the reader's profile; ours are in UTC."""


INTERNAL = "sd.public.comment"
"""The comment property that hides a comment from the customers of a service project."""


class Row(BaseModel):
    model_config = ConfigDict(frozen=True)


class UserRow(Row):
    """``id`` is what Jira knows somebody by: on Cloud the account id, on Data Center the user name."""

    id: str = Field(validation_alias=AliasChoices("accountId", "name", "key"))
    displayName: str = ""
    emailAddress: str | None = None
    accountType: str | None = None
    """Told on Cloud alone."""
    active: bool = True


class NamedRow(Row):
    name: str


class ProjectRow(Row):
    key: str
    projectTypeKey: str = "software"


class CategoryRow(Row):
    key: str = "undefined"


class StatusRow(Row):
    name: str
    statusCategory: CategoryRow = CategoryRow()


class VotesRow(Row):
    votes: int = 0


class PropertyRow(Row):
    key: str
    value: JsonValue = None


class CommentRow(Row):
    id: str
    author: UserRow | None = None
    body: JsonValue = None
    created: Time
    updated: Time
    jsdPublic: bool = True
    """Told on Cloud alone; the property says the same."""
    visibility: JsonValue = None
    properties: list[PropertyRow] | None = None
    """``None`` where they were not asked for."""

    @property
    def internal(self) -> bool:
        """Whether it is not for the customers of a service project."""
        flag = self.property(INTERNAL)
        return not self.jsdPublic or (isinstance(flag, dict) and flag.get("internal") is True)

    def property(self, key: str) -> JsonValue:
        return next((entry.value for entry in self.properties or () if entry.key == key), None)


class CommentsPage(Row):
    comments: list[CommentRow]
    total: int


class CommentList(Row):
    """Answer of POST /comment/list."""

    values: list[CommentRow]


class IssueFields(Row):
    """Custom fields are in ``model_extra``."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, JsonValue] = Field(init=False)

    summary: str = ""
    description: JsonValue = None
    project: ProjectRow
    issuetype: NamedRow | None = None
    status: StatusRow | None = None
    priority: NamedRow | None = None
    labels: list[str] = Field(default_factory=list)
    assignee: UserRow | None = None
    reporter: UserRow | None = None
    creator: UserRow | None = None
    votes: VotesRow | None = None
    created: Time
    updated: Time
    comment: CommentsPage | None = None


class TransitionRow(Row):
    id: str
    to: StatusRow


class IssueRow(Row):
    """``properties`` is ``None`` where they were not asked for, and cannot be: in the answer to an edit."""

    id: str
    key: str
    fields: IssueFields
    properties: dict[str, JsonValue] | None = None
    transitions: list[TransitionRow] = Field(default_factory=list)


class FetchAnswer(Row):
    """Answer of POST /issue/bulkfetch; what could not be fetched is left out."""

    issues: list[IssueRow]


class FoundFields(Row):
    created: Time
    updated: Time


class FoundRow(Row):
    """A row of a search that asked for the two times alone."""

    id: str
    fields: FoundFields


class TimesAnswer(Row):
    """``nextPageToken`` is missing on the last page; ``isLast`` is not to be relied upon."""

    issues: list[FoundRow]
    nextPageToken: str | None = None
    total: int = 0
    """Told on Data Center alone."""


class CreatedRow(Row):
    id: str
    key: str


class ErrorsRow(Row):
    """Jira's ErrorCollection."""

    errorMessages: list[str] = Field(default_factory=list)
    errors: dict[str, str] = Field(default_factory=dict)


class FailedRow(Row):
    """One issue of a bulk create that was refused; ``failedElementNumber`` is its place in the request."""

    status: int = 400
    elementErrors: ErrorsRow = ErrorsRow()
    failedElementNumber: int


class CreatedMany(Row):
    """Answer of POST /issue/bulk: ``issues`` skips those that were refused."""

    issues: list[CreatedRow] = Field(default_factory=list)
    errors: list[FailedRow] = Field(default_factory=list)


class StandingFields(Row):
    project: ProjectRow
    issuetype: NamedRow
    status: StatusRow


class StandingRow(Row):
    """Where an issue stands in its workflow, and the ways out of there."""

    fields: StandingFields
    transitions: list[TransitionRow] = Field(default_factory=list)


class StandingAnswer(Row):
    issues: list[StandingRow]


class TypeStatuses(Row):
    """The statuses of one issue type of a project."""

    name: str
    statuses: list[StatusRow]


class SchemaRow(Row):
    type: str = "any"
    items: str | None = None
    custom: str | None = None


class FieldRow(Row):
    id: str
    name: str
    navigable: bool = True
    # "schema" is taken by pydantic
    form: SchemaRow = Field(default=SchemaRow(), alias="schema")


class SearchAnswer(Row):
    """``names`` and ``schema`` of the fields come when they are asked for."""

    issues: list[IssueRow]
    nextPageToken: str | None = None
    total: int = 0
    names: dict[str, str] = Field(default_factory=dict)
    forms: dict[str, SchemaRow] = Field(default_factory=dict, alias="schema")

    @property
    def fields(self) -> list[FieldRow]:
        """The fields that the names and forms tell of."""
        return [
            FieldRow(id=id_, name=name, schema=self.forms.get(id_, SchemaRow()))
            for id_, name in self.names.items()
        ]


class ProjectsPage(Row):
    values: list[ProjectRow]


class PermissionRow(Row):
    havePermission: bool = False


class PermissionsAnswer(Row):
    permissions: dict[str, PermissionRow]


class AttachmentRow(Row):
    id: str
    filename: str
    size: int
    mimeType: str = "application/octet-stream"
    author: UserRow | None = None
    created: Time


class AttachmentFields(Row):
    attachment: list[AttachmentRow] = Field(default_factory=list)


class AttachmentsAnswer(Row):
    fields: AttachmentFields


class UploadLimit(Row):
    """Answer of GET /attachment/meta; the limit is in bytes."""

    enabled: bool = True
    uploadLimit: int


class LinkTypeRow(Row):
    """``A outward B`` is the same as ``B inward A``."""

    name: str
    inward: str
    outward: str


class LinkTypes(Row):
    issueLinkTypes: list[LinkTypeRow]


class LinkedFields(Row):
    summary: str = ""


class LinkedRow(Row):
    id: str
    key: str = ""
    fields: LinkedFields = LinkedFields()


class IssueLinkRow(Row):
    """A link as one of its issues shows it: with the other one alone."""

    id: str
    type: LinkTypeRow
    inwardIssue: LinkedRow | None = None
    outwardIssue: LinkedRow | None = None


class LinksFields(Row):
    issuelinks: list[IssueLinkRow] = Field(default_factory=list)


class LinksAnswer(Row):
    fields: LinksFields


class RemoteObject(Row):
    url: str
    title: str = ""


class RemoteLinkRow(Row):
    id: int
    relationship: str | None = None
    object: RemoteObject


class CreatedLink(Row):
    id: int


class AdminWebhookRow(Row):
    """Cloud tells its address, which ends in its id; Data Center tells the id, a number."""

    id: Annotated[str, BeforeValidator(lambda told: str(told).rpartition("/")[2])] = Field(
        validation_alias=AliasChoices("id", "self")
    )
    name: str = ""
    url: str = ""


class DynamicWebhookRow(Row):
    id: int


class DynamicWebhooks(Row):
    values: list[DynamicWebhookRow] = Field(default_factory=list)


class RegisteredWebhook(Row):
    createdWebhookId: int | None = None
    errors: list[str] = Field(default_factory=list)


class RegisteredWebhooks(Row):
    webhookRegistrationResult: list[RegisteredWebhook]


class VersionRow(Row):
    """A release of a project; days as ``2026-12-24``."""

    id: str
    name: str
    description: str = ""
    released: bool = False
    archived: bool = False
    startDate: str | None = None
    releaseDate: str | None = None
    projectId: int = 0
