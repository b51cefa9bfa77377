"""The routes of a repository's releases."""

from __future__ import annotations

from pydantic import JsonValue

from sandbox.github import publishing_shape
from sandbox.github.door import Call, Door, Reply, Way
from sandbox.github.listing import Listing
from sandbox.github.problems import Problem, invalid, not_found
from sandbox.github.publishing import Publishing
from sandbox.github.records import Release, Repository
from sandbox.github.shape import Json


class ReleaseRoutes:
    def __init__(self, door: Door, publishing: Publishing) -> None:
        self.door = door
        self.publishing = publishing
        self.shape = door.shape

    def ways(self) -> list[Way]:
        """Below a repository, wherever that is found."""
        return [
            Way("GET", "/releases", self.list_releases, needs="contents=read"),
            Way("POST", "/releases", self.create, creates=True, needs="contents=write"),
            Way("GET", "/releases/latest", self.latest, needs="contents=read"),
            Way("GET", "/releases/tags/{tag:path}", self.by_tag, needs="contents=read"),
            Way("GET", "/releases/{release}", self.get, needs="contents=read"),
            Way("PATCH", "/releases/{release}", self.edit, needs="contents=write"),
            Way("DELETE", "/releases/{release}", self.delete, needs="contents=write"),
        ]

    def _seen(self, call: Call, repository: Repository) -> list[Release]:
        """Without the right to write nobody sees drafts."""
        writes = call.viewer is not None and repository.access == "write"
        return [each for each in repository.releases.values() if writes or not each.draft]

    def _release(self, call: Call, *, writes: bool = False) -> Release:
        number = call.number("release")
        repository = self.door.repository(call, rest=f"/releases/{number}", writes=writes)
        if writes and repository.access != "write":
            raise Problem(403, "Resource not accessible by personal access token")
        for release in self._seen(call, repository):
            if release.id == number:
                return release
        raise not_found()

    def _shape(self, release: Release) -> Json:
        return publishing_shape.release(self.shape, release)

    def list_releases(self, call: Call) -> Reply:
        repository = self.door.repository(call, rest="/releases")
        found = Listing(
            self._seen(call, repository), lambda each: (each.created.timestamp(), each.id), descending=True
        )
        return self.door.page(call, found, f"/repositories/{repository.id}/releases", self._shape)

    def get(self, call: Call) -> Reply:
        return Reply(self._shape(self._release(call)))

    def latest(self, call: Call) -> Reply:
        repository = self.door.repository(call, rest="/releases/latest")
        full = [each for each in repository.releases.values() if not (each.draft or each.prerelease)]
        if not full:
            raise not_found()
        return Reply(self._shape(max(full, key=lambda each: each.created)))

    def by_tag(self, call: Call) -> Reply:
        tag = call.path["tag"]
        repository = self.door.repository(call, rest=f"/releases/tags/{tag}")
        for release in repository.releases.values():
            if release.tag == tag and not release.draft:
                return Reply(self._shape(release))
        raise not_found()

    def create(self, call: Call) -> Reply:
        repository = self.door.repository(call, rest="/releases", writes=True)
        if repository.access != "write":
            raise Problem(403, "Resource not accessible by personal access token")
        tag = call.body.get("tag_name")
        if not isinstance(tag, str) or not tag:
            raise invalid("Release", "tag_name", "missing_field")
        if any(each.tag == tag and not each.draft for each in repository.releases.values()):
            raise invalid("Release", "tag_name", "already_exists")
        release = self.publishing.add_release(
            repository,
            call.sender(),
            tag=tag,
            name=_text(call.body.get("name")),
            body=_text(call.body.get("body")),
            draft=bool(call.body.get("draft")),
            prerelease=bool(call.body.get("prerelease")),
        )
        return Reply(self._shape(release), 201)

    def edit(self, call: Call) -> Reply:
        release, body = self._release(call, writes=True), call.body
        self.publishing.edit_release(
            release,
            call.sender(),
            name=_text(body.get("name", release.name)),
            body=_text(body.get("body", release.body)),
            draft=bool(body.get("draft", release.draft)),
            prerelease=bool(body.get("prerelease", release.prerelease)),
        )
        return Reply(self._shape(release))

    def delete(self, call: Call) -> Reply:
        release = self._release(call, writes=True)
        self.publishing.delete_release(release, call.sender())
        return Reply(None, 204)


def _text(given: JsonValue) -> str | None:
    return str(given) if given is not None else None
