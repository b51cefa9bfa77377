"""The routes of users, databases, data sources and search."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from pydantic import JsonValue
from starlette.routing import BaseRoute

from sandbox.notion import query, shape, text
from sandbox.notion.acts import Acts
from sandbox.notion.api import PAGE_SIZE, Call, Door
from sandbox.notion.problem import Object, as_list, as_object, as_text, invalid, missing
from sandbox.notion.schema import GROUPS, Property
from sandbox.notion.state import DataSource, Page, User
from sandbox.notion.uploads import Uploads

SEARCH_LAG = timedelta(seconds=10)
"""How long a new page stays out of the search index. Data sources are shared directly, so always there."""
TYPES = frozenset(
    {"title", "rich_text", "number", "select", "multi_select", "status", "date", "people", "checkbox", "url"}
    | {"email", "phone_number", "relation", "files", "unique_id"}
    | {"created_time", "created_by", "last_edited_time", "last_edited_by"}
)


def new_property(name: str, kind: str, config: Object | None = None) -> Property:
    """A column; its id is made of its name and percent-encoded, as in Notion's own answers."""
    identity = "title" if kind == "title" else quote(f"{name[:2]}@{len(name)}{name[-1:]}", safe="")
    prop = Property(identity, name, kind)
    options = (config or {}).get("options")
    for option in as_list(options if options is not None else [], f"body.properties.{name}.options"):
        prop.add_option(as_text(as_object(option, "option").get("name"), "option.name"))
    if kind == "status" and not prop.options:
        for option_name, group in zip(("Not started", "In progress", "Done"), GROUPS, strict=True):
            prop.add_option(option_name, group)
    if kind == "relation":
        prop.target = as_text((config or {}).get("data_source_id"), f"body.properties.{name}.data_source_id")
    return prop


class Databases:
    """Handlers of ``/v1/users``, ``/v1/databases``, ``/v1/data_sources`` and ``/v1/search``."""

    def __init__(self, acts: Acts, uploads: Uploads) -> None:
        self.acts = acts
        self.uploads = uploads
        self.workspace = acts.workspace
        self._was_empty = False

    def routes(self, door: Door) -> list[BaseRoute]:
        return [
            door.route("GET", "/v1/users/me", self.me),
            door.route("GET", "/v1/users/{id}", self.user),
            door.route("GET", "/v1/users", self.users),
            door.route("POST", "/v1/databases", self.create_database, saves=True),
            door.route("GET", "/v1/databases/{id}", self.database),
            door.route("POST", "/v1/data_sources", self.create, saves=True),
            door.route("GET", "/v1/data_sources/{id}", self.retrieve),
            door.route("PATCH", "/v1/data_sources/{id}", self.update, saves=True),
            door.route("POST", "/v1/data_sources/{id}/query", self.query),
            door.route("POST", "/v1/search", self.search),
        ]

    def me(self, call: Call) -> Object:
        return self._told(self.workspace.bot)

    def _told(self, user: User) -> Object:
        """A user as the connection may see one: addresses have a capability of their own."""
        shown = user.render(self.workspace.name, self.uploads.largest)
        return shown if self.acts.quirks.emails or user.email is None else {**shown, "person": {}}

    def user(self, call: Call) -> Object:
        return self._told(self.workspace.user(call.path["id"]))

    def users(self, call: Call) -> Object:
        chosen, following = call.page_of(list(self.workspace.users.values()), lambda user: user.id)
        return shape.listing([self._told(user) for user in chosen], "user", following)

    def database(self, call: Call) -> Object:
        key = self.workspace.databases.get(call.identity())
        if key is None or not self.workspace.sources[key].shared:
            raise missing("database", call.path["id"])
        return shape.database_object(self.workspace.sources[key], call.version)

    def retrieve(self, call: Call) -> Object:
        return shape.source_object(self.workspace.source(call.path["id"]), call.version)

    def create_database(self, call: Call) -> Object:
        initial = as_object(call.body.get("initial_data_source") or {}, "body.initial_data_source")
        title = text.plain(text.accept(call.body.get("title") or [], "body.title"))
        return shape.database_object(self._make(title, initial, self.workspace.new_id()), call.version)

    def create(self, call: Call) -> Object:
        """A data source in a database; here each database has one, so the new one gets its own."""
        parent = as_object(call.body.get("parent"), "body.parent")
        database = as_text(parent.get("database_id"), "body.parent.database_id")
        if database not in self.workspace.databases:
            raise missing("database", database)
        title = text.plain(text.accept(call.body.get("title") or [], "body.title"))
        return shape.source_object(self._make(title, call.body, database), call.version)

    def _make(self, title: str, config: Object, database: str) -> DataSource:
        given = as_object(config.get("properties") or {}, "body.properties")
        properties = [self._property(name, value) for name, value in given.items()]
        if sum(prop.type == "title" for prop in properties) != 1:
            raise invalid("Title is not provided")
        return self.add(title, properties, database)

    def _property(self, name: str, value: JsonValue) -> Property:
        config = as_object(value, f"body.properties.{name}")
        kind = next((key for key in config if key in TYPES), None)
        if kind is None:
            raise invalid(
                f"body failed validation: body.properties.{name} should be a supported property type."
            )
        prop = new_property(name, kind, as_object(config[kind], f"body.properties.{name}.{kind}"))
        if prop.target:
            prop.target_database = self.workspace.source(prop.target).database
        return prop

    def add(self, title: str, properties: list[Property], database: str = "") -> DataSource:
        """A new data source, in a database of its own unless one is named."""
        now, workspace = self.workspace.clock.now(), self.workspace
        home = database or workspace.new_id()
        source = DataSource(workspace.new_id(), home, title, now, now, workspace.bot.id)
        source.properties = {prop.name: prop for prop in properties}
        workspace.sources[source.id] = source
        workspace.databases.setdefault(home, source.id)
        return source

    def update(self, call: Call) -> Object:
        source = self.workspace.source(call.path["id"])
        changes: list[JsonValue] = []
        for key, value in as_object(call.body.get("properties") or {}, "body.properties").items():
            found = source.property(key)
            if value is None and found is not None:
                del source.properties[found.name]
                changes.append({"id": found.id, "name": found.name, "action": "deleted"})
            elif found is None:
                prop = self._property(key, value)
                source.properties[key] = prop
                changes.append({"id": prop.id, "name": key, "action": "created"})
            else:
                name = as_object(value, f"body.properties.{key}").get("name")
                self._rename(source, found, as_text(name, f"body.properties.{key}.name"))
                changes.append({"id": found.id, "name": found.name, "action": "updated"})
        self.acts.outbox.about_source(source.id, self.workspace.bot, changes)
        return shape.source_object(source, call.version)

    def _rename(self, source: DataSource, prop: Property, name: str) -> None:
        prop.name, properties = name, list(source.properties.values())
        source.properties = {one.name: one for one in properties}

    def query(self, call: Call) -> Object:
        """Rows; at the cap the answer says that it is incomplete, and that there is nothing more."""
        source = self.workspace.source(call.path["id"])
        rows = query.select(source, call.body, self.workspace)
        cap = self.acts.quirks.query_cap
        chosen, following = self._page_of(rows[:cap], call)
        only = [
            key for name in ("filter_properties", "filter_properties[]") for key in call.lists.get(name, [])
        ]
        pages = [shape.page_object(row, self.workspace, call.version, only) for row in chosen]
        answer = shape.listing(pages, "page_or_data_source", following)
        if len(rows) > cap and following is None:
            reason: Object = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
            answer["request_status"] = reason
        return answer

    def _page_of(self, rows: list[Page], call: Call) -> tuple[list[Page], str | None]:
        """One page, which may be shorter than was asked for."""
        quirks = self.acts.quirks
        most = quirks.short_pages
        chosen, following = call.page_of(rows, lambda row: row.id)
        self._was_empty = quirks.empty_pages and not self._was_empty
        if chosen and self._was_empty:
            return [], chosen[0].id
        if most is not None and len(chosen) > most:
            return chosen[:most], chosen[most].id
        return chosen, following

    def search(self, call: Call) -> Object:
        """By title; new pages are found late. ``filter`` chooses pages or data sources."""
        wanted = str(call.body.get("query") or "").lower()
        condition = as_object(call.body.get("filter") or {}, "body.filter")
        kind = condition.get("value")
        if kind not in (None, "page", "data_source"):
            raise invalid('body failed validation: body.filter.value should be `"page"` or `"data_source"`.')
        order = as_object(call.body.get("sort") or {}, "body.sort")
        found: list[DataSource | Page] = []
        if kind != "page":
            found += [source for source in self.workspace.sources.values() if source.shared]
        if kind != "data_source":
            found += self._indexed()
        matching = [record for record in found if wanted in self._title(record).lower()]
        matching.sort(key=lambda record: record.edited, reverse=order.get("direction") != "ascending")
        chosen, following = call.page_of(matching, lambda record: record.id)
        results = [self._result(record, call.version) for record in chosen[:PAGE_SIZE]]
        return shape.listing(results, "page_or_data_source", following)

    def _indexed(self) -> list[Page]:
        settled = self.workspace.clock.now() - SEARCH_LAG
        return [
            page
            for page in self.workspace.pages.values()
            if page.shared and not page.in_trash and page.created <= settled
        ]

    def _title(self, record: DataSource | Page) -> str:
        return record.title if isinstance(record, DataSource) else shape.title_of(record, self.workspace)

    def _result(self, record: DataSource | Page, version: str) -> Object:
        if isinstance(record, DataSource):
            return shape.source_object(record, version)
        return shape.page_object(record, self.workspace, version)
