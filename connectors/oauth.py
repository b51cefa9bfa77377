"""An OAuth access token that renews itself (RFC 6749): by a refresh token, or by what the app itself knows.

A refresh token changes with every use: whoever uses it must keep the one that comes back, or a person has to
allow access anew. So the tokens live in a file, which threads and processes share under a lock: one renews,
the others read what it got. An app that needs no person (client credentials) shares its token the same way.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Self
from urllib.parse import urlsplit

import requests
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from requests.adapters import HTTPAdapter

from connectors.errors import AuthFailed, ConnectorError, RateLimited, Unavailable
from connectors.protocol import Gate

EARLY = 120.0
"""Seconds before its end at which a token is renewed: a request may wait its turn with it in hand."""
_YOUNG = 60.0
"""A token that is refused within so many seconds of its making will not do better next time."""


class OAuthSettings(BaseModel):
    """The part of a connector's settings that tells of an OAuth app; all of it is set, or none."""

    oauth_by_person: ClassVar[bool] = True
    """Whether only a person can give access, so that there is a refresh token to begin with."""

    oauth_client_id: str | None = Field(
        default=None, description="The client id of the OAuth app that access was given to."
    )
    oauth_client_secret: SecretStr | None = Field(
        default=None, description="The client secret of the OAuth app."
    )
    oauth_refresh_token: SecretStr | None = Field(
        default=None,
        description="The refresh token that Loopwright starts with. It is used once; what comes back is "
        "kept in oauth_token_file.",
    )
    oauth_token_file: Path | None = Field(
        default=None,
        description="Where the tokens are kept as they change: a file that Loopwright alone can read, in a "
        "folder that it can write to.",
    )

    @model_validator(mode="after")
    def _all_or_none(self) -> Self:
        missing = [name for name in OAuthSettings.model_fields if getattr(self, name) is None]
        if len(missing) == len(OAuthSettings.model_fields):
            return self
        if not self.oauth_by_person:
            missing = [name for name in missing if name != "oauth_refresh_token"]
        if missing:
            raise ValueError(f"an OAuth app needs {' and '.join(missing)} as well")
        return self


class _Kept(BaseModel):
    """What the file holds."""

    model_config = ConfigDict(frozen=True)

    access: str = Field(repr=False)
    refresh: str | None = Field(repr=False)
    """``None`` for an app that needs none."""
    made: float
    """Epoch seconds, as the next one."""
    renew: float | None
    """When to renew it; ``None`` for one that does not expire."""
    origin: str
    """Which app and refresh token of the settings it began with, as a digest: new ones there start anew."""


class _Granted(BaseModel):
    """The answer of a token endpoint (RFC 6749, section 5.1)."""

    access_token: str = Field(min_length=1, repr=False)
    refresh_token: str | None = Field(default=None, repr=False)
    expires_in: float | None = None


class _Refused(BaseModel):
    """Its answer to a request that it refuses (RFC 6749, section 5.2)."""

    error: str = ""


class RotatingToken:
    """The access token of one connection. Cheap to ask for: a request is made only when one has run out."""

    def __init__(
        self,
        connection: str,
        settings: OAuthSettings,
        endpoint: str,
        gate: Gate,
        *,
        scope: str = "",
        timeout: float = 30.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        """``endpoint`` is the address of the tool's token endpoint. Makes no request.

        ``scope`` is what an app without a person asks for; what a person allowed is settled.
        """
        self._connection = connection
        self._endpoint = endpoint
        self._gate = gate
        self._scope = scope
        self._timeout = timeout
        self._now = now
        self._client_id = settings.oauth_client_id or ""
        self._client_secret = settings.oauth_client_secret or SecretStr("")
        first = settings.oauth_refresh_token
        self._first = first.get_secret_value() if first else None
        self._file = settings.oauth_token_file or Path()
        self._origin = hashlib.sha256(f"{self._client_id} {self._first or ''}".encode()).hexdigest()

    def current(self) -> str:
        """An access token that is good for now, renewed first if need be.

        Raises AuthFailed when a person has to allow access anew, and RateLimited or Unavailable when
        renewing has to be tried again: the request that wanted the token was not sent in any of these.
        """
        kept = self._read()
        if kept is None or self._due(kept):
            with self._locked():
                kept = self._read()
                if kept is None or self._due(kept):
                    kept = self._renew(kept.refresh if kept else self._first)
        return kept.access

    def refused(self, token: str) -> bool:
        """Whether a request that was answered 401 with this token can succeed with the next one.

        It can where another process has renewed it meanwhile, or where the tool ended it before its time;
        in the latter case the next request renews it.
        """
        with self._locked():
            kept = self._read()
            if kept is None or kept.access != token:
                return True
            if self._now() - kept.made < _YOUNG:
                return False
            self._write(kept.model_copy(update={"renew": 0.0}))
            return True

    def _due(self, kept: _Kept) -> bool:
        return kept.renew is not None and kept.renew <= self._now()

    def _renew(self, refresh: str | None) -> _Kept:
        """Get the next token, and keep what comes back before anybody uses it."""
        granted = self._ask(refresh)
        now, lives = self._now(), granted.expires_in
        kept = _Kept(
            access=granted.access_token,
            refresh=granted.refresh_token or refresh if self._first else None,
            made=now,
            renew=None if lives is None else now + max(lives - EARLY, lives / 2),
            origin=self._origin,
        )
        self._write(kept)
        return kept

    def _ask(self, refresh: str | None) -> _Granted:
        path = urlsplit(self._endpoint).path
        asked = f"{self._connection}: POST {path}"
        body = {
            "client_id": self._client_id,
            "client_secret": self._client_secret.get_secret_value(),
        }
        if refresh is None:
            body |= {"grant_type": "client_credentials", "scope": self._scope}
        else:
            body |= {"grant_type": "refresh_token", "refresh_token": refresh}
        self._gate("POST", path)
        with requests.Session() as session:
            session.mount("https://", HTTPAdapter(max_retries=0))
            session.mount("http://", HTTPAdapter(max_retries=0))
            try:
                answer = session.post(
                    self._endpoint,
                    json=body,
                    auth=_no_other,
                    timeout=self._timeout,
                    allow_redirects=False,
                    headers={"Accept": "application/json", "User-Agent": "Loopwright"},
                )
            except requests.RequestException as error:
                raise Unavailable(f"{asked} could not renew the token ({type(error).__name__})") from None
        if answer.status_code != 200:
            raise _failed(asked, answer)
        try:
            return _Granted.model_validate_json(answer.content)
        except ValidationError:
            raise Unavailable(f"{asked} was answered with something else than a token") from None

    def _read(self) -> _Kept | None:
        """What is kept; ``None`` before the first time, and after a new start in the settings."""
        try:
            kept = _Kept.model_validate_json(self._file.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._no_file("read", error) from None
        except ValidationError:
            message = f"{self._connection}: {self._file} is not a file of tokens"
            advice = "Remove it, allow access anew, and set oauth_refresh_token to what that gives."
            raise AuthFailed(message, advice=advice) from None
        return kept if kept.origin == self._origin else None

    def _write(self, kept: _Kept) -> None:
        """All of it or nothing: half a file would cost the only refresh token."""
        try:
            # mkstemp makes it readable for its owner alone
            handle, name = tempfile.mkstemp(prefix=f".{self._file.name}.", dir=self._file.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(kept.model_dump_json().encode())
                    file.flush()
                    os.fsync(handle)
                Path(name).replace(self._file)
            except OSError:
                Path(name).unlink()
                raise
        except OSError as error:
            raise self._no_file("written", error) from None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """The file's lock, beside it because the file itself is replaced."""
        beside = self._file.with_name(f"{self._file.name}.lock")
        try:
            handle = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._no_file("locked", error) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _no_file(self, done: str, error: OSError) -> AuthFailed:
        message = f"{self._connection}: the tokens' file {self._file} cannot be {done} ({error.strerror})"
        return AuthFailed(message, advice="Set oauth_token_file to a file in a folder of Loopwright's own.")


def _no_other(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """In the place of what a ``.netrc`` would put there."""
    return request


def _failed(asked: str, answer: requests.Response) -> ConnectorError:
    """Only the endpoint's own refusal means that a person is needed."""
    status = answer.status_code
    if status == 429:
        wait = answer.headers.get("Retry-After", "")
        seconds = float(wait) if re.fullmatch(r"\d+(\.\d+)?", wait) else None
        return RateLimited(f"{asked} answered 429", retry_after=seconds)
    try:
        code = _Refused.model_validate_json(answer.content).error
    except ValidationError:
        code = ""
    said = f": {code}" if re.fullmatch(r"[A-Za-z_]{1,40}", code) else ""
    if status not in (400, 401, 403):
        return Unavailable(f"{asked} answered {status}{said}")
    advice = "Allow access anew, and set oauth_refresh_token to what that gives."
    if code == "invalid_client":
        advice = "Check oauth_client_id and oauth_client_secret against the app in the tool."
    return AuthFailed(f"{asked} answered {status}{said}: the token cannot be renewed", advice=advice)
