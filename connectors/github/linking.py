"""Ties between issues as GitHub has them: sub-issues, and dependencies.

An address elsewhere has no place of its own in an issue: it would be a comment, which notifies people, or a
line in somebody's text. So it is refused here; a rule's comment can hold it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import TypeAdapter

from connectors.errors import NotFound, Rejected
from connectors.github.client import Client
from connectors.github.issues import Issues
from connectors.github.places import ISSUE, ISSUES, Places
from connectors.github.rows import Address, IssueRow
from connectors.model import ItemLink, JsonValue, LinkDraft, Ref

_ANY = TypeAdapter(JsonValue)


@dataclass(frozen=True, slots=True)
class _Relation:
    """One of GitHub's ties, read from one of its ends."""

    words: str
    name: str
    """In our ids of links."""
    path: str
    """Where its other ends are listed, below the issue."""
    counted: Callable[[IssueRow], int]
    """How many there are, which the issue itself says."""
    written_here: bool
    """Whether it is this end that GitHub has the tie written at."""

    @property
    def is_family(self) -> bool:
        return self in (PARENT_OF, SUB_ISSUE_OF)


PARENT_OF = _Relation("parent of", "sub", "/sub_issues", lambda row: row.sub_issues_summary.total, True)
SUB_ISSUE_OF = _Relation(
    "sub-issue of", "parent", "/parent", lambda row: int(row.parent_issue_url is not None), False
)
BLOCKED_BY = _Relation(
    "blocked by",
    "blocker",
    "/dependencies/blocked_by",
    lambda row: row.issue_dependencies_summary.total_blocked_by,
    True,
)
BLOCKS = _Relation(
    "blocks",
    "blocked",
    "/dependencies/blocking",
    lambda row: row.issue_dependencies_summary.total_blocking,
    False,
)
_RELATIONS = (PARENT_OF, SUB_ISSUE_OF, BLOCKED_BY, BLOCKS)


class Links:
    """The id of a tie names its sort and the issue at its other end."""

    def __init__(self, client: Client, places: Places, issues: Issues) -> None:
        self._client = client
        self._places = places
        self._issues = issues

    def all(self, ref: Ref) -> tuple[ItemLink, ...]:
        """One call for the issue, and one for each sort of tie that it says it has."""
        row = self._places.issue(ref)
        return tuple(
            self._link(relation, other) for relation in _RELATIONS for other in self._others(row, relation)
        )

    def link(self, ref: Ref, draft: LinkDraft) -> ItemLink:
        """GitHub refuses a tie that is there already; then it is read."""
        relation = next((each for each in _RELATIONS if each.words == draft.relation), None)
        if relation is None or draft.to is None:
            words = ", ".join(f"'{each.words}'" for each in _RELATIONS)
            raise Rejected(
                f"{self._client.connection}: an issue on GitHub can be tied to another one by {words}",
                advice="Other relations, and addresses elsewhere, belong into a comment or the description.",
            )
        other = self._places.issue(draft.to)
        made = self._link(relation, other)
        near, far = (ref, draft.to) if relation.written_here else (draft.to, ref)
        path, name = (
            ("/sub_issues", "sub_issue_id")
            if relation.is_family
            else ("/dependencies/blocked_by", "issue_id")
        )
        body: dict[str, JsonValue] = {name: int(far.id)}
        try:
            self._issues.at(near, lambda at: self._client.write(_ANY, "POST", at.path + path, body))
        except Rejected:
            if made.id not in {link.id for link in self.all(ref)}:
                raise
        return made

    def unlink(self, ref: Ref, link: str) -> None:
        name, _, number = link.partition(":")
        relation = next((each for each in _RELATIONS if each.name == name), None)
        if relation is None or not number.isdecimal():
            raise NotFound(f"{self._client.connection}: {ref} can have no link with the id {link}")
        others = {str(row.id): row for row in self._others(self._places.issue(ref), relation)}
        if number not in others:
            return
        there = self._ref(others[number])
        near, far = (ref, there) if relation.written_here else (there, ref)
        try:
            self._issues.at(near, lambda at: self._undo(at, relation, far))
        except NotFound:  # somebody was faster: both issues have just been read
            return

    def _undo(self, at: Address, relation: _Relation, far: Ref) -> None:
        if relation.is_family:
            self._client.write(_ANY, "DELETE", f"{at.path}/sub_issue", {"sub_issue_id": int(far.id)})
        else:
            self._client.write(_ANY, "DELETE", f"{at.path}/dependencies/blocked_by/{far.id}", {})

    def _others(self, row: IssueRow, relation: _Relation) -> list[IssueRow]:
        """The issues at the other ends."""
        path = row.address.path + relation.path
        if not relation.counted(row):
            return []
        if relation is SUB_ISSUE_OF:
            return [self._client.read(ISSUE, path)]
        return [other for page in self._client.pages(ISSUES, path) for other in page]

    def _link(self, relation: _Relation, other: IssueRow) -> ItemLink:
        self._places.saw(other)
        return ItemLink(
            id=f"{relation.name}:{other.id}",
            relation=relation.words,
            to=self._ref(other),
            url=other.html_url,
            title=other.title,
        )

    def _ref(self, row: IssueRow) -> Ref:
        return Ref(connection=self._client.connection, id=str(row.id), key=row.key)
