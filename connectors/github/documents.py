"""Markdown files of a repository as documents: the first heading is the title, what follows is the body.

A file is known by its repository and its path, so that it stays what it is however often it is edited. Its
time of update is that of the last commit that touched it. What is written is a commit to the default branch.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from pydantic import TypeAdapter

from connectors.errors import Conflict, NotFound, Rejected
from connectors.github import shape
from connectors.github.changes import Look, Mark, Walk
from connectors.github.client import PER_PAGE, Client, once_more
from connectors.github.failures import Asked
from connectors.github.markdown_file import MarkdownFile, matching
from connectors.github.places import READING_SECONDS, Places
from connectors.github.rows import (
    BlobRow,
    CommitRow,
    FileRow,
    RepositoryRow,
    TreeRow,
    UserRow,
    WrittenRow,
)
from connectors.model import Draft, Item, JsonValue, Kind, Patch, Ref
from connectors.protocol import Observation

PREFIX = "doc:"
_UNREAD = {"tree": "", "documents": ""}
"""What a mark tells of files as long as none was read."""
BATCH = 20
"""Documents read in one page of changes: each takes a request for its text and one for its history."""
_LONGEST_NAME = 80

_FILE = TypeAdapter(FileRow)
_BLOB = TypeAdapter(BlobRow)
_TREE = TypeAdapter(TreeRow)
_COMMITS = TypeAdapter(tuple[CommitRow, ...])
_WRITTEN = TypeAdapter(WrittenRow)


def ref_of(connection: str, repository: int, name: str, path: str) -> Ref:
    return Ref(connection=connection, id=f"{PREFIX}{repository}:{path}", key=f"{name}:{path}")


def is_place(container: str) -> bool:
    """Whether it is a folder of a repository, where files are made, and no repository."""
    return ":" in container


@dataclass(frozen=True, slots=True)
class _History:
    """What the commits of a file tell."""

    created: datetime
    updated: datetime
    author: UserRow | None


class Documents:
    """``names`` are the repositories that are read, ``globs`` which of their files are documents."""

    def __init__(self, client: Client, places: Places, names: tuple[str, ...], globs: Sequence[str]) -> None:
        self._client = client
        self._places = places
        self._names = names
        self._wanted = matching(globs)
        self._patterns = "\n".join(globs)
        self._trees: dict[int, dict[str, Mapping[str, str]]] = {}
        """By repository, the documents in the trees that are compared, by the hash of the tree."""

    # Reading

    def look(self, repository: str, mark: Mark, walk: Walk | None) -> Look:
        """One request, free while no file changed; then two trees tell which files did."""
        row = self._places.repository(repository, within=READING_SECONDS)
        if mark.patterns != self._patterns:  # what is a document now may have been there all along
            mark, walk = mark.model_copy(update={**_UNREAD, "patterns": self._patterns}), None
        try:
            walk = walk or self._begun(row, mark)
            return self._compared(row, mark, walk) if walk else Look(mark)
        except Conflict:  # nothing was ever committed
            return Look(mark)

    def _begun(self, row: RepositoryRow, mark: Mark) -> Walk | None:
        """Through the tree that is there now; ``None`` while it is the one that was read."""
        path = f"{_home(row)}/git/trees/{quote(row.default_branch, safe='')}"
        answer = self._client.get(path, {"recursive": 1}, etag=mark.documents)
        if answer.unchanged:
            return None
        tree = self._client.parse(_TREE, Asked(self._client.connection, "GET", path), answer.data)
        if not tree.truncated:
            self._trees.setdefault(row.id, {})[tree.sha] = dict(self._files(tree, ""))
        return Walk(link=tree.sha, etag=answer.etag)

    def _compared(self, row: RepositoryRow, mark: Mark, walk: Walk) -> Look:
        try:
            before = self._tree(row, mark.tree) if mark.tree else {}
            now = self._tree(row, walk.link)
        except NotFound:  # a branch was put elsewhere by force, and what it led to is gone
            return Look(mark.model_copy(update=_UNREAD))
        changed = [path for path in sorted({*before, *now}) if before.get(path) != now.get(path)]
        reached = walk.last + BATCH
        seen = []
        for path in changed[walk.last : reached]:
            item = self._read(row, path, now.get(path) or before[path], deleted=path not in now)
            if item is not None:
                seen.append(Observation(item, (), complete=True))
        if reached < len(changed):
            return Look(mark, walk.model_copy(update={"last": reached}), seen)
        self._trees[row.id] = {walk.link: now}
        return Look(mark.model_copy(update={"tree": walk.link, "documents": walk.etag}), None, seen)

    def _tree(self, repository: RepositoryRow, sha: str) -> Mapping[str, str]:
        """The documents in a tree, by path. A hash stands for the same one for ever, also after a restart."""
        known = self._trees.setdefault(repository.id, {})
        if sha not in known:
            known[sha] = dict(self._below(repository, sha, ""))
        return known[sha]

    def _below(self, repository: RepositoryRow, sha: str, folder: str) -> Iterator[tuple[str, str]]:
        path = f"{_home(repository)}/git/trees/{sha}"
        tree = self._client.read(_TREE, path, {"recursive": 1})
        if not tree.truncated:
            yield from self._files(tree, folder)
            return
        shallow = self._client.read(_TREE, path)  # too large for one answer: folder by folder
        yield from self._files(shallow, folder)
        for entry in shallow.tree:
            if entry.type == "tree":
                yield from self._below(repository, entry.sha, f"{folder}{entry.path}/")

    def _files(self, tree: TreeRow, folder: str) -> Iterator[tuple[str, str]]:
        for entry in tree.tree:
            path = folder + entry.path
            if entry.is_file and self._wanted.fullmatch(path):
                yield path, entry.sha

    def _read(self, repository: RepositoryRow, path: str, sha: str, *, deleted: bool) -> Item | None:
        try:
            content = self._blob(repository, sha)
        except (NotFound, Rejected):  # gone for good; or larger than the 100 MB that GitHub gives out
            return None
        history = self._history(repository, path)
        if history is None:
            return None
        file = MarkdownFile.parse(content.decode(errors="replace"))
        return self._item(repository, path, file, history, deleted=deleted)

    def get(self, ref: Ref) -> Observation:
        repository, path = self._place(ref)
        file = MarkdownFile.parse(self._content(repository, path)[1].decode(errors="replace"))
        return Observation(
            self._item(repository, path, file, self._known(repository, path)), (), complete=True
        )

    def _content(self, repository: RepositoryRow, path: str) -> tuple[str, bytes]:
        """The file's hash and what is in it."""
        file = self._client.read(_FILE, _contents(repository, path), {"ref": repository.default_branch})
        if file.encoding == "base64":
            return file.sha, base64.b64decode(file.content)
        return file.sha, self._blob(repository, file.sha)  # more than a megabyte

    def _blob(self, repository: RepositoryRow, sha: str) -> bytes:
        return base64.b64decode(self._client.read(_BLOB, f"{_home(repository)}/git/blobs/{sha}").content)

    def _history(self, repository: RepositoryRow, path: str) -> _History | None:
        """From the file's commits, of which GitHub lists the newest first."""
        query: dict[str, str | int] = {"path": path, "sha": repository.default_branch, "per_page": PER_PAGE}
        asked = Asked(self._client.connection, "GET", f"{_home(repository)}/commits")
        answer = self._client.get(asked.path, query)
        newest = self._client.parse(_COMMITS, asked, answer.data)
        if not newest:
            return None
        oldest = newest
        if answer.last:
            oldest = self._client.parse(_COMMITS, asked, self._client.get(answer.last).data) or newest
        first, last = oldest[-1], newest[0]
        return _History(first.commit.committer.date, last.commit.committer.date, first.author)

    def _known(self, repository: RepositoryRow, path: str) -> _History:
        history = self._history(repository, path)
        if history is None:
            raise NotFound(f"{self._client.connection}: {repository.full_name} has no history of {path}")
        return history

    def _item(
        self,
        repository: RepositoryRow,
        path: str,
        file: MarkdownFile,
        history: _History,
        *,
        deleted: bool = False,
    ) -> Item:
        folder = path.rpartition("/")[0]
        return Item(
            ref=ref_of(self._client.connection, repository.id, repository.full_name, path),
            system=shape.SYSTEM,
            kind=Kind.DOC,
            container=f"{repository.full_name}:{folder or '/'}",
            url=f"{repository.html_url}/blob/{repository.default_branch}/{quote(path)}",
            title=file.title or _name_of(path),
            body=file.body,
            audience=repository.audience,
            requester=shape.person(history.author, staff=True),
            created=history.created,
            updated=history.updated,
            deleted=deleted,
            marker=file.marker,
        )

    def _place(self, ref: Ref) -> tuple[RepositoryRow, str]:
        """The repository by its number, whatever it is called now."""
        number, _, path = ref.id.removeprefix(PREFIX).partition(":")
        for name in dict.fromkeys(filter(None, (ref.key.partition(":")[0], *self._names))):
            try:
                repository = self._places.repository(name)
            except NotFound:
                continue
            if str(repository.id) == number:
                return repository, path
        raise NotFound(f"{self._client.connection}: no repository of the settings is number {number}")

    # Writing: a commit each

    def update(self, ref: Ref, patch: Patch) -> Item:
        """The file is replaced as it was read, or not at all: then it is a Conflict."""
        if patch.add_labels or patch.remove_labels or patch.fields.keys() - {"title", "body"}:
            raise self._only_words()
        repository, path = self._place(ref)
        sha, content = self._content(repository, path)
        try:
            before = MarkdownFile.parse(content.decode())
        except UnicodeDecodeError:
            raise Rejected(f"{self._client.connection}: {path} is no UTF-8 text, and is left alone") from None
        history = self._known(repository, path)
        after = _edited(before, path, patch)
        if after == before:
            return self._item(repository, path, before, history)
        updated = self._commit(repository, path, f"Update {path}", str(after), sha)
        return self._item(repository, path, MarkdownFile.parse(str(after)), replace(history, updated=updated))

    def create(self, draft: Draft) -> Item:
        """``draft.container`` is ``owner/repo:folder``; the title gives the file its name."""
        if draft.labels or draft.custom or draft.status or draft.priority or draft.type:
            raise self._only_words()
        repository, path = self._new(draft)
        content = str(MarkdownFile.new(draft.title, draft.body, draft.marker))
        made = self._commit(repository, path, f"Add {path}", content)
        return self._item(repository, path, MarkdownFile.parse(content), _History(made, made, None))

    def find(self, draft: Draft) -> Item | None:
        repository, path = self._new(draft)
        try:
            content = self._content(repository, path)[1]
        except NotFound:
            return None
        file = MarkdownFile.parse(content.decode(errors="replace"))
        if file.marker != draft.marker:
            return None
        return self._item(repository, path, file, self._known(repository, path))

    def _new(self, draft: Draft) -> tuple[RepositoryRow, str]:
        name, _, folder = draft.container.partition(":")
        slug = re.sub(r"\W+", "-", draft.title.lower()).strip("-")[:_LONGEST_NAME] or "untitled"
        path = f"{folder.strip('/')}/{slug}.md".lstrip("/")
        if not self._wanted.fullmatch(path):
            raise Rejected(
                f"{self._client.connection}: a file in {draft.container} would be no document",
                advice="No pattern of the setting 'documents' has files there.",
            )
        return self._places.repository(name), path

    def _commit(
        self, repository: RepositoryRow, path: str, message: str, content: str, sha: str = ""
    ) -> datetime:
        """Put the file there, in the place of the one with this hash, if any; when that was."""
        body: dict[str, JsonValue] = {
            "message": message,
            "content": base64.b64encode(content.encode()).decode(),
            "branch": repository.default_branch,
        }
        if sha:
            body["sha"] = sha
        written = once_more(
            self._client.connection,
            lambda: self._client.write(_WRITTEN, "PUT", _contents(repository, path), body),
        )
        return written.commit.committer.date

    def _only_words(self) -> Rejected:
        return Rejected(f"{self._client.connection}: a Markdown file has a title and a body, and no more")


def _home(repository: RepositoryRow) -> str:
    return f"/repos/{repository.full_name}"


def _name_of(path: str) -> str:
    """The title of a file without a heading."""
    name = path.rpartition("/")[2]
    return name.rpartition(".")[0] or name


def _edited(file: MarkdownFile, path: str, patch: Patch) -> MarkdownFile:
    """The file as the patch wants it."""
    fields = {name: str(value or "") for name, value in patch.fields.items()}
    title = fields.get("title", file.title)
    after = file.entitled(title) if title not in (file.title, file.title or _name_of(path)) else file
    after = after.reworded(fields["body"]) if "body" in fields else after
    if MarkdownFile.parse(str(after)).body != after.body:  # the text begins with what looks like a title
        after = after.entitled(title or _name_of(path))
    return after


def _contents(repository: RepositoryRow, path: str) -> str:
    return f"{_home(repository)}/contents/{quote(path)}"
