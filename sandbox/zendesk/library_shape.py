"""Help Center's records in its JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sandbox.zendesk.library import LOCALE, Article, Category, Remark, Section, Translation
from sandbox.zendesk.shape import Body, Shape, stamp
from sandbox.zendesk.text import plain_from_html

SNIPPET = 200
"""Characters of an article that the search shows."""


class LibraryShape:
    def __init__(self, shape: Shape) -> None:
        self._shape = shape

    def article(self, article: Article) -> Body:
        words = article.source
        return {
            "id": article.id,
            "url": self._shape.url(f"help_center/{words.locale}/articles/{article.id}"),
            "html_url": self._page(article, words.locale),
            "author_id": article.author_id,
            "comments_disabled": article.comments_disabled,
            "draft": words.draft,
            "promoted": article.promoted,
            "position": 0,
            "vote_sum": article.vote_sum,
            "vote_count": article.vote_count,
            "section_id": article.section_id,
            "created_at": stamp(article.created),
            "updated_at": stamp(article.updated),
            "edited_at": stamp(article.edited),
            "name": words.title,
            "title": words.title,
            "body": words.body,
            "source_locale": article.source_locale,
            "locale": words.locale,
            "outdated": False,
            "outdated_locales": [],
            "user_segment_id": article.user_segment_id,
            "user_segment_ids": [] if article.user_segment_id is None else [article.user_segment_id],
            "permission_group_id": article.permission_group_id,
            "content_tag_ids": [],
            "label_names": list(article.labels.values()),
        }

    def hit(self, article: Article, words: Sequence[str]) -> Body:
        """An article as the search gives it, with the part that answers, in which the words stand out."""
        text = " ".join(plain_from_html(article.source.body).split())
        wanted = re.compile("|".join(map(re.escape, words)), re.I)
        first = wanted.search(text) if words else None
        start = max(0, first.start() - SNIPPET // 2) if first else 0
        part = text[start : start + SNIPPET]
        snippet = wanted.sub(r"<em>\g<0></em>", part) if words else part
        return {**self.article(article), "result_type": "article", "snippet": snippet}

    def _page(self, article: Article, locale: str) -> str:
        return f"{self._shape.site}/hc/{locale}/articles/{article.id}"

    def translation(self, article: Article, words: Translation) -> Body:
        return {
            "id": words.id,
            "url": self._shape.url(f"help_center/articles/{article.id}/translations/{words.locale}"),
            "html_url": self._page(article, words.locale),
            "source_id": article.id,
            "source_type": "Article",
            "locale": words.locale,
            "title": words.title,
            "body": words.body,
            "outdated": False,
            "draft": words.draft,
            "hidden": False,
            "created_at": stamp(words.created),
            "updated_at": stamp(words.updated),
            "created_by_id": words.author_id,
            "updated_by_id": words.author_id,
        }

    def label(self, article: Article, number: int) -> Body:
        return {
            "id": number,
            "url": self._shape.url(f"help_center/articles/labels/{number}"),
            "name": article.labels[number],
            "created_at": stamp(article.updated),
            "updated_at": stamp(article.updated),
        }

    def remark(self, article: Article, remark: Remark) -> Body:
        return {
            "id": remark.id,
            "url": self._shape.url(f"help_center/articles/{article.id}/comments/{remark.id}"),
            "html_url": f"{self._page(article, remark.locale)}/comments/{remark.id}",
            "body": remark.body,
            "author_id": remark.author_id,
            "source_id": article.id,
            "source_type": "Article",
            "locale": remark.locale,
            "vote_sum": 0,
            "vote_count": 0,
            "created_at": stamp(remark.created),
            "updated_at": stamp(remark.created),
        }

    def section(self, section: Section) -> Body:
        return {
            "id": section.id,
            "url": self._shape.url(f"help_center/{LOCALE}/sections/{section.id}"),
            "html_url": f"{self._shape.site}/hc/{LOCALE}/sections/{section.id}",
            "category_id": section.category_id,
            "parent_section_id": None,
            "name": section.name,
            "description": "",
            "locale": LOCALE,
            "source_locale": LOCALE,
            "position": 0,
            "outdated": False,
            "theme_template": "section_page",
            "created_at": stamp(section.created),
            "updated_at": stamp(section.created),
        }

    def category(self, category: Category) -> Body:
        return {
            "id": category.id,
            "url": self._shape.url(f"help_center/{LOCALE}/categories/{category.id}"),
            "html_url": f"{self._shape.site}/hc/{LOCALE}/categories/{category.id}",
            "name": category.name,
            "description": "",
            "locale": LOCALE,
            "source_locale": LOCALE,
            "position": 0,
            "outdated": False,
            "created_at": stamp(category.created),
            "updated_at": stamp(category.created),
        }
