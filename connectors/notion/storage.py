"""Where Notion's files are: other hosts, whose addresses are good for an hour, and which get no token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx

from connectors.errors import NotFound, Unavailable
from connectors.protocol import Gate

PIECE = 64 * 1024


class Storage:
    """Reads files by their addresses, with a client of its own that knows no token."""

    def __init__(self, connection: str, gate: Gate, timeout: float) -> None:
        self._connection = connection
        self._gate = gate
        self._http = httpx.Client(event_hooks={"request": [self._pass]}, timeout=timeout)

    def close(self) -> None:
        """Release sockets."""
        self._http.close()

    def _pass(self, request: httpx.Request) -> None:
        self._gate(request.method, request.url.path)

    def size(self, url: str) -> tuple[int, str]:
        """How many bytes there are, and of what media type, by asking for the first byte alone.

        Notion tells neither, and its addresses are signed for GET.
        """
        with self._answer(url, {"Range": "bytes=0-0"}) as answer:
            whole = answer.headers.get("content-range", "").rpartition("/")[2]
            told = whole if whole.isdigit() else answer.headers.get("content-length", "0")
            return int(told), answer.headers.get("content-type", "application/octet-stream")

    def pieces(self, url: str) -> Iterator[bytes]:
        """The content as it comes."""
        with self._answer(url, {}) as answer:
            yield from answer.iter_raw(PIECE)

    @contextmanager
    def _answer(self, url: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        try:
            with self._http.stream("GET", url, headers={"Accept-Encoding": "identity", **headers}) as answer:
                if answer.status_code in (403, 404, 410):
                    raise NotFound(f"{self._connection}: a file is not there any more: {answer.status_code}")
                if not answer.is_success:
                    raise Unavailable(f"{self._connection}: a file was not given out: {answer.status_code}")
                yield answer
        except httpx.HTTPError as error:
            told = f"{self._connection}: a file could not be read ({type(error).__name__})"
            raise Unavailable(told) from error
