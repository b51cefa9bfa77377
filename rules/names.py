"""The names that a rule set defines, while it is compiled, and the problems found on the way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from rules.intents import ValueMap
from rules.problems import Mark, Problem, did_you_mean
from rules.templates import Defuse, Form, Template, compile_template, is_template


@dataclass(frozen=True, slots=True)
class NamedText:
    """A template as it is written, and where."""

    text: str
    mark: Mark


@dataclass
class Names:
    """Looks names up; a name that is not there becomes a problem at the place where it is used."""

    maps: Mapping[str, ValueMap]
    templates: Mapping[str, NamedText]
    defuse: Defuse
    broken: frozenset[str] = frozenset()
    """Names that are defined, but with mistakes that are reported already."""
    connections: Collection[str] | None = None
    """The connections that rules can name; ``None`` where that is not known, and any name will do."""
    problems: list[Problem] = field(default_factory=list)
    _compiled: dict[tuple[str, Form], Template | None] = field(default_factory=dict)

    def report(self, mark: Mark, message: str, hint: str = "") -> None:
        """Note a mistake and go on."""
        self.problems.append(Problem.at(mark, message, hint))

    def unknown(self, what: str, name: str, mark: Mark, known: Iterable[str]) -> None:
        """Note a name that is not defined, unless its definition is what is broken."""
        if name not in self.broken:
            self.report(mark, f"unknown {what} '{name}'", did_you_mean(name, known))

    def map(self, name: str, mark: Mark) -> ValueMap | None:
        """The value map of this name."""
        found = self.maps.get(name)
        if found is None:
            self.unknown("map", name, mark, self.maps)
        return found

    def check_connection(self, name: str, mark: Mark) -> None:
        """Note a connection that the settings do not have."""
        if self.connections is not None and name not in self.connections:
            hint = did_you_mean(name, self.connections) or f"there are: {', '.join(self.connections)}"
            self.report(mark, f"the settings have no connection '{name}'", hint)

    def template(self, name: str, mark: Mark, form: Form, roots: tuple[str, ...]) -> Template | None:
        """The named template, for a place where ``roots`` are known."""
        if name not in self.templates:
            self.unknown("template", name, mark, self.templates)
            return None
        if (name, form) not in self._compiled:
            written = self.templates[name]
            self._compiled[name, form] = self._compile(written.text, written.mark, form)
        compiled = self._compiled[name, form]
        return self._usable(compiled, f"template '{name}' uses", mark, roots)

    def text(self, text: str, mark: Mark, form: Form, roots: tuple[str, ...]) -> Template | None:
        """A text written in place, for a place where ``roots`` are known."""
        return self._usable(self._compile(text, mark, form), "the text uses", mark, roots)

    def check_templates(self) -> None:
        """Compile the named templates that no rule uses, so that their mistakes show too."""
        for name, written in self.templates.items():
            if not any((name, form) in self._compiled for form in Form) and is_template(written.text):
                self._compiled[name, Form.MARKDOWN] = self._compile(written.text, written.mark, Form.MARKDOWN)

    def _compile(self, text: str, mark: Mark, form: Form) -> Template | None:
        compiled, problems = compile_template(text, mark, form, self.defuse)
        self.problems += problems
        return compiled

    def _usable(
        self, compiled: Template | None, what: str, mark: Mark, roots: tuple[str, ...]
    ) -> Template | None:
        if compiled is not None and not compiled.uses <= set(roots):
            self.report(mark, f"{what} 'source', which is known only inside for_each_link", "use 'item'")
            return None
        return compiled
