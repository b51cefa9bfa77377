"""The vendors' error bodies, which their contracts mostly leave out: written from their documentation."""

from __future__ import annotations

import json
from functools import cache

from jsonschema_rs import Draft202012Validator

from tests.contracts.contract import Wrong, explained
from tests.contracts.dialect import Schema

_TEXT: Schema = {"type": "string"}

PROBLEMS: dict[str, Schema] = {
    # api-facts, section 4 of zendesk: "error" is a string or an object, and a validation names its fields.
    "zendesk": {
        "anyOf": [
            {
                "type": "object",
                "required": ["error"],
                "properties": {
                    "error": {
                        "anyOf": [
                            _TEXT,
                            {
                                "type": "object",
                                "required": ["title", "message"],
                                "properties": {"title": _TEXT, "message": _TEXT},
                            },
                        ]
                    },
                    "description": _TEXT,
                    "details": {"type": "object", "additionalProperties": {"type": "array"}},
                },
            },
            {
                "type": "object",
                "required": ["errors"],
                "properties": {
                    "errors": {
                        "type": "array",
                        "items": {"type": "object", "required": ["code", "title"]},
                    }
                },
            },
        ]
    },
    # api-facts, section 4 of jira.
    "jira": {
        "type": "object",
        "anyOf": [
            {
                "required": ["errorMessages"],
                "properties": {
                    "errorMessages": {"type": "array", "items": _TEXT},
                    "errors": {"type": "object", "additionalProperties": _TEXT},
                },
            },
            {"required": ["message"], "properties": {"message": _TEXT}},
        ],
    },
    # api-facts, section 4 of github.
    "github": {
        "type": "object",
        "required": ["message"],
        "properties": {
            "message": _TEXT,
            "documentation_url": _TEXT,
            "status": _TEXT,
            "errors": {
                "type": "array",
                "items": {
                    "anyOf": [_TEXT, {"type": "object", "required": ["code"], "properties": {"code": _TEXT}}]
                },
            },
        },
    },
    # api-facts, section 4 of notion: also what a status says that the contract does not know, such as 529.
    "notion": {
        "type": "object",
        "required": ["object", "status", "code", "message"],
        "properties": {
            "object": {"const": "error"},
            "status": {"type": "integer"},
            "code": _TEXT,
            "message": _TEXT,
            "additional_data": {"type": "object"},
            "request_id": _TEXT,
        },
    },
}


@cache
def _validator(service: str) -> Draft202012Validator:
    return Draft202012Validator(PROBLEMS[service])


def wrong_problem(service: str, media: str, body: bytes) -> list[Wrong]:
    """What is wrong with the body of an error, unless it is empty or a page: real servers send those too."""
    if "json" not in media:
        return []
    try:
        instance = json.loads(body)
    except ValueError:
        return [Wrong("", "the body is no JSON")]
    return [wrong for error in _validator(service).iter_errors(instance) for wrong in explained(error)]
