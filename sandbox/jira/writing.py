"""Writing an issue's fields: every value is checked before the first one is set."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import JsonValue

from sandbox.jira import document, values
from sandbox.jira.catalogue import FIELD_BY_ID, PRIORITIES, TYPES, Field
from sandbox.jira.problem import Problem, bad_field, not_on_screen
from sandbox.jira.records import Account, Change, Issue, Object
from sandbox.jira.values import Named, People

Assignment = Callable[[Issue], Change | None]
"""Sets one checked value on an issue; the history row, or ``None`` when nothing changed."""


def prepare(people: People, fields: Object, update: Object) -> list[Assignment]:
    """What ``fields`` and ``update`` of a request come to. Raises Problem naming every bad field."""
    assignments: list[Assignment] = []
    errors: dict[str, str] = {}
    for field in dict.fromkeys([*fields, *update]):
        try:
            if field in fields and field in update:
                raise bad_field(field, f"Field '{field}' cannot be set: it is in both 'fields' and 'update'.")
            if field in fields:
                assignments.append(_assignment(people, field, fields[field]))
            else:
                assignments.append(_operated(people, field, update[field]))
        except Problem as problem:
            errors.update(problem.errors)
    if errors:
        messages = ("INVALID_INPUT",) if "INVALID_INPUT" in errors.values() else ()
        raise Problem(400, *messages, errors=errors)
    return assignments


def _operated(people: People, field: str, operations: JsonValue) -> Assignment:
    """The verbs of ``update``: add and remove for labels, set for everything."""
    verbs: list[tuple[str, JsonValue]] = []
    for entry in operations if isinstance(operations, list) else [operations]:
        if not isinstance(entry, dict) or len(entry) != 1:
            raise bad_field(field, "Operations must be objects with one operation each.")
        verbs.extend(entry.items())
    if field == "labels":
        return _label_verbs(verbs)
    if len(verbs) != 1 or verbs[0][0] != "set":
        raise bad_field(field, f"Field '{field}' does not support these operations.")
    return _assignment(people, field, verbs[0][1])


def _label_verbs(verbs: list[tuple[str, JsonValue]]) -> Assignment:
    for verb, value in verbs:
        if verb not in {"add", "remove", "set"}:
            raise bad_field("labels", f"Field 'labels' does not support the operation '{verb}'.")
        values.labels(value) if verb == "set" else values.label(value)

    def assign(issue: Issue) -> Change | None:
        labels = list(issue.labels)
        for verb, value in verbs:
            if verb == "set":
                labels = values.labels(value)
            elif verb == "add" and value not in labels:
                labels.append(values.label(value))
            elif verb == "remove" and value in labels:
                labels.remove(values.label(value))
        return _set_labels(issue, labels)

    return assign


def _set_labels(issue: Issue, labels: list[str]) -> Change | None:
    labels = sorted(labels)
    old, issue.labels = issue.labels, labels
    return None if old == labels else Change("labels", None, " ".join(old), None, " ".join(labels))


def _assignment(people: People, field: str, value: JsonValue) -> Assignment:
    if field == "summary":
        return _summary(values.summary(value))
    if field == "description":
        return _description(
            None if value is None else document.check(value, field, markup=people.data_center)
        )
    if field == "labels":
        wanted = values.labels(value)
        return lambda issue: _set_labels(issue, wanted)
    if field in {"assignee", "reporter"}:
        return _user(field, values.user(people, field, value))
    if field == "priority":
        refusal = "The priority selected is invalid."
        return _entry(field, None if value is None else values.named(value, PRIORITIES, field, refusal))
    if field == "issuetype":
        return _entry("type", values.named(value, TYPES, field, "Specify a valid issue type"))
    if field == "duedate":
        return _duedate(values.day(field, value))
    known = FIELD_BY_ID.get(field)
    if known is None or known.custom is None:
        raise not_on_screen(field)
    return _custom(known, values.custom(people, known, value))


def _summary(value: str) -> Assignment:
    def assign(issue: Issue) -> Change | None:
        old, issue.summary = issue.summary, value
        return None if old == value else Change("summary", None, old, None, value)

    return assign


def _description(value: Object | None) -> Assignment:
    def assign(issue: Issue) -> Change | None:
        old, issue.description = issue.description, value
        return (
            None
            if old == value
            else Change("description", None, document.wiki(old), None, document.wiki(value))
        )

    return assign


def _duedate(value: str | None) -> Assignment:
    def assign(issue: Issue) -> Change | None:
        old, issue.duedate = issue.duedate, value
        return None if old == value else Change("duedate", old, old, value, value)

    return assign


def _user(field: str, value: Account | None) -> Assignment:
    def assign(issue: Issue) -> Change | None:
        if field == "assignee":
            old, issue.assignee = issue.assignee, value
        else:
            old, issue.reporter = issue.reporter, value or issue.creator
        return _change(field, old, value)

    return assign


def _entry(attribute: str, value: Named | None) -> Assignment:
    def assign(issue: Issue) -> Change | None:
        old = getattr(issue, attribute)
        setattr(issue, attribute, value)
        return _change("issuetype" if attribute == "type" else attribute, old, value)

    return assign


def _custom(field: Field, value: JsonValue) -> Assignment:
    def assign(issue: Issue) -> Change | None:
        old = issue.custom.get(field.id)
        if value is None:
            issue.custom.pop(field.id, None)
        else:
            issue.custom[field.id] = value
        return None if old == value else Change(field.name, None, _shown(old), None, _shown(value))

    return assign


def _shown(value: JsonValue) -> str:
    if isinstance(value, dict):
        return str(value.get("value") or value.get("accountId") or document.wiki(value))
    if isinstance(value, list):
        return ",".join(map(_shown, value))
    return "" if value is None else str(value)


def _change(field: str, old: Named | None, new: Named | None) -> Change | None:
    if old == new:
        return None
    return Change(
        field,
        old.id if old else None,
        old.name if old else None,
        new.id if new else None,
        new.name if new else None,
    )
