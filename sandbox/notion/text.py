"""Notion's rich text: a list of runs, each with its annotations."""

from __future__ import annotations

from pydantic import JsonValue

from sandbox.notion.problem import Object, as_list, as_object, as_text, invalid

PLAIN: Object = {
    "bold": False,
    "italic": False,
    "strikethrough": False,
    "underline": False,
    "code": False,
    "color": "default",
}
RUN = 2000
"""UTF-16 units that one run may hold."""


def run(content: str, *, link: str | None = None, **annotations: bool) -> Object:
    """One run of text as Notion answers it."""
    return {
        "type": "text",
        "text": {"content": content, "link": {"url": link} if link else None},
        "annotations": {**PLAIN, **annotations},
        "plain_text": content,
        "href": link,
    }


def units(text: str) -> int:
    """The length of a text as Notion counts it."""
    return len(text.encode("utf-16-le")) // 2


def runs(text: str) -> list[JsonValue]:
    """Plain text as rich text, split where a run is full."""
    parts: list[JsonValue] = []
    rest = text
    while rest:
        size = RUN if units(rest) > RUN else len(rest)
        while units(rest[:size]) > RUN:
            size -= 1
        parts.append(run(rest[:size]))
        rest = rest[size:]
    return parts


def plain(rich: JsonValue) -> str:
    """The text alone."""
    parts = rich if isinstance(rich, list) else []
    return "".join(str(part["plain_text"]) for part in parts if isinstance(part, dict))


def accept(value: JsonValue, place: str) -> list[JsonValue]:
    """Rich text of a request, completed to the form in which it is answered."""
    return [
        _accept(as_object(item, f"{place}[{i}]"), f"{place}[{i}]")
        for i, item in enumerate(as_list(value, place))
    ]


def _accept(item: Object, place: str) -> Object:
    annotations = {**PLAIN, **as_object(item.get("annotations") or {}, f"{place}.annotations")}
    if "text" in item:
        text = as_object(item["text"], f"{place}.text")
        content = as_text(text.get("content"), f"{place}.text.content")
        link = text.get("link")
        url = (
            as_text(as_object(link, f"{place}.text.link").get("url"), f"{place}.text.link.url")
            if link
            else None
        )
        return {**run(content, link=url), "annotations": annotations}
    if "mention" in item:
        mention = as_object(item["mention"], f"{place}.mention")
        return _run("mention", mention, annotations, f"@{mention.get('type', 'user')}")
    if "equation" in item:
        equation = as_object(item["equation"], f"{place}.equation")
        return _run("equation", equation, annotations, str(equation.get("expression", "")))
    raise invalid(f"body failed validation: {place}.text should be defined, instead was `undefined`.")


def _run(kind: str, value: Object, annotations: Object, text: str) -> Object:
    return {"type": kind, kind: value, "annotations": annotations, "plain_text": text, "href": None}
