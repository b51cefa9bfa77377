"""Carrying attachments from one tool to another, piece by piece, and saying so where that cannot be.

A file never rests with us: each piece that the one tool sends goes on to the other, so that memory stays flat
whatever its size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from connectors.abilities import ReadsFiles, WritesFiles
from connectors.errors import ConnectorError, Rejected
from connectors.model import Audience, File, FileDraft, Ref

UNITS = ("kB", "MB", "GB", "TB")


class SourceFailed(Exception):
    """The tool that a file comes from could not give it: ``error`` says what to do about that one.

    The other tool has not got the whole file, so it has attached none.
    """

    def __init__(self, error: ConnectorError) -> None:
        super().__init__(str(error))
        self.error = error


def readable_size(size: int) -> str:
    """Bytes as people say them, in decimal units: ``812 bytes``, ``3.4 MB``, ``20 MB``."""
    if size == 1:
        return "1 byte"
    if size < 1000:
        return f"{size} bytes"
    amount = float(size)
    for unit in UNITS:
        amount /= 1000
        # 999.6 kB would be written as 1000 kB, which nobody says
        if amount < 999.5 or unit == UNITS[-1]:
            break
    return f"{amount:.1f} {unit}" if amount < 9.95 else f"{amount:.0f} {unit}"


def omitted(file: File, reason: str, address: str) -> str:
    """The line that stands in for a file which cannot be carried over, as Markdown.

    ``address`` is where a person opens the file, or the item that it is attached to.
    """
    name = file.name.replace("`", "'").replace("\n", " ")
    because = f", {reason}" if reason else ""
    return f"omitted: `{name}` ({readable_size(file.size)}{because}) – {address}"


def obstacle(file: File, target: object) -> str | None:
    """Why the target cannot be given this file, in words for people; ``None`` when it can be tried."""
    if not isinstance(target, WritesFiles):
        return "files cannot be attached there"
    largest = target.largest_file()
    if file.size > largest:
        return f"larger than the {readable_size(largest)} that can be attached there"
    return None


def draft_of(file: File, audience: Audience) -> FileDraft:
    """The file as it is to be attached elsewhere, for this audience."""
    return FileDraft(name=file.name, media_type=file.media_type, size=file.size, audience=audience)


def carry(source: ReadsFiles, at: Ref, file: File, target: WritesFiles, to: Ref, audience: Audience) -> File:
    """Attach a file of the item ``at`` to the item ``to`` in another tool; the file as it stands there.

    Raises what the target raises, and SourceFailed for what went wrong at the source.
    """
    return target.upload(to, draft_of(file, audience), _passing(source, at, file))


def _passing(source: ReadsFiles, at: Ref, file: File) -> Iterator[bytes]:
    """The content, as it comes, and exactly as much of it as was announced to the target."""
    passed = 0
    try:
        for piece in pieces(source.download(at, file)):
            passed += len(piece)
            if passed > file.size:
                break
            yield piece
    except ConnectorError as error:
        raise SourceFailed(error) from error
    if passed != file.size:
        what = "more" if passed > file.size else "less"
        raise SourceFailed(
            Rejected(f"{at.connection}: file {file.id} of {at} holds {what} than its size says")
        )


def pieces(content: Iterable[bytes]) -> Iterator[bytes]:
    """The content without empty pieces, which chunked encoding would take for the end."""
    return (piece for piece in content if piece)
