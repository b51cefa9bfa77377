"""GitHub's JSON as far as it is used, checked when it comes in. What is not named here is ignored."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, TypeAdapter

from connectors.model import Audience


@dataclass(frozen=True, slots=True)
class Address:
    """Where an issue was when it was last seen."""

    repository: str
    number: int

    @property
    def path(self) -> str:
        return f"/repos/{self.repository}/issues/{self.number}"

    @property
    def key(self) -> str:
        return f"{self.repository}#{self.number}"


class Row(BaseModel):
    """A part of an answer or of a webhook."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class UserRow(Row):
    id: int
    login: str


class AppRow(Row):
    id: int
    slug: str


class LabelRow(Row):
    name: str | None = None


class Named(Row):
    """An issue type."""

    name: str


class MilestoneRow(Row):
    number: int
    title: str


class ReactionsRow(Row):
    total_count: int = 0


class FieldRow(Row):
    """The value of an organization's issue field."""

    issue_field_name: str
    value: JsonValue = None


class SubIssuesRow(Row):
    total: int = 0


class DependenciesRow(Row):
    total_blocked_by: int = 0
    total_blocking: int = 0


class IssueRow(Row):
    """An issue, or a pull request: then ``pull_request`` is there."""

    id: int
    number: int
    html_url: str
    repository_url: str
    title: str
    body: str | None = None
    state: str
    state_reason: str | None = None
    user: UserRow | None = None
    author_association: str = "NONE"
    labels: tuple[LabelRow | str, ...] = ()
    assignee: UserRow | None = None
    milestone: MilestoneRow | None = None
    type: Named | None = None
    comments: int | None = None
    reactions: ReactionsRow | None = None
    issue_field_values: tuple[FieldRow, ...] = ()
    sub_issues_summary: SubIssuesRow = Field(default_factory=SubIssuesRow)
    issue_dependencies_summary: DependenciesRow = Field(default_factory=DependenciesRow)
    parent_issue_url: str | None = None
    created_at: AwareDatetime
    updated_at: AwareDatetime
    pull_request: dict[str, JsonValue] | None = None
    body_html: str | None = None
    """The text as a page shows it, where it was asked for."""

    @property
    def repository(self) -> str:
        """``owner/name``, as it is now."""
        return "/".join(self.repository_url.split("/")[-2:])

    @property
    def label_names(self) -> tuple[str, ...]:
        names = (label if isinstance(label, str) else label.name for label in self.labels)
        return tuple(dict.fromkeys(name for name in names if name))

    @property
    def address(self) -> Address:
        return Address(self.repository, self.number)

    @property
    def key(self) -> str:
        return self.address.key


class CommentRow(Row):
    id: int
    issue_url: str = Field(pattern=r"/[^/]+/[^/]+/issues/\d+$")
    html_url: str = ""
    body: str = ""
    body_html: str | None = None
    """As an issue's."""
    user: UserRow | None = None
    author_association: str = "NONE"
    created_at: AwareDatetime
    updated_at: AwareDatetime

    @property
    def address(self) -> Address:
        """Of its issue."""
        parts = self.issue_url.split("/")
        return Address("/".join(parts[-4:-2]), int(parts[-1]))

    @property
    def on_pull_request(self) -> bool:
        return "/pull/" in self.html_url


COMMENT = TypeAdapter(CommentRow)


class PermissionsRow(Row):
    push: bool = True
    triage: bool = True


class RepositoryRow(Row):
    id: int
    full_name: str
    private: bool
    html_url: str = ""
    default_branch: str = "main"
    archived: bool = False
    has_issues: bool = True
    permissions: PermissionsRow = Field(default_factory=PermissionsRow)

    @property
    def audience(self) -> Audience:
        """Who reads what stands in it."""
        return Audience.INTERNAL if self.private else Audience.PUBLIC


class HookConfigRow(Row):
    url: str = ""


class HookRow(Row):
    """A repository's webhook."""

    id: int
    config: HookConfigRow


class ReleaseRow(Row):
    id: int
    url: str
    html_url: str
    tag_name: str
    name: str | None = None
    body: str | None = None
    draft: bool = False
    prerelease: bool = False
    author: UserRow | None = None
    reactions: ReactionsRow | None = None
    created_at: AwareDatetime
    published_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None

    @property
    def repository(self) -> str:
        return "/".join(self.url.split("/")[-4:-2])


class EntryRow(Row):
    path: str
    mode: str
    type: str
    sha: str

    @property
    def is_file(self) -> bool:
        """Links to other files are none, although their mode is all that tells them apart."""
        return self.type == "blob" and self.mode.startswith("100")


class TreeRow(Row):
    sha: str
    tree: tuple[EntryRow, ...]
    truncated: bool = False


class BlobRow(Row):
    """The content of a file, in Base64 with line breaks."""

    content: str


class FileRow(Row):
    """A file where it is. One of more than a megabyte comes without its content, in the encoding ``none``."""

    sha: str
    content: str
    encoding: str


class MomentRow(Row):
    date: AwareDatetime


class GitCommitRow(Row):
    committer: MomentRow


class CommitRow(Row):
    """A commit, and whose it is as far as GitHub knows the address."""

    commit: GitCommitRow
    author: UserRow | None = None


class WrittenRow(Row):
    """The answer to a write of a file."""

    commit: GitCommitRow
