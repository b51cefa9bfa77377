"""Edits that reach an article change what was edited; its frames, classes and videos stay to the letter."""

from __future__ import annotations

import pytest
from hypothesis import given

from connectors.text import html
from connectors.text.html_editing import edited
from tests.connectors.text.soup import soups, steady

ARTICLE = """\
<div class="callout callout--info"><p style="color: red">Read this <span class="x">first</span>.</p></div>
<h2 id="steps">Steps</h2>
<iframe src="https://video.example/1" width="560"></iframe>
<ol class="big">
  <li class="a">Open the <b>page</b></li>
  <li class="b">Press export
    <ul><li>or wait</li></ul></li>
</ol>
<table class="wide"><tbody>
<tr><th>Plan</th><th>Rows</th></tr>
<tr><td class="n">Free</td><td>100</td></tr>
</tbody></table>
<!-- reviewed -->
Plain words<br>on two lines
<pre class="code"><code class="language-python">x = 1
</code></pre>
<p data-id="7">The end.</p>
"""


def test_the_same_text_changes_nothing() -> None:
    assert edited(ARTICLE, html.to_markdown(ARTICLE)) == ARTICLE


@given(soups)
@steady
def test_the_same_text_changes_nothing_whatever_it_is(text: str) -> None:
    source = html.from_markdown(text)
    assert edited(source, html.to_markdown(source)) == source


@given(soups, soups)
@steady
def test_an_edited_text_reads_as_what_was_wanted(before: str, after: str) -> None:
    wanted = html.to_markdown(html.from_markdown(after))
    assert html.to_markdown(edited(before, after)) == wanted


@pytest.mark.parametrize(
    ("old", "new", "source", "becomes"),
    [
        ("Read this first.", "Read it.", 'Read this <span class="x">first</span>.', "Read it."),
        ("## Steps", "## All steps", ">Steps<", ">All steps<"),
        (
            "Open the **page**",
            "Close the **page**",
            "Open the <b>page</b>",
            "Close the <strong>page</strong>",
        ),
        ("or wait", "or wait long", "<li>or wait</li>", "<li>or wait long</li>"),
        ("| Free | 100 |", "| Free | 200 |", "<td>100</td>", "<td>200</td>"),
        ("The end.", "The very end.", "The end.", "The very end."),
    ],
)
def test_one_change_changes_one_place(old: str, new: str, source: str, becomes: str) -> None:
    markdown = html.to_markdown(ARTICLE)
    assert old in markdown
    after = edited(ARTICLE, markdown.replace(old, new, 1))
    assert after == ARTICLE.replace(source, becomes, 1)


def test_what_is_new_comes_where_it_belongs() -> None:
    markdown = html.to_markdown(ARTICLE).replace("## Steps", "A word before.\n\n## Steps")
    after = edited(ARTICLE, markdown)
    assert "<p>A word before.</p>" in after
    assert after.index("callout") < after.index("A word before.") < after.index('id="steps"')
    assert after.replace("\n<p>A word before.</p>\n", "") == ARTICLE


def test_a_customers_script_is_not_run_again() -> None:
    after = edited("<p>Hello</p><script>steal()</script>", "Hello\n\n<script>more()</script>")
    assert "more()" not in after or "&lt;script&gt;" in after
