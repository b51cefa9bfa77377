"""What a file holds: little of it in memory, however large the file is."""

from __future__ import annotations

import hashlib
import tempfile
import weakref
from collections.abc import Iterator

_IN_MEMORY = 1 << 20
_PIECE = 1 << 16


class Content:
    """Bytes that come and go piece by piece; what does not fit a megabyte lies in a temporary file."""

    def __init__(self) -> None:
        self.size = 0
        self._hash = hashlib.sha256()
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - lives as long as this
        weakref.finalize(self, self._file.close)

    @classmethod
    def of(cls, whole: bytes) -> Content:
        content = cls()
        content.write(whole)
        return content

    def write(self, piece: bytes) -> None:
        """Append."""
        self._file.seek(self.size)
        self._file.write(piece)
        self._hash.update(piece)
        self.size += len(piece)

    @property
    def sha256(self) -> str:
        """The digest of all that was written."""
        return self._hash.hexdigest()

    def pieces(self) -> Iterator[bytes]:
        """The whole, from its beginning; several readers do not disturb one another."""
        position = 0
        while True:
            self._file.seek(position)
            piece = self._file.read(_PIECE)
            if not piece:
                return
            position += len(piece)
            yield piece
