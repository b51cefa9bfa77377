"""The routes of a repository's files: contents, trees, blobs and commits."""

from __future__ import annotations

import base64
import binascii

from pydantic import JsonValue

from sandbox.github import publishing_shape
from sandbox.github.door import Call, Door, Reply, Way
from sandbox.github.git import BRANCH, Commit, below, tree_sha
from sandbox.github.listing import Listing
from sandbox.github.problems import Problem, invalid, not_found
from sandbox.github.publishing import Publishing
from sandbox.github.records import Repository
from sandbox.github.shape import Json

MOST_ENTRIES = 100_000
LARGEST_BLOB = 100 << 20


class GitRoutes:
    def __init__(self, door: Door, publishing: Publishing) -> None:
        self.door = door
        self.publishing = publishing
        self.shape = door.shape
        self.most_entries = MOST_ENTRIES
        """How many entries of a tree are told with all below it, before it is cut off."""
        self.largest_blob = LARGEST_BLOB
        """Bytes of a file that are given out at all."""

    def ways(self) -> list[Way]:
        """Below a repository, wherever that is found."""
        return [
            Way("GET", "/readme", self.readme, needs="contents=read"),
            Way("GET", "/contents/{path:path}", self.read, needs="contents=read"),
            Way("PUT", "/contents/{path:path}", self.put, creates=True, needs="contents=write"),
            Way("DELETE", "/contents/{path:path}", self.delete, needs="contents=write"),
            Way("GET", "/git/trees/{name:path}", self.tree, needs="contents=read"),
            Way("GET", "/git/blobs/{sha}", self.blob, needs="contents=read"),
            Way("GET", "/commits", self.list_commits, needs="contents=read"),
        ]

    def _commit(self, repository: Repository, name: str) -> Commit:
        if not repository.history.commits:
            raise _empty()
        found = repository.history.at(name)
        if found is None:
            raise not_found()
        return found

    def readme(self, call: Call) -> Reply:
        repository = self.door.repository(call, rest="/readme")
        for path, sha in repository.history.files.items():
            if path.lower() == "readme.md":
                return Reply(publishing_shape.file(self.shape, repository, path, sha))
        raise not_found()

    def read(self, call: Call) -> Reply:
        path = call.path["path"].strip("/")
        repository = self.door.repository(call, rest=f"/contents/{path}")
        commit = repository.history.at(call.query.get("ref", BRANCH))
        if commit is None:
            raise not_found()
        if path in commit.files:
            return Reply(publishing_shape.file(self.shape, repository, path, commit.files[path]))
        inside = below(commit.files, path) if path else dict(commit.files)
        if not inside:
            raise not_found()
        return Reply(self._folder(repository, path, inside))

    def _folder(self, repository: Repository, path: str, inside: dict[str, str]) -> list[JsonValue]:
        rows: list[JsonValue] = []
        for name in dict.fromkeys(each.partition("/")[0] for each in inside):
            place = f"{path}/{name}".lstrip("/")
            if name in inside:
                size = len(repository.history.blobs[inside[name]])
                row = publishing_shape.entry(
                    self.shape, repository, place, inside[name], kind="file", size=size
                )
            else:
                sha = tree_sha(below(inside, name))
                row = publishing_shape.entry(self.shape, repository, place, sha, kind="dir", size=0)
            rows.append(row)
        return rows

    def put(self, call: Call) -> Reply:
        """Make a file, or replace the content that ``sha`` names."""
        repository, path, known = self._written(call)
        message = self._message(call)
        given = call.body.get("content")
        try:
            content = base64.b64decode(str(given), validate=False)
        except (binascii.Error, ValueError):
            raise Problem(422, "content is not valid Base64") from None
        if not isinstance(given, str):
            raise Problem(422, 'Invalid request.\n\n"content" wasn\'t supplied.')
        _push(repository, "update" if known else "create")
        commit = self.publishing.commit(repository, call.sender(), message, {path: content})
        shown = publishing_shape.file(self.shape, repository, path, commit.files[path])
        shown = {name: value for name, value in shown.items() if name not in ("content", "encoding")}
        return Reply(publishing_shape.written(self.shape, repository, commit, shown), 200 if known else 201)

    def delete(self, call: Call) -> Reply:
        repository, path, known = self._written(call)
        if known is None:
            raise not_found()
        _push(repository, "delete")
        commit = self.publishing.commit(repository, call.sender(), self._message(call), {path: None})
        return Reply(publishing_shape.written(self.shape, repository, commit, None))

    def _written(self, call: Call) -> tuple[Repository, str, str | None]:
        """The repository, the path, and the hash that the file there has, which the caller must know."""
        path = call.path["path"].strip("/")
        repository = self.door.repository(call, writes=True, rest=f"/contents/{path}")
        if repository.access != "write":
            raise Problem(403, "Resource not accessible by personal access token")
        known, given = repository.history.files.get(path), call.body.get("sha")
        if known is not None and not given:
            raise Problem(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
        if given and given != known:
            raise Problem(409, f"{path} does not match {given}")
        return repository, path, known

    def _message(self, call: Call) -> str:
        message = call.body.get("message")
        if not isinstance(message, str) or not message:
            raise invalid("Commit", "message", "missing_field")
        return message

    def tree(self, call: Call) -> Reply:
        name = call.path["name"]
        repository = self.door.repository(call, rest=f"/git/trees/{name}")
        if not repository.history.commits:
            raise _empty()
        files = repository.history.tree(name)
        if files is None:
            raise not_found()
        most = self.most_entries if "recursive" in call.query else None  # whatever its value
        return Reply(publishing_shape.tree(self.shape, repository, files, most=most))

    def blob(self, call: Call) -> Reply:
        sha = call.path["sha"]
        repository = self.door.repository(call, rest=f"/git/blobs/{sha}")
        if sha not in repository.history.blobs:
            raise not_found()
        if len(repository.history.blobs[sha]) > self.largest_blob:
            raise Problem(
                403,
                "This API returns blobs up to 100 MB in size. The requested blob is too large to fetch.",
                errors=[{"resource": "Blob", "field": "data", "code": "too_large"}],
            )
        return Reply(publishing_shape.blob(self.shape, repository, sha))

    def list_commits(self, call: Call) -> Reply:
        repository = self.door.repository(call, rest="/commits")
        self._commit(repository, call.query.get("sha", BRANCH))
        path = call.query.get("path", "").strip("/")
        numbered = {commit.sha: number for number, commit in enumerate(repository.history.commits)}
        found = [
            commit
            for commit in repository.history.commits
            if not path or any(each == path or each.startswith(f"{path}/") for each in commit.changed)
        ]
        listing = Listing(found, lambda commit: (0.0, numbered[commit.sha]), descending=True)

        def shape(commit: Commit) -> Json:
            return publishing_shape.commit(self.shape, repository, commit)

        return self.door.page(call, listing, f"/repositories/{repository.id}/commits", shape)


def _push(repository: Repository, act: str) -> None:
    """Raise what a protected branch answers: with the status of a conflict, though there is none."""
    if repository.protected:
        raise Problem(
            409,
            f"Could not {act} file: Changes must be made through a pull request.",
            docs="/articles/about-protected-branches",
        )


def _empty() -> Problem:
    return Problem(409, "Git Repository is empty.")
