"""A rule set at work: compiled rules, and an index that finds the few that an item can meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from connectors.model import Item
from rules.actions.step import Step
from rules.caps import Caps
from rules.cases import Case
from rules.conditions import Guard, Node
from rules.fields import find_field
from rules.intents import Keep
from rules.problems import Mark


@dataclass(frozen=True, slots=True)
class Rule:
    """A compiled rule."""

    id: str
    key: str
    """The id and a hash of the condition's meaning: what the memory of the rule hangs on."""
    mark: Mark
    priority: int
    trigger: Literal["becomes_true", "created"]
    backfill: bool
    on_own_changes: bool
    when: Node
    steps: tuple[Step, ...]
    keeps: Mapping[str, Keep]
    caps: Mapping[str, int]
    """Those of :class:`rules.caps.Caps` that it says itself."""

    @property
    def place(self) -> str:
        """``file:line``."""
        return self.mark.place


class RuleSet:
    """All rules of a set of files, by priority and then in the order of the files."""

    def __init__(self, rules: Iterable[Rule] = (), cases: Iterable[Case] = ()) -> None:
        self.rules: Sequence[Rule] = sorted(rules, key=lambda rule: -rule.priority)
        self.cases: Sequence[Case] = tuple(cases)
        """The tests that stand beside the rules."""
        self._by_id = {rule.id: rule for rule in self.rules}
        self._indexes: dict[str, _Index] = {}
        self._of_the_bin: RuleSet | None = None

    def find(self, rule_id: str) -> Rule | None:
        """The rule of this id."""
        return self._by_id.get(rule_id)

    def keep(self, rule_id: str, action: str) -> Keep | None:
        """What a mirror action keeps in sync, by :attr:`Origin.rule` and :attr:`Origin.action`."""
        rule = self._by_id.get(rule_id)
        return rule.keeps.get(action) if rule else None

    def caps(self, rule_id: str, general: Caps) -> Caps:
        """What the rule may cause: as it says itself, and else as is said for every rule."""
        rule = self._by_id.get(rule_id)
        return general.but(rule.caps) if rule else general

    def mirrors_of(self, source: Item, mirror: Item) -> list[tuple[str, str]]:
        """The mirror actions, as rule and action, that go from where one item lives to where the other does.

        Whether the rule would fire on the item is not asked.
        """
        return [
            (rule.id, action)
            for rule in self.concerned(source)
            if _may_live_there(rule, source)
            for action, keep in rule.keeps.items()
            if (keep.to, keep.container) == (mirror.ref.connection, mirror.container)
        ]

    def of(self, item: Item) -> RuleSet:
        """The rules to ask about the item. What lies in the bin concerns only those that ask for that."""
        if not item.deleted:
            return self
        if self._of_the_bin is None:
            self._of_the_bin = RuleSet(rule for rule in self.rules if rule.when.reads("deleted"))
        return self._of_the_bin

    def concerned(self, item: Item) -> Sequence[Rule]:
        """The rules that an item of this system can ever meet."""
        return self._index(item.system).rules

    def candidates(self, item: Item) -> Sequence[Rule]:
        """The rules that the item may meet as it stands; all others it does not."""
        return self._index(item.system).look_up(item)

    def asks_links(self, item: Item) -> bool:
        """Whether a new link of the item may make a rule true or false of it."""
        return self._index(item.system).asks_links

    def _index(self, system: str) -> _Index:
        if system not in self._indexes:
            self._indexes[system] = _Index([rule for rule in self.rules if _may_concern(rule, system)])
        return self._indexes[system]


def _may_concern(rule: Rule, system: str) -> bool:
    return all(system in guard.values for guard in rule.when.guards() if guard.field == "system")


def _may_live_there(rule: Rule, item: Item) -> bool:
    here = {"connection": item.ref.connection, "container": item.container}
    return all(here[guard.field] in guard.values for guard in rule.when.guards() if guard.field in here)


@dataclass(slots=True)
class _Index:
    """The rules of one system, each filed under the rarest of the equalities that it needs."""

    rules: list[Rule]
    asks_links: bool = False
    always: list[int] = field(default_factory=list)
    filed: dict[str, dict[str, list[int]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.asks_links = any(rule.when.asks_links() for rule in self.rules)
        guards = [[guard for guard in rule.when.guards() if guard.field != "system"] for rule in self.rules]
        uses = Counter((guard.field, value) for each in guards for guard in each for value in guard.values)

        def crowd(guard: Guard) -> int:
            return sum(uses[guard.field, value] for value in guard.values)

        for number, each in enumerate(guards):
            if not each:
                self.always.append(number)
                continue
            rarest = min(each, key=crowd)
            shelf = self.filed.setdefault(rarest.field, {})
            for value in rarest.values:
                shelf.setdefault(value, []).append(number)

    def look_up(self, item: Item) -> Sequence[Rule]:
        found = set(self.always)
        for name, shelf in self.filed.items():
            known = find_field(name)
            value = known.read(item) if known else None
            for entry in value if isinstance(value, list) else [value]:
                if isinstance(entry, str):
                    found.update(shelf.get(entry, ()))
        return [self.rules[number] for number in sorted(found)]
