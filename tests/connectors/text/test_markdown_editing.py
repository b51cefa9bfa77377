"""Edits that reach an author's Markdown change the lines that were edited and no other."""

from __future__ import annotations

import pytest
from hypothesis import given

from connectors.text import reading, writing
from connectors.text.markdown_editing import edited
from tests.connectors.text.soup import soups, steady

AUTHORS = """\
<!-- Please fill in everything. -->
Steps to reproduce
==================
* open *the* page
* press [export][1]
  * with a nested one
* wait

Some text with __bold__ and trailing blanks.
<details><summary>Log</summary>

~~~
x = 1
~~~

</details>

1) first
2) second

[1]: https://example.com/export

- [ ] other list
"""


@given(soups)
@steady
def test_the_passages_are_the_text(text: str) -> None:
    normal = text.replace("\r\n", "\n").replace("\r", "\n")
    assert "".join(passage.source for passage in reading.passages(text)) == normal
    blocks = tuple(block for passage in reading.passages(text) for block in passage.blocks)
    assert blocks == reading.read(text)


@given(soups)
@steady
def test_the_same_text_changes_nothing(text: str) -> None:
    normal = text.replace("\r\n", "\n").replace("\r", "\n")
    assert edited(normal, writing.write(reading.read(normal))) == normal


@given(soups, soups)
@steady
def test_an_edited_text_reads_as_what_was_wanted(before: str, after: str) -> None:
    assert reading.read(edited(before, after)) == reading.read(after)


@pytest.mark.parametrize(
    ("line", "old", "new", "becomes"),
    [
        ("* wait\n", "- wait", "- wait a minute", "* wait a minute\n"),
        ("2) second\n", "2. second", "2. the second", "1) the second\n"),
        ("- [ ] other list\n", "[ ] other list", "[x] other list", "- [x] other list\n"),
        ("x = 1\n", "x = 1", "x = 2", "x = 2\n"),
    ],
)
def test_one_change_changes_one_line(line: str, old: str, new: str, becomes: str) -> None:
    markdown = writing.write(reading.read(AUTHORS))
    assert old in markdown
    after = edited(AUTHORS, markdown.replace(old, new, 1))
    before = AUTHORS.replace("~~~", "```") if "x =" in line else AUTHORS
    assert after == before.replace(line, becomes, 1)


def test_a_new_paragraph_stands_alone() -> None:
    assert edited("# A\nText\n# B\n", "# A\n\nText\n\nMore\n\n# B") == "# A\nText\n\nMore\n\n# B\n"


def test_what_comes_together_does_not_become_one() -> None:
    assert edited("one\n# Two\nthree", "one\n\nthree") == "one\n\nthree"
