"""Webhooks that the emulated services send: at least once, in the background, with the vendors' retries."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import httpx


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one try of a delivery ended."""

    number: int
    """Counted from 1."""
    status: int | None
    """``None`` where no answer came."""
    retry_after: str = ""


@dataclass(frozen=True, slots=True)
class Hook:
    """One signed delivery, ready to be posted."""

    service: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    retry_statuses: frozenset[int] = frozenset()
    retries: int = 0
    """How often the vendor tries again after a failure; GitHub never does."""
    again: Callable[[Attempt], bool] | None = None
    """Told of every try, says whether there is another: instead of statuses and a number."""


class Hooks:
    """Posts hooks without ever delaying the request that caused them."""

    def __init__(self) -> None:
        self.enabled = True
        self.delivered = 0
        self.failed = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: httpx.AsyncClient | None = None

    def send(self, hook: Hook) -> None:
        """Queue a delivery. Needs a running event loop."""
        if not self.enabled:
            return
        task = asyncio.get_running_loop().create_task(self._deliver(hook))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, hook: Hook) -> None:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=10.0)
        for number in itertools.count(1):
            status, retry_after = None, ""
            with suppress(httpx.HTTPError):
                answer = await self._client.post(hook.url, headers=dict(hook.headers), content=hook.body)
                status, retry_after = answer.status_code, answer.headers.get("Retry-After", "")
            attempt = Attempt(number, status, retry_after)
            more = hook.again(attempt) if hook.again else _again(hook, attempt)
            if status is not None and 200 <= status < 300:
                self.delivered += 1
                return
            if not more:
                self.failed += 1
                return
            await asyncio.sleep(0.5 * 2**number)

    async def drain(self) -> None:
        """Wait until nothing is in flight."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        """Stop what is in flight and release sockets."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None


def _again(hook: Hook, attempt: Attempt) -> bool:
    listed = attempt.status is None or attempt.status in hook.retry_statuses
    return listed and attempt.number <= hook.retries
