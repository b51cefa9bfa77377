"""The words around a text that is carried from one tool to another, and what is left out of it on the way."""

from __future__ import annotations

from connectors.model import Comment, Item, Person
from connectors.text import mentions
from connectors.text.safety import defuse
from sync import commands

SYSTEM_NAMES = {"zendesk": "Zendesk", "jira": "Jira", "github": "GitHub", "notion": "Notion"}


def carried_comment(comment: Comment, item: Item, *, quiet: bool = False) -> str:
    """A comment as it appears on the other side: who said it, where and when, and then what was said.

    ``quiet`` where nobody is to be notified of it.
    """
    said = carried(words_of(comment), item, None if quiet else comment.author)
    return f"**{_author(comment)}** ({_place(item)}, {_when(comment)}):\n\n{said}"


def edited_comment(comment: Comment, item: Item) -> str:
    """What is said of an edit where the copy cannot be edited: which comment it was, and what it says now."""
    said = carried(words_of(comment), item, comment.author)
    return f"**{_author(comment)}** ({_place(item)}) edited the comment of {_when(comment)}:\n\n{said}"


def deleted_comment(comment: Comment, item: Item) -> str:
    """What is said where the copy of a deleted comment cannot be deleted: which comment it was."""
    return f"**{_author(comment)}** ({_place(item)}): the comment of {_when(comment)} was deleted there."


WITHDRAWN = "(this comment was deleted at its source)"
UNDONE = "(this comment was taken back)"
NARROWED = "(by now fewer people may read this comment)"
"""What stands in the place of a copy that may be edited and not deleted."""


def words_of(comment: Comment) -> str:
    """What a comment says to people: the team's commands to Loopwright are left out."""
    return commands.apart(comment.body, obeyed=bool(comment.author and comment.author.staff))


def _author(comment: Comment) -> str:
    return defuse(comment.author.name) if comment.author else "Somebody"


def _place(item: Item) -> str:
    return f"{SYSTEM_NAMES.get(item.system, item.system)} {item.ref.key}"


def _when(comment: Comment) -> str:
    return comment.created.strftime("%Y-%m-%d %H:%M UTC")


def carried_body(item: Item) -> str:
    """An item's body as it goes elsewhere."""
    return carried(item.body, item, item.requester)


def carried(text: str, item: Item, author: Person | None) -> str:
    """A text of the item with the power to notify only whom somebody of the team mentions in it."""
    if author and author.staff:
        return mentions.on_the_way(text, item.ref.connection)
    return defuse(text)


def harmless(text: str, of: Item | None) -> str:
    """What templates make of a text: of the whole body of an item, or of what is put together from such."""
    return carried_body(of) if of else mentions.keep(text)
