"""What each action wants done."""

from __future__ import annotations

from connectors.model import Audience, JsonValue, Ref
from rules.evaluate import evaluate
from rules.intents import (
    Change,
    ConflictPolicy,
    Decision,
    Direction,
    KeptComments,
    KeptField,
    Mirror,
    Say,
    ValueMap,
)
from rules.ruleset import RuleSet
from rules.snapshot import LinkedItem
from tests.rules.build import ISSUE, TICKET, changed, memory, rule, ruleset, snapshot

NAMES = """
maps:
  priority: {urgent: Highest, high: High, otherwise: Medium}
  strict: {high: High, low: Low}
  back: {Highest: urgent, Medium: normal}
  status: {In Review: hold, otherwise: open}
templates:
  bug: "Ticket {{ item.key }}: {{ item.body }}"
  moved: "{{ source.key }} moved to {{ source.status }}, {{ item.title }}"
"""


def acting(then: str, when: str = "{system: zendesk}") -> RuleSet:
    return ruleset(NAMES + "rules:\n" + rule(when, then))


def decided(then: str) -> Decision:
    rules = acting(then)
    return evaluate(rules, snapshot(), memory(rules))


def on_links(do: str, *links: LinkedItem, where: str = "{type: mirror}") -> Decision:
    rules = acting(f"- for_each_link: {{where: {where}, do: [{do}]}}", "{system: jira}")
    return evaluate(rules, snapshot(ISSUE, links=links), memory(rules))


def mirror_of(settings: str) -> Mirror:
    (intent,) = decided(f"- mirror: {{to: jira, project: ENG, {settings}}}").intents
    assert isinstance(intent, Mirror)
    return intent


def test_mirror_writes_its_fields() -> None:
    mirror = mirror_of(
        "type: Bug, fields: {title: '[{{ item.organization.name }}] {{ item.title }}', body: {template: bug},"
        " labels: [from-zendesk, '{{ item.custom.product_area }}'],"
        " priority: {map: priority, of: item.priority},"
        " status: To Do, custom.seats: {of: item.custom.seats}, custom.plan: '{{ item.organization.plan }}'}"
    )
    assert (mirror.to, mirror.container, mirror.type) == ("jira", "ENG", "Bug")
    assert mirror.title == "[Acme] Export fails"
    assert mirror.body == "Ticket ZD-7: It **stops** at 3 %."
    assert mirror.labels == ("from-zendesk", "Export")
    assert (mirror.priority, mirror.status) == ("Highest", "To Do")
    assert mirror.custom == {"seats": 250, "plan": "enterprise"}
    assert not mirror.publish


def test_mirror_says_what_the_item_says_when_the_rule_does_not() -> None:
    mirror = mirror_of("publish: true")
    assert (mirror.title, mirror.body) == (TICKET.title, TICKET.body)
    assert mirror.publish


def test_mirror_has_a_reason_and_a_place() -> None:
    origin = mirror_of("type: Bug").origin
    assert origin.rule == "it"
    assert origin.action == "then[0].mirror"
    assert origin.place == "rules.yaml:14"
    assert origin.reason == 'system is "zendesk"'


def test_keep_in_sync_is_found_by_rule_and_action() -> None:
    settings = (
        "{priority: {direction: both, map: strict, conflict: newest},"
        " status: {direction: to_source, map: back}, custom.jira_key: {direction: to_mirror},"
        " comments: {direction: both, audience: customer, publish: true}}"
    )
    rules = acting(f"- mirror: {{to: jira, project: ENG, keep_in_sync: {settings}}}")
    keep = rules.keep("it", "then[0].mirror")
    assert keep is not None
    by_name = {kept.name: kept for kept in keep.fields}
    forth = {"high": "High", "low": "Low"}
    assert by_name["priority"] == KeptField(
        "priority",
        Direction.BOTH,
        ConflictPolicy.NEWEST,
        to_mirror=ValueMap("strict", forth),
        to_source=ValueMap("strict", {"High": "high", "Low": "low"}),
    )
    assert by_name["status"].to_mirror is None
    assert by_name["status"].to_source == ValueMap("back", {"Highest": "urgent", "Medium": "normal"})
    assert by_name["custom.jira_key"].direction is Direction.TO_MIRROR
    assert keep.comments == KeptComments(Direction.BOTH, Audience.CUSTOMER, publish=True)
    assert rules.keep("it", "then[1].mirror") is None
    assert rules.keep("other", "then[0].mirror") is None


def test_a_map_that_cannot_be_read_backwards_can_name_another() -> None:
    rules = acting(
        "- mirror: {to: jira, project: ENG, keep_in_sync: "
        "{priority: {direction: both, map: priority, reverse: back}}}"
    )
    keep = rules.keep("it", "then[0].mirror")
    assert keep is not None
    (kept,) = keep.fields
    assert kept.to_source == ValueMap("back", {"Highest": "urgent", "Medium": "normal"})


def test_a_kept_field_is_written_from_the_start() -> None:
    mirror = mirror_of(
        "keep_in_sync: {priority: {direction: both, map: priority, reverse: back},"
        " status: {direction: to_source}}"
    )
    assert mirror.priority == "Highest"
    assert mirror.status is None


def test_a_value_that_a_map_does_not_know_leaves_the_field_alone() -> None:
    decision = decided("- set: {status: hold, priority: {map: strict, of: item.priority}}")
    (change,) = decision.intents
    assert isinstance(change, Change)
    assert change.patch.fields == {"status": "hold"}
    (miss,) = decision.unresolved
    assert (miss.field, miss.value, miss.target) == ("priority", "urgent", TICKET.ref)
    assert decision.fired == ("it",)


def test_a_mirror_with_an_unknown_value_is_created_without_it() -> None:
    decision = decided(
        "- mirror: {to: jira, project: ENG, keep_in_sync: {priority: {direction: both, map: strict}}}"
    )
    (mirror,) = decision.intents
    assert isinstance(mirror, Mirror)
    assert mirror.priority is None
    assert [(miss.field, miss.value) for miss in decision.unresolved] == [("priority", "urgent")]


def test_an_unset_field_is_no_unknown_value() -> None:
    rules = acting(
        "- mirror: {to: jira, project: ENG, keep_in_sync: {priority: {direction: both, map: strict}}}"
    )
    decision = evaluate(rules, snapshot(changed(TICKET, priority=None)), memory(rules))
    assert len(decision.intents) == 1
    assert decision.unresolved == ()


def patch_of(then: str) -> dict[str, JsonValue]:
    (change,) = decided(then).intents
    assert isinstance(change, Change)
    return change.patch.fields


def test_set_writes_values_as_they_are_made_and_copied() -> None:
    made = patch_of(
        "- set: {title: 'Re: {{ item.title }}', custom.seats: {of: item.custom.seats}, custom.flag: true,"
        " priority: null, custom.created: {of: item.created}, custom.areas: [a, b]}"
    )
    assert made == {
        "title": "Re: Export fails",
        "custom.seats": 250,
        "custom.flag": True,
        "priority": None,
        "custom.created": "2026-11-01T11:00:00+00:00",
        "custom.areas": ["a", "b"],
    }


def test_labels_are_added_and_removed() -> None:
    added, removed = decided(
        "- add_labels: [in-jira, '{{ item.organization.plan }}']\n- remove_labels: [bug]"
    ).intents
    assert isinstance(added, Change)
    assert isinstance(removed, Change)
    assert added.patch.add_labels == ("in-jira", "enterprise")
    assert removed.patch.remove_labels == ("bug",)


def test_a_comment_is_internal_unless_it_says_otherwise() -> None:
    plain, said = decided(
        "- comment: {text: Hello *there*}\n"
        "- comment: {template: bug, audience: customer, publish: true, once_per: item}"
    ).intents
    assert isinstance(plain, Say)
    assert isinstance(said, Say)
    assert (plain.body, plain.audience, plain.source_audience) == (
        "Hello *there*",
        Audience.INTERNAL,
        Audience.PUBLIC,
    )
    assert not plain.once
    assert (said.audience, said.source_audience, said.publish, said.once) == (
        Audience.CUSTOMER,
        Audience.CUSTOMER,
        True,
        True,
    )


def test_for_each_link_acts_on_the_linked_item() -> None:
    decision = on_links(
        "{set: {status: {map: status, of: source.status}, custom.jira_status: '{{ source.status }}'}},"
        " {comment: {template: moved, audience: customer}}",
        LinkedItem("mirror", TICKET),
        LinkedItem("documents", changed(TICKET, title="another")),
    )
    change, said = decision.intents
    assert isinstance(change, Change)
    assert change.target == TICKET.ref
    assert change.patch.fields == {"status": "hold", "custom.jira_status": "In Review"}
    assert change.origin.action == "then[0].for_each_link.do[0].set"
    assert isinstance(said, Say)
    assert said.body == "ENG-1 moved to In Review, Export fails"
    assert (said.audience, said.source_audience) == (Audience.CUSTOMER, Audience.INTERNAL)


def test_for_each_link_without_a_condition_takes_all() -> None:
    rules = acting("- for_each_link: {do: [{add_labels: [x]}]}", "{system: jira}")
    other = changed(TICKET, ref=Ref(connection="zendesk", id="8"))
    links = (LinkedItem("mirror", TICKET), LinkedItem("reports", other), LinkedItem("reports", TICKET))
    done = evaluate(rules, snapshot(ISSUE, links=links), memory(rules)).intents
    assert [intent.target for intent in done if isinstance(intent, Change)] == [TICKET.ref, other.ref]


def test_text_for_few_is_not_written_where_many_read() -> None:
    decision = on_links(
        "{set: {title: '{{ source.title }}', custom.note: '{{ source.title }}', body: '{{ item.body }}!'}},"
        " {add_labels: ['{{ source.status }}']}, {add_labels: [plain]}",
        LinkedItem("mirror", TICKET),
    )
    change, labels = decision.intents
    assert isinstance(change, Change)
    assert change.patch.fields == {"custom.note": "[Acme] Export fails", "body": "It **stops** at 3 %.!"}
    assert isinstance(labels, Change)
    assert labels.patch.add_labels == ("plain",)
    assert [(miss.field, "internal text" in miss.reason) for miss in decision.unresolved] == [
        ("title", True),
        ("labels", True),
    ]


def test_a_copied_text_for_few_is_not_written_where_many_read() -> None:
    decision = on_links("{set: {title: {of: source.title}}}", LinkedItem("mirror", TICKET))
    assert decision.intents == ()
    assert decision.unresolved[0].field == "title"
