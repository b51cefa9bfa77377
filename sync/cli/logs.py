"""What the daemon writes to standard error: lines for people, or one JSON object a line for collectors."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

from config.model import Log

CLIENTS = ("jira", "github", "zenpy", "notion_client")
"""They put answers into their warnings, and so what customers wrote; we say ourselves what went wrong."""


def set_up_logs(log: Log) -> None:
    """Log as the settings say, from now on. Other people's code is heard from warnings upwards only."""
    handler = _StandardError()
    handler.setFormatter(_Json() if log.format == "json" else logging.Formatter(_LINE))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("loopwright").setLevel(log.level.upper())
    for name in CLIENTS:
        logging.getLogger(name).setLevel(logging.CRITICAL)


_LINE = "%(asctime)s %(levelname)-7s %(message)s"


class _StandardError(logging.StreamHandler[TextIO]):
    """Standard error as it is by now: a progress bar takes it over while it is shown."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
