"""The support desk: tickets, and the conversations below them.

A conversation is a script of turns that runs from the first letter until the end of the company's time; the
ticket's status is whatever the script had reached by then, so that status, age and last word always agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Literal

from sandbox.company import calendar, mail
from sandbox.company.facts import Facts, facts
from sandbox.company.letters import first_letter
from sandbox.company.model import Agent, Customer, Post, Ticket
from sandbox.company.writing import Family, Letter, families, letters, voice

By = Literal["customer", "agent", "note"]
_SINCE_SOLVED = timedelta(days=28)
_WEIGHT = {"free": 2, "team": 4, "business": 6, "enterprise": 9}
_MAIL_SHARE = 0.3
_RECENT = calendar.ago(2.5)


@dataclass(frozen=True, slots=True)
class _Turn:
    by: By
    text: str
    hours: float
    """About how long after the turn before."""
    not_before: datetime | None = None
    leaves: str = ""
    """The status that the ticket has after it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a ticket is made from besides its family."""

    customers: Sequence[Customer]
    agents: Sequence[Agent]
    known: Mapping[str, tuple[str, datetime]]
    """By family: the key of its engineering issue, and since when it exists."""

    def _one(self, random: Random, role: str) -> str:
        return random.choice([agent.name for agent in self.agents if agent.role == role])

    def customer(self, random: Random, area: str = "") -> Customer:
        """Somebody who writes in, larger customers more often; free plans have no SSO and no invoices."""
        paying = area in {"SSO", "Billing"}
        weights = [0 if paying and one.plan == "free" else _WEIGHT[one.plan] for one in self.customers]
        return random.choices(self.customers, weights=weights)[0]

    def facts(self, random: Random, moment: datetime, customer: Customer, contact: str) -> Facts:
        staff = {role: self._one(random, role) for role in ("engineer", "product")}
        return facts(
            random,
            moment,
            customer,
            contact,
            {
                "agent": self._one(random, "support"),
                "colleague_agent": self._one(random, "support").split()[0],
                "engineer": staff["engineer"].split()[0],
                "product": staff["product"].split()[0],
            },
        )


def make_tickets(random: Random, desk: Desk) -> tuple[Ticket, ...]:
    """All tickets, oldest first."""
    made = [ticket for family in families() for ticket in _of_family(random, family, desk)]
    made += [_of_letter(random, letter, desk) for letter in letters()]
    return tuple(sorted(made, key=lambda ticket: ticket.created))


def _of_family(random: Random, family: Family, desk: Desk) -> Iterator[Ticket]:
    subjects = family.subjects(random)
    times = sorted(_times(random, family))
    writers: set[str] = set()
    for created in times:
        customer = desk.customer(random, family.area)
        while customer.name in writers and random.random() < 0.9:
            customer = desk.customer(random, family.area)
        writers.add(customer.name)
        contact = random.choice(customer.contacts)
        particulars = desk.facts(random, created, customer, contact).also(
            workaround=family.workaround, cause=family.cause, impact=random.choice(family.impacts)
        )
        subject, told = next(subjects)
        body = first_letter(random, family, told, particulars)
        turns = _script(random, family, desk.known.get(family.key), paying=customer.arr > 0)
        ticket = Ticket(
            title=_title(random, particulars.fill(subject)),
            body=body,
            customer=customer.name,
            contact=contact,
            created=created,
            status="new",
            priority=_priority(random, family, customer),
            type={"bug": random.choice(("problem", "incident")), "question": "question", "request": "task"}[
                family.kind
            ],
            assignee=particulars.values["agent"],
            product_area=family.area,
            labels=_labels(random, family, customer),
            family=family.key,
        )
        yield _told(random, ticket, turns, particulars, customer)


def _times(random: Random, family: Family) -> Iterator[datetime]:
    """When its customers write: most soon after it appeared, some of them just now if it isn't over."""
    first, last = calendar.ago(family.since), calendar.ago(max((family.fixed or 0) - 1, 0))
    for _ in range(round(family.size * 1.12)):
        just_now = last > _RECENT and random.random() < 0.07
        early = family.kind == "bug" and not just_now
        yield calendar.between(random, _RECENT if just_now else first, last, early=early)


def _of_letter(random: Random, letter: Letter, desk: Desk) -> Ticket:
    customer = desk.customer(random, letter.area)
    contact = random.choice(customer.contacts)
    created = calendar.between(random, calendar.BEGIN, calendar.END)
    particulars = desk.facts(random, created, customer, contact).also(impact="", cause="", workaround="")
    words = voice()
    greeting = f"{random.choice(words.greetings)}\n\n" if random.random() < 0.6 else ""
    closing = f"\n\n{random.choice(words.closings)}" if random.random() < 0.8 else ""
    turns = [_Turn("agent", f"Hello {{first}},\n\n{letter.reply}\n\n{{agent}}", 7, leaves="pending")]
    if random.random() < 0.7:
        turns.append(_Turn("customer", random.choice(words.answered), 9, leaves="solved"))
    ticket = Ticket(
        title=particulars.fill(letter.title),
        body=particulars.fill(f"{greeting}{letter.body}{closing}"),
        customer=customer.name,
        contact=contact,
        created=created,
        status="new",
        priority=random.choice((None, "low", "normal")),
        type=random.choice((None, "question", "task")),
        assignee=particulars.values["agent"],
        product_area=letter.area,
        labels=(customer.plan,) if customer.plan == "enterprise" else (),
    )
    return _told(random, ticket, turns, particulars, customer)


def _title(random: Random, title: str) -> str:
    """People are careless with subjects, each in another way."""
    habit = random.random()
    if habit < 0.08:
        return title.lower()
    if habit < 0.12:
        return f"Fwd: {title}"
    if habit < 0.16:
        return f"URGENT: {title}"
    return title


def _priority(random: Random, family: Family, customer: Customer) -> str | None:
    if family.kind != "bug":
        return random.choice((None, "low", "normal", "normal"))
    weights = {
        "free": (4, 5, 1, 0),
        "team": (2, 6, 3, 1),
        "business": (1, 5, 4, 2),
        "enterprise": (0, 3, 5, 3),
    }
    return random.choices(("low", "normal", "high", "urgent"), weights=weights[customer.plan])[0]


def _labels(random: Random, family: Family, customer: Customer) -> tuple[str, ...]:
    labels = {"bug": {"bug"}, "question": {"how-to"}, "request": {"feature-request"}}[family.kind]
    if customer.plan == "enterprise":
        labels.add("enterprise")
    if random.random() < 0.12:
        labels.add(random.choice(("vip", "churn-risk", "callback", "trial")))
    if family.kind == "bug" and random.random() < 0.15:
        labels.remove("bug")
    return tuple(sorted(labels))


def _script(
    random: Random, family: Family, known: tuple[str, datetime] | None, *, paying: bool
) -> list[_Turn]:
    if family.kind == "question":
        return _question(random, family)
    if family.kind == "request":
        return _request(random, family)
    return list(_bug(random, family, known, paying=paying))


def _asked(random: Random, family: Family) -> tuple[str, str]:
    """A question of support and the customer's answer to it."""
    index = random.randrange(len(family.answers))
    return family.asks[index if index < len(family.asks) else 0], family.answers[index]


def _question(random: Random, family: Family) -> list[_Turn]:
    words = voice()
    hello = random.choice(words.question_acknowledgements)
    turns = []
    if random.random() < 0.6:
        ask, answer = _asked(random, family)
        turns.append(_Turn("agent", f"{hello} {ask}\n\n{{agent}}", 5, leaves="pending"))
        turns.append(_Turn("customer", answer, 12, leaves="open"))
        hello = "Thanks."
    turns.append(_Turn("agent", f"{hello}\n\n{family.workaround}\n\nBest,\n{{agent}}", 5, leaves="pending"))
    if random.random() < 0.75:
        turns.append(_Turn("customer", random.choice(words.answered), 10, leaves="solved"))
    else:
        turns.append(_Turn("note", "No answer for a week, solving.", 170, leaves="solved"))
    return turns


def _request(random: Random, family: Family) -> list[_Turn]:
    words = voice()
    index = random.randrange(len(words.wish_replies))
    ask, answer = _asked(random, family)
    curious = random.random() < 0.7
    reply = "\n\n".join(filter(None, [words.wish_replies[index], ask if curious else ""]))
    turns = [_Turn("agent", f"Hi {{first}},\n\n{reply}\n\n{{agent}}", 9, leaves="pending")]
    if curious or random.random() < 0.5:
        thanks = f"{answer} {words.wish_answers[index]}" if curious else words.wish_answers[index]
        turns.append(_Turn("customer", thanks, 20, leaves="open"))
    if random.random() < 0.6:
        turns.append(
            _Turn("agent", f"Noted, thank you. {family.workaround}\n\n{{agent}}", 8, leaves="pending")
        )
    turns.append(_Turn("note", "Vote added, {product} knows. Solving as a wish.", 4, leaves="solved"))
    return turns


def _bug(
    random: Random, family: Family, known: tuple[str, datetime] | None, *, paying: bool
) -> Iterator[_Turn]:
    words = voice()
    ask, answer = _asked(random, family)
    hello = random.choice(words.acknowledgements)
    yield _Turn("agent", f"{hello} {ask}\n\n{{agent}}\nNorthwind Support", 4, leaves="pending")
    notes = [*words.notes, *(words.account_notes if paying else ())]
    if random.random() < 0.3:
        yield _Turn("note", random.choice(notes), 1)
    yield _Turn("customer", answer, 10, leaves="open")
    if known is not None and random.random() < 0.75:
        note = random.choice(words.known_notes).replace("{key}", known[0])
        yield _Turn("note", note, 6, not_before=known[1])
    elif random.random() < 0.6:
        yield _Turn("note", random.choice(notes), 6)
    news = f"{random.choice(words.known)}\n\n{random.choice(words.workarounds)}"
    yield _Turn("agent", f"Hi {{first}},\n\n{news}\n\n{{agent}}", 5, leaves="hold")
    helped = random.random() < 0.65
    reaction = random.choice(words.worked if helped else words.failed)
    yield _Turn("customer", reaction, 12, leaves="hold" if helped else "open")
    if random.random() < 0.45:
        yield from _impatience(random)
    if family.fixed is not None:
        yield from _release(random, calendar.ago(family.fixed - random.random()), known)
    elif helped and random.random() < 0.3:
        yield _Turn("customer", random.choice(words.accepted), 60, leaves="solved")


def _impatience(random: Random) -> Iterator[_Turn]:
    words = voice()
    lines = words.urgent_follow_ups if random.random() < 0.25 else words.follow_ups
    yield _Turn("customer", random.choice(lines), 90, leaves="open")
    yield _Turn("agent", f"{random.choice(words.delays)}\n\n{{agent}}", 7, leaves="hold")


def _release(random: Random, released: datetime, known: tuple[str, datetime] | None) -> Iterator[_Turn]:
    words = voice()
    if known is not None:
        note = random.choice(words.fixed_notes).replace("{key}", known[0])
        yield _Turn("note", note, 3, not_before=released)
    yield _Turn(
        "agent", f"{random.choice(words.fixed)}\n\n{{agent}}", 3, not_before=released, leaves="pending"
    )
    yield _Turn("customer", random.choice(words.confirmed), 20, leaves="solved")


def _told(random: Random, ticket: Ticket, turns: Sequence[_Turn], facts: Facts, customer: Customer) -> Ticket:
    """The ticket with as much of its conversation as had happened by the end."""
    address = f"{ticket.contact.lower().replace(' ', '.')}@{customer.domain}"
    sender = mail.Sender.make(random, ticket.contact, customer.name, address)
    by_mail = len(turns) >= 5 and random.random() < _MAIL_SHARE
    thread = [mail.Letter(ticket.contact, address, ticket.created, ticket.body)]
    posts: list[Post] = []
    status, moment = "new", ticket.created
    for turn in turns:
        then = calendar.after(random, max(moment, turn.not_before or moment), turn.hours)
        if then >= calendar.END:
            break
        moment, status = then, turn.leaves or status
        particulars = facts.also(web=calendar.web_version(then))
        author = ticket.contact if turn.by == "customer" else facts.values["agent"]
        text = particulars.fill(turn.text)
        if turn.by == "note":
            posts.append(Post(author, then, text, internal=True))
            continue
        here = mail.Letter(
            author, address if turn.by == "customer" else "support@northwind-soft.example", then, text
        )
        if by_mail and turn.by == "customer":
            posts.append(Post(author, then, mail.write(sender, here, thread, ticket.title), html=True))
        else:
            posts.append(Post(author, then, text))
        thread.append(here)
    if status == "solved" and calendar.END - moment > _SINCE_SOLVED:
        status = "closed"
    assignee = None if status == "new" else ticket.assignee
    return replace(ticket, status=status, assignee=assignee, posts=tuple(posts))
