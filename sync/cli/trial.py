"""Settings of an installation that is tried out against a sandbox: for the demo, for tests and benchmarks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from sandbox import credentials
from sandbox.server import Sandbox
from sync.cli.wording import as_json

PROJECTS: list[JsonValue] = ["ENG", "PLAT", "MOB"]
REPOSITORIES: list[JsonValue] = ["northwind-soft/app", "northwind-soft/sdk"]
DATABASES: list[JsonValue] = [
    {"name": "PRDs", "kind": "doc"},
    {"name": "Roadmap", "kind": "doc"},
    {"name": "Feedback", "kind": "feedback"},
]


def trial_settings(
    sandbox: Sandbox,
    *,
    rules: Sequence[str],
    port: int = 0,
    database_url: str = "sqlite:///loopwright.sqlite",
    overrides: Mapping[str, Mapping[str, JsonValue]] | None = None,
) -> str:
    """The text of a settings file for the services of ``sandbox``, which is ours alone: no budget is kept
    but the documented one, where the sandbox enforces that, and no rule is stopped by a cap.

    ``overrides`` are further settings by connection.
    """
    systems: dict[str, dict[str, JsonValue]] = {
        "zendesk": {"url": "", "email": credentials.EMAIL, "api_token": credentials.TOKEN},
        "jira": {"url": "", "email": credentials.EMAIL, "token": credentials.TOKEN, "projects": PROJECTS},
        "github": {"base_url": "", "token": credentials.TOKEN, "repositories": REPOSITORIES},
        "notion": {"base_url": "", "token": credentials.TOKEN, "databases": DATABASES},
    }
    connections: dict[str, JsonValue] = {}
    for name, service in sandbox.services.items():
        own = systems[name]
        own["url" if "url" in own else "base_url"] = service.base_url
        connections[name] = {
            "system": name,
            **own,
            "webhook_secret": sandbox.conditions.webhook_secret,
            "rate": {"per_second": 1000, "burst": 1000},
            "documented_limits": sandbox.conditions.limits,
            "poll_seconds": 10,
            **(overrides or {}).get(name, {}),
        }
    # JSON is YAML, and this file need not be pretty.
    return as_json(
        {
            "database_url": database_url,
            "rules": [*rules],
            "webhooks": {"port": port},
            "caps": dict.fromkeys(("effects", "customer_comments", "backfill", "all_rules"), 10**9),
            "connections": connections,
        }
    )
