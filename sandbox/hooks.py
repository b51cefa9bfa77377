"""Webhooks that the emulated services send: at least once, in the background, with the vendors' retries.

The services say what is sent, where and how often it is tried again. Here is the way in between, on which a
delivery may be late, doubled, overtaken or lost. Pauses are those of the sandbox's clock.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import defaultdict
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

import httpx

from sandbox.clock import Clock
from sandbox.trouble import Trouble

PATIENCE = 10.0
"""Seconds that an answer may take."""
LATE = 60.0
"""Seconds of the sandbox's clock that a late webhook is late when nothing else is asked for."""


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
    pause: float = 1.0
    """Seconds before the first of these tries."""
    growth: float = 2.0
    """How many times longer each next pause is."""
    late: float = 0.0
    """Seconds that the vendor takes its time with the first try."""
    retry_header: str = ""
    """The header in which repetitions are counted, if the vendor does that."""
    renewed: Callable[[int], Hook] | None = None
    """The delivery of the try with this number, where the vendor counts them in what it signs."""


@dataclass(frozen=True, slots=True, eq=False)
class _Post:
    """A delivery on its way, and how often it was tried."""

    hook: Hook
    tries: int = 0


class Hooks:
    """Posts hooks without ever delaying the request that caused them."""

    def __init__(self, clock: Clock, troubles: Mapping[str, Trouble]) -> None:
        """``troubles`` are those of each service by its name, also of services that are yet to come."""
        self.enabled = True
        self.listeners: list[Callable[[Hook], None]] = []
        """Told every hook before it is sent."""
        self.delivered = 0
        self.failed = 0
        self._troubles = troubles
        self._clock = clock
        self._later: list[tuple[datetime, int, _Post]] = []
        self._numbers = count()
        self._overtaken: defaultdict[str, list[_Post]] = defaultdict(list)
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        clock.listeners.append(self._clock_moved)

    def send(self, hook: Hook) -> None:
        """Queue a delivery. Needs a running event loop."""
        if not self.enabled:
            return
        for listener in self.listeners:
            listener(hook)
        self._loop = asyncio.get_running_loop()
        post = _Post(hook)
        body = hook.body.decode(errors="replace")
        fault = self._troubles[hook.service].pick("webhook", f"POST {hook.url}", body)
        kind = fault.kind if fault else None
        seconds = LATE if fault is None or fault.seconds is None else fault.seconds
        if kind == "late":
            self._put_off(post, seconds)
        elif kind == "out_of_order":
            self._overtaken[hook.service].append(post)
            self._put_off(post, seconds)
        elif hook.late and kind is None:
            self._put_off(post, hook.late)
        elif kind != "missing":
            twice = [post] if kind == "doubled" else []
            self._start(self._in_turn([post, *twice, *self._take_overtaken(hook.service)]))

    def _take_overtaken(self, service: str) -> list[_Post]:
        taken = self._overtaken.pop(service, [])
        self._later = [entry for entry in self._later if entry[2] not in taken]
        heapq.heapify(self._later)
        return taken

    def _put_off(self, post: _Post, seconds: float) -> None:
        due = self._clock.now() + timedelta(seconds=seconds)
        heapq.heappush(self._later, (due, next(self._numbers), post))
        self._release()

    def _release(self) -> None:
        """Send what is due by now, and come back for the next."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        now = self._clock.now()
        while self._later and self._later[0][0] <= now:
            post = heapq.heappop(self._later)[2]
            if post in self._overtaken[post.hook.service]:
                self._overtaken[post.hook.service].remove(post)
            self._start(self._in_turn([post]))
        if self._later and self._loop and not self._clock.frozen:
            self._timer = self._loop.call_later((self._later[0][0] - now).total_seconds(), self._release)

    def _clock_moved(self) -> None:
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._release)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _in_turn(self, posts: list[_Post]) -> None:
        for post in posts:
            await self._deliver(post)

    async def _deliver(self, post: _Post) -> None:
        hook = post.hook if not (post.hook.renewed and post.tries) else post.hook.renewed(post.tries + 1)
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=PATIENCE)
        status, retry_after = None, ""
        headers = dict(hook.headers)
        if hook.retry_header and post.tries:
            headers[hook.retry_header] = str(post.tries)
        with suppress(httpx.HTTPError):
            answer = await self._client.post(hook.url, headers=headers, content=hook.body)
            status, retry_after = answer.status_code, answer.headers.get("Retry-After", "")
        attempt = Attempt(post.tries + 1, status, retry_after)
        more = hook.again(attempt) if hook.again else _again(hook, attempt)
        if status is not None and 200 <= status < 300:
            self.delivered += 1
        elif more:
            self._put_off(_Post(post.hook, attempt.number), hook.pause * hook.growth**post.tries)
        else:
            self.failed += 1

    async def drain(self) -> None:
        """Wait until nothing is under way. What is late, or is to be tried again, waits for the clock."""
        self._release()
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        """Stop what is in flight and release sockets."""
        if self._timer:
            self._timer.cancel()
        self._later.clear()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None


def _again(hook: Hook, attempt: Attempt) -> bool:
    listed = attempt.status is None or attempt.status in hook.retry_statuses
    return listed and attempt.number <= hook.retries
