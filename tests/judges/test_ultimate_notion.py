"""ultimate-notion's object layer, whose models hold every answer of Notion's to a type."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import notion_client
import pytest
from ultimate_notion.obj_api import NotionAPI
from ultimate_notion.obj_api.blocks import DataSource, Page, Paragraph, ParagraphTypeData
from ultimate_notion.obj_api.objects import DatabaseRef, SelectOption, TextObject
from ultimate_notion.obj_api.props import Status, Title
from ultimate_notion.obj_api.query import DateCondition, LastEditedTimeFilter

from sandbox.credentials import TOKEN


@pytest.fixture(scope="module", params=["2026-03-11", "2025-09-03"])
def api(notion: str, request: pytest.FixtureRequest) -> Iterator[NotionAPI]:
    with notion_client.Client(auth=TOKEN, base_url=notion, notion_version=request.param, retry=False) as made:
        yield NotionAPI(made)


@pytest.fixture(scope="module")
def feedback(api: NotionAPI) -> DataSource:
    found = [*api.search("Feedback").filter(datasource_only=True).execute()]
    [source] = [one for one in found if isinstance(one, DataSource)]
    return api.data_sources.retrieve(source)


def paragraph(text: str) -> Paragraph:
    return Paragraph(paragraph=ParagraphTypeData(rich_text=[TextObject.build(text)]))


@pytest.fixture
def page(api: NotionAPI, feedback: DataSource) -> Page:
    title = Title(title=[TextObject.build("Dark mode")])
    return api.pages.create(feedback, title=title, children=[paragraph("Please.")])


def test_a_page_from_its_creation_to_its_end(api: NotionAPI, page: Page) -> None:
    api.pages.update(page, properties={"Status": Status(status=SelectOption.build("Planned"))})
    read = api.pages.retrieve(page)
    assert isinstance(read.properties["Status"], Status)
    assert read.properties["Status"].status
    assert read.properties["Status"].status.name == "Planned"
    api.pages.delete(page)
    assert api.pages.retrieve(page).in_trash
    api.pages.restore(page)
    assert not api.pages.retrieve(page).in_trash


def test_the_blocks_of_a_page(api: NotionAPI, page: Page) -> None:
    api.blocks.children.append(page, [paragraph("And for tables.")])
    first, last = api.blocks.children.list(page)
    assert api.blocks.retrieve(last).id == last.id
    api.blocks.delete(first)
    assert [block.id for block in api.blocks.children.list(page)] == [last.id]


def test_comments(api: NotionAPI, page: Page) -> None:
    made = api.comments.create(page, [TextObject.build("Wanted by Acme")])
    api.comments.append(made.discussion_id, [TextObject.build("and by Globex")])
    assert len([*api.comments.list(page)]) == 2


def test_every_value_of_a_page_is_an_item(api: NotionAPI, page: Page) -> None:
    for value in page.properties.values():
        list(api.pages.properties.retrieve(page, value))


def test_every_row_of_the_company_with_its_text(api: NotionAPI, feedback: DataSource) -> None:
    rows = [*api.data_sources.query(feedback).execute()]
    assert len({row.id for row in rows}) == len(rows) > 20
    assert sum(len([*api.blocks.children.list(row)]) for row in rows[:20]) > 0
    since = LastEditedTimeFilter(last_edited_time=DateCondition(on_or_after=datetime(2026, 1, 1, tzinfo=UTC)))
    assert [*api.data_sources.query(feedback).filter(since).execute()]


def test_databases_people_and_the_whole_search(api: NotionAPI, feedback: DataSource) -> None:
    assert isinstance(feedback.parent, DatabaseRef)
    database = api.databases.retrieve(feedback.parent.database_id)
    assert feedback.id in {source.id for source in database.data_sources}
    me = api.users.me()
    assert me.id in {user.id for user in api.users.list()}
    assert [*api.search().execute()]
