"""Text made to stall or to break a converter."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from connectors.text import adf, blocks, html, hypertext, mail, reading, safety, wiki, wiki_reading

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
    "rich text": lambda text: blocks.plain(blocks.rich_text(text)),
    "defuse": safety.defuse,
    "wiki": lambda text: wiki.to_markdown(wiki.from_markdown(text)),
    "raw wiki": wiki.to_markdown,
    "mail": mail.cut_history,
}
WIKI = ["macros", "panels", "open code", "code and lines", "looks", "wiki links", "wiki pictures"]


@pytest.mark.parametrize("hostile", list(HOSTILE))
def test_it_is_converted_and_does_not_swell(hostile: str) -> None:
    scrap = HOSTILE[hostile]
    for name, convert in CONVERTERS.items():
        assert len(convert(scrap * (4000 // len(scrap)))) < 10 * 4000, name


@pytest.mark.parametrize(
    ("hostile", "convert"),
    [
        ("openings", reading.read),
        ("pictures", reading.read),
        ("escaped labels", reading.read),
        ("blanks", reading.read),
        ("divs", hypertext.read),
        ("mixed tags", hypertext.read),
        ("lists in html", hypertext.read),
        ("tables in html", hypertext.read),
        *((hostile, wiki_reading.read) for hostile in WIKI),
        ("attributions", mail.cut_history),
        ("headers", mail.cut_history),
        ("signatures", mail.cut_history),
        ("notices", mail.cut_history),
    ],
)
def test_its_time_grows_with_its_length_alone(hostile: str, convert: Callable[[str], object]) -> None:
    """Five times the longest text that a tool takes: seconds, where quadratic time would be minutes."""
    scrap = HOSTILE[hostile]
    start = time.process_time()
    convert(scrap * (320_000 // len(scrap)))
    assert time.process_time() - start < 15
