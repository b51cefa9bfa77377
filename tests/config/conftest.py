"""A settings file in a folder of its own, and a connector to hold it against."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Annotated

import pytest
from pydantic import BaseModel, Field, SecretStr, field_validator

from config.problems import SettingsProblems
from config.settings import Settings
from connectors import registry


class TrackerSettings(BaseModel):
    """What a connector may ask for: an address, a secret, a list, and a check of its own."""

    url: str = Field(pattern="^https://", description="The address of the site.")
    token: SecretStr = Field(description="An API token.")
    webhook_secret: SecretStr | None = Field(default=None, description="What webhooks are signed with.")
    projects: tuple[Annotated[str, Field(pattern="^[A-Z]+$")], ...] = Field(
        default=(), description="The projects to sync."
    )

    @field_validator("token")
    @classmethod
    def begins_right(cls, token: SecretStr) -> SecretStr:
        """A careless validator, that quotes the secret."""
        if "wrong" in token.get_secret_value():
            raise ValueError(f"{token.get_secret_value()} is no token")
        return token


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty working folder, and none of our variables."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.upper().startswith("LOOPWRIGHT_"):
            monkeypatch.delenv(name)


@pytest.fixture
def _tracker(monkeypatch: pytest.MonkeyPatch) -> None:
    """The only connector that is installed."""
    tracker = type("Tracker", (), {"Settings": TrackerSettings})
    monkeypatch.setattr(registry, "systems", lambda: ("tracker",))
    monkeypatch.setattr(registry, "connector_type", {"tracker": tracker}.__getitem__)


Load = Callable[[str], Settings]
Mistakes = Callable[[str], str]


@pytest.fixture
def load(tmp_path: Path, _tracker: None) -> Load:
    """Settings from the text of a file."""

    def _load(text: str) -> Settings:
        (tmp_path / "loopwright.yaml").write_text(dedent(text), encoding="utf-8")
        return Settings.load()

    return _load


@pytest.fixture
def mistakes(load: Load) -> Mistakes:
    """What is said of a file that has mistakes."""

    def _mistakes(text: str) -> str:
        with pytest.raises(SettingsProblems) as raised:
            load(text)
        return str(raised.value)

    return _mistakes
