"""Where issues are, and who reads them there.

An issue is known by its project's id and its number in it, as GitLab's own addresses have it: neither ever
changes, whatever the project is called. The id that is unique across projects opens an issue to
administrators alone, so it would be of no use.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from urllib.parse import quote

from connectors.errors import NotFound
from connectors.model import Audience, Ref
from loopwright_gitlab.client import Client
from loopwright_gitlab.rows import PROJECT, IssueRow, ProjectRow

FRESH_SECONDS = 60.0
"""How long a project is believed to be what it was: also how long it may be public unnoticed."""
GITLAB_COM = "gitlab.com"


@dataclass(frozen=True, slots=True)
class Address:
    """What opens an issue."""

    project: int
    number: int

    @property
    def id(self) -> str:
        return f"{self.project}-{self.number}"

    @property
    def path(self) -> str:
        return f"/projects/{self.project}/issues/{self.number}"


def address(ref: Ref) -> Address:
    """Raises NotFound for the id of something else."""
    project, _, number = ref.id.partition("-")
    if not (project.isdecimal() and number.isdecimal()):
        raise NotFound(f"{ref.connection}: no issue of GitLab's has the id {ref.id!r}")
    return Address(int(project), int(number))


class Places:
    """The projects that one connector has seen."""

    def __init__(self, client: Client, *, confidential: bool) -> None:
        """``confidential``: whether new issues are."""
        self._client = client
        self._confidential = confidential
        self._seen: dict[str, tuple[float, ProjectRow]] = {}

    def project(self, name: str | int, *, within: float = FRESH_SECONDS) -> ProjectRow:
        """The project with this id, path or former path, as it was ``within`` so many seconds."""
        key = str(name)
        read, row = self._seen.get(key, (0.0, None))
        if row is None or time.monotonic() - read >= within:
            row = self._client.read(PROJECT, f"/projects/{quote(key, safe='')}")
            self._seen[key] = self._seen[str(row.id)] = (time.monotonic(), row)
        return row

    def members_only(self, project: ProjectRow) -> bool:
        """Whether its issues are read by the team alone.

        ``internal`` means everybody with an account: of a company's own GitLab that is the company, and of
        GitLab.com the world.
        """
        if project.issues_access_level == "private":
            return True
        if project.visibility == "internal":
            return self._client.host != GITLAB_COM
        return project.visibility != "public"

    def audience(self, project: ProjectRow, issue: IssueRow) -> Audience:
        """Who reads this issue."""
        internal = issue.confidential or self.members_only(project)
        return Audience.INTERNAL if internal else Audience.PUBLIC

    def audience_of_new(self, project: ProjectRow) -> Audience:
        """Who would read a new issue."""
        internal = self._confidential or self.members_only(project)
        return Audience.INTERNAL if internal else Audience.PUBLIC
