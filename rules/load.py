"""Rule files to a rule set. All mistakes of all files are found before one is reported."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from connectors.model import JsonValue
from rules.actions.every import compile_actions
from rules.cases import Case
from rules.compile import ConditionCompiler
from rules.conditions import Node
from rules.errors import problems_of
from rules.intents import ValueMap
from rules.model import RuleEntry, RuleFile
from rules.names import NamedText, Names
from rules.parts import Reading
from rules.problems import Mark, Problem, RuleProblems
from rules.ruleset import Rule, RuleSet
from rules.templates import Defuse, untouched
from rules.when import Condition
from rules.yaml import Block, Document, Row, load_yaml

__all__ = ["RuleSet", "load", "load_texts"]

SUFFIXES = (".yaml", ".yml")
SECTIONS = ("conditions", "maps", "templates")


def load(
    paths: Sequence[Path], *, defuse: Defuse = untouched, connections: Collection[str] | None = None
) -> RuleSet:
    """Read rule files, and all rule files in folders and the folders below.

    ``defuse`` takes the power to notify from @mentions; it is applied to every value that a template puts
    into Markdown. A rule may name only ``connections``, if they are given. Raises :class:`RuleProblems`
    with every mistake there is.
    """
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for path in paths:
        for file in _files(path, problems):
            try:
                texts[str(file)] = file.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                problems.append(Problem(str(file), 0, 0, "not a text file in UTF-8"))
            except OSError as error:
                problems.append(Problem(str(file), 0, 0, f"cannot be read: {error.strerror}"))
    return _load(texts, problems, defuse, connections)


def load_texts(texts: Mapping[str, str], *, defuse: Defuse = untouched) -> RuleSet:
    """Like :func:`load`, for rule files that are at hand as texts, by the names to show in messages."""
    return _load(texts, [], defuse, None)


def _files(path: Path, problems: list[Problem]) -> Iterable[Path]:
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES and file.is_file())
        if not files:
            problems.append(
                Problem(str(path), 0, 0, "no rule files in this folder", "they end in .yaml or .yml")
            )
        return files
    if not path.exists():
        problems.append(Problem(str(path), 0, 0, "there is no such file or folder"))
        return []
    return [path]


def _load(
    texts: Mapping[str, str], problems: list[Problem], defuse: Defuse, connections: Collection[str] | None
) -> RuleSet:
    collected = _Collected()
    for name, text in texts.items():
        try:
            document = load_yaml(text, name)
        except RuleProblems as found:
            problems += found.problems
            continue
        problems += collected.add(document)
    rules, found_at_compile = _compile(collected, defuse, connections)
    problems += found_at_compile
    if problems:
        raise RuleProblems(problems)
    return RuleSet(rules, collected.cases)


@dataclass
class _Collected:
    """What all files define, by name. A name belongs to all of them."""

    conditions: dict[str, Condition] = field(default_factory=dict)
    maps: dict[str, ValueMap] = field(default_factory=dict)
    templates: dict[str, NamedText] = field(default_factory=dict)
    rules: dict[str, RuleEntry] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    places: dict[tuple[str, str], Mark] = field(default_factory=dict)

    def add(self, document: Document) -> list[Problem]:
        """Take in a file; what is sound in a file with mistakes is taken all the same, to look further."""
        file, problems = _validate(document, self.broken)
        if file is None:
            return problems
        for section in SECTIONS:
            for name in getattr(file, section):
                mark = file.block(section).key(name)
                if self._first(section.removesuffix("s"), name, mark, problems):
                    self._define(file, section, name)
        for rule in file.rules:
            if self._first("rule", rule.id, rule.value_mark("id"), problems):
                self.rules[rule.id] = rule
        self.cases += file.tests
        return problems

    def _define(self, file: RuleFile, section: str, name: str) -> None:
        match section:
            case "conditions":
                self.conditions[name] = file.conditions[name]
            case "templates":
                self.templates[name] = NamedText(
                    file.templates[name], file.block("templates").values_at[name]
                )
            case _:
                pairs: dict[str, JsonValue] = dict(file.maps[name])
                has_otherwise = "otherwise" in pairs
                self.maps[name] = ValueMap(name, pairs, pairs.pop("otherwise", None), has_otherwise)

    def _first(self, what: str, name: str, mark: Mark, problems: list[Problem]) -> bool:
        first = self.places.setdefault((what, name), mark)
        if first is not mark:
            problems.append(Problem.at(mark, f"there is already a {what} '{name}', at {first.place}"))
        return first is mark


def _validate(document: Document, broken: set[str]) -> tuple[RuleFile | None, list[Problem]]:
    """The file, and what is wrong with it; without the entries that are wrong, if the rest is sound."""
    if not isinstance(document.data, Block):
        message = "the file is empty" if document.data is None else "expected sections: version, rules, ..."
        return None, [Problem.at(document.mark, message, "start with 'version: 1'")]
    reading = Reading()
    try:
        return RuleFile.model_validate(document.data, context=reading), reading.problems
    except ValidationError as error:
        problems = [*reading.problems, *problems_of(error, document)]
        sound = _without(document.data, {tuple(one["loc"][:2]) for one in error.errors()}, broken)
    try:
        return RuleFile.model_validate(sound, context=Reading()), problems
    except ValidationError:
        return None, problems


def _without(data: Block, locations: set[tuple[int | str, ...]], broken: set[str]) -> Block:
    """The file without the entries at these places; their names go to ``broken``."""
    sound = Block(data.mark)
    sound.keys_at, sound.values_at = data.keys_at, data.values_at
    for section, entries in data.items():
        if isinstance(entries, Block):
            kept = Block(entries.mark)
            kept.keys_at, kept.values_at = entries.keys_at, entries.values_at
            kept.update({name: entry for name, entry in entries.items() if (section, name) not in locations})
            broken.update(entries.keys() - kept.keys())
            sound[section] = kept
        elif isinstance(entries, Row):
            sound[section] = [entry for at, entry in enumerate(entries) if (section, at) not in locations]
            dropped = [entry for at, entry in enumerate(entries) if (section, at) in locations]
            broken.update(str(entry["id"]) for entry in dropped if isinstance(entry, Block) and "id" in entry)
        elif (section,) not in locations:
            sound[section] = entries
    sound["version"] = 1
    return sound


def _compile(
    collected: _Collected, defuse: Defuse, connections: Collection[str] | None
) -> tuple[list[Rule], list[Problem]]:
    names = Names(collected.maps, collected.templates, defuse, frozenset(collected.broken), connections)
    conditions = ConditionCompiler(collected.conditions, names)
    rules = [_rule(entry, conditions) for entry in collected.rules.values()]
    conditions.check_unused()
    names.check_templates()
    for case in collected.cases:
        _check_case(case, collected.rules, names)
    return rules, names.problems


def _check_case(case: Case, rules: Mapping[str, RuleEntry], names: Names) -> None:
    for number, rule in enumerate(case.expect.fires or ()):
        if rule not in rules:
            names.unknown("rule", rule, case.expect.value_mark("fires", number), rules)
    for action in case.expect.actions:
        if len(set(action.written()) - {"on"}) != 1:
            names.report(
                action.mark(), "an expected action is one action, and 'on' which item if that matters"
            )


def _rule(entry: RuleEntry, conditions: ConditionCompiler) -> Rule:
    when = conditions.compile(entry.when)
    if when.momentary and (entry.trigger == "created" or entry.backfill):
        what = "trigger: created" if entry.trigger == "created" else "backfill: true"
        key = "trigger" if entry.trigger == "created" else "backfill"
        conditions.names.report(
            entry.mark(key), f"'{what}' never fires with a condition on a change: nothing has changed yet"
        )
    steps, keeps = compile_actions(entry.id, entry.then, conditions)
    return Rule(
        id=entry.id,
        key=_key(entry, when),
        mark=entry.mark("id"),
        priority=entry.priority,
        trigger=entry.trigger,
        backfill=entry.backfill,
        on_own_changes=entry.on_own_changes,
        when=when,
        steps=steps,
        keeps=keeps,
        caps=entry.caps.own() if entry.caps else {},
    )


def _key(entry: RuleEntry, when: Node) -> str:
    meaning = json.dumps([entry.trigger, when.canonical()], sort_keys=True, ensure_ascii=False)
    return f"{entry.id}:{hashlib.sha256(meaning.encode()).hexdigest()[:12]}"
