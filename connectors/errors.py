"""How a connector says that it could not, grouped by what the caller must do next.

    ConnectorError
    ├── RateLimited      wait (``retry_after``), then repeat
    ├── Unavailable      nothing was done; repeat later
    ├── OutcomeUnknown   a write may have happened: look before writing again
    ├── Conflict         the item changed meanwhile: read it and plan again
    ├── NotFound         no such item, or not visible to us: park and tell, delete nothing
    ├── Rejected         the tool refuses this very request: park and tell
    ├── Forbidden        the credential is good and may not do this, here: park and tell, the rest goes on
    ├── AuthFailed       the credential itself is refused: halt this connection alone
    └── BadSignature     a webhook that the tool did not sign: refuse it

Connectors neither retry nor sleep. A message names the connection, what was asked and what the tool
answered; it never holds a credential or a customer's text.
"""

from __future__ import annotations


class ConnectorError(Exception):
    """A request to a tool did not succeed. Always one of the subclasses."""

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(f"{message}\n  {advice}" if advice else message)
        self.message = message
        self.advice = advice


class RateLimited(ConnectorError):
    """The tool asked us to slow down. ``retry_after`` is in seconds, ``None`` when it gave no time."""

    def __init__(self, message: str, *, retry_after: float | None = None, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.retry_after = retry_after


class Unavailable(ConnectorError):
    """The tool could not be reached, or failed before doing anything. Repeating is safe."""


class OutcomeUnknown(ConnectorError):
    """A write was sent and its answer was lost or unclear. It may have happened."""


class Conflict(ConnectorError):
    """The item was changed by somebody else between our reading and our writing."""


class NotFound(ConnectorError):
    """The tool knows no such item, or does not show it to us. This is not a deletion."""


class Rejected(ConnectorError):
    """The tool understood the request and refuses it; repeating it unchanged is useless."""


class Forbidden(ConnectorError):
    """The credential is good, but lacks the right that this request needs: in one project, or everywhere.

    Other projects, and other kinds of requests, may well be open to it.
    """


class AuthFailed(ConnectorError):
    """The credential itself was refused: nothing that is asked with it will do better."""


class BadSignature(ConnectorError):
    """A webhook whose signature does not match its raw body, or whose time is outside the window."""
