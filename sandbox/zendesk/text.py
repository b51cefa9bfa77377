"""Text as Zendesk keeps it: every comment as HTML and as plain text with Markdown marks."""

from __future__ import annotations

import html_to_markdown
import nh3
from markdown_it import MarkdownIt

_MARKDOWN = MarkdownIt("commonmark", {"breaks": True, "html": False}).enable(["table", "strikethrough"])

_STYLED = {**nh3.ALLOWED_ATTRIBUTES, "*": {"class", "id"}}


def html_from_plain(body: str) -> str:
    """The ``html_body`` of a comment that was sent as ``body``."""
    return f'<div class="zd-comment" dir="auto">{_MARKDOWN.render(body).strip()}</div>'


def sanitised(html: str) -> str:
    """The ``html_body`` that is kept of a sent one: scripts, styles and event handlers are gone."""
    return f'<div class="zd-comment" dir="auto">{nh3.clean(html, link_rel=None).strip()}</div>'


def harmless(html: str) -> str:
    """The body of an article that is kept of a sent one: names for its style sheet stay."""
    return nh3.clean(html, link_rel=None, attributes=_STYLED).strip()


def plain_from_html(html: str) -> str:
    """The ``body`` of a comment that was sent as ``html_body``."""
    return (html_to_markdown.convert(html).content or "").strip()
