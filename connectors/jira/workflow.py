"""Ways through a workflow that only shows, of each status, the ways out of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from connectors.jira.answers import StandingRow, StatusRow

_RANKS = {"new": 0, "indeterminate": 1, "done": 2}


@dataclass(slots=True)
class Workflow:
    """What is known of the workflow of one issue type in one project."""

    statuses: dict[str, StatusRow]
    """All its statuses by name."""
    ways: dict[str, dict[str, str]] = field(default_factory=dict)
    """Seen transition ids by source and target; a source that is missing was never seen."""

    def see(self, standing: StandingRow) -> None:
        """Remember the ways out of where an issue stands."""
        source = standing.fields.status.name
        self.ways[source] = {way.to.name: way.id for way in standing.transitions if way.to.name != source}

    def named(self, status: str) -> str | None:
        """The name of the status as Jira writes it."""
        return next((name for name in self.statuses if name.casefold() == status.casefold()), None)

    def unseen(self) -> list[str]:
        return [name for name in self.statuses if name not in self.ways]

    def route(self, source: str, target: str) -> list[str] | None:
        """The fewest statuses to pass, ``target`` last; ``None`` when no seen way leads there."""
        return _shortest(self.ways, source, lambda name: name == target)

    def guess(self, source: str, target: str) -> list[str] | None:
        """A route to the nearest unseen status that lies between the two, from where more can be seen.

        Between means by category: on the way from to-do to done, not back again.
        """
        ranks = sorted((self._rank(source), self._rank(target)))
        return _shortest(
            self.ways, source, lambda name: name not in self.ways and ranks[0] <= self._rank(name) <= ranks[1]
        )

    def _rank(self, status: str) -> int:
        row = self.statuses.get(status)
        return _RANKS.get(row.statusCategory.key, 1) if row else 1


def _shortest(
    ways: Mapping[str, Mapping[str, str]], source: str, wanted: Callable[[str], bool]
) -> list[str] | None:
    """Breadth first."""
    reached: dict[str, str | None] = {source: None}
    queue = deque([source])
    while queue:
        here = queue.popleft()
        for name in ways.get(here, {}):
            if name in reached:
                continue
            reached[name] = here
            if wanted(name):
                return _path(reached, name)
            queue.append(name)
    return None


def _path(reached: Mapping[str, str | None], end: str) -> list[str]:
    path: list[str] = []
    step: str | None = end
    while step is not None:
        path.append(step)
        step = reached[step]
    return path[-2::-1]
