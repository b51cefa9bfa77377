"""Files of Notion's pages: found wherever they are, read with a fresh address, sent without being held."""

from __future__ import annotations

import tracemalloc

import pytest

from connectors.abilities import WritesFiles
from connectors.errors import NotFound, RateLimited, Rejected, Unavailable
from connectors.model import Audience, Draft, FileDraft, Patch, Ref
from connectors.notion import NotionConnector
from connectors.notion.sending import AT_ONCE, PART, part_sizes
from sandbox.faults import Fault
from sandbox.notion.databases import new_property
from tests.conformance.notion_world import NotionWorld

PIECE = bytes(range(256)) * 256


def row(scene: NotionWorld) -> Ref:
    return Ref(connection="notion", id=next(iter(scene.service.source("Feedback").rows)))


def draft(size: int, name: str = "log.txt", **more: object) -> FileDraft:
    return FileDraft.model_validate({"name": name, "media_type": "text/plain", "size": size, **more})


def test_files_are_found_in_the_text_in_properties_and_in_comments(
    scene: NotionWorld, notion: NotionConnector
) -> None:
    ref, service = row(scene), scene.service
    service.source("Feedback").properties["Files"] = new_property("Files", "files")
    scene.sandbox.call(lambda: service.person_attaches(ref.id, "body.txt", b"in the text"))
    scene.sandbox.call(lambda: service.person_attaches(ref.id, "column.txt", b"in a column", where="Files"))
    upload = service.uploads.announce({"filename": "said.txt"})
    upload.status = "uploaded"
    page = service.workspace.pages[ref.id]
    files = [service.uploads.take(upload.id)]
    scene.sandbox.call(lambda: service.acts.remark(page, [], service.workspace.person(), attachments=files))
    found = {file.name: file for file in notion.files(ref)}
    assert set(found) == {"body.txt", "column.txt", "said.txt"}
    assert found["said.txt"].comment == notion.comments(ref)[0].id
    for name, content in {"body.txt": b"in the text", "column.txt": b"in a column"}.items():
        assert found[name].size == len(content)
        assert b"".join(notion.download(ref, found[name])) == content


def test_an_address_that_expired_is_asked_for_anew(scene: NotionWorld, notion: NotionConnector) -> None:
    scene.person_attaches(row(scene).id, "body.txt", b"in the text")
    (file,) = notion.files(row(scene))
    scene.advance(7_200)
    assert b"".join(notion.download(row(scene), file)) == b"in the text"


def test_the_token_is_sent_to_notion_alone(scene: NotionWorld, notion: NotionConnector) -> None:
    made = notion.upload(row(scene), draft(5), [b"hello"])
    assert b"".join(notion.download(row(scene), made)) == b"hello"
    (found,) = notion.files(row(scene))
    assert found == made.model_copy(update={"created": found.created})
    assert scene.service.uploads.leaks == 0


def test_what_we_attach_is_no_part_of_the_text_and_outlives_it(
    scene: NotionWorld, notion: NotionConnector
) -> None:
    before = notion.get(row(scene)).item.body
    notion.upload(row(scene), draft(5), [b"hello"])
    assert notion.get(row(scene)).item.body == before
    assert notion.update(row(scene), Patch(fields={"body": "All new."})).body == "All new."
    assert [file.name for file in notion.files(row(scene))] == ["log.txt"]


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [("image/png", "image"), ("application/pdf", "pdf"), ("video/mp4", "video"), ("text/plain", "file")],
)
def test_people_see_a_file_as_what_it_is(
    scene: NotionWorld, notion: NotionConnector, media_type: str, kind: str
) -> None:
    made = notion.upload(row(scene), draft(5, "what.bin", media_type=media_type), [b"hello"])
    assert scene.service.workspace.blocks[made.id].type == kind
    assert [file.name for file in notion.files(row(scene))] == ["what.bin"]


def test_what_an_upload_costs(scene: NotionWorld, notion: NotionConnector) -> None:
    notion.check()
    scene.gated.clear()
    notion.upload(row(scene), draft(5), [b"hello"])
    assert [method for method, _ in scene.gated] == ["GET", "POST", "POST", "PATCH"]


def test_a_file_of_a_hundred_megabytes_passes_without_being_held(
    scene: NotionWorld, notion: NotionConnector
) -> None:
    count = 100 * 1024 * 1024 // len(PIECE)
    made = notion.create(Draft(container="Feedback", title="Large", marker="lw-1")).ref
    tracemalloc.start()
    try:
        file = notion.upload(made, draft(count * len(PIECE)), (PIECE for _ in range(count)))
        read = sum(len(piece) for piece in notion.download(made, file))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert read == count * len(PIECE)
    assert peak < 12 * 1024 * 1024
    (upload,) = scene.service.uploads.all.values()
    assert len(upload.sent) == 10


def test_parts_are_within_what_notion_takes() -> None:
    assert part_sizes(AT_ONCE) == [AT_ONCE]
    assert part_sizes(AT_ONCE + 1) == [PART, PART, 1]
    assert part_sizes(5 * PART) == [PART] * 5


def test_what_the_plan_does_not_take_is_rejected_before_anything_is_sent(
    scene: NotionWorld, notion: NotionConnector
) -> None:
    assert isinstance(notion, WritesFiles)
    scene.service.quirks.plan = "free"
    assert notion.largest_file() == 5 * 1024 * 1024
    for size in (0, notion.largest_file() + 1):
        with pytest.raises(Rejected, match="at most"):
            notion.upload(row(scene), draft(size), [b""])
    assert scene.service.uploads.all == {}


def test_a_published_page_gets_public_files_alone(scene: NotionWorld, notion: NotionConnector) -> None:
    scene.service.workspace.pages[row(scene).id].public_url = "https://northwind.notion.site/row"
    with pytest.raises(Rejected, match="published"):
        notion.upload(row(scene), draft(5), [b"hello"])
    made = notion.upload(row(scene), draft(5, audience=Audience.PUBLIC), [b"hello"])
    assert made.audience is Audience.PUBLIC


def test_a_content_that_ends_too_early_attaches_nothing(scene: NotionWorld, notion: NotionConnector) -> None:
    with pytest.raises(Rejected, match="ends 3 bytes before"):
        notion.upload(row(scene), draft(8), [b"", b"hello"])
    assert notion.files(row(scene)) == ()


@pytest.mark.parametrize(("kind", "error"), [("rate_limited", RateLimited), ("lose_answer", Unavailable)])
def test_a_failure_before_the_file_is_attached_is_as_good_as_nothing_done(
    scene: NotionWorld, notion: NotionConnector, kind: str, error: type[Exception]
) -> None:
    fault = Fault("rate_limited" if kind == "rate_limited" else "lose_answer", "/send$")
    scene.sandbox.call(lambda: scene.sandbox.faults["notion"].active.append(fault))
    with pytest.raises(error):
        notion.upload(row(scene), draft(5), [b"hello"])
    assert notion.files(row(scene)) == ()


def test_a_file_saved_late_is_attached(scene: NotionWorld, notion: NotionConnector) -> None:
    scene.service.quirks.saved_but_503 = 1
    made = notion.upload(row(scene), draft(5), [b"hello"])
    assert [file.id for file in notion.files(row(scene))] == [made.id]


def test_a_file_that_was_deleted_is_not_found(scene: NotionWorld, notion: NotionConnector) -> None:
    made = notion.upload(row(scene), draft(5), [b"hello"])
    workspace = scene.service.workspace
    scene.sandbox.call(lambda: scene.service.acts.delete_block(workspace.blocks[made.id], workspace.person()))
    with pytest.raises(NotFound):
        list(notion.download(row(scene), made))
