"""What people write survives the way between the tools, feature by feature; docs/text.md says how."""

from __future__ import annotations

import pytest

from benchmarks.text_features import TOOLS, Tool, Verdict, crossing, features, judge, round_trip, table
from tests.repository.dockerfile import ROOT

WAYS = [(one, other) for one in TOOLS for other in TOOLS if one is not other]


def test_the_page_shows_what_is_true() -> None:
    page = (ROOT / "docs" / "text.md").read_text(encoding="utf-8")
    assert table() in page, "python -m benchmarks.text_features prints the table that belongs there"


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way[0].name} to {way[1].name}")
def test_nothing_is_lost_in_silence(way: tuple[Tool, Tool]) -> None:
    assert len(features()) >= 40
    assert [feature.name for feature in features() if crossing(feature, *way) is Verdict.SILENT] == []


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_nine_of_ten_features_come_back_the_same(tool: Tool) -> None:
    verdicts = [round_trip(feature, tool) for feature in features()]
    assert Verdict.SILENT not in verdicts
    assert verdicts.count(Verdict.SAME) >= 0.9 * len(verdicts)


@pytest.mark.parametrize(
    ("after", "verdict"),
    [
        ("a **b** [c](https://example.com)", Verdict.SAME),
        ("a b c (https://example.com)", Verdict.READABLE),
        ("a b [link omitted: c]", Verdict.NAMED),
        ("a b c", Verdict.SILENT),
        ("b a c https://example.com", Verdict.SILENT),
    ],
)
def test_the_judge_sees_what_became_of_a_text(after: str, verdict: Verdict) -> None:
    assert judge("a **b** [c](https://example.com)", after) is verdict
