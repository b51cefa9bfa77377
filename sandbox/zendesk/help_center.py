"""Help Center's API: requests have a pool of their own, and only translations change words."""

from __future__ import annotations

from pydantic import BaseModel
from starlette.routing import BaseRoute

from sandbox.zendesk.library import LOCALE, PERMISSION_GROUP, Article, Library
from sandbox.zendesk.library_shape import LibraryShape
from sandbox.zendesk.paging import page
from sandbox.zendesk.shape import Shape
from sandbox.zendesk.state import State
from sandbox.zendesk.text import harmless
from sandbox.zendesk.wire import Answer, Body, Call, Front, Refusal, found, needs_agent

MOST_EXPORTED = 1_000


class _ArticleInput(BaseModel):
    """What an article's PUT changes; title, body and draft are not among it."""

    title: str = ""
    body: str = ""
    locale: str = LOCALE
    draft: bool = False
    permission_group_id: int | None = None
    user_segment_id: int | None = None
    label_names: list[str] | None = None
    promoted: bool | None = None
    comments_disabled: bool | None = None


class _ArticleEnvelope(BaseModel):
    article: _ArticleInput
    notify_subscribers: bool = True


class _TranslationInput(BaseModel):
    locale: str = LOCALE
    title: str | None = None
    body: str | None = None
    draft: bool | None = None


class _TranslationEnvelope(BaseModel):
    translation: _TranslationInput


class _Named(BaseModel):
    name: str


class _LabelEnvelope(BaseModel):
    label: _Named


class HelpCenterRoutes:
    def __init__(self, state: State, library: Library, shape: Shape) -> None:
        self._state = state
        self._library = library
        self._users = shape
        self._shape = LibraryShape(shape)

    def routes(self, front: Front) -> list[BaseRoute]:
        home = "help_center"
        article = f"{home}/articles/{{id:int}}"
        return [
            *front.route(f"{home}/incremental/articles", GET=self.export),
            *front.route(f"{home}/articles", GET=self.index),
            *front.route(f"{home}/articles/search", GET=self.search),
            *front.route(article, GET=self.show, PUT=self.change, DELETE=self.archive),
            *front.route(f"{article}/translations", GET=self.translations, POST=self.translate),
            *front.route(f"{article}/translations/{{locale}}", GET=self.translation, PUT=self.retranslate),
            *front.route(f"{article}/labels", GET=self.labels, POST=self.label),
            *front.route(f"{article}/labels/{{label:int}}", DELETE=self.unlabel),
            *front.route(f"{article}/comments", GET=self.comments),
            *front.route(f"{home}/sections", GET=self.sections),
            *front.route(f"{home}/sections/{{id:int}}", GET=self.section),
            *front.route(f"{home}/sections/{{id:int}}/articles", GET=self.of_section, POST=self.create),
            *front.route(f"{home}/categories", GET=self.categories),
        ]

    def _article(self, call: Call) -> Article:
        article = found(self._library.articles.get(call.id()))
        return found(None if article.archived else article)

    def export(self, call: Call) -> Answer:
        """By the time of the last change, metadata included; archived ones are silently missing."""
        needs_agent(call)
        text = call.query.get("start_time", "")
        if not text.isdigit():
            raise Refusal(400, {"error": "InvalidValue", "description": "start_time must be an integer"})
        start = int(text)
        rows = [row for row in self._library.visible() if int(row.updated.timestamp()) >= start]
        rows.sort(key=lambda row: (row.updated, row.id))
        chosen = rows[:MOST_EXPORTED]
        while len(chosen) < len(rows) and rows[len(chosen)].updated == chosen[-1].updated:
            chosen.append(rows[len(chosen)])
        end = int(chosen[-1].updated.timestamp()) if chosen else start
        more = len(chosen) < len(rows)
        return Answer(
            {
                "articles": [self._shape.article(row) for row in chosen],
                **self._beside(call, chosen),
                "count": len(chosen),
                "end_time": end,
                "next_page": f"{call.url}?start_time={end}" if more else None,
            }
        )

    def index(self, call: Call) -> Answer:
        return self._list(call, self._library.visible())

    def of_section(self, call: Call) -> Answer:
        section = found(self._library.sections.get(call.id()))
        return self._list(call, [row for row in self._library.visible() if row.section_id == section.id])

    def search(self, call: Call) -> Answer:
        needs_agent(call)
        words = call.query.get("query", "").lower().split()
        rows = [
            row
            for row in self._library.visible()
            if all(word in f"{row.source.title} {row.source.body}".lower() for word in words)
        ]
        chosen, paging = page(call, _labelled(call, rows))
        hits = [self._shape.hit(row, words) for row in chosen]
        return Answer({"results": hits, **self._beside(call, chosen), **paging})

    def _list(self, call: Call, rows: list[Article]) -> Answer:
        needs_agent(call)
        chosen, paging = page(call, _labelled(call, rows))
        articles = [self._shape.article(row) for row in chosen]
        return Answer({"articles": articles, **self._beside(call, chosen), **paging})

    def show(self, call: Call) -> Answer:
        needs_agent(call)
        article = self._article(call)
        return Answer({"article": self._shape.article(article), **self._beside(call, [article])})

    def create(self, call: Call) -> Answer:
        needs_agent(call)
        section = found(self._library.sections.get(call.id()))
        wanted = call.model(_ArticleEnvelope).article
        if not wanted.title or wanted.permission_group_id != PERMISSION_GROUP:
            field = "permission_group_id" if wanted.title else "title"
            details = {field: [{"description": f"{field}: is invalid", "error": "InvalidValue"}]}
            body: Body = {"error": "RecordInvalid", "description": "Record validation errors"}
            raise Refusal(422, {**body, "details": details})
        words = harmless(wanted.body)
        article = self._library.write(section, wanted.title, words, call.actor.id, draft=wanted.draft)
        self._set(article, wanted)
        return Answer({"article": self._shape.article(article)}, 201)

    def change(self, call: Call) -> Answer:
        """Metadata; whatever it says of the words is overlooked."""
        needs_agent(call)
        article, wanted = self._article(call), call.model(_ArticleEnvelope).article
        self._set(article, wanted)
        self._library.touch(article)
        return Answer({"article": self._shape.article(article)})

    def _set(self, article: Article, wanted: _ArticleInput) -> None:
        named = wanted.model_fields_set
        for name in ("user_segment_id", "promoted", "comments_disabled"):
            if name in named:
                setattr(article, name, getattr(wanted, name))
        if wanted.label_names is not None:
            article.labels = {self._state.next_id(): name for name in dict.fromkeys(wanted.label_names)}

    def archive(self, call: Call) -> Answer:
        needs_agent(call)
        self._library.archive(self._article(call))
        return Answer(None, 204)

    def translations(self, call: Call) -> Answer:
        needs_agent(call)
        article = self._article(call)
        chosen, paging = page(call, list(article.translations.values()))
        return Answer({"translations": [self._shape.translation(article, each) for each in chosen], **paging})

    def translation(self, call: Call) -> Answer:
        needs_agent(call)
        article = self._article(call)
        words = found(article.translations.get(str(call.path["locale"])))
        return Answer({"translation": self._shape.translation(article, words)})

    def translate(self, call: Call) -> Answer:
        needs_agent(call)
        article, wanted = self._article(call), call.model(_TranslationEnvelope).translation
        if wanted.locale in article.translations:
            details = {"locale": [{"description": "Locale: is taken", "error": "DuplicateValue"}]}
            raise Refusal(422, {"error": "RecordInvalid", "details": details})
        return Answer({"translation": self._translated(call, article, wanted.locale, wanted)}, 201)

    def retranslate(self, call: Call) -> Answer:
        needs_agent(call)
        article, locale = self._article(call), str(call.path["locale"])
        found(article.translations.get(locale))
        wanted = call.model(_TranslationEnvelope).translation
        return Answer({"translation": self._translated(call, article, locale, wanted)})

    def _translated(self, call: Call, article: Article, locale: str, wanted: _TranslationInput) -> Body:
        body = None if wanted.body is None else harmless(wanted.body)
        words = self._library.translate(
            article, locale, call.actor.id, title=wanted.title, body=body, draft=wanted.draft
        )
        return self._shape.translation(article, words)

    def labels(self, call: Call) -> Answer:
        needs_agent(call)
        article = self._article(call)
        chosen, paging = page(call, list(article.labels))
        return Answer({"labels": [self._shape.label(article, number) for number in chosen], **paging})

    def label(self, call: Call) -> Answer:
        needs_agent(call)
        article, name = self._article(call), call.model(_LabelEnvelope).label.name
        return Answer({"label": self._shape.label(article, self._library.label(article, name))}, 201)

    def unlabel(self, call: Call) -> Answer:
        needs_agent(call)
        gone = self._library.unlabel(self._article(call), int(call.path["label"]))
        return Answer(None, 204) if found(gone or None) else Answer({})

    def comments(self, call: Call) -> Answer:
        needs_agent(call)
        article = self._article(call)
        chosen, paging = page(call, article.remarks)
        body: Body = {"comments": [self._shape.remark(article, each) for each in chosen], **paging}
        if "users" in call.includes():
            ids = sorted({each.author_id for each in chosen})
            body["users"] = [self._users.user(self._state.users[each]) for each in ids]
        return Answer(body)

    def sections(self, call: Call) -> Answer:
        needs_agent(call)
        chosen, paging = page(call, list(self._library.sections.values()))
        return Answer({"sections": [self._shape.section(each) for each in chosen], **paging})

    def section(self, call: Call) -> Answer:
        needs_agent(call)
        return Answer({"section": self._shape.section(found(self._library.sections.get(call.id())))})

    def categories(self, call: Call) -> Answer:
        needs_agent(call)
        chosen, paging = page(call, list(self._library.categories.values()))
        return Answer({"categories": [self._shape.category(each) for each in chosen], **paging})

    def _beside(self, call: Call, articles: list[Article]) -> Body:
        beside: Body = {}
        if "users" in call.includes():
            ids = sorted({article.author_id for article in articles})
            beside["users"] = [self._users.user(self._state.users[each]) for each in ids]
        if "sections" in call.includes():
            ids = sorted({article.section_id for article in articles})
            beside["sections"] = [self._shape.section(self._library.sections[each]) for each in ids]
        return beside


def _labelled(call: Call, rows: list[Article]) -> list[Article]:
    """Those with one of the labels that are asked for, if any are."""
    labels = {each for each in call.query.get("label_names", "").split(",") if each}
    return [row for row in rows if not labels or labels & {*row.labels.values()}]
