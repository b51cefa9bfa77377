"""Webhooks that the emulated services send: at least once, in the background, with the vendors' retries."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import httpx


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
        for attempt in range(hook.retries + 1):
            if attempt:
                await asyncio.sleep(0.5 * 2**attempt)
            try:
                answer = await self._client.post(hook.url, headers=dict(hook.headers), content=hook.body)
            except httpx.HTTPError:
                continue
            if answer.status_code not in hook.retry_statuses:
                if answer.is_success:
                    self.delivered += 1
                else:
                    self.failed += 1
                return
        self.failed += 1

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
