"""The rules that a new installation starts with are sound, whichever tools are connected."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
import yaml

from config.starters import starters
from config.writing import EXAMPLES
from rules.load import load
from rules.proof import run_tests

SYSTEMS = ("zendesk", "jira", "github", "notion")
TEXT = (EXAMPLES / "feedback-loop.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "connected", [some for size in range(1, 5) for some in combinations(SYSTEMS, size)], ids="-".join
)
def test_every_choice_of_tools_gets_rules_that_load_and_prove_themselves(
    connected: tuple[str, ...], tmp_path: Path
) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(starters(TEXT, set(connected)), encoding="utf-8")
    rules = load([file], connections=connected)
    proof = run_tests(rules)
    assert not [failure for result in proof.results for failure in result.failures]
    assert not proof.untested
    assert ("enterprise-bug-to-jira" in {rule.id for rule in rules.rules}) is (
        {"zendesk", "jira"} <= {*connected}
    )


def test_all_tools_get_the_examples_as_they_are() -> None:
    assert starters(TEXT, set(SYSTEMS)) == TEXT


def test_what_is_commented_out_comes_back_with_the_comment_signs() -> None:
    back = [line.removeprefix("#") for line in starters(TEXT, {"jira"}).splitlines()]
    lines = [line.removeprefix("#") for line in TEXT.splitlines()]
    changed = [new for new, old in zip(back, lines, strict=True) if new != old]
    assert [line.partition(":")[0] for line in changed] == ["rules", "tests"]
    assert yaml.safe_load(starters(TEXT, {"jira"}))["rules"] == []
