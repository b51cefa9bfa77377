"""A real terminal of 80 columns, and somebody who reads what it shows and types."""

from __future__ import annotations

import codecs
import math
import os
import re
import termios
import time
from contextlib import suppress
from pathlib import Path

from tests.integration.installation import eventually
from tests.integration.shell import Running, Shell

AGAIN = 3.0
"""Seconds after which a person presses a key once more."""


class Terminal:
    """A command at a terminal of its own."""

    def __init__(self, shell: Shell, *arguments: str) -> None:
        self._keyboard, screen = os.openpty()
        termios.tcsetwinsize(screen, (24, 80))
        self._running: Running = shell.start(*arguments, terminal=Path(os.ttyname(screen)), before=usual)
        os.set_blocking(self._keyboard, False)
        os.close(screen)
        self.seen = ""
        """Everything that was shown so far."""
        self._read = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def answer(self, question: str, text: str) -> None:
        """Wait for the question, which ends the screen, and answer it."""
        self._wait_for(question)
        os.write(self._keyboard, f"{text}\n".encode())

    def leave(self, question: str) -> None:
        """Press Ctrl-C instead of answering, and once more where nothing comes of it: one that arrives in the
        very moment in which the prompt begins to wait is not heard before the next key."""
        self._wait_for(question)
        pressed = -math.inf

        def left() -> bool | None:
            nonlocal pressed
            if self._running.alive() and time.monotonic() > pressed + AGAIN:
                os.write(self._keyboard, b"\x03")
                pressed = time.monotonic()
            return not self._running.alive() or None

        eventually(left, lambda: f"the end after: {self.seen}")

    def _wait_for(self, question: str) -> None:
        def asked() -> bool | None:
            self._look()
            return bool(re.search(rf"{question}[^\n]*: $", self.seen[self._read :])) or None

        eventually(asked, lambda: f"the question {question} after: {self.seen[self._read :]}")
        self._read = len(self.seen)

    def wait(self) -> int:
        """The command's exit code, once it has ended."""

        def ended() -> bool | None:
            self._look()
            return not self._running.alive() or None

        eventually(ended, lambda: f"the end after: {self.seen}")
        self._look()
        os.close(self._keyboard)
        return self._running.wait().code

    def _look(self) -> None:
        with suppress(OSError):  # there is nothing more to read, or nobody left at the other end
            while True:
                shown = self._decoder.decode(os.read(self._keyboard, 4096))
                self.seen += shown.replace("\r\n", "\n")


def usual() -> None:
    """A terminal of the usual kind, whatever the tests themselves are run at."""
    os.environ["TERM"] = "xterm-256color"
    for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"):
        os.environ.pop(name, None)
