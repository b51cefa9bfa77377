"""Ties of issues: to one another by links of a type, and to addresses elsewhere by remote links."""

from __future__ import annotations

from pydantic import JsonValue

from connectors.errors import NotFound, Rejected
from connectors.jira.answers import (
    CreatedLink,
    IssueLinkRow,
    LinksAnswer,
    LinkTypeRow,
    LinkTypes,
    RemoteLinkRow,
)
from connectors.jira.base import JiraBase
from connectors.model import ItemLink, LinkDraft, Ref

_ISSUE, _REMOTE = "issue:", "remote:"
"""How the ids of the two kinds begin: Jira numbers each by itself."""
_APPLICATION: dict[str, JsonValue] = {"type": "com.loopwright", "name": "Loopwright"}


class WithLinks(JiraBase):
    """Reads, makes and undoes ties."""

    _known_types: list[LinkTypeRow] | None = None

    def links(self, ref: Ref) -> tuple[ItemLink, ...]:
        remote = self._client.wire.get(list[RemoteLinkRow], f"issue/{ref.id}/remotelink")
        return (*self._issue_links(ref), *map(_remote, remote))

    def link(self, ref: Ref, draft: LinkDraft) -> ItemLink:
        return self._link_outside(ref, draft) if draft.to is None else self._link_issue(ref, draft, draft.to)

    def unlink(self, ref: Ref, link: str) -> None:
        kind, number = link.partition(":")[::2]
        path = f"issueLink/{number}" if f"{kind}:" == _ISSUE else f"issue/{ref.id}/remotelink/{number}"
        try:
            self._client.wire.write("DELETE", path)
        except NotFound:
            return

    def _link_outside(self, ref: Ref, draft: LinkDraft) -> ItemLink:
        """Our marker is the link's global id, by which Jira puts the same link in its place again.

        What is left out of a repetition would be emptied, so everything is said.
        """
        title = draft.title or draft.url
        body: dict[str, JsonValue] = {
            "globalId": draft.marker,
            "application": _APPLICATION,
            "relationship": draft.relation,
            "object": {"url": draft.url, "title": title},
        }
        made = self._client.wire.post(CreatedLink, f"issue/{ref.id}/remotelink", body)
        return ItemLink(id=f"{_REMOTE}{made.id}", relation=draft.relation, url=draft.url, title=title)

    def _link_issue(self, ref: Ref, draft: LinkDraft, to: Ref) -> ItemLink:
        type_, outward = self._type(draft.relation)
        relation = type_.outward if outward else type_.inward
        known = self._known_link(ref, relation, to)
        if known is None:
            near, far = ("inwardIssue", "outwardIssue") if outward else ("outwardIssue", "inwardIssue")
            ends: dict[str, JsonValue] = {near: {"id": ref.id}, far: {"id": to.id}}
            body: dict[str, JsonValue] = {"type": {"name": type_.name}, **ends}
            self._client.wire.write("POST", "issueLink", body)
            known = self._known_link(ref, relation, to)
        if known is None:
            raise Rejected(f"{self.connection}: the link to {to} was made, but the issue does not show it")
        return known

    def _known_link(self, ref: Ref, relation: str, to: Ref) -> ItemLink | None:
        links = self._issue_links(ref)
        return next((link for link in links if (link.relation, link.to) == (relation, to)), None)

    def _issue_links(self, ref: Ref) -> list[ItemLink]:
        answer = self._client.wire.get(LinksAnswer, f"issue/{ref.id}", {"fields": "issuelinks"})
        shown = (self._shown(row) for row in answer.fields.issuelinks)
        return [link for link in shown if link is not None]

    def _shown(self, row: IssueLinkRow) -> ItemLink | None:
        other = row.outwardIssue or row.inwardIssue
        if other is None:
            return None
        return ItemLink(
            id=f"{_ISSUE}{row.id}",
            relation=row.type.outward if row.outwardIssue else row.type.inward,
            to=Ref(connection=self.connection, id=other.id, key=other.key),
            title=other.fields.summary,
        )

    def _type(self, relation: str) -> tuple[LinkTypeRow, bool]:
        """The type with these words, and whether they are its outward ones. Raises Rejected."""
        if self._known_types is None:
            self._known_types = self._client.wire.get(LinkTypes, "issueLinkType").issueLinkTypes
        wanted = relation.casefold()
        for type_ in self._known_types:
            if wanted in (type_.outward.casefold(), type_.name.casefold()):
                return type_, True
            if wanted == type_.inward.casefold():
                return type_, False
        raise Rejected(
            f"{self.connection}: Jira links issues by no relation '{relation}'",
            advice=f"It has: {', '.join(type_.outward for type_ in self._known_types)}.",
        )


def _remote(row: RemoteLinkRow) -> ItemLink:
    return ItemLink(
        id=f"{_REMOTE}{row.id}",
        relation=row.relationship or "links to",
        url=row.object.url,
        title=row.object.title,
    )
