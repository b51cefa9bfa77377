"""Canonical Markdown, read and written."""

from __future__ import annotations

import pytest
from hypothesis import given

from connectors.text.reading import read
from connectors.text.tree import Code, Image, List, Paragraph, Quote, Span, plain_text
from connectors.text.writing import write
from tests.connectors.text.soup import RICH, soups, steady


@given(soups)
@steady
def test_writing_settles_at_once(text: str) -> None:
    once = write(read(text))
    assert write(read(once)) == once


def _words(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "2 * 3 * 4 = 24, snake_case_name, a - b, C# and C++, 50% & more",
        "**bold** *light* ***both*** ~~gone~~ `code`",
        "a line\nand another",
        "one\n\ntwo",
        "- a\n- b\n  - c\n    1. d\n    2. e",
        "- [ ] open\n- [x] done",
        "3. three\n4. four",
        "> a\n>\n> b\n>\n> > c",
        "```sql\nselect *\nfrom t\n```",
        "````\n```\ninner\n```\n````",
        "| a | b |\n| :-- | --: |\n| 1 \\| 2 | `x \\| y` |",
        "# One\n\n###### Six",
        "[link](https://example.com/a_b)",
        "[a **bold** link](https://example.com)",
        "<https://example.com/a_b>",
        "<ann@example.com>",
        "![alt text](https://example.com/p.png)",
        "![a \\] \\*b\\*](https://example.com/p.png)",
        "[![badge](https://example.com/b.svg)](https://example.com)",
        "[relative](/docs/a.md)",
        "[brackets](<https://example.com/a_(b)>)",
        "\\# no heading",
        "1\\. no list",
        "\\- no list",
        "\\> no quote",
        "\\*not light\\*",
        "a \\`tick\\`",
        "\\<b> is text",
        "[INFO] started [x] and arr[0][1]"[:24],
        "a \\\\( backslash",
        "C:\\Users\\ann",
        "- a\n\n+ b",
        "***",
    ],
)
def test_common_text_is_left_as_it_is(text: str) -> None:
    assert write(read(text)) == text


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("__bold__ _light_", "**bold** *light*"),
        ("* a\n* b", "- a\n- b"),
        ("- a\n\n- b", "- a\n- b"),
        ("Title\n=====", "# Title"),
        ("~~~js\nx\n~~~", "```js\nx\n```"),
        ("see https://example.com/a_b.", "see <https://example.com/a_b>."),
        ("(see https://example.com/a_(b))", "(see <https://example.com/a_(b)>)"),
        ("two  \nlines", "two\nlines"),
        ("two\\\nlines", "two\nlines"),
        ("[text][1]\n\n[1]: https://example.com", "[text](https://example.com)"),
        ("a<br/>b", "a\nb"),
        ("<b>bold</b> <i>light</i> <u>under</u>", "**bold** *light* under"),
        ('<a href="https://example.com">text</a>', "[text](https://example.com)"),
        ('<img src="https://example.com/p.png" alt="x">', "![x](https://example.com/p.png)"),
        ("<details><summary>More</summary>\n\n- a\n\n</details>", "More\n\n- a"),
        ("List<String> and a <b", "List\\<String> and a \\<b"),
        ("a <!-- hidden --> b", "a  b"),
        ("<!-- Please describe\nthe problem -->\n\nIt fails.", "It fails."),
        (
            "the <body> and the <a> and the <b> of a <div>",
            "the \\<body> and the \\<a> and the \\<b> of a \\<div>",
        ),
        ("<body> is empty", "\\<body> is empty"),
        ("<div> is empty", "\\<div> is empty"),
        ('<div align="center">\n\n**Logo**\n\n</div>', "**Logo**"),
        ("<details>\n<summary>Logs</summary>\n\ntext\n\n</details>", "Logs\n\ntext"),
        (
            "<Alloy>\n  <Window/>  <!-- more -->\n</Alloy>\n\ntext",
            "```html\n<Alloy>\n  <Window/>  <!-- more -->\n</Alloy>\n```\n\ntext",
        ),
        ("<html>\n<body>\n</html>", "```html\n<html>\n<body>\n</html>\n```"),
        ("<!DOCTYPE html>", "\\<!DOCTYPE html>"),
        ("a <?php echo 1 ?> b", "a \\<?php echo 1 ?> b"),
        (
            "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>",
            "| a | b |\n| --- | --- |\n| c | d |",
        ),
        ("[</a>](https://example.com) x", "[\\</a>](https://example.com) x"),
        ("[<a href='https://b.example'>x</a>](https://example.com) y", "[x](https://example.com) y"),
        ("&copy; &lt;b&gt;", "© \\<b>"),
        ("**bold **", "\\*\\*bold \\*\\*"),
        ("", ""),
        (" \n\t\n", ""),
    ],
)
def test_what_means_the_same_becomes_the_same(text: str, canonical: str) -> None:
    assert write(read(text)) == canonical


def test_rich_text_survives() -> None:
    once = write(read(RICH))
    assert _words(once) == _words(RICH.replace("<br>", ""))
    assert write(read(once)) == once


def test_code_keeps_every_character() -> None:
    code = "\ttab\n  two\n\n\n*a* [b](c) <d> `e` ``` f\n\\"
    assert read(write([Code(code, "c++")])) == (Code(code, "c++"),)


def test_marks_that_markdown_cannot_express_leave_no_stars() -> None:
    bold = frozenset({"strong"})
    text = write([Paragraph((Span("重要：", bold), Span("内容")))])  # type: ignore[arg-type]
    assert text == "重要：内容"


def test_an_exclamation_before_a_link_makes_no_picture() -> None:
    blocks = (Paragraph((Span("Look!"), Span("here", href="https://example.com"))),)
    assert read(write(blocks)) == blocks


def test_a_picture_that_links() -> None:
    (block,) = read("[![b](https://example.com/b.svg)](https://example.com)")
    assert block == Paragraph((Image("https://example.com/b.svg", "b", "https://example.com"),))


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java&#9;script:alert(1)",
        "&#1;javascript:alert(1)",
        "data:text/html;base64,PHNjcmlwdD4=",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.example",
        "<java\tscript:alert(1)>",
    ],
)
def test_links_that_could_act_lose_their_target(href: str) -> None:
    text = write(read(f"[click]({href}) ![pic]({href})"))
    assert text == "click pic"


def test_text_that_nests_absurdly_is_kept_as_it_is() -> None:
    for text in ("> " * 200 + "deep", "\n".join("  " * depth + "- deep" for depth in range(200))):
        assert read(text) == (Code(text),)


def test_depth_that_people_use_is_read() -> None:
    (block,) = read("> " * 30 + "deep")
    for _ in range(30):
        assert isinstance(block, Quote)
        (block,) = block.content
    assert isinstance(block, Paragraph)
    assert plain_text(block.content) == "deep"


def test_a_check_box_needs_words_beside_it() -> None:
    (block,) = read("- [x] done\n- [link](https://example.com)\n- [y] no box")
    assert isinstance(block, List)
    assert [item.checked for item in block.items] == [True, None, None]
