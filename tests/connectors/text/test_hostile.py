"""Text made to stall or to break a converter."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from benchmarks.text_hostile import CONVERTERS, HOSTILE
from connectors.errors import Rejected
from connectors.text import (
    html,
    html_editing,
    hypertext,
    mail,
    markdown_editing,
    reading,
    safety,
    wiki_reading,
)
from connectors.text.tree import Code
from connectors.text.weight import is_heavy

WIKI = ["macros", "panels", "open code", "code and lines", "looks", "wiki links", "wiki pictures"]


@pytest.mark.parametrize("hostile", list(HOSTILE))
def test_it_is_converted_and_does_not_swell(hostile: str) -> None:
    scrap = HOSTILE[hostile]
    for name, convert in CONVERTERS.items():
        assert len(convert(scrap * (4000 // len(scrap)))) < 10 * 4000, name


@pytest.mark.parametrize("hostile", list(HOSTILE))
def test_it_settles(hostile: str) -> None:
    """What has crossed once is not changed by crossing again."""
    scrap = HOSTILE[hostile]
    for name in ("html", "adf", "blocks", "wiki", "defuse"):
        convert = CONVERTERS[name]
        once = convert(
            html.to_markdown(scrap * (4000 // len(scrap))) if name == "html" else scrap * (4000 // len(scrap))
        )
        assert convert(once) == once, name


def longest(scrap: str) -> str:
    """As much of it as is read: 320,000 characters, or what is just not too heavy."""
    return next(
        text for length in range(320_000, 0, -5_000) if not is_heavy(text := scrap * (length // len(scrap)))
    )


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
        ("attributed lines", mail.cut_history),
        ("headers", mail.cut_history),
        ("signatures", mail.cut_history),
        ("notices", mail.cut_history),
    ],
)
def test_its_time_grows_with_its_length_alone(hostile: str, convert: Callable[[str], object]) -> None:
    """Longer than what tools take as a text: seconds, where quadratic time would be minutes."""
    text = longest(HOSTILE[hostile])
    start = time.process_time()
    convert(text)
    assert time.process_time() - start < 15


@pytest.mark.parametrize("name", CONVERTERS)
def test_five_megabytes_of_signs_are_not_read_as_signs(name: str) -> None:
    """Reading them would take minutes."""
    for scrap in ("**a**\n", "<b>x</b>", "@a #1 "):
        text = scrap * (5_000_000 // len(scrap))
        start = time.process_time()
        answer = CONVERTERS[name](text)
        assert time.process_time() - start < 15
        assert "a" in answer or "x" in answer


@pytest.mark.parametrize("scrap", ["**a** [b](c)\n\n", "- a\n", "```\n", "@a #1 "])
def test_what_is_too_heavy_is_kept_as_it_is_and_once(scrap: str) -> None:
    text = (scrap * (400_000 // len(scrap))).strip()
    (block,) = reading.read(text)
    assert block == Code(text)
    once = safety.defuse(text)
    assert safety.defuse(once) == once
    assert reading.read(once) == (block,)
    edited = once.replace("a", "z", 1)
    assert markdown_editing.edited(text, edited) == text.replace("a", "z", 1)


def test_a_code_block_of_what_is_too_deep_stays_one() -> None:
    text = f"```\n{'> ' * 200}x\n```"
    assert markdown_editing.edited(text, text) == text


def test_heavy_html_keeps_its_words_and_takes_no_edit() -> None:
    source = "<script>alert(1)</script>" + "<p>Hello <b>you</b></p>\n" * 10_000
    words = html.to_markdown(source)
    assert words.startswith("```\nHello you\nHello you\n")
    assert "alert" not in words
    assert html_editing.edited(source, words) == source
    with pytest.raises(Rejected, match="characters of HTML is read for its words alone"):
        html_editing.edited(source, words.replace("you", "me", 1))


def test_what_a_tool_takes_is_never_too_heavy() -> None:
    assert not is_heavy("*" * 65_536)
