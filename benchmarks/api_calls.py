"""Calls to each tool beside the fewest that its API allows.

For each of the four: what a first reading, the pick-up of changes, a poll without news, and writes take, for
N items with two comments each. The real connectors run against the sandbox, which counts; no limit holds, and
its clock is moved instead of waited for. What the engine decides (reading, creating, reading back) is driven
through it, with a tool in memory at the other end; single changes and comments through the connector alone.

    python -m benchmarks.api_calls [--items 1000 10000] [--services jira ...] [--quick] [--json]

What a connector asks once (who am I, which fields and statuses there are) has a row of its own and no floor;
asked again, it counts as any other call. The floors are in :mod:`benchmarks.api_floors`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.api_floors import FLOORS, Account
from benchmarks.api_loop import COMMENTS, TOOLS, Loop
from connectors.abilities import ReadsBodiesApart, UpdatesMany
from connectors.model import Audience, CommentDraft, Patch, Ref
from sandbox.zendesk import ZendeskService
from sync.store import items, links

CHANGED = 12
"""One item of so many is changed for the pick-up, in its title and by a comment.

Pages are not filled to the last row by that: what is asked for is all since the last change, and so that one
comes once more.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One job: ``through`` says what was driven, ``rows`` how many of the items it is about."""

    service: str
    job: str
    through: str
    items: int
    rows: int
    calls: int
    floor: int | None
    paths: Counter[str]

    @property
    def ratio(self) -> float | None:
        return None if self.floor is None else self.calls / self.floor


class Jobs:
    """Every job of one tool, one after the other; each is checked to have been done."""

    def __init__(self, loop: Loop, items: int) -> None:
        self.loop, self.items, self.floor = loop, items, FLOORS[loop.name]
        self.rows: list[Row] = []

    def run(self) -> list[Row]:
        ids = [card.id for card in self.loop.service.cards(limit=self.items)]
        self._read(ids)
        made = self._create()
        self._write(made)
        once = Counter(self.loop.asked_once().keys())
        self.rows.append(Row(self.loop.name, "set-up", "both", self.items, 0, once.total(), None, once))
        return self.rows

    def _measure(
        self, job: str, rows: int, floor: int, act: Callable[[], None], through: str = "engine"
    ) -> None:
        loop = self.loop
        calls, paths, known = loop.calls, loop.paths.seen.copy(), {*loop.asked_once()}
        act()
        first_asked = len({*loop.asked_once()} - known)
        took = loop.calls - calls - first_asked
        if took or floor:
            new = loop.paths.seen - paths
            self.rows.append(Row(loop.name, job, through, self.items, rows, took, floor, new))

    def _read(self, ids: Sequence[str]) -> None:
        loop, floor, n = self.loop, self.floor, self.items
        loop.pause()
        self._measure("backfill", n, floor.backfill(n, COMMENTS * n, self._account()), loop.read)
        notes = self._notes()
        _expect("comments read", len(notes), n)
        _expect("comments of each", {*notes}, {COMMENTS})
        # From here on whoever comments is known, and the rows that were new are over.
        loop.sandbox.call(lambda: self._change(ids[:1]))
        loop.pause()
        loop.read()
        loop.pause()
        self._measure("idle poll", 0, floor.idle(), loop.read)
        changed = ids[1::CHANGED]
        loop.sandbox.call(lambda: self._change(changed))
        loop.pause()
        number = len(changed)
        self._measure("pick-up", number, floor.pick_up(number, number), loop.read)
        _expect("comments picked up", Counter(self._notes())[COMMENTS + 1], number + 1)

    def _account(self) -> Account:
        if not isinstance(self.loop.service, ZendeskService):
            return Account()
        state = self.loop.service.state
        return Account(len(state.users), len(state.organizations))

    def _change(self, ids: Sequence[str]) -> None:
        for id in ids:
            self.loop.service.person_sets(id, title=f"It still stops [{id}]")
            self.loop.service.person_comments(id, "Since yesterday.", internal=True)

    def _notes(self) -> list[int]:
        """How many comments each item in memory has."""
        return [len(record.notes) for record in self.loop.memory.changed_since(0, 10 * self.items)]

    def _create(self) -> list[Ref]:
        loop, floor, n = self.loop, self.floor, self.items
        loop.pause()
        sources = [
            loop.memory.create("MEM", f"Made {number}", text="It stops.", labels=frozenset(["out"]))
            for number in range(n)
        ]
        loop.decide()
        self._measure("create", n, floor.create(n), loop.send)
        self._measure("read back", n, floor.read_back(n), loop.read_back)
        with loop.store.read() as view:
            found = [links.of(view, Ref(connection="memory", id=source.id)) for source in sources]
        made = [link.mirror for known in found for link in known if link.mirror]
        _expect("items made", len({*made}), n)
        return made

    def _write(self, made: Sequence[Ref]) -> None:
        loop, floor, n = self.loop, self.floor, len(made)
        loop.pause()
        loop.read()
        self._measure("update", n, floor.update(n), lambda: self._update(made), "connector")
        self._measure("comment", n, floor.comment(n), lambda: self._comment(made), "connector")
        cards = [loop.service.card(ref.id) for ref in made]
        _expect(
            "titles written", sum(card is not None and card.title.startswith("Again") for card in cards), n
        )
        _expect("items commented on", sum(card is not None and len(card.comments) == 1 for card in cards), n)

    def _update(self, made: Sequence[Ref]) -> None:
        fleet = self.loop.engine.fleet
        connector = fleet.get(self.loop.name)
        patches = [(ref, Patch(fields={"title": f"Again {ref.id}"})) for ref in made]
        if isinstance(connector, ReadsBodiesApart):
            with self.loop.store.read() as view:
                known = [items.get(view, ref) for ref in made]
            for stored, (_, patch) in zip(known, patches, strict=True):
                assert stored  # noqa: S101 - made by the engine
                connector.update_fields(stored.item, patch)
        elif isinstance(connector, UpdatesMany):
            for start in range(0, len(patches), connector.most_updated):
                connector.update_many(patches[start : start + connector.most_updated], fleet.stopped.wait)
        else:
            for ref, patch in patches:
                connector.update(ref, patch)

    def _comment(self, made: Sequence[Ref]) -> None:
        connector = self.loop.engine.fleet.get(self.loop.name)
        public = connector.audience(self.loop.tool.container) is Audience.PUBLIC
        audience = Audience.PUBLIC if public else Audience.INTERNAL
        for ref in made:
            connector.comment(ref, CommentDraft(body="On it.", audience=audience, marker=f"lw-{ref.id}"))


def _expect(what: str, found: object, wanted: object) -> None:
    """A job that was done by halves takes fewer calls, and says nothing."""
    if found != wanted:
        raise SystemExit(f"{what}: {found}, where {wanted} should be")


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--items", type=int, nargs="+", default=[1000, 10000])
    options.add_argument("--services", nargs="+", choices=[*TOOLS], default=[*TOOLS])
    options.add_argument("--quick", action="store_true", help="200 items only")
    options.add_argument("--json", action="store_true")
    options.add_argument("--paths", action="store_true", help="say which calls each job took")
    asked = options.parse_args()
    rows: list[Row] = []
    if not asked.json:
        print(
            f"{'service':<9}{'job':<11}{'through':<11}{'N':>7}{'rows':>7}{'calls':>8}{'floor':>8}{'ratio':>7}"
        )
    with tempfile.TemporaryDirectory() as folder:
        for items in [200] if asked.quick else asked.items:
            for name in asked.services:
                loop = Loop(name, items, Path(folder))
                with loop.running():
                    done = Jobs(loop, items).run()
                rows += done
                if not asked.json:
                    _print(done, paths=asked.paths)
    if asked.json:
        json.dump({"figures": _figures(rows)}, sys.stdout)
        return
    print(f"highest ratio: {_figures(rows)['max_ratio']:.3f}")


def _print(rows: Sequence[Row], *, paths: bool) -> None:
    for row in rows:
        floor, ratio = ("-", "-") if row.ratio is None else (str(row.floor), f"{row.ratio:.2f}")
        print(
            f"{row.service:<9}{row.job:<11}{row.through:<11}{row.items:>7}{row.rows:>7}{row.calls:>8}"
            f"{floor:>8}{ratio:>7}",
            flush=True,
        )
        if paths:
            for call, count in _shapes(row).most_common():
                print(f"{'':<20}{count:>7} {call}")


def _shapes(row: Row) -> Counter[str]:
    """Its calls without the ids in their paths."""
    shapes: Counter[str] = Counter()
    for call, count in row.paths.items():
        shapes[re.sub(r"(?<=/)([0-9a-f-]{30,}|\d+)(?=[/.]|$)", "*", call)] += count
    return shapes


def _figures(rows: Sequence[Row]) -> dict[str, float]:
    ratios = {
        f"{row.service}_{row.job}_{row.items}".replace(" ", "_").replace("-", "_"): row.ratio
        for row in rows
        if row.ratio is not None
    }
    return {"max_ratio": max(ratios.values()), **ratios}


if __name__ == "__main__":
    main()
