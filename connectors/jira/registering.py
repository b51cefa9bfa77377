"""Telling Jira where to send webhooks.

An account with a token makes an admin webhook, which Jira signs with a secret of ours. An OAuth app makes a
dynamic one, which ends after thirty days unless it is renewed; polling sees to that once a week.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from pydantic import JsonValue, SecretStr

from connectors.abilities import WebhookSetup
from connectors.errors import AuthFailed, Forbidden, NotFound, Rejected
from connectors.jira.answers import DynamicWebhooks, RegisteredWebhooks
from connectors.jira.base import JiraBase
from connectors.jira.client import WebhookWish
from connectors.jira.jql import literal

RENEWED_EVERY = timedelta(days=7)
ISSUES = ("jira:issue_created", "jira:issue_updated", "jira:issue_deleted")
COMMENTS = ("comment_created", "comment_updated", "comment_deleted")
LINKS = ("issuelink_created", "issuelink_deleted")
VERSIONS = (
    "jira:version_created",
    "jira:version_updated",
    "jira:version_released",
    "jira:version_unreleased",
)


class WithWebhooks(JiraBase):
    """Registers webhooks, and renews those that end by themselves."""

    def set_up_webhook(self, url: str) -> WebhookSetup:
        if self._settings.oauth_client_id is not None:
            return self._set_up_dynamic(url)
        secret = self._settings.webhook_secret or SecretStr(secrets.token_urlsafe(32))
        if self._client.missing_permissions(("ADMINISTER",)):
            return WebhookSetup(None, secret, self._steps(url))
        wanted = WebhookWish(url, self._events(), self._filter(), secret.get_secret_value())
        made = self._client.put_webhook(f"Loopwright ({self.connection})", wanted)
        return WebhookSetup(made.id, None if self._settings.webhook_secret else secret)

    def _set_up_dynamic(self, url: str) -> WebhookSetup:
        """Those from before are taken away first: an app may have few, and of one address only."""
        old = self._dynamic_ids()
        if old:
            self._client.wire.write("DELETE", "webhook", {"webhookIds": [*old]})
        details: dict[str, JsonValue] = {"events": [*ISSUES, *COMMENTS], "jqlFilter": self._filter()}
        body: dict[str, JsonValue] = {"url": url, "webhooks": [details]}
        answer = self._client.wire.post(RegisteredWebhooks, "webhook", body)
        result = answer.webhookRegistrationResult[0]
        if result.createdWebhookId is None:
            raise Rejected(f"{self.connection}: no webhook was made: {'; '.join(result.errors)}")
        return WebhookSetup(str(result.createdWebhookId))

    def _renew_webhooks(self) -> None:
        """Give the app's webhooks another thirty days. Without the right to, polling does without them."""
        try:
            mine = self._dynamic_ids()
            if mine:
                self._client.wire.write("PUT", "webhook/refresh", {"webhookIds": [*mine]})
        except (AuthFailed, Forbidden, NotFound, Rejected):
            return

    def _dynamic_ids(self) -> list[int]:
        return [row.id for row in self._client.wire.get(DynamicWebhooks, "webhook").values]

    def _filter(self) -> str:
        return f"project in ({', '.join(map(literal, self._settings.projects))})"

    def _events(self) -> tuple[str, ...]:
        return ISSUES + COMMENTS + LINKS + (VERSIONS if self._settings.releases else ())

    def _steps(self, url: str) -> tuple[str, ...]:
        return (
            "As an administrator of the site, open System settings, WebHooks, and create a WebHook.",
            f"URL: {url}",
            "Secret: the text that webhook_secret is set to.",
            f"Issue related events: {self._filter()}, with issue created, updated and deleted, and comment "
            "created, updated and deleted.",
        )
