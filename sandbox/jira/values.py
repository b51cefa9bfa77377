"""What Jira accepts as the value of each field. Every function raises Problem about the field otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol, TypeVar

from pydantic import JsonValue

from sandbox.jira import document
from sandbox.jira.catalogue import Field
from sandbox.jira.problem import bad_field
from sandbox.jira.records import Account, Object

SUMMARY_LIMIT = 255
LABEL_LIMIT = 255
STRING_LIMIT = 255
"""Characters of a single-line custom field."""


class Named(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


class People(Protocol):
    """Where accounts are looked up, and what values look like there."""

    @property
    def data_center(self) -> bool: ...
    def account(self, name: str) -> Account | None: ...


N = TypeVar("N", bound=Named)


def summary(value: JsonValue) -> str:
    if not isinstance(value, str) or not value.strip():
        raise bad_field("summary", "You must specify a summary of the issue.")
    if "\n" in value or "\r" in value:
        raise bad_field("summary", "The summary is invalid because it contains newline characters.")
    if len(value) > SUMMARY_LIMIT:
        raise bad_field("summary", f"Summary can't exceed {SUMMARY_LIMIT} characters.")
    return value.strip()


def label(value: JsonValue) -> str:
    if not isinstance(value, str) or not value:
        raise bad_field("labels", "Operation value must be a string")
    if any(character.isspace() for character in value):
        raise bad_field("labels", f"The label '{value}' contains spaces which is invalid.")
    if len(value) > LABEL_LIMIT:
        raise bad_field(
            "labels", f"The label '{value}' exceeds the maximum length of {LABEL_LIMIT} characters."
        )
    return value


def labels(value: JsonValue) -> list[str]:
    if not isinstance(value, list):
        raise bad_field("labels", "data was not an array")
    return list(dict.fromkeys(label(entry) for entry in value))


def named(value: JsonValue, known: Sequence[N], field: str, refusal: str) -> N:
    """The entry that ``{"id": …}`` or ``{"name": …}`` points at."""
    if isinstance(value, dict):
        for entry in known:
            if value.get("id") == entry.id or ("id" not in value and value.get("name") == entry.name):
                return entry
    raise bad_field(field, refusal)


def user(people: People, field: str, value: JsonValue) -> Account | None:
    if value is None:
        return None
    member = "name" if people.data_center else "accountId"
    wanted = value.get(member) if isinstance(value, dict) else None
    if isinstance(value, dict) and wanted is None and member in value:
        return None
    account = people.account(wanted) if isinstance(wanted, str) else None
    if account is None:
        raise bad_field(field, "Specify a valid value for " + field)
    if field == "assignee" and account.type != "atlassian":
        raise bad_field(field, f"User '{account.id}' cannot be assigned issues.")
    return account


def day(field: str, value: JsonValue) -> str | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value).isoformat() if isinstance(value, str) else _no_day(field)
    except ValueError:
        return _no_day(field)


def _no_day(field: str) -> str:
    raise bad_field(field, "Error parsing date string: it must be of the form yyyy-MM-dd")


def option(field: Field, value: JsonValue) -> Object:
    """The option that ``{"id": …}`` or ``{"value": …}`` points at, as Jira answers it."""
    if isinstance(value, dict):
        for number, text in enumerate(field.options):
            answer: Object = {"id": option_id(field, number), "value": text}
            if value.get("id") == answer["id"] or ("id" not in value and value.get("value") == text):
                return answer
    raise bad_field(field.id, "Specify a valid value for " + field.id)


def option_id(field: Field, number: int) -> str:
    return f"{int(field.id.removeprefix('customfield_')) - 10_000}{number:02}"


def custom(people: People, field: Field, value: JsonValue) -> JsonValue:
    """A custom field's value in the form in which Jira answers it; a user stays ``{"accountId": …}``."""
    if value is None:
        return None
    if field.custom == "select":
        return option(field, value)
    if field.custom == "multiselect":
        if not isinstance(value, list):
            raise bad_field(field.id, "data was not an array")
        return [option(field, entry) for entry in value]
    if field.custom == "float":
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise bad_field(field.id, "Operation value must be a number")
        return float(value)
    if field.custom == "textarea":
        return document.check(value, field.id, markup=people.data_center)
    if field.custom == "userpicker":
        account = user(people, field.id, value)
        return {"accountId": account.id} if account else None
    if field.custom == "datepicker":
        return day(field.id, value)
    if not isinstance(value, str):
        raise bad_field(field.id, "Operation value must be a string")
    if len(value) > STRING_LIMIT:
        raise bad_field(
            field.id,
            f"The entered text is too long. It exceeds the allowed limit of {STRING_LIMIT} characters.",
        )
    return value
