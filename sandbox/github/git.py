"""The files of a repository: blobs, trees and commits on one branch, each known by its hash, as in git."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.github.records import User

BRANCH = "main"


@dataclass(frozen=True, slots=True)
class Commit:
    """A state of all files, and who made it."""

    sha: str
    parent: str | None
    message: str
    author: User
    made: datetime
    files: Mapping[str, str]
    """The hash of each file's content, by its path."""
    changed: tuple[str, ...]
    """The paths that differ from the parent's."""


@dataclass(eq=False, slots=True)
class History:
    """One branch, the oldest commit first."""

    commits: list[Commit] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)

    @property
    def files(self) -> Mapping[str, str]:
        return self.commits[-1].files if self.commits else {}

    def commit(
        self, author: User, message: str, changes: Mapping[str, bytes | None], made: datetime
    ) -> Commit:
        """Put files to their new contents, and away where that is ``None``."""
        files = dict(self.files)
        for path, content in changes.items():
            if content is None:
                del files[path]
            else:
                files[path] = blob_sha(content)
                self.blobs[files[path]] = content
        parent = self.commits[-1].sha if self.commits else None
        seed = f"commit {parent} {tree_sha(files)} {author.id} {made.isoformat()} {message}"
        commit = Commit(_sha(seed.encode()), parent, message, author, made, files, tuple(changes))
        self.commits.append(commit)
        return commit

    def at(self, name: str) -> Commit | None:
        """By a branch, or the hash of a commit."""
        for commit in reversed(self.commits):
            if name in (BRANCH, "HEAD", commit.sha):
                return commit
        return None

    def tree(self, name: str) -> Mapping[str, str] | None:
        """The files of a commit, or of the folder with this hash, by their paths from there."""
        commit = self.at(name)
        if commit is not None:
            return commit.files
        for commit in reversed(self.commits):
            for files in (commit.files, *(below(commit.files, folder) for folder in folders(commit.files))):
                if tree_sha(files) == name:
                    return files
        return None


def blob_sha(content: bytes) -> str:
    """As git reckons it."""
    return _sha(b"blob %d\0" % len(content) + content)


def tree_sha(files: Mapping[str, str]) -> str:
    """Equal for equal files, as git's are."""
    return _sha("".join(f"{path}\0{sha}\n" for path, sha in sorted(files.items())).encode())


def below(files: Mapping[str, str], folder: str) -> dict[str, str]:
    """The files in a folder, by their paths from there."""
    return {
        path.removeprefix(f"{folder}/"): sha for path, sha in files.items() if path.startswith(f"{folder}/")
    }


def folders(files: Mapping[str, str]) -> list[str]:
    """Every folder that holds something."""
    found = {path.rsplit("/", depth)[0] for path in files for depth in range(1, path.count("/") + 1)}
    return sorted(found)


def _sha(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()
