"""Carrying files: every byte once, never more in memory than a piece, and a line where it cannot be."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import OutcomeUnknown, Rejected, Unavailable
from connectors.files import SourceFailed, carry, obstacle, omitted, readable_size
from connectors.model import Audience, File, FileDraft, Ref

MOMENT = datetime(2026, 1, 5, tzinfo=UTC)
HERE, THERE = Ref(connection="desk", id="7", key="ZD-7"), Ref(connection="tracker", id="1", key="ENG-1")


def file(size: int, name: str = "log.txt") -> File:
    return File(id="f1", name=name, size=size, audience=Audience.CUSTOMER, created=MOMENT)


class Source:
    """Gives pieces, and may stop with an error behind them."""

    def __init__(self, pieces: Iterable[bytes], error: Exception | None = None) -> None:
        self.pieces, self.error = pieces, error

    def files(self, ref: Ref) -> tuple[File, ...]:
        return ()

    def download(self, ref: Ref, file: File) -> Iterator[bytes]:
        yield from self.pieces
        if self.error:
            raise self.error


class Target:
    """Counts what it is given and keeps none of it; attaches only what is whole."""

    def __init__(self, largest: int = 10**9, error: Exception | None = None) -> None:
        self.largest, self.error = largest, error
        self.digest, self.drafts, self.pieces = hashlib.sha256(), list[FileDraft](), list[int]()
        self.attached = 0

    def files(self, ref: Ref) -> tuple[File, ...]:
        return ()

    def download(self, ref: Ref, file: File) -> Iterator[bytes]:
        return iter(())

    def largest_file(self) -> int:
        return self.largest

    def upload(self, ref: Ref, draft: FileDraft, content: Iterable[bytes]) -> File:
        self.drafts.append(draft)
        for piece in content:
            self.digest.update(piece)
            self.pieces.append(len(piece))
        if self.error:
            raise self.error
        self.attached += 1
        return file(draft.size)

    def find_file(self, ref: Ref, draft: FileDraft, sent: datetime) -> File | None:
        return None


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_every_byte_arrives_once_and_in_order(pieces: list[bytes]) -> None:
    content, target = b"".join(pieces), Target()
    carry(Source(pieces), HERE, file(len(content)), target, THERE, Audience.INTERNAL)
    assert target.digest.digest() == hashlib.sha256(content).digest()
    assert target.drafts[0].size == sum(target.pieces) == len(content)
    assert target.drafts[0].audience is Audience.INTERNAL
    assert 0 not in target.pieces


def test_memory_stays_flat_for_a_hundred_megabytes() -> None:
    size, piece = 100_000_000, 65_536

    def content() -> Iterator[bytes]:
        for start in range(0, size, piece):
            yield bytes(min(piece, size - start))

    target = Target()
    tracemalloc.start()
    try:
        carry(Source(content()), HERE, file(size), target, THERE, Audience.INTERNAL)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(target.pieces) == size
    assert peak < 1_000_000, peak


@given(st.integers(0, 20), st.integers(0, 20))
def test_a_file_that_is_not_as_long_as_it_says_is_not_attached(says: int, holds: int) -> None:
    source, target = Source([b"x"] * holds), Target()
    if says == holds:
        carry(source, HERE, file(says), target, THERE, Audience.INTERNAL)
        return
    with pytest.raises(SourceFailed) as raised:
        carry(source, HERE, file(says), target, THERE, Audience.INTERNAL)
    assert isinstance(raised.value.error, Rejected)
    assert ("more" if holds > says else "less") in str(raised.value)
    assert target.attached == 0
    assert sum(target.pieces) <= says, "never more than was announced"


def test_a_source_that_breaks_off_is_told_from_a_target_that_does() -> None:
    broken = Source([b"half"], Unavailable("desk: GET /files/f1 broke off"))
    target = Target()
    with pytest.raises(SourceFailed) as raised:
        carry(broken, HERE, file(8), target, THERE, Audience.INTERNAL)
    assert isinstance(raised.value.error, Unavailable)
    assert target.attached == 0
    lost = Target(error=OutcomeUnknown("tracker: POST /files got no answer"))
    with pytest.raises(OutcomeUnknown):
        carry(Source([b"whole"]), HERE, file(5), lost, THERE, Audience.INTERNAL)


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (9949, "9.9 kB"),
        (9950, "10 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (3_400_000, "3.4 MB"),
        (20_000_000, "20 MB"),
        (5 * 10**12, "5.0 TB"),
        (5 * 10**15, "5000 TB"),
    ],
)
def test_sizes_are_said_as_people_say_them(size: int, said: str) -> None:
    assert readable_size(size) == said


def test_a_file_that_cannot_go_is_named_with_its_size_the_reason_and_where_it_is() -> None:
    line = omitted(file(3_400_000, "a`b\n*c*.png"), "too large", "https://desk.example/f1")
    assert line == "omitted: `a'b *c*.png` (3.4 MB, too large) – https://desk.example/f1"


def test_what_stands_in_the_way_is_known_before_a_byte_is_sent() -> None:
    assert obstacle(file(10), Source([])) == "files cannot be attached there"
    assert obstacle(file(11), Target(largest=10)) == "larger than the 10 bytes that can be attached there"
    assert obstacle(file(10), Target(largest=10)) is None
