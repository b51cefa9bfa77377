"""The connector is found as any third party's is: by the entry point of an installed distribution."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

from connectors.registry import GROUP, connector_type, systems
from loopwright_gitlab import GitLabConnector


def test_it_is_found_under_its_own_distribution() -> None:
    (point,) = entry_points(group=GROUP, name="gitlab")
    assert point.dist is not None
    assert point.dist.name == "loopwright-gitlab"
    assert "gitlab" in systems()
    assert connector_type("gitlab") is GitLabConnector


def test_the_installed_loopwright_takes_settings_for_it(tmp_path: Path) -> None:
    """In a process of its own, far from this folder: nothing here is on its path by chance."""
    connection = {"system": "gitlab", "token": "glpat-x", "projects": ["group/name"]}
    (tmp_path / "loopwright.yaml").write_text(json.dumps({"connections": {"forge": connection}}))
    program = (
        "from pathlib import Path; from config.settings import Settings; "
        "from connectors.registry import connector_type; "
        "forge = Settings.load(Path('loopwright.yaml')).connections['forge']; "
        "print(isinstance(forge, connector_type('gitlab').Settings))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == "True", done.stderr
