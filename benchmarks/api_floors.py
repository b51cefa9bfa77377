"""The fewest calls that each tool's API lets a job take, as formulas.

They are those of section 7, "The floor", of api-facts on each vendor. ``n`` is the number of items,
``comments`` that of their comments. Two are not from there: a bulk create answers with ids alone, so what it
made is read back by as many at a time as the tool gives; and a comment is a call, as any single write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


def pages(rows: int, size: int) -> int:
    """How many pages so many rows take, at ``size`` rows a page."""
    return -(-rows // size)


@dataclass(frozen=True, slots=True)
class Account:
    """What else an account holds that has to be read once."""

    users: int = 0
    organizations: int = 0


class Floor(Protocol):
    """The formulas of one tool."""

    def backfill(self, n: int, comments: int, account: Account) -> int: ...
    def pick_up(self, n: int, comments: int) -> int: ...
    def idle(self) -> int: ...
    def create(self, n: int) -> int: ...
    def read_back(self, n: int) -> int:
        """Of what a bulk create made: it answers with ids, a single one with the item."""
        ...

    def update(self, n: int) -> int: ...
    def comment(self, n: int) -> int:
        """Of one comment on each item, for the team alone where the tool has such."""
        ...


class Zendesk:
    """Section 7 of zendesk: exports by the thousand, tickets and their events; jobs by the hundred."""

    def backfill(self, n: int, comments: int, account: Account) -> int:
        people = pages(account.users, 1000) + pages(account.organizations, 1000)
        # an event for each ticket's making and one for each comment
        return pages(n, 1000) + pages(n + comments, 1000) + people

    def pick_up(self, n: int, comments: int) -> int:
        return max(1, pages(n, 1000)) + max(1, pages(comments, 1000))

    def idle(self) -> int:
        return 2

    def create(self, n: int) -> int:
        return pages(n, 100) + pages(pages(n, 100), 100)

    def read_back(self, n: int) -> int:
        return pages(n, 100)

    def update(self, n: int) -> int:
        return pages(n, 100) + pages(pages(n, 100), 100)

    def comment(self, n: int) -> int:
        return n


class Jira:
    """Section 7 of jira: searches by the hundred with fields and up to 20 comments; creates by the 50."""

    def backfill(self, n: int, comments: int, account: Account) -> int:
        return pages(n, 100)

    def pick_up(self, n: int, comments: int) -> int:
        return max(1, pages(n, 100))

    def idle(self) -> int:
        return 1

    def create(self, n: int) -> int:
        return pages(n, 50)

    def read_back(self, n: int) -> int:
        return pages(n, 100)

    def update(self, n: int) -> int:
        return n

    def comment(self, n: int) -> int:
        return n


class GitHub:
    """Section 7 of github, for one repository: issues and comments by the hundred, writes one by one."""

    def backfill(self, n: int, comments: int, account: Account) -> int:
        return pages(n, 100) + pages(comments, 100)

    def pick_up(self, n: int, comments: int) -> int:
        return max(1, pages(n, 100)) + max(1, pages(comments, 100))

    def idle(self) -> int:
        return 2

    def create(self, n: int) -> int:
        return n

    def read_back(self, n: int) -> int:
        return 0

    def update(self, n: int) -> int:
        return n

    def comment(self, n: int) -> int:
        return n


class Notion:
    """Section 7 of notion, for one data source: rows by the hundred, bodies and comment lists one by one."""

    def backfill(self, n: int, comments: int, account: Account) -> int:
        return pages(n, 100) + 2 * n

    def pick_up(self, n: int, comments: int) -> int:
        return max(1, pages(n, 100)) + 2 * n

    def idle(self) -> int:
        return 1

    def create(self, n: int) -> int:
        return n

    def read_back(self, n: int) -> int:
        return 0

    def update(self, n: int) -> int:
        return n

    def comment(self, n: int) -> int:
        # and a look at each page: on the web its comments are read, too, and only the page tells where it is
        return 2 * n


FLOORS: Mapping[str, Floor] = {"zendesk": Zendesk(), "jira": Jira(), "github": GitHub(), "notion": Notion()}
