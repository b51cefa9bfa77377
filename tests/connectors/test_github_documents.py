"""Markdown files as documents: found by their trees, read by their history, written as commits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from connectors.errors import Conflict, NotFound, Rejected
from connectors.github import documents
from connectors.model import Audience, CommentDraft, Item, JsonValue, Kind, Patch, Ref
from sandbox.github.git import Commit
from sandbox.github.publishing_shape import LARGEST_TOLD
from sandbox.github.records import Repository
from tests.connectors.github_rig import APP, SDK, Rig, draft, rig

__all__ = ["rig"]

PATTERNS = ["docs/**/*.md", "README.md"]
GUIDES = f"{APP}:docs"
BODY = "- one\n- two\n\n**New** words."


@pytest.fixture
def writing(rig: Rig) -> Iterator[Rig]:
    """A rig whose connector reads the files below docs, and the readme."""
    made = replace(rig, connector=rig.open(documents=PATTERNS))
    yield made
    made.connector.close()


def repository(rig: Rig, name: str = APP) -> Repository:
    found = rig.service.state.repository(name)
    assert found
    return found


def push(rig: Rig, changes: Mapping[str, str | bytes | None], *, place: str = APP) -> Commit:
    """Somebody pushes a commit with these files."""
    files = {path: text.encode() if isinstance(text, str) else text for path, text in changes.items()}
    author = rig.service.state.add_user("ada-lovelace", member=True)
    return rig.sandbox.call(
        lambda: rig.service.publishing.commit(repository(rig, place), author, "Write", files)
    )


def content(rig: Rig, path: str) -> str:
    history = repository(rig).history
    return history.blobs[history.files[path]].decode()


def ref(rig: Rig, path: str) -> Ref:
    return Ref(connection="gh", id=f"doc:{repository(rig).id}:{path}", key=f"{APP}:{path}")


def read(rig: Rig, cursor: str | None = None) -> tuple[dict[str, Item], str]:
    items, cursor = rig.all_changes(cursor)
    return {item.ref.key.partition(":")[2]: item for item in items if item.kind is Kind.DOC}, cursor


def test_a_file_in_the_canonical_form(writing: Rig) -> None:
    writing.sandbox.clock.freeze()
    first = push(writing, {"docs/guides/start.md": "# Start\n\nOld.\n"})
    writing.sandbox.clock.advance(60)
    last = push(
        writing, {"docs/guides/start.md": "---\nnav: 1\n---\n\n# Start *here*\n\nInstall it.\n\nRun it.\n"}
    )
    item = read(writing)[0]["docs/guides/start.md"]
    assert item.ref == ref(writing, "docs/guides/start.md")
    assert (item.title, item.body) == ("Start *here*", "Install it.\n\nRun it.")
    assert (item.container, item.audience) == (f"{APP}:docs/guides", Audience.INTERNAL)
    assert (item.created, item.updated) == (first.made, last.made)
    assert urlsplit(item.url).path == f"/{APP}/blob/main/docs/guides/start.md"
    assert item.requester
    assert item.requester.name == "ada-lovelace"
    assert writing.connector.get(item.ref).item == item
    assert writing.connector.comments(item.ref) == ()
    assert writing.connector.links(item.ref) == ()


def test_only_the_files_that_the_settings_name_are_documents(writing: Rig) -> None:
    push(writing, {"README.md": "# App", "docs/a.md": "A", "docs/a.txt": "A", "src/README.md": "No"})
    assert read(writing)[0].keys() == {"README.md", "docs/a.md"}
    assert read(replace(writing, connector=writing.open()))[0] == {}


def test_a_file_without_a_heading_is_called_by_its_name(writing: Rig) -> None:
    push(writing, {"README.md": "Hello.\n", "docs/old.md": "Old ways\n========\n\nHello.\n"})
    found, _ = read(writing)
    assert (found["README.md"].title, found["README.md"].body) == ("README", "Hello.")
    assert found["README.md"].container == f"{APP}:/"
    assert (found["docs/old.md"].title, found["docs/old.md"].body) == ("Old ways", "Hello.")


def test_only_what_was_touched_comes_again_and_an_idle_look_is_free(writing: Rig) -> None:
    push(writing, {"docs/a.md": "# A\n", "docs/b.md": "# B\n"})
    _, cursor = read(writing)
    push(writing, {"docs/b.md": "# B2\n", "src/x.py": "x"})
    found, cursor = read(writing, cursor)
    assert {path: item.title for path, item in found.items()} == {"docs/b.md": "B2"}
    before = len(writing.gate.calls)
    assert read(writing, cursor)[0] == {}
    trees = [call for call in writing.gate.calls[before:] if "/git/" in call]
    assert trees == [f"GET /repos/{place}/git/trees/main" for place in (APP, SDK)]


def test_a_push_of_other_files_costs_no_reading(writing: Rig) -> None:
    push(writing, {"docs/a.md": "# A\n"})
    _, cursor = read(writing)
    push(writing, {"src/x.py": "x"})
    assert read(writing, cursor)[0] == {}


def test_a_file_that_was_taken_away_is_deleted(writing: Rig) -> None:
    push(writing, {"docs/a.md": "# A\n\nText.\n", "docs/b.md": "# B\n"})
    _, cursor = read(writing)
    push(writing, {"docs/a.md": None})
    found, cursor = read(writing, cursor)
    assert [(item.title, item.body, item.deleted) for item in found.values()] == [("A", "Text.", True)]
    assert read(writing, cursor)[0] == {}
    with pytest.raises(NotFound):
        writing.connector.get(ref(writing, "docs/a.md"))


def test_many_files_come_in_pages_and_none_twice(writing: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "BATCH", 3)
    push(writing, {f"docs/{number}.md": f"# {number}\n" for number in range(8)})
    cursor, seen = None, []
    while True:
        page = writing.connector.changes(cursor)
        seen += [each.item.title for each in page.observations if each.item.kind is Kind.DOC]
        cursor = page.cursor
        if "/git/" in writing.gate.calls[-1] or "/commits" in writing.gate.calls[-1]:
            writing.connector.close()
            writing.connector = writing.open(documents=PATTERNS)  # a restart loses nothing
        if not page.more:
            break
    assert seen == [str(number) for number in range(8)]


def test_a_push_during_the_reading_is_found_by_the_next_look(
    writing: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "BATCH", 1)
    push(writing, {f"docs/{number}.md": f"# {number}\n" for number in range(3)})
    page = writing.connector.changes(None)
    while not any(each.item.kind is Kind.DOC for each in page.observations):
        page = writing.connector.changes(page.cursor)
    push(writing, {"docs/0.md": "# Zero\n"})
    _, cursor = read(writing, page.cursor)
    assert {item.title for item in read(writing, cursor)[0].values()} == {"Zero"}


def test_a_tree_too_large_for_one_answer_is_read_folder_by_folder(writing: Rig) -> None:
    writing.service.files.most_entries = 2
    push(writing, {"docs/a/1.md": "# 1", "docs/a/2.md": "# 2", "docs/b/3.md": "# 3", "README.md": "# App"})
    assert read(writing)[0].keys() == {"docs/a/1.md", "docs/a/2.md", "docs/b/3.md", "README.md"}


def test_a_branch_that_was_put_elsewhere_by_force_is_read_anew(writing: Rig) -> None:
    push(writing, {"docs/a.md": "# A\n"})
    _, cursor = read(writing)
    history = repository(writing).history
    history.commits.clear()
    history.blobs.clear()
    push(writing, {"docs/b.md": "# B\n"})
    writing.connector.close()
    writing.connector = writing.open(documents=PATTERNS)  # one that has not seen the old tree
    found, cursor = read(writing, cursor)
    assert found == {}
    assert read(writing, cursor)[0].keys() == {"docs/b.md"}


def test_patterns_that_were_changed_bring_what_was_there_before(writing: Rig) -> None:
    push(writing, {"docs/a.md": "# A\n", "guides/b.md": "# B\n"})
    found, cursor = read(writing)
    assert found.keys() == {"docs/a.md"}
    writing.connector.close()
    writing.connector = writing.open(documents=["guides/*.md"])
    found, cursor = read(writing, cursor)
    assert found.keys() == {"guides/b.md"}
    assert read(writing, cursor)[0] == {}


def test_a_change_in_one_of_several_repositories_costs_its_own_files_alone(writing: Rig) -> None:
    for place in (APP, SDK):
        push(writing, {"docs/a.md": "# A\n", "docs/b.md": "# B\n"}, place=place)
    _, cursor = read(writing)
    push(writing, {"docs/b.md": "# B2\n"}, place=APP)
    before = len(writing.gate.calls)
    read(writing, cursor)
    asked = [call.split("/")[3:] for call in writing.gate.calls[before:] if "issues" not in call]
    assert [(name, *rest[:2]) for name, *rest in asked] == [
        ("app", "git", "trees"),
        ("app", "git", "blobs"),
        ("app", "commits"),
        ("sdk", "git", "trees"),
    ]


def test_a_long_history_takes_two_calls(writing: Rig) -> None:
    writing.sandbox.clock.freeze()
    first = push(writing, {"docs/a.md": "# 0\n"})
    writing.sandbox.clock.advance(60)
    for number in range(1, 250):
        last = push(writing, {"docs/a.md": f"# {number}\n"})
    before = len(writing.gate.calls)
    item = writing.connector.get(ref(writing, "docs/a.md")).item
    assert (item.created, item.updated) == (first.made, last.made)
    assert sum("/commits" in call for call in writing.gate.calls[before:]) == 2


def test_a_renamed_file_is_another_document_and_the_old_one_is_gone(writing: Rig) -> None:
    push(writing, {"docs/a.md": "# A\n"})
    _, cursor = read(writing)
    push(writing, {"docs/a.md": None, "docs/b.md": "# A\n"})
    found, _ = read(writing, cursor)
    assert {path: item.deleted for path, item in found.items()} == {"docs/a.md": True, "docs/b.md": False}


def test_a_file_that_is_too_large_to_be_given_out_is_left_alone(writing: Rig) -> None:
    writing.service.files.largest_blob = LARGEST_TOLD
    push(writing, {"docs/a.md": "# A\n\n" + "x" * LARGEST_TOLD, "docs/b.md": "# B\n"})
    assert read(writing)[0].keys() == {"docs/b.md"}
    with pytest.raises(Rejected, match="too_large"):
        writing.connector.get(ref(writing, "docs/a.md"))


def test_a_large_file_is_read_whole(writing: Rig) -> None:
    push(writing, {"docs/a.md": "# A\n\n" + "x" * LARGEST_TOLD})
    assert len(writing.connector.get(ref(writing, "docs/a.md")).item.body) == LARGEST_TOLD


# Writing


def test_an_edit_is_a_commit_that_leaves_the_rest_of_the_file(writing: Rig) -> None:
    push(writing, {"docs/a.md": "---\nnav: 1\n---\n\n# A\n\nOld.\n"})
    item = writing.connector.update(ref(writing, "docs/a.md"), Patch(fields={"body": "New.\n\n- one"}))
    assert content(writing, "docs/a.md") == "---\nnav: 1\n---\n\n# A\n\nNew.\n\n- one\n"
    assert writing.connector.get(item.ref).item == item
    commit = repository(writing).history.commits[-1]
    assert (commit.message, commit.author) == ("Update docs/a.md", writing.service.bot)
    commits = len(repository(writing).history.commits)
    writing.connector.update(item.ref, Patch(fields={"body": "New.\n\n- one"}))
    assert len(repository(writing).history.commits) == commits, "nothing to say makes no commit"


def test_the_ends_of_lines_stay_what_they_are(writing: Rig) -> None:
    push(writing, {"docs/a.md": "# A\r\n\r\nOld.\r\n"})
    writing.connector.update(ref(writing, "docs/a.md"), Patch(fields={"title": "B"}))
    assert content(writing, "docs/a.md") == "# B\r\n\r\nOld.\r\n"


def test_an_edit_of_a_paragraph_changes_that_paragraph_and_is_no_news_afterwards(writing: Rig) -> None:
    push(writing, {"docs/a.md": "# A\n* one\n* two\n\n__Old__ words.\n"})
    _, cursor = read(writing)
    item = writing.connector.update(ref(writing, "docs/a.md"), Patch(fields={"body": BODY}))
    assert content(writing, "docs/a.md") == "# A\n* one\n* two\n\n**New** words.\n"
    assert read(writing, cursor)[0] == {"docs/a.md": item}


def test_a_text_that_begins_with_a_heading_does_not_change_the_title(writing: Rig) -> None:
    push(writing, {"docs/a.md": "Text.\n"})
    item = writing.connector.update(ref(writing, "docs/a.md"), Patch(fields={"body": "# One\n\nText."}))
    assert (item.title, item.body) == ("a", "# One\n\nText.")
    assert content(writing, "docs/a.md") == "# a\n\n# One\n\nText.\n"


def test_a_protected_branch_is_a_refusal_and_no_conflict(writing: Rig) -> None:
    push(writing, {"docs/a.md": "# A\n"})
    repository(writing).protected = True
    with pytest.raises(Rejected, match="branch is protected"):
        writing.connector.update(ref(writing, "docs/a.md"), Patch(fields={"title": "B"}))
    with pytest.raises(Rejected, match="branch is protected"):
        writing.connector.create(draft(container=GUIDES))


def test_a_file_that_changed_while_it_was_being_written_is_a_conflict(
    writing: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(writing, {"docs/a.md": "# A\n"})
    reads = writing.connector._documents._history

    def overtaken(*place: object) -> object:
        push(writing, {"docs/a.md": "# Theirs\n"})
        return reads(*place)  # type: ignore[arg-type]

    monkeypatch.setattr(writing.connector._documents, "_history", overtaken)
    with pytest.raises(Conflict):
        writing.connector.update(ref(writing, "docs/a.md"), Patch(fields={"title": "Ours"}))
    assert content(writing, "docs/a.md") == "# Theirs\n"


def test_a_file_that_is_no_utf_8_is_left_alone(writing: Rig) -> None:
    push(writing, {"docs/a.md": b"# Caf\xe9\n"})
    assert writing.connector.get(ref(writing, "docs/a.md")).item.title == "Caf\N{REPLACEMENT CHARACTER}"
    with pytest.raises(Rejected, match="UTF-8"):
        writing.connector.update(ref(writing, "docs/a.md"), Patch(fields={"title": "Café"}))


def test_a_new_document_is_named_by_its_title_and_found_by_its_marker(writing: Rig) -> None:
    wanted = draft(container=GUIDES, title="Exports: how & why", body="**So.**")
    assert writing.connector.audience(GUIDES) is Audience.INTERNAL
    assert writing.connector.find(wanted, writing.sandbox.clock.now()) is None
    made = writing.connector.create(wanted)
    assert (made.container, made.title, made.body, made.marker) == (GUIDES, wanted.title, "**So.**", "lw-1")
    written = content(writing, "docs/exports-how-why.md")
    assert written == "# Exports: how & why\n\n**So.**\n\n<!-- loopwright:lw-1 -->\n"
    found = writing.connector.find(wanted, writing.sandbox.clock.now())
    assert found
    assert (found.ref, found.updated) == (made.ref, made.updated)
    edited = writing.connector.update(made.ref, Patch(fields={"body": "Because."}))
    assert edited.marker == "lw-1", "the marker stays"


def test_a_new_document_takes_no_other_ones_place(writing: Rig) -> None:
    push(writing, {"docs/exports.md": "# Exports\n"})
    wanted = draft(container=GUIDES, title="Exports")
    with pytest.raises(Rejected, match="sha"):
        writing.connector.create(wanted)
    assert writing.connector.find(wanted, writing.sandbox.clock.now()) is None
    with pytest.raises(Rejected, match="would be no document"):
        writing.connector.create(draft(container=f"{APP}:src"))


@pytest.mark.parametrize("fields", [{"status": "closed"}, {"assignee": "1"}, {"custom.nav": 1}])
def test_what_a_file_does_not_have_is_refused(writing: Rig, fields: dict[str, JsonValue]) -> None:
    push(writing, {"docs/a.md": "# A\n"})
    with pytest.raises(Rejected, match="a title and a body"):
        writing.connector.update(ref(writing, "docs/a.md"), Patch(fields=fields))
    with pytest.raises(Rejected, match="a title and a body"):
        writing.connector.create(draft(container=GUIDES, labels=("x",)))
    with pytest.raises(Rejected, match="no comments"):
        writing.connector.comment(ref(writing, "docs/a.md"), CommentDraft(body="Hm", marker="lw-1"))


def test_a_document_is_found_where_its_repository_is_called_now(writing: Rig) -> None:
    push(writing, {"docs/a.md": "# A\n"})
    stale = ref(writing, "docs/a.md")
    writing.sandbox.call(lambda: writing.service.person_renames(APP, "suite"))
    item = writing.connector.update(stale, Patch(fields={"title": "B"}))
    assert item.container == "northwind/suite:docs"
    with pytest.raises(NotFound, match="number 5"):
        writing.connector.get(Ref(connection="gh", id="doc:5:a.md"))
