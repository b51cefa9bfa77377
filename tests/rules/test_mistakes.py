"""Every mistake is named at its place, in words that say what to do, and all of them at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.load import load
from rules.problems import RuleProblems
from tests.rules.build import mistakes


def when(condition: str) -> str:
    return f"version: 1\nrules:\n  - id: it\n    when: {{{condition}}}\n    then: [{{add_labels: [x]}}]\n"


def then(action: str) -> str:
    return f"version: 1\nrules:\n  - id: it\n    when: {{system: jira}}\n    then:\n      - {action}\n"


FIRST_LINES = [
    ("", "1:1: the file is empty — start with 'version: 1'"),
    ("- a\n", "1:1: expected sections: version, rules, ... — start with 'version: 1'"),
    ("rules: []\n", "1:1: 'version' is missing"),
    ("version: 2\n", "1:10: expected 1"),
    ("version: 1\nrulez: []\n", "2:1: unknown section 'rulez' — did you mean 'rules'?"),
    ("version: 1\nrules: {a: b}\n", "2:1: expected a list — put a dash before each entry"),
    ("version: 1\nrules:\n  - id: a b\n    when: {votes: 1}\n    then: [{add_labels: [x]}]\n",
     "3:9: an id is made of letters, digits, '.', '_' and '-'"),
    ("version: 1\nrules:\n  - id: a\n    then: [{add_labels: [x]}]\n", "3:5: 'when' is missing"),
    ("version: 1\nconditions: {a: {meets: b}, b: {meets: a}}\n",
     "2:40: condition 'a' depends on itself: a → b → a"),
    ("version: 1\ntemplates: {t: 5}\n", "2:16: expected a text — write \"5\" in quotes"),
    ("version: 1\ntemplates:\n  t: |\n    Hello\n    {{ itm.title }}\n",
     "5:8: unknown name 'itm' in a template — did you mean 'item'?"),
    ("version: 1\ntemplates:\n  t: |\n    Hello\n    {% if %}\n",
     "5:5: not a valid template: unexpected end of block"),
    ("version: 1\nmaps: {m: {a: [1]}}\n", "2:12: expected a text, a number, true or false"),
    (when("prioritty: high"), "4:12: unknown field 'prioritty' — did you mean 'priority'?"),
    (when("custom.: high"), "4:12: unknown field 'custom.'"),
    (when("title: {older_than: 7d}"),
     "4:20: 'older_than' cannot be asked of title, which is a text — it takes is, is_not, in, not_in, "
     "contains, starts_with, matches, exists, changed, changed_from, changed_to"),
    (when("labels: bug"),
     "4:12: 'is' cannot be asked of labels, which is a list of texts — write labels: {has: ...}"),
    (when("labels: [bug, sso]"),
     "4:12: 'in' cannot be asked of labels, which is a list of texts — write labels: {has_any: ...}"),
    (when("assignee: Ann"),
     "4:12: 'is' cannot be asked of assignee, which is a person or an organization — "
     "it takes exists, changed"),
    (when("created: {older_than: 7 days}"), "4:34: expected a length of time — such as 30m, 12h, 7d or 4w"),
    (when("status: 5"), "4:20: status is a text, and 5 is none — write \"5\" in quotes"),
    (when("status: [open, true]"), "4:27: status is a text, and true is none — write \"true\" in quotes"),
    (when("kind: tickt"), "4:18: kind is never 'tickt' — did you mean 'ticket'?"),
    (when("kind: {not_in: [ticket, bug]}"),
     "4:36: kind is never 'bug' — it can be ticket, issue, doc, feedback, release"),
    (when("closed: 'yes'"), "4:20: closed is true or false, never 'yes'"),
    (when("votes: three"), "4:19: votes is a number, and 'three' is none"),
    (when("votes: {more_than: many}"), "4:31: expected a number"),
    (when("status: {exists: maybe}"), "4:29: expected true or false"),
    (when("title: {matches: '(a'}"), "4:29: not a regular expression that RE2 takes: missing ): (a"),
    (when("title: {matches: '(?=a)'}"),
     "4:29: not a regular expression that RE2 takes: invalid perl operator: (?="),
    (when("status: "), "4:12: 'status' has no value — write {exists: false} for a field that is not set"),
    (when("status: {}"), "4:12: 'status' says nothing about the field — write a value or a test"),
    (when("status: {equals: open}"), "4:21: unknown test 'equals'"),
    (when("status: {chnged: true}"), "4:21: unknown test 'chnged' — did you mean 'changed'?"),
    (when(""), "4:11: an empty condition: everything would meet it"),
    (when("all: []"), "4:12: 'all' is empty"),
    (when("any: {status: open}"), "4:12: expected a list — put a dash before each entry"),
    (when("meets: open"), "4:19: unknown condition 'open'"),
    (when("links: {some: {system: jira}}"), "4:20: unknown test of links 'some'"),
    (when("links: {}"), "4:12: 'links' needs 'any' or 'none'"),
    (when("links: {any: {type: miror}}"), "4:32: type is never 'miror' — did you mean 'mirror'?"),
    (when("links: {any: {status: {changed: true}}}"),
     "4:35: 'changed' cannot be asked of a linked item: only its present is known"),
    (when("links: {any: {links: {any: {system: jira}}}}"),
     "4:26: the links of a linked item are not known here"),
    (when("status: {changed: true}") + "    backfill: true\n",
     "6:5: 'backfill: true' never fires with a condition on a change: nothing has changed yet"),
    (when("status: {changed: true}") + "    trigger: created\n",
     "6:5: 'trigger: created' never fires with a condition on a change: nothing has changed yet"),
    (when("status: open") + "    trigger: monday\n", "6:14: expected 'becomes_true' or 'created'"),
    (when("status: open") + "    priority: high\n", "6:15: expected a whole number"),
    (then("ad_labels: [x]"), "6:9: unknown action 'ad_labels' — did you mean 'add_labels'?"),
    (then("notify: [x]"),
     "6:9: unknown action 'notify' — "
     "there are mirror, set, add_labels, remove_labels, comment, for_each_link"),
    (then("{add_labels: [x], set: {status: a}}"),
     "6:27: 'set' does not belong to add_labels — give an action a dash of its own, indent a setting"),
    (then("stop"), "6:9: expected an action: mirror, set, add_labels, remove_labels, comment, for_each_link"),
    (then("add_labels: x"), "6:21: expected a list — put a dash before each entry"),
    (then("set: {statsu: open}"), "6:15: 'statsu' is no field that can be set — did you mean 'status'?"),
    (then("set: {labels: [a]}"), "6:15: labels are not set as a whole — use add_labels and remove_labels"),
    (then("set: {status: [a, b]}"), "6:15: status takes one value, not a list"),
    (then("set: {status: {map: nope, of: item.status}}"), "6:29: unknown map 'nope'"),
    (then("set: {status: {map: nope}}"),
     "6:15: a value is made of one thing — write {template: NAME}, {of: FIELD} or {map: NAME, of: FIELD}"),
    (then("set: {status: {of: source.status}}"),
     "6:28: 'source' is known only inside for_each_link — use 'item'"),
    (then("set: {status: {of: item.stats}}"), "6:28: unknown field 'stats' of item — did you mean 'status'?"),
    (then("comment: {audience: costumer, text: hi}"),
     "6:29: expected 'internal', 'customer' or 'public' — did you mean 'customer'?"),
    (then("comment: {audience: internal}"), "6:9: a comment has either 'template' or 'text'"),
    (then("comment: {template: hello}"), "6:29: unknown template 'hello'"),
    (then("comment: {text: 'a {{ source.title }}'}"),
     "6:25: the text uses 'source', which is known only inside for_each_link — use 'item'"),
    (then("comment: {text: 'a {{ item.titel }}'}"),
     "6:31: unknown field 'titel' of item in a template — did you mean 'title'?"),
    (then("comment: {text: 'a {{ item.title | uper }}'}"),
     "6:44: unknown filter 'uper' in a template — did you mean 'upper'?"),
    (then("mirror: {project: ENG}"), "6:9: 'to' is missing"),
    (then("mirror: {to: jira}"),
     "6:9: a mirror is created in one place — write 'project', 'repository' or 'database'"),
    (then("mirror: {to: jira, project: ENG, keep_in_sync: {prioritiy: {direction: both}}}"),
     "6:57: unknown field 'prioritiy' — did you mean 'priority'?"),
    (then("mirror: {to: jira, project: ENG, keep_in_sync: {priority: {}}}"), "6:57: 'direction' is missing"),
    (then("mirror: {to: jira, project: ENG, keep_in_sync: {labels: {direction: both, map: m}}}")
     + "maps: {m: {a: b}}\n",
     "6:83: labels are kept in sync as they are, without a map"),
    (then("mirror: {to: jira, project: ENG, keep_in_sync: {status: {direction: both, map: m}}}")
     + "maps: {m: {a: x, b: x}}\n",
     "6:88: map 'm' cannot be read backwards: 'a' and 'b' both become 'x' — name a 'reverse' map"),
    (then("mirror: {to: jira, project: ENG, keep_in_sync: {status: {direction: both, map: m}}}")
     + "maps: {m: {a: 1}}\n",
     "6:88: map 'm' cannot be read backwards: 1 is no text — name a 'reverse' map"),
    (then("mirror: {to: jira, project: ENG, keep_in_sync: {status: {direction: to_mirror, reverse: m}}}")
     + "maps: {m: {a: b}}\n",
     "6:88: 'reverse' goes with 'map' and direction: both"),
    (then("mirror: {to: jira, project: ENG, fields: {labels: x}}"), "6:51: labels takes a list"),
    (then("mirror: {to: jira, project: ENG, fields: {assignee: x}}"),
     "6:51: 'assignee' is no field that a mirror can be given"),
    (then("for_each_link: {do: [{mirror: {to: jira}}]}"),
     "6:31: unknown action 'mirror' — there are set, add_labels, remove_labels, comment"),
    (then("for_each_link: {where: {system: jira}}"), "6:9: 'do' is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), FIRST_LINES)
def test_the_message_of_a_mistake(text: str, expected: str) -> None:
    first, *rest = mistakes(text).splitlines()
    assert first == f"rules.yaml:{expected}"
    assert len(rest) == 2, "there is one mistake, and one message"


def test_the_line_is_shown_with_a_caret_under_the_mistake() -> None:
    text = when("status: open") + "    priorty: high\n"
    assert mistakes(text) == (
        "rules.yaml:6:5: unknown field 'priorty' — did you mean 'priority'?\n"
        "    6 |     priorty: high\n"
        "      |     ^^^^^^^"
    )


def test_all_mistakes_are_reported_at_once_in_the_order_of_the_file() -> None:
    text = """\
version: 1
conditions:
  late: {title: {older_than: 7d}}
  wrong: 5
maps:
  m: {a: x, b: x}
templates:
  t: "{{ item.titel }}"
rules:
  - id: one
    when: {meets: [lat, wrong]}
    then:
      - comment: {template: tt}
  - id: two
    when: 7
    then: [{ad_labels: [x]}]
  - id: one
    when: {staus: open}
    then:
      - mirror: {to: jira, project: ENG, keep_in_sync: {priority: {direction: both, map: m}}}
"""
    found = [line for line in mistakes(text).splitlines() if line.startswith("rules.yaml:")]
    assert found == [
        "rules.yaml:3:18: 'older_than' cannot be asked of title, which is a text — it takes is, is_not, in, "
        "not_in, contains, starts_with, matches, exists, changed, changed_from, changed_to",
        "rules.yaml:4:10: expected names with values",
        "rules.yaml:8:10: unknown field 'titel' of item in a template — did you mean 'title'?",
        "rules.yaml:11:20: unknown condition 'lat' — did you mean 'late'?",
        "rules.yaml:13:29: unknown template 'tt' — did you mean 't'?",
        "rules.yaml:15:11: expected names with values",
        "rules.yaml:16:13: unknown action 'ad_labels' — did you mean 'add_labels'?",
        "rules.yaml:17:9: there is already a rule 'one', at rules.yaml:10",
        "rules.yaml:18:12: unknown field 'staus' — did you mean 'status'?",
    ]


def test_a_name_belongs_to_all_files(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "a.yaml").write_text(when("meets: shared"))
    (tmp_path / "more" / "b.yml").write_text("version: 1\nconditions: {shared: {status: open}}\n")
    (tmp_path / "notes.txt").write_text("not a rule file")
    (rule,) = load([tmp_path]).rules
    assert rule.place == f"{tmp_path}/a.yaml:3"


def test_a_name_is_defined_once(tmp_path: Path) -> None:
    text = "version: 1\nmaps: {m: {a: b}}\n"
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(text)
    with pytest.raises(RuleProblems, match=r"there is already a map 'm', at .*a\.yaml:2"):
        load([tmp_path / "a.yaml", tmp_path / "b.yaml"])


def test_files_that_are_not_there_or_no_text(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "latin.yaml").write_bytes(b"version: 1 # \xe4")
    with pytest.raises(RuleProblems) as caught:
        load([tmp_path / "gone.yaml", tmp_path / "empty", tmp_path / "latin.yaml"])
    assert str(caught.value).splitlines() == [
        f"{tmp_path}/empty: no rule files in this folder — they end in .yaml or .yml",
        f"{tmp_path}/gone.yaml: there is no such file or folder",
        f"{tmp_path}/latin.yaml: not a text file in UTF-8",
    ]


def test_a_mirror_in_a_connection_that_the_settings_do_not_have(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(
        "version: 1\nrules:\n  - id: one\n    when: {status: open}\n"
        "    then: [{mirror: {to: jria, project: ENG}}]\n"
    )
    assert len(load([file]).rules) == 1
    with pytest.raises(RuleProblems, match=r"a\.yaml:5:26: the settings have no connection 'jria' — did you"):
        load([file], connections=["zendesk", "jira"])
    with pytest.raises(RuleProblems, match="there are: zendesk, notion"):
        load([file], connections=["zendesk", "notion"])
