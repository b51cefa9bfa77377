"""Blocks of a request: what each type may hold, completed to the form in which it is answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from sandbox.notion import text
from sandbox.notion.problem import Object, as_list, as_object, as_text, invalid

TEXTS = frozenset(
    {"paragraph", "heading_1", "heading_2", "heading_3", "bulleted_list_item", "numbered_list_item"}
    | {"quote", "to_do", "toggle", "callout", "code"}
)
MEDIA = frozenset({"image", "video", "file", "pdf", "audio"})
LINKS = frozenset({"bookmark", "embed"})
BARE = frozenset(
    {"divider", "breadcrumb", "table_of_contents", "column_list", "column", "link_to_page", "equation"}
)
_LANGUAGES = """
abap|abc|agda|arduino|ascii art|assembly|bash|basic|bnf|c|c#|c++|clojure|coffeescript|coq|css|dart|dhall|diff
docker|ebnf|elixir|elm|erlang|f#|flow|fortran|gherkin|glsl|go|graphql|groovy|haskell|hcl|html|idris|java
java/c/c++/c#|javascript|json|julia|kotlin|latex|less|lisp|livescript|llvm ir|lua|makefile|markdown|markup
matlab|mathematica|mermaid|nix|notion formula|objective-c|ocaml|pascal|perl|php|plain text|powershell|prolog
protobuf|purescript|python|r|racket|reason|ruby|rust|sass|scala|scheme|scss|shell|smalltalk|solidity|sql|swift|toml
typescript|vb.net|verilog|vhdl|visual basic|webassembly|xml|yaml
"""
LANGUAGES = frozenset(_LANGUAGES.strip().replace("\n", "|").split("|"))
"""The languages of a code block; any other is refused."""
DEFAULTS: dict[str, Object] = {
    "to_do": {"checked": False},
    "code": {"caption": [], "language": "plain text"},
    "callout": {"icon": None},
    "heading_1": {"is_toggleable": False},
    "heading_2": {"is_toggleable": False},
    "heading_3": {"is_toggleable": False},
}


@dataclass(frozen=True, slots=True)
class NewBlock:
    """A block to be made, with those below it."""

    type: str
    content: Object
    children: Sequence[NewBlock] = ()


def accept_children(value: JsonValue, place: str) -> list[NewBlock]:
    """The blocks of a ``children`` array."""
    return [
        accept(as_object(item, f"{place}[{i}]"), f"{place}[{i}]")
        for i, item in enumerate(as_list(value, place))
    ]


def accept(spec: Object, place: str) -> NewBlock:
    """One block of a request."""
    kind = next((name for name in spec if name in KNOWN), None)
    if kind is None:
        raise invalid(
            f"body failed validation. Fix one:\n{place}.embed should be defined, instead was `undefined`.\n"
            f"{place}.paragraph should be defined, instead was `undefined`."
        )
    if spec.get("type", kind) != kind:
        raise invalid(
            f"body failed validation: {place}.{spec['type']} should be defined, instead was `undefined`."
        )
    content = dict(as_object(spec[kind], f"{place}.{kind}"))
    below = content.pop("children", None)
    children = accept_children(below, f"{place}.{kind}.children") if below is not None else []
    accepted = accept_content(kind, content, f"{place}.{kind}")
    if kind == "table":
        _check_rows(accepted, children, f"{place}.table")
    return NewBlock(kind, accepted, children)


def accept_content(kind: str, content: Object, place: str) -> Object:
    """What stands under a block's type name, completed."""
    if kind in TEXTS:
        base: Object = {} if kind == "code" else {"color": "default"}
        done: Object = {**base, **DEFAULTS.get(kind, {}), **content}
        for name in ("rich_text", "caption"):
            if name in done or name == "rich_text":
                done[name] = list(text.accept(done.get(name), f"{place}.{name}"))
        if kind == "code" and done["language"] not in LANGUAGES:
            raise invalid(
                f'body failed validation: {place}.language should be `"abap"`, `"abc"`, `"agda"`, …, '
                f'instead was `"{done["language"]}"`.'
            )
        return done
    if kind == "table_row":
        cells = as_list(content.get("cells"), f"{place}.cells")
        return {"cells": [text.accept(cell, f"{place}.cells[{i}]") for i, cell in enumerate(cells)]}
    if kind == "table":
        return {"has_column_header": False, "has_row_header": False, **content}
    if kind in MEDIA and "file_upload" in content:
        caption = text.accept(content.get("caption") or [], f"{place}.caption")
        return {**content, "caption": list(caption)}
    if kind in MEDIA and isinstance(content.get("file"), dict):
        return content
    if kind in MEDIA:
        external = as_object(content.get("external"), f"{place}.external")
        _check_url(external.get("url"), f"{place}.external.url")
        caption = text.accept(content.get("caption") or [], f"{place}.caption")
        return {"caption": caption, "type": "external", "external": external}
    if kind in LINKS:
        _check_url(content.get("url"), f"{place}.url")
        caption = text.accept(content.get("caption") or [], f"{place}.caption")
        return {**content, "caption": list(caption)}
    return content


def _check_url(value: JsonValue, place: str) -> None:
    if not as_text(value, place).startswith(("http://", "https://")):
        raise invalid(f"Invalid URL for {place.removeprefix('body.')}.")


def _check_rows(table: Object, rows: Sequence[NewBlock], place: str) -> None:
    if not rows:
        raise invalid(f"body failed validation: {place}.children.length should be ≥ `1`, instead was `0`.")
    for row in rows:
        cells = row.content.get("cells")
        if not isinstance(cells, list) or len(cells) != table.get("table_width"):
            raise invalid("Number of cells in table row must match the table width of the parent table")


KNOWN = TEXTS | MEDIA | LINKS | BARE | {"table", "table_row"}
