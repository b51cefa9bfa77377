"""The import contracts cover every module there is, and bite."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TypedDict, cast

import pytest

from tests.repository.dockerfile import ROOT


class Contract(TypedDict, total=False):
    name: str
    type: str
    layers: list[str]
    modules: list[str]
    source_modules: list[str]
    forbidden_modules: list[str]


TOOL = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
CONTRACTS = cast("list[Contract]", TOOL["contracts"])


def children(package: str) -> set[str]:
    """The modules and packages that stand directly in a package."""
    found = {path.stem for path in (ROOT / package).glob("*.py")} - {"__init__"}
    found |= {path.parent.name for path in (ROOT / package).glob("*/__init__.py")}
    return {f"{package}.{name}" for name in found}


def contract(name: str) -> Contract:
    [found] = [one for one in CONTRACTS if one["name"].startswith(name)]
    return found


def test_every_module_of_sync_has_its_layer() -> None:
    layers = [layer.split(" : ") for layer in contract("Who may import whom")["layers"]]
    named = [module for layer in layers for module in layer]
    assert {name for name in named if name.startswith("sync.")} == children("sync")
    assert [layer[0].partition(".")[0] for layer in layers] == [
        "sync",
        "sync",
        "config",
        "sync",
        "sync",
        "rules",
        "connectors",
    ]


def test_rules_may_import_the_canonical_form_alone() -> None:
    forbidden = set(contract("Rules know")["forbidden_modules"])
    assert children("connectors") - forbidden == {"connectors.model"}


@pytest.mark.parametrize("sdk", ["github", "jira", "notion_client", "zenpy"])
def test_every_other_part_is_kept_from_a_client(sdk: str) -> None:
    own = {"notion_client": "notion", "zenpy": "zendesk"}.get(sdk, sdk)
    sources = set(contract(f"{sdk} is known")["source_modules"])
    assert sources == {"config", "rules", "sandbox", "sync"} | children("connectors") - {f"connectors.{own}"}


BREACHES = {
    "sync/merge.py": "import sync.app",
    "rules/intents.py": "import time",
    "connectors/memory/__init__.py": "import connectors.zendesk",
    "connectors/model.py": "import connectors.notion",
    "connectors/registry.py": "import github, jira, notion_client, zenpy",
    "sandbox/clock.py": "import connectors.model",
    "config/model.py": "import sandbox.server, loopwright_gitlab",
    "loopwright_gitlab/rows.py": "import sync.app",
}

EXAMPLE = ROOT / "examples" / "connector-gitlab"


@pytest.mark.slow
def test_every_contract_bites(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in TOOL["root_packages"]:
        home = ROOT if (ROOT / package).exists() else EXAMPLE
        shutil.copytree(home / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    for path, statement in BREACHES.items():
        file = tmp_path / path
        file.write_text(f"{file.read_text(encoding='utf-8')}\n{statement}\n", encoding="utf-8")
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    done = subprocess.run(
        command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True
    )
    assert f"Contracts: 0 kept, {len(CONTRACTS)} broken." in done.stdout, done.stdout + done.stderr
