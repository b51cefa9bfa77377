"""The index leaves out only rules that cannot be true: indexed and naive evaluation agree on everything."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.model import Item, Kind, Organization
from rules.evaluate import decide, evaluate
from rules.load import load_texts
from rules.ruleset import RuleSet
from rules.snapshot import LinkedItem, Memory, Snapshot
from tests.rules.build import ACTIVATED, ISSUE, NOW, TICKET, changed, rule

STATUSES = ["open", "solved", "To Do"]
LABELS = ["bug", "sso", "x"]
SYSTEMS = ["zendesk", "jira", "github"]

values = st.sampled_from(STATUSES)
tests = st.one_of(
    st.sampled_from(SYSTEMS).map(lambda value: f"system: {value}"),
    st.lists(st.sampled_from(SYSTEMS), min_size=1).map(lambda some: f"system: {some}"),
    values.map(lambda value: f"status: {value}"),
    values.map(lambda value: f"status: {{is_not: {value}}}"),
    values.map(lambda value: f"status: {{changed_to: {value}}}"),
    st.lists(values, min_size=1, max_size=2).map(lambda some: f"status: {some}"),
    st.sampled_from(LABELS).map(lambda label: f"labels: {{has: {label}}}"),
    st.lists(st.sampled_from(LABELS), min_size=1).map(lambda some: f"labels: {{has_all: {some}}}"),
    st.lists(st.sampled_from(LABELS), min_size=1).map(lambda some: f"labels: {{has_any: {some}}}"),
    st.sampled_from(["team", "free"]).map(lambda plan: f"organization.plan: {plan}"),
    st.sampled_from(["a", "1", "true", "[a, 1]", "{in: [true, a]}"]).map(
        lambda value: f"custom.area: {value}"
    ),
    st.sampled_from(["ticket", "issue"]).map(lambda kind: f"kind: [{kind}]"),
    st.sampled_from(["{any: {system: jira}}", "{none: {type: mirror}}"]).map(lambda test: f"links: {test}"),
    st.just("meets: named"),
)
trees = st.recursive(
    tests.map(lambda test: f"{{{test}}}"),
    lambda inner: st.tuples(
        st.sampled_from(["all", "any", "none"]), st.lists(inner, min_size=1, max_size=3)
    ).map(lambda group: f"{{{group[0]}: [{', '.join(group[1])}]}}"),
    max_leaves=5,
)
actions = st.sampled_from(["- add_labels: [y]", "- remove_labels: [y]", "- set: {status: solved}"])
entries = st.fixed_dictionaries(
    {
        "when": trees,
        "then": actions,
        "priority": st.sampled_from(["1", "2"]),
        "on_own_changes": st.sampled_from(["true", "false"]),
    }
)


def compiled(some: list[dict[str, str]], named: str) -> RuleSet:
    rules = "".join(
        rule(entry.pop("when"), entry.pop("then"), id=f"r{at}", **entry) for at, entry in enumerate(some)
    )
    return load_texts({"r.yaml": f"version: 1\nconditions:\n  named: {named}\nrules:\n{rules}"})


items = st.builds(
    lambda system, status, labels, plan, area, age: changed(
        TICKET,
        system=system,
        kind=Kind.TICKET if system == "zendesk" else Kind.ISSUE,
        status=status,
        labels=tuple(sorted(labels)),
        organization=Organization(id="1", name="A", plan=plan) if plan else None,
        custom={} if area is None else {"area": area},
        created=ACTIVATED + timedelta(hours=age),
    ),
    st.sampled_from(SYSTEMS),
    st.sampled_from([*STATUSES, None]),
    st.sets(st.sampled_from(LABELS)),
    st.sampled_from(["team", "free", None]),
    st.sampled_from(["a", "1", 1, True, ["a"], None]),
    st.sampled_from([-1, 1]),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(entries, min_size=1, max_size=6),
    tests.filter(lambda test: "meets" not in test).map(lambda test: f"{{{test}}}"),
    st.lists(items, min_size=1, max_size=5),
    st.booleans(),
    st.booleans(),
)
def test_indexed_and_naive_evaluation_agree(
    some: list[dict[str, str]], named: str, history: list[Item], linked: bool, dated: bool
) -> None:
    rules = compiled([dict(entry) for entry in some], named)
    activated = {rule.key: ACTIVATED for rule in rules.rules}
    links = (LinkedItem("mirror", ISSUE),) if linked else ()
    truths: dict[str, bool] = {}
    before: Item | None = None
    for at, item in enumerate(history):
        item = changed(item, system=history[0].system)
        evaluated = NOW if dated and before is not None else None
        snapshot = Snapshot(item, before, links, NOW, at)
        memory = Memory(truths, activated, evaluated)
        indexed = evaluate(rules, snapshot, memory)
        naive = decide(rules, rules.rules, snapshot, memory)
        assert indexed.intents == naive.intents
        assert indexed.fired == naive.fired
        assert indexed.clashes == naive.clashes
        true = {key for key, truth in {**truths, **indexed.truths}.items() if truth}
        assert true == {key for key, truth in {**truths, **naive.truths}.items() if truth}
        kept = {**truths, **indexed.truths}
        truths = {key: truth for key, truth in kept.items() if truth} if dated else kept
        before = item


@settings(max_examples=60, deadline=None)
@given(st.lists(entries, min_size=1, max_size=6), items, items)
def test_storing_only_what_is_true_changes_nothing(
    some: list[dict[str, str]], first: Item, second: Item
) -> None:
    rules = compiled([dict(entry) for entry in some], "{status: open}")
    activated = {rule.key: ACTIVATED for rule in rules.rules}
    second = changed(second, system=first.system, created=first.created)
    seen = evaluate(rules, Snapshot(first, None, (), NOW, 1), Memory({}, activated))
    snapshot = Snapshot(second, first, (), NOW, 2)
    whole = evaluate(rules, snapshot, Memory(seen.truths, activated))
    sparse = {key: truth for key, truth in seen.truths.items() if truth}
    lean = evaluate(rules, snapshot, Memory(sparse, activated, evaluated=NOW))
    assert (lean.intents, lean.fired, lean.clashes) == (whole.intents, whole.fired, whole.clashes)


def test_the_index_files_a_rule_under_its_rarest_equality() -> None:
    common = "".join(rule(f"{{status: open, labels: {{has: l{at}}}}}", id=f"r{at}") for at in range(50))
    rules = load_texts({"r.yaml": f"version: 1\nrules:\n{common}"})
    item = changed(TICKET, labels=("l7", "l9"))
    assert [rule.id for rule in rules.candidates(item)] == ["r7", "r9"]
