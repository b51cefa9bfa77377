"""One documented limit: whoever counts is content, nearly all of it is used, and others get their part."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.limits import Limit, Standing
from sync.store.pacing import Budget

DOCUMENTED = [
    Limit("export", 10, 60),
    Limit("account", 400, 60),
    Limit("connection", 180, 60),
    Limit("primary", 5000, 3600),
    Limit("points", 900, 60, cost=lambda method, path: 5.0),
    Limit("created", 80, 60),
    Limit("created in an hour", 500, 3600),
    Limit("burst", 100, 1),
    Limit("writes to one issue", 20, 2),
    Limit("updates of one ticket", 30, 600),
]
START = 1_800_000_000.0
Spent = list[tuple[float, float]]


def sliding(limit: Limit, spent: Spent) -> float:
    """The most that is spent in any stretch of the limit's length."""
    most, first, total = 0.0, 0, 0.0
    for when, cost in spent:
        total += cost
        while spent[first][0] <= when - limit.seconds:
            total -= spent[first][1]
            first += 1
        most = max(most, total)
    return most


def fixed(phase: float) -> Callable[[Limit, Spent], float]:
    """The most that is spent in a window of the clock."""

    def most(limit: Limit, spent: Spent) -> float:
        windows: dict[int, float] = {}
        for when, cost in spent:
            window = int((when - phase) // limit.seconds)
            windows[window] = windows.get(window, 0.0) + cost
        return max(windows.values(), default=0.0)

    return most


def bucket(limit: Limit, spent: Spent) -> float:
    """The most that a bucket of tokens lacks of being full."""
    lacking, last, most = 0.0, START, 0.0
    for when, cost in spent:
        lacking = max(0.0, lacking - (when - last) * limit.amount / limit.seconds) + cost
        last, most = when, max(most, lacking)
    return most


def request(budget: Budget, limit: Limit, now: float) -> float:
    """Make a request at ``now`` or as soon as it may; when it went."""
    cost = limit.cost("GET", "/")
    start = budget.earliest(limit, cost, now)
    budget.book(limit, cost, start, start)
    return start


@given(
    amount=st.integers(1, 300),
    seconds=st.sampled_from([1.0, 2.0, 60.0, 600.0]),
    cost=st.sampled_from([1.0, 5.0]),
    pauses=st.lists(st.one_of(st.just(0.0), st.floats(0, 1.5)), min_size=1, max_size=40),
    delays=st.lists(st.floats(0, 1), min_size=1, max_size=7),
    phase=st.floats(0, 600),
)
@settings(max_examples=60, deadline=None)
def test_whoever_counts_is_content(
    amount: int, seconds: float, cost: float, pauses: list[float], delays: list[float], phase: float
) -> None:
    """Whatever the load, and although requests take unequally long to arrive."""
    limit = Limit("one", max(amount, cost), seconds, cost=lambda method, path: cost)
    budget, now, arrived = Budget(), START, []
    jitter = min(1.0, seconds * 0.015)
    for number in range(3 * amount):
        now += pauses[number % len(pauses)] * seconds / 4 if number % 10 == 0 else 0.0
        now = request(budget, limit, now)
        arrived.append((now + delays[number % len(delays)] * jitter * 0.99, cost))
    arrived.sort()
    for counted in (sliding, fixed(phase), bucket):
        assert counted(limit, arrived) <= limit.amount + 1e-6


@pytest.mark.parametrize("limit", DOCUMENTED, ids=lambda limit: limit.name)
def test_under_load_nearly_all_is_used_without_a_break(limit: Limit) -> None:
    budget, now, spent = Budget(), START, []
    while now < START + 5 * limit.seconds:
        now = request(budget, limit, now)
        spent.append((now, limit.cost("GET", "/")))
    for window in range(5):
        begins = START + window * limit.seconds
        used = sum(cost for when, cost in spent if begins <= when < begins + limit.seconds)
        assert used / limit.amount >= 0.95
    longest = max(later[0] - earlier[0] for earlier, later in pairwise(spent))
    assert longest <= 2.1 * limit.seconds / (limit.amount / limit.cost("GET", "/")), "no break after a burst"


@pytest.mark.parametrize("limit", DOCUMENTED, ids=lambda limit: limit.name)
def test_after_a_rest_half_goes_at_once(limit: Limit) -> None:
    budget = Budget()
    at_once = int(limit.amount / 2 / limit.cost("GET", "/"))
    assert [request(budget, limit, START) for _ in range(at_once)] == [START] * at_once
    assert request(budget, limit, START) > START
    later = START + 3 * limit.seconds
    assert [request(budget, limit, later) for _ in range(at_once)] == [later] * at_once


class Vendor:
    """Counts in fixed windows, whoever asks."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self.counts: dict[int, dict[str, int]] = {}
        self.refused: Counter[tuple[str, int]] = Counter()

    def window(self, now: float) -> int:
        return int(now // self._limit.seconds)

    def ask(self, who: str, now: float) -> Standing:
        counts = self.counts.setdefault(self.window(now), {"us": 0, "them": 0})
        if sum(counts.values()) >= self._limit.amount:
            self.refused[who, self.window(now)] += 1
        else:
            counts[who] += 1
        resets = (self.window(now) + 1) * self._limit.seconds - now
        return Standing(self._limit.name, self._limit.amount - sum(counts.values()), resets)


@pytest.mark.parametrize("share", [0.2, 0.45])
@pytest.mark.parametrize("limit", [DOCUMENTED[1], DOCUMENTED[2]], ids=lambda limit: limit.name)
def test_others_get_their_part_within_a_window_and_we_take_it_back(limit: Limit, share: float) -> None:
    """They come in the third window and go after the eighth; the load on us never ends."""
    vendor, budget, now = Vendor(limit), Budget(), START
    theirs = START + 2.3 * limit.seconds
    while now < START + 12 * limit.seconds:
        now = request(budget, limit, now)
        while theirs <= now and theirs < START + 8 * limit.seconds:
            vendor.ask("them", theirs)
            theirs += limit.seconds / (limit.amount * share)
        budget.hear(limit, vendor.ask("us", now), now)
    first = vendor.window(START)
    part = [vendor.counts[first + window] for window in range(12)]
    refused = {(who, window - first): times for (who, window), times in vendor.refused.items()}
    assert refused == {}
    for window in range(3, 8):
        assert part[window]["them"] >= int(share * limit.amount) - 1
        assert sum(part[window].values()) >= 0.9 * limit.amount
    assert all(part[window]["us"] >= 0.95 * limit.amount for window in (0, 1, 10, 11))


@pytest.mark.parametrize("limit", DOCUMENTED, ids=lambda limit: limit.name)
def test_our_own_requests_are_not_taken_for_those_of_others(limit: Limit) -> None:
    """Although clocks and waits are not exact, and vendors tell the end of a window in whole seconds."""
    budget, now, spent = Budget(), START + 0.37 * limit.seconds, 0.0
    window = int(now // limit.seconds)
    for _ in range(3 * int(limit.amount / limit.cost("GET", "/"))):
        now = request(budget, limit, now) - 1e-6
        if int(now // limit.seconds) > window:
            window, spent = int(now // limit.seconds), 0.0
        spent += limit.cost("GET", "/")
        resets = max(1, math.ceil((window + 1) * limit.seconds - now))
        budget.hear(limit, Standing(limit.name, limit.amount - spent, resets), now)
        assert budget.others == 0


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_a_mere_refusal_halves_our_part_which_then_grows_again(share: float) -> None:
    """They come in the second window and go after the thirtieth; answers tell nothing but refusals."""
    limit = replace(DOCUMENTED[2], told=False)
    vendor, budget, now = Vendor(limit), Budget(), START
    theirs, first, asked = START + 1.3 * limit.seconds, vendor.window(START), Counter[int]()
    while now < START + 60 * limit.seconds:
        now = request(budget, limit, now)
        while theirs <= now and theirs < START + 30 * limit.seconds:
            vendor.ask("them", theirs)
            asked[vendor.window(theirs) - first] += 1
            theirs += limit.seconds / (limit.amount * share)
        heard = vendor.ask("us", now)
        if vendor.refused["us", vendor.window(now)]:
            budget.hear(limit, heard, now)
    part = [vendor.counts[first + window] for window in range(60)]
    refused = sum(times for (who, _), times in vendor.refused.items() if who == "us")
    assert 1 <= refused <= 8
    assert all(part[window]["them"] >= 0.8 * asked[window] for window in range(3, 30))
    assert sum(part[window]["them"] for window in range(3, 30)) >= 0.97 * sum(asked[w] for w in range(3, 30))
    assert sum(sum(part[window].values()) for window in range(3, 30)) >= 0.75 * 27 * limit.amount
    assert all(part[window]["us"] >= 0.9 * limit.amount for window in range(56, 60))


def test_who_takes_everything_leaves_us_half_in_the_end() -> None:
    limit = DOCUMENTED[1]
    budget = Budget()
    budget.hear(limit, Standing(limit.name, 0, 30), START)
    assert request(budget, limit, START) == START + 30
    used = [request(budget, limit, START + 31) for _ in range(150)]
    assert max(used) < START + 31 + limit.seconds


def test_news_of_the_window_before_is_forgotten_in_time() -> None:
    limit = DOCUMENTED[1]
    budget = Budget()
    budget.hear(limit, Standing(limit.name, 100, 30), START)
    at_once = [request(budget, limit, START + 1000) for _ in range(200)]
    assert at_once == [START + 1000] * 200
