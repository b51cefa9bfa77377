"""Reading ``multipart/form-data`` as it comes in: what is in the files goes to disk, piece by piece.

Source: RFC 7578.
"""

from __future__ import annotations

import os
import re
import tempfile
import weakref
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

_NAME = re.compile(r'filename="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_EXTENDED = re.compile(r"filename\*=UTF-8''([^;\s]+)", re.IGNORECASE)
_TYPE = re.compile(r"^content-type:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


PIECE = 65_536


class Content:
    """Bytes on disk, in a file without a name that goes when nobody knows of it any more."""

    def __init__(self) -> None:
        self._file, name = tempfile.mkstemp()
        os.unlink(name)
        self.size = 0
        weakref.finalize(self, os.close, self._file)

    def write(self, piece: bytes) -> None:
        self.size += os.write(self._file, piece)

    def pieces(self) -> Iterator[bytes]:
        at = 0
        while piece := os.pread(self._file, PIECE, at):
            at += len(piece)
            yield piece


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came in."""

    field: str
    name: str
    media_type: str
    content: Content


class Malformed(Exception):
    """The body is not what its content type says."""


class _Body:
    """A stream that can be read up to a mark, never holding more than a piece."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces
        self._held = b""

    async def until(self, mark: bytes) -> AsyncIterator[bytes]:
        """Everything before ``mark``, which is taken too."""
        while (at := self._held.find(mark)) < 0:
            keep = len(mark) - 1
            done, self._held = self._held[:-keep], self._held[-keep:]
            if done:
                yield done
            await self._more()
        before, self._held = self._held[:at], self._held[at + len(mark) :]
        yield before

    async def text(self, mark: bytes) -> str:
        return b"".join([piece async for piece in self.until(mark)]).decode(errors="replace")

    async def take(self, size: int) -> bytes:
        while len(self._held) < size:
            await self._more()
        taken, self._held = self._held[:size], self._held[size:]
        return taken

    async def _more(self) -> None:
        try:
            self._held += await anext(self._pieces)
        except StopAsyncIteration:
            raise Malformed from None


async def read(content_type: str, pieces: AsyncIterator[bytes]) -> list[Upload]:
    """The files of a form. Raises Malformed."""
    found = re.search(r'boundary="?([^";]+)"?', content_type)
    if "multipart/form-data" not in content_type or found is None:
        raise Malformed
    mark = b"--" + found[1].encode()
    body = _Body(pieces)
    await body.text(mark)
    uploads = []
    while await body.take(2) != b"--":
        uploads.append(await _part(body, mark))
    return uploads


async def _part(body: _Body, mark: bytes) -> Upload:
    head = await body.text(b"\r\n\r\n")
    content = Content()
    async for piece in body.until(b"\r\n" + mark):
        content.write(piece)
    name, extended, kind = _NAME.search(head), _EXTENDED.search(head), _TYPE.search(head)
    field = re.search(r'[; ]name="([^"]*)"', head)
    return Upload(
        field[1] if field else "",
        _decoded(extended[1]) if extended else name[1].replace('\\"', '"') if name else "",
        kind[1] if kind else "application/octet-stream",
        content,
    )


def _decoded(text: str) -> str:
    return unquote(text)
