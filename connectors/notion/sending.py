"""Files on their way to Notion: in parts, none of which is ever held."""

from __future__ import annotations

import io
from collections.abc import Iterator
from math import ceil

from connectors.errors import Rejected

MEBIBYTE = 1024 * 1024
AT_ONCE = 20 * MEBIBYTE
"""Bytes that may be sent in one request; larger files come in parts (api-facts, section 2 of notion)."""
PART = 10 * MEBIBYTE
"""Bytes of each part but the last; Notion takes from 5 to 20 MiB."""


def part_sizes(size: int) -> list[int]:
    """The bytes of each request that a file takes."""
    if size <= AT_ONCE:
        return [size]
    return [min(PART, size - PART * number) for number in range(ceil(size / PART))]


class Part:
    """The next so many bytes of a content, as a file that can be read once.

    It tells its length as files do, by being sought to the end, so that the request can announce it.
    """

    def __init__(self, connection: str, content: Iterator[bytes]) -> None:
        self._connection = connection
        self._content = content
        self._rest = b""
        self._length = self._left = 0

    def begin(self, length: int) -> None:
        """Let the next ``length`` bytes be this file."""
        self._length = self._left = length

    def tell(self) -> int:
        return self._length - self._left

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Nothing is sought: only the length is told, and where the file begins."""
        return self._length if whence == io.SEEK_END else offset

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes. Raises Rejected when the content ends too early."""
        while not self._rest and self._left:
            following = next(self._content, None)
            if following is None:
                raise Rejected(
                    f"{self._connection}: a file ends {self._left} bytes before its announced size"
                )
            self._rest = following
        piece = self._rest[: min(size, self._left)]
        self._rest, self._left = self._rest[len(piece) :], self._left - len(piece)
        return piece
