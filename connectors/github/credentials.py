"""Who we are to GitHub: a token, or an App's installation, whose tokens live an hour and are renewed here.

All connectors of one process that speak for the same installation share its token: it is renewed once,
whichever thread needs it first, and an ETag holds as long as it does (GitHub ties the two together).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

import requests
from github import Auth
from jwt import PyJWTError
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from connectors.errors import AuthFailed, ConnectorError, RateLimited, Unavailable
from connectors.github.failures import Asked, misunderstood, wait
from connectors.github.rows import AppRow
from connectors.github.settings import GitHubSettings

EARLY = 300.0
"""Seconds before its end at which a token is renewed: a request may wait its turn with it in hand."""
_LIVES = 3600.0
"""How long a token lives where GitHub's answer bears no date to reckon from."""
_YOUNG = 60.0
"""A token that is refused within so many seconds of its making will not do better next time."""
_DRIFT = 30.0
"""Seconds by which a local clock may be wrong before GitHub's is taken instead."""

Send: TypeAlias = Callable[[str, str, Mapping[str, str]], requests.Response]
"""Sends a request past the gate: method, path below the base URL, headers."""


class Credential(Protocol):
    """What signs requests."""

    def token(self) -> str:
        """The token for the next request."""
        ...

    def renewed(self, token: str) -> bool:
        """Whether a request that was answered 401 with this token can succeed with the next one."""
        ...


class FixedToken:
    """A personal access token: good until a person ends it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def token(self) -> str:
        return self._token

    def renewed(self, token: str) -> bool:
        return False


class _Granted(BaseModel):
    """GitHub's answer. The token's length is none of our business: the newer ones are very long."""

    token: str = Field(min_length=1, repr=False)
    expires_at: AwareDatetime


@dataclass
class _Shared:
    """The token of an installation, for all connectors of this process."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    token: str = field(default="", repr=False)
    made: float = 0.0
    """By the monotonic clock, as the next one."""
    renew: float = 0.0


_known: dict[tuple[str, str, str], _Shared] = {}
_knowing = threading.Lock()


class Installation:
    """An App as installed by somebody: signs with its private key for a token, which signs requests."""

    def __init__(
        self,
        connection: str,
        settings: GitHubSettings,
        app: str,
        send: Send,
        now: Callable[[], datetime | None],
    ) -> None:
        """``now`` is GitHub's time, as far as it is known. Makes no request."""
        path = f"/app/installations/{settings.installation_id}/access_tokens"
        self._asked = Asked(connection, "POST", path)
        self._app = app
        self._settings = settings
        self._send = send
        self._now = now
        with _knowing:
            self._shared = _known.setdefault((settings.base_url, app, path), _Shared())

    def token(self) -> str:
        """Raises AuthFailed, RateLimited or Unavailable: whatever wanted the token was not sent then."""
        shared = self._shared
        with shared.lock:
            if not shared.token or time.monotonic() >= shared.renew:
                self._renew()
            return shared.token

    def renewed(self, token: str) -> bool:
        shared = self._shared
        with shared.lock:
            if shared.token != token:
                return True
            if time.monotonic() - shared.made < _YOUNG:
                return False
            shared.token = ""
            return True

    def app(self) -> AppRow:
        """What the App is called, which its tokens may not ask."""
        asked = Asked(self._asked.connection, "GET", "/app")
        answer = self._ask(asked)
        if answer.status_code != 200:
            raise _failed(asked, answer)
        try:
            return AppRow.model_validate_json(answer.content)
        except ValidationError:
            raise misunderstood(asked, "no App") from None

    def _assertion(self) -> str:
        """The App's own signature, good for some minutes, by GitHub's clock where ours is wrong."""
        local, theirs = time.time(), self._now()
        now = theirs.timestamp() if theirs and abs(theirs.timestamp() - local) > _DRIFT else local
        try:
            sign = Auth.AppAuth.create_jwt_sign(self._settings.private_key(), "RS256")
            signed = sign({"iat": int(now) - 60, "exp": int(now) + 300, "iss": self._app})
        except (OSError, ValueError, PyJWTError):
            raise AuthFailed(
                f"{self._asked.connection}: the App's private key cannot be read",
                advice="It is the whole .pem file that GitHub gave when the key was made: is it there?",
            ) from None
        return signed if isinstance(signed, str) else signed.decode()

    def _renew(self) -> None:
        answer = self._ask(self._asked)
        if answer.status_code != 201:
            raise _failed(self._asked, answer)
        try:
            granted = _Granted.model_validate_json(answer.content)
        except ValidationError:
            raise Unavailable(f"{self._asked} was answered with something else than a token") from None
        now = self._now()
        lives = (granted.expires_at - now).total_seconds() if now else _LIVES
        made = time.monotonic()
        self._shared.token, self._shared.made = granted.token, made
        self._shared.renew = made + max(lives - EARLY, lives / 2)

    def _ask(self, asked: Asked) -> requests.Response:
        """Once more with GitHub's time, which the refusal told, where it may have been our clock's fault."""
        answer = self._signed(asked)
        return self._signed(asked) if answer.status_code == 401 and self._clock_is_wrong() else answer

    def _signed(self, asked: Asked) -> requests.Response:
        headers = {
            "Authorization": f"Bearer {self._assertion()}",
            "Accept": "application/vnd.github+json",
            "User-Agent": "loopwright",
        }
        try:
            return self._send(asked.method, asked.path, headers)
        except requests.RequestException as error:
            raise Unavailable(f"{asked} got no answer ({type(error).__name__})") from None

    def _clock_is_wrong(self) -> bool:
        now = self._now()
        return now is not None and abs(now.timestamp() - time.time()) > _DRIFT


def _failed(asked: Asked, answer: requests.Response) -> ConnectorError:
    """Only GitHub's own refusal means that a person is needed."""
    status = answer.status_code
    what = f"{asked} answered {status}"
    if status == 429 or (status == 403 and "retry-after" in answer.headers):
        return RateLimited(what, retry_after=wait(answer.headers))
    if status == 401:
        return AuthFailed(what, advice="Does the private key belong to app_id, and is it still listed there?")
    if status in (403, 404):
        return AuthFailed(what, advice="Is the App installed, and is installation_id that of this account?")
    return Unavailable(what)
