"""GitLab's bodies: Markdown already, with Loopwright's marker hidden in a comment, and no quick actions.

A line that begins with a slash may be a quick action: GitLab takes ``/close`` or ``/confidential`` out of the
text and does it, with our rights, whoever wrote it first. A backslash before it keeps it a text that looks
the same. It goes again when the text is read, so that both ends have the same words.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from connectors.text.fitting import fitting
from connectors.text.github import from_markdown, hidden, hide, to_markdown

__all__ = ["hidden", "read", "written"]

LONGEST = 900_000
"""Characters of text that we send. GitLab takes 1,000,000 in a note, backslashes and marker included."""

# As GitLab finds code before it looks for actions: other fences do not hold it back.
_CODE = re.compile(r"(^```.+?\n```$)", re.MULTILINE | re.DOTALL)
_ACTION = re.compile(r"^( {0,3})/(?=[A-Za-z])", re.MULTILINE)
_HELD = re.compile(r"^( {0,3})\\/(?=[A-Za-z])", re.MULTILINE)


def written(markdown: str, marker: str | None) -> str:
    """The body to write. A text that is too long arrives cut, instead of not at all."""
    held = _outside_code(from_markdown(fitting(markdown, LONGEST)), lambda text: _ACTION.sub(r"\1\\/", text))
    return "\n\n".join(filter(None, (held, hide(marker) if marker else "")))


def read(body: str) -> str:
    """The body as Markdown, without its marker."""
    return _outside_code(to_markdown(body), lambda text: _HELD.sub(r"\1/", text))


def _outside_code(text: str, act: Callable[[str], str]) -> str:
    parts = _CODE.split(text)
    return "".join(part if index % 2 else act(part) for index, part in enumerate(parts))
