"""``--load FILE``: bug reports of one's own, or of a public tracker, for the sandbox.

One JSON object a line, plain or gzipped. ``id``, ``title`` and ``created`` (ISO 8601 with an offset) are
needed; ``body`` and the comments are Jira wiki markup; ``components`` become labels; what else a line holds
is ignored.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from sandbox.company import Post, Report
from sandbox.wiki import to_markdown


class BadReports(ValueError):
    """The file cannot be loaded. The message starts with ``file:line`` and says what to correct."""


class _Comment(BaseModel):
    author: str = ""
    created: AwareDatetime
    body: str = ""


class _Line(BaseModel):
    id: str = Field(min_length=1)
    title: str = Field(min_length=1)
    body: str | None = None
    created: AwareDatetime
    type: str | None = None
    priority: str | None = None
    components: tuple[str, ...] = ()
    reporter: str | None = None
    comments: tuple[_Comment, ...] = ()

    def report(self) -> Report:
        return Report(
            id=self.id,
            title=self.title,
            body=to_markdown(self.body or ""),
            created=self.created,
            type=self.type or "",
            priority=self.priority or "",
            reporter=self.reporter or "",
            labels=self.components,
            posts=tuple(Post(said.author, said.created, to_markdown(said.body)) for said in self.comments),
        )


def read_reports(path: Path) -> list[Report]:
    """The reports in the order of the file. Raises BadReports, and OSError where there is no such file."""
    reports: list[Report] = []
    seen: dict[str, int] = {}
    for number, line in _lines(path):
        try:
            report = _Line.model_validate_json(line).report()
        except ValidationError as error:
            raise BadReports(f"{path}:{number}: {_complaint(error)}") from None
        if report.id in seen:
            raise BadReports(
                f"{path}:{number}: the id {report.id} was already used in line {seen[report.id]}"
            )
        seen[report.id] = number
        reports.append(report)
    if not reports:
        raise BadReports(f"{path}:1: no report in this file; it should have one JSON object a line")
    return reports


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Non-empty lines with their numbers from 1; unpacked when the name ends in ``.gz``."""
    number = 0
    with path.open("rb") as plain:
        stream = cast(BinaryIO, gzip.GzipFile(fileobj=plain)) if path.suffix == ".gz" else plain
        try:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield number, line
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise BadReports(f"{path}:{number + 1}: damaged gzip data ({error})") from None


def _complaint(error: ValidationError) -> str:
    """The first mistake of a line in one sentence, without the text of the report."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]
