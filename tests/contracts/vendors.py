"""The contracts beside the clone, and what is known not to be in them, with the reason for each.

They are vendors' documents, which are not ours to copy: a folder ``shared`` beside the clone has them, or the
one that ``LOOPWRIGHT_SHARED`` names.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import JsonValue

from sandbox.jira import JiraDataCenterService
from sandbox.service import Service
from tests.contracts.contract import Contract
from tests.contracts.dialect import Dialect
from tests.repository.dockerfile import ROOT

FOLDER = Path(os.environ.get("LOOPWRIGHT_SHARED", ROOT.parent / "shared")) / "contracts"
ABSENT = "the vendors' contracts are not here: LOOPWRIGHT_SHARED names the folder that has contracts/"

DIALECTS = {
    "zendesk": Dialect(openapi_30=True, null_for_every_property=True),
    "jira": Dialect(openapi_30=True),
    "github": Dialect(openapi_30=True, null_in_nullable_enums=True),
    "github-webhooks": Dialect(openapi_30=False),
    "notion": Dialect(openapi_30=False),
}

WITHOUT_CONTRACT: dict[type[Service], str] = {
    JiraDataCenterService: "version 2 is described in prose only, and Cloud's contract is of version 3",
}
"""Services of which no vendor's document judges anything, and why not."""

UNDESCRIBED: dict[str, dict[str, str]] = {
    "zendesk": {
        r"\S+ /api/v2/webhooks(/.*)?": "Zendesk describes its webhooks in prose only",
        r"POST /oauth/tokens": "OAuth is described in prose only",
        r"GET /attachments/token/.*": "contents of files come from where the API says, and are no JSON",
        r"PUT /api/v2/tickets/\d+/comments/\d+/(attachments/\d+/)?redact": "trimmed away",
        r"DELETE /api/v2/uploads/\w+": "trimmed away",
        r"DELETE /api/v2/help_center/articles/\d+/labels/\d+": "trimmed away",
    },
    "jira": {
        r"\S+ /rest/webhooks/1\.0/webhook(/\d+)?": "the contract is the platform API's, this one is older",
        r"\S+ /rest/api/3/(attachment/.+|issue/[\w-]+/attachments)": "trimmed away",
        r"\S+ /rest/api/3/(version(/\d+)?|project/\w+/version)": "trimmed away",
        r"\S+ /rest/api/3/bulk/.+": "trimmed away",
        r"\S+ (/oauth/token(/accessible-resources)?|/media/[\w-]+)": "other hosts than Jira's",
    },
    "github": {
        r"GET /app": "trimmed away",
        r"\S+ /app/hook/deliveries(/.+)?": "trimmed away",
        r"POST /app/installations/\d+/access_tokens": "trimmed away",
        r"GET /user/\d+": "trimmed away",
        r"POST /graphql": "GraphQL has no OpenAPI",
        r"GET /(user-attachments|user-images|private-user-images)/.+": "other hosts, which keep the files",
        r"\S+ /repos/\S+/issues/\d+/(parent|sub_issues?|dependencies/\w+(/\d+)?)": "trimmed away",
    },
    "notion": {
        r"(PATCH|DELETE) /v1/comments/[\w-]+": "newer than the snapshot",
        r"\S+ /v1/file_uploads(/.*)?": "not in the snapshot",
        r"\S+ /v1/async_tasks/[\w-]+": "newer than the snapshot",
        r"\S+ /v1/databases/[\w-]+/query": "of version 2022-06-28, before there were data sources",
        r"GET /files/.+": "another host, which keeps the files",
    },
}
"""Requests, as ``METHOD /path``, that are good although the contract does not have them, and why not."""

EXPECTED: dict[str, dict[tuple[str, str, str], str]] = {
    "zendesk": {
        ("answer", r"GET /api/v2/incremental/\S+ 200", "/tickets/*/status"): "exports also say 'deleted'",
        (
            "answer",
            r"PUT /api/v2/tickets/{ticket_id} 200",
            "/audit/events/*/value",
        ): "a list where tags change",
        ("request", r"GET .*", "page[size]"): "cursor pagination is documented in one place for all lists",
        ("request", r"GET .*", "page[after]"): "cursor pagination is documented in one place for all lists",
        ("request", r"GET .*", "per_page"): "offset pagination is documented in one place for all lists",
        ("request", r"GET .*", "include"): "side-loading is documented in one place for all lists",
        ("request", r"GET /api/v2/tickets/{ticket_id}/comments", "sort"): "documented with cursor pagination",
        ("request", r"(POST|PUT) /api/v2/tickets\S*", "/ticket/priority"): "null takes the value away",
        ("request", r"(POST|PUT) /api/v2/tickets\S*", "/ticket/type"): "null takes the value away",
        ("request", r"(POST|PUT) /api/v2/tickets\S*", "/ticket/custom_fields/*/value"): "so it does there",
    },
    "jira": {
        ("answer", r"GET \S+/remotelink 200", ""): "a list, as the contract's own example is",
        **{
            (
                "answer",
                r"(GET|POST) \S+ 200",
                f"/{history}/*/items/*/{value}",
            ): "null where there was, or is, nothing"
            for history in ("changelog/histories", "issues/*/changelog/histories", "values")
            for value in ("from", "fromString", "to", "toString")
        },
    },
    "github": {
        ("answer", r".* 30[1278]", ""): "whatever was renamed or transferred is redirected, documented once",
        ("request", r"GET \S+/issues(/comments)?", "after"): "GitHub's own links in large lists",
        ("answer", r"GET /search/issues 200", "/items/*/body"): "null where an issue has no text",
    },
    "notion": {
        ("request", r".*", "Notion-Version"): "the contract has the newest version only",
        ("request", r"PATCH /v1/blocks/{block_id}/children", "/after"): "'position' in versions before that",
        ("answer", r"POST /v1/search 200", "/results/*/object"): "databases in versions without data sources",
    },
}
"""What is good against the letter of the contract: side, operation, pointer, and the reason."""

_NAMED_OTHERWISE = {
    "zendesk": (re.compile(r"\.json$"), ""),
    # Where apps reach a site.
    "jira": (re.compile(r"^/ex/jira/[^/]+"), ""),
    # GitHub's own Link and Location headers lead to repositories by their number.
    "github": (re.compile(r"^/repositories/\d+"), "/repos/owner/name"),
}


def described(service: type[Service]) -> bool:
    """Whether it is one of our emulated services, no stand-in of some test's own, and has a contract."""
    return service.__module__.startswith("sandbox.") and service not in WITHOUT_CONTRACT


def available() -> bool:
    """Whether the contracts are there."""
    return FOLDER.is_dir()


@cache
def contract(name: str) -> Contract:
    """The contract of a service, or ``github-webhooks``."""
    document: Mapping[str, JsonValue] = json.loads(
        (FOLDER / f"{name}.openapi.json").read_text(encoding="utf-8")
    )
    return Contract(name, document, DIALECTS[name])


def plain(service: str, path: str) -> str:
    """The path as the contract writes it: zenpy and node-zendesk add ``.json``, GitHub has two ways in."""
    if service not in _NAMED_OTHERWISE:
        return path
    pattern, instead = _NAMED_OTHERWISE[service]
    return pattern.sub(instead, path)


def undescribed(service: str, request: str) -> bool:
    """Whether the contract is known to lack this ``METHOD /path``."""
    return any(re.fullmatch(pattern, request) for pattern in UNDESCRIBED[service])


def expected(service: str, side: str, operation: str, pointer: str) -> bool:
    """Whether the contract is known to be wrong there."""
    return any(
        (side, pointer) == (known, place) and re.fullmatch(pattern.replace("{", r"\{"), operation)
        for known, pattern, place in EXPECTED[service]
    )
