"""The routes of a page's text as Notion's own Markdown, in one call instead of one for each branch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from starlette.routing import BaseRoute

from sandbox.notion import enhanced
from sandbox.notion.acts import Acts
from sandbox.notion.api import Call, Door
from sandbox.notion.problem import Object, as_list, as_object, as_text, invalid
from sandbox.notion.state import Page

Edit = Callable[[str, Object], str]
"""A text, given what a request wants of it."""


class PageMarkdown:
    """Handlers of ``/v1/pages/{id}/markdown``."""

    def __init__(self, acts: Acts) -> None:
        self.acts = acts
        self.workspace = acts.workspace

    def routes(self, door: Door) -> list[BaseRoute]:
        return [
            door.route("GET", "/v1/pages/{id}/markdown", self.retrieve),
            door.route("PATCH", "/v1/pages/{id}/markdown", self.update, saves=True),
        ]

    def retrieve(self, call: Call) -> Object:
        return self._shown(self.workspace.page(call.identity()))

    def _shown(self, page: Page) -> Object:
        markdown = "\n".join(enhanced.render(self.workspace, page.blocks))
        return {
            "object": "page_markdown",
            "id": page.id,
            "markdown": markdown,
            "truncated": False,
            "unknown_block_ids": [],
        }

    def update(self, call: Call) -> Object:
        page = self.workspace.page(call.identity())
        kind = as_text(call.body.get("type"), "body.type")
        if kind not in EDITS:
            known = ", ".join(f'`"{name}"`' for name in EDITS)
            raise invalid(f'body failed validation: body.type should be {known}, instead was `"{kind}"`.')
        before = enhanced.render(self.workspace, page.blocks)
        wanted = as_object(call.body.get(kind), f"body.{kind}")
        self._rewrite(page, before, enhanced.parse(EDITS[kind]("\n".join(before), wanted)))
        return self._shown(page)

    def _rewrite(self, page: Page, before: Sequence[str], after: Sequence[enhanced.Piece]) -> None:
        """Blocks whose text stays keep their ids; the others go, and new ones stand in their place."""
        bot, old = self.workspace.bot, list(page.blocks)
        pieces = [piece.source for piece in after]
        last = ""
        for tag, start, end, first, behind in SequenceMatcher(None, before, pieces, False).get_opcodes():
            if tag == "equal":
                last = old[end - 1]
                continue
            for identity in old[start:end]:
                self.acts.delete_block(self.workspace.blocks[identity], bot)
            new = [piece.block for piece in after[first:behind] if piece.block is not None]
            if new:
                last = self.acts.append(page, new, bot, last)[-1]


def _insert(markdown: str, wanted: Object) -> str:
    content = as_text(wanted.get("content"), "body.insert_content.content")
    if "after" not in wanted:
        return f"{markdown}\n{content}"
    _, end = _selected(markdown, as_text(wanted["after"], "body.insert_content.after"))
    return f"{markdown[:end]}\n{content}\n{markdown[end:]}"


def _replace(markdown: str, wanted: Object) -> str:
    return as_text(wanted.get("new_str"), "body.replace_content.new_str")


def _replace_range(markdown: str, wanted: Object) -> str:
    place = "body.replace_content_range"
    start, end = _selected(markdown, as_text(wanted.get("content_range"), f"{place}.content_range"))
    return markdown[:start] + as_text(wanted.get("content"), f"{place}.content") + markdown[end:]


def _update(markdown: str, wanted: Object) -> str:
    """Search and replace; what is not there, or is there twice, is refused, so that it compares and swaps."""
    for index, entry in enumerate(
        as_list(wanted.get("content_updates"), "body.update_content.content_updates")
    ):
        place = f"body.update_content.content_updates[{index}]"
        change = as_object(entry, place)
        old, new = as_text(change.get("old_str"), f"{place}.old_str"), change.get("new_str")
        count = markdown.count(old) if old else 0
        if count == 0:
            raise invalid(f"{place}.old_str was not found in the page.")
        if count > 1 and change.get("replace_all_matches") is not True:
            raise invalid(f"{place}.old_str was found {count} times in the page.")
        markdown = markdown.replace(old, as_text(new, f"{place}.new_str"))
    return markdown


def _selected(markdown: str, selection: str) -> tuple[int, int]:
    """Where ``start...end`` begins and ends, which is a text that begins and ends so."""
    first, dots, last = selection.partition("...")
    start = markdown.find(first) if first else -1
    end = markdown.find(last, start + len(first)) if dots else start
    if start < 0 or end < 0:
        raise invalid(f"The selection `{selection}` was not found in the page.")
    return start, end + len(last if dots else first)


EDITS: dict[str, Edit] = {
    "insert_content": _insert,
    "replace_content": _replace,
    "replace_content_range": _replace_range,
    "update_content": _update,
}
