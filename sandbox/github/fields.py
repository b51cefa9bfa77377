"""What callers may send about issues, checked as GitHub checks it."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from sandbox.github.problems import Problem, invalid, malformed
from sandbox.github.records import ISSUE_TYPES, Milestone, Repository, User
from sandbox.github.shape import Json
from sandbox.github.state import State

BODY_LIMIT = 65_536
TITLE_LIMIT = 1_024
LABEL_LIMIT = 50


def title(body: Json) -> str:
    """A title must say something."""
    given = body.get("title")
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    if given is None or given == "":
        raise invalid("Issue", "title", "missing_field")
    if not isinstance(given, str):
        raise malformed("title", given, "a string")
    if not given.strip():
        raise invalid("Issue", "title", "custom", message="title can't be blank")
    if len(given) > TITLE_LIMIT:
        raise invalid(
            "Issue", "title", "custom", message=f"title is too long (maximum is {TITLE_LIMIT} characters)"
        )
    return given


def text(body: Json, resource: str) -> str | None:
    """The body of an issue or a comment; a comment must have one."""
    given = body.get("body")
    if given is not None and not isinstance(given, str):
        raise malformed("body", given, "a string")
    if resource == "IssueComment" and not (given or "").strip():
        raise invalid(resource, "body", "missing_field")
    if given is not None and len(given) > BODY_LIMIT:
        raise invalid(
            resource, "body", "custom", message=f"body is too long (maximum is {BODY_LIMIT} characters)"
        )
    return given


def label_names(given: JsonValue) -> list[str]:
    """Label names, each given as a string or as an object with a name."""
    if not isinstance(given, list):
        raise malformed("labels", given, "an array")
    names: list[str] = []
    for entry in given:
        name = entry.get("name") if isinstance(entry, dict) else entry
        if not isinstance(name, str) or not name.strip():
            raise invalid("Label", "name", "missing_field")
        if len(name) > LABEL_LIMIT:
            raise invalid(
                "Label", "name", "custom", message=f"name is too long (maximum is {LABEL_LIMIT} characters)"
            )
        names.append(name.strip())
    return names


def state_of(body: Json) -> tuple[str, str | None]:
    """The asked-for state and its reason."""
    state, reason = body.get("state"), body.get("state_reason")
    if state not in ("open", "closed"):
        raise invalid("Issue", "state", "invalid", value=state)
    if reason not in (None, "completed", "not_planned", "duplicate", "reopened"):
        raise invalid("Issue", "state_reason", "invalid", value=reason)
    return str(state), str(reason) if reason else None


def assignees(state: State, given: JsonValue) -> list[User]:
    """The users of these logins; only members can be assigned."""
    if not isinstance(given, list):
        raise malformed("assignees", given, "an array")
    users: list[User] = []
    for login in given:
        user = assignable(state, str(login))
        if user is None:
            raise invalid("Issue", "assignees", "invalid", value=login)
        users.append(user)
    return users


def assignable(state: State, login: str) -> User | None:
    user = state.users.get(login.lower())
    return user if user and user.member and user.type != "Organization" else None


def milestone(repository: Repository, given: JsonValue) -> Milestone | None:
    if given is None:
        return None
    number = int(given) if isinstance(given, int | str) and str(given).isdecimal() else 0
    if number not in repository.milestones:
        raise invalid("Issue", "milestone", "invalid", value=given)
    return repository.milestones[number]


def issue_type(repository: Repository, given: JsonValue) -> str | None:
    """The name of an issue type of the organization; users' own repositories have none."""
    name = given.get("value") if isinstance(given, dict) else given
    if name is None:
        return None
    if repository.owner.type != "Organization" or str(name).lower() not in ISSUE_TYPES:
        raise invalid("Issue", "type", "invalid", value=str(name))
    return ISSUE_TYPES[str(name).lower()]


def only_strings(given: JsonValue, allowed: Sequence[str], field: str) -> tuple[str, ...]:
    """A list of words out of a fixed set."""
    if not isinstance(given, list) or not all(isinstance(word, str) for word in given):
        raise malformed(field, given, "an array")
    words = tuple(str(word) for word in given)
    if any(word not in allowed for word in words):
        raise Problem(
            422,
            "Validation Failed",
            errors=[
                {
                    "resource": "Hook",
                    "code": "custom",
                    "message": f"{field} contains a value that is not allowed",
                }
            ],
        )
    return words
