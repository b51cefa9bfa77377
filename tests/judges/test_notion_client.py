"""notion-client's own endpoint methods, which our connector goes round, in the version that they send."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest
from notion_client import APIResponseError, Client
from notion_client.helpers import collect_paginated_api

from sandbox.credentials import TOKEN

Json = dict[str, Any]


@pytest.fixture(scope="module")
def client(notion: str) -> Iterator[Client]:
    with Client(auth=TOKEN, base_url=notion, retry=False) as made:
        yield made


@pytest.fixture(scope="module")
def feedback(client: Client) -> str:
    found = cast(Json, client.search(query="Feedback", filter={"property": "object", "value": "data_source"}))
    [source] = found["results"]
    return cast(str, source["id"])


def text(words: str) -> list[Json]:
    return [{"type": "text", "text": {"content": words}}]


@pytest.fixture
def page(client: Client, feedback: str) -> str:
    made = client.pages.create(
        parent={"type": "data_source_id", "data_source_id": feedback},
        properties={"Name": {"title": text("Dark mode")}, "Status": {"status": {"name": "New"}}},
        children=[{"type": "paragraph", "paragraph": {"rich_text": text("Please.")}}],
    )
    return cast(str, cast(Json, made)["id"])


def test_a_page_from_its_creation_to_its_end(client: Client, page: str) -> None:
    client.pages.update(page, properties={"Status": {"status": {"name": "Planned"}}})
    read = cast(Json, client.pages.retrieve(page))
    assert read["properties"]["Status"]["status"]["name"] == "Planned"
    name = read["properties"]["Name"]["id"]
    assert cast(Json, client.pages.properties.retrieve(page, name))["object"] == "list"
    assert cast(Json, client.pages.update(page, in_trash=True))["in_trash"]


def test_the_blocks_of_a_page(client: Client, page: str) -> None:
    more = [{"type": "to_do", "to_do": {"rich_text": text("Tables, too"), "checked": False}}]
    client.blocks.children.append(page, children=more)
    first, last = collect_paginated_api(client.blocks.children.list, block_id=page)
    changed = client.blocks.update(last["id"], to_do={"rich_text": text("Tables"), "checked": True})
    assert cast(Json, changed)["to_do"]["checked"]
    client.blocks.delete(first["id"])
    assert [one["id"] for one in collect_paginated_api(client.blocks.children.list, block_id=page)] == [
        last["id"]
    ]


def test_comments(client: Client, page: str) -> None:
    made = cast(Json, client.comments.create(parent={"page_id": page}, rich_text=text("Wanted by Acme")))
    client.comments.create(discussion_id=made["discussion_id"], rich_text=text("and by Globex"))
    assert len(collect_paginated_api(client.comments.list, block_id=page)) == 2
    assert cast(Json, client.comments.retrieve(made["id"]))["id"] == made["id"]


def test_every_row_of_the_company(client: Client, feedback: str) -> None:
    rows = collect_paginated_api(client.data_sources.query, data_source_id=feedback, page_size=50)
    assert len({row["id"] for row in rows}) == len(rows) > 20
    new = {"property": "Status", "status": {"equals": "New"}}
    some = collect_paginated_api(client.data_sources.query, data_source_id=feedback, filter=new)
    assert {row["properties"]["Status"]["status"]["name"] for row in some} == {"New"}


def test_databases_and_people(client: Client, feedback: str) -> None:
    source = cast(Json, client.data_sources.retrieve(feedback))
    database = cast(Json, client.databases.retrieve(source["parent"]["database_id"]))
    assert feedback in {one["id"] for one in database["data_sources"]}
    me = cast(Json, client.users.me())
    assert me["id"] in {user["id"] for user in collect_paginated_api(client.users.list)}


def test_a_page_that_is_not_shared(client: Client) -> None:
    with pytest.raises(APIResponseError, match="Could not find page"):
        client.pages.retrieve("0b5f5c9e-0000-4000-8000-000000000000")
