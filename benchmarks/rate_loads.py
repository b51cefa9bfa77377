"""What to ask of a tool so that one of its documented limits is the one that holds us back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from pydantic import JsonValue

from connectors.abilities import EditsComments, FindsPeople, GetsMany, WritesFiles
from connectors.model import Audience, CommentDraft, Draft, FileDraft, Patch, Ref
from connectors.protocol import Connector
from sandbox.jira import grants
from sandbox.service import Service
from sandbox.zendesk import ZendeskService

Ask: TypeAlias = Callable[[Connector, int], object]
"""Asks for the next thing; the number says how often it was asked before."""
Refs: TypeAlias = Sequence[Ref]
SECTION = "Exports"
"""Of the Help Center."""


@dataclass(frozen=True, slots=True)
class Load:
    """One limit as the vendor's page has it, and what spends it."""

    service: str
    limit: str
    """Its name among those that the connector states."""
    amount: float
    seconds: float
    begin: Callable[[Connector, Refs], Ask]
    """May make requests: they are over and forgotten when measuring begins."""
    tells: str = "always"
    """When the tool tells how the limit stands: ``always``, when it has ``refused``, or ``never``."""
    quick: bool = False
    """Whether it is small enough for a quick look."""
    settings: Callable[[Service, Path], Mapping[str, JsonValue]] = field(default=lambda service, folder: {})


def _get(connector: Connector, refs: Refs) -> Ask:
    return lambda asking, turn: asking.get(refs[turn % len(refs)])


def _get_all(connector: Connector, refs: Refs) -> Ask:
    def ask(asking: Connector, turn: int) -> None:
        assert isinstance(asking, GetsMany)  # noqa: S101
        asking.get_many(refs[: asking.most_read])

    return ask


def _get_few(connector: Connector, refs: Refs) -> Ask:
    return _get_all(connector, refs[:1])


def _comments(connector: Connector, refs: Refs) -> Ask:
    return lambda asking, turn: asking.comments(refs[turn % len(refs)])


def _changes(connector: Connector, refs: Refs) -> Ask:
    return lambda asking, turn: asking.changes(None)


def _people(connector: Connector, refs: Refs) -> Ask:
    def ask(asking: Connector, turn: int) -> None:
        assert isinstance(asking, FindsPeople)  # noqa: S101
        asking.people([f"nobody-{turn}@northwind.example"])

    return ask


def _update(connector: Connector, refs: Refs) -> Ask:
    return lambda asking, turn: asking.update(
        refs[turn % len(refs)], Patch(fields={"title": f"Again, {turn}"})
    )


def _update_one(connector: Connector, refs: Refs) -> Ask:
    return _update(connector, refs[:1])


def _comment(connector: Connector, refs: Refs) -> Ask:
    def ask(asking: Connector, turn: int) -> None:
        draft = CommentDraft(body="On it.", audience=Audience.PUBLIC, marker=f"lw-{turn}")
        asking.comment(refs[turn % len(refs)], draft)

    return ask


def _delete_comment(connector: Connector, refs: Refs) -> Ask:
    def ask(asking: Connector, turn: int) -> None:
        assert isinstance(asking, EditsComments)  # noqa: S101
        asking.delete_comment(refs[turn % len(refs)], "4711")

    return ask


def _download(connector: Connector, refs: Refs) -> Ask:
    assert isinstance(connector, WritesFiles)  # noqa: S101
    file = connector.upload(refs[0], FileDraft(name="log.txt", size=4), [b"line"])

    def ask(asking: Connector, turn: int) -> None:
        assert isinstance(asking, WritesFiles)  # noqa: S101
        for _ in asking.download(refs[0], file):
            pass

    return ask


def _article(connector: Connector, refs: Refs) -> Ask:
    draft = Draft(container=SECTION, title="How to import", body="Wait.", marker="lw-article")
    return _get(connector, [connector.create(draft).ref])


def _team(service: Service, folder: Path) -> Mapping[str, JsonValue]:
    assert isinstance(service, ZendeskService)  # noqa: S101
    service.conduct.plan = "team"
    author = next(iter(service.state.users))
    service.library.write(service.library.section(SECTION), "How to export", "<p>Wait.</p>", author)
    return {"articles": True}


def _large(service: Service, folder: Path) -> Mapping[str, JsonValue]:
    """On the smallest plan the account's own limit holds back what is to be measured."""
    assert isinstance(service, ZendeskService)  # noqa: S101
    service.conduct.plan = "enterprise"
    return {"plan": "enterprise"}


def _app(service: Service, folder: Path) -> Mapping[str, JsonValue]:
    return {
        "url": f"{service.base_url}/ex/jira/{grants.CLOUD_ID}",
        "browse_url": service.base_url,
        "email": None,
        "token": None,
        "oauth_client_id": grants.CLIENT_ID,
        "oauth_client_secret": grants.CLIENT_SECRET,
        "oauth_refresh_token": grants.REFRESH_TOKEN,
        "oauth_token_file": str(folder / "tokens.json"),
    }


LOADS = (
    Load("zendesk", "account", 200, 60, _get, settings=_team),
    Load("zendesk", "help-center", 200, 60, _article, "refused", settings=_team),
    Load("zendesk", "incremental-exports", 10, 60, _changes, quick=True, settings=_large),
    Load("zendesk", "tickets-update", 100, 60, _update, settings=_large),
    Load("zendesk", "ticket-updates-by-user", 30, 600, _update_one, quick=True, settings=_large),
    Load("zendesk", "files", 2500, 60, _download, "never", settings=_large),
    Load("jira", "burst of GET", 100, 1, _comments, "refused"),
    Load("jira", "burst of GET issue/*", 150, 1, _get, "refused"),
    Load("jira", "burst of GET attachment/content/*", 300, 1, _download, "refused"),
    Load("jira", "burst of POST", 100, 1, _get_few, "refused"),
    Load("jira", "burst of PUT", 50, 1, _update, "refused", True),
    Load("jira", "burst of DELETE", 50, 1, _delete_comment, "refused"),
    Load("jira", "writes to an issue in 30 s", 100, 30, _update_one, "refused", True),
    Load("jira", "points", 65_000, 3600, _get_all, settings=_app),
    Load("github", "requests an hour", 5000, 3600, _get),
    Load("github", "points a minute", 900, 60, _update, "never"),
    Load("github", "writes that notify a minute", 80, 60, _comment, "never", True),
    Load("github", "writes that notify an hour", 500, 3600, _comment, "never"),
    Load("notion", "connection", 180, 60, _comments, "refused", True),
)
UNREACHED = {
    ("jira", "burst of GET user"): "not requested",
    ("jira", "burst of POST search/approximate-count"): "not requested",
    ("jira", "burst of GET issue/*/changelog"): "not requested",
    ("jira", "writes to an issue in 2 s"): "reached for moments only: 100 in 30 s are fewer",
    ("github", "searches a minute"): "not requested",
}
"""Limits that are kept, and which no load of ours can use up."""
