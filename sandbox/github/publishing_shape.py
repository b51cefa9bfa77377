"""GitHub's JSON for what a repository publishes: releases, and files with their history."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from pydantic import JsonValue

from sandbox.github.git import BRANCH, Commit, below, folders, tree_sha
from sandbox.github.records import Release, Repository
from sandbox.github.shape import Json, Shape, instant, perhaps

LARGEST_TOLD = 1 << 20
"""Bytes of a file that come along with it."""


def release(shape: Shape, release: Release) -> Json:
    repository = release.repository
    url = f"{shape.repository_url(repository)}/releases/{release.id}"
    html = f"{shape.base}/{repository.full_name}/releases/tag/{release.tag}"
    return {
        "url": url,
        "assets_url": f"{url}/assets",
        "upload_url": f"{url}/assets{{?name,label}}",
        "html_url": html,
        "id": release.id,
        "author": shape.user(release.author),
        "node_id": f"RE_{release.id}",
        "tag_name": release.tag,
        "target_commitish": "main",
        "name": release.name,
        "draft": release.draft,
        "immutable": False,
        "prerelease": release.prerelease,
        "created_at": instant(release.created),
        "updated_at": instant(release.updated),
        "published_at": perhaps(release.published),
        "assets": [],
        "tarball_url": None if release.draft else f"{url}/tarball",
        "zipball_url": None if release.draft else f"{url}/zipball",
        "body": release.body,
    }


def entry(shape: Shape, repository: Repository, path: str, sha: str, *, kind: str, size: int) -> Json:
    """A file or folder in a listing of contents."""
    url = f"{shape.repository_url(repository)}/contents/{path}?ref={BRANCH}"
    place = "blobs" if kind == "file" else "trees"
    git = f"{shape.repository_url(repository)}/git/{place}/{sha}"
    view = "blob" if kind == "file" else "tree"
    html = f"{shape.base}/{repository.full_name}/{view}/{BRANCH}/{path}"
    return {
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": sha,
        "size": size,
        "url": url,
        "html_url": html,
        "git_url": git,
        "download_url": f"{shape.base}/raw/{repository.full_name}/{path}" if kind == "file" else None,
        "type": kind,
        "_links": {"self": url, "git": git, "html": html},
    }


def file(shape: Shape, repository: Repository, path: str, sha: str) -> Json:
    """One file, with its content unless that has more than a megabyte."""
    content = repository.history.blobs[sha]
    told = len(content) <= LARGEST_TOLD
    return {
        **entry(shape, repository, path, sha, kind="file", size=len(content)),
        "content": base64.encodebytes(content).decode() if told else "",
        "encoding": "base64" if told else "none",
    }


def blob(shape: Shape, repository: Repository, sha: str) -> Json:
    content = repository.history.blobs[sha]
    return {
        "sha": sha,
        "node_id": f"B_{sha}",
        "size": len(content),
        "url": f"{shape.repository_url(repository)}/git/blobs/{sha}",
        "content": base64.encodebytes(content).decode(),
        "encoding": "base64",
    }


def tree(shape: Shape, repository: Repository, files: Mapping[str, str], *, most: int | None) -> Json:
    """What is in a folder; with ``most``, so many entries of all that is below it."""
    git = f"{shape.repository_url(repository)}/git"
    rows: list[JsonValue] = []
    for folder in folders(files):
        if most is not None or "/" not in folder:
            sha = tree_sha(below(files, folder))
            url = f"{git}/trees/{sha}"
            rows.append({"path": folder, "mode": "040000", "type": "tree", "sha": sha, "url": url})
    for path, sha in sorted(files.items()):
        if most is not None or "/" not in path:
            size, url = len(repository.history.blobs[sha]), f"{git}/blobs/{sha}"
            row: Json = {"path": path, "mode": "100644", "type": "blob", "sha": sha, "size": size, "url": url}
            rows.append(row)
    sha, cut = tree_sha(files), most is not None and len(rows) > most
    return {"sha": sha, "url": f"{git}/trees/{sha}", "tree": rows[:most], "truncated": cut}


def _git_commit(shape: Shape, repository: Repository, commit: Commit) -> Json:
    """What git itself knows of a commit."""
    name, noreply = commit.author.name, f"{commit.author.id}+{commit.author.login}@users.noreply.github.com"
    who: Json = {"name": name, "email": noreply, "date": instant(commit.made)}
    sha, url = tree_sha(commit.files), shape.repository_url(repository)
    return {
        "message": commit.message,
        "author": who,
        "committer": who,
        "tree": {"sha": sha, "url": f"{url}/git/trees/{sha}"},
        "url": f"{url}/git/commits/{commit.sha}",
        "verification": {
            "verified": False,
            "reason": "unsigned",
            "signature": None,
            "payload": None,
            "verified_at": None,
        },
    }


def commit(shape: Shape, repository: Repository, made: Commit) -> Json:
    url = f"{shape.repository_url(repository)}/commits/{made.sha}"
    return {
        "sha": made.sha,
        "node_id": f"C_{made.sha}",
        "url": url,
        "html_url": f"{shape.base}/{repository.full_name}/commit/{made.sha}",
        "comments_url": f"{url}/comments",
        "commit": {**_git_commit(shape, repository, made), "comment_count": 0},
        "author": shape.user(made.author),
        "committer": shape.user(made.author),
        "parents": _parents(shape, repository, made),
    }


def written(shape: Shape, repository: Repository, made: Commit, content: Json | None) -> Json:
    """The answer to a write."""
    shown: Json = {
        **_git_commit(shape, repository, made),
        "sha": made.sha,
        "node_id": f"C_{made.sha}",
        "html_url": f"{shape.base}/{repository.full_name}/commit/{made.sha}",
        "parents": _parents(shape, repository, made),
    }
    return {"content": content, "commit": shown}


def _parents(shape: Shape, repository: Repository, made: Commit) -> list[JsonValue]:
    if made.parent is None:
        return []
    html = f"{shape.base}/{repository.full_name}/commit/{made.parent}"
    url = f"{shape.repository_url(repository)}/commits/{made.parent}"
    return [{"sha": made.parent, "url": url, "html_url": html}]


def push(shape: Shape, repository: Repository, made: Commit) -> Json:
    """What a webhook tells of a push of one commit."""
    nothing = "0" * 40
    parent = next((one for one in repository.history.commits if one.sha == made.parent), None)
    before = parent.files if parent else {}
    person: Json = {"name": made.author.name, "email": None, "username": made.author.login}
    told: Json = {
        "id": made.sha,
        "tree_id": tree_sha(made.files),
        "distinct": True,
        "message": made.message,
        "timestamp": instant(made.made),
        "url": f"{shape.base}/{repository.full_name}/commit/{made.sha}",
        "author": person,
        "committer": person,
        "added": [path for path in made.changed if path not in before],
        "removed": [path for path in made.changed if path not in made.files],
        "modified": [path for path in made.changed if path in before and path in made.files],
    }
    return {
        "ref": f"refs/heads/{BRANCH}",
        "before": made.parent or nothing,
        "after": made.sha,
        "created": made.parent is None,
        "deleted": False,
        "forced": False,
        "base_ref": None,
        "compare": f"{shape.base}/{repository.full_name}/compare/{made.parent or nothing}...{made.sha}",
        "commits": [told],
        "head_commit": told,
        "pusher": {"name": made.author.login, "email": None},
    }
