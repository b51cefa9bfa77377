"""The page without a mouse, on small screens, for weak eyes and for those who like it calm."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from sandbox.app import WholeSandbox
from tests.sandbox.fake import FakeZendesk
from tests.sandbox.page.screen import api_comment, card, lane, open_item, tell

pytestmark = pytest.mark.browser

UNNAMED = """() => [...document.querySelectorAll("button, input, select, textarea, a[href]")]
  .filter((element) => element.offsetParent)
  .filter((element) => !(element.getAttribute("aria-label") || element.labels?.[0]?.textContent.trim()
    || element.textContent.trim()))
  .map((element) => element.outerHTML)"""


def test_everything_works_from_the_keyboard(page: Page) -> None:
    card(page, "jira", "3").focus()
    page.keyboard.press("ArrowDown")
    expect(card(page, "jira", "2")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(lane(page, "jira").locator(".item-title")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Rename")).to_be_focused()
    page.keyboard.press("Escape")
    expect(card(page, "jira", "2")).to_be_focused()
    outline = card(page, "jira", "2").evaluate("element => getComputedStyle(element).outlineStyle")
    assert outline == "solid", "one sees where the focus is"


def test_every_control_has_a_name(page: Page) -> None:
    assert page.evaluate(UNNAMED) == []
    open_item(page, "zendesk", "2")
    lane(page, "jira").get_by_role("button", name="New issue").click()
    expect(lane(page, "jira").get_by_label("Title")).to_be_visible()
    assert page.evaluate(UNNAMED) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(page: Page, sandbox: WholeSandbox, scheme: str) -> None:
    """Every text has a contrast of 4.5 to 1 against what lies behind it (WCAG AA)."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    sandbox.call(lambda: sandbox.service(FakeZendesk).say("1", "Ada", "Hi `code` ENG-1", internal=True))
    tell(sandbox, "It happens", "sync", {"service": "notion", "id": "1"}, {"service": "github", "id": "1"})
    open_item(page, "zendesk", "1")
    weak = page.evaluate((Path(__file__).parent / "contrast.js").read_text())
    assert weak == []


@pytest.mark.parametrize(("width", "columns"), [(1440, 4), (900, 2), (390, 1)])
def test_narrow_screens_stack_the_tools(page: Page, width: int, columns: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    lefts = page.locator(".lane").evaluate_all("all => all.map((one) => one.getBoundingClientRect().left)")
    assert len(set(lefts)) == columns
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_calm_for_those_who_ask_for_it(page: Page, sandbox: WholeSandbox) -> None:
    api_comment(sandbox, "1", "Hello")
    fresh = card(page, "zendesk", "1")
    expect(fresh).to_contain_class("is-fresh")
    durations = page.evaluate(
        "document.getAnimations().map((one) => one.effect.getComputedTiming().duration)"
    )
    assert all(duration < 1 for duration in durations)
    assert fresh.evaluate("element => getComputedStyle(element).outlineStyle") == "solid", (
        "still marked as new"
    )
