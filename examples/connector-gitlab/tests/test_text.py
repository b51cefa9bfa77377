"""What a customer wrote stays a text: GitLab does nothing because of it, and it reads as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.conformance.world import ref
from connectors.model import Patch
from connectors.protocol import OpenGate
from gitlab_world import PublicGitLabWorld
from loopwright_gitlab import text

ACTIONS = "/close\n\nIt stops.\n\n/confidential\n   /reopen"
LINES = st.sampled_from(
    ["/close", "   /close", "/usr/bin", "text", "", "```", "```sh", "~~~", "`/close`", "> /close", ">>>"]
)


def test_no_line_of_a_body_is_done_as_a_quick_action(public: PublicGitLabWorld) -> None:
    connector = public.open("under-test", OpenGate())
    item = connector.create(public.draft(body=ACTIONS))
    assert (item.status, item.custom) == ("opened", {})
    assert item.body == ACTIONS
    item = connector.update(item.ref, Patch(fields={"body": f"{ACTIONS}\n/close"}))
    assert item.status == "opened"
    written = connector.comment(item.ref, public.comment_draft(ACTIONS))
    assert written.body == ACTIONS
    edited = connector.edit_comment(item.ref, written.id, public.comment_draft("/close"))
    assert edited.body == "/close"
    assert connector.get(item.ref).item.status == "opened"


def test_a_person_may_still_close_by_a_quick_action(public: PublicGitLabWorld) -> None:
    """The emulation does what GitLab does; else the test above would prove nothing."""
    item_id = public.person_creates("Theirs")
    public.person_comments(item_id, "Done.\n/close", internal=False)
    connector = public.open("under-test", OpenGate())
    assert connector.get(ref(item_id)).item.closed
    assert [comment.body for comment in connector.comments(ref(item_id))] == ["Done."]


def test_paths_in_code_are_written_as_they_are() -> None:
    code = "See:\n\n```\n/usr/bin/loopwright\n```\n\n/usr/bin is not code."
    assert text.written(code, None) == code.replace("\n/usr/bin is", "\n\\/usr/bin is")


@pytest.mark.parametrize("fence", ["~~~", "````"])
def test_a_fence_that_holds_no_action_back_is_not_trusted(fence: str) -> None:
    assert "\n/close" not in text.written(f"{fence}\n/close\n{fence}", None)


@given(st.lists(LINES, max_size=8))
def test_every_text_reads_as_it_was_written(lines: list[str]) -> None:
    body = "\n".join(lines).strip("\n")
    once = text.read(text.written(body, "lw-marker"))
    assert once == body
    assert text.hidden(text.written(body, "lw-marker")) == "lw-marker"
