"""Articles of the Help Center as documents. Their words change through translations alone.

Help Center counts requests in a pool of its own. An article carries its marker as a label, for it has no
field that readers do not see. Comments below articles are read and not written: they can carry no marker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from connectors.errors import NotFound, Rejected
from connectors.model import Audience, Comment, Draft, Item, JsonValue, Kind, Patch, Ref
from connectors.text import html, html_editing
from connectors.zendesk import shape
from connectors.zendesk.article_rows import (
    ArticleAnswer,
    ArticleExport,
    ArticleRow,
    ArticlesPage,
    LabelRow,
    LabelsPage,
    RemarkRow,
    RemarksPage,
    SectionsPage,
    TranslationAnswer,
)
from connectors.zendesk.directory import Directory
from connectors.zendesk.wire import Wire

PREFIX = "article:"
"""What the ids of articles begin with, so that none is taken for a ticket's."""
PUBLISHED, DRAFT = "published", "draft"
OVERLAP = 60
"""Seconds that each round reaches back behind the newest article seen: this export hides no last minute, so
what is written in a second that was read already, or comes late, has to be met again."""
_HOME = "help_center"


def is_article(ref: Ref) -> bool:
    return ref.id.startswith(PREFIX)


def ref_of(connection: str, number: int) -> Ref:
    return Ref(connection=connection, id=f"{PREFIX}{number}", key=f"HC-{number}")


class Articles:
    """``wanted`` names the sections whose articles are read; all when it is empty."""

    def __init__(self, connection: str, wire: Wire, directory: Directory, wanted: tuple[str, ...]) -> None:
        self._connection = connection
        self._wire = wire
        self._directory = directory
        self._wanted = wanted
        self._sections: dict[int, str] = {}

    def changed_since(self, start: int) -> tuple[list[Item], int, bool]:
        """What changed since ``start``, in epoch seconds; where to go on, and whether to do so at once.

        The list ends where nothing comes as well: exports by time are known to name a next page for ever.
        """
        page = self._wire.get(ArticleExport, f"{_HOME}/incremental/articles", {"start_time": start})
        self._directory.meet(row.author_id for row in page.articles)
        items = [self._item(row) for row in page.articles]
        newest = max((int(row.updated_at.timestamp()) for row in page.articles), default=start)
        end = newest if page.end_time is None or not page.articles else page.end_time
        more = page.next_page is not None and bool(page.articles)
        following = max(end, start + 1) if more else max(end - OVERLAP, 0)
        return [item for item in items if self._is_wanted(item.container)], following, more

    def get(self, ref: Ref) -> Item:
        return self._read(self._row(ref))

    def comments(self, ref: Ref) -> tuple[Comment, ...]:
        """What readers wrote below the article, for whoever reads the article itself."""
        row = self._row(ref)
        rows = [
            remark
            for page in self._wire.pages(RemarksPage, f"{self._path(ref)}/comments")
            for remark in page.comments
        ]
        self._directory.meet(remark.author_id for remark in rows)
        ordered = sorted(rows, key=lambda remark: (remark.created_at, remark.id))
        return tuple(self._comment(remark, _audience(row)) for remark in ordered)

    def holds(self, container: str) -> bool:
        """Whether that is the name of a section."""
        return self._section_id(container) is not None

    def audience(self, section: str) -> Audience:
        """Who reads a new article there: whoever reads the ones that are there."""
        return _audience(self._sibling(section))

    def create(self, draft: Draft) -> Item:
        """An article with the readers and the keepers of its neighbours, of which nobody is told."""
        sibling = self._sibling(draft.container)
        article: dict[str, JsonValue] = {
            "title": draft.title,
            "body": html.from_markdown(draft.body),
            "locale": sibling.locale,
            "permission_group_id": sibling.permission_group_id,
            "draft": self._is_draft(draft.status or PUBLISHED),
            "label_names": [*draft.labels, draft.marker],
        }
        if sibling.user_segment_id is not None:
            article["user_segment_id"] = sibling.user_segment_id
        if draft.custom or draft.priority or draft.type:
            raise Rejected(f"{self._connection}: an article has neither type, priority nor fields")
        path = f"{_HOME}/sections/{sibling.section_id}/articles"
        body: JsonValue = {"article": article, "notify_subscribers": False}
        return self._read(self._wire.write(ArticleAnswer, "POST", path, body).article)

    def update(self, ref: Ref, patch: Patch, written: Callable[[], None]) -> Item:
        """Words by their translation, labels one by one. ``written`` is called once something has changed."""
        row = self._row(ref)
        words = self._words(row, patch.fields)
        if words:
            path = f"{self._path(ref)}/translations/{row.locale}"
            body: JsonValue = {"translation": words}
            told = self._wire.write(TranslationAnswer, "PUT", path, body).translation
            row = row.model_copy(update=told.model_dump())
            written()
        for label in patch.add_labels:
            if label not in row.label_names:
                self._wire.act("POST", f"{self._path(ref)}/labels", {"label": {"name": label}})
                written()
        removed = {*patch.remove_labels} & {*row.label_names}
        if removed:
            for known in self._labels(ref):
                if known.name in removed:
                    self._wire.act("DELETE", f"{self._path(ref)}/labels/{known.id}")
                    written()
        changed = removed or {*patch.add_labels} - {*row.label_names}
        return self.get(ref) if changed else self._read(row)

    def find(self, draft: Draft) -> Item | None:
        """By the label that is the marker; the oldest, should there be more than one."""
        query = {"label_names": draft.marker}
        rows = [
            row
            for page in self._wire.pages(ArticlesPage, f"{_HOME}/articles", query)
            for row in page.articles
        ]
        oldest = min(rows, key=lambda row: row.id, default=None)
        return None if oldest is None else self._read(oldest)

    def _words(self, row: ArticleRow, fields: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """What a patch says of the words, in the members of a translation."""
        words: dict[str, JsonValue] = {}
        for name, value in fields.items():
            if not isinstance(value, str) or name not in ("title", "body", "status"):
                done = "cleared" if value is None else "set"
                raise Rejected(f"{self._connection}: an article's {name} cannot be {done}")
            if name == "title":
                words["title"] = value
            elif name == "body":
                words["body"] = html_editing.edited(row.body or "", value)
            else:
                words["draft"] = self._is_draft(value)
        return words

    def _is_draft(self, status: str) -> bool:
        if status.lower() not in (PUBLISHED, DRAFT):
            raise Rejected(f"{self._connection}: an article is {PUBLISHED} or {DRAFT}, and not '{status}'")
        return status.lower() == DRAFT

    def _row(self, ref: Ref) -> ArticleRow:
        return self._wire.get(ArticleAnswer, self._path(ref)).article

    def _path(self, ref: Ref) -> str:
        number = ref.id.removeprefix(PREFIX)
        if not number.isdigit():
            raise NotFound(f"{self._connection}: '{ref.id}' is not the number of an article")
        return f"{_HOME}/articles/{number}"

    def _labels(self, ref: Ref) -> Iterable[LabelRow]:
        for page in self._wire.pages(LabelsPage, f"{self._path(ref)}/labels"):
            yield from page.labels

    def _sibling(self, section: str) -> ArticleRow:
        """An article of that section. Raises Rejected where there is none to go by."""
        number = self._section_id(section)
        if number is None:
            known = ", ".join(sorted(self._sections.values()))
            raise Rejected(f"{self._connection}: there is no section '{section}'; there are: {known}")
        query: dict[str, str | int | list[str]] = {
            "sort_by": "created_at",
            "sort_order": "desc",
            "per_page": 1,
        }
        page = self._wire.get(ArticlesPage, f"{_HOME}/sections/{number}/articles", query)
        if not page.articles:
            raise Rejected(
                f"{self._connection}: the section '{section}' is empty, so nothing tells who may read there",
                advice="Write its first article by hand: new ones get its readers and its keepers.",
            )
        return page.articles[0]

    def _section_id(self, name: str) -> int | None:
        for _ in range(2):
            for number, known in self._sections.items():
                if known == name:
                    return number
            self._load_sections()
        return None

    def _section(self, number: int | None) -> str:
        if number is None:
            return ""
        if number not in self._sections:
            self._load_sections()
            # one that is not shown to us is not asked for again and again
            self._sections.setdefault(number, "")
        return self._sections[number]

    def _load_sections(self) -> None:
        pages = self._wire.pages(SectionsPage, f"{_HOME}/sections")
        self._sections = {row.id: row.name for page in pages for row in page.sections}

    def _is_wanted(self, section: str) -> bool:
        return not self._wanted or section in self._wanted

    def _read(self, row: ArticleRow) -> Item:
        self._directory.meet([row.author_id])
        return self._item(row)

    def _item(self, row: ArticleRow) -> Item:
        marker = next((label for label in row.label_names if shape.marker_of(label)), None)
        return Item(
            ref=ref_of(self._connection, row.id),
            system="zendesk",
            kind=Kind.DOC,
            container=self._section(row.section_id),
            url=row.html_url,
            title=row.title,
            body=html.to_markdown(row.body or ""),
            audience=_audience(row),
            status=DRAFT if row.draft else PUBLISHED,
            labels=tuple(sorted({label for label in row.label_names if not shape.marker_of(label)})),
            requester=self._directory.person(row.author_id),
            votes=row.vote_sum,
            created=row.created_at,
            updated=row.updated_at,
            marker=marker,
        )

    def _comment(self, remark: RemarkRow, audience: Audience) -> Comment:
        return Comment(
            id=str(remark.id),
            author=self._directory.person(remark.author_id),
            body=html.to_markdown(remark.body),
            audience=audience,
            created=remark.created_at,
            updated=remark.updated_at,
        )


def _audience(row: ArticleRow) -> Audience:
    """An article that is for a part of the readers may be for the team alone."""
    return Audience.INTERNAL if row.draft or row.restricted else Audience.PUBLIC
