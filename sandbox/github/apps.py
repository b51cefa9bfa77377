"""GitHub Apps: who signs with a private key gets a token that is good for an hour.

Source: "Generating a JSON Web Token (JWT) for a GitHub App" and "Create an installation access token for an
app". The key pair is made when somebody first asks for it, as GitHub makes one when a person clicks.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.clock import Clock
from sandbox.github.problems import Problem
from sandbox.github.records import App, Hook, User
from sandbox.github.rsa import KeyPair, key_pair

LIFETIME = timedelta(hours=1)
_LONGEST_ASSERTION = timedelta(minutes=10)


@dataclass(eq=False, slots=True)
class Installation:
    """An App in an account: what it may do there, and its tokens."""

    id: int
    app: App
    bot: User
    account: User
    permissions: dict[str, str]
    key: KeyPair
    tokens: dict[str, datetime] = field(default_factory=dict)
    """When each dies."""
    hook: Hook | None = None
    """The App's own webhook, which is told of all repositories."""


class Apps:
    """The installed Apps of one sandbox."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.installations: dict[int, Installation] = {}
        self._made = 0

    def install(self, app: App, bot: User, account: User, permissions: dict[str, str]) -> Installation:
        made = Installation(9001 + len(self.installations), app, bot, account, permissions, key_pair())
        self.installations[made.id] = made
        return made

    def grant(self, installation: Installation) -> tuple[str, datetime]:
        """A new token, in the long form that GitHub gives since 2026, and when it dies."""
        self._made += 1
        seed = f"{installation.id}.{self._made}".encode()
        token = f"ghs_{installation.app.id}_" + "".join(
            hashlib.sha256(seed + bytes([part])).hexdigest() for part in range(8)
        )
        dies = (self.clock.now() + LIFETIME).replace(microsecond=0)
        installation.tokens[token] = dies
        return token, dies

    def holder(self, token: str) -> Installation | None:
        """Whose living token it is."""
        for installation in self.installations.values():
            dies = installation.tokens.get(token)
            if dies is not None and self.clock.now() < dies:
                return installation
        return None

    def signer(self, assertion: str) -> Installation:
        """Who signed this JSON Web Token. Raises the Problem that GitHub answers instead."""
        claims, signed, signature = _parts(assertion)
        now = self.clock.now().timestamp()
        issued, expires = claims.get("iat"), claims.get("exp")
        for installation in self.installations.values():
            names = (str(installation.app.id), installation.app.client_id)
            if str(claims.get("iss")) not in names or not installation.key.verifies(signed, signature):
                continue
            if not isinstance(expires, int | float) or expires <= now:
                raise Problem(
                    401,
                    "'Expiration time' claim ('exp') must be a numeric value representing the future time at "
                    "which the assertion expires",
                )
            if expires > now + _LONGEST_ASSERTION.total_seconds():
                raise Problem(401, "'Expiration time' claim ('exp') is too far in the future")
            if not isinstance(issued, int | float) or issued > now:
                what = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion"
                raise Problem(401, f"{what} was issued")
            return installation
        raise _undecodable()


def _parts(assertion: str) -> tuple[dict[str, object], bytes, bytes]:
    """Its claims, the bytes that were signed, and the signature."""
    pieces = assertion.split(".")
    if len(pieces) != 3:
        raise _undecodable()
    try:
        header, claims, signature = (base64.urlsafe_b64decode(piece + "==") for piece in pieces)
        named, told = json.loads(header), json.loads(claims)
    except (binascii.Error, ValueError):
        raise _undecodable() from None
    if not isinstance(told, dict) or not isinstance(named, dict) or named.get("alg") != "RS256":
        raise _undecodable()
    return told, ".".join(pieces[:2]).encode(), signature


def _undecodable() -> Problem:
    return Problem(401, "A JSON web token could not be decoded")
