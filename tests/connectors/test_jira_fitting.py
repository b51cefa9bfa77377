"""What is longer than Jira takes, counted as Jira counts it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.jira import fitting as module
from connectors.jira.fitting import fitting, fitting_title
from connectors.model import CommentDraft, Draft
from connectors.text import wiki
from tests.conformance.jira_data_center_world import DataCenterSite, data_center_site
from tests.connectors.text.soup import soups, steady


@pytest.fixture
def site() -> Iterator[DataCenterSite]:
    with data_center_site() as site:
        yield site


@given(soups, st.integers(1, 50))
@settings(steady, max_examples=100)
def test_whatever_is_sent_is_short_enough_in_markup(text: str, times: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LONGEST", 1_000)
        kept = fitting("\n\n".join([text] * times))
    assert len(wiki.from_markdown(kept)) <= 1_000


@pytest.mark.parametrize("text", ["{" * 30_000, "a & b &amp; " * 2_400, "\\\\" * 14_000, "# " * 14_000])
def test_texts_that_grow_on_the_way_arrive_cut(site: DataCenterSite, text: str) -> None:
    item = site.connector.create(Draft(container="ENG", title="Long", body=text, marker="lw-1"))
    assert len(str((site.issue(item.ref.key).description or {}).get("text"))) <= 32_767
    comment = site.connector.comment(item.ref, CommentDraft(body=text, marker="lw-2"))
    for arrived in (item.body, comment.body):
        assert arrived


def test_what_fits_is_left_alone() -> None:
    text = "A line of a log\n" * 1_800
    assert fitting(text) == text
    assert fitting_title("x" * 255) == "x" * 255
    assert len(fitting_title("x" * 256)) == 255
