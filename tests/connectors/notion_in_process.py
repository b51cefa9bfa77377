"""Notion without sockets, on a clock that stands still: for properties, and to count thousands of calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

from connectors.errors import Rejected
from connectors.model import Item, JsonValue, Kind
from connectors.notion.answers import Listing, Page
from connectors.notion.client import NotionClient
from connectors.notion.polling import Polling
from connectors.notion.rows import Rows
from connectors.notion.shape import ref
from connectors.notion.sources import Sources
from sandbox.clock import Clock
from sandbox.hooks import Hooks
from sandbox.notion import NotionService, text
from sandbox.notion.api import Call
from sandbox.notion.databases import new_property
from sandbox.notion.markdown import plain
from sandbox.notion.problem import Problem
from sandbox.notion.shape import title_of
from sandbox.service import Conditions

BEGIN = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SETTLES = timedelta(seconds=30)


class StandingClock(Clock):
    """Moves by hand alone."""

    def now(self) -> datetime:
        return BEGIN + self._offset


class NotionInProcess:
    """One database, the people who edit it, and the connector's polling of it."""

    def __init__(self, skew: float = 0.0) -> None:
        self.clock = StandingClock()
        self.service = NotionService(self.clock, Hooks(self.clock, {}), Conditions(limits=False))
        properties = [new_property("Name", "title")]
        self.source = self.service._databases.add("Feedback", properties)
        self.skew = timedelta(seconds=skew)
        self.queries = 0
        self.bodies = 0
        self.between: Callable[[], None] = lambda: None
        """What happens between a query's answer and the reading of the texts."""
        names = SimpleNamespace(names=["Feedback"], named=lambda name: self.source)
        this = (cast(NotionClient, self), cast(Sources, names), cast(Rows, self))
        self.polling = Polling(*this, SETTLES)

    connection = "notion"

    @property
    def now(self) -> datetime:
        """The clock of the server that answers, which may differ from the one that stamps."""
        return self.clock.now() + self.skew

    def query(self, source: str, asked: Mapping[str, JsonValue]) -> Listing[Page]:
        self.queries += 1
        call = Call({"id": source}, {}, {}, dict(asked), "2026-03-11")
        try:
            found = Listing[Page].model_validate(self.service._databases.query(call))
        except Problem as problem:
            raise Rejected(problem.message) from problem
        happens, self.between = self.between, lambda: None
        happens()
        return found

    def item(self, page: Page) -> Item:
        self.bodies += 1
        return Item(
            ref=ref("notion", page.id),
            system="notion",
            kind=Kind.FEEDBACK,
            container="Feedback",
            url=page.url,
            title=self.state(page.id)[0],
            body=self.state(page.id)[1],
            created=page.created_time,
            updated=page.last_edited_time,
        )

    def state(self, row: str) -> tuple[str, str]:
        """The title and text that a row has now."""
        page = self.service.workspace.pages[row]
        return title_of(page, self.service.workspace), plain(self.service.workspace, page.blocks)

    def create(self, title: str) -> str:
        """Somebody makes a row."""
        values: dict[str, JsonValue] = {"title": text.runs(title)}
        acts = self.service.acts
        return acts.create_page(acts.workspace.person(), values, [], source=self.source).id

    def read(self, cursor: str | None) -> tuple[list[Item], str]:
        """Everything that a poll brings, until it says that there is no more."""
        found: list[Item] = []
        for _ in range(2_000):
            page = self.polling.changes(cursor)
            found += [seen.item for seen in page.observations]
            cursor = page.cursor
            if not page.more:
                return found, cursor
        raise AssertionError("it never ends")
