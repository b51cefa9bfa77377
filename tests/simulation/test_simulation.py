"""Whatever happens in whatever order: at the end everything is as it must be."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize

from tests.integration.storm import TOOLS
from tests.simulation.emulated import EmulatedScene
from tests.simulation.machine import History
from tests.simulation.memory import MemoryScene


class MemoryHistory(History):
    @initialize(
        page_size=st.integers(1, 4),
        notes_apart=st.booleans(),
        one_by_one=st.booleans(),
        backfill=st.booleans(),
        old=st.integers(0, 2),
    )
    def open(self, page_size: int, notes_apart: bool, one_by_one: bool, backfill: bool, old: int) -> None:
        self.begin(
            lambda fate: MemoryScene(
                fate, page_size=page_size, notes_apart=notes_apart, one_by_one=one_by_one
            ),
            backfill=backfill,
            old=old,
        )


class EmulatedHistory(History):
    @initialize(tool=st.sampled_from(sorted(TOOLS)), backfill=st.booleans(), old=st.integers(0, 1))
    def open(self, tool: str, backfill: bool, old: int) -> None:
        self.begin(lambda fate: EmulatedScene(fate, tool=tool), backfill=backfill, old=old)


TestMemory = MemoryHistory.TestCase
TestMemory.settings = settings(
    max_examples=265, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestEmulated = EmulatedHistory.TestCase
TestEmulated.settings = settings(TestMemory.settings, max_examples=35, stateful_step_count=12)
