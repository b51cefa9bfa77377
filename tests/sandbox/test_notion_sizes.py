"""How much one request to the emulated Notion may bring, and in what words it is refused."""

from __future__ import annotations

import pytest
from pydantic import JsonValue

from tests.sandbox.notion_desk import Desk, Json, desk, new_page, paragraph

__all__ = ["desk"]


def refusal(desk: Desk, children: list[Json], status: int = 400) -> str:
    blocks: list[JsonValue] = [*children]
    asked = new_page(desk.source("PRDs"), "Long", children=blocks)
    return str(desk.call("POST", "/v1/pages", asked, status=status).get("message"))


def bullet(text: str, *children: Json) -> Json:
    below: Json = {"children": [*children]} if children else {}
    return {
        "type": "bulleted_list_item",
        "bulleted_list_item": {"rich_text": [{"text": {"content": text}}], **below},
    }


@pytest.mark.parametrize("length", [2001, 2300])
def test_a_text_has_2000_characters_at_most(desk: Desk, length: int) -> None:
    assert refusal(desk, [paragraph("x" * length)]) == (
        "body failed validation: body.children[0].paragraph.rich_text[0].text.content.length should be"
        f" ≤ `2000`, instead was `{length}`."
    )
    refusal(desk, [paragraph("x" * 2000)], 200)


def test_characters_are_utf_16_units(desk: Desk) -> None:
    assert "instead was `2002`" in refusal(desk, [paragraph("𝄞" * 1001)])
    refusal(desk, [paragraph("𝄞" * 1000)], 200)


@pytest.mark.parametrize(
    ("prop", "content", "limit"),
    [
        ("Site", {"url": "https://x.example/" + "x" * 2000}, 2000),
        ("Mail", {"email": "x" * 201}, 200),
        ("Phone", {"phone_number": "1" * 201}, 200),
    ],
)
def test_addresses_have_limits_of_their_own(desk: Desk, prop: str, content: Json, limit: int) -> None:
    columns: Json = {"Site": {"url": {}}, "Mail": {"email": {}}, "Phone": {"phone_number": {}}}
    desk.call("PATCH", f"/v1/data_sources/{desk.source('PRDs')}", {"properties": columns})
    asked: Json = {"properties": {prop: content}}
    refused = desk.call("PATCH", f"/v1/pages/{desk.row('PRDs')}", asked, status=400)
    assert f"should be ≤ `{limit}`" in str(refused["message"])


@pytest.mark.parametrize(
    ("run", "place", "limit"),
    [
        ({"text": {"content": "x", "link": {"url": "https://" + "x" * 2000}}}, "text.link.url", 2000),
        ({"equation": {"expression": "x" * 1001}}, "equation.expression", 1000),
    ],
)
def test_links_and_equations_have_limits_of_their_own(desk: Desk, run: Json, place: str, limit: int) -> None:
    message = refusal(desk, [{"type": "paragraph", "paragraph": {"rich_text": [run]}}])
    assert f"rich_text[0].{place}.length should be ≤ `{limit}`" in message


def test_an_array_has_100_elements_at_most(desk: Desk) -> None:
    assert refusal(desk, [paragraph("x")] * 101) == (
        "body failed validation: body.children.length should be ≤ `100`, instead was `101`."
    )
    refusal(desk, [paragraph("x")] * 100, 200)
    tags: Json = {"properties": {"Tags": {"multi_select": [{"name": f"t{n}"} for n in range(101)]}}}
    refused = desk.call("PATCH", f"/v1/pages/{desk.row('PRDs')}", tags, status=400)
    assert "body.properties.Tags.multi_select.length should be ≤ `100`" in str(refused["message"])
    runs: list[JsonValue] = [{"text": {"content": "x"}}] * 101
    long: Json = {"type": "paragraph", "paragraph": {"rich_text": runs}}
    assert "rich_text.length should be ≤ `100`, instead was `101`" in refusal(desk, [long])


def test_a_request_has_1000_blocks_at_most(desk: Desk) -> None:
    def tree(below: int) -> list[Json]:
        return [bullet("x", *[bullet("y")] * 99)] * 9 + [bullet("x", *[bullet("y")] * below)]

    assert "has 1001 blocks, should be ≤ `1000`" in refusal(desk, [*tree(99), bullet("one more")])
    refusal(desk, tree(99), 200)


def test_a_request_has_500_kilobytes_at_most(desk: Desk) -> None:
    runs: list[JsonValue] = [{"text": {"content": "x" * 1900}}] * 27
    heavy: Json = {"type": "paragraph", "paragraph": {"rich_text": runs}}
    assert "500" in refusal(desk, [heavy] * 10, 413)
    made = desk.call("POST", "/v1/pages", new_page(desk.source("PRDs"), "Long", children=[heavy] * 9))
    assert made["object"] == "page"


def test_blocks_are_nested_two_levels_deep_at_most(desk: Desk) -> None:
    two = bullet("0", bullet("1", bullet("2")))
    refusal(desk, [two], 200)
    assert refusal(desk, [bullet("above", two)]).endswith(
        ".bulleted_list_item.children should be not present."
    )
