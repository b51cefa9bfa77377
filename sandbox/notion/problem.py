"""Refusals in Notion's words: raised anywhere below a handler, answered as Notion's error object."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

Object = dict[str, JsonValue]
"""A JSON object, as it came in or as it goes out."""


class Problem(Exception):
    """An error answer. ``code`` is one of Notion's error codes, ``extra`` its ``additional_data``."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        extra: Object | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.extra = extra
        self.headers = dict(headers or {})


def invalid(message: str) -> Problem:
    """400 for a request that is understood and refused."""
    return Problem(400, "validation_error", message)


def missing(what: str, identity: str) -> Problem:
    """404 for what does not exist, and just the same for what is not shared with the connection."""
    return Problem(
        404,
        "object_not_found",
        f"Could not find {what} with ID: {identity}. Make sure the relevant pages and databases are shared"
        ' with your integration "Loopwright".',
    )


def as_object(value: JsonValue, place: str) -> Object:
    """``value`` as an object, or Notion's refusal naming the place."""
    if not isinstance(value, dict):
        raise invalid(f"body failed validation: {place} should be an object, instead was {shown(value)}.")
    return value


def as_list(value: JsonValue, place: str) -> list[JsonValue]:
    """``value`` as an array, or Notion's refusal naming the place."""
    if not isinstance(value, list):
        raise invalid(f"body failed validation: {place} should be an array, instead was {shown(value)}.")
    return value


def as_text(value: JsonValue, place: str) -> str:
    """``value`` as a string, or Notion's refusal naming the place."""
    if not isinstance(value, str):
        raise invalid(f"body failed validation: {place} should be a string, instead was {shown(value)}.")
    return value


def shown(value: JsonValue) -> str:
    """How Notion quotes what it got."""
    return "`undefined`" if value is None else f"`{value}`"
