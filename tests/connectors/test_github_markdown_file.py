"""Markdown files taken apart and put together."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.github.markdown_file import MarkdownFile, matching
from connectors.text import reading, writing

lines = st.lists(
    st.sampled_from(
        ["", "# A", "#B", "A", "===", "---", "nav: 1", "<!-- loopwright:lw-1 -->", "  - x", "\t# C #"]
    ),
    max_size=9,
)


@given(lines, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_what_is_put_together_is_to_the_letter_what_was_taken_apart(
    given_lines: list[str], newline: str, ends: bool
) -> None:
    content = newline.join(given_lines) + (newline if ends else "")
    assert str(MarkdownFile.parse(content)) == content


@given(lines, lines)
@settings(deadline=None)
def test_what_is_edited_is_read_back(before: list[str], after: list[str]) -> None:
    file = MarkdownFile.parse("\n".join(before)).entitled("A title #")
    wanted = writing.write(reading.read("\n".join(after)))
    changed = MarkdownFile.parse(str(file.reworded(wanted)))
    assert changed.title == "A title #"
    assert reading.read(changed.body) == reading.read(wanted)
    assert (changed.front, changed.marker) == (file.front, file.marker)


def test_one_paragraph_that_is_edited_changes_one_paragraph() -> None:
    content = """\ufeff---\r\nnav: 1\r\n---\r\n\r\nThe title\r\n=========\r\n<!-- keep me -->
* one
* two

__Bold__ words.


Last[^1] with a [link][2].

[2]: https://example.com

<!-- loopwright:lw-1 -->
"""
    content = content.replace("\r\n", "\n").replace("\n", "\r\n")
    wanted = "- one\n- two\n\n**Other** words.\n\nLast[^1] with a [link](https://example.com)."
    after = str(MarkdownFile.parse(content).reworded(wanted))
    assert after == content.replace("__Bold__ words.", "**Other** words.")


def test_what_the_title_becomes_changes_nothing_else() -> None:
    file = MarkdownFile.parse("\n# Old #\nText\n")
    assert str(file.entitled("New\none")) == "\n# New one\nText\n"
    assert str(file.entitled("")) == "Text\n"
    assert str(MarkdownFile.parse("# Old").reworded("Text")) == "# Old\n\nText\n"
    assert str(MarkdownFile.parse("---\na: 1\n---").reworded("Text")) == "---\na: 1\n---\nText\n"


def test_html_that_an_author_wrote_is_written_as_it_is() -> None:
    file = MarkdownFile.parse("# A\n\nText\n\n<!-- loopwright:lw-1 -->\n")
    assert str(file.reworded("Press <kbd>F1</kbd>")) == (
        "# A\n\nPress <kbd>F1</kbd>\n\n<!-- loopwright:lw-1 -->\n"
    )


@pytest.mark.parametrize(
    ("text", "front", "title", "body"),
    [
        ("", "", "", ""),
        ("# A", "", "A", ""),
        ("#\n\nText", "", "", "Text"),
        ("    # code\n", "", "", "    # code"),
        ("- item\n===\n", "", "", "- item\n==="),
        ("\ufeff# A\n", "\ufeff", "A", ""),
        ("+++\na = 1\n+++\n\n# A\n", "+++\na = 1\n+++\n\n", "A", ""),
        ("\n\n#  A b ##\n\n\n\nText\n", "", "A b", "Text"),
        ("#hashtag\n", "", "", "#hashtag"),
        ("Text\n\n# Later\n", "", "", "Text\n\n# Later"),
        ("---\na: 1\n---\n# A\nText", "---\na: 1\n---\n", "A", "Text"),
        ("---\nno end\n", "", "", "---\nno end"),
        ("A\n===\nText", "", "A", "Text"),
        ("## Second level\n", "", "", "## Second level"),
    ],
)
def test_front_matter_and_the_first_heading_are_told_apart_from_the_text(
    text: str, front: str, title: str, body: str
) -> None:
    file = MarkdownFile.parse(text)
    assert (file.front, file.title, file.body) == (front, title, body)


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("docs/**/*.md", "docs/a.md", True),
        ("docs/**/*.md", "docs/a/b/c.md", True),
        ("docs/**/*.md", "other/docs/a.md", False),
        ("docs/*.md", "docs/a/b.md", False),
        ("**", "a/b/c.md", True),
        ("docs/**", "docs/a.png", False),
        ("docs/**", "docs/A.MD", True),
        ("docs/**", "docs/a.mdx", True),
        ("v?.md", "v1.md", True),
        ("v?.md", "v/.md", False),
        ("a.md", "axmd", False),
    ],
)
def test_patterns_of_paths(glob: str, path: str, matches: bool) -> None:
    assert bool(matching([glob]).fullmatch(path)) is matches
    assert not matching([]).fullmatch(path)
