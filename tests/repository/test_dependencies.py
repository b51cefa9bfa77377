"""pyproject.toml, the locks, the page that explains them and the code agree about dependencies."""

from __future__ import annotations

import ast
import json
import re
import sys
import tomllib
from collections.abc import Sequence
from importlib.metadata import packages_distributions
from typing import TypedDict, cast

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.repository.dockerfile import ROOT
from tests.repository.tracked import texts

OURS = {"connectors", "rules", "sync", "config", "sandbox", "tests", "benchmarks", "loopwright_gitlab"}
COMPANIONS = {"pydantic-core": "pydantic", "typing-extensions": "pydantic", "urllib3": "requests"}
"""Packages whose names are imported because another one's interface speaks of them."""
BY_NAME = {"psycopg"}
"""Packages that are reached through an address: SQLAlchemy's drivers."""
TESTS = ("tests", "benchmarks", "examples/connector-gitlab/tests", "connectors/conformance")
"""Where development's packages may be imported; the last is the test suite that connectors are shipped."""


class Project(TypedDict):
    dependencies: list[str]


PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GROUPS = cast("dict[str, list[object]]", PYPROJECT["dependency-groups"])


def requirements(entries: Sequence[object]) -> list[Requirement]:
    return [Requirement(entry) for entry in entries if isinstance(entry, str)]


RUNTIME = requirements(cast("Project", PYPROJECT["project"])["dependencies"])
GROUP = {name: requirements(entries) for name, entries in GROUPS.items()}
NPM = ROOT / "tests/judges/npm"
"""The clients from npm that judge the sandbox."""
ALL = [*RUNTIME, *(one for group in GROUP.values() for one in group)]


def named(entries: list[Requirement]) -> set[str]:
    return {canonicalize_name(one.name) for one in entries}


def pins(lock: str) -> dict[str, Version]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return {
        canonicalize_name(name): Version(version)
        for name, version in re.findall(r"^([\w.-]+)==(\S+)", text, re.M)
    }


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.lock", RUNTIME),
        ("requirements-dev.lock", [*RUNTIME, *GROUP["build"], *GROUP["dev"]]),
        ("requirements-build.lock", [*GROUP["install"], *GROUP["build"]]),
    ],
)
def test_the_locks_hold_what_pyproject_asks_for(lock: str, wanted: list[Requirement]) -> None:
    pinned = pins(lock)
    stale = [str(one) for one in wanted if pinned.get(canonicalize_name(one.name)) not in Pinned(one)]
    assert not stale, "run 'make lock'"


class Pinned:
    """The versions that a requirement allows, as a container that no version is not in."""

    def __init__(self, requirement: Requirement) -> None:
        self.specifier = requirement.specifier

    def __contains__(self, version: Version | None) -> bool:
        return version is not None and version in self.specifier


def test_the_locks_agree_with_one_another() -> None:
    tested = pins("requirements-dev.lock")
    for lock in ("requirements.lock", "requirements-build.lock"):
        different = {name for name, version in pins(lock).items() if tested.get(name, version) != version}
        assert not different, "run 'make lock'"


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-build.lock"])
def test_a_lock_has_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-(?!-hash=sha256:)", text, re.M), "an option that names a place"
    for block in re.split(r"\n(?=\w)", re.sub(r"^\s*#.*\n", "", text, flags=re.M)):
        assert "--hash=sha256:" in block, block


def test_the_lock_of_npm_has_hashes_and_no_address() -> None:
    text = (NPM / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in text, "run 'npm run lock'"
    packages = json.loads(text)["packages"]
    assert packages.pop("")["dependencies"] == judging(), "run 'npm run lock'"
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())


def judging() -> dict[str, str]:
    """What is wanted from npm, in which version."""
    wanted: dict[str, str] = json.loads((NPM / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return wanted


def test_the_page_names_every_dependency_and_no_other() -> None:
    page = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")]
    explained = {canonicalize_name(row) for row in rows if row != "package"}
    assert explained == named(ALL) | {canonicalize_name(name) for name in judging()}


def test_every_package_that_is_imported_is_a_dependency_and_the_other_way_round() -> None:
    owners = packages_distributions()
    used: dict[str, str] = {}
    for path, text in texts():
        if path.suffix == ".py" and not any(path.is_relative_to(folder) for folder in TESTS):
            for name in imported(ast.parse(text)) - OURS - sys.stdlib_module_names:
                for owner in owners.get(name, [name]):
                    package = canonicalize_name(owner)
                    used[COMPANIONS.get(package, package)] = str(path)
    declared = named(RUNTIME)
    assert {name: path for name, path in used.items() if name not in declared} == {}
    assert declared - used.keys() == BY_NAME, "nothing imports it"


def imported(tree: ast.AST) -> set[str]:
    """The top-level names that a module imports."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names
