"""Ties between issues: sub-issues and dependencies, read and written from either end."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from connectors.abilities import LinksItems
from connectors.errors import NotFound, Rejected
from connectors.model import LinkDraft, Ref
from tests.connectors.github_rig import APP, SDK, Rig, rig

__all__ = ["rig"]

OPPOSITES = {
    "parent of": "sub-issue of",
    "sub-issue of": "parent of",
    "blocks": "blocked by",
    "blocked by": "blocks",
}


def draft(relation: str, to: Ref | None, url: str = "") -> LinkDraft:
    return LinkDraft(relation=relation, to=to, url=url, marker="lw-1")


def ties(rig: Rig, ref: Ref) -> list[tuple[str, str]]:
    return [(link.relation, str(link.to)) for link in rig.connector.links(ref)]


@pytest.mark.parametrize("relation", OPPOSITES)
def test_a_tie_is_seen_from_both_ends_and_undone_from_either(rig: Rig, relation: str) -> None:
    assert isinstance(rig.connector, LinksItems)
    here, there = rig.ref(1), rig.ref(2)
    made = rig.connector.link(here, draft(relation, there))
    assert (made.relation, made.to, made.title) == (relation, there, "Issue 2")
    assert urlsplit(made.url).path == f"/{APP}/issues/2"
    assert rig.connector.links(here) == (made,)
    assert ties(rig, there) == [(OPPOSITES[relation], f"{APP}#1")]
    [other_end] = rig.connector.links(there)
    rig.connector.unlink(there, other_end.id)
    assert (ties(rig, here), ties(rig, there)) == ([], [])
    rig.connector.unlink(here, made.id)


def test_repeating_a_tie_makes_no_second_one(rig: Rig) -> None:
    for relation in ("parent of", "blocked by"):
        first = rig.connector.link(rig.ref(1), draft(relation, rig.ref(2)))
        assert rig.connector.link(rig.ref(1), draft(relation, rig.ref(2))) == first
    assert ties(rig, rig.ref(1)) == [("parent of", f"{APP}#2"), ("blocked by", f"{APP}#2")]


def test_a_second_parent_is_refused(rig: Rig) -> None:
    rig.connector.link(rig.ref(1), draft("parent of", rig.ref(3)))
    with pytest.raises(Rejected, match="one parent"):
        rig.connector.link(rig.ref(2), draft("parent of", rig.ref(3)))


def test_an_issue_without_ties_costs_one_call(rig: Rig) -> None:
    before = len(rig.gate.calls)
    assert rig.connector.links(rig.ref(4)) == ()
    assert len(rig.gate.calls) == before + 1


def test_ties_are_written_where_a_repository_is_called_now(rig: Rig) -> None:
    here, there = rig.ref(1), rig.ref(2)
    rig.connector.get(here)
    rig.connector.get(there)
    rig.sandbox.call(lambda: rig.service.person_renames(APP, "suite"))
    rig.connector.link(here, draft("blocks", there))
    assert ties(rig, here) == [("blocks", "northwind/suite#2")]


def test_an_issue_that_was_transferred_away_is_not_tied(rig: Rig) -> None:
    there = rig.ref(2)
    rig.sandbox.call(lambda: rig.service.person_transfers(there.id, SDK))
    with pytest.raises(NotFound, match="transferred"):
        rig.connector.link(rig.ref(1), draft("blocks", there))


@pytest.mark.parametrize("relation", ["relates to", "blocks"])
def test_what_github_has_no_tie_for_is_refused_before_anything_is_sent(rig: Rig, relation: str) -> None:
    to = rig.ref(2) if relation == "relates to" else None
    before = len(rig.gate.calls)
    with pytest.raises(Rejected, match="'sub-issue of'"):
        rig.connector.link(rig.ref(1), draft(relation, to, url="https://example.com"))
    assert len(rig.gate.calls) == before


def test_an_id_that_is_none_of_ours_is_not_found(rig: Rig) -> None:
    with pytest.raises(NotFound):
        rig.connector.unlink(rig.ref(1), "remote:5")
