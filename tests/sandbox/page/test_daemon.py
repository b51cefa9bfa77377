"""A person at the page, a real daemon behind it: what is done in one tool arrives in the others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from sandbox.app import make_sandbox
from sandbox.service import Conditions
from tests.integration.installation import Installation
from tests.integration.small import RULES, company, ticket
from tests.sandbox.page.screen import open_item

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    sandbox = make_sandbox(
        Conditions(limits=False), company=company(ticket("Export stops", "seen before", labels=()))
    )
    with sandbox.running(), Installation(tmp_path, sandbox, RULES).daemon(hooks=["zendesk", "jira"]):
        context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
        opened = context.new_page()
        opened.goto(sandbox.page_url)
        expect(opened.locator("#connection")).to_have_attribute("data-state", "live")
        yield opened
        context.close()


def test_a_label_makes_an_issue_and_a_comment_comes_back(page: Page) -> None:
    at_desk = open_item(page, "zendesk", "1")
    at_desk.get_by_label("Add a tag").fill("bug")
    at_desk.get_by_label("Add a tag").press("Enter")
    issue = page.locator(".card[data-service=jira]", has_text="Export stops")
    expect(issue).to_be_visible()
    issue.click()
    in_jira = page.locator("#lane-jira .item")
    expect(in_jira.locator(".comment")).to_contain_text("seen before")
    in_jira.get_by_label("Comment", exact=True).fill("the cursor is forgotten")
    in_jira.locator(".composer .primary").click()
    arrived = at_desk.locator(".comment", has_text="the cursor is forgotten")
    expect(arrived).to_be_visible()
    expect(arrived).to_have_attribute("data-audience", "internal")
    at_desk.get_by_label("Priority").select_option("urgent")
    expect(in_jira.get_by_label("Priority")).to_have_value("Highest")
