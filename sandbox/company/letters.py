"""How a customer's first letter is composed: who writes how, and which particulars go in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from sandbox.company.facts import Facts
from sandbox.company.writing import Family, Voice, voice

Shape = Callable[[Random, Family, str, Voice], list[str]]


def first_letter(random: Random, family: Family, told: str, facts: Facts) -> str:
    """The body of a ticket of ``family`` whose heart is ``told``."""
    shapes = dict(_SHAPES if family.kind == "bug" else _QUIET_SHAPES)
    if family.error:
        shapes[_technical] = 35
    shape = random.choices(list(shapes), weights=list(shapes.values()))[0]
    parts = shape(random, family, told, voice())
    return facts.fill("\n\n".join(part for part in parts if part))


def _maybe(random: Random, chance: float, part: str) -> str:
    return part if part and random.random() < chance else ""


def _fenced(text: str) -> str:
    return f"```\n{text}\n```" if text else ""


def _numbered(steps: tuple[str, ...]) -> str:
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))


def _closing(random: Random, words: Voice) -> str:
    return _maybe(random, 0.85, random.choice(words.closings))


def _tried(random: Random, family: Family, words: Voice) -> str:
    return random.choice(words.tried) if family.kind == "bug" else ""


def _ask(random: Random, family: Family, words: Voice) -> str:
    return random.choice(words.asks if family.kind == "bug" else words.question_asks)


def _plain(random: Random, family: Family, told: str, words: Voice) -> list[str]:
    impact = random.choice(family.impacts) if family.kind == "bug" else ""
    heart = " ".join(filter(None, [told, _maybe(random, 0.5, impact)]))
    extra = [
        _maybe(random, 0.4, _tried(random, family, words)),
        _maybe(random, 0.6, _ask(random, family, words)),
    ]
    return [
        _maybe(random, 0.8, random.choice(words.greetings)),
        heart,
        " ".join(filter(None, extra)),
        _closing(random, words),
    ]


def _terse(random: Random, family: Family, told: str, words: Voice) -> list[str]:
    sentence = told.split(". ")[0]
    end = "?" if sentence.endswith("?") else random.choice(("", ".", "...", "!!"))
    sentence = sentence.rstrip(".?!")
    if random.random() < 0.5:
        sentence = sentence[0].lower() + sentence[1:]
    return [sentence + end, _maybe(random, 0.4, _ask(random, family, words).lower())]


def _stepwise(random: Random, family: Family, told: str, words: Voice) -> list[str]:
    if not family.steps:
        return _plain(random, family, told, words)
    heading = random.choice(("Steps to reproduce:", "How to see it:", "What I do:", "To reproduce"))
    outcome = random.choice(
        (
            f"Expected: {family.expected}\nActual: {family.actual}",
            f"I would expect {family.expected}. What I get is {family.actual}.",
            f"→ {family.actual} (expected: {family.expected})",
        )
    )
    return [
        _maybe(random, 0.5, random.choice(words.greetings)),
        told,
        f"{heading}\n\n{_numbered(family.steps)}",
        outcome,
        _maybe(random, 0.7, random.choice(words.circumstances)),
        _closing(random, words),
    ]


def _technical(random: Random, family: Family, told: str, words: Voice) -> list[str]:
    return [
        told,
        _fenced(family.error) or random.choice(words.tried),
        random.choice(words.circumstances),
        _maybe(random, 0.5, random.choice(words.asks)),
        _maybe(random, 0.5, random.choice(words.closings)),
    ]


def _forwarded(random: Random, family: Family, told: str, words: Voice) -> list[str]:
    quote = "\n".join(f"> {line}" for line in told.split("\n"))
    return [
        _maybe(random, 0.6, random.choice(words.greetings)),
        random.choice(words.forwards),
        quote,
        _maybe(random, 0.6, _tried(random, family, words)),
        _ask(random, family, words),
        _closing(random, words),
    ]


def _long(random: Random, family: Family, told: str, words: Voice) -> list[str]:
    another = random.choice([text for text in family.told if text != told] or [""])
    return [
        random.choice(words.greetings),
        told,
        another,
        f"{random.choice(words.circumstances)} {random.choice(words.tried)}",
        f"{random.choice(family.impacts)} {random.choice(words.asks)}",
        random.choice(words.closings),
    ]


_SHAPES: Mapping[Shape, float] = {
    _plain: 30,
    _terse: 14,
    _stepwise: 20,
    _technical: 16,
    _forwarded: 9,
    _long: 11,
}
_QUIET_SHAPES: Mapping[Shape, float] = {_plain: 70, _terse: 18, _forwarded: 12}
