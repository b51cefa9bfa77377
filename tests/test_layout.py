"""The house has the rooms that it is said to have, and its packages belong to nobody else."""

from __future__ import annotations

import tomllib
from importlib.metadata import entry_points, packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

from connectors.protocol import Connector

ROOT = Path(__file__).parents[1]
PACKAGES = ["connectors", "sync", "rules", "config", "sandbox"]
EXAMPLE = "loopwright_gitlab"
"""A third party's package, which is checked here and shipped by nobody."""


@pytest.mark.parametrize(
    "name",
    [
        *PACKAGES,
        "tests",
        "docs",
        "benchmarks",
        "deploy",
        "examples",
        "pyproject.toml",
        "Dockerfile",
        "Makefile",
        "LICENSE",
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "requirements.lock",
        ".ci/run",
    ],
)
def test_the_top_level_is_as_agreed(name: str) -> None:
    assert (ROOT / name).exists()


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_is_ours_and_nobody_elses(package: str) -> None:
    spec = find_spec(package)
    assert spec
    assert spec.origin == str(ROOT / package / "__init__.py")
    assert set(packages_distributions().get(package, [])) <= {"loopwright"}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_says_that_it_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").exists()


def test_the_wheel_has_every_package() -> None:
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert tool["hatch"]["build"]["targets"]["wheel"]["packages"] == PACKAGES
    assert set(PACKAGES) <= set(tool["mypy"]["files"])
    assert set(tool["importlinter"]["root_packages"]) == {*PACKAGES, EXAMPLE}


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_every_registered_connector_is_one() -> None:
    points = {point.name: point for point in entry_points(group="loopwright.connectors")}
    assert {"memory", "zendesk", "jira", "github", "notion", "gitlab"} <= points.keys()
    for name, point in points.items():
        connector = point.load()
        assert connector.system == name
        assert [
            attribute
            for attribute in dir(Connector)
            if not hasattr(connector, attribute) and attribute[0] != "_"
        ] == []
