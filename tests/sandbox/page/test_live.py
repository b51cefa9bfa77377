"""What others do arrives on the page by itself, and the story is told."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from sandbox.app import WholeSandbox
from tests.sandbox.fake import BOT, FakeGitHub, FakeNotion
from tests.sandbox.page.screen import api_comment, card, keys, lane, open_item, tell

pytestmark = pytest.mark.browser


def test_what_a_program_writes_arrives_live(page: Page, sandbox: WholeSandbox) -> None:
    item = open_item(page, "zendesk", "1")
    item.get_by_label("Comment", exact=True).fill("half a sentence")
    api_comment(sandbox, "1", "ENG-3 is done")
    expect(item.locator(".comment")).to_contain_text(BOT)
    expect(item.locator(".comment")).to_contain_class("is-fresh")
    expect(item.locator(".comment .chip")).to_have_text("ENG-3")
    expect(item.get_by_label("Comment", exact=True)).to_have_value("half a sentence")
    item.get_by_role("button", name="All tickets").click()
    assert keys(page, "zendesk") == ["ZD-1", "ZD-2"], "what changed last stands first"
    expect(card(page, "zendesk", "1")).to_contain_class("is-fresh")
    expect(lane(page, "zendesk").locator(".calls")).to_have_text("1 call")


def test_what_is_deleted_disappears(page: Page, sandbox: WholeSandbox) -> None:
    open_item(page, "notion", "1")
    sandbox.call(lambda: sandbox.service(FakeNotion).remove("1"))
    expect(lane(page, "notion").locator(".item")).to_have_count(0)
    assert keys(page, "notion") == ["N-00000002"]


def test_counterparts_are_recognised(page: Page, sandbox: WholeSandbox) -> None:
    mirror, ticket = card(page, "jira", "3"), card(page, "zendesk", "1")
    mirror.hover()
    expect(ticket).to_contain_class("is-linked")
    expect(page.locator("#threads path")).to_have_count(1)
    card(page, "github", "1").hover()
    lane(page, "github").locator("h2").hover()
    expect(ticket).not_to_contain_class("is-linked")
    expect(page.locator("#threads path")).to_have_count(0)
    ticket.focus()
    expect(mirror).to_contain_class("is-linked")


def test_the_story_is_told(page: Page, sandbox: WholeSandbox) -> None:
    tell(sandbox, "Ada writes a ticket", "person", {"service": "zendesk", "id": "2"})
    now = page.locator("#story-now")
    expect(now).to_have_attribute("data-kind", "person")
    expect(now).to_contain_text("Ada writes a ticket")
    tell(
        sandbox,
        "It becomes an issue",
        "sync",
        {"service": "zendesk", "id": "2"},
        {"service": "jira", "key": "ENG-1"},
    )
    expect(now.locator(".chip")).to_have_text(["ZD-2", "ENG-1"])
    expect(card(page, "zendesk", "2")).to_contain_class("is-linked")
    expect(card(page, "jira", "1")).to_contain_class("is-linked")
    expect(page.locator("#threads path")).to_have_count(1)
    page.get_by_role("button", name="Story · 2").click()
    expect(page.locator("#story-log li")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.locator("#story-log")).to_be_hidden()
    now.locator(".chip", has_text="ENG-1").click()
    expect(lane(page, "jira").locator(".item-title")).to_have_text("First of jira")
    expect(lane(page, "jira").locator(".item-linked .chip")).to_have_text("ZD-2")


def test_who_comes_late_hears_the_whole_story(page: Page, sandbox: WholeSandbox) -> None:
    tell(sandbox, "One", "note")
    tell(sandbox, "Two", "note")
    page.reload()
    expect(page.locator("#story-now")).to_have_text("Two")
    expect(page.locator("#story-count")).to_have_text("2")


def test_a_lost_connection_is_shown(page: Page, sandbox: WholeSandbox) -> None:
    sandbox.stop()
    expect(page.locator("#connection")).to_have_attribute("data-state", "lost", timeout=10_000)
    expect(page.locator("#connection")).to_contain_text("Reconnecting")
    card(page, "github", "1").click()
    expect(lane(page, "github").get_by_role("alert")).to_contain_text("Is it still running?")


def test_github_issue_changes_on_both_sides_of_the_wire(page: Page, sandbox: WholeSandbox) -> None:
    """Hints of the tool that come while a person works on the same item keep the person's choice."""
    item = open_item(page, "github", "2")
    item.get_by_label("Status").select_option("closed")
    expect(item.locator(".item-bar .status")).to_have_text("closed")
    github = sandbox.service(FakeGitHub)
    sandbox.call(lambda: github.change("2", title="Renamed elsewhere"))
    expect(item.locator(".item-title")).to_have_text("Renamed elsewhere")
    expect(item.get_by_label("Status")).to_have_value("closed")
