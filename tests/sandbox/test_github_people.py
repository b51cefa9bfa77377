"""Who is behind what the emulated GitHub shows: deleted accounts, bots, and no e-mail addresses."""

from __future__ import annotations

import httpx

from sandbox.github import GitHubService
from sandbox.server import Sandbox
from tests.sandbox.test_github import APP, START, client, sandbox, service

__all__ = ["client", "sandbox", "service"]


def test_what_a_deleted_account_wrote_is_the_ghosts(
    sandbox: Sandbox, service: GitHubService, client: httpx.Client
) -> None:
    sandbox.call(lambda: service.person_leaves("stranger7"))
    author = client.get(f"{APP}/issues/2").json()["user"]
    assert (author["login"], author["id"]) == ("ghost", 10137)
    assert client.get("/users/stranger7").status_code == 404


def test_an_author_may_be_null(sandbox: Sandbox, service: GitHubService, client: httpx.Client) -> None:
    repository = service.state.repository("northwind/app")
    assert repository
    issue = service.state.put_issue(repository, title="t", body=None, user=None, created=START)
    service.state.put_comment(issue, None, "b", START)
    shown = client.get(f"{APP}/issues/{issue.number}").json()
    assert (shown["user"], shown["body"]) == (None, None)
    [comment] = client.get(f"{APP}/issues/{issue.number}/comments").json()
    assert comment["user"] is None


def test_nobody_shows_an_e_mail_address(client: httpx.Client) -> None:
    for login in ("ada-lovelace", "loopwright"):
        assert client.get(f"/users/{login}").json()["email"] is None
    assert "email" not in client.get(f"{APP}/issues/1").json()["user"]


def test_an_app_writes_as_a_bot_with_an_id_of_its_own(sandbox: Sandbox, service: GitHubService) -> None:
    installation = sandbox.call(lambda: service.install_app({"issues": "write"}))
    shown = service.shape.user(installation.bot)
    assert (shown["login"], shown["type"]) == ("loopwright-sync[bot]", "Bot")
    assert shown["id"] != installation.app.id


def test_a_renamed_label_does_not_count_as_an_update_of_its_issues(client: httpx.Client) -> None:
    before = client.get(f"{APP}/issues/1").json()
    assert client.patch(f"{APP}/labels/bug", json={"new_name": "defect"}).json()["name"] == "defect"
    after = client.get(f"{APP}/issues/1").json()
    assert [label["name"] for label in after["labels"]] == ["defect"]
    assert after["updated_at"] == before["updated_at"]
    assert client.get(f"{APP}/labels/bug").status_code == 404
