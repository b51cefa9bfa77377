"""What the tool keeps, in the canonical form."""

from __future__ import annotations

from connectors.memory.tool import Attachment, Note
from connectors.model import Comment, File


def comment(note: Note) -> Comment:
    return Comment(
        id=note.id,
        author=note.author,
        body=note.text,
        audience=note.audience,
        created=note.created,
        updated=note.updated,
        marker=note.marker,
    )


def file(attachment: Attachment) -> File:
    return File(
        id=attachment.id,
        name=attachment.name,
        media_type=attachment.media_type,
        size=len(attachment.content),
        audience=attachment.audience,
        created=attachment.created,
    )
