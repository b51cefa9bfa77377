"""The company's customers and its own people."""

from __future__ import annotations

from random import Random

from sandbox import credentials
from sandbox.company.model import Agent, Customer
from sandbox.company.writing import names

OUR_DOMAIN = "northwind-soft.example"
_PLANS = ("free",) * 12 + ("team",) * 22 + ("business",) * 16 + ("enterprise",) * 10
_ARR = {
    "free": (0, 0),
    "team": (1_800, 14_000),
    "business": (16_000, 72_000),
    "enterprise": (85_000, 420_000),
}
_CONTACTS = {"free": (1, 2), "team": (1, 3), "business": (2, 4), "enterprise": (3, 6)}
_ROLES = ("support",) * 6 + ("engineer",) * 10 + ("product",) * 4


def _people(random: Random, count: int) -> list[str]:
    """Different names, each of two words that make an address."""
    words = names()
    pairs = [(first, last) for first in words.first for last in words.last]
    return [f"{first} {last}" for first, last in random.sample(pairs, count)]


def make_customers(random: Random) -> tuple[Customer, ...]:
    """The customers. The first is an enterprise: who writes a ticket by hand in the sandbox writes for it."""
    words = names()
    firsts = random.sample(words.company_first, len(_PLANS))
    lasts = [random.choice(words.company_last) for _ in _PLANS]
    plans = ["enterprise", *random.sample(_PLANS[:-1], len(_PLANS) - 1)]
    people = iter(_people(random, 6 * len(_PLANS)))
    customers = []
    for first, last, plan in zip(firsts, lasts, plans, strict=True):
        contacts = tuple(next(people) for _ in range(random.randint(*_CONTACTS[plan])))
        low, high = _ARR[plan]
        arr = random.randint(low // 100, high // 100) * 100
        domain = f"{first}-{last.split()[0]}.example".lower()
        customers.append(Customer(f"{first} {last}", plan, arr, domain, contacts))
    return tuple(customers)


def make_agents(random: Random, customers: tuple[Customer, ...]) -> tuple[Agent, ...]:
    taken = {name for customer in customers for name in customer.contacts}
    firsts: set[str] = set()
    team: list[Agent] = []
    for name in _people(random, 400):
        first = name.split()[0]
        if name in taken or first in firsts or len(team) == len(_ROLES):
            continue
        firsts.add(first)
        team.append(Agent(name, f"{name.lower().replace(' ', '.')}@{OUR_DOMAIN}", _ROLES[len(team)]))
    return (*team, Agent("Loopwright", credentials.EMAIL, "bot"))
