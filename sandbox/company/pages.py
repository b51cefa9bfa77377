"""The Notion databases: requirements in all states of completeness, the roadmap, and feedback."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sandbox.company import calendar
from sandbox.company.facts import facts
from sandbox.company.model import Agent, Customer, Database, Page, Post
from sandbox.company.writing import Family, Requirements, families, pages

PRDS = Database("PRDs", "prds", ("Draft", "In Review", "Approved", "Archived"))
ROADMAP = Database("Roadmap", "roadmap", ("Later", "Next", "Now", "Shipped"))
FEEDBACK = Database("Feedback", "feedback", ("New", "Under Review", "Planned", "Shipped", "Declined"))
DATABASES = (PRDS, ROADMAP, FEEDBACK)
_DRAFTS = 16
_ROADMAP = 24
_FEEDBACK = 32
_SOURCES = ("Support ticket", "Sales call", "Interview", "Survey", "Conference", "Account review")
_REMARKS = (
    "Do we have numbers for this?",
    "Agreed in the product round.",
    "@{product} could you set a review date?",
    "This overlaps with another one, let's talk.",
    "Legal has no objections.",
    "Nice and short. Approved from my side.",
    "Which customers did we ask?",
)
_FEEDBACK_REMARKS = (
    "Heard the same last week.",
    "@{product} is this the one from the survey?",
    "Linked to the roadmap.",
    "Asked for an example.",
    "Third one of this kind.",
)


def make_pages(random: Random, customers: Sequence[Customer], agents: Sequence[Agent]) -> tuple[Page, ...]:
    """All pages, oldest first."""
    owners = [agent.name for agent in agents if agent.role == "product"]
    written = [_requirements(random, entry, owners) for entry in pages().prd]
    ideas = [(idea.area, title) for idea in pages().idea for title in idea.titles]
    written += [_draft(random, area, title, owners) for area, title in random.sample(ideas, _DRAFTS)]
    written += [_plan(random, area, title, owners) for area, title in random.sample(ideas, _ROADMAP)]
    heard = [family for family in families() if family.kind == "request"] + [
        family for family in families() if family.kind == "bug" and family.fixed is None
    ]
    written += [_feedback(random, heard[index % len(heard)], customers, owners) for index in range(_FEEDBACK)]
    return tuple(sorted(written, key=lambda page: page.created))


def _bullets(lines: Sequence[str], mark: str = "-") -> str:
    return "\n".join(f"{mark} {line}" for line in lines)


def _remarks(
    random: Random, created: datetime, owners: Sequence[str], lines: Sequence[str] = _REMARKS
) -> tuple[Post, ...]:
    posts, moment = [], created
    for text in random.sample(lines, random.choice((0, 0, 1, 2))):
        moment = calendar.after(random, moment, 60)
        if moment < calendar.END:
            text = text.replace("{product}", random.choice(owners).split()[0])
            posts.append(Post(random.choice(owners), moment, text, internal=True))
    return tuple(posts)


def _review(random: Random) -> str:
    """A review date; some are over, which a standard may complain about."""
    return (calendar.END + timedelta(days=random.randint(-40, 90))).date().isoformat()


def _requirements(random: Random, entry: Requirements, owners: Sequence[str]) -> Page:
    """A document that has every section."""
    sections = {
        "Problem": entry.problem,
        "Goals": _bullets(entry.goals),
        "Non-goals": _bullets(entry.non_goals),
        "Success metrics": _bullets(entry.metrics),
        "Rollout plan": "\n".join(f"{number}. {step}" for number, step in enumerate(entry.rollout, 1)),
    }
    created = calendar.between(random, calendar.BEGIN, calendar.ago(20))
    return Page(
        database=PRDS.name,
        title=f"PRD: {entry.title}",
        body="\n\n".join(f"## {title}\n\n{text}" for title, text in sections.items()),
        status=random.choice(("In Review", "Approved", "Approved")),
        owner=random.choice(owners),
        created=created,
        properties={"Type": "PRD", "Product area": entry.area, "Review date": _review(random)},
        posts=_remarks(random, created, owners),
    )


def _draft(random: Random, area: str, title: str, owners: Sequence[str]) -> Page:
    """A document as it is in real life: sections missing or renamed, levels and lists as it came."""
    heading = random.choice(("##", "##", "#", "###"))
    mark = random.choice(("-", "*", "+"))
    wishes = [family for family in families() if family.area == area]
    told = [text for family in wishes for text in family.told if "{" not in text] or ["To be written."]
    sections = [
        ("Problem", random.choice(told)),
        (
            random.choice(("Goals", "Objectives")),
            _bullets([wish.engineering or wish.titles[0] for wish in wishes[:3]], mark),
        ),
        ("Non-goals", _bullets(["Everything else"], mark)),
        ("Success metrics", "TBD"),
        ("Open questions", _bullets(["Which plans get it?", "Do we have to migrate anything?"], mark)),
    ]
    kept = [section for index, section in enumerate(sections) if index == 0 or random.random() < 0.6]
    created = calendar.between(random, calendar.BEGIN, calendar.END)
    properties = {"Type": "PRD", "Product area": area}
    if random.random() < 0.4:
        properties["Review date"] = _review(random)
    return Page(
        database=PRDS.name,
        title=random.choice((f"PRD: {title}", title, f"[WIP] {title}")),
        body="\n\n".join(f"{heading} {name}\n\n{text}" for name, text in kept),
        status=random.choice(("Draft", "Draft", "In Review", "Archived")),
        owner=random.choice(owners),
        created=created,
        properties=properties,
        posts=_remarks(random, created, owners),
    )


def _plan(random: Random, area: str, title: str, owners: Sequence[str]) -> Page:
    status = random.choices(ROADMAP.statuses, weights=(4, 4, 3, 2))[0]
    quarter = {"Later": "2027 Q3", "Next": "2027 Q1", "Now": "2026 Q4", "Shipped": "2026 Q3"}[status]
    votes = random.randint(2, 40)
    body = (
        f"{votes} customers have asked for this. See the PRD for the details.\n\n## Why now\n\n"
        + random.choice(
            (
                "It comes up in every second renewal call.",
                "Support spends a day a week on the consequences.",
                "It's small, and it's been promised twice.",
                "Needed before the enterprise launch.",
            )
        )
    )
    created = calendar.between(random, calendar.BEGIN, calendar.ago(10))
    properties = {"Product area": area, "Quarter": quarter, "Effort": random.choice(("S", "M", "L", "XL"))}
    return Page(ROADMAP.name, title, body, status, random.choice(owners), created, properties)


def _feedback(random: Random, family: Family, customers: Sequence[Customer], owners: Sequence[str]) -> Page:
    customer = random.choice([customer for customer in customers if customer.plan != "free"])
    contact = random.choice(customer.contacts)
    created = calendar.between(random, calendar.ago(family.since), calendar.END)
    staff = {role: random.choice(owners).split()[0] for role in ("engineer", "product")}
    particulars = facts(random, created, customer, contact, staff)
    title, told = next(family.subjects(random))
    body = random.choice(
        (
            f"> {told}\n\n{contact}, {customer.name}",
            f"{told}\n\nHeard in a call with {contact}.",
            f"{told}\n\n**Impact:** {random.choice(family.impacts)}",
        )
    )
    return Page(
        database=FEEDBACK.name,
        title=particulars.fill(title),
        body=particulars.fill(body),
        status=random.choices(FEEDBACK.statuses, weights=(6, 4, 3, 1, 1))[0],
        owner=random.choice(owners),
        created=created,
        properties={
            "Product area": family.area,
            "Customer": customer.name,
            "Plan": customer.plan.capitalize(),
            "Source": random.choice(_SOURCES),
        },
        posts=_remarks(random, created, owners, _FEEDBACK_REMARKS),
        family=family.key,
    )
