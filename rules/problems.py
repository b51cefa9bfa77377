"""A mistake in a file, shown where it is: file, line, column, the line itself and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

MAX_WIDTH = 160
"""How much of a long line is shown, in characters."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was read, under the name that people know it by."""

    name: str
    lines: tuple[str, ...]

    def line(self, number: int) -> str:
        """The text of a line, counted from 1; empty beyond the end."""
        return self.lines[number - 1] if 1 <= number <= len(self.lines) else ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of one line of a file. Line and column count from 1, the length in characters."""

    source: Source
    line: int
    column: int
    length: int = 1

    @property
    def place(self) -> str:
        """``file:line``."""
        return f"{self.source.name}:{self.line}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. ``line`` is 0 when it is about a file as a whole, such as one that is not there."""

    file: str
    line: int
    column: int
    message: str
    hint: str = ""
    source_line: str = ""
    length: int = 1

    @classmethod
    def at(cls, mark: Mark, message: str, hint: str = "") -> Problem:
        """A mistake at a stretch of a file."""
        text = mark.source.line(mark.line)
        length = max(1, min(mark.length, len(text) - mark.column + 1))
        return cls(mark.source.name, mark.line, mark.column, message, hint, text, length)

    def __str__(self) -> str:
        said = f"{self.message} — {self.hint}" if self.hint else self.message
        if not self.line:
            return f"{self.file}: {said}"
        start = max(0, self.column - MAX_WIDTH // 2) if len(self.source_line) > MAX_WIDTH else 0
        shown = self.source_line[start : start + MAX_WIDTH]
        caret = self.column - 1 - start
        # Tabs are kept under tabs, so that the caret stands where the eye sees the mistake.
        indent = "".join("\t" if c == "\t" else " " for c in shown[:caret])
        margin = f"    {self.line} | "
        return (
            f"{self.file}:{self.line}:{self.column}: {said}\n"
            f"{margin}{shown}\n"
            f"{' ' * (len(margin) - 2)}| {indent}{'^' * min(self.length, max(1, MAX_WIDTH - caret))}"
        )


class RuleProblems(Exception):
    """A file has mistakes. All of them are in ``problems``, in the order of file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: Sequence[Problem] = sorted(
            dict.fromkeys(problems), key=lambda p: (p.file, p.line, p.column)
        )
        super().__init__("\n".join(str(problem) for problem in self.problems))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint at the known name that is closest to ``name``; empty when none is close."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    close = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return f"did you mean '{by_lower[close[0]]}'?" if close else ""
