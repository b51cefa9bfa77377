"""Who is who in the workspace: most answers name a user by id alone."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.errors import NotFound
from connectors.model import Person
from connectors.notion.answers import Listing, User
from connectors.notion.client import NotionClient, Restricted


class People:
    """The workspace's users, listed once and looked up one by one only for those the list lacks (guests)."""

    def __init__(self, client: NotionClient) -> None:
        self._client = client
        self._known: dict[str, Person] | None = None
        self._bot: User | None = None

    def bot(self) -> User:
        """The user that the token belongs to."""
        if self._bot is None:
            self._bot = self._client.read(User, "GET", "users/me")
        return self._bot

    def person(self, identity: str) -> Person:
        """The user with this id, by the id alone when the connection may not read users."""
        known = self._all()
        if identity not in known:
            known[identity] = self._guest(identity)
        return known[identity]

    def called(self, name: str) -> Person | None:
        """The one member with this e-mail address or, where nobody else has it, this name."""
        by_address = self.by_address([name])
        if by_address:
            return by_address[name.lower()]
        named = [person for person in self._all().values() if person.staff and person.name == name]
        return named[0] if len(named) == 1 else None

    def by_address(self, emails: Sequence[str]) -> dict[str, Person]:
        """The members with these e-mail addresses. Guests are in no list of Notion, and bots have none."""
        wanted = {email.lower() for email in emails}
        addresses = {
            person.email.lower(): person for person in self._all().values() if person.email and person.staff
        }
        return {email: person for email, person in addresses.items() if email in wanted}

    def _all(self) -> dict[str, Person]:
        if self._known is None:
            self._known = self._members()
        return self._known

    def _members(self) -> dict[str, Person]:
        try:
            return {
                user.id: as_person(user, staff=True) for user in self._client.listed(Listing[User], "users")
            }
        except Restricted:
            return {}

    def _guest(self, identity: str) -> Person:
        try:
            return as_person(self._client.read(User, "GET", f"users/{identity}"), staff=False)
        except (NotFound, Restricted):
            return Person(id=identity, name=identity)


def as_person(user: User, *, staff: bool) -> Person:
    """A user in the canonical form."""
    email = user.person.email if user.person else None
    return Person(id=user.id, name=user.name or user.id, email=email, staff=staff)
