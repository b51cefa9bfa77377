"""Scraps of text which, repeated, are made to stall a converter, and how long each converter takes for them.

What a tool takes as one text is read as markup; what is heavier is kept: :mod:`connectors.text.weight`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from connectors.text import adf, blocks, html, mail, safety, wiki

HOSTILE = {
    "openings": "[",
    "pictures": "![",
    "escaped labels": "![a\\]",
    "open links": "[a](<",
    "stars": "*a_",
    "bold lines": "**a**\n",
    "backticks": "`a``b",
    "quotes": "> ",
    "bullets": "- ",
    "numbers": "1. ",
    "fences": "```\n",
    "pipes": "|a",
    "rows": "|a|b|\n|-|-|\n",
    "tags": "<b>",
    "tag starts": "<a href=",
    "comments": "<!--",
    "divs": "<div>",
    "mixed tags": "<b><div></b>",
    "lists in html": "<ul><li>",
    "tables in html": "<table><tr><td>",
    "breaks": "<br>",
    "addresses": "https://",
    "links": "https://a.example ",
    "blanks": " ",
    "newlines": "\n",
    "mentions": "@a #1 ",
    "references": "[a]: b\n",
    "backslashes": "\\",
    "attributions": "On a wrote ",
    "attributed lines": "On a wrote:\na\n",
    "headers": "From: a\n",
    "signatures": "--\n",
    "notices": "confidential received it ",
    "macros": "{code:",
    "panels": "{panel:title=a}",
    "open code": "{{",
    "code and lines": "{{a\n",
    "braces": "{*}{_}",
    "nested lists": "*",
    "wiki rows": "|a\n",
    "wiki pictures": "!a.b",
    "wiki links": "[a|",
    "looks": "*a _b ",
}
CONVERTERS: dict[str, Callable[[str], str]] = {
    "html": lambda text: html.to_markdown(html.from_markdown(text)),
    "raw html": html.to_markdown,
    "adf": lambda text: adf.to_markdown(adf.from_markdown(text)),
    "blocks": lambda text: blocks.to_markdown(blocks.from_markdown(text)),
    "rich text": lambda text: blocks.plain(blocks.rich_text(text)[: blocks.MAX_ELEMENTS]),
    "defuse": safety.defuse,
    "wiki": lambda text: wiki.to_markdown(wiki.from_markdown(text)),
    "raw wiki": wiki.to_markdown,
    "mail": mail.cut_history,
}


def seconds(scraps: dict[str, str], size: int) -> Iterator[tuple[float, str, str]]:
    """CPU time of each converter for ``size`` characters of each scrap, with the names of the two."""
    for name, scrap in scraps.items():
        text = scrap * (size // len(scrap))
        for converter, convert in CONVERTERS.items():
            began = time.process_time()
            convert(text)
            yield time.process_time() - began, name, converter
