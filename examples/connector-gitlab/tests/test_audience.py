"""Nobody reads more than was meant: projects, confidential issues, internal notes."""

from __future__ import annotations

import pytest

from connectors.conformance.world import ref
from connectors.errors import Rejected
from connectors.model import Audience, Patch
from connectors.protocol import OpenGate
from gitlab_world import GitLabWorld, PublicGitLabWorld
from loopwright_gitlab.client import Client
from loopwright_gitlab.places import Places
from loopwright_gitlab.rows import ProjectRow
from loopwright_gitlab.settings import GitLabSettings


def places(url: str) -> Places:
    settings = GitLabSettings.model_validate({"url": url, "token": "x", "projects": ["a/b"]})
    return Places(Client("under-test", settings, OpenGate()), confidential=False)


@pytest.mark.parametrize(
    ("visibility", "access", "url", "audience"),
    [
        ("public", "enabled", "https://gitlab.com", Audience.PUBLIC),
        ("public", "private", "https://gitlab.com", Audience.INTERNAL),
        ("private", "enabled", "https://gitlab.com", Audience.INTERNAL),
        ("internal", "enabled", "https://git.acme.example", Audience.INTERNAL),
        ("internal", "enabled", "https://gitlab.com", Audience.PUBLIC),
        ("secret", "enabled", "https://gitlab.com", Audience.INTERNAL),
        ("", "", "https://gitlab.com", Audience.INTERNAL),
    ],
)
def test_a_project_tells_who_reads_it(visibility: str, access: str, url: str, audience: Audience) -> None:
    project = ProjectRow(id=1, path_with_namespace="a/b", visibility=visibility, issues_access_level=access)
    assert places(url).audience_of_new(project) is audience


def test_a_confidential_issue_and_its_notes_are_internal(public: PublicGitLabWorld) -> None:
    connector = public.open("under-test", OpenGate())
    item = connector.create(public.draft())
    assert item.audience is Audience.PUBLIC
    item = connector.update(item.ref, Patch(fields={"custom.confidential": True}))
    assert item.audience is Audience.INTERNAL
    public.person_comments(item.ref.id, "A plain note.", internal=False)
    assert [comment.audience for comment in connector.comments(item.ref)] == [Audience.INTERNAL]


def test_nothing_confidential_is_ever_published(public: PublicGitLabWorld) -> None:
    connector = public.open("under-test", OpenGate(), confidential=True)
    assert connector.audience(public.container) is Audience.INTERNAL
    item = connector.create(public.draft())
    assert item.audience is Audience.INTERNAL
    for value in (False, None):
        with pytest.raises(Rejected):
            connector.update(item.ref, Patch(fields={"custom.confidential": value}))


def test_a_comment_for_the_team_is_an_internal_note_also_in_a_private_project(private: GitLabWorld) -> None:
    """Whose guests, which customers may be, read all other notes."""
    connector = private.open("under-test", OpenGate())
    item = connector.create(private.draft())
    connector.comment(item.ref, private.comment_draft("For us.", Audience.INTERNAL))
    connector.comment(item.ref, private.comment_draft("For them.", Audience.CUSTOMER))
    assert [note.internal for note in private.state.issue(item.ref.id).notes] == [True, False]


def test_an_internal_note_is_not_given_the_word_of_a_wider_audience(public: PublicGitLabWorld) -> None:
    connector = public.open("under-test", OpenGate())
    item = connector.create(public.draft())
    open_note = connector.comment(item.ref, public.comment_draft("For all.", Audience.PUBLIC))
    with pytest.raises(Rejected):
        connector.edit_comment(item.ref, open_note.id, public.comment_draft("For us.", Audience.INTERNAL))
    assert connector.comments(item.ref) == (open_note,)


def test_whoever_writes_in_public_is_not_taken_for_the_team(public: PublicGitLabWorld) -> None:
    item_id = public.person_creates("Theirs")
    requester = public.open("under-test", OpenGate()).get(ref(item_id)).item.requester
    assert requester is not None
    assert not requester.staff
