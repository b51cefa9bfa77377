"""What the connector states of GitHub's limits, and what it passes on of how they stand."""

from __future__ import annotations

import pytest

from connectors.abilities import StatesLimits
from connectors.github import GitHubConnector
from connectors.limits import Limit
from connectors.protocol import OpenGate
from sandbox.github.limits import PER_HOUR
from tests.connectors.github_rig import APP, Rig, draft, limited, settings_for

__all__ = ["limited"]


def limits(**given: object) -> dict[str, Limit]:
    return {
        limit.name: limit for limit in GitHubConnector.limits(settings_for("http://host/api/v3", **given))
    }


@pytest.mark.parametrize(
    ("method", "path", "costs"),
    [
        ("GET", "/repos/a/b/issues", {"requests an hour": 1, "points a minute": 1}),
        ("PATCH", "/repos/a/b/issues/1", {"requests an hour": 1, "points a minute": 5}),
        (
            "POST",
            "/api/v3/repos/a/b/issues",
            {
                "requests an hour": 1,
                "points a minute": 5,
                "writes that notify a minute": 1,
                "writes that notify an hour": 1,
            },
        ),
        ("POST", "/repos/a/b/issues/1/labels", {"requests an hour": 1, "points a minute": 5}),
        ("GET", "/search/issues", {"points a minute": 1, "searches a minute": 1}),
    ],
)
def test_what_each_request_counts_towards(method: str, path: str, costs: dict[str, float]) -> None:
    counted = {
        name: limit.cost(method, path)
        for name, limit in limits().items()
        if limit.bucket(method, path) is not None
    }
    assert counted == costs


def test_the_hour_is_as_large_as_the_settings_say() -> None:
    assert limits()["requests an hour"].amount == 5000
    assert limits(hourly_requests=15000)["requests an hour"].amount == 15000


def test_every_answer_tells_the_gate_how_the_hour_stands(limited: Rig) -> None:
    gate = OpenGate()
    connector = GitHubConnector.open("gh", settings_for(limited.service.base_url), gate)
    assert isinstance(connector, StatesLimits)
    connector.audience(APP)
    connector.create(draft())
    connector.close()
    limited.gate.calls += [f"{method} {path}" for method, path in gate.calls]
    assert [(told.limit, told.left) for told in gate.standings] == [
        ("requests an hour", PER_HOUR - 1),
        ("requests an hour", PER_HOUR - 2),
    ]
    assert all(3590 < told.resets <= 3601 for told in gate.standings)
