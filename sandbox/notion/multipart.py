"""``multipart/form-data`` as it comes in, field by field, without holding a file in memory."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from sandbox.content import Content
from sandbox.notion.problem import invalid

_NAME = re.compile(rb'name="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form, each by its name."""

    fields: dict[str, Content]

    def text(self, name: str) -> str | None:
        """A short field as text."""
        found = self.fields.get(name)
        return None if found is None else b"".join(found.pieces()).decode()


async def read_form(content_type: str, body: AsyncIterator[bytes]) -> Form:
    """Read a form. Refuses what is none."""
    found = re.search(r'boundary="?([^";]+)', content_type)
    if not content_type.startswith("multipart/form-data") or found is None:
        raise invalid("body failed validation: body.file should be defined, instead was `undefined`.")
    mark = b"\r\n--" + found.group(1).encode()
    fields: dict[str, Content] = {}
    rest, current = b"\r\n", Content()
    async for piece in body:
        rest += piece
        while (at := rest.find(mark)) >= 0:
            end = rest.find(b"\r\n\r\n", at)
            if end < 0:
                break
            current.write(rest[:at])
            name = _NAME.search(rest[at:end])
            current = Content()
            if name is not None:
                fields[name.group(1).decode()] = current
            rest = rest[end + 4 :]
        if at < 0 and len(rest) > len(mark):
            current.write(rest[: -len(mark)])
            rest = rest[-len(mark) :]
    at = rest.find(mark)
    if at < 0:
        raise invalid("Malformed multipart body.")
    current.write(rest[:at])
    return Form(fields)
