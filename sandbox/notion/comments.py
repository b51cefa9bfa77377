"""The routes of comments."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.notion import shape, text
from sandbox.notion.acts import Acts
from sandbox.notion.api import Call, Door
from sandbox.notion.problem import Object, Problem, as_list, as_object, as_text, invalid, missing
from sandbox.notion.state import Remark, canonical
from sandbox.notion.uploads import Uploads


class Comments:
    """Handlers of ``/v1/comments``. Only comments of open threads are listed."""

    def __init__(self, acts: Acts, uploads: Uploads) -> None:
        self.acts = acts
        self.uploads = uploads
        self.workspace = acts.workspace

    def routes(self, door: Door) -> list[BaseRoute]:
        return [
            door.route("POST", "/v1/comments", self.create, saves=True),
            door.route("GET", "/v1/comments", self.list),
            door.route("GET", "/v1/comments/{id}", self.retrieve),
            door.route("PATCH", "/v1/comments/{id}", self.update, saves=True),
            door.route("DELETE", "/v1/comments/{id}", self.delete, saves=True),
        ]

    def create(self, call: Call) -> Object:
        words = text.accept(call.body.get("rich_text"), "body.rich_text")
        files = as_list(call.body.get("attachments") or [], "body.attachments")
        attached = [
            self.uploads.take(as_object(file, "body.attachments[0]").get("file_upload_id")) for file in files
        ]
        bot = self.workspace.bot
        if "discussion_id" in call.body:
            thread = as_text(call.body["discussion_id"], "body.discussion_id")
            known = self.workspace.discussion(thread)
            if not known:
                raise missing("discussion", thread)
            first = known[0]
            page = self.workspace.page(first.page)
            remark = self.acts.remark(
                page, words, bot, block=first.block, thread=thread, attachments=attached
            )
            return shape.remark_object(remark, self.workspace)
        parent = as_object(call.body.get("parent"), "body.parent")
        if "block_id" in parent:
            block = self.workspace.block(as_text(parent["block_id"], "body.parent.block_id"))
            remark = self.acts.remark(
                self.workspace.page(block.page), words, bot, block=block.id, attachments=attached
            )
        else:
            page = self.workspace.page(as_text(parent.get("page_id"), "body.parent.page_id"))
            remark = self.acts.remark(page, words, bot, attachments=attached)
        return shape.remark_object(remark, self.workspace)

    def list(self, call: Call) -> Object:
        place = call.query.get("block_id")
        if place is None:
            raise invalid(
                "query failed validation: query.block_id should be defined, instead was `undefined`."
            )
        key = canonical(place)
        if key in self.workspace.pages:
            self.workspace.page(key)
        else:
            self.workspace.block(key)
        opened = [remark for remark in self.workspace.discussed.get(key, []) if not remark.resolved]
        chosen, following = call.page_of(opened, lambda remark: remark.id)
        return shape.listing(
            [shape.remark_object(remark, self.workspace) for remark in chosen], "comment", following
        )

    def _remark(self, call: Call) -> Remark:
        found = self.workspace.remarks.get(call.identity())
        if found is None:
            raise missing("comment", call.path["id"])
        self.workspace.page(found.page)
        return found

    def retrieve(self, call: Call) -> Object:
        return shape.remark_object(self._remark(call), self.workspace)

    def _ours(self, call: Call) -> Remark:
        """A connection may change its own comments alone."""
        remark = self._remark(call)
        if remark.author != self.workspace.bot.id:
            raise Problem(403, "restricted_resource", "Insufficient permissions for this comment.")
        return remark

    def update(self, call: Call) -> Object:
        remark = self._ours(call)
        self.acts.rewrite_remark(
            remark, text.accept(call.body.get("rich_text"), "body.rich_text"), self.workspace.bot
        )
        return shape.remark_object(remark, self.workspace)

    def delete(self, call: Call) -> Object:
        remark = self._ours(call)
        self.acts.delete_remark(remark, self.workspace.bot)
        return shape.remark_object(remark, self.workspace)
