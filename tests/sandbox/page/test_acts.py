"""What a person sees on the page and does there."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from sandbox.app import WholeSandbox
from tests.sandbox.fake import FakeJira, FakeZendesk
from tests.sandbox.page.screen import card, keys, lane, open_item, tell

pytestmark = pytest.mark.browser


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


def test_search(page: Page) -> None:
    jira = lane(page, "jira")
    jira.get_by_role("searchbox").fill("mirror")
    expect(jira.locator(".card")).to_have_count(1)
    jira.get_by_role("searchbox").fill("nothing like it")
    expect(jira.get_by_text("No issues found.")).to_be_visible()
    jira.get_by_role("searchbox").fill("")
    expect(jira.locator(".card")).to_have_count(3)


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
