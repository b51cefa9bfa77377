"""githubkit, whose models are made from GitHub's own OpenAPI and refuse what does not fit them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from githubkit import GitHub, TokenAuthStrategy
from githubkit.exception import RequestFailed

from sandbox.credentials import TOKEN

REPOSITORY = ("northwind-soft", "app")


@pytest.fixture(scope="module")
def client(github: str) -> Iterator[GitHub[TokenAuthStrategy]]:
    with GitHub(TokenAuthStrategy(TOKEN), base_url=github, auto_retry=False, http_cache=False) as made:
        yield made


def each(rows: object) -> list[Any]:
    """A list of models; mypy cannot read githubkit's word for it."""
    assert isinstance(rows, list)
    return rows


def test_an_issue_from_its_creation_to_its_end(client: GitHub[TokenAuthStrategy]) -> None:
    issues = client.rest.issues
    made = issues.create(*REPOSITORY, title="Export fails", body="It *stops*.", labels=["bug"]).parsed_data
    read = issues.get(*REPOSITORY, made.number).parsed_data
    assert (read.title, read.body, read.state) == ("Export fails", "It *stops*.", "open")
    closed = issues.update(*REPOSITORY, made.number, state="closed", state_reason="not_planned").parsed_data
    assert (closed.state, closed.state_reason) == ("closed", "not_planned")
    assert (
        issues.update(*REPOSITORY, made.number, state="open", title="Exports fail").parsed_data.state
        == "open"
    )


def test_comments(client: GitHub[TokenAuthStrategy]) -> None:
    issues = client.rest.issues
    issue = issues.create(*REPOSITORY, title="Talked about").parsed_data.number
    first = issues.create_comment(*REPOSITORY, issue, body="Seen").parsed_data
    assert issues.update_comment(*REPOSITORY, first.id, body="Seen it").parsed_data.body == "Seen it"
    assert [one.body for one in each(issues.list_comments(*REPOSITORY, issue).parsed_data)] == ["Seen it"]
    assert issues.get_comment(*REPOSITORY, first.id).parsed_data.id == first.id
    issues.delete_comment(*REPOSITORY, first.id)
    assert issues.list_comments(*REPOSITORY, issue).parsed_data == []


def test_every_issue_and_comment_of_the_company_is_listed(client: GitHub[TokenAuthStrategy]) -> None:
    owner, name = REPOSITORY
    listed = [
        *client.rest.paginate(
            client.rest.issues.list_for_repo, owner=owner, repo=name, state="all", per_page=50
        )
    ]
    assert len({issue.id for issue in listed}) == len(listed) > 100
    newest = each(
        client.rest.issues.list_comments_for_repo(owner, name, sort="updated", direction="desc").parsed_data
    )
    assert newest[0].updated_at >= newest[-1].updated_at


def test_labels_milestones_people_and_reactions(client: GitHub[TokenAuthStrategy]) -> None:
    issues = client.rest.issues
    issue = issues.create(*REPOSITORY, title="Labelled").parsed_data.number
    issues.create_label(*REPOSITORY, name="judged", color="d73a4a")
    assert [
        one.name for one in each(issues.add_labels(*REPOSITORY, issue, labels=["judged"]).parsed_data)
    ] == ["judged"]
    assert "judged" in {
        one.name for one in each(issues.list_labels_for_repo(*REPOSITORY, per_page=100).parsed_data)
    }
    assert issues.remove_label(*REPOSITORY, issue, "judged").parsed_data == []
    assert issues.list_assignees(*REPOSITORY).parsed_data
    issues.list_milestones(*REPOSITORY)
    client.rest.reactions.create_for_issue(*REPOSITORY, issue, content="+1")
    [reaction] = client.rest.reactions.list_for_issue(*REPOSITORY, issue).parsed_data
    assert reaction.content == "+1"


def test_searches(client: GitHub[TokenAuthStrategy]) -> None:
    query = f"repo:{'/'.join(REPOSITORY)} is:issue export"
    found = client.rest.search.issues_and_pull_requests(q=query, per_page=5).parsed_data
    assert len(found.items) <= found.total_count
    assert found.items


def test_parts_and_blockers(client: GitHub[TokenAuthStrategy]) -> None:
    issues = client.rest.issues
    whole, part = (issues.create(*REPOSITORY, title=title).parsed_data for title in ("Whole", "Part"))
    issues.add_sub_issue(*REPOSITORY, whole.number, sub_issue_id=part.id)
    assert [one.id for one in each(issues.list_sub_issues(*REPOSITORY, whole.number).parsed_data)] == [
        part.id
    ]
    assert issues.get_parent(*REPOSITORY, part.number).parsed_data.id == whole.id
    issues.add_blocked_by_dependency(*REPOSITORY, whole.number, issue_id=part.id)
    blockers = issues.list_dependencies_blocked_by(*REPOSITORY, whole.number).parsed_data
    assert [one.id for one in each(blockers)] == [part.id]


def test_releases(client: GitHub[TokenAuthStrategy]) -> None:
    repos = client.rest.repos
    made = repos.create_release(*REPOSITORY, tag_name="v9.0", name="9.0", body="Export.").parsed_data
    assert repos.update_release(*REPOSITORY, made.id, body="Works.").parsed_data.body == "Works."
    assert repos.get_release_by_tag(*REPOSITORY, "v9.0").parsed_data.id == made.id
    assert made.id in {one.id for one in each(repos.list_releases(*REPOSITORY).parsed_data)}


def test_files(client: GitHub[TokenAuthStrategy]) -> None:
    repos, place = client.rest.repos, (*REPOSITORY, "docs/judged.md")
    content = b64encode(b"# Judged").decode()
    made = repos.create_or_update_file_contents(*place, message="Judge", content=content).parsed_data
    assert made.content
    read: Any = repos.get_content(*place).parsed_data  # a file, here, of four kinds of things
    assert (read.sha, b64decode(read.content)) == (made.content.sha, b"# Judged")
    tree = client.rest.git.get_tree(*REPOSITORY, "main", recursive="1").parsed_data
    assert "docs/judged.md" in {entry.path for entry in tree.tree}
    assert repos.list_commits(*REPOSITORY, path="docs/judged.md").parsed_data
    repos.delete_file(*place, message="Judged", sha=read.sha)


def test_who_we_are_and_what_the_repository_is(client: GitHub[TokenAuthStrategy]) -> None:
    me = client.rest.users.get_authenticated().parsed_data
    assert client.rest.users.get_by_username(me.login).parsed_data.id == me.id
    assert client.rest.repos.get(*REPOSITORY).parsed_data.full_name == "/".join(REPOSITORY)


def test_webhooks(client: GitHub[TokenAuthStrategy]) -> None:
    repos = client.rest.repos
    made = repos.create_webhook(
        *REPOSITORY,
        config={"url": "http://127.0.0.1:9/hook", "content_type": "json", "secret": "s"},
        events=["issues"],
    ).parsed_data
    assert [one.id for one in repos.list_webhooks(*REPOSITORY).parsed_data] == [made.id]
    repos.delete_webhook(*REPOSITORY, made.id)


def test_a_refusal_is_in_githubs_form(client: GitHub[TokenAuthStrategy]) -> None:
    with pytest.raises(RequestFailed) as refused:
        client.rest.issues.get(*REPOSITORY, 999_999)
    assert refused.value.response.status_code == 404
    assert refused.value.response.parsed_data.message == "Not Found"
