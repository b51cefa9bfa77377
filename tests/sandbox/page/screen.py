"""Where things are on the page, and what others do while somebody looks at it."""

from __future__ import annotations

import httpx
from playwright.sync_api import Locator, Page, expect

from sandbox.app import WholeSandbox
from tests.sandbox.fake import FakeZendesk


def lane(page: Page, name: str) -> Locator:
    return page.locator(f"#lane-{name}")


def card(page: Page, name: str, item: str) -> Locator:
    return page.locator(f'.card[data-service="{name}"][data-id="{item}"]')


def keys(page: Page, name: str) -> list[str | None]:
    return [found.get_attribute("data-key") for found in lane(page, name).locator(".card").all()]


def open_item(page: Page, name: str, item: str) -> Locator:
    card(page, name, item).click()
    opened = lane(page, name).locator(f'.item[data-id="{item}"]')
    expect(opened).to_be_visible()
    return opened


def api_comment(sandbox: WholeSandbox, item: str, text: str, *, internal: bool = True) -> None:
    """What a program writes through the service's own API."""
    url = f"{sandbox.service(FakeZendesk).base_url}/items/{item}/comments"
    httpx.post(url, json={"text": text, "internal": internal}, trust_env=False).raise_for_status()


def tell(sandbox: WholeSandbox, text: str, kind: str, *refs: dict[str, str]) -> None:
    line = {"text": text, "kind": kind, "refs": list(refs)}
    httpx.post(f"{sandbox.page_url}/api/story", json=line, trust_env=False).raise_for_status()
