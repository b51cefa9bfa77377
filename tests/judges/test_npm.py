"""The clients of npm: each runs a session of its own, where `make judges` has installed them."""

from __future__ import annotations

import subprocess

import pytest

from sandbox.credentials import EMAIL, TOKEN
from tests.repository.dockerfile import ROOT

INSTALLED = ROOT / ".judges"

pytestmark = pytest.mark.skipif(
    not (INSTALLED / ".ready").exists(), reason="the clients of npm are not installed: make judges"
)


@pytest.mark.parametrize("service", ["zendesk", "jira", "github", "notion"])
def test_a_session_goes_to_its_end(service: str, request: pytest.FixtureRequest) -> None:
    """Its steps are printed by itself: with -s one sees them."""
    address = request.getfixturevalue(service)
    # The sessions lie behind a link, beside whose target Node would look for packages if it followed it.
    command = ["node", "--preserve-symlinks", "--preserve-symlinks-main", f"sessions/{service}.mjs"]
    print(flush=True)  # a session's first line is not the end of pytest's
    done = subprocess.run([*command, address, EMAIL, TOKEN], cwd=INSTALLED, timeout=120)
    assert done.returncode == 0, "its last step, above, failed"
