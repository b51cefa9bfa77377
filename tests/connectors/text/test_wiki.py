"""Jira's wiki markup."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.text_features import Tool, Verdict, features, judge, round_trip
from connectors.text import wiki, wiki_reading
from connectors.text.reading import read
from connectors.text.safety import defuse
from connectors.text.tree import Code, Quote
from connectors.text.writing import write
from tests.connectors.text.soup import RICH, soups, steady

TOOL = Tool("Jira Data Center", wiki.from_markdown, lambda native: wiki.to_markdown(str(native)))

SCRAPS = [
    *(
        "a",
        "word",
        "é",
        " ",
        "  ",
        "\n",
        "\n\n",
        "\t",
        "\u00a0",
        "\x00",
        "\\",
        "\\\\",
        "|",
        "||",
        "!",
        "&",
        ";",
    ),
    *(
        "*",
        "_",
        "-",
        "+",
        "^",
        "~",
        "??",
        "{*}",
        "{_}",
        "{-}",
        "{{",
        "}}",
        "{",
        "}",
        "[",
        "]",
        "#",
        "(/)",
        ":)",
    ),
    *("h1. ", "h7. ", "bq. ", "* ", "** ", "# ", "#* ", "- ", "-- ", "----", "||a||b||\n", "|c|d|\n", "\n|"),
    *("{code}", "{code:java}", "{code:title=A.java|borderStyle=solid}", "{noformat}", "{quote}", "{panel}"),
    *("{panel:title=T}", "{color:red}", "{color}", "{info}", "{anchor:x}", "{foo}"),
    *(
        "[t|http://l.example/a_b]",
        "[http://b.example]",
        "[~ann]",
        "[~]",
        "[^log.txt]",
        "[a|#b]",
        "[mailto:a@b.example]",
    ),
    *(
        "!http://i.example/k.png!",
        "!http://i.example/k.png|alt=x,width=3!",
        "!shot.png|thumbnail!",
        "http://x.example/y_z",
    ),
    *(
        "[!http://i.example/k.png!|http://l.example]",
        "&amp;",
        "&#42;",
        "&lt;b&gt;",
        "[x] ",
        "[ ] ",
        "<b>",
        "javascript:x",
    ),
]
markup = st.lists(st.sampled_from(SCRAPS), max_size=30).map("".join) | st.text(max_size=40)


@given(soups)
@steady
def test_a_crossing_settles(text: str) -> None:
    once = wiki.to_markdown(wiki.from_markdown(text))
    twice = wiki.to_markdown(wiki.from_markdown(once))
    assert wiki.to_markdown(wiki.from_markdown(twice)) == twice


@given(soups)
@steady
def test_every_word_is_there_in_its_order(text: str) -> None:
    canonical = write(read(text))
    assert judge(canonical, wiki.to_markdown(wiki.from_markdown(canonical))) in (
        Verdict.SAME,
        Verdict.READABLE,
    )


@given(markup)
@steady
def test_any_markup_is_readable_and_settles(text: str) -> None:
    once = wiki.to_markdown(text)
    twice = wiki.to_markdown(wiki.from_markdown(once))
    assert wiki.to_markdown(wiki.from_markdown(twice)) == twice


@given(st.text(st.sampled_from("ab \\*_-+^~?{}[]!|#().:;&h1bq@x"), max_size=30))
@steady
def test_no_plain_text_is_taken_for_markup(text: str) -> None:
    """What was escaped reads as the same words, none of them with a look."""
    plain = write(read(re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)))
    assert wiki.to_markdown(wiki.from_markdown(plain)) == plain


@given(st.text(st.sampled_from("ab \n{}code:noformatquote\u2060\\*"), max_size=40))
@steady
def test_code_stays_to_the_letter(text: str) -> None:
    for language in ("", "java", "brainfuck"):
        assert wiki_reading.read(wiki.write((Code(text, language),))) == (Code(text, language),)


@pytest.mark.parametrize(
    "text", ["{code}", "a{noformat}b{code:java}c", "{\u2060code}", "{CODE}\n{quote}", "\n\nx\n\n"]
)
def test_code_may_hold_what_ends_code(text: str) -> None:
    quoted = (Quote((Code(text, "java"), Code(text))),)
    assert wiki_reading.read(wiki.write(quoted)) == quoted


def test_rich_text_crosses_unchanged() -> None:
    canonical = write(read(RICH)).replace("--:", "---").replace("3. three\n4.", "1. three\n2.")
    assert wiki.to_markdown(wiki.from_markdown(RICH)) == canonical.replace("<br>", "")


def test_nine_of_ten_features_come_back_the_same_and_none_is_lost() -> None:
    verdicts = [round_trip(feature, TOOL) for feature in features()]
    assert set(verdicts) <= {Verdict.SAME, Verdict.READABLE}
    assert verdicts.count(Verdict.SAME) >= 0.9 * len(verdicts)


@pytest.mark.parametrize(
    ("markdown", "markup"),
    [
        ("un**frigging**believable", "un{*}frigging{*}believable"),
        ("(**so**), *so*!", "(*so*), _so_!"),
        ("***all* of it**", "*_all_* *of it*"),
        ("2 * 3 - 1 in snake_case", "2 * 3 - 1 in snake_case"),
        ("\\*not bold\\* -5 {x} [0]", "\\*not bold\\* \\-5 \\{x} \\[0]"),
        ("C:\\temp, \\\\\\\\srv and \\\\server", "C:\\temp, &#92;\\srv and \\server"),
        ("&lt; \\&lt; h1\\. x", "< &amp;lt; h1. x"),
        ("h1. x", "&#104;1. x"),
        ("`{code}` and `a_b`", "{{\\{code\\}}} and {{a_b}}"),
        ("[a|b](https://e.example/x)", "[a&#124;b|https://e.example/x]"),
        ("[a](https://e.example/x|y)", "[a|https://e.example/x%7Cy]"),
        ("[guide](/docs/a)", "guide (/docs/a)"),
        ("<ann@e.example>", "[mailto:ann@e.example]"),
        ("[@Ann](person:ann.ames)", "[~ann.ames]"),
        ("a\nb", "a\nb"),
        ("| a |\n| - |\n| b<br>c |", "||a||\n|b\\\\ c|"),
        ("- a\n\n  b\n- c", "* a\n\\\\\nb\n* c"),
        ("- a\n\n+ b", "* a\n\n* b"),
        ("1. a\n   - b", "# a\n#* b"),
        ("- a\n\n  ```\n  x\n  ```\n\n  b", "* a\n{noformat}\nx\n{noformat}\nb"),
        ("> a\n>\n> > b", "{quote}\na\n\n{panel}\nb\n{panel}\n{quote}"),
        ("```rust\nx\n```", "{code:none|title=rust}\nx\n{code}"),
        ("![s](https://e.example/a_b.png)", "!https://e.example/a_b.png|alt=s!"),
        ("fine (y) :)", "fine \\(y) \\:)"),
    ],
)
def test_what_is_written(markdown: str, markup: str) -> None:
    assert wiki.from_markdown(markdown) == markup


@pytest.mark.parametrize(
    ("markup", "markdown"),
    [
        ("h2. Steps *to* see it", "## Steps **to** see it"),
        ("*bold* _em_ -gone- +new+ ^up^ ~down~ ??cited??", "**bold** *em* ~~gone~~ new up down cited"),
        ("a*b*c snake_case_name 2*3*4 -5 to -3", "a\\*b\\*c snake_case_name 2\\*3\\*4 -5 to -3"),
        ("{color:red}*stop*{color} {anchor:here}now", "**stop** now"),
        ("one\\\\two\nthree", "one\ntwo\nthree"),
        ("{{a_b}} {{C:\\\\x}} {{}}", "`a_b` `C:\\\\x` {{}}"),
        (
            "[docs|https://e.example/d|A tip] [https://e.example]",
            "[docs](https://e.example/d) <https://e.example>",
        ),
        ("see https://e.example/a_b_c.", "see <https://e.example/a_b_c>."),
        ("[*very* much|https://e.example]", "[**very** much](https://e.example)"),
        ("[~ann.ames] and [Ann|~ann.ames]", "[@ann.ames](person:ann.ames) and [@ann.ames](person:ann.ames)"),
        ("[~a b] list[0] [x|y]", "[\\~a b] list[0] [x|y]"),
        ("[there|#anchor]", "[there](#anchor)"),
        ("[x|javascript:alert(1)]", "x"),
        (
            "[^log.txt] !shot one.png|thumbnail! Wow!Really!",
            "[attachment omitted: log.txt] [attachment omitted: shot one.png] Wow!Really!",
        ),
        ("!https://e.example/p.png|width=300,alt=A shot!", "![A shot](https://e.example/p.png)"),
        ("bq. He said so", "> He said so"),
        ("{quote}\na\n\nb\n{quote}\nc", "> a\n>\n> b\n\nc"),
        ("{panel:title=Note|bgColor=#fff}\ntext\n{panel}", "> **Note**\n>\n> text"),
        ("{info}careful{info}", "> careful"),
        ("{quote}never closed", "> never closed"),
        ("{code:title=A.java|borderStyle=solid}\nint a;\n{code}", "**A.java**\n\n```\nint a;\n```"),
        ("{code:java}int a;{code}", "```java\nint a;\n```"),
        ("x {noformat}*y*{noformat} z", "x\n\n```\n*y*\n```\n\nz"),
        ("{code}\nnever closed", "```\nnever closed\n```"),
        ("* a\n** b\n*# c\n* d", "- a\n  - b\n\n  1. c\n- d"),
        ("# one\n{code}\nx\n{code}\n# two", "1. one\n\n   ```\n   x\n   ```\n2. two"),
        ("# a\n** b", "1. a\n   - b"),
        ("*** deep", "- + + deep"),
        ("* a\nmore\n\nb", "- a\n  more\n\nb"),
        (
            "||a||b||\n|1|2|\n|[x|https://e.example]|a \\||",
            "| a | b |\n| --- | --- |\n| 1 | 2 |\n| [x](https://e.example) | a \\| |",
        ),
        ("|a\nb|c|", "| a<br>b | c |\n| --- | --- |"),
        ("|{code}x|y{code}|z|", "| `x\\|y` | z |\n| --- | --- |"),
        ("|* one\n* two|", "| • one<br>• two |\n| --- |"),
        ("----", "***"),
        ("* [x] done\n* \\[ ] open", "- [x] done\n- [ ] open"),
        ("a &lt;b&gt; &copy; &nosuch;", "a \\<b> © \\&nosuch;"),
        ("-- \nAnn", "\\--\nAnn"),
    ],
)
def test_what_people_write_is_readable(markup: str, markdown: str) -> None:
    assert wiki.to_markdown(markup) == markdown


def test_nothing_in_a_text_becomes_a_mention_or_a_harmful_link() -> None:
    smuggled = "[~boss] {html}<script>{html} [x](javascript:alert(1)) {quote} @bob [@Boss](person:boss)"
    written = wiki.from_markdown(defuse(smuggled))
    assert "\\[\\~boss]" in written
    assert "javascript" not in written
    assert not re.search(r"(?<!\\)[{\[]", written)


def test_quotes_nested_without_end_are_read() -> None:
    text = wiki.to_markdown("* {panel:title=x}" * 3000 + "deep" + "*" * 5000 + " deeper")
    assert "deep" in text
    assert read(text)
