"""The sandbox's own time: real, moved, or virtual."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sandbox.clock import Clock


def test_it_is_the_real_time_until_it_is_moved() -> None:
    clock = Clock()
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)
    clock.advance(3600)
    assert 3600 <= (clock.now() - before).total_seconds() < 3700
    with pytest.raises(ValueError, match="only goes forward"):
        clock.advance(-1)


def test_frozen_it_moves_only_when_told() -> None:
    clock = Clock()
    clock.freeze()
    stands = clock.now()
    assert clock.frozen
    assert clock.now() == stands
    clock.advance(12.5)
    assert (clock.now() - stands).total_seconds() == 12.5


def test_it_goes_on_from_where_it_stood() -> None:
    clock = Clock()
    clock.freeze()
    clock.advance(3600)
    stood = clock.now()
    clock.thaw()
    assert not clock.frozen
    assert clock.now() >= stood
    assert (clock.now() - stood).total_seconds() < 60


def test_everybody_who_waits_hears_of_it() -> None:
    clock = Clock()
    heard: list[bool] = []
    clock.listeners.append(lambda: heard.append(clock.frozen))
    clock.advance(1)
    clock.freeze()
    clock.thaw()
    assert heard == [False, True, False]
