"""What people write, feature by feature, and what becomes of it on each way between the four tools.

    python -m benchmarks.text_features        the table of docs/text.md

A feature is a piece of Markdown, or, where a tool has a form of its own for it, that tool's own document.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pydantic import JsonValue

from connectors.text import adf, blocks, github, html, reading
from connectors.text.safety import bare, defuse
from connectors.text.tree import Block, Code, Heading, Image, Inlines, List, Paragraph, Quote, Span, Table

SOURCE = Path(__file__).with_name("text_features.json")


class Verdict(StrEnum):
    SAME = "same"
    READABLE = "readable"
    """Every word, address and picture is there, in order; its look is not the same."""
    NAMED = "named loss"
    """A visible remark stands in the place of what could not be carried."""
    SILENT = "silent loss"


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool's format, both ways. A native document is a string or JSON."""

    name: str
    write: Callable[[str], JsonValue]
    read: Callable[[JsonValue], str]


def _blocks(native: JsonValue) -> str:
    assert isinstance(native, list)  # noqa: S101 - what blocks.from_markdown gives
    return blocks.to_markdown([block for block in native if isinstance(block, dict)])


def _document(native: JsonValue) -> str:
    assert isinstance(native, dict)  # noqa: S101 - what adf.from_markdown gives
    return adf.to_markdown(native)


TOOLS = (
    Tool("Zendesk", html.from_markdown, lambda native: html.to_markdown(str(native))),
    Tool("Jira", lambda text: dict(adf.from_markdown(text)), _document),
    Tool("GitHub", github.from_markdown, lambda native: github.to_markdown(str(native))),
    Tool("Notion", lambda text: [*blocks.from_markdown(text)], _blocks),
)


@dataclass(frozen=True, slots=True)
class Feature:
    name: str
    markdown: str
    native: Mapping[str, JsonValue] = field(default_factory=dict)
    """By tool: the document that has the feature in the tool's own form."""

    def in_tool(self, tool: Tool) -> JsonValue:
        """The feature as it stands in the tool."""
        return self.native[tool.name] if tool.name in self.native else tool.write(self.markdown)


def features() -> list[Feature]:
    """Those of ``text_features.json``: ``[name, Markdown]`` or ``[name, Markdown, {tool: document}]``."""
    rows = json.loads(SOURCE.read_text(encoding="utf-8"))
    return [Feature(name, _long(text), *native) for name, text, *native in rows]


def _long(text: str) -> str:
    """``«word*900»`` stands for nine hundred times ``word``, with the number for ``#``."""
    return re.sub(
        r"«(.*?)\*(\d+)»",
        lambda hit: "".join(hit[1].replace("#", str(number)) for number in range(int(hit[2]))),
        text,
        flags=re.DOTALL,
    )


def crossing(feature: Feature, source: Tool, target: Tool) -> Verdict:
    """What becomes of it on the way from one tool to another, as a comment or a body is carried."""
    before = source.read(feature.in_tool(source))
    if judge(feature.markdown, before) is Verdict.SILENT:
        return Verdict.SILENT
    return judge(before, target.read(target.write(defuse(before))))


def round_trip(feature: Feature, tool: Tool) -> Verdict:
    """What becomes of it on the way into a tool and out of it again."""
    return judge(feature.markdown, tool.read(tool.write(feature.markdown)))


def judge(before: str, after: str) -> Verdict:
    one, other = reading.read(bare(before)), reading.read(bare(after))
    if one == other:
        return Verdict.SAME
    if _holds("".join(_words(other)), _words(one)):
        return Verdict.READABLE
    return Verdict.NAMED if re.search(r"\[[^\]]*omitted[^\]]*\]", after) else Verdict.SILENT


def _holds(text: str, wanted: Iterator[str]) -> bool:
    """Whether the words are in the text, in this order."""
    at = 0
    for word in wanted:
        at = text.find(word, at)
        if at < 0:
            return False
        at += len(word)
    return True


def _words(content: tuple[Block, ...]) -> Iterator[str]:
    """Everything that says something: words, addresses, languages."""
    for block in content:
        match block:
            case Paragraph(line) | Heading(_, line):
                yield from _line(line)
            case Code(text, language):
                yield from (word for word in (language, *text.split()) if word)
            case Quote(inner):
                yield from _words(inner)
            case List(items):
                for item in items:
                    yield from ("[x]",) if item.checked else ()
                    yield from _words(item.content)
            case Table(rows):
                for row in rows:
                    for cell in row:
                        yield from _line(cell)
            case _:
                pass


def _line(line: Inlines) -> Iterator[str]:
    for part in line:
        match part:
            case Span(text, _, href):
                yield from text.split()
                yield from (href,) if href and href not in text and not href.startswith("person:") else ()
            case Image(src, alt, href):
                yield from (*alt.split(), src)
                yield from (href,) if href else ()


def table() -> str:
    """Every feature on every way, as a table in Markdown."""
    ways = [(one, other) for one in TOOLS for other in TOOLS if one is not other]
    short = {tool.name: tool.name[0] for tool in TOOLS}
    heads = [f"{short[one.name]}→{short[other.name]}" for one, other in ways]
    heads += [f"{tool.name} and back" for tool in TOOLS]
    signs = {Verdict.SAME: "=", Verdict.READABLE: "~", Verdict.NAMED: "named", Verdict.SILENT: "**lost**"}
    lines = [f"| feature | {' | '.join(heads)} |", f"| --- | {' | '.join('---' for _ in heads)} |"]
    for feature in features():
        verdicts = [crossing(feature, *way) for way in ways] + [round_trip(feature, tool) for tool in TOOLS]
        lines.append(f"| {feature.name} | {' | '.join(signs[verdict] for verdict in verdicts)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(table())
