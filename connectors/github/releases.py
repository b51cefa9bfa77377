"""Releases as items: read, and reworded. Making one is a matter for those who build it."""

from __future__ import annotations

from pydantic import TypeAdapter

from connectors.errors import NotFound, Rejected
from connectors.github import shape
from connectors.github.changes import Look, Mark, Walk
from connectors.github.client import PER_PAGE, Client, once_more
from connectors.github.failures import Asked
from connectors.github.places import FRESH_SECONDS, READING_SECONDS, Places
from connectors.github.rows import ReleaseRow
from connectors.model import Audience, Item, JsonValue, Kind, Patch, Ref
from connectors.protocol import Observation
from connectors.text.github import rewritten, to_markdown

PREFIX = "release:"
_RELEASE = TypeAdapter(ReleaseRow)
_RELEASES = TypeAdapter(tuple[ReleaseRow, ...])
_STATUSES: dict[JsonValue, dict[str, JsonValue]] = {
    "draft": {"draft": True},
    "prerelease": {"draft": False, "prerelease": True},
    "published": {"draft": False, "prerelease": False},
}


def ref_of(connection: str, number: int, repository: str, tag: str) -> Ref:
    return Ref(connection=connection, id=f"{PREFIX}{number}", key=f"{repository}@{tag}")


class Releases:
    """``names`` are the repositories in which a release is looked for that is not where it was."""

    def __init__(self, client: Client, places: Places, names: tuple[str, ...]) -> None:
        self._client = client
        self._places = places
        self._names = names

    def look(self, repository: str, mark: Mark, walk: Walk | None) -> Look:
        """The newest hundred whenever any of them changed; the older ones only when everything is read.

        GitHub lists releases by no time of update, and takes no ``since``.
        """
        path = f"/repos/{repository}/releases"
        everything = walk is not None or not mark.releases
        if walk is None:
            answer = self._client.get(path, {"per_page": PER_PAGE}, etag=mark.releases)
            if answer.unchanged:
                return Look(mark)
            mark = mark.model_copy(update={"releases": answer.etag})
        else:
            answer = self._client.get(walk.link)
        rows = self._client.parse(_RELEASES, Asked(self._client.connection, "GET", path), answer.data)
        onward = Walk(link=answer.next) if answer.next and everything else None
        seen = [Observation(self._item(row, within=READING_SECONDS), (), complete=True) for row in rows]
        return Look(mark, onward, seen)

    def get(self, ref: Ref) -> Observation:
        return Observation(self._item(self._row(ref)), (), complete=True)

    def update(self, ref: Ref, patch: Patch) -> Item:
        fields = self._fields(patch)
        row = self._row(ref)
        if "body" in patch.fields:
            fields["body"] = rewritten(row.body or "", str(fields["body"]))
        if fields:
            path = f"/repos/{row.repository}/releases/{row.id}"
            row = once_more(
                self._client.connection, lambda: self._client.write(_RELEASE, "PATCH", path, fields)
            )
        return self._item(row)

    def _fields(self, patch: Patch) -> dict[str, JsonValue]:
        fields: dict[str, JsonValue] = {}
        for name, value in patch.fields.items():
            match name, value:
                case "title", str():
                    fields["name"] = value
                case "body", str() | None:
                    fields["body"] = value or ""
                case "status", str() if value in _STATUSES:
                    fields |= _STATUSES[value]
                case _:
                    raise Rejected(
                        f"{self._client.connection}: {name!r} of a release cannot be set so",
                        advice=f"It has a title, a body, and a status: {', '.join(map(str, _STATUSES))}.",
                    )
        if patch.add_labels or patch.remove_labels:
            raise Rejected(f"{self._client.connection}: a release has no labels")
        return fields

    def _row(self, ref: Ref) -> ReleaseRow:
        number = ref.id.removeprefix(PREFIX)
        for name in dict.fromkeys(filter(None, (ref.key.partition("@")[0], *self._names))):
            try:
                return self._client.read(_RELEASE, f"/repos/{name}/releases/{number}")
            except NotFound:
                continue
        raise NotFound(f"{self._client.connection}: no repository of the settings has the release {number}")

    def _item(self, row: ReleaseRow, *, within: float = FRESH_SECONDS) -> Item:
        # a draft is shown to those alone who may write
        audience = Audience.INTERNAL if row.draft else self._places.audience(row.repository, within=within)
        times = (row.created_at, row.published_at, row.updated_at)
        status = "draft" if row.draft else "prerelease" if row.prerelease else "published"
        return Item(
            ref=ref_of(self._client.connection, row.id, row.repository, row.tag_name),
            system=shape.SYSTEM,
            kind=Kind.RELEASE,
            container=row.repository,
            url=row.html_url,
            title=row.name or row.tag_name,
            body=to_markdown(row.body or ""),
            audience=audience,
            status=status,
            closed=status == "published",
            requester=shape.person(row.author, staff=True),
            votes=row.reactions.total_count if row.reactions else 0,
            custom={"tag": row.tag_name},
            created=row.created_at,
            updated=max(time for time in times if time is not None),
        )
