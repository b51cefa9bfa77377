"""What the account's Help Center holds: categories, sections, and articles in their translations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.zendesk.state import State

LOCALE = "en-us"
SIGNED_IN = 360_001
"""The user segment of everybody who has signed in; articles without a segment are for all the world."""
PERMISSION_GROUP = 370_001


@dataclass(slots=True)
class Category:
    id: int
    name: str
    created: datetime


@dataclass(slots=True)
class Section:
    id: int
    category_id: int
    name: str
    created: datetime


@dataclass(slots=True)
class Translation:
    """An article's words in one language."""

    id: int
    locale: str
    title: str
    body: str
    draft: bool
    author_id: int
    created: datetime
    updated: datetime


@dataclass(slots=True)
class Remark:
    """A comment below an article."""

    id: int
    author_id: int
    body: str
    locale: str
    created: datetime


@dataclass(slots=True)
class Article:
    id: int
    section_id: int
    author_id: int
    source_locale: str
    created: datetime
    updated: datetime
    edited: datetime
    """When the words changed last; ``updated`` moves with everything."""
    user_segment_id: int | None = None
    permission_group_id: int = PERMISSION_GROUP
    promoted: bool = False
    comments_disabled: bool = False
    vote_sum: int = 0
    vote_count: int = 0
    labels: dict[int, str] = field(default_factory=dict)
    """By the label's own id."""
    translations: dict[str, Translation] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    archived: bool = False

    @property
    def source(self) -> Translation:
        return self.translations[self.source_locale]


class Library:
    """Articles change here alone. ``observers`` hear of each, with the last part of its event type."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.categories: dict[int, Category] = {}
        self.sections: dict[int, Section] = {}
        self.articles: dict[int, Article] = {}
        self.observers: list[Callable[[Article, str], None]] = []

    def section(self, name: str, category: str = "General") -> Section:
        """The section of that name, added where there is none."""
        for section in self.sections.values():
            if section.name == name:
                return section
        now = self._state.now()
        holder = next((each for each in self.categories.values() if each.name == category), None)
        if holder is None:
            holder = Category(self._state.next_id(), category, now)
            self.categories[holder.id] = holder
        section = Section(self._state.next_id(), holder.id, name, now)
        self.sections[section.id] = section
        return section

    def visible(self) -> list[Article]:
        return [article for article in self.articles.values() if not article.archived]

    def write(
        self, section: Section, title: str, body: str, author_id: int, *, draft: bool = False
    ) -> Article:
        """Somebody writes an article."""
        now = self._state.now()
        article = Article(self._state.next_id(), section.id, author_id, LOCALE, now, now, now)
        words = Translation(self._state.next_id(), LOCALE, title, body, draft, author_id, now, now)
        article.translations[LOCALE] = words
        self.articles[article.id] = article
        if not draft:
            self._tell(article, "published")
        return article

    def translate(
        self,
        article: Article,
        locale: str,
        author_id: int,
        *,
        title: str | None = None,
        body: str | None = None,
        draft: bool | None = None,
    ) -> Translation:
        """Change the words in one language, or add that language."""
        now = self._state.now()
        words = article.translations.get(locale)
        if words is None:
            words = Translation(
                self._state.next_id(), locale, title or "", body or "", bool(draft), author_id, now, now
            )
            article.translations[locale] = words
        was_draft = words.draft
        words.title = words.title if title is None else title
        words.body = words.body if body is None else body
        words.draft = words.draft if draft is None else draft
        words.updated = article.edited = now
        self.touch(article)
        if was_draft != words.draft:
            self._tell(article, "unpublished" if words.draft else "published")
        return words

    def touch(self, article: Article) -> None:
        article.updated = self._state.now()

    def label(self, article: Article, name: str) -> int:
        """Put a label on; the label's id."""
        number = next((key for key, known in article.labels.items() if known == name), None)
        if number is None:
            number = self._state.next_id()
            article.labels[number] = name
            self.touch(article)
        return number

    def unlabel(self, article: Article, number: int) -> bool:
        """Whether there was such a label."""
        gone = article.labels.pop(number, None) is not None
        if gone:
            self.touch(article)
        return gone

    def remark(self, article: Article, author_id: int, body: str, locale: str = LOCALE) -> Remark:
        """Somebody comments below the article."""
        remark = Remark(self._state.next_id(), author_id, body, locale, self._state.now())
        article.remarks.append(remark)
        self._tell(article, "comment_created")
        return remark

    def vote(self, article: Article, value: int) -> None:
        """A reader finds it helpful, or not."""
        article.vote_sum += value
        article.vote_count += 1
        self.touch(article)

    def archive(self, article: Article) -> None:
        """The article vanishes from everything."""
        article.archived = True
        self._tell(article, "unpublished")

    def _tell(self, article: Article, event: str) -> None:
        for observer in self.observers:
            observer(article, event)
