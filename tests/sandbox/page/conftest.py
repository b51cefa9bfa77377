"""A real headless Chromium in front of a sandbox of fake services."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from sandbox.app import WholeSandbox
from tests.sandbox.fake import running_fakes

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def chromium() -> str | None:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    return found or next((path for path in ["/usr/bin/chromium"] if Path(path).exists()), None)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    executable = chromium()
    if executable is None:
        pytest.skip("chromium is not installed: the page was not tested (Debian: apt install chromium)")
    playwright: Playwright
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        # A busy machine is no failure of the page: what comes, comes long before that.
        expect.set_options(timeout=90_000)
        yield opened
        opened.close()


@pytest.fixture
def sandbox() -> Iterator[WholeSandbox]:
    with running_fakes() as running:
        yield running


@pytest.fixture
def page(browser: Browser, sandbox: WholeSandbox) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    complaints: list[str] = []
    strangers: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: strangers.append(request.url))
    page.goto(sandbox.page_url)
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    yield page
    context.close()
    assert not [url for url in strangers if not url.startswith((sandbox.page_url, "data:"))]
    assert not [words for words in complaints if "Failed to load resource" not in words], complaints
