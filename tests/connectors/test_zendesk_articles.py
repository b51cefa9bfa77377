"""Help Center articles as documents: read by time, changed through translations, for nobody by accident."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.errors import NotFound, OutcomeUnknown, Rejected
from connectors.model import Audience, CommentDraft, Draft, Item, Kind, Patch, Ref
from connectors.zendesk import ZendeskConnector, ZendeskSettings
from sandbox.zendesk.library import SIGNED_IN, Article
from tests.conformance.zendesk_world import ZendeskAccount, zendesk_account
from tests.connectors.test_zendesk_webhooks import signed

EXPORT = "GET /api/v2/help_center/incremental/articles.json"


class Library:
    """An account whose Help Center is read, and its one article."""

    def __init__(self, account: ZendeskAccount) -> None:
        self.account = account
        self.connector = account.connect(articles=True)
        self.shelf = account.service.library
        self.sue = account.service.state.users_by_email["sue@northwind.example"]
        self.article = self.write("How to export")
        self.ref = Ref(connection="zendesk", id=f"article:{self.article.id}", key=f"HC-{self.article.id}")

    def write(self, title: str, section: str = "Exports") -> Article:
        body = '<p class="intro">Press <b>Export</b>.</p><p>Wait.</p>'
        return self.account.sandbox.call(
            lambda: self.shelf.write(self.shelf.section(section), title, body, self.sue.id)
        )

    def draft(self, **changed: object) -> Draft:
        wanted = {"container": "Exports", "title": "New", "body": "Some *text*", "marker": "lw-article-1"}
        return Draft.model_validate({**wanted, **changed})


@pytest.fixture
def library() -> Iterator[Library]:
    with zendesk_account() as account:
        yield Library(account)


def everything(connector: ZendeskConnector, cursor: str | None = None) -> tuple[dict[str, Item], str]:
    found: dict[str, Item] = {}
    while True:
        page = connector.changes(cursor)
        found |= {seen.item.ref.id: seen.item for seen in page.observations}
        cursor = page.cursor
        if not page.more:
            return found, cursor


def test_an_article_is_a_document(library: Library) -> None:
    item = everything(library.connector)[0][library.ref.id]
    assert (item.ref, item.ref.key, item.kind, item.container) == (
        library.ref,
        library.ref.key,
        Kind.DOC,
        "Exports",
    )
    assert (item.title, item.body) == ("How to export", "Press **Export**.\n\nWait.")
    assert (item.status, item.audience, item.votes, item.labels) == ("published", Audience.PUBLIC, 0, ())
    assert item.requester is not None
    assert item.requester.name == "Sue Port"
    assert item.url.endswith(f"/hc/en-us/articles/{library.article.id}")
    assert library.connector.get(library.ref).item == item


def test_an_idle_poll_is_three_calls_and_sees_later_edits(library: Library) -> None:
    _, cursor = everything(library.connector)
    before = library.account.calls()
    found, cursor = everything(library.connector, cursor)
    assert library.account.calls() - before == 3
    assert library.account.requests.made[-1] == EXPORT
    article, shelf = library.article, library.shelf
    library.account.sandbox.clock.advance(5)
    library.account.sandbox.call(lambda: shelf.translate(article, "en-us", library.sue.id, title="Anew"))
    library.account.sandbox.call(lambda: shelf.vote(article, 1))
    found, _ = everything(library.connector, cursor)
    assert (found[library.ref.id].title, found[library.ref.id].votes) == ("Anew", 1)


def test_many_articles_are_read_by_the_thousand(library: Library) -> None:
    def write() -> None:
        for number in range(1_100):
            library.shelf.write(library.shelf.section("Exports"), f"Article {number}", "", library.sue.id)
            library.account.sandbox.clock.advance(1)

    library.account.sandbox.call(write)
    found, _ = everything(library.connector)
    assert sum(item.kind is Kind.DOC for item in found.values()) == 1_101
    assert library.account.requests.made.count(EXPORT) == 2


def test_only_the_sections_of_the_settings_are_read(library: Library) -> None:
    other = library.write("Elsewhere", "Billing")
    connector = library.account.connect(articles=["Billing"])
    found = [ref for ref, item in everything(connector)[0].items() if item.kind is Kind.DOC]
    assert found == [f"article:{other.id}"]


def test_a_word_from_the_environment_is_taken_for_what_it_says() -> None:
    given = {"url": "https://a.example", "oauth_token": "t"}
    told = [["true"], ["false"], ["Billing"], True]
    read = [ZendeskSettings.model_validate({**given, "articles": one}).articles for one in told]
    assert read == [True, False, ("Billing",), True]


def test_who_reads_an_article_is_never_more_than_zendesk_says(library: Library) -> None:
    library.article.user_segment_id = SIGNED_IN
    assert library.connector.get(library.ref).item.audience is Audience.INTERNAL
    assert library.connector.audience("Exports") is Audience.INTERNAL
    library.article.user_segment_id = None
    assert library.connector.audience("Exports") is Audience.PUBLIC
    library.article.source.draft = True
    item = library.connector.get(library.ref).item
    assert (item.status, item.audience) == ("draft", Audience.INTERNAL)


def test_words_are_written_through_the_translation_and_what_was_not_edited_stays(library: Library) -> None:
    patch = Patch(fields={"title": "Anew", "body": "Press **Export**.\n\nWait a while."})
    before = library.account.calls()
    after = library.connector.update(library.ref, patch)
    assert library.account.calls() - before <= 4, "two, and what is read once: sections and authors"
    assert (after.title, after.body) == ("Anew", "Press **Export**.\n\nWait a while.")
    assert '<p class="intro">Press <b>Export</b>.</p>' in library.article.source.body
    assert library.connector.get(library.ref).item == after
    paths = [request for request in library.account.requests.made if "PUT" in request]
    assert paths == [f"PUT /api/v2/help_center/articles/{library.article.id}/translations/en-us.json"]


def test_a_draft_is_published_and_taken_back(library: Library) -> None:
    assert library.connector.update(library.ref, Patch(fields={"status": "Draft"})).status == "draft"
    assert library.article.source.draft
    assert library.connector.update(library.ref, Patch(fields={"status": "published"})).status == "published"
    with pytest.raises(Rejected, match="published or draft"):
        library.connector.update(library.ref, Patch(fields={"status": "open"}))


def test_labels_come_and_go_one_by_one(library: Library) -> None:
    for name in ("stays", "goes"):
        library.account.sandbox.call(lambda name=name: library.shelf.label(library.article, name))  # type: ignore[misc]
    patch = Patch(add_labels=("comes", "stays"), remove_labels=("goes", "never-there"))
    item = library.connector.update(library.ref, patch)
    assert item.labels == ("comes", "stays")
    assert library.connector.get(library.ref).item == item


def test_a_new_article_has_its_neighbours_readers_and_carries_its_marker(library: Library) -> None:
    library.article.user_segment_id = SIGNED_IN
    sent = library.account.sandbox.clock.now()
    draft = library.draft(labels=("beta",))
    assert library.connector.find(draft, sent) is None
    item = library.connector.create(draft)
    assert (item.title, item.body, item.container) == ("New", "Some *text*", "Exports")
    assert (item.marker, item.labels, item.audience) == (draft.marker, ("beta",), Audience.INTERNAL)
    assert library.connector.find(draft, sent) == item
    article = library.shelf.articles[int(item.ref.id.removeprefix("article:"))]
    assert (article.user_segment_id, article.author_id) == (SIGNED_IN, 900_001)
    assert library.connector.create(library.draft(status="draft", marker="lw-x")).status == "draft"


def test_a_section_that_tells_nothing_of_its_readers_gets_no_article(library: Library) -> None:
    library.account.sandbox.call(lambda: library.shelf.section("Empty"))
    with pytest.raises(Rejected, match="'Empty' is empty"):
        library.connector.create(library.draft(container="Empty"))
    with pytest.raises(Rejected, match="no brand 'Nowhere'"):
        library.connector.create(library.draft(container="Nowhere"))


def test_what_an_article_does_not_have_is_refused_before_it_is_written(library: Library) -> None:
    for patch in (Patch(fields={"priority": "high"}), Patch(fields={"title": None})):
        with pytest.raises(Rejected, match="an article's"):
            library.connector.update(library.ref, patch)
    with pytest.raises(Rejected, match="neither type"):
        library.connector.create(library.draft(priority="high"))
    with pytest.raises(Rejected, match="below articles"):
        library.connector.comment(library.ref, CommentDraft(body="x", marker="lw-1"))
    draft, now = CommentDraft(body="x", marker="lw-1"), library.account.sandbox.clock.now()
    assert library.connector.find_comment(library.ref, draft, now) is None
    assert library.connector.files(library.ref) == ()
    assert library.connector.links(library.ref) == ()


def test_comments_below_an_article_are_for_its_readers(library: Library) -> None:
    ann = library.account.service.state.users_by_email["ann.ames@acme.example"]
    for word in ("<p>one</p>", "<p>two</p>"):
        library.account.sandbox.call(lambda word=word: library.shelf.remark(library.article, ann.id, word))  # type: ignore[misc]
        library.account.sandbox.clock.advance(2)
    comments = library.connector.comments(library.ref)
    assert [(comment.body, comment.audience) for comment in comments] == [
        ("one", Audience.PUBLIC),
        ("two", Audience.PUBLIC),
    ]
    assert comments[0].author is not None
    assert comments[0].author.name == "Ann Ames"


def test_an_archived_article_is_not_found_and_nothing_else_is_said_of_it(library: Library) -> None:
    library.account.sandbox.call(lambda: library.shelf.archive(library.article))
    for ref in (library.ref, Ref(connection="zendesk", id="article:x")):
        with pytest.raises(NotFound):
            library.connector.get(ref)
    assert library.ref.id not in everything(library.connector)[0]


def test_an_update_that_fails_halfway_says_that_it_may_have_written(library: Library) -> None:
    library.account.breaks("unavailable", "POST /.*labels")
    with pytest.raises(OutcomeUnknown, match="in part"):
        library.connector.update(library.ref, Patch(fields={"title": "Half"}, add_labels=("new",)))
    assert library.article.source.title == "Half"
    library.account.breaks("rate_limited", "PUT /.*translations")
    with pytest.raises(Exception, match="429"):
        library.connector.update(library.ref, Patch(fields={"title": "None"}))


def test_many_writes_go_to_tickets_and_articles_alike(library: Library) -> None:
    ticket = library.draft(container="Northwind", marker="lw-t")
    made = library.connector.create_many([library.draft(), ticket], library.account.sandbox.clock.advance)
    assert [type(one) for one in made] == [Ref, Ref]
    assert isinstance(made[0], Ref)
    assert made[0].id.startswith("article:")
    assert isinstance(made[1], Ref)
    patches = [(library.ref, Patch(fields={"title": "x"})), (made[1], Patch(fields={"title": "y"}))]
    done = library.connector.update_many(patches, library.account.sandbox.clock.advance)
    assert done == (None, None)


def test_without_the_setting_articles_are_none_of_our_business(library: Library) -> None:
    plain = library.account.connect()
    found, _ = everything(plain)
    assert all(item.kind is Kind.TICKET for item in found.values())
    with pytest.raises(Rejected, match="leave articles out"):
        plain.get(library.ref)
    old = library.connector.changes(None)
    while '"reading":"articles"' not in old.cursor:
        old = library.connector.changes(old.cursor)
    assert '"reading":"tickets"' in plain.changes(old.cursor).cursor


def test_events_of_articles_are_heard_where_they_are_wanted(library: Library) -> None:
    body = f'{{"id":"01A","subject":"zen:article:{library.article.id}"}}'.encode()
    request = signed(body, "sandbox-secret")
    assert library.connector.receive(request).refs == (library.ref,)
    assert library.account.connect().receive(request).refs == ()
