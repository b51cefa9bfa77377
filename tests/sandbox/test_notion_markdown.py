"""A page's text in Notion's own Markdown: read, made and edited in one call."""

from __future__ import annotations

import pytest
from pydantic import JsonValue

from tests.sandbox.notion_desk import NEWEST, Desk, Json, desk, new_page, objects

__all__ = ["desk"]

TEXT = "\n".join(
    [
        "# Why",
        "Exports take **minutes**, see [the log](https://log.example) \\*.",
        "- one",
        "\t- nested",
        "- [x] done",
        "> said",
        "1. first",
        "---",
        "```python",
        "print(1)",
        "",
        "\tprint(2)",
        "```",
        "<details>",
        "<summary>More</summary>",
        "\tinside",
        "</details>",
        "<callout>",
        "\tNote",
        "</callout>",
        '<table header-row="true">',
        "\t<tr>",
        "\t<td>a</td>",
        "\t<td>*b*</td>",
        "\t</tr>",
        "</table>",
        'red {color="red"}',
    ]
)


def made(desk: Desk, text: str) -> str:
    page = new_page(desk.source("PRDs"), "In words", markdown=text)
    return str(desk.call("POST", "/v1/pages", page, version=NEWEST)["id"])


def read(desk: Desk, page: str) -> str:
    return str(desk.call("GET", f"/v1/pages/{page}/markdown", version=NEWEST)["markdown"])


def blocks(desk: Desk, page: str) -> list[Json]:
    return objects(desk.call("GET", f"/v1/blocks/{page}/children", version=NEWEST)["results"])


def edited(desk: Desk, page: str, kind: str, status: int = 200, **wanted: JsonValue) -> Json:
    asked: Json = {"type": kind, kind: {**wanted}}
    return desk.call("PATCH", f"/v1/pages/{page}/markdown", asked, status=status, version=NEWEST)


def test_a_page_is_made_and_read_as_markdown(desk: Desk) -> None:
    page = made(desk, TEXT)
    assert read(desk, page) == TEXT
    kinds = ["heading_1", "paragraph", "bulleted_list_item", "to_do", "quote", "numbered_list_item"]
    kinds += ["divider", "code", "toggle", "callout", "table", "paragraph"]
    assert [block["type"] for block in blocks(desk, page)] == kinds


def test_children_and_markdown_exclude_each_other(desk: Desk) -> None:
    page = new_page(desk.source("PRDs"), "Both", markdown="a", children=[])
    assert desk.call("POST", "/v1/pages", page, status=400)["code"] == "validation_error"


def test_content_is_inserted_at_the_end_or_after_a_selection(desk: Desk) -> None:
    page = made(desk, "one\ntwo")
    edited(desk, page, "insert_content", content="end")
    edited(desk, page, "insert_content", content="between", after="on...e")
    assert read(desk, page) == "one\nbetween\ntwo\nend"
    edited(desk, page, "insert_content", 400, content="x", after="nowhere...at all")


def test_content_is_replaced_as_a_whole_or_in_a_range(desk: Desk) -> None:
    page = made(desk, "one\ntwo\nthree")
    edited(desk, page, "replace_content_range", content="2", content_range="tw...o")
    assert read(desk, page) == "one\n2\nthree"
    edited(desk, page, "replace_content", new_str="new")
    assert read(desk, page) == "new"


def test_an_update_of_a_text_that_is_not_there_any_more_is_refused(desk: Desk) -> None:
    page = made(desk, "one\ntwo\ntwo")
    edited(desk, page, "update_content", content_updates=[{"old_str": "one", "new_str": "1"}])
    assert read(desk, page) == "1\ntwo\ntwo"
    again = edited(desk, page, "update_content", 400, content_updates=[{"old_str": "one", "new_str": "1"}])
    assert again["code"] == "validation_error"


def test_an_update_that_fits_twice_is_refused_unless_all_are_meant(desk: Desk) -> None:
    page = made(desk, "one\ntwo\ntwo")
    change: Json = {"old_str": "two", "new_str": "2"}
    edited(desk, page, "update_content", 400, content_updates=[change])
    edited(desk, page, "update_content", content_updates=[{**change, "replace_all_matches": True}])
    assert read(desk, page) == "one\n2\n2"


def test_blocks_whose_text_stays_keep_their_ids(desk: Desk) -> None:
    page = made(desk, "one\ntwo\nthree")
    bookmark: Json = {"type": "bookmark", "bookmark": {"url": "https://log.example"}}
    desk.call("PATCH", f"/v1/blocks/{page}/children", {"children": [bookmark]}, version=NEWEST)
    before = [block["id"] for block in blocks(desk, page)]
    assert 'alt="bookmark"' in read(desk, page), "has no form in Markdown"
    edited(desk, page, "update_content", content_updates=[{"old_str": "two", "new_str": "2\nand"}])
    after = [block["id"] for block in blocks(desk, page)]
    assert (after[0], after[3:]) == (before[0], before[2:])
    assert len(after) == 5


@pytest.mark.parametrize("kind", ["replace", ""])
def test_an_unknown_kind_of_edit_is_refused(desk: Desk, kind: str) -> None:
    assert edited(desk, made(desk, "a"), kind, 400)["code"] == "validation_error"
