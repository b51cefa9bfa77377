"""An action of somebody else's, in a distribution of its own, is an action like ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from rules.actions.registry import FIRST, action_types

ACTION = '''
from pydantic import StrictInt

from connectors.model import Patch
from rules.actions.registry import ActionType
from rules.actions.step import ActionPart
from rules.intents import Change


class ScoreAction(ActionPart):
    """Give the item a score."""

    score: StrictInt


def compile_score(action, names, post):
    def step(firing):
        yield Change(post.origin(firing), firing.item.ref, Patch(fields={"custom.score": action.score}))

    return step


SCORE = ActionType(ScoreAction, compile_score)
'''
USE = """
from rules.evaluate import evaluate
from rules.load import load_texts
from rules.problems import RuleProblems
from rules.schema import schema_text
from tests.rules.build import memory, snapshot

RULE = "version: 1\\nrules: [{id: a, when: {kind: ticket}, then: [{score: %s}]}]\\n"
rules = load_texts({"rules.yaml": RULE % 7})
(change,) = evaluate(rules, snapshot(), memory(rules)).intents
print(change.patch.fields)
assert "ScoreAction" in schema_text()
try:
    load_texts({"rules.yaml": RULE % "high"})
except RuleProblems as problems:
    print(problems)
"""


def test_ours_are_registered_like_anybodys() -> None:
    assert tuple(action_types()) == FIRST


def test_an_action_of_another_distribution(tmp_path: Path) -> None:
    (tmp_path / "scoring.py").write_text(ACTION)
    about = tmp_path / "scoring-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: scoring\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[loopwright.actions]\nscore = scoring:SCORE\n")
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", USE],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{root}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, _, rest = done.stdout.partition("\n")
    assert first == "{'custom.score': 7}"
    assert "rules.yaml:2:" in rest
    assert "expected a whole number" in rest
