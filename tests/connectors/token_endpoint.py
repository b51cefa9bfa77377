"""A tool's token endpoint: every refresh token is good once, as the vendors' own are."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

CLIENT, SECRET, FIRST = "loopwright", "app-secret", "refresh-0"


class TokenEndpoint(ThreadingHTTPServer):
    """Counts what it is asked, and rotates."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/oauth/tokens"
        self.good = FIRST
        self.lives: float | None = 3600
        self.asked = 0
        self.answers_next: tuple[int, bytes, dict[str, str]] | None = None
        """What the next request is answered instead, with status, body and headers."""
        self._numbers = count(1)
        self._lock = threading.Lock()

    def grant(self, body: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        with self._lock:
            self.asked += 1
            if self.answers_next is not None:
                answer, self.answers_next = self.answers_next, None
                return answer
            if (body["client_id"], body["client_secret"]) != (CLIENT, SECRET):
                return 401, b'{"error":"invalid_client"}', {}
            if body["grant_type"] == "client_credentials":
                granted = {"access_token": f"access-{next(self._numbers)} for {body['scope']}"}
                return 200, json.dumps({**granted, "expires_in": self.lives}).encode(), {}
            if body["grant_type"] != "refresh_token" or body["refresh_token"] != self.good:
                return 400, b'{"error":"invalid_grant","error_description":"expired or revoked"}', {}
            number = next(self._numbers)
            self.good = f"refresh-{number}"
            granted = {"access_token": f"access-{number}", "refresh_token": self.good}
            return 200, json.dumps({**granted, "expires_in": self.lives}).encode(), {}


class _Handler(BaseHTTPRequestHandler):
    server: TokenEndpoint

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, answer, headers = self.server.grant(body)
        if status == 0:
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a test's output is its own."""


@contextmanager
def token_endpoint() -> Iterator[TokenEndpoint]:
    server = TokenEndpoint()
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
