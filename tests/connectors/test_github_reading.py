"""Reading the emulated GitHub where it is at its most particular: large lists, reactions, renamed labels."""

from __future__ import annotations

import pytest

from connectors.github import listing
from tests.connectors.github_rig import APP, Rig, rig

__all__ = ["rig"]


def test_a_list_for_which_github_refuses_page_numbers_is_read_to_its_end(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.github.door.LARGE", 4)
    monkeypatch.setattr(listing, "PER_PAGE", 2)
    before = len(rig.gate.calls)
    items, cursor = rig.all_changes()
    assert sorted(item.title for item in items) == [f"Issue {number}" for number in range(1, 9)]
    assert rig.gate.calls[before:].count(f"GET /repos/{APP}/issues") == 1, "the links lead on"
    rig.sandbox.call(lambda: rig.service.person_sets(rig.ref(3).id, title="Changed"))
    assert "Changed" in {item.title for item in rig.all_changes(cursor)[0]}


def test_reactions_and_renamed_labels_are_found_when_everything_is_read_again(rig: Rig) -> None:
    rig.connector.close()
    rig.connector = rig.open(sweep_hours=24, overlap_seconds=0)
    _, cursor = rig.all_changes()
    issue = rig.service.state.issues[int(rig.ref(1).id)]
    label = issue.labels[0]
    rig.sandbox.call(lambda: rig.service.state.react(issue, rig.service.bot, "heart"))
    rig.sandbox.call(lambda: rig.service.state.edit_label(issue.repository, label, rig.service.bot, "defect"))
    found, cursor = rig.all_changes(cursor)
    assert issue.id not in {int(item.ref.id) for item in found}, "no time of update tells of them"
    rig.sandbox.clock.advance(24 * 3600)
    rig.all_changes(cursor)  # the first answer tells that a day has passed
    found, cursor = rig.all_changes(cursor)
    [item] = [item for item in found if item.ref == rig.ref(1)]
    assert (item.votes, item.labels) == (1, ("defect",))
