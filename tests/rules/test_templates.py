"""What templates make of an item, what they refuse, and who may read the outcome."""

from __future__ import annotations

import re

import pytest

from connectors.model import Audience, Item
from rules.problems import Mark, Source
from rules.templates import MAX_OUTPUT, Form, Template, Unrenderable, compile_template, untouched
from tests.rules.build import ISSUE, TICKET, changed

SOURCE = Source("t.yaml", ("text",))


def calling_nobody(text: str, of: Item | None) -> str:
    return re.sub("@(?!-)", "@-" if of is None or of.ref.key != "ENG-1" else "@", text)


def compiled(text: str, form: Form = Form.MARKDOWN) -> Template:
    template, problems = compile_template(text, Mark(SOURCE, 1, 1, 4), form, calling_nobody)
    assert problems == []
    assert template is not None
    return template


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ item.title }} {{ item.key }}", "Export fails ZD-7"),
        ("{{ item.body }}", "It **stops** at 3 %."),
        ("{{ item.organization.name }}: {{ item.votes }}", "Acme: 3"),
        ("{{ item.labels }}", "bug, sso"),
        ("{{ item.labels | join(' / ') }}", "bug / sso"),
        ("{{ item.closed }}", "no"),
        ("{{ item.created[:10] }}", "2026-11-01"),
        ("{{ item.custom.product_area }}", "Export"),
        ("{{ item.type | default('no type') }}", "no type"),
        ("{{ item.assignee.name | default('nobody') }}", "nobody"),
        ("{{ item.custom.nothing | default('-') }}", "\\-"),
        ("{% if item.assignee %}a{% else %}b{% endif %}", "b"),
        ("{% if item.assignee.name %}a{% endif %}{% if item.custom.nothing %}c{% endif %}", ""),
        ("{% for label in item.labels %}{{ label }};{% endfor %}", "bug;sso;"),
        ("{{ item.body | quote }}", "> It **stops** at 3 %."),
        ("{{ item.title | upper }}", "EXPORT FAILS"),
    ],
)
def test_renders(text: str, expected: str) -> None:
    assert compiled(text).render(TICKET) == expected


@pytest.mark.parametrize(
    ("value", "markdown"),
    [
        ("a *b* `c` [d](e)", "a \\*b\\* \\`c\\` \\[d\\](e)"),
        ("snake_case and _this_", "snake_case and \\_this\\_"),
        ("<img src=x> & co", "\\<img src=x> &amp; co"),
        ("# no heading", "\\# no heading"),
        ("1. no list", "1\\. no list"),
        ("- no\n    code", "\\- no\ncode"),
        ("a | b ~~c~~", "a \\| b \\~\\~c\\~\\~"),
        ("\\", "\\\\"),
        ("ping @ann", "ping @-ann"),
    ],
)
def test_a_value_formats_nothing_in_markdown_and_calls_nobody(value: str, markdown: str) -> None:
    assert compiled("{{ item.title }}").render(changed(TICKET, title=value)) == markdown


def test_a_plain_field_takes_the_value_as_it_is_on_one_line() -> None:
    item = changed(TICKET, title="a *b*\n  @ann <c>")
    assert compiled("[{{ item.title }}]", Form.PLAIN).render(item) == "[a *b* @ann <c>]"


def test_an_address_ends_a_link_only_at_its_end() -> None:
    item = changed(TICKET, url="https://x.example/a_(b) c")
    assert compiled("[t]({{ item.url }})").render(item) == "[t](https://x.example/a_%28b%29%20c)"


def test_mentions_in_a_body_are_defused_too() -> None:
    assert compiled("{{ item.body }}").render(changed(TICKET, body="hi @ann")) == "hi @-ann"


def test_nothing_takes_the_escaping_away() -> None:
    template, problems = compile_template(
        "{{ item.title | safe }}", Mark(SOURCE, 1, 1, 4), Form.MARKDOWN, untouched
    )
    assert template is None
    assert "unknown filter 'safe'" in str(problems[0])


@pytest.mark.parametrize(
    "text",
    ["{{ item.type }}", "{{ item.assignee.name }}", "{{ item.custom.nothing }}", "{{ item.type | upper }}"],
)
def test_a_hole_is_not_filled_with_nothing(text: str) -> None:
    name = text.strip("{} ").split(" ")[0]
    with pytest.raises(Unrenderable, match=f"{name} has no value here; write"):
        compiled(text).render(TICKET)


def test_a_part_is_no_text() -> None:
    with pytest.raises(Unrenderable, match="name one of its fields"):
        compiled("{{ item.custom }}").render(TICKET)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ itm.title }}", "unknown name 'itm' in a template — did you mean 'item'?"),
        ("{{ item.titel }}", "unknown field 'titel' of item in a template — did you mean 'title'?"),
        ("{{ item.organization.nme }}", "did you mean 'organization.name'?"),
        ("{{ debug() }}", "unknown name 'debug'"),
        ("{{ item.title | uper }}", "unknown filter 'uper' in a template — did you mean 'upper'?"),
        (
            "{{ item.title | truncate(1, 2, 3, 4, 5, 6) }}",
            "the template cannot be rendered: too many arguments",
        ),
        (
            "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}",
            "does too much work",
        ),
        ("{{ 'x' * 200000 }}", f"longer than {MAX_OUTPUT:,} characters"),
        ("{{ item.title }", "not a valid template"),
        ("{% if %}", "not a valid template"),
    ],
)
def test_refused_when_loaded(text: str, message: str) -> None:
    template, problems = compile_template(text, Mark(SOURCE, 1, 1, 4), Form.MARKDOWN, untouched)
    assert template is None
    assert message in str(problems[0])


def test_a_template_cannot_reach_another() -> None:
    _, problems = compile_template("{% include 'other' %}", Mark(SOURCE, 1, 1, 4), Form.MARKDOWN, untouched)
    assert "other" in str(problems[0])


PUBLIC = changed(ISSUE, audience=Audience.PUBLIC)


@pytest.mark.parametrize(
    ("text", "audience"),
    [
        ("Hello", Audience.PUBLIC),
        ("{{ item.title }}", Audience.PUBLIC),
        ("{{ source.title }}", Audience.CUSTOMER),
        ("{{ item.title }} {{ source.key }}", Audience.CUSTOMER),
        ("{% set it = source %}{{ it.title }}", Audience.CUSTOMER),
    ],
)
def test_the_audience_is_the_narrowest_of_what_is_used(text: str, audience: Audience) -> None:
    assert compiled(text).audience(PUBLIC, TICKET) is audience
