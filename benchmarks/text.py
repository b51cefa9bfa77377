"""How fast texts are converted, beside the library that goes the same way, and how much survives.

    python -m benchmarks.text [--quick] [--json]

Every feature of docs/text.md, repeated to the size, is converted in pieces of a comment's length. Both sides
get the same pieces in the same run. For Notion no library is at hand that could be compared. At the end,
texts that are made to stall a converter (:mod:`benchmarks.text_hostile`): the slowest of all.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle

import html_to_markdown
import marklas
from markdown_it import MarkdownIt

from benchmarks.text_features import TOOLS, Verdict, crossing, features, round_trip
from benchmarks.text_hostile import HOSTILE, seconds
from connectors.text import adf, blocks, html, reading, writing

PIECE = 4_000
"""Characters of one text: a long comment."""
LONGEST = 2_000
"""Characters: features that are one long text are left out, others make better pieces."""

LONG = (32_767, 65_536, 5_000_000)
"""Characters: the longest texts that Jira and GitHub take, and far more than any."""
QUICK = ("openings", "bold lines", "tags", "mentions")


@dataclass(frozen=True, slots=True)
class Direction:
    name: str
    ours: Callable[[], object]
    library: str = ""
    bare: Callable[[], object] | None = None


def pieces(size: int) -> list[str]:
    texts = [feature.markdown for feature in features() if len(feature.markdown) < LONGEST]
    endless = cycle(texts)
    found: list[str] = []
    while sum(map(len, found)) < size:
        piece = [next(endless)]
        while sum(map(len, piece)) < PIECE:
            piece.append(next(endless))
        found.append("\n\n".join(piece))
    return found


def directions(texts: Sequence[str]) -> list[Direction]:
    pages = [html.from_markdown(text) for text in texts]
    documents = [adf.from_markdown(text) for text in texts]
    trees = [blocks.from_markdown(text) for text in texts]
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return [
        Direction(
            "Markdown, read and written",
            lambda: [writing.write(reading.read(text)) for text in texts],
            "markdown-it-py (parse)",
            lambda: [parser.parse(text) for text in texts],
        ),
        Direction(
            "HTML to Markdown",
            lambda: [html.to_markdown(page) for page in pages],
            "html-to-markdown",
            lambda: [html_to_markdown.convert(page).content for page in pages],
        ),
        Direction(
            "Markdown to HTML",
            lambda: [html.from_markdown(text) for text in texts],
            "markdown-it-py",
            lambda: [parser.render(text) for text in texts],
        ),
        Direction(
            "ADF to Markdown",
            lambda: [adf.to_markdown(document) for document in documents],
            "marklas",
            lambda: [marklas.to_md(document) for document in documents],
        ),
        Direction(
            "Markdown to ADF",
            lambda: [adf.from_markdown(text) for text in texts],
            "marklas",
            lambda: [marklas.to_adf(text) for text in texts],
        ),
        Direction("blocks to Markdown", lambda: [blocks.to_markdown(tree) for tree in trees]),
        Direction("Markdown to blocks", lambda: [blocks.from_markdown(text) for text in texts]),
    ]


def speed(act: Callable[[], object], megabytes: float) -> float:
    """MB of Markdown a second, the best of three: others use this machine, too."""
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        act()
        best = min(best, time.perf_counter() - began)
    return megabytes / best


def survival() -> dict[str, float]:
    ways = [(one, other) for one in TOOLS for other in TOOLS if one is not other]
    all_features = features()
    crossings = [crossing(feature, *way) for feature in all_features for way in ways]
    trips = [[round_trip(feature, tool) for feature in all_features] for tool in TOOLS]
    return {
        "features": len(all_features),
        "silent_losses": sum(
            one is Verdict.SILENT for one in [*crossings, *(v for trip in trips for v in trip)]
        ),
        "same_round_trip_min": min(trip.count(Verdict.SAME) for trip in trips),
    }


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--quick", action="store_true", help="20 KB only")
    options.add_argument("--json", action="store_true")
    asked = options.parse_args()
    texts = pieces(20_000 if asked.quick else 200_000)
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    figures = survival()
    lines = [f"{'direction':<28}{'MB/s':>8}  {'beside':<24}{'MB/s':>8}{'ratio':>8}"]
    for one in directions(texts):
        ours, name = speed(one.ours, megabytes), one.name.lower().replace(",", "").replace(" ", "_")
        figures[f"{name}_mb_per_second"] = ours
        line = f"{one.name:<28}{ours:>8.2f}  {one.library or '-':<24}"
        if one.bare is not None:
            theirs = speed(one.bare, megabytes)
            figures[f"{name}_ratio"] = ours / theirs
            line += f"{theirs:>8.2f}{ours / theirs:>8.2f}"
        lines.append(line)
    for size in LONG:
        scraps = HOSTILE if not asked.quick else {name: HOSTILE[name] for name in QUICK}
        slowest, scrap, converter = max(seconds(scraps, size))
        figures[f"hostile_{size}_slowest_seconds"] = slowest
        lines.append(f"slowest of {size:,} hostile characters: {slowest:.2f} s, {scrap} by {converter}")
    if asked.json:
        json.dump({"figures": figures}, sys.stdout)
        return
    lines.append(
        "  ".join(
            f"{name}: {figures[name]:g}" for name in ("features", "silent_losses", "same_round_trip_min")
        )
    )
    print("\n".join(lines))


if __name__ == "__main__":
    main()
