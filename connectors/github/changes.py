"""Reading what changed: round after round, in each repository one list after the other, one page a call.

The lists are followed by GitHub's own ``Link``, in the order of creation, which no edit disturbs: a row that
comes in later pushes others back, so they are seen twice. In the order of the last update it would be the
other way round: a row that changes leaves its place, and the first one of the next page is skipped.
What changes during a walk is found by the next one, which begins before this one began.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from connectors.errors import Forbidden, NotFound
from connectors.protocol import ChangePage, Observation, Said

SETTLED = timedelta(minutes=10)
"""After this time a list shows every change."""


class Trail(BaseModel):
    """How far a list has been read."""

    seen: AwareDatetime | None = None
    """Up to which update. Without one everything is asked for: since 1970 finds nothing."""
    etag: str = ""
    """Of the latest look, where the next one asks the very same: it is free if the answer is, too."""


class Mark(BaseModel):
    """How far a repository has been read."""

    issues: Trail = Field(default_factory=Trail)
    comments: Trail = Field(default_factory=Trail)
    releases: str = ""
    """The ETag of the newest ones; none where the older ones are to be read as well."""
    documents: str = ""
    """The ETag of the tree of all files."""
    tree: str = ""
    """The hash of that tree: two trees tell which files differ."""
    patterns: str = ""
    """Those of the settings, when that tree was read."""
    swept: AwareDatetime | None = None
    """When everything was last read, whatever its time of update: by GitHub's clock."""
    last: int = 0
    """Every issue up to this number was seen. A higher one that is old came here with its comments."""
    highest: int = 0
    """The highest number of all; a lagging replica may still have kept one below it back."""
    settled: AwareDatetime | None = None
    """When it will not any more."""


class Walk(BaseModel):
    """A list that has been read in part."""

    link: str
    """The path of the next page; of files, the hash of the tree that is being read."""
    etag: str = ""
    """Of that tree."""
    full: bool = False
    """Whether it reads everything."""
    began: AwareDatetime | None = None
    """By GitHub's clock."""
    newest: AwareDatetime | None = None
    last: int = 0
    """As in :class:`Mark`; of files, how many have been read."""
    highest: int = 0


class Cursor(BaseModel):
    marks: dict[str, Mark] = Field(default_factory=dict)
    repository: str = ""
    """The one to go on with."""
    step: str = ""
    """Which of its lists."""
    walk: Walk | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """One page of one list."""

    mark: Mark
    """How far the repository has been read now."""
    walk: Walk | None = None
    """Where the list goes on."""
    observations: Sequence[Observation] = field(default=())
    said: Sequence[Said] = field(default=())


class Source(Protocol):
    """One list of a repository."""

    def look(self, repository: str, mark: Mark, walk: Walk | None) -> Look:
        """The next page."""
        ...


class Rounds:
    """Reads every list of every repository in turn."""

    def __init__(self, repositories: tuple[str, ...], sources: Mapping[str, Source]) -> None:
        self._sources = sources
        self._stops = [(name, step) for name in repositories for step in sources]
        self._several = len(repositories) > 1
        self._unseen: set[str] = set()

    def page(self, text: str | None) -> ChangePage:
        """A repository that may not be seen is an error once a round; the others go on being read."""
        cursor = self._parse(text)
        name = cursor.repository
        mark = cursor.marks.get(name, Mark())
        if name in self._unseen and self._several:
            self._unseen.discard(name)
            return self._onward(cursor, Look(mark), whole=True)
        try:
            look = self._sources[cursor.step].look(name, mark, cursor.walk)
        except (Forbidden, NotFound):
            self._unseen.add(name)
            raise
        return self._onward(cursor, look)

    def _parse(self, text: str | None) -> Cursor:
        """The cursor; the beginning for one that is not ours, which at worst repeats what was seen."""
        try:
            found = Cursor.model_validate_json(text or "{}")
        except ValidationError:
            found = Cursor()
        if (found.repository, found.step) not in self._stops:
            name, step = self._stops[0]
            found = Cursor(marks=found.marks, repository=name, step=step)
        return found

    def _onward(self, cursor: Cursor, look: Look, *, whole: bool = False) -> ChangePage:
        """The page, with the cursor for the next one. ``whole`` leaves the rest of the repository out."""
        marks = {**cursor.marks, cursor.repository: look.mark}
        more = True
        if look.walk is not None:
            after = Cursor(marks=marks, repository=cursor.repository, step=cursor.step, walk=look.walk)
        else:
            index = self._stops.index((cursor.repository, cursor.step)) + 1
            while whole and index < len(self._stops) and self._stops[index][0] == cursor.repository:
                index += 1
            more = index < len(self._stops)
            name, step = self._stops[index % len(self._stops)]
            after = Cursor(marks=marks, repository=name, step=step)
        written = after.model_dump_json(exclude_defaults=True)
        return ChangePage(tuple(look.observations), written, more, tuple(look.said))


def since(trail: Trail, overlap: timedelta) -> AwareDatetime | None:
    """From when on the next look has to ask, for rows that a lagging replica showed late."""
    return trail.seen - overlap if trail.seen else None


def followed(
    trail: Trail,
    *,
    newest: AwareDatetime | None,
    began: AwareDatetime | None,
    several: bool,
    etag: str,
) -> Trail:
    """How far the list has been read once its last page is.

    What was updated while ``several`` pages were read may be missing, and a row may bear a time of some
    clock that is ahead: what came after the beginning counts as unread. A crowd of rows that once changed
    together is not read for ever: after a while no replica can be so far behind. The ETag is kept only where
    the next look asks for the same.
    """
    reached = min(newest, began) if newest and began else None if several else newest
    if several and reached and began:
        reached = max(reached, began - SETTLED)
    seen = max((moment for moment in (trail.seen, reached) if moment), default=None)
    same = seen == trail.seen and not several
    return Trail(seen=seen, etag=etag if same else "")
