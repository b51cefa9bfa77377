"""A history: people, tools, rules and the engine take turns in any order that hypothesis thinks of."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from itertools import count

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.simulation.death import Fate
from tests.simulation.model import Deeds, Filed, Gave, Promise, Readers, Report, Said, Shown, complaints
from tests.simulation.scene import Loop, Scene

STEPS = ("poll", "follow", "work")
HUMAN = 2.5
"""Seconds that a person takes to do anything."""
STRANGE = "/loop unlink"
"""What somebody outside of the team writes, and nobody obeys."""


class History(RuleBasedStateMachine):
    """What people did is written down as they do it; at the end the model judges what came of it."""

    scene: Scene

    def begin(self, scene: Callable[[Fate], Scene], *, backfill: bool, old: int) -> None:
        """To be called first. ``old`` reports are there before Loopwright is."""
        self.fate = Fate()
        self.scene = scene(self.fate)
        self.loop = Loop(self.scene)
        self.deeds = Deeds()
        self.numbers = count(1)
        self.backfill = backfill
        self.promises = self.scene.promises()
        self.away, self.renamed, self.known = "", False, ""
        self.shaken = False
        """Whether the rules changed: what happened meanwhile is looked at when there is news of the item."""
        self.turns = 0
        """Of the engine, since all was quiet."""
        self.unseen, self.old = set[str](), set[str]()
        """Reports that may not have been read yet; and those of them that are older than a rule."""
        self.on_hold: set[tuple[str, str]] = set()
        for promise in self.promises[:old]:
            report = self._report({promise.label})
            if not backfill:
                report.perhaps, report.due = report.due, set()
        self.loop.start(self.in_force())
        for name in self.scene.names * (old + 1):
            self.loop.step("poll", name)

    def in_force(self) -> str:
        return self.scene.rules(
            backfill=self.backfill, renamed=self.renamed, without=self.away, known=self.known
        )

    def begun(self) -> bool:
        return hasattr(self, "loop")

    def word(self, kind: str) -> str:
        """A word that is said once; no markup escapes a letter of it, and none begins with another."""
        return f"{kind}{next(self.numbers)}z"

    # -- people ----------------------------------------------------------------------------------------------

    @rule(data=st.data(), how_many=st.integers(1, 3))
    def report(self, data: st.DataObject, how_many: int) -> None:
        for _ in range(how_many):
            labels = data.draw(st.sampled_from([promise.label for promise in self.promises]))
            self._report({labels})

    def _report(self, labels: set[str]) -> Report:
        token = self.word("report")
        values = {"priority": "high"} if "priority" in self._fields() else {}
        item = self.scene.report(token, sorted(labels), values)
        note(f"  {token} is item {item}, {sorted(labels)}")
        tool = self.scene.names[0]
        (made,) = [one for one in self.scene.show() if (one.tool, one.id) == (tool, item)]
        report = Report(token, (tool, item), made.fields)
        self.deeds.reports.append(report)
        self.unseen.add(token)
        for label in labels:
            self._promise(report, label)
        return report

    def _promise(self, report: Report, label: str) -> None:
        old = label == self.away or report.token in self.old
        (report.perhaps if old and not self.backfill else report.due).add(label)

    def _fields(self) -> set[str]:
        return {name for promise in self.promises for name in promise.fields}

    @precondition(lambda self: self.begun() and self.deeds.reports)
    @rule(data=st.data())
    def label_for_one_more(self, data: st.DataObject) -> None:
        report = self._draw_report(data)
        label = data.draw(st.sampled_from([promise.label for promise in self.promises]))
        if label in report.due | report.perhaps:
            # taken off and put back: that makes no second one
            self.scene.label(*report.item, label, on=False)
            self._maybe_step(data)
        note(f"  {label} is put on {report.item}")
        self.scene.label(*report.item, label, on=True)
        if label not in report.due | report.perhaps:
            self._promise(report, label)

    def _maybe_step(self, data: st.DataObject) -> None:
        if data.draw(st.booleans()):
            self.loop.step("poll", self.scene.names[0])

    @precondition(lambda self: self.begun() and self.deeds.reports)
    @rule(data=st.data(), files=st.booleans())
    def say(self, data: st.DataObject, files: bool) -> None:
        item = self._draw_item(data)
        readers: Readers = data.draw(st.sampled_from(self.scene.audiences(item)))
        if files and self.scene.may_attach(item.tool):
            name = f"{self.word('file')}.txt"
            self.deeds.filed.append(Filed((item.tool, item.id), readers, name))
            note(f"  {name} on {item.key}, {readers}")
            self.scene.attach(item.tool, item.id, name, readers)
            return
        word = self.word("word")
        note(f"  {word} on {item.key}, {readers}")
        self.deeds.said.append(Said((item.tool, item.id), readers, [word]))
        self.scene.say(item.tool, item.id, word, readers)

    @precondition(lambda self: self.begun() and self.editable())
    @rule(data=st.data(), delete=st.booleans())
    def edit_what_was_said(self, data: st.DataObject, delete: bool) -> None:
        said = data.draw(st.sampled_from(self.editable()))
        if delete and self.scene.may_delete(said.item[0]):
            note(f"  {said.now} on {said.item} is deleted")
            said.deleted, said.untold = True, not self.scene.tells_deletions(said.item[0])
            self.scene.delete(*said.item, said.now)
            return
        old, new = said.now, self.word("word")
        said.versions.append(new)
        note(f"  {old} on {said.item} is {new} now")
        self.scene.edit(*said.item, old, new)

    def editable(self) -> list[Said]:
        return [one for one in self.deeds.said if not one.deleted and self.scene.may_edit(one.item[0])]

    @precondition(lambda self: self.begun() and self.deeds.reports)
    @rule(data=st.data())
    def give(self, data: st.DataObject) -> None:
        item = self._draw_item(data)
        report = self._report_of(item)
        name = data.draw(st.sampled_from(sorted(self._fields() & item.fields.keys())))
        choices = self.scene.values(item, name)
        value = data.draw(st.sampled_from(choices)) if choices else f"{report.token} {self.word('title')}"
        if value != item.fields[name]:
            self.deeds.gave.append(Gave((item.tool, item.id), name, value, item.fields[name]))
            note(f"  {name} of {item.key} is {value!r} in the place of {item.fields[name]!r}")
            self.scene.give(item.tool, item.id, name, value)

    @precondition(lambda self: self.begun() and any(p.labels for p in self.promises) and self.deeds.reports)
    @rule(data=st.data(), off=st.booleans())
    def label(self, data: st.DataObject, off: bool) -> None:
        item = self._draw_item(data)
        mine = [label for _, label in self.deeds.labelled if label in item.labels]
        if off and mine:
            label = data.draw(st.sampled_from(mine))
            self.deeds.unlabelled.add(label)
            note(f"  {label} is taken off {item.key}")
            self.scene.label(item.tool, item.id, label, on=False)
        else:
            label = self.word("label")
            self.deeds.labelled.append(((item.tool, item.id), label))
            note(f"  {label} is put on {item.key}")
            self.scene.label(item.tool, item.id, label, on=True)

    # -- commands --------------------------------------------------------------------------------------------

    @precondition(lambda self: self.begun() and self.deeds.reports)
    @rule(data=st.data(), verb=st.sampled_from(["hold", "resume", "why", "unlink", "of a stranger"]))
    def command(self, data: st.DataObject, verb: str) -> None:
        if verb == "of a stranger":
            self._strange_command(data)
            return
        item = self._draw_item(data)
        if verb == "unlink":
            found = [(promise, other) for promise, other in self._linked(item)]
            if not found:
                return
            promise, other = data.draw(st.sampled_from(found))
            self._report_of(item).cut.add(promise.label)
            self._command(item, f"unlink {other.tool}:{other.id}")
            return
        if verb == "hold":
            self.on_hold.add((item.tool, item.id))
        self._command(item, verb)

    def _command(self, item: Shown, words: str) -> None:
        note(f"  /loop {words} on {item.key}")
        self.deeds.asked.append((item.tool, item.id))
        self.scene.say(item.tool, item.id, f"/loop {words}", self.scene.audiences(item)[0])

    def _strange_command(self, data: st.DataObject) -> None:
        report = self._draw_report(data)
        (item,) = [one for one in self.scene.show() if (one.tool, one.id) == report.item]
        readers = self.scene.audiences(item)[-1]
        word = self.word("word")
        self.deeds.said.append(Said(report.item, readers, [word]))
        self.scene.say(*report.item, f"{word}\n\n{STRANGE}", readers, team=False)

    def _linked(self, item: Shown) -> list[tuple[Promise, Shown]]:
        report, shown = self._report_of(item), self.scene.show()
        found = []
        for promise in self.promises:
            for mirror in shown:
                if mirror.place == promise.to and report.token in mirror.fields["title"]:
                    (source,) = [one for one in shown if (one.tool, one.id) == report.item]
                    if item.id == mirror.id and item.tool == mirror.tool:
                        found.append((promise, source))
                    elif item.id == source.id and item.tool == source.tool:
                        found.append((promise, mirror))
        return found

    # -- rules -----------------------------------------------------------------------------------------------

    @precondition(lambda self: self.begun())
    @rule(data=st.data())
    def change_the_rules(self, data: st.DataObject) -> None:
        changes = ["a map learns", "a rule goes or comes"] + ["renamed"] * self.backfill
        change = data.draw(st.sampled_from(changes))
        if change == "a map learns":
            self.known = "" if self.known else "low"
        elif change == "renamed":
            self.renamed = not self.renamed
        else:
            label = data.draw(st.sampled_from([promise.label for promise in self.promises]))
            self.away = "" if self.away else label
        if change != "a map learns" and not self.backfill:
            # what has no mirror by now may be old when the rule is new
            for report in self.deeds.reports:
                report.perhaps |= report.due
                report.due.clear()
            self.old |= self.unseen
        note(f"  now without {self.away!r}, renamed {self.renamed}, known {self.known!r}")
        self.shaken = True
        self.loop.start(self.in_force())

    # -- tools and engine ------------------------------------------------------------------------------------

    @precondition(lambda self: self.begun())
    @rule(data=st.data(), after=st.one_of(st.none(), st.integers(0, 12)))
    def trouble(self, data: st.DataObject, after: int | None) -> None:
        """A tool fails; or so many writes from now on, whoever makes them, the process dies."""
        if after is not None:
            self.fate.decide(after)
        else:
            tool = data.draw(st.sampled_from(self.scene.names))
            failure = data.draw(st.sampled_from(self.scene.failures))
            note(f"  {tool}: {failure}")
            self.scene.strike(tool, failure)

    @precondition(lambda self: self.begun())
    @rule(what=st.lists(st.sampled_from(STEPS), min_size=1, max_size=4))
    def work_at_the_first(self, what: list[str]) -> None:
        self._work(self.scene.names[0], what)

    @precondition(lambda self: self.begun())
    @rule(what=st.lists(st.sampled_from(STEPS), min_size=1, max_size=4))
    def work_at_the_second(self, what: list[str]) -> None:
        self._work(self.scene.names[1], what)

    def _work(self, name: str, what: list[str]) -> None:
        """Turns of one connection's threads."""
        self.turns += 1
        self.scene.wait(2)
        for step in what:
            self.loop.step(step, name)

    @precondition(lambda self: self.begun() and self.scene.has_mail())
    @rule(how=st.sampled_from(["at once", "lost", "out of order", "kept back"]))
    def mail(self, how: str) -> None:
        for name, request in self.scene.mail(how):
            self.loop.hear(name, request)
            self.loop.revive()

    @precondition(lambda self: self.begun() and self.turns > 2)
    @rule()
    def some_quiet(self) -> None:
        """Everybody waits a while, and nobody dies of it."""
        self.turns = 0
        self.fate.spare()
        self.scene.calm()
        self.loop.settle()
        self.unseen.clear()
        self.old.clear()

    # -- the end ---------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        if self.begun():
            try:
                self.end()
            finally:
                self.loop.close()
                self.scene.close()

    def end(self) -> None:
        self.fate.spare()
        self.scene.calm()
        self.away, self.renamed = "", False
        self.loop.start(self.in_force())
        self.loop.settle()
        self._let_go()
        if self.shaken:
            self._last_words()
        self.loop.settle()
        shown = self.scene.show()
        wrong = complaints(self.promises, self.deeds, shown, self.scene.mailed())
        assert not wrong, "\n".join(["", *wrong])
        self._check_reasons()
        self.loop.start(self.in_force())
        self.loop.settle()
        assert self.scene.show() == shown, "a second run writes nothing"

    def _let_go(self) -> None:
        """Whatever was held goes on."""
        items = {(one.tool, one.id): one for one in self.scene.show()}
        for held in sorted(self.on_hold):
            self._command(items[held], "resume")
        if self.on_hold:
            self.loop.settle()

    def _last_words(self) -> None:
        for item in self.scene.show():
            word = self.word("word")
            readers = self.scene.audiences(item)[0]
            self.deeds.said.append(Said((item.tool, item.id), readers, [word]))
            self.scene.say(item.tool, item.id, word, readers)

    def _check_reasons(self) -> None:
        """Everything that was done can be asked why."""
        with sqlite3.connect(self.loop.folder / "store.sqlite") as database:
            found = database.execute("SELECT key, origin, cause FROM effects").fetchall()
        database.close()
        assert all('"reason": "' in origin and '"reason": ""' not in origin for _, origin, _ in found), found
        assert all(cause for _, _, cause in found), found

    # -- looking around --------------------------------------------------------------------------------------

    def _draw_report(self, data: st.DataObject) -> Report:
        return data.draw(st.sampled_from(self.deeds.reports))

    def _draw_item(self, data: st.DataObject) -> Shown:
        """Any item, at whichever end. Nobody is so quick as to act on one in the moment when it is made."""
        self.scene.wait(HUMAN)
        items = [one for one in self.scene.show() if self._report_of(one, missing=True)]
        return items[data.draw(st.integers(0, len(items) - 1))]

    def _report_of(self, item: Shown, *, missing: bool = False) -> Report:
        token = item.fields["title"].partition(" ")[0]
        found = [report for report in self.deeds.reports if report.token == token]
        assert found or missing
        return found[0] if found else None  # type: ignore[return-value]
