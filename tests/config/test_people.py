"""The override file: what it says, and how its mistakes are shown without anybody's address."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from config.people import load_people
from config.problems import SettingsProblems
from sync.store.people import Override
from tests.config.conftest import Load, Mistakes

CONNECTIONS = ("zendesk", "jira", "github")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people.yaml"


def mistakes_in(file: Path, text: str) -> str:
    file.write_text(dedent(text), encoding="utf-8")
    with pytest.raises(SettingsProblems) as raised:
        load_people(file, CONNECTIONS)
    return str(raised.value)


def test_a_person_is_named_by_address_id_or_login(file: Path) -> None:
    file.write_text(
        "version: 1\npeople:\n  - {zendesk: Kai@Northwind.example, jira: {id: 5bX}, github: {login: Kai-E}}\n"
    )
    assert load_people(file, CONNECTIONS) == (
        Override(0, "zendesk", "email:kai@northwind.example"),
        Override(0, "jira", "id:5bX"),
        Override(0, "github", "login:kai-e"),
    )


def test_without_a_file_nobody_is_named() -> None:
    assert load_people(None, CONNECTIONS) == ()


def test_every_mistake_is_shown_at_its_place_without_an_address(file: Path) -> None:
    said = mistakes_in(
        file,
        """\
        version: 1
        people:
          - zendesk: kai@northwind.example
            jra: {id: a}
          - jira: sue@northwind.example
          - zendesk: kai@northwind.example
            github: kai-engel
          - zendesk: {id: 7}
            jira: {id: b, login: c}
        """,
    )
    for line, message in ((8, 'expected a text — write "7" in quotes'),):
        assert f"{file}:{line}:" in said
        assert message in said
    said = mistakes_in(file, file.read_text().replace("{id: 7}", "{id: '7'}"))
    for line, message in (
        (4, "the settings have no connection 'jra' — did you mean 'jira'?"),
        (5, "an entry names a person in two connections or more"),
        (6, f"this account is already somebody else's, at {file}:3"),
        (7, "an account is named by one thing — write an e-mail address, {id: ...} or {login: ...}"),
        (9, "an account is named by one thing"),
    ):
        assert f"{file}:{line}:" in said
        assert message in said
    assert "northwind" not in said
    assert "kai-engel" not in said


@pytest.mark.parametrize(
    "text", ["", "[]\n", "version: 2\npeople: []\n", "people: [\n", "version: 1\npeople: {}\n"]
)
def test_something_else_than_a_people_file_is_refused(file: Path, text: str) -> None:
    assert mistakes_in(file, text).startswith(str(file))


def test_a_file_that_is_not_there_is_a_mistake_in_the_settings(mistakes: Mistakes) -> None:
    assert "loopwright.yaml:1:" in mistakes(
        "people: people.yaml\nconnections: {jira: {system: tracker, url: https://x.example, token: t}}\n"
    )


def test_the_path_starts_at_the_settings(load: Load, file: Path) -> None:
    file.write_text("version: 1\npeople: []\n")
    settings = load(
        "people: people.yaml\nconnections: {jira: {system: tracker, url: https://x.example, token: t}}\n"
    )
    assert settings.people == file
