"""OAuth 2.0 (3LO): the one app that was given access to the site, and its tokens.

Source: developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps. An access token lives for an hour; a
refresh token is good for one use, and the next one comes with the answer.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

CLIENT_ID = "sandbox-app"
CLIENT_SECRET = "sandbox-app-secret-of-thirty-two-bytes"  # noqa: S105 - known to everybody
REFRESH_TOKEN = "sandbox-refresh-token"  # noqa: S105 - the one that a person's consent gave
CLOUD_ID = "5ca1ab1e-0000-4000-8000-000000000001"
SCOPES = ("read:jira-work", "write:jira-work", "read:jira-user", "manage:jira-webhook", "offline_access")
LIFE = timedelta(hours=1)


class _Asked(BaseModel):
    model_config = ConfigDict(extra="ignore")

    grant_type: str = ""
    client_id: str = ""
    client_secret: str = ""
    refresh_token: str = ""


class Grants:
    """Which tokens are good at the moment."""

    def __init__(self, now: Callable[[], datetime], base: Callable[[], str]) -> None:
        self._now = now
        self._base = base
        self._refresh = {REFRESH_TOKEN}
        self._access: dict[str, datetime] = {}

    def accepts(self, token: str) -> bool:
        expires = self._access.get(token)
        return expires is not None and self._now() < expires

    def revoke(self) -> None:
        """End all access tokens before their time."""
        self._access.clear()

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/oauth/token", self._token, methods=["POST"]),
            Route("/oauth/token/accessible-resources", self._resources, methods=["GET"]),
        ]

    async def _token(self, request: Request) -> Response:
        try:
            asked = _Asked.model_validate_json(await request.body())
        except ValidationError:
            return _refusal("invalid_request", 400)
        if (asked.client_id, asked.client_secret) != (CLIENT_ID, CLIENT_SECRET):
            return _refusal("invalid_client", 401)
        if asked.grant_type != "refresh_token":
            return _refusal("unsupported_grant_type", 400)
        if asked.refresh_token not in self._refresh:
            return _refusal("invalid_grant", 403)
        access, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self._refresh = {refresh}
        self._access[access] = self._now() + LIFE
        return JSONResponse(
            {
                "access_token": access,
                "refresh_token": refresh,
                "expires_in": int(LIFE.total_seconds()),
                "token_type": "Bearer",
                "scope": " ".join(SCOPES),
            }
        )

    async def _resources(self, request: Request) -> Response:
        """The sites that the app may use; the id goes into the address of every request."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not self.accepts(token):
            return JSONResponse({"code": 401, "message": "Unauthorized"}, 401)
        return JSONResponse(
            [
                {
                    "id": CLOUD_ID,
                    "name": "sandbox",
                    "url": self._base(),
                    "scopes": [scope for scope in SCOPES if scope != "offline_access"],
                    "avatarUrl": f"{self._base()}/avatar/site",
                }
            ]
        )


def _refusal(code: str, status: int) -> Response:
    return JSONResponse({"error": code, "error_description": code.replace("_", " ")}, status)
