"""Nothing is tracked that belongs to one machine, to one person or to nobody."""

from __future__ import annotations

import re

from tests.repository.dockerfile import ROOT
from tests.repository.tracked import files, texts

LONGEST, LONGEST_TEST = 400, 500
"""Lines of a Python file: beyond that it has two subjects. Tests are lists, and easier to read on."""

LARGEST = 1_000_000
"""Bytes of a file: beyond that it is data, which is not kept here."""

FOREIGN = {
    "a host of a package registry": r"\b(pypi|npmjs|pythonhosted|registry\.\w+)\.(org|com)\b",
    "a path of one machine": r"(?<![\w.$}/])/(work|farm|root|home/\w+|Users/\w+)/",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/=\n]{64}",
    "a GitHub token": r"\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{60,})",
    "a Notion token": r"\b(ntn|secret)_[A-Za-z0-9]{40,}",
    "an Atlassian token": r"\bATATT[A-Za-z0-9_=-]{40,}",
    "a cloud key": r"\b(AKIA[0-9A-Z]{16}|xox[abp]-\d{6,}-)",
    "something left for later": r"(#|//|<!--) ?(TODO|FIXME|XXX|HACK)\b",
}


def test_no_file_holds_what_does_not_belong_there() -> None:
    found = [
        f"{path}: {what}: {match[0]}"
        for path, text in texts()
        if path.name != "test_tracked_files.py"
        for what, pattern in FOREIGN.items()
        if (match := re.search(pattern, text))
    ]
    assert not found


def test_the_patterns_find_what_they_are_for() -> None:
    examples = [
        "see pypi" + ".org",
        "in /wor" + "k/main",
        "-----BEGIN RSA PRIVATE KEY-----\n" + "A" * 64,
        "ghp_" + "a" * 36,
        "ntn_" + "1" * 46,
        "ATATT3x" + "b" * 50,
        "AKIA" + "A" * 16,
        "# TODO: later",
    ]
    for pattern, example in zip(FOREIGN.values(), examples, strict=True):
        assert re.search(pattern, example), example
    assert not any(
        re.search(pattern, "a workflow/work in progress, {{ root }}/x") for pattern in FOREIGN.values()
    )


def test_files_are_short_enough_to_have_one_subject() -> None:
    lengths = {path: text.count("\n") for path, text in texts() if path.suffix == ".py"}
    limits = {path: LONGEST_TEST if path.parts[0] == "tests" else LONGEST for path in lengths}
    assert {str(path): lines for path, lines in lengths.items() if lines > limits[path]} == {}


def test_no_file_is_data() -> None:
    assert [str(path) for path in files() if (ROOT / path).stat().st_size > LARGEST] == []


def test_text_files_end_with_a_line_end_of_one_kind() -> None:
    assert [str(path) for path, text in texts() if text and not text.endswith("\n")] == []
    assert [str(path) for path, text in texts() if "\r\n" in text] == []
