"""GitHub's bodies: Markdown already, with Loopwright's marker hidden in a comment at the end."""

from __future__ import annotations

import re

from connectors.text import markdown_editing, reading, writing
from connectors.text.mentions import link_logins, write_logins

__all__ = ["from_markdown", "hidden", "hide", "rewritten", "to_markdown", "unmarked"]

_MARKER = re.compile(r"^<!-- loopwright:([a-z0-9-]{1,64}) -->[ \t\r]*$", re.MULTILINE)
_WITH_BLANKS = re.compile(r"\n{0,2}<!-- loopwright:[a-z0-9-]{1,64} -->")


def to_markdown(body: str) -> str:
    """The body without hidden markers, with newlines as ``\\n``, and with its mentions as such.

    Where nobody is mentioned, everything else is as the author wrote it.
    """
    return link_logins(unmarked(body))


def from_markdown(markdown: str) -> str:
    """The body to write. A marker that came with the text is taken out, so that nobody can forge one.

    People are mentioned by their login.
    """
    return write_logins(unmarked(markdown))


def unmarked(body: str) -> str:
    """The body without hidden markers, with newlines as ``\\n``; everything else as its author wrote it."""
    return _WITH_BLANKS.sub("", body.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")


def rewritten(body: str, markdown: str) -> str:
    """The body changed to read as ``markdown``: what is not edited stays as its author wrote it.

    Raw HTML and the like, which only an author here writes, is taken as it is instead, and all of it.
    """
    wanted, body = from_markdown(markdown), unmarked(body)
    if wanted == body:
        return body
    if writing.write(reading.read(wanted)) != wanted:
        return wanted
    return markdown_editing.edited(body, wanted)


def hide(marker: str) -> str:
    """The comment that carries ``marker``, to be put behind a body with an empty line between."""
    return f"<!-- loopwright:{marker} -->"


def hidden(body: str) -> str | None:
    """The marker in the body: the last that has a line of its own, so that a quoted one does not count."""
    found = _MARKER.findall(body)
    return found[-1] if found else None
