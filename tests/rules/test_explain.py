"""Why a rule fires or does not, in the words of the rule."""

from __future__ import annotations

from rules.evaluate import Verdict
from rules.explain import explain
from rules.snapshot import LinkedItem
from tests.rules.build import ACTIVATED, ISSUE, TICKET, changed, memory, ruleset, snapshot

RULES = ruleset(
    """
    conditions:
      open-customer-ticket: {system: zendesk, status: {not_in: [solved, closed]}}
      from-enterprise: {organization.plan: enterprise}
    rules:
      - id: enterprise-bug-to-jira
        when:
          all:
            - meets: open-customer-ticket
            - meets: from-enterprise
            - labels: {has: bug}
        then:
          - add_labels: [x]
      - id: either
        when:
          any:
            - title: {contains: crash}
            - all: [{votes: {more_than: 2}}, {meets: from-enterprise}]
          links: {none: {system: jira}}
        then:
          - add_labels: [y]
      - id: moved
        when: {status: {changed: true}}
        then:
          - add_labels: [z]
      - id: in-jira
        when: {system: jira}
        then:
          - add_labels: [z]
    """
)
BUSINESS = changed(TICKET, ref=TICKET.ref.model_copy(update={"key": "ZD-8"}), organization=None)


def told(rule: str, **seen: object) -> str:
    (explanation,) = explain(RULES, snapshot(**seen), memory(RULES), rule)  # type: ignore[arg-type]
    return str(explanation)


def test_the_condition_that_fails_stands_with_its_value_and_its_line() -> None:
    assert told("enterprise-bug-to-jira", item=BUSINESS) == (
        "rule enterprise-bug-to-jira on ZD-8: does not match\n"
        "  yes meets open-customer-ticket\n"
        '  NO  organization.plan is "enterprise"  (it is not set)  <- rules.yaml:4\n'
        '  yes labels has "bug"  (it is ["bug", "sso"])'
    )


def test_a_rule_that_fires() -> None:
    assert told("enterprise-bug-to-jira").splitlines()[0] == (
        "rule enterprise-bug-to-jira on ZD-7: matches and fires"
    )


def test_a_choice_shows_what_was_tried() -> None:
    assert told("either", item=changed(TICKET, votes=1), links=(LinkedItem("mirror", ISSUE),)) == (
        "rule either on ZD-7: does not match\n"
        "  NO  any of:  <- rules.yaml:16\n"
        '    NO  title contains "crash"  (it is "Export fails")  <- rules.yaml:17\n'
        "    NO  votes is more than 2  (it is 1)  <- rules.yaml:18\n"
        "    yes meets from-enterprise\n"
        '  NO  no linked item where system is "jira"  (it is linked to ENG-1 by mirror)  <- rules.yaml:19'
    )


def test_a_change_shows_before_and_after() -> None:
    assert told("moved", before=changed(TICKET, status=None)).endswith(
        'yes status has changed  (it was not set, it is "open")'
    )
    assert "NO  status has changed  (it was not seen before)" in told("moved")


def test_the_first_that_failed() -> None:
    (explanation,) = explain(RULES, snapshot(BUSINESS), memory(RULES), "enterprise-bug-to-jira")
    assert explanation.failed is not None
    assert explanation.failed.mark.place == "rules.yaml:4"
    assert not explanation.matches


def test_every_rule_that_could_concern_the_item() -> None:
    explanations = explain(RULES, snapshot(), memory(RULES))
    assert {each.rule for each in explanations} == {"enterprise-bug-to-jira", "either", "moved"}
    assert explain(RULES, snapshot(), memory(RULES), "no-such-rule") == []


def test_the_verdict_says_why_a_rule_that_matches_does_not_fire() -> None:
    rule = RULES.find("enterprise-bug-to-jira")
    assert rule is not None

    def verdict(truths: dict[str, bool], **seen: object) -> Verdict:
        remembered = memory(RULES, truths)
        (explanation,) = explain(RULES, snapshot(**seen), remembered, rule.id)  # type: ignore[arg-type]
        assert explanation.matches
        assert explanation.failed is None
        return explanation.verdict

    assert verdict({rule.key: True}) is Verdict.HELD_BEFORE
    assert verdict({}, ours=True) is Verdict.OURS
    assert verdict({}, item=changed(TICKET, created=ACTIVATED.replace(year=2025))) is Verdict.BASELINE
