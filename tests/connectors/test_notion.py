"""What a row of Notion is in the canonical form, and what is written for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from connectors.errors import Conflict, Forbidden, NotFound, OutcomeUnknown, Rejected, Unavailable
from connectors.model import Audience, CommentDraft, Draft, JsonValue, Kind, Patch, Ref
from connectors.notion import NotionConnector, sources
from connectors.notion.settings import DatabaseSettings
from sandbox.faults import Fault
from sandbox.notion import text
from sandbox.notion.databases import new_property
from tests.conformance.notion_world import NotionWorld


class Both(NotionWorld):
    databases = ("PRDs", "Feedback")


@pytest.fixture
def scene() -> Iterator[NotionWorld]:
    world = Both()
    try:
        yield world
    finally:
        world.close()


def row(scene: NotionWorld, database: str) -> Ref:
    page = next(iter(scene.service.source(database).rows))
    return Ref(connection="notion", id=page)


def draft(**more: object) -> Draft:
    given = {"container": "Feedback", "title": "Export fails", "marker": "lw-1"}
    return Draft.model_validate({**given, **more})


def settings(scene: NotionWorld, **database: JsonValue) -> list[JsonValue]:
    return [{"name": "Feedback", "kind": "feedback", **database}]


def test_a_row_in_canonical_form(scene: NotionWorld, notion: NotionConnector) -> None:
    item = notion.get(row(scene, "Feedback")).item
    assert (item.kind, item.container, item.system) == (Kind.FEEDBACK, "Feedback", "notion")
    assert (item.title, item.body) == ("Please add dark mode", "Asked for by many.")
    assert (item.status, item.priority, item.closed) == ("New", None, False)
    assert (item.labels, item.votes) == (("mobile", "ui"), 12)
    assert item.custom == {"customer": "Acme"}
    assert item.assignee is not None
    assert (item.assignee.name, item.assignee.email) == ("Tom Berg", "tom@northwind-soft.example")
    assert item.requester is not None
    assert item.requester.name == "Tom Berg"
    assert item.ref.key == f"N-{item.ref.id[:8]}"
    assert item.audience is Audience.INTERNAL


def test_the_text_of_a_page(scene: NotionWorld, notion: NotionConnector) -> None:
    text = notion.get(row(scene, "PRDs")).item.body
    assert text == (
        "# Why\n\nExports take **minutes**.\n\n- one\n  - nested\n- two\n\n```python\nprint(1)\n```"
    )


def test_a_status_in_the_group_complete_closes(scene: NotionWorld, notion: NotionConnector) -> None:
    ref = row(scene, "PRDs")
    assert notion.update(ref, Patch(fields={"status": "Shipped"})).closed
    assert not notion.update(ref, Patch(fields={"status": "In review"})).closed


def test_comments_keep_their_marks(scene: NotionWorld, notion: NotionConnector) -> None:
    comments = notion.comments(row(scene, "PRDs"))
    assert [(one.body, one.author and one.author.name) for one in comments] == [
        ("Looks *right* to me", "Tom Berg")
    ]


def test_check_warns_of_a_missing_marker_property(scene: NotionWorld, notion: NotionConnector) -> None:
    account = notion.check()
    assert (account.name, account.site, account.warnings) == ("Loopwright", "Northwind Soft", ())
    del scene.service.source("PRDs").properties["Sync ID"]
    other = scene.connect("notion", scene.gate)
    assert [warning for warning in other.check().warnings if "'PRDs'" in warning]
    with pytest.raises(Rejected, match="Sync ID"):
        other.create(draft(container="PRDs"))
    assert len(scene.service.source("PRDs").rows) == 1
    other.close()


def test_databases_are_found_by_name_with_one_call(scene: NotionWorld) -> None:
    names: list[JsonValue] = [{"name": "Gone"}, {"name": "Feedback"}, {"name": "PRDs"}]
    partly = scene.connect("notion", scene.gate, databases=names)
    assert partly.get(row(scene, "PRDs")).item.container == "PRDs"
    scene.gated.clear()
    names = names[1:]
    notion = scene.connect("notion", scene.gate, databases=names)
    notion.check()
    assert [path for _, path in scene.gated] == ["/v1/users/me", "/v1/search"]
    lost = scene.connect("notion", scene.gate, databases=[{"name": "Feadback"}])
    with pytest.raises(NotFound, match="Did you mean 'Feedback'"):
        lost.check()
    scene.service.load([], "Feedback 2")
    scene.service.source("Feedback 2").title = "Feedback"
    doubtful = scene.connect("notion", scene.gate, databases=[{"name": "Feedback"}])
    with pytest.raises(Rejected, match="2 databases called 'Feedback'"):
        doubtful.check()
    for connector in (partly, notion, lost, doubtful):
        connector.close()


def test_a_database_id_will_do(scene: NotionWorld) -> None:
    source = scene.service.source("Feedback")
    short = source.database.replace("-", "")
    notion = scene.connect("notion", scene.gate, databases=settings(scene, data_source=short))
    assert notion.create(draft()).container == "Feedback"
    notion.close()
    with pytest.raises(ValueError, match="UUID"):
        DatabaseSettings(name="Feedback", data_source="Feedback")


def test_create_fills_the_columns(scene: NotionWorld, notion: NotionConnector) -> None:
    scene.service.source("Feedback").properties |= {
        name: new_property(name, kind)
        for name, kind in {"Due": "date", "Paying": "checkbox", "Link": "url", "Watchers": "people"}.items()
    }
    tom = next(user.id for user in scene.service.workspace.users.values() if user.name == "Tom Berg")
    custom = {"due": "2026-12-01", "paying": True, "link": "https://x.example", "watchers": [tom]}
    item = notion.create(
        draft(status="Planned", labels=("b", "a"), priority="Brand new", custom={**custom, "votes": 7})
    )
    assert (item.status, item.priority, item.labels, item.votes) == ("Planned", "Brand new", ("a", "b"), 7)
    assert item.custom == {**custom, "watchers": ["Tom Berg"]}
    assert item.marker == "lw-1"
    assert item.requester is not None
    assert item.requester.name == "Loopwright"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"container": "Feadback"}, "Did you mean 'Feedback'"),
        ({"status": "Plannd"}, "Did you mean 'Planned'"),
        ({"type": "Bug"}, "no property for 'type'"),
        ({"custom": {"custmer": "Acme"}}, "Did you mean 'custom.customer'"),
        ({"custom": {"votes": "many"}}, "cannot be set to a str"),
        ({"labels": ("a,b",)}, "commas not allowed"),
    ],
)
def test_what_has_no_place_is_rejected(
    scene: NotionWorld, notion: NotionConnector, fields: dict[str, JsonValue], message: str
) -> None:
    with pytest.raises(Rejected, match=message):
        notion.create(draft(**fields))
    assert len(scene.service.source("Feedback").rows) == 1


def test_a_renamed_column_is_learned(scene: NotionWorld, notion: NotionConnector) -> None:
    notion.create(draft())
    prop = scene.service.source("Feedback").properties.pop("Customer")
    with pytest.raises(Rejected, match="Customer is not a property"):
        notion.create(draft(marker="lw-2", custom={"customer": "Acme"}))
    prop.name = "Client"
    scene.service.source("Feedback").properties["Client"] = prop
    assert notion.create(draft(marker="lw-3", custom={"client": "Acme"})).custom == {"client": "Acme"}


def test_a_long_text_is_written_in_portions(scene: NotionWorld, notion: NotionConnector) -> None:
    text = "\n\n".join(f"Paragraph {number}" for number in range(250))
    scene.gated.clear()
    item = notion.create(draft(body=text))
    assert item.body == text
    assert sum(method == "PATCH" for method, _ in scene.gated) == 2


def test_a_text_cut_off_between_portions_is_completed(scene: NotionWorld, notion: NotionConnector) -> None:
    text = "\n\n".join(f"Paragraph {number}" for number in range(250))
    wanted = draft(body=text)
    scene.sandbox.faults["notion"].active.append(Fault("lose_request", "PATCH /v1/blocks"))
    sent = scene.now()
    with pytest.raises(OutcomeUnknown):
        notion.create(wanted)
    found = notion.find(wanted, sent)
    assert found is not None
    assert found.body == text
    assert notion.find(wanted, sent) == found


def test_failing_after_the_row_was_made_never_asks_for_another(
    scene: NotionWorld, notion: NotionConnector
) -> None:
    notion.check()
    long = draft(body="\n\n".join("Line" for _ in range(101)))
    scene.sandbox.faults["notion"].active.append(Fault("rate_limited", "PATCH /v1/blocks"))
    with pytest.raises(OutcomeUnknown):
        notion.create(long)
    assert notion.find(long, scene.now()) is not None


def test_a_late_save_is_a_save(scene: NotionWorld, notion: NotionConnector) -> None:
    scene.service.quirks.saved_but_503 = 1
    item = notion.create(draft())
    assert item.title == "Export fails"
    scene.service.quirks.saved_but_503 = 1
    assert notion.update(item.ref, Patch(fields={"title": "Renamed"})).title == "Renamed"
    scene.service.quirks.saved_but_503 = 1
    assert notion.update(item.ref, Patch(fields={"body": "One.\n\nTwo."})).body == "One.\n\nTwo."
    scene.service.quirks.saved_but_503 = 1
    comment = notion.comment(item.ref, CommentDraft(body="Noted", marker="lw-c"))
    assert notion.comments(item.ref) == (comment,)
    assert len(scene.service.source("Feedback").rows) == 2


def test_a_conflict_on_a_page_is_told_and_a_new_page_waits(
    scene: NotionWorld, notion: NotionConnector
) -> None:
    scene.service.quirks.conflicts = 2
    with pytest.raises(Conflict):
        notion.update(row(scene, "Feedback"), Patch(fields={"title": "Mine"}))
    with pytest.raises(Unavailable):
        notion.create(draft())
    assert len(scene.service.source("Feedback").rows) == 1


def test_a_heavy_text_is_split_by_its_size(scene: NotionWorld, notion: NotionConnector) -> None:
    text = "\n\n".join("x" * 9_000 for _ in range(90))
    assert notion.create(draft(body=text)).body == text


def test_without_the_right_to_read_users_people_are_ids(scene: NotionWorld, notion: NotionConnector) -> None:
    scene.service.quirks.denied = "GET /v1/users(/(?!me)|$)"
    item = notion.get(row(scene, "Feedback")).item
    assert item.requester is not None
    assert item.requester.name == item.requester.id
    scene.service.quirks.denied = "/v1/comments"
    with pytest.raises(Forbidden, match="capability"):
        notion.comments(item.ref)


def test_long_values_are_read_whole(scene: NotionWorld, notion: NotionConnector) -> None:
    ref = row(scene, "Feedback")
    names = [f"Word{number} " for number in range(40)]
    page = scene.service.workspace.pages[ref.id]
    page.values["title"] = [text.run(name) for name in names]
    assert notion.get(ref).item.title == "".join(names)


def test_a_page_in_the_bin_says_so(scene: NotionWorld, notion: NotionConnector) -> None:
    ref = row(scene, "Feedback")
    scene.sandbox.call(lambda: scene.service.person_trashes(ref.id))
    assert notion.get(ref).item.deleted
    with pytest.raises(Rejected, match="in the bin"):
        notion.update(ref, Patch(fields={"title": "New"}))


def test_moved_between_synced_databases_and_out_of_sight(scene: NotionWorld, notion: NotionConnector) -> None:
    ref = row(scene, "Feedback")
    scene.sandbox.call(lambda: scene.service.person_moves(ref.id, "PRDs"))
    moved = notion.get(ref).item
    assert (moved.container, moved.ref) == ("PRDs", ref)
    scene.service.load([], "Elsewhere")
    scene.sandbox.call(lambda: scene.service.person_moves(ref.id, "Elsewhere"))
    with pytest.raises(NotFound, match="no database that is synced"):
        notion.get(ref)
    other = row(scene, "PRDs")
    scene.sandbox.call(lambda: scene.service.person_unshares(other.id))
    with pytest.raises(NotFound):
        notion.get(other)


def test_what_is_published_is_public_within_a_minute(
    scene: NotionWorld, notion: NotionConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert notion.audience("Feedback") is Audience.INTERNAL
    scene.service.source("Feedback").public_url = "https://northwind.notion.site/feedback"
    before = scene.calls()
    assert notion.audience("Feedback") is Audience.INTERNAL
    assert scene.calls() == before
    later = time.monotonic() + 60
    monkeypatch.setattr(sources, "time", SimpleNamespace(monotonic=lambda: later))
    assert notion.audience("Feedback") is Audience.PUBLIC
    ref = row(scene, "Feedback")
    scene.service.workspace.pages[ref.id].public_url = "https://northwind.notion.site/row"
    assert notion.get(ref).item.audience is Audience.PUBLIC
    with pytest.raises(Rejected, match="published"):
        notion.comment(ref, CommentDraft(body="Between us", marker="lw-c"))
    assert notion.comments(ref) == ()


def test_comments_of_others_are_not_taken_for_ours(scene: NotionWorld, notion: NotionConnector) -> None:
    ref, sent = row(scene, "Feedback"), scene.now()
    scene.person_comments(ref.id, "Same words", internal=True)
    assert notion.find_comment(ref, CommentDraft(body="Same words", marker="lw-c"), sent) is None
    ours = notion.comment(ref, CommentDraft(body="Same words", marker="lw-c"))
    assert notion.find_comment(ref, CommentDraft(body="Same words", marker="lw-c"), sent) == ours
    scene.advance(600)
    assert notion.find_comment(ref, CommentDraft(body="Same words", marker="lw-d"), scene.now()) is None


def test_a_database_that_is_shared_no_longer_is_not_found(
    scene: NotionWorld, notion: NotionConnector
) -> None:
    notion.check()
    scene.service.source("Feedback").shared = False
    with pytest.raises(NotFound, match="shared with the connection"):
        notion.create(draft())
