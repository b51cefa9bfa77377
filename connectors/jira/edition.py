"""What tells Jira Data Center from Jira Cloud, where it is no more than a word or a form.

Cloud writes texts as documents (ADF) and knows people by ``accountId``; Data Center has version 2 of the API
alone, with wiki markup, and knows people by their user name. Where the two go other ways to the same end, see
:mod:`connectors.jira.data_center`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import JsonValue

from connectors.text import adf, adf_editing, wiki, wiki_editing

__all__ = ["CLOUD", "DATA_CENTER", "Edition", "edition", "read_text"]

Name = Literal["cloud", "data_center"]


class Texts(Protocol):
    """Canonical Markdown into what the edition takes."""

    def write(self, markdown: str) -> JsonValue: ...

    def edited(self, there: JsonValue, markdown: str) -> JsonValue:
        """The text that is there, changed where its words change."""
        ...


class _Documents:
    def write(self, markdown: str) -> JsonValue:
        return dict(adf.from_markdown(markdown))

    def edited(self, there: JsonValue, markdown: str) -> JsonValue:
        return dict(adf_editing.edited(there, markdown)) if isinstance(there, dict) else self.write(markdown)


class _Markup:
    def write(self, markdown: str) -> JsonValue:
        return wiki.from_markdown(markdown)

    def edited(self, there: JsonValue, markdown: str) -> JsonValue:
        return wiki_editing.edited(there, markdown) if isinstance(there, str) else self.write(markdown)


@dataclass(frozen=True, slots=True)
class Edition:
    api: str
    """The version of the REST API."""
    user: str
    """What people are named by in what is written."""
    query: str
    """The parameter that a search for people takes."""
    texts: Texts


CLOUD = Edition(api="3", user="accountId", query="query", texts=_Documents())
DATA_CENTER = Edition(api="2", user="name", query="username", texts=_Markup())


def edition(name: Name) -> Edition:
    return DATA_CENTER if name == "data_center" else CLOUD


def read_text(value: JsonValue) -> str:
    """The Markdown of a text in either form."""
    if isinstance(value, str):
        return wiki.to_markdown(value)
    return adf.to_markdown(value) if isinstance(value, dict) else ""
