"""GitHub's refusals: a status, a message and, for 422, what is wrong with which field."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

_DOCS = "https://docs.github.com"


class Problem(Exception):
    """Raised by a handler, answered as GitHub's JSON."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: list[JsonValue] | None = None,
        docs: str = "/rest",
        headers: Mapping[str, str] | None = None,
        url: str = "",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors
        self.docs = _DOCS + docs
        self.headers = dict(headers or {})
        self.url = url

    def body(self) -> dict[str, JsonValue]:
        shape: dict[str, JsonValue] = {"message": self.message}
        if self.errors is not None:
            shape["errors"] = self.errors
        if self.url:
            shape["url"] = self.url
        shape["documentation_url"] = self.docs
        shape["status"] = str(self.status)
        return shape


def not_found() -> Problem:
    """Also for what exists and may not be seen: GitHub does not tell the two apart."""
    return Problem(404, "Not Found")


def invalid(resource: str, field: str, code: str, *, message: str = "", value: JsonValue = None) -> Problem:
    """422 Validation Failed about one field."""
    error: dict[str, JsonValue] = {"resource": resource, "code": code, "field": field}
    if message:
        error["message"] = message
    if value is not None:
        error["value"] = value
    return Problem(422, "Validation Failed", errors=[error])


def malformed(field: str, value: object, expected: str) -> Problem:
    """422 for a value of the wrong JSON type."""
    names = {type(None): "nil", bool: "a boolean", int: "an integer", str: "a string", list: "an array"}
    found = names.get(type(value), "an object")
    return Problem(422, f"Invalid request.\n\nFor 'properties/{field}', {found} is not {expected}.")
