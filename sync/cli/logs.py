"""What the daemon writes to standard error: lines for people, or one JSON object a line for collectors."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from config.model import Log

CHATTY = ("alembic", "httpcore", "httpx", "urllib3", "uvicorn", "zenpy")
"""Libraries that tell of every request, sometimes with what is in it."""


def set_up_logs(log: Log) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(_Json() if log.format == "json" else logging.Formatter(_LINE))
    logging.basicConfig(level=log.level.upper(), handlers=[handler])
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


_LINE = "%(asctime)s %(levelname)-7s %(message)s"


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
