"""Whatever happens in whatever order: at the end everything is at both ends, once and in order."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.sync.simulation import Simulation

TestSimulation = Simulation.TestCase
TestSimulation.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
