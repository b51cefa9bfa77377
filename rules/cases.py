"""Tests as they are written beside the rules: a given item, what was before, and what is expected."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar, Literal

from pydantic import ConfigDict, Field, StrictBool, StrictInt, StrictStr

from connectors.model import Audience, Item, JsonValue, Kind, Organization, Person, Ref
from rules.fields import CUSTOM
from rules.operators import duration
from rules.parts import Number, Part
from rules.when import Duration

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
"""The time in every test; ages are counted back from it."""

_KINDS = {"zendesk": Kind.TICKET, "notion": Kind.DOC}

LinkType = Literal["mirror", "reports", "duplicate_of", "documents"]


class GivenPerson(Part):
    """A person in a test."""

    name: StrictStr = Field("Somebody", description="The name.")
    email: StrictStr | None = Field(None, description="The e-mail address.")
    id: StrictStr = Field("1", description="The tool's id.")
    staff: StrictBool = Field(False, description="Whether the person belongs to the team.")


class GivenOrganization(Part):
    """A customer in a test."""

    name: StrictStr = Field("Some customer", description="The name.")
    plan: StrictStr | None = Field(None, description="The plan.")
    arr: Number | None = Field(None, description="The yearly revenue.")
    domains: list[StrictStr] = Field([], description="The mail domains.")
    id: StrictStr = Field("1", description="The tool's id.")


class GivenFields(Part):
    """An item in a test, by the fields that matter there; `custom.NAME` can be any value."""

    model_config = ConfigDict(extra="allow")
    takes_null: ClassVar[bool] = True
    __pydantic_extra__: dict[str, JsonValue]

    system: StrictStr = Field("zendesk", description="The tool.")
    connection: StrictStr | None = Field(None, description="The account. Default: named like the tool.")
    kind: Kind | None = Field(None, description="Default: what the tool holds.")
    key: StrictStr = Field("ITEM-1", description="What people call it; also its identity in the test.")
    container: StrictStr = Field("somewhere", description="Its project, repository or database.")
    url: StrictStr = Field("https://example.com/1", description="Its address.")
    title: StrictStr = Field("A title", description="Its title.")
    body: StrictStr = Field("", description="Its description.")
    audience: Audience = Field(Audience.INTERNAL, description="Who reads title and body.")
    status: StrictStr | None = Field(None, description="Its status.")
    closed: StrictBool = Field(False, description="Whether it is finished.")
    priority: StrictStr | None = Field(None, description="Its priority.")
    labels: list[StrictStr] = Field([], description="Its labels.")
    assignee: GivenPerson | None = Field(None, description="Who works on it.")
    requester: GivenPerson | None = Field(None, description="Who asked.")
    organization: GivenOrganization | None = Field(None, description="The customer behind it.")
    votes: StrictInt = Field(0, description="Its votes.")
    created: Duration | None = Field(None, description="How long ago it was created: 3d. Default: just now.")
    updated: Duration | None = Field(None, description="How long ago it last changed. Default: just now.")
    deleted: StrictBool = Field(False, description="Whether it lies in the bin.")

    @classmethod
    def allows(cls, key: str) -> bool:
        """Custom fields can be named freely."""
        return key.startswith(CUSTOM) and len(key) > len(CUSTOM)

    def item(self) -> Item:
        """The item in its canonical form."""
        person, organization = _person, self.organization
        return Item(
            ref=Ref(connection=self.connection or self.system, id=self.key, key=self.key),
            kind=self.kind or _KINDS.get(self.system, Kind.ISSUE),
            labels=tuple(sorted(set(self.labels))),
            assignee=person(self.assignee),
            requester=person(self.requester),
            organization=Organization(**organization.model_dump()) if organization else None,
            created=_ago(self.created),
            updated=_ago(self.updated),
            custom={name.removeprefix(CUSTOM): value for name, value in self.__pydantic_extra__.items()},
            **{name: getattr(self, name) for name in _AS_THEY_ARE},
        )


_AS_THEY_ARE = (
    "system", "container", "url", "title", "body", "audience",
    "status", "closed", "priority", "votes", "deleted",
)  # fmt: skip


class GivenItem(GivenFields):
    """The item of a test."""

    type: StrictStr | None = Field(None, description="Its type.")

    def item(self) -> Item:
        """The item in its canonical form."""
        return super().item().model_copy(update={"type": self.type})


class GivenLink(GivenFields):
    """A linked item of a test."""

    type: LinkType = Field("mirror", description="The type of the link.")


class ExpectedMirror(Part):
    """A mirror that is expected, by what matters."""

    to: StrictStr | None = Field(None, description="The connection.")
    project: StrictStr | None = Field(None, description="The Jira project.")
    repository: StrictStr | None = Field(None, description="The GitHub repository.")
    database: StrictStr | None = Field(None, description="The Notion database.")
    type: StrictStr | None = Field(None, description="The type.")
    fields: dict[str, JsonValue] = Field({}, description="Fields with their values; labels it has.")


class ExpectedComment(Part):
    """A comment that is expected, by what matters."""

    audience: Audience | None = Field(None, description="Who reads it.")
    contains: StrictStr | None = Field(None, description="A part of its text.")


class ExpectedAction(Part):
    """An action that is expected: one of them, and the item that it is done on."""

    noun: ClassVar[str] = "action"

    mirror: ExpectedMirror | None = Field(None, description="A mirror is created.")
    set: dict[str, JsonValue] | None = Field(None, description="These fields get these values.")
    add_labels: list[StrictStr] | None = Field(None, description="These labels are added.")
    remove_labels: list[StrictStr] | None = Field(None, description="These labels are removed.")
    comment: ExpectedComment | None = Field(None, description="A comment is written.")
    on: StrictStr | None = Field(None, description="The key of the item that it is done on.")


class Expected(Part):
    """What a test expects."""

    fires: list[StrictStr] | None = Field(None, description="The rules that fire: these, and no others.")
    actions: list[ExpectedAction] = Field([], description="Actions that are among those wanted.")


class Case(Part):
    """A test of the rules."""

    noun: ClassVar[str] = "field of a test"

    name: StrictStr = Field(description="What it shows, in a sentence.")
    given: GivenItem = Field(description="The item. Without `before` it is new.")
    before: GivenItem | None = Field(None, description="Fields that had another value before.")
    links: list[GivenLink] = Field([], description="The linked items.")
    expect: Expected = Field(description="What happens.")

    def earlier(self) -> Item | None:
        """The item as it was before; ``None`` if it is new."""
        if self.before is None:
            return None
        was = {name: getattr(self.before, name) for name in self.before.written()}
        return self.given.model_copy(update=was).item()


def _person(given: GivenPerson | None) -> Person | None:
    return None if given is None else Person(**given.model_dump())


def _ago(age: str | None) -> datetime:
    return NOW if age is None else NOW - duration(age)
