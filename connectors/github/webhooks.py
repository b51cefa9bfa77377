"""Deliveries of GitHub's webhooks: verified on their raw bytes, then read for what they hint at.

GitHub signs no time, so a delivery can be replayed: the engine remembers ids, and reads the item anyhow.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from urllib.parse import parse_qs

from pydantic import ValidationError

from connectors.errors import BadSignature
from connectors.github import documents, releases
from connectors.github.markdown_file import matching
from connectors.github.rows import Row
from connectors.github.settings import GitHubSettings
from connectors.model import JsonValue, Ref
from connectors.protocol import Delivery, WebhookRequest


class _Issue(Row):
    id: int
    number: int
    pull_request: dict[str, JsonValue] | None = None


class _Repository(Row):
    id: int
    full_name: str
    default_branch: str = ""


class _Release(Row):
    id: int
    tag_name: str


class _Commit(Row):
    added: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()


class _Changes(Row):
    """Where a transferred issue went, or came from."""

    new_issue: _Issue | None = None
    new_repository: _Repository | None = None
    old_issue: _Issue | None = None
    old_repository: _Repository | None = None


class _Payload(Row):
    issue: _Issue | None = None
    repository: _Repository | None = None
    changes: _Changes | None = None
    release: _Release | None = None
    ref: str = ""
    """The branch or tag of a push."""
    commits: tuple[_Commit, ...] = ()


def receive(connection: str, settings: GitHubSettings, request: WebhookRequest) -> Delivery:
    """Verify a delivery and name what to read again. Raises BadSignature."""
    secret = settings.webhook_secret
    if secret is None:
        raise BadSignature(f"{connection}: a webhook came, but no webhook_secret is set")
    signature = request.headers.get("x-hub-signature-256", "")
    expected = hmac.new(secret.get_secret_value().encode(), request.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(f"sha256={expected}".encode(), signature.encode()):
        raise BadSignature(
            f"{connection}: the signature of a webhook does not match its body",
            advice="Set webhook_secret to what was typed in as the webhook's secret on GitHub.",
        )
    delivery = request.headers.get("x-github-delivery", "") or expected
    payload = _payload(connection, request)
    refs = _ref(connection, payload.issue, payload.repository)
    if payload.changes:
        refs += _ref(connection, payload.changes.new_issue, payload.changes.new_repository)
        refs += _ref(connection, payload.changes.old_issue, payload.changes.old_repository)
    if settings.releases and payload.release and payload.repository:
        name, release = payload.repository.full_name, payload.release
        refs += (releases.ref_of(connection, release.id, name, release.tag_name),)
    if settings.documents and payload.repository:
        refs += _documents(connection, payload, payload.repository, matching(settings.documents))
    return Delivery(delivery, refs)


def _documents(
    connection: str, payload: _Payload, repository: _Repository, wanted: re.Pattern[str]
) -> tuple[Ref, ...]:
    """The documents that were pushed; what has gone away is found by reading the tree."""
    if payload.ref != f"refs/heads/{repository.default_branch}":
        return ()
    paths = dict.fromkeys(path for commit in payload.commits for path in (*commit.added, *commit.modified))
    return tuple(
        documents.ref_of(connection, repository.id, repository.full_name, path)
        for path in paths
        if wanted.fullmatch(path)
    )


def _payload(connection: str, request: WebhookRequest) -> _Payload:
    body = request.body
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        body = parse_qs(body.decode(errors="replace")).get("payload", [""])[0].encode()
    try:
        return _Payload.model_validate_json(body)
    except ValidationError:
        raise BadSignature(f"{connection}: a webhook was signed, but is not GitHub's JSON") from None


def _ref(connection: str, issue: _Issue | None, repository: _Repository | None) -> tuple[Ref, ...]:
    """The issue's identity and address; pull requests are none of ours."""
    if issue is None or repository is None or issue.pull_request is not None:
        return ()
    key = f"{repository.full_name}#{issue.number}"
    return (Ref(connection=connection, id=str(issue.id), key=key),)
