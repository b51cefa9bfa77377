"""The emulated Notion: its routes, its seed, and the acts of people in its own window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import nlargest
from itertools import islice

from pydantic import JsonValue
from starlette.routing import BaseRoute

from sandbox.clock import Clock
from sandbox.company import Company, Report
from sandbox.content import Content
from sandbox.hooks import Hooks
from sandbox.notion import seed, shape, text
from sandbox.notion.acts import Acts, Quirks
from sandbox.notion.api import Door
from sandbox.notion.blocks import NewBlock
from sandbox.notion.comments import Comments
from sandbox.notion.databases import Databases
from sandbox.notion.files import Files
from sandbox.notion.markdown import blocks, plain, words
from sandbox.notion.page_markdown import PageMarkdown
from sandbox.notion.pages import Pages
from sandbox.notion.problem import Object, Problem, as_object
from sandbox.notion.schema import Property, accept
from sandbox.notion.search import Search
from sandbox.notion.state import DataSource, Page, Workspace
from sandbox.notion.uploads import Uploads
from sandbox.notion.users import Users
from sandbox.notion.webhooks import Outbox
from sandbox.service import Card, CardComment, Conditions, Service

LABELS = ("Tags", "Labels")
OWNERS = ("Owner", "Assignee")


class NotionService(Service):
    """One workspace with the connection "Loopwright", which sees every database unless it is unshared."""

    name = "notion"

    def __init__(self, clock: Clock, hooks: Hooks, conditions: Conditions) -> None:
        super().__init__(clock, hooks, conditions)
        self.quirks = Quirks()
        self.workspace = Workspace(clock)
        self.outbox = Outbox(self.workspace, hooks, conditions.webhook_secret)
        self.acts = Acts(self.workspace, self.outbox, self.quirks, self.changed)
        self.uploads = Uploads(self.workspace, self.quirks)
        self._databases = Databases(self.acts)
        nobody = Outbox(self.workspace, hooks, conditions.webhook_secret)
        self._silent = Acts(self.workspace, nobody, self.quirks, self.changed)

    def routes(self) -> list[BaseRoute]:
        door = Door(self.clock, self.conditions, self.quirks, self.outbox.flush)
        door.finish = self._finished
        self._files = Files(self.uploads)
        subjects = (
            Pages(self.acts, self.uploads),
            PageMarkdown(self.acts),
            Users(self.acts, self.uploads),
            self._databases,
            Search(self.acts),
            Comments(self.acts, self.uploads),
            self._files,
        )
        return [*(route for subject in subjects for route in subject.routes(door)), door.unknown()]

    def _finished(self, answer: JsonValue) -> JsonValue:
        """Addresses of files are made for each answer anew, and die after an hour."""
        self._files.base_url = self.base_url
        self.uploads.host = self.base_url.replace("127.0.0.1", "localhost")
        return self.uploads.with_addresses(answer) if self.uploads.all else answer

    def subscribe(self, url: str) -> None:
        """Somebody enters a webhook URL in the connection's settings and confirms the token it is sent.

        The token is ``conditions.webhook_secret``. Needs the running event loop.
        """
        self.outbox.subscribe(url)

    def seed(self, company: Company) -> None:
        seed.fill(self._silent, self._databases, company)

    def load(self, reports: Sequence[Report], container: str) -> list[str]:
        pages = seed.load(self._silent, self._databases, reports, container)
        return [key_of(page) for page in pages]

    def source(self, title: str = "") -> DataSource:
        """The data source of this title, or the first. Raises ValueError with the titles there are."""
        for source in self.workspace.sources.values():
            if title in ("", source.title):
                return source
        titles = ", ".join(source.title for source in self.workspace.sources.values())
        raise ValueError(f"no database is called '{title}'; there are: {titles}")

    def cards(self, *, limit: int, search: str = "") -> list[Card]:
        wanted = search.lower()
        found = (page for page in self.workspace.pages.values() if page.source and not page.in_trash)
        if wanted:
            found = (page for page in found if wanted in shape.title_of(page, self.workspace).lower())
        return [self._card(page) for page in nlargest(limit, found, key=lambda page: page.edited)]

    def card(self, item_id: str) -> Card | None:
        page = self.workspace.pages.get(item_id)
        return self._card(page) if page is not None and page.source else None

    def _card(self, page: Page) -> Card:
        remarks = [remark for remark in self.workspace.discussed.get(page.id, []) if not remark.resolved]
        people, status = self.workspace.users, self._column(page, ("Status",))
        return Card(
            id=page.id,
            key=key_of(page),
            title=shape.title_of(page, self.workspace),
            body=plain(self.workspace, page.blocks),
            status=self._names(page, ("Status",)),
            statuses=[option.name for option in status.options] if status else [],
            priority=self._names(page, ("Priority",)),
            labels=[name for name in self._names(page, LABELS).split(", ") if name],
            people=self._names(page, OWNERS),
            container=self._home(page).title,
            created=page.created,
            updated=max([page.edited, *(remark.edited for remark in remarks)]),
            comments=[
                CardComment(
                    people[remark.author].name, text.plain(list(remark.text)), remark.created, internal=True
                )
                for remark in remarks
            ],
        )

    def _home(self, page: Page) -> DataSource:
        assert page.source is not None  # noqa: S101 - only rows have cards
        return self.workspace.sources[page.source]

    def _column(self, page: Page, names: Sequence[str]) -> Property | None:
        properties = self._home(page).properties
        return next(islice((properties[name] for name in names if name in properties), 1), None)

    def _names(self, page: Page, columns: Sequence[str]) -> str:
        prop = self._column(page, columns)
        value = page.values.get(prop.id) if prop else None
        entries = value if isinstance(value, list) else [value]
        return ", ".join(str(entry["name"]) for entry in entries if isinstance(entry, dict))

    def person_creates(
        self, *, title: str, body: str, container: str = "", labels: Sequence[str] = ()
    ) -> str:
        source = self.source(container)
        values = seed.values_of(source, self.workspace, {"title": title, "labels": ",".join(labels)})
        person = self.workspace.person()
        page = self.acts.create_page(person, values, blocks(body), source=source)
        self.outbox.flush()
        return page.id

    def person_comments(self, item_id: str, text: str, *, internal: bool) -> None:
        self._act(lambda: self.acts.remark(self._row(item_id), words(text), self.workspace.person()))

    def person_sets(
        self,
        item_id: str,
        *,
        title: str | None = None,
        status: str | None = None,
        priority: str | None = None,
        add_label: str | None = None,
        remove_label: str | None = None,
    ) -> None:
        page = self._row(item_id)
        wanted = {"title": title, "status": status, "priority": priority}
        changed = {name: value for name, value in wanted.items() if value is not None}
        if add_label or remove_label:
            names = [name for name in self._names(page, LABELS).split(", ") if name and name != remove_label]
            added = [add_label] if add_label and add_label not in names else []
            changed["labels"] = ",".join(names + added)
        values = seed.values_of(self._home(page), self.workspace, changed)
        self._act(lambda: self.acts.set_values(page, values, self.workspace.person()))

    def person_sets_property(self, item_id: str, name: str, value: str) -> None:
        """Somebody of the team fills in one column. Raises ValueError for an unknown one."""
        page = self._row(item_id)
        prop = self._home(page).properties.get(name)
        if prop is None:
            raise ValueError(
                f"no property is called '{name}'; there are: {', '.join(self._home(page).properties)}"
            )
        given = seed.request_value(prop, value, self.workspace)
        try:
            accepted = accept(
                prop, given, lambda identity: self.workspace.user(identity).render(self.workspace.name)
            )
        except Problem as problem:
            raise ValueError(problem.message) from problem
        self._act(lambda: self.acts.set_values(page, {prop.id: accepted}, self.workspace.person()))

    def person_writes(self, item_id: str, body: str) -> None:
        """Somebody of the team replaces the text of a page."""
        page, person = self._row(item_id), self.workspace.person()

        def write() -> None:
            for identity in list(page.blocks):
                self.acts.delete_block(self.workspace.blocks[identity], person)
            self.acts.append(page, blocks(body), person, None)

        self._act(write)

    def person_attaches(self, item_id: str, name: str, content: bytes, *, where: str = "body") -> None:
        """Somebody of the team drops a file into the page's text, or into its property ``where``."""
        page, person = self._row(item_id), self.workspace.person()
        upload = self.uploads.announce({"filename": name})
        self.uploads.receive(upload, Content.of(content), None)
        file: Object = {"type": "file_upload", "file_upload": {"id": upload.id}, "name": name}
        attached = as_object(self.uploads.attach(file), name)
        if where == "body":
            block = NewBlock("file", {**attached, "caption": []})
            self._act(lambda: self.acts.append(page, [block], person, None))
            return
        prop = self._home(page).properties[where]
        before = page.values.get(prop.id)
        values = [*(before if isinstance(before, list) else []), attached]
        self._act(lambda: self.acts.set_values(page, {prop.id: values}, person))

    def person_trashes(self, item_id: str) -> None:
        """Somebody moves a page to the bin."""
        self._act(lambda: self.acts.trash(self._row(item_id), self.workspace.person()))

    def person_archives(self, item_id: str) -> None:
        """Somebody puts a page away, which is not the bin."""
        self._act(lambda: self.acts.archive(self._row(item_id), self.workspace.person()))

    def person_purges(self, item_id: str) -> None:
        """Somebody empties the bin of a page."""
        self._act(lambda: self.acts.purge(self._row(item_id)))

    def person_moves(self, item_id: str, container: str) -> None:
        """Somebody moves a page to another database."""
        page, target = self._row(item_id), self.source(container)
        self._act(lambda: self.acts.move(page, target, self.workspace.person()))

    def person_unshares(self, item_id: str) -> None:
        """Somebody takes a page away from the connection: 404 from now on, and no webhook says so."""
        self._row(item_id).shared = False

    def _act(self, act: Callable[[], object]) -> None:
        act()
        self.outbox.flush()

    def _row(self, item_id: str) -> Page:
        found = self.workspace.pages.get(item_id)
        if found is None:
            raise ValueError(f"there is no page {item_id}")
        return found


def key_of(page: Page) -> str:
    """What the sandbox calls a page: pages have no short name of their own."""
    return f"N-{page.id[:8]}"
