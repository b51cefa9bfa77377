"""Who sees what passes between the emulated services and their callers: nobody, until somebody asks."""

from __future__ import annotations

from starlette.types import ASGIApp

from sandbox.hooks import Hook
from sandbox.service import Service


class Onlooker:
    """Sees nothing. One that derives from it sees what it likes; it must change nothing."""

    def around(self, service: Service, app: ASGIApp) -> ASGIApp:
        """The application to be served in the place of a service's own, below its faults."""
        return app

    def webhook(self, hook: Hook) -> None:
        """Told every webhook before it is sent."""
