"""What the company's people and customers write, read from ``writing/*.toml`` into typed records.

The prose is data; how it is put together is in the modules beside this one. ``{slots}`` in the prose are
filled by :mod:`sandbox.company.facts`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from random import Random
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict

Kind = Literal["bug", "question", "request"]


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Family(_Written):
    """One underlying problem, question or wish, as several customers would tell it."""

    key: str
    kind: Kind
    area: str
    """The product area."""
    impacts: tuple[str, ...]
    size: int
    """How many customers write about it."""
    since: int
    """Days before the end on which it was first heard of."""
    fixed: int | None = None
    """Days before the end on which a fix was released."""
    project: str | None = None
    """The Jira project of its engineering issue."""
    engineering: str = ""
    """The title of that issue."""
    titles: tuple[str, ...]
    told: tuple[str, ...]
    """How customers tell it; see :meth:`subjects` for which title goes with which."""
    steps: tuple[str, ...] = ()
    expected: str = ""
    actual: str = ""
    error: str = ""
    asks: tuple[str, ...]
    """What support asks back."""
    answers: tuple[str, ...]
    """The answers: the nth goes with the nth question, further ones with the first."""
    cause: str = ""
    fix: str = ""
    workaround: str

    def subjects(self, random: Random) -> Iterator[tuple[str, str]]:
        """Endless pairs of a title and a story, none repeated before it must be.

        The nth title of a question or a request belongs to its nth story; those of a bug fit any.
        """
        while True:
            stories = list(range(len(self.told)))
            random.shuffle(stories)
            titles = random.sample(self.titles, len(self.titles))
            for turn, story in enumerate(stories):
                title = titles[turn % len(titles)] if self.kind == "bug" else self.titles[story]
                yield title, self.told[story]


class Letter(_Written):
    """A ticket that belongs to no family."""

    area: str
    title: str
    body: str
    reply: str


class Voice(_Written):
    """The phrases around the heart of a letter, and what is said in answer to it."""

    greetings: tuple[str, ...]
    closings: tuple[str, ...]
    asks: tuple[str, ...]
    question_asks: tuple[str, ...]
    tried: tuple[str, ...]
    circumstances: tuple[str, ...]
    forwards: tuple[str, ...]
    follow_ups: tuple[str, ...]
    urgent_follow_ups: tuple[str, ...]
    acknowledgements: tuple[str, ...]
    question_acknowledgements: tuple[str, ...]
    known: tuple[str, ...]
    workarounds: tuple[str, ...]
    delays: tuple[str, ...]
    worked: tuple[str, ...]
    failed: tuple[str, ...]
    fixed: tuple[str, ...]
    confirmed: tuple[str, ...]
    wish_replies: tuple[str, ...]
    """What support says to a wish; the nth of ``wish_answers`` goes with the nth of these."""
    wish_answers: tuple[str, ...]
    accepted: tuple[str, ...]
    answered: tuple[str, ...]
    notes: tuple[str, ...]
    account_notes: tuple[str, ...]
    """Notes about customers who pay."""
    known_notes: tuple[str, ...]
    fixed_notes: tuple[str, ...]


class Names(_Written):
    first: tuple[str, ...]
    last: tuple[str, ...]
    company_first: tuple[str, ...]
    company_last: tuple[str, ...]
    customer_projects: tuple[str, ...]
    browsers: tuple[str, ...]
    systems: tuple[str, ...]
    phones: tuple[str, ...]
    logins: tuple[str, ...]


class Work(_Written):
    """Engineering work without a customer behind it: one issue for every value of ``each``."""

    project: str
    type: str
    title: str
    each: tuple[str, ...]
    body: str
    done: tuple[str, ...]
    labels: tuple[str, ...] = ()


class Talk(_Written):
    """What engineers write below issues."""

    start: tuple[str, ...]
    found: tuple[str, ...]
    middle: tuple[str, ...]
    finish: tuple[str, ...]
    done: tuple[str, ...]
    sup: tuple[str, ...]
    tasks: tuple[str, ...]


class CodeFamily(_Written):
    """One defect of the public SDK, as several of its users report it."""

    key: str
    size: int
    titles: tuple[str, ...]
    told: tuple[str, ...]
    code: str
    cause: str


class CodeWork(_Written):
    """Issues of a repository that belong to no family."""

    title: str
    each: tuple[str, ...]
    told: tuple[str, ...]
    labels: tuple[str, ...]


class Requirements(_Written):
    """A product requirements document."""

    title: str
    area: str
    problem: str
    goals: tuple[str, ...]
    non_goals: tuple[str, ...]
    metrics: tuple[str, ...]
    rollout: tuple[str, ...]


class Idea(_Written):
    """Titles for the roadmap, by product area."""

    area: str
    titles: tuple[str, ...]


class _Oneoffs(_Written):
    letter: tuple[Letter, ...]


class _Tracker(_Written):
    work: tuple[Work, ...]


class Code(_Written):
    """What is written on one repository."""

    family: tuple[CodeFamily, ...] = ()
    work: tuple[CodeWork, ...]


class Pages(_Written):
    prd: tuple[Requirements, ...]
    idea: tuple[Idea, ...]


M = TypeVar("M", bound=_Written)
_FOLDER = files("sandbox.company") / "writing"


def _read(model: type[M], name: str) -> M:
    return model.model_validate(tomllib.loads((_FOLDER / name).read_text(encoding="utf-8")))


@cache
def families() -> tuple[Family, ...]:
    """All families, in the order of their areas' names."""
    found: list[Family] = []
    for file in sorted((_FOLDER / "problems").iterdir(), key=lambda entry: entry.name):
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        common = {"area": content["area"], "impacts": content["impacts"]}
        found += [Family.model_validate(common | entry) for entry in content["family"]]
    return tuple(found)


@cache
def letters() -> tuple[Letter, ...]:
    return _read(_Oneoffs, "oneoffs.toml").letter


@cache
def voice() -> Voice:
    return _read(Voice, "voice.toml")


@cache
def names() -> Names:
    return _read(Names, "names.toml")


@cache
def work() -> tuple[Work, ...]:
    return _read(_Tracker, "tracker.toml").work


@cache
def talk() -> Talk:
    return _read(Talk, "talk.toml")


@cache
def code(repository: Literal["app", "sdk"]) -> Code:
    return _read(Code, f"{repository}.toml")


@cache
def pages() -> Pages:
    return _read(Pages, "pages.toml")
