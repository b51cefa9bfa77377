"""Whatever is pushed while files are read, page by page and across restarts, the last state is seen."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.github import documents
from connectors.model import Item, Kind
from tests.connectors.github_rig import APP, Rig, running

PATTERNS = ["docs/*.md"]
PATHS = ("docs/a.md", "docs/b.md", "docs/c.md")

acts = st.lists(
    st.tuples(st.sampled_from(["push", "push", "remove", "page", "page", "restart"]), st.sampled_from(PATHS)),
    min_size=8,
    max_size=20,
)


def push(rig: Rig, path: str, text: bytes | None) -> None:
    repository = rig.service.state.repository(APP)
    assert repository
    if text is None and path not in repository.history.files:
        return
    rig.sandbox.call(
        lambda: rig.service.publishing.commit(repository, rig.service.bot, "Write", {path: text})
    )


class Reader:
    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.cursor: str | None = None
        self.seen: dict[str, Item] = {}
        self.restart()

    def restart(self) -> None:
        self.rig.connector.close()
        self.rig.connector = self.rig.open(documents=PATTERNS, repositories=[APP])

    def page(self) -> bool:
        page = self.rig.connector.changes(self.cursor)
        self.cursor = page.cursor
        for each in page.observations:
            if each.item.kind is Kind.DOC:
                self.seen[each.item.ref.key.partition(":")[2]] = each.item
        return page.more


@given(acts)
@settings(max_examples=10, deadline=None)
def test_the_last_state_of_every_file_is_seen_whatever_the_order(steps: list[tuple[str, str]]) -> None:
    with pytest.MonkeyPatch.context() as patch, running() as rig:
        patch.setattr(documents, "BATCH", 1)
        reader = Reader(rig)
        for number, (act, path) in enumerate(steps):
            if act == "page":
                reader.page()
            elif act == "restart":
                reader.restart()
            else:
                push(rig, path, f"# {number}\n".encode() if act == "push" else None)
        for _ in range(2):
            while reader.page():
                pass
        repository = rig.service.state.repository(APP)
        assert repository
        history = repository.history
        there = {path: history.blobs[sha].decode() for path, sha in history.files.items()}
        shown = {path: f"# {item.title}\n" for path, item in reader.seen.items() if not item.deleted}
        assert shown == there
