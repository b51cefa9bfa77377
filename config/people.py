"""The override file: who is who in the tools, where e-mail addresses do not say it.

    version: 1
    people:
      - zendesk: kai@northwind.example
        jira: {id: 5b10ac8d82e05b22cc7d4ef5}
        github: {login: kai-engel}

It holds personal data: what is said of a mistake in it names the place and no value.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Discriminator, StrictStr, Tag, ValidationError

from config.problems import SettingsProblems, unreadable
from rules.errors import problems_of
from rules.parts import Part, Reading, shape
from rules.problems import Mark, Problem, RuleProblems, did_you_mean
from rules.yaml import Block, load_yaml
from sync.store.people import EMAIL, ID, LOGIN, Override


class Account(Part):
    """One account of a person, by what it can be found by."""

    id: StrictStr | None = None
    login: StrictStr | None = None
    email: StrictStr | None = None

    def handles(self) -> list[str]:
        email = [f"{EMAIL}{self.email.lower()}"] if self.email else []
        login = [f"{LOGIN}{self.login.lower()}"] if self.login else []
        return [*([f"{ID}{self.id}"] if self.id else []), *email, *login]


Named = Annotated[
    Annotated[StrictStr, Tag("<email>")] | Annotated[Account, Tag("<account>")],
    Discriminator(shape(scalar="<email>", row="<email>", block="<account>")),
]
"""A plain text is an e-mail address."""


class PersonEntry(Part):
    """The accounts of one person, by connection."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Named]

    @classmethod
    def allows(cls, key: str) -> bool:
        return True


class PeopleFile(Part):
    """The whole file."""

    version: Literal[1]
    people: tuple[PersonEntry, ...]


def load_people(path: Path | None, connections: Collection[str]) -> tuple[Override, ...]:
    """Who is who; nobody without a file. Raises SettingsProblems with every mistake there is."""
    if path is None:
        return ()
    reading = Reading()
    try:
        document = load_yaml(path.read_text(encoding="utf-8"), str(path))
        file = PeopleFile.model_validate(document.data, context=reading)
    except RuleProblems as error:
        raise unreadable(error.problems) from None
    except ValidationError as error:
        if not isinstance(document.data, Block):
            raise _unreadable(path, "expected names with values, such as version: 1") from None
        raise unreadable([*reading.problems, *problems_of(error, document)]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, f"it can't be read: {type(error).__name__}") from None
    found = list(_overrides(file, connections, reading))
    if reading.problems:
        raise unreadable(reading.problems)
    return tuple(found)


def _unreadable(path: Path, message: str) -> SettingsProblems:
    return SettingsProblems([Problem(str(path), 0, 0, message)])


def _overrides(file: PeopleFile, connections: Collection[str], reading: Reading) -> Iterator[Override]:
    places: dict[tuple[str, str], Mark] = {}
    for number, entry in enumerate(file.people):
        accounts = entry.__pydantic_extra__
        if len(accounts) < 2:
            reading.report(entry.mark(), "an entry names a person in two connections or more")
        for connection, account in accounts.items():
            mark = entry.mark(connection)
            if connection not in connections:
                hint = did_you_mean(connection, connections) or f"there are: {', '.join(connections)}"
                reading.report(mark, f"the settings have no connection '{connection}'", hint)
            handles = _handles(account)
            if len(handles) != 1:
                hint = "write an e-mail address, {id: ...} or {login: ...}"
                reading.report(mark, "an account is named by one thing", hint)
                continue
            first = places.setdefault((connection, handles[0]), mark)
            if first is not mark:
                reading.report(mark, f"this account is already somebody else's, at {first.place}")
            yield Override(number, connection, handles[0])


def _handles(account: str | Account) -> list[str]:
    if isinstance(account, Account):
        return account.handles()
    return [f"{EMAIL}{account.lower()}"] if "@" in account else []
