# ruff: noqa: S101
"""What a connector with files must keep: every byte, the readers, and one file where one was meant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.abilities import ReadsFiles, WritesFiles
from connectors.conformance.world import World, ref
from connectors.errors import NotFound, OutcomeUnknown, Rejected, Unavailable
from connectors.model import Audience, FileDraft
from connectors.protocol import Connector

__all__ = ["Files"]

CONTENT = bytes(range(256)) * 1000
"""Larger than one piece, and no text."""


def reads(connector: Connector) -> ReadsFiles:
    if not isinstance(connector, ReadsFiles):
        pytest.skip("the tool shows no files")
    return connector


def writes(connector: Connector) -> WritesFiles:
    if not isinstance(connector, WritesFiles):
        pytest.skip("the tool takes no files")
    return connector


def draft(scene: World, name: str = "export.bin", audience: Audience | None = None) -> FileDraft:
    return FileDraft(name=name, size=len(CONTENT), audience=audience or scene.comment_audiences[0])


def halves() -> Iterator[bytes]:
    """Pieces as another tool would send them."""
    yield CONTENT[:70_000]
    yield CONTENT[70_000:]


class Files:
    def test_what_people_attach_is_read_to_the_last_byte(self, scene: World, connector: Connector) -> None:
        filing = reads(connector)
        item_id = scene.person_creates("With a file")
        if not scene.person_attaches(item_id, "Größe 1.bin", CONTENT):
            pytest.skip("nobody in this world attaches anything")
        (file,) = filing.files(ref(item_id))
        assert (file.name, file.size) == ("Größe 1.bin", len(CONTENT))
        assert file.id
        assert file.created.utcoffset() is not None
        assert b"".join(filing.download(ref(item_id), file)) == CONTENT

    def test_files_of_an_item_that_is_not_there_are_not_found(
        self, scene: World, connector: Connector
    ) -> None:
        with pytest.raises(NotFound):
            reads(connector).files(ref(scene.unknown_id))

    def test_a_file_that_is_gone_is_not_found(self, scene: World, connector: Connector) -> None:
        filing = writes(connector)
        item, other = connector.create(scene.draft()).ref, connector.create(scene.draft()).ref
        file = filing.upload(item, draft(scene), halves())
        gone = file.model_copy(update={"id": scene.unknown_id, "url": ""})
        with pytest.raises(NotFound):
            list(filing.download(other, gone))

    def test_what_is_attached_reads_back_as_it_was(self, scene: World, connector: Connector) -> None:
        filing = writes(connector)
        item = connector.create(scene.draft()).ref
        assert filing.largest_file() >= len(CONTENT)
        made = filing.upload(item, draft(scene), halves())
        assert (made.name, made.size) == ("export.bin", len(CONTENT))
        assert [file.id for file in filing.files(item)] == [made.id]
        assert b"".join(filing.download(item, made)) == CONTENT

    @pytest.mark.parametrize("audience", list(Audience))
    def test_a_file_reaches_its_audience_and_no_wider_one(
        self, scene: World, connector: Connector, audience: Audience
    ) -> None:
        filing = writes(connector)
        item = connector.create(scene.draft()).ref
        try:
            made = filing.upload(item, draft(scene, audience=audience), halves())
        except Rejected:
            assert audience not in scene.comment_audiences
            assert filing.files(item) == ()
        else:
            assert audience.reaches(made.audience)
            assert [file.audience for file in filing.files(item)] == [made.audience]

    @pytest.mark.parametrize("failure", ["lose_answer", "lose_request"])
    def test_a_file_whose_answer_was_lost_is_attached_once(
        self, scene: World, connector: Connector, failure: str
    ) -> None:
        filing = writes(connector)
        item = connector.create(scene.draft()).ref
        filing.upload(item, draft(scene, "another.bin"), halves())
        sent = scene.now()
        scene.break_next("lose_answer" if failure == "lose_answer" else "lose_request", "write")
        # of a tool that takes the content first, and attaches it with a second request, the first is lost
        with pytest.raises((OutcomeUnknown, Unavailable)):
            filing.upload(item, draft(scene), halves())
        scene.settle(connector)
        found = filing.find_file(item, draft(scene), sent)
        if found is None:
            found = filing.upload(item, draft(scene), halves())
        named = [file.id for file in filing.files(item) if file.name == "export.bin"]
        assert named == [found.id]

    def test_a_file_that_was_never_attached_is_not_found(self, scene: World, connector: Connector) -> None:
        filing = writes(connector)
        item = connector.create(scene.draft()).ref
        filing.upload(item, draft(scene), halves())
        sent = scene.now()
        assert filing.find_file(item, draft(scene, "another.bin"), sent) is None
