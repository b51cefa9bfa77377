"""Refusals in Jira's words: raised anywhere below a handler, answered as Jira's error collection."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.jira.records import Object


class Problem(Exception):
    """An error answer. ``errors`` says which field is wrong and why."""

    def __init__(
        self,
        status: int,
        *messages: str,
        errors: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, *messages)
        self.status = status
        self.messages = messages
        self.errors = dict(errors or {})
        self.headers = dict(headers or {})

    def body(self) -> Object:
        """Jira's ErrorCollection; who is not signed in gets the gateway's form instead."""
        if self.status == 401:
            return {"message": " ".join(self.messages), "status-code": self.status}
        return {"errorMessages": list(self.messages), "errors": dict(self.errors)}


def no_issue() -> Problem:
    """404 for what does not exist, and just the same for what is not visible."""
    return Problem(404, "Issue does not exist or you do not have permission to see it.")


def bad_payload() -> Problem:
    """400 for a body that does not have the shape that the route wants."""
    return Problem(400, "Invalid request payload. Refer to the REST API documentation and try again.")


def bad_field(field: str, message: str) -> Problem:
    """400 about one field."""
    return Problem(400, errors={field: message})


def not_on_screen(field: str) -> Problem:
    """400 for a field that may not be written here, such as the status."""
    return bad_field(
        field, f"Field '{field}' cannot be set. It is not on the appropriate screen, or unknown."
    )
