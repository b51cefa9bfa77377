"""The routes of pages and of their blocks."""

from __future__ import annotations

from urllib.parse import unquote

from pydantic import JsonValue
from starlette.routing import BaseRoute

from sandbox.notion import enhanced, shape
from sandbox.notion.acts import Acts
from sandbox.notion.api import PAGE_SIZE, Call, Door
from sandbox.notion.blocks import NewBlock, accept_children, accept_content
from sandbox.notion.problem import Object, as_object, as_text, invalid
from sandbox.notion.schema import Property, accept
from sandbox.notion.state import Block, DataSource, Page
from sandbox.notion.uploads import Uploads


class Pages:
    """Handlers of ``/v1/pages`` and ``/v1/blocks``. Who calls is always the bot."""

    def __init__(self, acts: Acts, uploads: Uploads) -> None:
        self.acts = acts
        self.uploads = uploads
        self.workspace = acts.workspace

    def routes(self, door: Door) -> list[BaseRoute]:
        return [
            door.route("POST", "/v1/pages", self.create, saves=True),
            door.route("GET", "/v1/pages/{id}", self.retrieve),
            door.route("PATCH", "/v1/pages/{id}", self.update, saves=True),
            door.route("POST", "/v1/pages/{id}/move", self.move, saves=True),
            door.route("GET", "/v1/pages/{id}/properties/{property}", self.property_item),
            door.route("GET", "/v1/blocks/{id}/children", self.children),
            door.route("PATCH", "/v1/blocks/{id}/children", self.append, saves=True),
            door.route("GET", "/v1/blocks/{id}", self.block),
            door.route("PATCH", "/v1/blocks/{id}", self.update_block, saves=True),
            door.route("DELETE", "/v1/blocks/{id}", self.delete_block, saves=True),
        ]

    def _shown(self, page: Page, call: Call) -> Object:
        only = [
            unquote(key)
            for name in ("filter_properties", "filter_properties[]")
            for key in call.lists.get(name, [])
        ]
        return shape.page_object(page, self.workspace, call.version, only)

    def create(self, call: Call) -> Object:
        parent = as_object(call.body.get("parent"), "body.parent")
        body = self._text(call.body)
        given = as_object(call.body.get("properties") or {}, "body.properties")
        if "data_source_id" in parent or "database_id" in parent:
            source = self._target(parent)
            values = self._values(list(source.properties.values()), given)
            page = self.acts.create_page(self.workspace.bot, values, body, source=source)
        else:
            above = self.workspace.page(as_text(parent.get("page_id"), "body.parent.page_id"))
            values = self._values([shape.TITLE], given)
            page = self.acts.create_page(self.workspace.bot, values, body, above=above.id)
        return self._shown(page, call)

    def _text(self, body: Object) -> list[NewBlock]:
        """The blocks of a new page, given as such or as Markdown."""
        if "markdown" not in body:
            return self.uploads.attached(accept_children(body.get("children") or [], "body.children"))
        if "children" in body:
            raise invalid("body failed validation: body.children should be not present beside body.markdown.")
        pieces = enhanced.parse(as_text(body["markdown"], "body.markdown"))
        return [piece.block for piece in pieces if piece.block is not None]

    def _target(self, parent: Object) -> DataSource:
        if "data_source_id" in parent:
            return self.workspace.source(as_text(parent["data_source_id"], "body.parent.data_source_id"))
        inside = self.workspace.inside(as_text(parent["database_id"], "body.parent.database_id"))
        if len(inside) > 1:
            raise invalid("Database has several data sources: body.parent.data_source_id should be defined.")
        return inside[0]

    def _values(self, properties: list[Property], given: Object) -> dict[str, JsonValue]:
        """The given values by property id; refuses names that no property has."""
        values: dict[str, JsonValue] = {}
        for key, value in given.items():
            prop = next((prop for prop in properties if key in (prop.name, prop.id)), None)
            if prop is None:
                raise invalid(f"{key} is not a property that exists.")
            values[prop.id] = self.uploads.attach(accept(prop, value, self._user))
        return values

    def _user(self, identity: str) -> Object:
        return self.workspace.user(identity).render(self.workspace.name)

    def retrieve(self, call: Call) -> Object:
        return self._shown(self.workspace.page(call.identity()), call)

    def update(self, call: Call) -> Object:
        page, bot = self.workspace.page(call.identity()), self.workspace.bot
        trashed = call.body.get("in_trash", call.body.get("archived"))
        if page.in_trash and trashed is not False:
            raise invalid("Can't edit block that is archived. You must unarchive the block before editing.")
        given = as_object(call.body.get("properties") or {}, "body.properties")
        values = self._values(shape.page_properties(page, self.workspace), given)
        if trashed is not None:
            self.acts.trash(page, bot, restore=not trashed)
        if values:
            self.acts.set_values(page, values, bot)
        if "is_locked" in call.body:
            self.acts.lock(page, bot, locked=bool(call.body["is_locked"]))
        return self._shown(page, call)

    def move(self, call: Call) -> Object:
        page = self.workspace.page(call.identity())
        parent = as_object(call.body.get("parent"), "body.parent")
        self.acts.move(page, self._target(parent), self.workspace.bot)
        return self._shown(page, call)

    def property_item(self, call: Call) -> Object:
        page, key = self.workspace.page(call.identity()), call.path["property"]
        properties = shape.page_properties(page, self.workspace)
        prop = next((prop for prop in properties if key in (prop.id, unquote(prop.id))), None)
        if prop is None:
            raise invalid(f"{key} is not a property that exists.")
        value = shape.full_value(page, prop, self.workspace)
        if prop.type not in shape.CUT_TYPES or not isinstance(value, list):
            return {"object": "property_item", "id": prop.id, "type": prop.type, prop.type: value}
        numbered = [(str(number), item) for number, item in enumerate(value)]
        chosen, following = call.page_of(numbered, lambda pair: pair[0])
        items: list[Object] = [
            {"object": "property_item", "id": prop.id, "type": prop.type, prop.type: item}
            for _, item in chosen
        ]
        about: Object = {"id": prop.id, "type": prop.type, prop.type: {}, "next_url": None}
        return {**shape.listing(items, "property_item", following), "property_item": about}

    def _holder(self, identity: str) -> Page | Block:
        return (
            self.workspace.page(identity)
            if identity in self.workspace.pages
            else self.workspace.block(identity)
        )

    def children(self, call: Call) -> Object:
        holder = self._holder(call.identity())
        ids = holder.blocks if isinstance(holder, Page) else holder.children
        chosen, following = call.page_of(ids, str)
        return shape.listing(self._blocks(chosen, call), "block", following)

    def _blocks(self, ids: list[str], call: Call) -> list[Object]:
        return [shape.block_object(self.workspace.blocks[identity], call.version) for identity in ids]

    def append(self, call: Call) -> Object:
        holder = self._holder(call.identity())
        if holder.in_trash:
            raise invalid("Can't edit block that is archived. You must unarchive the block before editing.")
        body = self.uploads.attached(accept_children(call.body.get("children"), "body.children"))
        made = self.acts.append(holder, body, self.workspace.bot, self._after(call))
        return shape.listing(self._blocks(made[:PAGE_SIZE], call), "block", None)

    def _after(self, call: Call) -> str | None:
        """``after`` up to 2025-09-03, ``position`` since."""
        if call.version < "2026-03-11":
            after = call.body.get("after")
            return None if after is None else as_text(after, "body.after")
        position = as_object(call.body.get("position") or {"type": "end"}, "body.position")
        if position.get("type") == "after_block":
            anchor = as_object(position.get("after_block"), "body.position.after_block")
            return as_text(anchor.get("id"), "body.position.after_block.id")
        return "" if position.get("type") == "start" else None

    def block(self, call: Call) -> Object:
        return shape.block_object(self.workspace.block(call.identity()), call.version)

    def update_block(self, call: Call) -> Object:
        block = self.workspace.block(call.identity())
        if call.body.get("in_trash", call.body.get("archived")):
            return self.delete_block(call)
        if block.type not in call.body:
            raise invalid(
                f"body failed validation: body.{block.type} should be defined, instead was `undefined`."
            )
        given = as_object(call.body[block.type], f"body.{block.type}")
        content = accept_content(block.type, {**block.content, **given}, f"body.{block.type}")
        self.acts.change_block(block, content, self.workspace.bot)
        return shape.block_object(block, call.version)

    def delete_block(self, call: Call) -> Object:
        block = self.workspace.block(call.identity())
        self.acts.delete_block(block, self.workspace.bot)
        return shape.block_object(block, call.version)
