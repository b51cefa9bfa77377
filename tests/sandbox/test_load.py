"""Reports of one's own: every line arrives, and a bad one is named."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.load import BadReports, read_reports
from sandbox.wiki import to_markdown

ALLOY = Path(__file__).parents[3] / "shared" / "data" / "alloy.jsonl.gz"
FIRST = {
    "id": "APP-1",
    "project": "APP",
    "title": "Crash on start",
    "body": "It *crashes* in {{main}}.",
    "created": "2026-03-01T08:00:00.000+0200",
    "type": "Bug",
    "priority": "High",
    "components": ["Core", "iOS"],
    "reporter": "person-1",
    "comments": [{"author": "person-2", "created": "2026-03-02T09:00:00+00:00", "body": "h2. Cause"}],
}
SECOND = {"id": "APP-2", "title": "Slow", "body": None, "created": "2026-03-03T00:00:00Z"}


def write(path: Path, *lines: object) -> Path:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


@pytest.mark.parametrize("name", ["reports.jsonl", "reports.jsonl.gz"])
def test_reads_plain_and_gzipped(tmp_path: Path, name: str) -> None:
    first, second = read_reports(write(tmp_path / name, FIRST, "", SECOND, ""))
    assert (first.id, first.title, first.type, first.priority) == ("APP-1", "Crash on start", "Bug", "High")
    assert first.body == "It **crashes** in `main`."
    assert first.created == datetime(2026, 3, 1, 6, tzinfo=UTC)
    assert (first.labels, first.reporter) == (("Core", "iOS"), "person-1")
    assert [(post.author, post.text) for post in first.posts] == [("person-2", "## Cause")]
    assert (second.body, second.labels, second.posts, second.priority) == ("", (), (), "")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{not json", "Invalid JSON"),
        ("[]", "Input should be an object"),
        ({"title": "x", "created": "2026-03-03T00:00:00Z"}, "id: Field required"),
        ({**SECOND, "title": ""}, "title: String should have at least 1 character"),
        ({**SECOND, "created": "yesterday"}, "created: Input should be a valid datetime"),
        ({**SECOND, "created": "2026-03-03T00:00:00"}, "created: Input should have timezone info"),
        ({**SECOND, "comments": [{"author": "a", "body": "b"}]}, "comments.0.created: Field required"),
        ({**SECOND, "id": "APP-1"}, "the id APP-1 was already used in line 1"),
    ],
)
def test_names_the_bad_line(tmp_path: Path, line: object, complaint: str) -> None:
    path = write(tmp_path / "reports.jsonl", FIRST, "", line)
    with pytest.raises(BadReports) as caught:
        read_reports(path)
    assert str(caught.value).startswith(f"{path}:3: ")
    assert complaint in str(caught.value)


def test_a_complaint_repeats_no_text_of_the_report(tmp_path: Path) -> None:
    path = write(tmp_path / "reports.jsonl", {**SECOND, "body": {"secret": "Mrs Miller's address"}})
    with pytest.raises(BadReports) as caught:
        read_reports(path)
    assert "Miller" not in str(caught.value)


def test_empty_file(tmp_path: Path) -> None:
    with pytest.raises(BadReports, match="no report in this file"):
        read_reports(write(tmp_path / "reports.jsonl"))


def test_truncated_archive(tmp_path: Path) -> None:
    path = write(tmp_path / "reports.jsonl.gz", FIRST, SECOND)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BadReports, match="damaged gzip data"):
        read_reports(path)


def test_what_is_no_archive(tmp_path: Path) -> None:
    path = tmp_path / "reports.jsonl.gz"
    path.write_text("plain")
    with pytest.raises(BadReports, match=r"reports.jsonl.gz:1: damaged gzip data"):
        read_reports(path)


def test_public_reports() -> None:
    if not ALLOY.exists():
        pytest.skip("the public reports are not beside this checkout")
    reports = read_reports(ALLOY)
    assert len(reports) == 1499
    assert sum(len(report.posts) for report in reports) > 3000
    texts = [report.body for report in reports] + [post.text for report in reports for post in report.posts]
    assert any("```" in text for text in texts)
    outside_code = ["".join(text.split("```")[::2]) for text in texts]
    assert not any("{code}" in text or "{noformat}" in text for text in outside_code)


@pytest.mark.parametrize(
    ("wiki", "markdown"),
    [
        ("plain text", "plain text"),
        ("h1. Title\ntext", "# Title\n\ntext"),
        ("*bold* and 2*3*4", "**bold** and 2*3*4"),
        ("{{Ti.UI}} here", "`Ti.UI` here"),
        ("{{a`b}}", "``a`b``"),
        ("see [the docs|https://docs.example/a]", "see [the docs](https://docs.example/a)"),
        ("see [https://docs.example/a]", "see <https://docs.example/a>"),
        ("x[0] and [~jane] and [^log.txt]", "x[0] and jane and `log.txt`"),
        ("[click|javascript:alert(1)]", "[click|javascript:alert(1)]"),
        ("a <View> tag, 1 < 2", "a \\<View> tag, 1 < 2"),
        ("!shot.png|thumbnail!", "`shot.png`"),
        ("* one\n** two\n# three", "- one\n  - two\n1. three"),
        ("before\n- one\n- two\nafter", "before\n\n- one\n- two\n\nafter"),
        ("{code:java|title=A.java}\nif (*a*) { }\n{code}", "```java\nif (*a*) { }\n```"),
        ("{code:title=A.js}x{code}", "```\nx\n```"),
        ("a\n{noformat}\n{code}\n{noformat}\nb", "a\n\n```\n{code}\n```\n\nb"),
        ("{code}\nnever closed", "```\nnever closed\n```"),
        ("{Code}a```b{CODE}", "````\na```b\n````"),
        ("{quote}said *so*{quote}\nyes", "> said **so**\n\nyes"),
        ("bq. said so", "> said so"),
        ("{color:red}warm{color}", "warm"),
        ("||a||b||\n|1|2|", "| a | b |\n| --- | --- |\n| 1 | 2 |"),
        ("|1|2|", "|  |  |\n| --- | --- |\n| 1 | 2 |"),
        ("one\r\n\r\ntwo", "one\n\ntwo"),
        ("a\n----\nb", "a\n\n---\n\nb"),
    ],
)
def test_wiki_markup(wiki: str, markdown: str) -> None:
    assert to_markdown(wiki) == markdown
