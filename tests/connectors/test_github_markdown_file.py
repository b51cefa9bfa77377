"""Markdown files taken apart and put together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.github.markdown_file import MarkdownFile, matching

lines = st.lists(
    st.sampled_from(
        ["", "# A", "#B", "A", "===", "---", "nav: 1", "<!-- loopwright:lw-1 -->", "  - x", "\t# C #"]
    ),
    max_size=9,
)


@given(lines)
def test_what_is_put_together_is_taken_apart_as_the_same(given_lines: list[str]) -> None:
    file = MarkdownFile.parse("\n".join(given_lines))
    again = MarkdownFile.parse(str(file))
    if file.title or not again.title:  # a heading behind a marker becomes the first one
        assert again == file


@pytest.mark.parametrize(
    ("text", "front", "title", "body"),
    [
        ("", "", "", ""),
        ("# A", "", "A", ""),
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
        ("v?.md", "v1.md", True),
        ("v?.md", "v/.md", False),
        ("a.md", "axmd", False),
    ],
)
def test_patterns_of_paths(glob: str, path: str, matches: bool) -> None:
    assert bool(matching([glob]).fullmatch(path)) is matches
    assert not matching([]).fullmatch(path)
