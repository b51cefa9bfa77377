"""The emulated Help Center: articles by time, and words that only translations change."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.zendesk.library import PERMISSION_GROUP, SIGNED_IN
from tests.sandbox.zendesk_desk import Account, zendesk_account


@pytest.fixture
def account() -> Iterator[Account]:
    yield from zendesk_account(limits=False)


@pytest.fixture
def article(account: Account) -> int:
    def write() -> int:
        library, author = account.service.library, next(iter(account.service.state.users))
        return library.write(library.section("Exports"), "How to export", "<p>Press it</p>", author).id

    return account.sandbox.call(write)


def test_words_change_through_translations_alone(account: Account, article: int) -> None:
    path = f"help_center/articles/{article}"
    wanted = {"title": "Other", "body": "<p>x</p>", "draft": True, "promoted": True}
    changed = account.put(f"{path}.json", article=wanted).json()["article"]
    assert (changed["title"], changed["draft"], changed["promoted"]) == ("How to export", False, True)
    words = account.put(
        f"{path}/translations/en-us.json", translation={"body": "<p>Hold it</p><script>x</script>"}
    ).json()["translation"]
    assert (words["title"], words["body"]) == ("How to export", "<p>Hold it</p>")
    assert account.get(f"{path}.json").json()["article"]["body"] == "<p>Hold it</p>"
    assert account.put(f"{path}/translations/de.json", translation={"title": "x"}).status_code == 404
    german = {"locale": "de", "title": "Export", "body": "<p>Hier</p>"}
    assert account.post(f"{path}/translations.json", translation=german).status_code == 201
    assert account.post(f"{path}/translations.json", translation=german).status_code == 422
    rows = account.get(f"{path}/translations.json").json()["translations"]
    assert [row["locale"] for row in rows] == ["en-us", "de"]


def test_edited_moves_with_words_and_updated_with_everything(account: Account, article: int) -> None:
    path = f"help_center/articles/{article}"
    account.pass_time(10)
    account.post(f"{path}/labels.json", label={"name": "beta"})
    labelled = account.get(f"{path}.json").json()["article"]
    assert labelled["label_names"] == ["beta"]
    assert labelled["edited_at"] < labelled["updated_at"]
    account.pass_time(10)
    account.put(f"{path}/translations/en-us.json", translation={"title": "New"})
    edited = account.get(f"{path}.json").json()["article"]
    assert edited["edited_at"] == edited["updated_at"] > labelled["updated_at"]


def test_the_export_goes_by_the_time_of_the_last_change(account: Account, article: int) -> None:
    start = int(account.sandbox.clock.now().timestamp())
    account.pass_time(5)
    assert account.get("help_center/incremental/articles.json", start_time=start + 5).json()["articles"] == []
    account.put(f"help_center/articles/{article}/translations/en-us.json", translation={"title": "New"})
    page = account.get("help_center/incremental/articles.json", start_time=start + 5, include="sections")
    told = page.json()
    assert [row["title"] for row in told["articles"]] == ["New"]
    assert told["sections"][0]["name"] == "Exports"
    assert (told["next_page"], "end_of_stream" in told) == (None, False)


def test_archived_articles_just_vanish(account: Account, article: int) -> None:
    assert account.client.delete(f"/api/v2/help_center/articles/{article}.json").status_code == 204
    assert account.get(f"help_center/articles/{article}.json").status_code == 404
    assert account.get("help_center/incremental/articles.json", start_time=0).json()["articles"] == []


def test_articles_are_created_in_a_section_with_a_permission_group(account: Account, article: int) -> None:
    section = account.get("help_center/sections.json").json()["sections"][0]["id"]
    path = f"help_center/sections/{section}/articles.json"
    wanted = {"title": "New", "body": "<p>b</p>", "locale": "en-us", "label_names": ["a"]}
    assert account.post(path, article=wanted).status_code == 422
    more = {"permission_group_id": PERMISSION_GROUP, "user_segment_id": SIGNED_IN}
    made = account.post(path, article=wanted | more)
    assert (made.status_code, made.json()["article"]["user_segment_id"]) == (201, SIGNED_IN)
    assert [row["title"] for row in account.get(path).json()["articles"]] == ["How to export", "New"]
    assert len(account.get("help_center/articles.json", label_names="a").json()["articles"]) == 1
    [hit] = account.get("help_center/articles/search.json", query="press").json()["results"]
    assert (hit["result_type"], hit["snippet"]) == ("article", "<em>Press</em> it")
    assert account.get("help_center/categories.json").json()["categories"][0]["name"] == "General"


def test_labels_votes_and_comments(account: Account, article: int) -> None:
    path = f"help_center/articles/{article}"
    label = account.post(f"{path}/labels.json", label={"name": "beta"}).json()["label"]["id"]
    assert account.client.delete(f"/api/v2/{path}/labels/{label}.json").status_code == 204
    assert account.client.delete(f"/api/v2/{path}/labels/{label}.json").status_code == 404
    library, state = account.service.library, account.service.state
    ann = state.users_by_email["ann.ames@acme.example"]

    def react() -> None:
        library.vote(library.articles[article], 1)
        library.vote(library.articles[article], -1)
        library.vote(library.articles[article], 1)
        library.remark(library.articles[article], ann.id, "<p>Thanks</p>")

    account.sandbox.call(react)
    shown = account.get(f"{path}.json").json()["article"]
    assert (shown["vote_sum"], shown["vote_count"]) == (1, 3)
    told = account.get(f"{path}/comments.json", include="users").json()
    assert [row["body"] for row in told["comments"]] == ["<p>Thanks</p>"]
    assert told["users"][0]["name"] == "Ann Ames"


def test_articles_raise_events_of_their_own(account: Account, article: int) -> None:
    account.service.subscribe(account.hook_url)
    path = f"help_center/articles/{article}/translations/en-us.json"
    account.put(path, translation={"draft": True})
    account.put(path, translation={"draft": False})
    account.sandbox.drain()
    raws = [raw for _, raw in account.receiver.requests]
    assert [b"article.unpublished" in raw for raw in raws] == [True, False]
    assert all(f'"subject":"zen:article:{article}"'.encode() in raw for raw in raws)


def test_customers_see_no_api_of_it(account: Account) -> None:
    with account.as_user("ann.ames@acme.example") as customer:
        assert customer.get("/api/v2/help_center/articles.json").status_code == 403
