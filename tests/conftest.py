"""Holds every sandbox of every test to the vendors' contracts, and makes properties repeatable.

``make test`` asks every property the same questions on every machine; ``make fuzz`` asks new ones.
"""

from hypothesis import settings

from tests.contracts.plugin import (
    pytest_configure,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_unconfigure,
)

__all__ = ["pytest_configure", "pytest_sessionfinish", "pytest_terminal_summary", "pytest_unconfigure"]

settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")
