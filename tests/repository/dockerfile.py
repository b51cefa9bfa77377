"""A Dockerfile as data: stages of instructions, with continued lines joined and comments left out."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its keyword, its ``--flags`` and the rest as it is written."""

    keyword: str
    flags: dict[str, str]
    rest: str

    def words(self) -> list[str]:
        """The rest as words, whether it is written in the exec form or in the shell form."""
        exec_form: list[str] = json.loads(self.rest) if self.rest.startswith("[") else shlex.split(self.rest)
        return exec_form


@dataclass(slots=True)
class Stage:
    """What stands between one FROM and the next."""

    base: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, keyword: str) -> list[Instruction]:
        return [instruction for instruction in self.instructions if instruction.keyword == keyword]

    def environment(self) -> dict[str, str]:
        pairs = (word.partition("=") for env in self.all("ENV") for word in env.words())
        return {name: value for name, _, value in pairs}


def parse(text: str) -> list[Stage]:
    """The stages of a Dockerfile, in order."""
    stages: list[Stage] = []
    for instruction in _instructions(text):
        if instruction.keyword == "FROM":
            base, *named = instruction.rest.split()
            stages.append(Stage(base, named[-1] if named else ""))
        else:
            stages[-1].instructions.append(instruction)
    return stages


def _instructions(text: str) -> Iterator[Instruction]:
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for statement in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        if statement.strip():
            keyword, rest = statement.split(maxsplit=1)
            flags = {}
            while found := re.match(r"--([a-z-]+)=(\S+)\s+", rest):
                flags[found[1]] = found[2]
                rest = rest[found.end() :]
            yield Instruction(keyword.upper(), flags, rest.strip())
