"""Answers that are kept under the key of their request, so that a repeated one does nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.clock import Clock
from sandbox.zendesk.wire import Answer, Body, Call, Refusal

KEYS_LIVE = timedelta(hours=2)
LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class _Kept:
    digest: str
    answer: Body
    until: datetime


class IdempotentAnswers:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[str, _Kept] = {}

    def answer(self, call: Call, act: Callable[[], Body], status: int) -> Answer:
        """Do ``act``, unless its key was used within two hours: then what it answered at that time."""
        key = call.headers.get("idempotency-key")
        if key is None:
            return Answer(act(), status)
        if len(key) > LONGEST_KEY:
            raise Refusal(400, {"error": "IdempotentRequestError", "description": "The key is too long"})
        digest = hashlib.sha256(call.raw).hexdigest()
        kept = self._kept.get(key)
        if kept is not None and kept.until > self._clock.now():
            if kept.digest != digest:
                message = "The request parameters differ from those of the first request with this key"
                raise Refusal(400, {"error": "IdempotentRequestError", "description": message})
            return Answer(kept.answer, status, {"x-idempotency-lookup": "hit"})
        answer = act()
        self._kept[key] = _Kept(digest, answer, self._clock.now() + KEYS_LIVE)
        return Answer(answer, status, {"x-idempotency-lookup": "miss"})
