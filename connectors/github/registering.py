"""Having GitHub send its webhooks: one for each repository, or the App's own, which a person sets up.

What GitHub failed to deliver is not asked for again, though it keeps a log: polling finds the same changes
with two requests for a repository, mostly free, while the log costs one for each hook and forgets in days.
"""

from __future__ import annotations

import secrets

from pydantic import SecretStr, TypeAdapter

from connectors.abilities import WebhookSetup
from connectors.errors import Forbidden, NotFound
from connectors.github.client import Client
from connectors.github.rows import HookRow
from connectors.github.settings import GitHubSettings
from connectors.model import JsonValue

_HOOK = TypeAdapter(HookRow)
_HOOKS = TypeAdapter(tuple[HookRow, ...])


def set_up(client: Client, settings: GitHubSettings, url: str) -> WebhookSetup:
    """Where the credential may not, a person is told what to click; the others are set up all the same."""
    secret = settings.webhook_secret or SecretStr(secrets.token_urlsafe(32))
    if client.installation is not None:
        return WebhookSetup(None, secret, _steps_of_app(settings, url))
    ids: list[str] = []
    steps: list[str] = []
    for name in settings.repositories:
        try:
            ids.append(str(_register(client, settings, name, secret, url).id))
        except (Forbidden, NotFound):  # hooks are hidden from those who may not manage them
            steps += _steps_of_repository(settings, name, url)
    return WebhookSetup(", ".join(ids) or None, secret, tuple(steps))


def _register(client: Client, settings: GitHubSettings, name: str, secret: SecretStr, url: str) -> HookRow:
    """The one that is there already is changed: its address tells it."""
    path = f"/repos/{name}/hooks"
    wanted: dict[str, JsonValue] = {
        "active": True,
        "events": [*_events(settings)],
        "config": {
            "url": url,
            "content_type": "json",
            "secret": secret.get_secret_value(),
            "insecure_ssl": "0",
        },
    }
    for page in client.pages(_HOOKS, path):
        for hook in page:
            if hook.config.url == url:
                return client.write(_HOOK, "PATCH", f"{path}/{hook.id}", wanted)
    return client.write(_HOOK, "POST", path, {"name": "web", **wanted})


def _events(settings: GitHubSettings) -> tuple[str, ...]:
    events = ["issues", "issue_comment"]
    if settings.releases:
        events.append("release")
    if settings.documents:
        events.append("push")
    return tuple(events)


def _steps_of_repository(settings: GitHubSettings, name: str, url: str) -> tuple[str, ...]:
    return (
        f"{name}: the token may not manage webhooks. Give it Webhooks: read and write and repeat this, "
        f"or open {settings.web_url()}/{name}/settings/hooks/new.",
        f"Payload URL: {url}; content type: application/json; secret: the text that webhook_secret is set "
        f"to; the individual events {', '.join(_events(settings))}.",
    )


def _steps_of_app(settings: GitHubSettings, url: str) -> tuple[str, ...]:
    return (
        "Open the App's settings on GitHub: Settings (of the organization that owns it), Developer settings, "
        f"GitHub Apps, Edit; for a personal one, {settings.web_url()}/settings/apps.",
        f"General, Webhook: tick Active; webhook URL: {url}; secret: the text that webhook_secret is set to.",
        f"Permissions & events: subscribe to {', '.join(_events(settings))}, and save.",
    )
