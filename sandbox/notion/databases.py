"""The routes of databases and of their data sources.

Up to version 2022-06-28 a database was what a data source is now: it had the columns, and was queried. Those
routes are here too, and refuse databases that have got several data sources since.
Source: developers.notion.com/docs/upgrade-guide-2025-09-03.
"""

from __future__ import annotations

from urllib.parse import quote

from pydantic import JsonValue
from starlette.routing import BaseRoute

from sandbox.notion import query, shape, text
from sandbox.notion.acts import Acts
from sandbox.notion.api import PAGE_SIZE, Call, Door
from sandbox.notion.problem import Object, Problem, as_list, as_object, as_text, invalid
from sandbox.notion.schema import GROUPS, Property
from sandbox.notion.shape import DATA_SOURCES_SINCE
from sandbox.notion.state import DataSource, Page, canonical

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
    """Handlers of ``/v1/databases`` and ``/v1/data_sources``."""

    def __init__(self, acts: Acts) -> None:
        self.acts = acts
        self.workspace = acts.workspace
        self._was_empty = False

    def routes(self, door: Door) -> list[BaseRoute]:
        return [
            door.route("POST", "/v1/databases", self.create_database, saves=True),
            door.route("GET", "/v1/databases/{id}", self.database),
            door.route("PATCH", "/v1/databases/{id}", self.update_database, saves=True),
            door.route("POST", "/v1/databases/{id}/query", self.query_database),
            door.route("POST", "/v1/data_sources", self.create, saves=True),
            door.route("GET", "/v1/data_sources/{id}", self.retrieve),
            door.route("PATCH", "/v1/data_sources/{id}", self.update, saves=True),
            door.route("POST", "/v1/data_sources/{id}/query", self.query),
        ]

    def _inside(self, call: Call) -> list[DataSource]:
        """The data sources of the database that a request names; one alone in the versions before them."""
        inside = self.workspace.inside(call.path["id"])
        if call.version < DATA_SOURCES_SINCE and len(inside) > 1:
            raise _several(inside)
        return inside

    def database(self, call: Call) -> Object:
        return shape.database_object(self._inside(call), call.version)

    def update_database(self, call: Call) -> Object:
        inside = self._inside(call)
        if call.version < DATA_SOURCES_SINCE:
            self._change_columns(inside[0], call.body)
        if "title" in call.body:
            inside[0].title = text.plain(text.accept(call.body["title"], "body.title"))
        return shape.database_object(inside, call.version)

    def query_database(self, call: Call) -> Object:
        if call.version >= DATA_SOURCES_SINCE:
            raise Problem(400, "invalid_request_url", "Invalid request URL.")
        return self._queried(self._inside(call)[0], call)

    def retrieve(self, call: Call) -> Object:
        return shape.source_object(self.workspace.source(call.path["id"]), call.version)

    def create_database(self, call: Call) -> Object:
        old = call.version < DATA_SOURCES_SINCE
        given = call.body if old else call.body.get("initial_data_source")
        initial = as_object(given or {}, "body.initial_data_source")
        title = text.plain(text.accept(call.body.get("title") or [], "body.title"))
        return shape.database_object([self._make(title, initial, self.workspace.new_id())], call.version)

    def create(self, call: Call) -> Object:
        """One more data source in a database."""
        parent = as_object(call.body.get("parent"), "body.parent")
        database = canonical(as_text(parent.get("database_id"), "body.parent.database_id"))
        self.workspace.inside(database)
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
        given = as_object(config[kind], f"body.properties.{name}.{kind}")
        if kind == "relation" and "data_source_id" not in given:
            database = as_text(given.get("database_id"), f"body.properties.{name}.relation.database_id")
            given = {**given, "data_source_id": self.workspace.inside(database)[0].id}
        prop = new_property(name, kind, given)
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
        workspace.databases.setdefault(home, []).append(source.id)
        return source

    def update(self, call: Call) -> Object:
        source = self.workspace.source(call.path["id"])
        self._change_columns(source, call.body)
        return shape.source_object(source, call.version)

    def _change_columns(self, source: DataSource, body: Object) -> None:
        changes: list[JsonValue] = []
        for key, value in as_object(body.get("properties") or {}, "body.properties").items():
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

    def _rename(self, source: DataSource, prop: Property, name: str) -> None:
        prop.name, properties = name, list(source.properties.values())
        source.properties = {one.name: one for one in properties}

    def query(self, call: Call) -> Object:
        return self._queried(self.workspace.source(call.path["id"]), call)

    def _queried(self, source: DataSource, call: Call) -> Object:
        """Rows; at the cap the answer says that it is incomplete, and that there is nothing more."""
        slow = self.acts.quirks.slow_above
        if slow is not None and int(str(call.body.get("page_size") or PAGE_SIZE)) > slow:
            raise Problem(503, "service_unavailable", "The query took too long. Ask for smaller pages.")
        rows = self._rows(source, call)
        cap = self.acts.quirks.query_cap
        chosen, following = self._page_of(rows[:cap], call)
        only = [
            key for name in ("filter_properties", "filter_properties[]") for key in call.lists.get(name, [])
        ]
        shown = [
            shape.page_object(row, self.workspace, call.version, only)
            if isinstance(row, Page)
            else shape.source_object(row, call.version)
            for row in chosen
        ]
        answer = shape.listing(shown, "page_or_data_source", following)
        if len(rows) > cap and following is None:
            reason: Object = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
            answer["request_status"] = reason
        return answer

    def _rows(self, source: DataSource, call: Call) -> list[Page | DataSource]:
        """Pages and, of a wiki, data sources, unless a request names one kind alone."""
        kind = call.body.get("result_type")
        if kind not in (None, "page", "data_source"):
            raise invalid(
                'body failed validation: body.result_type should be `"page"` or `"data_source"`, '
                f'instead was `"{kind}"`.'
            )
        nested = [] if kind == "page" else [self.workspace.sources[identity] for identity in source.nested]
        pages = [] if kind == "data_source" else query.select(source, call.body, self.workspace)
        return [*nested, *pages]

    def _page_of(
        self, rows: list[Page | DataSource], call: Call
    ) -> tuple[list[Page | DataSource], str | None]:
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


def _several(inside: list[DataSource]) -> Problem:
    """What a version from before data sources is told of a database that has more than one."""
    about: Object = {
        "error_type": "multiple_data_sources_for_database",
        "database_id": inside[0].database,
        "child_data_source_ids": [source.id for source in inside],
        "minimum_api_version": DATA_SOURCES_SINCE,
    }
    words = "Databases with multiple data sources are not supported in this API version."
    return Problem(400, "validation_error", words, extra=about)
