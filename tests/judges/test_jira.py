"""The jira client as it comes: with its hidden calls, and its nulls that Atlassian's schema forbids."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from io import BytesIO

import pytest
from jira import JIRA, Issue, JIRAError

from sandbox.credentials import EMAIL, TOKEN


def document(text: str) -> dict[str, object]:
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}],
    }


@pytest.fixture(scope="module")
def client(jira: str) -> Iterator[JIRA]:
    made = JIRA(jira, {"rest_api_version": "3"}, basic_auth=(EMAIL, TOKEN), max_retries=0)
    with closing(made):
        yield made


@pytest.fixture
def issue(client: JIRA) -> Issue:
    return client.create_issue(
        project="ENG", summary="Export fails", description=document("It stops."), issuetype={"name": "Bug"}
    )


def test_an_issue_from_its_creation_to_its_end(client: JIRA, issue: Issue) -> None:
    issue.update(fields={"summary": "Exports fail", "labels": ["export"]})
    read = client.issue(issue.key)
    assert (read.fields.summary, read.fields.labels) == ("Exports fail", ["export"])
    assert read.raw["fields"]["description"] == document("It stops.")
    issue.delete()  # type: ignore[no-untyped-call]
    with pytest.raises(JIRAError, match="404"):
        client.issue(issue.key)


def test_a_walk_through_the_workflow(client: JIRA, issue: Issue) -> None:
    before = client.issue(issue.key).fields.status.name
    transition = client.transitions(issue)[-1]
    client.transition_issue(issue, transition["id"])
    assert client.issue(issue.key).fields.status.name == transition["to"]["name"] != before


def test_comments(client: JIRA, issue: Issue) -> None:
    made = client.add_comment(issue.key, document("Seen"))
    made.update(body=document("Seen it"))
    assert client.comment(issue.key, made.id).raw["body"] == document("Seen it")
    assert [one.id for one in client.comments(issue.key)] == [made.id]
    made.delete()
    assert client.comments(issue.key) == []


def test_every_issue_of_the_company_is_found(client: JIRA) -> None:
    found = client.enhanced_search_issues("project = ENG ORDER BY created", maxResults=0, fields="summary")
    assert len({one.id for one in found}) == len(found) > 100
    assert client.approximate_issue_count("project = ENG") >= len(found)
    assert len(client.enhanced_search_issues("project = ENG", maxResults=30)) == 30


def test_links(client: JIRA, issue: Issue) -> None:
    client.add_simple_link(issue.key, {"url": "https://zendesk.example/1", "title": "Ticket 1"})
    assert [one.object.title for one in client.remote_links(issue.key)] == ["Ticket 1"]


def test_a_file(client: JIRA, issue: Issue) -> None:
    made = client.add_attachment(issue.key, BytesIO(b"a,b\n1,2\n"), filename="export.csv")
    assert (made.filename, made.get()) == ("export.csv", b"a,b\n1,2\n")
    [read] = client.issue(issue.key).fields.attachment
    assert client.attachment(read.id).size == 8
    client.delete_attachment(made.id)
    assert client.issue(issue.key).fields.attachment == []


def test_a_version(client: JIRA) -> None:
    version = client.create_version("4.1", "ENG")
    version.update(released=True, releaseDate="2026-03-02")
    assert client.version(version.id).released
    assert "4.1" in {one.name for one in client.project_versions("ENG")}


def test_watchers_and_votes(client: JIRA, issue: Issue) -> None:
    client.add_watcher(issue.key, client.myself()["displayName"])
    assert client.watchers(issue.key).watchCount == 1
    assert client.votes(issue.key).votes == 0


def test_people(client: JIRA) -> None:
    assert client.search_users(query="a")
    assert client.myself()["emailAddress"] == EMAIL


def test_what_the_site_has(client: JIRA) -> None:
    assert "ENG" in {project.key for project in client.projects()}
    assert client.project("ENG").key == "ENG"
    for listed in (client.fields(), client.priorities(), client.statuses(), client.issue_types()):
        assert listed
    assert client.my_permissions(permissions="BROWSE_PROJECTS")["permissions"]["BROWSE_PROJECTS"][
        "havePermission"
    ]
