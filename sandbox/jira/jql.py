"""JQL, as far as Loopwright and its readers use it: a parser to a small tree, and the meaning of the tree.

Comparisons of ``project``, ``labels``, ``issuetype``, ``status``, ``priority``, ``reporter``, ``assignee``,
``key``, ``created``, ``updated``, ``resolution``, ``summary`` and ``text``, with
``= != in not in >= > <= < ~ !~ is``, joined by ``AND OR NOT`` and parentheses, and ``ORDER BY`` of at
most seven fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.jira.problem import Problem

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<sign>!=|!~|>=|<=|[=<>~(),])
    | (?P<word>[^\s"'=<>~!(),]+)
    )""",
    re.VERBOSE,
)
ORDER_LIMIT = 7


@dataclass(frozen=True, slots=True)
class Literal:
    """A value: ``text`` unescaped, and whether it was a function call such as ``currentUser()``."""

    text: str
    quoted: bool = False
    function: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """``field operator values``; the operator in lower case, ``is not`` and ``not in`` as one."""

    field: str
    operator: str
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Combination:
    """``and`` or ``or`` of parts, or ``not`` of one."""

    operator: str
    parts: tuple[Condition, ...]


Condition = Clause | Combination


@dataclass(frozen=True, slots=True)
class Query:
    """``condition`` is ``None`` for a query without restriction; ``order`` is ``(field, descending)``."""

    condition: Condition | None
    order: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    kind: str

    @property
    def keyword(self) -> str:
        return self.text.lower() if self.kind in {"word", "sign"} else ""


def parse(text: str) -> Query:
    """The query in ``text``. Raises Problem (400) where Jira would not understand it."""
    return _Parser(text).query()


class _Parser:
    """Recursive descent over the tokens of one query."""

    def __init__(self, text: str) -> None:
        self.tokens = list(self._tokens(text.strip()))
        self.at = 0

    @staticmethod
    def _tokens(text: str) -> list[_Token]:
        tokens, at = [], 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None or match.end() == at:
                raise Problem(
                    400, f"Error in the JQL Query: The character '{text[at]}' is not expected here."
                )
            kind = str(match.lastgroup)
            value = match[kind]
            if kind == "quoted":
                value = re.sub(r"\\(.)", r"\1", value[1:-1])
            tokens.append(_Token(value, kind))
            at = match.end()
        return tokens

    def query(self) -> Query:
        condition = None if self._next_is("order") or self.at == len(self.tokens) else self._either()
        order: list[tuple[str, bool]] = []
        if self._take("order"):
            self._expect("by")
            order = self._order()
        if self.at < len(self.tokens):
            raise self._unexpected()
        if len(order) > ORDER_LIMIT:
            raise Problem(400, f"The maximum number of ORDER BY fields is {ORDER_LIMIT}.")
        return Query(condition, tuple(order))

    def _order(self) -> list[tuple[str, bool]]:
        order = []
        while True:
            field = self._name()
            descending = self._take("desc")
            if not descending:
                self._take("asc")
            order.append((field, descending))
            if not self._take(","):
                return order

    def _either(self) -> Condition:
        return self._joined("or", self._both)

    def _both(self) -> Condition:
        return self._joined("and", self._single)

    def _joined(self, operator: str, part: Callable[[], Condition]) -> Condition:
        parts = [part()]
        while self._take(operator):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Combination(operator, tuple(parts))

    def _single(self) -> Condition:
        if self._take("not"):
            return Combination("not", (self._single(),))
        if self._take("("):
            inner = self._either()
            self._expect(")")
            return inner
        return self._clause()

    def _clause(self) -> Clause:
        field = self._name()
        for operator in ("in", "not", "is", ">=", "<=", "!=", "!~", "=", ">", "<", "~"):
            if self._take(operator):
                break
        else:
            raise self._unexpected()
        if operator == "not":
            self._expect("in")
            operator = "not in"
        if operator == "is" and self._take("not"):
            operator = "is not"
        return Clause(field, operator, self._list() if operator.endswith("in") else (self._literal(),))

    def _list(self) -> tuple[Literal, ...]:
        self._expect("(")
        values = [self._literal()]
        while self._take(","):
            values.append(self._literal())
        self._expect(")")
        return tuple(values)

    def _literal(self) -> Literal:
        token = self._token()
        if token.kind == "sign":
            self.at -= 1
            raise self._unexpected()
        if token.kind == "word" and self._take("("):
            self._expect(")")
            return Literal(token.text, function=True)
        return Literal(token.text, quoted=token.kind == "quoted")

    def _name(self) -> str:
        token = self._token()
        if token.kind == "sign":
            self.at -= 1
            raise self._unexpected()
        return token.text.lower()

    def _token(self) -> _Token:
        if self.at == len(self.tokens):
            raise Problem(400, "Error in the JQL Query: The query ends too early.")
        self.at += 1
        return self.tokens[self.at - 1]

    def _next_is(self, keyword: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at].keyword == keyword

    def _take(self, keyword: str) -> bool:
        found = self._next_is(keyword)
        self.at += found
        return found

    def _expect(self, keyword: str) -> None:
        if not self._take(keyword):
            raise self._unexpected()

    def _unexpected(self) -> Problem:
        if self.at >= len(self.tokens):
            return Problem(400, "Error in the JQL Query: The query ends too early.")
        return Problem(400, f"Error in the JQL Query: '{self.tokens[self.at].text}' is not expected here.")
