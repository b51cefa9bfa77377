"""The arithmetic of one documented limit: when the next request may go so that nobody counts too many.

Never more than the limit in any stretch of its length, wherever that begins: so a vendor who counts in fixed
windows, in a sliding one, or with a bucket of tokens, is content alike. Within that, half of the limit may go
at once after a rest, and the other half is spread over what is left of the window (ADR 0007).
"""

from __future__ import annotations

import math
from bisect import insort
from dataclasses import dataclass, field

from connectors.limits import Limit, Standing

GRAINS = 50
"""What was spent is remembered in so many parts of the limit: of small limits, each request."""
BURST = 0.5
"""The part of the limit that may go at once after a rest."""
FAIR = 0.5
"""The most that is kept free for others because of what they are likely to take."""
EARLY = 0.25
"""From this part of a window on, what others took in it tells their pace."""
LASTS = 0.9
"""What is kept free after a mere refusal shrinks to this part of it with each further window."""
SPARE = 0.01
"""Kept free beside that while others are about: what they take just now is not heard of yet."""
NEWS = 0.01
"""By more than this part of the limit others must have spent more or less than was known."""
ROUNDING = 1.0
"""Vendors tell the end of a window in whole seconds."""


@dataclass(slots=True)
class Budget:
    """What is known of one limit in one bucket. Moments are epoch seconds."""

    spent: list[tuple[float, float]] = field(default_factory=list)
    """When how much was spent, oldest first; some of it may be yet to come."""
    paced: float = 0.0
    """When the last request went, or would have gone had no other limit held it back."""
    others: float = 0.0
    """What others spent in the vendor's current window."""
    others_before: float = 0.0
    """What they spent in the window before it."""
    resets: float = 0.0
    """When the current window ends."""

    def earliest(self, limit: Limit, cost: float, now: float) -> float:
        """The earliest moment, from ``now`` on, at which a request may go."""
        self._forget(limit, now)
        start = self._room(limit, cost, now, self._reserved(limit, now))
        if start > self.resets > now:
            # With the window ends what others took of it; what is kept free for them then is but likely.
            likely = min(self._kept(limit, 0.0, self.others, 1.0), max(0.0, limit.amount - cost))
            start = min(start, self._room(limit, cost, self.resets, likely))
        return start

    def _room(self, limit: Limit, cost: float, at: float, reserved: float) -> float:
        """The earliest moment, from ``at`` on, if so much is kept free for others; never, if that is all."""
        window = _window(limit)
        spent = [entry for entry in self.spent if entry[0] > at - window]
        usable = max(limit.amount, cost) - reserved
        if usable < cost:
            return math.inf
        used = sum(each for _, each in spent)
        room, start = usable - used, at
        for when, freed in spent:
            if room >= cost:
                break
            room, start = room + freed, when + window
        if used + cost > max(usable * BURST, 1.0):
            # Requests remembered together are forgotten together, the last one's time counting for all.
            late = _grain(limit) if _grain(limit) >= 1 else 0.0
            interval = window / max(usable - late, 1.0)
            if spent:
                # What is left is to last until what was spent first is free again.
                rest = spent[0][0] + window - self.paced
                interval = max(interval, rest / (max(usable - used, 0.0) + 1.0))
            start = max(start, self.paced + cost * interval)
        return start

    def book(self, limit: Limit, cost: float, own: float, start: float) -> None:
        """Spend: a request goes at ``start``; as far as this limit is concerned it could have at ``own``."""
        self.paced = max(self.paced, own)
        if self.spent and self.spent[-1][0] <= start and self.spent[-1][1] + cost <= _grain(limit):
            self.spent[-1] = (start, self.spent[-1][1] + cost)
        else:
            insort(self.spent, (start, cost))

    def others_by(self, limit: Limit, standing: Standing, now: float) -> float:
        """How much of what the vendor counted was not ours."""
        begun = now + standing.resets - limit.seconds - ROUNDING
        own = sum(cost for when, cost in self.spent if begun < when <= now + _slack(limit))
        return max(0.0, limit.amount - standing.left - own)

    def is_news(self, limit: Limit, standing: Standing, now: float) -> bool:
        """Whether :meth:`hear` would learn anything."""
        if not limit.told:
            return standing.left < 1
        return abs(self.others_by(limit, standing, now) - self.others) > limit.amount * NEWS

    def hear(self, limit: Limit, standing: Standing, now: float) -> None:
        """Take in what the vendor told of the limit."""
        self._forget(limit, now)
        if not limit.told and standing.left >= 1:
            return
        ends = now + standing.resets
        if ends < self.resets - limit.seconds / 2:
            return  # an answer of the window before, which took its time
        if ends > self.resets + limit.seconds / 2:
            self.others_before, self.others = self.others, 0.0
        self.resets = ends
        # By a mere refusal nobody can tell who took how much.
        self.others = self.others_by(limit, standing, now) if limit.told else limit.amount

    def whole_at(self, limit: Limit) -> float:
        """From when on there is nothing worth remembering."""
        last = self.spent[-1][0] if self.spent else 0.0
        return max(last + _window(limit), self.resets + limit.seconds)

    def _forget(self, limit: Limit, now: float) -> None:
        since = now - _window(limit)
        if self.spent and self.spent[0][0] <= since:
            self.spent = [entry for entry in self.spent if entry[0] > since]
        if now >= self.resets:
            missed = (now - self.resets) // limit.seconds
            if limit.told:
                self.others_before = 0.0 if missed else self.others
            else:
                before = FAIR * limit.amount if self.others else self.others_before * LASTS
                self.others_before = before * LASTS**missed
            self.others = 0.0
            known = not missed or self.others_before > 0
            self.resets = self.resets + (missed + 1) * limit.seconds if known else 0.0

    def _reserved(self, limit: Limit, now: float) -> float:
        if not limit.told:
            return self.others or self._kept(limit, 0.0, self.others_before, 1.0)
        rest = min(1.0, max(0.0, self.resets - now) / limit.seconds)
        return self._kept(limit, self.others, self.others_before, rest)

    def _kept(self, limit: Limit, others: float, before: float, rest: float) -> float:
        """What others spent in a window, and are likely to spend in the ``rest`` of it."""
        if others + before < 1:
            return 0.0
        pace = max(before, others / max(1 - rest, EARLY))
        likely = min(pace * rest, max(0.0, FAIR * limit.amount - others))
        return others + likely + max(1.0, limit.amount * SPARE)


def _window(limit: Limit) -> float:
    """A little longer than the vendor's: requests take unequally long to arrive, and count when they do."""
    return limit.seconds + _slack(limit)


def _slack(limit: Limit) -> float:
    return min(1.0, limit.seconds * 0.015)


def _grain(limit: Limit) -> float:
    return limit.amount / GRAINS
