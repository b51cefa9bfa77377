"""A hundred megabytes from one tool to another, through the daemon: every byte, and hardly any memory."""

from __future__ import annotations

import hashlib
import re
from functools import partial
from pathlib import Path

import pytest

from sandbox.jira import JiraService
from sandbox.jira.uploads import Content, Upload
from sandbox.notion import NotionService
from sandbox.notion.uploads import Upload as Announced
from tests.integration.installation import Installation, eventually
from tests.integration.shell import Shell, cards, daemon, installed

RULES = """
version: 1
rules:
  - id: bugs-to-notion
    when: {connection: jira, labels: {has: bug}}
    then:
      - mirror:
          to: notion
          project: Feedback
          keep_in_sync:
            attachments: {direction: to_mirror, audience: internal}
"""
PIECE = bytes(range(256)) * 4_096
PIECES = 100
ALLOWED = 24 * 1024
"""KiB by which the daemon's memory may grow: some pieces on their way, and what a first upload loads."""


def memory(pid: int) -> int:
    """The most that the process has had at once so far, in KiB."""
    told = Path(f"/proc/{pid}/status")
    if not told.exists():
        pytest.skip("this system does not tell how much memory a process has had")
    found = re.search(r"^VmHWM:\s+(\d+) kB$", told.read_text(encoding="ascii"), re.MULTILINE)
    assert found
    return int(found.group(1))


def attach(jira: JiraService) -> None:
    """Somebody of the team attaches the file in Jira's own window."""
    content = Content()
    for _ in range(PIECES):
        content.write(PIECE)
    (issue,) = jira.site.issues.values()
    author = next(account for account in jira.site.accounts.values() if account != jira.bot)
    jira.files.add(issue, Upload("file", "core.bin", "application/octet-stream", content), author)


def uploads(installation: Installation) -> list[Announced]:
    notion = installation.sandbox.services["notion"]
    assert isinstance(notion, NotionService)
    return [*notion.uploads.all.values()]


def sent(installation: Installation, size: int) -> bool | None:
    """Whether so many bytes have come to Notion."""
    return sum(upload.size for upload in uploads(installation)) >= size or None


def arrived(installation: Installation) -> str | None:
    """The digest of the file in Notion, once it hangs on a page."""
    digest = hashlib.sha256()
    for upload in uploads(installation):
        if upload.attached:
            for part in upload.contents:
                for piece in part.pieces():
                    digest.update(piece)
            return digest.hexdigest()
    return None


def test_a_daemons_memory_stays_flat_for_a_hundred_megabytes(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    with installed(tmp_path, services=(JiraService, NotionService), rules=RULES) as installation:
        jira = installation.sandbox.services["jira"]
        assert isinstance(jira, JiraService)
        with daemon(installation, shell) as running:
            create = partial(
                jira.person_creates, title="It crashes", body="Dump.", container="ENG", labels=["bug"]
            )
            installation.sandbox.call(create)
            eventually(lambda: cards(installation, "notion") or None, "the page")
            before = memory(running.pid)
            installation.sandbox.call(partial(attach, jira))
            for quarter in range(1, 5):
                come = partial(sent, installation, quarter * PIECES * len(PIECE) // 4)
                eventually(come, f"quarter {quarter} of the file")
            found = eventually(lambda: arrived(installation), "the file")
            grown = memory(running.pid) - before
        whole = hashlib.sha256()
        for _ in range(PIECES):
            whole.update(PIECE)
        assert found == whole.hexdigest()
        assert grown < ALLOWED
