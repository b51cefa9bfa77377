"""How long to wait before trying again: reads wait where they are, writes wait in their row."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_any,
    stop_never,
    stop_when_event_set,
)
from tenacity.nap import sleep_using_event

from connectors.errors import ConnectorError, OutcomeUnknown, RateLimited, Unavailable

FIRST, LONGEST = 0.5, 60.0
"""Seconds: the pause after the first failure, which doubles, and what it never exceeds."""


def delay(attempts: int, error: BaseException | None) -> float:
    """Seconds until the next try: what the tool asked for, else doubling, with some chance in it."""
    if isinstance(error, RateLimited) and error.retry_after is not None:
        return error.retry_after
    pause = min(LONGEST, FIRST * float(2 ** min(attempts, 10)))
    return pause * random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, guards nothing


def patiently(
    stopped: threading.Event, told: Callable[[ConnectorError, float], None], *, tries: int | None = None
) -> Retrying:
    """Repeat a read until it succeeds or ``stopped`` is set; ``told`` hears each failure and the pause.

    Once stopped, or after ``tries``, the last error is raised.
    """

    def wait(state: RetryCallState) -> float:
        return delay(state.attempt_number - 1, state.outcome.exception() if state.outcome else None)

    def tell(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, ConnectorError) and state.next_action:
            told(error, state.next_action.sleep)

    return Retrying(
        retry=retry_if_exception_type((RateLimited, Unavailable, OutcomeUnknown)),
        wait=wait,
        stop=stop_any(stop_when_event_set(stopped), stop_after_attempt(tries) if tries else stop_never),
        sleep=sleep_using_event(stopped),
        before_sleep=tell,
        reraise=True,
    )
