"""What the contracts say of one exchange between a caller and an emulated service."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, parse_qsl

from tests.contracts.contract import Contract, Operation, Wrong
from tests.contracts.problems import wrong_problem
from tests.contracts.vendors import contract, expected, plain, undescribed

OURS = "loopwright"
"""Stands in the ``User-Agent`` of whatever our connectors send."""


REFUSED = (400, 422)
CONDITIONS = frozenset({"if-none-match", "if-modified-since"})


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request with its answer. A body is None where it was not looked at: files, and what nobody read."""

    service: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    """Of the request, by lower-case name."""
    body: bytes | None
    status: int
    media: str
    """The answer's ``Content-Type``."""
    answer: bytes | None

    @property
    def ours(self) -> bool:
        """Whether one of our connectors asked."""
        return OURS in self.headers.get("user-agent", "").lower()


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is not as the vendor has it."""

    service: str
    side: str
    """``request``, ``answer`` or ``webhook``."""
    operation: str
    status: int
    pointer: str
    what: str

    def __str__(self) -> str:
        place = f"{self.operation} {self.status or ''}".strip()
        return f"{self.service}: {self.side} {place} at {self.pointer or 'the top'}: {self.what}"


def judge(exchange: Exchange) -> tuple[Operation | None, list[Violation]]:
    """The operation that was asked for, and what is wrong.

    Requests are judged where one of our connectors asked: what else asks is a test, that may do so wrongly on
    purpose. So may a test through a connector, and then the service refuses what the contract forbids.
    """
    book = contract(exchange.service)
    operation = book.find(exchange.method, plain(exchange.service, exchange.path))
    if operation is None:
        return None, _stray(exchange)
    named, status = str(operation), exchange.status
    found = [
        Violation(exchange.service, "answer", named, status, wrong.pointer, wrong.what)
        for wrong in _answered(book, operation, exchange)
        if not expected(exchange.service, "answer", f"{named} {status}", wrong.pointer)
    ]
    if exchange.ours and status not in REFUSED:
        found += [
            Violation(exchange.service, "request", named, 0, wrong.pointer, wrong.what)
            for wrong in _asked(book, operation, exchange)
            if not expected(exchange.service, "request", named, wrong.pointer)
        ]
    return operation, found


def _stray(exchange: Exchange) -> list[Violation]:
    request = f"{exchange.method} {plain(exchange.service, exchange.path)}"
    if undescribed(exchange.service, request) or (exchange.status >= 400 and not exchange.ours):
        return []
    side = "request" if exchange.ours else "answer"
    unknown = "the contract knows no such operation"
    return [Violation(exchange.service, side, request, exchange.status, "", unknown)]


def _asked(book: Contract, operation: Operation, exchange: Exchange) -> Iterator[Wrong]:
    query = parse_qsl(exchange.query, keep_blank_values=True)
    yield from book.wrong_parameters(operation, query, exchange.headers)
    if exchange.body is not None:
        yield from book.wrong_body(operation, exchange.headers.get("content-type", ""), exchange.body)


def _answered(book: Contract, operation: Operation, exchange: Exchange) -> list[Wrong]:
    status, body = exchange.status, exchange.answer or b""
    if status == 304 and CONDITIONS.isdisjoint(exchange.headers):
        return [Wrong("", "nothing was asked that a 304 could answer")]
    if status in (204, 304):
        return [Wrong("", "a body that must not be")] if body else []
    if status >= 400 and not book.describes(operation, status):
        return wrong_problem(exchange.service, exchange.media, body)
    return book.wrong_answer(operation, status, exchange.media, body)


def judge_delivery(headers: Mapping[str, str], body: bytes) -> list[Violation]:
    """What is wrong with a webhook of GitHub's, the one vendor whose contract has payloads."""
    given = {name.lower(): value for name, value in headers.items()}
    if "form" in given["content-type"]:
        body = parse_qs(body.decode())["payload"][0].encode()
    action = json.loads(body).get("action")
    name = "-".join(part for part in (given["x-github-event"].replace("_", "-"), action) if part)
    return [
        Violation("github", "webhook", name, 0, wrong.pointer, wrong.what)
        for wrong in contract("github-webhooks").wrong_payload(name, body)
    ]
