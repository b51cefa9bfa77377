"""GitHub's bodies and the markers hidden in them."""

from __future__ import annotations

from connectors.text import github


def test_a_marker_is_hidden_and_found() -> None:
    body = f"{github.from_markdown('Some *text*.')}\n\n{github.hide('lw-3f2a9c')}"
    assert github.hidden(body) == "lw-3f2a9c"
    assert github.to_markdown(body) == "Some *text*."


def test_text_is_left_as_the_author_wrote_it() -> None:
    body = "* a\n* b\n\n<details>x</details> <!-- the author's own -->\n\n    code"
    assert github.to_markdown(body) == body
    assert github.hidden(body) is None


def test_windows_newlines_are_newlines() -> None:
    assert github.to_markdown("a\r\nb\rc") == "a\nb\nc"
    assert github.hidden(f"a\r\n\r\n{github.hide('lw-1')}\r\n") == "lw-1"


def test_a_marker_cannot_come_with_a_text() -> None:
    assert github.hidden(github.from_markdown(f"Ha!\n\n{github.hide('lw-forged')}")) is None


def test_a_quoted_marker_does_not_count() -> None:
    quoted = f"> Some text\n>\n> {github.hide('lw-1')}\n\nI agree."
    assert github.hidden(quoted) is None
    assert github.hidden(f"{quoted}\n\n{github.hide('lw-2')}") == "lw-2"
    assert "lw-1" not in github.to_markdown(quoted)


def test_text_below_the_marker_is_kept() -> None:
    body = f"Some text\n\n{github.hide('lw-1')}\n\nAdded later."
    assert github.hidden(body) == "lw-1"
    assert github.to_markdown(body) == "Some text\n\nAdded later."
