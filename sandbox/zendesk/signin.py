"""Who is asking: API tokens, OAuth tokens with their scopes, and the endpoint that renews these."""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.credentials import TOKEN
from sandbox.zendesk.records import User
from sandbox.zendesk.state import State

CLIENT_ID = "loopwright"
CLIENT_SECRET = "sandbox-client-secret"  # noqa: S105 - known to everybody, like every secret of the sandbox
EVERYTHING = frozenset({"read", "write"})
LIVES = 1800
"""Seconds that an access token lives when nobody asks for another time."""


@dataclass(frozen=True, slots=True)
class Who:
    """A signed-in user, and what the credential allows."""

    user: User
    scopes: frozenset[str] = EVERYTHING


@dataclass(frozen=True, slots=True)
class Grant:
    """What somebody allowed the OAuth app."""

    access: str
    refresh: str
    until: datetime
    who: Who


class _Exchange(BaseModel):
    """A request to the token endpoint, as JSON or as a form."""

    grant_type: str = ""
    client_id: str = ""
    client_secret: str = ""
    refresh_token: str = ""
    scope: str = ""
    expires_in: int = LIVES


class SignIn:
    def __init__(self, state: State) -> None:
        self._state = state
        self._grants: dict[str, Grant] = {}

    def routes(self) -> list[BaseRoute]:
        return [Route("/oauth/tokens", self._token, methods=["POST"])]

    def allow(self, user: User, scopes: frozenset[str] = EVERYTHING, lives: float = LIVES) -> Grant:
        """Somebody allows the OAuth app to act as ``user``."""
        until = self._state.clock.now() + timedelta(seconds=lives)
        grant = Grant(secrets.token_hex(16), secrets.token_hex(16), until, Who(user, scopes))
        self._grants[grant.refresh] = grant
        return grant

    def who(self, authorization: str) -> Who | None:
        """Whose request it is: an API token acts as whichever user stands before ``/token``."""
        kind, _, credential = authorization.partition(" ")
        if kind == "Bearer":
            return self._bearer(credential)
        if kind != "Basic":
            return None
        try:
            name, _, token = base64.b64decode(credential, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        email, _, method = name.rpartition("/")
        if method != "token" or token != TOKEN:
            return None
        user = self._state.users_by_email.get(email)
        return None if user is None or user.suspended else Who(user)

    def _bearer(self, token: str) -> Who | None:
        if token == TOKEN:
            return Who(self._owner())
        now = self._state.clock.now()
        live = (grant for grant in self._grants.values() if grant.until > now)
        return next((grant.who for grant in live if grant.access == token), None)

    async def _token(self, request: Request) -> Response:
        """A new pair for a refresh token, which ends the old pair."""
        raw = await request.body()
        try:
            if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
                asked = _Exchange.model_validate(dict(parse_qsl(raw.decode())))
            else:
                asked = _Exchange.model_validate_json(raw)
        except (ValidationError, UnicodeDecodeError):
            return _no("invalid_request", "The request is malformed.", 400)
        if (asked.client_id, asked.client_secret) != (CLIENT_ID, CLIENT_SECRET):
            return _no("invalid_client", "No such client", 401)
        if asked.grant_type == "client_credentials":
            if not asked.scope:
                return _no("invalid_scope", "The requested scope is invalid.", 400)
            grant = self.allow(self._owner(), frozenset(asked.scope.split()), asked.expires_in)
            return JSONResponse(_granted(grant, asked.expires_in))
        if asked.grant_type != "refresh_token":
            return _no("unsupported_grant_type", "The grant type is not supported here.", 400)
        old = self._grants.pop(asked.refresh_token, None)
        if old is None:
            return _no("invalid_grant", "The refresh token is invalid, expired or revoked.", 400)
        grant = self.allow(old.who.user, old.who.scopes, asked.expires_in)
        more = {"refresh_token": grant.refresh, "refresh_token_expires_in": 7_776_000}
        return JSONResponse(_granted(grant, asked.expires_in) | more)

    def _owner(self) -> User:
        """Who made the client, and is acted for: the bot."""
        return next(user for user in self._state.users.values() if user.role == "admin")


def _granted(grant: Grant, lives: int) -> dict[str, str | int]:
    return {
        "access_token": grant.access,
        "token_type": "bearer",
        "scope": " ".join(sorted(grant.who.scopes)),
        "expires_in": lives,
    }


def _no(error: str, description: str, status: int) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status)
