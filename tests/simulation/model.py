"""What must hold once all is quiet, said by somebody who knows nothing of how Loopwright works.

It is told what the rules promise and what people did, is shown what the tools show in the end, and lists
what is wrong with that. It imports nothing of ours, so that no mistake of the engine's can be its own too.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Readers: TypeAlias = Literal["internal", "customer", "public"]
WIDTH: Mapping[Readers, int] = {"internal": 0, "customer": 1, "public": 2}
Place: TypeAlias = tuple[str, str]
"""A tool, and what holds items there."""


# -- what the tools show -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShownComment:
    text: str
    readers: Readers
    ours: bool
    """Whether it bears Loopwright's name."""


@dataclass(frozen=True, slots=True)
class ShownFile:
    name: str
    readers: Readers


@dataclass(frozen=True, slots=True)
class Shown:
    """An item as people see it."""

    tool: str
    id: str
    key: str
    container: str
    readers: Readers
    ours: bool
    fields: Mapping[str, str]
    """``title`` and the like, by name."""
    body: str = ""
    labels: frozenset[str] = frozenset()
    comments: tuple[ShownComment, ...] = ()
    files: tuple[ShownFile, ...] = ()

    @property
    def place(self) -> Place:
        return self.tool, self.container


# -- what the rules promise ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Promise:
    """A report with the label has one mirror, and the two are kept alike."""

    label: str
    to: Place
    copies: Readers
    """For whom comments are copied: what fewer people may read stays where it is."""
    fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By the name of a kept field: the mirror's value for the source's, where they are not the same."""
    at_times: frozenset[str] = frozenset()
    """Values that are mapped at times only."""
    held: frozenset[str] = frozenset()
    """Fields of which a conflict is told, and nothing is overwritten; of others the rule says who wins."""
    labels: bool = False
    """Whether labels are kept alike."""
    files: bool = False


# -- what people did -----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Said:
    """A comment, in all its versions, each a word of its own."""

    item: tuple[str, str]
    """Tool and id."""
    readers: Readers
    versions: list[str]
    deleted: bool = False
    untold: bool = False
    """Whether it was deleted where nobody but a webhook, which may be lost, tells so."""

    @property
    def now(self) -> str:
        return self.versions[-1]


@dataclass(frozen=True, slots=True)
class Filed:
    item: tuple[str, str]
    readers: Readers
    name: str


@dataclass(frozen=True, slots=True)
class Gave:
    """Somebody gave a field a value, in the place of the one that they saw there."""

    item: tuple[str, str]
    name: str
    value: str
    instead_of: str


@dataclass(slots=True)
class Report:
    """An item that people made, with a token in its title that stays there."""

    token: str
    item: tuple[str, str]
    values: Mapping[str, str]
    """Of the fields, when it was made."""
    due: set[str] = field(default_factory=set)
    """The labels for which it must have a mirror."""
    perhaps: set[str] = field(default_factory=set)
    """Those for which it may have one."""
    cut: set[str] = field(default_factory=set)
    """Those whose link somebody took apart."""


@dataclass(slots=True)
class Deeds:
    """Everything that people did."""

    reports: list[Report] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    filed: list[Filed] = field(default_factory=list)
    gave: list[Gave] = field(default_factory=list)
    labelled: list[tuple[tuple[str, str], str]] = field(default_factory=list)
    unlabelled: set[str] = field(default_factory=set)
    asked: list[tuple[str, str]] = field(default_factory=list)
    """The items in which people of the team commanded something, once for each comment."""


# -- judging -------------------------------------------------------------------------------------------------

TOLD = re.compile(r"Both ends changed (\w+), and nothing was overwritten: ")
SETTLED = re.compile(r"(\w+) of (\S+) and (\S+) is settled\.")
WORD = re.compile(r"[^\W_]+")
ANSWER = "Loopwright:"


@dataclass(slots=True)
class Pair:
    report: Report
    promise: Promise
    source: Shown
    mirror: Shown

    @property
    def cut(self) -> bool:
        return self.promise.label in self.report.cut

    def __str__(self) -> str:
        return f"{self.source.key} and {self.mirror.key} ({self.report.token})"


def complaints(
    promises: Sequence[Promise], deeds: Deeds, shown: Iterable[Shown], mailed: Sequence[str] = ()
) -> list[str]:
    """What does not hold, each in a sentence; ``mailed`` is what customers got. Empty when all does."""
    return list(Judge(promises, deeds, list(shown), mailed).all())


class Judge:
    def __init__(
        self, promises: Sequence[Promise], deeds: Deeds, shown: Sequence[Shown], mailed: Sequence[str] = ()
    ) -> None:
        self.mailed = mailed
        self.promises = promises
        self.deeds = deeds
        self.items = {(one.tool, one.id): one for one in shown}
        self.pairs: list[Pair] = []
        self.said: dict[tuple[str, str], list[Said]] = defaultdict(list)
        for said in deeds.said:
            self.said[said.item].append(said)

    def all(self) -> Iterator[str]:
        yield from self.mirrors()
        yield from self.comments()
        yield from self.order()
        yield from self.files()
        yield from self.leaks()
        for pair in self.pairs:
            if not pair.cut:
                yield from self.labels(pair)
                for name in pair.promise.fields:
                    yield from self.agreement(pair, name)
        yield from self.lost_edits()

    # each report has exactly one mirror, and nothing else was made

    def mirrors(self) -> Iterator[str]:
        accounted = {report.item for report in self.deeds.reports}
        ours: dict[Place, list[Shown]] = defaultdict(list)
        for one in self.items.values():
            if one.ours:
                ours[one.place].append(one)
        for report in self.deeds.reports:
            source = self.items.get(report.item)
            if source is None:
                yield f"{report.token} is gone, and nobody deleted it"
                continue
            if source.ours:
                yield f"{report.token} bears our name"
            for promise in self.promises:
                found = [one for one in ours[promise.to] if report.token in one.fields["title"].split()]
                accounted |= {(one.tool, one.id) for one in found}
                least = 1 if promise.label in report.due else 0
                most = 1 if promise.label in report.due | report.perhaps else 0
                if not least <= len(found) <= most:
                    yield f"{report.token} has {len(found)} mirrors in {promise.to}, not {least} to {most}"
                self.pairs += [Pair(report, promise, source, one) for one in found]
        for item in self.items.keys() - accounted:
            yield f"{item} was made by nobody: {self.items[item].fields['title']}"

    # every comment of a person is at the other end once, and nothing else is

    def comments(self) -> Iterator[str]:
        for said in self.deeds.said:
            here = self.items.get(said.item)
            wanted = 0 if said.deleted else 1
            if here and sum(said.now in one.text for one in here.comments if not one.ours) != wanted:
                yield f"{said.now} is not {wanted} times where it was said, {here.key}"
        for pair in self.pairs:
            for here, there in ((pair.source, pair.mirror), (pair.mirror, pair.source)):
                for said in self._said_at(here):
                    yield from self.copies(pair, said, there)
        others: dict[tuple[str, str], list[Shown]] = defaultdict(list)
        for pair in self.pairs:
            others[pair.source.tool, pair.source.id].append(pair.mirror)
            others[pair.mirror.tool, pair.mirror.id].append(pair.source)
        for item in self.items.values():
            yield from self.nothing_else(item, others[item.tool, item.id])

    def copies(self, pair: Pair, said: Said, there: Shown) -> Iterator[str]:
        goes = WIDTH[said.readers] >= WIDTH[pair.promise.copies]
        for number, word in enumerate(said.versions):
            found = [one for one in there.comments if one.ours and word in one.text]
            latest = number == len(said.versions) - 1
            stays = goes and (not said.deleted or said.untold or pair.cut)
            if len(found) > (1 if stays else 0):
                yield f"{word} of {pair} is {len(found)} times in {there.key}"
            if latest and goes and not found and not pair.cut and not said.deleted:
                yield f"{word} of {pair} is not in {there.key}"
            for one in found:
                if WIDTH[one.readers] > WIDTH[pair.promise.copies]:
                    yield f"{word} of {pair} is {one.readers} in {there.key}"

    def nothing_else(self, item: Shown, others: Sequence[Shown]) -> Iterator[str]:
        words = [word for other in others for said in self._said_at(other) for word in said.versions]
        answers = 0
        for one in item.comments:
            if not one.ours:
                continue
            answers += one.text.startswith(ANSWER)
            if _for_the_team(one.text):
                if one.readers != "internal":
                    yield f"what is for the team is {one.readers} in {item.key}: {one.text!r}"
            elif not any(word in one.text for word in words):
                yield f"nobody said what is in {item.key}: {one.text!r}"
        asked = self.deeds.asked.count((item.tool, item.id))
        if answers != (asked if item.readers != "public" else 0):
            yield f"{item.key} has {answers} answers to {asked} commands"

    def order(self) -> Iterator[str]:
        """What nobody edited stands in the order in which it was said."""
        for pair in self.pairs:
            for here, there in ((pair.source, pair.mirror), (pair.mirror, pair.source)):
                words = [
                    said.now for said in self._said_at(here) if len(said.versions) == 1 and not said.deleted
                ]
                ours = [one.text for one in there.comments if one.ours]
                found = [word for text in ours for word in words if word in text]
                if found != [word for word in words if word in found]:
                    yield f"{pair}: {found} are out of order in {there.key}"

    # files

    def files(self) -> Iterator[str]:
        for pair in self.pairs:
            for here, there in ((pair.source, pair.mirror), (pair.mirror, pair.source)):
                filed = [one for one in self.deeds.filed if one.item == (here.tool, here.id)]
                for one in filed:
                    found = sum(file.name == one.name for file in there.files)
                    if found > 1 or (not found and pair.promise.files and not pair.cut):
                        yield f"{one.name} of {pair} is {found} times in {there.key}"
        people = {one.name for one in self.deeds.filed}
        for item in self.items.values():
            for name in sorted({file.name for file in item.files} - people):
                yield f"nobody attached {name} of {item.key}"

    # what is for few is read by few

    def leaks(self) -> Iterator[str]:
        meant = {word: said.readers for said in self.deeds.said for word in said.versions}
        meant |= {_stem(file.name): file.readers for file in self.deeds.filed}
        for item in self.items.values():
            for place, text, readers in _everything_in(item):
                for word in meant.keys() & WORD.findall(text):
                    if WIDTH[readers] > WIDTH[meant[word]]:
                        yield f"{word} is for {meant[word]} and read by {readers}: {place} of {item.key}"
        for word in {word for mail in self.mailed for word in WORD.findall(mail)} & meant.keys():
            if meant[word] == "internal":
                yield f"{word} is for the team, and a customer was mailed it"

    # kept fields agree, or the conflict is told

    def agreement(self, pair: Pair, name: str) -> Iterator[str]:
        forth = pair.promise.fields[name]
        source, mirror = pair.source.fields[name], pair.mirror.fields[name]
        agree = forth.get(source, source) == mirror
        unknown = _unmapped(pair.promise, name, {source, mirror})
        told = self._told(pair, name)
        standing = False
        for end, sequence in told.items():
            if any(one == two for one, two in itertools.pairwise(sequence)):
                yield f"{pair}: {name} is told as {sequence} in {end}"
            if sequence[:1] == ["settled"]:
                yield f"{pair}: {name} is settled before it was a conflict in {end}"
            standing |= sequence[-1:] == ["differs"]
        if agree and standing and not unknown:
            yield f"{pair}: {name} agrees, and is told as a conflict"
        if not (agree or unknown or (standing and name in pair.promise.held)):
            yield f"{pair}: {name} is {source!r} and {mirror!r}, and nobody is told"

    def _told(self, pair: Pair, name: str) -> dict[str, list[str]]:
        """By end: what was said there of this field of this pair, in order."""
        found: dict[str, list[str]] = defaultdict(list)
        for item in (pair.source, pair.mirror):
            for one in item.comments:
                if not (one.ours and pair.source.key in one.text and pair.mirror.key in one.text):
                    continue
                if (hit := TOLD.search(one.text)) and hit[1] == name:
                    found[item.key].append("differs")
                elif (hit := SETTLED.search(one.text)) and hit[1] == name:
                    found[item.key].append("settled")
        return found

    def lost_edits(self) -> Iterator[str]:
        """Where nobody has to decide any more, whoever gave the value that stands saw what was there before.

        Each value leads back to the one in whose place it was given. Those that do not lead from the value
        that stands were overwritten by somebody who had not seen them.
        """
        for report in self.deeds.reports:
            pairs = [pair for pair in self.pairs if pair.report is report]
            items = {report.item, *((pair.mirror.tool, pair.mirror.id) for pair in pairs)}
            for name in sorted({name for pair in pairs for name in pair.promise.fields}):
                kept = [pair for pair in pairs if name in pair.promise.fields]
                gave = [one for one in self.deeds.gave if one.item in items and one.name == name]
                values = {value for one in gave for value in (one.value, one.instead_of)}
                if not any(_unmapped(pair.promise, name, values) for pair in kept):
                    strict = not any(self._may_lose(pair, name) for pair in kept)
                    yield from self._lost(report, name, kept, gave, strict=strict)

    def _may_lose(self, pair: Pair, name: str) -> bool:
        """Whether the rule says who wins, or a person has still to say so."""
        return pair.cut or name not in pair.promise.held or "differs" in _last(self._told(pair, name))

    def _lost(
        self, report: Report, name: str, kept: Sequence[Pair], gave: Sequence[Gave], *, strict: bool
    ) -> Iterator[str]:
        maps = {key: value for pair in kept for key, value in pair.promise.fields[name].items()}
        before: dict[str, set[str]] = defaultdict(set)
        for one in gave:
            before[maps.get(one.value, one.value)].add(maps.get(one.instead_of, one.instead_of))
        stands = maps.get(shown := self.items[report.item].fields[name], shown)
        seen, new = set[str](), {stands}
        while new:
            seen |= new
            new = {one for value in new for one in before.get(value, set())} - seen
        first = report.values[name]
        if strict and (lost := before.keys() - seen):
            yield f"{report.token}: {name} is {stands!r}, and nobody who gave it saw {sorted(lost)}"
        if stands not in {*before, maps.get(first, first)}:
            yield f"{report.token}: nobody gave {name} the value {stands!r}"

    def labels(self, pair: Pair) -> Iterator[str]:
        if not pair.promise.labels:
            return
        ends = {(pair.source.tool, pair.source.id), (pair.mirror.tool, pair.mirror.id)}
        for item, label in self.deeds.labelled:
            if item not in ends:
                continue
            at = label in pair.source.labels, label in pair.mirror.labels
            wanted = label not in self.deeds.unlabelled
            if at != (wanted, wanted):
                yield f"{pair}: label {label} is {at}, and people want it: {wanted}"

    # -- looking around --------------------------------------------------------------------------------------

    def _said_at(self, item: Shown) -> list[Said]:
        return self.said[item.tool, item.id]


def _stem(name: str) -> str:
    return name.partition(".")[0]


def _for_the_team(text: str) -> bool:
    return bool(text.startswith(ANSWER) or TOLD.search(text) or SETTLED.search(text))


def _unmapped(promise: Promise, name: str, values: set[str]) -> bool:
    """Whether one of the values has no counterpart, or not at all times: then the field is left alone."""
    forth = promise.fields[name]
    sure = {one: other for one, other in forth.items() if one not in promise.at_times}
    return bool(forth) and not values <= {*sure, *sure.values()}


def _last(told: Mapping[str, Sequence[str]]) -> set[str]:
    return {sequence[-1] for sequence in told.values() if sequence}


def _everything_in(item: Shown) -> Iterator[tuple[str, str, Readers]]:
    """Every text of an item, where it stands and who reads it."""
    yield "body", item.body, item.readers
    for name, value in item.fields.items():
        yield name, value, item.readers
    for comment in item.comments:
        yield "a comment", comment.text, comment.readers
    for file in item.files:
        yield "a file", file.name, file.readers
