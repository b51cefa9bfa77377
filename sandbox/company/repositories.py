"""The GitHub repositories: the private one of the app, and the public one of the SDK with its strangers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sandbox.company import calendar
from sandbox.company.facts import facts
from sandbox.company.model import Agent, Customer, Post, Repository, RepositoryIssue
from sandbox.company.writing import Code, CodeFamily, CodeWork, Family, code, families, names, talk

OWNER = "northwind-soft"
APP = Repository(OWNER, "app", private=True)
SDK = Repository(OWNER, "sdk", private=False)
_APP_COUNT = 118
_SDK_COUNT = 132
_VERSIONS = ("Yes, same with {sdk}.", "It happens on main as well.", "Python 3.13, {os}.", "Still there.")
_OPENINGS = {
    "bug": (
        ("Thanks for the report! Does it also happen with {sdk}?", *_VERSIONS),
        ("Good catch, thank you. Could you try the main branch?", *_VERSIONS),
        (
            "Thanks, that's clearly a bug. Is it a production workspace?",
            "It is.",
            "No, a test one.",
            *_VERSIONS,
        ),
    ),
    "enhancement": (
        (
            "I like it. Would you send a pull request?",
            "Gladly, give me a week.",
            "I'd need a hint where to start.",
        ),
        ("What would the call look like in your code?", "One line, ideally.", "Like the one for boards."),
    ),
    "question": (
        ("Have you seen the guide on this?", "I hadn't, thanks!", "Yes, it stops right before this case."),
        ("In short: yes. I'll add it to the docs.", "Perfect, thank you.", "Great, that helps."),
    ),
    "documentation": (
        ("Thanks! A pull request would be very welcome.", "On its way.", "Done, see the linked one."),
        (
            "You're right, that's misleading.",
            "Happy to review the new wording.",
            "Thanks for the quick reply.",
        ),
    ),
}
_ME_TOO = {
    "bug": (
        "+1",
        "Same here with {sdk}.",
        "We hit this as well, in production.",
        "Any workaround?",
        "Can confirm on {os}.",
    ),
    "enhancement": ("+1", "We'd use this.", "Subscribed.", "This would remove a hundred lines on our side."),
    "question": ("I'd like to know this as well.", "Same question here."),
}
_ENDS = {
    "bug": (
        "Fixed on main, will be in the next release.",
        "Released as part of {sdk}.",
        "Merged, thank you!",
    ),
    "enhancement": ("Merged, thank you!", "Out of scope for now, sorry.", "Available from {sdk} on."),
    "question": ("Closing as answered, feel free to reopen.",),
}


@dataclass(frozen=True, slots=True)
class _Sketch:
    """An issue before its particulars are filled in."""

    repository: Repository
    title: str
    body: str
    labels: tuple[str, ...]
    created: datetime
    family: str = ""
    cause: str = ""


def make_repository_issues(
    random: Random, customers: Sequence[Customer], agents: Sequence[Agent]
) -> tuple[RepositoryIssue, ...]:
    """The issues of both repositories, oldest first."""
    sketches = _app(random, _APP_COUNT) + _sdk(random, _SDK_COUNT)
    sketches.sort(key=lambda sketch: sketch.created)
    engineers = [agent.name for agent in agents if agent.role == "engineer"]
    return tuple(_finish(random, sketch, customers, engineers) for sketch in sketches)


def _app(random: Random, count: int) -> list[_Sketch]:
    sketches = [_of_problem(random, family) for family in families() if family.kind == "bug"]
    return sketches + _others(random, APP, code("app"), count - len(sketches))


def _sdk(random: Random, count: int) -> list[_Sketch]:
    written = code("sdk")
    sketches = [sketch for family in written.family for sketch in _of_code_family(random, family)]
    return sketches + _others(random, SDK, written, count - len(sketches))


def _of_problem(random: Random, family: Family) -> _Sketch:
    """The place in the code where a customers' problem comes from."""
    log = f"\n\n```\n{family.error}\n```" if family.error else ""
    body = f"{family.cause}{log}\n\nSeen by customers since {{web}}, see the tracker for their side."
    created = calendar.office(random, calendar.ago(max(family.since - random.uniform(3, 9), 1)))
    return _Sketch(APP, family.engineering, body, ("bug",), created, family.key, family.cause)


def _of_code_family(random: Random, family: CodeFamily) -> list[_Sketch]:
    since = random.uniform(30, 110)
    language = "ts" if "import {" in family.code else "python"
    sketches = []
    for index in range(family.size):
        told = family.told[index % len(family.told)]
        example = f"\n\n```{language}\n{family.code}\n```" if random.random() < 0.75 else ""
        version = random.choice(("\n\nVersion {sdk}, {os}.", "\n\n**Version:** {sdk}\n**OS:** {os}", ""))
        created = calendar.between(random, calendar.ago(since), calendar.END, early=True)
        body = f"{told}{example}{version}"
        labels = ("bug",) if random.random() < 0.8 else ()
        sketches.append(
            _Sketch(
                SDK,
                family.titles[index % len(family.titles)],
                body,
                labels,
                created,
                family.key,
                family.cause,
            )
        )
    return sketches


def _others(random: Random, repository: Repository, written: Code, count: int) -> list[_Sketch]:
    entries = [(entry, value) for entry in written.work for value in entry.each]
    return [_of_work(random, repository, entry, value) for entry, value in random.sample(entries, count)]


def _of_work(random: Random, repository: Repository, entry: CodeWork, value: str) -> _Sketch:
    created = calendar.between(random, calendar.BEGIN, calendar.END)
    body = " ".join(random.sample(entry.told, random.choice((1, 1, 2))))
    return _Sketch(repository, entry.title.replace("{x}", value), body, entry.labels, created)


def _finish(
    random: Random, sketch: _Sketch, customers: Sequence[Customer], engineers: Sequence[str]
) -> RepositoryIssue:
    customer = random.choice(customers)
    engineer, other = random.sample(list(engineers), 2)
    staff = {"engineer": other.split()[0], "product": other.split()[0]}
    particulars = facts(random, sketch.created, customer, customer.contacts[0], staff)
    public = not sketch.repository.private
    author = random.choice(names().logins) if public and random.random() < 0.85 else engineer
    age = (calendar.END - sketch.created).days
    closed = random.random() < (0.15 if age < 14 else 0.5 if age < 50 else 0.75)
    said: list[tuple[str, str]]
    if public:
        said = _public_talk(random, author, engineer, sketch, closed)
    else:
        lines = random.sample(talk().tasks, random.choice((0, 1, 1, 2)))
        said = [(random.choice((engineer, other)), line) for line in lines]
    posts, moment = [], sketch.created
    for name, text in said:
        moment = calendar.after(random, moment, 40)
        if moment >= calendar.END:
            closed = False
            break
        posts.append(Post(name, moment, particulars.fill(text)))
    return RepositoryIssue(
        repository=f"{OWNER}/{sketch.repository.name}",
        title=particulars.fill(sketch.title),
        body=particulars.fill(sketch.body),
        state="closed" if closed else "open",
        author=author,
        created=sketch.created,
        labels=tuple(sorted(sketch.labels)),
        posts=tuple(posts),
        family=sketch.family,
    )


def _public_talk(
    random: Random, author: str, engineer: str, sketch: _Sketch, closed: bool
) -> list[tuple[str, str]]:
    topic = sketch.labels[0] if sketch.labels else "bug"
    said = []
    if author != engineer and topic in _OPENINGS and random.random() < 0.65:
        opening, *replies = random.choice(_OPENINGS[topic])
        said += [(engineer, opening), (author, random.choice(replies))]
    if sketch.cause and random.random() < 0.6:
        said.append((engineer, sketch.cause))
    if topic in _ME_TOO and random.random() < 0.35:
        said.append((random.choice(names().logins), random.choice(_ME_TOO[topic])))
    if closed:
        said.append((engineer, random.choice(_ENDS.get(topic, ("Merged.", "Done.")))))
    return said
