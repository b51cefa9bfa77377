"""Where files that people dropped into texts are: hosts beside the API, which get no token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urljoin, urlsplit

import requests
from github.Requester import Requester

from connectors.errors import NotFound, Unavailable
from connectors.protocol import Gate

PIECE = 64 * 1024
_MOST_REDIRECTS = 3


class Storage:
    """Reads files by their addresses, in a session of its own that knows no token."""

    def __init__(self, connection: str, gate: Gate, timeout: float) -> None:
        self._connection = connection
        self._gate = gate
        self._timeout = timeout
        self._session = requests.Session()
        self._session.auth = Requester.noopAuth  # nor one of .netrc's

    def close(self) -> None:
        """Release sockets."""
        self._session.close()

    def size(self, url: str) -> tuple[int, str]:
        """How many bytes there are, and of what media type, by asking for the first byte alone."""
        with self._answer(url, {"Range": "bytes=0-0"}) as answer:
            whole = answer.headers.get("content-range", "").rpartition("/")[2]
            told = whole if whole.isdecimal() else answer.headers.get("content-length", "0")
            return int(told), answer.headers.get("content-type", "application/octet-stream")

    def pieces(self, url: str) -> Iterator[bytes]:
        """The content as it comes."""
        with self._answer(url, {}) as answer:
            yield from answer.iter_content(PIECE)

    @contextmanager
    def _answer(self, url: str, headers: Mapping[str, str]) -> Iterator[requests.Response]:
        try:
            with self._led(url, {"Accept-Encoding": "identity", **headers}) as answer:
                if answer.status_code in (403, 404, 410):
                    raise NotFound(f"{self._connection}: a file is not there any more: {answer.status_code}")
                if not answer.ok or answer.is_redirect:
                    raise Unavailable(f"{self._connection}: a file was not given out: {answer.status_code}")
                yield answer
        except requests.RequestException as error:
            told = f"{self._connection}: a file could not be read ({type(error).__name__})"
            raise Unavailable(told) from None

    def _led(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        """The answer at the end of the redirects, of which the gate sees each."""
        for _ in range(_MOST_REDIRECTS + 1):
            self._gate("GET", urlsplit(url).path)
            answer = self._session.get(
                url, headers=headers, timeout=self._timeout, stream=True, allow_redirects=False
            )
            if not answer.is_redirect:
                break
            url = urljoin(url, answer.headers["location"])
            answer.close()
        return answer
