"""The meaning of a JQL tree: which issues it selects, and in which order."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox.jira.jql import Clause, Combination, Condition, Literal, Query
from sandbox.jira.problem import Problem
from sandbox.jira.records import Account, Issue

Predicate = Callable[[Issue], bool]

_ORDERED: Mapping[str, Callable[[datetime, datetime], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "=": operator.eq,
}
_PERIOD = re.compile(r"([+-]?)(\d+)([wdhm])")
_UNITS = {"w": 10_080, "d": 1_440, "h": 60, "m": 1}
_FORMATS = ("%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%Y-%m-%d")

CATEGORIES = {"new": "To Do", "indeterminate": "In Progress", "done": "Done"}

_NAMES: Mapping[str, Callable[[Issue], Sequence[str]]] = {
    "project": lambda issue: (issue.project.key, issue.project.name, str(issue.project.id)),
    "labels": lambda issue: issue.labels,
    "issuetype": lambda issue: (issue.type.name, issue.type.id),
    "status": lambda issue: (issue.status.name, issue.status.id),
    "statuscategory": lambda issue: (CATEGORIES[issue.status.category],),
    "priority": lambda issue: (issue.priority.name, issue.priority.id) if issue.priority else (),
    "reporter": lambda issue: _person(issue.reporter),
    "creator": lambda issue: _person(issue.creator),
    "assignee": lambda issue: _person(issue.assignee) if issue.assignee else (),
    "key": lambda issue: (issue.key, str(issue.id)),
    "resolution": lambda issue: ("Done",) if issue.resolved else (),
}
_ALIASES = {"type": "issuetype", "id": "key", "issue": "key", "issuekey": "key", "label": "labels"}
_TIMES: Mapping[str, Callable[[Issue], datetime | None]] = {
    "created": lambda issue: issue.created,
    "updated": lambda issue: issue.updated,
    "resolved": lambda issue: issue.resolved,
}
_TIME_ALIASES = {"createddate": "created", "updateddate": "updated", "resolutiondate": "resolved"}

_SORTS: Mapping[str, Callable[[Issue], str | int | float]] = {
    "created": lambda issue: issue.created.timestamp(),
    "updated": lambda issue: issue.updated.timestamp(),
    "priority": lambda issue: -int(issue.priority.id) if issue.priority else -99,
    "status": lambda issue: issue.status.name,
    "summary": lambda issue: issue.summary.lower(),
    "project": lambda issue: issue.project.key,
    "key": lambda issue: issue.id,
}


def _person(account: Account) -> tuple[str, ...]:
    return account.id, account.name, account.email, account.username


class Matcher:
    """Gives a query its meaning for one account at one moment."""

    def __init__(self, account: Account, now: datetime) -> None:
        self.account = account
        self.now = now
        self.zone = ZoneInfo(account.zone)

    def predicate(self, condition: Condition) -> Predicate:
        """The test that the condition stands for. Raises Problem for a value that makes no sense."""
        if isinstance(condition, Clause):
            return self._clause(condition)
        return self._combination(condition)

    def _combination(self, combination: Combination) -> Predicate:
        parts = [self.predicate(part) for part in combination.parts]
        if combination.operator == "not":
            return lambda issue: not parts[0](issue)
        if combination.operator == "and":
            return lambda issue: all(part(issue) for part in parts)
        return lambda issue: any(part(issue) for part in parts)

    def _clause(self, clause: Clause) -> Predicate:
        field = _TIME_ALIASES.get(clause.field, clause.field)
        if field in _TIMES:
            return self._time_clause(clause, field)
        if field in {"text", "summary"} and clause.operator in {"~", "!~"}:
            words = clause.values[0].text.lower().split()
            wanted = clause.operator == "~"
            return lambda issue: all(word in issue.summary.lower() for word in words) is wanted
        names = _NAMES.get(_ALIASES.get(field, field))
        if names is None:
            return lambda issue: False  # as recorded: an unknown field selects nothing, and is no error
        return self._name_clause(clause, names)

    def _name_clause(self, clause: Clause, names: Callable[[Issue], Sequence[str]]) -> Predicate:
        if clause.operator in {"is", "is not"} or clause.values[0].text.lower() == "empty":
            wanted = clause.operator in {"is", "=", "in"}
            return lambda issue: (not names(issue)) is wanted
        if clause.operator not in {"=", "!=", "in", "not in"}:
            raise Problem(
                400, f"The operator '{clause.operator}' is not supported by the '{clause.field}' field."
            )
        values = {self._value(literal).lower() for literal in clause.values}
        if clause.operator in {"=", "in"}:
            return lambda issue: any(name.lower() in values for name in names(issue))
        return lambda issue: bool(names(issue)) and all(name.lower() not in values for name in names(issue))

    def _value(self, literal: Literal) -> str:
        if not literal.function:
            return literal.text
        if literal.text.lower() == "currentuser":
            return self.account.id
        raise Problem(400, f"Unable to find JQL function '{literal.text}()'.")

    def _time_clause(self, clause: Clause, field: str) -> Predicate:
        read = _TIMES[field]
        compare = _ORDERED.get(clause.operator)
        if compare is None:
            raise Problem(400, f"The operator '{clause.operator}' is not supported by the '{field}' field.")
        bound = self._time(clause.values[0], field)

        def test(issue: Issue) -> bool:
            time = read(issue)
            return time is not None and compare(time, bound)

        return test

    def _time(self, literal: Literal, field: str) -> datetime:
        """A point in time: local ones have minute grain and are read in the account's own time zone."""
        text = literal.text
        if literal.function and text.lower() == "now":
            return self.now
        if re.fullmatch(r"\d{5,}", text):
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        if match := _PERIOD.fullmatch(text):
            minutes = int(match[2]) * _UNITS[match[3]]
            return self.now + timedelta(minutes=minutes if match[1] == "+" else -minutes)
        for form in _FORMATS:
            try:
                return datetime.strptime(text, form).replace(tzinfo=self.zone)
            except ValueError:
                continue
        raise Problem(
            400,
            f"Date value '{text}' for field '{field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', "
            "'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.",
        )


def arrange(issues: list[Issue], query: Query) -> list[Issue]:
    """The issues in the order that the query asks for; the newest first when it asks for none."""
    for field, descending in reversed(query.order or (("created", True),)):
        sort = _SORTS.get(_TIME_ALIASES.get(field, _ALIASES.get(field, field)))
        if sort is None:
            raise Problem(400, f"Not able to sort using field '{field}'.")
        issues.sort(key=sort, reverse=descending)
    return issues
