"""The words around a text that is carried from one tool to another."""

from __future__ import annotations

from connectors.model import Comment, Item
from connectors.text.safety import defuse

SYSTEM_NAMES = {"zendesk": "Zendesk", "jira": "Jira", "github": "GitHub", "notion": "Notion"}


def carried_comment(comment: Comment, item: Item) -> str:
    """A comment as it appears on the other side: who said it, where and when, and then what was said."""
    author = defuse(comment.author.name) if comment.author else "Somebody"
    system = SYSTEM_NAMES.get(item.system, item.system)
    when = comment.created.strftime("%Y-%m-%d %H:%M UTC")
    return f"**{author}** ({system} {item.ref.key}, {when}):\n\n{defuse(comment.body)}"
