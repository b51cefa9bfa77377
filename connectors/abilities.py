"""What a connector may be able to do beside the protocol. Each ability is a small protocol of its own.

A connector has an ability when it has its methods: the engine asks ``isinstance(connector, ReadsFiles)``, so
that a tool without files needs no word about them. Methods raise :mod:`connectors.errors` as all others do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias, runtime_checkable

from pydantic import BaseModel, SecretStr

from connectors.errors import ConnectorError
from connectors.limits import Limit
from connectors.model import (
    Comment,
    CommentDraft,
    Draft,
    File,
    FileDraft,
    Item,
    ItemLink,
    LinkDraft,
    Patch,
    Person,
    Ref,
)
from connectors.protocol import Observation

Wait: TypeAlias = Callable[[float], object]
"""Lets so many seconds pass while the tool works on what it was given. Connectors never sleep."""


@runtime_checkable
class StatesLimits(Protocol):
    """The tool documents how much may be asked of it."""

    @classmethod
    def limits(cls, settings: BaseModel) -> tuple[Limit, ...]:
        """Every documented limit that our requests count towards, for the plan that the settings name."""
        ...


@runtime_checkable
class GetsMany(Protocol):
    """Several items can be read by id in one request."""

    most_read: int
    """How many items one request reads at most."""

    def get_many(self, refs: Sequence[Ref]) -> tuple[Observation, ...]:
        """The items as they stand now, in any order; those that cannot be read are left out."""
        ...


@runtime_checkable
class CreatesMany(Protocol):
    """Several items can be created in one request."""

    most_created: int
    """How many drafts one call of :meth:`create_many` takes at most."""

    def create_many(self, drafts: Sequence[Draft], wait: Wait) -> tuple[Ref | ConnectorError, ...]:
        """Create the items; what became of each, in the order of the drafts.

        Each result stands for itself: an error says of its own draft what it would of a single create,
        OutcomeUnknown where ``find`` has to look. The items are not read back.
        """
        ...


@runtime_checkable
class UpdatesMany(Protocol):
    """Several items can be changed in one request."""

    most_updated: int

    def update_many(
        self, patches: Sequence[tuple[Ref, Patch]], wait: Wait
    ) -> tuple[ConnectorError | None, ...]:
        """Write what each patch names; ``None`` for each that was written. The items are not read back."""
        ...


@dataclass(frozen=True, slots=True)
class Move:
    """Where an item is that got another id when it was moved."""

    to: Ref
    watched: bool
    """Whether it is in a place that the connection reads."""


@runtime_checkable
class ReplacesIds(Protocol):
    """An item that is moved gets another id, and the tool knows which."""

    def moved(self, ref: Ref) -> Move | None:
        """What the item is now; ``None`` where it is still itself. Raises NotFound where it is gone.

        The key may be an old one, and is all there is to go by where the connector never saw the item.
        """
        ...


@runtime_checkable
class ReadsBodiesApart(Protocol):
    """An item's body takes calls of its own: what is not about it goes without them."""

    def get_fields(self, known: Item) -> Item:
        """The item as it stands now, but with the body that ``known`` has."""
        ...

    def update_fields(self, known: Item, patch: Patch) -> Item:
        """As ``update``, with a patch that leaves the body alone; the answer has the body of ``known``."""
        ...


@runtime_checkable
class EditsComments(Protocol):
    """A comment of our own can be changed and deleted afterwards."""

    def edit_comment(self, ref: Ref, comment: str, draft: CommentDraft) -> Comment:
        """Give the comment with this id another text, and nobody but its readers more to read.

        Keeps the marker that the comment has.
        """
        ...

    def delete_comment(self, ref: Ref, comment: str) -> None:
        """Delete the comment. One that is gone already counts as deleted."""
        ...


@runtime_checkable
class RetiresItems(Protocol):
    """An item of our own can be taken away again."""

    def retire(self, ref: Ref) -> None:
        """Put the item into the bin; where there is none, close it; where that says too little, delete it.

        One that is gone already counts as retired.
        """
        ...


@runtime_checkable
class HidesComments(Protocol):
    """A comment that customers read can be left to the team alone, where it cannot be deleted."""

    def hide_comment(self, ref: Ref, comment: str) -> None:
        """Have nobody but the team read the comment from now on. One that is hidden already stays so."""
        ...


@runtime_checkable
class ChecksComments(Protocol):
    """One comment can be asked for, whether the item's list shows it or not: lists leave out more than what
    was deleted."""

    def comment_is_gone(self, ref: Ref, comment: str) -> bool:
        """Whether the tool itself says that this comment, which was seen on the item, is there no more.

        Raises NotFound where the item cannot be read either: then nothing is said of its comments.
        """
        ...


@runtime_checkable
class ReadsFiles(Protocol):
    """Items have attachments."""

    def files(self, ref: Ref) -> tuple[File, ...]:
        """All files of the item and of its comments, oldest first."""
        ...

    def download(self, ref: Ref, file: File) -> Iterator[bytes]:
        """The file's content, piece by piece; memory stays flat whatever its size.

        A credential is sent to the tool's own hosts alone.
        """
        ...


@runtime_checkable
class WritesFiles(ReadsFiles, Protocol):
    """Files can be attached to items."""

    def largest_file(self) -> int:
        """How many bytes a file may have at most."""
        ...

    def upload(self, ref: Ref, draft: FileDraft, content: Iterable[bytes]) -> File:
        """Attach a file, for exactly ``draft.audience`` or a narrower one; memory stays flat.

        Raises Rejected where the tool takes no such file or cannot keep it within its audience.
        """
        ...

    def find_file(self, ref: Ref, draft: FileDraft, sent: datetime) -> File | None:
        """The file that ``upload(ref, draft)``, called at ``sent``, attached, if it did."""
        ...


@runtime_checkable
class LinksItems(Protocol):
    """Items can be tied to one another, and to things in other tools, where people see it."""

    def links(self, ref: Ref) -> tuple[ItemLink, ...]:
        """What the item is tied to."""
        ...

    def link(self, ref: Ref, draft: LinkDraft) -> ItemLink:
        """Tie the item to another, or to an address. Repeating it makes no second one."""
        ...

    def unlink(self, ref: Ref, link: str) -> None:
        """Undo the tie with this id. One that is gone already counts as undone."""
        ...


@runtime_checkable
class FindsPeople(Protocol):
    """People of the tool can be found by their e-mail address."""

    def people(self, emails: Sequence[str]) -> Mapping[str, Person]:
        """The active people who can be given items, by lower-case address; the unknown are left out."""
        ...


@runtime_checkable
class MentionsPeople(Protocol):
    """A text of the tool can mention people: in canonical Markdown, links to ``person:ID``."""

    mentions_logins: bool
    """Whether the link holds a login instead, ``person:login:NAME``, because the tool mentions by name."""


@dataclass(frozen=True, slots=True)
class WebhookSetup:
    """How a webhook was registered, or what a person has to do because the tool lets no program do it."""

    id: str | None
    """The webhook's id in the tool; ``None`` when nothing was registered."""
    secret: SecretStr | None = None
    """What the tool signs with, where the tool chose it: to be kept as ``webhook_secret``."""
    steps: tuple[str, ...] = ()
    """What is left for a person to do, click by click."""


@runtime_checkable
class SetsUpWebhooks(Protocol):
    """The tool can be told where to send webhooks, or a person can be told how to tell it."""

    def set_up_webhook(self, url: str) -> WebhookSetup:
        """Have the tool send all that we listen to to ``url``. Repeating it changes the one that is there."""
        ...
