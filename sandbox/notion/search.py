"""Search by title: late with what is new, blind to some of it, and no change feed.

Source: developers.notion.com/reference/search-optimizations-and-limitations. What is shared directly, as data
sources are here, is found at once and always; pages below them are not promised.
"""

from __future__ import annotations

from datetime import timedelta

from starlette.routing import BaseRoute

from sandbox.notion import shape
from sandbox.notion.acts import Acts
from sandbox.notion.api import Call, Door
from sandbox.notion.problem import Object, as_object, invalid
from sandbox.notion.shape import DATA_SOURCES_SINCE
from sandbox.notion.state import DataSource, Page

LAG = timedelta(seconds=10)
"""How long a new page stays out of the index."""


class Search:
    """The handler of ``/v1/search``."""

    def __init__(self, acts: Acts) -> None:
        self.workspace = acts.workspace
        self.quirks = acts.quirks

    def routes(self, door: Door) -> list[BaseRoute]:
        return [door.route("POST", "/v1/search", self.search)]

    def search(self, call: Call) -> Object:
        """By title; ``filter`` chooses pages or data sources, which were databases once."""
        wanted = str(call.body.get("query") or "").lower()
        whole = "data_source" if call.version >= DATA_SOURCES_SINCE else "database"
        kind = as_object(call.body.get("filter") or {}, "body.filter").get("value")
        if kind not in (None, "page", whole):
            raise invalid(
                f'body failed validation: body.filter.value should be `"page"` or `"{whole}"`, '
                f'instead was `"{kind}"`.'
            )
        found: list[DataSource | Page] = []
        if kind != "page":
            found += [source for source in self.workspace.sources.values() if source.shared]
        if kind != whole:
            found += self._indexed()
        matching = [record for record in found if wanted in self._title(record).lower()]
        order = as_object(call.body.get("sort") or {}, "body.sort")
        matching.sort(key=lambda record: record.edited, reverse=order.get("direction") != "ascending")
        chosen, following = call.page_of(matching, lambda record: record.id)
        results = [self._result(record, call.version) for record in chosen]
        return shape.listing(results, "page_or_data_source", following)

    def _indexed(self) -> list[Page]:
        settled = self.workspace.clock.now() - LAG
        return [
            page
            for page in self.workspace.pages.values()
            if page.shared
            and not page.in_trash
            and page.created <= settled
            and page.id not in self.quirks.unindexed
        ]

    def _title(self, record: DataSource | Page) -> str:
        return record.title if isinstance(record, DataSource) else shape.title_of(record, self.workspace)

    def _result(self, record: DataSource | Page, version: str) -> Object:
        if isinstance(record, Page):
            return shape.page_object(record, self.workspace, version)
        if version < DATA_SOURCES_SINCE:
            return shape.database_object([record], version)
        return shape.source_object(record, version)
