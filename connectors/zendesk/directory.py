"""What tickets name only by id: people, organizations, brands, custom fields and what is chosen from lists.

Brands and fields are read when first needed and again when an unknown one turns up; people and organizations
come side-loaded and are asked for, a hundred at a time, only where they did not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from connectors.errors import Rejected
from connectors.model import JsonValue, Organization, Person, field_name
from connectors.zendesk.choices import GROUP, STATUS, Choices
from connectors.zendesk.client import Client
from connectors.zendesk.rows import (
    Beside,
    BrandRow,
    CustomValue,
    FieldRow,
    OrganizationRow,
    TicketRow,
    UserRow,
)
from connectors.zendesk.wire import MANY

_SYSTEM_FIELDS = frozenset(
    {
        "subject",
        "description",
        "status",
        "custom_status",
        "tickettype",
        "priority",
        "basic_priority",
        "group",
        "assignee",
    }
)
_MOST_KEPT = 50_000
"""People or organizations held in memory before all are forgotten and read anew."""


class Directory:
    def __init__(self, client: Client, connection: str) -> None:
        self._client = client
        self._connection = connection
        self._choices = Choices(client, connection)
        self._people: dict[int, Person] = {}
        self._organizations: dict[int, Organization] = {}
        self._brands: dict[int, BrandRow] = {}
        self._fields: dict[int, FieldRow] = {}
        self._names: dict[int, str] = {}
        self._options: dict[int, dict[str, str]] = {}
        self._missed: set[tuple[int, str]] = set()

    def learn(self, users: Iterable[UserRow], organizations: Iterable[OrganizationRow] = ()) -> None:
        """Take in what was side-loaded."""
        if len(self._people) + len(self._organizations) > _MOST_KEPT:
            self._people.clear()
            self._organizations.clear()
        for user in users:
            if user.id is not None:
                self._people[user.id] = person_of(user)
        for row in organizations:
            self._organizations[row.id] = _organization(row)

    def learn_beside(self, beside: Beside) -> None:
        self.learn(beside.users, beside.organizations)
        self._choices.learn(beside.groups)

    def meet(self, people: Iterable[int | None], organization: int | None = None) -> None:
        """Ask for those of whom nobody has told us yet; no request when all are known."""
        unknown = sorted({each for each in people if each is not None and each > 0} - self._people.keys())
        unknown = [each for each in unknown if (each, "person") not in self._missed]
        for start in range(0, len(unknown), MANY):
            asked = unknown[start : start + MANY]
            self.learn(self._client.users(asked))
            # those who were deleted for good stay unknown
            self._missed.update((each, "person") for each in asked if each not in self._people)
        if organization is not None and organization not in self._organizations:
            self.learn((), self._client.organizations([organization]))

    def person(self, number: int | None) -> Person | None:
        return None if number is None else self._people.get(number)

    def organization(self, number: int | None) -> Organization | None:
        return None if number is None else self._organizations.get(number)

    def brand(self, number: int | None) -> str:
        """The brand's name; empty when Zendesk does not tell."""
        if number is None:
            return ""
        if number not in self._brands and self._first_miss(number, "brand"):
            self._load_brands()
        return self._brands[number].name if number in self._brands else ""

    def has_brand(self, name: str) -> bool:
        """Whether tickets can be created under that name; the empty one is the default brand's."""
        if not self._brands:
            self._load_brands()
        return not name or any(brand.name == name for brand in self._brands.values())

    def brand_id(self, name: str) -> int:
        """Raises Rejected for a name that no brand has. The empty name is the default brand."""
        for _ in range(2):
            for brand in self._brands.values():
                if brand.name == name or (not name and brand.default):
                    return brand.id
            self._load_brands()
        known = ", ".join(sorted(brand.name for brand in self._brands.values()))
        raise Rejected(f"{self._connection}: there is no brand '{name}'; there are: {known}")

    def custom(self, ticket: TicketRow) -> dict[str, JsonValue]:
        """The ticket's custom fields by name, with the names of chosen options; unset ones are left out.

        Its group and its custom status are among them, unless the account has fields of these names.
        """
        return self._choices.of(ticket) | {
            self._names[field.id]: self._shown(field.id, field.value)
            for field in self._set_fields(ticket)
            if field.id in self._names
        }

    def labels(self, ticket: TicketRow) -> tuple[str, ...]:
        """The ticket's tags, without those that Zendesk sets itself for the options of its custom fields."""
        values = [field.value for field in self._set_fields(ticket) if field.id in self._options]
        chosen = [tag for value in values for tag in (value if isinstance(value, list) else [value])]
        return tuple(sorted(tag for tag in set(ticket.tags) if tag not in chosen))

    def _set_fields(self, ticket: TicketRow) -> list[CustomValue]:
        """Those custom fields that have a value, after making sure that we know what they are."""
        fields = [field for field in ticket.custom_fields if field.value not in (None, "", [])]
        if any(field.id not in self._fields and self._first_miss(field.id, "field") for field in fields):
            self._load_fields()
        return fields

    def _shown(self, field: int, value: JsonValue) -> JsonValue:
        if field not in self._options:
            return value
        if isinstance(value, list):
            return [self._option_name(field, each) for each in value]
        return self._option_name(field, value)

    def _option_name(self, field: int, tag: JsonValue) -> JsonValue:
        if not isinstance(tag, str):
            return tag
        if tag not in self._options[field] and self._first_miss(field, tag):
            self._load_fields()
        return self._options[field].get(tag, tag)

    def custom_members(self, values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """The members of a ticket that give custom fields these values. Raises Rejected as below."""
        members: dict[str, JsonValue] = {}
        fields: list[JsonValue] = []
        for name, value in values.items():
            if name in (GROUP, STATUS) and not self._has_field(name):
                members |= self._choices.members(name, value)
            else:
                fields.append(self._field_value(name, value))
        return members | ({"custom_fields": fields} if fields else {})

    def _has_field(self, name: str) -> bool:
        if not self._names:
            self._load_fields()
        return name in self._names.values()

    def _field_value(self, name: str, value: JsonValue) -> dict[str, JsonValue]:
        """A member of ``custom_fields`` that sets the field; options may be given by name or tag.

        Raises Rejected for a field or an option that does not exist.
        """
        for _ in range(2):
            for number, known in self._names.items():
                if known == name:
                    return {"id": number, "value": self._stored(number, name, value)}
            self._load_fields()
        known_names = ", ".join(sorted(self._names.values()))
        raise Rejected(f"{self._connection}: there is no ticket field '{name}'; there are: {known_names}")

    def _stored(self, field: int, name: str, value: JsonValue) -> JsonValue:
        if field not in self._options or value is None:
            return value
        if isinstance(value, list):
            return [self._option_tag(field, name, each) for each in value]
        return self._option_tag(field, name, value)

    def _option_tag(self, field: int, name: str, value: JsonValue) -> str:
        for _ in range(2):
            for tag, shown in self._options.get(field, {}).items():
                if value in (shown, tag):
                    return tag
            self._load_fields()
        options = ", ".join(sorted(self._options.get(field, {}).values()))
        raise Rejected(f"{self._connection}: ticket field '{name}' has no such option; there are: {options}")

    def _first_miss(self, number: int, what: str) -> bool:
        """Whether this is news, so that something that stays unknown is not asked for again and again."""
        miss = (number, what)
        if miss in self._missed:
            return False
        self._missed.add(miss)
        return True

    def _load_brands(self) -> None:
        self._brands = {brand.id: brand for brand in self._client.brands()}

    def _load_fields(self) -> None:
        rows = [field for field in self._client.ticket_fields() if field.type not in _SYSTEM_FIELDS]
        self._fields = {field.id: field for field in rows}
        self._options = {
            field.id: {option.value: option.name for option in field.custom_field_options}
            for field in rows
            if field.type in ("tagger", "multiselect")
        }
        self._names = {}
        taken: set[str] = set()
        for field in rows:
            name = field_name(field.title) or f"field_{field.id}"
            if name in taken:
                name = f"{name}_{field.id}"
            taken.add(name)
            self._names[field.id] = name


def person_of(row: UserRow) -> Person:
    return Person(id=str(row.id), name=row.name, email=row.email, staff=row.role in ("agent", "admin"))


def _organization(row: OrganizationRow) -> Organization:
    """``plan`` and ``arr`` are the account's own organization fields of these keys."""
    plan, arr = row.organization_fields.get("plan"), row.organization_fields.get("arr")
    return Organization(
        id=str(row.id),
        name=row.name,
        plan=plan if isinstance(plan, str) and plan else None,
        arr=_amount(arr),
        domains=tuple(row.domain_names),
    )


def _amount(value: JsonValue) -> float | None:
    """Decimal fields come as numbers or as texts."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None
