"""A store of each kind, migrated and empty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.store.database import Store
from tests.sync.databases import KINDS, database_url


@pytest.fixture(
    params=[
        pytest.param(kind, marks=[pytest.mark.postgres] if kind == "postgresql" else []) for kind in KINDS
    ]
)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened = Store(database_url(request.param, tmp_path))
    opened.migrate()
    yield opened
    opened.close()
