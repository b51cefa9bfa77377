"""A small one of ``make kills``: random moments of a sync of fifty items."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.kills import kill


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_killed_at_random_moments_nothing_is_lost_and_nothing_twice(tmp_path: Path, kind: str) -> None:
    assert kill(tmp_path, items=50, kills=4, kind=kind, seed=1, longest=1.5).killed == 4
