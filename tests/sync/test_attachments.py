"""Attachments carried along a link: each once, to its own readers, and a line where it cannot be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import ClassVar

import pytest

from connectors.errors import AuthFailed, ConnectorError, NotFound, RateLimited, Rejected, Unavailable
from connectors.memory import MemoryConnector
from connectors.memory.tool import Attachment, Failure, MemoryTool, Record
from connectors.model import Audience, File, FileDraft, Ref
from sync import attach, receipt
from sync.apply import work
from sync.follow import follow
from sync.store import connections, effects, files
from sync.store.database import Store
from sync.store.effects import State
from sync.store.notices import Matter
from tests.sync.world import BUGS, World

KEEPS = "comments: {direction: both, audience: internal}"
FILES = "attachments: {direction: both}"
RULES = BUGS.replace(KEEPS, f"{KEEPS}\n            {FILES}")
DATA = bytes(range(256)) * 600


class Depot(World):
    """The tools hold files."""

    def attach(
        self, tool: MemoryTool, id: str, name: str = "log.bin", audience: Audience = Audience.INTERNAL
    ) -> Attachment:
        return tool.person(lambda: tool.attach(id, name, DATA, audience))

    def names(self, tool: MemoryTool, id: str) -> list[str]:
        return [file.name for file in tool.read(id).files]

    def lines(self) -> list[str]:
        return [note.text for note in self.mirror().notes if note.text.startswith("omitted: ")]


@pytest.fixture
def depot(store: Store) -> Depot:
    return Depot(store, RULES)


def reported(depot: Depot, *names: str) -> Record:
    report = depot.report()
    for name in names:
        depot.attach(depot.desk, report.id, name)
    return report


def test_files_travel_both_ways_once_and_do_not_come_back(depot: Depot) -> None:
    report = reported(depot, "first.bin", "second.bin")
    depot.settle()
    mirror = depot.mirror()
    assert depot.names(depot.tracker, mirror.id) == ["first.bin", "second.bin"]
    assert {file.content for file in depot.tracker.read(mirror.id).files} == {DATA}
    depot.attach(depot.tracker, mirror.id, "fix.diff")
    depot.settle()
    assert depot.names(depot.desk, report.id) == ["first.bin", "second.bin", "fix.diff"]
    depot.edit(depot.desk, report.id, title="New")
    depot.start(RULES)
    depot.settle()
    assert len(depot.names(depot.desk, report.id)) == len(depot.names(depot.tracker, mirror.id)) == 3


def test_two_files_of_one_name_and_size_are_two(depot: Depot) -> None:
    report = reported(depot, "image.png")
    depot.settle()
    depot.tracker.failures.append(("lose_answer", "write"))
    depot.attach(depot.desk, report.id, "image.png")
    depot.settle(200)
    assert depot.names(depot.tracker, depot.mirror().id) == ["image.png", "image.png"]


class Skewed(MemoryConnector):
    """Its clock cannot be relied on, so it finds files that are older than the request as well."""

    def find_file(self, ref: Ref, draft: FileDraft, sent: datetime) -> File | None:
        return super().find_file(ref, draft, datetime.fromtimestamp(0, UTC))


class Attic(Depot):
    connector = Skewed


@pytest.mark.parametrize("failure", ["lose_answer", "lose_request"])
def test_an_older_file_of_the_same_name_and_size_is_not_taken_for_ours(
    store: Store, failure: Failure
) -> None:
    attic = Attic(store, RULES)
    report = reported(attic, "image.png")
    attic.settle()
    attic.tracker.failures.append((failure, "write"))
    attic.attach(attic.desk, report.id, "image.png")
    attic.settle(200)
    assert attic.names(attic.tracker, attic.mirror().id) == ["image.png"] * 2
    assert attic.names(attic.desk, report.id) == ["image.png"] * 2, "neither is carried back"


def test_a_file_of_a_connection_that_is_no_longer_configured_leaves_a_line(depot: Depot) -> None:
    report = depot.report()
    depot.settle()
    depot.attach(depot.desk, report.id)
    depot.read()
    follow(depot.engine, "desk")
    depot.engine.fleet.specs = {"tracker": depot.engine.fleet.specs["tracker"]}
    for _ in range(2):
        work(depot.engine, "tracker", "worker")
    (line,) = depot.lines()
    assert "it cannot be read any more" in line


@pytest.mark.parametrize("failure", ["lose_answer", "lose_request", "unavailable", "rate_limited"])
@pytest.mark.parametrize("to", ["desk", "tracker"])
def test_whatever_the_network_says_a_file_arrives_once(depot: Depot, failure: Failure, to: str) -> None:
    report = depot.report()
    depot.settle()
    mirror = depot.mirror()
    if to == "tracker":
        depot.attach(depot.desk, report.id)
        depot.tracker.failures.append((failure, "write"))
    else:
        depot.attach(depot.tracker, mirror.id)
        depot.desk.failures.append((failure, "write"))
    depot.settle(200)
    assert depot.desk.failures == depot.tracker.failures == []
    assert depot.names(depot.tracker, mirror.id) == ["log.bin"]
    assert depot.names(depot.desk, report.id) == ["log.bin"]
    assert depot.lines() == []


class Died(BaseException):
    """The process ended here."""


def dies(*_: object, **__: object) -> None:
    raise Died


STEPS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "before anything is sent": lambda patch: patch.setattr(attach, "carry", dies),
    "half-way through the content": lambda patch: patch.setattr(MemoryConnector, "download", dies),
    "after the tool's answer, before the receipt": lambda patch: patch.setattr(receipt, "attached", dies),
    "inside the receipt's transaction": lambda patch: patch.setattr(files, "pair", dies),
    "when the files were listed": lambda patch: patch.setattr(attach, "_carry_all", dies),
}


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step_and_started_again_there_is_one_file(
    depot: Depot, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = depot.report()
    depot.settle()
    depot.attach(depot.desk, report.id)
    with monkeypatch.context() as patch:
        STEPS[step](patch)
        with pytest.raises(Died):
            depot.settle()
    depot.start(RULES)
    depot.settle()
    assert depot.names(depot.tracker, depot.mirror().id) == ["log.bin"]
    assert depot.names(depot.desk, report.id) == ["log.bin"]


def test_a_file_never_reaches_a_wider_audience_than_its_own(store: Store) -> None:
    customers = "direction: both, audience: customer"
    depot = Depot(store, RULES.replace(FILES, FILES.replace("direction: both", customers)))
    report = depot.report()
    depot.settle()
    depot.attach(depot.tracker, depot.mirror().id, "internal.txt")
    depot.settle()
    assert depot.names(depot.desk, report.id) == []
    assert [notice.matter for notice in depot.notices()] == [Matter.AUDIENCE]
    published = FILES.replace("direction: both", f"{customers}, publish: true")
    depot.start(RULES.replace(FILES, published))
    depot.edit(depot.tracker, depot.mirror().id, title="Again")
    depot.settle()
    (file,) = depot.desk.read(report.id).files
    assert file.audience is Audience.CUSTOMER


def test_a_file_that_is_too_large_leaves_one_line(depot: Depot) -> None:
    depot.tracker.largest_file = 1000
    report = reported(depot, "dump.bin")
    depot.settle()
    depot.edit(depot.desk, report.id, title="Again")
    depot.settle()
    (line,) = depot.lines()
    assert line.startswith("omitted: `dump.bin` (154 kB, larger than the 1.0 kB that can be attached")
    assert line.endswith(f"/{report.key}")
    assert len(depot.desk.read(report.id).notes) == 0, "the line is ours, and does not come back"


class Filing(MemoryConnector):
    """Fails as it is told to, when a file is read."""

    error: ConnectorError | None = None
    unlisted: ConnectorError | None = None
    listed: ClassVar[list[str]] = []

    def files(self, ref: Ref) -> tuple[File, ...]:
        if Filing.unlisted:
            error, Filing.unlisted = Filing.unlisted, None
            raise error
        self.listed.append(self.connection)
        return super().files(ref)

    def download(self, ref: Ref, file: File) -> Iterator[bytes]:
        yield DATA[:70_000]
        if Filing.error:
            error, Filing.error = Filing.error, None
            raise error
        yield DATA[70_000:]


class Fragile(Depot):
    connector = Filing

    def __init__(self, store: Store, rules: str) -> None:
        Filing.error, Filing.unlisted = None, None
        Filing.listed.clear()
        super().__init__(store, rules)


@pytest.mark.parametrize("error", [Unavailable("desk: gone away"), RateLimited("desk: slow", retry_after=3)])
def test_a_source_that_breaks_off_is_asked_again(store: Store, error: ConnectorError) -> None:
    depot = Fragile(store, RULES)
    Filing.error = error
    reported(depot, "log.bin")
    depot.settle()
    assert depot.names(depot.tracker, depot.mirror().id) == ["log.bin"]


def test_a_source_that_shuts_us_out_is_halted_and_not_the_target(store: Store) -> None:
    depot = Fragile(store, RULES)
    Filing.error = AuthFailed("desk: 401")
    reported(depot, "log.bin")
    with pytest.raises(AssertionError, match="does not come to rest"):
        depot.settle(1)
    depot.settle()
    with store.read() as view:
        assert connections.get(view, "desk").halted == "desk: 401"
        assert connections.get(view, "tracker").halted is None
        assert effects.in_state(view, State.PARKED) == []


def test_a_file_that_is_gone_by_then_leaves_nothing(store: Store) -> None:
    depot = Fragile(store, RULES)
    Filing.error = NotFound("desk: 404")
    reported(depot, "log.bin")
    depot.settle()
    assert depot.names(depot.tracker, depot.mirror().id) == []
    assert depot.lines() == []
    assert depot.effects(State.PARKED) == []


def test_a_file_that_is_refused_leaves_a_line(store: Store) -> None:
    depot = Fragile(store, RULES)
    Filing.error = Rejected("desk: infected")
    reported(depot, "log.bin")
    depot.settle()
    (line,) = depot.lines()
    assert "(154 kB, it cannot be read)" in line


class Showing(MemoryConnector):
    """Gives its files away and takes none."""

    upload = None  # type: ignore[assignment]


class Gallery(Depot):
    connector = Showing


def test_a_tool_that_takes_no_files_gets_a_line_each(store: Store) -> None:
    depot = Gallery(store, RULES)
    reported(depot, "a.bin", "b.bin")
    depot.settle()
    assert [line.split("`")[1] for line in depot.lines()] == ["a.bin", "b.bin"]
    assert "files cannot be attached there" in depot.lines()[0]


class Pinned(MemoryConnector):
    """Shows each file in the text of its item."""

    def upload(self, ref: Ref, draft: FileDraft, content: Iterable[bytes]) -> File:
        made = super().upload(ref, draft, content)
        name = draft.name.replace("_", "\\_")
        self._ask(
            "PATCH", "/text", lambda tool: tool.change(ref.id, text=f"{tool.read(ref.id).text}\n\n[{name}]")
        )
        return made


class Board(Depot):
    connector = Pinned


def test_what_a_tool_writes_of_a_file_into_the_text_is_no_edit(store: Store) -> None:
    board = Board(
        store, RULES.replace(FILES, f"{FILES}\n            body: {{direction: both, publish: true}}")
    )
    report = board.report(text="It stops.")
    board.settle()
    board.attach(board.desk, report.id, "my_log.bin")
    board.settle()
    assert board.mirror().text.endswith("[my\\_log.bin]")
    assert board.desk.read(report.id).text == "It stops."
    board.edit(board.tracker, board.mirror().id, text="It stops at night.")
    board.settle()
    assert board.desk.read(report.id).text == "It stops at night."


def test_an_item_is_asked_for_its_files_when_it_changed_and_not_otherwise(store: Store) -> None:
    depot = Fragile(store, RULES)
    report = reported(depot, "log.bin")
    depot.settle()
    before = list(Filing.listed)
    depot.settle()
    depot.settle()
    assert Filing.listed == before
    depot.edit(depot.desk, report.id, type="incident")
    depot.settle()
    assert Filing.listed == [*before, "desk"]


def test_a_listing_that_fails_is_repeated(store: Store) -> None:
    depot = Fragile(store, RULES)
    Filing.unlisted = Unavailable("desk: 503")
    reported(depot, "log.bin")
    depot.settle()
    assert depot.names(depot.tracker, depot.mirror().id) == ["log.bin"]


def test_a_rule_without_the_setting_asks_for_no_files(store: Store) -> None:
    depot = Fragile(store, BUGS)
    reported(depot, "log.bin")
    depot.settle()
    assert Filing.listed == []
