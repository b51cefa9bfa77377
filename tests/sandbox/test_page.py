"""The page in a real browser: what a person sees, does and hears, with the mouse and without it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, Playwright, expect, sync_playwright

from sandbox.app import WholeSandbox
from tests.sandbox.fake import BOT, FakeGitHub, FakeJira, FakeNotion, FakeZendesk, running_fakes

pytestmark = pytest.mark.browser

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
UNNAMED = """() => [...document.querySelectorAll("button, input, select, textarea, a[href]")]
  .filter((element) => element.offsetParent)
  .filter((element) => !(element.getAttribute("aria-label") || element.labels?.[0]?.textContent.trim()
    || element.textContent.trim()))
  .map((element) => element.outerHTML)"""


def chromium() -> str | None:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    return found or next((path for path in ["/usr/bin/chromium"] if Path(path).exists()), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = chromium()
    if executable is None:
        pytest.skip("chromium is not installed: the page was not tested (Debian: apt install chromium)")
    playwright: Playwright
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=FLAGS)
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


def test_four_tools_side_by_side(page: Page) -> None:
    expect(page.locator(".lane h2")).to_have_text(["Zendesk", "Jira", "GitHub", "Notion"])
    tops = page.locator(".lane").evaluate_all(
        "lanes => lanes.map((lane) => lane.getBoundingClientRect().top)"
    )
    assert len(set(tops)) == 1
    assert keys(page, "jira") == ["ENG-3", "ENG-2", "ENG-1"]
    second = card(page, "zendesk", "2")
    expect(second.locator(".card-title")).to_have_text("Second of zendesk")
    expect(second.locator(".status")).to_have_text("new")
    expect(second.locator(".urgent")).to_have_text("high")
    expect(second.locator(".tag")).to_have_text(["bug", "export"])
    expect(lane(page, "zendesk").locator(".calls")).to_have_text("0 calls")


def test_internal_note_and_public_reply(page: Page, sandbox: WholeSandbox) -> None:
    item = open_item(page, "zendesk", "1")
    box, send = item.get_by_label("Comment", exact=True), item.locator(".composer .primary")
    expect(send).to_have_text("Add note")
    box.fill("Only for us")
    send.click()
    expect(item.locator(".comment")).to_have_count(1)
    expect(box).to_have_value("")
    item.get_by_role("radio", name="Public").check()
    expect(send).to_have_text("Send reply")
    box.fill("Dear customer")
    box.press("Control+Enter")
    expect(item.locator(".comment")).to_have_count(2)
    expect(item.locator(".comment").nth(0)).to_have_attribute("data-audience", "internal")
    expect(item.locator(".comment").nth(0)).to_contain_text("Internal note")
    expect(item.locator(".comment").nth(1)).to_have_attribute("data-audience", "customer")
    expect(item.locator(".comment").nth(1)).to_contain_text("Customer sees this")
    colours = item.locator(".comment").evaluate_all(
        "all => all.map((one) => getComputedStyle(one).backgroundColor)"
    )
    assert len(set(colours)) == 2, "who reads it can be seen at a glance"
    said = sandbox.service(FakeZendesk).items["1"].comments
    assert [(comment.text, comment.internal) for comment in said] == [
        ("Only for us", True),
        ("Dear customer", False),
    ]


def test_no_choice_of_audience_where_there_is_none(page: Page) -> None:
    item = open_item(page, "jira", "1")
    expect(item.get_by_role("radio")).to_have_count(0)
    item.get_by_label("Comment", exact=True).fill("Found it")
    item.get_by_role("button", name="Comment").click()
    expect(item.locator(".comment")).to_contain_text("Found it")


def test_fields_and_labels(page: Page, sandbox: WholeSandbox) -> None:
    item, zendesk = open_item(page, "zendesk", "2"), sandbox.service(FakeZendesk)
    item.get_by_label("Status").select_option("hold")
    expect(item.locator(".item-bar .status")).to_have_text("hold")
    item.get_by_label("Priority").select_option("urgent")
    item.get_by_role("button", name="Remove bug").click()
    expect(item.locator(".labels .tag")).to_have_count(1)
    item.get_by_label("Add a tag").fill("vip")
    item.get_by_label("Add a tag").press("Enter")
    expect(item.locator('.labels [data-label="vip"]')).to_be_visible()
    item.get_by_role("button", name="Rename").click()
    item.get_by_label("Title").fill("A better title")
    item.get_by_label("Title").press("Enter")
    expect(item.locator(".item-title")).to_have_text("A better title")
    now = zendesk.items["2"]
    assert (now.status, now.priority, now.labels, now.title) == (
        "hold",
        "urgent",
        ("export", "vip"),
        "A better title",
    )


def test_a_tool_without_priorities_shows_none(page: Page) -> None:
    item = open_item(page, "github", "1")
    expect(item.get_by_label("Status")).to_be_visible()
    expect(item.get_by_label("Priority")).to_be_hidden()


def test_a_refusal_is_shown_and_undone(
    page: Page, sandbox: WholeSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = open_item(page, "zendesk", "1")
    item.get_by_label("Add a tag").fill("forbidden")
    item.get_by_label("Add a tag").press("Enter")
    expect(lane(page, "zendesk").get_by_role("alert")).to_have_text("this label is reserved")
    expect(item.get_by_label("Add a tag")).to_have_value("forbidden")
    monkeypatch.setattr(sandbox.service(FakeZendesk), "statuses", ("new",))
    item.get_by_label("Status").select_option("solved")
    expect(lane(page, "zendesk").get_by_role("alert")).to_contain_text("status must be one of new")
    expect(item.get_by_label("Status")).to_have_value("new")


def test_new_ticket_and_new_issue(page: Page, sandbox: WholeSandbox) -> None:
    zendesk = lane(page, "zendesk")
    zendesk.get_by_role("button", name="New ticket").click()
    expect(zendesk.get_by_label("Title")).to_be_focused()
    zendesk.get_by_label("Title").fill("Cannot log in")
    zendesk.get_by_label("Text").fill("Since **today**.")
    zendesk.get_by_label("Tags").fill("bug, sso")
    zendesk.get_by_role("button", name="Create").click()
    expect(zendesk.locator(".item .item-title")).to_have_text("Cannot log in")
    expect(zendesk.locator(".item-body strong")).to_have_text("today")
    zendesk.get_by_role("button", name="All tickets").click()
    assert keys(page, "zendesk")[0] == "ZD-3"
    assert sandbox.service(FakeZendesk).items["3"].labels == ("bug", "sso")

    jira = lane(page, "jira")
    jira.get_by_role("button", name="New issue").click()
    expect(jira.get_by_label("Project").locator("option")).to_have_text(["ENG", "MOB"])
    jira.get_by_label("Project").select_option("MOB")
    jira.get_by_label("Title").fill("Crash")
    jira.get_by_label("Title").press("Enter")
    expect(jira.locator(".item .item-about")).to_contain_text("MOB")
    assert sandbox.service(FakeJira).items["4"].container == "MOB"


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


def test_text_is_only_text(page: Page, sandbox: WholeSandbox) -> None:
    evil = (
        "<img src=x onerror=\"document.title='owned'\"> <script>document.title='owned'</script>\n\n"
        "[click](javascript:document.title='owned') [fine](https://docs.example/a?b=1) https://docs.example/bare.\n\n"
        "> quoted\n\n- [x] one\n- two **bold**\n\n```html\n<b>code</b>\n```\n"
    )
    zendesk = sandbox.service(FakeZendesk)
    item = sandbox.call(
        lambda: zendesk.person_creates(title="<b>Title</b>", body=evil, labels=["<i>label</i>"])
    )
    sandbox.call(lambda: zendesk.say(item, "<u>Author</u>", evil, internal=False))
    opened = open_item(page, "zendesk", item)
    tell(sandbox, "<img src=x onerror=alert(1)>", "note")
    expect(page.locator("#story-now")).to_have_text("<img src=x onerror=alert(1)>")
    expect(opened.locator(".item-title")).to_have_text("<b>Title</b>")
    expect(opened.locator(".comment b").first).to_have_text("<u>Author</u>")
    body = opened.locator(".item-body")
    expect(body).to_contain_text("<script>document.title='owned'</script>")
    assert body.locator("a").evaluate_all("all => all.map((one) => one.getAttribute('href'))") == [
        "https://docs.example/a?b=1",
        "https://docs.example/bare",
    ]
    expect(body.locator("pre code")).to_have_text("<b>code</b>")
    expect(body.locator("blockquote")).to_have_text("quoted")
    expect(body.locator("li")).to_have_text(["☑ one", "two bold"])
    assert page.locator(".lane img, .lane script, .lane i, .lane u").count() == 0
    assert page.title() == "Loopwright sandbox"


def test_long_mails_are_folded(page: Page, sandbox: WholeSandbox) -> None:
    text = "\n".join(f"Line {number}" for number in range(60))
    sandbox.call(lambda: sandbox.service(FakeZendesk).say("1", "Ada", text, internal=False))
    item = open_item(page, "zendesk", "1")
    low = item.locator(".comment").bounding_box()
    item.get_by_role("button", name="Show all").click()
    high = item.locator(".comment").bounding_box()
    assert low is not None
    assert high is not None
    assert high["height"] > 2 * low["height"]


def test_search(page: Page) -> None:
    jira = lane(page, "jira")
    jira.get_by_role("searchbox").fill("mirror")
    expect(jira.locator(".card")).to_have_count(1)
    jira.get_by_role("searchbox").fill("nothing like it")
    expect(jira.get_by_text("No issues found.")).to_be_visible()
    jira.get_by_role("searchbox").fill("")
    expect(jira.locator(".card")).to_have_count(3)


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
