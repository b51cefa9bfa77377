"""Atlassian Document Format: what Jira accepts, and what it makes of it elsewhere.

Data Center has wiki markup in its place: a text that came as such is kept to the letter.

Node names and nesting: developer.atlassian.com/cloud/jira/platform/apis/document/structure.
"""

from __future__ import annotations

import marklas
from pydantic import JsonValue

from sandbox.jira.problem import Problem, bad_field
from sandbox.jira.records import Object
from sandbox.wiki import to_markdown as markup_to_markdown

TEXT_LIMIT = 32_767
"""Characters of a description or comment, counted in the wiki markup that Jira makes of it."""

_MARKUP = "wiki markup"
"""The type under which the markup of Data Center is kept."""

_INLINE = frozenset(
    {
        "text",
        "hardBreak",
        "mention",
        "emoji",
        "inlineCard",
        "date",
        "status",
        "mediaInline",
        "inlineExtension",
    }
)
_LISTS = frozenset({"bulletList", "orderedList", "taskList", "decisionList"})
_MEDIA = frozenset({"mediaSingle", "mediaGroup"})
_CARDS = frozenset({"blockCard", "embedCard", "extension"})
_PLAIN = frozenset({"paragraph", "heading", "codeBlock", "rule"}) | _LISTS | _MEDIA
_CELL = _PLAIN | _CARDS | {"blockquote", "panel", "nestedExpand"}
_TOP = _PLAIN | _CARDS | {"blockquote", "panel", "expand", "table", "layoutSection", "bodiedExtension"}

CHILDREN: dict[str, frozenset[str]] = {
    "doc": _TOP,
    "paragraph": _INLINE,
    "heading": _INLINE,
    "codeBlock": frozenset({"text"}),
    "bulletList": frozenset({"listItem"}),
    "orderedList": frozenset({"listItem"}),
    "listItem": frozenset({"paragraph", "codeBlock", "mediaSingle", "extension"}) | _LISTS,
    "taskList": frozenset({"taskItem", "blockTaskItem", "taskList"}),
    "taskItem": _INLINE,
    "blockTaskItem": frozenset({"paragraph", "extension"}),
    "decisionList": frozenset({"decisionItem"}),
    "decisionItem": _INLINE,
    "blockquote": frozenset({"paragraph", "codeBlock", "extension", "bulletList", "orderedList"}) | _MEDIA,
    "panel": _PLAIN | {"blockCard", "extension"},
    "expand": _TOP - {"expand", "layoutSection"} | {"nestedExpand"},
    "nestedExpand": _PLAIN | {"blockquote", "panel"},
    "table": frozenset({"tableRow"}),
    "tableRow": frozenset({"tableCell", "tableHeader"}),
    "tableCell": _CELL,
    "tableHeader": _CELL,
    "mediaSingle": frozenset({"media", "caption"}),
    "mediaGroup": frozenset({"media"}),
    "caption": _INLINE,
    "layoutSection": frozenset({"layoutColumn"}),
    "layoutColumn": _TOP - {"layoutSection"},
    "bodiedExtension": _TOP,
}
"""What may stand in what. A node that is not here has no content."""

NEVER_EMPTY = frozenset({"bulletList", "orderedList", "listItem", "table", "tableRow"})

_TEXT_MARKS = frozenset({"strong", "em", "code", "strike", "underline", "link", "subsup", "annotation"})
MARKS = _TEXT_MARKS | {"textColor", "backgroundColor", "border", "alignment", "indentation", "breakout"}


def fitting(text: str) -> str:
    """The text, cut with a visible remark where Jira would refuse it for its length."""
    limit = TEXT_LIMIT * 3 // 4
    return text if len(text) <= limit else text[:limit] + "\n\n(cut: the original is longer)"


def from_markdown(text: str) -> Object | None:
    """The document of a Markdown text; ``None`` for none."""
    if not text.strip():
        return None
    document: Object = marklas.to_adf(text)
    return document


def to_markdown(document: Object | None) -> str:
    """The document as Markdown, for the demo's page."""
    if document is None:
        return ""
    if document.get("type") == _MARKUP:
        return markup_to_markdown(wiki(document))
    # marklas writes a line break as HTML, which Markdown has no need of.
    text: str = marklas.to_md(document).replace("<br>", "\n")
    return text.strip()


def check(value: JsonValue, field: str, *, markup: bool = False) -> Object:
    """The document if Jira would accept it. Raises Problem about ``field`` otherwise.

    ``markup`` is for Data Center, where texts are strings.
    """
    if markup:
        return _check_markup(value, field)
    if not isinstance(value, dict) or value.get("type") != "doc":
        raise bad_field(
            field, "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
        )
    if value.get("version") != 1 or not _valid(value):
        raise Problem(400, "INVALID_INPUT", errors={field: "INVALID_INPUT"})
    if len(wiki(value)) > TEXT_LIMIT:
        raise _too_long(field)
    return value


def _check_markup(value: JsonValue, field: str) -> Object:
    if not isinstance(value, str):
        raise bad_field(field, "Operation value must be a string")
    if len(value) > TEXT_LIMIT:
        raise _too_long(field)
    return {"type": _MARKUP, "text": value}


def _too_long(field: str) -> Problem:
    message = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
    return bad_field(field, message)


def _valid(node: Object) -> bool:
    kind = node.get("type")
    if not isinstance(kind, str):
        return False
    if kind == "text":
        return _valid_text(node)
    content = node.get("content", [])
    if not isinstance(content, list):
        return False
    allowed = CHILDREN.get(kind, frozenset())
    for child in content:
        if not isinstance(child, dict) or child.get("type") not in allowed or not _valid(child):
            return False
    if kind == "codeBlock":
        return all(isinstance(child, dict) and not child.get("marks") for child in content)
    return bool(content) or kind not in NEVER_EMPTY


def _valid_text(node: Object) -> bool:
    text, marks = node.get("text"), node.get("marks", [])
    if not isinstance(text, str) or not text or not isinstance(marks, list):
        return False
    kinds = [mark.get("type") if isinstance(mark, dict) else None for mark in marks]
    if not all(isinstance(kind, str) and kind in MARKS for kind in kinds):
        return False
    return "code" not in kinds or set(kinds) <= {"code", "link", "annotation"}


def wiki(value: JsonValue) -> str:
    """The text in wiki markup, as version 2 of the API and the webhooks give it."""
    if not isinstance(value, dict):
        return ""
    return str(value["text"]) if value.get("type") == _MARKUP else _blocks(value, "").strip("\n")


def _children(node: Object) -> list[Object]:
    content = node.get("content")
    return [child for child in content if isinstance(child, dict)] if isinstance(content, list) else []


def _attribute(node: Object, name: str) -> str:
    attrs = node.get("attrs")
    value = attrs.get(name) if isinstance(attrs, dict) else None
    return "" if value is None else str(value)


def _inline(node: Object) -> str:
    kind = node.get("type")
    if kind == "hardBreak":
        return "\n"
    if kind == "mention":
        return f"[~accountid:{_attribute(node, 'id')}]"
    if kind == "inlineCard":
        return f"[{_attribute(node, 'url')}]"
    if kind in {"emoji", "status"}:
        return _attribute(node, "text") or _attribute(node, "shortName")
    text = str(node.get("text", ""))
    marks = node.get("marks")
    for mark in marks if isinstance(marks, list) else []:
        if isinstance(mark, dict):
            text = _marked(text, mark)
    return text


def _marked(text: str, mark: Object) -> str:
    kind = mark.get("type")
    if kind == "link":
        return f"[{text}|{_attribute(mark, 'href')}]"
    if kind == "code":
        return "{{" + text + "}}"
    sign = {"strong": "*", "em": "_", "strike": "-", "underline": "+"}.get(str(kind), "")
    return f"{sign}{text}{sign}"


def _blocks(node: Object, bullet: str) -> str:
    kind, children = node.get("type"), _children(node)
    if kind in {"paragraph", "taskItem", "decisionItem"}:
        return "".join(map(_inline, children)) + ("\n" if bullet else "\n\n")
    if kind == "heading":
        return f"h{_attribute(node, 'level')}. " + "".join(map(_inline, children)) + "\n\n"
    if kind == "codeBlock":
        language = _attribute(node, "language")
        head = "{code:" + language + "}" if language else "{code}"
        return f"{head}\n" + "".join(map(_inline, children)) + "\n{code}\n\n"
    if kind == "rule":
        return "----\n\n"
    if kind in {"bulletList", "orderedList"}:
        deeper = bullet + ("*" if kind == "bulletList" else "#")
        return "".join(f"{deeper} " + _blocks(child, deeper) for child in children) + ("" if bullet else "\n")
    if kind == "blockquote":
        return "{quote}\n" + "".join(_blocks(child, "") for child in children).strip() + "\n{quote}\n\n"
    if kind == "tableRow":
        cells = [
            (child.get("type"), "".join(_blocks(c, "") for c in _children(child)).strip())
            for child in children
        ]
        return "".join(("||" if head == "tableHeader" else "|") + text for head, text in cells) + "|\n"
    return "".join(_blocks(child, bullet) for child in children) + ("\n" if kind == "table" else "")
