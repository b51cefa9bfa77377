"""PyGithub's objects, which our connector does not use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from github import Auth, Github, UnknownObjectException
from github.Issue import Issue
from github.Repository import Repository

from sandbox.credentials import TOKEN


@pytest.fixture(scope="module")
def hub(github: str) -> Iterator[Github]:
    with Github(
        auth=Auth.Token(TOKEN),
        base_url=github,
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
    ) as client:
        yield client


@pytest.fixture(scope="module")
def repository(hub: Github) -> Repository:
    return hub.get_repo("northwind-soft/app")


@pytest.fixture
def issue(repository: Repository) -> Issue:
    return repository.create_issue("Export fails", "It *stops*.", labels=["bug"])


def test_an_issue_from_its_creation_to_its_end(repository: Repository, issue: Issue) -> None:
    issue.edit(title="Exports fail", state="closed", state_reason="completed")
    read = repository.get_issue(issue.number)
    assert (read.title, read.body, read.state) == ("Exports fail", "It *stops*.", "closed")
    assert read.closed_by == issue.user
    assert [label.name for label in read.labels] == ["bug"]


def test_comments(issue: Issue) -> None:
    made = issue.create_comment("Seen")
    made.edit("Seen it")
    assert [one.body for one in issue.get_comments()] == ["Seen it"]
    made.delete()
    assert issue.get_comments().totalCount == 0


def test_every_issue_of_the_company_is_listed(repository: Repository) -> None:
    listed = [issue.number for issue in repository.get_issues(state="all")]
    assert len(set(listed)) == len(listed) > 100
    assert repository.get_issues(state="all").totalCount == len(listed)
    assert [one.body for one in repository.get_issues_comments()]


def test_labels_and_reactions(repository: Repository, issue: Issue) -> None:
    issue.add_to_labels("judged")
    assert "judged" in {label.name for label in repository.get_labels()}
    issue.remove_from_labels("judged")
    issue.create_reaction("+1")
    assert [one.content for one in issue.get_reactions()] == ["+1"]


def test_a_release_and_a_file(repository: Repository) -> None:
    repository.create_git_release("v8.0", "8.0", "Export.")
    assert repository.get_latest_release().tag_name == "v8.0"
    repository.create_file("docs/read.md", "Judge", "# Judged")
    read = repository.get_contents("docs/read.md")
    assert not isinstance(read, list)
    assert read.decoded_content == b"# Judged"
    repository.delete_file(read.path, "Judged", read.sha)


def test_the_search(repository: Repository, hub: Github) -> None:
    found = hub.search_issues(f"repo:{repository.full_name} is:issue export")
    assert found.totalCount == len([*found]) > 0


def test_people_and_webhooks(repository: Repository) -> None:
    assert list(repository.get_assignees())
    config = {"url": "http://127.0.0.1:9/hook", "content_type": "json"}
    made = repository.create_hook("web", config, ["issues"])
    assert [hook.id for hook in repository.get_hooks()] == [made.id]
    made.delete()


def test_an_issue_that_is_not_there(repository: Repository) -> None:
    with pytest.raises(UnknownObjectException):
        repository.get_issue(999_999)
