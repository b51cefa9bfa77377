"""Tests beside the rules pass when the rules do it, and say what happened when they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.load import load
from rules.proof import Result, run_tests
from tests.rules.build import mistakes, ruleset

RULES = """
rules:
  - id: bug
    when: {labels: {has: bug}, status: {is_not: closed}}
    then:
      - mirror: {to: jira, project: ENG, fields: {priority: High, labels: [a, b], custom.plan: team}}
      - add_labels: [x, y]
      - comment: {text: "Seen: {{ item.title }}", audience: customer, publish: true}
  - id: moved
    when: {system: jira, status: {changed: true}}
    then:
      - for_each_link: {do: [{set: {status: open, custom.jira: null}}]}
  - id: never
    when: {title: {contains: xyzzy}}
    then: [{remove_labels: [bug]}]
tests:
"""
BUG = "given: {labels: [bug], title: Export}"
MOVED = "given: {system: jira, status: Done}\n    before: {status: null}\n    links: [{key: ZD-7}]"


def result(case: str) -> Result:
    (only,) = run_tests(ruleset(f"{RULES}  - name: it\n    {case}\n")).results
    return only


@pytest.mark.parametrize(
    "case",
    [
        f"{BUG}\n    expect: {{fires: [bug]}}",
        f"{BUG}\n    expect: {{actions: [{{mirror: {{to: jira}}}}]}}",
        f"{BUG}\n    expect: {{actions: [{{mirror: {{project: ENG, fields: {{priority: High}}}}}}]}}",
        f"{BUG}\n    expect: {{actions: [{{mirror: {{fields: {{labels: [b], custom.plan: team}}}}}}]}}",
        f"{BUG}\n    expect: {{actions: [{{add_labels: [y]}}, {{comment: {{contains: Export}}}}]}}",
        f"{BUG}\n    expect: {{actions: [{{comment: {{audience: customer}}, on: ITEM-1}}]}}",
        f"{MOVED}\n    expect: {{fires: [moved], actions: [{{set: {{status: open}}, on: ZD-7}}]}}",
        f"{MOVED}\n    expect: {{actions: [{{set: {{custom.jira: null}}}}]}}",
        "given: {labels: [bug], status: closed}\n    expect: {fires: []}",
        "given: {labels: [bug]}\n    before: {labels: [bug], title: Old}\n    expect: {fires: []}",
        "given: {labels: [bug]}\n    before: {labels: []}\n    expect: {fires: [bug]}",
        "given: {labels: [bug], status: open, created: 3d}\n    expect: {fires: [bug]}",
    ],
)
def test_passes(case: str) -> None:
    assert result(case).failures == ()


@pytest.mark.parametrize(
    ("case", "failure"),
    [
        (f"{BUG}\n    expect: {{fires: []}}", "rule bug fires too"),
        (f"{BUG}\n    expect: {{fires: [bug, never]}}", "rule never does not fire"),
        (f"{BUG}\n    expect: {{actions: [{{remove_labels: [x]}}]}}", "no action like"),
        (f"{BUG}\n    expect: {{actions: [{{mirror: {{to: notion}}}}]}}", 'was: a mirror in jira ENG, "A'),
        (f"{BUG}\n    expect: {{actions: [{{mirror: {{project: PLAT}}}}]}}", "no action like"),
        (f"{BUG}\n    expect: {{actions: [{{mirror: {{type: Bug}}}}]}}", "no action like"),
        (f"{BUG}\n    expect: {{actions: [{{mirror: {{fields: {{priority: Low}}}}}}]}}", "no action like"),
        (f"{BUG}\n    expect: {{actions: [{{mirror: {{fields: {{labels: [c]}}}}}}]}}", "no action like"),
        (f"{BUG}\n    expect: {{actions: [{{add_labels: [x]}}, {{add_labels: [y]}}]}}", "no action like"),
        (f"{BUG}\n    expect: {{actions: [{{comment: {{contains: Import}}}}]}}", "for customer on ITEM-1"),
        (f"{BUG}\n    expect: {{actions: [{{comment: {{audience: internal}}}}]}}", "no action like"),
        (f"{BUG}\n    expect: {{actions: [{{add_labels: [x], on: ZD-9}}]}}", "no action like"),
        (f"{MOVED}\n    expect: {{actions: [{{set: {{status: hold}}}}]}}", '{"fields": {"status": "open"'),
        ("given: {title: x}\n    expect: {actions: [{add_labels: [x]}]}", "wanted was: nothing"),
    ],
)  # fmt: skip
def test_fails_and_says_what_happened(case: str, failure: str) -> None:
    case = case.replace("title: Export", "title: A bug")
    (told,) = result(case).failures
    assert failure in told


def test_rules_that_no_test_fires_are_named() -> None:
    proof = run_tests(ruleset(f"{RULES}  - name: it\n    {BUG}\n    expect: {{fires: [bug]}}\n"))
    assert proof.untested == ("moved", "never")
    assert proof.results[0].passed
    assert proof.results[0].place == "rules.yaml:17"


def test_the_examples_prove_themselves() -> None:
    proof = run_tests(load([Path(__file__).parents[2] / "config" / "examples"]))
    assert [(result.name, result.failures) for result in proof.results if not result.passed] == []
    assert proof.untested == ()


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("{name: it, given: {titel: x}, expect: {}}", "unknown field 'titel' — did you mean 'title'?"),
        ("{name: it, given: {}, expect: {fires: [buug]}}", "unknown rule 'buug' — did you mean 'bug'?"),
        ("{name: it, given: {}, expect: {actions: [{on: x}]}}", "an expected action is one action"),
        ("{name: it, given: {created: yesterday}, expect: {}}", "expected a length of time"),
        ("{given: {}, expect: {}}", "'name' is missing"),
    ],
)
def test_mistakes_in_tests_are_named(case: str, message: str) -> None:
    assert message in mistakes(f"version: 1{RULES}  - {case}\n")


def test_a_rule_with_mistakes_is_not_called_unknown() -> None:
    text = "version: 1\nrules:\n  - {id: bug, when: 5, then: [{add_labels: [x]}]}\ntests:\n"
    told = mistakes(f"{text}  - {{name: it, given: {{}}, expect: {{fires: [bug]}}}}\n")
    assert "unknown rule" not in told
