"""What a repository publishes beside its issues, and how it changes: releases, and files on its branch."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from sandbox.github.events import Event
from sandbox.github.git import Commit
from sandbox.github.records import Release, Repository, User
from sandbox.github.state import State


class Publishing:
    """Each change raises GitHub's webhook events."""

    def __init__(self, state: State) -> None:
        self._state = state

    def add_release(
        self,
        repository: Repository,
        author: User,
        *,
        tag: str,
        name: str | None,
        body: str | None,
        draft: bool = False,
        prerelease: bool = False,
    ) -> Release:
        now = self._state.now()
        release = Release(
            self._state.new_id(),
            repository,
            tag,
            name,
            body,
            author,
            created=now,
            updated=now,
            draft=draft,
            prerelease=prerelease,
            published=None if draft else now,
        )
        repository.releases[release.id] = release
        self._raise("created", release, author)
        if not draft:
            self._raise_published(release, author)
        return release

    def edit_release(
        self,
        release: Release,
        sender: User,
        *,
        name: str | None,
        body: str | None,
        draft: bool,
        prerelease: bool,
    ) -> None:
        before: dict[str, JsonValue] = {"name": release.name, "body": release.body}
        after: dict[str, JsonValue] = {"name": name, "body": body}
        changes: dict[str, JsonValue] = {
            field: {"from": before[field] or ""} for field in after if after[field] != before[field]
        }
        published, stable = release.draft and not draft, release.prerelease and not prerelease
        release.name, release.body, release.draft, release.prerelease = name, body, draft, prerelease
        release.updated = self._state.now()
        if changes:
            self._raise("edited", release, sender, changes)
        if published:
            release.published = release.updated
            self._raise_published(release, sender)
        elif stable:
            self._raise("released", release, sender)

    def delete_release(self, release: Release, sender: User) -> None:
        del release.repository.releases[release.id]
        self._raise("deleted", release, sender)

    def commit(
        self, repository: Repository, author: User, message: str, changes: Mapping[str, bytes | None]
    ) -> Commit:
        """Somebody pushes a commit to the one branch; ``None`` takes a file away."""
        made = repository.history.commit(author, message, changes, self._state.now())
        self._state.emit(Event("push", "", repository, author, commit=made))
        return made

    def _raise_published(self, release: Release, sender: User) -> None:
        self._raise("published", release, sender)
        self._raise("prereleased" if release.prerelease else "released", release, sender)

    def _raise(
        self, action: str, release: Release, sender: User, changes: dict[str, JsonValue] | None = None
    ) -> None:
        told = Event("release", action, release.repository, sender, release=release, changes=changes or {})
        self._state.emit(told)
